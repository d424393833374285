//! Foresight: the memory that commands, facts and timers will look at is asked for before, much of it at once. What is
//! next is mostly in no near cache: of a hundred thousand waiting, and of ten thousand agents, it may be anyone.
//! Nothing here decides or changes anything.

use crate::command::{Command, Enqueue};
use crate::engine::Engine;
use crate::fact::Fact;
use crate::fetch::{fetch, fetch_at, fetch_lines};
use crate::interaction::Interaction;
use crate::state::Queue;
use crate::words::{AgentId, InteractionId, Millis};

/// How many timers ahead work is asked for, and its class, when the work has come.
const WORK_AHEAD: usize = 10;
const CLASS_AHEAD: usize = 5;

/// Lines of the pools and of the skills of an agent that are asked for; those behind them mostly come by themselves.
const POOL_LINES: usize = 4;
const SKILL_LINES: usize = 3;
/// Those of a queue's times between answers, which all move with each.
const GAP_LINES: usize = 4;

impl Engine {
    /// Looks ahead at all that these commands name, before they are decided one by one.
    pub fn foresee(&self, commands: &[Command]) {
        let all = commands.iter().filter_map(named);
        all.clone().for_each(|(interaction, _)| self.work.fetch_place(interaction));
        all.clone().for_each(|(interaction, _)| self.foresee_work(interaction));
        all.filter_map(|(_, agent)| agent).for_each(|agent| self.foresee_freed(agent));
    }

    /// Looks ahead at what these facts will change, before they are folded.
    pub(crate) fn foresee_facts(&self, facts: &[Fact]) {
        let all = facts.iter().filter_map(changed);
        all.clone().for_each(|(interaction, _)| self.work.fetch_place(interaction));
        for (interaction, agent) in all {
            self.foresee_work(interaction);
            if let Some(slot) = agent.and_then(|agent| self.agents.foreseen(agent)) {
                self.agents.fetch(slot);
            }
        }
    }

    /// Looks ahead at what one command names. Who accepts was just offered the work, and is near.
    pub(crate) fn foresee_one(&self, command: &Command) {
        match command {
            Command::Enqueue(command) => self.foresee_queue(command),
            Command::Accept(command) => self.foresee_work(command.interaction),
            _ => {
                if let Some((interaction, agent)) = named(command) {
                    self.foresee_work(interaction);
                    if let Some(agent) = agent {
                        self.foresee_freed(agent);
                    }
                }
            }
        }
    }

    /// Looks ahead at the work whose timers are due next.
    pub(crate) fn foresee_timers(&self) {
        let timers = &self.index.timers;
        if let Some(slot) = timers.ahead(WORK_AHEAD) {
            self.work.fetch(slot);
        }
        if let Some(slot) = timers.ahead(CLASS_AHEAD) {
            if let Some(class) = self.work.found_at(slot).and_then(Interaction::class) {
                self.index.fetch_waiting(class, slot);
            }
        }
    }

    /// Looks ahead at what an offer of a queue's work will change.
    pub(crate) fn foresee_offer(&self, queue: &Queue, expires_ms: Millis) {
        self.index.timers.fetch_later(expires_ms);
        fetch_lines(&queue.state.gaps_ms, GAP_LINES);
    }

    /// Looks ahead at the class that work will wait in, and at the span of its timer, once its queue is near.
    pub(crate) fn foresee_arrival(&self, queue: &Queue, command: &Enqueue) {
        if let Some(usual) = queue.class_of.find(&command.requirement, command.medium, command.units, 0) {
            self.index.fetch_class(usual.class);
        }
        if let Some(relax_at_ms) = queue.state.relax_at(self.at_ms, 0) {
            self.index.timers.fetch_later(relax_at_ms);
        }
    }

    /// Looks ahead at a queue that work comes to, and at where its class is looked up.
    fn foresee_queue(&self, command: &Enqueue) {
        self.work.fetch_vacant();
        if let Some(queue) = self.queues.get(command.queue) {
            fetch(&queue.class_of);
            fetch(&queue.state.config.open);
            fetch(&queue.state.config.relaxation);
            fetch(&queue.state.config.answer_target_ms);
            queue.class_of.fetch(&command.requirement, command.medium, command.units);
            fetch_lines(&queue.state.config.open, 1);
            fetch_lines(&queue.state.config.relaxation, 1);
        }
    }

    fn foresee_work(&self, interaction: InteractionId) {
        if let Some(slot) = self.work.foreseen(interaction) {
            self.work.fetch(slot);
            self.index.timers.fetch_work(slot);
        }
    }

    /// Looks ahead at an agent who will look for work.
    fn foresee_freed(&self, agent: AgentId) {
        let Some(slot) = self.agents.slot(agent) else { return };
        fetch_at(&self.index.desks, slot as usize);
        if let Some(agent) = self.agents.found_at(slot) {
            fetch(&agent.work);
            fetch(&agent.state.idle_since_ms);
            fetch(&agent.state.config.skills);
            fetch_lines(&agent.pools, POOL_LINES);
            fetch_lines(&agent.state.config.skills, SKILL_LINES);
        }
    }
}

/// Returns the work and the agent whom a frequent command is about.
fn named(command: &Command) -> Option<(InteractionId, Option<AgentId>)> {
    match command {
        Command::Accept(command) => Some((command.interaction, Some(command.agent))),
        Command::End(command) => Some((command.interaction, Some(command.agent))),
        Command::Complete(command) => Some((command.interaction, Some(command.agent))),
        Command::Decline(command) => Some((command.interaction, Some(command.agent))),
        Command::ContactLeft(command) => Some((command.interaction, None)),
        _ => None,
    }
}

/// Returns the work and the agent whom a frequent fact changes.
fn changed(fact: &Fact) -> Option<(InteractionId, Option<AgentId>)> {
    match fact {
        Fact::InteractionQueued(fact) => Some((fact.interaction, None)),
        Fact::InteractionOffered(fact) => Some((fact.interaction, Some(fact.agent))),
        Fact::InteractionActivated(fact) => Some((fact.interaction, Some(fact.agent))),
        Fact::InteractionClosed(fact) => Some((fact.interaction, Some(fact.agent))),
        Fact::RequirementRelaxed(fact) => Some((fact.interaction, None)),
        Fact::SlaBreached(fact) => Some((fact.interaction, None)),
        _ => None,
    }
}
