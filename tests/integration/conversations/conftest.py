"""A house with its doors open: rooms of one or two nodes, served in this process, people on both sides."""

from __future__ import annotations

import asyncio
import json
import socket
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets

from ucc.app import Servers, close_rooms, open_rooms, start_rooms
from ucc.conversations.sights import Visitor
from ucc.domain.actor import Actor
from ucc.domain.engine import Accept, Command, Complete
from ucc.domain.events import VisitorStart, VisitorStarted
from ucc.domain.people import Inbox, InboxWrite, QueueWrite, StatusWrite
from ucc.domain.states import Role, Status
from ucc.kit.clock import now_ms
from ucc.kit.config import Settings
from ucc.kit.tasks import Tasks
from ucc.serve import _config, _Server
from ucc.tenants.rules import ROLES
from ucc.tenants.sessions import Origin, csrf_token
from ucc.web.rooms import Rooms
from ucc.web.routes import ROUTERS
from ucc.web.server import create_door
from ucc.web.sockets import Sockets, sockets_of

DEADLINE_S = 15
ORIGIN = "https://shop.example"


class Frames:
    """A socket of either kind, and every frame it was sent."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket
        self.all: list[dict[str, Any]] = []
        self._reading = asyncio.get_running_loop().create_task(self._read())
        self._news = asyncio.Event()

    async def _read(self) -> None:
        with suppress(websockets.ConnectionClosed):
            async for text in self.socket:
                self.all.append(json.loads(text))
                self._news.set()
        self._news.set()

    async def send(self, **frame: Any) -> None:
        await self.socket.send(json.dumps(frame))

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [frame for frame in self.all if frame["type"] == kind]

    def seqs(self, stream: str | None = None) -> list[int]:
        """Return the numbers of entries or events, as they came."""
        if stream is None:
            return [frame["entry"]["seq"] for frame in self.of("entry")]
        return [f["seq"] for f in self.of("event") if f["stream"] == stream and f["seq"]]

    async def until(self, condition: Callable[[], Any], timeout_s: float = DEADLINE_S) -> Any:
        async with asyncio.timeout(timeout_s):
            while not (found := condition()):
                self._news.clear()
                await self._news.wait()
                if self._reading.done() and not condition():
                    raise AssertionError(f"socket closed ({self.socket.close_code}); {self.all[-3:]}")
        return found

    async def closed(self) -> int:
        async with asyncio.timeout(DEADLINE_S):
            await self.socket.wait_closed()
        return int(self.socket.close_code)

    async def close(self) -> None:
        await self.socket.close()


class Node:
    """One node with its door open in this process."""

    def __init__(self, rooms: Rooms, sockets: Sockets, listener: socket.socket, server: _Server) -> None:
        self.rooms = rooms
        self.sockets = sockets
        self.port = int(listener.getsockname()[1])
        self._listener = listener
        self._server = server
        self._clients: list[httpx.AsyncClient] = []
        self._serving = Tasks().start("web", server.serve(sockets=[listener]))

    @classmethod
    async def open(cls, database_url: str, nats_url: str | None, folder: Path) -> Node:
        listener = socket.create_server(("127.0.0.1", 0))
        port = int(listener.getsockname()[1])
        settings = Settings(
            data_dir=folder, port=port, database_url=database_url, nats_url=nats_url, app_connections=6
        )
        servers = Servers(settings)
        rooms = await open_rooms(settings, servers, lambda _: None)
        await start_rooms(rooms)
        sockets = sockets_of(rooms)
        sockets.start()
        _, app = create_door(rooms, ROUTERS, sockets)
        server = _Server(_config(app))
        node = cls(rooms, sockets, listener, server)
        await eventually(lambda: _true(server.started))
        return node

    async def close(self) -> None:
        for client in self._clients:
            await client.aclose()
        await self.sockets.close()
        self._server.should_exit = True
        await asyncio.wait([self._serving])
        self._listener.close()
        await close_rooms(self.rooms)

    async def http(self, actor: Actor) -> httpx.AsyncClient:
        """Return a signed-in client of the API."""
        sessions = self.rooms.tenants.sessions
        token, _ = await sessions._open(actor.tenant_id, actor.require_user(), Origin("127.0.0.1"))
        headers = {"Cookie": f"__Host-ucc={token}", "X-CSRF-Token": csrf_token(token)}
        base_url = f"http://127.0.0.1:{self.port}/v1"
        self._clients.append(httpx.AsyncClient(base_url=base_url, headers=headers, timeout=20))
        return self._clients[-1]

    async def widget(self, token: str, last_seq: int = 0, origin: str = ORIGIN) -> Frames:
        """Open a visitor's socket and say hello."""
        opened = await websockets.connect(f"ws://127.0.0.1:{self.port}/v1/widget/socket", origin=origin)  # type: ignore[arg-type]
        frames = Frames(opened)
        await frames.send(type="hello", token=token, last_seq=last_seq)
        return frames

    async def console(self, actor: Actor, streams: dict[str, int] | None = None) -> Frames:
        """Open a console's socket and say hello."""
        sessions = self.rooms.tenants.sessions
        _, signed_in = await sessions._open(actor.tenant_id, actor.require_user(), Origin("127.0.0.1"))
        ticket = await sessions.ticket(signed_in)
        opened = await websockets.connect(f"ws://127.0.0.1:{self.port}/v1/socket")
        frames = Frames(opened)
        await frames.send(type="hello", ticket=ticket, streams=streams or {})
        return frames


