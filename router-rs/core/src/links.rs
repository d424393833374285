//! Derived links: after every fact, work stands where its stage says, and agents count what they hold.

use crate::engine::Engine;
use crate::idle::Desk;
use crate::index::{ClassId, ClassKey, Slot, count_free};
use crate::interaction::{Interaction, InteractionState};
use crate::state::Usual;
use crate::timers::Timer;
use crate::words::{InteractionId, Media, QueueId};

impl Engine {
    /// Returns the slot of live work.
    pub(crate) fn slot_of_work(&self, interaction: InteractionId) -> Slot {
        self.work.slot(interaction).expect("a fact names live work")
    }

    /// Changes an interaction and keeps every derived structure in step.
    pub(crate) fn change(&mut self, interaction: InteractionId, change: impl FnOnce(&mut InteractionState)) {
        let slot = self.slot_of_work(interaction);
        if self.behind.is_kept {
            return self.change_alone(slot, change);
        }
        let work = self.work.at_mut(slot);
        let (queue, held) = (work.state.queue, work.held());
        let mut before = None;
        if let Some((desk, stage, medium, units)) = held {
            self.hang_up(slot);
            let work = self.work.at_mut(slot);
            change(&mut work.state);
            let agent = self.agents.at_mut(desk);
            if work.state.is_waiting() || !work.state.holder.is(agent.id) {
                work.stand_nowhere();
                agent.work.take(interaction);
                agent.give_back(stage, medium, units);
                self.recount(desk);
            } else {
                agent.give_back(stage, medium, units);
            }
        } else {
            before = work.class().map(|class| (class, work.state.step));
            self.unlink(slot);
            change(&mut self.work.at_mut(slot).state);
        }
        let to_queue = self.work.at(slot).state.queue;
        if to_queue != queue {
            self.leave_queue(slot);
            self.join_queue(slot);
            before = None;
        }
        self.link_after(slot, before);
    }

    /// Changes only times of an interaction: nothing becomes possible by it, and nothing moves.
    pub(crate) fn amend(&mut self, interaction: InteractionId, change: impl FnOnce(&mut InteractionState)) {
        let slot = self.slot_of_work(interaction);
        change(&mut self.work.at_mut(slot).state);
        if !self.behind.has(slot) {
            self.rearm_work(slot);
        }
    }

    /// Adds work that is new.
    pub(crate) fn add(&mut self, interaction: InteractionId, make: impl FnOnce() -> InteractionState) {
        let class = self.arriving.take();
        if let Some(class) = class {
            self.index.fetch_lane_of(class);
        }
        let slot = self.work.put_with(interaction, || Interaction::new(make()));
        self.index.places.cover(slot);
        self.join_queue(slot);
        let state = &self.work.at(slot).state;
        self.has_clocks |= !state.rare.clocks.is_empty() || state.is_answered;
        if self.behind.is_kept {
            return self.fall_behind(slot);
        }
        // A long list is kept once for all that ask it, which is seen to where the class is looked up.
        let class = class.filter(|_| state.is_usual() && state.requirement.len() <= 1);
        let before = class.map(|class| (class, state.step));
        if let Some(class) = class {
            self.index.fetch_last(class);
        }
        self.link_after(slot, before);
    }

    /// Takes work that is over out of everything.
    pub(crate) fn remove(&mut self, interaction: InteractionId) {
        let slot = self.slot_of_work(interaction);
        if !self.forget_behind(slot) {
            self.unlink(slot);
        }
        self.leave_queue(slot);
        self.index.timers.arm(Timer::Interaction(interaction), slot, None);
        self.work.remove(interaction);
    }

    /// Counts work among all that names its queue.
    pub(crate) fn join_queue(&mut self, slot: Slot) {
        let work = self.work.at_mut(slot);
        work.queue_at = self.queues.slot(work.state.queue).expect("live work names a known queue");
        self.queues.at_mut(work.queue_at).live += 1;
    }

