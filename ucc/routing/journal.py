"""The journal: loading a tenant's engine from it, snapshots beside it, the check that decides it again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

import msgspec

from ucc._native.engine import BadRow, Engine, EngineBroken
from ucc.domain.engine import RULES_VERSION, Outcome, decode_outcomes
from ucc.kit import log, metrics
from ucc.kit.db import Conn
from ucc.routing.store import queries

ROWS_A_READ = 500
FAR_MS = 2**53

_logger = log.get("routing.journal")
_loads = metrics.histogram("engine_load_seconds", "Time to fold a tenant's journal into an engine")
_broken = metrics.counter("journal_broken", "Times a journal did not fold or re-decide as recorded")


class BrokenJournal(Exception):
    """A tenant's journal has a hole or does not say what it said; nothing may be decided on it."""


class NodeDatabase(Protocol):
    """Transactions of the node, with one tenant's rows in sight."""

    def node(self, tenant_id: int | None = None) -> AbstractAsyncContextManager[Conn]:
        """Open a transaction as ucc_node."""

    def node_statement(self) -> AbstractAsyncContextManager[Conn]:
        """Give a connection as ucc_node for statements that are transactions by themselves."""


class Decided(msgspec.Struct, frozen=True):
    """What the engine made of a batch; not true before it is journaled."""

    at_ms: int
    commands: bytes
    facts: bytes
    outcomes: list[Outcome]


class TenantEngine:
    """One tenant's engine and the place in the journal up to which it knows everything."""

    def __init__(self, tenant_id: int, engine: Engine | None = None) -> None:
        self.tenant_id = tenant_id
        self.engine = engine or Engine()
        self.seq = 0  # of the last command it knows
        self.at_ms = 0  # of the last it has decided; the engine's time never goes back
        self.deadline_ms = FAR_MS
        self.since_snapshot = 0
        self.ahead = 0  # batches it has decided that are not committed yet

    def decide(self, now_ms: int, commands: bytes) -> Decided:
        """Return what follows from encoded commands; the engine has then taken them as done."""
        at_ms = self.at_ms = max(now_ms, self.at_ms)
        self.ahead += 1
        facts = self.engine.submit(at_ms, commands)
        self.note_deadline()
        return Decided(at_ms, commands, facts, decode_outcomes(facts))

    def stands_at(self, seq: int, count: int) -> None:
        """Note that the journal holds everything up to `seq`: the oldest batch that was ahead."""
        self.seq = seq
        self.ahead -= 1
        self.since_snapshot += count

    def note_deadline(self) -> None:
        """Ask the engine when it next wants to be told the time."""
        deadline_ms = self.engine.next_deadline()
        self.deadline_ms = FAR_MS if deadline_ms is None else deadline_ms


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What the check of a tenant's journal found."""

    tenant_id: int
    rows: int
    commands: int
    redecided: int  # rows whose commands were decided again; the others have another rules_version
    upto_seq: int
    state_hash: str  # of folding; of re-deciding too, or the check would have failed
    snapshots: int  # compared on the way


async def load(db: NodeDatabase, tenant_id: int, upto_seq: int = FAR_MS) -> TenantEngine:
    """Return the engine as the journal has it, from the latest snapshot that fits.

    Raises:
        BrokenJournal: a row is missing.
    """
    with _loads.time():
        async with db.node_statement() as conn:  # the journal is the node's to read, tenant set or not
            found = await _restored(conn, tenant_id, upto_seq)
            async for rows in _pages(conn, tenant_id, found.seq):
                known = [row for row in rows if row["first_seq"] <= upto_seq]
                await _off_loop(_fold_all, found, known)
                if len(known) < len(rows):
                    break
        found.note_deadline()
        return found


async def _restored(conn: Conn, tenant_id: int, upto_seq: int) -> TenantEngine:
    """Return the engine of the latest snapshot that can be read; the journal has it all."""
    while (row := await queries.find_snapshot(conn, tenant_id=tenant_id, upto_seq=upto_seq)) is not None:
        upto_seq = row["upto_seq"] - 1
        try:
            found = TenantEngine(tenant_id, await _off_loop(Engine.restore, row["state"]))
        except (ValueError, EngineBroken) as error:
            _logger.warning(
                "snapshot not usable", tenant=tenant_id, upto_seq=row["upto_seq"], reason=str(error)
            )
            continue
        found.seq, found.at_ms = row["upto_seq"], row["at_ms"]
        return found
    return TenantEngine(tenant_id)


async def _pages(conn: Conn, tenant_id: int, after_seq: int) -> AsyncIterator[list[Any]]:
    """Yield the tenant's rows after a seq, in pieces."""
    while True:
        rows = await queries.list_journal(conn, tenant_id=tenant_id, after_seq=after_seq, limit=ROWS_A_READ)
        if rows:
            yield rows
        if len(rows) < ROWS_A_READ:
            return
        after_seq = rows[-1]["first_seq"]


async def _each_row(conn: Conn, tenant_id: int) -> AsyncIterator[Any]:
    """Yield all rows of a tenant, in order."""
    async for rows in _pages(conn, tenant_id, 0):
        for row in rows:
            yield row


