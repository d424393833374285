"""The database: tenants apart, retries, and what a lost server looks like to a request."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import msgspec
import pytest

from tests.conftest import MakeTenant, url_of
from ucc.domain.errors import Unavailable
from ucc.kit.db import Database, UnsafeDatabase, unsafe_settings
from ucc.kit.embedded import EmbeddedPostgres, Place
from ucc.kit.migrate import migrate
from ucc.kit.tasks import Tasks


async def test_i16_a_tenant_sees_its_own_rows_alone(database: Database, make_tenant: MakeTenant) -> None:
    one, other = await make_tenant("One"), await make_tenant("Other")
    async with database.tenant(one) as conn:
        assert [row["tenant_id"] for row in await conn.fetch("SELECT tenant_id FROM tenant")] == [one]
    async with database.tenant(other) as conn:
        assert await conn.fetchval("SELECT count(*) FROM tenant WHERE tenant_id = $1", one) == 0


async def test_i16_a_row_of_another_tenant_cannot_be_written(
    database: Database, make_tenant: MakeTenant
) -> None:
    one, other = await make_tenant("One"), await make_tenant("Other")
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        async with database.tenant(one) as conn:
            await conn.execute("INSERT INTO skill (tenant_id, id, name) VALUES ($1, 1, 'x')", other)


async def test_the_tenant_ends_with_its_transaction(database: Database, make_tenant: MakeTenant) -> None:
    one = await make_tenant("One")
    for _ in range(10):  # each pooled connection carried a tenant before
        async with database.tenant(one) as conn:
            assert await conn.fetchval("SELECT current_tenant()") == one
    async with database.node() as conn:
        assert await conn.fetchval("SELECT current_tenant()") is None


async def test_the_roles_are_what_they_say(database: Database, make_tenant: MakeTenant) -> None:
    one = await make_tenant("One")
    async with database.tenant(one) as conn:
        assert await conn.fetchval("SELECT current_user") == "ucc_app"
    async with database.node(one) as conn:
        assert await conn.fetchval("SELECT current_user") == "ucc_node"


async def test_an_error_rolls_back_and_leaves_the_connection_usable(
    database: Database, make_tenant: MakeTenant
) -> None:
    one = await make_tenant("One")
    for _ in range(20):
        with pytest.raises(asyncpg.DivisionByZeroError):  # noqa: PT012  # the transaction is what raises
            async with database.tenant(one) as conn:
                await conn.execute("UPDATE tenant SET name = 'changed'")
                await conn.execute("SELECT 1 / 0")
    async with database.tenant(one) as conn:
        assert await conn.fetchval("SELECT name FROM tenant") == "One"


async def test_a_cancelled_request_gives_its_connection_back(
    database: Database, make_tenant: MakeTenant
) -> None:
    one = await make_tenant("One")

    async def wait() -> None:
        async with database.tenant(one) as conn:
            await conn.execute("SELECT pg_sleep(30)")

    for _ in range(3):
        waiting = [asyncio.ensure_future(wait()) for _ in range(8)]
        await asyncio.sleep(0.05)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    async with database.tenant(one) as conn:
        assert await conn.fetchval("SELECT 1") == 1


class Point(msgspec.Struct):
    x: int
    words: list[str]


async def test_jsonb_takes_and_gives_plain_values_and_structs(database: Database) -> None:
    async with database.node() as conn:
        found = await conn.fetchval("SELECT $1::jsonb", Point(3, ["中文", "a"]))
        assert found == {"x": 3, "words": ["中文", "a"]}
        assert await conn.fetchval("SELECT '[1, null]'::jsonb") == [1, None]


async def test_ids_of_two_nodes_never_meet(database: Database, tasks: Tasks) -> None:
    from ucc.kit.ids import Ids

    one, other = await Ids.open(database, tasks), await Ids.open(database, tasks)
    taken = [ids.take() for _ in range(3_000) for ids in (one, other)]
    assert len(set(taken)) == len(taken)


SAFE = {
    "version": 180_004, "synchronous_commit": "on", "fsync": "on", "full_page_writes": "on",
    "role": "ucc_app", "is_superuser": False, "is_bypassing": False, "owned_tables": 0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"synchronous_commit": "off"}, "set synchronous_commit=on"),
        ({"fsync": "off"}, "set fsync=on"),
        ({"full_page_writes": "off"}, "set full_page_writes=on"),
        ({"is_superuser": True}, "ALTER ROLE ucc_app NOSUPERUSER"),
        ({"is_bypassing": True}, "ALTER ROLE ucc_app NOBYPASSRLS"),
        ({"owned_tables": 2}, "REASSIGN OWNED BY ucc_app TO ucc_owner"),
        ({"version": 150_004}, "PostgreSQL 15 is too old"),
    ],
)
def test_an_unsafe_setting_is_named_with_its_remedy(change: dict[str, object], told: str) -> None:
    assert unsafe_settings(SAFE) == []
    breaches = unsafe_settings(SAFE | change)
    assert len(breaches) == 1
    assert told in breaches[0]


async def test_i17_boot_refuses_a_database_that_does_not_wait_for_the_disk(
    postgres: EmbeddedPostgres, postgres_url: str
) -> None:
    name = postgres_url.partition("@/")[2].partition("?")[0]
    admin = await asyncpg.connect(postgres.admin_url)
    try:
        await admin.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
        with pytest.raises(UnsafeDatabase, match="set synchronous_commit=on"):
            await Database.open(postgres_url)
    finally:
        await admin.close()


async def test_i16_boot_refuses_an_application_role_that_owns_tables(
    postgres: EmbeddedPostgres, postgres_url: str
) -> None:
    name = postgres_url.partition("@/")[2].partition("?")[0]
    admin = await asyncpg.connect(postgres.admin_url.replace("/postgres?", f"/{name}?"))
    try:
        await admin.execute("CREATE TABLE mine (id int)")
        await admin.execute("GRANT CREATE ON SCHEMA public TO ucc_app")
        await admin.execute("ALTER TABLE mine OWNER TO ucc_app")
        with pytest.raises(UnsafeDatabase, match="owns 1 tables"):
            await Database.open(postgres_url)
    finally:
        await admin.close()


# --- a server to kill ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def own_place(server_folder: Path) -> Iterator[Place]:
    place = Place(server_folder / "killed")
    place.take()
    yield place
    place.release()


@pytest.fixture
async def own_postgres(own_place: Place) -> AsyncIterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(own_place)
    await server.start()
    yield server
    await server.stop()


async def test_i17_a_request_rides_out_a_killed_server_and_commits_stay(
    own_postgres: EmbeddedPostgres,
) -> None:
    await migrate(own_postgres.url)
    tasks = Tasks()
    keeper = tasks.start("keeper", own_postgres.keep())
    database = await Database.open(own_postgres.url)
    committed: list[int] = []
    lost = 0
    try:
        for number in range(60):
            if number in (20, 40):
                os.kill(own_postgres.pid, signal.SIGKILL)
            try:
                async with database.node() as conn:
                    await conn.execute(
                        "INSERT INTO node (id, epoch, name, expires_at) VALUES ($1, 1, 'x', now())", number
                    )
                committed.append(number)
            except Unavailable:
                lost += 1  # cut on its way: nothing was promised
        async with database.node() as conn:
            stored = {row["id"] for row in await conn.fetch("SELECT id FROM node")}
        assert set(committed) <= stored
        assert lost <= 4  # what was in flight at the two kills; everything later waited for the restart
        assert len(committed) >= 56
    finally:
        await database.close()
        keeper.cancel()
        await tasks.close()


async def test_a_database_that_stays_away_gives_503_before_long(
    own_postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ucc.kit.db.ACQUIRE_MS", 300)
    await migrate(own_postgres.url)
    database = await Database.open(own_postgres.url)
    await own_postgres.stop()
    with pytest.raises(Unavailable):
        async with database.node() as conn:
            await conn.fetchval("SELECT 1")
    assert not await database.is_ready()
    await database.close()


async def test_a_server_that_was_never_there_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("ucc.kit.db.ACQUIRE_MS", 200)
    with pytest.raises(Unavailable, match="no database answered"):
        await Database.open(f"postgresql://ucc@/ucc?host={tmp_path}")


async def test_two_nodes_may_migrate_at_once(postgres: EmbeddedPostgres, empty_postgres_url: str) -> None:
    applied = await asyncio.gather(*(migrate(empty_postgres_url) for _ in range(3)))
    assert sum(bool(names) for names in applied) == 1
    assert url_of(postgres, "ucc") == postgres.url
