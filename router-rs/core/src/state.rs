//! The state that counts: what a snapshot holds and a hash covers. Everything else is derived from it.

use std::collections::{BTreeMap, BTreeSet};

use crate::command::{SetAgent, SetQueue};
use crate::condition::{Condition, Profile};
use crate::fetch::fetch_at;
use crate::gaps::Gaps;
use crate::hands::Hands;
use crate::index::{ClassId, Demand, PoolId};
use crate::levels::Levels;
use crate::plan::PlanState;
use crate::rare::{Few, Rare};
use crate::table::Known;
use crate::wire::{record, untagged};
use crate::words::{
    AgentId, CALLS_LOST_MS, HEAD_DEADLINE_MS, InteractionId, Interval, MEDIA, Media, Medium, Millis,
    OFFERS_LOST_MS, PRIORITY_MAX, QueueId, QueueOrder, SESSION_LOST_MS, STRICT_STEP_MS, Session, SkillLevel,
    Status, word,
};

/// The place of waiting work: deadline, then order. Unique, so that ties are never broken by accident.
pub(crate) type Key = (Millis, u64);

const HOUR_MS: Millis = 3_600_000;

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
        /// With a flow that gives it back; its agent waits for it, and the units with the agent.
        InFlow = "in_flow",
        /// Accepted: media are set up, or the contact is dialled; its agent's units are held.
        Connecting = "connecting",
        /// Waits in no queue until it is due.
        Scheduled = "scheduled",
    }
}

word! {
    /// What ties work of our own to a contact's work, its parent: it is never the contact's itself.
    Bond {
        /// A colleague is asked.
        Consult = "consult",
        /// A colleague is in a conference.
        Seat = "seat",
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
        gaps_ms: Gaps,
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
        /// Shifts and breaks, where any are planned.
        plan: Option<Box<PlanState>> = None,
    }
}
untagged!(AgentState);

/// The class of work with an extra requirement, medium, units and steps of relaxation, without a condition of its own.
#[derive(Debug)]
pub(crate) struct Usual {
    pub requirement: Levels<1>,
    pub medium: Medium,
    pub units: u32,
    pub step: u8,
    pub class: ClassId,
}

impl Usual {
    fn is_of(&self, requirement: &[SkillLevel], medium: Medium, units: u32, step: u8) -> bool {
        (self.medium, self.units, self.step) == (medium, units, step) && *self.requirement == *requirement
    }

    fn hash(&self) -> usize {
        hash_of(&self.requirement, self.medium, self.units, self.step)
    }
}

