"""What one fact makes of one conversation: purely, in the order of the journal."""

from __future__ import annotations

import msgspec

from ucc.domain import engine as e
from ucc.domain.conversation import SystemEvent
from ucc.domain.states import Bond, InteractionState, OverflowExit, SystemCode
from ucc.routing.projector import Surroundings

_MOVED_ON = frozenset({"parent_moved", "contact_left"})  # the contact's own work says that already


class Note(msgspec.Struct, frozen=True):
    """What the sender of a transfer left for whoever gets the work."""

    user_id: int
    user_name: str
    text: str


class Folded(msgspec.Struct, gc=False):
    """What a batch of facts makes of one conversation, folded in order."""

    conversation_id: int
    interaction_id: int | None
    work: InteractionState | None
    queue_id: int | None
    agent_id: int | None
    is_ending: bool = False  # work ended here: a message the ending did not know of revives it
    is_over: bool = False
    exit: OverflowExit | None = None  # by which the contact left; what they wrote still has to be answered
    seen_seq: int = 0  # the last entry an agent had seen who ended work of this batch
    is_touched: bool = False  # a fact concerned it
    lines: list[tuple[int, SystemEvent | Note]] = []  # interaction, what the log says


def fold(change: Folded, fact: e.AnyFact, around: Surroundings) -> None:
    """Apply one fact about work of this conversation: the contact's own, or ours beside it."""
    match fact:
        case e.OfferAccepted():
            pass  # what comes of it is a fact of its own
        case e.InteractionQueued() if fact.consult_until_ms is not None:
            around.bonds[fact.interaction] = Bond.CONSULT
            to = None if fact.named_agent is None else around.names.get(fact.named_agent)
            queue_id = fact.queue if fact.named_agent is None else None
            code, asker = SystemCode.CONSULT_ASKED, fact.originator
            say(change, fact.interaction, code, agent_id=asker, queue_id=queue_id, to=to or "")
        case e.ConsultCompleted():
            around.bonds.pop(fact.child, None)
            change.interaction_id, change.work = fact.child, InteractionState.ACTIVE
            change.agent_id = fact.agent
            change.queue_id = around.queues.get(fact.child, change.queue_id)
            say(change, fact.child, SystemCode.TRANSFERRED, agent_id=fact.agent)
            say(change, fact.child, SystemCode.JOINED, agent_id=fact.agent, cause="consulted")
        case e.ConferenceJoined():
            around.bonds[fact.child] = Bond.SEAT
            if change.work == InteractionState.HELD:
                change.work = InteractionState.ACTIVE
            say(change, fact.child, SystemCode.JOINED, agent_id=fact.agent, cause="conference")
        case _ if getattr(fact, "interaction", None) in around.bonds:
            _fold_bonded(change, fact, around)
        case _:
            _fold_contacts(change, fact, around)


def _fold_bonded(change: Folded, fact: e.AnyFact, around: Surroundings) -> None:
    """Say what becomes of a consult or a seat; the conversation's head stays that of the contact's work."""
    match fact:
        case e.InteractionActivated():
            say(change, fact.interaction, SystemCode.CONSULT_JOINED, agent_id=fact.agent)
        case e.OfferDeclined():
            say(change, fact.interaction, SystemCode.DECLINED, agent_id=fact.agent, reason=fact.reason or "")
        case e.InteractionCancelled():
            if fact.reason not in _MOVED_ON:
                say(change, fact.interaction, SystemCode.CONSULT_MISSED, reason=fact.reason)
        case e.InteractionClosed():
            is_seat = around.bonds[fact.interaction] == Bond.SEAT
            if fact.reason not in _MOVED_ON and fact.reason != "handed_over":
                code = SystemCode.SEAT_LEFT if is_seat else SystemCode.CONSULT_ENDED
                say(change, fact.interaction, code, agent_id=fact.agent, reason=fact.reason)
        case _:
            pass


