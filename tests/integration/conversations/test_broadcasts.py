"""A broadcast rings on several screens; the first to accept has the work, and nobody is blamed."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.integration.conversations.conftest import Frames, World, eventually
from ucc.domain.actor import Actor
from ucc.domain.people import Distribution, QueueWrite
from ucc.routing.refusals import Refused

RINGS_AT = 3
OFFER_S = 5


async def seat(world: World, count: int, broadcast: int = RINGS_AT) -> list[tuple[Actor, Frames]]:
    """Let the world's queue ring at several, and put so many agents on queue."""
    write = QueueWrite(name="Sales", offer_s=OFFER_S, distribution=Distribution(broadcast=broadcast))
    await world.rooms.routing.queues.change(world.admin, world.queue_id, write)
    agents = [await world.add_agent() for _ in range(count)]
    return [(agent, await world.go_on_queue(agent)) for agent in agents]


def told(console: Frames, kind: str) -> list[Any]:
    events = [frame["event"] for frame in console.of("event")]
    return [event["offer"] for event in events if event["type"] == kind]


async def until_ringing(
    seats: list[tuple[Actor, Frames]], count: int = RINGS_AT
) -> list[tuple[Actor, Frames]]:
    """Wait until it rings on so many screens; return those."""

    async def is_so() -> list[tuple[Actor, Frames]]:
        await asyncio.sleep(0)
        found = [one for one in seats if told(one[1], "interaction_offered")]
        return found if len(found) == count else []

    found: list[tuple[Actor, Frames]] = await eventually(is_so)
    return found


async def presences(world: World) -> list[tuple[str, bool]]:
    rows = await world.fetch("SELECT status, is_blocked FROM presence ORDER BY agent_id")
    return [(row["status"], row["is_blocked"]) for row in rows]


async def test_r73_the_first_to_accept_has_it_and_it_stops_ringing_everywhere_else(world: World) -> None:
    seats = await seat(world, 4)
    started = await world.start()
    ringing = await until_ringing(seats)
    cards = [told(console, "interaction_offered")[0] for _, console in ringing]
    assert len({(card["interaction_id"], card["epoch"], card["expires_at_ms"]) for card in cards}) == 1
    assert {card["why"]["is_broadcast"] for card in cards} == {True}
    interaction_id, epoch = cards[0]["interaction_id"], cards[0]["epoch"]
    work = world.rooms.routing.work
    answers = await asyncio.gather(
        *(work.accept(agent, interaction_id, epoch) for agent, _ in ringing), return_exceptions=True
    )
    refusals = [one for one in answers if isinstance(one, BaseException)]
    assert [isinstance(one, Refused) and one.code for one in refusals] == ["not_offered"] * 2
    head = await world.until_work(started.state.conversation_id, "active")
    for agent, console in ringing:
        await console.until(lambda at=console: told(at, "offer_ended"))
        (ended,) = told(console, "offer_ended")
        has_it = agent.user_id == head["agent_id"]
        assert (ended["state"], ended["reason"]) == (("accepted", None) if has_it else ("revoked", "taken"))
    assert await presences(world) == [("on_queue", False)] * 4
    rows = await world.fetch("SELECT state FROM offer ORDER BY state")
    assert [row["state"] for row in rows] == ["accepted", "revoked", "revoked"]


async def test_r73_who_declines_drops_out_alone(world: World) -> None:
    seats = await seat(world, 3)
    await world.start()
    ringing = await until_ringing(seats)
    card = told(ringing[0][1], "interaction_offered")[0]
    work = world.rooms.routing.work
    for agent, console in ringing[:2]:
        http = await world.node.http(agent)
        path = f"/offers/{card['interaction_id']}/{card['epoch']}/decline"
        assert (await http.post(path, json={})).status_code == 200
        await console.until(lambda at=console: told(at, "offer_ended"))
        assert told(console, "offer_ended")[0]["state"] == "declined"
    last, console = ringing[2]
    assert told(console, "offer_ended") == [], "it rings on"
    await work.accept(last, card["interaction_id"], card["epoch"])


async def test_r73_rung_out_it_blocks_nobody(world: World) -> None:
    seats = await seat(world, RINGS_AT)
    await world.start()
    ringing = await until_ringing(seats)
    for _, console in ringing:
        await console.until(lambda at=console: told(at, "offer_ended"))
        assert told(console, "offer_ended")[0]["state"] == "timed_out"
    assert await presences(world) == [("on_queue", False)] * RINGS_AT
