//! The invariants of docs, checked on facts alone: a ledger that knows nothing of the engine's inside.

use std::collections::BTreeMap;

use ucc_router_core::command::{SetAgent, SetPlan, SetQueue};
use ucc_router_core::condition::{Condition, Profile};
use ucc_router_core::fact::{
    ActivationCause, CancelReason, CloseReason, Fact, InteractionOffered, PresenceChanged, RequeueReason,
};
use ucc_router_core::words::{
    AgentId, InteractionId, MEDIA, Medium, Millis, QueueId, Session, SkillId, SkillLevel, SlaClock, Status,
};

use crate::clocks::Clock;

/// What the ledger says where a rule broke: the invariant and what was found.
pub type Broken = String;

/// Where an interaction is, as told by facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // The words of docs/glossary.md.
pub enum Stage {
    Queued,
    Offered { agent: AgentId, epoch: u64 },
    Active { agent: AgentId },
    Parked { agent: AgentId },
    Interrupted { agent: AgentId },
    Wrapping { agent: AgentId, until_ms: Millis },
    InFlow { agent: AgentId, until_ms: Millis },
    Connecting { agent: AgentId, until_ms: Millis },
    Scheduled { due_ms: Millis },
}

impl Stage {
    /// Returns whose units it takes.
    fn in_hand(self) -> Option<AgentId> {
        match self {
            Stage::Offered { agent, .. }
            | Stage::Active { agent }
            | Stage::InFlow { agent, .. }
            | Stage::Connecting { agent, .. }
            | Stage::Wrapping { agent, .. } => Some(agent),
            Stage::Queued | Stage::Scheduled { .. } | Stage::Parked { .. } | Stage::Interrupted { .. } => {
                None
            }
        }
    }
}

/// What ties work of our own to a contact's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // The words of docs/glossary.md.
pub enum Bond {
    Consult,
    Seat,
}

/// What one agent has in hand.
#[derive(Clone, Copy, Debug, Default)]
struct Load {
    /// Units by medium.
    units: [u32; MEDIA],
    has_call: bool,
    wraps_call: bool,
    /// Has something in hand that does not give way to a call.
    is_in_way: bool,
}

type Loads = BTreeMap<AgentId, Load>;
/// Units of each medium that may be pushed now.
type Rooms = BTreeMap<AgentId, [u32; MEDIA]>;

fn room(agent: &Agent, load: &Load) -> [u32; MEDIA] {
    let mut room = [0; MEDIA];
    let is_routable = agent.session == Session::Online
        && agent.status == Status::OnQueue
        && !agent.is_draining
        && !agent.is_blocked
        && !load.wraps_call;
    let mut capacity = [0; MEDIA];
    for &(medium, units) in &agent.config.capacity {
        capacity[medium as usize] = units;
    }
    let is_over = load.units.iter().zip(&capacity).any(|(used, units)| used > units);
    if !is_routable || is_over {
        return room;
    }
    for &medium in Medium::ALL {
        let at = medium as usize;
        let is_apart =
            !agent.config.voice_exclusive || !load.has_call && (medium != Medium::Voice || !load.is_in_way);
        room[at] = if is_apart { capacity[at] - load.units[at] } else { 0 };
    }
    room
}

/// One live interaction.
#[derive(Clone, Debug)]
#[allow(missing_docs)] // The fields of `InteractionQueued`.
#[allow(clippy::struct_excessive_bools)] // Facts that are independent of each other.
pub struct Work {
    pub queue: QueueId,
    pub medium: Medium,
    pub units: u32,
    pub priority: u8,
    pub requirement: Vec<SkillLevel>,
    pub condition: Option<Condition>,
    /// When it entered this queue.
    pub queued_ms: Millis,
    /// Relaxation steps in force.
    pub step: u32,
    pub place: (Millis, u64),
    pub preferred: Option<AgentId>,
    pub is_abandonable: bool,
    pub is_named: bool,
    pub stage: Stage,
    pub excluded: Vec<AgentId>,
    /// Of a blind transfer that has not come back or gone on.
    pub returns_to: Option<AgentId>,
    pub clocks: BTreeMap<SlaClock, Clock>,
    /// An agent has written and the contact has not since.
    pub is_answered: bool,
    /// At whom else the offer rings.
    pub also: Vec<AgentId>,
    pub is_broadcast: bool,
    pub parent: Option<InteractionId>,
    pub bond: Option<Bond>,
    /// Of a consult that nobody has accepted.
    pub consult_until_ms: Option<Millis>,
    pub is_dialled: bool,
    /// How often it was dialled in vain.
    pub tries: u32,
}

