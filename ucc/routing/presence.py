"""Presence as people set and see it: status, next status, block; the session axis is in sessions.py."""

from __future__ import annotations

from typing import Any

from ucc.domain.actor import Actor, Permission
from ucc.domain.engine import ClearBlock, SetStatus
from ucc.domain.errors import BadInput, NotFound
from ucc.domain.people import Presence, StatusWrite
from ucc.domain.states import OffQueueReason, Status
from ucc.domain.team import TeamMember
from ucc.kit.clock import now_ms
from ucc.kit.db import Database
from ucc.routing import store
from ucc.routing.dispatch import Dispatch
from ucc.routing.policies import Recorder
from ucc.routing.refusals import Refused
from ucc.routing.store import queries

# Of what is asked for since a moment: a batch decided then may have committed a little later.
OVERLAP_MS = 3_000


class PresenceDesk:
    """The verbs of presence."""

    def __init__(self, db: Database, dispatch: Dispatch, recorder: Recorder) -> None:
        self._db = db
        self._dispatch = dispatch
        self._recorder = recorder

    async def list_team(
        self, actor: Actor, *, agent_ids: list[int] | None = None, after_id: int = 0, count: int
    ) -> list[Presence]:
        """Return the presence of up to `count` active users behind an id; `agent_ids` narrows it to these."""
        async with self._db.tenant(actor.tenant_id) as conn:
            return await store.read_presences(
                conn, actor.tenant_id, agent_ids, after_id=after_id, count=count
            )

    async def list_at_work(
        self, actor: Actor, *, since_ms: int | None = None, after_id: int = 0, count: int
    ) -> list[TeamMember]:
        """Return up to `count` active users behind an id, each with presence and work in hand.

        With `since_ms` it is those alone for whom something changed since, or shortly before.
        """
        tenant_id = actor.tenant_id
        async with self._db.tenant(tenant_id) as conn:
            moved = None
            if since_ms is not None:
                from_ms = since_ms - OVERLAP_MS
                rows = await queries.list_moved_agents(
                    conn, tenant_id=tenant_id, since_ms=from_ms, after_id=after_id, count=count
                )
                moved = [row["id"] for row in rows]
            team = await store.read_presences(conn, tenant_id, moved, after_id=after_id, count=count)
            ids = [one.agent_id for one in team]
            work = await store.read_work_in_hand(conn, tenant_id, ids)
            over = await queries.list_breaks_over(conn, tenant_id=tenant_id, agent_ids=ids, now_ms=now_ms())
            names = await store.read_names(conn, tenant_id, ids)
        ended = {row["agent_id"]: row["over_at_ms"] for row in over}
        return [
            TeamMember(
                name=names.get(one.agent_id, ""),
                presence=one,
                break_over_at_ms=ended.get(one.agent_id),
                work=work.get(one.agent_id, []),
            )
            for one in team
        ]

    async def get(self, actor: Actor, agent_id: int) -> Presence:
        """Return an agent's presence.

        Raises:
            NotFound: there is no such active user.
        """
        async with self._db.tenant(actor.tenant_id) as conn:
            found = await store.read_presences(conn, actor.tenant_id, [agent_id])
        if not found:
            raise NotFound(f"there is no agent {agent_id}")
        return found[0]

    async def set_status(self, actor: Actor, agent_id: int, write: StatusWrite) -> Presence:
        """Choose a status. With unparked work in hand it becomes the next status: nothing is dropped (drain).

        Raises:
            NotAllowed: another's status needs the permission for it.
            BadInput: the reason does not fit the status.
            Refused: the engine does not know the agent.
        """
        _own_or_any(actor, agent_id)
        if write.status == Status.ON_QUEUE and write.reason is not None:
            raise BadInput(f"on_queue has no reason, found {write.reason!r}", field="reason")
        if write.status == Status.OFF_QUEUE and write.reason not in (None, *OffQueueReason):
            allowed = ", ".join(OffQueueReason)
            raise BadInput(f"reason is {write.reason!r}; allowed are {allowed}", field="reason")
        await self.get(actor, agent_id)
        command = SetStatus(agent=agent_id, status=write.status, reason=write.reason)
        outcome = await self._dispatch.submit(actor.tenant_id, command)
        if outcome.refusal is not None:
            raise Refused(outcome.refusal, agent_id=agent_id)
        await self._record(actor, agent_id, "status_set", {"status": write.status, "reason": write.reason})
        return await self.get(actor, agent_id)

    async def clear_block(self, actor: Actor, agent_id: int) -> Presence:
        """Say that an agent who did not respond is there again.

        Raises:
            NotAllowed: another's block needs the permission for it.
            Refused: the engine does not know the agent.
        """
        _own_or_any(actor, agent_id)
        await self.get(actor, agent_id)
        outcome = await self._dispatch.submit(actor.tenant_id, ClearBlock(agent=agent_id))
        if outcome.refusal is not None:
            raise Refused(outcome.refusal, agent_id=agent_id)
        await self._record(actor, agent_id, "block_cleared")
        return await self.get(actor, agent_id)

    async def _record(
        self, actor: Actor, agent_id: int, act: str, detail: dict[str, Any] | None = None
    ) -> None:
        """Record what was done to somebody else."""
        if actor.user_id == agent_id:
            return
        async with self._db.tenant(actor.tenant_id) as conn:
            await self._recorder.audit(conn, actor, act, f"user:{agent_id}", detail)


def _own_or_any(actor: Actor, agent_id: int) -> None:
    own = actor.user_id == agent_id
    actor.require(Permission.PRESENCE_SET_OWN if own else Permission.PRESENCE_SET_ANY)
