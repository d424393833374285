"""Audiences that give priority: whose work passes a full queue, who says so, and what stays as it was."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.conversations.conftest import World, eventually
from tests.integration.conversations.test_blocked import contact_of, leave, say
from ucc.conversations.rules import Need
from ucc.domain.audience import AudienceWrite, ContactTest
from ucc.domain.conversation import ContactWrite, TransferWrite
from ucc.domain.events import VisitorStarted
from ucc.domain.people import QueueWrite
from ucc.domain.states import ContactField, ContactOp, Role
from ucc.kit.clock import now_ms

GOLD = ContactTest(field=ContactField.ATTRIBUTE, key="plan", op=ContactOp.IS, value="gold")


async def give(world: World, name: str, priority: int | None, condition: ContactTest = GOLD) -> int:
    write = AudienceWrite(name=name, condition=condition, priority=priority)
    return (await world.rooms.contacts.audiences.add(world.admin, write)).id


async def begun(world: World, **fields: Any) -> VisitorStarted:
    """Return a contact with these fields whose chat is over, so that their next message begins work."""
    started = await world.start()
    await world.until_work(started.state.conversation_id, "queued")
    await leave(world, started)
    contact_id = await contact_of(world, started)
    await world.rooms.contacts.change(world.admin, contact_id, ContactWrite(**fields))
    return started


async def work_of(world: World, started: VisitorStarted) -> Any:
    """Return the row of the work a conversation is about now."""
    head = await world.head(started.state.conversation_id)
    return (await world.fetch("SELECT * FROM interaction WHERE id = $1", head["interaction_id"]))[0]


async def test_r44_vip_by_audience_passes_a_full_queue_and_is_offered_first(world: World) -> None:
    await give(world, "Gold customers", 9)
    gold = await begun(world, attributes={"plan": "Gold"})
    await world.rooms.routing.queues.change(
        world.admin, world.queue_id, QueueWrite(name="Sales", waiting_max=1)
    )
    waits, refused = await world.start(), await world.start()
    await world.until_work(waits.state.conversation_id, "queued")
    await world.until_work(refused.state.conversation_id, "failed")
    await say(world, gold, "It is me again")
    await world.until_work(gold.state.conversation_id, "queued")
    assert (await work_of(world, waits))["priority"] == 0
    agent = await world.add_agent(chats=1)
    console = await world.go_on_queue(agent)
    assert await eventually(lambda: world.ringing(gold.state.conversation_id))
    assert (await world.head(waits.state.conversation_id))["interaction_state"] == "queued"
    [told] = await console.until(
        lambda: [one for one in console.of("event") if one["event"]["type"] == "interaction_offered"]
    )
    offer = told["event"]["offer"]
    assert (offer["priority"], offer["audience"], offer["contact_is_vip"]) == (9, "Gold customers", False)
    http = await world.node.http(agent)
    head = (await http.get(f"/conversations/{gold.state.conversation_id}")).json()
    assert (head["interaction"]["priority"], head["interaction"]["audience"]) == (9, "Gold customers")
    why = (await http.get(f"/interactions/{head['interaction']['id']}/why")).json()
    assert [(one["priority"], one["audience"]) for one in why["offers"]] == [(9, "Gold customers")]


@pytest.mark.parametrize(
    ("is_vip", "given", "expected"),
    [
        (False, 4, (4, "Gold")),
        (False, 0, (0, "Gold")),
        (False, None, (0, None)),
        (True, 4, (9, None)),  # the mark by hand gives more than the audience
        (True, 9, (9, "Gold")),
    ],
)
async def test_the_highest_of_mark_and_audience_holds(
    world: World, is_vip: bool, given: int | None, expected: tuple[int, str | None]
) -> None:
    await give(world, "Gold", given)
    contact = await begun(world, is_vip=is_vip, attributes={"plan": "gold"})
    await say(world, contact, "Hello again")
    await world.until_work(contact.state.conversation_id, "queued")
    row = await work_of(world, contact)
    assert (row["priority"], row["audience"]) == expected


async def test_what_a_contact_says_in_the_first_message_counts_at_once(world: World) -> None:
    write = ContactTest(field=ContactField.EMAIL, op=ContactOp.ENDS_WITH, value="@gold.example")
    await give(world, "Gold", 6, write)
    started = await world.start(user_email="kim@gold.example")
    row = await work_of(world, started)
    assert (row["priority"], row["audience"]) == (6, "Gold")


async def test_work_that_waits_keeps_the_priority_it_came_with(world: World) -> None:
    contact = await begun(world, attributes={"plan": "gold"})
    await say(world, contact, "Hello again")
    await world.until_work(contact.state.conversation_id, "queued")
    audience_id = await give(world, "Gold", 9)
    await say(world, contact, "Anybody there?")
    row = await work_of(world, contact)
    assert (row["state"], row["priority"], row["audience"]) == ("queued", 0, None)
    await leave(world, contact)
    await say(world, contact, "And again")
    await world.until_work(contact.state.conversation_id, "queued")
    assert (await work_of(world, contact))["audience"] == "Gold"
    renamed = AudienceWrite(name="Silver", condition=GOLD, priority=3)
    await world.rooms.contacts.audiences.change(world.admin, audience_id, renamed)
    row = await work_of(world, contact)
    assert (row["priority"], row["audience"]) == (9, "Gold")


async def test_a_transfer_carries_the_priority_and_its_reason(world: World) -> None:
    await give(world, "Gold", 7)
    other = await begun(world, attributes={"plan": "gold"})
    agent = await world.add_agent()
    await world.go_on_queue(agent)
    await say(world, other, "Hello again")
    offer = await eventually(lambda: world.ringing(other.state.conversation_id))
    await world.rooms.routing.work.take(agent, offer["interaction_id"])
    queue = await world.rooms.routing.queues.add(world.admin, QueueWrite(name="Returns"))
    await world.rooms.routing.work.transfer(agent, offer["interaction_id"], TransferWrite(queue_id=queue.id))

    async def child() -> Any:
        row = await work_of(world, other)
        return row if row["parent_id"] == offer["interaction_id"] else None

    row = await eventually(child)
    assert (row["priority"], row["audience"], row["queue_id"]) == (7, "Gold", queue.id)


async def test_work_kept_ready_says_why_the_message_that_used_it_last_has_priority(world: World) -> None:
    """Two messages during wrap-up before the engine has judged the first: one row stands ready for both."""
    started, agent, interaction_id = await world.start_active()
    await world.end(agent, interaction_id, 100)
    head = await world.until_work(started.state.conversation_id, "wrapping")
    maker = world.rooms.conversations.writer.work
    async with world.rooms.database.tenant(world.tenant_id) as conn:
        first_id = await maker.ask(conn, world.tenant_id, head, Need.REVIVE, "One more thing", now_ms())
        await conn.execute(
            "INSERT INTO audience (tenant_id, id, name, condition, priority) VALUES ($1, 1, 'Gold', $2, 7)",
            *(world.tenant_id, ContactTest(field=ContactField.IS_VIP, op=ContactOp.IS, value=False)),
        )
        second_id = await maker.ask(conn, world.tenant_id, head, Need.REVIVE, "And another", now_ms())
        row = await conn.fetchrow("SELECT audience FROM interaction WHERE id = $1", first_id)
    assert second_id == first_id
    assert row["audience"] == "Gold"


async def test_a_tag_an_audience_asks_for_is_not_removed(world: World) -> None:
    http = await world.node.http(await world.add_agent(role=Role.ADMIN))
    tag = (await http.post("/tags", json={"name": "gold"})).json()["id"]
    condition = {"type": "any_of", "of": [{"type": "test", "field": "tag", "op": "is", "value": tag}]}
    made = await http.post("/audiences", json={"name": "Gold", "condition": condition})
    assert made.status_code == 201, made.text
    answer = await http.delete(f"/tags/{tag}")
    assert answer.status_code == 409
    assert answer.json()["detail"] == "audience 'Gold' asks for this tag; take it out there first"
    assert (await http.get(f"/tags/{tag}")).status_code == 200
    assert (await http.delete(f"/audiences/{made.json()['id']}")).status_code == 204
    assert (await http.delete(f"/tags/{tag}")).status_code == 204


@pytest.mark.parametrize(
    ("test", "told"),
    [
        ({"op": "like"}, "condition.of[1].op is 'like'; allowed are is, is_not, contains, contains_not, "),
        (
            {"op": "at_least"},
            "condition.of[1].op is 'at_least'; allowed are is, is_not, contains, contains_not, ",
        ),
        ({"field": "age"}, "condition.of[1].field is 'age'; allowed are name, email, phone, language, "),
        ({"type": "none_of"}, "condition.of[1].type is 'none_of'; allowed are "),
        ({"value": ""}, "condition.of[1].value is ''; allowed are 1 to 200 printable characters"),
        ({"valu": "x"}, "found the field 'condition.of[1].valu', allowed: field, key, op, type, value"),
    ],
)
async def test_the_api_says_what_is_wrong_with_a_condition(
    world: World, test: dict[str, Any], told: str
) -> None:
    http = await world.node.http(await world.add_agent(role=Role.ADMIN))
    plain = {"type": "test", "field": "name", "op": "is", "value": "Mei"}
    condition = {"type": "all_of", "of": [plain, plain | test]}
    for path, body in (("/audiences", {"name": "X"}), ("/audiences/preview", {})):
        answer = await http.post(path, json=body | {"condition": condition})
        assert answer.status_code == 422, answer.text
        assert answer.json()["detail"].startswith(told), answer.text


async def test_agents_see_the_audience_of_a_contact_and_no_settings(world: World) -> None:
    audience_id = await give(world, "Gold", 9)
    contact = await begun(world, attributes={"plan": "gold"})
    agent = await world.node.http(await world.add_agent())
    shown = (await agent.get(f"/contacts/{await contact_of(world, contact)}")).json()
    assert shown["audiences"] == [{"id": audience_id, "name": "Gold", "priority": 9}]
    body = {"name": "X", "condition": {"type": "test", "field": "is_vip", "op": "is", "value": True}}
    for method, path, needed in (
        ("GET", "/audiences", "settings.read"),
        ("GET", f"/audiences/{audience_id}", "settings.read"),
        ("GET", f"/audiences/{audience_id}/contacts", "settings.read"),
        ("POST", "/audiences/preview", "settings.read"),
        ("POST", "/audiences", "settings.write"),
        ("PUT", f"/audiences/{audience_id}", "settings.write"),
        ("DELETE", f"/audiences/{audience_id}", "settings.write"),
    ):
        answer = await agent.request(method, path, json=body if method != "GET" else None)
        assert (answer.status_code, answer.json()["found"]["permission"]) == (403, needed), answer.text
    supervisor = await world.node.http(await world.add_agent(role=Role.SUPERVISOR))
    assert (await supervisor.get(f"/audiences/{audience_id}/contacts")).json()["items"][0]["audiences"] == []
    assert (await supervisor.put(f"/audiences/{audience_id}", json=body)).status_code == 403
