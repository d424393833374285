//! What the shell asks of the engine; the same records as in `ucc/domain/engine.py`.

use crate::condition::Condition;
use crate::levels::Levels;
use crate::wire::{Reader, Record, Wire, Writer, record, tagged, untagged};
use crate::words::{
    AgentChoice, AgentId, InteractionId, Interval, Medium, Millis, OverflowExit, QueueId, QueueOrder,
    Session, SkillLevel, SlaClock, SlaPause, Status, TeamId,
};

tagged! {
    /// What the shell asks of the engine; the tag is the imperative name.
    Command {
        SetQueue(Box<SetQueue>) = "set_queue",
        RemoveQueue = "remove_queue",
        SetAgent = "set_agent",
        RemoveAgent = "remove_agent",
        SetPlan = "set_plan",
        SetSession = "set_session",
        SetStatus = "set_status",
        ClearBlock = "clear_block",
        Enqueue = "enqueue",
        ContactWrote = "contact_wrote",
        ContactLost = "contact_lost",
        ContactBack = "contact_back",
        ContactLeft = "contact_left",
        AgentWrote = "agent_wrote",
        AskCallback = "ask_callback",
        Accept = "accept",
        Connected = "connected",
        FailConnecting = "fail_connecting",
        Decline = "decline",
        End = "end",
        Complete = "complete",
        ExtendWrapUp = "extend_wrap_up",
        Park = "park",
        Unpark = "unpark",
        ChangeMedium = "change_medium",
        TransferToQueue = "transfer_to_queue",
        TransferToAgent = "transfer_to_agent",
        Consult = "consult",
        CompleteConsult = "complete_consult",
        MergeConsult = "merge_consult",
        HandOver = "hand_over",
        Hold = "hold",
        Unhold = "unhold",
        HandToFlow = "hand_to_flow",
        ReturnFromFlow = "return_from_flow",
        Take = "take",
        Advance = "advance",
        OpenShard = "open_shard",
    }
}

/// Makes a record of its `count` required fields; the rest takes the defaults, which are written once.
fn filled<T: Record>(count: usize, put: impl FnOnce(&mut Writer)) -> T {
    let mut writer = Writer::default();
    put(&mut writer);
    T::get_fields(&mut Reader::new(&writer.bytes), count).expect("the required fields were written")
}

record! {
    /// What the queue asks instead, after some waiting: wider rings, lower levels.
    Relaxation as "relaxation" {
        /// Of the queue's open time since the work entered it; later than the step before.
        after_ms: Millis,
        /// Instead of the queue's own.
        requirement: Vec<SkillLevel> = Vec::new(),
        /// Instead of the queue's own.
        condition: Option<Condition> = None,
        /// Brings the levels that the interaction asks down, at the lowest to 1.
        lower_by: u8 = 0,
    }
}
untagged!(Relaxation);

record! {
    /// A clock of every piece of work in a queue; it runs in the queue's open time.
    SlaTarget as "sla_target" {
        clock: SlaClock,
        target_ms: Millis,
        /// A warning is told when this much of the target has run.
        warn_after_ms: Option<Millis> = None,
        /// What stops it beside closing time.
        pauses: Vec<SlaPause> = Vec::new(),
    }
}
untagged!(SlaTarget);

