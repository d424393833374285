"""Queues, hours and SLA policies: what is written by hand, and what the engine is told of it in the same transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import asyncpg
import msgspec

from ucc.domain.actor import Actor
from ucc.domain.engine import RemoveQueue, SetQueue
from ucc.domain.errors import BadInput, Conflict, NotFound
from ucc.domain.people import Hours, HoursWrite, Queue, QueueWrite, SlaPolicy, SlaPolicyWrite
from ucc.kit.clock import now_ms
from ucc.kit.db import Conn, Database
from ucc.kit.ids import Ids
from ucc.routing import rules
from ucc.routing.dispatch import add_command
from ucc.routing.store import queries
from ucc.routing.streams import ListHints

ANSWER_MS = 30_000  # of a queue without an SLA policy
REQUIREMENTS_MAX = 20
NAME_MAX = 80


class Recorder(Protocol):
    """Who keeps the audit."""

    async def audit(
        self, conn: Conn, actor: Actor, act: str, target: str, detail: dict[str, Any] | None = None
    ) -> None:
        """Record an act in the caller's transaction."""


class Policies:
    """The verbs of queues, hours and SLA policies."""

    def __init__(
        self, db: Database, ids: Ids, recorder: Recorder, hints: ListHints, wake: Callable[[int], None]
    ) -> None:
        self._db = db
        self._ids = ids
        self._recorder = recorder
        self._hints = hints
        self._wake = wake

    # --- what the engine is told ------------------------------------------------------------------------

    async def configure(self, conn: Conn, tenant_id: int, queue_id: int) -> None:
        """Tell the engine of a queue as it is in this transaction, its calendar as open intervals for 400 days."""
        rows = await queries.list_queues(conn, tenant_id=tenant_id, queue_ids=[queue_id])
        if not rows or not rows[0]["is_active"]:
            await add_command(conn, tenant_id, RemoveQueue(queue=queue_id))
            return
        row = rows[0]
        command = SetQueue(
            queue=queue_id,
            requirement=[(skill, level) for skill, level in row["requirement"]],
            offer_ms=row["offer_s"] * 1000,
            wrap_up_ms=row["wrap_up_s"] * 1000,
            answer_target_ms=ANSWER_MS if row["answer_s"] is None else row["answer_s"] * 1000,
            preferred_ms=row["preferred_s"] * 1000,
            overflow_after_ms=None if row["overflow_after_s"] is None else row["overflow_after_s"] * 1000,
            overflow_queue=row["overflow_queue_id"],
            waiting_max=row["waiting_max"],
            open=rules.open_intervals(_hours_of(row), now_ms()),
        )
        await add_command(conn, tenant_id, command)

    async def configure_all(self, tenant_id: int, *, hours_id: int | None = None) -> int:
        """Expand the calendars of all active queues again; return how many there are."""
        async with self._db.tenant(tenant_id) as conn:
            count = await self._configure_following(conn, tenant_id, hours_id=hours_id)
        self._wake(tenant_id)
        return count

    async def _configure_following(
        self, conn: Conn, tenant_id: int, *, hours_id: int | None = None, sla_policy_id: int | None = None
    ) -> int:
        rows = await queries.list_queue_ids(
            conn, tenant_id=tenant_id, hours_id=hours_id, sla_policy_id=sla_policy_id
        )
        for row in rows:
            await self.configure(conn, tenant_id, row["id"])
        return len(rows)

    # --- queues -----------------------------------------------------------------------------------------

    async def list_queues(self, actor: Actor, queue_ids: list[int] | None = None) -> list[Queue]:
        """Return queues by name, each with what happens in it now."""
        async with self._db.tenant(actor.tenant_id) as conn:
            rows = await queries.list_queues(conn, tenant_id=actor.tenant_id, queue_ids=queue_ids)
            agents = await queries.list_routable_agents(conn, tenant_id=actor.tenant_id)
        at_ms = now_ms()
        return [_queue_of(row, [agent["skills"] for agent in agents], at_ms) for row in rows]

    async def get_queue(self, actor: Actor, queue_id: int) -> Queue:
        """Return one queue.

        Raises:
            NotFound: there is none with this id.
        """
        found = await self.list_queues(actor, [queue_id])
        if not found:
            raise NotFound(f"there is no queue {queue_id}")
        return found[0]

    async def add_queue(self, actor: Actor, write: QueueWrite) -> Queue:
        """Add a queue.

        Raises:
            BadInput: a field is not allowed.
            Conflict: there is one of this name.
        """
        queue_id = self._ids.take()
        return await self._write_queue(actor, queue_id, write, queries.add_queue, "queue_added")

    async def change_queue(self, actor: Actor, queue_id: int, write: QueueWrite) -> Queue:
        """Write a queue whole; waiting work keeps its place.

        Raises:
            NotFound: there is none with this id.
            BadInput, Conflict: a field is not allowed; the name is taken; work still waits in it.
        """
        return await self._write_queue(actor, queue_id, write, queries.change_queue, "queue_changed")

    async def _write_queue(
        self, actor: Actor, queue_id: int, write: QueueWrite, query: Callable[..., Awaitable[Any]], act: str
    ) -> Queue:
        tenant_id = actor.tenant_id
        name = _name(write.name)
        fields = msgspec.structs.asdict(write) | {
            "name": name,
            "requirement": [[one.skill_id, one.level] for one in write.requirement],
        }
        async with self._db.tenant(tenant_id) as conn:
            await self._check_queue(conn, tenant_id, queue_id, write)
            try:
                if not await query(conn, tenant_id=tenant_id, id=queue_id, **fields):
                    raise NotFound(f"there is no queue {queue_id}")
            except asyncpg.UniqueViolationError:
                raise _taken("queue", name) from None
            except asyncpg.ForeignKeyViolationError as error:
                raise _unknown(error) from None
            except asyncpg.CheckViolationError as error:
                raise _out_of_range(error, fields) from None
            await self.configure(conn, tenant_id, queue_id)
            await self._recorder.audit(conn, actor, act, f"queue:{queue_id}", fields)
        self._changed(tenant_id, "queues")
        return await self.get_queue(actor, queue_id)

    async def _check_queue(self, conn: Conn, tenant_id: int, queue_id: int, write: QueueWrite) -> None:
        skills = [one.skill_id for one in write.requirement]
        if len(skills) > REQUIREMENTS_MAX:
            raise BadInput(
                f"{len(skills)} skills are required, limit {REQUIREMENTS_MAX}", field="requirement"
            )
        if len(set(skills)) != len(skills):
            raise BadInput("a skill stands twice in the requirement", field="requirement")
        if wrong := [one.level for one in write.requirement if not 1 <= one.level <= 10]:
            raise BadInput(f"level is {wrong[0]}; allowed are 1 to 10", field="requirement")
        if await queries.count_skills(conn, tenant_id=tenant_id, skill_ids=skills) != len(skills):
            raise BadInput("the requirement names a skill that does not exist", field="requirement")
        if write.overflow_after_s is not None and write.overflow_queue_id is None:
            raise BadInput("overflow after a time needs a queue to overflow to", field="overflow_queue_id")
        overflows = await queries.list_overflows(conn, tenant_id=tenant_id)
        leads = {row["id"]: row["overflow_queue_id"] for row in overflows} | {
            queue_id: write.overflow_queue_id
        }
        seen, at = {queue_id}, write.overflow_queue_id
        while at is not None:
            if at in seen:
                raise BadInput("queues must not overflow in a circle", field="overflow_queue_id")
            seen.add(at)
            at = leads.get(at)
        if not write.is_active:
            await self._check_unused(conn, tenant_id, queue_id, ("inboxes", "overflows", "interactions"))

    async def _check_unused(self, conn: Conn, tenant_id: int, queue_id: int, kinds: tuple[str, ...]) -> None:
        uses = await queries.count_queue_uses(conn, tenant_id=tenant_id, queue_id=queue_id)
        found = {kind: uses[kind] for kind in kinds if uses[kind]}
        if found:
            words = ", ".join(f"{count} {kind}" for kind, count in found.items())
            raise Conflict(f"the queue is in use: {words} name it", **found)

    async def remove_queue(self, actor: Actor, queue_id: int) -> None:
        """Remove a queue that nothing names; one with history is made inactive instead.

        Raises:
            NotFound: there is none with this id.
            Conflict: something names it; the problem says what and how many.
        """
        tenant_id = actor.tenant_id
        async with self._db.tenant(tenant_id) as conn:
            await self._check_unused(
                conn, tenant_id, queue_id, ("inboxes", "overflows", "conversations", "interactions")
            )
            if not await queries.delete_queue(conn, tenant_id=tenant_id, id=queue_id):
                raise NotFound(f"there is no queue {queue_id}")
            await add_command(conn, tenant_id, RemoveQueue(queue=queue_id))
            await self._recorder.audit(conn, actor, "queue_removed", f"queue:{queue_id}")
        self._changed(tenant_id, "queues")

    # --- hours ------------------------------------------------------------------------------------------

    async def list_hours(self, actor: Actor, hours_ids: list[int] | None = None) -> list[Hours]:
        """Return opening hours by name, each with what it says now."""
        async with self._db.tenant(actor.tenant_id) as conn:
            rows = await queries.list_hours(conn, tenant_id=actor.tenant_id, hours_ids=hours_ids)
        at_ms = now_ms()
        return [_shown_hours(row, at_ms) for row in rows]

    async def get_hours(self, actor: Actor, hours_id: int) -> Hours:
        """Return opening hours.

        Raises:
            NotFound: there are none with this id.
        """
        found = await self.list_hours(actor, [hours_id])
        if not found:
            raise NotFound(f"there are no hours {hours_id}")
        return found[0]

    async def add_hours(self, actor: Actor, write: HoursWrite) -> Hours:
        """Add opening hours.

        Raises:
            BadInput, Conflict: a field is not allowed; the name is taken.
        """
        return await self._write_hours(actor, self._ids.take(), write, queries.add_hours, "hours_added")

    async def change_hours(self, actor: Actor, hours_id: int, write: HoursWrite) -> Hours:
        """Write opening hours whole; every queue that follows them learns it at once.

        Raises:
            NotFound, BadInput, Conflict: there are none; a field is not allowed; the name is taken.
        """
        return await self._write_hours(actor, hours_id, write, queries.change_hours, "hours_changed")

    async def _write_hours(
        self, actor: Actor, hours_id: int, write: HoursWrite, query: Callable[..., Awaitable[Any]], act: str
    ) -> Hours:
        rules.check_hours(write)
        tenant_id = actor.tenant_id
        fields = msgspec.to_builtins(write) | {"name": _name(write.name)}
        async with self._db.tenant(tenant_id) as conn:
            try:
                if not await query(conn, tenant_id=tenant_id, id=hours_id, **fields):
                    raise NotFound(f"there are no hours {hours_id}")
            except asyncpg.UniqueViolationError:
                raise _taken("hours", fields["name"]) from None
            await self._configure_following(conn, tenant_id, hours_id=hours_id)
            await self._recorder.audit(conn, actor, act, f"hours:{hours_id}", fields)
        self._changed(tenant_id, "hours")
        return await self.get_hours(actor, hours_id)

    async def remove_hours(self, actor: Actor, hours_id: int) -> None:
        """Remove opening hours that nothing follows.

        Raises:
            NotFound, Conflict: there are none; a queue or inbox follows them.
        """
        await self._remove(actor, "hours", hours_id, queries.delete_hours)

    # --- SLA policies --------------------------------------------------------------------------------------

    async def list_sla_policies(self, actor: Actor, policy_ids: list[int] | None = None) -> list[SlaPolicy]:
        """Return SLA policies by name."""
        async with self._db.tenant(actor.tenant_id) as conn:
            rows = await queries.list_sla_policies(conn, tenant_id=actor.tenant_id, policy_ids=policy_ids)
        return [SlaPolicy(**row) for row in rows]

    async def get_sla_policy(self, actor: Actor, policy_id: int) -> SlaPolicy:
        """Return one SLA policy.

        Raises:
            NotFound: there is none with this id.
        """
        found = await self.list_sla_policies(actor, [policy_id])
        if not found:
            raise NotFound(f"there is no SLA policy {policy_id}")
        return found[0]

    async def add_sla_policy(self, actor: Actor, write: SlaPolicyWrite) -> SlaPolicy:
        """Add an SLA policy.

        Raises:
            BadInput, Conflict: a field is not allowed; the name is taken.
        """
        policy_id = self._ids.take()
        return await self._write_sla_policy(
            actor, policy_id, write, queries.add_sla_policy, "sla_policy_added"
        )

    async def change_sla_policy(self, actor: Actor, policy_id: int, write: SlaPolicyWrite) -> SlaPolicy:
        """Write an SLA policy whole; work that queues from now on has its targets.

        Raises:
            NotFound, BadInput, Conflict: there is none; a field is not allowed; the name is taken.
        """
        return await self._write_sla_policy(
            actor, policy_id, write, queries.change_sla_policy, "sla_policy_changed"
        )

    async def _write_sla_policy(
        self,
        actor: Actor,
        policy_id: int,
        write: SlaPolicyWrite,
        query: Callable[..., Awaitable[Any]],
        act: str,
    ) -> SlaPolicy:
        tenant_id = actor.tenant_id
        fields = msgspec.structs.asdict(write) | {"name": _name(write.name)}
        async with self._db.tenant(tenant_id) as conn:
            try:
                if not await query(conn, tenant_id=tenant_id, id=policy_id, **fields):
                    raise NotFound(f"there is no SLA policy {policy_id}")
            except asyncpg.UniqueViolationError:
                raise _taken("SLA policy", fields["name"]) from None
            except asyncpg.CheckViolationError as error:
                raise _out_of_range(error, fields) from None
            await self._configure_following(conn, tenant_id, sla_policy_id=policy_id)
            await self._recorder.audit(conn, actor, act, f"sla_policy:{policy_id}", fields)
        self._changed(tenant_id, "sla_policies")
        return await self.get_sla_policy(actor, policy_id)

    async def remove_sla_policy(self, actor: Actor, policy_id: int) -> None:
        """Remove an SLA policy that no queue follows.

        Raises:
            NotFound, Conflict: there is none; a queue follows it.
        """
        await self._remove(actor, "sla_policy", policy_id, queries.delete_sla_policy)

    async def _remove(self, actor: Actor, kind: str, one: int, query: Callable[..., Awaitable[Any]]) -> None:
        async with self._db.tenant(actor.tenant_id) as conn:
            try:
                if not await query(conn, tenant_id=actor.tenant_id, id=one):
                    raise NotFound(f"there is no {kind} {one}")
            except asyncpg.ForeignKeyViolationError as error:
                raise Conflict(f"a {error.table_name} still follows it", used_by=error.table_name) from None
            await self._recorder.audit(conn, actor, f"{kind}_removed", f"{kind}:{one}")
        self._changed(actor.tenant_id, "hours" if kind == "hours" else "sla_policies")

    def _changed(self, tenant_id: int, *names: str) -> None:
        self._wake(tenant_id)
        self._hints.changed(tenant_id, *names, "queues")


