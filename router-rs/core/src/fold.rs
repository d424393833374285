//! Facts change the state, here and nowhere else: what a journal folds to is what the live engine held.

use crate::command::{SetAgent, SetQueue};
use crate::engine::Engine;
use crate::fact::{
    Circumstances, Fact, InteractionActivated, InteractionOffered, InteractionOverflowed, InteractionQueued,
    InteractionRequeued, OfferRule, PresenceChanged, RequeueReason,
};
use crate::gaps::Gaps;
use crate::idle::Desk;
use crate::index::{PoolId, Slot, count_free};
use crate::interaction::{Interaction, InteractionState, Particulars};
use crate::maybe::{Maybe, When};
use crate::rare::Rare;
use crate::state::{Agent, AgentState, Bond, Queue, QueueState, Stage, UsualClasses, joined};
use crate::timers::Timer;
use crate::words::{AgentId, InteractionId, MEDIA, Media, Millis, QueueId, Session, Status};

/// Counts relaxation steps, of which a queue has a few.
fn few(steps: u32) -> u8 {
    u8::try_from(steps).unwrap_or(u8::MAX)
}

/// What an offer by weight counts for an agent of weight 1.
const PASS_STEP: u64 = 1_000_000;

impl Engine {
    /// Folds one fact at its time.
    pub(crate) fn apply(&mut self, at_ms: Millis, fact: &Fact) {
        self.now_ms = at_ms;
        match fact {
            Fact::QueueSet(fact) => self.fold_queue_set(&fact.config),
            Fact::QueueRemoved(fact) => self.fold_queue_removed(fact.queue),
            Fact::AgentSet(fact) => self.fold_agent_set(&fact.config),
            Fact::AgentRemoved(fact) => self.fold_agent_removed(fact.agent),
            Fact::PresenceChanged(fact) => self.fold_presence(fact),
            Fact::PlanSet(_) | Fact::BreakStarted(_) | Fact::BreakEnded(_) | Fact::ShiftEnded(_) => {
                self.fold_plan(fact);
            }
            Fact::QueueOpened(fact) => self.fold_boundary(fact.queue, true),
            Fact::QueueClosed(fact) => self.fold_boundary(fact.queue, false),
            Fact::QueueUnstaffed(fact) => self.fold_unstaffed(fact.queue),
            Fact::InteractionQueued(fact) => self.fold_queued(fact),
            Fact::InteractionRequeued(fact) => self.fold_requeued(fact),
            Fact::InteractionOverflowed(fact) => self.fold_overflowed(fact),
            Fact::OverflowMissed(fact) => self.change(fact.interaction, |state| {
                state.overflow_at_ms = When::NEVER;
                state.is_overdue = true;
            }),
            Fact::PreferenceEnded(fact) => self.change(fact.interaction, |state| {
                state.prefer(None, None);
            }),
            Fact::ExclusionEnded(fact) => {
                self.change(fact.interaction, |state| {
                    state.rare.excluded.retain(|&(agent, _)| agent != fact.agent);
                });
            }
            Fact::RequirementRelaxed(fact) => self.change(fact.interaction, |state| {
                state.step = few(fact.step);
                state.relax_at_ms = fact.relax_at_ms.into();
            }),
            Fact::InteractionOffered(fact) => self.fold_offered(fact),
            // What the end of an offer did to the work follows in the next fact.
            Fact::OfferAccepted(_) => {}
            Fact::OfferRevoked(fact) => self.fold_ring_ended(fact.interaction, fact.agent),
            Fact::OfferDeclined(fact) => self.fold_excluded(fact.interaction, fact.agent, fact.until_ms),
            Fact::OfferTimedOut(fact) => self.fold_excluded(fact.interaction, fact.agent, fact.until_ms),
            Fact::OfferRearmed(fact) => self.fold_end(fact.interaction, fact.expires_ms),
            Fact::ConnectingStarted(fact) => self.fold_connecting_started(fact),
            Fact::ConnectingRearmed(fact) => self.fold_end(fact.interaction, fact.until_ms),
            Fact::ConnectingFailed(fact) => self.fold_connecting_failed(fact),
            Fact::InteractionScheduled(fact) => self.fold_scheduled(fact),
            Fact::InteractionActivated(fact) => self.fold_activated(fact),
            Fact::InteractionParked(fact) => self.change(fact.interaction, |state| {
                state.unhold();
                state.stage = Stage::Parked;
            }),
            Fact::InteractionInterrupted(fact) => {
                self.change(fact.interaction, |state| state.stage = Stage::Interrupted);
            }
            Fact::InteractionResumed(fact) => {
                self.change(fact.interaction, |state| state.stage = Stage::Active);
            }
            Fact::MediumChanged(fact) => self.change(fact.interaction, |state| {
                state.unhold();
                state.medium = fact.medium;
                state.units = fact.units;
            }),
            Fact::ConsultCompleted(fact) => self.fold_consult_completed(fact),
            Fact::ConferenceJoined(fact) => self.fold_conference_joined(fact),
            Fact::CallHeld(fact) => self.fold_held(fact.interaction, true),
            Fact::CallUnheld(fact) => self.fold_held(fact.interaction, false),
            Fact::FlowEntered(fact) => self.fold_flow(fact.interaction, Some(fact.until_ms)),
            Fact::FlowReturned(fact) => self.fold_flow(fact.interaction, None),
            Fact::WrapUpStarted(fact) => self.change(fact.interaction, |state| {
                state.unhold();
                state.stage = Stage::Wrapping;
                state.until_ms = fact.until_ms.into();
            }),
            Fact::WrapUpExtended(fact) => self.fold_end(fact.interaction, fact.until_ms),
            Fact::InteractionClosed(fact) => {
                self.fold_idle(fact.agent);
                self.forget(fact.interaction);
            }
            Fact::InteractionAbandoned(fact) => self.forget(fact.interaction),
            Fact::InteractionCancelled(fact) => self.forget(fact.interaction),
            Fact::InteractionDiverted(fact) => self.forget(fact.interaction),
            Fact::InteractionFailed(fact) => self.forget(fact.interaction),
            Fact::ContactLostSeen(fact) => self.amend(fact.interaction, |state| {
                state.is_contact_lost = true;
                state.rare.abandon_at_ms = fact.abandon_at_ms;
            }),
            Fact::ContactBackSeen(fact) => self.amend(fact.interaction, |state| {
                state.is_contact_lost = false;
                state.rare.abandon_at_ms = None;
            }),
            Fact::AgentWroteSeen(fact) => {
                self.has_clocks = true;
                self.amend(fact.interaction, |state| state.is_answered = true);
            }
            Fact::ContactWroteSeen(fact) => self.amend(fact.interaction, |state| state.is_answered = false),
            Fact::SlaStarted(fact) => self.fold_sla_started(fact),
            Fact::SlaPaused(fact) => self.fold_sla_paused(fact),
            Fact::SlaResumed(fact) => self.fold_sla_resumed(fact),
            Fact::SlaWarned(fact) => self.fold_sla_warned(fact.interaction, fact.clock),
            Fact::SlaBreached(fact) => self.fold_sla_breached(fact.interaction, fact.clock),
            Fact::SlaMet(fact) => self.fold_sla_met(fact.interaction, fact.clock),
            Fact::SlaHandedOn(fact) => self.fold_sla_handed_on(fact),
            Fact::ShardOpened(fact) => self.epoch = fact.epoch,
        }
    }

