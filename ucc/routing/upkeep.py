"""What an owner does beside the hot path: snapshots, calendars once a day, pruning what is too old."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from ucc.domain.errors import Unavailable
from ucc.kit import log, metrics
from ucc.kit.clock import monotonic_ms, now_ms
from ucc.kit.db import Database
from ucc.routing import journal
from ucc.routing.ground import Ground
from ucc.routing.journal import BrokenJournal
from ucc.routing.lease import shard_of
from ucc.routing.owner import Owner
from ucc.routing.store import queries

ROUND_MS = 600_000  # snapshots of tenants with less than a full batch of commands; the rest of the upkeep
DAY_MS = 86_400_000
ANSWERS_MS = 600_000  # how long answers of commands are kept for a repeated question
EVENTS_MS = 2 * DAY_MS  # how long agents' events are kept for a console that comes back
CHILDREN_MS = 3_600_000  # after which a transfer's child the engine never heard of was left by a crash

_logger = log.get("routing.upkeep")
_snapshots = metrics.counter("routing_snapshots", "Snapshots taken")
_differences = metrics.counter("routing_differences", "Live engines that differed from their journal")


class Upkeep:
    """Two tasks: snapshots as they are asked for, and a round every ten minutes."""

    def __init__(
        self,
        db: Database,
        ground: Ground,
        owner: Owner,
        expand: Callable[[int], Awaitable[int]],
        *,
        journal_days: int,
    ) -> None:
        self._db = db
        self._ground = ground
        self._owner = owner
        self._expand = expand
        self._journal_ms = journal_days * DAY_MS
        self._expanded_ms: dict[int, int] = {}

    async def keep_snapshots(self) -> None:
        """Take the snapshots that shards ask for, one at a time, for ever."""
        while True:
            tenant_id = await self._ground.wants_snapshot.get()
            with suppress(Unavailable):
                await self.snapshot(tenant_id)

    async def snapshot(self, tenant_id: int) -> None:
        """Replay a tenant's journal beside its live engine and keep the state."""
        shard = self._owner.shard(tenant_id)
        if shard is None:
            return
        try:
            seq, state_hash = await journal.add_snapshot(self._db, tenant_id, shard_of(tenant_id))
        except BrokenJournal as error:
            _logger.critical("snapshot impossible", tenant=tenant_id, reason=str(error))
            return
        _snapshots.inc()
        live = shard.engines.get(tenant_id)
        if live is None or live.ahead or live.seq != seq:
            return  # it has moved on
        if str(live.engine.state_hash()) != state_hash:
            _differences.inc()
            _logger.critical("the live engine differs from its journal and is loaded again", tenant=tenant_id)
            del shard.engines[tenant_id]
            shard.open_tenants([tenant_id])

    async def keep_rounds(self) -> None:
        """Go round the owned tenants every ten minutes, for ever."""
        while True:
            started_ms = monotonic_ms()
            for tenant_id in self._owner.tenants():
                with suppress(Unavailable):
                    await self.round(tenant_id)
            await asyncio.sleep(max(0, started_ms + ROUND_MS - monotonic_ms()) / 1000)

    async def round(self, tenant_id: int) -> None:
        """Do what is due for one tenant."""
        shard = self._owner.shard(tenant_id)
        if shard is None:
            return
        at_ms = now_ms()
        if (found := shard.engines.get(tenant_id)) is not None and found.since_snapshot > 0:
            found.since_snapshot = 0
            await self.snapshot(tenant_id)
        if self._expanded_ms.get(tenant_id, 0) + DAY_MS <= at_ms:
            await self._expand(tenant_id)
            self._expanded_ms[tenant_id] = at_ms
            await journal.prune(self._db, tenant_id, at_ms - self._journal_ms)
        async with self._db.node(tenant_id) as conn:
            await queries.delete_answers(conn, tenant_id=tenant_id, before_ms=at_ms - ANSWERS_MS)
            await queries.prune_agent_events(conn, tenant_id=tenant_id, before_ms=at_ms - EVENTS_MS)
            await queries.cancel_lost_children(
                conn, tenant_id=tenant_id, before_ms=at_ms - CHILDREN_MS, at_ms=at_ms
            )
