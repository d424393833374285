//! Settling: after each event, what became possible is done, in the order of the queue (I3).
//!
//! Before an event no free agent and waiting work fit each other. So every pair that fits after it has a
//! touched agent or touched work in it, and looking at those alone finds all of them. Of all work that
//! somebody could take now, the first by [`Key`] is offered, to the best agent for it; then again.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::engine::{Engine, Touched};
use crate::fact::{
    ActivationCause, InteractionOffered, InteractionOverflowed, OfferAccepted, OfferRule, OverflowReason, Why,
};
use crate::idle::{FreeList, Rank, rank, rank_from};
use crate::index::{Class, ClassId, ClassKey, Earliest, Head, Lanes, PoolId, Slot};
use crate::interaction::{Interaction, InteractionState};
use crate::rare::Rare;
use crate::state::{Agent, Entries, Key, Stage};
use crate::words::{AgentChoice, AgentId, InteractionId, Media, Medium, QueueId};

/// Above so many agents changed in one event the lists are brought up to date before it is settled.
const STALE_MAX: usize = 16;

/// Up to so many touched agents are looked at themselves when one of them takes work that was there.
const NARROW_MAX: usize = 8;

/// Place and slot of some work, and who came upon it.
type Candidate = (Key, Slot, Option<Slot>);

/// Room for one settling, to be used again.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    /// Work somebody may be able to take now, by place; come upon by an agent, or touched itself.
    candidates: BinaryHeap<Reverse<Candidate>>,
    agents: Vec<Slot>,
    work: Vec<Slot>,
}

/// Returns the rule an offer names.
pub(crate) fn rule_of(choice: AgentChoice) -> OfferRule {
    match choice {
        AgentChoice::MostSkilled => OfferRule::BestLevelThenLongestIdle,
        AgentChoice::LeastSkilled => OfferRule::LeastSkilled,
        AgentChoice::LongestIdle => OfferRule::LongestIdle,
        AgentChoice::RoundRobin => OfferRule::RoundRobin,
        AgentChoice::LeastOccupied => OfferRule::LeastOccupied,
        AgentChoice::Weighted => OfferRule::Weighted,
    }
}

/// The best agent for some work and how many could have taken it.
pub(crate) struct Choice {
    pub slot: Slot,
    pub eligible: u32,
    pub rule: OfferRule,
}

impl Engine {
    /// Applies next statuses, moves what must overflow, and offers whatever can be offered.
    #[inline]
    pub(crate) fn settle(&mut self) {
        if self.is_waited_for() {
            self.settle_moves();
            self.settle_offers();
        } else if self.has_prospect() {
            self.settle_offers();
        } else {
            self.touched.agents.clear();
            self.touched.work.clear();
        }
        self.relist();
    }

    /// Does what comes before offers.
    #[cold]
    fn settle_moves(&mut self) {
        loop {
            self.settle_interrupted();
            self.settle_statuses();
            if !self.settle_overflow() {
                break;
            }
        }
    }

    /// Says whether something else than offers may follow: work that gave way, a next status, or an overflow.
    fn is_waited_for(&self) -> bool {
        let Touched { agents, sources, is_destination, .. } = &self.touched;
        let is_waited_for = |agent: &Agent| agent.interrupted > 0 || agent.has_next_status;
        let mut found = agents.iter().filter_map(|&slot| self.agents.found_at(slot));
        *is_destination || !sources.is_empty() || found.any(is_waited_for)
    }

    /// Says whether what was touched may make an offer possible: an agent who is as busy as before does not, nor work
    /// that nobody is free for.
    fn has_prospect(&self) -> bool {
        let Touched { agents, work, .. } = &self.touched;
        let may_be_taken = |state: &InteractionState| {
            self.index.free_count[state.medium as usize] > 0 || state.rare.preferred_agent.is_some()
        };
        let mut waiting = work.iter().filter_map(|&slot| self.waiting_at(slot));
        agents.iter().any(|&slot| !self.index.free[slot as usize].is_empty()) || waiting.any(may_be_taken)
    }

