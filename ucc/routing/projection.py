"""What a batch of facts does to interactions, offers, presence and segments: a pure fold over rows."""

from __future__ import annotations

import msgspec

from ucc.domain import engine as e
from ucc.domain.conversation import SlaAlert
from ucc.domain.states import Bond, InteractionState, OfferState, SlaAlertKind, SlaClock
from ucc.routing.store import InteractionRow, OfferRow

# Facts for the engine, the figures and the journal's readers alone: they change no row, head or screen.
QUIET = frozenset(
    {
        e.AgentWroteSeen,
        e.ContactWroteSeen,
        e.SlaStarted,
        e.SlaPaused,
        e.SlaResumed,
        e.SlaMet,
        e.SlaHandedOn,
    }
)
_OF_MORE = frozenset({e.ConsultCompleted, e.ConferenceJoined, e.InteractionQueued})  # of more than one
LIVE = frozenset(
    {
        InteractionState.ACTIVE,
        InteractionState.HELD,
        InteractionState.IN_FLOW,
        InteractionState.INTERRUPTED,
        InteractionState.WRAPPING,
        InteractionState.PARKED,
    }
)

_OfferEnd = e.OfferAccepted | e.OfferDeclined | e.OfferTimedOut | e.OfferRevoked


class Projection(msgspec.Struct, kw_only=True):
    """Rows before the batch, which the fold changes in place, and what has to be written and told."""

    at_ms: int
    rows: dict[int, InteractionRow]
    ringing: dict[tuple[int, int], OfferRow]  # live offers by interaction and agent
    made: list[OfferRow] = []  # offers of this batch
    ended: list[OfferRow] = []  # offers of earlier batches that rang or were re-armed
    rearmed: list[OfferRow] = []
    touched: set[int] = set()  # interactions to write
    told: dict[int, set[int]] = {}  # interaction → agents whose work it is or was
    segments: dict[
        int, tuple[str, int] | None
    ] = {}  # interaction → what begins now (kind, agent), or nothing
    presences: dict[int, e.PresenceChanged] = {}
    plans: dict[int, e.SetPlan] = {}  # by agent
    loads: set[int] = set()  # agents whose load or plan changed
    queues: bool = False
    alerts: list[tuple[int, SlaAlert]] = []  # by interaction

    def fold(self, seq: int, fact: e.AnyFact) -> None:
        """Apply one fact; `seq` is its command's place in the journal."""
        match fact:  # each case is tried in turn: what comes most often comes first, here and in _move
            case e.InteractionOffered():
                self._offered(seq, fact)
            case e.OfferAccepted():
                self._end(fact, OfferState.ACCEPTED, None)
            case e.InteractionActivated() | e.InteractionClosed() | e.InteractionQueued():
                self._move(fact)
            case e.PresenceChanged():
                self.presences[fact.agent] = fact
            case e.PlanSet():
                self.plans[fact.config.agent] = fact.config
                self.loads.add(fact.config.agent)
            case e.AgentRemoved():
                self.plans[fact.agent] = e.SetPlan(fact.agent)
            case e.BreakStarted() | e.BreakEnded() | e.ShiftEnded():
                self.loads.add(fact.agent)
            case e.OfferDeclined():
                self._end(fact, OfferState.DECLINED, fact.reason)
            case e.OfferTimedOut():
                self._end(fact, OfferState.TIMED_OUT, None)
            case e.OfferRevoked():
                self._end(fact, OfferState.REVOKED, fact.reason)
            case e.OfferRearmed():
                self._rearm(fact)
            case e.QueueOpened() | e.QueueClosed() | e.QueueSet() | e.QueueRemoved() | e.QueueUnstaffed():
                self.queues = True
            case _:
                self._move(fact)

    def _move(self, fact: e.AnyFact) -> None:
        """Apply a fact that changes an interaction's own row."""
        match fact:
            case e.InteractionActivated():
                row = self._leave(fact.interaction)
                row.state, row.agent_id = InteractionState.ACTIVE, fact.agent
                row.answered_at_ms = row.answered_at_ms or self.at_ms
                row.ended_at_ms = row.wrap_up_until_ms = row.until_ms = None
                self._begin(fact.interaction, "talk", fact.agent)
            case e.InteractionClosed():
                self._finish(fact.interaction, InteractionState.CLOSED)
                self._tell(fact.interaction, fact.agent)
            case e.InteractionQueued():
                row = self._row(fact.interaction, fact.medium)
                row.state, row.queue_id, row.agent_id = InteractionState.QUEUED, fact.queue, None
                row.priority, row.units = fact.priority, fact.units
                row.parent_id = row.parent_id if fact.parent is None else fact.parent
                row.queued_at_ms = row.queued_at_ms or self.at_ms
                if fact.not_before_ms is not None:
                    row.state, row.until_ms = InteractionState.SCHEDULED, fact.not_before_ms
                if fact.consult_until_ms is not None:
                    row.bond, row.asked_by = Bond.CONSULT, fact.originator
                    row.until_ms = fact.consult_until_ms
            case e.InteractionRequeued():
                row = self._leave(fact.interaction)
                if row.state == InteractionState.CONNECTING and row.tries:
                    row.tries -= 1  # it was not in vain: the agent was lost
                row.state, row.queue_id = InteractionState.QUEUED, fact.queue
            case (
                e.ConnectingStarted() | e.ConnectingRearmed() | e.ConnectingFailed()
                | e.InteractionScheduled() | e.InteractionFailed()
            ):  # fmt: skip
                self._connect(fact)
            case e.InteractionOverflowed():
                self._row(fact.interaction).queue_id = fact.to_queue
            case e.InteractionParked():
                self._row(fact.interaction).state = InteractionState.PARKED
                self._begin(fact.interaction, "parked", fact.agent)
            case e.InteractionInterrupted():
                self._row(fact.interaction).state = InteractionState.INTERRUPTED
                self.segments[fact.interaction] = None
                self._tell(fact.interaction, fact.agent)
            case e.InteractionResumed():
                self._row(fact.interaction).state = InteractionState.ACTIVE
                self._begin(fact.interaction, "talk", fact.agent)
            case e.MediumChanged():
                row = self._row(fact.interaction)
                row.medium, row.units = fact.medium, fact.units
                self._tell(fact.interaction, fact.agent)
                self._unhold(row)
            case (
                e.ConsultCompleted() | e.ConferenceJoined() | e.CallHeld() | e.CallUnheld()
                | e.FlowEntered() | e.FlowReturned()
            ):  # fmt: skip
                self._beside(fact)
            case e.WrapUpStarted():
                row = self._row(fact.interaction)
                row.state, row.wrap_up_until_ms = InteractionState.WRAPPING, fact.until_ms
                row.ended_at_ms, row.until_ms = self.at_ms, None
                self._begin(fact.interaction, "wrap_up", fact.agent)
            case e.WrapUpExtended():
                self._row(fact.interaction).wrap_up_until_ms = fact.until_ms
            case e.InteractionAbandoned():
                self._finish(fact.interaction, InteractionState.ABANDONED)
            case e.InteractionCancelled() | e.InteractionDiverted():
                self._finish(fact.interaction, InteractionState.CANCELLED)
            case e.SlaWarned():
                self._alert(fact.interaction, fact.clock, SlaAlertKind.WARNED)
            case e.SlaBreached():
                self._alert(fact.interaction, fact.clock, SlaAlertKind.BREACHED)
                if fact.clock == SlaClock.ANSWER:
                    self._row(fact.interaction).sla_breached_at_ms = self.at_ms
            case _:
                pass

    def _connect(
        self,
        fact: e.ConnectingStarted
        | e.ConnectingRearmed
        | e.ConnectingFailed
        | e.InteractionScheduled
        | e.InteractionFailed,
    ) -> None:
        """Apply what happens between an accepted offer and hands."""
        match fact:
            case e.ConnectingStarted():
                row = self._leave(fact.interaction)
                row.state, row.agent_id = InteractionState.CONNECTING, fact.agent
                row.until_ms, row.tries, row.tries_max = fact.until_ms, fact.tries, fact.tries_max
                self._tell(fact.interaction, fact.agent)
            case e.ConnectingRearmed():
                self._row(fact.interaction).until_ms = fact.until_ms
            case e.ConnectingFailed():
                self._row(fact.interaction)
            case e.InteractionScheduled():
                row = self._leave(fact.interaction)
                row.state, row.queue_id, row.until_ms = InteractionState.SCHEDULED, fact.queue, fact.due_ms
                row.tries, row.tries_max = fact.tries, fact.tries_max
            case e.InteractionFailed():
                self._leave(fact.interaction).tries = fact.tries
                self._finish(fact.interaction, InteractionState.FAILED)

    def _beside(
        self,
        fact: e.ConsultCompleted
        | e.ConferenceJoined
        | e.CallHeld
        | e.CallUnheld
        | e.FlowEntered
        | e.FlowReturned,
    ) -> None:
        """Apply what happens to work that stays in hand: colleagues come in, it is held, a flow has it."""
        match fact:
            case e.ConsultCompleted():
                child = self._row(fact.child)
                child.bond = None
                self._tell(fact.child, fact.agent)
            case e.ConferenceJoined():
                self._row(fact.child).bond = Bond.SEAT
                self._tell(fact.child, fact.agent)
                self._unhold(self._row(fact.interaction))
            case e.CallHeld():
                self._row(fact.interaction).state = InteractionState.HELD
                self._begin(fact.interaction, "hold", fact.agent)
            case e.CallUnheld():
                self._unhold(self._row(fact.interaction))
            case e.FlowEntered():
                row = self._row(fact.interaction)
                row.state, row.until_ms = InteractionState.IN_FLOW, fact.until_ms
                self.segments[fact.interaction] = None
            case e.FlowReturned():
                row = self._row(fact.interaction)
                row.state, row.until_ms = InteractionState.ACTIVE, None
                self._begin(fact.interaction, "talk", fact.agent)

    def _unhold(self, row: InteractionRow) -> None:
        """Let the agent speak to the contact again, where it was held."""
        if row.state == InteractionState.HELD and row.agent_id is not None:
            row.state = InteractionState.ACTIVE
            self._begin(row.id, "talk", row.agent_id)

    def _alert(self, interaction_id: int, clock: str, kind: SlaAlertKind) -> None:
        alert = SlaAlert(clock=SlaClock(clock), kind=kind, at_ms=self.at_ms)
        self.alerts.append((interaction_id, alert))

    def fail(self, interaction_id: int, state: InteractionState) -> None:
        """End work that the engine never took: refused, or prepared and not needed."""
        if interaction_id in self.rows and self.rows[interaction_id].state == InteractionState.NEW:
            self._finish(interaction_id, state)

    def _row(self, interaction_id: int, medium: str = "chat") -> InteractionRow:
        row = self.rows.get(interaction_id)
        if row is None:
            row = self.rows[interaction_id] = InteractionRow(
                id=interaction_id, medium=medium, state=InteractionState.NEW, created_at_ms=self.at_ms
            )
        self.touched.add(interaction_id)
        if row.agent_id is not None:
            self._tell(interaction_id, row.agent_id)
        return row

    def _tell(self, interaction_id: int, agent_id: int) -> None:
        self.told.setdefault(interaction_id, set()).add(agent_id)
        self.loads.add(agent_id)

    def _begin(self, interaction_id: int, kind: str, agent_id: int) -> None:
        self.segments[interaction_id] = (kind, agent_id)
        self._tell(interaction_id, agent_id)

    def _leave(self, interaction_id: int) -> InteractionRow:
        """Return the row, in nobody's hands."""
        row = self._row(interaction_id)
        if row.state in LIVE:
            self.segments[interaction_id] = None
        row.agent_id = None
        if row.bond is None:  # a consult that comes back to its queue is over when it was to be
            row.until_ms = None
        return row

    def _finish(self, interaction_id: int, state: InteractionState) -> None:
        row = self._row(interaction_id)
        row.state, row.closed_at_ms, row.wrap_up_until_ms, row.until_ms = state, self.at_ms, None, None
        row.ended_at_ms = row.ended_at_ms or self.at_ms
        self.segments[interaction_id] = None

    def _offered(self, seq: int, fact: e.InteractionOffered) -> None:
        row = self._row(fact.interaction)
        row.state = InteractionState.OFFERED
        offer = OfferRow(
            interaction_id=fact.interaction,
            epoch=fact.epoch,
            agent_id=fact.agent,
            queue_id=fact.queue,
            state=OfferState.RINGING,
            offered_at_ms=self.at_ms,
            expires_at_ms=fact.expires_ms,
            journal_seq=seq,
            fact_why=fact.why,
            is_broadcast=fact.is_broadcast,
            is_new=True,
        )
        self.ringing[fact.interaction, fact.agent] = offer
        self.made.append(offer)

    def _end(self, fact: _OfferEnd, state: OfferState, reason: str | None) -> None:
        named = f"offer {fact.epoch} of {fact.interaction}"
        offer = self.ringing.pop((fact.interaction, fact.agent), None)
        assert offer is not None, f"{named} ended but does not ring at {fact.agent}"
        assert offer.epoch == fact.epoch, f"{named} ended while {offer.epoch} rings"
        offer.state, offer.ended_at_ms, offer.reason = state, self.at_ms, reason
        if not offer.is_new:
            self.ended.append(offer)

    def _rearm(self, fact: e.OfferRearmed) -> None:
        offer = self.ringing[fact.interaction, fact.agent]
        offer.expires_at_ms = fact.expires_ms
        if not offer.is_new:
            self.rearmed.append(offer)


def subjects_of(fact: e.AnyFact) -> list[int]:
    """Return the interactions that a fact is about; a consult is about its contact's work too."""
    if type(fact) in _OF_MORE:  # isinstance asks a Struct's metaclass, each time
        if isinstance(fact, e.ConsultCompleted | e.ConferenceJoined):
            return [fact.interaction, fact.child]
        if isinstance(fact, e.InteractionQueued) and fact.consult_until_ms is not None:
            return [fact.interaction, *([] if fact.parent is None else [fact.parent])]
    interaction = getattr(fact, "interaction", None)
    return [] if interaction is None else [interaction]