    // --- configuration ----------------------------------------------------------------------------

    fn fold_queue_set(&mut self, config: &SetQueue) {
        let at_ms = self.now_ms;
        let config = SetQueue { open: joined(&config.open), ..config.clone() };
        let past = config.open.partition_point(|&(_, to_ms)| to_ms <= at_ms);
        let is_open = config.open.get(past).is_some_and(|&(from_ms, _)| from_ms <= at_ms);
        let boundary = 2 * past as u64 + u64::from(is_open);
        let id = config.queue;
        // Everything that names the queue is linked anew under the new policy, at the old place.
        let live = self.live_in(id);
        for &slot in &live {
            self.unlink(slot);
        }
        if !self.queues.has(id) {
            self.queues.put(Queue::new(config.clone()));
        }
        let queue = self.queues.get_mut(id).expect("it was just put there");
        queue.class_of = UsualClasses::default();
        self.index.forget_relaxed(&queue.classes);
        queue.state.config = config;
        queue.state.is_open = is_open;
        queue.state.boundary = boundary;
        self.has_clocks |= !self.queue(id).state.config.sla.is_empty();
        self.pool_queue(id);
        for slot in live {
            if let Some(rare) = self.work.at_mut(slot).state.rare.existing() {
                let policy = &self.queues.get(id).expect("it was just put there").state;
                for clock in &mut rare.clocks {
                    clock.time(policy);
                }
            }
            let state = &self.work.at(slot).state;
            if matches!(state.stage, Stage::Queued | Stage::Offered | Stage::Connecting) {
                let policy = &self.queue(id).state;
                let (step, relax_at_ms) = policy.relaxed(state.queued_ms, at_ms);
                let overflow_at_ms = policy.overflow_at(state.queued_ms);
                let state = &mut self.work.at_mut(slot).state;
                (state.step, state.relax_at_ms) = (few(step), relax_at_ms.into());
                if !state.is_overdue {
                    state.overflow_at_ms = overflow_at_ms.into();
                }
            }
            self.link(slot);
        }
        self.restaff(id);
        self.touch_members(id);
        self.touched.sources.insert(id);
        self.touched.is_destination = true;
    }