    fn settle_statuses(&mut self) {
        for agent in self.touched_where(|agent| agent.has_next_status && !agent.is_busy()) {
            self.apply_next_status(agent);
        }
    }

    /// Gives back in hand what had given way to a call that is over.
    fn settle_interrupted(&mut self) {
        let has_call = |agent: &Agent| agent.used[Medium::Voice as usize] > 0;
        for agent in self.touched_where(|agent| agent.interrupted > 0 && !has_call(agent)) {
            self.resume(agent);
        }
    }

    /// Returns touched agents by id: slots are derived and must not order facts.
    fn touched_where(&self, is_meant: impl Fn(&Agent) -> bool) -> Vec<AgentId> {
        let all = self.touched.agents.iter().filter_map(|&slot| self.agents.found_at(slot));
        let mut found: Vec<_> = all.filter(|agent| is_meant(agent)).map(|agent| agent.id).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    // --- overflow ---------------------------------------------------------------------------------

    /// Returns the first queue of the chain, `queue` included, that is open, staffed and not tried yet.
    pub(crate) fn destination(&self, queue: QueueId, visited: &[QueueId]) -> Option<QueueId> {
        let found = self.queues.get(queue)?;
        if found.state.serves() && self.has_staff(found) && !visited.contains(&queue) {
            return Some(queue);
        }
        self.destination_beyond(queue, visited)
    }

    /// Returns where work of this queue overflows to now. Chains have no cycle (R41).
    pub(crate) fn destination_beyond(&self, queue: QueueId, visited: &[QueueId]) -> Option<QueueId> {
        self.destination(self.queues.get(queue)?.state.config.overflow_queue?, visited)
    }

    pub(crate) fn overflow(&mut self, interaction: InteractionId, to_queue: QueueId, reason: OverflowReason) {
        let state = &self.known(interaction).state;
        let (deadline_ms, share_ms) = self.queue(to_queue).place(state.arrived_ms, state.priority);
        let target = &self.queue(to_queue).state;
        let fact = InteractionOverflowed {
            interaction,
            from_queue: state.queue,
            to_queue,
            reason,
            deadline_ms,
            order: state.order,
            overflow_at_ms: target.overflow_at(self.at_ms),
            relax_at_ms: target.relax_at(self.at_ms, 0),
            share_ms,
        };
        self.emit(fact);
    }

    /// Work that comes to a long queue goes on at once where it can (R59).
    pub(crate) fn overflow_by_length(&mut self, interaction: InteractionId) {
        let Interaction { state, queue_at, .. } = self.known(interaction);
        let queue = self.queues.at(*queue_at);
        let is_long = queue.state.config.overflow_length.is_some_and(|max| queue.waiting > max as usize);
        if is_long && state.rare.preferred_agent.is_none() && !state.is_vip() {
            if let Some(to_queue) = self.destination_beyond(state.queue, &state.rare.visited) {
                self.overflow(interaction, to_queue, OverflowReason::Length);
            } else if self.best_for(self.slot_of_work(interaction), None, None).is_none() {
                // Nobody is sent away whom somebody could take in this very event (R71).
                self.divert(interaction, OverflowReason::Length);
            }
        }
    }

    /// Moves work that is overdue or whose queue nobody staffs; returns whether anything moved.
    fn settle_overflow(&mut self) -> bool {
        if self.touched.sources.is_empty() && !self.touched.is_destination {
            return false;
        }
        let mut sources = std::mem::take(&mut self.touched.sources);
        if std::mem::take(&mut self.touched.is_destination) {
            let waiting = self.queues.in_order().into_iter().filter(|queue| queue.waiting > 0);
            sources.extend(waiting.map(|queue| queue.state.config.queue));
        }
        let mut has_moved = false;
        for queue in sources {
            for (interaction, reason) in self.overflowing(queue) {
                let state = &self.known(interaction).state;
                let to_queue = match self.queue(queue).state.redirect() {
                    Some(redirect) => self.destination(redirect, &state.rare.visited),
                    None => self.destination_beyond(queue, &state.rare.visited),
                };
                if let Some(to_queue) = to_queue.filter(|&to_queue| to_queue != queue) {
                    self.overflow(interaction, to_queue, reason);
                    has_moved = true;
                } else if reason != OverflowReason::Redirected {
                    has_moved |= self.divert(interaction, reason);
                }
            }
        }
        has_moved
    }

    /// Lists the work of a queue that should be elsewhere, in its order.
    fn overflowing(&self, queue: QueueId) -> Vec<(InteractionId, OverflowReason)> {
        let Some(queue) = self.queues.get(queue) else {
            return Vec::new();
        };
        let is_redirected = queue.state.redirect().is_some();
        let config = &queue.state.config;
        let has_way = config.overflow_queue.is_some() || config.overflow_exit.is_some();
        if !has_way && !is_redirected {
            return Vec::new();
        }
        if queue.state.is_unstaffed || is_redirected {
            let classes = queue.classes.iter().flat_map(|&class| self.class(class).waiting.iter());
            let mut all: Vec<_> = classes.collect();
            all.sort_unstable_by_key(|entry| entry.key());
            let reason = if is_redirected { OverflowReason::Redirected } else { OverflowReason::Unstaffed };
            return all.into_iter().map(|entry| (self.id_at(entry.slot()), reason)).collect();
        }
        let overdue =
            queue.overdue.values().filter(|work| self.known(**work).state.rare.preferred_agent.is_none());
        overdue.map(|&work| (work, OverflowReason::Waited)).collect()
    }

    // --- offers -----------------------------------------------------------------------------------

    fn settle_offers(&mut self) {
        if let (&[agent], []) = (&self.touched.agents[..], &self.touched.work[..]) {
            self.settle_agent(agent);
            return;
        }
        // The first of what each touched agent could take, and all touched work; least key first.
        let Scratch { mut candidates, mut agents, mut work } = std::mem::take(&mut self.scratch);
        std::mem::swap(&mut agents, &mut self.touched.agents);
        std::mem::swap(&mut work, &mut self.touched.work);
        agents.sort_unstable();
        agents.dedup();
        for &slot in &agents {
            if let Some((key, work)) = self.first_for(slot) {
                candidates.push(Reverse((key, work, Some(slot))));
            }
        }
        work.sort_unstable();
        work.dedup();
        for &slot in &work {
            if let Some(waiting) = self.waiting_at(slot) {
                candidates.push(Reverse((waiting.key(), slot, None)));
            }
        }
        while let Some(Reverse((key, at, slot))) = candidates.pop() {
            if self.stale.len() > STALE_MAX {
                self.relist();
            }
            let is_waiting = self.waiting_at(at).is_some();
            // Nobody but a touched agent can take work that is not touched itself.
            let is_narrow = agents.len() <= NARROW_MAX && work.binary_search(&at).is_err();
            let among = is_narrow.then_some(&agents[..]);
            let choice = is_waiting.then(|| self.best_for(at, among, slot)).flatten();
            if let Some(choice) = choice {
                self.offer_to_best(at, &choice, among);
            }
            // The agent looks again for what comes after: its list only got shorter.
            if let Some(slot) = slot {
                if let Some((next, work)) = self.first_for(slot) {
                    debug_assert!(next >= key);
                    candidates.push(Reverse((next, work, Some(slot))));
                }
            }
        }
        agents.clear();
        work.clear();
        self.scratch = Scratch { candidates, agents, work };
        // What offers touched has less to give than before.
        self.touched.agents.clear();
        self.touched.work.clear();
    }

    /// Offers one agent what it could take, the first by place first: most often one comes free, and nothing else.
    fn settle_agent(&mut self, slot: Slot) {
        while let Some((_, at)) = self.first_for(slot) {
            // It can take what it found, and nobody else can.
            let rule = self
                .work
                .at(at)
                .class()
                .map_or(OfferRule::Preferred, |class| rule_of(self.class(class).key.choice));
            self.offer_to_best(at, &Choice { slot, eligible: 1, rule }, Some(&[slot]));
        }
        self.touched.agents.clear();
        self.touched.work.clear();
    }

    /// Returns the work at a slot if it waits there.
    fn waiting_at(&self, slot: Slot) -> Option<&InteractionState> {
        self.work.found_at(slot).map(|work| &work.state).filter(|state| state.is_waiting())
    }

    /// Returns the first waiting work this agent could take now: one scan over the heads of its pools' lanes.
    fn first_for(&self, slot: Slot) -> Option<(Key, Slot)> {
        let media = self.index.free[slot as usize];
        let agent = self.agents.found_at(slot).filter(|_| !media.is_empty())?;
        let preferred = agent.entries.found().and_then(|entries| self.first_preferred(agent, entries));
        let mut first = Earliest::default();
        for medium in media.numbers() {
            let heads = &self.index.lanes[medium].heads;
            if !heads.is_empty() {
                first.look_through(medium, heads, agent.lanes());
            }
        }
        let Some(head) = first.head.found() else { return preferred };
        // Room for one unit is known; what is not plain is looked at, and two of one deadline are.
        let is_plain = !self.index.has_reserves && self.index.limits == 0 && first.is_plain_alone();
        if preferred.is_some() || !is_plain {
            return self.first_of_all(agent, media, preferred);
        }
        let Lanes { firsts, .. } = &self.index.lanes[first.medium];
        let (class, at) = firsts[first.pool as usize];
        self.work.fetch(at);
        self.index.fetch_waiting(class, at);
        self.index.fetch_lane(first.pool, first.medium);
        self.index.fetch_first(class);
        let found = self.class(class).first_plain();
        debug_assert_eq!(found, self.first_of(class, agent));
        debug_assert!(found.is_some_and(|(key, _)| key.0 == head));
        found
    }

    /// Does so where it takes a look at what waits.
    fn first_of_all(
        &self,
        agent: &Agent,
        media: Media,
        preferred: Option<(Key, Slot)>,
    ) -> Option<(Key, Slot)> {
        let mut best = preferred;
        let mut limit = Head::limit(best.map_or(Head::NONE.deadline_ms() - 1, |(key, _)| key.0));
        for medium in media.numbers() {
            let heads = &self.index.lanes[medium].heads;
            for &pool in agent.lanes() {
                if heads.get(pool as usize).is_some_and(|&head| head <= limit) {
                    best = best.into_iter().chain(self.first_in(pool, medium, agent)).min();
                    limit = best.map_or(limit, |(key, _)| Head::limit(key.0));
                }
            }
        }
        best
    }

    /// Returns the first work of a lane that this agent could take now, whatever its classes ask.
    #[cold]
    fn first_in(&self, pool: PoolId, medium: usize, agent: &Agent) -> Option<(Key, Slot)> {
        let classes = self.index.pools[pool as usize].classes.iter().copied();
        let led = classes.filter(|&class| self.class(class).is_led_in(medium));
        led.filter_map(|class| self.first_of(class, agent)).min()
    }

    /// Returns the first work that waits for this agent alone, if the agent could take it now.
    fn first_preferred(&self, agent: &Agent, entries: &Entries) -> Option<(Key, Slot)> {
        let found = entries.preferred.iter().find(|(_, work)| {
            let state = &self.known(**work).state;
            self.queue(state.queue).state.serves() && self.fits(agent, state)
        });
        found.map(|(&key, &work)| (key, self.slot_of_work(work)))
    }

    /// Returns the first of a class that serves and has a head, for an agent with a unit free.
    fn first_of(&self, class: ClassId, agent: &Agent) -> Option<(Key, Slot)> {
        let class = self.class(class);
        let ClassKey { medium, units, .. } = class.key;
        let has_room = units == 1 || agent.can_take(medium, units);
        if !has_room || self.is_reserved(agent, &class.key) || self.is_at_limit(agent, &class.key) {
            return None;
        }
        let first = if class.barred == 0 {
            class.waiting.first()
        } else {
            class.waiting.first_where(|work| !self.work.at(work).state.is_excluded(agent.id))
        };
        first.map(|first| (first.key(), first.slot()))
    }

    /// Returns the id of the work at a slot.
    fn id_at(&self, slot: Slot) -> InteractionId {
        self.work.at(slot).state.interaction
    }

    /// Returns the agent this work is offered to, if one can take it now (R11, R17); of `among`, if given.
    /// The finder came upon the work in its own classes.
    fn best_for(&self, at: Slot, among: Option<&[Slot]>, finder: Option<Slot>) -> Option<Choice> {
        let work = self.work.at(at);
        let state = &work.state;
        if !self.queues.at(work.queue_at).state.serves() {
            return None;
        }
        if let Some(preferred) = state.rare.preferred_agent {
            let slot = self.agents.slot(preferred)?;
            return self.fits(self.at(slot), state).then_some(Choice {
                slot,
                eligible: 1,
                rule: OfferRule::Preferred,
            });
        }
        if self.index.free_count[state.medium as usize] == 0 {
            return None;
        }
        let class = self.class(work.class()?);
        let pool = &self.index.pools[class.pool as usize];
        let (slot, eligible) = if let Some(agents) = among {
            // The finder meets what is asked; where there is nobody else, how well does not matter.
            let is_alone = agents.len() == 1 && finder.is_some();
            let score = |slot| if is_alone { Some(0) } else { pool.demand.score(&self.at(slot).profile()) };
            let members = agents.iter().filter_map(|&slot| Some((slot, score(slot)?)));
            let (_, slot, eligible) = self.scan(work, class, members)?;
            (slot, eligible)
        } else if let Some(list) = pool.list(class.key.choice, state.medium) {
            self.first_listed(work, class, list)?
        } else {
            let (_, slot, eligible) = self.scan(work, class, pool.members.iter().copied())?;
            (slot, eligible)
        };
        let eligible = u32::try_from(eligible).expect("fewer than 2^32 agents");
        Some(Choice { slot, eligible, rule: rule_of(class.key.choice) })
    }

    /// Offers work to the best, and where its queue broadcasts to the next best in the same offer (R73).
    fn offer_to_best(&mut self, at: Slot, first: &Choice, among: Option<&[Slot]>) {
        let work = self.work.at(at);
        let id = work.state.interaction;
        let (class, config) = (work.class(), &self.queues.at(work.queue_at).state.config);
        let (count, is_at_once) = (config.broadcast, config.auto_accept);
        let is_broadcast = count > 1 && !is_at_once && first.rule != OfferRule::Preferred;
        self.offer(at, first, is_broadcast);
        if is_at_once {
            self.accept_at_once(id);
        }
        if !is_broadcast {
            return;
        }
        for _ in 1..count {
            let Some(next) = class.and_then(|class| self.next_for(id, class, among)) else { return };
            self.offer(at, &next, true);
        }
    }

    /// Returns the best agent it does not ring at yet.
    fn next_for(&self, id: InteractionId, class: ClassId, among: Option<&[Slot]>) -> Option<Choice> {
        let (work, class) = (self.known(id), self.class(class));
        let pool = &self.index.pools[class.pool as usize];
        let rings = |slot: Slot| work.state.rings_at(self.at(slot).id);
        let found = if let Some(agents) = among {
            let score = |slot| pool.demand.score(&self.at(slot).profile());
            let members = agents.iter().filter_map(|&slot| Some((slot, score(slot)?)));
            self.scan(work, class, members.filter(|&(slot, _)| !rings(slot)))
        } else {
            self.scan(work, class, pool.members.iter().copied().filter(|&(slot, _)| !rings(slot)))
        };
        let (_, slot, eligible) = found?;
        let eligible = u32::try_from(eligible).expect("fewer than 2^32 agents");
        Some(Choice { slot, eligible, rule: rule_of(class.key.choice) })
    }

    /// Says whether having a unit free is all that work of one unit asks of a member of its pool.
    fn is_simple(&self, work: &Interaction) -> bool {
        let is_limited = self.queues.at(work.queue_at).is_limited;
        work.state.units == 1 && !self.index.has_reserves && !is_limited
    }

    /// Takes the first of a dense pool's list. Agents that changed in this event are looked at themselves.
    fn first_listed(&self, work: &Interaction, class: &Class, list: &FreeList) -> Option<(Slot, usize)> {
        let state = &work.state;
        let pool = &self.index.pools[class.pool as usize];
        let changed = self.stale.iter().filter_map(|&slot| Some((slot, pool.score_of(slot)?)));
        let (stale, is_listed) = (self.scan(work, class, changed.clone()), |slot: Slot| {
            self.at(slot).entries.listed.as_ref().is_some_and(|(_, free)| free.has(state.medium))
        });
        let is_fresh = |slot: Slot| !self.at(slot).is_stale;
        // A listed agent has room for one unit; more units, exclusions and reserves are looked at here.
        let is_simple = self.is_simple(work);
        let is_usual = is_simple && state.rare.excluded.is_empty();
        let is_fit =
            |slot: Slot| is_fresh(slot) && (is_usual || self.may_serve(self.at(slot), state, &class.key));
        let listings = &self.index.listings;
        let fresh = list.first_where(listings, is_fit);
        let count = if is_simple {
            let excluded = state.rare.excluded.iter().filter_map(|(agent, _)| self.agents.slot(*agent));
            let barred = excluded.filter(|&slot| is_fresh(slot) && pool.score_of(slot).is_some());
            let gone = changed.map(|(slot, _)| slot).chain(barred).filter(|&slot| is_listed(slot)).count();
            list.len() - gone
        } else {
            list.iter(listings).filter(|&slot| is_fit(slot)).count()
        };
        match (fresh, stale) {
            (Some((rank, slot)), Some((best, changed, more))) => {
                Some((if rank < best { slot } else { changed }, count + more))
            }
            (Some((_, slot)), None) => Some((slot, count)),
            (None, Some((_, slot, more))) => Some((slot, count + more)),
            (None, None) => None,
        }
    }

    /// Looks at each of these members of the pool; returns the best, its rank, and how many could take it.
    fn scan(
        &self,
        work: &Interaction,
        class: &Class,
        members: impl Iterator<Item = (Slot, u32)>,
    ) -> Option<(Rank, Slot, usize)> {
        let state = &work.state;
        let is_usual = self.is_simple(work) && state.rare.excluded.is_empty();
        let mut eligible = 0;
        let mut best: Option<(Rank, Slot)> = None;
        for (slot, score) in members {
            // Room for one unit is needed at the least, and is known without a look at the agent.
            if !self.index.free[slot as usize].has(state.medium) {
                continue;
            }
            if is_usual || self.may_serve(self.at(slot), state, &class.key) {
                eligible += 1;
                let choice = class.key.choice;
                // Who comes after the best by the score alone is not looked at further.
                if best.is_some_and(|(least, _)| rank_from(choice, score) > least.0) {
                    continue;
                }
                let rank = self.rank_of(slot, choice, score);
                if best.is_none_or(|(least, _)| rank < least) {
                    best = Some((rank, slot));
                }
            }
        }
        best.map(|(rank, slot)| (rank, slot, eligible))
    }

    fn rank_of(&self, slot: Slot, choice: AgentChoice, score: u32) -> Rank {
        self.index.desks[slot as usize].rank(choice, score).unwrap_or_else(|| {
            let agent = self.at(slot);
            rank(choice, score, &agent.standing(), agent.id)
        })
    }

    /// Could be pushed this work now, has not refused it of late, and has not enough of its queue.
    fn fits(&self, agent: &Agent, state: &InteractionState) -> bool {
        !state.is_excluded(agent.id) && self.has_room_for(agent, state.queue, state.medium, state.units)
    }

    /// Could be pushed such work now, and has not enough of its queue.
    pub(crate) fn has_room_for(&self, agent: &Agent, queue: QueueId, medium: Medium, units: u32) -> bool {
        let key = ClassKey { queue, medium, units, choice: AgentChoice::MostSkilled, is_vip: false };
        agent.can_take(medium, units) && !self.is_at_limit(agent, &key)
    }

    /// Takes an offer in the event that makes it (R58).
    fn accept_at_once(&mut self, interaction: InteractionId) {
        let state = &self.known(interaction).state;
        let (epoch, agent) = (u64::from(state.epoch), state.holder.get().expect("an offer has a holder"));
        let is_dialled = state.rare.is_dialled;
        self.emit(OfferAccepted { interaction, agent, epoch });
        if is_dialled {
            self.connect(interaction, agent, None);
        } else {
            self.activate(interaction, agent, ActivationCause::Accepted, None);
        }
    }

    fn may_serve(&self, agent: &Agent, state: &InteractionState, key: &ClassKey) -> bool {
        self.fits(agent, state) && !self.is_reserved(agent, key)
    }

    /// Says whether the agent has as much of the queue's work as may be pushed (R56).
    pub(crate) fn is_at_limit(&self, agent: &Agent, key: &ClassKey) -> bool {
        if self.index.limits == 0 {
            return false;
        }
        let Some(max) = self.queue(key.queue).state.config.agent_units_max else { return false };
        let held = agent.work.iter().map(|work| &self.known(work).state).filter(|state| {
            let holds_none =
                matches!(state.stage, Stage::Queued | Stage::Parked | Stage::Interrupted | Stage::Scheduled);
            !holds_none && state.queue == key.queue
        });
        held.map(|state| state.units).sum::<u32>() + key.units > max
    }

    /// Says whether a queue keeps this agent for its own work (R53).
    pub(crate) fn is_reserved(&self, agent: &Agent, key: &ClassKey) -> bool {
        !key.is_vip
            && agent.entries.reserves.iter().any(|&pool| {
                let pool = &self.index.pools[pool as usize];
                let free = pool.free[key.medium as usize];
                pool.reserves.iter().any(|(&queue, &count)| queue != key.queue && free <= count)
            })
    }

    /// Offers the work and says why, as it was before the offer.
    pub(crate) fn offer(&mut self, at: Slot, choice: &Choice, is_broadcast: bool) {
        self.work.hint(at);
        self.agents.hint(choice.slot);
        self.emit_made(|engine| engine.offer_of(at, choice, is_broadcast));
    }

    #[inline]
    fn offer_of(&self, at: Slot, choice: &Choice, is_broadcast: bool) -> InteractionOffered {
        let Choice { slot, eligible, rule } = *choice;
        let work = self.work.at(at);
        let state = &work.state;
        let agent = self.at(slot);
        let queue = self.queues.at(work.queue_at);
        let made;
        let demand = if let Some(class) = work.class() {
            &self.index.pools[self.class(class).pool as usize].demand
        } else {
            made = queue.state.demand(&state.requirement, state.rare.condition.as_ref(), state.step.into());
            &made
        };
        let waiting = queue.waiting - usize::from(state.is_waiting());
        let why = Why {
            rule,
            levels: demand.levels.held(&agent.state.config.skills),
            requirement: demand.levels.clone(),
            conditions: Rare::of_list(&demand.conditions),
            step: state.step.into(),
            eligible,
            idle_since_ms: agent.state.idle_since_ms,
            waited_ms: self.at_ms - state.arrived_ms,
            waiting: u32::try_from(waiting).expect("fewer than 2^32 waiting"),
            load: agent.total_load(),
        };
        let expires_ms = self.at_ms + queue.state.config.offer_ms;
        self.foresee_offer(queue, expires_ms);
        InteractionOffered {
            interaction: state.interaction,
            queue: state.queue,
            agent: agent.id,
            // All whom one offer rings at have it with one epoch.
            epoch: u64::from(state.epoch) + u64::from(state.stage != Stage::Offered),
            expires_ms,
            why,
            is_broadcast,
        }
    }
}
