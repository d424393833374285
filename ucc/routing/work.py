"""What agents do with work: answer offers, end, wrap up, park, transfer, take; and why it came to them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from ucc.domain.actor import Actor, Permission
from ucc.domain.conversation import (
    CompleteWrite,
    DeclineWrite,
    EndWrite,
    ExtendWrite,
    Interaction,
    InteractionWhy,
    JournalLine,
    Offer,
    TransferWrite,
)
from ucc.domain.engine import (
    Accept,
    AnyCommand,
    AnyFact,
    AskCallback,
    Complete,
    Connected,
    Consult,
    Decline,
    End,
    ExtendWrapUp,
    FailConnecting,
    Outcome,
    Park,
    Refusal,
    Take,
    TransferToAgent,
    TransferToQueue,
    Unpark,
    decode_outcomes,
)
from ucc.domain.errors import BadInput, NotAllowed, NotFound
from ucc.domain.states import InteractionState, Medium, OfferState
from ucc.kit.bus import Bus, Publication
from ucc.kit.clock import now_ms
from ucc.kit.db import Conn, Database
from ucc.kit.ids import Ids
from ucc.routing import store
from ucc.routing.dispatch import Dispatch
from ucc.routing.projection import subjects_of
from ucc.routing.refusals import Refused
from ucc.routing.store import InteractionRow, queries

OFFERS_MAX = 100  # of one agent, and of one interaction's history
JOURNAL_ROWS_MAX = 500
REASON_MAX = 500
NOTE_MAX = 10_000
EXTEND_S_MAX = 1_800
SEQ_MAX = 2**31 - 1  # of an entry


class Threads(Protocol):
    """What acts on work do to its conversation, in the same transaction; conversations hand this in."""

    async def require_readable(self, conn: Conn, actor: Actor, conversation_id: int) -> None:
        """Refuse an actor who may not read the conversation."""

    async def transferring(
        self, conn: Conn, actor: Actor, conversation_id: int, child_id: int, note: str
    ) -> None:
        """Keep the note; it enters the log in the transaction that journals the transfer to this child."""

    async def not_transferred(self, conn: Conn, tenant_id: int, child_id: int) -> None:
        """Drop the note of a transfer that was refused."""

    async def tagging(
        self, conn: Conn, actor: Actor, conversation_id: int, tag_ids: list[int]
    ) -> list[Publication]:
        """Set the conversation's tags as chosen in wrap-up."""