    /// Counts the staff of a queue in the pools of its own demands.
    pub(crate) fn pool_queue(&mut self, id: QueueId) {
        let queue = self.queue_mut(id);
        let is_limited = queue.state.config.agent_units_max.is_some();
        let was_limited = std::mem::replace(&mut queue.is_limited, is_limited);
        self.index.limits = self.index.limits + usize::from(is_limited) - usize::from(was_limited);
        let demands = self.queue(id).state.demands();
        let pools: Vec<PoolId> = demands.into_iter().map(|demand| self.pool(demand)).collect();
        let before = std::mem::replace(&mut self.queue_mut(id).pools, pools);
        if let Some(&base) = before.first() {
            self.keep_reserve(base, id, 0);
        }
        for pool in before {
            self.index.pools[pool as usize].queues.remove(&id);
        }
        let (base, reserve) = (self.queue(id).pools[0], self.queue(id).state.config.reserve);
        self.keep_reserve(base, id, reserve);
        for pool in self.queue(id).pools.clone() {
            self.index.pools[pool as usize].queues.insert(id);
        }
    }

    /// Sets how many free members of a pool a queue keeps for itself; all of them may find other work now.
    fn keep_reserve(&mut self, pool: PoolId, queue: QueueId, count: u32) {
        let before = self.index.pools[pool as usize].reserves.get(&queue).copied().unwrap_or(0);
        if before != count {
            self.index.reserve(pool, queue, count, &mut self.agents);
            let members = self.index.pools[pool as usize].members.iter().map(|&(slot, _)| slot);
            self.touched.agents.extend(members);
        }
    }

    fn fold_queue_removed(&mut self, queue: QueueId) {
        let slot = self.queues.slot(queue).expect("a removed queue was known");
        let removed = self.queues.take(queue).expect("it stood in its slot");
        self.index.timers.arm(Timer::Queue(queue), slot, None);
        self.index.limits -= usize::from(removed.is_limited);
        self.index.forget_relaxed(&removed.classes);
        self.keep_reserve(removed.pools[0], queue, 0);
        for pool in removed.pools {
            self.index.pools[pool as usize].queues.remove(&queue);
        }
    }

    fn fold_agent_set(&mut self, config: &SetAgent) {
        let mut config = config.clone();
        config.skills.sort_unstable();
        config.capacity.sort_unstable();
        config.teams.sort_unstable();
        config.interruptible.sort_unstable();
        let slot = match self.agents.slot(config.agent) {
            Some(slot) => {
                self.withdraw(slot);
                self.at_mut(slot).set_config(config);
                slot
            }
            None => self.seat(Agent::new(AgentState::new(config, self.now_ms))),
        };
        self.enrol(slot);
    }

    fn fold_agent_removed(&mut self, agent: AgentId) {
        let slot = self.slot_of(agent);
        self.withdraw(slot);
        self.touched.agents.retain(|&other| other != slot);
        self.stale.retain(|&other| other != slot);
        self.agents.remove(agent);
        self.index.timers.arm(Timer::Agent(agent), slot, None);
    }

