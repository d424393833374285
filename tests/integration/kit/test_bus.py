"""The wire on a real NATS: two nodes, gaps found by number, NATS killed and back, requests, hints."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from tests.conftest import until
from ucc.domain.errors import Unavailable
from ucc.kit import bus as bus_module
from ucc.kit import metrics, secrets
from ucc.kit.bus import Bus, Publication
from ucc.kit.embedded import EmbeddedNats, Place
from ucc.kit.peers import Peers
from ucc.kit.tasks import Tasks

Join = Callable[[], Awaitable[Bus]]


class Said(msgspec.Struct, frozen=True, tag="said"):
    text: str


class Left(msgspec.Struct, frozen=True, tag="left"):
    who: int


@pytest.fixture
def own_place(server_folder: Path) -> Iterator[Place]:
    place = Place(server_folder / "wire")
    place.take()
    yield place
    place.release()


@pytest.fixture
async def own_nats(own_place: Place) -> AsyncIterator[EmbeddedNats]:
    """A NATS to kill; it stays down until somebody runs `keep`."""
    server = EmbeddedNats(own_place)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def join(own_nats: EmbeddedNats, tasks: Tasks) -> AsyncIterator[Join]:
    """Open one more node of the same cluster."""
    cluster = secrets.token()[:12]
    nodes: list[Bus] = []

    async def open_node() -> Bus:
        nodes.append(await Bus.open(own_nats.url, cluster=cluster, payloads=Said | Left, tasks=tasks))
        return nodes[-1]

    yield open_node
    for node in nodes:
        await node.close()


class Ear:
    """A subscriber that remembers, and counts gaps."""

    def __init__(self, node: Bus, stream: str = "conversation:1", tenant_id: int = 1) -> None:
        self.heard: list[Publication] = []
        self.gaps = 0
        self.stop = node.subscribe(tenant_id, stream, self.heard.append)
        node.on_gap(self._gap)

    def _gap(self) -> None:
        self.gaps += 1

    def texts(self) -> list[str]:
        return [one.payload.text for one in self.heard]


def said(text: str, seq: int = 1, stream: str = "conversation:1", tenant_id: int = 1) -> Publication:
    return Publication(tenant_id, stream, seq, Said(text))


async def pair(join: Join) -> tuple[Bus, Bus]:
    one, other = await join(), await join()
    await until(lambda: one.peers == 1 and other.peers == 1)
    return one, other


async def test_a_publication_is_heard_here_at_once_and_on_the_other_node_soon(join: Join) -> None:
    one, other = await pair(join)
    here, there = Ear(one), Ear(other)
    one.publish([said("a", 1), said("b", 2)])
    assert here.texts() == ["a", "b"]
    await until(lambda: len(there.heard) == 2)
    assert there.heard == [said("a", 1), said("b", 2)]
    assert len(here.heard) == 2


async def test_streams_and_tenants_are_kept_apart(join: Join) -> None:
    one, other = await pair(join)
    ear, other_tenant, other_stream = Ear(other), Ear(other, tenant_id=2), Ear(other, stream="agent:9")
    one.publish([said("mine"), said("theirs", tenant_id=2), said("agent's", stream="agent:9")])
    await until(lambda: bool(other_stream.heard))
    assert (ear.texts(), other_tenant.texts(), other_stream.texts()) == (["mine"], ["theirs"], ["agent's"])


async def test_who_unsubscribed_hears_nothing_more(join: Join) -> None:
    one = await join()
    ear, stays = Ear(one), Ear(one)
    ear.stop()
    ear.stop()
    one.publish([said("a")])
    assert (ear.texts(), stays.texts()) == ([], ["a"])


async def test_a_subscriber_that_raises_keeps_nobody_else_from_hearing(join: Join) -> None:
    one = await join()

    def fail(_: Publication) -> None:
        raise RuntimeError("boom")

    one.subscribe(1, "conversation:1", fail)
    ear = Ear(one)
    one.publish([said("a")])
    assert ear.texts() == ["a"]


async def test_order_is_kept_between_nodes_under_load(join: Join) -> None:
    one, other = await pair(join)
    ear = Ear(other)
    gaps = ear.gaps
    for n in range(3_000):
        one.publish([said(str(n), n)])
        if n % 100 == 0:
            await asyncio.sleep(0)
    await until(lambda: len(ear.heard) == 3_000)
    assert ear.texts() == [str(n) for n in range(3_000)]
    assert ear.gaps == gaps


async def test_a_new_node_and_a_lost_node_are_gaps_a_leaving_one_is_not(
    join: Join, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ucc.kit.peers.LOST_MS", 400)
    one = await join()
    ear = Ear(one)
    other = await join()
    await until(lambda: ear.gaps == 1)
    await other.close()
    await until(lambda: one.peers == 0)
    assert ear.gaps == 1
    third = await join()
    await until(lambda: ear.gaps == 2)
    third._is_closing = True  # no reconnect: like a process that was killed
    await third._nats.close()
    await until(lambda: one.peers == 0)
    assert ear.gaps == 3


async def test_a_message_that_got_lost_is_noticed_by_the_next_number(join: Join) -> None:
    one, other = await pair(join)
    ear = Ear(other)
    before = ear.gaps
    one._lose(1)  # as when a publication was too large or NATS was slow
    one.publish([said("after")])
    await until(lambda: ear.texts() == ["after"])
    assert ear.gaps == before + 1


async def test_a_lost_last_message_is_noticed_by_the_heartbeat(join: Join) -> None:
    one, other = await pair(join)
    ear = Ear(other)
    before = ear.gaps
    one._lose(1)
    await until(lambda: ear.gaps == before + 1)


async def test_a_node_that_hears_no_other_sends_nothing_and_a_deaf_one_is_noticed(join: Join) -> None:
    one = await join()
    one.publish([said("alone")])
    assert not one._outgoing
    other = await join()
    ear = Ear(other)
    await until(lambda: one.peers == 1 and other.peers == 1)
    before = ear.gaps
    one._peers = Peers()  # as after a pause of the other: it is heard again at its next beat
    one.publish([said("to nobody")])
    await until(lambda: ear.gaps == before + 1)
    await until(lambda: one.peers == 1)
    one.publish([said("to the other")])
    await until(lambda: ear.texts() == ["to the other"])


async def test_more_than_waits_for_nats_is_dropped_and_noticed(
    join: Join, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus_module, "OUTGOING_MAX", 10)
    one, other = await pair(join)
    here, there = Ear(one), Ear(other)
    before = there.gaps
    one.publish([said(str(n), n) for n in range(50)])
    assert len(here.heard) == 50
    await until(lambda: there.gaps > before)
    assert there.texts()[-1] == "49"


async def test_with_nats_killed_this_node_goes_on_and_the_other_is_told_to_catch_up(
    join: Join, own_nats: EmbeddedNats, tasks: Tasks
) -> None:
    one, other = await pair(join)
    here, there = Ear(one), Ear(other)
    before = there.gaps
    os.kill(own_nats.pid, signal.SIGKILL)
    await until(lambda: not one.is_connected and not other.is_connected)
    one.publish([said("while away")])
    assert here.texts() == ["while away"]
    with pytest.raises(Unavailable):
        await one.request("router", b"", 200)

    tasks.start("keeper", own_nats.keep())
    await until(lambda: one.is_connected and other.is_connected)
    await until(lambda: there.gaps > before)
    one.publish([said("back")])
    await until(lambda: "back" in there.texts())
    assert here.texts() == ["while away", "back"]
    assert there.texts() == ["back"]  # what was said meanwhile is read from the database


async def test_a_node_starts_without_nats_and_joins_when_it_is_there(
    own_nats: EmbeddedNats, tasks: Tasks
) -> None:
    await own_nats.stop()
    node = await Bus.open(own_nats.url, cluster="late", payloads=Said, tasks=tasks)
    ear = Ear(node)
    node.publish([said("alone")])
    assert not node.is_connected
    assert ear.texts() == ["alone"]
    await own_nats.start_again()
    await until(lambda: node.is_connected and ear.gaps == 1)
    await node.close()


async def test_a_node_without_any_nats_delivers_to_itself(tasks: Tasks) -> None:
    node = await Bus.open(None, cluster="alone", payloads=Said, tasks=tasks)
    ear = Ear(node)
    node.publish([said("a")])
    hints: list[int] = []
    node.on_hint("router", lambda: hints.append(1))
    node.hint("router")
    assert (ear.texts(), hints) == (["a"], [1])
    await node.close()


async def test_hints_wake_both_nodes(join: Join) -> None:
    one, other = await pair(join)
    heard: list[str] = []
    one.on_hint("shard.3", lambda: heard.append("here"))
    stop = other.on_hint("shard.3", lambda: heard.append("there"))
    other.on_hint("shard.4", lambda: heard.append("wrong"))
    one.hint("shard.3")
    assert heard == ["here"]
    await until(lambda: heard == ["here", "there"])
    stop()


async def test_a_request_is_answered_here_directly_and_there_over_the_wire(join: Join) -> None:
    one, other = await pair(join)

    async def double(payload: bytes) -> bytes:
        return payload * 2

    stop = one.serve("double", double)
    assert await one.request("double", b"ab", 1_000) == b"abab"

    async def asked() -> bytes:
        return await other.request("double", b"ab", 1_000)

    assert await _eventually(asked) == b"abab"
    answers = await asyncio.gather(*(other.request("double", str(n).encode(), 2_000) for n in range(50)))
    assert answers == [str(n).encode() * 2 for n in range(50)]
    stop()
    with pytest.raises(Unavailable):
        await one.request("double", b"ab", 300)


async def test_a_server_that_fails_gives_unavailable_and_not_silence(join: Join) -> None:
    one, other = await pair(join)

    async def fail(payload: bytes) -> bytes:
        raise RuntimeError("boom")

    one.serve("fail", fail)
    with pytest.raises(Unavailable, match="RuntimeError"):
        await _eventually(lambda: other.request("fail", b"", 2_000), until_error="RuntimeError")


async def test_a_slow_server_is_not_waited_for(join: Join) -> None:
    one, _ = await pair(join)

    async def hang(payload: bytes) -> bytes:
        await asyncio.Event().wait()
        return b""

    one.serve("hang", hang)
    with pytest.raises(Unavailable, match="did not answer in 100 ms"):
        await one.request("hang", b"", 100)


async def test_served_subjects_come_back_after_a_reconnect(
    join: Join, own_nats: EmbeddedNats, tasks: Tasks
) -> None:
    one, other = await pair(join)

    async def echo(payload: bytes) -> bytes:
        return payload

    one.serve("echo", echo)
    os.kill(own_nats.pid, signal.SIGKILL)
    await until(lambda: not one.is_connected)
    tasks.start("keeper", own_nats.keep())
    await until(lambda: one.is_connected and other.is_connected)
    assert await other.request("echo", b"x", 2_000) == b"x"


async def test_an_event_of_a_newer_version_is_dropped_and_the_rest_heard(join: Join) -> None:
    one, other = await pair(join)

    class Unknown(msgspec.Struct, frozen=True, tag="unknown"):
        text: str

    ear = Ear(other)
    one.publish([Publication(1, "conversation:1", 1, Unknown("x")), said("known", 2)])
    await until(lambda: ear.texts() == ["known"])


async def test_gaps_are_counted_by_cause(join: Join) -> None:
    await pair(join)
    rendered = metrics.render().decode()
    assert 'ucc_bus_gaps_total{cause="new_peer"}' in rendered
    assert 'ucc_bus_gaps_total{cause="connected"}' in rendered


async def _eventually(
    ask: Callable[[], Awaitable[bytes]], until_error: str | None = None, timeout_s: float = 5
) -> bytes:
    """Ask again while nobody serves the subject yet."""
    async with asyncio.timeout(timeout_s):
        while True:
            try:
                return await ask()
            except Unavailable as error:
                if until_error and until_error in str(error):
                    raise
                await asyncio.sleep(0.02)
