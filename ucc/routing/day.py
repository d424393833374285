"""A tenant's day: its live figures folded from the journal, the same on whichever node asks.

Nothing of it is stored. It begins half an hour and a minute before midnight with the engine's state as the
journal had it then, so that the latest half hour is whole at midnight too, and goes on with every row since
(docs/decisions/0008-figures-from-the-journal.md).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from ucc.domain import engine as e
from ucc.domain.engine import AnyFact
from ucc.kit.db import Conn
from ucc.routing import journal
from ucc.routing.figures import LiveFigures
from ucc.routing.journal import NodeDatabase, TenantEngine
from ucc.routing.snapshot import Snapshot, WorkState, decode_snapshot
from ucc.routing.store import queries

BEFORE_MS = 31 * 60_000  # the window's minute that runs and the 30 before it
ROWS_A_READ = 500


class Day:
    """The figures of a tenant and the place in the journal up to which they know everything."""

    def __init__(self, tenant_id: int, figures: LiveFigures, seq: int, at_ms: int, midnight_ms: int) -> None:
        self.tenant_id = tenant_id
        self.figures = figures
        self.seq = seq
        self.at_ms = at_ms  # of the last row
        self.midnight_ms = midnight_ms

    async def follow(self, db: NodeDatabase, midnight_ms: int) -> None:
        """Fold what the journal has got since.

        Raises:
            BrokenJournal: a row is missing.
        """
        if midnight_ms > self.midnight_ms:
            self.figures.add_midnight(midnight_ms)
            self.midnight_ms = midnight_ms
        async with db.node_statement() as conn:
            while rows := await self._next(conn):
                await asyncio.to_thread(self._fold, rows)
                if len(rows) < ROWS_A_READ:
                    return

    async def _next(self, conn: Conn) -> list[Any]:
        rows: list[Any] = await queries.list_facts(
            conn, tenant_id=self.tenant_id, after_seq=self.seq, limit=ROWS_A_READ
        )
        return rows

    def _fold(self, rows: list[Any]) -> None:
        for row in rows:
            journal.check_chain(self.tenant_id, row, self.seq)
            self.figures.fold_row(row["at_ms"], row["facts"])
            self.seq, self.at_ms = row["first_seq"] + row["count"] - 1, row["at_ms"]


def midnight_of(time_zone: str, at_ms: int) -> int:
    """Return when the day of this moment began in a time zone."""
    zone = ZoneInfo(time_zone)
    day = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone).date()
    return round(datetime.combine(day, time.min, zone).timestamp() * 1000)


async def begin(db: NodeDatabase, tenant_id: int, midnight_ms: int) -> Day:
    """Return a tenant's day as it stood before midnight; it has nothing to do but follow.

    Raises:
        BrokenJournal: a row is missing.
    """
    before_ms = midnight_ms - BEFORE_MS
    async with db.node_statement() as conn:
        seq = await queries.find_seq_before(conn, tenant_id=tenant_id, before_ms=before_ms)
    found = await journal.load(db, tenant_id, seq) if seq else TenantEngine(tenant_id)
    state = await asyncio.to_thread(lambda: decode_snapshot(found.engine.snapshot())) if seq else None
    lines = [] if state is None else await _lines(db, tenant_id, state, seq)
    at_ms = min(before_ms, *(at_ms for at_ms, _ in lines)) if lines else before_ms
    figures = LiveFigures(at_ms)
    figures.add_midnight(midnight_ms)
    if state is not None:
        lines = [(at_ms, [*_configured(state)]), *lines, (found.at_ms, [*_present(state)])]
    await asyncio.to_thread(_fold, figures, lines)
    return Day(tenant_id, figures, seq, found.at_ms, midnight_ms)


def _fold(figures: LiveFigures, lines: list[tuple[int, list[AnyFact]]]) -> None:
    for at_ms, facts in lines:
        figures.fold(at_ms, facts)


async def _lines(
    db: NodeDatabase, tenant_id: int, state: Snapshot, upto_seq: int
) -> list[tuple[int, list[AnyFact]]]:
    """Return what the journal says of the work that was live at a seq, by time.

    Work that came before the kept journal is told as it stood: how long it had been in hand is not known.
    """
    live = {work.interaction: work for work in state.work()}
    if not live:
        return []
    async with db.node_statement() as conn:
        rows = await queries.list_facts_of_interactions(
            conn, tenant_id=tenant_id, interaction_ids=[*live], upto_seq=upto_seq
        )
    lines: list[tuple[int, list[AnyFact]]] = []
    known: set[int] = set()
    for row in rows:
        facts = [fact for outcome in e.decode_outcomes(row["facts"]) for fact in outcome.facts]
        known.update(fact.interaction for fact in facts if isinstance(fact, e.InteractionQueued))
        kept = [fact for fact in facts if getattr(fact, "interaction", None) in known & live.keys()]
        lines.append((row["at_ms"], kept))
    older = [fact for work in live.values() if work.interaction not in known for fact in _standing(work)]
    return [(min((at_ms for at_ms, _ in lines), default=state.now_ms), older), *lines]


def _configured(state: Snapshot) -> Iterator[AnyFact]:
    for queue in state.queues:
        yield e.QueueSet(config=queue.config)
    for agent in state.agents:
        yield e.AgentSet(config=agent.config)


def _present(state: Snapshot) -> Iterator[AnyFact]:
    axes = e.PresenceChanged.__struct_fields__[1:]
    for agent in state.agents:
        yield e.PresenceChanged(agent.config.agent, *(getattr(agent, axis) for axis in axes))


def _standing(work: WorkState) -> Iterator[AnyFact]:
    """Return facts that bring work where it stands."""
    interaction, agent = work.interaction, work.holder
    names = e.InteractionQueued.__struct_fields__
    values = {name: getattr(work, name) for name in names if hasattr(work, name)}
    yield e.InteractionQueued(**values)
    if work.stage == "scheduled":
        yield e.InteractionScheduled(interaction, work.queue, work.until_ms or 0, work.tries, work.tries)
    elif work.stage == "connecting" and agent is not None:
        until_ms, tries = work.until_ms or 0, work.tries
        yield e.ConnectingStarted(interaction, agent, until_ms, None, False, tries, tries)
    elif agent is not None:
        yield e.InteractionActivated(interaction, agent, "accepted", None, is_over_capacity=False)
        match work.stage:
            case "parked":
                yield e.InteractionParked(interaction, agent)
            case "interrupted":
                yield e.InteractionInterrupted(interaction, agent, by=0)
            case "wrapping":
                yield e.WrapUpStarted(interaction, agent, "ended", work.until_ms or 0)
            case _:
                pass