    /// No longer counts it there.
    pub(crate) fn leave_queue(&mut self, slot: Slot) {
        self.queues.at_mut(self.work.at(slot).queue_at).live -= 1;
    }

    /// Returns the slots of all live work that names a queue, by its ids. All work is looked through: queues are
    /// edited by people, and a list would have to be kept with every arrival.
    pub(crate) fn live_in(&self, queue: QueueId) -> Vec<Slot> {
        if self.queues.get(queue).is_none_or(|found| found.live == 0) {
            return Vec::new();
        }
        let all = self.work.in_slots().filter(|(_, work)| work.state.queue == queue);
        let mut found: Vec<_> = all.map(|(slot, work)| (work.state.interaction, slot)).collect();
        found.sort_unstable();
        found.into_iter().map(|(_, slot)| slot).collect()
    }

    /// Takes an interaction out of the order or out of its holder's hands.
    pub(crate) fn unlink(&mut self, slot: Slot) {
        self.hang_up(slot);
        let work = self.work.at_mut(slot);
        let state = &work.state;
        let id = state.interaction;
        if let Some((desk, stage, medium, units)) = work.held() {
            work.stand_nowhere();
            let agent = self.at_mut(desk);
            agent.work.take(id);
            agent.give_back(stage, medium, units);
            self.recount(desk);
        } else if state.is_waiting() {
            let key = state.key();
            let queue = self.queues.at_mut(work.queue_at);
            queue.waiting -= 1;
            if state.is_overdue {
                queue.overdue.remove(&key);
            }
            if let Some(class) = work.class() {
                let (is_barred, serves) = (!state.rare.excluded.is_empty(), queue.state.serves());
                work.stand_nowhere();
                let class_of = &mut self.index.classes[class as usize];
                class_of.barred -= usize::from(is_barred);
                if self.behind.is_kept {
                    self.behind.put_class(class);
                } else {
                    class_of.waiting.take(slot, &mut self.index.places);
                    self.index.set_head(class, serves);
                }
            } else {
                queue.preferred.remove(&key);
                let preferred = state.rare.preferred_agent.and_then(|agent| self.agents.slot(agent));
                if let Some(agent) = preferred {
                    if let Some(entries) = self.at_mut(agent).entries.existing() {
                        entries.preferred.remove(&key);
                    }
                }
            }
        }
    }

    /// Puts an interaction where its stage says, and marks what that makes possible.
    pub(crate) fn link(&mut self, slot: Slot) {
        self.link_after(slot, None);
    }

    /// Does so where it may have waited in a class of the same queue before, so many relaxation steps on.
    fn link_after(&mut self, slot: Slot, before: Option<(ClassId, u8)>) {
        let work = self.work.at_mut(slot);
        let state = &work.state;
        if state.is_waiting() {
            self.link_waiting(slot, before);
        } else if let Some(agent) = state.holder.get() {
            let (id, stage, medium, units) = (state.interaction, state.stage, state.medium, state.units);
            let known = work.desk();
            let desk = known.or_else(|| self.agents.slot(agent));
            if let Some(desk) = desk {
                work.stand_at(desk);
                let agent = self.at_mut(desk);
                if known.is_none() {
                    agent.work.put(id);
                }
                agent.take_up(stage, medium, units);
                self.recount(desk);
            }
            self.ring_up(slot);
        }
        self.rearm_work(slot);
    }

    /// Counts an offer with everybody else it rings at (R73).
    fn ring_up(&mut self, slot: Slot) {
        let state = &self.work.at(slot).state;
        let Some(rare) = state.rare.found().filter(|rare| !rare.also.is_empty()) else { return };
        let also = rare.also.clone();
        let (interaction, stage, medium, units) = (state.interaction, state.stage, state.medium, state.units);
        for agent in also {
            let desk = self.slot_of(agent);
            let agent = self.at_mut(desk);
            agent.work.put(interaction);
            agent.take_up(stage, medium, units);
            self.recount(desk);
        }
    }

