"""A node with its door open, and a tenant whose journal holds one day of last week."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.integration.conversations.conftest import Node, OpenNode, node, open_node
from tests.lived import CHINESE, ORDERS, Lived, shop_day, store_day
from ucc.domain.actor import Actor
from ucc.domain.states import Role
from ucc.kit.clock import now_ms
from ucc.tenants.rules import ROLES

__all__ = ["node", "open_node"]

DAY_MS = 86_400_000
DEADLINE_S = 120


class Recorded:
    """The tenant and its day; nothing else ever happened there."""

    def __init__(
        self, node: Node, tenant_id: int, day: Lived, queues: tuple[int, int], agents: list[int]
    ) -> None:
        self.node = node
        self.tenant_id = tenant_id
        self.day = day
        self.queues = queues
        self.agents = agents
        self.date = datetime.fromtimestamp(day.start_ms / 1000, UTC).date().isoformat()

    @classmethod
    async def make(cls, node: Node) -> Recorded:
        ids = node.rooms.ids
        await ids.ensure(5_000)
        tenant_id = ids.take()
        queues, agents = (ids.take(), ids.take()), [ids.take() for _ in range(6)]
        start_ms = now_ms() // DAY_MS * DAY_MS - 5 * DAY_MS
        day = shop_day(start_ms, agents, queues, ids=iter(ids.take, None))
        day.live()
        names = dict(zip(agents, ("Ann", "Ben", "Chen", "Dan", "Eve", "Fay"), strict=True))
        names |= dict(zip(queues, ("中文", "Orders"), strict=True)) | {CHINESE: "Chinese", ORDERS: "Orders"}
        async with node.rooms.database.node(tenant_id) as conn:
            await conn.execute(
                "INSERT INTO tenant (tenant_id, name, slug, secret, created_at_ms)"
                " VALUES ($1, 'T', $2, $3, 0)",
                *(tenant_id, f"t-{tenant_id}", b"s" * 32),
            )
            await store_day(conn, tenant_id, day, names)
        return cls(node, tenant_id, day, queues, agents)

    async def person(self, role: Role = Role.SUPERVISOR) -> Actor:
        user_id = self.node.rooms.ids.take()
        async with self.node.rooms.database.node(self.tenant_id) as conn:
            await conn.execute(
                "INSERT INTO app_user (tenant_id, id, email, name, role, capacity, created_at_ms)"
                " VALUES ($1, $2, $3, 'Sue', $4, '{}', 0)",
                *(self.tenant_id, user_id, f"{user_id}@example.com", role),
            )
        return Actor(
            tenant_id=self.tenant_id, user_id=user_id, name="Sue", role=role, permissions=ROLES[role]
        )

    async def until_over(self, http: Any, simulation_id: int) -> dict[str, Any]:
        """Ask until it is done or failed."""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                found: dict[str, Any] = (await http.get(f"/simulations/{simulation_id}")).json()
                if found["state"] in ("done", "failed"):
                    return found
                await asyncio.sleep(0.05)


@pytest.fixture
async def recorded(node: Node) -> Recorded:
    return await Recorded.make(node)


@pytest.fixture
async def second(open_node: OpenNode, node: Node) -> Node:
    """Another node of the same cluster."""
    return await open_node()
