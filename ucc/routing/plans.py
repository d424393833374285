"""Planned shifts and breaks: an agent's plan as routing follows it, written whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from ucc.domain import engine as e
from ucc.domain.actor import Actor
from ucc.domain.errors import BadInput, NotFound
from ucc.domain.people import AgentPlan, PlannedBreak, PlannedShift, PlanWrite
from ucc.domain.states import OffQueueReason
from ucc.kit.clock import now_ms
from ucc.kit.db import Database
from ucc.routing.dispatch import Dispatch
from ucc.routing.policies import Recorder
from ucc.routing.refusals import Refused
from ucc.routing.store import queries

SHIFTS_MAX = 200
BREAKS_MAX = 1_000
AHEAD_MS_MAX = 400 * 86_400_000
_REASONS = tuple(reason for reason in OffQueueReason if reason != OffQueueReason.OWN)


class PlanDesk:
    """The verbs of plans."""

    def __init__(self, db: Database, dispatch: Dispatch, recorder: Recorder) -> None:
        self._db = db
        self._dispatch = dispatch
        self._recorder = recorder

    async def list_page(self, actor: Actor, *, after_id: int = 0, count: int) -> list[AgentPlan]:
        """Return the plans of up to `count` active users behind an id, of those who have one."""
        async with self._db.tenant(actor.tenant_id) as conn:
            rows = await queries.list_plans(conn, tenant_id=actor.tenant_id, after_id=after_id, count=count)
        return [_plan(row["agent_id"], row) for row in rows]

    async def get(self, actor: Actor, agent_id: int) -> AgentPlan:
        """Return an agent's plan; who has none has an empty one.

        Raises:
            NotFound: there is no such active user.
        """
        async with self._db.tenant(actor.tenant_id) as conn:
            row = await queries.read_plan(conn, tenant_id=actor.tenant_id, agent_id=agent_id)
        if row is None:
            raise NotFound(f"there is no agent {agent_id}")
        return _plan(agent_id, row)

    async def put(self, actor: Actor, agent_id: int, write: PlanWrite) -> AgentPlan:
        """Write an agent's plan whole. What it has begun or ended by now is so at once.

        Raises:
            NotFound: there is no such active user.
            BadInput: a shift or a break is not allowed; the text names its path.
            Refused: routing does not know the agent.
        """
        check_plan(write, now_ms())
        await self.get(actor, agent_id)
        command = e.SetPlan(
            agent=agent_id,
            shifts=[(one.from_ms, one.to_ms) for one in write.shifts],
            breaks=[e.PlannedBreak(one.from_ms, one.to_ms, one.reason) for one in write.breaks],
        )
        outcome = await self._dispatch.submit(actor.tenant_id, command)
        if outcome.refusal is not None:
            raise Refused(outcome.refusal, agent_id=agent_id)
        async with self._db.tenant(actor.tenant_id) as conn:
            detail = msgspec.to_builtins(write)
            await self._recorder.audit(conn, actor, "plan_changed", f"user:{agent_id}", detail)
        return await self.get(actor, agent_id)


def _plan(agent_id: int, row: Any) -> AgentPlan:
    return AgentPlan(
        agent_id=agent_id,
        shifts=[PlannedShift(from_ms=from_ms, to_ms=to_ms) for from_ms, to_ms in row["shifts"]],
        breaks=msgspec.convert(row["breaks"], list[PlannedBreak]),
    )


def check_plan(write: PlanWrite, at_ms: int) -> None:
    """Refuse a plan that routing could not follow.

    Raises:
        BadInput: the text names the path, what was found and what is allowed.
    """
    _check_intervals("shifts", write.shifts, SHIFTS_MAX, at_ms)
    _check_intervals("breaks", write.breaks, BREAKS_MAX, at_ms)
    for place, one in enumerate(write.breaks):
        if one.reason not in _REASONS:
            path = f"breaks[{place}].reason"
            raise BadInput(f"{path} is {one.reason}; allowed are {', '.join(_REASONS)}", field=path)


def _check_intervals(
    field: str, intervals: Sequence[PlannedShift | PlannedBreak], count_max: int, at_ms: int
) -> None:
    if len(intervals) > count_max:
        raise BadInput(f"{field} has {len(intervals)}; allowed are {count_max}", field=field)
    until_ms = 0
    for place, one in enumerate(intervals):
        path = f"{field}[{place}]"
        if one.from_ms < until_ms:
            raise BadInput(
                f"{path}.from_ms is {one.from_ms}; allowed is {until_ms} or later, after the one before",
                field=f"{path}.from_ms",
            )
        if not one.from_ms < one.to_ms <= at_ms + AHEAD_MS_MAX:
            raise BadInput(
                f"{path}.to_ms is {one.to_ms}; allowed is later than {one.from_ms}, in the next 400 days",
                field=f"{path}.to_ms",
            )
        until_ms = one.to_ms
