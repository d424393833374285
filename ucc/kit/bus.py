"""The wire between nodes: publications, requests and hints over NATS core. Nothing acknowledged lives here.

Inside a node everything is delivered directly and at once, NATS or not. Between nodes each message of a
node carries a number; a hole in the numbers, a new or lost peer or a new connection calls `on_gap`, and
whoever holds streams reads their heads from PostgreSQL. A node that hears no other sends heartbeats alone.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import msgspec
import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg

from ucc.domain.errors import Unavailable
from ucc.kit import log, metrics, secrets
from ucc.kit.clock import monotonic_ms
from ucc.kit.peers import Message, Peers, Wire
from ucc.kit.tasks import Tasks

BEAT_MS = 250
RECONNECT_MS = 100
CONNECT_MS = 2_000
OUTGOING_MAX = 10_000  # publications waiting for NATS; more are dropped and found by their number
MESSAGE_BYTES_MAX = 512 * 1024
_ERROR_HEADER = "ucc-error"

_logger = log.get("bus")
_gaps = metrics.counter("bus_gaps", "Times this node had to read stream heads again, by cause", ["cause"])
_dropped = metrics.counter("bus_dropped", "Publications that did not go to other nodes")
_published = metrics.counter("bus_published", "Publications for other nodes")
_failures = metrics.counter("bus_handler_failures", "Subscribers that raised")
_is_up = metrics.gauge("bus_connected", "1 while NATS is connected")


class Publication(msgspec.Struct, frozen=True, gc=False):
    """One event of a stream. `seq` 0 is ephemeral: typing, list hints."""

    tenant_id: int
    stream: str
    seq: int
    payload: Any  # a tagged Struct of ucc.domain.events
    text: bytes | None = None  # the payload as JSON, where it is at hand


Handler = Callable[[Publication], None]
Server = Callable[[bytes], Awaitable[bytes]]
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Message).decode


class Bus:
    """One node's end of the wire."""

    def __init__(self, url: str | None, cluster: str, payloads: Any, tasks: Tasks) -> None:
        """`payloads` is the union of Structs that travel; `cluster` keeps installations on one NATS apart."""
        self.name = secrets.token()[:12]
        self._url = url
        self._subject = f"ucc.{cluster}"
        self._decode_payload = msgspec.msgpack.Decoder(payloads).decode
        self._tasks = tasks
        self._nats: Client | None = None
        self._number = 0
        self._peers = Peers()
        self._subscribers: dict[tuple[int, str], dict[object, Handler]] = {}
        self._kinds: Counter[tuple[int, str]] = Counter()  # subscriptions by tenant and kind of stream
        self._hint_handlers: dict[str, dict[object, Callable[[], None]]] = {}
        self._servers: dict[str, Server] = {}
        self._gap_handlers: dict[object, Callable[[], None]] = {}
        self._outgoing: deque[tuple[int, str, int, bytes]] = deque()
        self._outgoing_hints: dict[str, None] = {}
        self._wake = asyncio.Event()
        self._is_closing = False

    @classmethod
    async def open(cls, url: str | None, *, cluster: str, payloads: Any, tasks: Tasks) -> Bus:
        """Join the cluster. Without NATS (none given, or none there yet) the node works alone meanwhile."""
        bus = cls(url, cluster, payloads, tasks)
        if url is not None:
            with suppress(OSError, TimeoutError, nats.errors.Error):
                await bus._connect()
            tasks.start("bus: connection", bus._stay_connected(), is_vital=True)
            tasks.start("bus: sender", bus._send_outgoing(), is_vital=True)
        return bus

    @property
    def is_connected(self) -> bool:
        """Say whether NATS is there."""
        return self._nats is not None and self._nats.is_connected

    @property
    def peers(self) -> int:
        """Return how many other nodes are heard."""
        return len(self._peers)

    # --- publications -----------------------------------------------------------------------------

    def publish(self, publications: list[Publication]) -> None:
        """Tell subscribers here at once, other nodes soon. Call it after the commit; it never fails."""
        for publication in publications:
            self._deliver(publication)
        if self._url is None or self._is_alone():
            return
        _published.inc(len(publications))
        for one in publications:
            if len(self._outgoing) >= OUTGOING_MAX:
                self._outgoing.popleft()
                self._lose(1)
            self._outgoing.append((one.tenant_id, one.stream, one.seq, _encode(one.payload)))
        self._wake.set()

    def subscribe(self, tenant_id: int, stream: str, handler: Handler) -> Callable[[], None]:
        """Call `handler` for every publication of a stream until the returned function is called, once."""
        kind = (tenant_id, stream.partition(":")[0])
        self._kinds[kind] += 1
        remove = _register(self._subscribers, (tenant_id, stream), handler)

        def leave() -> None:
            remove()
            self._kinds[kind] -= 1
            if not self._kinds[kind]:
                del self._kinds[kind]

        return leave

    def is_heard(self, tenant_id: int, stream: str) -> bool:
        """Say whether somebody may hear this stream: a subscriber here, or one of another node."""
        return bool(self._peers) or (tenant_id, stream) in self._subscribers

    def is_kind_heard(self, tenant_id: int, kind: str) -> bool:
        """Say that of any stream of this kind, the word before the colon."""
        return bool(self._peers) or (tenant_id, kind) in self._kinds

    def on_gap(self, handler: Callable[[], None]) -> Callable[[], None]:
        """Call `handler` whenever publications of other nodes may have been missed."""
        key = object()
        self._gap_handlers[key] = handler
        return lambda: self._gap_handlers.pop(key, None) and None

    def _deliver(self, publication: Publication) -> None:
        handlers = self._subscribers.get((publication.tenant_id, publication.stream))
        for handler in tuple(handlers.values()) if handlers else ():
            _call(handler, publication)

    def _is_alone(self) -> bool:
        """Say whether no other node is heard: nothing is sent, and a number tells whoever comes just then."""
        if self._peers:
            return False
        self._number += 1
        return True

    def lost(self) -> None:
        """Say that publications may be missing, here and elsewhere: streams are read again."""
        self._lose(1)
        self._gap("lost")

    def _lose(self, count: int) -> None:
        """Use up a number without a message, so that the others notice."""
        self._number += 1
        _dropped.inc(count)

    def _gap(self, cause: str) -> None:
        _gaps.labels(cause).inc()
        _logger.info("stream heads are read again", cause=cause)
        for handler in tuple(self._gap_handlers.values()):
            _call(handler)

    # --- hints ------------------------------------------------------------------------------------

    def hint(self, subject: str) -> None:
        """Wake whoever waits for `subject`, here at once and on other nodes soon; hints may be lost."""
        for handler in tuple(self._hint_handlers.get(subject, {}).values()):
            _call(handler)
        if self._url is not None and not self._is_alone():
            self._outgoing_hints[subject] = None
            self._wake.set()

    def on_hint(self, subject: str, handler: Callable[[], None]) -> Callable[[], None]:
        """Call `handler` for each hint of `subject` until the returned function is called."""
        return _register(self._hint_handlers, subject, handler)

    # --- requests ---------------------------------------------------------------------------------

    def serve(self, subject: str, handler: Server) -> Callable[[], None]:
        """Answer the requests of `subject` until the returned function is called."""
        assert subject not in self._servers, f"{subject} is served already"
        self._servers[subject] = handler
        if self.is_connected:
            self._tasks.start(f"bus: serve {subject}", self._serve(subject))
        return lambda: self._servers.pop(subject, None) and None

    async def request(self, subject: str, payload: bytes, timeout_ms: int) -> bytes:
        """Return the answer of whoever serves `subject`: this node directly, another over NATS.

        Raises:
            Unavailable: nobody answered in time.
        """
        try:
            async with asyncio.timeout(timeout_ms / 1000):
                if (server := self._servers.get(subject)) is not None:
                    return await server(payload)
                if self._nats is None or not self.is_connected:
                    raise Unavailable(f"nobody can be asked for {subject}: NATS is away")
                answer: Msg = await self._nats.request(
                    f"{self._subject}.request.{subject}", payload, timeout=timeout_ms / 1000
                )
                if answer.headers and _ERROR_HEADER in answer.headers:
                    raise Unavailable(f"{subject} failed: {answer.headers[_ERROR_HEADER]}")
                return answer.data
        except (TimeoutError, OSError, nats.errors.Error) as error:
            raise Unavailable(f"{subject} did not answer in {timeout_ms} ms") from error

    async def _serve(self, subject: str) -> None:
        async def receive(message: Msg) -> None:
            """Answer requests side by side, not one after the other."""
            self._tasks.start("bus: answer", self._answer(subject, message))

        if self._nats is not None:
            await self._nats.subscribe(f"{self._subject}.request.{subject}", cb=receive)

    async def _answer(self, subject: str, message: Msg) -> None:
        server = self._servers.get(subject)
        if server is None or self._nats is None:
            return
        try:
            body, headers = await server(message.data), None
        except Exception as error:  # the outermost loop of this request
            _logger.error("request failed", subject=subject, exc_info=error)
            body, headers = b"", {_ERROR_HEADER: type(error).__name__}
        with suppress(nats.errors.Error, OSError):  # the asker has its own deadline
            await self._nats.publish(message.reply, body, headers=headers)

    # --- the connection ---------------------------------------------------------------------------

    async def _connect(self) -> None:
        assert self._url is not None
        client = Client()
        try:
            await asyncio.wait_for(self._open(client), CONNECT_MS / 1000)
        except BaseException:
            await client.close()
            raise
        await client.subscribe(f"{self._subject}.event", cb=self._receive)
        self._nats = client
        for subject in tuple(self._servers):
            await self._serve(subject)
        await client.flush()
        _is_up.set(1)
        _logger.info("bus connected", url=_without_password(self._url))
        self._wake.set()
        self._gap("connected")

    async def _open(self, client: Client) -> None:
        assert self._url is not None
        await client.connect(
            self._url,
            name=f"ucc {self.name}",
            allow_reconnect=False,  # a new client instead: nothing stale is sent from a buffer
            no_echo=True,
            connect_timeout=CONNECT_MS // 1000,
            reconnect_time_wait=RECONNECT_MS / 1000,  # type: ignore[arg-type]  # it sleeps that many seconds
            ping_interval=1,
            max_outstanding_pings=2,
            error_cb=self._note_error,
            closed_cb=self._note_closed,
        )

    async def _stay_connected(self) -> None:
        while True:
            if not self.is_connected and not self._is_closing:
                with suppress(OSError, TimeoutError, nats.errors.Error):
                    await self._connect()
            await asyncio.sleep(RECONNECT_MS / 1000)
            self._forget_peers()

    async def _note_error(self, error: Exception) -> None:
        _logger.debug("nats error", error=str(error))

    async def _note_closed(self) -> None:
        _is_up.set(0)
        if not self._is_closing:
            _logger.warning("bus lost; this node goes on alone")

    def _forget_peers(self) -> None:
        if self.is_connected and self._peers.forget(monotonic_ms()):
            self._gap("peer_lost")

    async def _send_outgoing(self) -> None:
        """Send what waits, in messages of at most 512 KiB; repeat the last number when nothing does."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), BEAT_MS / 1000)
            self._wake.clear()
            if not self.is_connected:
                if self._outgoing:
                    self._lose(len(self._outgoing))
                    self._outgoing.clear()
                self._outgoing_hints.clear()
                continue
            try:
                await self._send_all()
            except (nats.errors.Error, OSError) as error:
                self._lose(1)
                _logger.debug("bus send failed", error=str(error))

    async def _send_all(self) -> None:
        batch: list[Wire] = []
        size = 0
        while self._outgoing:
            tenant_id, stream, seq, payload = self._outgoing.popleft()
            if len(payload) > MESSAGE_BYTES_MAX:
                self._lose(1)
                continue
            if size + len(payload) > MESSAGE_BYTES_MAX:
                await self._send(batch)
                batch, size = [], 0
            batch.append((tenant_id, stream, seq, msgspec.Raw(payload)))
            size += len(payload)
        await self._send(batch)

    async def _send(self, batch: list[Wire], *, is_leaving: bool = False) -> None:
        assert self._nats is not None
        hints, self._outgoing_hints = list(self._outgoing_hints), {}
        if batch:
            self._number += 1
        message = Message(self.name, self._number, batch, hints, is_leaving)
        await self._nats.publish(f"{self._subject}.event", _encode(message))

    async def _receive(self, raw: Msg) -> None:
        try:
            message = _decode(raw.data)
        except msgspec.MsgspecError as error:
            _logger.error("message of another version dropped", error=str(error))
            self._gap("unreadable")
            return
        if cause := self._peers.hear(message, monotonic_ms()):
            self._gap(cause)
        for tenant_id, stream, seq, payload in message.publications:
            if (tenant_id, stream) not in self._subscribers:
                continue
            try:
                self._deliver(Publication(tenant_id, stream, seq, self._decode_payload(payload)))
            except msgspec.MsgspecError as error:
                _logger.error("event of another version dropped", stream=stream, error=str(error))
        for subject in message.hints:
            for handler in tuple(self._hint_handlers.get(subject, {}).values()):
                _call(handler)

    async def close(self) -> None:
        """Send what waits, say good-bye and leave. Cancel nothing else: the tasks end with Tasks.close."""
        self._is_closing = True
        if self._nats is not None and self._nats.is_connected:
            with suppress(nats.errors.Error, OSError, TimeoutError):
                async with asyncio.timeout(CONNECT_MS / 1000):
                    await self._send_all()
                    await self._send([], is_leaving=True)
                    await self._nats.flush()
                    await self._nats.close()
        self._nats = None
        _is_up.set(0)


def _register(table: dict[Any, dict[object, Any]], key: Any, handler: Any) -> Callable[[], None]:
    """Put `handler` under `key` and return the function that takes it out again."""
    token = object()
    table.setdefault(key, {})[token] = handler

    def remove() -> None:
        handlers = table.get(key)
        if handlers is not None:
            handlers.pop(token, None)
            if not handlers:
                del table[key]

    return remove


def _call(handler: Callable[..., None], *arguments: object) -> None:
    """Call a subscriber; one that raises is logged and keeps nobody else from hearing."""
    try:
        handler(*arguments)
    except Exception as error:
        _failures.inc()
        _logger.error("subscriber failed", exc_info=error)


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
