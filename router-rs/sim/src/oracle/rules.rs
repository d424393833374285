//! Order, choice, overflow and settling.

use std::collections::{BTreeMap, BTreeSet};

use ucc_router_core::condition::Condition;
use ucc_router_core::fact::{
    ActivationCause, InteractionOffered, InteractionOverflowed, InteractionResumed, OfferAccepted, OfferRule,
    OverflowReason, PreferenceEndReason, PreferenceEnded, PresenceChanged, Why,
};
use ucc_router_core::rare::Rare;
use ucc_router_core::words::{
    AgentChoice, AgentId, InteractionId, Medium, Millis, QueueId, QueueOrder, STRICT_STEP_MS, Session,
    SkillLevel, SlaClock, Status,
};

use super::{Agent, Oracle, Queue, Stage, Work};

impl Queue {
    /// R40, R61.
    pub(super) fn serves(&self) -> bool {
        self.is_open && !self.config.is_paused
    }

    /// R6, R50.
    pub(super) fn head_ms(&self) -> Millis {
        if self.config.order_by == QueueOrder::StrictPriority { -10 * STRICT_STEP_MS } else { 0 }
    }

    /// Walks through the open intervals until `duration_ms` of them has passed.
    pub(super) fn open_after(&self, from_ms: Millis, mut duration_ms: Millis) -> Option<Millis> {
        for &(open_ms, close_ms) in &self.config.open {
            if close_ms <= from_ms {
                continue;
            }
            let start_ms = open_ms.max(from_ms);
            if start_ms + duration_ms <= close_ms {
                return Some(start_ms + duration_ms);
            }
            duration_ms -= close_ms - start_ms;
        }
        None
    }

    /// R48: when the step after `step` is due.
    pub(super) fn relax_at(&self, queued_ms: Millis, step: usize) -> Option<Millis> {
        self.config.relaxation.get(step).and_then(|next| self.open_after(queued_ms, next.after_ms))
    }

    /// R18, R62: without a clock of its own.
    pub(super) fn answer_at(&self, from_ms: Millis) -> Option<Millis> {
        if self.config.sla.iter().any(|target| target.clock == SlaClock::Answer) {
            return None;
        }
        self.open_after(from_ms, self.config.answer_target_ms)
    }

    pub(super) fn overflow_at(&self, queued_ms: Millis) -> Option<Millis> {
        let has_way = self.config.overflow_queue.is_some() || self.config.overflow_exit.is_some();
        match self.config.overflow_after_ms {
            Some(after_ms) if has_way => self.open_after(queued_ms, after_ms),
            _ => None,
        }
    }
}

impl Oracle {
    /// R6, R50, R51: the place, and up to when the queue has then used its share.
    pub(super) fn place(&self, id: QueueId, arrived_ms: Millis, priority: u8) -> (Millis, Option<Millis>) {
        let queue = &self.queues[&id];
        let config = &queue.config;
        let levels = Millis::from(priority);
        let due_ms = arrived_ms + config.answer_target_ms;
        match config.order_by {
            QueueOrder::EarliestDeadline => ((due_ms - levels * config.priority_step_ms).max(1), None),
            QueueOrder::StrictPriority => (due_ms.max(1) - levels * STRICT_STEP_MS, None),
            QueueOrder::Share => {
                let used_ms = if self.waiting_in(id).is_empty() { 0 } else { queue.share_ms };
                let share_ms = arrived_ms.max(used_ms) + 3_600_000 / Millis::from(config.share_per_hour);
                ((share_ms - levels * config.priority_step_ms).max(1), Some(share_ms))
            }
        }
    }

    pub(super) fn use_share(&mut self, id: QueueId, share_ms: Option<Millis>) {
        let queue = self.queues.get_mut(&id).expect("known");
        queue.share_ms = share_ms.unwrap_or(queue.share_ms);
    }

    /// R56: has as much of the queue's work as may be pushed.
    pub(super) fn is_at_limit(&self, agent: &Agent, work: &Work) -> bool {
        let held = self.work.values().filter(|other| {
            other.queue == work.queue && other.stage.holds_units() && other.is_with(agent.config.agent)
        });
        let units = held.map(|other| other.units).sum::<u32>() + work.units;
        self.queues[&work.queue].config.agent_units_max.is_some_and(|max| units > max)
    }