    /// Gives an agent a slot. Slots are derived: they never order anything.
    pub(crate) fn seat(&mut self, agent: Agent) -> Slot {
        let slot = self.agents.put(agent);
        if slot as usize == self.index.free.len() {
            self.index.free.push(Media::NONE);
            self.index.desks.push(Desk::default());
            self.index.listings.push(0);
        }
        slot
    }

    /// Takes an agent out of pools, staff and free lists.
    fn withdraw(&mut self, slot: Slot) {
        let agent = self.agents.at_mut(slot);
        self.index.relist(slot, agent, None);
        for &pool in &agent.entries.reserves {
            count_free(&mut self.index.pools[pool as usize], agent.free, false);
        }
        for &pool in agent.pools.iter().filter(|_| agent.is_staff) {
            self.index.pools[pool as usize].staff -= 1;
        }
        let pools = agent.pools.clone();
        self.index.set_free(slot, agent.free, Media::NONE);
        agent.free = Media::NONE;
        agent.is_staff = false;
        self.index.withdraw(slot, agent);
        self.restaff_pools(&pools);
    }

    /// Puts an agent into the pools it belongs to.
    pub(crate) fn enrol(&mut self, slot: Slot) {
        self.index.enrol(slot, self.agents.at_mut(slot), self.dense_from);
        self.index.densify(&mut self.agents);
        self.refresh(slot);
        let pools = self.at(slot).pools.clone();
        self.restaff_pools(&pools);
    }

    // --- presence and staff -----------------------------------------------------------------------

    fn fold_presence(&mut self, fact: &PresenceChanged) {
        let slot = self.slot_of(fact.agent);
        let was_staff = self.at(slot).is_staff;
        let state = &mut self.at_mut(slot).state;
        state.session = fact.session;
        state.status = fact.status;
        state.reason.clone_from(&fact.reason);
        state.next_status = fact.next_status;
        state.next_reason.clone_from(&fact.next_reason);
        state.is_blocked = fact.is_blocked;
        state.since_ms = fact.since_ms;
        state.idle_since_ms = fact.idle_since_ms;
        state.lost_at_ms = fact.lost_at_ms;
        self.refresh(slot);
        if self.at(slot).is_staff != was_staff {
            let pools = self.at(slot).pools.clone();
            self.restaff_pools(&pools);
        }
    }

    fn restaff_pools(&mut self, pools: &[u32]) {
        let queues: Vec<QueueId> =
            pools.iter().flat_map(|&pool| self.index.pools[pool as usize].queues.iter().copied()).collect();
        for queue in queues {
            self.restaff(queue);
        }
    }

    /// Starts or stops the clock of an open queue without staff.
    pub(crate) fn restaff(&mut self, id: QueueId) {
        let Some(queue) = self.queues.get(id) else {
            return;
        };
        let has_staff = self.has_staff(queue);
        let at_ms = self.now_ms;
        let state = &mut self.queue_mut(id).state;
        if has_staff || !state.is_open {
            let was_without = state.is_unstaffed || state.unstaffed_at_ms.is_some();
            state.is_unstaffed = false;
            state.unstaffed_at_ms = None;
            self.touched.is_destination |= was_without && has_staff;
        } else if !state.is_unstaffed && state.unstaffed_at_ms.is_none() {
            state.unstaffed_at_ms = Some(at_ms + state.config.unstaffed_ms);
        }
        self.rearm_queue(id);
    }

    fn fold_boundary(&mut self, id: QueueId, is_open: bool) {
        let queue = self.queue_mut(id);
        queue.state.is_open = is_open;
        queue.state.boundary += 1;
        let classes: Vec<_> = queue.classes.iter().copied().collect();
        for class in classes {
            let serves = self.queue(id).state.serves();
            self.index.set_head(class, serves);
        }
        self.restaff(id);
        if is_open {
            self.touch_members(id);
            self.touched.is_destination = true;
        }
    }

    fn fold_unstaffed(&mut self, id: QueueId) {
        let state = &mut self.queue_mut(id).state;
        state.is_unstaffed = true;
        state.unstaffed_at_ms = None;
        self.rearm_queue(id);
        self.touched.sources.insert(id);
    }

