"""Streams this node's sockets hold: every event once and in order, whatever the bus lost (I10)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from ucc.conversations.streams import PAGE, Stored, StreamReader
from ucc.domain.errors import Unavailable
from ucc.domain.events import AnyEvent, Frame, ListsChanged, StreamEvent, encode
from ucc.kit import log, metrics
from ucc.kit.bus import Bus, Publication
from ucc.kit.tasks import Tasks

HINTS_AT_ONCE = 20  # consoles told of changed lists in one turn of the loop …
HINTS_PAUSE_MS = 20  # … and the time to the next: a thousand a second, each of which asks its lists again
HEADS_MAX = 1_000  # streams whose heads are read in one statement

_logger = log.get("web.hub")
_streams = metrics.gauge("streams_held", "Streams that sockets of this node hold")
_caught_up = metrics.counter("streams_caught_up", "Times a socket's stream was read from the database")


class _Ready(Frame, frozen=True, kw_only=True, tag="event"):
    """A StreamEvent whose event is JSON already."""

    stream: str
    seq: int
    event: msgspec.Raw


class Frames:
    """One event, encoded at most once for all consoles that get it."""

    __slots__ = ("_json", "_text", "event", "seq", "stream")

    def __init__(self, stream: str, seq: int, event: AnyEvent, json: bytes | None = None) -> None:
        """`json` is the event where it was encoded before."""
        self.stream = stream
        self.seq = seq
        self.event = event
        self._json = json
        self._text: bytes | None = None

    @property
    def text(self) -> bytes:
        """Return the console's frame."""
        if self._text is None:
            if self._json is None:
                frame: Frame = StreamEvent(stream=self.stream, seq=self.seq, event=self.event)
            else:
                frame = _Ready(stream=self.stream, seq=self.seq, event=msgspec.Raw(self._json))
            self._text = encode(frame)
        return self._text


class Holder(Protocol):
    """A socket that holds streams."""

    def hear(self, frames: Frames) -> None:
        """Take one event, in order."""

    async def has_room(self) -> None:
        """Wait until the client has taken what was sent."""


class HintRound:
    """Tells the holders of a stream that lists changed, some at a time: a thousand at once hold up the rest.

    What changes meanwhile is told by the next round.
    """

    def __init__(self, name: str, holders: Mapping[Holder, int]) -> None:
        self._name = name
        self._holders = holders
        self._lists: set[str] = set()  # for the next round
        self._left: list[Holder] = []  # of this one
        self._frames: Frames | None = None
        self._is_running = False

    def note(self, event: ListsChanged) -> None:
        """Tell every holder of these lists, soon."""
        self._lists.update(event.names)
        if not self._is_running:
            self._is_running = True
            self._step()

    def _step(self) -> None:
        if not self._left and self._lists:
            self._frames = Frames(self._name, 0, ListsChanged(names=sorted(self._lists)))
            self._lists.clear()
            self._left = [*self._holders]
        if not self._left or self._frames is None:
            self._is_running = False
            return
        told, self._left = self._left[:HINTS_AT_ONCE], self._left[HINTS_AT_ONCE:]
        for holder in told:
            if holder in self._holders:  # it may have gone meanwhile
                holder.hear(self._frames)
        asyncio.get_running_loop().call_later(HINTS_PAUSE_MS / 1000, self._step)


class Stream:
    """A stream and, for each socket that holds it, the last seq it was given."""

    __slots__ = ("cancel", "hints", "holders", "name", "reading", "tenant_id")

    def __init__(self, tenant_id: int, name: str) -> None:
        self.tenant_id = tenant_id
        self.name = name
        self.holders: dict[Holder, int] = {}
        self.reading: dict[Holder, bool] | None = None  # who is caught up now; True: read once more after it
        self.cancel: Any = None
        self.hints = HintRound(name, self.holders)

    @property
    def kind(self) -> str:
        """Return the word before the id: conversation, agent or tenant."""
        return self.name.partition(":")[0]

    @property
    def id(self) -> int:
        """Return the number behind the colon."""
        return int(self.name.partition(":")[2])


