"""The two sockets of the door, as bare ASGI: consoles at /v1/socket, widgets at /v1/widget/socket."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import Any, Protocol

from ucc.conversations.service import Conversations
from ucc.domain.errors import Unavailable
from ucc.kit.bus import Bus
from ucc.kit.clock import monotonic_ms
from ucc.kit.tasks import Tasks
from ucc.web.agent_socket import AgentRoom, AgentSocket, Consoles, Tickets, Work
from ucc.web.hub import Hub
from ucc.web.line import LISTEN, WRITE
from ucc.web.rooms import Rooms
from ucc.web.socket import BAD_FRAME, BAD_TOKEN, GOING_AWAY, SILENT, Socket
from ucc.web.viewers import Viewers
from ucc.web.visitor_socket import VisitorRoom, VisitorSocket
from ucc.web.waiting import WaitingVisitors

AGENT_PATH = "/v1/socket"
VISITOR_PATH = "/v1/widget/socket"
HELLO_MS = 10_000  # a socket that has not said hello by then is closed
SILENT_MS = 25_000
SWEEP_S = 5
CLOSE_S = 5


class Peer(Protocol):
    """What is behind a socket."""

    socket: Socket

    async def take(self, text: str | None) -> None:
        """Carry out one frame."""

    async def end(self) -> None:
        """Let go of everything."""


class Sockets:
    """Every socket of this node."""

    def __init__(
        self,
        *,
        bus: Bus,
        tasks: Tasks,
        tickets: Tickets,
        consoles: Consoles,
        conversations: Conversations,
        work: Work,
        own_origin: str,
    ) -> None:
        self._tasks = tasks
        self._own_origin = own_origin
        self._hub = Hub(bus, conversations.streams, tasks)
        self._viewers = Viewers(bus)
        self._waiting = WaitingVisitors(bus, tasks, conversations.visitors.placed)
        self._visitors = VisitorRoom(
            hub=self._hub, bus=bus, tasks=tasks, conversations=conversations, waiting=self._waiting
        )
        self._agents = AgentRoom(
            hub=self._hub,
            bus=bus,
            tickets=tickets,
            consoles=consoles,
            conversations=conversations,
            work=work,
            viewers=self._viewers,
            tasks=tasks,
        )
        self._open: dict[Socket, bool] = {}  # → a frame was taken
        self._consoles: set[AgentSocket] = set()
        self._tickets = tickets
        self._is_empty = asyncio.Event()

    def start(self) -> None:
        """Begin to look for silent sockets and to repeat who views what."""
        self._tasks.start("sockets: sweep", self._sweep(), is_vital=True)
        self._tasks.start("sockets: viewers", self._viewers.keep(), is_vital=True)

    def serves(self, path: str) -> bool:
        """Say whether a path is one of ours."""
        return path in (AGENT_PATH, VISITOR_PATH)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one socket until its end."""
        await receive()  # websocket.connect
        origin = _header(scope, b"origin")
        is_agent = scope["path"] == AGENT_PATH
        if is_agent and origin is not None and not self._is_own(origin, scope):
            await send({"type": "websocket.close", "code": 4403, "reason": "another site's page"})
            return
        await send({"type": "websocket.accept"})
        scope["headers"] = []  # an open socket needs them no more
        socket = Socket(send, self._tasks, scope["extensions"].get(WRITE))
        peer: Peer = (
            AgentSocket(socket, self._agents) if is_agent else VisitorSocket(socket, self._visitors, origin)
        )
        self._open[socket] = False
        if isinstance(peer, AgentSocket):
            self._consoles.add(peer)
            if (listen := scope["extensions"].get(LISTEN)) is not None:
                listen(partial(self._take_at_once, socket, peer))
        try:
            await self._read(socket, peer, receive)
        except asyncio.CancelledError:
            if not socket.is_closed:  # the node stops; otherwise this socket was ended from outside
                raise
        finally:
            socket.is_closed = True
            try:
                await peer.end()
            finally:
                if isinstance(peer, AgentSocket):
                    self._consoles.discard(peer)
                del self._open[socket]
                if not self._open:
                    self._is_empty.set()

    async def _read(self, socket: Socket, peer: Peer, receive: Any) -> None:
        while True:
            socket.is_idle = True
            message = await receive()
            socket.is_idle = False
            if message["type"] == "websocket.disconnect":
                return
            if socket.is_closed:
                continue
            socket.heard_ms = monotonic_ms()
            try:
                await peer.take(message.get("text"))
            except Exception as error:  # the outermost loop of a socket: a bug ends it, not the node
                socket.fail(error)
                return
            self._open[socket] = True

    def _take_at_once(self, socket: Socket, peer: AgentSocket, text: str) -> bool:
        """Let a console take a frame without its reader, who waits for one; False: the reader takes it."""
        if socket.is_closed or not socket.is_idle:
            return False
        socket.heard_ms = monotonic_ms()
        try:
            return peer.take_at_once(text)
        except Exception as error:  # as for the reader
            socket.fail(error)
            return True

    def _is_own(self, origin: str, scope: Any) -> bool:
        """Say whether the page is the console itself: a cookie never opens a socket, but be strict."""
        host = _header(scope, b"host") or ""
        return origin == self._own_origin or origin.partition("://")[2] == host

    async def _sweep(self) -> None:
        """Close sockets that fell silent, for ever."""
        while True:
            await asyncio.sleep(SWEEP_S)
            at_ms = monotonic_ms()
            for socket, is_greeted in list(self._open.items()):
                silent_ms = at_ms - socket.heard_ms
                if silent_ms > SILENT_MS:
                    socket.close(SILENT, "no ping for 25 s")
                elif not is_greeted and silent_ms > HELLO_MS:
                    socket.close(BAD_FRAME, "no hello for 10 s")
            self._hub.beat()
            await self._end_signed_out()

    async def _end_signed_out(self) -> None:
        """Close consoles whose session is over, should the signal that said so have been lost."""
        by_session = {one.session_hash: one for one in self._consoles if one.session_hash is not None}
        if not by_session:
            return
        try:
            living = await self._tickets.living([*by_session])
        except Unavailable:
            return
        over = by_session.keys() - living
        for one in list(self._consoles):
            if one.session_hash in over:
                one.socket.close(BAD_TOKEN, "signed out")

    async def close(self) -> None:
        """Close every socket with 1001; clients come back to another node, or to this one's successor."""
        for socket in list(self._open):
            socket.close(GOING_AWAY, "this node stops")
        self._is_empty.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                while self._open:
                    await self._is_empty.wait()


def sockets_of(rooms: Rooms) -> Sockets:
    """Return the sockets of a node's rooms."""
    return Sockets(
        bus=rooms.bus,
        tasks=rooms.tasks,
        tickets=rooms.tenants.sessions,
        consoles=rooms.routing.sessions,
        conversations=rooms.conversations,
        work=rooms.routing.work,
        own_origin=rooms.settings.origin,
    )


def _header(scope: Any, wanted: bytes) -> str | None:
    for name, value in scope["headers"]:
        if name == wanted:
            return str(value.decode("latin1"))
    return None
