"""Colleagues beside a contact's work: consults, conferences, hand-over. Calls on hold, contacts in a flow."""

from __future__ import annotations

from ucc.domain.actor import Actor
from ucc.domain.conversation import ConsultWrite, FlowWrite, HandOverWrite, Interaction
from ucc.domain.engine import (
    CompleteConsult,
    Consult,
    HandOver,
    HandToFlow,
    Hold,
    MergeConsult,
    ReturnFromFlow,
    Unhold,
)
from ucc.domain.errors import BadInput
from ucc.kit.clock import now_ms
from ucc.kit.db import Conn
from ucc.kit.ids import Ids
from ucc.routing.store import queries
from ucc.routing.work import WorkDesk

FLOW_S_MAX = 86_400


class ConsultDesk:
    """The verbs by which an agent keeps the contact and others come in; each is the engine's to refuse."""

    def __init__(self, ids: Ids, work: WorkDesk) -> None:
        self._ids = ids
        self._work = work

    async def ask(self, actor: Actor, interaction_id: int, write: ConsultWrite) -> Interaction:
        """Ask a colleague or a queue about work in hand; return the consult, work of its own.

        What is asked is an internal note: it is kept with the consult and enters the log with it.

        Raises:
            BadInput: not exactly one of queue and agent is named, or the note is too long.
            Refused: it is not this agent's active work, or nobody there can come; the code says which.
        """
        if (write.queue_id is None) == (write.agent_id is None):
            raise BadInput("name a queue or an agent to ask, exactly one", field="queue_id")
        agent_id, child_id = actor.require_user(), self._ids.take()
        command = Consult(
            interaction=interaction_id,
            agent=agent_id,
            child=child_id,
            to_agent=write.agent_id,
            queue=write.queue_id,
        )

        async def add(conn: Conn) -> None:
            await queries.add_consult(
                conn,
                tenant_id=actor.tenant_id,
                interaction_id=interaction_id,
                child_id=child_id,
                queue_id=write.queue_id,
                asked_by=agent_id,
                at_ms=now_ms(),
            )

        await self._work.hand_on(actor, command, write.note, add)
        return await self._work.after(actor, child_id)

    async def complete(self, actor: Actor, consult_id: int) -> Interaction:
        """Hand the contact to the colleague who was asked; return the contact's work as it is now.

        Raises:
            Refused: nobody has accepted it, it is not about this agent's active work, or others are in it.
        """
        command = CompleteConsult(interaction=consult_id, agent=actor.require_user())
        return await self._work.do(actor, consult_id, command)

    async def merge(self, actor: Actor, consult_id: int) -> Interaction:
        """Bring the colleague who was asked to the contact: a conference; return the colleague's seat.

        Raises:
            Refused: nobody has accepted it yet, it is not about this agent's active work, or no seat is left.
        """
        command = MergeConsult(interaction=consult_id, agent=actor.require_user())
        return await self._work.do(actor, consult_id, command)

    async def hand_over(self, actor: Actor, interaction_id: int, write: HandOverWrite) -> Interaction:
        """Leave a conference by naming who of it owns the work from here on.

        Raises:
            Refused: it is not this agent's active work, or nobody of that name is in it.
        """
        agent_id = actor.require_user()
        command = HandOver(interaction=interaction_id, agent=agent_id, to_agent=write.agent_id)
        return await self._work.do(actor, interaction_id, command)

    async def hold(self, actor: Actor, interaction_id: int) -> Interaction:
        """Let the contact of a call hold on; doing it twice changes nothing.

        Raises:
            Refused: it is no call, or not this agent's active work.
        """
        return await self._work.do(actor, interaction_id, Hold(interaction_id, actor.require_user()))

    async def unhold(self, actor: Actor, interaction_id: int) -> Interaction:
        """Speak to the contact again; doing it twice changes nothing.

        Raises:
            Refused: it is not this agent's active work.
        """
        return await self._work.do(actor, interaction_id, Unhold(interaction_id, actor.require_user()))

    async def hand_to_flow(self, actor: Actor, interaction_id: int, write: FlowWrite) -> Interaction:
        """Let a flow have the contact (a payment, a form), who comes back to this agent.

        Raises:
            BadInput: the time is outside its limits.
            Refused: it is not this agent's active work, or others are in it.
        """
        if not 1 <= write.limit_s <= FLOW_S_MAX:
            raise BadInput(f"limit_s is {write.limit_s}; allowed are 1 to {FLOW_S_MAX}", field="limit_s")
        agent_id = actor.require_user()
        command = HandToFlow(interaction=interaction_id, agent=agent_id, limit_ms=write.limit_s * 1000)
        return await self._work.do(actor, interaction_id, command)

    async def return_from_flow(self, actor: Actor, interaction_id: int) -> Interaction:
        """Bring the contact back: a signed-in agent takes them, an API key says that the flow is done.

        Raises:
            Refused: the contact is not with a flow, or belongs to another agent.
        """
        command = ReturnFromFlow(interaction=interaction_id, agent=actor.user_id)
        return await self._work.do(actor, interaction_id, command)
