//! The state that counts: what a snapshot holds and a hash covers. Everything else is derived from it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Deref, DerefMut};

use crate::clocks::ClockState;
use crate::command::{SetAgent, SetQueue};
use crate::condition::{Condition, Profile};
use crate::index::{ClassId, Demand, PoolId, Slot};
use crate::table::Table;
use crate::wire::{Reader, Wire, WireError, Writer, record, record_of, untagged};
use crate::words::{
    AgentId, CALLS_LOST_MS, HEAD_DEADLINE_MS, InteractionId, Interval, MEDIA, Medium, Millis, OFFERS_LOST_MS,
    PRIORITY_MAX, QueueId, QueueOrder, SESSION_LOST_MS, STRICT_STEP_MS, Session, SkillLevel, Status, word,
};

/// The place of waiting work: deadline, then order. Unique, so that ties are never broken by accident.
pub(crate) type Key = (Millis, u64);

const HOUR_MS: Millis = 3_600_000;
/// Answer gaps a queue remembers for its estimate.
pub(crate) const GAPS_MAX: usize = 32;

word! {
    /// Where the engine's part of an interaction's life stands.
    #[derive(Default)]
    Stage {
        /// Waits, in its queue's order or for one agent.
        #[default]
        Queued = "queued",
        /// Rings at an agent.
        Offered = "offered",
        /// In an agent's hands.
        Active = "active",
        /// Owned, without units.
        Parked = "parked",
        /// After the contact.
        Wrapping = "wrapping",
        /// Gave way to a call; owned, without units.
        Interrupted = "interrupted",
    }
}

record! {
    /// A queue's policy and what time has made of it.
    QueueState as "queue_state" {
        config: SetQueue,
        is_open: bool,
        /// Index of the next boundary: twice the interval's, plus one when it is the end.
        boundary: u64,
        /// When an open queue without staff becomes unstaffed.
        unstaffed_at_ms: Option<Millis>,
        is_unstaffed: bool,
        /// Times between answers while work waited, latest last.
        gaps_ms: Vec<Millis>,
        answered_ms: Millis,
        /// When work began to wait after none did.
        busy_since_ms: Millis,
        /// Up to when the queue has used its share.
        share_ms: Millis = 0,
    }
}
untagged!(QueueState);

record! {
    /// An agent's configuration and presence.
    AgentState as "agent_state" {
        config: SetAgent,
        session: Session,
        status: Status,
        reason: Option<String>,
        next_status: Option<Status>,
        next_reason: Option<String>,
        is_blocked: bool,
        since_ms: Millis,
        idle_since_ms: Millis,
        lost_at_ms: Option<Millis>,
        /// Number of its latest offer in turn.
        turn: u64 = 0,
        /// What it has had by weight: less comes first.
        pass: u64 = 0,
    }
}
untagged!(AgentState);

/// One live interaction.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools)] // Each is a fact of its own.
pub(crate) struct InteractionState {
    pub interaction: InteractionId,
    pub queue: QueueId,
    pub medium: Medium,
    pub units: u32,
    pub priority: u8,
    pub requirement: Levels,
    pub arrived_ms: Millis,
    /// When it entered this queue.
    pub queued_ms: Millis,
    pub deadline_ms: Millis,
    pub order: u64,
    pub is_abandonable: bool,
    pub sla_at_ms: When,
    pub overflow_at_ms: When,
    /// Overflow was due and not possible.
    pub is_overdue: bool,
    pub stage: Stage,
    /// Who is offered it, has it in hand, owns it or wraps it up.
    pub holder: Option<AgentId>,
    /// End of the offer or of the wrap-up.
    pub until_ms: When,
    /// Of the latest offer.
    pub epoch: u64,
    pub is_contact_lost: bool,
    /// Relaxation steps in force.
    pub step: u32,
    /// When the next one is due.
    pub relax_at_ms: When,
    /// An agent has written and the contact has not since.
    pub is_answered: bool,
    /// The latest offer lets ring out without blame.
    pub is_broadcast: bool,
    pub rare: Rare,
}

/// A time that may never come, in the room of one time: an `Option` would take twice as much of each that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct When(Millis);

impl When {
    pub(crate) const NEVER: Self = Self(Millis::MAX);

    pub(crate) fn get(self) -> Option<Millis> {
        (self != Self::NEVER).then_some(self.0)
    }
}

impl Default for When {
    fn default() -> Self {
        Self::NEVER
    }
}

