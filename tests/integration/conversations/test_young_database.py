"""Functions that are planned while a database is young and empty read by key when it is full."""

from __future__ import annotations

from typing import Any

import msgspec

from tests.integration.conversations.conftest import World
from ucc.kit.clock import now_ms

CONVERSATIONS = 30
OFFERS = 400


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


async def test_a_batch_ends_its_own_offers_with_a_plan_of_few(world: World) -> None:
    async with world.rooms.database.node(world.tenant_id) as conn:

        async def end(work: int) -> int:
            """End an offer as a batch does; return how many were looked at."""
            looked = (
                "SELECT coalesce(sum(idx_tup_fetch + seq_tup_read), 0)::int FROM pg_stat_xact_user_tables"
                " WHERE relname = 'offer'"
            )
            before = await conn.fetchval(looked)
            ended = {
                "interaction_id": work,
                "epoch": 1,
                "agent_id": 1,
                "state": "accepted",
                "expires_at_ms": 1,
            }
            await conn.execute("SELECT write_work($1, $2, $3)", world.tenant_id, now_ms(), {"ended": [ended]})
            return int(await conn.fetchval(looked)) - int(before)

        await end(1)  # planned now
        await conn.execute(
            "INSERT INTO offer (tenant_id, interaction_id, epoch, agent_id, state, offered_at_ms,"
            " expires_at_ms, why, journal_seq)"
            " SELECT $1, n, 1, 1, 'ringing', 1, 1, '{}', 1 FROM generate_series(1, $2::int) AS n",
            *(world.tenant_id, OFFERS),
        )
        assert await end(OFFERS // 2) < 5
        ended = await conn.fetch("SELECT interaction_id FROM offer WHERE state = 'accepted'")
        assert [row[0] for row in ended] == [OFFERS // 2]
