"""SLA policies: the targets that queues follow."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import msgspec

from ucc.domain.actor import Actor
from ucc.domain.errors import Conflict, NotFound
from ucc.domain.people import SlaPolicy, SlaPolicyWrite
from ucc.kit.db import Database
from ucc.kit.ids import Ids
from ucc.routing.policies import FIRST, PAGE_MAX, Recorder, check_name, out_of_range, taken
from ucc.routing.queues import Queues
from ucc.routing.store import queries


class SlaDesk:
    """The verbs of SLA policies."""

    def __init__(self, db: Database, ids: Ids, recorder: Recorder, queues: Queues) -> None:
        self._db = db
        self._ids = ids
        self._recorder = recorder
        self._queues = queues

    async def list_page(
        self,
        actor: Actor,
        *,
        policy_ids: list[int] | None = None,
        after: tuple[str, int] = FIRST,
        count: int = PAGE_MAX,
    ) -> list[SlaPolicy]:
        """Return SLA policies by name."""
        async with self._db.tenant(actor.tenant_id) as conn:
            rows = await queries.list_sla_policies(
                conn,
                tenant_id=actor.tenant_id,
                policy_ids=policy_ids,
                after_name=after[0],
                after_id=after[1],
                count=count,
            )
        return [SlaPolicy(**row) for row in rows]

    async def get(self, actor: Actor, policy_id: int) -> SlaPolicy:
        """Return one SLA policy.

        Raises:
            NotFound: there is none with this id.
        """
        found = await self.list_page(actor, policy_ids=[policy_id])
        if not found:
            raise NotFound(f"there is no SLA policy {policy_id}")
        return found[0]

    async def add(self, actor: Actor, write: SlaPolicyWrite) -> SlaPolicy:
        """Add an SLA policy.

        Raises:
            BadInput, Conflict: a field is not allowed; the name is taken.
        """
        policy_id = self._ids.take()
        return await self._write(actor, policy_id, write, queries.add_sla_policy, "sla_policy_added")

    async def change(self, actor: Actor, policy_id: int, write: SlaPolicyWrite) -> SlaPolicy:
        """Write an SLA policy whole; work that queues from now on has its targets.

        Raises:
            NotFound, BadInput, Conflict: there is none; a field is not allowed; the name is taken.
        """
        return await self._write(actor, policy_id, write, queries.change_sla_policy, "sla_policy_changed")

    async def _write(
        self,
        actor: Actor,
        policy_id: int,
        write: SlaPolicyWrite,
        query: Callable[..., Awaitable[Any]],
        act: str,
    ) -> SlaPolicy:
        tenant_id = actor.tenant_id
        fields = msgspec.structs.asdict(write) | {"name": check_name(write.name)}
        async with self._db.tenant(tenant_id) as conn:
            try:
                if not await query(conn, tenant_id=tenant_id, id=policy_id, **fields):
                    raise NotFound(f"there is no SLA policy {policy_id}")
            except asyncpg.UniqueViolationError:
                raise taken("SLA policy", fields["name"]) from None
            except asyncpg.CheckViolationError as error:
                raise out_of_range(error, fields) from None
            await self._queues.configure_following(conn, tenant_id, sla_policy_id=policy_id)
            await self._recorder.audit(conn, actor, act, f"sla_policy:{policy_id}", fields)
        self._queues.changed(tenant_id, "sla_policies")
        return await self.get(actor, policy_id)

    async def remove(self, actor: Actor, policy_id: int) -> None:
        """Remove an SLA policy that no queue follows.

        Raises:
            NotFound, Conflict: there is none; a queue follows it.
        """
        async with self._db.tenant(actor.tenant_id) as conn:
            try:
                if not await queries.delete_sla_policy(conn, tenant_id=actor.tenant_id, id=policy_id):
                    raise NotFound(f"there is no SLA policy {policy_id}")
            except asyncpg.ForeignKeyViolationError as error:
                raise Conflict(f"a {error.table_name} still follows it", used_by=error.table_name) from None
            await self._recorder.audit(conn, actor, "sla_policy_removed", f"sla_policy:{policy_id}")
        self._queues.changed(actor.tenant_id, "sla_policies")