record! {
    /// Make or change a queue; waiting work keeps its place. Refused for a cycle of overflow queues.
    SetQueue as "set_queue" {
        queue: QueueId,
        /// All of them, each at least at this level.
        requirement: Vec<SkillLevel>,
        offer_ms: Millis = 15_000,
        /// Then the engine closes the interaction by itself.
        wrap_up_ms: Millis = 60_000,
        /// Orders the queue (earliest deadline) and times `sla_breached`.
        answer_target_ms: Millis = 30_000,
        /// One level of priority brings the deadline forward by this much.
        priority_step_ms: Millis = 60_000,
        /// How long who declined or let ring is not eligible for this interaction.
        decline_ms: Millis = 30_000,
        /// How long work waits for its preferred (last) agent alone.
        preferred_ms: Millis = 60_000,
        /// A blind transfer not accepted in this time goes back to the originator.
        return_ms: Millis = 120_000,
        overflow_after_ms: Option<Millis> = None,
        overflow_queue: Option<QueueId> = None,
        /// After the last agent left, waiting work overflows after this long.
        unstaffed_ms: Millis = 60_000,
        waiting_max: u32 = 10_000,
        /// Sorted, disjoint; empty = never open. The shell expands calendars.
        open: Vec<Interval> = Vec::new(),
        /// On top of the requirement: any-of, exclusions, agents, teams.
        condition: Option<Condition> = None,
        /// In order of time; each takes the place of the one before.
        relaxation: Vec<Relaxation> = Vec::new(),
        order_by: QueueOrder = QueueOrder::EarliestDeadline,
        /// Pieces of work an hour, of a queue ordered by share.
        share_per_hour: u32 = 0,
        agent_choice: AgentChoice = AgentChoice::MostSkilled,
        /// Free agents kept for this queue: its own are pushed others' work only while more than these are free.
        reserve: u32 = 0,
        /// Units of this queue's work pushed into one agent's hands at most.
        agent_units_max: Option<u32> = None,
        /// An offer is taken in the event that makes it.
        auto_accept: bool = false,
        /// With more than this waiting, what comes overflows at once where that is possible.
        overflow_length: Option<u32> = None,
        /// In an emergency: nothing is offered, whatever the hours.
        is_paused: bool = false,
        /// Where the work of a paused queue goes.
        redirect_queue: Option<QueueId> = None,
        /// Each clock at most once; without an answer clock `answer_target_ms` alone times `sla_breached`.
        sla: Vec<SlaTarget> = Vec::new(),
        /// How waiting contacts leave where their work overflows and no queue can have it.
        overflow_exit: Option<OverflowExit> = None,
        /// Best agents an offer rings at together; the first to accept has the work.
        broadcast: u32 = 1,
        /// Where work of blocked contacts goes instead; without one it is refused.
        blocked_queue: Option<QueueId> = None,
        /// A consult about this queue's work is over if nobody has accepted it by then.
        consult_ms: Millis = 20_000,
        /// Accepted work that is not connected by then goes back.
        connect_ms: Millis = 60_000,
        /// Who was not reached is dialled again after this long.
        callback_retry_ms: Millis = 1_800_000,
        /// After so many times dialled in vain it is over.
        callback_tries: u32 = 3,
    }
}

impl SetQueue {
    /// Makes a queue that asks nothing and is never open, with the defaults of the wire.
    #[must_use]
    pub fn new(queue: QueueId) -> Self {
        filled(2, |writer| {
            queue.put(writer);
            Vec::<SkillLevel>::new().put(writer);
        })
    }
}

record! {
    /// Remove an empty queue.
    RemoveQueue as "remove_queue" {
        queue: QueueId,
    }
}

record! {
    /// Make or change an agent; work in hand stays in hand.
    SetAgent as "set_agent" {
        agent: AgentId,
        skills: Vec<SkillLevel>,
        /// (medium, units); a medium not named has none.
        capacity: Vec<(Medium, u32)>,
        voice_exclusive: bool = true,
        teams: Vec<TeamId> = Vec::new(),
        /// How often beside others, 1–100, in queues that choose by weight.
        weight: u32 = 1,
        /// Media whose work gives way to a call, where voice is exclusive.
        interruptible: Vec<Medium> = Vec::new(),
    }
}

impl SetAgent {
    /// Makes an agent, with the defaults of the wire.
    #[must_use]
    pub fn new(agent: AgentId, skills: &[SkillLevel], capacity: &[(Medium, u32)]) -> Self {
        filled(3, |writer| {
            agent.put(writer);
            skills.to_vec().put(writer);
            capacity.to_vec().put(writer);
        })
    }
}

record! {
    /// Remove an agent; offers are revoked, work in hand goes to the head of its queue.
    RemoveAgent as "remove_agent" {
        agent: AgentId,
    }
}

record! {
    /// When an agent is to be off queue.
    PlannedBreak as "planned_break" {
        from_ms: Millis,
        to_ms: Millis,
        /// Of the status meanwhile: break, meal, meeting, training, admin.
        reason: String = "break".to_owned(),
    }
}
untagged!(PlannedBreak);

record! {
    /// An agent's shifts and breaks, each list sorted and disjoint; empty = none planned. The shell expands calendars.
    SetPlan as "set_plan" {
        agent: AgentId,
        shifts: Vec<Interval> = Vec::new(),
        breaks: Vec<PlannedBreak> = Vec::new(),
    }
}

