//! What happened in the engine; the same records as in `ucc/domain/engine.py`. Folding facts rebuilds it.

mod beside;
mod connecting;
mod queued;

pub use self::beside::{
    BreakEnded, BreakStarted, CallHeld, CallUnheld, ConferenceJoined, ConsultCompleted, FlowEntered,
    FlowReturnReason, FlowReturned, PlanSet, ShiftEnded,
};
pub use self::connecting::{
    ConnectingEndReason, ConnectingFailed, ConnectingRearmed, ConnectingStarted, FailReason,
    InteractionFailed, InteractionScheduled,
};
pub use self::queued::{Circumstances, InteractionQueued};
use crate::command::{SetAgent, SetQueue};
use crate::condition::Condition;
use crate::levels::Levels;
use crate::rare::Rare;
use crate::wire::{Reader, Wire, WireError, Writer, record, tagged, untagged};
use crate::words::{
    AgentId, Fault, InteractionId, Medium, Millis, OverflowExit, QueueId, Refusal, Session, SlaClock,
    SlaPause, Status, word,
};

word! {
    /// Why work waits again.
    #[allow(missing_docs)] // The words say it.
    RequeueReason {
        Declined = "declined",
        TimedOut = "timed_out",
        AgentLost = "agent_lost",
        AgentRemoved = "agent_removed",
        Returned = "returned",
        ContactWrote = "contact_wrote",
        NotConnected = "not_connected",
        Due = "due",
    }
}

word! {
    /// Why waiting work moved to another queue.
    #[allow(missing_docs)] // The words say it.
    OverflowReason {
        Waited = "waited",
        Unstaffed = "unstaffed",
        NotAccepted = "not_accepted",
        Length = "length",
        Redirected = "redirected",
        Asked = "asked",
    }
}

word! {
    /// Why an offer was taken back.
    #[allow(missing_docs)] // The words say it.
    RevokeReason {
        ContactLeft = "contact_left",
        ContactLost = "contact_lost",
        AgentLost = "agent_lost",
        Taken = "taken",
        AgentRemoved = "agent_removed",
        Cancelled = "cancelled",
    }
}

word! {
    /// How work came into hand.
    #[allow(missing_docs)] // The words say it.
    ActivationCause {
        Accepted = "accepted",
        Taken = "taken",
        TakenOver = "taken_over",
        ContactWrote = "contact_wrote",
        Unparked = "unparked",
        HandedOver = "handed_over",
        Connected = "connected",
    }
}

word! {
    /// Why handling ended.
    #[allow(missing_docs)] // The words say it.
    WrapUpReason {
        Ended = "ended",
        ContactLeft = "contact_left",
        Transferred = "transferred",
    }
}

word! {
    /// Why work is over.
    #[allow(missing_docs)] // The words say it.
    CloseReason {
        Completed = "completed",
        WrapUpTimedOut = "wrap_up_timed_out",
        ContactLeft = "contact_left",
        AgentLost = "agent_lost",
        AgentRemoved = "agent_removed",
        ConsultEnded = "consult_ended",
        SeatLeft = "seat_left",
        HandedOver = "handed_over",
        ParentMoved = "parent_moved",
    }
}

word! {
    /// How the contact went.
    #[allow(missing_docs)] // The words say it.
    AbandonReason {
        Left = "left",
        Lost = "lost",
    }
}

word! {
    /// Why an agent transfer, a consult or a callback came to nothing.
    #[allow(missing_docs)] // The words say it.
    CancelReason {
        Declined = "declined",
        TimedOut = "timed_out",
        AgentLost = "agent_lost",
        AgentRemoved = "agent_removed",
        ContactLeft = "contact_left",
        ParentMoved = "parent_moved",
        Withdrawn = "withdrawn",
        NotConnected = "not_connected",
        ContactCalled = "contact_called",
    }
}

word! {
    /// Why work no longer waits for one agent alone.
    #[allow(missing_docs)] // The words say it.
    PreferenceEndReason {
        Waited = "waited",
        AgentAway = "agent_away",
    }
}

