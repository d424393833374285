"""Sockets: each event once and in order whatever happens (I10), limits, refusals, who sees what (I16)."""

from __future__ import annotations

import asyncio
import json
import random
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import websockets

from tests.integration.conversations.conftest import (
    DEADLINE_S,
    ORIGIN,
    Frames,
    OpenNode,
    World,
    eventually,
)
from ucc.channels.base import Inbound
from ucc.domain.conversation import EntryWrite
from ucc.domain.engine import Accept
from ucc.web import socket as socket_module


def client_id() -> str:
    return str(uuid.uuid4())


@pytest.mark.parametrize("seed", range(3))
async def test_i10_a_client_that_comes_back_gets_exactly_what_it_missed(world: World, seed: int) -> None:
    dice = random.Random(seed)
    started, agent, _ = await world.start_active()
    conversation_id = started.state.conversation_id
    stream = f"conversation:{conversation_id}"
    visitor = await world.rooms.conversations.visitors.find(started.token, ORIGIN)

    written = asyncio.Event()

    async def talk() -> None:
        for number in range(80):
            if dice.random() < 0.5:
                message = Inbound(external_id=client_id(), text=str(number))
                await world.rooms.conversations.visitors.receive(visitor, message)
            else:
                await world.rooms.conversations.write(
                    agent, conversation_id, EntryWrite(client_id=client_id(), text=str(number))
                )
        written.set()

    async def follow(
        open_socket: Callable[[int], Awaitable[Frames]],
        seqs: Callable[[Frames], list[int]],
        of_rows: Callable[[list[Any]], list[int]],
    ) -> list[int]:
        """Come back again and again, each time after some events, until the last one is there."""
        got: list[int] = [0]
        last: int | None = None
        while last is None or got[-1] < last:
            socket = await open_socket(got[-1])
            wanted = dice.randrange(1, 30)
            async with asyncio.timeout(DEADLINE_S):
                while len(new := seqs(socket)) < wanted and (last is None or [*got, *new][-1] < last):
                    await asyncio.sleep(0.005)
                    if last is None and written.is_set():
                        last = of_rows(await world.entries(conversation_id))[-1]
            await socket.close()
            got += seqs(socket)
        return got[1:]

    def for_agents(rows: list[Any]) -> list[int]:
        return [row["seq"] for row in rows]

    def for_visitors(rows: list[Any]) -> list[int]:
        told = ("queued", "joined", "resolved")
        return [
            row["seq"] for row in rows if row["kind"] == "message" or row["body"]["system"]["code"] in told
        ]

    _, by_visitor, by_agent = await asyncio.gather(
        talk(),
        follow(
            lambda last_seq: world.node.widget(started.token, last_seq=last_seq),
            lambda widget: widget.seqs(),
            for_visitors,
        ),
        follow(
            lambda last_seq: world.node.console(agent, {stream: last_seq}),
            lambda console: console.seqs(stream),
            for_agents,
        ),
    )
    rows = await world.entries(conversation_id)
    assert by_agent == for_agents(rows)
    assert by_visitor == for_visitors(rows)


async def test_i10_an_agent_on_another_node_hears_everything_once(open_node: OpenNode) -> None:
    one, other = await open_node(), await open_node()
    world = await World.make(one)
    started, agent, _ = await world.start_active()
    stream = f"conversation:{started.state.conversation_id}"
    console = await other.console(agent, {stream: 0})
    await console.until(lambda: console.of("welcome"))
    widget = await one.widget(started.token)
    await widget.until(lambda: widget.of("welcome"))
    for number in range(5):
        await widget.send(type="message", client_id=client_id(), text=str(number))
        await widget.until(lambda n=number: any(e["entry"]["text"] == str(n) for e in widget.of("entry")))
    rows = await world.entries(started.state.conversation_id)
    await console.until(lambda: len(console.seqs(stream)) >= len(rows))
    assert console.seqs(stream) == [row["seq"] for row in rows]


