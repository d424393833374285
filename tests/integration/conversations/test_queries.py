"""Every statement of the room fits the schema: parameters, columns and types."""

from __future__ import annotations

from pathlib import Path

import pytest

import ucc.conversations
from ucc.kit import sql
from ucc.kit.db import Database

ROOM = Path(ucc.conversations.__file__).parent
QUERIES = [
    pytest.param(query, id=query.name)
    for path in sorted(ROOM.rglob("queries.sql"))
    for query in sql.load(path)._queries.values()
]


@pytest.fixture(scope="module")
async def room_database(postgres: object, template_database: str) -> object:
    from tests.conftest import url_of

    database = await Database.open(url_of(postgres, template_database))  # type: ignore[arg-type]
    yield database
    await database.close()


@pytest.mark.parametrize("query", QUERIES)
async def test_statement_fits_the_schema(query: sql.Query, room_database: Database) -> None:
    async with room_database.node(1) as conn:
        await conn.prepare(query.text)
