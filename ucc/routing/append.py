"""One decided batch on its way into the journal, with all it means: at once, or step by step."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple, NoReturn

import asyncpg

from ucc.domain.engine import RULES_VERSION
from ucc.domain.errors import Unavailable
from ucc.kit import metrics
from ucc.kit.db import Conn
from ucc.routing.ground import Fenced, Ground, Withdrawn, Work
from ucc.routing.journal import Decided
from ucc.routing.lease import HELD_MS
from ucc.routing.projector import Batch, Meaning
from ucc.routing.store import queries

_fenced = metrics.counter("routing_fenced", "Batches refused because another node had taken the shard")
_stepwise = metrics.counter("routing_batches_stepwise", "Batches that took the long way, by why", ["why"])


class Place(NamedTuple):
    """Where a batch enters the journal of its shard."""

    shard: int
    first_seq: int  # of its first command
    tenant_id: int
    previous_seq: int  # of the tenant's last command before it


class Append:
    """A batch of one tenant on its way to its place."""

    def __init__(self, ground: Ground, place: Place, decided: Decided, works: list[Work]) -> None:
        self.place = place
        self.decided = decided
        self.works = works
        self.stands: asyncio.Event | None = None  # of one decided ahead; set too when it was dealt with
        self._ground = ground
        seen = [work.seen_seq for work in works]
        self._batch = Batch.of(place.tenant_id, place.first_seq, decided, seen)
        self._needs = self._batch.reading()
        self._has_steps = not ground.projector.is_alone or bool(self._needs["children"])
        self._is_stepwise = self._has_steps  # or the fold finds more to do
        self._folded: Meaning | None = None  # by what was read, if one statement writes it
        self._written: dict[str, Any] = {}  # what that statement is given

    async def read(self) -> None:
        """Fold the batch by the rows as they are now.

        Raises:
            Unavailable: the database was lost; nothing was written.
        """
        if self._is_stepwise:
            return
        needs = {name: self._needs[name] for name in ("interaction_ids", "agent_ids", "named_ids")}
        async with self._ground.transactions, self._ground.db.node_statement() as conn:
            read = await queries.read_batch(conn, tenant_id=self.place.tenant_id, **needs)
        folded = self._ground.projector.fold(self._batch, read)
        if folded.is_whole:
            # Put together here, often while the batch before is on its way, not when this one may leave.
            self._folded, self._written = folded, folded.written()
        else:
            self._is_stepwise = True
            _stepwise.labels("more to do").inc()

    async def read_ahead(self, before: Append) -> None:
        """Do that while the batch before is on its way; what that one writes too is read again later."""
        await self.read()
        if not self._concerns().isdisjoint(before._concerns()):
            self._folded, self._is_stepwise = None, self._has_steps

    def _concerns(self) -> set[int]:
        """Return the interactions and agents whose rows it reads or writes."""
        found = {*self._needs["interaction_ids"], *self._needs["agent_ids"]}
        return found if self._folded is None else found | self._folded.concerns

    async def commit(self) -> Meaning:
        """Journal the batch and write what it means; return what is to be told.

        Raises:
            Fenced: another owner wrote this seq.
            Withdrawn: a stored command of it was taken back.
            Unavailable: the database was lost; it is unknown whether the batch stands.
        """
        if self._folded is None:
            await self.read()
        done = None if self._folded is None else await self._carry(self._folded)
        return done or await self._in_steps()

    async def _carry(self, folded: Meaning) -> Meaning | None:
        """Write all in one statement; None: a head moved since it was read, and nothing was written."""
        try:
            async with self._ground.transactions, self._ground.db.node_statement() as conn:
                row = await queries.carry_batch(conn, **self._row(), **self._written)
            folded.stored(row)
        except asyncpg.SerializationError:
            _stepwise.labels("a head moved").inc()
            return None
        except asyncpg.NoDataFoundError as error:
            raise Withdrawn(str(error)) from error
        except asyncpg.UniqueViolationError as error:
            self._refuse(error)
        except Unavailable:
            if not await self._stands():
                raise
            self._ground.bus.lost()  # its answer, and with it where the events stand
        return folded

    async def _in_steps(self) -> Meaning:
        """Do that in a transaction whose steps others may follow with their own."""
        done: Meaning | None = None
        try:
            async with self._ground.transactions, self._ground.db.node(self.place.tenant_id) as conn:
                read = await self._journal(conn)
                done = await self._ground.projector.project(conn, self._batch, read)
        except Unavailable:
            if done is None or not await self._stands():
                raise
        return done

    async def _journal(self, conn: Conn) -> Any:
        """Journal the batch and return what was read for its folds."""
        row = self._row()
        try:
            read = await queries.append_batch(conn, **row | self._needs, idle_ms_max=str(HELD_MS))
        except asyncpg.UniqueViolationError as error:
            self._refuse(error)
        if (gone := len(row["row_ids"]) - read["consumed"]) > 0:
            raise Withdrawn(f"{gone} commands of the batch are gone")
        return read

    def _row(self) -> dict[str, Any]:
        """Return the journal's row and what goes or comes with it, as both ways are given it."""
        answered = [
            (work.command_id, outcome.refusal)
            for work, outcome in zip(self.works, self.decided.outcomes, strict=True)
            if work.command_id is not None
        ]
        return {
            **self._key(),
            "rules_version": RULES_VERSION,
            "facts": self.decided.facts,
            "count": len(self.works),
            "previous_seq": self.place.previous_seq,
            "about": self._needs["about"],
            "answer_ids": [command_id for command_id, _ in answered],
            "refusals": [refusal for _, refusal in answered],
            "row_ids": [work.row_id for work in self.works if work.row_id is not None],
        }

    def _key(self) -> dict[str, Any]:
        """Return what tells this batch from another at its place."""
        return {
            "tenant_id": self.place.tenant_id,
            "shard": self.place.shard,
            "first_seq": self.place.first_seq,
            "node_id": self._ground.lease.node_id,
            "at_ms": self.decided.at_ms,
            "commands": self.decided.commands,
        }

    def _refuse(self, error: asyncpg.UniqueViolationError) -> NoReturn:
        """Tell the fence from other keys."""
        if error.constraint_name != "journal_pkey":
            raise error
        _fenced.inc()
        raise Fenced(
            f"shard {self.place.shard} seq {self.place.first_seq} was written by another owner"
        ) from error

    async def _stands(self) -> bool:
        """Say whether the batch was committed although the connection died."""
        try:
            async with self._ground.db.node(self.place.tenant_id) as conn:
                return bool(await queries.find_append(conn, **self._key()))
        except Unavailable:
            return False
