//! Foresight: the memory that commands, facts and timers will look at is asked for before, much of it at once. What is
//! next is mostly in no near cache: of a hundred thousand waiting, and of ten thousand agents, it may be anyone.
//! Nothing here decides or changes anything.

use crate::command::{Command, Enqueue};
use crate::engine::Engine;
use crate::fact::Fact;
use crate::fetch::{fetch, fetch_at, fetch_lines};
use crate::index::{ClassId, Slot};
use crate::interaction::Interaction;
use crate::state::Queue;
use crate::words::{AgentId, InteractionId, Millis};

/// How many timers ahead work is asked for, and its class, when the work has come.
const WORK_AHEAD: usize = 10;
const CLASS_AHEAD: usize = 5;

/// How many commands ahead the places of their work and agents are asked for, then those themselves, then what they name.
const PLACES_AHEAD: usize = 6;
const SLOTS_AHEAD: usize = 4;
const NEXT_AHEAD: usize = 2;

/// Lines of the pools and of the skills of an agent that are asked for; those behind them mostly come by themselves.
const POOL_LINES: usize = 4;
const SKILL_LINES: usize = 3;

/// Where the work and the agent of a fact seem to stand.
#[derive(Debug)]
pub(crate) struct Foreseen {
    work: Option<Slot>,
    agent: Option<Slot>,
}

impl Engine {
    /// Looks ahead at what the commands behind the first will look at, each a step further the nearer it comes: where its
    /// work and agent are looked up, those themselves, and what they name.
    pub(crate) fn foresee_next(&self, commands: &[Command]) {
        if let Some((interaction, agent)) = commands.get(PLACES_AHEAD).and_then(named) {
            self.work.fetch_place(interaction);
            agent.inspect(|&agent| self.agents.fetch_place(agent));
        }
        if let Some((interaction, agent)) = commands.get(SLOTS_AHEAD).and_then(named) {
            self.foresee_work(self.work.foreseen(interaction));
            if let Some(slot) = agent.and_then(|agent| self.agents.foreseen(agent)) {
                self.agents.fetch(slot);
                fetch_at(&self.index.desks, slot as usize);
                fetch_at(&self.index.free, slot as usize);
            }
        }
        match commands.get(NEXT_AHEAD) {
            Some(Command::Enqueue(command)) => self.foresee_queue(command),
            Some(command) => {
                let agent = named(command).and_then(|(_, agent)| self.agents.foreseen(agent?));
                self.foresee_freed(agent);
            }
            None => {}
        }
    }

    /// Looks ahead at what these facts will change, before they are folded; says at which slots that stands.
    pub(crate) fn foresee_facts(&self, facts: &[Fact], found: &mut Vec<Foreseen>) {
        let all = facts.iter().map(changed);
        all.clone().flatten().for_each(|(interaction, _)| self.work.fetch_place(interaction));
        found.clear();
        found.extend(all.map(|named| {
            let work = named.and_then(|(interaction, _)| self.work.foreseen(interaction));
            let agent = named.and_then(|(_, agent)| self.agents.foreseen(agent?));
            if let Some(slot) = work {
                self.work.fetch(slot);
                self.index.timers.fetch_work(slot);
            }
            if let Some(slot) = agent {
                self.agents.fetch(slot);
                fetch_at(&self.index.desks, slot as usize);
            }
            Foreseen { work, agent }
        }));
        for (slot, fact) in found.iter().zip(facts) {
            if let (Some(slot), Fact::InteractionOffered(_)) = (slot.work, fact) {
                if let Some(queue) =
                    self.work.found_at(slot).and_then(|work| self.queues.found_at(work.queue_at))
                {
                    fetch(&queue.waiting);
                    fetch(&queue.state.answered_ms);
                    queue.state.gaps_ms.fetch();
                }
            }
        }
    }

    /// Lets work and agent of a fact be found at once.
    pub(crate) fn expect(&self, foreseen: &Foreseen) {
        if let Some(slot) = foreseen.work {
            self.work.hint(slot);
        }
        if let Some(slot) = foreseen.agent {
            self.agents.hint(slot);
        }
    }

    /// Looks ahead at what one command names. Who accepts was just offered the work, and is near.
    pub(crate) fn foresee_one(&self, command: &Command) {
        match command {
            Command::Enqueue(command) => self.foresee_queue(command),
            Command::Accept(command) => self.foresee_work(self.work.expected(command.interaction)),
            _ => {
                if let Some((interaction, agent)) = named(command) {
                    self.foresee_work(self.work.expected(interaction));
                    self.foresee_freed(agent.and_then(|agent| self.agents.expected(agent)));
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
        queue.state.gaps_ms.fetch();
    }

    /// Looks ahead at the class that work will wait in, and at the span of its timer, once its queue is near. Returns
    /// the class of such work, if it is usual.
    pub(crate) fn foresee_arrival(
        &self,
        queue: &Queue,
        command: &Enqueue,
        relax_at_ms: Option<Millis>,
    ) -> Option<ClassId> {
        let usual = queue.class_of.find(&command.requirement, command.medium, command.units, 0);
        let class = usual.map(|usual| usual.class);
        if let Some(class) = class {
            self.index.fetch_class(class);
        }
        if let Some(relax_at_ms) = relax_at_ms {
            self.index.timers.fetch_later(relax_at_ms);
        }
        class
    }

    /// Looks ahead at the queue of work that will be linked, and at where its class is looked up.
    pub(crate) fn foresee_queue_of(&self, slot: Slot) {
        let Some(Interaction { state, queue_at, .. }) = self.work.found_at(slot) else { return };
        if let Some(queue) = self.queues.found_at(*queue_at).filter(|_| state.is_waiting()) {
            fetch(&queue.waiting);
            queue.class_of.fetch(&state.requirement, state.medium, state.units);
        } else if let Some(desk) = state.holder.get().and_then(|agent| self.agents.foreseen(agent)) {
            self.agents.fetch(desk);
        }
    }

    /// Looks ahead at the class of work that will be linked.
    pub(crate) fn foresee_link(&self, slot: Slot) {
        let Some(Interaction { state, queue_at, .. }) = self.work.found_at(slot) else { return };
        let Some(queue) = self.queues.found_at(*queue_at).filter(|_| state.is_waiting()) else { return };
        let usual = queue.class_of.find(&state.requirement, state.medium, state.units, state.step);
        if let Some(usual) = usual {
            self.index.fetch_class(usual.class);
        }
        self.index.timers.fetch_later(state.due().0.get().unwrap_or_default());
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

    fn foresee_work(&self, slot: Option<Slot>) {
        if let Some(slot) = slot {
            self.work.fetch(slot);
            self.index.timers.fetch_work(slot);
        }
    }

    /// Looks ahead at an agent who will look for work.
    fn foresee_freed(&self, slot: Option<Slot>) {
        let Some(slot) = slot else { return };
        fetch_at(&self.index.desks, slot as usize);
        if let Some(agent) = self.agents.found_at(slot) {
            fetch(&agent.work);
            fetch(&agent.state.idle_since_ms);
            fetch(&agent.state.config.skills);
            fetch_lines(agent.lanes(), POOL_LINES);
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
