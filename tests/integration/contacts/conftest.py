"""Two tenants with contacts rooms on one database."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from ucc.contacts.service import Contacts
from ucc.domain.actor import ALL_PERMISSIONS, Actor
from ucc.kit.bus import Publication
from ucc.kit.db import Conn, Database
from ucc.kit.ids import Ids


class Heard:
    """What was recorded and published."""

    def __init__(self) -> None:
        self.acts: list[str] = []
        self.publications: list[Publication] = []

    async def audit(
        self, conn: Conn, actor: Actor, act: str, target: str, detail: dict[str, Any] | None = None
    ) -> None:
        self.acts.append(act)

    def publish(self, publications: list[Publication]) -> None:
        self.publications += publications


class Shop(NamedTuple):
    """One tenant's contacts."""

    contacts: Contacts
    heard: Heard
    actor: Actor
    database: Database
    ids: Ids


@pytest.fixture
async def shop(database: Database, ids: Ids, make_tenant: Any) -> Shop:
    heard = Heard()
    actor = Actor(tenant_id=await make_tenant(), user_id=1, name="Ana", permissions=ALL_PERMISSIONS)
    return Shop(Contacts(database, ids, heard, heard), heard, actor, database, ids)
