"""Migrations: ucc/sql/NNNN_(pre|post)_name.sql, applied in order, once, by one node, as ucc_owner."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg

from ucc.kit import log, secrets, sql
from ucc.kit.config import SetupError

FOLDER = Path(__file__).resolve().parent.parent / "sql"
WAIT_MS = 120_000  # for another node's migration

_NAME = re.compile(r"(\d{4})_(pre|post)_[a-z0-9_]+\.sql")
_queries = sql.load(Path(__file__).with_name("queries.sql"))
_logger = log.get("migrate")


class BadMigration(SetupError):
    """The migrations of this version and the database do not fit; the text says how."""


async def migrate(url: str, folder: Path = FOLDER, say: Callable[[str], None] | None = None) -> list[str]:
    """Bring the database at `url` up to this version and return the names applied.

    Raises:
        BadMigration: a file changed after it was applied, numbers repeat, or a role is missing.
    """
    files = list_migrations(folder)
    await ensure_roles(url)
    conn = await asyncpg.connect(url, server_settings={"role": "ucc_owner"}, command_timeout=WAIT_MS / 1000)
    try:
        await _queries.lock_migrations(conn)
        await _queries.limit_lock_waits(conn)
        await _prepare(conn)
        applied = {row["name"]: row["sha256"] for row in await _queries.list_migrations(conn)}
        pending = []
        for path in files:
            text = path.read_bytes()
            if (known := applied.get(path.name)) is None:
                pending.append((path.name, text))
            elif known != hashlib.sha256(text).digest():
                raise BadMigration(
                    f"{path.name} was changed after it was applied to this database; "
                    "undo that and write a new migration (or, in development, use a new data folder)"
                )
        for name, text in pending:
            (say or (lambda line: _logger.info(line)))(f"migrating {name}")
            async with conn.transaction():
                await conn.execute(text.decode())
                await _queries.add_migration(conn, name=name, sha256=hashlib.sha256(text).digest())
        return [name for name, _ in pending]
    finally:
        await conn.close(timeout=5)


async def pending_migrations(url: str, folder: Path = FOLDER) -> list[str]:
    """Return the names of migrations that were not applied; change nothing."""
    conn = await asyncpg.connect(url, server_settings={"role": "ucc_owner"}, command_timeout=30)
    try:
        applied = set()
        if await _queries.has_migration_table(conn):
            applied = {row["name"] for row in await _queries.list_migrations(conn)}
        return [path.name for path in list_migrations(folder) if path.name not in applied]
    finally:
        await conn.close(timeout=5)


def list_migrations(folder: Path) -> list[Path]:
    """Return the migrations of `folder` in order.

    Raises:
        BadMigration: a file is misnamed or a number stands twice.
    """
    paths = sorted(folder.glob("*.sql"))
    numbers: dict[str, str] = {}
    for path in paths:
        if (match := _NAME.fullmatch(path.name)) is None:
            raise BadMigration(f"{path.name}: name it 0007_pre_add_consent.sql or 0008_post_drop_consent.sql")
        if (other := numbers.setdefault(match.group(1), path.name)) != path.name:
            raise BadMigration(f"{path.name} and {other} have the same number")
    return paths


async def ensure_roles(url: str) -> None:
    """Make the roles ucc_owner, ucc_app and ucc_node if the user of `url` may.

    Raises:
        BadMigration: they are missing or out of reach, with the SQL an administrator runs.
    """
    conn = await asyncpg.connect(url, command_timeout=30)
    try:
        if await _queries.list_missing_roles(conn):
            try:
                await _queries.create_roles(conn)
            except asyncpg.InsufficientPrivilegeError as error:
                raise BadMigration(f"{error}. {_remedy(await _queries.read_user(conn))}") from error
        if missing := [row["name"] for row in await _queries.list_roles_out_of_reach(conn)]:
            raise BadMigration(
                f"cannot act as {', '.join(missing)}. {_remedy(await _queries.read_user(conn))}"
            )
    finally:
        await conn.close(timeout=5)


def _remedy(user: str) -> str:
    return (
        "Let an administrator run: CREATE ROLE ucc_owner NOLOGIN; CREATE ROLE ucc_app NOLOGIN; "
        f"CREATE ROLE ucc_node NOLOGIN; GRANT ucc_owner, ucc_app, ucc_node TO {user}; "
        "ALTER DATABASE … OWNER TO ucc_owner;"
    )


async def _prepare(conn: asyncpg.Connection[Any]) -> None:
    try:
        await _queries.create_migration_table(conn)
        await _queries.create_installation_table(conn)
    except asyncpg.InsufficientPrivilegeError as error:
        raise BadMigration(f"{error}: run ALTER DATABASE … OWNER TO ucc_owner") from error
    await _queries.create_installation(conn, id=secrets.token()[:16])
    await _queries.grant_installation(conn)
