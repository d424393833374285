"""Frames come to the application once and in order, whichever way they are taken apart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn
from websockets.frames import Frame, Opcode

from ucc.web.line import FRAMES_MAX, LISTEN, Line, short_text

SHAKE = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def masked(text: str, *, opcode: Opcode = Opcode.TEXT, fin: bool = True) -> bytes:
    return Frame(opcode, text.encode(), fin).serialize(mask=True)


@pytest.mark.parametrize("text", ["", "a", "ab", "abc", "abcd", '{"type":"ping"}', "麻烦再查一下", "x" * 125])
def test_a_whole_short_frame_is_read_as_it_is(text: str) -> None:
    assert short_text(masked(text)) == text
    unhidden = bytes((0x81, 0x80 | len(text.encode()))) + bytes(4) + text.encode()
    assert short_text(unhidden) == text


OTHERS = {
    "nothing": b"",
    "half a head": b"\x81",
    "less than all": masked("abc")[:-1],
    "more than one": masked("abc") + b"\x81",
    "two": masked("abc") + masked("d"),
    "a first part": masked("abc", fin=False),
    "binary": masked("abc", opcode=Opcode.BINARY),
    "a later part": masked("abc", opcode=Opcode.CONT),
    "ping": masked("abc", opcode=Opcode.PING),
    "long": masked("x" * 126),
    "not masked": Frame(Opcode.TEXT, b"abc").serialize(mask=False),
    "a reserved bit": b"\xc1" + masked("abc")[1:],
    "no text": Frame(Opcode.TEXT, b"\xff").serialize(mask=True),
}


@pytest.mark.parametrize("what", OTHERS)
def test_anything_else_is_left_to_the_library(what: str) -> None:
    assert short_text(OTHERS[what]) is None


class Server:
    """A server whose application reads when it is let."""

    def __init__(self) -> None:
        self.texts: list[str | bytes] = []
        self.at_once: list[str] = []
        self.may_read = asyncio.Event()
        self.line: Line | None = None
        self.ended = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.line = receive.__self__
        await receive()
        await send({"type": "websocket.accept"})
        scope["extensions"][LISTEN](self.take)
        while True:
            await self.may_read.wait()
            message = await receive()
            if message["type"] == "websocket.disconnect":
                self.ended.set()
                return
            self.texts.append(message.get("text", message.get("bytes")))

    def take(self, text: str) -> bool:
        """Take what is said to be for now."""
        if text.startswith("now"):
            self.at_once.append(text)
        return text.startswith("now")

    async def until(self, count: int) -> None:
        async with asyncio.timeout(10):
            while len(self.texts) < count:  # noqa: ASYNC110  # read by the server, in its own time
                await asyncio.sleep(0.01)


@pytest.fixture
async def server() -> AsyncIterator[tuple[Server, asyncio.StreamReader, asyncio.StreamWriter]]:
    """Serve on loopback; give the application and an open socket."""
    app = Server()
    config = uvicorn.Config(app, port=0, ws=Line, lifespan="off", log_config=None, ws_ping_interval=None)
    running = uvicorn.Server(config)
    serving = asyncio.get_running_loop().create_task(running.serve())
    async with asyncio.timeout(10):
        while not running.started:  # noqa: ASYNC110  # it tells nobody
            await asyncio.sleep(0.01)
    port = running.servers[0].sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(SHAKE)
    await reader.readuntil(b"\r\n\r\n")
    yield app, reader, writer
    app.may_read.set()
    writer.close()
    running.should_exit = True
    await serving


async def test_short_long_split_and_fragmented_frames_come_in_their_order(server: Any) -> None:
    app, _, writer = server
    app.may_read.set()
    long, whole = "y" * 300, masked("split")
    pieces = [
        masked("one"),
        masked("two") + masked("three"),
        whole[:3],
        whole[3:],
        masked("four"),
        masked("fi", fin=False),
        masked("ve", opcode=Opcode.CONT),
        masked(long),
        masked("six"),
    ]
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0.01)  # so that each comes by itself; together they must give the same
    expected = ["one", "two", "three", "split", "four", "five", long, "six"]
    await app.until(len(expected))
    writer.write(b"".join(pieces))
    await app.until(2 * len(expected))
    assert app.texts == expected * 2


async def test_a_short_frame_within_a_fragmented_message_is_the_error_it_was(server: Any) -> None:
    app, reader, writer = server
    app.may_read.set()
    writer.write(masked("fi", fin=False))
    await writer.drain()
    await asyncio.sleep(0.01)
    writer.write(masked("one"))
    async with asyncio.timeout(10):
        closed = await reader.read()
    assert (closed[0], int.from_bytes(closed[2:4])) == (0x88, 1002)
    assert app.texts == []


async def test_the_rest_of_a_long_frame_that_looks_like_a_short_one_is_none(server: Any) -> None:
    app, _, writer = server
    app.may_read.set()
    rest = masked("rest")
    payload = b"p" * 200 + rest
    writer.write(bytes((0x82, 0x80 | 126)) + len(payload).to_bytes(2) + bytes(4) + payload[:200])
    await writer.drain()
    await asyncio.sleep(0.01)
    writer.write(rest)
    await app.until(1)
    assert app.texts == [payload]


async def test_nothing_is_read_while_much_waits_and_nothing_is_lost(server: Any) -> None:
    app, _, writer = server
    count = 20_000
    for number in range(count):
        writer.write(masked(str(number)))
    async with asyncio.timeout(10):
        while app.line is None or not app.line.read_paused:  # noqa: ASYNC110  # it tells nobody
            await asyncio.sleep(0.01)
    assert FRAMES_MAX <= app.line.queue.qsize() < count
    app.may_read.set()
    await app.until(count)
    assert app.texts == [str(number) for number in range(count)]


async def test_reading_rests_too_while_short_frames_come_one_by_one(server: Any) -> None:
    app, _, writer = server
    sent = 0
    async with asyncio.timeout(10):
        while app.line is None or not app.line.read_paused:
            writer.write(masked(str(sent)))
            sent += 1
            await writer.drain()
            await asyncio.sleep(0.002)  # so that it comes by itself
    app.may_read.set()
    await app.until(sent)
    assert app.texts == [str(number) for number in range(sent)]


async def test_a_frame_is_taken_at_once_unless_others_are_in_line(server: Any) -> None:
    app, _, writer = server
    for text in ("now", "now " + "x" * 126, "later", "now, behind it"):
        writer.write(masked(text))
        await writer.drain()
        await asyncio.sleep(0.01)  # so that each comes by itself
    app.may_read.set()
    await app.until(3)
    assert app.at_once == ["now"]
    assert app.texts == ["now " + "x" * 126, "later", "now, behind it"]
