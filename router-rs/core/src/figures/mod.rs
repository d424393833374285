//! Live figures: a pure fold over facts, the same for a node, a simulator and a report (R67–R70).
//!
//! Facts come in with their time, midnights from the shell, which knows the tenant's time zone. Nothing is
//! decided here, and nothing of the engine's inside is known.

mod minutes;
mod window;

use std::collections::{BTreeMap, BTreeSet};

use crate::command::{SetAgent, SetQueue};
use crate::condition::Profile;
use crate::fact::{
    Fact, InteractionActivated, InteractionQueued, InteractionRequeued, RequeueReason, RevokeReason,
};
use crate::wire::{Wire, Writer};
use crate::words::{
    AgentId, InteractionId, Millis, QueueId, Session, SkillId, SlaClock, Status, TeamId, word,
};

pub use self::minutes::Minute;
use self::minutes::{Readiness, Standing, Trace};
use self::window::History;
pub use self::window::{ServiceLevels, Window};

word! {
    /// What kind of thing figures are asked for.
    SubjectKind {
        /// The work of a queue and the agents who meet what it asks.
        Queue = "queue",
        /// Work that asks for a skill and the agents who have it.
        Skill = "skill",
        /// What its members have, taken together.
        Team = "team",
        /// What one agent has.
        Agent = "agent",
        /// What all queues have, taken together, and everybody who works.
        Tenant = "tenant",
    }
}

/// Whose figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)] // `SubjectKind` says it.
pub enum Subject {
    Queue(QueueId),
    Skill(SkillId),
    Team(TeamId),
    Agent(AgentId),
    Tenant,
}

impl Subject {
    /// Makes a subject of its kind and id; the tenant needs none.
    #[must_use]
    pub fn new(kind: SubjectKind, id: u64) -> Self {
        match kind {
            SubjectKind::Queue => Self::Queue(id),
            SubjectKind::Skill => Self::Skill(id),
            SubjectKind::Team => Self::Team(id),
            SubjectKind::Agent => Self::Agent(id),
            SubjectKind::Tenant => Self::Tenant,
        }
    }

    /// Agents' time is counted under the agents: what is made of agents has it.
    fn has_time(self) -> bool {
        matches!(self, Self::Agent(_) | Self::Team(_))
    }
}

/// The figures of one subject at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// Waiting work, offers not counted; of an agent or team: what waits for them alone or rings at them.
    pub waiting: u64,
    /// Arrival of who has waited longest.
    pub longest_since_ms: Option<Millis>,
    /// Agents who want work, busy or not.
    pub on_queue: u64,
    /// Of those who have none in hand.
    pub free: u64,
    /// Since midnight.
    pub day: Window,
    /// The latest half hour, in whole minutes.
    pub recent: Window,
    /// The same minute by minute, where it was asked for.
    pub minutes: Vec<Minute>,
}

impl Sheet {
    fn add(&mut self, other: &Self) {
        self.waiting += other.waiting;
        self.longest_since_ms = [self.longest_since_ms, other.longest_since_ms].into_iter().flatten().min();
        self.day.add(&other.day);
        self.recent.add(&other.recent);
    }