impl Work {
    /// Has units of this agent: rings, active, wrapping.
    fn takes_units_of(&self, id: AgentId) -> bool {
        self.stage.in_hand() == Some(id) || self.also.contains(&id)
    }

    /// The transfer came back or went on: its sender may have it again.
    fn end_return(&mut self) {
        if let Some(sender) = self.returns_to.take() {
            self.excluded.retain(|&agent| agent != sender);
        }
    }
}

/// One agent.
#[derive(Clone, Debug)]
#[allow(missing_docs)] // The axes of presence.
pub struct Agent {
    pub config: SetAgent,
    pub session: Session,
    pub status: Status,
    pub is_draining: bool,
    pub is_blocked: bool,
    /// Shifts and breaks, and the break that runs: its end, and the reason if the agent is off queue for it.
    pub plan: Option<SetPlan>,
    pub in_break: Option<(Millis, Option<String>)>,
}

/// What facts have told so far.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Agents by id.
    pub agents: BTreeMap<AgentId, Agent>,
    /// Policies and whether the queue is open, by id.
    pub queues: BTreeMap<QueueId, (SetQueue, bool)>,
    /// Live work by id.
    pub work: BTreeMap<InteractionId, Work>,
    /// Who let an offer ring out in this command and must be blocked at its end (I6).
    rung_out: Vec<AgentId>,
    /// A fact came since the latest check.
    is_changed: bool,
    /// A callback that was asked for and the place it must have.
    called_back: Option<(InteractionId, (Millis, u64))>,
    /// Whose offer ended and whose work is in no place until the next fact.
    pub(crate) in_between: Option<InteractionId>,
    /// A callback whose contact called, its queue, and the place it had.
    pub(crate) called: Option<(InteractionId, QueueId, (Millis, u64))>,
}

pub(crate) fn check(holds: bool, broken: impl FnOnce() -> Broken) -> Result<(), Broken> {
    if holds { Ok(()) } else { Err(broken()) }
}

impl Ledger {
    /// What every agent has in hand now, counted anew from where all work is.
    fn loads(&self) -> Loads {
        let mut loads: Loads = self.agents.keys().map(|&agent| (agent, Load::default())).collect();
        for work in self.work.values() {
            let (agent, yields, wraps) = match work.stage {
                Stage::Offered { agent, .. }
                | Stage::InFlow { agent, .. }
                | Stage::Connecting { agent, .. } => (agent, false, false),
                Stage::Wrapping { agent, .. } => (agent, false, true),
                // R55: what gives way to a call is not in its way.
                Stage::Active { agent } => {
                    (agent, self.agents[&agent].config.interruptible.contains(&work.medium), false)
                }
                Stage::Queued
                | Stage::Scheduled { .. }
                | Stage::Parked { .. }
                | Stage::Interrupted { .. } => continue,
            };
            for agent in std::iter::once(agent).chain(work.also.iter().copied()) {
                let load = loads.get_mut(&agent).expect("a fact names known agents");
                load.units[work.medium as usize] += work.units;
                load.has_call |= work.medium == Medium::Voice;
                load.wraps_call |= work.medium == Medium::Voice && wraps;
                load.is_in_way |= !yields;
            }
        }
        loads
    }

    fn has_call(&self, id: AgentId) -> bool {
        self.work.values().any(|work| work.medium == Medium::Voice && work.takes_units_of(id))
    }

    fn has_unparked(&self, id: AgentId) -> bool {
        self.work.values().any(|work| {
            work.takes_units_of(id) || matches!(work.stage, Stage::Interrupted { agent } if agent == id)
        })
    }

    /// R56: has as much of the queue's work as may be pushed.
    fn is_at_limit(&self, id: AgentId, work: &Work) -> bool {
        let Some(max) = self.queues[&work.queue].0.agent_units_max else { return false };
        let held = self.work.values().filter(|other| other.queue == work.queue && other.takes_units_of(id));
        held.map(|other| other.units).sum::<u32>() + work.units > max
    }