word! {
    /// Which rule chose the agent.
    #[allow(missing_docs)] // The words say it.
    OfferRule {
        Preferred = "preferred",
        BestLevelThenLongestIdle = "best_level_then_longest_idle",
        Named = "named",
        LeastSkilled = "least_skilled",
        LongestIdle = "longest_idle",
        RoundRobin = "round_robin",
        LeastOccupied = "least_occupied",
        Weighted = "weighted",
    }
}

tagged! {
    /// What happened; the tag is the past-tense name.
    Fact {
        QueueSet = "queue_set",
        QueueRemoved = "queue_removed",
        AgentSet = "agent_set",
        AgentRemoved = "agent_removed",
        PresenceChanged = "presence_changed",
        PlanSet = "plan_set",
        BreakStarted = "break_started",
        BreakEnded = "break_ended",
        ShiftEnded = "shift_ended",
        QueueOpened = "queue_opened",
        QueueClosed = "queue_closed",
        QueueUnstaffed = "queue_unstaffed",
        InteractionQueued = "interaction_queued",
        InteractionRequeued = "interaction_requeued",
        InteractionOverflowed = "interaction_overflowed",
        OverflowMissed = "overflow_missed",
        PreferenceEnded = "preference_ended",
        ExclusionEnded = "exclusion_ended",
        RequirementRelaxed = "requirement_relaxed",
        InteractionOffered = "interaction_offered",
        OfferAccepted = "offer_accepted",
        OfferDeclined = "offer_declined",
        OfferTimedOut = "offer_timed_out",
        OfferRevoked = "offer_revoked",
        OfferRearmed = "offer_rearmed",
        ConnectingStarted = "connecting_started",
        ConnectingRearmed = "connecting_rearmed",
        ConnectingFailed = "connecting_failed",
        InteractionScheduled = "interaction_scheduled",
        InteractionActivated = "interaction_activated",
        InteractionParked = "interaction_parked",
        InteractionInterrupted = "interaction_interrupted",
        InteractionResumed = "interaction_resumed",
        MediumChanged = "medium_changed",
        ConsultCompleted = "consult_completed",
        ConferenceJoined = "conference_joined",
        CallHeld = "call_held",
        CallUnheld = "call_unheld",
        FlowEntered = "flow_entered",
        FlowReturned = "flow_returned",
        WrapUpStarted = "wrap_up_started",
        WrapUpExtended = "wrap_up_extended",
        InteractionClosed = "interaction_closed",
        InteractionAbandoned = "interaction_abandoned",
        InteractionCancelled = "interaction_cancelled",
        InteractionDiverted = "interaction_diverted",
        InteractionFailed = "interaction_failed",
        ContactLostSeen = "contact_lost_seen",
        ContactBackSeen = "contact_back_seen",
        AgentWroteSeen = "agent_wrote_seen",
        ContactWroteSeen = "contact_wrote_seen",
        SlaStarted = "sla_started",
        SlaPaused = "sla_paused",
        SlaResumed = "sla_resumed",
        SlaWarned = "sla_warned",
        SlaBreached = "sla_breached",
        SlaMet = "sla_met",
        SlaHandedOn = "sla_handed_on",
        ShardOpened = "shard_opened",
    }
}

record! {
    /// A queue has this policy now.
    QueueSet as "queue_set" {
        config: Box<SetQueue>,
    }
}

record! {
    /// The queue is gone.
    QueueRemoved as "queue_removed" {
        queue: QueueId,
    }
}

record! {
    /// An agent has these skills and this capacity now.
    AgentSet as "agent_set" {
        config: SetAgent,
    }
}

record! {
    /// The agent is gone.
    AgentRemoved as "agent_removed" {
        agent: AgentId,
    }
}

record! {
    /// The whole presence of an agent after a change of any axis.
    PresenceChanged as "presence_changed" {
        agent: AgentId,
        session: Session,
        status: Status,
        reason: Option<String>,
        next_status: Option<Status>,
        next_reason: Option<String>,
        /// Not responding.
        is_blocked: bool,
        /// Of the present (session, status, block).
        since_ms: Millis,
        /// Of the last work taken or ended, or of becoming routable.
        idle_since_ms: Millis,
        /// When the session was lost; None unless reconnecting.
        lost_at_ms: Option<Millis> = None,
    }
}