    /// No longer counts it with them.
    fn hang_up(&mut self, slot: Slot) {
        let state = &self.work.at(slot).state;
        let Some(rare) = state.rare.found().filter(|rare| !rare.also.is_empty()) else { return };
        let also = rare.also.clone();
        let (interaction, stage, medium, units) = (state.interaction, state.stage, state.medium, state.units);
        for agent in also {
            let desk = self.slot_of(agent);
            let agent = self.at_mut(desk);
            agent.work.take(interaction);
            agent.give_back(stage, medium, units);
            self.recount(desk);
        }
    }

    fn link_waiting(&mut self, slot: Slot, before: Option<(ClassId, u8)>) {
        let work = self.work.at(slot);
        let (state, queue_at) = (&work.state, work.queue_at);
        let (id, key, queue_id) = (state.interaction, state.key(), state.queue);
        let (is_overdue, is_barred) = (state.is_overdue, !state.rare.excluded.is_empty());
        let preferred = state.rare.preferred_agent.and_then(|agent| self.agents.slot(agent));
        let queue = self.queues.at_mut(queue_at);
        queue.waiting += 1;
        if is_overdue {
            queue.overdue.insert(key, id);
        }
        let serves = queue.state.serves();
        let is_moving = queue.state.is_unstaffed || queue.state.redirect().is_some();
        if let Some(agent) = preferred {
            queue.preferred.insert(key, id);
            self.at_mut(agent).entries.preferred.insert(key, id);
        } else {
            let class = self.class_after(slot, before);
            let class_of = &mut self.index.classes[class as usize];
            class_of.waiting.put(key, slot, &mut self.index.places);
            class_of.barred += usize::from(is_barred);
            if self.behind.is_kept {
                self.behind.put_class(class);
            } else {
                self.index.set_head(class, serves);
            }
            self.work.at_mut(slot).stand_at(class);
            if is_moving || is_overdue {
                self.touched.sources.insert(queue_id);
            }
        }
        self.touched.work.push(slot);
    }

    /// Returns the class of work by the one it was in after so many relaxation steps: the same, or the one a step on,
    /// which that one remembers.
    fn class_after(&mut self, slot: Slot, before: Option<(ClassId, u8)>) -> ClassId {
        let work = &self.work.at(slot).state;
        let Some((before, step)) = before else {
            return self.class_for(slot);
        };
        if step == work.step {
            debug_assert_eq!(before, self.class_for(slot));
            return before;
        }
        if step.checked_add(1) != Some(work.step) || work.rare.condition.is_some() {
            return self.class_for(slot);
        }
        match &self.class(before).relaxed {
            Some((of, step, class)) if *step == work.step && *of == work.requirement => *class,
            _ => {
                let class = self.class_for(slot);
                let InteractionState { requirement, step, .. } = &self.work.at(slot).state;
                self.index.classes[before as usize].relaxed = Some((requirement.clone(), *step, class));
                class
            }
        }
    }

    /// Returns the class of such work, which the queue remembers in the usual case.
    fn class_for(&mut self, slot: Slot) -> ClassId {
        let Interaction { state: work, queue_at, .. } = self.work.at(slot);
        let (id, medium, units, step) = (work.queue, work.medium, work.units, work.step);
        let queue = self.queues.at(*queue_at);
        let (is_vip, is_usual) = (work.is_vip(), work.is_usual());
        let usual = queue.class_of.find(&work.requirement, medium, units, step).filter(|_| is_usual);
        if let Some(Usual { class, requirement, .. }) = usual {
            // A long list is kept once for all that ask it.
            let (class, shared) = (*class, (requirement.len() > 1).then(|| requirement.clone()));
            if let Some(shared) = shared {
                self.work.at_mut(slot).state.requirement = shared;
            }
            return class;
        }
        let requirement = work.requirement.clone();
        let demand = queue.state.demand(&requirement, work.rare.condition.as_ref(), step.into());
        let of = ClassKey { queue: id, medium, units, choice: queue.state.config.agent_choice, is_vip };
        let pool = self.pool(demand);
        let class = self.index.class(pool, of, &mut self.agents);
        let queue = self.queue_mut(id);
        queue.classes.insert(class);
        if is_usual {
            queue.class_of.remember(Usual { requirement, medium, units, step, class });
        }
        class
    }

