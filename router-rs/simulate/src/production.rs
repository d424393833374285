//! The production engine as a policy: every decision is `Engine::submit`'s, an offer is accepted at once.
//!
//! A type is a queue. Where skills decide, they are the engine's skills. Where lists decide, each type is a
//! skill of its own, and a group has it at level 10 in the first rank of the type's list, 9 in the second, and
//! so on: the engine prefers the highest level. A group's own order of types is no order of the queue, because
//! two groups may have opposite ones. Such an agent is set to the skills of the preferred types for the very
//! moment of coming free, so that the engine finds the first of those, and has all skills again after it.

use ucc_router_core::Engine;
use ucc_router_core::command::{
    Accept, Advance, Command, Complete, ContactLeft, End, Enqueue, SetAgent, SetQueue, SetSession, SetStatus,
};
use ucc_router_core::fact::Fact;
use ucc_router_core::wire::{Wire, Writer, decode};
use ucc_router_core::words::{DURATION_MS_MAX, Medium, Millis, Refusal, Session, SkillLevel, Status};

use crate::Micros;
use crate::chance::micros;
use crate::router::{Agent, Contact, Given, Router, seats};
use crate::scenario::{Group, Scenario};

/// Skills of types stand above all of the scenario's own.
const TYPE_SKILLS: u64 = 1 << 32;
/// The engine's time when the virtual clock shows 0: deadlines of urgent work lie before its arrival.
const START_MS: Millis = 1_000_000_000_000;
/// Queues are always open.
const OPEN_MS_MAX: Millis = 1 << 50;

/// The engine, and what it must be told about an agent.
pub(crate) struct Production {
    engine: Engine,
    /// What every arrival has alike.
    arrival: Enqueue,
    group_of: Vec<usize>,
    /// By group and rank: the skills for the types up to this rank. The last are all.
    skills: Vec<Vec<Vec<SkillLevel>>>,
    serves: Vec<Vec<Vec<usize>>>,
    capacity: Vec<u32>,
    load: Vec<u32>,
    /// By type.
    priority: Vec<u8>,
    waiting: Vec<u32>,
}

/// Returns the engine's time; it counts milliseconds, and the world keeps the order within one.
fn engine_ms(at: Micros) -> Millis {
    START_MS + at / 1_000
}

