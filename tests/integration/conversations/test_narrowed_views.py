"""Views narrowed by queue, tag and VIP, how many stand in them, and what an agent has handled today."""

from __future__ import annotations

from tests.integration.conversations.conftest import World, eventually
from ucc.domain.audience import AudienceWrite, ContactTest
from ucc.domain.conversation import ContactWrite
from ucc.domain.people import QueueWrite
from ucc.domain.states import ContactField, ContactOp, Role
from ucc.kit.clock import now_ms

HOUR_MS = 3_600_000


async def test_a_view_is_narrowed_by_queue_tag_and_vip_and_counted_alike(world: World) -> None:
    started, agent, _ = await world.start_active()
    other_queue = await world.rooms.routing.queues.add(
        world.admin, QueueWrite(name="Elsewhere", wrap_up_s=60)
    )
    second = await world.start("another chat", prechat={"name": "Vip"})
    offer = await eventually(lambda: world.ringing(second.state.conversation_id))
    http = await world.node.http(agent)
    await http.post(f"/offers/{offer['interaction_id']}/{offer['epoch']}/accept")
    await world.until_work(second.state.conversation_id, "active")
    head = await world.head(second.state.conversation_id)
    async with world.rooms.database.tenant(world.tenant_id) as conn:
        await conn.execute("UPDATE contact SET is_vip = true WHERE id = $1", head["contact_id"])
        tag_id = world.rooms.ids.take()
        await conn.execute(
            "INSERT INTO tag (tenant_id, id, name) VALUES ($1, $2, 'refund')", world.tenant_id, tag_id
        )
        await conn.execute(
            "INSERT INTO conversation_tag (tenant_id, conversation_id, tag_id) VALUES ($1, $2, $3)",
            *(world.tenant_id, started.state.conversation_id, tag_id),
        )
    both = {started.state.conversation_id, second.state.conversation_id}
    for narrowed, expected in [
        ("", both),
        (f"&queue_id={world.queue_id}", both),
        (f"&queue_id={other_queue.id}", set()),
        (f"&tag_id={tag_id}", {started.state.conversation_id}),
        ("&is_vip=true", {second.state.conversation_id}),
        (f"&is_vip=true&tag_id={tag_id}", set()),
    ]:
        for view in ("mine", "all", "my_queues"):
            answer = (await http.get(f"/conversations?view={view}{narrowed}")).json()
            assert {row["id"] for row in answer["items"]} == expected, (view, narrowed)
            count = (await http.get(f"/conversations/count?view={view}{narrowed}")).json()
            assert count == {"count": len(expected)}, (view, narrowed)
    refused = await http.get("/conversations/count?view=nowhere")
    assert (refused.status_code, refused.json()["code"]) == (422, "bad_input")


async def test_a_view_narrowed_to_vip_has_those_by_audience_too(world: World) -> None:
    marked, plain = await world.start(), await world.start()
    everybody = ContactTest(field=ContactField.IS_BLOCKED, op=ContactOp.IS, value=False)
    for priority, name in ((8, "Silver"), (9, "Gold")):
        write = AudienceWrite(name=name, condition=everybody, priority=priority)
        await world.rooms.contacts.audiences.add(world.admin, write)
        if priority == 8:
            silver = await world.start()
    gold = await world.start()
    contact_id = (await world.head(marked.state.conversation_id))["contact_id"]
    await world.rooms.contacts.change(world.admin, contact_id, ContactWrite(is_vip=True))
    http = await world.node.http(await world.add_agent(role=Role.ADMIN))
    answer = (await http.get("/conversations?view=all&is_vip=true")).json()
    expected = {marked.state.conversation_id, gold.state.conversation_id}
    assert {row["id"] for row in answer["items"]} == expected
    assert not expected & {plain.state.conversation_id, silver.state.conversation_id}


async def test_a_day_counts_what_ended_since_midnight_by_the_hour(world: World) -> None:
    started, agent, interaction_id = await world.start_active()
    http = await world.node.http(agent)
    since_ms = now_ms() - 2 * HOUR_MS - 1_000
    empty = (await http.get(f"/interactions/day?since_ms={since_ms}")).json()
    assert empty == {"handled": 0, "handled_by_hour": [0, 0, 0], "handle_s": None}
    await world.end(agent, interaction_id, (await world.head(started.state.conversation_id))["head_seq"])
    await world.complete(agent, interaction_id)
    await world.until_work(started.state.conversation_id, "closed")
    async with world.rooms.database.tenant(world.tenant_id) as conn:
        await conn.execute(
            "UPDATE interaction SET answered_at_ms = $1, ended_at_ms = $2 WHERE id = $3",
            *(since_ms + HOUR_MS, since_ms + HOUR_MS + 90_000, interaction_id),
        )
    day = (await http.get(f"/interactions/day?since_ms={since_ms}")).json()
    assert day == {"handled": 1, "handled_by_hour": [0, 1, 0], "handle_s": 90}
    later = (await http.get(f"/interactions/day?since_ms={since_ms + 2 * HOUR_MS}")).json()
    assert later["handled"] == 0
    for wrong in (now_ms() + HOUR_MS, now_ms() - 40 * HOUR_MS):
        assert (await http.get(f"/interactions/day?since_ms={wrong}")).json()["code"] == "bad_input"
