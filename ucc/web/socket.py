"""One WebSocket: frames out at once while the transport takes them, else through a short bounded queue.

This stands beside the framework, on bare ASGI: an idle socket costs no task and no buffer of its own.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine, Generator
from typing import Any

from ucc.kit import metrics
from ucc.kit.clock import monotonic_ms
from ucc.kit.tasks import Tasks

QUEUE_FRAMES_MAX = 256
QUEUE_CHARACTERS_MAX = 1024 * 1024
DRAIN_S = 20  # a client that takes nothing for so long is gone

BAD_FRAME = 4400
BAD_TOKEN = 4401
BAD_ORIGIN = 4403
OVERFLOW = 4408
SILENT = 4409
GOING_AWAY = 1001
TRY_LATER = 1013

# How a socket ends whose hello was refused, by the refusal's HTTP status; anything else is a bad frame.
HELLO_CODES = {401: BAD_TOKEN, 403: BAD_ORIGIN, 503: TRY_LATER}

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
        "_characters",
        "_farewell",
        "_is_room",
        "_queue",
        "_reader",
        "_send",
        "_tasks",
        "heard_ms",
        "is_closed",
    )

    def __init__(self, send: Any, tasks: Tasks) -> None:
        self._send = send
        self._tasks = tasks
        self._queue: deque[str] | None = None  # only while the transport is full
        self._characters = 0
        self._farewell: tuple[int, str] | None = None  # sent behind the frame the transport is busy with
        self._is_room: asyncio.Event | None = None
        self._reader = asyncio.current_task()
        self.heard_ms = monotonic_ms()
        self.is_closed = False

    def push(self, text: str) -> None:
        """Send one text frame, in order; a client too slow for it is closed with 4408 and resumes."""
        if self.is_closed:
            return
        if self._queue is not None:
            self._queue.append(text)
            self._characters += len(text)
            if len(self._queue) > QUEUE_FRAMES_MAX or self._characters > QUEUE_CHARACTERS_MAX:
                self.close(OVERFLOW, "too slow; resume")
            return
        try:
            rest = begin(self._send({"type": "websocket.send", "text": text}))
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
                self._characters -= len(text)
                async with asyncio.timeout(DRAIN_S):
                    await self._send({"type": "websocket.send", "text": text})
            if self._farewell is not None:
                await self._close(*self._farewell)
        except (OSError, TimeoutError):
            self._end()
        finally:
            self._queue = None
            self._characters = 0
            if self._is_room is not None:
                self._is_room.set()
                self._is_room = None

    def close(self, code: int, reason: str) -> None:
        """Close with a code; what still waits in the queue is dropped."""
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