    /// R55: after the last call what gave way comes back.
    fn resume_all(&mut self) {
        for agent in self.agents.keys().copied().collect::<Vec<_>>() {
            if self.used(agent)[&Medium::Voice] == 0 {
                for interaction in self.held_by(agent) {
                    if self.work[&interaction].stage == (Stage::Interrupted { agent }) {
                        self.entry(interaction).stage = Stage::Active { agent };
                        self.note(InteractionResumed { interaction, agent });
                    }
                }
            }
        }
    }

    /// R53: another queue keeps this agent.
    fn is_reserved(&self, agent: &Agent, work: &Work) -> bool {
        if work.priority == 9 || work.preferred.is_some() {
            return false;
        }
        let own = |agent: &Agent, queue: &Queue| {
            let config = &queue.config;
            Self::meets(agent, &config.requirement)
                && config.condition.iter().all(|one| Self::is_so(agent, one))
        };
        self.queues.values().any(|queue| {
            let kept = queue.config.reserve as usize;
            kept > 0 && queue.config.queue != work.queue && own(agent, queue) && {
                let free =
                    self.agents.values().filter(|one| own(one, queue) && self.can_take(one, work.medium, 1));
                free.count() <= kept
            }
        })
    }

    /// R11, R52: the least is chosen.
    fn standing(&self, agent: &Agent, worth: u32, choice: AgentChoice) -> (i64, i64, i64) {
        let id = agent.config.agent;
        let load = i64::from(self.used(id).values().sum::<u32>());
        let worth = i64::from(worth);
        let idle = agent.idle_since_ms;
        match choice {
            AgentChoice::MostSkilled => (-worth, load, idle),
            AgentChoice::LeastSkilled => (worth, load, idle),
            AgentChoice::LongestIdle => (load, idle, 0),
            AgentChoice::RoundRobin => (i64::try_from(agent.turn).expect("small"), 0, 0),
            AgentChoice::LeastOccupied => {
                let used = self.used(id);
                let full = |(&medium, &units): (&Medium, &u32)| units * 1_000 / agent.capacity(medium).max(1);
                (i64::from(used.iter().map(full).max().unwrap_or(0)), idle, 0)
            }
            AgentChoice::Weighted => (i64::try_from(agent.pass).expect("small"), idle, 0),
        }
    }

    pub(super) fn used(&self, agent: AgentId) -> BTreeMap<Medium, u32> {
        let mut used: BTreeMap<Medium, u32> = Medium::ALL.iter().map(|&medium| (medium, 0)).collect();
        let held = self.work.values().filter(|work| work.stage.holds_units() && work.is_with(agent));
        for work in held {
            *used.entry(work.medium).or_default() += work.units;
        }
        used
    }

    pub(super) fn is_busy(&self, agent: AgentId) -> bool {
        self.work.values().any(|work| work.stage.is_in_hand() && work.is_with(agent))
    }

    /// R9 without presence.
    pub(super) fn has_room(&self, agent: &Agent, medium: Medium, units: u32) -> bool {
        let used = self.used(agent.config.agent);
        let total: u32 = used.values().sum();
        if used.iter().any(|(&medium, &used)| used > agent.capacity(medium)) {
            return false;
        }
        // R55: active work that gives way is not in the way of a call.
        let id = agent.config.agent;
        let yielding: u32 = self
            .work
            .values()
            .filter(|work| work.stage == Stage::Active { agent: id })
            .filter(|work| agent.config.interruptible.contains(&work.medium))
            .map(|work| work.units)
            .sum();
        let stands_in_way = if medium == Medium::Voice { total > yielding } else { used[&Medium::Voice] > 0 };
        if agent.config.voice_exclusive && stands_in_way {
            return false;
        }
        used[&medium] + units <= agent.capacity(medium)
    }

    /// R9.
    pub(super) fn can_take(&self, agent: &Agent, medium: Medium, units: u32) -> bool {
        let id = agent.config.agent;
        let wraps_call = self.work.values().any(|work| {
            work.medium == Medium::Voice && matches!(work.stage, Stage::Wrapping { agent, .. } if agent == id)
        });
        agent.is_staffing()
            && agent.session == Session::Online
            && !wraps_call
            && self.has_room(agent, medium, units)
    }

