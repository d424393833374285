"""Every statement of the room fits the schema: parameters, columns and types."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import ucc.conversations
from tests.conftest import Databases, url_of
from ucc.kit import sql
from ucc.kit.db import Database
from ucc.kit.embedded import EmbeddedPostgres

ROOM = Path(ucc.conversations.__file__).parent
QUERIES = [
    pytest.param(query, id=query.name)
    for path in sorted(ROOM.rglob("queries.sql"))
    for query in sql.load(path)._queries.values()
]


@pytest.fixture(scope="module")
async def room_database(postgres: EmbeddedPostgres, databases: Databases) -> AsyncIterator[Database]:
    database = await Database.open(url_of(postgres, await databases.take()))
    yield database
    await database.close()


@pytest.mark.parametrize("query", QUERIES)
async def test_statement_fits_the_schema(query: sql.Query, room_database: Database) -> None:
    async with room_database.node(1) as conn:
        await conn.prepare(query.text)
