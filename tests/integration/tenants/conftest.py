"""A tenant with an admin, and what it heard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest

from ucc.domain.actor import Actor
from ucc.domain.people import User, UserWrite
from ucc.domain.states import Role
from ucc.kit.bus import Publication
from ucc.kit.db import Conn, Database
from ucc.kit.ids import Ids
from ucc.kit.tasks import Tasks
from ucc.tenants.rules import ROLES
from ucc.tenants.service import Tenants

PASSWORD = "correct horse battery"


class Heard:
    """What left over the bus and what routing was told."""

    def __init__(self) -> None:
        self.publications: list[Publication] = []
        self.changed: list[int] = []
        self.woken: list[int] = []

    def publish(self, publications: list[Publication]) -> None:
        self.publications += publications

    async def agent_changed(self, conn: Conn, tenant_id: int, agent_id: int) -> None:
        assert conn.is_in_transaction() or not conn.is_closed()
        self.changed.append(agent_id)

    def wake(self, tenant_id: int) -> None:
        self.woken.append(tenant_id)


class House(NamedTuple):
    """One tenant, its rooms and its admin."""

    tenants: Tenants
    heard: Heard
    admin: Actor
    email: str

    async def add(self, email: str, role: Role = Role.AGENT, name: str = "Mei Tan") -> User:
        write = UserWrite(email=email, name=name, role=role, password=PASSWORD)
        return await self.tenants.users.add(self.admin, write)


@pytest.fixture
async def house(database: Database, ids: Ids, tasks: Tasks) -> AsyncIterator[House]:
    heard = Heard()
    tenants = Tenants(database, ids, heard, tasks)
    tenants.listen(heard)
    email = "admin@house.example"
    tenant_id, user_id = await tenants.create_tenant(
        name="House", slug="house", email=email, password=PASSWORD
    )
    admin = Actor(
        tenant_id=tenant_id, user_id=user_id, name="Admin", role=Role.ADMIN, permissions=ROLES[Role.ADMIN]
    )
    yield House(tenants, heard, admin, email)
    tenants.close()