    /// I1: how many units of each medium may be pushed to each agent?
    fn rooms(&self) -> Rooms {
        let loads = self.loads();
        loads.iter().map(|(&id, load)| (id, room(&self.agents[&id], load))).collect()
    }

    fn may_serve(&self, rooms: &Rooms, id: AgentId, work: &Work) -> bool {
        let (queue, is_open) = &self.queues[&work.queue];
        if !is_open || queue.is_paused || work.excluded.contains(&id) {
            return false;
        }
        let agent = &self.agents[&id];
        let step = work.step.checked_sub(1).and_then(|at| queue.relaxation.get(at as usize));
        let (own, condition, lower_by) = match step {
            Some(step) => (&step.requirement, &step.condition, step.lower_by),
            None => (&queue.requirement, &queue.condition, 0),
        };
        let holds = |skill: SkillId, asked: u8| {
            agent.config.skills.iter().any(|&(held, level)| held == skill && level >= asked)
        };
        let profile = Profile { agent: id, skills: &agent.config.skills, teams: &agent.config.teams };
        let is_met = |condition: &Condition| condition.score(&profile).is_some();
        let meets = own.iter().all(|&(skill, asked)| holds(skill, asked))
            && work
                .requirement
                .iter()
                .all(|&(skill, asked)| holds(skill, asked.saturating_sub(lower_by).max(1)))
            && condition.iter().chain(&work.condition).all(is_met);
        let is_chosen = work.preferred.map_or(meets, |preferred| preferred == id);
        is_chosen && !self.is_reserved(rooms, id, work) && !self.is_at_limit(id, work)
    }

    /// R53: another queue keeps the agent, who is among its last free ones.
    fn is_reserved(&self, rooms: &Rooms, id: AgentId, work: &Work) -> bool {
        let keeps = |queue: &SetQueue| queue.reserve > 0 && queue.queue != work.queue;
        let is_exempt = work.priority == 9 || work.preferred.is_some();
        !is_exempt
            && self.queues.values().filter(|(queue, _)| keeps(queue)).any(|(queue, _)| {
                let own = |agent: &AgentId| {
                    let config = &self.agents[agent].config;
                    let profile = Profile { agent: *agent, skills: &config.skills, teams: &config.teams };
                    queue.requirement.iter().all(|&(skill, asked)| profile.level(skill) >= asked)
                        && queue.condition.iter().all(|one| one.score(&profile).is_some())
                };
                let is_free = |agent: AgentId| rooms[&agent][work.medium as usize] >= 1;
                let free = self.agents.keys().filter(|agent| own(agent) && is_free(**agent));
                own(&id) && free.count() <= queue.reserve as usize
            })
    }

    /// Takes in one fact.
    ///
    /// # Errors
    ///
    /// Returns the invariant the fact breaks.
    ///
    /// # Panics
    ///
    /// Panics if the fact names what no fact told of.
    pub fn fold(&mut self, at_ms: Millis, fact: &Fact) -> Result<(), Broken> {
        self.is_changed = true;
        match fact {
            Fact::QueueSet(fact) => {
                let open = &fact.config.open;
                let is_open = open.iter().any(|&(from_ms, to_ms)| from_ms <= at_ms && at_ms < to_ms);
                self.queues.insert(fact.config.queue, (*fact.config.clone(), is_open));
                self.relax_again(at_ms, &fact.config);
            }
            Fact::QueueRemoved(fact) => {
                let is_named = self.work.values().any(|work| work.queue == fact.queue);
                check(!is_named, || format!("queue {} is named by live work", fact.queue))?;
                self.queues.remove(&fact.queue);
            }
            Fact::QueueOpened(fact) => self.queues.get_mut(&fact.queue).expect("known").1 = true,
            Fact::QueueClosed(fact) => self.queues.get_mut(&fact.queue).expect("known").1 = false,
            Fact::AgentSet(fact) => self.set_agent(&fact.config),
            Fact::AgentRemoved(fact) => {
                check(!self.has_unparked(fact.agent), || format!("agent {} left work behind", fact.agent))?;
                self.agents.remove(&fact.agent);
            }
            Fact::PlanSet(_) | Fact::BreakStarted(_) | Fact::BreakEnded(_) | Fact::ShiftEnded(_) => {
                self.fold_plan(at_ms, fact)?;
            }
            Fact::PresenceChanged(fact) => self.fold_presence(fact)?,
            Fact::InteractionOffered(fact) => self.fold_offered(fact)?,
            Fact::OfferTimedOut(fact) => {
                if !self.work[&fact.interaction].is_broadcast {
                    self.rung_out.push(fact.agent);
                }
                self.end_offer(fact.interaction, fact.agent, fact.epoch)?;
                self.entry(fact.interaction).excluded.push(fact.agent);
            }
            Fact::OfferDeclined(fact) => {
                self.end_offer(fact.interaction, fact.agent, fact.epoch)?;
                self.entry(fact.interaction).excluded.push(fact.agent);
            }
            Fact::OfferRevoked(fact) => self.end_offer(fact.interaction, fact.agent, fact.epoch)?,
            Fact::OfferAccepted(fact) => {
                self.end_offer(fact.interaction, fact.agent, fact.epoch)?;
                let rings_on = self.work[&fact.interaction].stage != Stage::Queued;
                check(!rings_on, || format!("I2: {} is accepted and rings on", fact.interaction))?;
            }
            Fact::OfferRearmed(fact) => {
                let work = self.entry(fact.interaction);
                let is_offer = matches!(work.stage, Stage::Offered { epoch, .. } if epoch == fact.epoch);
                let rings = is_offer && work.takes_units_of(fact.agent);
                check(rings, || "a rearmed offer does not ring".into())?;
            }
            _ => self.fold_work(at_ms, fact)?,
        }
        Ok(())
    }

