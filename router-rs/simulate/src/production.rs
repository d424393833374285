//! The production engine as a policy: every decision is `Engine::submit`'s, an offer is accepted at once.
//!
//! A type is a queue. Where skills decide, they are the engine's skills. Where lists decide, each type is a
//! skill of its own, and a group has it at level 10 in the first rank of the type's list, 9 in the second, and
//! so on: the engine prefers the highest level. A group's own order of types is no order of the queue, because
//! two groups may have opposite ones. Such an agent is set to the skills of the preferred types for the very
//! moment of coming free, so that the engine finds the first of those, and has all skills again after it.
//!
//! A recorded day brings the policies and agents of production as they were: only offers are accepted at once
//! and wrap-ups last as long as they did.

use std::collections::BTreeMap;

use ucc_router_core::command::{
    Advance, Command, Complete, ContactLeft, End, Enqueue, SetAgent, SetQueue, SetSession, SetStatus,
};
use ucc_router_core::fact::{Fact, Outcome};
use ucc_router_core::words::{
    AgentId, DURATION_MS_MAX, Medium, Millis, QueueId, Refusal, Session, SkillLevel, Status,
};
use ucc_router_core::{Engine, Verdict};

use crate::Micros;
use crate::chance::micros;
use crate::router::{Agent, Contact, Given, Router, seats};
use crate::scenario::{ContactType, Group, Scenario};

/// Skills of types stand above all of the scenario's own.
const TYPE_SKILLS: u64 = 1 << 32;
/// The engine's time when the virtual clock shows 0: deadlines of urgent work lie before its arrival.
const START_MS: Millis = 1_000_000_000_000;
/// Queues are always open.
const OPEN_MS_MAX: Millis = 1 << 50;

/// The engine, and what it must be told about an agent.
pub(crate) struct Production {
    engine: Engine,
    /// What came of the latest command; its memory is used again.
    outcome: Outcome,
    /// The engine's time when the virtual clock shows 0.
    start_ms: Millis,
    /// What every arrival of a type has alike; the rest is written into it, so that none is made anew.
    arrivals: Vec<Command>,
    /// By seat.
    ids: Vec<AgentId>,
    /// Seats of ids, where those are not the seats' own numbers.
    seat_of: BTreeMap<AgentId, Agent>,
    group_of: Vec<usize>,
    /// By group and rank: the skills for the types up to this rank. The last are all.
    skills: Vec<Vec<Vec<SkillLevel>>>,
    serves: Vec<Vec<Vec<usize>>>,
    capacity: Vec<u32>,
    load: Vec<u32>,
    /// By contact, and by type; only where a group has types in order.
    kind_of: Vec<usize>,
    waiting: Vec<u32>,
    is_ranked: bool,
    /// Is told every fact.
    #[cfg(test)]
    figures: Option<std::rc::Rc<std::cell::RefCell<ucc_router_core::figures::Figures>>>,
}

/// Returns the skills with which an agent of the group is eligible for the types of its ranks up to `last`.
fn skills(scenario: &Scenario, number: usize, group: &Group, last: usize) -> Vec<SkillLevel> {
    let mut skills = group.skills.clone();
    for &kind in group.serves[..=last].iter().flatten().filter(|&&kind| scenario.types[kind].is_listed) {
        let ranks = &scenario.types[kind].ranks;
        let rank = ranks.iter().position(|rank| rank.contains(&number)).unwrap_or(0);
        let level = 10 - u8::try_from(rank).expect("at most ten ranks");
        skills.push((TYPE_SKILLS + kind as u64, level));
    }
    skills
}

/// Returns the queue of a type: that of production, or one made of what the scenario says.
fn queue(kind: usize, told: &ContactType) -> SetQueue {
    let wrap_up_ms = if told.wrap_up.is_some() { DURATION_MS_MAX } else { 0 };
    if let Some(queue) = &told.queue {
        return SetQueue { wrap_up_ms, auto_accept: true, ..queue.config.0.clone() };
    }
    // Ranks stand for levels; without them the levels asked decide.
    let mut requirement = if told.ranks.is_empty() { told.requirement.clone() } else { Vec::new() };
    requirement.extend(told.is_listed.then_some((TYPE_SKILLS + kind as u64, 1)));
    SetQueue {
        requirement,
        wrap_up_ms,
        answer_target_ms: (micros(told.target_s) / 1_000).max(1),
        priority_step_ms: micros(told.priority_step_s) / 1_000,
        waiting_max: told.waiting_max,
        open: vec![(0, OPEN_MS_MAX)],
        auto_accept: true,
        ..SetQueue::new(kind as QueueId)
    }
}