class World:
    """A tenant with a queue, an inbox and people."""

    def __init__(self, node: Node, tenant_id: int) -> None:
        self.node = node
        self.rooms = node.rooms
        self.tenant_id = tenant_id
        self.admin = self.actor(0, Role.ADMIN)
        self.queue_id = 0
        self.inbox: Inbox

    @classmethod
    async def make(cls, node: Node, **inbox: Any) -> World:
        ids = node.rooms.ids
        tenant_id = ids.take()
        async with node.rooms.database.tenant(tenant_id) as conn:
            await conn.execute(
                "INSERT INTO tenant (tenant_id, name, slug, secret, created_at_ms)"
                " VALUES ($1, 'T', $2, $3, $4)",
                *(tenant_id, f"t-{tenant_id}", b"s" * 32, now_ms()),
            )
        world = cls(node, tenant_id)
        queue = await node.rooms.routing.queues.add(world.admin, QueueWrite(name="Sales", wrap_up_s=60))
        world.queue_id = queue.id
        world.inbox = await node.rooms.conversations.inboxes.add(
            world.admin, InboxWrite(name="Shop", queue_id=queue.id, origins=[ORIGIN], **inbox)
        )
        return world

    def actor(self, user_id: int, role: Role = Role.AGENT) -> Actor:
        return Actor(
            tenant_id=self.tenant_id,
            user_id=user_id,
            name=f"Agent {user_id}",
            role=role,
            permissions=ROLES[role],
        )

    async def add_agent(self, *, chats: int = 20, role: Role = Role.AGENT) -> Actor:
        agent_id = self.rooms.ids.take()
        async with self.rooms.database.tenant(self.tenant_id) as conn:
            await conn.execute(
                "INSERT INTO app_user (tenant_id, id, email, name, role, capacity, created_at_ms)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7)",
                *(self.tenant_id, agent_id, f"{agent_id}@example.com", f"Agent {agent_id}", role),
                *({"chat": chats}, now_ms()),
            )
            await self.rooms.routing.agent_changed(conn, self.tenant_id, agent_id)
        self.rooms.routing.wake(self.tenant_id)
        return self.actor(agent_id, role)

    async def go_on_queue(self, actor: Actor, node: Node | None = None) -> Frames:
        """Open a console and take work."""
        console = await (node or self.node).console(actor)
        await console.until(lambda: console.of("welcome"))
        await eventually(lambda: self.is_online(actor))
        await self.rooms.routing.presence.set_status(
            actor, actor.require_user(), StatusWrite(status=Status.ON_QUEUE)
        )
        return console

    async def is_online(self, actor: Actor) -> bool:
        rows = await self.fetch("SELECT session FROM presence WHERE agent_id = $1", actor.user_id)
        return bool(rows) and rows[0]["session"] == "online"

    async def start(self, text: str = "Hello", **fields: Any) -> VisitorStarted:
        write = VisitorStart(**{"client_id": str(uuid.uuid4()), "text": text} | fields)
        return await self.rooms.conversations.visitors.start(self.inbox.key, ORIGIN, "127.0.0.1", write)

    async def start_active(self) -> tuple[VisitorStarted, Actor, int]:
        """Return a chat in an agent's hands: visitor, agent, interaction."""
        agent = await self.add_agent()
        await self.go_on_queue(agent)
        started = await self.start()
        offer = await eventually(lambda: self.ringing(started.state.conversation_id))
        await self.submit(Accept(offer["interaction_id"], agent.require_user(), offer["epoch"]))
        return started, agent, offer["interaction_id"]

    async def submit(self, command: Command) -> None:
        await self.rooms.routing.submit(self.tenant_id, command)  # type: ignore[arg-type]

    async def end(self, agent: Actor, interaction_id: int, seen_seq: int) -> None:
        """End as the console's button does."""
        await self.rooms.routing.work.resolve(agent, interaction_id, seen_seq)

    async def complete(self, agent: Actor, interaction_id: int) -> None:
        await self.submit(Complete(interaction_id, agent.require_user()))

    async def ringing(self, conversation_id: int) -> Any | None:
        rows = await self.fetch(
            "SELECT o.* FROM offer o JOIN interaction i ON i.id = o.interaction_id"
            " WHERE i.conversation_id = $1 AND o.state = 'ringing'",
            conversation_id,
        )
        return rows[0] if rows else None

    async def head(self, conversation_id: int) -> Any:
        return (await self.fetch("SELECT * FROM conversation WHERE id = $1", conversation_id))[0]

    async def head_of_work(self, interaction_id: int) -> Any:
        rows = await self.fetch(
            "SELECT c.* FROM conversation c JOIN interaction i ON i.conversation_id = c.id WHERE i.id = $1",
            interaction_id,
        )
        return rows[0]

    async def until_work(self, conversation_id: int, *states: str) -> Any:
        async def is_so() -> Any:
            head = await self.head(conversation_id)
            return head if head["interaction_state"] in states else None

        return await eventually(is_so)

    async def entries(self, conversation_id: int) -> list[Any]:
        statement = "SELECT * FROM entry WHERE conversation_id = $1 ORDER BY seq"
        return await self.fetch(statement, conversation_id)

    async def fetch(self, statement: str, *arguments: Any) -> list[Any]:
        async with self.rooms.database.node(self.tenant_id) as conn:
            return list(await conn.fetch(statement, *arguments))