    /// R17: worth waiting for.
    pub(super) fn preference(
        &self,
        agent: Option<AgentId>,
        queue: QueueId,
        medium: Medium,
        units: u32,
    ) -> Option<(AgentId, Millis)> {
        let preferred_ms = self.queues[&queue].config.preferred_ms;
        let found = self.agents.get(&agent?)?;
        (preferred_ms > 0 && found.is_staffing() && units <= found.capacity(medium))
            .then_some((agent?, self.at_ms + preferred_ms))
    }

    /// R8, R47, R48: skills at the level asked, and conditions.
    pub(super) fn demand(&self, work: &Work) -> (Vec<SkillLevel>, Vec<Condition>) {
        let config = &self.queues[&work.queue].config;
        let relaxation = work.step.checked_sub(1).and_then(|at| config.relaxation.get(at));
        let (own, condition, lower_by) = match relaxation {
            None => (&config.requirement, &config.condition, 0),
            Some(step) => (&step.requirement, &step.condition, step.lower_by),
        };
        let mut levels: BTreeMap<u64, u8> = own.iter().copied().collect();
        for &(skill, level) in &work.requirement {
            let level = if level > lower_by { level - lower_by } else { 1 };
            levels.insert(skill, level.max(levels.get(&skill).copied().unwrap_or(0)));
        }
        let conditions: BTreeSet<&Condition> = condition.iter().chain(&work.condition).collect();
        (levels.into_iter().collect(), conditions.into_iter().cloned().collect())
    }

    fn meets(agent: &Agent, requirement: &[SkillLevel]) -> bool {
        requirement.iter().all(|&(skill, asked)| agent.level(skill).is_some_and(|level| level >= asked))
    }

    /// R47.
    fn is_so(agent: &Agent, condition: &Condition) -> bool {
        let id = agent.config.agent;
        match condition {
            Condition::HasSkill(has) => agent.level(has.skill).is_some_and(|level| level >= has.level),
            Condition::AllOf(all) => all.of.iter().all(|one| Self::is_so(agent, one)),
            Condition::AnyOf(any) => any.of.iter().any(|one| Self::is_so(agent, one)),
            Condition::NotSo(not) => !Self::is_so(agent, &not.of),
            Condition::OneOfAgents(one) => one.agents.contains(&id),
            Condition::OneOfTeams(one) => one.teams.iter().any(|team| agent.config.teams.contains(team)),
        }
    }

    /// R11, R47: what a condition that is met counts.
    fn worth(agent: &Agent, condition: &Condition) -> u32 {
        match condition {
            Condition::HasSkill(has) => u32::from(agent.level(has.skill).unwrap_or(0)),
            Condition::AllOf(all) => all.of.iter().map(|one| Self::worth(agent, one)).sum(),
            Condition::AnyOf(any) => {
                let met = any.of.iter().filter(|one| Self::is_so(agent, one));
                met.map(|one| Self::worth(agent, one)).max().unwrap_or(0)
            }
            _ => 0,
        }
    }

    /// R9, R10, R17, R40: could be offered this work now.
    pub(super) fn is_eligible(&self, agent: &Agent, work: &Work) -> bool {
        let id = agent.config.agent;
        let may = if let Some((preferred, _)) = work.preferred {
            preferred == id
        } else {
            let (levels, conditions) = self.demand(work);
            Self::meets(agent, &levels) && conditions.iter().all(|one| Self::is_so(agent, one))
        };
        may && self.queues[&work.queue].serves()
            && !self.is_reserved(agent, work)
            && !self.is_at_limit(agent, work)
            && !work.excluded.iter().any(|&(excluded, _)| excluded == id)
            && self.can_take(agent, work.medium, work.units)
    }

    pub(super) fn waiting_in(&self, queue: QueueId) -> Vec<InteractionId> {
        let mut waiting: Vec<_> =
            self.work.values().filter(|work| work.is_waiting() && work.queue == queue).collect();
        waiting.sort_by_key(|work| work.key());
        waiting.iter().map(|work| work.id).collect()
    }

    // --- staff and overflow -----------------------------------------------------------------------

