"""Which visitors are there: nodes report their sockets, routing learns of the lost, dead nodes are silent."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from ucc.conversations.sights import Visitor
from ucc.conversations.writer import Listener, Router
from ucc.domain.engine import ContactBack, ContactLost
from ucc.domain.errors import Unavailable
from ucc.kit import log, sql
from ucc.kit.batch import GroupCommit
from ucc.kit.clock import now_ms
from ucc.kit.db import Conn, Database
from ucc.kit.tasks import Tasks

GRACE_S = 3  # a page that loads anew is not a visitor who left
BEAT_S = 30
LOST_MS = 75_000  # not reported for this long: the node that held the socket is dead
BATCH_MAX = 500

_queries = sql.load(Path(__file__).with_name("queries.sql"))
_logger = log.get("conversations.online")


class _Move(NamedTuple):
    visitor_id: int
    is_online: bool


class Online:
    """Counts this node's sockets by visitor."""

    def __init__(self, database: Database, tasks: Tasks, router: Router, listener: Listener) -> None:
        self._database = database
        self._tasks = tasks
        self._router = router
        self._listener = listener
        self._sockets: Counter[tuple[int, int]] = Counter()
        self._lane: GroupCommit[int, _Move, None] = GroupCommit("online", self._move, tasks)

    async def opened(self, visitor: Visitor) -> None:
        """Note one socket more of a visitor."""
        key = (visitor.tenant_id, visitor.id)
        self._sockets[key] += 1
        if self._sockets[key] == 1:
            await self._lane.submit(visitor.tenant_id, _Move(visitor.id, True))

    def closed(self, visitor: Visitor) -> None:
        """Note one socket less; the visitor is lost when no other comes in 3 s."""
        key = (visitor.tenant_id, visitor.id)
        self._sockets[key] -= 1
        if self._sockets[key] <= 0:
            asyncio.get_running_loop().call_later(GRACE_S, self._miss, key)

    def _miss(self, key: tuple[int, int]) -> None:
        if self._sockets[key] <= 0:
            del self._sockets[key]
            self._tasks.start("conversations: visitor lost", self._lose(*key))

    async def _lose(self, tenant_id: int, visitor_id: int) -> None:
        try:
            await self._lane.submit(tenant_id, _Move(visitor_id, False))
        except Unavailable:  # then the next beats of other nodes miss it and find it by its age
            _logger.warning("a lost visitor is found later", visitor=visitor_id)

    async def _move(self, tenant_id: int, moves: list[_Move]) -> list[None | Exception]:
        async with self._database.tenant(tenant_id) as conn:
            rows = await _queries.move_visitors(
                conn,
                tenant_id=tenant_id,
                ids=[move.visitor_id for move in moves],
                are_online=[move.is_online for move in moves],
                now_ms=now_ms(),
                online_ms=now_ms() - LOST_MS,
            )
            changed = {row["conversation_id"]: row["is_online"] for row in rows if row["is_changed"]}
            is_waking = await self._command(conn, tenant_id, changed)
        self._tell(tenant_id, changed, is_waking=is_waking)
        return [None] * len(moves)

    async def _command(self, conn: Conn, tenant_id: int, changed: dict[int, bool]) -> bool:
        """Tell routing whose contact went or came back, where there is work; say whether there was any."""
        if not changed:
            return False
        rows = await _queries.list_live_work(conn, tenant_id=tenant_id, ids=sorted(changed))
        for row in rows:
            if changed[row["id"]]:
                await self._router.command(conn, tenant_id, ContactBack(row["interaction_id"]))
            else:
                await _queries.mark_ending(conn, tenant_id=tenant_id, id=row["id"])
                await self._router.command(conn, tenant_id, ContactLost(row["interaction_id"]))
        return bool(rows)

    def _tell(self, tenant_id: int, changed: dict[int, bool], *, is_waking: bool) -> None:
        if is_waking:
            self._router.wake(tenant_id)
        if changed:
            self._listener(tenant_id, set(changed))

    async def keep(self) -> None:
        """Report this node's visitors, and find those nobody reports, for ever."""
        while True:
            await asyncio.sleep(BEAT_S)
            try:
                await self.report()
                await self.sweep()
            except Unavailable:
                _logger.warning("visitors are reported at the next beat")

    async def report(self) -> None:
        """Say that this node's visitors are there."""
        by_tenant: dict[int, list[int]] = {}
        for (tenant_id, visitor_id), count in self._sockets.items():
            if count > 0:
                by_tenant.setdefault(tenant_id, []).append(visitor_id)
        for tenant_id, visitor_ids in by_tenant.items():
            for start in range(0, len(visitor_ids), BATCH_MAX):
                moves = [_Move(one, True) for one in visitor_ids[start : start + BATCH_MAX]]
                await self._move(tenant_id, moves)

    async def sweep(self) -> None:
        """Find visitors whose node died: nobody has reported them for 75 s."""
        async with self._database.node() as conn:
            rows = await _queries.list_unreported(conn, before_ms=now_ms() - LOST_MS, limit=BATCH_MAX)
        by_tenant: dict[int, list[_Move]] = {}
        for row in rows:
            by_tenant.setdefault(row["tenant_id"], []).append(_Move(row["id"], False))
        for tenant_id, moves in by_tenant.items():
            await self._move(tenant_id, moves)
