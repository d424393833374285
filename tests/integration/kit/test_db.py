from __future__ import annotations

from ucc.kit.db import Database


async def test_a_fixture_tenant_is_seen_by_itself_alone(database: Database, make_tenant, bus) -> None:
    one, other = await make_tenant("One"), await make_tenant("Other")
    async with database.tenant(one) as conn:
        assert [row["tenant_id"] for row in await conn.fetch("SELECT tenant_id FROM tenant")] == [one]
    async with database.tenant(other) as conn:
        assert await conn.fetchval("SELECT count(*) FROM tenant WHERE tenant_id = $1", one) == 0
    assert bus.is_connected