    /// Marks everyone who may now find work in this queue.
    fn touch_members(&mut self, id: QueueId) {
        let queue = &self.queue(id);
        let classes =
            queue.classes.iter().map(|&class| self.class(class)).filter(|class| !class.waiting.is_empty());
        let members = classes.flat_map(|class| self.index.pools[class.pool as usize].members.iter());
        let preferred =
            queue.preferred.values().filter_map(|&work| self.known(work).state.rare.preferred_agent);
        let alone = preferred.filter_map(|agent| self.agents.slot(agent));
        let slots: Vec<_> = members.map(|&(slot, _)| slot).chain(alone).collect();
        self.touched.agents.extend(slots);
    }

    // --- work -------------------------------------------------------------------------------------

    fn fold_queued(&mut self, fact: &InteractionQueued) {
        self.next_order = self.next_order.max(fact.order + 1);
        let waits = fact.rare.named_agent.is_none() && !fact.is_scheduled();
        self.note_come(fact.queue, waits, fact.rare.share_ms);
        if let Some(parent) = fact.rare.parent.filter(|parent| self.work.has(*parent)) {
            self.change(parent, |state| state.rare.child = Some(fact.interaction));
        }
        let at_ms = self.now_ms;
        self.add(fact.interaction, || InteractionState::queued(fact, at_ms));
    }

    fn fold_requeued(&mut self, fact: &InteractionRequeued) {
        self.next_order = self.next_order.max(fact.order + 1);
        self.note_come(fact.queue, true, fact.share_ms);
        let at_ms = self.now_ms;
        self.change(fact.interaction, |state| {
            // Work out of hands asks everything again; an offer that is put back goes on as it was.
            if matches!(state.stage, Stage::Active | Stage::Interrupted | Stage::Parked | Stage::InFlow) {
                state.step = 0;
            }
            state.unhold();
            state.stage = Stage::Queued;
            state.holder = Maybe::NONE;
            state.until_ms = When::NEVER;
            state.relax_at_ms = fact.relax_at_ms.into();
            state.deadline_ms = fact.deadline_ms;
            state.order = fact.order;
            state.prefer(fact.preferred_agent, fact.preferred_until_ms);
            state.arrived_ms = fact.arrived_ms;
            state.sla_at_ms = fact.sla_at_ms.into();
            state.overflow_at_ms = fact.overflow_at_ms.into();
            match fact.reason {
                RequeueReason::ContactWrote | RequeueReason::Due => state.queued_ms = at_ms,
                RequeueReason::Returned => state.end_return(),
                _ => {}
            }
        });
    }

    fn fold_overflowed(&mut self, fact: &InteractionOverflowed) {
        self.note_come(fact.to_queue, true, fact.share_ms);
        self.stop_clocks(fact.interaction);
        let at_ms = self.now_ms;
        self.change(fact.interaction, |state| {
            state.stage = Stage::Queued;
            state.holder = Maybe::NONE;
            state.until_ms = When::NEVER;
            state.rare.visited.push(state.queue);
            state.queue = fact.to_queue;
            state.queued_ms = at_ms;
            state.deadline_ms = fact.deadline_ms;
            state.order = fact.order;
            state.overflow_at_ms = fact.overflow_at_ms.into();
            state.step = 0;
            state.relax_at_ms = fact.relax_at_ms.into();
            state.is_overdue = false;
            state.prefer(None, None);
            state.end_return();
        });
    }

    fn fold_offered(&mut self, fact: &InteractionOffered) {
        let at_ms = self.now_ms;
        let InteractionOffered { interaction, agent, epoch, expires_ms, .. } = *fact;
        self.take_turn(agent, fact.why.rule);
        let Interaction { state, queue_at, .. } = self.known(interaction);
        if state.is_waiting() && epoch == 1 && state.arrived_ms < at_ms {
            let queue_at = *queue_at;
            self.queues.at_mut(queue_at).note_answer(at_ms);
        }
        let is_broadcast = fact.is_broadcast;
        self.change(interaction, |state| {
            if state.stage == Stage::Offered {
                state.rare.also.push(agent);
                return;
            }
            state.stage = Stage::Offered;
            state.holder = agent.into();
            state.until_ms = expires_ms.into();
            state.epoch = u32::try_from(epoch).unwrap_or(u32::MAX);
            if state.rare.is_broadcast != is_broadcast {
                state.rare.is_broadcast = is_broadcast;
            }
        });
    }