record! {
    /// Opening time: waiting work is offered in order.
    QueueOpened as "queue_opened" {
        queue: QueueId,
    }
}

record! {
    /// Closing time: work waits for the next opening.
    QueueClosed as "queue_closed" {
        queue: QueueId,
    }
}

record! {
    /// Nobody has staffed the open queue for `unstaffed_ms`: its work overflows where that is possible.
    QueueUnstaffed as "queue_unstaffed" {
        queue: QueueId,
    }
}

record! {
    /// Back in its original place, or at the head when its agent was lost.
    InteractionRequeued as "interaction_requeued" {
        interaction: InteractionId,
        queue: QueueId,
        reason: RequeueReason,
        /// 0, or below it in strict order: the head of the queue.
        deadline_ms: Millis,
        order: u64,
        preferred_agent: Option<AgentId>,
        preferred_until_ms: Option<Millis>,
        arrived_ms: Millis = 0,
        sla_at_ms: Option<Millis> = None,
        overflow_at_ms: Option<Millis> = None,
        /// When the next relaxation step is due.
        relax_at_ms: Option<Millis> = None,
        /// Up to when its queue has used its share.
        share_ms: Option<Millis> = None,
    }
}

record! {
    /// Waiting work moved to another queue; arrival kept.
    InteractionOverflowed as "interaction_overflowed" {
        interaction: InteractionId,
        from_queue: QueueId,
        to_queue: QueueId,
        reason: OverflowReason,
        deadline_ms: Millis,
        order: u64,
        overflow_at_ms: Option<Millis> = None,
        /// When the new queue's first relaxation step is due.
        relax_at_ms: Option<Millis> = None,
        /// Up to when the new queue has used its share.
        share_ms: Option<Millis> = None,
    }
}

record! {
    /// Overflow was due, but the other queue is closed, unstaffed or was tried; it moves once it can.
    OverflowMissed as "overflow_missed" {
        interaction: InteractionId,
        queue: QueueId,
    }
}

record! {
    /// The work no longer waits for one agent alone; its place is the same.
    PreferenceEnded as "preference_ended" {
        interaction: InteractionId,
        agent: AgentId,
        reason: PreferenceEndReason,
    }
}

record! {
    /// The agent who declined or let it ring (or passed it on) is eligible for it again.
    ExclusionEnded as "exclusion_ended" {
        interaction: InteractionId,
        agent: AgentId,
    }
}

record! {
    /// The next relaxation step of the queue is in force for this work; its place is the same.
    RequirementRelaxed as "requirement_relaxed" {
        interaction: InteractionId,
        queue: QueueId,
        /// 1 is the first.
        step: u32,
        relax_at_ms: Option<Millis>,
    }
}

record! {
    /// What decided an offer, as it was in that event.
    Why as "why" {
        rule: OfferRule,
        /// What was asked.
        requirement: Levels<2>,
        /// What this agent has of it.
        levels: Levels<2>,
        /// Agents who could have taken it at that moment, this one included.
        eligible: u32,
        idle_since_ms: Millis,
        waited_ms: Millis,
        /// Interactions of the same queue still waiting after this offer.
        waiting: u32,
        /// Units this agent had in hand; the less loaded comes first at equal level.
        load: u32 = 0,
        /// What was asked beyond the list of skills.
        conditions: Rare<Vec<Condition>> = Rare::default(),
        /// Relaxation steps in force.
        step: u32 = 0,
    }
}

record! {
    /// The agent's units are reserved until `expires_ms`; `epoch` is unique per offer of an interaction.
    InteractionOffered as "interaction_offered" {
        interaction: InteractionId,
        queue: QueueId,
        agent: AgentId,
        epoch: u64,
        expires_ms: Millis,
        why: Why,
        /// May ring at others too, with the same epoch; letting it ring out blocks nobody.
        is_broadcast: bool = false,
    }
}

record! {
    /// The agent took it.
    OfferAccepted as "offer_accepted" {
        interaction: InteractionId,
        agent: AgentId,
        epoch: u64,
    }
}

