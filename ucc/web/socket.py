"""One WebSocket: frames out with the turn of the loop while the transport takes them, else by a short queue.

This stands beside the framework, on bare ASGI: an idle socket costs no task and no buffer of its own.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from typing import Any

from ucc.kit import log, metrics
from ucc.kit.clock import monotonic_ms
from ucc.kit.tasks import Tasks
from ucc.web.line import head_of

QUEUE_FRAMES_MAX = 256
QUEUE_BYTES_MAX = 1024 * 1024
DRAIN_S = 20  # a client that takes nothing for so long is gone

BAD_FRAME = 4400
BAD_TOKEN = 4401
BAD_ORIGIN = 4403
OVERFLOW = 4408
SILENT = 4409
OUR_FAULT = 1011
GOING_AWAY = 1001
TRY_LATER = 1013

# How a socket ends whose hello was refused, by the refusal's HTTP status; anything else is a bad frame.
HELLO_CODES = {401: BAD_TOKEN, 403: BAD_ORIGIN, 503: TRY_LATER}

_logger = log.get("web.sockets")
_closed = metrics.counter("sockets_closed", "Sockets closed by this node, by code", ["code"])


class _Rest:
    """What is left of a coroutine that was begun by hand and waits for `first`."""

    __slots__ = ("_first", "_work")

    def __init__(self, work: Coroutine[Any, Any, None], first: Any) -> None:
        self._work = work
        self._first = first

    def __await__(self) -> Generator[Any, Any, None]:
        yield self._first
        yield from self._work.__await__()


def begin(work: Coroutine[Any, Any, None]) -> _Rest | None:
    """Run a coroutine up to where it has to wait; return the rest, or None when it is done already.

    Sending on a socket whose transport is not full never waits, so that no task is needed for it.
    """
    try:
        first = work.send(None)
    except StopIteration:
        return None
    return _Rest(work, first)


class Socket:
    """The sending half of an accepted WebSocket, and its end."""

    __slots__ = (
        "_bytes",
        "_farewell",
        "_is_room",
        "_queue",
        "_reader",
        "_send",
        "_tasks",
        "_turn",
        "_write",
        "heard_ms",
        "is_closed",
        "is_idle",
    )

    def __init__(self, send: Any, tasks: Tasks, write: Callable[[bytes], bool] | None = None) -> None:
        """`write` is the line's own way (ucc.web.line); without one each frame goes through `send`."""
        self._send = send
        self._tasks = tasks
        self._write = write
        self._turn: list[bytes] | None = None  # of this turn of the loop, written together at its end
        self._queue: deque[bytes] | None = None  # only while the transport is full
        self._bytes = 0
        self._farewell: tuple[int, str] | None = None  # sent behind the frame the transport is busy with
        self._is_room: asyncio.Event | None = None
        self._reader = asyncio.current_task()
        self.heard_ms = monotonic_ms()
        self.is_closed = False
        self.is_idle = False  # its reader waits for the next frame

    def push(self, text: bytes) -> None:
        """Send one text frame, in order; a client too slow for it is closed with 4408 and resumes."""
        if self.is_closed:
            return
        if self._queue is not None:
            self._wait_in_line(self._queue, text)
        elif self._turn is not None:
            self._turn.append(text)
        elif self._write is not None:
            self._turn = [text]
            asyncio.get_running_loop().call_soon(self._write_turn)
        else:
            self._send_now(text)

    def _wait_in_line(self, queue: deque[bytes], text: bytes) -> None:
        queue.append(text)
        self._bytes += len(text)
        if len(queue) > QUEUE_FRAMES_MAX or self._bytes > QUEUE_BYTES_MAX:
            self._end_with(OVERFLOW, "too slow; resume")

    def _write_turn(self) -> None:
        """Write what came in this turn as one; what the transport does not take waits."""
        turn, self._turn = self._turn, None
        if turn is None:
            return
        assert self._write is not None
        if not self._write(b"".join([part for text in turn for part in (head_of(len(text)), text)])):
            first, *others = turn
            self._send_now(first)
            for text in others:
                self.push(text)

    def _send_now(self, text: bytes) -> None:
        try:
            rest = begin(self._send(_message(text)))
        except OSError:  # the client is gone; the reader learns it too
            self.is_closed = True
            return
        if rest is not None:
            self._queue = deque()
            self._tasks.start("sockets: drain", self._drain(rest))

    async def has_room(self) -> None:
        """Wait until the queue is empty: whoever sends a long log waits for the client."""
        while self._queue is not None and not self.is_closed:
            if self._is_room is None:
                self._is_room = asyncio.Event()
            await self._is_room.wait()

    async def _drain(self, rest: _Rest) -> None:
        try:
            async with asyncio.timeout(DRAIN_S):
                await rest
            while self._queue:
                text = self._queue.popleft()
                self._bytes -= len(text)
                async with asyncio.timeout(DRAIN_S):
                    await self._send(_message(text))
            if self._farewell is not None:
                await self._close(*self._farewell)
        except (OSError, TimeoutError):
            self._end()
        finally:
            self._queue = None
            self._bytes = 0
            if self._is_room is not None:
                self._is_room.set()
                self._is_room = None

    def close(self, code: int, reason: str) -> None:
        """Close with a code; what still waits in the queue is dropped."""
        if self.is_closed:
            return
        self._write_turn()
        self._end_with(code, reason)

    def fail(self, error: Exception) -> None:
        """Close because of a bug of ours, which is logged."""
        _logger.error("socket failed", exc_info=error)
        self.close(OUR_FAULT, "this is our fault")

    def _end_with(self, code: int, reason: str) -> None:
        if self.is_closed:
            return
        self.is_closed = True
        _closed.labels(str(code)).inc()
        if self._queue is not None:
            self._queue.clear()
            self._farewell = (code, reason)
        else:
            self._tasks.start("sockets: close", self._close(code, reason))

    async def _close(self, code: int, reason: str) -> None:
        try:
            async with asyncio.timeout(DRAIN_S):
                await self._send({"type": "websocket.close", "code": code, "reason": reason})
        except (OSError, TimeoutError):
            self._end()

    def _end(self) -> None:
        """End a socket whose client takes nothing any more, by ending its reader."""
        self.is_closed = True
        if self._reader is not None:
            self._reader.cancel()


def _message(text: bytes) -> dict[str, str]:
    return {"type": "websocket.send", "text": text.decode()}
