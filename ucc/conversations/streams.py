"""Streams as sockets resume them: heads, entries behind a number, events of an agent behind a number."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from ucc.conversations.access import check_readable
from ucc.conversations.entries import entry_of_row
from ucc.conversations.writer import EntryWriter
from ucc.domain.actor import Actor
from ucc.domain.events import AnyEvent, EntryAdded, decode_event
from ucc.kit import sql
from ucc.kit.db import Database

PAGE = 200

_queries = sql.load(Path(__file__).with_name("queries.sql"))


class Stored(NamedTuple):
    """An event of a stream and its number."""

    seq: int
    event: AnyEvent


class StreamReader:
    """Reads what the bus may have missed."""

    def __init__(self, database: Database, writer: EntryWriter) -> None:
        self._database = database
        self._writer = writer

    async def heads(
        self, tenant_id: int, conversation_ids: list[int], agent_ids: list[int]
    ) -> tuple[dict[int, int], dict[int, int]]:
        """Return the last seq of each conversation's and each agent's stream; unknown ones are left out."""
        async with self._database.tenant(tenant_id) as conn:
            conversations = await _queries.list_heads(conn, tenant_id=tenant_id, ids=conversation_ids)
            agents = await _queries.list_agent_heads(conn, tenant_id=tenant_id, ids=agent_ids)
        return {row["id"]: row["seq"] for row in conversations}, {row["id"]: row["seq"] for row in agents}

    async def readable(self, actor: Actor, conversation_ids: list[int]) -> list[int]:
        """Return which of these conversations the actor may read."""
        async with self._database.tenant(actor.tenant_id) as conn:
            return await check_readable(conn, actor, conversation_ids)

    async def entries(self, tenant_id: int, conversation_id: int, after: int) -> list[Stored]:
        """Return up to 200 entries behind a seq, in order."""
        async with self._database.tenant(tenant_id) as conn:
            rows = await _queries.read_entries_after(
                conn, tenant_id=tenant_id, conversation_id=conversation_id, seq=after, limit=PAGE
            )
            signer = await self._writer.signer(conn, tenant_id)
        return [Stored(row["seq"], EntryAdded(entry=entry_of_row(row, signer))) for row in rows]

    async def events(self, tenant_id: int, agent_id: int, after: int) -> list[Stored]:
        """Return up to 200 events of an agent's stream behind a seq, in order."""
        async with self._database.tenant(tenant_id) as conn:
            rows = await _queries.read_events_after(
                conn, tenant_id=tenant_id, agent_id=agent_id, seq=after, limit=PAGE
            )
        return [Stored(row["seq"], decode_event(row["event"])) for row in rows]
