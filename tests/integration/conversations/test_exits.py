"""How contacts leave a queue that no other can relieve, and what becomes of what they wrote."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.conversations.conftest import ORIGIN, Node, World, eventually
from ucc.domain.people import Distribution, PrechatField, QueueWrite, WidgetSettings
from ucc.domain.states import OverflowExit, VisitorPhase


async def leave_by(world: World, way_out: OverflowExit) -> None:
    """Let whoever cannot be offered at once leave the world's queue."""
    write = QueueWrite(name="Sales", overflow_exit=way_out, distribution=Distribution(overflow_length=0))
    await world.rooms.routing.queues.change(world.admin, world.queue_id, write)


async def works(world: World, conversation_id: int) -> list[Any]:
    statement = "SELECT * FROM interaction WHERE conversation_id = $1 ORDER BY id"
    return await world.fetch(statement, conversation_id)


async def until_followed_up(world: World, conversation_id: int) -> tuple[Any, Any]:
    """Wait until the chat has left and what follows waits; return both."""

    async def is_so() -> Any:
        found = await works(world, conversation_id)
        return found if len(found) == 2 and found[1]["state"] in ("queued", "offered") else None

    first, second = await eventually(is_so)
    return first, second


async def lines(world: World, conversation_id: int) -> list[tuple[str, Any]]:
    rows = await world.entries(conversation_id)
    told = [row["body"]["system"] for row in rows if row["kind"] == "system"]
    return [(one["code"], one["detail"]) for one in told]


@pytest.mark.parametrize("way_out", list(OverflowExit))
async def test_r71_who_leaves_by_an_exit_without_a_number_leaves_a_message(
    world: World, way_out: OverflowExit
) -> None:
    await leave_by(world, way_out)
    started = await world.start("Where is my parcel?")
    conversation_id = started.state.conversation_id
    chat, message = await until_followed_up(world, conversation_id)
    assert (chat["state"], chat["exit"]) == ("cancelled", None)
    expected = "voicemail" if way_out is OverflowExit.VOICEMAIL else "message"
    assert (message["exit"], message["medium"], message["callback_to"]) == (expected, "chat", None)
    head = await world.head(conversation_id)
    assert (head["state"], head["interaction_id"]) == ("open", message["id"])
    assert head["waiting_since_ms"] is not None, "the contact still waits for an answer"
    assert ("diverted", {"exit": way_out, "reason": "length"}) in await lines(world, conversation_id)
    visitor = await world.rooms.conversations.visitors.find(started.token, ORIGIN)
    seen = await world.rooms.conversations.visitors.see(visitor)
    assert (seen.state.phase, seen.state.position) == (VisitorPhase.LEFT, None)


async def test_r71_a_message_left_waits_for_an_agent_and_leaves_no_second_time(world: World) -> None:
    await leave_by(world, OverflowExit.MESSAGE)
    started = await world.start()
    await until_followed_up(world, started.state.conversation_id)
    agent = await world.add_agent()
    await world.go_on_queue(agent)
    offer = await eventually(lambda: world.ringing(started.state.conversation_id))
    await world.rooms.routing.work.accept(agent, offer["interaction_id"], offer["epoch"])
    assert [row["state"] for row in await works(world, started.state.conversation_id)] == [
        "cancelled", "active",
    ]  # fmt: skip


async def test_r71_a_callback_is_owed_where_a_number_is_known(node: Node) -> None:
    asks = WidgetSettings(prechat=[PrechatField(key="phone", label={"en": "Phone"})])
    world = await World.make(node, widget=asks)
    await leave_by(world, OverflowExit.CALLBACK)
    started = await world.start(prechat={"phone": "+60 12-345 6789"})
    chat, callback = await until_followed_up(world, started.state.conversation_id)
    assert (callback["exit"], callback["medium"], callback["callback_to"]) == (
        "callback", "task", "+60123456789",
    )  # fmt: skip
    assert callback["created_at_ms"] == chat["created_at_ms"], "it keeps the place"
    assert (await world.head(started.state.conversation_id))["state"] == "open"
    visitor = await world.rooms.conversations.visitors.find(started.token, ORIGIN)
    seen = await world.rooms.conversations.visitors.see(visitor)
    assert seen.state.phase == VisitorPhase.CALLBACK