impl From<Option<Millis>> for When {
    fn from(time: Option<Millis>) -> Self {
        time.map_or(Self::NEVER, Self)
    }
}

impl Wire for When {
    fn put(&self, writer: &mut Writer) {
        self.get().put(writer);
    }

    fn get(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        Option::get(reader).map(Self::from)
    }
}

/// Levels asked of an agent. Most work asks for one skill at most, a language, which takes no memory elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Levels {
    #[default]
    None,
    One([SkillLevel; 1]),
    More(Box<[SkillLevel]>),
}

impl From<&[SkillLevel]> for Levels {
    fn from(levels: &[SkillLevel]) -> Self {
        match *levels {
            [] => Self::None,
            [level] => Self::One([level]),
            _ => Self::More(levels.into()),
        }
    }
}

impl Deref for Levels {
    type Target = [SkillLevel];

    fn deref(&self) -> &[SkillLevel] {
        match self {
            Self::None => &[],
            Self::One(one) => one,
            Self::More(more) => more,
        }
    }
}

impl Wire for Levels {
    fn put(&self, writer: &mut Writer) {
        writer.array(self.len());
        self.iter().for_each(|level| level.put(writer));
    }

    fn get(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        Vec::get(reader).map(|levels| Self::from(&levels[..]))
    }
}

/// What only few interactions have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Particulars {
    pub preferred_agent: Option<AgentId>,
    pub preferred_until_ms: Option<Millis>,
    pub parent: Option<InteractionId>,
    pub child: Option<InteractionId>,
    pub originator: Option<AgentId>,
    pub return_at_ms: Option<Millis>,
    pub named_agent: Option<AgentId>,
    /// Who is not eligible, until when; oldest first.
    pub excluded: Vec<(AgentId, Millis)>,
    pub abandon_at_ms: Option<Millis>,
    /// Queues it overflowed from; it never goes back to one.
    pub visited: Vec<QueueId>,
    pub condition: Option<Condition>,
    /// SLA clocks that are neither met nor breached, in the order of the word.
    pub clocks: Vec<ClockState>,
    /// At whom else the offer rings, best first.
    pub also: Vec<AgentId>,
}

/// Particulars that take memory only where there are any: a hundred thousand wait, and most have none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rare(Option<Box<Particulars>>);

impl Rare {
    pub(crate) fn new(particulars: Particulars) -> Self {
        Self((particulars != NO_PARTICULARS).then(|| Box::new(particulars)))
    }

    /// Gives what there may be to take away from; where there is nothing, nothing is made.
    pub(crate) fn existing(&mut self) -> Option<&mut Particulars> {
        self.0.as_deref_mut()
    }
}

static NO_PARTICULARS: Particulars = Particulars {
    preferred_agent: None,
    preferred_until_ms: None,
    parent: None,
    child: None,
    originator: None,
    return_at_ms: None,
    named_agent: None,
    excluded: Vec::new(),
    abandon_at_ms: None,
    visited: Vec::new(),
    condition: None,
    clocks: Vec::new(),
    also: Vec::new(),
};

impl Deref for Rare {
    type Target = Particulars;

    fn deref(&self) -> &Particulars {
        self.0.as_deref().unwrap_or(&NO_PARTICULARS)
    }
}

impl DerefMut for Rare {
    fn deref_mut(&mut self) -> &mut Particulars {
        self.0.get_or_insert_default()
    }
}

record_of! {
    InteractionState as "interaction_state" {
        interaction,
        queue,
        medium,
        units,
        priority,
        requirement,
        arrived_ms,
        queued_ms,
        deadline_ms,
        order,
        rare.preferred_agent,
        rare.preferred_until_ms,
        is_abandonable,
        rare.parent,
        rare.child,
        rare.originator,
        rare.return_at_ms,
        sla_at_ms,
        overflow_at_ms,
        is_overdue,
        rare.named_agent,
        stage,
        holder,
        until_ms,
        epoch,
        rare.excluded,
        is_contact_lost,
        rare.abandon_at_ms,
        rare.visited,
        rare.condition = None,
        step = 0,
        relax_at_ms = When::NEVER,
        rare.clocks = Vec::new(),
        is_answered = false,
        rare.also = Vec::new(),
        is_broadcast = false,
    }
}
untagged!(InteractionState);