def _fold_all(found: TenantEngine, rows: list[Any]) -> None:
    """Give the engine the facts of many rows: one hop off the event loop for all of them."""
    for row in rows:
        check_chain(found.tenant_id, row, found.seq)
        found.seq, found.at_ms = row["first_seq"] + row["count"] - 1, row["at_ms"]
        found.since_snapshot += row["count"]
    fold(found, rows)


def fold(found: TenantEngine, rows: list[Any]) -> None:
    """Give the engine the facts of rows.

    Raises:
        BrokenJournal: they do not follow from the state.
    """
    try:
        found.engine.replay([(row["at_ms"], row["facts"]) for row in rows])
    except BadRow as error:
        difference, index = error.args
        raise _not_folding(found, f"row {rows[index]['first_seq']}", difference) from error
    except EngineBroken as error:
        span = f"rows {rows[0]['first_seq']} to {rows[-1]['first_seq']}"
        raise _not_folding(found, span, str(error)) from error


def _not_folding(found: TenantEngine, where: str, reason: str) -> BrokenJournal:
    _broken.inc()
    return BrokenJournal(f"journal of tenant {found.tenant_id}: {where} does not fold: {reason}")


def check_chain(tenant_id: int, row: Any, seq: int) -> None:
    """Say that a row follows this seq.

    Raises:
        BrokenJournal: another one does, or none.
    """
    if row["previous_seq"] != seq:
        _broken.inc()
        raise BrokenJournal(
            f"journal of tenant {tenant_id}: row {row['first_seq']} follows seq {row['previous_seq']}, "
            f"found {seq} before it"
        )


async def _off_loop(call: Any, *arguments: Any) -> Any:
    """Run a call of the native engine beside the event loop: it lets go of the interpreter."""
    return await asyncio.to_thread(call, *arguments)


async def add_snapshot(db: NodeDatabase, tenant_id: int, shard: int) -> tuple[int, str]:
    """Replay a second engine beside the live one and keep its state; return its seq and hash."""
    found = await load(db, tenant_id)
    state, state_hash = await _off_loop(found.engine.snapshot), await _off_loop(found.engine.state_hash)
    async with db.node(tenant_id) as conn:
        await queries.add_snapshot(
            conn,
            tenant_id=tenant_id,
            shard=shard,
            upto_seq=found.seq,
            rules_version=RULES_VERSION,
            at_ms=found.at_ms,
            state=state,
            state_hash=str(state_hash),
        )
    return found.seq, str(state_hash)


async def prune(db: NodeDatabase, tenant_id: int, before_ms: int) -> int:
    """Drop journal rows before a time where a snapshot stands in for them; return how many."""
    async with db.node(tenant_id) as conn:
        await queries.prune_snapshots(conn, tenant_id=tenant_id, before_ms=before_ms)
        dropped: int = await queries.prune_journal(conn, tenant_id=tenant_id, before_ms=before_ms)
        return dropped


async def verify(db: NodeDatabase, tenant_id: int) -> Verdict:
    """Decide the whole journal again, fold it beside, and compare both with the record, bit for bit.

    Raises:
        BrokenJournal: a row is missing, decides otherwise, or a snapshot or the end differs.
    """
    async with db.node(tenant_id) as conn:
        snapshots = {row["upto_seq"]: row for row in await queries.list_snapshots(conn, tenant_id=tenant_id)}
        folded, decided = TenantEngine(tenant_id), TenantEngine(tenant_id)
        rows = commands = redecided = compared = 0
        async for row in _each_row(conn, tenant_id):
            if rows == 0 and row["previous_seq"] > 0:
                start = snapshots.get(row["previous_seq"])
                if start is None:
                    raise BrokenJournal(
                        f"journal of tenant {tenant_id} begins at {row['first_seq']}, no snapshot"
                    )
                folded, decided = (TenantEngine(tenant_id, Engine.restore(start["state"])) for _ in range(2))
                folded.seq = start["upto_seq"]
            check_chain(tenant_id, row, folded.seq)
            await _off_loop(fold, folded, [row])
            if row["rules_version"] == RULES_VERSION:
                again = await _off_loop(decided.engine.submit, row["at_ms"], row["commands"])
                _compare(tenant_id, row["first_seq"], "facts", again, row["facts"])
                redecided += 1
            else:
                await _off_loop(fold, decided, [row])
            folded.seq = row["first_seq"] + row["count"] - 1
            rows, commands = rows + 1, commands + row["count"]
            if (kept := snapshots.get(folded.seq)) is not None and kept["rules_version"] == RULES_VERSION:
                _compare(
                    tenant_id, folded.seq, "snapshot", str(folded.engine.state_hash()), kept["state_hash"]
                )
                compared += 1
        state_hash = str(folded.engine.state_hash())
        _compare(tenant_id, folded.seq, "state", str(decided.engine.state_hash()), state_hash)
    return Verdict(
        tenant_id=tenant_id,
        rows=rows,
        commands=commands,
        redecided=redecided,
        upto_seq=folded.seq,
        state_hash=state_hash,
        snapshots=compared,
    )


def _compare(tenant_id: int, seq: int, what: str, found: object, recorded: object) -> None:
    if found != recorded:
        _broken.inc()
        raise BrokenJournal(f"{what} of tenant {tenant_id} at seq {seq}: {found!r} differs from {recorded!r}")
