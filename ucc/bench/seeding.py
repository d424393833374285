"""Agents and chats for a load of routing, stored as their rooms store them; a node does the rest."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec

from ucc.bench.messages import say
from ucc.domain.engine import AnyCommand, Enqueue, SetAgent, SetStatus
from ucc.domain.events import AnyEvent
from ucc.kit import secrets, sql
from ucc.kit.bus import Bus
from ucc.kit.clock import now_ms
from ucc.kit.db import Database
from ucc.kit.ids import Ids
from ucc.kit.tasks import Tasks
from ucc.routing.lease import shard_of
from ucc.routing.owner import commands_hint

HOLDS_MS = 3_600_000  # sessions and tickets of a load
CHATS_A_TIME = 1_000
SETTLE_S = 300

_queries = sql.load(Path(__file__).with_name("queries.sql"))
_encode = msgspec.msgpack.Encoder().encode


class Seeding:
    """One tenant's database, written beside its node."""

    def __init__(self, database: Database, bus: Bus, ids: Ids, tasks: Tasks, tenant_id: int) -> None:
        self._db = database
        self._bus = bus
        self._ids = ids
        self._tasks = tasks
        self._tenant_id = tenant_id
        self.tickets: dict[int, str] = {}

    @classmethod
    async def open(cls, database_url: str, nats_url: str, tenant_id: int) -> Seeding:
        """Join the node's servers."""
        tasks = Tasks()
        database = await Database.open(database_url, app_connections=1, node_connections=1)
        cluster = await database.read_installation()
        bus = await Bus.open(nats_url, cluster=cluster, payloads=AnyEvent, tasks=tasks)
        return cls(database, bus, await Ids.open(database, tasks), tasks, tenant_id)

    async def add_agents(self, count: int) -> None:
        """Add agents who take one chat at a time and are on queue as soon as their console opens."""
        await self._ids.ensure(count)
        self.tickets = {self._ids.take(): secrets.token() for _ in range(count)}
        commands: list[AnyCommand] = []
        for agent_id in self.tickets:
            commands += [SetAgent(agent=agent_id, skills=[], capacity=[("chat", 1)])]
            commands += [SetStatus(agent=agent_id, status="on_queue")]
        async with self._db.tenant(self._tenant_id) as conn:
            await _queries.add_agents(
                conn,
                tenant_id=self._tenant_id,
                ids=list(self.tickets),
                token_hashes=[secrets.digest(secrets.token()) for _ in self.tickets],
                ticket_hashes=[secrets.digest(ticket) for ticket in self.tickets.values()],
                capacity={"chat": 1},
                now_ms=now_ms(),
                until_ms=now_ms() + HOLDS_MS,
            )
        await self._carry_out(commands)

    async def add_chats(self, queue_id: int, inbox_id: int, count: int) -> None:
        """Add chats whose first message waits for somebody."""
        for start in range(0, count, CHATS_A_TIME):
            some = min(CHATS_A_TIME, count - start)
            await self._ids.ensure(4 * some)
            ids = [self._ids.take() for _ in range(4 * some)]
            async with self._db.tenant(self._tenant_id) as conn:
                await _queries.add_waiting(
                    conn,
                    tenant_id=self._tenant_id,
                    ids=ids,
                    inbox_id=inbox_id,
                    queue_id=queue_id,
                    now_ms=now_ms(),
                )
            await self._carry_out([Enqueue(work, queue_id, "chat", now_ms()) for work in ids[3::4]])
            if start // CHATS_A_TIME % 10 == 9:
                say(f"{start + some} chats wait")

    async def _carry_out(self, commands: list[AnyCommand]) -> None:
        """Store commands and wait until the node has carried them out."""
        shard = shard_of(self._tenant_id)
        async with self._db.tenant(self._tenant_id) as conn:
            await _queries.add_commands(
                conn,
                tenant_id=self._tenant_id,
                shard=shard,
                commands=[_encode(one) for one in commands],
                now_ms=now_ms(),
            )
        self._bus.hint(commands_hint(shard))
        async with asyncio.timeout(SETTLE_S):
            while await self._unread():  # noqa: ASYNC110  # the node says nothing when it has read
                await asyncio.sleep(0.02)

    async def _unread(self) -> int:
        async with self._db.tenant(self._tenant_id) as conn:
            return int(await _queries.count_unread_commands(conn, tenant_id=self._tenant_id))

    async def accepted_twice(self) -> int:
        """Return how much work was accepted more than once (I2: none)."""
        async with self._db.tenant(self._tenant_id) as conn:
            return int(await _queries.count_accepted_twice(conn, tenant_id=self._tenant_id))

    async def leave_bus(self) -> None:
        """Be no other node any more: a node that is alone sends its events nowhere."""
        await self._bus.close()

    async def close(self) -> None:
        """Leave."""
        await self._tasks.close()
        await self._db.close()