/// What an interaction's timer is about; in this order when two are due in the same millisecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    Offer,
    WrapUp,
    Abandon,
    Return,
    Preference,
    Exclusion,
    Relaxation,
    Overflow,
    Sla,
    Clock,
}

impl InteractionState {
    pub(crate) fn key(&self) -> Key {
        (self.deadline_ms, self.order)
    }

    pub(crate) fn is_excluded(&self, agent: AgentId) -> bool {
        self.rare.excluded.iter().any(|&(excluded, _)| excluded == agent)
    }

    /// Returns everybody it rings at, best first.
    pub(crate) fn ringing(&self) -> Vec<AgentId> {
        let first = self.holder.filter(|_| self.stage == Stage::Offered);
        first.into_iter().chain(self.rare.also.iter().copied()).collect()
    }

    pub(crate) fn rings_at(&self, agent: AgentId) -> bool {
        self.stage == Stage::Offered && (self.holder == Some(agent) || self.rare.also.contains(&agent))
    }

    /// Waits for a place in the queue's order; work for a named agent never does.
    pub(crate) fn is_waiting(&self) -> bool {
        self.stage == Stage::Queued && self.rare.named_agent.is_none()
    }

    /// Returns when time will next do something to it: the time of `due`, without saying what.
    pub(crate) fn due_ms(&self) -> When {
        let rare = &*self.rare;
        let exclusion =
            || rare.excluded.iter().map(|&(_, until_ms)| When(until_ms)).min().unwrap_or_default();
        let least = match self.stage {
            Stage::Queued => When::from(rare.abandon_at_ms)
                .min(rare.return_at_ms.into())
                .min(rare.preferred_until_ms.into())
                .min(exclusion())
                .min(self.relax_at_ms)
                .min(self.overflow_at_ms)
                .min(self.sla_at_ms),
            Stage::Offered => {
                self.until_ms.min(rare.abandon_at_ms.into()).min(exclusion()).min(self.sla_at_ms)
            }
            Stage::Wrapping => self.until_ms,
            Stage::Active | Stage::Parked | Stage::Interrupted => When::NEVER,
        };
        let clock = rare.clocks.iter().filter_map(ClockState::due).map(|(at_ms, _)| When(at_ms)).min();
        let least = least.min(clock.unwrap_or_default());
        debug_assert_eq!(least.get(), self.due().map(|(due_ms, _)| due_ms));
        least
    }

    /// Returns the next thing that time will do to it.
    pub(crate) fn due(&self) -> Option<(Millis, Due)> {
        let exclusion = self.rare.excluded.iter().map(|&(_, until_ms)| until_ms).min();
        let candidates: &[(Option<Millis>, Due)] = match self.stage {
            Stage::Queued => &[
                (self.rare.abandon_at_ms, Due::Abandon),
                (self.rare.return_at_ms, Due::Return),
                (self.rare.preferred_until_ms, Due::Preference),
                (exclusion, Due::Exclusion),
                (self.relax_at_ms.get(), Due::Relaxation),
                (self.overflow_at_ms.get(), Due::Overflow),
                (self.sla_at_ms.get(), Due::Sla),
            ],
            Stage::Offered => &[
                (self.until_ms.get(), Due::Offer),
                (self.rare.abandon_at_ms, Due::Abandon),
                (exclusion, Due::Exclusion),
                (self.sla_at_ms.get(), Due::Sla),
            ],
            Stage::Wrapping => &[(self.until_ms.get(), Due::WrapUp)],
            Stage::Active | Stage::Parked | Stage::Interrupted => &[],
        };
        let clock = self.rare.clocks.iter().filter_map(ClockState::due).min();
        let clock = clock.map(|(at_ms, _)| (at_ms, Due::Clock));
        candidates.iter().filter_map(|&(at_ms, due)| at_ms.map(|at_ms| (at_ms, due))).chain(clock).min()
    }
}

/// A live interaction and its derived links.
#[derive(Debug)]
pub(crate) struct Interaction {
    pub state: InteractionState,
    /// Slot of its queue.
    pub queue_at: Slot,
    /// Where it waits, when it waits for a class.
    pub class: Option<ClassId>,
    /// In whose hands it is.
    pub desk: Option<Slot>,
    /// When its timer is due.
    pub due_ms: When,
}

impl Interaction {
    /// Returns in whose hands it counts, and as what.
    pub(crate) fn held(&self) -> Option<(Slot, Stage, Medium, u32)> {
        self.desk.map(|desk| (desk, self.state.stage, self.state.medium, self.state.units))
    }
}

