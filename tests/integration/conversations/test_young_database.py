"""Functions that are planned while a database is young and empty read by key when it is full."""

from __future__ import annotations

from typing import Any

import msgspec

from tests.integration.conversations.conftest import World

CONVERSATIONS = 30


async def test_a_batch_reads_its_own_work_and_heads_with_plans_of_empty_tables(world: World) -> None:
    async with world.rooms.database.node(world.tenant_id) as conn:

        async def read(ids: list[int]) -> list[Any]:
            threads = "SELECT threads->'heads' FROM read_batch($1, $2, '{}', '{}')"
            return list(msgspec.json.decode(await conn.fetchval(threads, world.tenant_id, ids)))

        async def rows_read() -> int:
            return int(
                await conn.fetchval(
                    "SELECT sum(idx_tup_fetch + seq_tup_read) FROM pg_stat_xact_user_tables"
                    " WHERE relname IN ('interaction', 'conversation')"
                )
            )

        assert await read([1]) == [], "planned now"
        for _ in range(CONVERSATIONS):
            await world.start()
        ids = [row["id"] for row in await conn.fetch("SELECT id FROM interaction ORDER BY id")]
        assert len(ids) == CONVERSATIONS
        before = await rows_read()
        assert len(await read(ids)) == CONVERSATIONS
        # Of work for the heads, its own rows and who has it; of conversations the heads, and beside the work.
        assert await rows_read() - before <= 6 * CONVERSATIONS