def _fold_contacts(change: Folded, fact: e.AnyFact, around: Surroundings) -> None:
    """Apply a fact about the contact's own work."""
    is_head = getattr(fact, "interaction", None) == change.interaction_id
    match fact:  # each case is tried in turn: what comes most often comes first
        case e.InteractionQueued() if fact.named_agent is None:
            change.interaction_id, change.work = fact.interaction, InteractionState.QUEUED
            change.queue_id, change.agent_id = fact.queue, None
            change.is_over = change.is_ending = False
            change.exit = None
            code = SystemCode.QUEUED if fact.parent is None else SystemCode.TRANSFERRED
            if fact.not_before_ms is None:
                say(change, fact.interaction, code, queue_id=fact.queue)
            else:
                change.work = InteractionState.SCHEDULED
                code, due = SystemCode.SCHEDULED, str(fact.not_before_ms)
                say(change, fact.interaction, code, queue_id=fact.queue, due_ms=due)
        case e.ConnectingStarted() | e.InteractionScheduled() | e.InteractionFailed() if is_head:
            _fold_dialled(change, fact)
        case e.InteractionActivated() if fact.cause == "handed_over":
            change.agent_id = fact.agent
            before = around.names.get(fact.previous_agent or 0, "")
            say(change, fact.interaction, SystemCode.TRANSFERRED, agent_id=fact.agent, handed_over_by=before)
        case e.InteractionActivated():
            came = fact.interaction != change.interaction_id or change.agent_id != fact.agent
            is_transfer = not is_head and change.agent_id is not None
            change.interaction_id, change.work = fact.interaction, InteractionState.ACTIVE
            change.agent_id, change.is_over, change.is_ending = fact.agent, False, False
            if is_transfer:
                say(change, fact.interaction, SystemCode.TRANSFERRED, agent_id=fact.agent)
            if came or fact.cause in ("accepted", "taken", "taken_over", "connected"):
                say(change, fact.interaction, SystemCode.JOINED, agent_id=fact.agent, cause=fact.cause)
        case e.InteractionOffered() if is_head:
            change.work = InteractionState.OFFERED
        case e.InteractionClosed() if is_head:
            if change.work != InteractionState.WRAPPING:
                change.is_ending = True
                say(change, fact.interaction, SystemCode.RESOLVED, agent_id=fact.agent, reason=fact.reason)
            change.work, change.is_over = InteractionState.CLOSED, True
        case e.OfferDeclined():
            say(change, fact.interaction, SystemCode.DECLINED, agent_id=fact.agent, reason=fact.reason or "")
        case e.OfferTimedOut():
            say(change, fact.interaction, SystemCode.TIMED_OUT, agent_id=fact.agent)
        case e.InteractionRequeued() if is_head:
            change.work, change.queue_id, change.agent_id = InteractionState.QUEUED, fact.queue, None
            change.is_over = change.is_ending = False
            if fact.reason not in ("declined", "timed_out"):
                say(change, fact.interaction, SystemCode.QUEUED, queue_id=fact.queue, reason=fact.reason)
        case e.InteractionOverflowed() if is_head:
            change.work, change.queue_id = InteractionState.QUEUED, fact.to_queue
            say(change, fact.interaction, SystemCode.OVERFLOWED, queue_id=fact.to_queue, reason=fact.reason)
        case e.InteractionParked() if is_head:
            change.work = InteractionState.PARKED
            say(change, fact.interaction, SystemCode.PARKED, agent_id=fact.agent)
        case e.CallHeld() if is_head:
            change.work = InteractionState.HELD
            say(change, fact.interaction, SystemCode.HELD, agent_id=fact.agent)
        case e.CallUnheld() if is_head:
            change.work = InteractionState.ACTIVE
            say(change, fact.interaction, SystemCode.UNHELD, agent_id=fact.agent)
        case e.MediumChanged() if is_head and change.work == InteractionState.HELD:
            change.work = InteractionState.ACTIVE
        case e.FlowEntered() if is_head:
            change.work = InteractionState.IN_FLOW
            say(change, fact.interaction, SystemCode.FLOW_ENTERED, agent_id=fact.agent)
        case e.FlowReturned() if is_head:
            change.work = InteractionState.ACTIVE
            say(change, fact.interaction, SystemCode.FLOW_RETURNED, agent_id=fact.agent, reason=fact.reason)
        case e.WrapUpStarted() if is_head:
            change.work, change.is_ending = InteractionState.WRAPPING, fact.reason != "transferred"
            code = SystemCode.LEFT if fact.reason == "contact_left" else SystemCode.RESOLVED
            if fact.reason != "transferred":
                say(change, fact.interaction, code, agent_id=fact.agent)
        case e.InteractionAbandoned() if is_head:
            change.work, change.is_over, change.is_ending = InteractionState.ABANDONED, True, True
            say(change, fact.interaction, SystemCode.ABANDONED, queue_id=fact.queue, reason=fact.reason)
        case e.InteractionCancelled() if is_head:
            change.work, change.is_over = InteractionState.CANCELLED, True
            # Whoever calls is spoken to; what they wrote before needs no work of its own.
            change.is_ending = fact.reason != "contact_called"
        case e.InteractionDiverted() if is_head:
            change.work = InteractionState.CANCELLED  # the conversation goes on
            change.exit = None if fact.child is not None else OverflowExit(fact.exit)
            say(
                change,
                fact.interaction,
                SystemCode.DIVERTED,
                queue_id=fact.queue,
                exit=fact.exit,
                reason=fact.reason,
            )
        case _:
            pass


def _fold_dialled(
    change: Folded, fact: e.ConnectingStarted | e.InteractionScheduled | e.InteractionFailed
) -> None:
    """Apply what happens while the contact is not on the line yet."""
    tries = str(fact.tries)
    match fact:
        case e.ConnectingStarted():
            change.work, change.agent_id = InteractionState.CONNECTING, fact.agent
            if fact.tries:
                code, most = SystemCode.DIALLING, str(fact.tries_max)
                say(change, fact.interaction, code, agent_id=fact.agent, tries=tries, tries_max=most)
        case e.InteractionScheduled():
            code, due = SystemCode.UNREACHED, str(fact.due_ms)
            say(change, fact.interaction, code, agent_id=change.agent_id, tries=tries, due_ms=due)
            change.work, change.agent_id = InteractionState.SCHEDULED, None
        case e.InteractionFailed():
            say(change, fact.interaction, SystemCode.NOT_REACHED, agent_id=change.agent_id, tries=tries)
            change.work, change.agent_id, change.is_over = InteractionState.FAILED, None, True


def say(
    change: Folded,
    interaction_id: int,
    code: SystemCode,
    *,
    agent_id: int | None = None,
    queue_id: int | None = None,
    **detail: str,
) -> None:
    """Add a line to the log."""
    words = {key: value for key, value in detail.items() if value}
    event = SystemEvent(code=code, agent_id=agent_id, queue_id=queue_id, detail=words)
    change.lines = [*change.lines, (interaction_id, event)]