class Hub:
    """Who holds what on this node."""

    def __init__(self, bus: Bus, reader: StreamReader, tasks: Tasks) -> None:
        self._bus = bus
        self._reader = reader
        self._tasks = tasks
        self._streams: dict[tuple[int, str], Stream] = {}
        self._is_checking = False
        self._must_check = False
        bus.on_gap(self.check_soon)

    def hold(self, tenant_id: int, name: str, holder: Holder, after: int) -> Stream:
        """Give `holder` every event of a stream from behind `after`; catch_up gives what is stored."""
        stream = self._streams.get((tenant_id, name))
        if stream is None:
            stream = self._streams[tenant_id, name] = Stream(tenant_id, name)
            held = stream
            stream.cancel = self._bus.subscribe(tenant_id, name, lambda one: self._take(held, one))
            _streams.inc()
        stream.holders[holder] = after
        return stream

    def drop(self, tenant_id: int, name: str, holder: Holder) -> None:
        """Give `holder` nothing of this stream any more."""
        stream = self._streams.get((tenant_id, name))
        if stream is None or stream.holders.pop(holder, None) is None:
            return
        if not stream.holders:
            stream.cancel()
            del self._streams[tenant_id, name]
            _streams.dec()

    def _take(self, stream: Stream, publication: Publication) -> None:
        """Pass on a publication: a signal to all, an event to those whose next it is."""
        if isinstance(publication.payload, ListsChanged):
            stream.hints.note(publication.payload)
            return
        frames = Frames(stream.name, publication.seq, publication.payload, publication.text)
        if publication.seq == 0:
            for holder in tuple(stream.holders):
                holder.hear(frames)
            return
        for holder, seq in tuple(stream.holders.items()):
            if publication.seq == seq + 1:
                stream.holders[holder] = publication.seq
                holder.hear(frames)
            elif publication.seq > seq:
                self._catch_up_soon(stream, holder)

    # --- reading what was missed --------------------------------------------------------------------

    def _catch_up_soon(self, stream: Stream, holder: Holder) -> None:
        if stream.reading is not None and holder in stream.reading:
            stream.reading[holder] = True
        else:
            self._tasks.start(f"hub: {stream.kind} {stream.id}", self.catch_up(stream, holder))

    async def catch_up(self, stream: Stream, holder: Holder) -> None:
        """Give `holder` what is stored of a stream behind its last seq; live events may come between."""
        if stream.reading is None:
            stream.reading = {}
        if holder in stream.reading:
            stream.reading[holder] = True
            return
        stream.reading[holder] = False
        _caught_up.inc()
        try:
            while holder in stream.holders:
                stored = await self._read(stream, stream.holders[holder])
                for seq, event in stored:
                    if seq > stream.holders.get(holder, seq):
                        stream.holders[holder] = seq
                        holder.hear(Frames(stream.name, seq, event))
                await holder.has_room()
                if len(stored) < PAGE and not stream.reading[holder]:
                    return
                stream.reading[holder] = False
        except Unavailable:
            _logger.warning("a stream is read at the next check", stream=stream.name)
            self._must_check = True
        finally:
            stream.reading.pop(holder, None)
            if not stream.reading:
                stream.reading = None

    async def _read(self, stream: Stream, after: int) -> list[Stored]:
        if stream.kind == "conversation":
            return await self._reader.entries(stream.tenant_id, stream.id, after)
        if stream.kind == "agent":
            return await self._reader.events(stream.tenant_id, stream.id, after)
        return []

    def check_soon(self) -> None:
        """Compare every held stream with its head: publications may have been missed."""
        if self._is_checking:
            self._must_check = True
            return
        self._is_checking = True
        self._tasks.start("hub: heads", self._check())

    async def _check(self) -> None:
        try:
            while True:
                self._must_check = False
                by_tenant: dict[int, list[Stream]] = {}
                for stream in self._streams.values():
                    by_tenant.setdefault(stream.tenant_id, []).append(stream)
                for tenant_id, streams in by_tenant.items():
                    for start in range(0, len(streams), HEADS_MAX):
                        await self._check_some(tenant_id, streams[start : start + HEADS_MAX])
                if not self._must_check:
                    return
        except Unavailable:
            _logger.warning("heads are read when the database is back")
            self._must_check = True
        finally:
            self._is_checking = False

    async def _check_some(self, tenant_id: int, streams: list[Stream]) -> None:
        conversations = {one.id: one for one in streams if one.kind == "conversation"}
        agents = {one.id: one for one in streams if one.kind == "agent"}
        heads, agent_heads = await self._reader.heads(tenant_id, [*conversations], [*agents])
        for stream, head in [
            *((conversations[one], seq) for one, seq in heads.items()),
            *((agents[one], seq) for one, seq in agent_heads.items()),
        ]:
            for holder, seq in tuple(stream.holders.items()):
                if seq < head:
                    self._catch_up_soon(stream, holder)

    def beat(self) -> None:
        """Try again what the database could not answer before."""
        if self._must_check:
            self.check_soon()