/// The class of work with an extra requirement, medium and units, unrelaxed and without a condition of its own.
#[derive(Debug)]
pub(crate) struct Usual {
    pub requirement: Levels,
    pub medium: Medium,
    pub units: u32,
    pub class: ClassId,
}

/// The classes of a queue's usual work by a hash of what is asked; of two with one hash the later stands behind.
#[derive(Debug, Default)]
pub(crate) struct UsualClasses(Table<Usual>);

impl UsualClasses {
    /// Returns the class, or the key to remember it by.
    pub(crate) fn find(
        &self,
        requirement: &[SkillLevel],
        medium: Medium,
        units: u32,
    ) -> Result<ClassId, u64> {
        let whole = (u64::from(units) << 8) | medium as u64;
        let mut key = requirement.iter().fold(whole, |hash, &(skill, level)| {
            (hash ^ skill.rotate_left(8) ^ u64::from(level))
                .wrapping_mul(0x9e37_79b9_7f4a_7c15)
                .rotate_left(29)
        });
        while let Some(found) = self.0.get(key) {
            if (found.medium, found.units) == (medium, units) && *found.requirement == *requirement {
                return Ok(found.class);
            }
            key = key.wrapping_add(1);
        }
        Err(key)
    }

    pub(crate) fn remember(&mut self, key: u64, usual: Usual) {
        self.0.put(key, usual);
    }

    pub(crate) fn clear(&mut self) {
        self.0 = Table::default();
    }
}

/// A queue and its derived links.
#[derive(Debug)]
pub(crate) struct Queue {
    pub state: QueueState,
    /// Of its own requirement; then those of its relaxation steps.
    pub pools: Vec<PoolId>,
    pub classes: BTreeSet<ClassId>,
    /// The classes of usual work under the present policy.
    pub class_of: UsualClasses,
    /// How much waits here: in its classes, and for one agent alone.
    pub waiting: usize,
    /// What waits for one agent alone.
    pub preferred: BTreeMap<Key, InteractionId>,
    /// Waiting work whose overflow was due and not possible.
    pub overdue: BTreeMap<Key, InteractionId>,
    /// Slots of all live work that names this queue, in no order.
    pub live: Vec<Slot>,
    /// Counted among the queues that limit their units in one agent's hands.
    pub is_limited: bool,
    pub due_ms: Option<Millis>,
}

impl Queue {
    pub(crate) fn from_state(state: QueueState, pools: Vec<PoolId>) -> Self {
        Self {
            state,
            pools,
            classes: BTreeSet::new(),
            class_of: UsualClasses::default(),
            waiting: 0,
            preferred: BTreeMap::new(),
            overdue: BTreeMap::new(),
            live: Vec::new(),
            is_limited: false,
            due_ms: None,
        }
    }
}

impl QueueState {
    /// Returns when the queue opens or closes next.
    pub(crate) fn boundary_ms(&self) -> Option<Millis> {
        let index = usize::try_from(self.boundary).ok()?;
        let &(from_ms, to_ms) = self.config.open.get(index / 2)?;
        Some(if index % 2 == 0 { from_ms } else { to_ms })
    }

    /// Returns when `duration_ms` of open time have passed since `from_ms`, if the calendar reaches so far.
    pub(crate) fn open_after(&self, from_ms: Millis, duration_ms: Millis) -> Option<Millis> {
        let mut left_ms = duration_ms;
        let first = self.config.open.partition_point(|&(_, to_ms)| to_ms <= from_ms);
        for &(open_ms, close_ms) in &self.config.open[first..] {
            let start_ms = open_ms.max(from_ms);
            if close_ms - start_ms >= left_ms {
                return Some(start_ms + left_ms);
            }
            left_ms -= close_ms - start_ms;
        }
        None
    }

    /// Returns when work that entered at `queued_ms` overflows.
    pub(crate) fn overflow_at(&self, queued_ms: Millis) -> Option<Millis> {
        if self.config.overflow_queue.is_none() && self.config.overflow_exit.is_none() {
            return None;
        }
        self.open_after(queued_ms, self.config.overflow_after_ms?)
    }

