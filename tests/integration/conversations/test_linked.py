"""One contact on two channels at once: the same agent is preferred, and both screens say who is with them."""

from __future__ import annotations

import uuid
from typing import Any

from tests.integration.conversations.conftest import ORIGIN, Frames, World, eventually
from ucc.channels.base import Inbound
from ucc.domain.actor import Actor
from ucc.domain.engine import Accept, Enqueue, decode_commands
from ucc.domain.events import VisitorStart, VisitorStarted
from ucc.domain.people import InboxWrite


async def two_channels(world: World) -> tuple[VisitorStarted, VisitorStarted]:
    """Return chats of two inboxes whose contact was found to be one person; no work of them is under way."""
    write = InboxWrite(name="Help page", queue_id=world.queue_id, origins=[ORIGIN])
    inbox = await world.rooms.conversations.inboxes.add(world.admin, write)
    start = VisitorStart(client_id=str(uuid.uuid4()), text="Hello")
    visitors = world.rooms.conversations.visitors
    chats = await world.start(), await visitors.start(inbox.key, ORIGIN, "127.0.0.1", start)
    ids = [(await world.head(one.state.conversation_id))["contact_id"] for one in chats]
    await world.rooms.contacts.merge(world.admin, *ids)
    for one in chats:
        await visitors.leave(await visitors.find(one.token, ORIGIN))
        await world.until_work(one.state.conversation_id, "abandoned")
    return chats


async def say(world: World, started: VisitorStarted) -> Any:
    """Let the contact write; return the offer that comes of it."""
    visitors = world.rooms.conversations.visitors
    visitor = await visitors.find(started.token, ORIGIN)
    await visitors.receive(visitor, Inbound(external_id=str(uuid.uuid4()), text="Are you there?"))
    return await eventually(lambda: world.ringing(started.state.conversation_id))


async def seat_two(world: World) -> list[tuple[Actor, Frames]]:
    agents = [await world.add_agent(), await world.add_agent()]
    return [(agent, await world.go_on_queue(agent)) for agent in agents]


async def linked_of(world: World, started: VisitorStarted) -> list[tuple[int, int | None, str]]:
    head = await world.rooms.conversations.desk.get(world.admin, started.state.conversation_id)
    return [(one.conversation_id, one.agent_id, str(one.state)) for one in head.linked]


async def test_r78_the_second_channel_prefers_the_agent_who_has_the_first(world: World) -> None:
    first, second = await two_channels(world)
    await seat_two(world)
    offer = await say(world, first)
    await world.submit(Accept(offer["interaction_id"], offer["agent_id"], offer["epoch"]))
    await world.until_work(first.state.conversation_id, "active")
    later = await say(world, second)
    assert later["agent_id"] == offer["agent_id"], "the other agent has less in hand"
    rows = await world.fetch("SELECT commands FROM journal WHERE tenant_id IS NOT NULL ORDER BY first_seq")
    orders = [one for row in rows for one in decode_commands(row["commands"]) if isinstance(one, Enqueue)]
    assert [one.linked for one in orders[-2:]] == [None, offer["interaction_id"]]


async def test_both_screens_say_who_is_with_the_contact_and_follow_what_moves(world: World) -> None:
    first, second = await two_channels(world)
    seats = {agent.user_id: console for agent, console in await seat_two(world)}
    offer = await say(world, first)
    holder = offer["agent_id"]
    await world.submit(Accept(offer["interaction_id"], holder, offer["epoch"]))
    await world.until_work(first.state.conversation_id, "active")
    stream = f"conversation:{first.state.conversation_id}"
    console = seats[holder]
    await console.send(type="subscribe", streams={stream: 0})
    later = await say(world, second)

    def told() -> list[list[tuple[str, int | None]]]:
        heads = [
            frame["event"]["conversation"]
            for frame in console.of("event")
            if frame["stream"] == stream and frame["event"]["type"] == "conversation_changed"
        ]
        return [[(one["state"], one["agent_id"]) for one in head["linked"]] for head in heads]

    await console.until(lambda: [("offered", None)] in told() or [("queued", None)] in told())
    await world.submit(Accept(later["interaction_id"], later["agent_id"], later["epoch"]))
    await console.until(lambda: [("active", later["agent_id"])] in told())
    assert await linked_of(world, second) == [(first.state.conversation_id, holder, "active")]
    assert await linked_of(world, first) == [(second.state.conversation_id, later["agent_id"], "active")]
