"""The routes of routing over HTTP, signed in, with everything behind them real."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from ucc.app import close_rooms, open_rooms, start_rooms
from ucc.domain.actor import Actor
from ucc.domain.engine import Enqueue
from ucc.domain.people import UserWrite
from ucc.domain.states import Role
from ucc.kit.clock import now_ms
from ucc.kit.config import Settings
from ucc.tenants.rules import ROLES
from ucc.web.rooms import Rooms
from ucc.web.routes import ROUTERS
from ucc.web.server import create_api

from .conftest import eventually

# Litestar 2 announces what Litestar 3 will want of dependencies.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

PASSWORD = "correct horse battery"
NAMES = {Role.ADMIN: "admin", Role.SUPERVISOR: "supervisor", Role.AGENT: "agent"}


class House:
    """A node with its door, one tenant and one user of each role."""

    def __init__(self, rooms: Rooms, tenant_id: int, users: dict[Role, int]) -> None:
        self.rooms = rooms
        self.tenant_id = tenant_id
        self.users = users
        self._api = create_api(rooms, ROUTERS)
        self._clients: dict[Role, httpx.AsyncClient] = {}

    async def client(self, role: Role) -> httpx.AsyncClient:
        """Return a browser signed in as this role."""
        if role not in self._clients:
            client = httpx.AsyncClient(
                transport=httpx.ASGITransport(self._api), base_url="https://ucc.test/v1"
            )
            login = {"email": f"{NAMES[role]}@doors.test", "password": PASSWORD}
            answer = await client.post("/auth/login", json=login)
            assert answer.status_code < 300, answer.text
            client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
            self._clients[role] = client
        return self._clients[role]

    async def ask(self, role: Role, method: str, path: str, status: int = 200, body: Any = None) -> Any:
        """Return what a route answers, which has to have this status."""
        client = await self.client(role)
        answer = await client.request(method, path, json=body)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    async def enqueue(self, queue_id: int) -> int:
        """Store work that needs a person."""
        interaction = self.rooms.ids.take()
        async with self.rooms.database.tenant(self.tenant_id) as conn:
            command = Enqueue(interaction, queue_id, "chat", now_ms())
            await self.rooms.routing.command(conn, self.tenant_id, command)
        self.rooms.routing.wake(self.tenant_id)
        return interaction

    async def close(self) -> None:
        for client in self._clients.values():
            await client.aclose()


@pytest.fixture
async def house(postgres_url: str, nats_url: str, tmp_path: Path) -> AsyncIterator[House]:
    settings = Settings(data_dir=tmp_path, port=8080)
    servers: Any = SimpleNamespace(database_url=postgres_url, nats_url=nats_url)
    rooms = await open_rooms(settings, servers, lambda _: None)
    await start_rooms(rooms)
    tenant_id, admin_id = await rooms.tenants.create_tenant(
        name="Doors", slug="doors", email="admin@doors.test", password=PASSWORD
    )
    admin = Actor(
        tenant_id=tenant_id, user_id=admin_id, name="Admin", role=Role.ADMIN, permissions=ROLES[Role.ADMIN]
    )
    users = {Role.ADMIN: admin_id}
    for role in (Role.SUPERVISOR, Role.AGENT):
        write = UserWrite(email=f"{NAMES[role]}@doors.test", name=NAMES[role], role=role, password=PASSWORD)
        users[role] = (await rooms.tenants.users.add(admin, write)).id
    house = House(rooms, tenant_id, users)
    yield house
    await house.close()
    await close_rooms(rooms)


async def add_queue(house: House, **fields: Any) -> int:
    body = {"name": "Sales", "requirement": []} | fields
    return int((await house.ask(Role.ADMIN, "POST", "/queues", 201, body))["id"])


async def come_online(house: House, role: Role = Role.AGENT) -> None:
    await house.rooms.routing.sessions.opened(house.tenant_id, house.users[role])

    async def is_online() -> bool:
        return bool((await house.ask(role, "GET", "/presence/me"))["session"] == "online")

    await eventually(is_online)
    await house.ask(role, "PUT", "/presence/me", 200, {"status": "on_queue"})


async def ringing(house: House) -> Any:
    offers = (await house.ask(Role.AGENT, "GET", "/offers"))["items"]
    return offers[0] if offers else None


async def test_work_goes_from_its_offer_to_its_end_through_the_door(house: House) -> None:
    queue_id = await add_queue(house)
    await come_online(house)
    interaction = await house.enqueue(queue_id)
    offer = await eventually(lambda: ringing(house))
    assert (offer["interaction_id"], offer["queue_name"]) == (interaction, "Sales")
    path = f"/offers/{interaction}/{offer['epoch']}/accept"
    taken = await house.ask(Role.AGENT, "POST", path)
    assert (taken["state"], taken["agent_id"]) == ("active", house.users[Role.AGENT])
    work = f"/interactions/{interaction}"
    parked = await house.ask(Role.AGENT, "POST", f"{work}/park")
    assert parked["state"] == "parked"
    await house.ask(Role.AGENT, "POST", f"{work}/unpark")
    ended = await house.ask(Role.AGENT, "POST", f"{work}/end", 200, {"seen_seq": 0})
    extended = await house.ask(Role.AGENT, "POST", f"{work}/extend", 200, {"by_s": 30})
    assert extended["wrap_up_until_ms"] == ended["wrap_up_until_ms"] + 30_000
    done = await house.ask(Role.AGENT, "POST", f"{work}/complete", 200, {"note": "solved"})
    assert (done["state"], done["disposition_note"]) == ("closed", "solved")
    why = await house.ask(Role.SUPERVISOR, "GET", f"{work}/why")
    assert [one["state"] for one in why["offers"]] == ["accepted"]
    assert why["journal"][0]["fact"] == "interaction_queued"


async def test_a_refusal_names_the_engines_rule_and_what_was_found(house: House) -> None:
    queue_id = await add_queue(house)
    interaction = await house.enqueue(queue_id)
    problem = await house.ask(Role.AGENT, "POST", f"/offers/{interaction}/7/accept", 409)
    assert problem["code"] == "not_offered"
    assert problem["found"]["epoch"] == 7
    problem = await house.ask(Role.AGENT, "POST", f"/interactions/{10**30}/park", 422)
    assert "below 2^53" in problem["detail"]
    problem = await house.ask(Role.AGENT, "POST", "/interactions/999/park", 404)
    assert problem["code"] == "unknown_interaction"
    both = {"queue_id": queue_id, "agent_id": 5}
    problem = await house.ask(Role.AGENT, "POST", f"/interactions/{interaction}/transfer", 422, both)
    assert "exactly one" in problem["detail"]
    problem = await house.ask(
        Role.AGENT, "PUT", "/presence/me", 422, {"status": "on_queue", "reason": "meal"}
    )
    assert "on_queue has no reason" in problem["detail"]


async def test_agents_read_queues_and_only_admins_write_them(house: House) -> None:
    queue_id = await add_queue(house)
    found = await house.ask(Role.AGENT, "GET", f"/queues/{queue_id}")
    assert (found["name"], found["is_open"], found["waiting"]) == ("Sales", True, 0)
    for method, path, body in (
        ("POST", "/queues", {"name": "Mine"}),
        ("PUT", f"/queues/{queue_id}", {"name": "Mine"}),
        ("DELETE", f"/queues/{queue_id}", None),
        ("POST", "/hours", {"name": "Mine", "time_zone": "UTC", "week": {}}),
        ("POST", "/sla-policies", {"name": "Mine"}),
    ):
        for role in (Role.AGENT, Role.SUPERVISOR):
            problem = await house.ask(role, method, path, 403, body)
            assert problem["code"] == "not_allowed"


async def test_settings_are_written_read_listed_and_removed(house: House) -> None:
    bodies = {
        "/queues": {"name": "Billing", "requirement": [], "offer_s": 20},
        "/hours": {"name": "Office", "time_zone": "Asia/Shanghai", "week": {"mon": [["09:00", "18:00"]]}},
        "/sla-policies": {"name": "Gold", "answer_s": 20, "next_response_s": 120},
    }
    for path, body in bodies.items():
        made = await house.ask(Role.ADMIN, "POST", path, 201, body)
        assert made.items() >= body.items()
        changed = await house.ask(Role.ADMIN, "PUT", f"{path}/{made['id']}", 200, body | {"name": "Other"})
        assert changed["name"] == "Other"
        listed = await house.ask(Role.AGENT, "GET", f"{path}?limit=1")
        assert [one["id"] for one in listed["items"]] == [made["id"]]
        await house.ask(Role.ADMIN, "DELETE", f"{path}/{made['id']}", 204)
        await house.ask(Role.ADMIN, "GET", f"{path}/{made['id']}", 404)


async def test_a_supervisor_sees_and_sets_the_teams_presence_and_an_agent_only_their_own(
    house: House,
) -> None:
    await come_online(house)
    agent_id = house.users[Role.AGENT]
    team = (await house.ask(Role.SUPERVISOR, "GET", "/presence"))["items"]
    assert {one["agent_id"] for one in team} == set(house.users.values())
    body = {"status": "off_queue", "reason": "training"}
    found = await house.ask(Role.SUPERVISOR, "PUT", f"/presence/{agent_id}", 200, body)
    assert (found["status"], found["reason"]) == ("off_queue", "training")
    await house.ask(Role.AGENT, "PUT", f"/presence/{house.users[Role.SUPERVISOR]}", 403, body)
    found = await house.ask(Role.SUPERVISOR, "DELETE", f"/presence/{agent_id}/block")
    assert not found["is_blocked"]
    await house.ask(Role.SUPERVISOR, "PUT", "/presence/12345", 404, body)