    /// R48: under a new policy those steps are in force whose open time has passed.
    fn relax_again(&mut self, at_ms: Millis, config: &SetQueue) {
        for work in self.work.values_mut().filter(|work| work.queue == config.queue) {
            if matches!(work.stage, Stage::Queued | Stage::Offered { .. } | Stage::Connecting { .. }) {
                let spans = config.open.iter();
                let open_ms: Millis = spans
                    .map(|&(from_ms, to_ms)| (to_ms.min(at_ms) - from_ms.max(work.queued_ms)).max(0))
                    .sum();
                let steps = config.relaxation.iter().filter(|step| step.after_ms <= open_ms).count();
                work.step = u32::try_from(steps).expect("few");
            }
        }
    }

    fn set_agent(&mut self, config: &SetAgent) {
        let agent = self.agents.entry(config.agent).or_insert_with(|| Agent {
            config: config.clone(),
            session: Session::Offline,
            status: Status::OffQueue,
            is_draining: false,
            is_blocked: false,
            plan: None,
            in_break: None,
        });
        agent.config = config.clone();
        agent.config.skills.sort_unstable();
        agent.config.teams.sort_unstable();
    }

    pub(crate) fn entry(&mut self, interaction: InteractionId) -> &mut Work {
        self.work.get_mut(&interaction).expect("a fact names live work")
    }

    fn fold_presence(&mut self, fact: &PresenceChanged) -> Result<(), Broken> {
        let is_busy = self.has_unparked(fact.agent);
        let agent = self.agents.get_mut(&fact.agent).expect("known");
        let leaves = agent.status == Status::OnQueue && fact.status == Status::OffQueue;
        check(!(leaves && is_busy), || format!("I7: agent {} left the queue with work in hand", fact.agent))?;
        agent.session = fact.session;
        agent.status = fact.status;
        agent.is_draining = fact.next_status.is_some();
        let is_new = fact.is_blocked && !agent.is_blocked;
        agent.is_blocked = fact.is_blocked;
        check(!is_new || self.rung_out.contains(&fact.agent), || {
            format!("I6: {} is blocked and let no offer of its own ring out", fact.agent)
        })?;
        if fact.is_blocked {
            self.rung_out.retain(|&agent| agent != fact.agent);
        }
        Ok(())
    }

    fn end_offer(&mut self, interaction: InteractionId, agent: AgentId, epoch: u64) -> Result<(), Broken> {
        let work = self.entry(interaction);
        let Stage::Offered { agent: first, epoch: ringing } = work.stage else {
            return Err(format!("I2: offer {epoch} of {interaction} does not ring"));
        };
        let rings = ringing == epoch && (first == agent || work.also.contains(&agent));
        work.also.retain(|&other| other != agent);
        if first == agent && work.also.is_empty() {
            work.stage = Stage::Queued;
            self.in_between = Some(interaction);
        } else if first == agent {
            work.stage = Stage::Offered { agent: work.also.remove(0), epoch };
        }
        check(rings, || format!("I2: offer {epoch} of {interaction} did not ring at {agent}"))
    }

