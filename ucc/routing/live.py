"""Live figures for whoever asks: the owner of a tenant's shard keeps its day, every node can ask it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

import msgspec

from ucc.domain.actor import Actor
from ucc.domain.errors import Unavailable
from ucc.domain.figures import Minute, MinuteFigures, Sheet, SubjectFigures, SubjectKind, WindowFigures
from ucc.domain.policy import team_number
from ucc.kit import metrics
from ucc.kit.bus import Bus
from ucc.kit.clock import now_ms
from ucc.kit.db import Database
from ucc.routing.day import Day, begin, midnight_of
from ucc.routing.ground import encode
from ucc.routing.journal import BrokenJournal
from ucc.routing.lease import Lease, shard_of
from ucc.routing.owner import Owner
from ucc.routing.policies import FIRST, PAGE_MAX
from ucc.routing.store import queries

REQUEST_MS = 5_000  # the first question of a day replays it
DAYS_KEPT = 200
DAY_MS = 86_400_000

_seconds = metrics.histogram("routing_figures_seconds", "Time to bring a tenant's figures up to date")


class _Question(msgspec.Struct, frozen=True, array_like=True):
    """Figures of these subjects, asked of the owner."""

    tenant_id: int
    kind: SubjectKind
    ids: list[int]
    with_minutes: bool = False


class _Told(msgspec.Struct, frozen=True, array_like=True):
    """The owner's answer, a sheet for each id; no sheets: it is not the owner."""

    sheets: list[Sheet] | None = None
    at_ms: int = 0
    midnight_ms: int = 0


_decode_question = msgspec.msgpack.Decoder(_Question).decode
_decode_told = msgspec.msgpack.Decoder(_Told).decode


def figures_subject(node_id: int) -> str:
    """Return the subject on which a node tells figures of the tenants it owns."""
    return f"routing.figures.{node_id}"


class FiguresDesk:
    """The verbs of live figures."""

    def __init__(self, db: Database, bus: Bus, lease: Lease, owner: Owner) -> None:
        self._db = db
        self._bus = bus
        self._lease = lease
        self._owner = owner
        self._days: OrderedDict[int, Day] = OrderedDict()
        self._locks: dict[int, asyncio.Lock] = {}

    async def list_page(
        self,
        actor: Actor,
        kind: SubjectKind,
        *,
        after: tuple[str, int] = FIRST,
        count: int = PAGE_MAX,
        with_minutes: bool = False,
    ) -> list[SubjectFigures]:
        """Return the figures of the tenant's subjects of a kind, by name after (name, id).

        `with_minutes` adds the latest half hour minute by minute.

        Raises:
            Unavailable: the owner of the tenant's routing did not answer in time.
        """
        tenant_id = actor.tenant_id
        async with self._db.tenant(tenant_id) as conn:
            rows = await queries.list_subjects(
                conn, tenant_id=tenant_id, kind=kind, after_name=after[0], after_id=after[1], count=count
            )
        if not rows:
            return []
        is_team = kind is SubjectKind.TEAM
        ids = [team_number(row["name"]) if is_team else row["id"] for row in rows]
        told = await self._ask(_Question(tenant_id, kind, ids, with_minutes))
        assert told.sheets is not None
        has_id = kind not in (SubjectKind.TEAM, SubjectKind.TENANT)
        return [
            _shown(told, sheet, kind, row["id"] if has_id else None, row["name"])
            for row, sheet in zip(rows, told.sheets, strict=True)
        ]

    async def _ask(self, question: _Question) -> _Told:
        for _ in range(2):
            told = await self._ask_once(question)
            if told.sheets is not None:
                return told
            self._lease.look_soon()
            await asyncio.sleep(0)
        raise Unavailable("nobody owns this tenant's routing at the moment; try again")

    async def _ask_once(self, question: _Question) -> _Told:
        if self._owner.shard(question.tenant_id) is not None:
            return await self._tell(question)
        seat = self._lease.seat(shard_of(question.tenant_id))
        if seat is None or seat.is_free or seat.node_id is None or seat.node_id == self._lease.node_id:
            return _Told()
        return _decode_told(
            await self._bus.request(figures_subject(seat.node_id), encode(question), REQUEST_MS)
        )

    # --- the owner's side --------------------------------------------------------------------------------

    async def serve(self, raw: bytes) -> bytes:
        """Answer another node."""
        question = _decode_question(raw)
        if self._owner.shard(question.tenant_id) is None:
            return encode(_Told())
        return encode(await self._tell(question))

    async def _tell(self, question: _Question) -> _Told:
        lock = self._locks.setdefault(question.tenant_id, asyncio.Lock())
        try:
            async with lock:
                with _seconds.time():
                    day = await self._day(question.tenant_id)
                at_ms = self._moment(day)
                sheets = await asyncio.to_thread(
                    day.figures.sheets,
                    question.kind,
                    question.ids,
                    at_ms,
                    with_minutes=question.with_minutes,
                )
        except BrokenJournal as error:
            raise Unavailable(f"the figures of this tenant cannot be told: {error}") from error
        return _Told(sheets, at_ms, day.midnight_ms)

    async def _day(self, tenant_id: int) -> Day:
        """Return the tenant's day, up to date."""
        async with self._db.node(tenant_id) as conn:
            time_zone = await queries.read_time_zone(conn, tenant_id=tenant_id)
        midnight_ms = midnight_of(time_zone, now_ms())
        day = self._days.pop(tenant_id, None)
        if day is None or day.midnight_ms < midnight_ms - 2 * DAY_MS:
            day = await begin(self._db, tenant_id, midnight_ms)
        await day.follow(self._db, midnight_ms)
        self._days[tenant_id] = day
        while len(self._days) > DAYS_KEPT:
            old, _ = self._days.popitem(last=False)
            self._locks.pop(old, None)
        return day

    def _moment(self, day: Day) -> int:
        """Return up to when the figures are whole.

        Now; but while a batch is on its way to the disk it is the last line of the journal: what that batch
        says happened before now, and a fold does not go back.
        """
        shard = self._owner.shard(day.tenant_id)
        live = None if shard is None else shard.engines.get(day.tenant_id)
        is_whole = live is None or (not live.ahead and live.seq == day.seq)
        return now_ms() if is_whole else day.at_ms


def _shown(told: _Told, sheet: Sheet, kind: SubjectKind, subject_id: int | None, name: str) -> SubjectFigures:
    since_ms = sheet.longest_since_ms
    return SubjectFigures(
        kind=kind,
        id=subject_id,
        name=name,
        at_ms=told.at_ms,
        midnight_ms=told.midnight_ms,
        waiting=sheet.waiting,
        longest_wait_ms=None if since_ms is None else max(0, told.at_ms - since_ms),
        on_queue=sheet.on_queue,
        free=sheet.free,
        day=msgspec.convert(sheet.day, WindowFigures, from_attributes=True),
        recent=msgspec.convert(sheet.recent, WindowFigures, from_attributes=True),
        minutes=[_shown_minute(minute) for minute in sheet.minutes],
    )


def _shown_minute(minute: Minute) -> MinuteFigures:
    counts = minute.counts
    return MinuteFigures(
        start_ms=minute.start_ms,
        waiting=minute.waiting,
        longest_wait_ms=minute.longest_wait_ms,
        on_queue=minute.on_queue,
        free=minute.free,
        arrived=counts.arrived,
        served=counts.served,
        in_target=counts.in_target,
        abandoned=counts.abandoned,
    )
