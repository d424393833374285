"""Wakes snoozed conversations: one timer to the next of them, none when nobody sleeps."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

from ucc.conversations.entries import Item
from ucc.conversations.writer import EntryWriter
from ucc.domain.conversation import SystemEvent
from ucc.domain.errors import Unavailable
from ucc.domain.states import Author, EntryKind, SystemCode
from ucc.kit import log, sql
from ucc.kit.bus import Bus
from ucc.kit.clock import now_ms
from ucc.kit.db import Database

HINT = "conversations.snoozed"
LOOK_MS_MAX = 600_000  # hints of other nodes may be lost
RETRY_MS = 1_000

_queries = sql.load(Path(__file__).with_name("queries.sql"))
_logger = log.get("conversations.snoozes")


class Snoozes:
    """The timer of a node. Every node has one; a conversation is woken by whoever comes first."""

    def __init__(self, database: Database, bus: Bus, writer: EntryWriter) -> None:
        self._database = database
        self._bus = bus
        self._writer = writer
        self._look = asyncio.Event()
        bus.on_hint(HINT, self._look.set)

    def changed(self) -> None:
        """Look again: something was snoozed."""
        self._bus.hint(HINT)

    async def keep(self) -> None:
        """Wake what is due, for ever."""
        while True:
            self._look.clear()
            try:
                await self.wake_due()
                pause_ms = await self._pause_ms()
            except Unavailable:
                _logger.warning("snoozed conversations are woken when the database is back")
                pause_ms = RETRY_MS
            with suppress(TimeoutError):
                await asyncio.wait_for(self._look.wait(), pause_ms / 1000)

    async def _pause_ms(self) -> int:
        async with self._database.node() as conn:
            next_ms = await _queries.next_wake_ms(conn)
        return LOOK_MS_MAX if next_ms is None else max(0, min(next_ms - now_ms(), LOOK_MS_MAX))

    async def wake_due(self) -> None:
        """Open what is due, once, with a line in its log."""
        async with self._database.node() as conn:
            rows = await _queries.list_due_snoozes(conn, now_ms=now_ms())
        by_tenant: dict[int, list[int]] = {}
        for row in rows:
            by_tenant.setdefault(row["tenant_id"], []).append(row["id"])
        for tenant_id, ids in by_tenant.items():
            async with self._database.tenant(tenant_id) as conn:
                woken = await _queries.wake_conversations(
                    conn, tenant_id=tenant_id, ids=sorted(ids), now_ms=now_ms()
                )
                items = [_line(row["id"]) for row in woken]
                batch = await self._writer.write(conn, tenant_id, items)
            batch.changed |= {row["id"] for row in woken}
            self._writer.announce(tenant_id, batch)


def _line(conversation_id: int) -> Item:
    return Item(
        conversation_id=conversation_id,
        kind=EntryKind.SYSTEM,
        author=Author.SYSTEM,
        system=SystemEvent(code=SystemCode.WOKEN),
    )
