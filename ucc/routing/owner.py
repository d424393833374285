"""What this node owns: takes free shards, runs them, drops what another took, gives all back at the end."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import asyncpg

from ucc._native.engine import Engine
from ucc.domain.engine import RULES_VERSION, OpenShard, SetSession
from ucc.domain.errors import Unavailable
from ucc.domain.states import Session
from ucc.kit import log, metrics
from ucc.kit.clock import monotonic_ms, now_ms
from ucc.kit.db import Conn
from ucc.kit.tasks import Tasks
from ucc.routing.ground import Fenced, Ground, NotOwner, Work, encode
from ucc.routing.lease import CHANGED, Seat, Sight, shard_of
from ucc.routing.shard import Shard
from ucc.routing.store import queries

TAKE_TRIES_MAX = 10  # each one lost means an old owner wrote one more row
DRAIN_MS = 2_000
EPOCH_BYTES = 8  # of an epoch from 2^32 on, in MessagePack
WARM_CONNECTIONS = 2  # of the node's pool: those that are used first
WARM_S = 240  # the pool closes a connection that did nothing for 300 s

_logger = log.get("routing.owner")
_owned = metrics.gauge("routing_shards_owned", "Shards this node owns")
_takeovers = metrics.counter("routing_takeovers", "Shards taken")
_take_seconds = metrics.histogram("routing_take_seconds", "Time to take free shards")


def commands_hint(shard: int) -> str:
    """Return the hint that commands wait in a shard."""
    return f"routing.commands.{shard}"


class _Rehearsed(Exception):
    """Rolls a rehearsal back."""


class Owner:
    """The shards of this node."""

    def __init__(self, ground: Ground, tasks: Tasks) -> None:
        self._ground = ground
        self._tasks = tasks
        self._shards: dict[int, Shard] = {}
        self._running: dict[int, asyncio.Task[None]] = {}
        self._is_taking = False
        self._hinted: set[int] = set()  # shards hinted at while they are being taken
        self._is_burying = False
        self._is_closing = False

    def shard(self, tenant_id: int) -> Shard | None:
        """Return the tenant's shard if this node owns it and its lease holds."""
        shard = self._shards.get(shard_of(tenant_id))
        return shard if shard is not None and self._ground.lease.is_held else None

    def engine(self, tenant_id: int) -> Engine | None:
        """Return the tenant's live engine, to be asked and never told anything."""
        shard = self.shard(tenant_id)
        found = shard.engines.get(tenant_id) if shard is not None else None
        return None if found is None else found.engine

    def tenants(self) -> list[int]:
        """Return the tenants whose engines live here."""
        return [tenant_id for shard in self._shards.values() for tenant_id in shard.engines]

    def wake(self, shard: int) -> bool:
        """Look at the shard's commands now; False when another node owns it."""
        found = self._shards.get(shard)
        if found is not None:
            found.look()
        elif self._is_taking:
            self._hinted.add(shard)
        return found is not None

    def hinted(self, shard: int) -> None:
        """Look at the shard's commands if it is ours: another node stored some."""
        self.wake(shard)

    def submit(self, work: Work) -> None:
        """Hand a command to its shard.

        Raises:
            NotOwner: another node owns it, or this node's lease does not hold.
        """
        shard = self.shard(work.tenant_id)
        if shard is None:
            raise NotOwner
        shard.submit(work)

    # --- what a look leads to ---------------------------------------------------------------------------

    async def see(self, sight: Sight) -> None:
        """Act on what the lease saw: drop what others took, wake what has commands, take what is free."""
        free = []
        for seat in sight.seats:
            mine = self._shards.get(seat.shard)
            if mine is None:
                if seat.is_free or seat.node_id == self._ground.lease.node_id:
                    free.append(seat.shard)
            elif self._is_lost(mine, seat):
                self._drop(mine, "another node took it")
            elif seat.has_commands:
                mine.look()
        if self._is_closing:
            return
        if free and not self._is_taking:
            self._is_taking = True
            self._tasks.start("routing: take shards", self._take(free))
        if sight.has_dead_nodes and not self._is_burying:
            self._is_burying = True
            self._tasks.start("routing: bury dead nodes", self._bury())

    def _is_lost(self, mine: Shard, seat: Seat) -> bool:
        """Say whether the table names another owner; a look older than our own taking says nothing."""
        return seat.epoch > mine.epoch or (
            seat.epoch == mine.epoch and seat.node_id != self._ground.lease.node_id
        )

    def _drop(self, shard: Shard, reason: str) -> None:
        _logger.warning("shard dropped", shard=shard.shard, epoch=shard.epoch, reason=reason)
        shard.stop()
        if self._shards.get(shard.shard) is shard:
            del self._shards[shard.shard]
            _owned.set(len(self._shards))

    async def _take(self, free: list[int]) -> None:
        """Take shards nobody alive owns; where an old owner wrote meanwhile the fence says: read again."""
        try:
            with _take_seconds.time():
                for _ in range(TAKE_TRIES_MAX):
                    try:
                        await self._take_once(free)
                        return
                    except asyncpg.UniqueViolationError:
                        _logger.info("an old owner wrote during the take-over, reading again")
                _logger.error("take-over given up for now", tries=TAKE_TRIES_MAX)
        except Unavailable:
            _logger.info("take-over waits for the database")
        finally:
            self._is_taking = False
            self._hinted.clear()

    async def keep_warm(self) -> None:
        """Rehearse again before idle connections are closed: a take-over may come after days."""
        while True:
            await asyncio.sleep(WARM_S)
            with suppress(Unavailable):
                await self.warm()

    async def warm(self) -> None:
        """Let PostgreSQL plan a take-over and a batch before they are urgent: cold they take 0.3 s longer."""
        await asyncio.gather(*(self._rehearse(number) for number in range(WARM_CONNECTIONS)))

    async def _rehearse(self, number: int) -> None:
        """Run on one connection what a take-over runs until its first offer, and roll it back."""
        with suppress(_Rehearsed):
            async with self._ground.db.node(0) as conn:
                await self._write_takeover(conn, [])
                await queries.find_snapshot(conn, tenant_id=0, upto_seq=0)
                await queries.list_journal(conn, tenant_id=0, after_seq=0, limit=0)
                await queries.list_sessions(conn, tenant_id=0, node_id=0)
                await queries.list_commands(conn, shard=-1, resting=[], under_way=[], limit=0)
                await queries.release_shards(conn, node_id=0, shards=[], seqs=[])
                await self._ground.projector.rehearse(
                    conn, self._ground.lease.node_id * WARM_CONNECTIONS + number
                )
                raise _Rehearsed

    async def _write_takeover(self, conn: Conn, free: list[int]) -> list[Any]:
        """Take what is free of these; return the shards taken, each with the tenants that live there."""
        rows: list[Any] = await queries.take_shards(
            conn,
            node_id=self._ground.lease.node_id,
            shards=free,
            rules_version=RULES_VERSION,
            at_ms=now_ms(),
            command=encode([OpenShard(epoch=2**63)])[:-EPOCH_BYTES],
            facts=encode([]),
        )
        return rows

    async def _take_once(self, free: list[int]) -> None:
        async with self._ground.db.node_statement() as conn:
            taken = await self._write_takeover(conn, free)
        if not taken:
            return
        for row in taken:
            shard = Shard(self._ground, row["shard"], row["epoch"], row["next_seq"] + 1)
            shard.open_tenants(row["tenants"])
            if row["has_commands"] or shard.shard in self._hinted:  # stored before or during the take-over
                shard.look()
            self._shards[shard.shard] = shard
            self._running[shard.shard] = self._tasks.start(f"routing: shard {shard.shard}", self._run(shard))
        _takeovers.inc(len(taken))
        _owned.set(len(self._shards))
        tenants = sum(len(row["tenants"]) for row in taken)
        _logger.info("shards taken", count=len(taken), tenants=tenants)
        self._ground.bus.hint(CHANGED)

    async def _run(self, shard: Shard) -> None:
        try:
            await shard.run()
        except Fenced as error:
            self._drop(shard, str(error))
        finally:
            shard.stop()
            if self._shards.get(shard.shard) is shard:
                del self._shards[shard.shard]

    async def _bury(self) -> None:
        """Take away the consoles of nodes whose lease ran out: their agents are reconnecting now."""
        try:
            async with self._ground.db.node() as conn:
                dead = await queries.list_dead_nodes(conn, node_id=self._ground.lease.node_id)
                node_ids = [row["id"] for row in dead]
                sessions = await queries.delete_sessions_of_nodes(conn, node_ids=node_ids)
                tenants = set()
                for tenant_id, agent_id in sorted({(row["tenant_id"], row["agent_id"]) for row in sessions}):
                    await queries.lock_agent_sessions(conn, agent_id=agent_id)
                    if await queries.has_session(conn, tenant_id=tenant_id, agent_id=agent_id):
                        continue
                    tenants.add(tenant_id)
                    await queries.add_command(
                        conn,
                        tenant_id=tenant_id,
                        shard=shard_of(tenant_id),
                        command_id=None,
                        command=encode(SetSession(agent=agent_id, session=Session.RECONNECTING)),
                        at_ms=now_ms(),
                        seen_seq=None,
                    )
                await queries.delete_nodes(conn, node_ids=node_ids)
            for row in dead:
                _logger.info("a node is gone", node=row["id"], name=row["name"])
            for tenant_id in tenants:
                if not self.wake(shard_of(tenant_id)):
                    self._ground.bus.hint(commands_hint(shard_of(tenant_id)))
        except Unavailable:
            _logger.info("burial waits for the database")
        finally:
            self._is_burying = False

    # --- the end --------------------------------------------------------------------------------------

    async def close(self) -> None:
        """Finish what is in flight, give every shard back and hint at the successor."""
        self._is_closing = True
        started_ms = monotonic_ms()
        shards = list(self._shards.values())
        for shard in shards:
            shard.stop()
        running = [task for task in self._running.values() if not task.done()]
        if running:
            await asyncio.wait(running, timeout=DRAIN_MS / 1000)
        with suppress(Unavailable):
            async with self._ground.db.node_statement() as conn:
                await queries.release_shards(
                    conn,
                    node_id=self._ground.lease.node_id,
                    shards=[shard.shard for shard in shards],
                    seqs=[shard.next_seq for shard in shards],
                )
        self._shards.clear()
        _owned.set(0)
        self._ground.bus.hint(CHANGED)
        _logger.info("shards released", count=len(shards), after_ms=monotonic_ms() - started_ms)