def _name(text: str) -> str:
    name = text.strip()
    if not 1 <= len(name) <= NAME_MAX:
        raise BadInput(f"name is {len(name)} characters, allowed are 1 to {NAME_MAX}", field="name")
    return name


def _taken(kind: str, name: str) -> Conflict:
    return Conflict(f"there is a {kind} named {name!r} already", field="name")


def _unknown(error: asyncpg.ForeignKeyViolationError) -> BadInput:
    """Return the refusal of a foreign key: PostgreSQL's detail names the columns and the table."""
    return BadInput(f"this names something that does not exist: {error.detail}")


def _out_of_range(error: asyncpg.CheckViolationError, fields: dict[str, Any]) -> BadInput:
    """Return the refusal of a check; its name is <table>_<column>_check."""
    table = str(error.table_name)
    field = str(error.constraint_name).removeprefix(f"{table}_").removesuffix("_check")
    return BadInput(f"{field} is {fields.get(field)!r}, which is outside its limits", field=field)


def _hours_of(row: Any) -> HoursWrite | None:
    """Return the hours a queue's row carries, or None for always open."""
    if row["time_zone"] is None:
        return None
    return msgspec.convert(
        {"name": "", "time_zone": row["time_zone"], "week": row["week"], "holidays": row["holidays"]},
        HoursWrite,
    )


def _queue_of(row: Any, agents: list[dict[str, int]], at_ms: int) -> Queue:
    hours = _hours_of(row)
    needed = row["requirement"]
    staffed = sum(all(skills.get(str(skill), 0) >= level for skill, level in needed) for skills in agents)
    values = {name: row[name] for name in QueueWrite.__struct_fields__ if name != "requirement"}
    return msgspec.convert(
        values
        | {
            "id": row["id"],
            "requirement": [{"skill_id": skill, "level": level} for skill, level in needed],
            "is_open": row["is_active"] and (hours is None or rules.calendar_of(hours).is_open(at_ms)),
            "staffed": staffed,
            "waiting": row["waiting"],
        },
        Queue,
    )


def _shown_hours(row: Any, at_ms: int) -> Hours:
    hours = msgspec.convert(dict(row), HoursWrite)
    calendar = rules.calendar_of(hours)
    return msgspec.convert(
        dict(row) | {"is_open": calendar.is_open(at_ms), "next_change_at_ms": calendar.next_change_ms(at_ms)},
        Hours,
    )