    pub(super) fn has_staff(&self, queue: &Queue) -> bool {
        let config = &queue.config;
        let steps = config.relaxation.iter().map(|step| (&step.requirement, &step.condition));
        let asked: Vec<_> = std::iter::once((&config.requirement, &config.condition)).chain(steps).collect();
        self.agents.values().filter(|agent| agent.is_staffing()).any(|agent| {
            asked.iter().any(|(levels, condition)| {
                Self::meets(agent, levels) && condition.iter().all(|one| Self::is_so(agent, one))
            })
        })
    }

    /// R43.
    pub(super) fn restaff(&mut self) {
        for id in self.queues.keys().copied().collect::<Vec<_>>() {
            let has_staff = self.has_staff(&self.queues[&id]);
            let at_ms = self.at_ms;
            let queue = self.queues.get_mut(&id).expect("listed");
            if has_staff || !queue.is_open {
                queue.is_unstaffed = false;
                queue.unstaffed_at_ms = None;
            } else if !queue.is_unstaffed && queue.unstaffed_at_ms.is_none() {
                queue.unstaffed_at_ms = Some(at_ms + queue.config.unstaffed_ms);
            }
        }
    }

    /// R61: the redirect queue of a paused one, or the first beyond it, that serves and is new to the work.
    pub(super) fn redirect_of(&self, queue: QueueId, visited: &[QueueId]) -> Option<QueueId> {
        let config = &self.queues[&queue].config;
        let redirect = config.redirect_queue.filter(|_| config.is_paused)?;
        let found = self.queues.get(&redirect)?;
        let is_fit = found.serves() && self.has_staff(found) && !visited.contains(&redirect);
        if is_fit { Some(redirect) } else { self.beyond(redirect, visited) }
    }

    /// R41: the first beyond `queue` that is open, staffed and new to the work.
    pub(super) fn beyond(&self, queue: QueueId, visited: &[QueueId]) -> Option<QueueId> {
        let mut next = self.queues.get(&queue)?.config.overflow_queue;
        while let Some(id) = next {
            let queue = self.queues.get(&id)?;
            if queue.serves() && self.has_staff(queue) && !visited.contains(&id) {
                return Some(id);
            }
            next = queue.config.overflow_queue;
        }
        None
    }

    pub(super) fn overflow(&mut self, id: InteractionId, to_queue: QueueId, reason: OverflowReason) {
        let (at_ms, target) = (self.at_ms, self.queues[&to_queue].clone());
        let (arrived_ms, priority) = (self.work[&id].arrived_ms, self.work[&id].priority);
        let (deadline_ms, share_ms) = self.place(to_queue, arrived_ms, priority);
        self.use_share(to_queue, share_ms);
        self.stop_clocks(id);
        let work = self.work.get_mut(&id).expect("live");
        let from_queue = work.queue;
        work.visited.push(from_queue);
        work.queue = to_queue;
        work.stage = Stage::Queued;
        work.queued_ms = at_ms;
        work.deadline_ms = deadline_ms;
        work.overflow_at_ms = target.overflow_at(at_ms);
        work.step = 0;
        work.relax_at_ms = target.relax_at(at_ms, 0);
        work.is_overdue = false;
        work.preferred = None;
        work.end_return();
        let fact = InteractionOverflowed {
            interaction: id,
            from_queue,
            to_queue,
            reason,
            deadline_ms: work.deadline_ms,
            order: work.order,
            overflow_at_ms: work.overflow_at_ms,
            relax_at_ms: work.relax_at_ms,
            share_ms,
        };
        self.note(fact);
    }

    fn overflow_all(&mut self) -> bool {
        let mut has_moved = false;
        for queue in self.queues.keys().copied().collect::<Vec<_>>() {
            for id in self.waiting_in(queue) {
                let work = &self.work[&id];
                let config = &self.queues[&queue].config;
                if config.is_paused && config.redirect_queue.is_some() {
                    let to_queue = self.redirect_of(queue, &work.visited).filter(|&other| other != queue);
                    if let Some(to_queue) = to_queue.filter(|_| work.preferred.is_none()) {
                        self.overflow(id, to_queue, OverflowReason::Redirected);
                        has_moved = true;
                    }
                    continue;
                }
                let reason = match (self.queues[&queue].is_unstaffed, work.is_overdue) {
                    _ if work.preferred.is_some() => continue,
                    (true, _) => OverflowReason::Unstaffed,
                    (false, true) => OverflowReason::Waited,
                    (false, false) => continue,
                };
                if let Some(to_queue) = self.beyond(queue, &work.visited.clone()) {
                    self.overflow(id, to_queue, reason);
                    has_moved = true;
                } else if self.divert(id, reason) {
                    has_moved = true;
                }
            }
        }
        has_moved
    }