record! {
    /// The agent refused it and is not eligible for it until `until_ms`.
    OfferDeclined as "offer_declined" {
        interaction: InteractionId,
        agent: AgentId,
        epoch: u64,
        reason: Option<String>,
        until_ms: Millis,
    }
}

record! {
    /// Nobody answered; the agent is not eligible for it until `until_ms`.
    OfferTimedOut as "offer_timed_out" {
        interaction: InteractionId,
        agent: AgentId,
        epoch: u64,
        until_ms: Millis,
    }
}

record! {
    /// Taken back by us.
    OfferRevoked as "offer_revoked" {
        interaction: InteractionId,
        agent: AgentId,
        epoch: u64,
        reason: RevokeReason,
    }
}

record! {
    /// A new owner gave a ringing offer a new end.
    OfferRearmed as "offer_rearmed" {
        interaction: InteractionId,
        agent: AgentId,
        epoch: u64,
        expires_ms: Millis,
    }
}

record! {
    /// In an agent's hands.
    InteractionActivated as "interaction_activated" {
        interaction: InteractionId,
        agent: AgentId,
        cause: ActivationCause,
        previous_agent: Option<AgentId>,
        is_over_capacity: bool,
    }
}

record! {
    /// Units free, owner kept.
    InteractionParked as "interaction_parked" {
        interaction: InteractionId,
        agent: AgentId,
    }
}

record! {
    /// Gave way to a call: units free, the draft and the owner kept.
    InteractionInterrupted as "interaction_interrupted" {
        interaction: InteractionId,
        agent: AgentId,
        /// The call.
        by: InteractionId,
    }
}

record! {
    /// Back in hand after the call and its wrap-up.
    InteractionResumed as "interaction_resumed" {
        interaction: InteractionId,
        agent: AgentId,
    }
}

record! {
    /// Goes on in another medium.
    MediumChanged as "medium_changed" {
        interaction: InteractionId,
        agent: AgentId,
        medium: Medium,
        units: u32,
        is_over_capacity: bool,
    }
}

record! {
    /// Handling ended; closes by itself at `until_ms`.
    WrapUpStarted as "wrap_up_started" {
        interaction: InteractionId,
        agent: AgentId,
        reason: WrapUpReason,
        until_ms: Millis,
    }
}

record! {
    /// A later end.
    WrapUpExtended as "wrap_up_extended" {
        interaction: InteractionId,
        agent: AgentId,
        until_ms: Millis,
    }
}

record! {
    /// Over.
    InteractionClosed as "interaction_closed" {
        interaction: InteractionId,
        agent: AgentId,
        reason: CloseReason,
    }
}

record! {
    /// The contact was gone before anybody took it.
    InteractionAbandoned as "interaction_abandoned" {
        interaction: InteractionId,
        queue: QueueId,
        waited_ms: Millis,
        reason: AbandonReason,
    }
}

record! {
    /// Ended by us before anybody had it in hand: a transfer, a consult, a callback needed no more.
    InteractionCancelled as "interaction_cancelled" {
        interaction: InteractionId,
        reason: CancelReason,
    }
}

record! {
    /// Left the queue by an exit before anybody took it; for the engine it is over.
    InteractionDiverted as "interaction_diverted" {
        interaction: InteractionId,
        queue: QueueId,
        exit: OverflowExit,
        reason: OverflowReason,
        /// Of a callback that was asked for: it has the place now.
        child: Option<InteractionId>,
    }
}

record! {
    /// The contact is away; abandoned at `abandon_at_ms` if still waiting.
    ContactLostSeen as "contact_lost_seen" {
        interaction: InteractionId,
        abandon_at_ms: Option<Millis>,
    }
}

record! {
    /// The contact is here again.
    ContactBackSeen as "contact_back_seen" {
        interaction: InteractionId,
    }
}

record! {
    /// An agent has written: it is the contact's turn.
    AgentWroteSeen as "agent_wrote_seen" {
        interaction: InteractionId,
        agent: AgentId,
    }
}

record! {
    /// The contact has written after an agent did: it is the agents' turn.
    ContactWroteSeen as "contact_wrote_seen" {
        interaction: InteractionId,
    }
}