class WorkDesk:
    """The verbs of work in an agent's hands."""

    def __init__(self, db: Database, ids: Ids, bus: Bus, dispatch: Dispatch) -> None:
        self._db = db
        self._ids = ids
        self._bus = bus
        self._dispatch = dispatch
        self._threads: Threads | None = None

    def attach(self, threads: Threads) -> None:
        """Let acts on work reach its conversation."""
        self._threads = threads

    # --- reading ----------------------------------------------------------------------------------------

    async def get(self, actor: Actor, interaction_id: int) -> Interaction:
        """Return an interaction.

        Raises:
            NotFound, NotAllowed: there is none; its conversation is not the actor's to read.
        """
        async with self._db.tenant(actor.tenant_id) as conn:
            return (await self.readable(conn, actor, interaction_id)).shown()

    async def list_offers(self, actor: Actor) -> list[Offer]:
        """Return what rings at the signed-in agent, oldest first."""
        agent_id = actor.require_user()
        async with self._db.tenant(actor.tenant_id) as conn:
            return await store.read_offers_of_agent(conn, actor.tenant_id, agent_id, OFFERS_MAX)

    async def why(self, actor: Actor, interaction_id: int) -> InteractionWhy:
        """Return every offer of an interaction and what the journal says of it.

        Raises:
            NotFound, NotAllowed: there is none; its conversation is not the actor's to read.
        """
        async with self._db.tenant(actor.tenant_id) as conn:
            row = await self.readable(conn, actor, interaction_id)
            offers = await store.read_offers_of_interaction(conn, actor.tenant_id, row, OFFERS_MAX)
            rows = await queries.list_journal_of_interaction(
                conn, tenant_id=actor.tenant_id, interaction_id=interaction_id, limit=JOURNAL_ROWS_MAX
            )
        lines = [
            _line(found["first_seq"] + place, found["at_ms"], fact)
            for found in rows
            for place, outcome in enumerate(decode_outcomes(found["facts"]))
            for fact in outcome.facts
            if interaction_id in subjects_of(fact)
        ]
        return InteractionWhy(interaction_id=interaction_id, offers=offers, journal=lines)

    async def readable(self, conn: Conn, actor: Actor, interaction_id: int) -> InteractionRow:
        """Return the row of work that the actor may read.

        Raises:
            NotFound, NotAllowed: there is none; its conversation is not the actor's to read.
        """
        row = await self.row(conn, actor.tenant_id, interaction_id)
        is_own = row.agent_id is not None and row.agent_id == actor.user_id
        if (is_own and not row.is_over_for_us) or actor.may(Permission.CONVERSATIONS_READ_ALL):
            return row
        if row.conversation_id is None or self._threads is None:
            raise NotAllowed("this work is not yours to read")
        await self._threads.require_readable(conn, actor, row.conversation_id)
        return row

    async def row(self, conn: Conn, tenant_id: int, interaction_id: int) -> InteractionRow:
        """Return the row of work.

        Raises:
            NotFound: there is none.
        """
        rows = await store.read_interactions(conn, tenant_id, [interaction_id])
        if interaction_id not in rows:
            raise NotFound(f"there is no interaction {interaction_id}")
        return rows[interaction_id]

    # --- offers -----------------------------------------------------------------------------------------

    async def accept(self, actor: Actor, interaction_id: int, epoch: int) -> Interaction:
        """Take the offer of this epoch and return the work. Accepting one's own again changes nothing.

        Raises:
            Refused: the offer is gone; the code says so.
        """
        await self.claim(actor, interaction_id, epoch)
        return await self.after(actor, interaction_id)

    def begin_claim(self, actor: Actor, interaction_id: int, epoch: int) -> asyncio.Future[Outcome] | None:
        """Begin to take the offer of this epoch, which `claim` judges; None: this node is not the owner."""
        command = Accept(interaction=interaction_id, agent=actor.require_user(), epoch=epoch)
        return self._dispatch.begin(actor.tenant_id, command)

    async def claim(
        self,
        actor: Actor,
        interaction_id: int,
        epoch: int,
        begun: asyncio.Future[Outcome] | None = None,
    ) -> None:
        """Take the offer of this epoch, begun or not; the agent's stream tells of it.

        Raises:
            Refused: the offer is gone; the code says so.
        """
        agent_id = actor.require_user()
        command = Accept(interaction=interaction_id, agent=agent_id, epoch=epoch)
        outcome = await self._dispatch.submit(actor.tenant_id, command, begun=begun)
        if outcome.refusal == Refusal.NOT_OFFERED:
            async with self._db.tenant(actor.tenant_id) as conn:
                offer = await queries.find_offer(
                    conn,
                    tenant_id=actor.tenant_id,
                    interaction_id=interaction_id,
                    epoch=epoch,
                    agent_id=agent_id,
                )
            found = "nothing" if offer is None else offer["state"]
            if found != OfferState.ACCEPTED:
                raise Refused(outcome.refusal, interaction_id=interaction_id, epoch=epoch, offer=found)
        elif outcome.refusal is not None:
            raise Refused(outcome.refusal, interaction_id=interaction_id, epoch=epoch)

    async def decline(
        self, actor: Actor, interaction_id: int, epoch: int, write: DeclineWrite
    ) -> Interaction:
        """Refuse the offer of this epoch; the work goes back to its original place.

        Raises:
            Refused: the offer is gone.
        """
        _check_length("reason", write.reason or "", REASON_MAX)
        command = Decline(
            interaction=interaction_id, agent=actor.require_user(), epoch=epoch, reason=write.reason
        )
        return await self.do(actor, interaction_id, command)

    # --- work in hand -------------------------------------------------------------------------------------

    async def end(self, actor: Actor, interaction_id: int, write: EndWrite) -> Interaction:
        """Resolve what the agent has seen: wrap-up starts; a message after `seen_seq` makes it active again.

        Raises:
            Refused: it is not this agent's active work.
        """
        async with self._db.tenant(actor.tenant_id) as conn:
            await self.row(conn, actor.tenant_id, interaction_id)
        await self.resolve(actor, interaction_id, write.seen_seq)
        return await self.after(actor, interaction_id)

    def begin_resolve(
        self, actor: Actor, interaction_id: int, seen_seq: int
    ) -> asyncio.Future[Outcome] | None:
        """Begin to resolve work in hand, which `resolve` judges; None: this node is not the owner."""
        command = End(interaction=interaction_id, agent=actor.require_user())
        return self._dispatch.begin(actor.tenant_id, command, seen_seq=_seq(seen_seq))

    async def resolve(
        self,
        actor: Actor,
        interaction_id: int,
        seen_seq: int,
        begun: asyncio.Future[Outcome] | None = None,
    ) -> None:
        """Do what `end` does in the fewest steps, begun or not; the agent's stream tells of it.

        Raises:
            Refused: it is not this agent's active work.
        """
        command = End(interaction=interaction_id, agent=actor.require_user())
        outcome = await self._dispatch.submit(actor.tenant_id, command, seen_seq=_seq(seen_seq), begun=begun)
        if outcome.refusal is not None:
            raise Refused(outcome.refusal, interaction_id=interaction_id)

    async def complete(self, actor: Actor, interaction_id: int, write: CompleteWrite) -> Interaction:
        """Finish wrap-up with its outcome. The outcome is kept first: it is never lost with a refusal.

        Raises:
            BadInput: there is no such outcome code.
            Refused: it is not in this agent's wrap-up.
        """
        agent_id = actor.require_user()
        _check_length("note", write.note, NOTE_MAX)
        tenant_id = actor.tenant_id
        publications: list[Publication] = []
        async with self._db.tenant(tenant_id) as conn:
            row = await self.row(conn, tenant_id, interaction_id)
            if row.agent_id != agent_id:
                raise Refused(Refusal.NOT_OWNER, interaction_id=interaction_id, agent_id=row.agent_id)
            if row.state != InteractionState.WRAPPING:
                raise Refused(Refusal.NOT_WRAPPING, interaction_id=interaction_id, state=row.state)
            if write.disposition_id is not None and not await queries.is_disposition(
                conn, tenant_id=tenant_id, disposition_id=write.disposition_id
            ):
                raise BadInput(f"there is no disposition {write.disposition_id}", field="disposition_id")
            await queries.write_disposition(
                conn,
                tenant_id=tenant_id,
                interaction_id=interaction_id,
                disposition_id=write.disposition_id,
                note=write.note,
            )
            if write.tag_ids is not None and row.conversation_id is not None and self._threads is not None:
                publications = await self._threads.tagging(conn, actor, row.conversation_id, write.tag_ids)
        self._bus.publish(publications)
        return await self.do(actor, interaction_id, Complete(interaction=interaction_id, agent=agent_id))

    async def extend(self, actor: Actor, interaction_id: int, write: ExtendWrite) -> Interaction:
        """Take more time for wrap-up.

        Raises:
            BadInput: the time is outside its limits.
            Refused: it is not in this agent's wrap-up.
        """
        if not 1 <= write.by_s <= EXTEND_S_MAX:
            raise BadInput(f"by_s is {write.by_s}; allowed are 1 to {EXTEND_S_MAX}", field="by_s")
        agent_id = actor.require_user()
        command = ExtendWrapUp(interaction=interaction_id, agent=agent_id, by_ms=write.by_s * 1000)
        return await self.do(actor, interaction_id, command)

    async def park(self, actor: Actor, interaction_id: int) -> Interaction:
        """Free the units and stay the owner.

        Raises:
            Refused: it is not this agent's active work.
        """
        agent_id = actor.require_user()
        return await self.do(actor, interaction_id, Park(interaction=interaction_id, agent=agent_id))

    async def unpark(self, actor: Actor, interaction_id: int) -> Interaction:
        """Take parked work back in hand.

        Raises:
            Refused: it is not this agent's parked work.
        """
        agent_id = actor.require_user()
        return await self.do(actor, interaction_id, Unpark(interaction=interaction_id, agent=agent_id))

    async def take(self, actor: Actor, interaction_id: int) -> Interaction:
        """Take waiting or parked work by hand, above capacity if need be; another's work needs its own right.

        Raises:
            NotAllowed: it is somebody else's, and the actor may not take over.
            Refused: it cannot be taken now.
        """
        agent_id = actor.require_user()
        async with self._db.tenant(actor.tenant_id) as conn:
            row = await self.readable(conn, actor, interaction_id)
        is_others = row.agent_id is not None and row.agent_id != agent_id
        actor.require(Permission.CONVERSATIONS_TAKE_OVER if is_others else Permission.CONVERSATIONS_TAKE)
        return await self.do(actor, interaction_id, Take(interaction=interaction_id, agent=agent_id))

    async def connected(self, actor: Actor, interaction_id: int) -> Interaction:
        """Have the contact, who is on the line or was reached.

        Raises:
            Refused: this agent is not connecting it; its time may have run out.
        """
        agent_id = actor.require_user()
        return await self.do(actor, interaction_id, Connected(interaction=interaction_id, agent=agent_id))

    async def not_connected(self, actor: Actor, interaction_id: int) -> Interaction:
        """Give the work back whose contact was not reached.

        Raises:
            Refused: this agent is not connecting it; its time may have run out.
        """
        agent_id = actor.require_user()
        return await self.do(
            actor, interaction_id, FailConnecting(interaction=interaction_id, agent=agent_id)
        )

    async def transfer(self, actor: Actor, interaction_id: int, write: TransferWrite) -> Interaction:
        """Hand work on to a queue or an agent, with a note; context goes along, the conversation is the same.

        The note is kept with the child and enters the log with the transfer: both or neither are there.

        Raises:
            BadInput: not exactly one of queue and agent is named.
            Refused: it is not this agent's active work, or nobody there can take it; the code says which.
        """
        if (write.queue_id is None) == (write.agent_id is None):
            raise BadInput("name a queue or an agent to transfer to, exactly one", field="queue_id")
        agent_id, child_id = actor.require_user(), self._ids.take()

        async def add(conn: Conn) -> None:
            await queries.add_child(
                conn,
                tenant_id=actor.tenant_id,
                interaction_id=interaction_id,
                child_id=child_id,
                queue_id=write.queue_id,
                at_ms=now_ms(),
            )

        await self.hand_on(actor, _transfer(interaction_id, agent_id, child_id, write), write.note, add)
        return await self.after(actor, interaction_id)

    async def hand_on(
        self,
        actor: Actor,
        command: TransferToQueue | TransferToAgent | Consult,
        note: str,
        add: Callable[[Conn], Awaitable[None]],
    ) -> None:
        """Ask for a child of work in the actor's hands, whose row `add` makes; the note is kept with it.

        Raises:
            BadInput: the note is too long.
            Refused: it is not this agent's active work, or the engine says why not; then no child is left.
        """
        _check_length("note", note, NOTE_MAX)
        interaction_id, child_id = command.interaction, command.child
        async with self._db.tenant(actor.tenant_id) as conn:
            row = await self.row(conn, actor.tenant_id, interaction_id)
            if row.agent_id != command.agent:
                raise Refused(Refusal.NOT_OWNER, interaction_id=interaction_id, agent_id=row.agent_id)
            if row.state not in (InteractionState.ACTIVE, InteractionState.HELD):
                raise Refused(Refusal.NOT_ACTIVE, interaction_id=interaction_id, state=row.state)
            await add(conn)
            if note.strip() and row.conversation_id is not None and self._threads is not None:
                await self._threads.transferring(conn, actor, row.conversation_id, child_id, note)
        try:
            outcome = await self._dispatch.submit(actor.tenant_id, command)
            if outcome.refusal is not None:
                raise Refused(outcome.refusal, interaction_id=interaction_id)
        except (BadInput, Refused):
            async with self._db.tenant(actor.tenant_id) as conn:
                await queries.cancel_child(conn, tenant_id=actor.tenant_id, child_id=child_id, at_ms=now_ms())
                if self._threads is not None:
                    await self._threads.not_transferred(conn, actor.tenant_id, child_id)
            raise

    async def ask_callback(
        self, tenant_id: int, interaction_id: int, callback_to: str, not_before_ms: int | None
    ) -> Interaction:
        """Let a waiting contact be called back: the callback, work of its own, takes the place.

        It is a task until there are telephone lines: whoever has it calls the number, and says whether the
        contact was reached.

        Raises:
            Refused: the work does not wait for an agent, or nobody waits on its other side.
        """
        child_id = self._ids.take()
        async with self._db.tenant(tenant_id) as conn:
            is_waiting = await queries.add_callback(
                conn,
                tenant_id=tenant_id,
                interaction_id=interaction_id,
                child_id=child_id,
                medium=Medium.TASK,
                callback_to=callback_to,
            )
        if not is_waiting:
            raise Refused(Refusal.NOT_WAITING, interaction_id=interaction_id)
        command = AskCallback(
            interaction=interaction_id,
            child=child_id,
            medium=Medium.TASK,
            is_dialled=True,
            not_before_ms=not_before_ms,
        )
        outcome = await self._dispatch.submit(tenant_id, command)
        async with self._db.tenant(tenant_id) as conn:
            if outcome.refusal is not None:
                await queries.cancel_child(conn, tenant_id=tenant_id, child_id=child_id, at_ms=now_ms())
            row = await self.row(conn, tenant_id, child_id)
        if outcome.refusal is not None:
            raise Refused(outcome.refusal, interaction_id=interaction_id)
        return row.shown()

    async def do(self, actor: Actor, interaction_id: int, command: AnyCommand) -> Interaction:
        """Submit a command and return the interaction as it is then."""
        outcome = await self._dispatch.submit(actor.tenant_id, command)
        if outcome.refusal is not None:
            raise Refused(outcome.refusal, interaction_id=interaction_id)
        return await self.after(actor, interaction_id)

    async def after(self, actor: Actor, interaction_id: int) -> Interaction:
        """Return the interaction as it is after an act of the actor's."""
        async with self._db.tenant(actor.tenant_id) as conn:
            return (await self.row(conn, actor.tenant_id, interaction_id)).shown()


def _transfer(
    interaction_id: int, agent_id: int, child_id: int, write: TransferWrite
) -> TransferToQueue | TransferToAgent:
    if write.queue_id is not None:
        return TransferToQueue(
            interaction=interaction_id, agent=agent_id, child=child_id, queue=write.queue_id
        )
    assert write.agent_id is not None
    return TransferToAgent(
        interaction=interaction_id, agent=agent_id, child=child_id, to_agent=write.agent_id
    )


def _seq(said: int) -> int:
    """Return the number of an entry that a client says, within what one can be."""
    return min(max(said, 0), SEQ_MAX)


def _check_length(field: str, text: str, limit: int) -> None:
    if len(text) > limit:
        raise BadInput(f"{field} is {len(text)} characters, limit {limit}", field=field)


def _line(seq: int, at_ms: int, fact: AnyFact) -> JournalLine:
    detail = {name: getattr(fact, name) for name in fact.__struct_fields__ if name != "interaction"}
    tag = fact.__struct_config__.tag
    return JournalLine(seq=seq, at_ms=at_ms, fact=str(tag), detail=msgspec.to_builtins(detail))
