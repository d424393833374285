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


MEMORY = Path("/dev/shm")
MEMORY_BYTES_MIN = 4 * 1024**3


def quick_place() -> Path | None:
    """Return the file system in memory where there is room in one: making a database is copying files."""
    if not os.access(MEMORY, os.W_OK):
        return None
    found = os.statvfs(MEMORY)
    return MEMORY if found.f_bavail * found.f_frsize >= MEMORY_BYTES_MIN else None


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """A folder that PostgreSQL can pass when it runs as nobody (pytest's own are closed)."""
    folder = Path(tempfile.mkdtemp(prefix="ucc-test-", dir=quick_place()))
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
    """The name of a migrated database that others are copied from.

    It is no installation: each copy becomes one of its own, whose nodes hear none of another test's.
    """
    name = "template_migrated"
    await _run(postgres, f"CREATE DATABASE {name} OWNER ucc_owner")
    if list_migrations(FOLDER):
        await migrate(url_of(postgres, name))
    conn = await asyncpg.connect(url_of(postgres, name), server_settings={"role": "ucc_owner"})
    await conn.execute("DELETE FROM installation")
    await conn.close()
    return name


class Databases:
    """Copies of the template: the next one is made, and used ones are dropped, while a test runs."""

    def __init__(self, postgres: EmbeddedPostgres, template: str) -> None:
        self._postgres = postgres
        self._template = template
        self._next = asyncio.ensure_future(self._make())
        self._drops: set[asyncio.Task[None]] = set()

    async def _make(self) -> str:
        name = f"test_{next(_numbers)}"
        # Copied as files: half the time of writing every page of the template to the log.
        statement = f"CREATE DATABASE {name} OWNER ucc_owner TEMPLATE {self._template} STRATEGY FILE_COPY"
        await _run(self._postgres, statement)
        return name

    async def take(self) -> str:
        """Return the name of a fresh database."""
        name = await self._next
        self._next = asyncio.ensure_future(self._make())
        return name

    def drop(self, name: str) -> None:
        """Drop a database that nobody uses any more, soon."""
        task = asyncio.ensure_future(_run(self._postgres, f"DROP DATABASE {name} WITH (FORCE)"))
        self._drops.add(task)
        task.add_done_callback(self._drops.discard)

    async def close(self) -> None:
        """Wait for what is under way: an error in it is an error of the run."""
        await asyncio.gather(self._next, *self._drops)


@pytest.fixture(scope="session")
async def databases(postgres: EmbeddedPostgres, template_database: str) -> AsyncIterator[Databases]:
    databases = Databases(postgres, template_database)
    yield databases
    await databases.close()


@pytest.fixture
async def postgres_url(postgres: EmbeddedPostgres, databases: Databases) -> AsyncIterator[str]:
    """The address of a fresh, migrated, empty database."""
    name = await databases.take()
    yield url_of(postgres, name)
    databases.drop(name)


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