    /// The offer, connecting or the wrap-up has another end.
    fn fold_end(&mut self, interaction: InteractionId, until_ms: Millis) {
        self.amend(interaction, |state| state.until_ms = until_ms.into());
    }

    /// Where it rings at several, it rings at this one no more (R73).
    fn fold_ring_ended(&mut self, interaction: InteractionId, agent: AgentId) {
        if !self.known(interaction).state.rare.also.is_empty() {
            self.change(interaction, |state| state.end_ring(agent));
        }
    }

    /// An offer in turn or by weight puts the agent behind the others (R52).
    fn take_turn(&mut self, agent: AgentId, rule: OfferRule) {
        if !matches!(rule, OfferRule::RoundRobin | OfferRule::Weighted) {
            return;
        }
        let Some(slot) = self.agents.slot(agent) else { return };
        match rule {
            OfferRule::RoundRobin => {
                self.at_mut(slot).state.turn = self.next_turn;
                self.next_turn += 1;
            }
            OfferRule::Weighted => {
                let pass = self.pass;
                let state = &mut self.at_mut(slot).state;
                let from = state.pass.max(pass);
                state.pass = from + PASS_STEP / u64::from(state.config.weight);
                self.pass = from;
            }
            _ => {}
        }
        // The offer may be over before a replay counts it with the agent.
        self.mark(slot);
    }

    pub(crate) fn fold_excluded(&mut self, interaction: InteractionId, agent: AgentId, until_ms: Millis) {
        self.change(interaction, |state| {
            state.rare.excluded.retain(|&(excluded, _)| excluded != agent);
            state.rare.excluded.push((agent, until_ms));
            state.end_ring(agent);
        });
    }

    fn fold_activated(&mut self, fact: &InteractionActivated) {
        self.fold_idle(fact.agent);
        self.change(fact.interaction, |state| {
            state.stage = Stage::Active;
            state.holder = fact.agent.into();
            state.until_ms = When::NEVER;
            state.sla_at_ms = When::NEVER;
            state.overflow_at_ms = When::NEVER;
            state.is_overdue = false;
            if let Some(rare) = state.rare.existing() {
                rare.preferred_agent = None;
                rare.preferred_until_ms = None;
                rare.named_agent = None;
                rare.return_at_ms = None;
                rare.consult_until_ms = None;
                rare.is_held = false;
                rare.abandon_at_ms = None;
                rare.excluded.clear();
            }
        });
    }

    /// An agent's idle time counts from the last work taken or ended.
    pub(crate) fn fold_idle(&mut self, agent: AgentId) {
        let at_ms = self.now_ms;
        if let Some(slot) = self.agents.slot(agent) {
            self.at_mut(slot).state.idle_since_ms = at_ms;
            self.index.desks[slot as usize].idle_since_ms = at_ms;
            self.mark(slot);
        }
    }

    fn forget(&mut self, interaction: InteractionId) {
        let parent = self.known(interaction).state.rare.parent;
        self.remove(interaction);
        if let Some(parent) = parent.filter(|parent| self.work.has(*parent)) {
            self.change(parent, |state| {
                if state.rare.child == Some(interaction) {
                    state.rare.child = None;
                }
                if let Some(rare) = state.rare.existing() {
                    rare.seats.retain(|&seat| seat != interaction);
                }
            });
        }
    }

    /// Work comes to a queue.
    fn note_come(&mut self, queue: QueueId, is_waiting: bool, share_ms: Option<Millis>) {
        let at_ms = self.now_ms;
        let queue = self.queue_mut(queue);
        if is_waiting && queue.waiting == 0 {
            queue.state.busy_since_ms = at_ms;
        }
        if let Some(share_ms) = share_ms {
            queue.state.share_ms = share_ms;
        }
    }
}

impl Queue {
    pub(crate) fn new(config: SetQueue) -> Self {
        let state = QueueState {
            config,
            is_open: false,
            boundary: 0,
            unstaffed_at_ms: None,
            is_unstaffed: false,
            gaps_ms: Gaps::default(),
            answered_ms: 0,
            busy_since_ms: 0,
            share_ms: 0,
        };
        Self::from_state(state, Vec::new())
    }