    /// Returns how many relaxation steps are in force for work that entered at `queued_ms`, and when the next
    /// one is due.
    pub(crate) fn relaxed(&self, queued_ms: Millis, at_ms: Millis) -> (u32, Option<Millis>) {
        let mut step = 0;
        for relaxation in &self.config.relaxation {
            match self.open_after(queued_ms, relaxation.after_ms) {
                Some(due_ms) if due_ms <= at_ms => step += 1,
                due_ms => return (step, due_ms),
            }
        }
        (step, None)
    }

    /// Returns when the relaxation step after `step` is due.
    pub(crate) fn relax_at(&self, queued_ms: Millis, step: u32) -> Option<Millis> {
        let next = self.config.relaxation.get(step as usize)?;
        self.open_after(queued_ms, next.after_ms)
    }

    /// Returns what this queue and the work ask together after `step` relaxations (R8, R47, R48).
    pub(crate) fn demand(&self, extra: &[SkillLevel], own: Option<&Condition>, step: u32) -> Demand {
        let config = &self.config;
        let Some(relaxation) = step.checked_sub(1).and_then(|at| config.relaxation.get(at as usize)) else {
            return Demand::new(&config.requirement, extra, [config.condition.as_ref(), own]);
        };
        let lower = |&(skill, level): &SkillLevel| (skill, level.saturating_sub(relaxation.lower_by).max(1));
        let lowered: Vec<_> = extra.iter().map(lower).collect();
        Demand::new(&relaxation.requirement, &lowered, [relaxation.condition.as_ref(), own])
    }

    /// Returns what the queue itself asks, first as it is, then after each step.
    pub(crate) fn demands(&self) -> Vec<Demand> {
        let steps = u32::try_from(self.config.relaxation.len()).expect("a few steps");
        (0..=steps).map(|step| self.demand(&[], None, step)).collect()
    }

    /// Offers its work: inside its hours, and not paused (R40, R61).
    pub(crate) fn serves(&self) -> bool {
        self.is_open && !self.config.is_paused
    }

    /// Returns where its work goes while it is paused (R61).
    pub(crate) fn redirect(&self) -> Option<QueueId> {
        self.config.redirect_queue.filter(|_| self.config.is_paused)
    }

    /// Returns the place at the head of the queue.
    pub(crate) fn head_ms(&self) -> Millis {
        match self.config.order_by {
            QueueOrder::StrictPriority => -(Millis::from(PRIORITY_MAX) + 1) * STRICT_STEP_MS,
            QueueOrder::EarliestDeadline | QueueOrder::Share => HEAD_DEADLINE_MS,
        }
    }
}

impl Queue {
    /// Returns the first ordering key of work that queues now, and up to when the queue has used its share
    /// with it (R6, R50, R51).
    pub(crate) fn place(&self, arrived_ms: Millis, priority: u8) -> (Millis, Option<Millis>) {
        let config = &self.state.config;
        let forward_ms = Millis::from(priority) * config.priority_step_ms;
        match config.order_by {
            QueueOrder::EarliestDeadline => {
                ((arrived_ms + config.answer_target_ms - forward_ms).max(1), None)
            }
            QueueOrder::StrictPriority => {
                let deadline_ms = (arrived_ms + config.answer_target_ms).max(1);
                (deadline_ms - Millis::from(priority) * STRICT_STEP_MS, None)
            }
            QueueOrder::Share => {
                // A queue that nothing waits in owes nothing: it took what nobody else needed.
                let from_ms =
                    if self.waiting == 0 { arrived_ms } else { arrived_ms.max(self.state.share_ms) };
                let share_ms = from_ms + HOUR_MS / Millis::from(config.share_per_hour);
                ((share_ms - forward_ms).max(1), Some(share_ms))
            }
        }
    }
}

/// Joins intervals that touch, so that each boundary really opens or closes.
pub(crate) fn joined(open: &[Interval]) -> Vec<Interval> {
    let mut joined: Vec<Interval> = Vec::with_capacity(open.len());
    for &(from_ms, to_ms) in open {
        match joined.last_mut() {
            Some(last) if last.1 == from_ms => last.1 = to_ms,
            _ => joined.push((from_ms, to_ms)),
        }
    }
    joined
}

/// What an agent's place among the free is made of, whatever the choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub load: u32,
    pub idle_since_ms: Millis,
    /// Thousandths of the fullest medium.
    pub occupancy: u32,
    pub turn: u64,
    pub pass: u64,
}

/// Units in hand per medium.
pub(crate) type Load = [u32; MEDIA];