    // --- settling ---------------------------------------------------------------------------------

    /// R12, R24, R42, R43: while anything can be done, the first of it is done.
    pub(super) fn settle(&mut self) {
        loop {
            self.resume_all();
            for agent in self.agents.keys().copied().collect::<Vec<_>>() {
                if self.agents[&agent].next.is_some() && !self.is_busy(agent) {
                    self.presence(agent, |agent| {
                        let (status, reason) = agent.next.take().expect("checked");
                        (agent.status, agent.reason) = (status, reason);
                    });
                }
            }
            if !self.overflow_all() {
                break;
            }
        }
        while let Some((id, agent, rule, eligible)) = self.next_offer() {
            let config = self.queues[&self.work[&id].queue].config.clone();
            // R73: of the others each in turn is the best, as if it still waited.
            let is_broadcast = config.broadcast > 1 && !config.auto_accept && rule != OfferRule::Preferred;
            self.offer(id, agent, rule, eligible, is_broadcast);
            while is_broadcast && self.work[&id].ringing().len() < config.broadcast as usize {
                let Some((agent, rule, eligible)) = self.best(&self.work[&id]) else { break };
                self.offer(id, agent, rule, eligible, true);
            }
            // R58.
            if config.auto_accept {
                let epoch = self.work[&id].epoch;
                self.note(OfferAccepted { interaction: id, agent, epoch });
                if self.work[&id].is_dialled {
                    self.connect(id, agent, None);
                } else {
                    self.activate(id, agent, ActivationCause::Accepted, None);
                }
            }
        }
    }

    fn next_offer(&self) -> Option<(InteractionId, AgentId, OfferRule, usize)> {
        let mut waiting: Vec<_> = self.work.values().filter(|work| work.is_waiting()).collect();
        waiting.sort_by_key(|work| work.key());
        waiting
            .into_iter()
            .find_map(|work| self.best(work).map(|(agent, rule, eligible)| (work.id, agent, rule, eligible)))
    }

    /// R11, R52: the best of those it does not ring at.
    fn best(&self, work: &Work) -> Option<(AgentId, OfferRule, usize)> {
        let ringing = work.ringing();
        let may = |agent: &&Agent| !ringing.contains(&agent.config.agent) && self.is_eligible(agent, work);
        let mut eligible: Vec<_> = self.agents.values().filter(may).collect();
        let (requirement, conditions) = self.demand(work);
        eligible.sort_by_key(|agent| {
            let levels = requirement.iter().map(|&(skill, _)| u32::from(agent.level(skill).unwrap_or(0)));
            let worth = conditions.iter().map(|one| Self::worth(agent, one)).sum::<u32>();
            let choice = self.queues[&work.queue].config.agent_choice;
            (self.standing(agent, levels.sum::<u32>() + worth, choice), agent.config.agent)
        });
        let rule = match work.preferred {
            Some(_) => OfferRule::Preferred,
            None => match self.queues[&work.queue].config.agent_choice {
                AgentChoice::MostSkilled => OfferRule::BestLevelThenLongestIdle,
                AgentChoice::LeastSkilled => OfferRule::LeastSkilled,
                AgentChoice::LongestIdle => OfferRule::LongestIdle,
                AgentChoice::RoundRobin => OfferRule::RoundRobin,
                AgentChoice::LeastOccupied => OfferRule::LeastOccupied,
                AgentChoice::Weighted => OfferRule::Weighted,
            },
        };
        eligible.first().map(|agent| (agent.config.agent, rule, eligible.len()))
    }