    /// Keeps all that is derived in step with an agent whose presence, configuration or plan changed.
    pub(crate) fn refresh(&mut self, slot: Slot) {
        let agent = self.agents.at_mut(slot);
        agent.note_presence();
        let is_staff = agent.is_staffing();
        if agent.is_staff != is_staff {
            for &pool in &agent.pools {
                let staff = &mut self.index.pools[pool as usize].staff;
                *staff = if is_staff { *staff + 1 } else { *staff - 1 };
            }
            agent.is_staff = is_staff;
        }
        self.index.desks[slot as usize] =
            Desk { agent: agent.id, idle_since_ms: agent.state.idle_since_ms, load: 0 };
        self.rearm_agent(slot);
        self.recount(slot);
    }

    /// Keeps load, room, reserves and timer in step with what an agent has in hand; the lists follow in `relist`.
    pub(crate) fn recount(&mut self, slot: Slot) {
        let agent = self.agents.at_mut(slot);
        let free = agent.free_for();
        let before = std::mem::replace(&mut agent.free, free);
        self.index.set_free(slot, before, free);
        self.index.desks[slot as usize].load = agent.total_load();
        // What is in hand gives a lost session its time.
        let is_lost = agent.is_lost;
        let has_reserves = self.index.has_reserves && before != free;
        if is_lost {
            self.rearm_agent(slot);
        }
        if has_reserves {
            self.count_reserves(slot, before, free);
        }
        self.mark(slot);
    }

    fn rearm_agent(&mut self, slot: Slot) {
        let agent = self.agents.at(slot);
        self.index.timers.arm(Timer::Agent(agent.id), slot, agent.due());
    }

    /// Marks an agent whose place among the free may be another now.
    pub(crate) fn mark(&mut self, slot: Slot) {
        let agent = self.agents.at_mut(slot);
        if !agent.is_stale && !agent.entries.dense.is_empty() {
            agent.is_stale = true;
            self.stale.push(slot);
        }
        if self.touched.agents.last() != Some(&slot) {
            self.touched.agents.push(slot);
        }
    }

    /// Counts the free of pools with reserves; one free more than a reserve frees all of them for others.
    #[cold]
    fn count_reserves(&mut self, slot: Slot, before: Media, free: Media) {
        for id in self.at(slot).entries.reserves.clone() {
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
        while let Some(slot) = self.stale.pop() {
            let Some(agent) = self.agents.found_at_mut(slot) else { continue };
            agent.is_stale = false;
            let listed = agent.is_free().then(|| (agent.standing(), agent.free));
            if agent.entries.listed != listed {
                self.index.relist(slot, agent, listed);
            }
        }
    }

    fn rearm_work(&mut self, slot: Slot) {
        let state = &self.work.at(slot).state;
        let (due_ms, _) = state.due();
        self.index.timers.arm(Timer::Interaction(state.interaction), slot, due_ms.get());
    }

    pub(crate) fn rearm_queue(&mut self, queue: QueueId) {
        let slot = self.queues.slot(queue).expect("live work names a known queue");
        let state = &self.queues.at(slot).state;
        let due_ms = [state.boundary_ms(), state.unstaffed_at_ms].into_iter().flatten().min();
        self.index.timers.arm(Timer::Queue(queue), slot, due_ms);
    }
}