record! {
    /// A console connected, was lost (reconnecting) or signed out (offline).
    SetSession as "set_session" {
        agent: AgentId,
        session: Session,
        /// Signs out although work is in hand; that work goes to the head of its queue.
        is_forced: bool = false,
    }
}

record! {
    /// The agent chooses a status. With unparked work in hand it becomes the next status (drain).
    SetStatus as "set_status" {
        agent: AgentId,
        status: Status,
        reason: Option<String> = None,
    }
}

record! {
    /// Not responding is over, said by the agent or a supervisor.
    ClearBlock as "clear_block" {
        agent: AgentId,
    }
}

record! {
    /// An interaction needs a person.
    Enqueue as "enqueue" {
        interaction: InteractionId,
        queue: QueueId,
        medium: Medium,
        /// Its place; a transfer or return keeps it.
        arrived_ms: Millis,
        units: u32 = 1,
        /// 0–9.
        priority: u8 = 0,
        /// On top of the queue's, languages above all.
        requirement: Levels<1> = Levels::default(),
        /// Last agent first.
        preferred_agent: Option<AgentId> = None,
        /// False: a message left while closed, an e-mail.
        is_abandonable: bool = true,
        /// On top of the queue's.
        condition: Option<Condition> = None,
        /// The shell knows whom the tenant has blocked.
        is_contact_blocked: bool = false,
        /// Other work of the same contact: who has it in hand is preferred if units permit.
        linked: Option<InteractionId> = None,
        /// Its contact is dialled by whoever has it: a callback.
        is_dialled: bool = false,
        /// Of dialled work: waits in no queue before then.
        not_before_ms: Option<Millis> = None,
        /// A callback that the same contact awaits: it is over, and this has its place.
        instead_of: Option<InteractionId> = None,
    }
}

impl Enqueue {
    /// Makes an arrival, with the defaults of the wire.
    #[must_use]
    pub fn new(interaction: InteractionId, queue: QueueId, medium: Medium, arrived_ms: Millis) -> Self {
        filled(4, |writer| {
            interaction.put(writer);
            queue.put(writer);
            medium.put(writer);
            arrived_ms.put(writer);
        })
    }
}

record! {
    /// The contact wrote: keeps, revives or unparks `interaction`, or enqueues `otherwise` if it is over. One command for every case, so that a message racing with a wrap-up can never be left without work.
    ContactWrote as "contact_wrote" {
        interaction: InteractionId,
        otherwise: Enqueue,
    }
}

record! {
    /// The contact's socket is gone; queued work is abandoned 90 s later unless it comes back.
    ContactLost as "contact_lost" {
        interaction: InteractionId,
    }
}

record! {
    /// The contact is connected again.
    ContactBack as "contact_back" {
        interaction: InteractionId,
    }
}

record! {
    /// The contact ended it: waiting work is abandoned at once, active work goes to wrap-up.
    ContactLeft as "contact_left" {
        interaction: InteractionId,
    }
}

record! {
    /// The agent in whose hands it is wrote to the contact.
    AgentWrote as "agent_wrote" {
        interaction: InteractionId,
        agent: AgentId,
    }
}

record! {
    /// The waiting contact would rather be called back: `child` takes the place of the waiting work.
    AskCallback as "ask_callback" {
        interaction: InteractionId,
        child: InteractionId,
        medium: Medium = Medium::Voice,
        /// Whoever has the callback dials, and says whether the contact was reached.
        is_dialled: bool = false,
        /// Of a dialled one: waits in no queue before then.
        not_before_ms: Option<Millis> = None,
    }
}

record! {
    /// The agent takes the offer of this epoch.
    Accept as "accept" {
        interaction: InteractionId,
        agent: AgentId,
        epoch: u64,
        /// Media are to be set up before the contact is in hand; dialled work connects anyway.
        is_connecting: bool = false,
    }
}

record! {
    /// The contact is on the line, or was reached: the work is in hand.
    Connected as "connected" {
        interaction: InteractionId,
        agent: AgentId,
    }
}

record! {
    /// Media were not set up, or the contact was not reached: the work goes back to its original place, dialled work to be dialled again later.
    FailConnecting as "fail_connecting" {
        interaction: InteractionId,
        agent: AgentId,
    }
}

record! {
    /// The agent refuses the offer of this epoch; the interaction goes back to its original place.
    Decline as "decline" {
        interaction: InteractionId,
        agent: AgentId,
        epoch: u64,
        reason: Option<String> = None,
    }
}