/// Returns what every arrival of a type has alike.
fn arrival(kind: usize, told: &ContactType) -> Enqueue {
    match &told.queue {
        Some(queue) => Enqueue {
            units: queue.units,
            requirement: queue.requirement[..].into(),
            ..Enqueue::new(0, queue.config.0.queue, queue.medium.0, 0)
        },
        None => Enqueue::new(0, kind as QueueId, Medium::Chat, 0),
    }
}

/// Fills in which types the agents of production may serve: whom the engine itself would not turn away for
/// what they are.
pub(crate) fn resolve(scenario: &mut Scenario) -> Result<(), String> {
    if scenario.groups.iter().all(|group| group.agent.is_none()) {
        return Ok(());
    }
    let router = Production::try_new(scenario)?;
    for kind in 0..scenario.types.len() {
        let arrival = arrival(kind, &scenario.types[kind]);
        let prospect = router.engine.who_would_get(&arrival).map_err(|refused| {
            format!("type {:?} would be refused: {}", scenario.types[kind].name, refused.refusal.text())
        })?;
        for (agent, verdict) in prospect.agents {
            let seat = router.seat(agent) as usize;
            let group = &mut scenario.groups[router.group_of[seat]];
            if group.agent.is_some() && verdict != Verdict::NotMet {
                if group.serves.is_empty() {
                    group.serves.push(Vec::new());
                }
                if !group.serves[0].contains(&kind) {
                    group.serves[0].push(kind);
                }
            }
        }
    }
    Ok(())
}