    fn fold_offered(&mut self, fact: &InteractionOffered) -> Result<(), Broken> {
        let InteractionOffered { interaction, agent, epoch, is_broadcast, .. } = *fact;
        let (work, rooms) = (&self.work[&interaction], self.rooms());
        // R73: several have one offer, of one epoch, and each of them once.
        let joins = matches!(work.stage, Stage::Offered { epoch: ringing, .. } if ringing == epoch)
            && work.is_broadcast
            && is_broadcast
            && !work.takes_units_of(agent);
        check(work.stage == Stage::Queued || joins, || {
            format!("I2: {interaction} is offered while {:?}", work.stage)
        })?;
        check(rooms[&agent][work.medium as usize] >= work.units, || {
            format!("I1: {interaction} is pushed beyond capacity of {agent}")
        })?;
        if !work.is_named {
            check(self.may_serve(&rooms, agent, work), || {
                format!("I3: {agent} is not eligible for {interaction}")
            })?;
            let overtaken = self.work.iter().find(|(_, other)| {
                other.stage == Stage::Queued
                    && !other.is_named
                    && other.place < work.place
                    && (other.queue, other.medium, other.units) == (work.queue, work.medium, work.units)
                    && self.may_serve(&rooms, agent, other)
            });
            check(overtaken.is_none(), || format!("I4: {interaction} overtakes {overtaken:?}"))?;
        }
        let config = &self.queues[&work.queue].0;
        let is_within = work.also.len() + usize::from(joins) < config.broadcast as usize;
        check(!joins || is_within, || format!("R73: {interaction} rings at too many"))?;
        let work = self.entry(interaction);
        if joins {
            work.also.push(agent);
        } else {
            work.stage = Stage::Offered { agent, epoch };
            work.is_broadcast = is_broadcast;
        }
        Ok(())
    }

