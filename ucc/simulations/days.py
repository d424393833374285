"""Recorded days: which the journal holds, and one of them read out of it."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from ucc._native import simulate as native
from ucc.domain.errors import BadInput
from ucc.domain.simulation import RecordedDay
from ucc.kit import sql
from ucc.kit.db import Database
from ucc.staffing.days import Day, Window
from ucc.staffing.policies import Names

ROWS_A_READ = 1_000
AFTER_MS = 4 * 3_600_000  # read beyond the day: how what was in hand at its end went on
DAYS_MAX = 100
BEGIN_SEQ = -(2**63)  # before every row

queries = sql.load(Path(__file__).with_name("queries.sql"))


class Days:
    """The journal of tenants, as days of their time zone."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def list_days(self, tenant_id: int, now_ms: int) -> list[RecordedDay]:
        """Return the days the journal holds, the latest first."""
        async with self._db.tenant(tenant_id) as conn:
            begin_ms = await queries.find_journal_begin(conn, tenant_id=tenant_id)
            if begin_ms is None:
                return []
            time_zone = await queries.find_time_zone(conn, tenant_id=tenant_id)
            rows = await queries.list_days(
                conn, tenant_id=tenant_id, from_ms=begin_ms, time_zone=time_zone, limit=DAYS_MAX
            )
        found = []
        for row in rows:
            from_ms, until_ms = _bounds(row["date"], time_zone)
            is_whole = begin_ms <= from_ms and until_ms <= now_ms
            found.append(RecordedDay(date=row["date"], contacts=row["contacts"], is_whole=is_whole))
        return found

    async def window(self, tenant_id: int, day: str, path: str, now_ms: int) -> Window:
        """Return the moments of a day; of the present one, up to now.

        Raises:
            BadInput: it is no date, or the journal holds nothing of it.
        """
        async with self._db.tenant(tenant_id) as conn:
            begin_ms = await queries.find_journal_begin(conn, tenant_id=tenant_id)
            time_zone = await queries.find_time_zone(conn, tenant_id=tenant_id)
        from_ms, until_ms = _bounds(day, time_zone, path)
        if begin_ms is None or until_ms <= begin_ms or from_ms >= now_ms:
            held = (
                "no day yet" if begin_ms is None else f"{_day_of(begin_ms, time_zone)} or later, until today"
            )
            raise BadInput(f"{path}: found {day}, allowed is a day the journal holds: {held}", field=path)
        return Window(date=day, from_ms=from_ms, until_ms=min(until_ms, now_ms), time_zone=time_zone)

    def named(self, day: str) -> Window:
        """Return a day that is only assumed: 24 hours of this name.

        Raises:
            BadInput: it is no date.
        """
        from_ms, until_ms = _bounds(day, "UTC")
        return Window(date=day, from_ms=from_ms, until_ms=until_ms)

    async def read(self, tenant_id: int, window: Window) -> Day:
        """Return what the journal says of a day."""
        recorder = native.Recorder(window.from_ms, window.until_ms)
        async with self._db.tenant(tenant_id) as conn:
            snapshot = await queries.find_snapshot(conn, tenant_id=tenant_id, at_ms=window.from_ms)
        seq = BEGIN_SEQ
        if snapshot is not None:
            await asyncio.to_thread(recorder.restore, snapshot["state"])
            seq = snapshot["upto_seq"]
        until_ms = window.until_ms + AFTER_MS
        while True:
            async with self._db.tenant(tenant_id) as conn:
                rows = await queries.list_journal(
                    conn, tenant_id=tenant_id, after_seq=seq, until_ms=until_ms, limit=ROWS_A_READ
                )
            pieces = [(row["at_ms"], row["commands"], row["facts"]) for row in rows]
            await asyncio.to_thread(recorder.take, pieces)
            if len(rows) < ROWS_A_READ:
                break
            seq = rows[-1]["first_seq"]
        told = await asyncio.to_thread(recorder.day)
        return await asyncio.to_thread(msgspec.json.decode, told, type=Day)

    async def staff(self, tenant_id: int) -> set[int]:
        """Return whose work it is to take work."""
        async with self._db.tenant(tenant_id) as conn:
            return {row["id"] for row in await queries.list_staff(conn, tenant_id=tenant_id)}

    async def names(self, tenant_id: int) -> Names:
        """Return what people call queues, skills, agents and teams."""
        async with self._db.tenant(tenant_id) as conn:
            queues, skills, agents = [
                {row["id"]: row["name"] for row in await ask(conn, tenant_id=tenant_id)}
                for ask in (queries.list_queue_names, queries.list_skill_names, queries.list_agent_names)
            ]
            teams = frozenset(row["team"] for row in await queries.list_teams(conn, tenant_id=tenant_id))
        return Names(queues, skills, agents, teams)


def _bounds(day: str, time_zone: str, path: str = "date") -> tuple[int, int]:
    """Return the first moments of a day and of the next one."""
    try:
        found = date.fromisoformat(day)
    except ValueError:
        raise BadInput(f"{path}: found {day[:20]!r}, allowed is a day like 2026-11-27", field=path) from None
    zone = ZoneInfo(time_zone)
    starts = [
        datetime(one.year, one.month, one.day, tzinfo=zone) for one in (found, found + timedelta(days=1))
    ]
    from_ms, until_ms = (int(start.timestamp() * 1000) for start in starts)
    return from_ms, until_ms


def _day_of(at_ms: int, time_zone: str) -> str:
    return datetime.fromtimestamp(at_ms / 1000, ZoneInfo(time_zone)).date().isoformat()
