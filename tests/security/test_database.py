"""The database holds tenants apart by itself: every table, both roles, batches."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from ucc.kit.db import Database

# Tables that belong to no tenant.
SHARED = {"installation", "login_failure", "migration", "node", "shard"}
# What ucc_node may read or write of all tenants, and why it has to.
NODE_WRITES = {"outbox", "routing_command", "journal", "snapshot", "agent_session"}
NODE_READS = {
    "tenant", "app_user", "user_session", "socket_ticket", "api_key", "inbox", "visitor", "attachment",
    "interaction", "routing_answer", "agent_event", "idempotency", "conversation",
}  # fmt: skip
# Where full-text search reads as the owner, whose policy hides nothing, so that it may use the index.
SEARCHED = {"entry", "contact"}
# Keys of these begin with something else than the tenant, which is unique by itself.
OTHER_KEYS = {"journal", "routing_command"}


async def rows(database: Database, statement: str) -> list[asyncpg.Record]:
    async with database.node() as conn:
        return await conn.fetch(statement)


@pytest.fixture
async def tenant_tables(database: Database) -> list[str]:
    found = await rows(
        database,
        "SELECT c.relname FROM pg_class c"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1",
    )
    return [row["relname"] for row in found]


async def test_i16_every_table_belongs_to_tenants_or_is_named_here(
    database: Database, tenant_tables: list[str]
):
    found = await rows(
        database,
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')",
    )
    assert {row["relname"] for row in found} - set(tenant_tables) == SHARED


async def test_i16_every_tenant_table_forces_row_level_security_with_its_own_policy(
    database: Database, tenant_tables: list[str]
):
    found = await rows(
        database, "SELECT relname, relrowsecurity AND relforcerowsecurity AS is_forced FROM pg_class"
    )
    forced = {row["relname"] for row in found if row["is_forced"]}
    assert set(tenant_tables) - forced == set()
    policies = await rows(
        database,
        "SELECT tablename, qual, with_check, roles::text[] AS roles FROM pg_policies"
        " WHERE policyname = 'own_tenant'",
    )
    own = {
        row["tablename"]
        for row in policies
        if row["qual"] == row["with_check"] == "(tenant_id = current_tenant())"
        and sorted(row["roles"]) == ["ucc_app", "ucc_node"]
    }
    assert set(tenant_tables) - own == set()


async def test_i16_only_named_tables_are_open_over_all_tenants(database: Database):
    found = await rows(
        database,
        "SELECT tablename, cmd, roles::text[] AS roles FROM pg_policies WHERE policyname <> 'own_tenant'",
    )
    opened = {(*row["roles"], row["cmd"] == "SELECT", row["tablename"]) for row in found}
    assert {table for role, reads, table in opened if (role, reads) == ("ucc_node", False)} <= NODE_WRITES
    assert {table for role, reads, table in opened if (role, reads) == ("ucc_node", True)} <= NODE_READS
    assert {one for one in opened if one[0] != "ucc_node"} == {("ucc_owner", True, t) for t in SEARCHED}


async def test_i16_search_as_the_owner_finds_what_is_the_tenants_alone(database: Database, make_tenant: Any):
    one, two = await make_tenant("A"), await make_tenant("B")
    for tenant_id in (one, two):
        async with database.tenant(tenant_id) as conn:
            await conn.execute(
                "INSERT INTO entry (tenant_id, conversation_id, seq, id, inbox_id, kind, author, text, at_ms,"
                " terms) VALUES ($1, $1, 1, $1, 1, 'message', 'contact', 'secret', 1, '{sec,ecr,cre,ret}')",
                tenant_id,
            )
            await conn.execute(
                "INSERT INTO contact (tenant_id, id, name, terms, created_at_ms, updated_at_ms)"
                " VALUES ($1, $1, 'secret', '{sec,ecr,cre,ret}', 1, 1)",
                tenant_id,
            )
    async with database.tenant(one) as conn:
        entries = await conn.fetch("SELECT conversation_id FROM find_entry_terms('sec'::tsquery)")
        contacts = await conn.fetch("SELECT find_contact_terms('sec'::tsquery)")
        used = await conn.fetch(
            "SELECT indexrelname FROM pg_stat_all_indexes WHERE pg_stat_get_xact_numscans(indexrelid) > 0"
        )
        assert {"entry_terms", "contact_terms"} <= {row["indexrelname"] for row in used}
        await conn.execute("SET LOCAL ucc.tenant = ''")
        assert await conn.fetch("SELECT * FROM find_entry_terms('sec'::tsquery)") == []
        assert await conn.fetch("SELECT find_contact_terms('sec'::tsquery)") == []
    assert [tuple(row) for row in (*entries, *contacts)] == [(one,), (one,)]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with database.node(one) as conn:
            await conn.execute("SELECT find_contact_terms('sec'::tsquery)")


async def test_i16_keys_begin_with_the_tenant_and_references_carry_it(
    database: Database, tenant_tables: list[str]
):
    found = await rows(
        database,
        """SELECT c.conrelid::regclass::text AS name, c.contype, c.confrelid::regclass::text AS target,
                  (SELECT array_agg(a.attname::text ORDER BY k.place)
                   FROM unnest(c.conkey) WITH ORDINALITY AS k (number, place)
                   JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number) AS columns
           FROM pg_constraint c WHERE c.contype IN ('p', 'f') AND c.connamespace = 'public'::regnamespace""",
    )
    keys = {row["name"]: row["columns"] for row in found if row["contype"] == b"p"}
    assert [name for name in tenant_tables if keys[name][0] != "tenant_id" and name not in OTHER_KEYS] == []
    loose = [
        f"{row['name']} {row['columns']}"
        for row in found
        if row["contype"] == b"f" and row["target"] in tenant_tables and row["columns"][0] != "tenant_id"
    ]
    assert loose == []


async def test_i16_without_a_tenant_nothing_is_visible(
    database: Database, tenant_tables: list[str], make_tenant: Any
):
    await make_tenant("A")
    async with database.tenant(0) as conn:
        await conn.execute("SET LOCAL ucc.tenant = ''")
        for table in tenant_tables:
            assert await conn.fetchval(f"SELECT count(*) FROM {table}") == 0, table


async def test_i16_a_tenant_sees_itself_alone(database: Database, make_tenant: Any):
    one, two = await make_tenant("A"), await make_tenant("B")
    async with database.tenant(one) as conn:
        assert [row["tenant_id"] for row in await conn.fetch("SELECT tenant_id FROM tenant")] == [one]
        assert await conn.execute("UPDATE tenant SET name = 'mine' WHERE tenant_id = $1", two) == "UPDATE 0"
        assert await conn.execute("DELETE FROM tenant WHERE tenant_id = $1", two) == "DELETE 0"


async def test_i16_a_batch_of_two_tenants_is_refused_whole(database: Database, make_tenant: Any):
    one, two = await make_tenant("A"), await make_tenant("B")
    batch = (
        "INSERT INTO tag (tenant_id, id, name) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[])"
    )
    for open_as in (database.tenant, database.node):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            async with open_as(one) as conn:
                await conn.execute(batch, [one, two], [1, 2], ["mine", "theirs"])
    async with database.tenant(one) as conn:
        assert await conn.fetchval("SELECT count(*) FROM tag") == 0


async def test_i16_a_row_cannot_be_handed_to_another_tenant(database: Database, make_tenant: Any):
    one, two = await make_tenant("A"), await make_tenant("B")
    async with database.tenant(one) as conn:
        await conn.execute("INSERT INTO tag (tenant_id, id, name) VALUES ($1, 1, 'mine')", one)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with database.tenant(one) as conn:
            await conn.execute("UPDATE tag SET tenant_id = $1", two)


async def test_a_requests_connection_cannot_become_somebody_else(database: Database, make_tenant: Any):
    async with database.tenant(await make_tenant("A")) as conn:
        for statement in ("SET LOCAL row_security = off", "SELECT 1"):
            await conn.execute(statement)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.fetch("SELECT * FROM tenant")  # refused rather than unfiltered


async def test_the_login_table_is_the_nodes_alone(database: Database, make_tenant: Any):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with database.tenant(await make_tenant("A")) as conn:
            await conn.fetch("SELECT * FROM login_failure")
