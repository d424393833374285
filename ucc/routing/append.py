"""One decided batch on its way into the journal, with all it means: at once, or step by step."""

from __future__ import annotations

from typing import Any, NoReturn

import asyncpg

from ucc.domain.engine import RULES_VERSION
from ucc.domain.errors import Unavailable
from ucc.kit import metrics
from ucc.kit.db import Conn
from ucc.routing.ground import Fenced, Ground, Withdrawn, Work
from ucc.routing.journal import Decided, TenantEngine
from ucc.routing.lease import HELD_MS
from ucc.routing.projector import Batch, Folded
from ucc.routing.store import queries

_fenced = metrics.counter("routing_fenced", "Batches refused because another node had taken the shard")
_stepwise = metrics.counter("routing_batches_stepwise", "Batches that took the long way, by why", ["why"])


class Append:
    """A batch of one tenant behind a place of the shard's journal."""

    def __init__(
        self, ground: Ground, place: tuple[int, int], found: TenantEngine, decided: Decided, works: list[Work]
    ) -> None:
        """`place` is the shard and the seq of the first command."""
        self._ground = ground
        self._shard, self._first_seq = place
        self._tenant_id = found.tenant_id
        self._previous_seq = found.seq
        self._decided = decided
        self._works = works
        self._batch = Batch.of(found.tenant_id, self._first_seq, decided, [work.seen_seq for work in works])

    async def commit(self) -> Folded:
        """Journal the batch and write what it means; return what is to be told.

        Raises:
            Fenced: another owner wrote this seq.
            Withdrawn: a stored command of it was taken back.
            Unavailable: the database was lost; it is unknown whether the batch stands.
        """
        needs = self._batch.reading()
        done = None
        if self._ground.projector.is_alone and not needs["children"]:
            done = await self._at_once(needs)
        return done or await self._in_steps(needs)

    async def _at_once(self, needs: dict[str, list[int]]) -> Folded | None:
        """Read, then write all in one statement; None: it takes the long way, and nothing was written."""
        ids, done = needs["interaction_ids"], None
        try:
            async with self._ground.transactions, self._ground.db.node_statement() as conn:
                read = await queries.read_batch(
                    conn,
                    tenant_id=self._tenant_id,
                    interaction_ids=ids,
                    agent_ids=needs["agent_ids"],
                    named_ids=needs["named_ids"],
                )
                folded = self._ground.projector.fold(self._batch, read)
                if not folded.is_whole:
                    _stepwise.labels("more to do").inc()
                    return None
                done = folded
                row = await queries.carry_batch(
                    conn,
                    **self._row(needs["about"]),
                    interaction_ids=ids,
                    known=read["threads"],
                    **folded.written(),
                )
                folded.stored(row)
        except asyncpg.SerializationError:
            _stepwise.labels("a head moved").inc()
            return None
        except asyncpg.NoDataFoundError as error:
            raise Withdrawn(str(error)) from error
        except asyncpg.UniqueViolationError as error:
            self._refuse(error)
        except Unavailable:
            if done is None or not await self._stands():
                raise
            self._ground.bus.lost()  # its answer, and with it where the events stand
        return done

    async def _in_steps(self, needs: dict[str, list[int]]) -> Folded:
        """Do that in a transaction whose steps others may follow with their own."""
        done: Folded | None = None
        try:
            async with self._ground.transactions, self._ground.db.node(self._tenant_id) as conn:
                done = await self._ground.projector.project(
                    conn, self._batch, await self._journal(conn, needs)
                )
        except Unavailable:
            if done is None or not await self._stands():
                raise
        return done

    async def _journal(self, conn: Conn, needs: dict[str, list[int]]) -> Any:
        """Journal the batch and return what was read for its folds."""
        row = self._row(needs["about"])
        try:
            read = await queries.append_batch(conn, **row | needs, idle_ms_max=str(HELD_MS))
        except asyncpg.UniqueViolationError as error:
            self._refuse(error)
        if (gone := len(row["row_ids"]) - read["consumed"]) > 0:
            raise Withdrawn(f"{gone} commands of the batch are gone")
        return read

    def _row(self, about: list[int]) -> dict[str, Any]:
        """Return the journal's row and what goes or comes with it, as both ways are given it."""
        answered = [
            (work.command_id, outcome.refusal)
            for work, outcome in zip(self._works, self._decided.outcomes, strict=True)
            if work.command_id is not None
        ]
        return {
            **self._key(),
            "rules_version": RULES_VERSION,
            "facts": self._decided.facts,
            "count": len(self._works),
            "previous_seq": self._previous_seq,
            "about": about,
            "answer_ids": [command_id for command_id, _ in answered],
            "refusals": [refusal for _, refusal in answered],
            "row_ids": [work.row_id for work in self._works if work.row_id is not None],
        }

    def _key(self) -> dict[str, Any]:
        """Return what tells this batch from another at its place."""
        return {
            "tenant_id": self._tenant_id,
            "shard": self._shard,
            "first_seq": self._first_seq,
            "node_id": self._ground.lease.node_id,
            "at_ms": self._decided.at_ms,
            "commands": self._decided.commands,
        }

    def _refuse(self, error: asyncpg.UniqueViolationError) -> NoReturn:
        """Tell the fence from other keys."""
        if error.constraint_name != "journal_pkey":
            raise error
        _fenced.inc()
        raise Fenced(f"shard {self._shard} seq {self._first_seq} was written by another owner") from error

    async def _stands(self) -> bool:
        """Say whether the batch was committed although the connection died."""
        try:
            async with self._ground.db.node(self._tenant_id) as conn:
                return bool(await queries.find_append(conn, **self._key()))
        except Unavailable:
            return False
