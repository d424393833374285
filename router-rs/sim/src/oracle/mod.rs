//! The naive model: router-rs/SPEC.md written down without an index, a timer wheel or a fold.
//!
//! Everything is found by looking at everything, O(agents × waiting) a step. It shares the vocabulary
//! with the engine and nothing else, so that equal facts mean that both say what the rules say.

mod clocks;
mod commands;
mod connecting;
mod consult;
mod exits;
mod flow;
mod hands;
mod plans;
mod queueing;
mod rules;
mod time;

use std::collections::BTreeMap;

use ucc_router_core::command::{Command, SetAgent, SetQueue};
use ucc_router_core::condition::Condition;
use ucc_router_core::fact::{Fact, Outcome};
use ucc_router_core::words::{AgentId, InteractionId, Medium, Millis, QueueId, Session, SkillLevel, Status};

/// Where an interaction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Queued,
    Offered { agent: AgentId, expires_ms: Millis },
    Active { agent: AgentId },
    Parked { agent: AgentId },
    Interrupted { agent: AgentId },
    Wrapping { agent: AgentId, until_ms: Millis },
    InFlow { agent: AgentId, until_ms: Millis },
    Connecting { agent: AgentId, until_ms: Millis },
    Scheduled { due_ms: Millis },
}

impl Stage {
    fn holder(self) -> Option<AgentId> {
        match self {
            Stage::Queued | Stage::Scheduled { .. } => None,
            Stage::Offered { agent, .. }
            | Stage::Active { agent }
            | Stage::Parked { agent }
            | Stage::Interrupted { agent }
            | Stage::InFlow { agent, .. }
            | Stage::Connecting { agent, .. }
            | Stage::Wrapping { agent, .. } => Some(agent),
        }
    }

    fn holds_units(self) -> bool {
        self.is_in_hand() && !matches!(self, Stage::Interrupted { .. })
    }

    fn is_in_hand(self) -> bool {
        !matches!(self, Stage::Queued | Stage::Parked { .. } | Stage::Scheduled { .. })
    }

    /// Nobody has had the contact yet.
    fn is_untaken(self) -> bool {
        match self {
            Stage::Queued | Stage::Offered { .. } | Stage::Connecting { .. } | Stage::Scheduled { .. } => {
                true
            }
            Stage::Active { .. }
            | Stage::Parked { .. }
            | Stage::Interrupted { .. }
            | Stage::Wrapping { .. }
            | Stage::InFlow { .. } => false,
        }
    }
}

#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools)] // Facts that are independent of each other.
struct Work {
    id: InteractionId,
    queue: QueueId,
    medium: Medium,
    units: u32,
    priority: u8,
    requirement: Vec<SkillLevel>,
    arrived_ms: Millis,
    queued_ms: Millis,
    deadline_ms: Millis,
    order: u64,
    preferred: Option<(AgentId, Millis)>,
    is_abandonable: bool,
    parent: Option<InteractionId>,
    child: Option<InteractionId>,
    originator: Option<AgentId>,
    return_at_ms: Option<Millis>,
    sla_at_ms: Option<Millis>,
    overflow_at_ms: Option<Millis>,
    is_overdue: bool,
    is_named: bool,
    stage: Stage,
    epoch: u64,
    excluded: Vec<(AgentId, Millis)>,
    is_contact_lost: bool,
    abandon_at_ms: Option<Millis>,
    visited: Vec<QueueId>,
    condition: Option<Condition>,
    step: usize,
    relax_at_ms: Option<Millis>,
    clocks: Vec<clocks::Clock>,
    is_answered: bool,
    /// R73: at whom else the offer rings.
    also: Vec<AgentId>,
    is_broadcast: bool,
    /// R79–R82.
    bond: Option<consult::Bond>,
    consult_until_ms: Option<Millis>,
    seats: Vec<InteractionId>,
    is_held: bool,
    /// R88.
    is_dialled: bool,
    tries: u32,
}

impl Work {
    fn key(&self) -> (Millis, u64) {
        (self.deadline_ms, self.order)
    }

    /// Rings at this agent or is in this agent's hands.
    fn is_with(&self, agent: AgentId) -> bool {
        self.stage.holder() == Some(agent) || self.also.contains(&agent)
    }

    /// Everybody it rings at.
    fn ringing(&self) -> Vec<AgentId> {
        let Stage::Offered { agent, .. } = self.stage else { return Vec::new() };
        [&[agent], &self.also[..]].concat()
    }

    fn is_waiting(&self) -> bool {
        self.stage == Stage::Queued && !self.is_named
    }
}

#[derive(Clone, Debug)]
struct Agent {
    config: SetAgent,
    session: Session,
    status: Status,
    reason: Option<String>,
    next: Option<(Status, Option<String>)>,
    is_blocked: bool,
    since_ms: Millis,
    idle_since_ms: Millis,
    lost_at_ms: Option<Millis>,
    turn: u64,
    pass: u64,
    plan: plans::Plan,
}

impl Agent {
    fn is_staffing(&self) -> bool {
        self.session != Session::Offline
            && self.status == Status::OnQueue
            && self.next.is_none()
            && !self.is_blocked
    }

    fn level(&self, skill: u64) -> Option<u8> {
        self.config.skills.iter().find(|&&(held, _)| held == skill).map(|&(_, level)| level)
    }

    fn capacity(&self, medium: Medium) -> u32 {
        self.config.capacity.iter().find(|&&(named, _)| named == medium).map_or(0, |&(_, units)| units)
    }
}

#[derive(Clone, Debug)]
struct Queue {
    config: SetQueue,
    is_open: bool,
    /// Boundaries after the last one that passed, earliest first.
    boundaries: Vec<(Millis, bool)>,
    unstaffed_at_ms: Option<Millis>,
    is_unstaffed: bool,
    share_ms: Millis,
}

/// The naive model of one tenant.
#[derive(Debug, Default)]
pub struct Oracle {
    now_ms: Millis,
    at_ms: Millis,
    next_order: u64,
    epoch: u64,
    next_turn: u64,
    pass: u64,
    queues: BTreeMap<QueueId, Queue>,
    agents: BTreeMap<AgentId, Agent>,
    work: BTreeMap<InteractionId, Work>,
    facts: Vec<Fact>,
}

impl Oracle {
    /// Makes an empty model.
    #[must_use]
    pub fn new() -> Self {
        Self { next_order: 1, next_turn: 1, ..Self::default() }
    }

    /// Decides one command as the rules say.
    pub fn submit(&mut self, now_ms: Millis, command: &Command) -> Outcome {
        self.at_ms = now_ms.max(self.now_ms);
        if !matches!(command, Command::OpenShard(_)) {
            self.fire_due();
        }
        let refusal = self.decide(command).err(); // Which field it is about is told by the engine alone.
        if refusal.is_none() {
            self.settle();
        }
        self.fire_due();
        Outcome { refusal, facts: std::mem::take(&mut self.facts), fault: None }
    }

    /// Notes a fact whose effect the caller has brought about, and looks at every queue's staff again.
    fn note(&mut self, fact: impl Into<Fact>) {
        let fact = fact.into();
        self.facts.push(fact.clone());
        self.now_ms = self.at_ms;
        self.restaff();
        self.look_at_clocks(&fact);
    }
}