async def eventually(condition: Callable[[], Awaitable[Any]], timeout_s: float = DEADLINE_S) -> Any:
    """Wait until an asynchronous condition gives something true, and return that."""
    async with asyncio.timeout(timeout_s):
        while not (found := await condition()):  # noqa: ASYNC110  # any condition, not one that could signal
            await asyncio.sleep(0.01)
    return found


async def _true(value: Any) -> Any:
    await asyncio.sleep(0.01)
    return value


OpenNode = Callable[[], Awaitable[Node]]


@pytest.fixture
async def open_node(postgres_url: str, nats_url: str, tmp_path: Path) -> AsyncIterator[OpenNode]:
    """Open nodes of one cluster; they are closed at the end."""
    nodes: list[Node] = []

    async def make() -> Node:
        node = await Node.open(postgres_url, nats_url, tmp_path)
        nodes.append(node)
        return node

    yield make
    for node in reversed(nodes):
        await node.close()


@pytest.fixture
async def node(open_node: OpenNode) -> Node:
    return await open_node()


@pytest.fixture
async def world(node: Node) -> World:
    return await World.make(node)


def client_id() -> str:
    return str(uuid.uuid4())


async def visitor_of(world: World, started: VisitorStarted) -> Visitor:
    return await world.rooms.conversations.visitors.find(started.token, ORIGIN)