    pub(super) fn offer(
        &mut self,
        id: InteractionId,
        agent_id: AgentId,
        rule: OfferRule,
        eligible: usize,
        is_broadcast: bool,
    ) {
        let (work, agent) = (&self.work[&id], &self.agents[&agent_id]);
        let (requirement, conditions) = self.demand(work);
        let held =
            requirement.iter().filter_map(|&(skill, _)| agent.level(skill).map(|level| (skill, level)));
        let others = self.waiting_in(work.queue).into_iter().filter(|&other| other != id).count();
        let why = Why {
            rule,
            levels: held.collect(),
            eligible: u32::try_from(eligible).expect("small"),
            idle_since_ms: agent.idle_since_ms,
            waited_ms: self.at_ms - work.arrived_ms,
            waiting: u32::try_from(others).expect("small"),
            load: self.used(agent_id).values().sum(),
            requirement: requirement[..].into(),
            conditions: Rare::new(conditions),
            step: u32::try_from(work.step).expect("small"),
        };
        let expires_ms = self.at_ms + self.queues[&work.queue].config.offer_ms;
        let work = self.work.get_mut(&id).expect("live");
        if work.ringing().is_empty() {
            work.epoch += 1;
            work.stage = Stage::Offered { agent: agent_id, expires_ms };
            work.is_broadcast = is_broadcast;
        } else {
            work.also.push(agent_id);
        }
        let (queue, epoch) = (work.queue, work.epoch);
        let agent = self.agents.get_mut(&agent_id).expect("known");
        match rule {
            OfferRule::RoundRobin => {
                agent.turn = self.next_turn;
                self.next_turn += 1;
            }
            OfferRule::Weighted => {
                self.pass = self.pass.max(agent.pass);
                agent.pass = self.pass + 1_000_000 / u64::from(agent.config.weight);
            }
            _ => {}
        }
        let (interaction, agent) = (id, agent_id);
        self.note(InteractionOffered { interaction, queue, agent, epoch, expires_ms, why, is_broadcast });
    }

    // --- presence ---------------------------------------------------------------------------------

    pub(super) fn presence(&mut self, id: AgentId, change: impl FnOnce(&mut Agent)) {
        let at_ms = self.at_ms;
        let agent = self.agents.get_mut(&id).expect("known");
        let was_staffing = agent.is_staffing();
        change(agent);
        agent.since_ms = at_ms;
        if agent.is_staffing() && !was_staffing {
            agent.idle_since_ms = at_ms;
        }
        if agent.session != Session::Reconnecting {
            agent.lost_at_ms = None;
        }
        let (next_status, next_reason): (Option<Status>, Option<String>) =
            agent.next.clone().map_or((None, None), |(status, reason)| (Some(status), reason));
        let fact = PresenceChanged {
            agent: id,
            session: agent.session,
            status: agent.status,
            reason: agent.reason.clone(),
            next_status,
            next_reason,
            is_blocked: agent.is_blocked,
            since_ms: agent.since_ms,
            idle_since_ms: agent.idle_since_ms,
            lost_at_ms: agent.lost_at_ms,
        };
        self.note(fact);
        self.end_vain_preferences(id, false);
    }

    /// R17: waiting for somebody who could not come free ends.
    pub(super) fn end_vain_preferences(&mut self, agent: AgentId, is_gone: bool) {
        let mut waiting: Vec<_> = self.work.values().filter(|work| work.is_waiting()).collect();
        waiting.sort_by_key(|work| work.key());
        let vain: Vec<InteractionId> = waiting
            .into_iter()
            .filter(|work| work.preferred.is_some_and(|(preferred, _)| preferred == agent))
            .filter(|work| {
                let found = &self.agents[&agent];
                is_gone || !found.is_staffing() || work.units > found.capacity(work.medium)
            })
            .map(|work| work.id)
            .collect();
        for interaction in vain {
            self.work.get_mut(&interaction).expect("live").preferred = None;
            self.note(PreferenceEnded { interaction, agent, reason: PreferenceEndReason::AgentAway });
        }
    }
}

impl Work {
    pub(super) fn end_return(&mut self) {
        if self.return_at_ms.take().is_some() {
            self.excluded.retain(|&(agent, _)| Some(agent) != self.originator);
        }
    }

    /// R89: until then it waits in no queue, and none of its waiting's times runs.
    pub(super) fn not_before(self, later_ms: Option<Millis>) -> Self {
        let Some(due_ms) = later_ms else { return self };
        Self {
            stage: Stage::Scheduled { due_ms },
            preferred: None,
            sla_at_ms: None,
            overflow_at_ms: None,
            relax_at_ms: None,
            ..self
        }
    }

    pub(super) fn due_ms(&self) -> Option<Millis> {
        if let Stage::Scheduled { due_ms } = self.stage { Some(due_ms) } else { None }
    }
}