/// Makes a command of its required fields, as the wire has them; all others take the wire's defaults.
fn required<T: Wire>(put: impl FnOnce(&mut Writer)) -> T {
    let mut writer = Writer::default();
    put(&mut writer);
    decode(&writer.bytes).expect("the required fields were written")
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

impl Production {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let groups = || scenario.groups.iter().enumerate();
        let mut router = Self {
            engine: Engine::new(),
            arrival: required(|writer| {
                writer.array(5);
                writer.text("enqueue");
                0u64.put(writer);
                0u64.put(writer);
                Medium::Chat.put(writer);
                0i64.put(writer);
            }),
            group_of: seats(scenario),
            skills: groups()
                .map(|(number, group)| {
                    (0..group.serves.len()).map(|last| skills(scenario, number, group, last)).collect()
                })
                .collect(),
            serves: groups().map(|(_, group)| group.serves.clone()).collect(),
            capacity: groups().map(|(_, group)| group.capacity).collect(),
            load: Vec::new(),
            priority: scenario.types.iter().map(|kind| kind.priority).collect(),
            waiting: vec![0; scenario.types.len()],
        };
        router.load = vec![0; router.group_of.len()];
        for (kind, told) in scenario.types.iter().enumerate() {
            // Ranks stand for levels; without them the levels asked decide.
            let mut requirement = if told.ranks.is_empty() { told.requirement.clone() } else { Vec::new() };
            requirement.extend(told.is_listed.then_some((TYPE_SKILLS + kind as u64, 1)));
            router.submit(
                0,
                SetQueue {
                    requirement,
                    wrap_up_ms: if told.wrap_up.is_some() { DURATION_MS_MAX } else { 0 },
                    answer_target_ms: (micros(told.target_s) / 1_000).max(1),
                    priority_step_ms: micros(told.priority_step_s) / 1_000,
                    waiting_max: told.waiting_max,
                    open: vec![(0, OPEN_MS_MAX)],
                    ..required(|writer| {
                        writer.array(3);
                        writer.text("set_queue");
                        (kind as u64).put(writer);
                        Vec::<SkillLevel>::new().put(writer);
                    })
                },
            );
        }
        for agent in 0..router.group_of.len() {
            let skills = router.skills[router.group_of[agent]].last().cloned().unwrap_or_default();
            let agent = Agent::try_from(agent).expect("fewer than 2³² seats");
            router.submit(0, router.set_agent(agent, &skills));
            let session = Session::Online;
            router.submit(0, SetSession { agent: agent.into(), session, is_forced: false });
        }
        router
    }

    fn set_agent(&self, agent: Agent, skills: &Vec<SkillLevel>) -> SetAgent {
        let capacity = vec![(Medium::Chat, self.capacity[self.group_of[agent as usize]])];
        required(|writer| {
            writer.array(4);
            writer.text("set_agent");
            u64::from(agent).put(writer);
            skills.put(writer);
            capacity.put(writer);
        })
    }

    /// Submits a command that cannot be refused.
    fn submit(&mut self, at: Micros, command: impl Into<Command>) -> Vec<Fact> {
        let command = command.into();
        let outcome = self.engine.submit(engine_ms(at), &command);
        assert!(outcome.refusal.is_none(), "{command:?} was refused: {:?}", outcome.refusal);
        outcome.facts
    }

    /// Accepts the offers among the facts, and those that follow.
    fn accept(&mut self, at: Micros, facts: &[Fact], given: &mut Vec<Given>) {
        for fact in facts {
            if let Fact::InteractionOffered(offer) = fact {
                let (interaction, agent, epoch) = (offer.interaction, offer.agent, offer.epoch);
                let kind = usize::try_from(offer.queue).expect("a queue is a type");
                let agent_seat = Agent::try_from(agent).expect("an agent is a seat");
                self.waiting[kind] -= 1;
                self.load[agent_seat as usize] += 1;
                let contact = Contact::try_from(interaction).expect("an interaction is a contact");
                given.push(Given { contact, agent: agent_seat });
                let more = self.submit(at, Accept { interaction, agent, epoch });
                self.accept(at, &more, given);
            }
        }
    }

    /// Submits what frees an agent, who then takes work in the order of the group.
    fn free(&mut self, at: Micros, agent: Agent, command: impl Into<Command>, given: &mut Vec<Given>) {
        let group = self.group_of[agent as usize];
        let has_work = |router: &Self, rank: usize| {
            router.serves[group][rank].iter().any(|&kind| router.waiting[kind] > 0)
        };
        let ranks = self.serves[group].len();
        let mut busy = (0..ranks).filter(|&rank| has_work(self, rank));
        let (Some(first), Some(_)) = (busy.next(), busy.next()) else {
            let facts = self.submit(at, command);
            self.accept(at, &facts, given);
            return;
        };
        let narrow = self.skills[group][first].clone();
        self.submit(at, self.set_agent(agent, &narrow));
        let facts = self.submit(at, command);
        self.accept(at, &facts, given);
        for rank in first + 1..ranks {
            let is_last = rank + 1 == ranks;
            let has_room = self.load[agent as usize] < self.capacity[group];
            if is_last || (has_room && has_work(self, rank)) {
                // A full agent has all skills back at once: nothing more is offered.
                let until = if has_room { rank } else { ranks - 1 };
                let wide = self.skills[group][until].clone();
                let facts = self.submit(at, self.set_agent(agent, &wide));
                self.accept(at, &facts, given);
            }
        }
    }
}

impl Router for Production {
    fn set_on(&mut self, at: Micros, agent: Agent, is_on: bool, given: &mut Vec<Given>) {
        let status = if is_on { Status::OnQueue } else { Status::OffQueue };
        self.free(at, agent, SetStatus { agent: agent.into(), status, reason: None }, given);
    }

    fn arrive(&mut self, at: Micros, contact: Contact, kind: usize, given: &mut Vec<Given>) -> bool {
        let command = Enqueue {
            interaction: contact.into(),
            queue: kind as u64,
            arrived_ms: engine_ms(at),
            priority: self.priority[kind],
            ..self.arrival.clone()
        };
        let outcome = self.engine.submit(engine_ms(at), &command.into());
        match outcome.refusal {
            None => self.waiting[kind] += 1,
            Some(Refusal::QueueFull) => {}
            Some(refusal) => panic!("a contact was refused: {refusal:?}"),
        }
        self.accept(at, &outcome.facts, given);
        outcome.refusal.is_none()
    }

    fn leave(&mut self, at: Micros, contact: Contact, kind: usize) {
        self.waiting[kind] -= 1;
        self.submit(at, ContactLeft { interaction: contact.into() });
    }

    fn end(&mut self, at: Micros, contact: Contact, agent: Agent, wraps_up: bool, given: &mut Vec<Given>) {
        let command = End { interaction: contact.into(), agent: agent.into() };
        if wraps_up {
            let facts = self.submit(at, command);
            self.accept(at, &facts, given);
        } else {
            self.load[agent as usize] -= 1;
            self.free(at, agent, command, given);
        }
    }

    fn complete(&mut self, at: Micros, contact: Contact, agent: Agent, given: &mut Vec<Given>) {
        self.load[agent as usize] -= 1;
        self.free(at, agent, Complete { interaction: contact.into(), agent: agent.into() }, given);
    }

    fn next_deadline(&self) -> Option<Micros> {
        self.engine.next_deadline().map(|at_ms| (at_ms - START_MS) * 1_000)
    }

    fn advance(&mut self, at: Micros, given: &mut Vec<Given>) {
        let facts = self.submit(at, Advance {});
        self.accept(at, &facts, given);
    }
}