    /// Remembers how long the queue went without an answer while work waited.
    fn note_answer(&mut self, at_ms: Millis) {
        let gap_ms = at_ms - self.state.answered_ms.max(self.state.busy_since_ms);
        self.state.gaps_ms.add(gap_ms);
        self.state.answered_ms = at_ms;
    }
}

impl AgentState {
    fn new(config: SetAgent, at_ms: Millis) -> Self {
        Self {
            config,
            session: Session::Offline,
            status: Status::OffQueue,
            reason: None,
            next_status: None,
            next_reason: None,
            is_blocked: false,
            since_ms: at_ms,
            idle_since_ms: at_ms,
            lost_at_ms: None,
            turn: 0,
            pass: 0,
            plan: None,
        }
    }
}

impl Agent {
    fn set_config(&mut self, config: SetAgent) {
        self.state.config = config;
        self.note_capacity();
    }

    /// Writes what the configuration says of capacity where it is looked at.
    pub(crate) fn note_capacity(&mut self) {
        self.capacity = [0; MEDIA];
        for &(medium, units) in &self.state.config.capacity {
            self.capacity[medium as usize] = units;
        }
    }
}

impl Rare<Particulars> {
    fn of(fact: &InteractionQueued) -> Self {
        let Some(few) = fact.rare.found() else { return Self::default() };
        let Circumstances { preferred_agent, preferred_until_ms, parent, originator, .. } = *few;
        let Circumstances { return_at_ms, named_agent, consult_until_ms, is_dialled, ref condition, .. } =
            *few;
        let until_ms = return_at_ms.or(consult_until_ms);
        Self::new(Particulars {
            preferred_agent,
            preferred_until_ms,
            parent,
            originator,
            return_at_ms,
            named_agent,
            // Who passed it on is not offered it again before it returns; nor who asks what is asked.
            excluded: originator.zip(until_ms).into_iter().collect(),
            condition: condition.clone(),
            bond: consult_until_ms.map(|_| Bond::Consult),
            consult_until_ms,
            is_dialled,
            ..Particulars::default()
        })
    }
}

impl InteractionState {
    fn queued(fact: &InteractionQueued, at_ms: Millis) -> Self {
        Self {
            interaction: fact.interaction,
            queue: fact.queue,
            medium: fact.medium,
            units: fact.units,
            priority: fact.priority,
            requirement: fact.requirement.clone(),
            arrived_ms: fact.arrived_ms,
            queued_ms: at_ms,
            deadline_ms: fact.deadline_ms,
            order: fact.order,
            is_abandonable: fact.is_abandonable,
            sla_at_ms: fact.sla_at_ms.into(),
            overflow_at_ms: fact.overflow_at_ms.into(),
            is_overdue: false,
            stage: if fact.is_scheduled() { Stage::Scheduled } else { Stage::Queued },
            holder: Maybe::NONE,
            until_ms: fact.rare.not_before_ms.into(),
            epoch: 0,
            is_contact_lost: false,
            step: 0,
            relax_at_ms: fact.relax_at_ms.into(),
            is_answered: false,
            rare: Rare::of(fact),
        }
    }

    /// It rings on at the others; where there are none, what became of it is the next fact.
    fn end_ring(&mut self, agent: AgentId) {
        if !self.holder.is(agent) {
            if let Some(rare) = self.rare.existing() {
                rare.also.retain(|&other| other != agent);
            }
        } else if !self.rare.also.is_empty() {
            self.holder = self.rare.also.remove(0).into();
        }
    }

    /// Out of this agent's hands, or spoken to again.
    pub(crate) fn unhold(&mut self) {
        if let Some(rare) = self.rare.existing() {
            rare.is_held = false;
        }
    }

    /// Waits for this agent alone, or for nobody.
    fn prefer(&mut self, agent: Option<AgentId>, until_ms: Option<Millis>) {
        if (self.rare.preferred_agent, self.rare.preferred_until_ms) != (agent, until_ms) {
            self.rare.preferred_agent = agent;
            self.rare.preferred_until_ms = until_ms;
        }
    }

    /// The time to return is over: the originator is eligible again.
    fn end_return(&mut self) {
        if let Some(rare) = self.rare.existing() {
            if rare.return_at_ms.take().is_some() {
                let originator = rare.originator;
                rare.excluded.retain(|&(agent, _)| Some(agent) != originator);
            }
        }
    }
}