    fn fold_work(&mut self, at_ms: Millis, fact: &Fact) -> Result<(), Broken> {
        self.in_between = None;
        match fact {
            Fact::InteractionQueued(_) | Fact::InteractionRequeued(_) | Fact::InteractionOverflowed(_) => {
                self.fold_place(at_ms, fact)?;
            }
            Fact::RequirementRelaxed(fact) => {
                let work = self.entry(fact.interaction);
                let is_next = fact.step == work.step + 1;
                work.step = fact.step;
                check(is_next, || format!("R48: step {} of {}", fact.step, fact.interaction))?;
            }
            Fact::PreferenceEnded(fact) => self.entry(fact.interaction).preferred = None,
            Fact::ExclusionEnded(fact) => {
                self.entry(fact.interaction).excluded.retain(|&agent| agent != fact.agent);
            }
            Fact::InteractionActivated(fact) => {
                let work = self.entry(fact.interaction);
                let is_pushed = fact.cause == ActivationCause::Accepted;
                check(!(is_pushed && fact.is_over_capacity), || {
                    format!("I1: {} exceeds capacity", fact.interaction)
                })?;
                let holder = match work.stage {
                    Stage::Active { agent }
                    | Stage::Offered { agent, .. }
                    | Stage::Interrupted { agent }
                    | Stage::Connecting { agent, .. }
                    | Stage::InFlow { agent, .. } => Some(agent),
                    _ => None,
                };
                let is_over = holder.is_none()
                    || fact.cause == ActivationCause::TakenOver
                    || fact.cause == ActivationCause::Connected && holder == Some(fact.agent)
                    || fact.cause == ActivationCause::HandedOver && fact.previous_agent == holder;
                work.stage = Stage::Active { agent: fact.agent };
                work.is_named = false;
                work.preferred = None;
                work.excluded.clear();
                work.returns_to = None;
                work.consult_until_ms = None;
                check(is_over, || format!("I2: {} has two owners", fact.interaction))?;
            }
            Fact::InteractionParked(fact) => {
                self.entry(fact.interaction).stage = Stage::Parked { agent: fact.agent }
            }
            Fact::InteractionInterrupted(fact) => {
                let has_call = self.has_call(fact.agent);
                let work = self.entry(fact.interaction);
                let was_active = work.stage == Stage::Active { agent: fact.agent };
                work.stage = Stage::Interrupted { agent: fact.agent };
                check(was_active && has_call, || format!("R55: {} gave way to nothing", fact.interaction))?;
            }
            Fact::InteractionResumed(fact) => {
                let has_call = self.has_call(fact.agent);
                let work = self.entry(fact.interaction);
                let was_interrupted = work.stage == Stage::Interrupted { agent: fact.agent };
                work.stage = Stage::Active { agent: fact.agent };
                check(was_interrupted && !has_call, || format!("R55: {} came back", fact.interaction))?;
            }
            Fact::MediumChanged(fact) => {
                let work = self.entry(fact.interaction);
                (work.medium, work.units) = (fact.medium, fact.units);
            }
            Fact::ConsultCompleted(_) | Fact::ConferenceJoined(_) => self.fold_bond(fact)?,
            Fact::FlowEntered(_) | Fact::FlowReturned(_) => self.fold_flow(fact)?,
            Fact::WrapUpStarted(fact) => {
                let work = self.entry(fact.interaction);
                work.stage = Stage::Wrapping { agent: fact.agent, until_ms: fact.until_ms };
                check(work.bond.is_none(), || format!("R80: {} owes a wrap-up", fact.interaction))?;
            }
            Fact::WrapUpExtended(fact) => {
                self.entry(fact.interaction).stage =
                    Stage::Wrapping { agent: fact.agent, until_ms: fact.until_ms };
            }
            Fact::InteractionClosed(fact) => {
                let work = self.work.remove(&fact.interaction).expect("a fact names live work");
                let ends_early = fact.reason == CloseReason::WrapUpTimedOut
                    && !matches!(work.stage, Stage::Wrapping { until_ms, .. } if until_ms <= at_ms);
                check(!ends_early, || format!("I8: wrap-up of {} ended early", fact.interaction))?;
            }
            Fact::InteractionAbandoned(fact) => drop(self.end_silent(fact.interaction)?),
            Fact::InteractionCancelled(fact) => {
                let work = self.end_silent(fact.interaction)?;
                let has_called = fact.reason == CancelReason::ContactCalled;
                self.called = has_called.then_some((fact.interaction, work.queue, work.place));
            }
            Fact::InteractionDiverted(fact) => {
                let work = self.work.remove(&fact.interaction).expect("a fact names live work");
                self.called_back = fact.child.map(|child| (child, work.place));
                check(work.stage == Stage::Queued, || format!("I5: {} rings on", fact.interaction))?;
                check(work.is_abandonable, || format!("R71: {} has no contact", fact.interaction))?;
            }
            _ => self.fold_connecting(at_ms, fact)?,
        }
        Ok(())
    }

    /// Takes out work that is over without a person; nothing of it rings (I5).
    fn end_silent(&mut self, interaction: InteractionId) -> Result<Work, Broken> {
        let work = self.work.remove(&interaction).expect("a fact names live work");
        check(!matches!(work.stage, Stage::Offered { .. }), || format!("I5: {interaction} rings on"))?;
        Ok(work)
    }

