"""Callbacks asked for by who waits: work of their own in the old place, with the number to call."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.conversations.conftest import ORIGIN, Frames, Node, World
from ucc.domain.errors import BadInput, Conflict, NotAllowed
from ucc.domain.events import VisitorStarted
from ucc.domain.people import HoursWrite, InboxWrite, WidgetSettings
from ucc.domain.states import VisitorPhase

NUMBER = "+60123456789"


@pytest.fixture
async def offering(node: Node) -> World:
    """A tenant whose widget offers callbacks."""
    return await World.make(node, widget=WidgetSettings(offers_callback=True))


async def ask(world: World, started: VisitorStarted, phone: str = "+60 12-345 6789") -> None:
    visitor = await world.rooms.conversations.visitors.find(started.token, ORIGIN)
    await world.rooms.conversations.callbacks.ask_as_visitor(visitor, phone)


async def works(world: World, started: VisitorStarted) -> list[Any]:
    return await world.fetch(
        "SELECT * FROM interaction WHERE conversation_id = $1 ORDER BY id", started.state.conversation_id
    )


async def add_caller(world: World) -> Any:
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


def state_of(socket: Frames) -> dict[str, Any]:
    """Return what the widget was told last around its log."""
    told = [*socket.of("welcome"), *socket.of("state")]
    return dict(told[-1]["state"])


async def test_r72_a_visitor_asks_over_the_socket_and_keeps_the_place(offering: World) -> None:
    world = offering
    first, second = await world.start("First"), await world.start("Second")
    for started in (first, second):
        await world.until_work(started.state.conversation_id, "queued")
    socket = await world.node.widget(first.token)
    await socket.until(lambda: socket.of("welcome"))
    assert state_of(socket)["offers_callback"]
    await socket.send(type="callback", phone="+60 (12) 345-6789")
    await socket.until(lambda: state_of(socket)["phase"] == "callback")
    found = state_of(socket)
    assert (found["callback_to"], found["position"], found["offers_callback"]) == (NUMBER, 1, False)
    chat, callback = await works(world, first)
    assert (chat["state"], callback["state"], callback["parent_id"]) == ("cancelled", "queued", chat["id"])
    assert (callback["medium"], callback["created_at_ms"]) == ("task", chat["created_at_ms"])
    head = await world.head(first.state.conversation_id)
    assert (head["state"], head["interaction_id"]) == ("open", callback["id"])
    await socket.close()
    assert await works(world, first) == [chat, callback], "who hangs up is not lost"


async def test_r72_the_offer_says_whom_to_call(offering: World) -> None:
    world = offering
    started = await world.start("My order")
    await world.until_work(started.state.conversation_id, "queued")
    await ask(world, started)
    agent = await add_caller(world)
    console = await world.go_on_queue(agent)

    def offers() -> list[Any]:
        events = [frame["event"] for frame in console.of("event")]
        return [event["offer"] for event in events if event["type"] == "interaction_offered"]

    await console.until(offers)
    card = offers()[0]
    assert (card["exit"], card["callback_to"], card["text"]) == ("callback", NUMBER, "My order")
    assert card["conversation_id"] == started.state.conversation_id
    await world.rooms.routing.work.accept(agent, card["interaction_id"], card["epoch"])
    head = await world.rooms.conversations.desk.get(agent, started.state.conversation_id)
    assert head.interaction is not None
    assert (head.interaction.callback_to, head.agent_id) == (NUMBER, agent.user_id)


@pytest.mark.parametrize("phone", ["", "12345", "+0123456789", "+1234567890123456", "call me", "0123456789"])
async def test_a_number_that_cannot_be_called_is_refused_by_name(offering: World, phone: str) -> None:
    started = await offering.start()
    await offering.until_work(started.state.conversation_id, "queued")
    with pytest.raises(BadInput, match=r"phone is .*allowed is \+ and 7 to 15 digits") as refused:
        await ask(offering, started, phone)
    assert refused.value.found["path"] == "$.phone"
    assert len(await works(offering, started)) == 1


async def test_an_inbox_that_offers_none_refuses(world: World) -> None:
    started = await world.start()
    await world.until_work(started.state.conversation_id, "queued")
    assert not started.state.offers_callback
    with pytest.raises(NotAllowed, match="offers no callbacks"):
        await ask(world, started)


async def test_r72_who_does_not_wait_cannot_ask(offering: World) -> None:
    started, _, _ = await offering.start_active()
    with pytest.raises(Conflict, match="does not wait"):
        await ask(offering, started)
    other = await offering.start()
    await offering.until_work(other.state.conversation_id, "offered", "queued")
    await ask(offering, other)
    with pytest.raises(Conflict, match="does not wait"):
        await ask(offering, other)  # asked already
    assert [row["exit"] for row in await works(offering, other)] == [None, "callback"]


async def test_agents_ask_for_a_waiting_contact_over_the_api(world: World) -> None:
    started = await world.start()
    await world.until_work(started.state.conversation_id, "queued")
    (chat,) = await works(world, started)
    agent = await world.node.http(await world.add_agent())
    path = f"/interactions/{chat['id']}/callback"
    answer = await agent.post(path, json={"phone": "0123"})
    assert (answer.status_code, answer.json()["found"]["field"]) == (422, "phone")
    answer = await agent.post(path, json={"phone": NUMBER})
    assert answer.status_code == 201, answer.text
    assert (answer.json()["exit"], answer.json()["callback_to"]) == ("callback", NUMBER)
    answer = await agent.post(path, json={"phone": NUMBER})
    assert answer.status_code in (404, 409), answer.text
    visitors = world.rooms.conversations.visitors
    seen = await visitors.see(await visitors.find(started.token, ORIGIN))
    assert seen.state.phase == VisitorPhase.CALLBACK
    assert (await agent.post("/interactions/1/callback", json={"phone": NUMBER})).status_code == 404


async def test_r72_a_refused_callback_leaves_no_work_behind(offering: World) -> None:
    """Work left while closed has nobody waiting on its other side."""
    world = offering
    started = await world.start()
    await world.until_work(started.state.conversation_id, "queued")
    hours = await world.rooms.routing.hours.add(
        world.admin, HoursWrite(name="Never", time_zone="UTC", week={})
    )
    write = InboxWrite(
        name="Shop", queue_id=world.queue_id, origins=[ORIGIN], hours_id=hours.id,
        widget=WidgetSettings(offers_callback=True),
    )  # fmt: skip
    await world.rooms.conversations.inboxes.change(world.admin, world.inbox.id, write)
    left = await world.start("While closed")
    await world.until_work(left.state.conversation_id, "queued")
    with pytest.raises(Conflict, match="does not wait"):
        await ask(world, left)
    assert [(row["state"], row["exit"]) for row in await works(world, left)] == [
        ("queued", None), ("cancelled", "callback"),
    ]  # fmt: skip
