"""What waits for a shard: commands handed to it, commands in the table, tenants to be loaded."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable

from ucc.domain.errors import TooMany, Unavailable
from ucc.routing.ground import Ground, Work
from ucc.routing.lease import RETRY_MS
from ucc.routing.store import queries

BATCH_MAX = 200
WAITING_MAX = 10_000


class Inbox:
    """What waits for one shard; `wake` is set whenever something comes."""

    def __init__(self, ground: Ground, shard: int) -> None:
        self.wake = asyncio.Event()
        self.to_open: list[int] = []
        self.direct: deque[Work] = deque()
        self._ground = ground
        self._shard = shard
        self._has_rows = False  # in the table
        self._stored: list[Work] = []  # of these, those that are read
        self._put_backs = 0  # times they were to be read again

    def put(self, work: Work) -> None:
        """Let a command wait.

        Raises:
            TooMany: too many do.
        """
        if len(self.direct) >= WAITING_MAX:
            raise TooMany(
                f"{len(self.direct)} routing commands wait in shard {self._shard}, limit {WAITING_MAX}"
            )
        self.direct.append(work)
        self.wake.set()

    def look(self) -> None:
        """Note that commands wait in the table."""
        self._has_rows = True
        self.wake.set()

    def open_tenants(self, tenant_ids: Iterable[int]) -> None:
        """Note tenants to be loaded."""
        self.to_open.extend(tenant_ids)
        self.wake.set()

    @property
    def is_empty(self) -> bool:
        """Say whether there is nothing to be done."""
        return not (self.direct or self._has_rows or self._stored or self.to_open)

    @property
    def known(self) -> int:
        """Return how many commands wait of which all is known."""
        return len(self.direct) + len(self._stored)

    async def read(self, under_way: list[Work], resting: list[int]) -> None:
        """Read stored commands, but for those under way, which are there until their batch stands."""
        if not self._has_rows or self._stored:
            return
        self._has_rows, put_backs = False, self._put_backs
        row_ids = [work.row_id for work in under_way if work.row_id is not None]
        try:
            works = await self._read(row_ids, resting)
        except Unavailable:
            await asyncio.sleep(RETRY_MS / 1000)
            self._has_rows = True
            return
        if put_backs != self._put_backs:  # what comes before these waits again
            self._has_rows = True
        else:
            self._stored = works

    async def _read(self, under_way: list[int], resting: list[int]) -> list[Work]:
        async with self._ground.transactions, self._ground.db.node_statement() as conn:
            rows = await queries.list_commands(
                conn, shard=self._shard, resting=resting, under_way=under_way, limit=BATCH_MAX
            )
        self._has_rows |= len(rows) == BATCH_MAX
        for row in rows:
            if row["is_answered"]:
                async with self._ground.transactions, self._ground.db.node(row["tenant_id"]) as conn:
                    await queries.delete_commands(conn, tenant_id=row["tenant_id"], row_ids=[row["id"]])
        return [
            Work(
                row["tenant_id"],
                row["command"],
                command_id=row["command_id"],
                row_id=row["id"],
                seen_seq=row["seen_seq"],
            )
            for row in rows
            if not row["is_answered"]
        ]

    def take(self) -> dict[int, list[Work]]:
        """Return by tenant what waits, stored commands first; it waits no more. Some tenants have none."""
        batches: dict[int, list[Work]] = {}
        some = [self.direct.popleft() for _ in range(min(len(self.direct), BATCH_MAX))]
        for work in (*self._stored, *some):
            batches.setdefault(work.tenant_id, []).append(work)
        self._stored = []
        for tenant_id in self.to_open:
            batches.setdefault(tenant_id, [])
        self.to_open.clear()
        return batches

    def put_back(self, works: list[Work]) -> bool:
        """Read stored commands again, from the first on; False: none of these is one."""
        is_stored = any(work.row_id is not None for work in works)
        self._has_rows |= is_stored or bool(self._stored)
        self._stored = []
        self._put_backs += 1
        return is_stored

    def clear(self) -> list[Work]:
        """Return the commands that somebody handed over; nothing waits any more."""
        works = [*self.direct]
        self.direct.clear()
        self._stored = []
        return works
