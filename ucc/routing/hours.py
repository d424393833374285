"""Opening hours: written by hand, expanded for the queues that follow them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import msgspec

from ucc.domain.actor import Actor
from ucc.domain.errors import Conflict, NotFound
from ucc.domain.people import Hours, HoursWrite
from ucc.kit.clock import now_ms
from ucc.kit.db import Database
from ucc.kit.ids import Ids
from ucc.routing import rules
from ucc.routing.policies import FIRST, PAGE_MAX, Recorder, check_name, taken
from ucc.routing.queues import Queues
from ucc.routing.store import queries


class HoursDesk:
    """The verbs of opening hours."""

    def __init__(self, db: Database, ids: Ids, recorder: Recorder, queues: Queues) -> None:
        self._db = db
        self._ids = ids
        self._recorder = recorder
        self._queues = queues

    async def list_page(
        self,
        actor: Actor,
        *,
        hours_ids: list[int] | None = None,
        after: tuple[str, int] = FIRST,
        count: int = PAGE_MAX,
    ) -> list[Hours]:
        """Return opening hours by name, each with what it says now."""
        async with self._db.tenant(actor.tenant_id) as conn:
            rows = await queries.list_hours(
                conn,
                tenant_id=actor.tenant_id,
                hours_ids=hours_ids,
                after_name=after[0],
                after_id=after[1],
                count=count,
            )
        at_ms = now_ms()
        return [_shown_hours(row, at_ms) for row in rows]

    async def get(self, actor: Actor, hours_id: int) -> Hours:
        """Return opening hours.

        Raises:
            NotFound: there are none with this id.
        """
        found = await self.list_page(actor, hours_ids=[hours_id])
        if not found:
            raise NotFound(f"there are no hours {hours_id}")
        return found[0]

    async def add(self, actor: Actor, write: HoursWrite) -> Hours:
        """Add opening hours.

        Raises:
            BadInput, Conflict: a field is not allowed; the name is taken.
        """
        return await self._write(actor, self._ids.take(), write, queries.add_hours, "hours_added")

    async def change(self, actor: Actor, hours_id: int, write: HoursWrite) -> Hours:
        """Write opening hours whole; every queue that follows them learns it at once.

        Raises:
            NotFound, BadInput, Conflict: there are none; a field is not allowed; the name is taken.
        """
        return await self._write(actor, hours_id, write, queries.change_hours, "hours_changed")

    async def _write(
        self, actor: Actor, hours_id: int, write: HoursWrite, query: Callable[..., Awaitable[Any]], act: str
    ) -> Hours:
        rules.check_hours(write)
        tenant_id = actor.tenant_id
        fields = msgspec.to_builtins(write) | {"name": check_name(write.name)}
        async with self._db.tenant(tenant_id) as conn:
            try:
                if not await query(conn, tenant_id=tenant_id, id=hours_id, **fields):
                    raise NotFound(f"there are no hours {hours_id}")
            except asyncpg.UniqueViolationError:
                raise taken("hours", fields["name"]) from None
            await self._queues.configure_following(conn, tenant_id, hours_id=hours_id)
            await self._recorder.audit(conn, actor, act, f"hours:{hours_id}", fields)
        self._queues.changed(tenant_id, "hours")
        return await self.get(actor, hours_id)

    async def remove(self, actor: Actor, hours_id: int) -> None:
        """Remove opening hours that nothing follows.

        Raises:
            NotFound, Conflict: there are none; a queue or inbox follows them.
        """
        async with self._db.tenant(actor.tenant_id) as conn:
            try:
                if not await queries.delete_hours(conn, tenant_id=actor.tenant_id, id=hours_id):
                    raise NotFound(f"there are no hours {hours_id}")
            except asyncpg.ForeignKeyViolationError as error:
                raise Conflict(f"a {error.table_name} still follows them", used_by=error.table_name) from None
            await self._recorder.audit(conn, actor, "hours_removed", f"hours:{hours_id}")
        self._queues.changed(actor.tenant_id, "hours")


def _shown_hours(row: Any, at_ms: int) -> Hours:
    hours = msgspec.convert(dict(row), HoursWrite)
    calendar = rules.calendar_of(hours)
    return msgspec.convert(
        dict(row) | {"is_open": calendar.is_open(at_ms), "next_change_at_ms": calendar.next_change_ms(at_ms)},
        Hours,
    )
