"""Worlds for routing: a tenant with agents and queues, and nodes that share one database and one NATS."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ucc.agents.service import Agents
from ucc.domain.actor import Actor
from ucc.domain.engine import Enqueue
from ucc.domain.events import AnyEvent
from ucc.domain.people import QueueWrite, Requirement, StatusWrite
from ucc.domain.states import Role, Status
from ucc.kit import secrets
from ucc.kit.bus import Bus, Publication
from ucc.kit.clock import now_ms
from ucc.kit.config import Settings
from ucc.kit.db import Database
from ucc.kit.ids import Ids
from ucc.kit.tasks import Tasks
from ucc.routing.service import Routing
from ucc.tenants.rules import ROLES
from ucc.tenants.service import Tenants

DEADLINE_S = 15


class Node:
    """One node without a web door."""

    def __init__(
        self, database: Database, bus: Bus, tasks: Tasks, ids: Ids, routing: Routing, agents: Agents
    ) -> None:
        self.database = database
        self.bus = bus
        self.tasks = tasks
        self.ids = ids
        self.routing = routing
        self.agents = agents
        self.is_dead = False

    @classmethod
    async def open(cls, url: str, nats_url: str | None, cluster: str) -> Node:
        tasks = Tasks()
        database = await Database.open(url, app_connections=4, node_connections=6)
        ids = await Ids.open(database, tasks)
        bus = await Bus.open(nats_url, cluster=cluster, payloads=AnyEvent, tasks=tasks)
        tenants = Tenants(database, ids, bus, tasks)
        agents = Agents(database, ids, tenants)
        settings = Settings(data_dir=Path("/nowhere"), node_connections=6)
        routing = Routing(database, ids, bus, tasks, settings, profiles=agents, recorder=tenants)
        return cls(database, bus, tasks, ids, routing, agents)

    async def start(self) -> Node:
        await self.routing.start()
        return self

    async def close(self) -> None:
        """Leave as SIGTERM makes a node leave."""
        await self.routing.close()
        await self.bus.close()
        await self.tasks.close()
        await self.database.close()

    async def die(self) -> None:
        """Leave as kill -9 makes a node leave: nothing is given back."""
        self.is_dead = True
        self.database.terminate()
        if self.routing._lease._db is not None:
            self.routing._lease._db.terminate()
        await self.tasks.close()
        if self.bus._nats is not None:
            await self.bus._nats.close()


class World:
    """A tenant: its people, its queues, and the acts of both sides."""

    def __init__(self, node: Node, tenant_id: int) -> None:
        self.node = node
        self.tenant_id = tenant_id
        self.actors: list[Actor] = []
        self.admin = self.actor(0, Role.ADMIN)
        self.events: list[Publication] = []

    def actor(self, user_id: int, role: Role = Role.AGENT) -> Actor:
        return Actor(
            tenant_id=self.tenant_id,
            user_id=user_id,
            name=f"user {user_id}",
            role=role,
            permissions=ROLES[role],
        )

    async def add_agent(
        self, *, chats: int = 2, skills: dict[int, int] | None = None, role: Role = Role.AGENT
    ) -> Actor:
        """Add a person who can take chats; they are offline."""
        agent_id = self.node.ids.take()
        async with self.node.database.tenant(self.tenant_id) as conn:
            await conn.execute(
                "INSERT INTO app_user (tenant_id, id, email, name, role, capacity, created_at_ms)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7)",
                *(
                    self.tenant_id,
                    agent_id,
                    f"{agent_id}@example.com",
                    f"Agent {agent_id}",
                    role,
                    {"chat": chats},
                ),
                now_ms(),
            )
            for skill_id, level in (skills or {}).items():
                await conn.execute(
                    "INSERT INTO agent_skill (tenant_id, agent_id, skill_id, level) VALUES ($1, $2, $3, $4)",
                    *(self.tenant_id, agent_id, skill_id, level),
                )
            await self.node.routing.agent_changed(conn, self.tenant_id, agent_id)
        self.node.routing.wake(self.tenant_id)
        actor = self.actor(agent_id, role)
        self.actors.append(actor)
        return actor

    async def add_skill(self, name: str) -> int:
        skill_id = self.node.ids.take()
        async with self.node.database.tenant(self.tenant_id) as conn:
            await conn.execute(
                "INSERT INTO skill (tenant_id, id, name) VALUES ($1, $2, $3)", self.tenant_id, skill_id, name
            )
        return skill_id

    async def add_queue(self, name: str = "Sales", **fields: Any) -> int:
        needed = [
            Requirement(skill_id=skill, level=level) for skill, level in fields.pop("needs", {}).items()
        ]
        write = QueueWrite(name=name, requirement=needed, **fields)
        return (await self.node.routing.queues.add(self.admin, write)).id

    async def come_online(self, actor: Actor, node: Node | None = None) -> None:
        """Connect a console and go on queue."""
        node = node or self.node
        assert actor.user_id is not None
        await node.routing.sessions.opened(self.tenant_id, actor.user_id)
        await self.until_session(actor, "online")
        await node.routing.presence.set_status(actor, actor.user_id, StatusWrite(status=Status.ON_QUEUE))

    async def enqueue(self, queue: int, *, node: Node | None = None, **fields: Any) -> int:
        """Store work as the writer of a message does: the row and its command in one transaction."""
        node = node or self.node
        interaction = node.ids.take()
        at_ms = now_ms()
        async with node.database.tenant(self.tenant_id) as conn:
            await conn.execute(
                "INSERT INTO interaction (tenant_id, id, medium, queue_id, state, reason, created_at_ms)"
                " VALUES ($1, $2, 'chat', $3, 'new', 'Where is my order?', $4)",
                *(self.tenant_id, interaction, queue, at_ms),
            )
            command = Enqueue(
                **{"interaction": interaction, "queue": queue, "medium": "chat", "arrived_ms": at_ms} | fields
            )
            await node.routing.command(conn, self.tenant_id, command)
        node.routing.wake(self.tenant_id)
        return interaction

    async def fetch(self, statement: str, *arguments: Any, node: Node | None = None) -> list[Any]:
        """Return rows of this tenant."""
        async with (node or self.node).database.node(self.tenant_id) as conn:
            return list(await conn.fetch(statement, *arguments))

    async def state(self, interaction: int) -> str:
        rows = await self.fetch("SELECT state FROM interaction WHERE id = $1", interaction)
        return str(rows[0]["state"])

    async def until_state(self, interaction: int, state: str) -> None:
        await eventually(lambda: self._is(interaction, state))

    async def _is(self, interaction: int, state: str) -> bool:
        return await self.state(interaction) == state

    async def ringing(self, interaction: int) -> Any | None:
        rows = await self.fetch(
            "SELECT * FROM offer WHERE interaction_id = $1 AND state = 'ringing'", interaction
        )
        return rows[0] if rows else None

    async def until_ringing(self, interaction: int) -> Any:
        return await eventually(lambda: self.ringing(interaction))

    async def presence(self, actor: Actor) -> Any:
        rows = await self.fetch("SELECT * FROM presence WHERE agent_id = $1", actor.user_id)
        return rows[0] if rows else None

    async def until_session(self, actor: Actor, session: str) -> None:
        async def is_so() -> bool:
            row = await self.presence(actor)
            return row is not None and row["session"] == session

        await eventually(is_so)

    async def accept(self, interaction: int, node: Node | None = None) -> Actor:
        """Let whoever it rings at take it."""
        offer = await self.until_ringing(interaction)
        actor = self.actor(offer["agent_id"])
        await (node or self.node).routing.work.accept(actor, interaction, offer["epoch"])
        return actor


async def eventually(condition: Callable[[], Awaitable[Any]], timeout_s: float = DEADLINE_S) -> Any:
    """Wait until an asynchronous condition gives something true, and return that."""
    async with asyncio.timeout(timeout_s):
        while not (found := await condition()):  # noqa: ASYNC110  # any condition, not one that could signal
            await asyncio.sleep(0.01)
    return found


Nodes = Callable[..., Awaitable[Node]]


@pytest.fixture
async def nodes(postgres_url: str, nats_url: str) -> AsyncIterator[Nodes]:
    """Start nodes of one cluster; what still runs at the end is closed."""
    cluster = secrets.token()[:16]
    opened: list[Node] = []

    async def start(*, nats: str | None = nats_url) -> Node:
        node = await Node.open(postgres_url, nats, cluster)
        opened.append(node)
        return await node.start()

    yield start
    for node in reversed(opened):
        if not node.is_dead:
            await node.close()


@pytest.fixture
async def node(nodes: Nodes) -> Node:
    return await nodes()


MakeWorld = Callable[..., Awaitable[World]]


@pytest.fixture
async def world(node: Node) -> World:
    return await make_world(node)


async def make_world(node: Node, tenant_id: int | None = None) -> World:
    """Make a tenant on a node."""
    tenant_id = tenant_id or node.ids.take()
    async with node.database.tenant(tenant_id) as conn:
        await conn.execute(
            "INSERT INTO tenant (tenant_id, name, slug, secret, created_at_ms)"
            " VALUES ($1, 'Test', $2, $3, $4)",
            *(tenant_id, f"test-{tenant_id}", b"s" * 32, now_ms()),
        )
    await eventually(lambda: _owned(node, tenant_id))
    return World(node, tenant_id)


async def _owned(node: Node, tenant_id: int) -> bool:
    seat = node.routing._lease.seat(tenant_id % 64)
    return seat is not None and not seat.is_free


def names_of(events: list[bytes]) -> list[str]:
    """Return the types of stored events."""
    return [msgspec.json.decode(event)["type"] for event in events]
