"""Callbacks that are dialled: reached or not, tried again, wanted later, overtaken by a call (R87–R90)."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.integration.conversations.conftest import ORIGIN, Frames, Node, World, eventually
from ucc.conversations.rules import Need
from ucc.domain.actor import Actor
from ucc.domain.conversation import CallbackWrite
from ucc.domain.engine import SetQueue, SetSession
from ucc.domain.errors import BadInput, Conflict
from ucc.domain.events import VisitorStarted
from ucc.domain.people import Distribution, QueueWrite, WidgetSettings
from ucc.domain.states import Medium, Session, VisitorPhase
from ucc.kit.clock import now_ms

NUMBER = "+60123456789"


@pytest.fixture
async def offering(node: Node) -> World:
    """A tenant whose widget offers callbacks."""
    return await World.make(node, widget=WidgetSettings(offers_callback=True))


async def add_caller(world: World) -> Actor:
    """Add an agent who takes tasks, so callbacks too."""
    agent = await world.add_agent(chats=1)
    async with world.rooms.database.tenant(world.tenant_id) as conn:
        await conn.execute(
            "UPDATE app_user SET capacity = $3 WHERE tenant_id = $1 AND id = $2",
            *(world.tenant_id, agent.user_id, {"chat": 1, "task": 1}),
        )
        await world.rooms.routing.agent_changed(conn, world.tenant_id, agent.require_user())
    world.rooms.routing.wake(world.tenant_id)
    return agent


async def ask(world: World, started: VisitorStarted, not_before_ms: int | None = None) -> None:
    visitor = await world.rooms.conversations.visitors.find(started.token, ORIGIN)
    await world.rooms.conversations.callbacks.ask_as_visitor(visitor, NUMBER, not_before_ms)


async def waiting(world: World, text: str = "My order", not_before_ms: int | None = None) -> VisitorStarted:
    """Return somebody who has asked to be called back."""
    started = await world.start(text)
    await world.until_work(started.state.conversation_id, "queued")
    await ask(world, started, not_before_ms)
    return started


async def dialling(world: World) -> tuple[VisitorStarted, Actor, Frames, int]:
    """Return a callback an agent has accepted."""
    started = await waiting(world)
    agent = await add_caller(world)
    console = await world.go_on_queue(agent)
    interaction_id = await accept(world, agent, console)
    return started, agent, console, interaction_id


def offers(console: Frames) -> list[Any]:
    events = [frame["event"] for frame in console.of("event")]
    return [event["offer"] for event in events if event["type"] == "interaction_offered"]


async def accept(world: World, agent: Actor, console: Frames, count: int = 1) -> int:
    """Accept the offer that comes as the `count`th."""
    await console.until(lambda: len(offers(console)) >= count)
    card = offers(console)[count - 1]
    await world.rooms.routing.work.accept(agent, card["interaction_id"], card["epoch"])
    return int(card["interaction_id"])


async def row(world: World, interaction_id: int) -> Any:
    (found,) = await world.fetch("SELECT * FROM interaction WHERE id = $1", interaction_id)
    return found


async def codes(world: World, started: VisitorStarted) -> list[str]:
    rows = await world.fetch(
        "SELECT body FROM entry WHERE conversation_id = $1 AND kind = 'system' ORDER BY seq",
        started.state.conversation_id,
    )
    return [found["body"]["system"]["code"] for found in rows]


async def phase(world: World, started: VisitorStarted) -> VisitorPhase:
    visitors = world.rooms.conversations.visitors
    return (await visitors.see(await visitors.find(started.token, ORIGIN))).state.phase


async def retry_at_once(world: World) -> None:
    """Let the queue dial again at once, and twice at most."""
    always = [(0, now_ms() + 86_400_000)]
    await world.submit(
        SetQueue(queue=world.queue_id, requirement=[], open=always, callback_retry_ms=1, callback_tries=2)
    )


async def test_r88_whoever_accepts_dials_and_says_that_the_contact_was_reached(offering: World) -> None:
    world = offering
    started, agent, console, interaction_id = await dialling(world)
    found = await row(world, interaction_id)
    assert (found["state"], found["agent_id"]) == ("connecting", agent.user_id)
    assert (found["tries"], found["tries_max"]) == (1, 3)
    assert now_ms() < found["until_ms"] <= now_ms() + 60_000
    head = await world.head(started.state.conversation_id)
    assert (head["interaction_state"], head["agent_id"]) == ("connecting", agent.user_id)
    assert await phase(world, started) == VisitorPhase.CALLBACK, "nobody is in the chat yet"
    presence = [frame["event"] for frame in console.of("event") if frame["event"]["type"] == "presence_moved"]
    assert presence[-1]["presence"]["load"] == {"task": 1}
    http = await world.node.http(agent)
    answer = await http.post(f"/interactions/{interaction_id}/connected")
    assert (answer.status_code, answer.json()["state"]) == (200, "active"), answer.text
    assert (await codes(world, started))[-2:] == ["dialling", "joined"]
    again = await http.post(f"/interactions/{interaction_id}/connected")
    assert (again.status_code, again.json()["code"]) == (409, "not_connecting")
    assert (await http.post("/interactions/1/connected")).status_code == 404


async def test_r89_who_is_not_reached_is_called_again_and_then_the_conversation_ends(offering: World) -> None:
    world = offering
    started, agent, _, interaction_id = await dialling(world)
    http = await world.node.http(agent)
    answer = await http.post(f"/interactions/{interaction_id}/not-connected")
    told = answer.json()
    assert (answer.status_code, told["state"], told["tries"], told["agent_id"]) == (200, "scheduled", 1, None)
    assert now_ms() + 1_700_000 < told["until_ms"] <= now_ms() + 1_800_000
    head = await world.head(started.state.conversation_id)
    assert (head["state"], head["interaction_state"], head["agent_id"]) == ("open", "scheduled", None)
    assert await phase(world, started) == VisitorPhase.CALLBACK
    # Another agent may take it before it is due; this queue dials twice at most.
    await retry_at_once(world)
    work = await world.rooms.routing.work.take(agent, interaction_id)
    assert (work.state, work.tries, work.tries_max) == ("connecting", 2, 2)
    failed = await world.rooms.routing.work.not_connected(agent, interaction_id)
    assert (failed.state, failed.tries) == ("failed", 2)
    head = await world.head(started.state.conversation_id)
    assert (head["state"], head["interaction_state"]) == ("resolved", "failed")
    assert (await codes(world, started))[-4:] == ["dialling", "unreached", "dialling", "not_reached"]
    works = await world.fetch(
        "SELECT id FROM interaction WHERE conversation_id = $1", started.state.conversation_id
    )
    assert len(works) == 2, "no other work comes of it"


async def test_r89_what_is_due_is_offered_again_in_its_place(offering: World) -> None:
    world = offering
    _, agent, console, interaction_id = await dialling(world)
    await retry_at_once(world)
    await world.rooms.routing.work.not_connected(agent, interaction_id)
    await accept(world, agent, console, 2)
    card = offers(console)[1]
    assert (card["interaction_id"], card["tries"]) == (interaction_id, 1)
    found = await row(world, interaction_id)
    assert (found["state"], found["tries"]) == ("connecting", 2)


async def test_r87_an_agent_who_is_lost_while_dialling_has_not_tried(offering: World) -> None:
    world = offering
    started, agent, _, interaction_id = await dialling(world)
    await world.submit(SetSession(agent=agent.require_user(), session=Session.OFFLINE, is_forced=True))
    await world.until_work(started.state.conversation_id, "queued")
    found = await row(world, interaction_id)
    assert (found["tries"], found["until_ms"], found["agent_id"]) == (0, None, None)


async def test_r89_a_callback_may_be_wanted_later(offering: World) -> None:
    world = offering
    at_ms = now_ms() + 3_600_000
    started = await waiting(world, not_before_ms=at_ms)
    head = await world.head(started.state.conversation_id)
    found = await row(world, head["interaction_id"])
    assert (found["state"], found["until_ms"], found["callback_to"]) == ("scheduled", at_ms, NUMBER)
    assert (await codes(world, started))[-1] == "scheduled"
    visitors = world.rooms.conversations.visitors
    seen = await visitors.see(await visitors.find(started.token, ORIGIN))
    assert (seen.state.phase, seen.state.callback_at_ms, seen.state.position) == ("callback", at_ms, None)
    soon = await waiting(world, "Soon", now_ms() + 300)
    await world.until_work(soon.state.conversation_id, "queued")
    with pytest.raises(Conflict, match="does not wait"):
        await ask(world, started)


@pytest.mark.parametrize("days", [-30_000, 32])
async def test_a_time_nobody_would_keep_is_refused_by_name(offering: World, days: int) -> None:
    world = offering
    started = await world.start()
    await world.until_work(started.state.conversation_id, "queued")
    at_ms = now_ms() + days * 86_400_000
    with pytest.raises(BadInput, match=r"not_before_ms is .*31 days from now") as refused:
        await ask(world, started, at_ms)
    assert refused.value.found["path"] == "$.not_before_ms"
    agent = await world.node.http(await world.add_agent())
    (chat,) = await world.fetch(
        "SELECT id FROM interaction WHERE conversation_id = $1", started.state.conversation_id
    )
    write = msgspec.to_builtins(CallbackWrite(phone=NUMBER, not_before_ms=at_ms))
    answer = await agent.post(f"/interactions/{chat['id']}/callback", json=write)
    assert (answer.status_code, answer.json()["found"]["field"]) == (422, "not_before_ms")


async def test_r90_a_call_of_a_contact_who_awaits_a_callback_has_its_place(offering: World) -> None:
    """There are no telephone lines yet: the conversation of the call is made by hand."""
    world = offering
    awaited = await waiting(world, "Call me")
    head = await world.head(awaited.state.conversation_id)
    callback = await row(world, head["interaction_id"])
    other = await world.start("By telephone")
    await world.until_work(other.state.conversation_id, "queued")
    async with world.rooms.database.tenant(world.tenant_id) as conn:
        await conn.execute(
            "UPDATE conversation SET contact_id = $2, channel = 'voice' WHERE id = $1",
            *(other.state.conversation_id, callback["contact_id"]),
        )
        found = await conn.fetchrow(
            "SELECT * FROM conversation WHERE id = $1 FOR UPDATE", other.state.conversation_id
        )
        work = world.rooms.conversations.writer.work
        call_id = await work.ask(conn, world.tenant_id, found, Need.WORK, "By telephone", now_ms())
    world.rooms.routing.wake(world.tenant_id)

    async def is_over() -> Any:
        return (await row(world, callback["id"]))["state"] == "cancelled"

    await eventually(is_over)
    call = await row(world, call_id)
    assert (call["state"], call["medium"]) == ("queued", Medium.VOICE)
    place = await world.rooms.routing.place(world.tenant_id, call_id)
    assert place is not None
    assert place.place == 1
    head = await world.head(awaited.state.conversation_id)
    assert (head["state"], head["interaction_state"]) == ("resolved", "cancelled")


async def test_queues_name_how_they_dial(world: World) -> None:
    queues = world.rooms.routing.queues
    handed = Distribution(connect_s=30, callback_retry_s=600, callback_tries=5)
    queue = await queues.add(world.admin, QueueWrite(name="Callbacks", distribution=handed))
    assert queue.distribution == handed
    for name, value in (
        ("connect_s", 4),
        ("callback_retry_s", 59),
        ("callback_tries", 0),
        ("callback_tries", 21),
    ):
        wrong = msgspec.structs.replace(handed, **{name: value})
        with pytest.raises(BadInput, match=f"distribution.{name} is {value}; allowed are"):
            await queues.add(world.admin, QueueWrite(name="No", distribution=wrong))
