"""What it costs to hand one event to the sockets that hold its stream. Unit: microseconds an event.

Floor: calling as many plain functions.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from ucc.domain.conversation import Entry
from ucc.domain.events import EntryAdded
from ucc.domain.states import Author, EntryKind
from ucc.kit.bus import Bus, Publication
from ucc.kit.tasks import Tasks
from ucc.web.hub import Frames, Hub
from ucc.web.socket import Socket

HOLDERS = [1, 10, 100]


class Console:
    def __init__(self, socket: Socket) -> None:
        self.socket = socket

    def hear(self, frames: Frames) -> None:
        self.socket.push(frames.text)

    async def has_room(self) -> None:
        return None


async def send(message: Any) -> None:
    """Take a frame as a transport that is never full does."""


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.mark.parametrize("count", HOLDERS)
def test_floor_calls(benchmark: Any, count: int) -> None:
    calls = [lambda: None] * count
    benchmark(lambda: [call() for call in calls])


@pytest.mark.parametrize("count", HOLDERS)
def test_one_event_to_its_holders(benchmark: Any, count: int, loop: asyncio.AbstractEventLoop) -> None:
    async def measure() -> None:
        tasks = Tasks()
        bus = await Bus.open(None, cluster="bench", payloads=Any, tasks=tasks)
        hub = Hub(bus, reader=None, tasks=tasks)  # type: ignore[arg-type]  # nothing is missed, so nothing is read
        for _ in range(count):
            hub.hold(1, "conversation:5", Console(Socket(send, tasks)), 0)
        seqs = iter(range(1, 10**9))

        def publish() -> None:
            seq = next(seqs)
            entry = Entry(
                conversation_id=5,
                seq=seq,
                id=seq,
                kind=EntryKind.MESSAGE,
                author=Author.CONTACT,
                at_ms=1,
                text="Could you check it again please?",
            )
            bus.publish([Publication(1, "conversation:5", seq, EntryAdded(entry=entry))])

        benchmark(publish)

    loop.run_until_complete(measure())
