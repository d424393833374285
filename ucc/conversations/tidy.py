"""Search terms taken in: what new entries left in the index's pending list, before a message must do it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ucc.domain.errors import Unavailable
from ucc.kit import sql
from ucc.kit.db import Database
from ucc.kit.tasks import Tasks

TIDY_S = 1  # a search reads the pending list whole: it stays short

_queries = sql.load(Path(__file__).with_name("queries.sql"))


class Tidier:
    """Tidies the index of entries a second after the first entry that this node wrote since the last time."""

    def __init__(self, database: Database, tasks: Tasks) -> None:
        self._database = database
        self._tasks = tasks
        self._is_due = False

    def note(self) -> None:
        """Say that entries were written."""
        if not self._is_due:
            self._is_due = True
            self._tasks.start("conversations: tidy", self._tidy())

    async def _tidy(self) -> None:
        await asyncio.sleep(TIDY_S)
        self._is_due = False
        try:
            async with self._database.node() as conn:
                await _queries.tidy_search(conn)
        except Unavailable:
            self.note()
