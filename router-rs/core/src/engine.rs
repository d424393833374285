//! The engine of one tenant: commands are decided into facts, and only facts change the state.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::command::Command;
use crate::fact::{Fact, Outcome};
use crate::index::{
    Class, ClassId, ClassKey, Demand, Index, PoolId, Slot, Timer, count_free, free_bits, list, unlist,
};
use crate::state::{Agent, Interaction, InteractionState, Queue};
use crate::table::Table;
use crate::words::{AgentId, InteractionId, MEDIA, Medium, Millis, PRIORITY_MAX, QueueId, Refusal, Refused};

/// Pools with more members than this keep their free agents in order; smaller ones are scanned.
pub const DENSE_FROM: usize = 96;

/// Dead timers that are kept before all are looked through, beside four for each that may be alive.
const DEAD_TIMERS_MAX: usize = 1_024;

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
    pub(crate) queues: Table<Box<Queue>>,
    pub(crate) slots: Table<Slot>,
    pub(crate) agents: Vec<Option<Agent>>,
    pub(crate) vacant: Vec<Slot>,
    /// Boxed, to be taken out while it changes and put back.
    pub(crate) work: Table<Option<Box<Interaction>>>,
    pub(crate) index: Index,
    pub(crate) dense_from: usize,
    /// What this command made possible and `settle` looks at.
    pub(crate) touched: Touched,
    /// Agents whose listing lags behind.
    pub(crate) stale: Vec<Slot>,
    /// The facts of the command being decided.
    pub(crate) facts: Vec<Fact>,
    /// The time of the command being decided.
    pub(crate) at_ms: Millis,
}

