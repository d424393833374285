"""Settings that queues follow: one desk for all kinds, each kind says its words, queries and columns."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

import asyncpg
import msgspec

from ucc.domain.actor import Actor
from ucc.domain.errors import Conflict, NotFound
from ucc.kit.db import Database
from ucc.kit.ids import Ids
from ucc.routing.policies import FIRST, PAGE_MAX, Recorder, out_of_range, taken
from ucc.routing.queues import Queues

Found = TypeVar("Found")
Write = TypeVar("Write")
Query = Callable[..., Awaitable[Any]]


class Kind(msgspec.Struct, Generic[Found, Write], frozen=True, kw_only=True):
    """What one kind of setting has of its own."""

    word: str  # as refusals name it
    table: str  # and the word of its audit: hours → hours_added
    lists: str  # the list consoles ask again
    rows: Query
    adding: Query
    changing: Query
    removing: Query
    columns: Callable[[Write], dict[str, Any]]  # checked; raises BadInput
    shown: Callable[[Any], Found]


class FollowedDesk(Generic[Found, Write]):
    """The verbs of one kind; every queue that follows a changed one learns it in the same transaction."""

    def __init__(
        self, db: Database, ids: Ids, recorder: Recorder, queues: Queues, kind: Kind[Found, Write]
    ) -> None:
        self._db = db
        self._ids = ids
        self._recorder = recorder
        self._queues = queues
        self._kind = kind

    async def list_page(
        self,
        actor: Actor,
        *,
        ids: list[int] | None = None,
        after: tuple[str, int] = FIRST,
        count: int = PAGE_MAX,
    ) -> list[Found]:
        """Return up to `count` by name after (name, id); `ids` narrows it to these."""
        async with self._db.tenant(actor.tenant_id) as conn:
            rows = await self._kind.rows(
                conn,
                tenant_id=actor.tenant_id,
                ids=ids,
                after_name=after[0],
                after_id=after[1],
                count=count,
            )
        return [self._kind.shown(row) for row in rows]

    async def get(self, actor: Actor, setting_id: int) -> Found:
        """Return one.

        Raises:
            NotFound: there is none with this id.
        """
        found = await self.list_page(actor, ids=[setting_id])
        if not found:
            raise self._missing(setting_id)
        return found[0]

    async def add(self, actor: Actor, write: Write) -> Found:
        """Add one.

        Raises:
            BadInput, Conflict: a field is not allowed; the name is taken.
        """
        return await self._write(actor, self._ids.take(), write, self._kind.adding, "added")

    async def change(self, actor: Actor, setting_id: int, write: Write) -> Found:
        """Write one whole; queues that follow it act by it at once.

        Raises:
            NotFound, BadInput, Conflict: there is none; a field is not allowed; the name is taken.
        """
        return await self._write(actor, setting_id, write, self._kind.changing, "changed")

    async def _write(self, actor: Actor, setting_id: int, write: Write, query: Query, act: str) -> Found:
        kind, tenant_id = self._kind, actor.tenant_id
        columns = kind.columns(write)
        async with self._db.tenant(tenant_id) as conn:
            try:
                if not await query(conn, tenant_id=tenant_id, id=setting_id, **columns):
                    raise self._missing(setting_id)
            except asyncpg.UniqueViolationError:
                raise taken(kind.word, columns["name"]) from None
            except asyncpg.CheckViolationError as error:
                raise out_of_range(error, columns) from None
            await self._queues.configure_following(conn, tenant_id, setting_id)
            target = f"{kind.table}:{setting_id}"
            await self._recorder.audit(conn, actor, f"{kind.table}_{act}", target, columns)
        self._queues.changed(tenant_id, kind.lists)
        return await self.get(actor, setting_id)

    async def remove(self, actor: Actor, setting_id: int) -> None:
        """Remove one that nothing follows.

        Raises:
            NotFound, Conflict: there is none; something follows it, and the text says what.
        """
        kind, tenant_id = self._kind, actor.tenant_id
        async with self._db.tenant(tenant_id) as conn:
            try:
                if not await kind.removing(conn, tenant_id=tenant_id, id=setting_id):
                    raise self._missing(setting_id)
            except asyncpg.ForeignKeyViolationError as error:
                raise Conflict(f"a {error.table_name} still follows it", used_by=error.table_name) from None
            await self._recorder.audit(conn, actor, f"{kind.table}_removed", f"{kind.table}:{setting_id}")
        self._queues.changed(tenant_id, kind.lists)

    def _missing(self, setting_id: int) -> NotFound:
        return NotFound(f"there is no {self._kind.word} {setting_id}")