async def test_i10_what_the_bus_lost_is_read_from_the_database(world: World) -> None:
    started, agent, _ = await world.start_active()
    stream = f"conversation:{started.state.conversation_id}"
    console = await world.node.console(agent, {stream: 0})
    await console.until(lambda: console.of("welcome"))
    visitor = await world.rooms.conversations.visitors.find(started.token, ORIGIN)
    publish = world.rooms.bus.publish
    world.rooms.bus.publish = lambda publications: None  # type: ignore[method-assign]
    try:
        for number in range(3):
            message = Inbound(external_id=client_id(), text=str(number))
            await world.rooms.conversations.visitors.receive(visitor, message)
    finally:
        world.rooms.bus.publish = publish  # type: ignore[method-assign]
    world.node.sockets._hub.check_soon()
    rows = await world.entries(started.state.conversation_id)
    await console.until(lambda: len(console.seqs(stream)) >= len(rows))
    assert console.seqs(stream) == [row["seq"] for row in rows]


async def test_too_long_a_gap_is_told_as_stale(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ucc.web.agent_socket.REPLAY_MAX", 2)
    started, agent, _ = await world.start_active()
    visitor = await world.rooms.conversations.visitors.find(started.token, ORIGIN)
    for number in range(5):
        message = Inbound(external_id=client_id(), text=str(number))
        await world.rooms.conversations.visitors.receive(visitor, message)
    stream = f"conversation:{started.state.conversation_id}"
    console = await world.node.console(agent, {stream: 0, "conversation:999": 3})
    welcome = await console.until(lambda: console.of("welcome"))
    assert set(welcome[0]["stale"]) == {stream, "conversation:999"}
    message = Inbound(external_id=client_id(), text="live")
    written = await world.rooms.conversations.visitors.receive(visitor, message)
    await console.until(lambda: console.seqs(stream))
    assert console.seqs(stream) == [written.entry.seq]


async def test_i16_streams_of_others_are_not_given(world: World) -> None:
    stranger = await World.make(world.node)
    started = await world.start()
    agent = await stranger.add_agent()
    stream = f"conversation:{started.state.conversation_id}"
    foreign = [f"agent:{(await world.add_agent()).user_id}", f"tenant:{world.tenant_id}", stream]
    console = await world.node.console(agent, dict.fromkeys(foreign, 0))
    welcome = await console.until(lambda: console.of("welcome"))
    assert stream in welcome[0]["stale"]
    await console.send(type="subscribe", streams={stream: 0})
    await console.send(type="typing", conversation_id=started.state.conversation_id)
    await console.until(lambda: console.of("refused"))
    visitor = await world.rooms.conversations.visitors.find(started.token, ORIGIN)
    await world.rooms.conversations.visitors.receive(visitor, Inbound(external_id=client_id(), text="secret"))
    await console.send(type="ping")
    await console.until(lambda: console.of("pong"))
    assert not [f for f in console.of("event") if f["stream"] in foreign]


@pytest.mark.parametrize(
    ("frame", "path"),
    [
        ("nonsense", "$"),
        ('{"type": "message"}', "$"),
        ('{"type": "fly"}', "$.type"),
        ('{"type": "message", "client_id": 7, "text": "x"}', "$.client_id"),
        ('{"type": "message", "client_id": "x", "text": "x"}', "$.client_id"),
        ('{"type": "message", "client_id": "%s", "text": ""}', "$.text"),
        ('{"type": "message", "client_id": "%s", "text": ["x"]}', "$.text"),
        ('{"type": "message", "client_id": "%s", "attachment_ids": [-1]}', "$.attachment_ids"),
        ('{"type": "message", "client_id": "%s", "attachment_ids": [5]}', "$.attachment_ids"),
        ('{"type": "read", "seq": "3"}', "$.seq"),
        ('{"type": "read", "seq": -1}', "$.seq"),
        ('{"type": "read", "seq": 99999999999}', "$.seq"),
        ('{"type": "rate", "stars": 9}', "$.stars"),
        ('{"type": "hello", "token": "x"}', "$.type"),
        ("[[[[[[1]]]]]]", "$"),
    ],
)
async def test_a_wrong_frame_is_refused_by_field_and_the_socket_stays(
    world: World, frame: str, path: str
) -> None:
    started = await world.start()
    widget = await world.node.widget(started.token)
    await widget.until(lambda: widget.of("welcome"))
    await widget.socket.send(frame.replace("%s", client_id()))
    refused = await widget.until(lambda: widget.of("refused"))
    assert refused[0]["path"] == path
    assert refused[0]["detail"]
    await widget.send(type="ping")
    await widget.until(lambda: widget.of("pong"))


async def test_more_than_the_limits_is_refused_with_the_time_to_wait(world: World) -> None:
    started = await world.start()
    widget = await world.node.widget(started.token)
    await widget.until(lambda: widget.of("welcome"))
    for number in range(6):
        await widget.send(type="message", client_id=client_id(), text=str(number))
    refused = await widget.until(lambda: widget.of("refused"))
    assert refused[0]["code"] == "too_many"
    assert 0 < refused[0]["retry_after_ms"] <= 3_000
    await widget.send(type="message", client_id=client_id(), text="x" * 10_001)
    await widget.until(lambda: len(widget.of("refused")) == 2)
    texts = [row["text"] for row in await world.entries(started.state.conversation_id)]
    assert "5" not in texts


async def test_hellos_that_fail_close_with_their_own_codes(world: World) -> None:
    started = await world.start()
    wrong = await world.node.widget("no such token")
    assert await wrong.closed() == 4401
    elsewhere = await world.node.widget(started.token, origin="https://evil.example")
    assert await elsewhere.closed() == 4403
    address = f"ws://127.0.0.1:{world.node.port}"
    async with websockets.connect(f"{address}/v1/socket") as console:
        await console.send(json.dumps({"type": "hello", "ticket": "x"}))
        await console.wait_closed()
        assert console.close_code == 4401
    async with websockets.connect(f"{address}/v1/widget/socket", origin=ORIGIN) as widget:  # type: ignore[arg-type]
        await widget.send(json.dumps({"type": "ping"}))
        await widget.wait_closed()
        assert widget.close_code == 4400
    with pytest.raises(websockets.InvalidStatus):
        await websockets.connect(f"{address}/v1/socket", origin="https://evil.example")  # type: ignore[arg-type]


async def test_a_ticket_opens_one_socket_once(world: World) -> None:
    agent = await world.add_agent()
    console = await world.node.console(agent)
    await console.until(lambda: console.of("welcome"))
    sessions = world.rooms.tenants.sessions
    from ucc.tenants.sessions import Origin

    _, actor = await sessions._open(world.tenant_id, agent.require_user(), Origin("127.0.0.1"))
    ticket = await sessions.ticket(actor)
    codes = []
    for _ in range(2):
        async with websockets.connect(f"ws://127.0.0.1:{world.node.port}/v1/socket") as again:
            await again.send(json.dumps({"type": "hello", "ticket": ticket}))
            codes.append(json.loads(await again.recv())["type"])
    assert codes == ["welcome", "refused"]


async def test_a_client_that_reads_nothing_is_closed_and_resumes(world: World) -> None:
    sent: list[Any] = []
    room = asyncio.Event()

    async def send(message: Any) -> None:
        await room.wait()
        sent.append(message)

    slow = socket_module.Socket(send, world.rooms.tasks)
    for number in range(socket_module.QUEUE_FRAMES_MAX + 2):
        slow.push(str(number).encode())
    assert slow.is_closed
    room.set()

    async def is_told() -> bool:
        await asyncio.sleep(0.01)
        return any(one.get("code") == socket_module.OVERFLOW for one in sent)

    await eventually(is_told)
    assert sent[0]["text"] == "0"


async def test_typing_and_viewing_reach_the_others(world: World) -> None:
    started, agent, _ = await world.start_active()
    conversation_id = started.state.conversation_id
    stream = f"conversation:{conversation_id}"
    console = await world.node.console(agent, {stream: 0})
    supervisor = await world.node.console(await world.add_agent(), {stream: 0})
    await supervisor.until(lambda: supervisor.of("welcome"))
    widget = await world.node.widget(started.token)
    await widget.until(lambda: widget.of("welcome"))
    await console.until(lambda: console.of("welcome"))
    await console.send(type="typing", conversation_id=conversation_id)
    await widget.until(lambda: widget.of("typing"))
    await widget.send(type="typing")
    typing = await console.until(
        lambda: [
            f["event"]
            for f in console.of("event")
            if f["event"]["type"] == "typing_seen" and f["event"]["author"] == "contact"
        ]
    )
    assert typing[0]["conversation_id"] == conversation_id
    await console.send(type="viewing", conversation_id=conversation_id)
    seen = await supervisor.until(
        lambda: [f["event"] for f in supervisor.of("event") if f["event"]["type"] == "viewers_changed"]
    )
    assert seen[-1]["user_ids"] == [agent.user_id]
    await console.close()
    await supervisor.until(lambda: [f for f in supervisor.of("event") if f["event"].get("user_ids") == []])


async def test_receipts_only_grow_and_stop_at_the_last_entry(world: World) -> None:
    started, agent, _ = await world.start_active()
    conversation_id = started.state.conversation_id
    widget = await world.node.widget(started.token)
    await widget.until(lambda: widget.of("welcome"))
    reply = await world.rooms.conversations.write(
        agent, conversation_id, EntryWrite(client_id=client_id(), text="Hello!")
    )

    async def marks() -> tuple[int, int]:
        head = await world.head(conversation_id)
        return head["contact_delivered_seq"], head["contact_read_seq"]

    async def is_delivered() -> bool:
        return (await marks())[0] == reply.seq

    await eventually(is_delivered)
    await widget.send(type="read", seq=10_000)

    async def is_read() -> bool:
        return (await marks())[1] == reply.seq

    await eventually(is_read)
    await widget.send(type="read", seq=1)
    await widget.send(type="ping")
    await widget.until(lambda: widget.of("pong"))
    assert (await marks())[1] == reply.seq


async def test_a_waiting_visitor_is_told_the_place_and_who_comes(world: World) -> None:
    first, second = await world.start(), await world.start()
    widget = await world.node.widget(second.token)
    told = await widget.until(
        lambda: [f["state"] for f in [*widget.of("welcome"), *widget.of("state")] if f["state"]["position"]]
    )
    assert told[-1]["position"] == 2
    agent = await world.add_agent()
    await world.go_on_queue(agent)
    offer = await eventually(lambda: world.ringing(first.state.conversation_id))
    await world.submit(Accept(offer["interaction_id"], agent.require_user(), offer["epoch"]))
    offer = await eventually(lambda: world.ringing(second.state.conversation_id))
    await world.submit(Accept(offer["interaction_id"], agent.require_user(), offer["epoch"]))
    active = await widget.until(lambda: [f for f in widget.of("state") if f["state"]["phase"] == "active"])
    assert active[-1]["state"]["agent_name"] == f"Agent {agent.user_id}"


async def test_a_visitor_who_leaves_abandons_what_waits(world: World) -> None:
    started = await world.start()
    widget = await world.node.widget(started.token)
    await widget.until(lambda: widget.of("welcome"))
    await world.until_work(started.state.conversation_id, "queued")
    await widget.send(type="end")
    head = await world.until_work(started.state.conversation_id, "abandoned")
    assert head["state"] == "resolved"
    await widget.until(lambda: [f for f in widget.of("state") if f["state"]["phase"] == "ended"])
    await widget.send(type="rate", stars=4, text="Nobody came, but nicely")

    async def is_rated() -> bool:
        return (await world.head(started.state.conversation_id))["context"].get("rating", {}).get(
            "stars"
        ) == 4

    await eventually(is_rated)


async def test_a_lost_visitor_is_told_to_routing_and_so_is_the_return(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ucc.conversations.online.GRACE_S", 0.05)
    started = await world.start()
    await world.until_work(started.state.conversation_id, "queued")
    widget = await world.node.widget(started.token)
    await widget.until(lambda: widget.of("welcome"))

    async def is_online() -> bool:
        return (await world.fetch("SELECT is_online FROM visitor"))[0]["is_online"]

    assert await is_online()
    await widget.close()

    async def facts() -> bytes:
        return b"".join(row["facts"] for row in await world.fetch("SELECT facts FROM journal"))

    async def is_lost() -> bool:
        return not await is_online() and b"contact_lost_seen" in await facts()

    await eventually(is_lost)
    widget = await world.node.widget(started.token)

    async def is_back() -> bool:
        return await is_online() and b"contact_back_seen" in await facts()

    await eventually(is_back)


async def test_a_visitor_of_a_dead_node_is_found_by_silence(world: World) -> None:
    started = await world.start()
    await world.until_work(started.state.conversation_id, "queued")
    async with world.rooms.database.tenant(world.tenant_id) as conn:
        await conn.execute("UPDATE visitor SET seen_at_ms = seen_at_ms - 80000")
    await world.rooms.conversations.online.sweep()

    async def is_lost() -> bool:
        facts = [row["facts"] for row in await world.fetch("SELECT facts FROM journal")]
        return any(b"contact_lost_seen" in one for one in facts)

    await eventually(is_lost)
