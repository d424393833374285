"""Queues: what is written by hand, what happens in them, and what the engine is told of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import msgspec

from ucc.domain.actor import Actor
from ucc.domain.engine import RemoveQueue, SetQueue
from ucc.domain.errors import BadInput, Conflict, NotFound
from ucc.domain.people import Distribution, HoursWrite, PauseWrite, Queue, QueueWrite, Requirement, SlaPolicy
from ucc.domain.policy import levels_told, steps_told, told
from ucc.kit.clock import now_ms
from ucc.kit.db import Conn, Database
from ucc.kit.ids import Ids
from ucc.routing import rules
from ucc.routing.conditions import check_known, check_meaning, check_names
from ucc.routing.dispatch import add_command
from ucc.routing.policies import FIRST, PAGE_MAX, Recorder, check_name, out_of_range, taken, unknown
from ucc.routing.queue_limits import check_chain, check_figures, check_levels
from ucc.routing.store import queries
from ucc.routing.streams import ListHints
from ucc.routing.targets import targets_of

ANSWER_MS = 30_000  # of a queue without an SLA policy
PROMISE = ("answer_s", "answer_percent")  # of an SLA policy, shown with the queue


class Queues:
    """The verbs of queues."""

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
        """Tell the engine of a queue as it is in this transaction, its calendar for 400 days."""
        rows = await queries.list_queues(
            conn, tenant_id=tenant_id, queue_ids=[queue_id], after_name="", after_id=0, count=1
        )
        if not rows or not rows[0]["is_active"]:
            await add_command(conn, tenant_id, RemoveQueue(queue=queue_id))
            return
        await add_command(conn, tenant_id, _command_of(rows[0]))

    async def configured(self, conn: Conn, tenant_id: int) -> list[SetQueue]:
        """Return every active queue as the engine is told of it."""
        found = await queries.list_queue_ids(conn, tenant_id=tenant_id, followed_id=None)
        ids = [row["id"] for row in found]
        rows = await queries.list_queues(
            conn, tenant_id=tenant_id, queue_ids=ids, after_name="", after_id=0, count=len(ids)
        )
        return [_command_of(row) for row in rows]

    async def configure_all(self, tenant_id: int) -> int:
        """Expand the calendars of all active queues again; return how many there are."""
        async with self._db.tenant(tenant_id) as conn:
            count = await self.configure_following(conn, tenant_id, None)
        self._wake(tenant_id)
        return count

    async def configure_following(self, conn: Conn, tenant_id: int, followed_id: int | None) -> int:
        """Tell the engine of every active queue that follows these hours or this policy (None: of all)."""
        rows = await queries.list_queue_ids(conn, tenant_id=tenant_id, followed_id=followed_id)
        for row in rows:
            await self.configure(conn, tenant_id, row["id"])
        return len(rows)

    # --- queues -----------------------------------------------------------------------------------------

    async def list_page(
        self,
        actor: Actor,
        *,
        queue_ids: list[int] | None = None,
        after: tuple[str, int] = FIRST,
        count: int = PAGE_MAX,
    ) -> list[Queue]:
        """Return queues by name after (name, id), each with what happens in it now."""
        async with self._db.tenant(actor.tenant_id) as conn:
            rows = await queries.list_queues(
                conn,
                tenant_id=actor.tenant_id,
                queue_ids=queue_ids,
                after_name=after[0],
                after_id=after[1],
                count=count,
            )
            agents = await queries.list_routable_agents(conn, tenant_id=actor.tenant_id)
        at_ms = now_ms()
        return [_queue_of(row, [agent["skills"] for agent in agents], at_ms) for row in rows]

    async def get(self, actor: Actor, queue_id: int) -> Queue:
        """Return one queue.

        Raises:
            NotFound: there is none with this id.
        """
        found = await self.list_page(actor, queue_ids=[queue_id])
        if not found:
            raise NotFound(f"there is no queue {queue_id}")
        return found[0]

    async def add(self, actor: Actor, write: QueueWrite) -> Queue:
        """Add a queue.

        Raises:
            BadInput: a field is not allowed.
            Conflict: there is one of this name.
        """
        queue_id = self._ids.take()
        return await self._write_queue(actor, queue_id, write, queries.add_queue, "queue_added")

    async def change(self, actor: Actor, queue_id: int, write: QueueWrite) -> Queue:
        """Write a queue whole; waiting work keeps its place.

        Raises:
            NotFound: there is none with this id.
            BadInput, Conflict: a field is not allowed; the name is taken; work still waits in it.
        """
        return await self._write_queue(actor, queue_id, write, queries.change_queue, "queue_changed")

    async def pause(self, actor: Actor, queue_id: int, write: PauseWrite) -> Queue:
        """Hand out nothing for now; waiting work keeps its place here, or goes to the redirect queue (R61).

        Raises:
            NotFound: there is no active queue with this id.
            BadInput: the redirect queue is this one, or takes no work.
        """
        other = write.redirect_queue_id
        change = {"is_paused": True, "redirect_queue_id": other}
        async with self._db.tenant(actor.tenant_id) as conn:
            if other is not None:
                await self._check_other(conn, actor.tenant_id, queue_id, "redirect_queue_id", other)
            await self._distribute(conn, actor, queue_id, change, "queue_paused")
        self.changed(actor.tenant_id, "queues")
        return await self.get(actor, queue_id)

    async def resume(self, actor: Actor, queue_id: int) -> Queue:
        """Hand out again what waits and what comes.

        Raises:
            NotFound: there is no active queue with this id.
        """
        async with self._db.tenant(actor.tenant_id) as conn:
            await self._distribute(conn, actor, queue_id, {"is_paused": False}, "queue_resumed")
        self.changed(actor.tenant_id, "queues")
        return await self.get(actor, queue_id)

    async def _distribute(
        self, conn: Conn, actor: Actor, queue_id: int, change: dict[str, Any], act: str
    ) -> None:
        tenant_id = actor.tenant_id
        if not await queries.distribute_queue(conn, tenant_id=tenant_id, id=queue_id, change=change):
            raise NotFound(f"there is no active queue {queue_id}")
        await self.configure(conn, tenant_id, queue_id)
        await self._recorder.audit(conn, actor, act, f"queue:{queue_id}", change)

    async def _write_queue(
        self, actor: Actor, queue_id: int, write: QueueWrite, query: Callable[..., Awaitable[Any]], act: str
    ) -> Queue:
        tenant_id = actor.tenant_id
        name = check_name(write.name)
        fields = msgspec.structs.asdict(write) | {
            "name": name,
            "requirement": [[one.skill_id, one.level] for one in write.requirement],
            "distribution": msgspec.to_builtins(write.distribution),
        }
        async with self._db.tenant(tenant_id) as conn:
            await queries.lock_queues(conn, tenant_id=tenant_id)
            await self._check_queue(conn, tenant_id, queue_id, write)
            try:
                if not await query(conn, tenant_id=tenant_id, id=queue_id, **fields):
                    raise NotFound(f"there is no queue {queue_id}")
            except asyncpg.UniqueViolationError:
                raise taken("queue", name) from None
            except asyncpg.ForeignKeyViolationError as error:
                raise unknown(error, fields) from None
            except asyncpg.CheckViolationError as error:
                raise out_of_range(error, fields) from None
            await self.configure(conn, tenant_id, queue_id)
            await self._recorder.audit(conn, actor, act, f"queue:{queue_id}", fields)
        self.changed(tenant_id, "queues")
        return await self.get(actor, queue_id)

    async def _check_queue(self, conn: Conn, tenant_id: int, queue_id: int, write: QueueWrite) -> None:
        await self._check_policy(conn, tenant_id, write)
        others = await queries.list_overflows(conn, tenant_id=tenant_id)
        leads = {row["id"]: row["overflow_queue_id"] for row in others}
        names = {row["id"]: row["name"] for row in others}
        check_chain(queue_id, leads | {queue_id: write.overflow_queue_id}, names | {queue_id: write.name})
        named = {
            "overflow_queue_id": write.overflow_queue_id,
            "blocked_queue_id": write.blocked_queue_id,
            "distribution.redirect_queue_id": write.distribution.redirect_queue_id,
        }
        for field, other in named.items():
            if other is not None:
                await self._check_other(conn, tenant_id, queue_id, field, other)
        if not write.is_active:
            kinds = ("inboxes", "overflows", "blocked_queues", "interactions")
            await self._check_unused(conn, tenant_id, queue_id, kinds)

    async def _check_other(self, conn: Conn, tenant_id: int, queue_id: int, field: str, other: int) -> None:
        """Refuse a queue that is this one, or takes no work."""
        rows = await queries.list_queue_ids(conn, tenant_id=tenant_id, followed_id=None)
        if other == queue_id or other not in {row["id"] for row in rows}:
            raise BadInput(f"{field} is {other}; allowed is another active queue", field=field)

    async def _check_policy(self, conn: Conn, tenant_id: int, write: QueueWrite) -> None:
        """Refuse what a queue cannot ask or how it cannot hand work out, whatever other queues do."""
        check_figures(write)
        asked = [("requirement", write.requirement)]
        conditions = [("distribution.condition", write.distribution.condition)]
        for at, step in enumerate(write.distribution.relaxation):
            asked.append((f"distribution.relaxation[{at}].requirement", step.requirement))
            conditions.append((f"distribution.relaxation[{at}].condition", step.condition))
        for field, requirement in asked:
            await self.check_asked(conn, tenant_id, field, requirement)
        for field, condition in conditions:
            if condition is not None:
                await check_names(conn, tenant_id, condition, field)
        alone = SetQueue(0, levels_told(write.requirement), **_distributed(write.distribution))
        check_meaning(alone, "distribution")

    async def as_written(
        self, conn: Conn, tenant_id: int, queue_id: int, write: QueueWrite
    ) -> Callable[[SetQueue], SetQueue]:
        """Return what a queue would ask and how hand out if it were written so; hours as they are.

        Raises:
            BadInput: it could not be written so.
        """
        await self._check_policy(conn, tenant_id, write)
        fields = {"requirement": levels_told(write.requirement), **_distributed(write.distribution)}
        return lambda config: msgspec.structs.replace(config, **fields)

    async def check_asked(
        self, conn: Conn, tenant_id: int, field: str, requirement: list[Requirement]
    ) -> None:
        """Refuse a list of skills that cannot be asked.

        Raises:
            BadInput: too many, one twice, a level outside 1 to 10, or a skill that does not exist.
        """
        check_levels(field, requirement)
        skills = {asked.skill_id: f"{field}[{at}].skill_id" for at, asked in enumerate(requirement)}
        await check_known(conn, tenant_id, skills=skills, agents={})

    async def _check_unused(self, conn: Conn, tenant_id: int, queue_id: int, kinds: tuple[str, ...]) -> None:
        uses = await queries.count_queue_uses(conn, tenant_id=tenant_id, queue_id=queue_id)
        found = {kind: uses[kind] for kind in kinds if uses[kind]}
        if found:
            words = ", ".join(f"{count} {kind}" for kind, count in found.items())
            raise Conflict(f"the queue is in use: {words} name it", **found)

    async def remove(self, actor: Actor, queue_id: int) -> None:
        """Remove a queue that nothing names; one with history is made inactive instead.

        Raises:
            NotFound: there is none with this id.
            Conflict: something names it; the problem says what and how many.
        """
        tenant_id = actor.tenant_id
        async with self._db.tenant(tenant_id) as conn:
            kinds = ("inboxes", "overflows", "blocked_queues", "conversations", "interactions")
            await self._check_unused(conn, tenant_id, queue_id, kinds)
            if not await queries.delete_queue(conn, tenant_id=tenant_id, id=queue_id):
                raise NotFound(f"there is no queue {queue_id}")
            await add_command(conn, tenant_id, RemoveQueue(queue=queue_id))
            await self._recorder.audit(conn, actor, "queue_removed", f"queue:{queue_id}")
        self.changed(tenant_id, "queues")

    def changed(self, tenant_id: int, *names: str) -> None:
        """Wake the owner and tell consoles, after the commit."""
        self._wake(tenant_id)
        self._hints.changed(tenant_id, *names, "queues")


def _command_of(row: Any) -> SetQueue:
    """Return what the engine is told of a queue, its calendar for 400 days."""
    handed = msgspec.convert(row["distribution"], Distribution)
    policy = None if row["sla_policy"] is None else msgspec.convert(row["sla_policy"], SlaPolicy)
    return SetQueue(
        queue=row["id"],
        requirement=[(skill, level) for skill, level in row["requirement"]],
        offer_ms=row["offer_s"] * 1000,
        wrap_up_ms=row["wrap_up_s"] * 1000,
        answer_target_ms=ANSWER_MS if policy is None else policy.answer_s * 1000,
        preferred_ms=row["preferred_s"] * 1000,
        overflow_after_ms=None if row["overflow_after_s"] is None else row["overflow_after_s"] * 1000,
        overflow_queue=row["overflow_queue_id"],
        overflow_exit=row["overflow_exit"],
        blocked_queue=row["blocked_queue_id"],
        waiting_max=row["waiting_max"],
        open=rules.open_intervals(_hours_of(row), now_ms()),
        sla=[] if policy is None else targets_of(policy),
        **_distributed(handed),
    )


def _distributed(handed: Distribution) -> dict[str, Any]:
    """Return the fields of SetQueue that say how a queue orders its work and hands it out."""
    return {
        "condition": told(handed.condition),
        "relaxation": steps_told(handed.relaxation),
        "order_by": handed.order_by,
        "share_per_hour": handed.share_per_hour,
        "agent_choice": handed.agent_choice,
        "reserve": handed.reserve,
        "agent_units_max": handed.agent_units_max,
        "auto_accept": handed.auto_accept,
        "broadcast": handed.broadcast,
        "connect_ms": handed.connect_s * 1000,
        "callback_retry_ms": handed.callback_retry_s * 1000,
        "callback_tries": handed.callback_tries,
        "overflow_length": handed.overflow_length,
        "is_paused": handed.is_paused,
        "redirect_queue": handed.redirect_queue_id,
    }


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
            **{name: value for name, value in (row["sla_policy"] or {}).items() if name in PROMISE},
        },
        Queue,
    )
