"""Seeding the demo on the real database: complete, idempotent, and able to go on after breaking off."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from ucc.app import Servers, close_rooms, open_rooms
from ucc.demo import seed as seeding
from ucc.demo.history import CONVERSATIONS
from ucc.domain.actor import system_actor
from ucc.kit.config import Settings
from ucc.tenants.sessions import Origin
from ucc.web.rooms import Rooms

TABLES = (
    "app_user", "skill", "agent_skill", "hours", "sla_policy", "queue", "inbox", "tag", "disposition",
    "template", "contact", "conversation", "entry", "interaction",
)  # fmt: skip


@pytest.fixture
async def rooms(postgres_url: str, nats_url: str, tmp_path: Path) -> AsyncIterator[Rooms]:
    settings = Settings(data_dir=tmp_path, database_url=postgres_url, nats_url=nats_url, demo=True, port=8123)
    servers = await Servers.open(settings, lambda _: None)
    rooms = await open_rooms(settings, servers, lambda _: None)
    yield rooms
    await close_rooms(rooms)
    await servers.close()


async def counts(rooms: Rooms) -> dict[str, int]:
    tenant_id = await rooms.tenants.find_tenant("lintwick")
    assert tenant_id is not None
    async with rooms.database.tenant(tenant_id) as conn:
        return {table: await conn.fetchval(f"SELECT count(*) FROM {table}") for table in TABLES}


async def test_the_demo_is_complete_and_a_second_time_changes_nothing(rooms: Rooms):
    assert await seeding.seed(rooms) is True
    first = await counts(rooms)
    assert first["app_user"] == 7
    assert first["skill"] == 8
    assert first["queue"] == 3
    assert first["contact"] >= 12
    assert first["conversation"] == CONVERSATIONS
    assert await seeding.seed(rooms) is False
    assert await counts(rooms) == first


async def test_a_seeding_that_broke_off_is_finished_by_the_next(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
):
    whole = seeding.store_past

    async def fail(*_: Any) -> None:
        raise OSError("power cut")

    monkeypatch.setattr(seeding, "store_past", fail)
    with pytest.raises(OSError, match="power cut"):
        await seeding.seed(rooms)
    monkeypatch.setattr(seeding, "store_past", whole)
    assert await seeding.seed(rooms) is True
    found = await counts(rooms)
    assert (found["app_user"], found["template"], found["conversation"]) == (7, 12, CONVERSATIONS)


async def test_everybody_signs_in_and_the_past_is_found_in_both_scripts(rooms: Rooms):
    await seeding.seed(rooms)
    for name in ("admin", "supervisor", "agent1", "agent5"):
        await rooms.tenants.sessions.sign_in(f"{name}@demo.test", "demo", Origin("127.0.0.1"))
    tenant_id = await rooms.tenants.find_tenant("lintwick")
    assert tenant_id is not None
    actor = system_actor(tenant_id)
    for query, name in (("林晓雯", "林晓雯"), ("dana", "Dana Whitfield"), ("敏行", "周敏")):
        found = await rooms.contacts.list_page(actor, query=query, before=None, count=5)
        assert [contact.name for contact, _ in found] == [name]
    melissa = (await rooms.contacts.list_page(actor, query="melissa", before=None, count=5))[0][0]
    other = (await rooms.contacts.get(actor, melissa.id)).duplicate_ids
    assert len(other) == 1


async def test_the_shop_may_embed_the_widget_at_the_port_of_today(rooms: Rooms):
    await seeding.seed(rooms)
    tenant_id = await rooms.tenants.find_tenant("lintwick")
    assert tenant_id is not None
    async with rooms.database.tenant(tenant_id) as conn:
        origins = await conn.fetchval("SELECT settings -> 'origins' FROM inbox WHERE key = 'demo'")
    assert "http://127.0.0.1:8123" in origins
    assert "http://localhost:8123" in origins


async def test_the_queues_of_the_demo_are_open_at_any_time(rooms: Rooms):
    await seeding.seed(rooms)
    tenant_id = await rooms.tenants.find_tenant("lintwick")
    assert tenant_id is not None
    queues = await rooms.routing.queues.list_page(system_actor(tenant_id))
    assert [(queue.name, queue.is_open) for queue in queues] == [
        ("Billing", True),
        ("Sales", True),
        ("Support", True),
    ]
    office = [
        one for one in await rooms.routing.hours.list_page(system_actor(tenant_id)) if one.name == "Office"
    ]
    assert len(office[0].holidays) > 10