/// Returns a number that tells apart most of what is asked.
fn hash_of(requirement: &[SkillLevel], medium: Medium, units: u32, step: u8) -> usize {
    let whole = u64::from(step) << 40 | u64::from(units) << 8 | medium as u64;
    let hash = requirement.iter().fold(whole, |hash, &(skill, level)| {
        (hash.rotate_left(29) ^ skill.rotate_left(8) ^ u64::from(level)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    });
    // The upper half of a product depends on all of its factors, the lower on little.
    usize::try_from(hash >> 32).expect("32 bits are left")
}

/// The classes of a queue's usual work, each at its hash or behind it; half of the places are free.
#[derive(Debug, Default)]
pub(crate) struct UsualClasses {
    places: Vec<Option<Usual>>,
    len: usize,
}

impl UsualClasses {
    /// Returns the class and what it asks.
    pub(crate) fn find(
        &self,
        requirement: &[SkillLevel],
        medium: Medium,
        units: u32,
        step: u8,
    ) -> Option<&Usual> {
        let mask = self.places.len().checked_sub(1)?;
        let mut at = hash_of(requirement, medium, units, step) & mask;
        while let Some(usual) = self.places[at].as_ref() {
            if usual.is_of(requirement, medium, units, step) {
                return Some(usual);
            }
            at = (at + 1) & mask;
        }
        None
    }

    /// Asks for where such work is looked up.
    pub(crate) fn fetch(&self, requirement: &[SkillLevel], medium: Medium, units: u32) {
        if let Some(mask) = self.places.len().checked_sub(1) {
            fetch_at(&self.places, hash_of(requirement, medium, units, 0) & mask);
        }
    }

    /// Remembers what is not there.
    pub(crate) fn remember(&mut self, usual: Usual) {
        if 2 * self.len >= self.places.len() {
            let room = (2 * self.places.len()).max(4);
            let before = std::mem::replace(&mut self.places, (0..room).map(|_| None).collect());
            before.into_iter().flatten().for_each(|usual| self.put(usual));
        }
        self.put(usual);
        self.len += 1;
    }

    fn put(&mut self, usual: Usual) {
        let mask = self.places.len() - 1;
        let mut at = usual.hash() & mask;
        while self.places[at].is_some() {
            at = (at + 1) & mask;
        }
        self.places[at] = Some(usual);
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
    /// How much live work names this queue.
    pub live: usize,
    /// Counted among the queues that limit their units in one agent's hands.
    pub is_limited: bool,
}

impl Known for Queue {
    fn id(&self) -> QueueId {
        self.state.config.queue
    }
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
            live: 0,
            is_limited: false,
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

/// An agent and the derived figures of the work in hand. What every offer and end looks at stands first, in a few
/// cache lines: of ten thousand agents, whoever is next is in no cache.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Agent {
    pub id: AgentId,
    pub used: Load,
    pub capacity: Load,
    pub handled: Load,
    /// Offers that ring.
    pub rings: u32,
    /// Work being handled (`handled` are its units per medium), and the calls among it.
    pub active: u32,
    pub calls: u32,
    /// Work that gave way to a call.
    pub interrupted: u32,
    /// Wrap-ups, and those of calls: they block all pushes.
    pub wraps: u32,
    pub voice_wraps: u32,
    /// Counted among the staff of its pools.
    pub is_staff: bool,
    pub is_stale: bool,
    /// May be pushed one unit of each medium.
    pub free: Media,
    /// What presence and profile say, as of the last `refresh`.
    pub is_routable: bool,
    pub is_exclusive: bool,
    pub has_next_status: bool,
    pub is_lost: bool,
    pub entries: Rare<Entries>,
    /// Pools whose requirement the agent meets; first those that work has ever waited in.
    pub pools: Vec<PoolId>,
    /// How many those are.
    pub lanes: usize,
    /// Offered, active, wrapping and parked, by id.
    pub work: Hands,
    pub state: AgentState,
}

/// Where few agents are entered.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Entries {
    /// Waiting for this agent alone.
    pub preferred: BTreeMap<Key, InteractionId>,
    /// Those of its pools that keep their free agents in order.
    pub dense: Vec<(PoolId, u32)>,
    /// How those list it, which may lag behind until the event is settled.
    pub listed: Option<(Standing, Media)>,
    /// Those of its pools that queues keep a reserve of.
    pub reserves: Vec<PoolId>,
}

impl Few for Entries {
    const NONE: &'static Self =
        &Self { preferred: BTreeMap::new(), dense: Vec::new(), listed: None, reserves: Vec::new() };
}

impl Known for Agent {
    fn id(&self) -> AgentId {
        self.id
    }
}

impl Agent {
    pub(crate) fn new(state: AgentState) -> Self {
        let mut agent = Self {
            id: state.config.agent,
            state,
            work: Hands::default(),
            used: [0; MEDIA],
            capacity: [0; MEDIA],
            rings: 0,
            active: 0,
            handled: [0; MEDIA],
            calls: 0,
            interrupted: 0,
            wraps: 0,
            voice_wraps: 0,
            entries: Rare::default(),
            pools: Vec::new(),
            lanes: 0,
            is_staff: false,
            free: Media::NONE,
            is_routable: false,
            is_exclusive: false,
            has_next_status: false,
            is_lost: false,
            is_stale: false,
        };
        agent.note_capacity();
        agent
    }

    /// Returns the pools that work for the agent may wait in.
    pub(crate) fn lanes(&self) -> &[PoolId] {
        &self.pools[..self.lanes]
    }

    /// Lets those of the pools from `lanes` on stand first that work may wait in.
    pub(crate) fn bring_forward(&mut self, has_lane: impl Fn(PoolId) -> bool) {
        for at in self.lanes..self.pools.len() {
            if has_lane(self.pools[at]) {
                self.pools.swap(at, self.lanes);
                self.lanes += 1;
            }
        }
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

    /// Writes what presence and profile say beside what is looked at with it.
    pub(crate) fn note_presence(&mut self) {
        let state = &self.state;
        self.is_routable = self.is_staffing() && state.session == Session::Online;
        self.is_exclusive = state.config.voice_exclusive;
        self.has_next_status = state.next_status.is_some();
        self.is_lost = state.lost_at_ms.is_some();
    }

    /// Has work that is not parked: leaving waits for it.
    pub(crate) fn is_busy(&self) -> bool {
        self.rings + self.active + self.interrupted + self.wraps > 0
    }

    /// Returns when time will next do something: to a lost session, or by the agent's plan.
    pub(crate) fn due(&self) -> Option<Millis> {
        let lost_ms = self.lost_due();
        match &self.state.plan {
            Some(plan) => [lost_ms, plan.due().map(|(due_ms, _)| due_ms)].into_iter().flatten().min(),
            None => lost_ms,
        }
    }

    /// Returns when a lost session next gives something back.
    pub(crate) fn lost_due(&self) -> Option<Millis> {
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
            Stage::Queued | Stage::Parked | Stage::Scheduled => return,
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
            // It does not give way to a call: its contact may be there at any moment.
            Stage::InFlow | Stage::Connecting => {
                self.active += 1;
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
            Stage::Queued | Stage::Parked | Stage::Scheduled => return,
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
            Stage::InFlow | Stage::Connecting => {
                self.active -= 1;
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
    pub(crate) fn free_for(&self) -> Media {
        let (used, capacity) = (&self.used, &self.capacity);
        let is_over = used.iter().zip(capacity).any(|(used, capacity)| used > capacity);
        if is_over || !self.is_routable || self.voice_wraps > 0 {
            return Media::NONE;
        }
        let mut free = Media::where_each(|medium| used[medium] < capacity[medium]);
        let load = self.total_load();
        if self.is_exclusive && load > 0 {
            if used[Medium::Voice as usize] > 0 {
                free = free.only(Medium::Voice);
            }
            if load != self.yielding() {
                free = free.without(Medium::Voice);
            }
        }
        free
    }

    /// Returns the units in hand that would give way to a call.
    fn yielding(&self) -> u32 {
        self.state.config.interruptible.iter().map(|&medium| self.handled[medium as usize]).sum()
    }

    /// Before the first dense pool lists the agent: until then its listing was nobody's concern.
    pub(crate) fn begin_listing(&mut self) {
        if self.entries.dense.is_empty() {
            self.entries.listed = self.is_free().then(|| (self.standing(), self.free));
        }
    }

    pub(crate) fn is_free(&self) -> bool {
        !self.free.is_empty()
    }

    pub(crate) fn total_load(&self) -> u32 {
        self.used.iter().sum()
    }

    /// Has room for `units` more of `medium`, nothing is above capacity, and voice stays exclusive.
    pub(crate) fn has_room(&self, medium: Medium, units: u32) -> bool {
        let is_within = self.used.iter().zip(&self.capacity).all(|(used, capacity)| used <= capacity);
        let index = medium as usize;
        let is_apart = !self.is_exclusive
            || if medium == Medium::Voice {
                // What a call would interrupt is not in its way.
                self.total_load() == self.yielding()
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
        let is_apart = !self.is_exclusive
            || if medium == Medium::Voice { total == yielding.sum::<u32>() } else { calls == 0 };
        used[medium as usize] += units;
        is_apart && used.iter().zip(&self.capacity).all(|(used, capacity)| used <= capacity)
    }

    /// Could be pushed this work now.
    pub(crate) fn can_take(&self, medium: Medium, units: u32) -> bool {
        self.is_routable && self.voice_wraps == 0 && self.has_room(medium, units)
    }

    /// Is worth waiting for: staffing, and large enough when idle.
    pub(crate) fn may_come_free(&self, medium: Medium, units: u32) -> bool {
        self.is_staffing() && units <= self.capacity[medium as usize]
    }
}
