"""Seconds from nothing to the same engine out of PostgreSQL: a snapshot, and the journal since."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from ucc.bench.through import Journal
from ucc.kit import sql
from ucc.kit.db import Database
from ucc.kit.embedded import EmbeddedPostgres, Place
from ucc.kit.migrate import migrate
from ucc.routing import journal

TENANT = 1
ROUNDS = 3
_queries = sql.load(Path(__file__).with_name("queries.sql"))


async def measure(kept: Journal) -> float:
    """Return the middle of three loads, from a PostgreSQL of its own."""
    folder = Path(tempfile.mkdtemp(prefix="ucc-bench-"))
    folder.chmod(0o755)  # noqa: ASYNC240  # PostgreSQL, run as nobody under root, must get through
    place = Place(folder / "data")
    place.take()
    postgres = EmbeddedPostgres(place)
    try:
        await postgres.start()
        await migrate(postgres.url, say=lambda _: None)
        database = await Database.open(postgres.url, app_connections=1, node_connections=2)
        try:
            await _store(database, kept)
            took = []
            for _ in range(ROUNDS):
                began = time.perf_counter()
                found = await journal.load(database, TENANT)
                took.append(time.perf_counter() - began)
            assert found.engine.state_hash() == kept.engine.state_hash(), "PostgreSQL gives another state"
            return sorted(took)[ROUNDS // 2]
        finally:
            await database.close()
    finally:
        await postgres.stop()
        place.release()
        shutil.rmtree(folder, ignore_errors=True)


async def _store(database: Database, kept: Journal) -> None:
    """Store the snapshot and the rows behind it."""
    given: list[dict[str, Any]] = []
    seq = 1
    for row in kept.rows:
        given.append(
            {
                "tenant_id": TENANT,
                "first_seq": seq + 1,
                "at_ms": row.at_ms,
                "count": row.count,
                "commands": row.commands,
                "facts": row.facts,
                "previous_seq": seq,
            }
        )
        seq += row.count
    async with database.node(TENANT) as conn:
        await _queries.add_load_tenant(conn, tenant_id=TENANT)
        await _queries.add_load_snapshot(conn, tenant_id=TENANT, at_ms=kept.rows[0].at_ms, state=kept.state)
        await _queries.add_load_journal(conn, rows=given)
