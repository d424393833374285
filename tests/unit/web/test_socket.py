"""Frames leave with the turn of the loop, in order, whichever way they go."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from websockets.frames import Frame, Opcode

from ucc.kit.tasks import Tasks
from ucc.web.line import head_of
from ucc.web.socket import QUEUE_FRAMES_MAX, Socket


class Far:
    """The far end of a socket: what was written at once, and what came by messages."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.messages: list[Any] = []
        self.is_full = False
        self.room = asyncio.Event()
        self.socket = Socket(self.send, Tasks(), self.write)

    def write(self, frames: bytes) -> bool:
        if not self.is_full:
            self.writes.append(frames)
        return not self.is_full

    async def send(self, message: Any) -> None:
        if self.is_full:
            await self.room.wait()
        self.messages.append(message)

    @property
    def texts(self) -> list[str]:
        return [one["text"] for one in self.messages if one["type"] == "websocket.send"]


def framed(*texts: bytes) -> bytes:
    return b"".join(Frame(Opcode.TEXT, text).serialize(mask=False) for text in texts)


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 200_000])
def test_a_frame_stands_behind_the_head_of_the_protocol(size: int) -> None:
    text = b"x" * size
    assert head_of(size) + text == framed(text)


async def test_what_one_turn_of_the_loop_sends_is_one_write() -> None:
    far = Far()
    far.socket.push(b"one")
    far.socket.push(b"two")
    assert far.writes == []
    await asyncio.sleep(0)
    far.socket.push(b"three")
    await asyncio.sleep(0)
    assert far.writes == [framed(b"one", b"two"), framed(b"three")]
    assert far.messages == []


async def test_what_the_transport_does_not_take_waits_and_keeps_its_order() -> None:
    far = Far()
    far.is_full = True
    for text in (b"one", b"two"):
        far.socket.push(text)
    await asyncio.sleep(0)
    far.socket.push(b"three")
    assert far.texts == []
    far.is_full = False
    far.room.set()
    await far.socket.has_room()
    assert far.texts == ["one", "two", "three"]
    far.socket.push(b"four")
    await asyncio.sleep(0)
    assert far.writes == [framed(b"four")]


async def test_a_close_stands_behind_what_was_sent_before_it() -> None:
    far = Far()
    far.socket.push(b"last")
    far.socket.close(1001, "this node stops")
    far.socket.push(b"too late")
    assert far.writes == [framed(b"last")]
    await asyncio.sleep(0.01)
    assert [one["code"] for one in far.messages] == [1001]
    assert far.writes == [framed(b"last")]


async def test_too_much_in_one_turn_on_a_full_transport_closes_the_socket_once() -> None:
    far = Far()
    far.is_full = True
    for number in range(QUEUE_FRAMES_MAX + 2):
        far.socket.push(str(number).encode())
    far.socket.close(1001, "this node stops")
    far.is_full = False
    far.room.set()
    await asyncio.sleep(0.01)
    assert [one.get("code") for one in far.messages] == [None, 4408]