record! {
    /// A clock runs; its warning and its breach are due then, where the calendar reaches so far.
    SlaStarted as "sla_started" {
        interaction: InteractionId,
        queue: QueueId,
        clock: SlaClock,
        target_ms: Millis,
        since_ms: Millis,
        /// Of open time, until the warning.
        warn_left_ms: Option<Millis>,
        pauses: Vec<SlaPause>,
        warn_at_ms: Option<Millis>,
        breach_at_ms: Option<Millis>,
    }
}

record! {
    /// A clock stands still.
    SlaPaused as "sla_paused" {
        interaction: InteractionId,
        clock: SlaClock,
        pause: SlaPause,
        /// Of open time, until the breach.
        left_ms: Millis,
        /// Until the warning; none once it was told.
        warn_left_ms: Option<Millis>,
    }
}

record! {
    /// A clock runs on: after a pause, or in the open time of another queue.
    SlaResumed as "sla_resumed" {
        interaction: InteractionId,
        queue: QueueId,
        clock: SlaClock,
        warn_at_ms: Option<Millis>,
        breach_at_ms: Option<Millis>,
    }
}

record! {
    /// So much of the target has run that it is time to hurry.
    SlaWarned as "sla_warned" {
        interaction: InteractionId,
        queue: QueueId,
        clock: SlaClock,
        breach_at_ms: Option<Millis>,
    }
}

record! {
    /// The target has run out; the clock is over.
    SlaBreached as "sla_breached" {
        interaction: InteractionId,
        queue: QueueId,
        target_ms: Millis,
        clock: SlaClock = SlaClock::Answer,
    }
}

record! {
    /// In time; the clock is over.
    SlaMet as "sla_met" {
        interaction: InteractionId,
        queue: QueueId,
        clock: SlaClock,
        /// Of open time, that was not needed.
        left_ms: Millis,
    }
}

record! {
    /// A transfer: the child has its parent's clocks now, all but that of the answer.
    SlaHandedOn as "sla_handed_on" {
        interaction: InteractionId,
        child: InteractionId,
    }
}

record! {
    /// A new owner folded the log up to here.
    ShardOpened as "shard_opened" {
        epoch: u64,
    }
}

untagged!(Why);

/// What one command gave: the facts of due timers first, then its own, or the refusal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Why the command was refused, if it was.
    pub refusal: Option<Refusal>,
    /// What happened, in order.
    pub facts: Vec<Fact>,
    /// The field the refusal is about, where it is about one.
    pub fault: Option<Fault>,
}

impl Wire for Outcome {
    fn put(&self, writer: &mut Writer) {
        writer.array(3);
        self.refusal.put(writer);
        self.facts.put(writer);
        self.fault.put(writer);
    }

    fn get(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        let mut facts = Vec::new();
        let (refusal, fault) = Self::get_with(reader, |reader| reader.list(&mut facts))?;
        Ok(Self { refusal, facts, fault })
    }
}

impl Outcome {
    /// Reads an outcome whose facts are read elsewhere.
    fn get_with(
        reader: &mut Reader<'_>,
        read_facts: impl FnOnce(&mut Reader<'_>) -> Result<(), WireError>,
    ) -> Result<(Option<Refusal>, Option<Fault>), WireError> {
        // Version 1 named no field.
        let count = reader.array_from(2)?;
        reader.at_most(count, 3, "outcome")?;
        let refusal = Wire::get(reader)?;
        read_facts(reader)?;
        Ok((refusal, if count == 3 { Wire::get(reader)? } else { None }))
    }
}

/// Reads the facts of outcomes (`list[Outcome]`) that fill `bytes` to the end, in the memory of some that are done with.
///
/// # Errors
///
/// Returns where the bytes differ from what is allowed there.
pub fn read_facts(bytes: &[u8], facts: &mut Vec<Fact>) -> Result<(), WireError> {
    facts.clear();
    let mut reader = Reader::new(bytes);
    for _ in 0..reader.array()? {
        Outcome::get_with(&mut reader, |reader| reader.list(facts))?;
    }
    reader.end()
}
