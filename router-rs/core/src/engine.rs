//! The engine of one tenant: commands are decided into facts, and only facts change the state.

use std::collections::BTreeSet;

use crate::command::Command;
use crate::decide::clocks;
use crate::fact::{Fact, Outcome};
use crate::index::{Class, ClassId, Demand, Index, PoolId, Slot};
use crate::interaction::{Interaction, InteractionState};
use crate::replay::Behind;
use crate::settle::Scratch;
use crate::state::{Agent, Queue};
use crate::table::Table;
use crate::timers::Timer;
use crate::words::{AgentId, InteractionId, Millis, QueueId, Refusal, Refused};

/// Pools with more members than this keep their free agents in order; smaller ones are scanned. An agent stands
/// in many pools: a list of each costs more, whenever the agent is taken or freed, than scans of a few cache lines.
pub const DENSE_FROM: usize = 400;

/// A pure state machine: no clock, no I/O, no dice. The same commands at the same times give the same facts.
#[derive(Debug)]
pub struct Engine {
    pub(crate) now_ms: Millis,
    /// Given to the next work that queues.
    pub(crate) next_order: u64,
    /// Given to the next offer in turn.
    pub(crate) next_turn: u64,
    /// What the latest agent by weight had had before.
    pub(crate) pass: u64,
    /// Of the shard's owner.
    pub(crate) epoch: u64,
    pub(crate) queues: Table<Queue>,
    pub(crate) agents: Table<Agent>,
    pub(crate) work: Table<Interaction>,
    pub(crate) index: Index,
    /// Work whose links are behind its state while a journal is replayed.
    pub(crate) behind: Behind,
    pub(crate) dense_from: usize,
    /// What this command made possible and `settle` looks at.
    pub(crate) touched: Touched,
    /// Agents whose listing lags behind.
    pub(crate) stale: Vec<Slot>,
    /// Room for `settle`, to be used again.
    pub(crate) scratch: Scratch,
    /// The facts of the command being decided.
    pub(crate) facts: Vec<Fact>,
    /// The time of the command being decided.
    pub(crate) at_ms: Millis,
    /// The class of the work that arrives, where its decision has looked it up; its fact has use for it.
    pub(crate) arriving: Option<ClassId>,
    /// Some queue has had SLA clocks, or some agent has written: facts are looked at for what they mean to them.
    pub(crate) has_clocks: bool,
}

/// Where something became possible since the last settling.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    /// As they came, some more than once.
    pub agents: Vec<Slot>,
    pub work: Vec<Slot>,
    /// Queues whose work may have to overflow.
    pub sources: BTreeSet<QueueId>,
    /// A queue opened or got staff: work of any queue may overflow into it.
    pub is_destination: bool,
}

impl Default for Engine {
    fn default() -> Self {
        Self::with_dense_from(DENSE_FROM)
    }
}

impl Engine {
    /// Makes an empty engine.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes an empty engine with another threshold of the idle index, which never changes a decision.
    #[must_use]
    pub fn with_dense_from(dense_from: usize) -> Self {
        Self {
            now_ms: 0,
            next_order: 1,
            next_turn: 1,
            pass: 0,
            epoch: 0,
            queues: Table::default(),
            agents: Table::default(),
            work: Table::default(),
            index: Index::default(),
            behind: Behind::default(),
            dense_from,
            touched: Touched::default(),
            stale: Vec::new(),
            scratch: Scratch::default(),
            facts: Vec::new(),
            at_ms: 0,
            arriving: None,
            has_clocks: false,
        }
    }

    /// Fires what is due at `now_ms`, decides the command and returns what happened.
    ///
    /// A clock that went back does not take the engine back: the latest fact's time holds.
    pub fn submit(&mut self, now_ms: Millis, command: &Command) -> Outcome {
        let mut outcome = Outcome::default();
        self.submit_into(now_ms, command, &mut outcome);
        outcome
    }

    /// Does what `submit` does, in the memory of an outcome that is done with.
    pub fn submit_into(&mut self, now_ms: Millis, command: &Command, outcome: &mut Outcome) {
        self.foresee_one(command);
        self.carry_out(now_ms, command, outcome);
    }

