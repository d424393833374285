"""Read and delivered marks: they only grow, and are written in batches beside the path of messages."""

from __future__ import annotations

from enum import IntEnum
from pathlib import Path

from ucc.domain.errors import Unavailable
from ucc.domain.events import ReceiptMoved
from ucc.kit import log, sql
from ucc.kit.bus import Bus, Publication
from ucc.kit.db import Database
from ucc.kit.tasks import Tasks

BATCH_MAX = 200
WAITING_MAX = 50_000  # conversations; a mark beyond that is dropped, the next one says more anyway

_queries = sql.load(Path(__file__).with_name("queries.sql"))
_logger = log.get("conversations.receipts")


class Mark(IntEnum):
    """Which of a conversation's marks."""

    CONTACT_READ = 0
    CONTACT_DELIVERED = 1
    AGENT_READ = 2


class Receipts:
    """Takes marks at once and stores what gathered while the last batch was written."""

    def __init__(self, database: Database, bus: Bus, tasks: Tasks) -> None:
        self._database = database
        self._bus = bus
        self._tasks = tasks
        self._waiting: dict[int, dict[int, list[int]]] = {}  # tenant → conversation → a seq for each Mark
        self._count = 0
        self._is_writing = False

    def note(self, tenant_id: int, conversation_id: int, mark: Mark, seq: int) -> None:
        """Raise a mark to `seq`; it never goes beyond the last entry."""
        marks = self._waiting.setdefault(tenant_id, {})
        seqs = marks.get(conversation_id)
        if seqs is None:
            if self._count >= WAITING_MAX:
                return
            self._count += 1
            seqs = marks[conversation_id] = [0, 0, 0]
        seqs[mark] = max(seqs[mark], seq)
        if mark == Mark.CONTACT_READ:
            seqs[Mark.CONTACT_DELIVERED] = max(seqs[Mark.CONTACT_DELIVERED], seq)
        if not self._is_writing:
            self._is_writing = True
            self._tasks.start("conversations: receipts", self._write())

    async def _write(self) -> None:
        try:
            while self._waiting:
                tenant_id, marks = next(iter(self._waiting.items()))
                batch = [marks.popitem() for _ in range(min(len(marks), BATCH_MAX))]
                if not marks:
                    del self._waiting[tenant_id]
                self._count -= len(batch)
                try:
                    await self._store(tenant_id, sorted(batch))
                except Unavailable as error:
                    _logger.warning("marks were lost; the next ones say more", error=str(error))
        finally:
            self._is_writing = False

    async def _store(self, tenant_id: int, batch: list[tuple[int, list[int]]]) -> None:
        async with self._database.tenant(tenant_id) as conn:
            rows = await _queries.raise_marks(
                conn,
                tenant_id=tenant_id,
                ids=[conversation_id for conversation_id, _ in batch],
                contact_read=[seqs[Mark.CONTACT_READ] for _, seqs in batch],
                contact_delivered=[seqs[Mark.CONTACT_DELIVERED] for _, seqs in batch],
                agent_read=[seqs[Mark.AGENT_READ] for _, seqs in batch],
            )
        self._bus.publish(
            [
                Publication(
                    tenant_id,
                    f"conversation:{row['id']}",
                    0,
                    ReceiptMoved(
                        conversation_id=row["id"],
                        contact_read_seq=row["contact_read_seq"],
                        contact_delivered_seq=row["contact_delivered_seq"],
                        agent_read_seq=row["agent_read_seq"],
                    ),
                )
                for row in rows
            ]
        )
