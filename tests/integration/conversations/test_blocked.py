"""Contacts whom the tenant has blocked: from the widget's start to where their work goes."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.integration.conversations.conftest import ORIGIN, World, eventually
from ucc.channels.base import Inbound
from ucc.domain.events import VisitorStarted
from ucc.domain.people import QueueWrite
from ucc.domain.states import Role, VisitorPhase

USER = {"user_id": "kim", "user_name": "Kim"}


async def contact_of(world: World, started: VisitorStarted) -> int:
    return int((await world.head(started.state.conversation_id))["contact_id"])


async def leave(world: World, started: VisitorStarted) -> None:
    """End the chat and wait until its work is over."""
    visitors = world.rooms.conversations.visitors
    await visitors.leave(await visitors.find(started.token, ORIGIN))
    await world.until_work(started.state.conversation_id, "abandoned")


async def say(world: World, started: VisitorStarted, text: str) -> None:
    visitors = world.rooms.conversations.visitors
    visitor = await visitors.find(started.token, ORIGIN)
    await visitors.receive(visitor, Inbound(external_id=str(uuid.uuid4()), text=text))


async def test_r74_a_blocked_contact_reaches_the_queue_for_the_blocked(world: World) -> None:
    routing = world.rooms.routing
    spam = await routing.queues.add(world.admin, QueueWrite(name="Spam"))
    write = QueueWrite(name="Sales", blocked_queue_id=spam.id)
    await routing.queues.change(world.admin, world.queue_id, write)
    started = await world.start()
    await world.until_work(started.state.conversation_id, "queued")
    await leave(world, started)
    await world.rooms.contacts.block(world.admin, await contact_of(world, started), is_blocked=True)
    await say(world, started, "Buy my watches")
    head = await world.until_work(started.state.conversation_id, "queued")
    assert head["queue_id"] == spam.id
    await leave(world, started)
    await say(world, started, "Cheap watches")  # the conversation was in that queue last
    assert (await world.until_work(started.state.conversation_id, "queued"))["queue_id"] == spam.id
    await leave(world, started)
    await world.rooms.contacts.block(world.admin, head["contact_id"], is_blocked=False)
    await say(world, started, "Sorry")
    head = await world.until_work(started.state.conversation_id, "queued")
    assert head["queue_id"] == world.queue_id


async def test_r74_without_such_a_queue_a_blocked_contact_reaches_nobody(world: World) -> None:
    agent = await world.add_agent()
    await world.go_on_queue(agent)
    started = await world.start()
    conversation_id = started.state.conversation_id
    await eventually(lambda: world.ringing(conversation_id))
    await leave(world, started)
    await world.rooms.contacts.block(world.admin, await contact_of(world, started), is_blocked=True)
    await say(world, started, "Buy my watches")
    head = await world.until_work(conversation_id, "failed")
    assert (head["state"], head["agent_id"]) == ("resolved", None), "nobody is asked to look at it"
    rows = await world.entries(conversation_id)
    assert (rows[-1]["body"]["system"]["code"], rows[-1]["body"]["system"]["detail"]) == (
        "not_queued", {"reason": "contact_blocked"},
    )  # fmt: skip
    visitors = world.rooms.conversations.visitors
    seen = await visitors.see(await visitors.find(started.token, ORIGIN))
    assert seen.state.phase == VisitorPhase.ENDED
    offers = await world.fetch("SELECT interaction_id FROM offer")
    assert len({row["interaction_id"] for row in offers}) == 1, "the second message rang nowhere"


async def test_r74_what_an_agent_has_in_hand_goes_on(world: World) -> None:
    started, agent, interaction_id = await world.start_active()
    await world.rooms.contacts.block(world.admin, await contact_of(world, started), is_blocked=True)
    await say(world, started, "One more thing")
    head = await world.head(started.state.conversation_id)
    assert (head["interaction_id"], head["interaction_state"]) == (interaction_id, "active")
    assert head["agent_id"] == agent.user_id


async def audit_of(world: World, contact_id: int) -> list[tuple[str, Any]]:
    rows = await world.fetch(
        "SELECT act, detail FROM audit WHERE target = $1 ORDER BY seq", f"contact:{contact_id}"
    )
    return [(row["act"], row["detail"]) for row in rows]


async def test_supervisors_block_with_a_line_in_the_audit_and_agents_do_not(world: World) -> None:
    contact_id = await contact_of(world, await world.start())
    path = f"/contacts/{contact_id}/block"
    agent = await world.node.http(await world.add_agent())
    answer = await agent.put(path, json={})
    assert (answer.status_code, answer.json()["found"]["permission"]) == (403, "contacts.block")
    supervisor = await world.node.http(await world.add_agent(role=Role.SUPERVISOR))
    answer = await supervisor.put(path, json={"reason": "x" * 501})
    assert (answer.status_code, answer.json()["detail"]) == (422, "reason is 501 characters, limit 500")
    for _ in range(2):  # the second changes nothing and is not recorded
        answer = await supervisor.put(path, json={"reason": "Sells watches"})
        assert (answer.status_code, answer.json()["is_blocked"]) == (200, True), answer.text
    answer = await supervisor.delete(path)
    assert (answer.status_code, answer.json()["is_blocked"]) == (200, False), answer.text
    assert await audit_of(world, contact_id) == [
        ("contact_blocked", {"reason": "Sells watches"}), ("contact_unblocked", {}),
    ]  # fmt: skip
    assert (await supervisor.put("/contacts/1/block", json={})).status_code == 404


@pytest.mark.parametrize("is_kept_blocked", [True, False])
async def test_a_merge_does_not_unblock(world: World, is_kept_blocked: bool) -> None:
    kept, merged = [await contact_of(world, await world.start()) for _ in range(2)]
    contacts = world.rooms.contacts
    await contacts.block(world.admin, kept if is_kept_blocked else merged, is_blocked=True)
    await contacts.merge(world.admin, kept, merged)
    assert (await contacts.get(world.admin, kept)).is_blocked