/// An agent and the derived figures of the work in hand.
#[derive(Debug)]
pub(crate) struct Agent {
    pub state: AgentState,
    /// Offered, active, wrapping and parked, by id.
    pub work: Vec<InteractionId>,
    pub used: Load,
    pub capacity: Load,
    /// Offers that ring.
    pub rings: u32,
    /// Work being handled, the units of it per medium, and the calls among it.
    pub active: u32,
    pub handled: Load,
    pub calls: u32,
    /// Work that gave way to a call.
    pub interrupted: u32,
    /// Wrap-ups, and those of calls: they block all pushes.
    pub wraps: u32,
    pub voice_wraps: u32,
    /// Waiting for this agent alone.
    pub preferred: BTreeMap<Key, InteractionId>,
    /// Pools whose requirement the agent meets, with the sum of its levels.
    pub pools: Vec<(PoolId, u32)>,
    /// Those of them that keep their free agents in order.
    pub dense: Vec<(PoolId, u32)>,
    /// Classes of those pools.
    pub classes: Vec<ClassId>,
    /// Counted among the staff of its pools.
    pub is_staff: bool,
    /// May be pushed one unit of each medium.
    pub free: [bool; MEDIA],
    /// How dense pools list it, which may lag behind until the event is settled.
    pub listed: Option<(Standing, [bool; MEDIA])>,
    pub is_stale: bool,
    /// Those of its pools that queues keep a reserve of.
    pub reserves: Vec<PoolId>,
    pub due_ms: Option<Millis>,
}

impl Agent {
    pub(crate) fn new(state: AgentState) -> Self {
        let config = state.config.clone();
        let mut agent = Self {
            state,
            work: Vec::new(),
            used: [0; MEDIA],
            capacity: [0; MEDIA],
            rings: 0,
            active: 0,
            handled: [0; MEDIA],
            calls: 0,
            interrupted: 0,
            wraps: 0,
            voice_wraps: 0,
            preferred: BTreeMap::new(),
            pools: Vec::new(),
            dense: Vec::new(),
            classes: Vec::new(),
            is_staff: false,
            free: [false; MEDIA],
            listed: None,
            is_stale: false,
            reserves: Vec::new(),
            due_ms: None,
        };
        agent.set_config(config);
        agent
    }

    pub(crate) fn id(&self) -> AgentId {
        self.state.config.agent
    }