record! {
    /// Handling is over: wrap-up starts (or, with `wrap_up_ms` 0, the interaction closes). Of a consult or a seat in a conference: that alone is over, said by who has it or by the contact's owner.
    End as "end" {
        interaction: InteractionId,
        agent: AgentId,
    }
}

record! {
    /// Wrap-up is done.
    Complete as "complete" {
        interaction: InteractionId,
        agent: AgentId,
    }
}

record! {
    /// More time for this wrap-up, `by_ms` from its present end.
    ExtendWrapUp as "extend_wrap_up" {
        interaction: InteractionId,
        agent: AgentId,
        by_ms: Millis,
    }
}

record! {
    /// Free the units, keep the owner.
    Park as "park" {
        interaction: InteractionId,
        agent: AgentId,
    }
}

record! {
    /// The owner takes parked work back in hand, a named act.
    Unpark as "unpark" {
        interaction: InteractionId,
        agent: AgentId,
    }
}

record! {
    /// The agent goes on with the contact in another medium, a named act: a chat becomes a call.
    ChangeMedium as "change_medium" {
        interaction: InteractionId,
        agent: AgentId,
        medium: Medium,
        units: u32 = 1,
    }
}

record! {
    /// Blind: `child` is queued with the arrival kept, the parent goes to wrap-up at once.
    TransferToQueue as "transfer_to_queue" {
        interaction: InteractionId,
        agent: AgentId,
        child: InteractionId,
        queue: QueueId,
        requirement: Vec<SkillLevel> = Vec::new(),
    }
}

record! {
    /// `child` is offered to `to_agent` alone; the sender keeps the parent until it is accepted.
    TransferToAgent as "transfer_to_agent" {
        interaction: InteractionId,
        agent: AgentId,
        child: InteractionId,
        to_agent: AgentId,
    }
}

record! {
    /// Ask a colleague while the contact holds on: `child` is work of our own, offered to `to_agent` alone or queued in `queue`.
    Consult as "consult" {
        interaction: InteractionId,
        agent: AgentId,
        child: InteractionId,
        to_agent: Option<AgentId> = None,
        queue: Option<QueueId> = None,
        /// On top of the queue's.
        requirement: Vec<SkillLevel> = Vec::new(),
    }
}

record! {
    /// The colleague of this consult takes the contact over; the contact's owner wraps up at once.
    CompleteConsult as "complete_consult" {
        /// The consult.
        interaction: InteractionId,
        /// The contact's owner.
        agent: AgentId,
    }
}

record! {
    /// The colleague of this consult joins the contact and its owner: a conference.
    MergeConsult as "merge_consult" {
        /// The consult.
        interaction: InteractionId,
        /// The contact's owner.
        agent: AgentId,
    }
}

record! {
    /// The owner leaves a conference: another of it is the owner now.
    HandOver as "hand_over" {
        interaction: InteractionId,
        agent: AgentId,
        to_agent: AgentId,
    }
}

record! {
    /// The contact of a call holds on; the agent has it in hand all the same.
    Hold as "hold" {
        interaction: InteractionId,
        agent: AgentId,
    }
}

record! {
    /// The agent speaks to the contact again.
    Unhold as "unhold" {
        interaction: InteractionId,
        agent: AgentId,
    }
}

record! {
    /// The contact goes through a step of a flow (a payment, a form) and comes back to the same agent.
    HandToFlow as "hand_to_flow" {
        interaction: InteractionId,
        agent: AgentId,
        /// Then it comes back by itself.
        limit_ms: Millis = 900_000,
    }
}

record! {
    /// The step is done, or its agent takes the contact back before.
    ReturnFromFlow as "return_from_flow" {
        interaction: InteractionId,
        /// Who takes it back; nobody: the flow gives it.
        agent: Option<AgentId> = None,
    }
}

record! {
    /// A person's named act: takes waiting, parked or another's work, above capacity if need be.
    Take as "take" {
        interaction: InteractionId,
        agent: AgentId,
    }
}

record! {
    /// Only time passed; fires every timer that is due.
    Advance as "advance" {}
}

record! {
    /// A new owner: online sessions become reconnecting, ringing offers are armed again.
    OpenShard as "open_shard" {
        epoch: u64,
    }
}
