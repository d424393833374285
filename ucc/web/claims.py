"""Claims of Idempotency-Keys, marked as carried out by the very transaction that carries the request out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from contextvars import ContextVar
from pathlib import Path

from ucc.domain.errors import Conflict
from ucc.kit import sql
from ucc.kit.db import Conn, Database

_queries = sql.load(Path(__file__).with_name("queries.sql"))


class Claim:
    """A key that this request holds, on this attempt."""

    def __init__(self, tenant_id: int, key: str, attempt: int) -> None:
        self.tenant_id = tenant_id
        self.key = key
        self.attempt = attempt
        self._task = asyncio.current_task()

    @property
    def is_here(self) -> bool:
        """Say whether the running task is the request's own: lanes and background work serve others too."""
        return asyncio.current_task() is self._task

    async def mark(self, conn: Conn) -> None:
        """Mark the claim in a transaction that is about to be committed, if that wrote anything.

        Raises:
            Conflict: another attempt took the key over; nothing of this one may be committed.
        """
        if not await _queries.mark_claim(conn, tenant_id=self.tenant_id, key=self.key, attempt=self.attempt):
            raise Conflict("another attempt with this Idempotency-Key has taken over")


_held: ContextVar[Claim | None] = ContextVar("claim", default=None)


@contextmanager
def holding(claim: Claim | None) -> Iterator[None]:
    """Let the transactions of the running task mark this claim."""
    token = _held.set(claim)
    try:
        yield
    finally:
        _held.reset(token)


class ClaimedDatabase(Database):
    """A database whose transactions mark the claim of the request they belong to."""

    def tenant(self, tenant_id: int) -> AbstractAsyncContextManager[Conn]:
        """Open a transaction as Database.tenant does; see Claim.mark for what its commit says besides."""
        claim = _held.get()
        if claim is None or not claim.is_here or claim.tenant_id != tenant_id:
            return super().tenant(tenant_id)
        return self._marked(claim)

    @asynccontextmanager
    async def _marked(self, claim: Claim) -> AsyncIterator[Conn]:
        async with super().tenant(claim.tenant_id) as conn:
            yield conn
            await claim.mark(conn)
