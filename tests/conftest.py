"""Fixtures for every room: real PostgreSQL and NATS, a fresh migrated database for each test that asks."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from ucc.domain.events import AnyEvent
from ucc.kit import secrets
from ucc.kit.bus import Bus
from ucc.kit.clock import now_ms
from ucc.kit.db import Database
from ucc.kit.embedded import EmbeddedNats, EmbeddedPostgres, Place
from ucc.kit.ids import Ids
from ucc.kit.migrate import FOLDER, list_migrations, migrate
from ucc.kit.tasks import Tasks

MakeTenant = Callable[..., Awaitable[int]]
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """A folder that PostgreSQL can pass when it runs as nobody (pytest's own are closed)."""
    folder = Path(tempfile.mkdtemp(prefix="ucc-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
async def place(server_folder: Path) -> AsyncIterator[Place]:
    place = Place(server_folder / "data")
    place.take()
    yield place
    place.release()


@pytest.fixture(scope="session")
async def postgres(place: Place) -> AsyncIterator[EmbeddedPostgres]:
    """One PostgreSQL server for the whole run."""
    server = EmbeddedPostgres(place)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture(scope="session")
async def nats_server(place: Place) -> AsyncIterator[EmbeddedNats]:
    """One NATS server for the whole run."""
    server = EmbeddedNats(place)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture(scope="session")
def nats_url(nats_server: EmbeddedNats) -> str:
    return nats_server.url


@pytest.fixture(scope="session")
async def template_database(postgres: EmbeddedPostgres) -> str:
    """The name of a migrated database that others are copied from."""
    name = "template_migrated"
    await _run(postgres, f"CREATE DATABASE {name} OWNER ucc_owner")
    if list_migrations(FOLDER):
        await migrate(url_of(postgres, name))
    return name


@pytest.fixture
async def postgres_url(postgres: EmbeddedPostgres, template_database: str) -> AsyncIterator[str]:
    """The address of a fresh, migrated, empty database."""
    name = f"test_{next(_numbers)}"
    # Copied as files: half the time of writing every page of the template to the log.
    await _run(
        postgres, f"CREATE DATABASE {name} OWNER ucc_owner TEMPLATE {template_database} STRATEGY FILE_COPY"
    )
    yield url_of(postgres, name)
    await _run(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def empty_postgres_url(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    """The address of a fresh database without any table."""
    name = f"test_{next(_numbers)}"
    await _run(postgres, f"CREATE DATABASE {name} OWNER ucc_owner")
    yield url_of(postgres, name)
    await _run(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def tasks() -> AsyncIterator[Tasks]:
    tasks = Tasks()
    yield tasks
    await tasks.close()


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    """The pools of a node on a fresh, migrated database."""
    database = await Database.open(postgres_url)
    yield database
    await database.close()


@pytest.fixture
async def ids(database: Database, tasks: Tasks) -> Ids:
    return await Ids.open(database, tasks)


@pytest.fixture
async def bus(nats_url: str, postgres_url: str, tasks: Tasks) -> AsyncIterator[Bus]:
    """One node's end of the wire, in a cluster of its own."""
    bus = await Bus.open(nats_url, cluster=secrets.token()[:16], payloads=AnyEvent, tasks=tasks)
    yield bus
    await bus.close()


@pytest.fixture
def make_tenant(database: Database, ids: Ids) -> MakeTenant:
    """Make a bare tenant and return its id."""

    async def make(name: str = "Test") -> int:
        tenant_id = ids.take()
        async with database.tenant(tenant_id) as conn:
            await conn.execute(
                "INSERT INTO tenant (tenant_id, name, slug, secret, created_at_ms)"
                " VALUES ($1, $2, $3, $4, $5)",
                *(tenant_id, name, f"test-{tenant_id}", os.urandom(32), now_ms()),
            )
        return tenant_id

    return make


def url_of(postgres: EmbeddedPostgres, database: str) -> str:
    """Return the address of another database of the same server."""
    return postgres.url.replace("/ucc?", f"/{database}?")


async def _run(postgres: EmbeddedPostgres, statement: str) -> None:
    conn = await asyncpg.connect(postgres.admin_url)
    try:
        await conn.execute(statement)
    finally:
        await conn.close()


async def until(condition: Callable[[], bool], timeout_s: float = 10) -> None:
    """Wait until `condition` holds; fail after `timeout_s`."""
    async with asyncio.timeout(timeout_s):
        while not condition():  # noqa: ASYNC110  # any condition, not one that could signal
            await asyncio.sleep(0.01)