    /// Returns what conditions look at.
    pub(crate) fn profile(&self) -> Profile<'_> {
        let config = &self.state.config;
        Profile { agent: config.agent, skills: &config.skills, teams: &config.teams }
    }

    /// Wants work and could come free: online or a moment away, on queue, not draining, not blocked.
    pub(crate) fn is_staffing(&self) -> bool {
        let state = &self.state;
        state.session != Session::Offline
            && state.status == Status::OnQueue
            && state.next_status.is_none()
            && !state.is_blocked
    }

    /// May be pushed work if units are free.
    pub(crate) fn is_routable(&self) -> bool {
        self.is_staffing() && self.state.session == Session::Online
    }

    /// Has work that is not parked: leaving waits for it.
    pub(crate) fn is_busy(&self) -> bool {
        self.rings + self.active + self.interrupted + self.wraps > 0
    }

    /// Returns when a lost session next gives something back.
    pub(crate) fn due(&self) -> Option<Millis> {
        let lost_at_ms = self.state.lost_at_ms?;
        if self.rings > 0 {
            Some(lost_at_ms + OFFERS_LOST_MS)
        } else if self.calls > 0 {
            Some(lost_at_ms + CALLS_LOST_MS)
        } else {
            Some(lost_at_ms + SESSION_LOST_MS)
        }
    }

    /// Counts work that came into hand.
    pub(crate) fn take_up(&mut self, stage: Stage, medium: Medium, units: u32) {
        let is_voice = u32::from(medium == Medium::Voice);
        match stage {
            Stage::Queued | Stage::Parked => return,
            Stage::Interrupted => {
                self.interrupted += 1;
                return;
            }
            Stage::Offered => self.rings += 1,
            Stage::Active => {
                self.active += 1;
                self.handled[medium as usize] += units;
                self.calls += is_voice;
            }
            Stage::Wrapping => {
                self.wraps += 1;
                self.voice_wraps += is_voice;
            }
        }
        self.used[medium as usize] += units;
    }

    /// Counts work that left the hand.
    pub(crate) fn give_back(&mut self, stage: Stage, medium: Medium, units: u32) {
        let is_voice = u32::from(medium == Medium::Voice);
        match stage {
            Stage::Queued | Stage::Parked => return,
            Stage::Interrupted => {
                self.interrupted -= 1;
                return;
            }
            Stage::Offered => self.rings -= 1,
            Stage::Active => {
                self.active -= 1;
                self.handled[medium as usize] -= units;
                self.calls -= is_voice;
            }
            Stage::Wrapping => {
                self.wraps -= 1;
                self.voice_wraps -= is_voice;
            }
        }
        self.used[medium as usize] -= units;
    }

    pub(crate) fn standing(&self) -> Standing {
        let shares = self.used.iter().zip(&self.capacity);
        let shares = shares.map(|(&used, &capacity)| used * 1_000 / capacity.max(1));
        Standing {
            load: self.total_load(),
            idle_since_ms: self.state.idle_since_ms,
            occupancy: shares.max().unwrap_or(0),
            turn: self.state.turn,
            pass: self.state.pass,
        }
    }

    /// Returns which media the agent may be pushed one unit of: `can_take` of one unit of each.
    pub(crate) fn free_for(&self) -> [bool; MEDIA] {
        let is_within = self.used.iter().zip(&self.capacity).all(|(used, capacity)| used <= capacity);
        if !is_within || !self.is_routable() || self.voice_wraps > 0 {
            return [false; MEDIA];
        }
        let is_apart = !self.state.config.voice_exclusive || self.used[Medium::Voice as usize] == 0;
        std::array::from_fn(|index| {
            self.used[index] < self.capacity[index]
                && if index == Medium::Voice as usize { self.has_room(Medium::Voice, 1) } else { is_apart }
        })
    }

    /// Before the first dense pool lists the agent: until then its listing was nobody's concern.
    pub(crate) fn begin_listing(&mut self) {
        if self.dense.is_empty() {
            self.listed = self.is_free().then(|| (self.standing(), self.free));
        }
    }

    pub(crate) fn is_free(&self) -> bool {
        self.free.contains(&true)
    }

    pub(crate) fn total_load(&self) -> u32 {
        self.used.iter().sum()
    }

    /// Has room for `units` more of `medium`, nothing is above capacity, and voice stays exclusive.
    pub(crate) fn has_room(&self, medium: Medium, units: u32) -> bool {
        let is_within = self.used.iter().zip(&self.capacity).all(|(used, capacity)| used <= capacity);
        let index = medium as usize;
        let is_apart = !self.state.config.voice_exclusive
            || if medium == Medium::Voice {
                // What a call would interrupt is not in its way.
                let yielding = self.state.config.interruptible.iter();
                self.total_load() == yielding.map(|&medium| self.handled[medium as usize]).sum::<u32>()
            } else {
                self.used[Medium::Voice as usize] == 0
            };
        is_within && is_apart && self.used[index] + units <= self.capacity[index]
    }

    /// Says whether active work of `before` may become this within capacity.
    pub(crate) fn may_change(&self, before: (Medium, u32), medium: Medium, units: u32) -> bool {
        let mut used = self.used;
        used[before.0 as usize] -= before.1;
        let mut handled = self.handled;
        handled[before.0 as usize] -= before.1;
        let (total, calls) = (used.iter().sum::<u32>(), used[Medium::Voice as usize]);
        let yielding = self.state.config.interruptible.iter().map(|&medium| handled[medium as usize]);
        let is_apart = !self.state.config.voice_exclusive
            || if medium == Medium::Voice { total == yielding.sum::<u32>() } else { calls == 0 };
        used[medium as usize] += units;
        is_apart && used.iter().zip(&self.capacity).all(|(used, capacity)| used <= capacity)
    }

    /// Could be pushed this work now.
    pub(crate) fn can_take(&self, medium: Medium, units: u32) -> bool {
        self.is_routable() && self.voice_wraps == 0 && self.has_room(medium, units)
    }

    /// Is worth waiting for: staffing, and large enough when idle.
    pub(crate) fn may_come_free(&self, medium: Medium, units: u32) -> bool {
        self.is_staffing() && units <= self.capacity[medium as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::Interaction;

    #[test]
    fn a_piece_of_work_takes_three_cache_lines_at_most() {
        // As it stands in its table, beside its id; a hundred thousand of them may wait.
        assert!(size_of::<Option<(u64, Interaction)>>() <= 3 * 64);
    }
}