    /// Takes in a fact that gives work a place.
    fn fold_place(&mut self, at_ms: Millis, fact: &Fact) -> Result<(), Broken> {
        match fact {
            Fact::InteractionQueued(fact) => {
                let work = Work {
                    queue: fact.queue,
                    medium: fact.medium,
                    units: fact.units,
                    priority: fact.priority,
                    requirement: fact.requirement.to_vec(),
                    condition: fact.rare.condition.clone(),
                    queued_ms: at_ms,
                    step: 0,
                    place: (fact.deadline_ms, fact.order),
                    preferred: fact.rare.preferred_agent,
                    is_abandonable: fact.is_abandonable,
                    is_named: fact.rare.named_agent.is_some(),
                    stage: fact
                        .rare
                        .not_before_ms
                        .map_or(Stage::Queued, |due_ms| Stage::Scheduled { due_ms }),
                    excluded: fact.rare.originator.into_iter().collect(),
                    returns_to: fact.rare.originator.filter(|_| fact.rare.return_at_ms.is_some()),
                    clocks: BTreeMap::new(),
                    is_answered: false,
                    also: Vec::new(),
                    is_broadcast: false,
                    parent: fact.rare.parent,
                    bond: fact.rare.consult_until_ms.map(|_| Bond::Consult),
                    consult_until_ms: fact.rare.consult_until_ms,
                    is_dialled: fact.rare.is_dialled,
                    tries: 0,
                };
                let place = work.place;
                let is_kept = self.called_back.take().is_none_or(|back| back == (fact.interaction, place));
                check(is_kept, || format!("R72: callback {} lost its place", fact.interaction))?;
                self.check_instead(fact)?;
                let before = self.work.insert(fact.interaction, work);
                check(before.is_none(), || format!("I9: {} is there twice", fact.interaction))?;
            }
            Fact::InteractionRequeued(fact) => {
                let work = self.entry(fact.interaction);
                let place = (fact.deadline_ms, fact.order);
                let keeps = matches!(
                    fact.reason,
                    RequeueReason::Declined
                        | RequeueReason::TimedOut
                        | RequeueReason::NotConnected
                        | RequeueReason::Due
                );
                let is_early = matches!(work.stage, Stage::Scheduled { due_ms } if due_ms > at_ms);
                let is_kept = place == work.place;
                // Waiting anew asks everything again; an offer put back goes on as it was.
                if matches!(
                    work.stage,
                    Stage::Active { .. }
                        | Stage::Interrupted { .. }
                        | Stage::Parked { .. }
                        | Stage::InFlow { .. }
                ) {
                    work.step = 0;
                }
                if matches!(fact.reason, RequeueReason::ContactWrote | RequeueReason::Due) {
                    work.queued_ms = at_ms;
                }
                work.stage = Stage::Queued;
                work.place = place;
                work.preferred = fact.preferred_agent;
                if fact.reason == RequeueReason::Returned {
                    work.end_return();
                }
                check(!is_early, || format!("R89: {} comes before it is due", fact.interaction))?;
                check(!keeps || is_kept, || format!("I6: {} lost its place", fact.interaction))?;
            }
            Fact::InteractionOverflowed(fact) => {
                self.stop_clocks(at_ms, fact.interaction);
                let work = self.entry(fact.interaction);
                work.stage = Stage::Queued;
                work.queue = fact.to_queue;
                work.place = (fact.deadline_ms, fact.order);
                work.preferred = None;
                work.step = 0;
                work.queued_ms = at_ms;
                work.end_return();
            }
            _ => {}
        }
        Ok(())
    }

    /// Checks what must hold between commands.
    ///
    /// # Errors
    ///
    /// Returns the invariant that is broken.
    pub fn check(&mut self, now_ms: Millis) -> Result<(), Broken> {
        check(self.rung_out.is_empty(), || {
            format!("I6: {:?} let it ring and are not blocked", self.rung_out)
        })?;
        check(self.in_between.is_none(), || format!("I9: {:?} is nowhere", self.in_between))?;
        for (id, work) in &self.work {
            if let Stage::Wrapping { until_ms, .. } = work.stage {
                check(until_ms > now_ms, || format!("I8: wrap-up of {id} goes on after its end"))?;
            }
            if let Stage::Connecting { until_ms, .. } | Stage::Scheduled { due_ms: until_ms } = work.stage {
                check(until_ms > now_ms, || format!("R87: {id} is {:?} for too long", work.stage))?;
            }
            if let Stage::InFlow { until_ms, .. } = work.stage {
                check(until_ms > now_ms, || format!("R83: {id} stays in its flow for too long"))?;
            }
        }
        self.check_bonds(now_ms)?;
        self.check_plans(now_ms)?;
        // Who may have what is a matter of facts alone: without a new one the answer is the old one.
        if std::mem::take(&mut self.is_changed) { self.check_idle() } else { Ok(()) }
    }

    /// I3: nobody who could have it is free while it waits.
    fn check_idle(&self) -> Result<(), Broken> {
        let rooms = self.rooms();
        for (id, work) in &self.work {
            if work.stage == Stage::Queued {
                let mut free = rooms.iter().filter(|(_, room)| room[work.medium as usize] >= work.units);
                let idle = free.find(|&(&agent, _)| self.may_serve(&rooms, agent, work));
                check(idle.is_none(), || format!("I3: {id} waits while {idle:?} is free"))?;
            }
        }
        Ok(())
    }
}
