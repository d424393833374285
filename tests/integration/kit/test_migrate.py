"""Migrations on a real database: order, once, changed files refused, a lock that gives up."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg
import pytest

from tests.conftest import url_of
from ucc.kit.db import Database
from ucc.kit.embedded import EmbeddedPostgres, Place
from ucc.kit.migrate import FOLDER, BadMigration, list_migrations, migrate, pending_migrations


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf8")


async def test_each_is_applied_once_in_order_and_belongs_to_the_owner(
    empty_postgres_url: str, tmp_path: Path
) -> None:
    write(tmp_path, "0001_pre_base.sql", "CREATE TABLE a (id int);")
    write(tmp_path, "0002_post_more.sql", "ALTER TABLE a ADD COLUMN b int;")
    assert await pending_migrations(empty_postgres_url, tmp_path) == [
        "0001_pre_base.sql",
        "0002_post_more.sql",
    ]
    assert await migrate(empty_postgres_url, tmp_path) == ["0001_pre_base.sql", "0002_post_more.sql"]
    assert await migrate(empty_postgres_url, tmp_path) == []
    assert await pending_migrations(empty_postgres_url, tmp_path) == []
    conn = await asyncpg.connect(empty_postgres_url, server_settings={"role": "ucc_app"})
    try:
        owner = await conn.fetchval("SELECT tableowner FROM pg_tables WHERE tablename = 'a'")
        assert owner == "ucc_owner"
        assert len(await conn.fetchval("SELECT id FROM installation")) == 16
    finally:
        await conn.close()


async def test_a_migration_that_fails_leaves_nothing_behind(empty_postgres_url: str, tmp_path: Path) -> None:
    write(tmp_path, "0001_pre_base.sql", "CREATE TABLE a (id int); SELECT 1 / 0;")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(empty_postgres_url, tmp_path)
    write(tmp_path, "0001_pre_base.sql", "CREATE TABLE a (id int);")
    assert await migrate(empty_postgres_url, tmp_path) == ["0001_pre_base.sql"]


async def test_a_file_changed_after_it_was_applied_is_refused_by_name(
    empty_postgres_url: str, tmp_path: Path
) -> None:
    write(tmp_path, "0001_pre_base.sql", "CREATE TABLE a (id int);")
    await migrate(empty_postgres_url, tmp_path)
    write(tmp_path, "0001_pre_base.sql", "CREATE TABLE a (id bigint);")
    with pytest.raises(BadMigration, match=r"0001_pre_base\.sql was changed"):
        await migrate(empty_postgres_url, tmp_path)


@pytest.mark.parametrize("names", [["1_base.sql"], ["0001_base.sql"], ["0001_pre_a.sql", "0001_post_b.sql"]])
def test_a_misnamed_or_doubled_file_is_refused(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        write(tmp_path, name, "")
    with pytest.raises(BadMigration, match=names[-1]):
        list_migrations(tmp_path)


async def test_a_migration_does_not_queue_everybody_behind_its_lock(
    empty_postgres_url: str, tmp_path: Path
) -> None:
    write(tmp_path, "0001_pre_base.sql", "CREATE TABLE a (id int);")
    await migrate(empty_postgres_url, tmp_path)
    reader = await asyncpg.connect(empty_postgres_url, server_settings={"role": "ucc_owner"})
    try:
        async with reader.transaction():
            await reader.fetch("SELECT * FROM a")
            write(tmp_path, "0002_pre_more.sql", "ALTER TABLE a ADD COLUMN b int;")
            with pytest.raises(asyncpg.LockNotAvailableError):
                await asyncio.wait_for(migrate(empty_postgres_url, tmp_path), 20)
    finally:
        await reader.close()
    assert await migrate(empty_postgres_url, tmp_path) == ["0002_pre_more.sql"]


async def test_a_bare_outside_server_gets_its_roles_and_is_told_what_is_left(server_folder: Path) -> None:
    place = Place(server_folder / "bare")
    place.take()
    server = EmbeddedPostgres(place)
    await server.start()
    try:
        admin = await asyncpg.connect(server.admin_url)
        for statement in (
            "DROP DATABASE ucc",
            "DROP ROLE ucc, ucc_owner, ucc_app, ucc_node",
            "CREATE ROLE login LOGIN CREATEROLE",
            "CREATE DATABASE outside OWNER login",
        ):
            await admin.execute(statement)
        url = url_of(server, "outside").replace("//ucc@", "//login@")
        with pytest.raises(BadMigration, match="run ALTER DATABASE … OWNER TO ucc_owner"):
            await migrate(url)
        await admin.execute("ALTER DATABASE outside OWNER TO ucc_owner")
        await admin.close()
        assert await migrate(url) == [path.name for path in list_migrations(FOLDER)]
        database = await Database.open(url)
        await database.close()
    finally:
        await server.stop()
        place.release()


async def test_a_login_that_may_not_act_as_our_roles_gets_the_statements_to_run(
    postgres: EmbeddedPostgres, empty_postgres_url: str
) -> None:
    admin = await asyncpg.connect(postgres.admin_url)
    try:
        await admin.execute("CREATE ROLE stranger LOGIN")
        url = url_of(postgres, "ucc").replace("//ucc@", "//stranger@")
        with pytest.raises(BadMigration, match="GRANT ucc_owner, ucc_app, ucc_node TO stranger"):
            await migrate(url)
    finally:
        await admin.execute("DROP ROLE stranger")
        await admin.close()
