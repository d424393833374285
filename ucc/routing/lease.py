"""This node's lease and the table of owners: who owns which shard, by PostgreSQL's clock alone.

A node counts itself an owner only for 0.7 of the lease's time by its own monotonic clock since it last asked
for renewal. When that runs out it pauses; if nobody took its shards meanwhile it goes on, else it drops them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import msgspec

from ucc.domain.errors import Unavailable
from ucc.kit import log, metrics
from ucc.kit.clock import monotonic_ms
from ucc.kit.db import Conn, Database
from ucc.routing.store import queries

SHARDS = 64
TTL_MS = 1_000
HELD_MS = 700  # 0.7 of it: then the owner pauses by its own clock
LOOK_MS = 250  # renews, sees dead owners and commands nobody hinted at
LOOK_MS_MIN = 10
LOOK_MS_MAX = 600  # a look that takes longer is given up
RETRY_MS = 50
CHANGED = "routing.owners"  # the hint: shards were released or taken

_logger = log.get("routing.lease")
_held = metrics.gauge("lease_held", "1 while this node's lease is known to hold")
_lapses = metrics.counter("lease_lapses", "Times this node's lease ran out")


def shard_of(tenant_id: int) -> int:
    """Return the shard a tenant's routing lives in."""
    return tenant_id % SHARDS


class Seat(msgspec.Struct, frozen=True):
    """Who owns a shard."""

    shard: int
    node_id: int | None
    epoch: int
    left_ms: int  # of the owner's lease, 0 or less: it ran out
    has_commands: bool

    @property
    def is_free(self) -> bool:
        """Say whether nobody alive owns it."""
        return self.node_id is None or self.left_ms <= 0


class Sight(msgspec.Struct, frozen=True):
    """What one look saw."""

    seats: list[Seat]
    has_dead_nodes: bool


class Lease:
    """Keeps the lease and looks; what follows from a look is the owner's business."""

    def __init__(
        self,
        url: str,
        node_id: int,
        name: str,
        *,
        on_sight: Callable[[Sight], Awaitable[None]],
        on_register: Callable[[], Awaitable[None]],
    ) -> None:
        self.node_id = node_id
        self._url = url
        self._db: Database | None = None
        self._name = name
        self._on_sight = on_sight
        self._on_register = on_register
        self._until_ms = 0
        self._seats: dict[int, Seat] = {}
        self._look_now = asyncio.Event()

    @property
    def is_held(self) -> bool:
        """Say whether this node may act as owner now, by its own monotonic clock."""
        return monotonic_ms() < self._until_ms

    def seat(self, shard: int) -> Seat | None:
        """Return who owned the shard at the last look."""
        return self._seats.get(shard)

    def look_soon(self) -> None:
        """Look at the owners at once."""
        self._look_now.set()

    async def open(self) -> None:
        """Connect. The lease has connections of its own: renewing never waits for work."""
        self._db = await Database.open(self._url, app_connections=1, node_connections=1)

    async def close(self) -> None:
        """Give the lease up now, so that nobody has to wait until it runs out."""
        self._until_ms = 0
        try:
            async with self._statement() as conn:
                await queries.expire_node(conn, node_id=self.node_id)
        except (Unavailable, TimeoutError):
            _logger.warning("lease not given back; it runs out by itself")
        if self._db is not None:
            await self._db.close()

    @asynccontextmanager
    async def _statement(self) -> AsyncIterator[Conn]:
        """Give a connection for one statement: one round trip, or this look is given up."""
        assert self._db is not None, "the lease is not open"
        async with asyncio.timeout(LOOK_MS_MAX / 1000), self._db.node_statement() as conn:
            yield conn

    async def keep(self) -> None:
        """Hold the lease until cancelled."""
        while True:
            try:
                pause_ms = await self._look()
            except (Unavailable, TimeoutError):
                pause_ms = RETRY_MS
                _held.set(int(self.is_held))
            # Not wait_for: in Python 3.11 a hint that comes with the cancellation hides it.
            with suppress(TimeoutError):
                async with asyncio.timeout(pause_ms / 1000):
                    await self._look_now.wait()
            self._look_now.clear()

    async def _look(self) -> int:
        """Renew and look; return after how many milliseconds to look again."""
        asked_ms = monotonic_ms()
        async with self._statement() as conn:
            rows = await queries.look(conn, node_id=self.node_id, ttl_s=TTL_MS / 1000)
        if not rows[0]["is_renewed"]:
            await self._register()
            return 0
        self._until_ms = asked_ms + HELD_MS
        _held.set(1)
        seats = [
            Seat(row["shard"], row["node_id"], row["epoch"], row["left_ms"] or 0, row["has_commands"])
            for row in rows
        ]
        self._seats = {seat.shard: seat for seat in seats}
        await self._on_sight(Sight(seats, rows[0]["has_dead_nodes"]))
        # Look again when another owner's lease ends, if that is sooner: fail-over waits for nothing else.
        others = [s.left_ms for s in seats if s.node_id not in (None, self.node_id) and s.left_ms > 0]
        return max(LOOK_MS_MIN, min([LOOK_MS, *(left_ms + 5 for left_ms in others)]))

    async def _register(self) -> None:
        async with self._statement() as conn:
            epoch = await queries.register_node(
                conn, node_id=self.node_id, name=self._name, ttl_s=TTL_MS / 1000
            )
        if epoch > 1:
            _lapses.inc()
            _logger.warning("lease ran out and was taken again", node=self.node_id, epoch=epoch)
        await self._on_register()