    /// Writes it as `ucc.domain.figures.Sheet` reads it.
    pub fn put(&self, writer: &mut Writer) {
        writer.array(7);
        self.waiting.put(writer);
        self.longest_since_ms.put(writer);
        self.on_queue.put(writer);
        self.free.put(writer);
        self.day.put(writer);
        self.recent.put(writer);
        writer.array(self.minutes.len());
        for minute in &self.minutes {
            minute.put(writer);
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Waiting,
    Ringing,
    /// Active or in wrap-up.
    Hand,
    /// Takes an agent's time before it is in hand.
    Connecting,
    /// Parked, interrupted or scheduled.
    Kept,
    Gone,
}

/// Live work.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools)] // Facts that are independent of each other.
struct Piece {
    queue: QueueId,
    own_skills: Vec<SkillId>,
    /// Asked by the work and its queue together.
    skills: Vec<SkillId>,
    arrived_ms: Millis,
    /// Its wait counts from here.
    since_ms: Millis,
    /// An agent transfer: no wait of a queue.
    is_named: bool,
    /// A consult or a seat in a conference: it takes time, and is no contact.
    is_bonded: bool,
    /// Whom it waits for alone, or rings at.
    waits_for: Vec<AgentId>,
    place: Place,
    holder: Option<AgentId>,
    /// Its present wait has ended once.
    is_counted: bool,
    is_breached: bool,
    hand_since_ms: Millis,
    /// With this holder.
    held_ms: Millis,
    handled_ms: Millis,
    has_been_held: bool,
}

#[derive(Debug)]
struct Member {
    config: SetAgent,
    is_available: bool,
    hands: u32,
    /// Up to here its time is in its history.
    told_ms: Millis,
    trace: Trace<Readiness>,
}

impl Member {
    fn is_busy(&self) -> bool {
        self.hands > 0
    }

    fn readiness(&self) -> Readiness {
        Readiness { is_on_queue: self.is_available, is_free: self.is_available && !self.is_busy() }
    }

    fn is_staffed(&self) -> bool {
        self.is_available || self.is_busy()
    }

    fn serves(&self, queue: &SetQueue) -> bool {
        let config = &self.config;
        let profile = Profile { agent: config.agent, skills: &config.skills, teams: &config.teams };
        queue.requirement.iter().all(|&(skill, level)| profile.level(skill) >= level)
            && queue.condition.iter().all(|condition| condition.score(&profile).is_some())
    }
}

/// Waiting work by arrival.
#[derive(Debug, Default)]
struct Line {
    order: BTreeSet<(Millis, InteractionId)>,
    trace: Trace<Standing>,
}

impl Line {
    fn standing(&self) -> Standing {
        Standing {
            waiting: self.order.len() as u64,
            longest_since_ms: self.order.first().map(|&(since_ms, _)| since_ms),
        }
    }

    fn enter(&mut self, at_ms: Millis, place: (Millis, InteractionId)) {
        self.order.insert(place);
        self.trace.set(at_ms, self.standing());
    }

    fn leave(&mut self, at_ms: Millis, place: (Millis, InteractionId)) {
        self.order.remove(&place);
        self.trace.set(at_ms, self.standing());
    }
}

/// The figures of one tenant.
#[derive(Debug, Default)]
pub struct Figures {
    now_ms: Millis,
    day_ms: Millis,
    midnights: BTreeSet<Millis>,
    queues: BTreeMap<QueueId, SetQueue>,
    members: BTreeMap<AgentId, Member>,
    work: BTreeMap<InteractionId, Piece>,
    histories: BTreeMap<Subject, History>,
    waiting: BTreeMap<Subject, Line>,
}

impl Figures {
    /// Starts at a midnight, with nothing.
    #[must_use]
    pub fn new(midnight_ms: Millis) -> Self {
        Self { now_ms: midnight_ms, day_ms: midnight_ms, ..Self::default() }
    }

    /// Tells when a later day begins; it is turned over in its moment, however late it is asked for.
    pub fn add_midnight(&mut self, midnight_ms: Millis) {
        if midnight_ms > self.day_ms {
            self.midnights.insert(midnight_ms);
        }
    }

    /// Folds facts of this time. A time before the latest one counts as that, as in the engine.
    pub fn fold(&mut self, at_ms: Millis, facts: &[Fact]) {
        self.advance(at_ms);
        for fact in facts {
            self.fold_one(fact);
        }
    }

    /// Returns the figures of a subject; of one never heard of all are 0.
    pub fn sheet(&mut self, now_ms: Millis, subject: Subject) -> Sheet {
        self.advance(now_ms);
        let mut sheet = Sheet::default();
        for part in self.work_of(subject) {
            sheet.add(&self.own(part));
        }
        for member in self.members_of(subject) {
            let ready = member.readiness();
            sheet.on_queue += u64::from(ready.is_on_queue);
            sheet.free += u64::from(ready.is_free);
            if !subject.has_time() {
                let own = self.own(Subject::Agent(member.config.agent));
                sheet.day.add_time(&own.day);
                sheet.recent.add_time(&own.recent);
            }
        }
        sheet
    }

    /// Returns under whose names a subject's counts stand.
    fn work_of(&self, subject: Subject) -> BTreeSet<Subject> {
        match subject {
            Subject::Queue(_) | Subject::Skill(_) | Subject::Agent(_) => BTreeSet::from([subject]),
            Subject::Team(_) => {
                self.members_of(subject).map(|member| Subject::Agent(member.config.agent)).collect()
            }
            Subject::Tenant => {
                let known = self.histories.keys().chain(self.waiting.keys());
                known.filter(|one| matches!(one, Subject::Queue(_))).copied().collect()
            }
        }
    }

    /// Returns the agents a subject has.
    fn members_of(&self, subject: Subject) -> impl Iterator<Item = &Member> {
        let queue = if let Subject::Queue(queue) = subject { self.queues.get(&queue) } else { None };
        self.members.values().filter(move |member| match subject {
            Subject::Queue(_) => queue.is_some_and(|queue| member.serves(queue)),
            Subject::Skill(skill) => member.config.skills.iter().any(|&(held, _)| held == skill),
            Subject::Team(team) => member.config.teams.contains(&team),
            Subject::Agent(agent) => member.config.agent == agent,
            Subject::Tenant => true,
        })
    }

    /// Returns what is remembered under a subject's own name, time up to now included.
    fn history(&self, subject: Subject) -> History {
        let mut history = self.histories.get(&subject).cloned().unwrap_or_default();
        if let Subject::Agent(agent) = subject {
            if let Some(member) = self.members.get(&agent) {
                spend(&mut history, member, self.day_ms, self.now_ms);
            }
        }
        history
    }

    /// Returns what stands under a subject's own name.
    fn own(&self, subject: Subject) -> Sheet {
        let history = self.history(subject);
        let standing = self.waiting.get(&subject).map(Line::standing).unwrap_or_default();
        Sheet {
            waiting: standing.waiting,
            longest_since_ms: standing.longest_since_ms,
            day: history.day,
            recent: history.recent(self.now_ms),
            ..Sheet::default()
        }
    }

    fn advance(&mut self, at_ms: Millis) {
        let at_ms = at_ms.max(self.now_ms);
        while self.midnights.first().is_some_and(|&midnight_ms| midnight_ms <= at_ms) {
            let midnight_ms = self.midnights.pop_first().expect("looked at");
            self.now_ms = midnight_ms;
            for agent in self.members.keys().copied().collect::<Vec<_>>() {
                self.change_member(agent, |_| {});
            }
            for history in self.histories.values_mut() {
                history.day = Window::default();
                history.forget(midnight_ms);
            }
            self.histories.retain(|_, history| !history.is_empty());
            self.day_ms = midnight_ms;
        }
        self.now_ms = at_ms;
    }

    // --- agents -----------------------------------------------------------------------------------

    /// Changes a member after its time up to now was counted.
    fn change_member(&mut self, agent: AgentId, change: impl FnOnce(&mut Member)) {
        let Some(member) = self.members.get_mut(&agent) else { return };
        if member.is_staffed() {
            let history = self.histories.entry(Subject::Agent(agent)).or_default();
            spend(history, member, self.day_ms, self.now_ms);
        }
        member.told_ms = self.now_ms;
        change(member);
        member.trace.set(self.now_ms, member.readiness());
    }

    fn set_agent(&mut self, config: &SetAgent) {
        let mut config = config.clone();
        config.skills.sort_unstable();
        config.teams.sort_unstable();
        let told_ms = self.now_ms;
        if let Some(member) = self.members.get_mut(&config.agent) {
            member.config = config;
        } else {
            let trace = Trace::default();
            let fresh = Member { config, is_available: false, hands: 0, told_ms, trace };
            self.members.insert(fresh.config.agent, fresh);
        }
    }

    // --- work -------------------------------------------------------------------------------------

    fn fold_one(&mut self, fact: &Fact) {
        match fact {
            Fact::QueueSet(fact) => self.set_queue(&fact.config),
            Fact::QueueRemoved(fact) => {
                self.queues.remove(&fact.queue);
            }
            Fact::AgentSet(fact) => self.set_agent(&fact.config),
            Fact::AgentRemoved(fact) => {
                self.change_member(fact.agent, |_| {});
                self.members.remove(&fact.agent);
            }
            Fact::PresenceChanged(fact) => {
                let wants = fact.session != Session::Offline && fact.status == Status::OnQueue;
                self.change_member(fact.agent, |member| member.is_available = wants && !fact.is_blocked);
            }
            Fact::InteractionQueued(fact) => self.arrive(fact),
            Fact::InteractionRequeued(fact) => self.requeue(fact),
            Fact::InteractionOverflowed(fact) => {
                self.move_to(fact.interaction, Place::Waiting, None, |piece| {
                    piece.queue = fact.to_queue;
                    piece.waits_for.clear();
                });
                if self.work.get(&fact.interaction).is_some_and(|piece| !piece.is_bonded) {
                    self.count(fact.interaction, |window| window.arrived += 1);
                }
            }
            Fact::PreferenceEnded(fact) => {
                self.move_to(fact.interaction, Place::Waiting, None, |piece| piece.waits_for.clear());
            }
            Fact::InteractionOffered(fact) => self.ring(fact.interaction, fact.agent),
            Fact::OfferDeclined(fact) => self.end_ring(fact.interaction, fact.agent),
            Fact::OfferTimedOut(fact) => self.end_ring(fact.interaction, fact.agent),
            Fact::OfferRevoked(fact) => match fact.reason {
                // It rings at all of them as its contact leaves.
                RevokeReason::ContactLeft | RevokeReason::ContactLost => {}
                _ => self.end_ring(fact.interaction, fact.agent),
            },
            Fact::ConnectingStarted(fact) => {
                self.move_to(fact.interaction, Place::Connecting, Some(fact.agent), |piece| {
                    piece.waits_for.clear();
                });
            }
            Fact::InteractionScheduled(fact) => self.move_to(fact.interaction, Place::Kept, None, |_| {}),
            Fact::InteractionActivated(fact) => self.activate(fact),
            Fact::InteractionParked(fact) => {
                self.move_to(fact.interaction, Place::Kept, Some(fact.agent), |_| {});
            }
            Fact::InteractionInterrupted(fact) => {
                self.move_to(fact.interaction, Place::Kept, Some(fact.agent), |_| {});
            }
            Fact::InteractionResumed(fact) => {
                self.move_to(fact.interaction, Place::Hand, Some(fact.agent), |_| {});
            }
            Fact::ConsultCompleted(fact) => {
                let arrived_ms = self.work.get(&fact.interaction).map(|piece| piece.arrived_ms);
                self.move_to(fact.child, Place::Hand, Some(fact.agent), |piece| {
                    (piece.is_bonded, piece.held_ms, piece.handled_ms) = (false, 0, 0);
                    piece.arrived_ms = arrived_ms.unwrap_or(piece.arrived_ms);
                });
            }
            Fact::WrapUpStarted(fact) => {
                self.move_to(fact.interaction, Place::Hand, Some(fact.agent), |_| {});
            }
            Fact::InteractionClosed(fact) => self.end(fact.interaction),
            Fact::InteractionCancelled(fact) => self.end(fact.interaction),
            Fact::InteractionDiverted(fact) => self.end(fact.interaction),
            Fact::InteractionFailed(fact) => self.end(fact.interaction),
            Fact::InteractionAbandoned(fact) => self.abandon(fact.interaction),
            Fact::SlaBreached(fact) if fact.clock == SlaClock::Answer => {
                if let Some(piece) = self.work.get_mut(&fact.interaction) {
                    piece.is_breached = true;
                }
            }
            _ => {}
        }
    }

    fn skills_of(&self, piece: &Piece) -> Vec<SkillId> {
        let queue = self.queues.get(&piece.queue).into_iter().flat_map(|queue| &queue.requirement);
        let all = queue.map(|&(skill, _)| skill).chain(piece.own_skills.iter().copied());
        all.collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn set_queue(&mut self, config: &SetQueue) {
        let before = self.queues.insert(config.queue, config.clone());
        if before.is_some_and(|before| before.requirement != config.requirement) {
            let named = self.work.iter().filter(|(_, piece)| piece.queue == config.queue);
            let named: Vec<_> = named.map(|(&id, piece)| (id, piece.place, piece.holder)).collect();
            for (id, place, holder) in named {
                self.move_to(id, place, holder, |_| {});
            }
        }
    }

    /// Counts something for the work's queue and skills.
    fn count(&mut self, interaction: InteractionId, count: impl Fn(&mut Window)) {
        let Some(piece) = self.work.get(&interaction) else { return };
        let skills = piece.skills.iter().map(|&skill| Subject::Skill(skill));
        for subject in skills.chain([Subject::Queue(piece.queue)]) {
            self.histories.entry(subject).or_default().count(self.now_ms, &count);
        }
    }

    fn count_agent(&mut self, agent: Option<AgentId>, count: impl Fn(&mut Window)) {
        if let Some(agent) = agent {
            self.histories.entry(Subject::Agent(agent)).or_default().count(self.now_ms, count);
        }
    }

    fn subjects(piece: &Piece) -> Vec<Subject> {
        let agents = piece.waits_for.iter().map(|&agent| Subject::Agent(agent));
        match piece.place {
            Place::Waiting if !piece.is_named => {
                let skills = piece.skills.iter().map(|&skill| Subject::Skill(skill));
                skills.chain([Subject::Queue(piece.queue)]).chain(agents).collect()
            }
            Place::Ringing => agents.collect(),
            _ => Vec::new(),
        }
    }

    /// Brings work to a place and into a holder's hands, and counts what its last holder did with it.
    fn move_to(
        &mut self,
        id: InteractionId,
        place: Place,
        holder: Option<AgentId>,
        change: impl FnOnce(&mut Piece),
    ) {
        let Some(mut piece) = self.work.remove(&id) else { return };
        let (before, at_ms) = (piece.holder, self.now_ms);
        for subject in Self::subjects(&piece) {
            self.waiting.entry(subject).or_default().leave(at_ms, (piece.arrived_ms, id));
        }
        if let (Place::Hand | Place::Connecting, Some(agent)) = (piece.place, before) {
            if piece.place == Place::Hand {
                let in_hand_ms = at_ms - piece.hand_since_ms;
                piece.held_ms += in_hand_ms;
                piece.handled_ms += in_hand_ms;
            }
            self.change_member(agent, |member| member.hands = member.hands.saturating_sub(1));
        }
        if before != holder && before.is_some() && piece.place != Place::Connecting {
            let held_ms = std::mem::take(&mut piece.held_ms);
            self.count_agent(before.filter(|_| !piece.is_bonded), |window| {
                window.handled += 1;
                window.handled_ms += held_ms;
            });
        }
        (piece.place, piece.holder) = (place, holder);
        change(&mut piece);
        piece.skills = self.skills_of(&piece);
        if let (Place::Hand | Place::Connecting, Some(agent)) = (place, holder) {
            piece.hand_since_ms = at_ms;
            piece.has_been_held |= place == Place::Hand;
            self.change_member(agent, |member| member.hands += 1);
        }
        for subject in Self::subjects(&piece) {
            self.waiting.entry(subject).or_default().enter(at_ms, (piece.arrived_ms, id));
        }
        self.work.insert(id, piece);
    }

    /// It rings at this agent; of a broadcast, at this one too.
    fn ring(&mut self, id: InteractionId, agent: AgentId) {
        let rings = self.work.get(&id).is_some_and(|piece| piece.place == Place::Ringing);
        self.move_to(id, Place::Ringing, None, |piece| {
            if !rings {
                piece.waits_for.clear();
            }
            piece.waits_for.push(agent);
        });
    }

    /// It rings on at the others; where there are none, what became of it is the next fact.
    fn end_ring(&mut self, id: InteractionId, agent: AgentId) {
        if self.work.get(&id).is_some_and(|piece| piece.waits_for.len() > 1) {
            self.move_to(id, Place::Ringing, None, |piece| piece.waits_for.retain(|&other| other != agent));
        }
    }

    fn arrive(&mut self, fact: &InteractionQueued) {
        let is_named = fact.rare.named_agent.is_some();
        let is_bonded = fact.rare.consult_until_ms.is_some();
        let piece = Piece {
            queue: fact.queue,
            own_skills: fact.requirement.iter().map(|&(skill, _)| skill).collect(),
            skills: Vec::new(),
            arrived_ms: fact.arrived_ms,
            since_ms: if fact.rare.parent.is_some() { self.now_ms } else { fact.arrived_ms },
            is_named,
            is_bonded,
            waits_for: fact.rare.named_agent.or(fact.rare.preferred_agent).into_iter().collect(),
            place: Place::Gone,
            holder: None,
            is_counted: is_named || is_bonded,
            is_breached: false,
            hand_since_ms: 0,
            held_ms: 0,
            handled_ms: 0,
            has_been_held: false,
        };
        self.work.insert(fact.interaction, piece);
        let place = if fact.rare.not_before_ms.is_some() { Place::Kept } else { Place::Waiting };
        self.move_to(fact.interaction, place, None, |_| {});
        if !is_named && !is_bonded {
            self.count(fact.interaction, |window| window.arrived += 1);
        }
    }

    fn requeue(&mut self, fact: &InteractionRequeued) {
        let (is_new, at_ms) = (fact.reason == RequeueReason::ContactWrote, self.now_ms);
        let is_due = fact.reason == RequeueReason::Due;
        self.move_to(fact.interaction, Place::Waiting, None, |piece| {
            piece.waits_for = fact.preferred_agent.into_iter().collect();
            if is_due {
                (piece.since_ms, piece.is_breached) = (at_ms, false);
            }
            if is_new {
                piece.arrived_ms = at_ms;
                piece.since_ms = at_ms;
                piece.is_counted = false;
                piece.is_breached = false;
            }
        });
        if is_new {
            self.count(fact.interaction, |window| window.arrived += 1);
        }
    }

    fn activate(&mut self, fact: &InteractionActivated) {
        let Some(piece) = self.work.get(&fact.interaction) else { return };
        let ends_wait = !matches!(piece.place, Place::Hand) && !piece.is_counted;
        let (is_late, wait_ms) = (piece.is_breached, self.now_ms - piece.since_ms);
        self.move_to(fact.interaction, Place::Hand, Some(fact.agent), |piece| {
            piece.is_counted = true;
            // Once accepted, a transfer is work like any other.
            piece.is_named = false;
            piece.waits_for.clear();
        });
        if ends_wait {
            let served = |window: &mut Window| {
                window.served += 1;
                window.in_target += u64::from(!is_late);
                window.served_wait_ms += wait_ms;
            };
            self.count(fact.interaction, served);
            self.count_agent(Some(fact.agent), served);
        }
    }

    fn abandon(&mut self, interaction: InteractionId) {
        let Some(piece) = self.work.get(&interaction) else { return };
        let (is_early, agents) = (!piece.is_breached, piece.waits_for.clone());
        if !piece.is_counted {
            let abandoned = |window: &mut Window| {
                window.abandoned += 1;
                window.abandoned_early += u64::from(is_early);
            };
            self.count(interaction, abandoned);
            for agent in agents {
                self.count_agent(Some(agent), abandoned);
            }
        }
        self.end(interaction);
    }

    fn end(&mut self, interaction: InteractionId) {
        self.move_to(interaction, Place::Gone, None, |_| {});
        let Some(piece) = self.work.get(&interaction) else { return };
        let handled_ms = piece.handled_ms;
        if piece.has_been_held && !piece.is_bonded {
            self.count(interaction, |window| {
                window.handled += 1;
                window.handled_ms += handled_ms;
            });
        }
        self.work.remove(&interaction);
    }
}

/// Counts a member's time up to now.
fn spend(history: &mut History, member: &Member, day_ms: Millis, now_ms: Millis) {
    let span = (member.told_ms, now_ms);
    if member.is_busy() {
        history.spend(day_ms, span, |window| &mut window.busy_ms);
    }
    if member.is_staffed() {
        history.spend(day_ms, span, |window| &mut window.staffed_ms);
    }
}