impl Production {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        Self::try_new(scenario).expect("the scenario was tried before")
    }

    /// Makes an engine with the scenario's queues and agents.
    ///
    /// # Errors
    ///
    /// Returns what the engine refuses of a policy or an agent of production.
    fn try_new(scenario: &Scenario) -> Result<Self, String> {
        let groups = || scenario.groups.iter().enumerate();
        let group_of = seats(scenario);
        let mut router = Self {
            engine: Engine::new(),
            outcome: Outcome::default(),
            start_ms: scenario.start_ms.unwrap_or(START_MS) - micros(scenario.warm_up_s) / 1_000,
            arrivals: scenario
                .types
                .iter()
                .enumerate()
                .map(|(kind, told)| arrival(kind, told).into())
                .collect(),
            ids: Vec::new(),
            seat_of: BTreeMap::new(),
            skills: groups()
                .map(|(number, group)| {
                    (0..group.serves.len()).map(|last| skills(scenario, number, group, last)).collect()
                })
                .collect(),
            serves: groups().map(|(_, group)| group.serves.clone()).collect(),
            capacity: groups().map(|(_, group)| group.capacity).collect(),
            load: vec![0; group_of.len()],
            kind_of: Vec::new(),
            waiting: vec![0; scenario.types.len()],
            is_ranked: groups().any(|(_, group)| group.serves.len() > 1),
            group_of,
            #[cfg(test)]
            figures: None,
        };
        let queues = scenario.types.iter().enumerate().map(|(kind, told)| (queue(kind, told), told));
        for (config, told) in queues {
            router.configure(&config.into(), &told.name)?;
        }
        let mut place = 0;
        for seat in 0..router.group_of.len() {
            let group = router.group_of[seat];
            place = if seat > 0 && router.group_of[seat - 1] == group { place + 1 } else { 0 };
            let agent = Agent::try_from(seat).expect("fewer than 2³² seats");
            let told = &scenario.groups[group];
            let config = if let Some(config) = &told.agent {
                // Nothing gives way to a call here: the world would have to take the time apart.
                SetAgent { agent: config.0.agent + place, interruptible: Vec::new(), ..config.0.clone() }
            } else {
                let skills = router.skills[group].last().cloned().unwrap_or_default();
                SetAgent::new(agent.into(), &skills, &[(Medium::Chat, told.capacity)])
            };
            router.ids.push(config.agent);
            if config.agent != AgentId::from(agent) {
                router.seat_of.insert(config.agent, agent);
            }
            let id = config.agent;
            router.configure(&config.into(), &told.name)?;
            let session = SetSession { agent: id, session: Session::Online, is_forced: false };
            router.configure(&session.into(), &told.name)?;
        }
        Ok(router)
    }

    /// Submits what a person configured.
    fn configure(&mut self, command: &Command, name: &str) -> Result<(), String> {
        self.tell(0, command);
        let Some(refusal) = self.outcome.refusal else { return Ok(()) };
        Err(self.outcome.fault.take().map_or_else(
            || format!("{name:?} was refused by the engine: {}", refusal.text()),
            |fault| format!("{name:?}: {}: found {}, allowed is {}", fault.path, fault.found, fault.allowed),
        ))
    }

    /// Returns the engine's time; it counts milliseconds, and the world keeps the order within one.
    fn engine_ms(&self, at: Micros) -> Millis {
        self.start_ms + at / 1_000
    }

    fn seat(&self, agent: AgentId) -> Agent {
        let seat = || Agent::try_from(agent).expect("an agent of no other number is a seat");
        self.seat_of.get(&agent).copied().unwrap_or_else(seat)
    }

    /// Returns the interval that waiting work is told when it asks.
    #[cfg(test)]
    pub(crate) fn estimate_ms(&self, at: Micros, contact: Contact) -> Option<(Millis, Millis)> {
        self.engine.position(contact.into(), self.engine_ms(at))?.estimate_ms
    }

    /// Submits a command that cannot be refused, and takes the offers that follow.
    fn submit(&mut self, at: Micros, command: impl Into<Command>, given: &mut Vec<Given>) {
        let command = command.into();
        self.tell(at, &command);
        let refusal = self.outcome.refusal;
        assert!(refusal.is_none(), "{command:?} was refused: {refusal:?}");
        self.take_offers(given);
    }

    /// Submits a command; what comes of it is in `outcome`.
    fn tell(&mut self, at: Micros, command: &Command) {
        let at_ms = self.engine_ms(at);
        self.engine.submit_into(at_ms, command, &mut self.outcome);
        #[cfg(test)]
        if let Some(figures) = &self.figures {
            figures.borrow_mut().fold(at_ms, &self.outcome.facts);
        }
    }

    /// Takes the offers that were made, which the queues accept in the same event, and who left by an exit.
    fn take_offers(&mut self, given: &mut Vec<Given>) {
        for fact in &self.outcome.facts {
            let (interaction, agent) = match fact {
                Fact::InteractionOffered(offer) => (offer.interaction, Some(self.seat(offer.agent))),
                Fact::InteractionDiverted(diverted) => (diverted.interaction, None),
                _ => continue,
            };
            let contact = Contact::try_from(interaction).expect("an interaction is a contact");
            if self.is_ranked {
                self.waiting[self.kind_of[contact as usize]] -= 1;
                self.load[agent.expect("queues of a file have no exit") as usize] += 1;
            }
            given.push(Given { contact, agent });
        }
    }

    /// Submits what frees an agent, who then takes work in the order of the group.
    fn free(&mut self, at: Micros, agent: Agent, command: impl Into<Command>, given: &mut Vec<Given>) {
        let group = self.group_of[agent as usize];
        let ranks = self.serves[group].len();
        if ranks < 2 {
            return self.submit(at, command, given);
        }
        let has_work = |router: &Self, rank: usize| {
            router.serves[group][rank].iter().any(|&kind| router.waiting[kind] > 0)
        };
        let mut busy = (0..ranks).filter(|&rank| has_work(self, rank));
        let (Some(first), Some(_)) = (busy.next(), busy.next()) else {
            return self.submit(at, command, given);
        };
        self.skill(at, agent, first, given);
        self.submit(at, command, given);
        for rank in first + 1..ranks {
            let is_last = rank + 1 == ranks;
            let has_room = self.load[agent as usize] < self.capacity[group];
            if is_last || (has_room && has_work(self, rank)) {
                // A full agent has all skills back at once: nothing more is offered.
                self.skill(at, agent, if has_room { rank } else { ranks - 1 }, given);
            }
        }
    }

    fn lay_down(&mut self, agent: Agent) {
        if self.is_ranked {
            self.load[agent as usize] -= 1;
        }
    }

    /// Gives an agent the skills for the types up to a rank of the group.
    fn skill(&mut self, at: Micros, agent: Agent, rank: usize, given: &mut Vec<Given>) {
        let group = self.group_of[agent as usize];
        let capacity = [(Medium::Chat, self.capacity[group])];
        let command = SetAgent::new(self.ids[agent as usize], &self.skills[group][rank], &capacity);
        self.submit(at, command, given);
    }
}

impl Router for Production {
    fn set_on(&mut self, at: Micros, agent: Agent, is_on: bool, given: &mut Vec<Given>) {
        let status = if is_on { Status::OnQueue } else { Status::OffQueue };
        let command = SetStatus { agent: self.ids[agent as usize], status, reason: None };
        self.free(at, agent, command, given);
    }

    fn arrive(
        &mut self,
        at: Micros,
        contact: Contact,
        kind: usize,
        priority: u8,
        given: &mut Vec<Given>,
    ) -> bool {
        let arrived_ms = self.engine_ms(at);
        if let Command::Enqueue(arrival) = &mut self.arrivals[kind] {
            arrival.interaction = contact.into();
            arrival.arrived_ms = arrived_ms;
            arrival.priority = priority;
        }
        let arrival = std::mem::replace(&mut self.arrivals[kind], Command::Advance(Advance {}));
        self.tell(at, &arrival);
        self.arrivals[kind] = arrival;
        match self.outcome.refusal {
            None if self.is_ranked => {
                if self.kind_of.len() <= contact as usize {
                    self.kind_of.resize(contact as usize + 1, 0);
                }
                self.kind_of[contact as usize] = kind;
                self.waiting[kind] += 1;
            }
            None | Some(Refusal::QueueFull) => {}
            Some(refusal) => panic!("a contact was refused: {refusal:?}"),
        }
        self.take_offers(given);
        self.outcome.refusal.is_none()
    }