/// Where something became possible since the last settling.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    /// As they came, some more than once.
    pub agents: Vec<Slot>,
    pub work: Vec<InteractionId>,
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
            slots: Table::default(),
            agents: Vec::new(),
            vacant: Vec::new(),
            work: Table::default(),
            index: Index::default(),
            dense_from,
            touched: Touched::default(),
            stale: Vec::new(),
            facts: Vec::new(),
            at_ms: 0,
        }
    }

    /// Fires what is due at `now_ms`, decides the command and returns what happened.
    ///
    /// A clock that went back does not take the engine back: the latest fact's time holds.
    pub fn submit(&mut self, now_ms: Millis, command: &Command) -> Outcome {
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
        self.drop_dead_timers();
        let (refusal, fault) = refused.map_or((None, None), |refused| (Some(refused.refusal), refused.fault));
        Outcome { refusal, facts: std::mem::take(&mut self.facts), fault }
    }

    /// Rebuilds the state from journal facts without deciding anything.
    pub fn fold(&mut self, now_ms: Millis, facts: &[Fact]) {
        let at_ms = now_ms.max(self.now_ms);
        for fact in facts {
            self.apply(at_ms, fact);
        }
        self.relist();
        self.drop_dead_timers();
        self.touched = Touched::default();
    }

    /// Returns when time will next do something, or `None` while nothing is pending.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Millis> {
        self.index.timers.peek().map(|&Reverse((due_ms, _))| due_ms)
    }

    /// Drops timers from the front that were set anew since, so that the first is what is due first.
    ///
    /// A timer is alive as long as its queue, agent or interaction says that this is when it is due.
    pub(crate) fn drop_dead_timers(&mut self) {
        while let Some(&Reverse(timer)) = self.index.timers.peek() {
            if self.is_armed(timer) {
                break;
            }
            self.index.timers.pop();
        }
        let alive_max = self.work.len() + self.slots.len() + self.queues.len();
        if self.index.timers.len() > DEAD_TIMERS_MAX + 4 * alive_max {
            let timers = std::mem::take(&mut self.index.timers).into_vec();
            let mut alive: Vec<_> =
                timers.into_iter().filter(|&Reverse(timer)| self.is_armed(timer)).collect();
            alive.sort_unstable();
            alive.dedup();
            self.index.timers = alive.into();
        }
    }

    fn is_armed(&self, (due_ms, timer): (Millis, Timer)) -> bool {
        let armed_ms = match timer {
            Timer::Queue(queue) => self.queues.get(queue).and_then(|queue| queue.due_ms),
            Timer::Agent(agent) => self.agent(agent).and_then(|agent| agent.due_ms),
            Timer::Interaction(interaction) => self.found(interaction).and_then(|work| work.due_ms),
        };
        armed_ms == Some(due_ms)
    }

    /// Returns the time of the latest fact.
    #[must_use]
    pub fn now_ms(&self) -> Millis {
        self.now_ms
    }

    fn decide(&mut self, command: &Command) -> Result<(), Refused> {
        match command {
            Command::SetQueue(command) => self.set_queue(command)?,
            Command::RemoveQueue(command) => self.remove_queue(command.queue)?,
            Command::SetAgent(command) => self.set_agent(command)?,
            Command::RemoveAgent(command) => self.remove_agent(command.agent)?,
            Command::SetSession(command) => self.set_session(command)?,
            Command::SetStatus(command) => self.set_status(command)?,
            Command::ClearBlock(command) => self.clear_block(command.agent)?,
            Command::Enqueue(command) => self.enqueue(command)?,
            Command::ContactWrote(command) => self.contact_wrote(command)?,
            Command::ContactLost(command) => self.contact_lost(command.interaction)?,
            Command::ContactBack(command) => self.contact_back(command.interaction)?,
            Command::ContactLeft(command) => self.contact_left(command.interaction)?,
            Command::Accept(command) => self.accept(command)?,
            Command::Decline(command) => self.decline(command)?,
            Command::End(command) => self.end(command.interaction, command.agent)?,
            Command::Complete(command) => self.complete(command.interaction, command.agent)?,
            Command::ExtendWrapUp(command) => self.extend_wrap_up(command)?,
            Command::Park(command) => self.park(command.interaction, command.agent)?,
            Command::Unpark(command) => self.unpark(command.interaction, command.agent)?,
            Command::ChangeMedium(command) => self.change_medium(command)?,
            Command::TransferToQueue(command) => self.transfer_to_queue(command)?,
            Command::TransferToAgent(command) => self.transfer_to_agent(command)?,
            Command::Take(command) => self.take(command.interaction, command.agent)?,
            Command::Advance(_) => {}
            Command::OpenShard(command) => self.open_shard(command.epoch)?,
        }
        Ok(())
    }

    /// Fires timers in order of their times; what each makes possible is assigned before the next.
    fn fire_due(&mut self) {
        loop {
            self.drop_dead_timers();
            let Some(&Reverse((due_ms, timer))) = self.index.timers.peek() else { break };
            if due_ms > self.at_ms {
                break;
            }
            let before = self.facts.len();
            match timer {
                Timer::Queue(queue) => self.fire_queue(queue),
                Timer::Agent(agent) => self.fire_agent(agent),
                Timer::Interaction(interaction) => self.fire_interaction(interaction),
            }
            assert!(self.facts.len() > before, "timer {timer:?} of {due_ms} left no fact");
            self.settle();
        }
    }

    /// Records a fact: the only way a decision changes the state.
    pub(crate) fn emit(&mut self, fact: impl Into<Fact>) {
        let fact = fact.into();
        self.apply(self.at_ms, &fact);
        self.facts.push(fact);
    }

    // --- access -----------------------------------------------------------------------------------

    pub(crate) fn agent(&self, agent: AgentId) -> Option<&Agent> {
        self.slots.get(agent).map(|&slot| self.at(slot))
    }

    /// Returns the slot of an agent who is known.
    pub(crate) fn slot_of(&self, agent: AgentId) -> Slot {
        *self.slots.get(agent).expect("a fact names a known agent")
    }

    pub(crate) fn found(&self, interaction: InteractionId) -> Option<&Interaction> {
        self.work.get(interaction)?.as_deref()
    }

    /// Returns work that is live.
    pub(crate) fn known(&self, interaction: InteractionId) -> &Interaction {
        self.found(interaction).expect("a fact names live work")
    }

    pub(crate) fn at(&self, slot: Slot) -> &Agent {
        self.agents[slot as usize].as_ref().expect("a known slot holds an agent")
    }

    pub(crate) fn at_mut(&mut self, slot: Slot) -> &mut Agent {
        self.agents[slot as usize].as_mut().expect("a known slot holds an agent")
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

    // --- derived links ----------------------------------------------------------------------------

    /// Changes an interaction and keeps every derived structure in step.
    pub(crate) fn change(&mut self, interaction: InteractionId, change: impl FnOnce(&mut InteractionState)) {
        let slot = self.work.slot(interaction).expect("a fact names live work");
        let mut work = self.work.at_mut(slot).take().expect("work changes one fact at a time");
        self.unlink(&mut work);
        let queue = work.state.queue;
        change(&mut work.state);
        if work.state.queue != queue {
            let to_queue = std::mem::replace(&mut work.state.queue, queue);
            self.leave_queue(&work);
            work.state.queue = to_queue;
            self.join_queue(&mut work);
        }
        self.link(&mut work);
        *self.work.at_mut(slot) = Some(work);
    }

    /// Changes only times of an interaction: nothing becomes possible by it, and nothing moves.
    pub(crate) fn amend(&mut self, interaction: InteractionId, change: impl FnOnce(&mut InteractionState)) {
        let work = self.work.get_mut(interaction).and_then(Option::as_deref_mut);
        let work = work.expect("a fact names live work");
        change(&mut work.state);
        let due_ms = work.state.due().map(|(due_ms, _)| due_ms);
        let before = std::mem::replace(&mut work.due_ms, due_ms);
        rearm(&mut self.index, Timer::Interaction(interaction), before, due_ms);
    }

    /// Adds work that is new.
    pub(crate) fn add(&mut self, state: InteractionState) {
        let interaction = state.interaction;
        let mut work = Box::new(Interaction { state, class: None, due_ms: None, live_at: 0 });
        self.join_queue(&mut work);
        self.link(&mut work);
        self.work.put(interaction, Some(work));
    }

    /// Counts work among all that names its queue.
    fn join_queue(&mut self, work: &mut Interaction) {
        let live = &mut self.queue_mut(work.state.queue).live;
        work.live_at = live.len();
        live.push(work.state.interaction);
    }

    /// No longer counts it there; the last of the list takes its place.
    pub(crate) fn leave_queue(&mut self, work: &Interaction) {
        let live = &mut self.queue_mut(work.state.queue).live;
        live.swap_remove(work.live_at);
        if let Some(&moved) = live.get(work.live_at) {
            let moved = self.work.get_mut(moved).and_then(Option::as_deref_mut);
            moved.expect("a queue lists live work").live_at = work.live_at;
        }
    }

    /// Takes an interaction out of the order or out of its holder's hands.
    pub(crate) fn unlink(&mut self, work: &mut Interaction) {
        let state = &work.state;
        let id = state.interaction;
        if state.is_waiting() {
            let key = state.key();
            let queue = self.queue_mut(state.queue);
            queue.waiting -= 1;
            if state.is_overdue {
                queue.overdue.remove(&key);
            }
            let is_open = queue.state.serves();
            if let Some(class) = work.class.take() {
                let class_of = &mut self.index.classes[class as usize];
                class_of.waiting.remove(&key);
                class_of.barred -= usize::from(!state.excluded.is_empty());
                self.index.set_head(class, is_open);
            } else {
                queue.preferred.remove(&key);
                let preferred = state.preferred_agent.and_then(|agent| self.slots.get(agent).copied());
                if let Some(slot) = preferred {
                    self.at_mut(slot).preferred.remove(&key);
                }
            }
        } else if let Some(slot) = state.holder.and_then(|agent| self.slots.get(agent).copied()) {
            let (stage, medium, units) = (state.stage, state.medium, state.units);
            let agent = self.at_mut(slot);
            agent.work.retain(|&other| other != id);
            agent.give_back(stage, medium, units);
            self.refresh(slot);
        }
    }

    /// Puts an interaction where its stage says, and marks what that makes possible.
    pub(crate) fn link(&mut self, work: &mut Interaction) {
        let state = &work.state;
        let id = state.interaction;
        if state.is_waiting() {
            self.link_waiting(work);
        } else if let Some(slot) = state.holder.and_then(|agent| self.slots.get(agent).copied()) {
            let (stage, medium, units) = (state.stage, state.medium, state.units);
            let agent = self.at_mut(slot);
            let at = agent.work.partition_point(|&other| other < id);
            agent.work.insert(at, id);
            agent.take_up(stage, medium, units);
            self.refresh(slot);
        }
        let due_ms = work.state.due().map(|(due_ms, _)| due_ms);
        let before = std::mem::replace(&mut work.due_ms, due_ms);
        rearm(&mut self.index, Timer::Interaction(id), before, due_ms);
    }

    fn link_waiting(&mut self, work: &mut Interaction) {
        let state = &work.state;
        let (id, key) = (state.interaction, state.key());
        let queue = self.queue_mut(state.queue);
        queue.waiting += 1;
        if state.is_overdue {
            queue.overdue.insert(key, id);
        }
        let is_open = queue.state.serves();
        let is_moving = queue.state.is_unstaffed || queue.state.redirect().is_some();
        if let Some(slot) = state.preferred_agent.and_then(|agent| self.slots.get(agent).copied()) {
            self.queue_mut(state.queue).preferred.insert(key, id);
            self.at_mut(slot).preferred.insert(key, id);
        } else {
            let class = self.class_for(state);
            let class_of = &mut self.index.classes[class as usize];
            class_of.waiting.insert(key, id);
            class_of.barred += usize::from(!state.excluded.is_empty());
            self.index.set_head(class, is_open);
            work.class = Some(class);
            if is_moving || state.is_overdue {
                self.touched.sources.insert(state.queue);
            }
        }
        self.touched.work.push(id);
    }

    /// Returns the class of such work, which the queue remembers in the usual case.
    fn class_for(&mut self, work: &InteractionState) -> ClassId {
        let (id, medium, units) = (work.queue, work.medium, work.units);
        let queue = self.queue(id);
        let is_vip = work.priority >= PRIORITY_MAX;
        let is_usual = work.step == 0 && work.condition.is_none() && !is_vip;
        let known = queue.class_of.get(&work.requirement).filter(|_| is_usual).into_iter().flatten();
        if let Some(&(_, _, class)) = known.into_iter().find(|&&(m, u, _)| (m, u) == (medium, units)) {
            return class;
        }
        let demand = queue.state.demand(&work.requirement, work.condition.as_ref(), work.step);
        let key = ClassKey { queue: id, medium, units, choice: queue.state.config.agent_choice, is_vip };
        let pool = self.pool(demand);
        let class = self.index.class(pool, key, &mut self.agents);
        let queue = self.queue_mut(id);
        queue.classes.insert(class);
        if is_usual {
            queue.class_of.entry(work.requirement.clone()).or_default().push((medium, units, class));
        }
        class
    }

    /// Keeps the pools' staff, reserves and timer in step with the agent; the lists follow in `relist`.
    pub(crate) fn refresh(&mut self, slot: Slot) {
        let agent = self.agents[slot as usize].as_mut().expect("a known slot holds an agent");
        let is_staff = agent.is_staffing();
        let free: [bool; MEDIA] = std::array::from_fn(|index| agent.can_take(Medium::ALL[index], 1));
        if agent.is_staff != is_staff {
            for &(pool, _) in &agent.pools {
                let staff = &mut self.index.pools[pool as usize].staff;
                *staff = if is_staff { *staff + 1 } else { *staff - 1 };
            }
            agent.is_staff = is_staff;
        }
        let before = std::mem::replace(&mut agent.free, free);
        self.index.free[slot as usize] = free_bits(free);
        if !agent.is_stale {
            agent.is_stale = true;
            self.stale.push(slot);
        }
        if before != free && !agent.reserves.is_empty() {
            let reserves = agent.reserves.clone();
            self.count_reserves(&reserves, before, free);
        }
        self.touched.agents.push(slot);
        self.rearm_agent(slot);
    }

    /// Counts the free of pools with reserves; one free more than a reserve frees all of them for others.
    fn count_reserves(&mut self, pools: &[PoolId], before: [bool; MEDIA], free: [bool; MEDIA]) {
        for &id in pools {
            let pool = &mut self.index.pools[id as usize];
            let counted = pool.free;
            count_free(pool, before, false);
            count_free(pool, free, true);
            let grows = |&count: &u32| {
                let counts = counted.iter().zip(&pool.free);
                counts.into_iter().any(|(&before, &now)| before <= count && now > count)
            };
            if pool.reserves.values().any(grows) {
                self.touched.agents.extend(pool.members.iter().map(|&(slot, _)| slot));
            }
        }
    }

    /// Brings the lists of dense pools up to date with the agents that changed in this event.
    pub(crate) fn relist(&mut self) {
        for slot in std::mem::take(&mut self.stale) {
            let Some(agent) = self.agents[slot as usize].as_mut() else { continue };
            agent.is_stale = false;
            let listed = agent.is_free().then(|| (agent.standing(), agent.free));
            if agent.listed != listed {
                for &(pool, score) in &agent.dense {
                    unlist(&mut self.index.pools[pool as usize], score, agent);
                }
                agent.listed = listed;
                for &(pool, score) in &agent.dense {
                    list(&mut self.index.pools[pool as usize], score, slot, agent);
                }
            }
        }
    }

    fn rearm_agent(&mut self, slot: Slot) {
        let agent = self.at_mut(slot);
        let due_ms = agent.due();
        let (id, before) = (agent.id(), std::mem::replace(&mut agent.due_ms, due_ms));
        rearm(&mut self.index, Timer::Agent(id), before, due_ms);
    }

    pub(crate) fn rearm_queue(&mut self, queue: QueueId) {
        let entry = self.queue_mut(queue);
        let due_ms = [entry.state.boundary_ms(), entry.state.unstaffed_at_ms].into_iter().flatten().min();
        let before = std::mem::replace(&mut entry.due_ms, due_ms);
        rearm(&mut self.index, Timer::Queue(queue), before, due_ms);
    }
}

fn rearm(index: &mut Index, timer: Timer, before: Option<Millis>, due_ms: Option<Millis>) {
    // The timer that stood before is dead by this, and dropped once it comes to the front.
    if let Some(due_ms) = due_ms.filter(|_| before != due_ms) {
        index.timers.push(Reverse((due_ms, timer)));
    }
}