    /// Does so with the first of some commands, if there is one, and looks ahead at those behind it, which come next.
    pub fn submit_first(&mut self, now_ms: Millis, commands: &[Command], outcome: &mut Outcome) {
        self.foresee_next(commands);
        if let Some(command) = commands.first() {
            self.carry_out(now_ms, command, outcome);
        }
    }

    fn carry_out(&mut self, now_ms: Millis, command: &Command, outcome: &mut Outcome) {
        outcome.facts.clear();
        std::mem::swap(&mut self.facts, &mut outcome.facts);
        self.at_ms = now_ms.max(self.now_ms);
        // A new owner arms sessions and offers again before their old times are looked at (R60).
        if !matches!(command, Command::OpenShard(_)) {
            self.fire_due();
        }
        let refused = self.decide(command).err();
        if refused.is_none() {
            self.settle();
        }
        self.fire_due();
        std::mem::swap(&mut self.facts, &mut outcome.facts);
        (outcome.refusal, outcome.fault) =
            refused.map_or((None, None), |refused| (Some(refused.refusal), refused.fault));
    }

    /// Returns when time will next do something, or `None` while nothing is pending.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Millis> {
        self.index.timers.first_ms()
    }

    /// Returns the time of the latest fact.
    #[must_use]
    pub fn now_ms(&self) -> Millis {
        self.now_ms
    }

    fn decide(&mut self, command: &Command) -> Result<(), Refused> {
        self.check_contacts(command)?;
        match command {
            Command::SetQueue(command) => self.set_queue(command)?,
            Command::RemoveQueue(command) => self.remove_queue(command.queue)?,
            Command::SetAgent(command) => self.set_agent(command)?,
            Command::RemoveAgent(command) => self.remove_agent(command.agent)?,
            Command::SetPlan(command) => self.set_plan(command)?,
            Command::SetSession(command) => self.set_session(command)?,
            Command::SetStatus(command) => self.set_status(command)?,
            Command::ClearBlock(command) => self.clear_block(command.agent)?,
            Command::Enqueue(command) => self.enqueue(command)?,
            Command::ContactWrote(command) => self.contact_wrote(command)?,
            Command::ContactLost(command) => self.contact_lost(command.interaction)?,
            Command::ContactBack(command) => self.contact_back(command.interaction)?,
            Command::ContactLeft(command) => self.contact_left(command.interaction)?,
            Command::AskCallback(command) => self.ask_callback(command)?,
            Command::AgentWrote(command) => self.agent_wrote(command.interaction, command.agent)?,
            Command::Accept(command) => self.accept(command)?,
            Command::Connected(command) => self.connected(command)?,
            Command::FailConnecting(command) => self.fail_connecting(command)?,
            Command::Decline(command) => self.decline(command)?,
            Command::End(command) => self.end(command.interaction, command.agent)?,
            Command::Complete(command) => self.complete(command.interaction, command.agent)?,
            Command::ExtendWrapUp(command) => self.extend_wrap_up(command)?,
            Command::Park(command) => self.park(command.interaction, command.agent)?,
            Command::Unpark(command) => self.unpark(command.interaction, command.agent)?,
            Command::ChangeMedium(command) => self.change_medium(command)?,
            Command::TransferToQueue(command) => self.transfer_to_queue(command)?,
            Command::TransferToAgent(command) => self.transfer_to_agent(command)?,
            Command::Consult(command) => self.consult(command)?,
            Command::CompleteConsult(command) => self.complete_consult(command)?,
            Command::MergeConsult(command) => self.merge_consult(command)?,
            Command::HandOver(command) => self.hand_over(command)?,
            Command::Hold(command) => self.hold(command)?,
            Command::Unhold(command) => self.unhold(command)?,
            Command::HandToFlow(command) => self.hand_to_flow(command)?,
            Command::ReturnFromFlow(command) => self.return_from_flow(command)?,
            Command::Take(command) => self.take(command.interaction, command.agent)?,
            Command::Advance(_) => {}
            Command::OpenShard(command) => self.open_shard(command.epoch)?,
        }
        Ok(())
    }

    /// Fires timers in order of their times; what each makes possible is assigned before the next.
    #[inline]
    fn fire_due(&mut self) {
        while self.next_deadline().is_some_and(|due_ms| due_ms <= self.at_ms) {
            self.fire_first();
        }
    }

    #[inline(never)]
    fn fire_first(&mut self) {
        let (due_ms, timer, slot) = self.index.timers.first().expect("something is due");
        self.foresee_timers();
        let before = self.facts.len();
        match timer {
            Timer::Queue(queue) => self.fire_queue(queue),
            Timer::Agent(agent) => self.fire_agent(agent),
            Timer::Interaction(_) => self.fire_interaction(slot),
        }
        assert!(self.facts.len() > before, "timer {timer:?} of {due_ms} left no fact");
        self.settle();
    }

    /// Records a fact: the only way a decision changes the state. It is made in the list, which `push` would copy it to.
    #[inline]
    pub(crate) fn emit(&mut self, fact: impl Into<Fact>) {
        self.facts.extend(std::iter::once_with(|| fact.into()));
        self.take_in();
    }

    /// Records a fact that is made of the state, where it will stand: few facts are as large as the room for one.
    #[inline]
    pub(crate) fn emit_made<F: Into<Fact>>(&mut self, make: impl FnOnce(&Self) -> F) {
        let mut facts = std::mem::take(&mut self.facts);
        facts.extend(std::iter::once_with(|| make(self).into()));
        self.facts = facts;
        self.take_in();
    }

    /// Changes the state as the latest fact says.
    fn take_in(&mut self) {
        if self.has_clocks {
            self.meet_resolution();
        }
        let facts = std::mem::take(&mut self.facts);
        let fact = facts.last().expect("it was just recorded");
        let moment = if self.has_clocks { clocks::moment(fact) } else { None };
        self.apply(self.at_ms, fact);
        self.facts = facts;
        if let Some((interaction, moment)) = moment {
            self.tend_clocks(interaction, moment);
        }
    }

    // --- access -----------------------------------------------------------------------------------

    pub(crate) fn agent(&self, agent: AgentId) -> Option<&Agent> {
        self.agents.get(agent)
    }

    /// Returns the slot of an agent who is known.
    pub(crate) fn slot_of(&self, agent: AgentId) -> Slot {
        self.agents.slot(agent).expect("a fact names a known agent")
    }

    #[inline]
    pub(crate) fn found(&self, interaction: InteractionId) -> Option<&Interaction> {
        self.work.get(interaction)
    }

    /// Returns work that is live.
    #[inline]
    pub(crate) fn known(&self, interaction: InteractionId) -> &Interaction {
        self.found(interaction).expect("a fact names live work")
    }

    pub(crate) fn at(&self, slot: Slot) -> &Agent {
        self.agents.at(slot)
    }

    pub(crate) fn at_mut(&mut self, slot: Slot) -> &mut Agent {
        self.agents.at_mut(slot)
    }

    pub(crate) fn interaction(&self, interaction: InteractionId) -> Result<&InteractionState, Refusal> {
        self.found(interaction).map(|work| &work.state).ok_or(Refusal::UnknownInteraction)
    }

    pub(crate) fn queue(&self, queue: QueueId) -> &Queue {
        self.queues.get(queue).expect("live work names a known queue")
    }

    pub(crate) fn queue_mut(&mut self, queue: QueueId) -> &mut Queue {
        self.queues.get_mut(queue).expect("live work names a known queue")
    }

    /// Says whether somebody staffing meets what the queue asks, at one of its steps at least (R41).
    pub(crate) fn has_staff(&self, queue: &Queue) -> bool {
        queue.pools.iter().any(|&pool| self.index.pools[pool as usize].staff > 0)
    }

    /// Returns the pool of a demand.
    pub(crate) fn pool(&mut self, demand: Demand) -> PoolId {
        let pool = self.index.pool(demand, &mut self.agents, self.dense_from);
        self.index.densify(&mut self.agents);
        pool
    }

    pub(crate) fn class(&self, id: u32) -> &Class {
        &self.index.classes[id as usize]
    }
}