    fn leave(&mut self, at: Micros, contact: Contact, kind: usize, given: &mut Vec<Given>) {
        if self.is_ranked {
            self.waiting[kind] -= 1;
        }
        self.submit(at, ContactLeft { interaction: contact.into() }, given);
    }

    fn end(&mut self, at: Micros, contact: Contact, agent: Agent, wraps_up: bool, given: &mut Vec<Given>) {
        let command = End { interaction: contact.into(), agent: self.ids[agent as usize] };
        if wraps_up {
            self.submit(at, command, given);
        } else {
            self.lay_down(agent);
            self.free(at, agent, command, given);
        }
    }

    fn complete(&mut self, at: Micros, contact: Contact, agent: Agent, given: &mut Vec<Given>) {
        self.lay_down(agent);
        let command = Complete { interaction: contact.into(), agent: self.ids[agent as usize] };
        self.free(at, agent, command, given);
    }

    fn next_deadline(&self) -> Option<Micros> {
        self.engine.next_deadline().map(|at_ms| (at_ms - self.start_ms) * 1_000)
    }

    fn advance(&mut self, at: Micros, given: &mut Vec<Given>) {
        self.submit(at, Advance {}, given);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use ucc_router_core::figures::{Figures, Subject};

    use super::*;
    use crate::progress::Progress;
    use crate::tally::Cell;
    use crate::world::World;

    const DAY: &str = r#"{
        "seed": 3, "replications": 1, "periods": 4, "period_s": 3600, "warm_up_s": 0, "day_factor_shape": null,
        "types": [
            {"name": "sales", "arrivals_per_hour": [600, 900, 600, 300],
             "service": {"distribution": "exponential", "mean_s": 60}, "wrap_up": null,
             "patience": {"distribution": "exponential", "mean_s": 40},
             "target_s": 20, "priority": 0, "priority_step_s": 60, "waiting_max": 5, "trunk": null,
             "requirement": [], "ranks": [[0]], "is_listed": true},
            {"name": "help", "arrivals_per_hour": [300, 400, 500, 300],
             "service": {"distribution": "exponential", "mean_s": 90},
             "wrap_up": {"distribution": "exponential", "mean_s": 20},
             "patience": {"distribution": "exponential", "mean_s": 200},
             "target_s": 5, "priority": 0, "priority_step_s": 60, "waiting_max": 10000, "trunk": null,
             "requirement": [], "ranks": [[0]], "is_listed": true}
        ],
        "groups": [{"name": "all", "staff": [20, 24, 22, 18], "capacity": 1, "skills": [], "serves": [[0, 1]]}],
        "trunks": []
    }"#;

    /// The live figures fold facts and know no scenario; the simulator counts by period of arrival, for rivals without
    /// facts too. Of one day they must say the same.
    #[test]
    fn r67_live_figures_and_the_simulator_count_alike() {
        let scenario = Scenario::from_json(DAY.as_bytes()).expect("the scenario is right");
        let mut router = Production::new(&scenario);
        let figures = Rc::new(RefCell::new(Figures::new(START_MS)));
        router.figures = Some(Rc::clone(&figures));
        let tally = World::new(&scenario, 0, router).run(&Progress::default()).expect("nobody cancelled it");
        for (kind, cells) in tally.cells.iter().enumerate() {
            let mut whole = Cell::default();
            for cell in cells {
                whole.add(cell);
            }
            let day = figures.borrow_mut().sheet(START_MS + 86_399_000, Subject::Queue(kind as u64)).day;
            let counted = |count: u64| f64::from(u32::try_from(count).expect("a small number"));
            assert!(whole.abandoned > 50.0 && (kind == 1 || whole.blocked > 10.0), "{whole:?}");
            let close = |one: f64, other: f64, by: f64| assert!((one - other).abs() <= by, "{one} {other}");
            close(counted(day.arrived), whole.arrived - whole.blocked, 0.0);
            close(counted(day.served), whole.served, 0.0);
            close(counted(day.abandoned), whole.abandoned, 0.0);
            // The engine's milliseconds cut what the world has in microseconds.
            close(counted(day.in_target), whole.in_target, 2.0);
            close(counted(day.abandoned_early), whole.abandoned_early, 2.0);
            let waited_s = f64::from(i32::try_from(day.served_wait_ms).expect("a day")) / 1_000.0;
            close(waited_s, whole.served_wait_s, whole.served / 1_000.0);
        }
    }
}
