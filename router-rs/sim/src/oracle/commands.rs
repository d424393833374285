//! What each command does, straight from the rules.

use std::collections::BTreeSet;

use ucc_router_core::command::{
    Command, Enqueue, SetAgent, SetQueue, SetStatus, TransferToAgent, TransferToQueue,
};
use ucc_router_core::fact::{
    AbandonReason, ActivationCause, AgentRemoved, AgentSet, CancelReason, CloseReason, ContactBackSeen,
    ContactLostSeen, InteractionAbandoned, InteractionActivated, InteractionCancelled, InteractionClosed,
    InteractionParked, InteractionQueued, InteractionRequeued, OfferAccepted, OfferDeclined, OfferRearmed,
    OfferRevoked, OfferRule, OverflowReason, QueueRemoved, QueueSet, RequeueReason, RevokeReason,
    ShardOpened, WrapUpExtended, WrapUpReason, WrapUpStarted,
};
use ucc_router_core::words::{
    AgentId, CONTACT_LOST_MS, DURATION_MS_MAX, HEAD_DEADLINE_MS, InteractionId, Medium, Millis, PRIORITY_MAX,
    QueueId, Refusal, Session, SkillLevel, Status, UNITS_MAX,
};

use super::{Agent, Oracle, Queue, Stage, Work};

type Decision = Result<(), Refusal>;

fn check_requirement(requirement: &[SkillLevel]) -> Decision {
    let skills: BTreeSet<u64> = requirement.iter().map(|&(skill, _)| skill).collect();
    let has_levels = requirement.iter().all(|&(_, level)| (1..=10).contains(&level));
    if skills.len() == requirement.len() && has_levels { Ok(()) } else { Err(Refusal::BadRequirement) }
}

impl Oracle {
    pub(super) fn decide(&mut self, command: &Command) -> Decision {
        match command {
            Command::SetQueue(config) => self.set_queue(config),
            Command::RemoveQueue(command) => self.remove_queue(command.queue),
            Command::SetAgent(config) => self.set_agent(config),
            Command::RemoveAgent(command) => self.remove_agent(command.agent),
            Command::SetSession(c) => self.set_session(c.agent, c.session, c.is_forced),
            Command::SetStatus(command) => self.set_status(command),
            Command::ClearBlock(c) => {
                if self.agents.get(&c.agent).ok_or(Refusal::UnknownAgent)?.is_blocked {
                    self.presence(c.agent, |agent| agent.is_blocked = false);
                }
                Ok(())
            }
            Command::Enqueue(command) => self.enqueue(command),
            Command::ContactWrote(c) => self.contact_wrote(c.interaction, &c.otherwise),
            Command::ContactLost(c) => self.contact_lost(c.interaction),
            Command::ContactBack(c) => {
                if self.find(c.interaction)?.is_contact_lost {
                    self.contact_back(c.interaction);
                }
                Ok(())
            }
            Command::ContactLeft(c) => self.contact_left(c.interaction),
            Command::Accept(c) => self.accept(c.interaction, c.agent, c.epoch),
            Command::Decline(c) => self.decline(c.interaction, c.agent, c.epoch, c.reason.clone()),
            Command::End(c) => self.end(c.interaction, c.agent),
            Command::Complete(c) => {
                self.held(c.interaction, c.agent, 'w', Refusal::NotWrapping)?;
                self.close(c.interaction, c.agent, CloseReason::Completed);
                Ok(())
            }
            Command::ExtendWrapUp(c) => self.extend(c.interaction, c.agent, c.by_ms),
            Command::Park(c) => {
                self.held(c.interaction, c.agent, 'a', Refusal::NotActive)?;
                self.cancel_child(c.interaction);
                self.entry(c.interaction).stage = Stage::Parked { agent: c.agent };
                self.note(InteractionParked { interaction: c.interaction, agent: c.agent });
                Ok(())
            }
            Command::Unpark(c) => {
                self.held(c.interaction, c.agent, 'p', Refusal::NotParked)?;
                if self.agents[&c.agent].session == Session::Offline {
                    return Err(Refusal::AgentOffline);
                }
                self.activate(c.interaction, c.agent, ActivationCause::Unparked, None);
                Ok(())
            }
            Command::TransferToQueue(command) => self.transfer_to_queue(command),
            Command::TransferToAgent(command) => self.transfer_to_agent(command),
            Command::Take(c) => self.take(c.interaction, c.agent),
            Command::Advance(_) => Ok(()),
            Command::OpenShard(c) => self.open_shard(c.epoch),
        }
    }

    fn find(&self, interaction: InteractionId) -> Result<&Work, Refusal> {
        self.work.get(&interaction).ok_or(Refusal::UnknownInteraction)
    }

    fn entry(&mut self, interaction: InteractionId) -> &mut Work {
        self.work.get_mut(&interaction).expect("live work")
    }

    /// Checks that the agent has the work in the stage of this letter.
    fn held(
        &self,
        interaction: InteractionId,
        agent: AgentId,
        letter: char,
        refusal: Refusal,
    ) -> Result<&Work, Refusal> {
        let work = self.find(interaction)?;
        let found = match work.stage {
            Stage::Queued => 'q',
            Stage::Offered { .. } => 'o',
            Stage::Active { .. } => 'a',
            Stage::Parked { .. } => 'p',
            Stage::Wrapping { .. } => 'w',
        };
        match (found == letter, work.stage.holder() == Some(agent)) {
            (false, _) => Err(refusal),
            (true, false) => Err(Refusal::NotOwner),
            (true, true) => Ok(work),
        }
    }

    // --- configuration ----------------------------------------------------------------------------

    fn set_queue(&mut self, config: &SetQueue) -> Decision {
        check_requirement(&config.requirement)?;
        let from_zero = [
            config.wrap_up_ms,
            config.priority_step_ms,
            config.decline_ms,
            config.preferred_ms,
            config.unstaffed_ms,
        ];
        let from_one = [config.offer_ms, config.answer_target_ms, config.return_ms];
        let mut times = from_zero.into_iter().chain(config.overflow_after_ms).chain(from_one);
        if from_one.contains(&0) || times.any(|ms| !(0..=DURATION_MS_MAX).contains(&ms)) {
            return Err(Refusal::BadValue);
        }
        let mut last_ms = 0;
        let mut open: Vec<(Millis, Millis)> = Vec::new();
        for &(from_ms, to_ms) in &config.open {
            if from_ms < last_ms || to_ms <= from_ms {
                return Err(Refusal::BadInterval);
            }
            match open.last_mut() {
                Some(last) if last.1 == from_ms => last.1 = to_ms,
                _ => open.push((from_ms, to_ms)),
            }
            last_ms = to_ms;
        }
        let mut chain = config.overflow_queue;
        while let Some(id) = chain {
            if id == config.queue {
                return Err(Refusal::OverflowCycle);
            }
            chain = self.queues.get(&id).and_then(|queue| queue.config.overflow_queue);
        }
        let at_ms = self.at_ms;
        let is_open = open.iter().any(|&(from_ms, to_ms)| from_ms <= at_ms && at_ms < to_ms);
        let edges = open.iter().flat_map(|&(from_ms, to_ms)| [(from_ms, true), (to_ms, false)]);
        let boundaries = edges.filter(|&(edge_ms, _)| edge_ms > at_ms).collect();
        let before = self.queues.get(&config.queue);
        let queue = Queue {
            is_open,
            boundaries,
            unstaffed_at_ms: before.and_then(|queue| queue.unstaffed_at_ms),
            is_unstaffed: before.is_some_and(|queue| queue.is_unstaffed),
            config: SetQueue { open, ..config.clone() },
        };
        for work in self.work.values_mut().filter(|work| work.queue == config.queue && !work.is_overdue) {
            if matches!(work.stage, Stage::Queued | Stage::Offered { .. }) {
                work.overflow_at_ms = queue.overflow_at(work.queued_ms);
            }
        }
        self.queues.insert(config.queue, queue);
        self.note(QueueSet { config: config.clone() });
        Ok(())
    }

    fn remove_queue(&mut self, queue: QueueId) -> Decision {
        self.queues.get(&queue).ok_or(Refusal::UnknownQueue)?;
        if self.work.values().any(|work| work.queue == queue) {
            return Err(Refusal::QueueNotEmpty);
        }
        self.queues.remove(&queue);
        self.note(QueueRemoved { queue });
        Ok(())
    }

    fn set_agent(&mut self, config: &SetAgent) -> Decision {
        check_requirement(&config.skills)?;
        let media: BTreeSet<Medium> = config.capacity.iter().map(|&(medium, _)| medium).collect();
        if media.len() != config.capacity.len() || config.capacity.iter().any(|&(_, units)| units > UNITS_MAX)
        {
            return Err(Refusal::BadValue);
        }
        let at_ms = self.at_ms;
        let agent = self.agents.entry(config.agent).or_insert_with(|| Agent {
            config: config.clone(),
            session: Session::Offline,
            status: Status::OffQueue,
            reason: None,
            next: None,
            is_blocked: false,
            since_ms: at_ms,
            idle_since_ms: at_ms,
            lost_at_ms: None,
        });
        agent.config = config.clone();
        self.note(AgentSet { config: config.clone() });
        self.end_vain_preferences(config.agent, false);
        Ok(())
    }

    fn remove_agent(&mut self, agent: AgentId) -> Decision {
        self.agents.get(&agent).ok_or(Refusal::UnknownAgent)?;
        for interaction in self.held_by(agent) {
            match self.work.get(&interaction).map(|work| work.stage) {
                None => {}
                Some(Stage::Offered { .. }) => {
                    self.take_offer_back(
                        interaction,
                        RevokeReason::AgentRemoved,
                        RequeueReason::AgentRemoved,
                    );
                }
                Some(Stage::Active { .. }) => self.to_head(interaction, RequeueReason::AgentRemoved),
                Some(_) => self.close(interaction, agent, CloseReason::AgentRemoved),
            }
        }
        self.end_vain_preferences(agent, true);
        self.agents.remove(&agent);
        self.note(AgentRemoved { agent });
        Ok(())
    }

    fn held_by(&self, agent: AgentId) -> Vec<InteractionId> {
        self.work.values().filter(|work| work.stage.holder() == Some(agent)).map(|work| work.id).collect()
    }

    // --- presence ---------------------------------------------------------------------------------

    fn set_session(&mut self, id: AgentId, session: Session, is_forced: bool) -> Decision {
        let before = self.agents.get(&id).ok_or(Refusal::UnknownAgent)?.session;
        let at_ms = self.at_ms;
        let is_active =
            self.work.values().any(|work| matches!(work.stage, Stage::Active { agent } if agent == id));
        match (before, session) {
            (before, after) if before == after => {}
            (Session::Offline, Session::Reconnecting) => {}
            (_, Session::Online) => self.presence(id, |agent| agent.session = Session::Online),
            (_, Session::Reconnecting) => self.presence(id, |agent| {
                agent.session = Session::Reconnecting;
                agent.lost_at_ms = Some(at_ms);
            }),
            (_, Session::Offline) if is_active && !is_forced => return Err(Refusal::WorkInHand),
            (_, Session::Offline) => self.go_offline(id),
        }
        Ok(())
    }

    pub(super) fn go_offline(&mut self, agent: AgentId) {
        self.give_back(agent, |stage, _| matches!(stage, Stage::Offered { .. } | Stage::Active { .. }));
        self.presence(agent, |agent| agent.session = Session::Offline);
    }

    pub(super) fn give_back(&mut self, agent: AgentId, which: impl Fn(Stage, Medium) -> bool) {
        for interaction in self.held_by(agent) {
            let Some(work) = self.work.get(&interaction) else { continue };
            match work.stage {
                stage if !which(stage, work.medium) => {}
                Stage::Offered { .. } => {
                    self.take_offer_back(interaction, RevokeReason::AgentLost, RequeueReason::AgentLost);
                }
                _ => self.to_head(interaction, RequeueReason::AgentLost),
            }
        }
    }

    fn set_status(&mut self, command: &SetStatus) -> Decision {
        let agent = self.agents.get(&command.agent).ok_or(Refusal::UnknownAgent)?;
        let wanted = (command.status, command.reason.clone());
        let is_same = (agent.status, agent.reason.clone()) == wanted;
        if agent.next.as_ref() == Some(&wanted) || (is_same && agent.next.is_none()) {
            return Ok(());
        }
        let drains = wanted.0 == Status::OffQueue && self.is_busy(command.agent) && !is_same;
        self.presence(command.agent, |agent| {
            if drains {
                agent.next = Some(wanted);
            } else {
                (agent.status, agent.reason) = wanted;
                agent.next = None;
            }
        });
        Ok(())
    }

    fn open_shard(&mut self, epoch: u64) -> Decision {
        if epoch <= self.epoch {
            return Err(Refusal::StaleEpoch);
        }
        self.epoch = epoch;
        self.note(ShardOpened { epoch });
        let at_ms = self.at_ms;
        for id in self.agents.keys().copied().collect::<Vec<_>>() {
            if self.agents[&id].session != Session::Offline {
                self.presence(id, |agent| {
                    agent.session = Session::Reconnecting;
                    agent.lost_at_ms = Some(at_ms);
                });
            }
        }
        for id in self.work.keys().copied().collect::<Vec<_>>() {
            let work = self.work[&id].clone();
            if let Stage::Offered { agent, .. } = work.stage {
                let expires_ms = at_ms + self.queues[&work.queue].config.offer_ms;
                self.entry(id).stage = Stage::Offered { agent, expires_ms };
                self.note(OfferRearmed { interaction: id, agent, epoch: work.epoch, expires_ms });
            }
            if work.abandon_at_ms.is_some() {
                self.lose_contact(id, Some(at_ms + CONTACT_LOST_MS));
            }
        }
        Ok(())
    }

    // --- queueing ---------------------------------------------------------------------------------

    fn check_room(&self, queue: QueueId, priority: u8) -> Decision {
        let max = self.queues.get(&queue).ok_or(Refusal::UnknownQueue)?.config.waiting_max as usize;
        let is_full = self.waiting_in(queue).len() >= max && priority < PRIORITY_MAX;
        if is_full { Err(Refusal::QueueFull) } else { Ok(()) }
    }

    fn check_enqueue(&self, command: &Enqueue) -> Decision {
        self.check_room(command.queue, command.priority)?;
        check_requirement(&command.requirement)?;
        let has_units = command.units >= 1 && command.units <= UNITS_MAX;
        if command.priority > PRIORITY_MAX || !has_units || command.arrived_ms < 0 {
            return Err(Refusal::BadValue);
        }
        if self.work.contains_key(&command.interaction) { Err(Refusal::InteractionExists) } else { Ok(()) }
    }

    fn enqueue(&mut self, command: &Enqueue) -> Decision {
        self.check_enqueue(command)?;
        let arrived_ms = command.arrived_ms.min(self.at_ms);
        let queue = &self.queues[&command.queue];
        let work = Work {
            id: command.interaction,
            queue: command.queue,
            medium: command.medium,
            units: command.units,
            priority: command.priority,
            requirement: command.requirement.clone(),
            arrived_ms,
            queued_ms: self.at_ms,
            deadline_ms: queue.deadline(arrived_ms, command.priority),
            order: self.next_order,
            preferred: self.preference(command.preferred_agent, command.queue, command.medium, command.units),
            is_abandonable: command.is_abandonable,
            parent: None,
            child: None,
            originator: None,
            return_at_ms: None,
            sla_at_ms: queue.open_after(arrived_ms, queue.config.answer_target_ms),
            overflow_at_ms: queue.overflow_at(self.at_ms),
            is_overdue: false,
            is_named: false,
            stage: Stage::Queued,
            epoch: 0,
            excluded: Vec::new(),
            is_contact_lost: false,
            abandon_at_ms: None,
            visited: Vec::new(),
        };
        self.add(work, None);
        Ok(())
    }

    fn add(&mut self, work: Work, named_agent: Option<AgentId>) {
        self.next_order += 1;
        let fact = InteractionQueued {
            interaction: work.id,
            queue: work.queue,
            medium: work.medium,
            units: work.units,
            priority: work.priority,
            requirement: work.requirement.clone(),
            arrived_ms: work.arrived_ms,
            deadline_ms: work.deadline_ms,
            order: work.order,
            preferred_agent: work.preferred.map(|(agent, _)| agent),
            preferred_until_ms: work.preferred.map(|(_, until_ms)| until_ms),
            is_abandonable: work.is_abandonable,
            parent: work.parent,
            originator: work.originator,
            return_at_ms: work.return_at_ms,
            sla_at_ms: work.sla_at_ms,
            overflow_at_ms: work.overflow_at_ms,
            named_agent,
        };
        self.work.insert(work.id, work);
        self.note(fact);
    }

    fn note_requeued(&mut self, interaction: InteractionId, reason: RequeueReason) {
        let work = self.entry(interaction);
        work.stage = Stage::Queued;
        let fact = InteractionRequeued {
            interaction,
            queue: work.queue,
            reason,
            deadline_ms: work.deadline_ms,
            order: work.order,
            preferred_agent: work.preferred.map(|(agent, _)| agent),
            preferred_until_ms: work.preferred.map(|(_, until_ms)| until_ms),
            arrived_ms: work.arrived_ms,
            sla_at_ms: work.sla_at_ms,
            overflow_at_ms: work.overflow_at_ms,
        };
        self.note(fact);
    }

    /// R6, R35: back in its place, unless it is a transfer whose time to return has come.
    pub(super) fn requeue(&mut self, interaction: InteractionId, reason: RequeueReason) {
        let is_late = self.work[&interaction].return_at_ms.is_some_and(|return_ms| return_ms <= self.at_ms);
        if is_late {
            self.return_transfer(interaction);
        } else {
            self.entry(interaction).preferred = None;
            self.note_requeued(interaction, reason);
        }
    }

    /// R35.
    pub(super) fn return_transfer(&mut self, interaction: InteractionId) {
        let work = self.work[&interaction].clone();
        let preferred = self.preference(work.originator, work.queue, work.medium, work.units);
        let beyond = self.beyond(work.queue, &work.visited);
        if let (None, Some(to_queue)) = (preferred, beyond) {
            self.overflow(interaction, to_queue, OverflowReason::NotAccepted);
            return;
        }
        let work = self.entry(interaction);
        work.preferred = preferred;
        work.end_return();
        self.note_requeued(interaction, RequeueReason::Returned);
    }

    fn to_head(&mut self, interaction: InteractionId, reason: RequeueReason) {
        self.cancel_child(interaction);
        let at_ms = self.at_ms;
        let overflow_at_ms = self.queues[&self.work[&interaction].queue].overflow_at(at_ms);
        let work = self.entry(interaction);
        work.deadline_ms = HEAD_DEADLINE_MS;
        work.overflow_at_ms = overflow_at_ms;
        let is_lost = work.is_contact_lost && work.is_abandonable;
        self.note_requeued(interaction, reason);
        if is_lost {
            self.lose_contact(interaction, Some(at_ms + CONTACT_LOST_MS));
        }
    }

    // --- the contact ------------------------------------------------------------------------------

    fn contact_wrote(&mut self, named: InteractionId, otherwise: &Enqueue) -> Decision {
        let mut interaction = named;
        while let Some(Work { stage: Stage::Wrapping { .. }, child: Some(child), .. }) =
            self.work.get(&interaction)
        {
            interaction = *child;
        }
        let Some(work) = self.work.get(&interaction).cloned() else { return self.enqueue(otherwise) };
        match work.stage {
            Stage::Wrapping { agent, .. } if self.agents[&agent].session == Session::Offline => {
                self.check_enqueue(otherwise)?;
                self.close(interaction, agent, CloseReason::AgentLost);
                return self.enqueue(otherwise);
            }
            Stage::Wrapping { agent, .. } => {
                self.activate(interaction, agent, ActivationCause::ContactWrote, None);
            }
            Stage::Parked { agent } => {
                let (at_ms, order) = (self.at_ms, self.next_order);
                let preferred = self.preference(Some(agent), work.queue, work.medium, work.units);
                let queue = self.queues[&work.queue].clone();
                self.next_order += 1;
                let entry = self.entry(interaction);
                entry.arrived_ms = at_ms;
                entry.queued_ms = at_ms;
                entry.deadline_ms = queue.deadline(at_ms, work.priority);
                entry.order = order;
                entry.preferred = preferred;
                entry.sla_at_ms = queue.open_after(at_ms, queue.config.answer_target_ms);
                entry.overflow_at_ms = queue.overflow_at(at_ms);
                self.note_requeued(interaction, RequeueReason::ContactWrote);
            }
            _ => {}
        }
        if work.is_contact_lost {
            self.contact_back(interaction);
        }
        Ok(())
    }

    fn contact_back(&mut self, interaction: InteractionId) {
        let work = self.entry(interaction);
        work.is_contact_lost = false;
        work.abandon_at_ms = None;
        self.note(ContactBackSeen { interaction });
    }

    fn lose_contact(&mut self, interaction: InteractionId, abandon_at_ms: Option<Millis>) {
        let work = self.entry(interaction);
        work.is_contact_lost = true;
        work.abandon_at_ms = abandon_at_ms;
        self.note(ContactLostSeen { interaction, abandon_at_ms });
    }

    fn contact_lost(&mut self, interaction: InteractionId) -> Decision {
        let work = self.find(interaction)?;
        let waits = matches!(work.stage, Stage::Queued | Stage::Offered { .. }) && !work.is_named;
        let abandon_at_ms = (waits && work.is_abandonable).then_some(self.at_ms + CONTACT_LOST_MS);
        if !work.is_contact_lost {
            self.lose_contact(interaction, abandon_at_ms);
        }
        Ok(())
    }

    fn contact_left(&mut self, interaction: InteractionId) -> Decision {
        let work = self.find(interaction)?.clone();
        match work.stage {
            Stage::Offered { .. } if work.is_named => {
                self.cancel(interaction, Some(RevokeReason::ContactLeft), CancelReason::ContactLeft);
            }
            Stage::Queued | Stage::Offered { .. } if work.is_abandonable => {
                self.abandon(interaction, RevokeReason::ContactLeft, AbandonReason::Left);
            }
            Stage::Active { agent } => {
                self.cancel_child(interaction);
                self.wrap_up(interaction, agent, WrapUpReason::ContactLeft, CloseReason::ContactLeft);
            }
            Stage::Parked { agent } => self.close(interaction, agent, CloseReason::ContactLeft),
            _ => {}
        }
        Ok(())
    }

    pub(super) fn abandon(
        &mut self,
        interaction: InteractionId,
        revoke: RevokeReason,
        reason: AbandonReason,
    ) {
        self.revoke(interaction, revoke);
        let work = self.drop_work(interaction);
        let waited_ms = self.at_ms - work.arrived_ms;
        self.note(InteractionAbandoned { interaction, queue: work.queue, waited_ms, reason });
    }

    fn drop_work(&mut self, interaction: InteractionId) -> Work {
        let work = self.work.remove(&interaction).expect("live work");
        for other in self.work.values_mut() {
            if Some(other.id) == work.parent && other.child == Some(interaction) {
                other.child = None;
            }
        }
        work
    }

    // --- offers -----------------------------------------------------------------------------------

    fn revoke(&mut self, interaction: InteractionId, reason: RevokeReason) {
        if let Work { stage: Stage::Offered { agent, .. }, epoch, .. } = self.work[&interaction] {
            self.note(OfferRevoked { interaction, agent, epoch, reason });
        }
    }

    pub(super) fn exclude(&mut self, interaction: InteractionId, agent: AgentId, until_ms: Millis) {
        let work = self.entry(interaction);
        work.excluded.retain(|&(other, _)| other != agent);
        work.excluded.push((agent, until_ms));
    }

    pub(super) fn take_offer_back(
        &mut self,
        interaction: InteractionId,
        revoke: RevokeReason,
        reason: RequeueReason,
    ) {
        if self.work[&interaction].is_named {
            let is_removed = reason == RequeueReason::AgentRemoved;
            let cancel = if is_removed { CancelReason::AgentRemoved } else { CancelReason::AgentLost };
            self.cancel(interaction, Some(revoke), cancel);
        } else {
            self.revoke(interaction, revoke);
            self.requeue(interaction, reason);
        }
    }

    pub(super) fn cancel(
        &mut self,
        interaction: InteractionId,
        revoke: Option<RevokeReason>,
        reason: CancelReason,
    ) {
        if let Some(revoke) = revoke {
            self.revoke(interaction, revoke);
        }
        self.drop_work(interaction);
        self.note(InteractionCancelled { interaction, reason });
    }

    fn ringing_child(&self, interaction: InteractionId) -> Option<InteractionId> {
        let child = self.work.get(&interaction)?.child?;
        self.work.get(&child).filter(|child| child.is_named).map(|child| child.id)
    }

    fn cancel_child(&mut self, interaction: InteractionId) {
        if let Some(child) = self.ringing_child(interaction) {
            self.cancel(child, Some(RevokeReason::Cancelled), CancelReason::ParentMoved);
        }
    }

    fn rings(&self, interaction: InteractionId, agent: AgentId, epoch: u64) -> Result<Work, Refusal> {
        let work = self.find(interaction)?;
        let is_this = matches!(work.stage, Stage::Offered { agent: ringing, .. } if ringing == agent);
        if is_this && work.epoch == epoch { Ok(work.clone()) } else { Err(Refusal::NotOffered) }
    }

    fn accept(&mut self, interaction: InteractionId, agent: AgentId, epoch: u64) -> Decision {
        let work = self.rings(interaction, agent, epoch)?;
        self.note(OfferAccepted { interaction, agent, epoch });
        let parent = work.parent.filter(|_| work.is_named).and_then(|parent| self.work.get(&parent));
        let handing = parent.and_then(|parent| Some((parent.id, parent.stage.holder()?)));
        self.activate(interaction, agent, ActivationCause::Accepted, handing.map(|(_, sender)| sender));
        if let Some((parent, sender)) = handing {
            self.wrap_up(parent, sender, WrapUpReason::Transferred, CloseReason::Completed);
        }
        Ok(())
    }

    fn decline(
        &mut self,
        interaction: InteractionId,
        agent: AgentId,
        epoch: u64,
        reason: Option<String>,
    ) -> Decision {
        let work = self.rings(interaction, agent, epoch)?;
        let until_ms = self.at_ms + self.queues[&work.queue].config.decline_ms;
        self.exclude(interaction, agent, until_ms);
        self.note(OfferDeclined { interaction, agent, epoch, reason, until_ms });
        if work.is_named {
            self.cancel(interaction, None, CancelReason::Declined);
        } else {
            self.requeue(interaction, RequeueReason::Declined);
        }
        Ok(())
    }

    // --- in hand ----------------------------------------------------------------------------------

    fn activate(
        &mut self,
        interaction: InteractionId,
        agent: AgentId,
        cause: ActivationCause,
        previous_agent: Option<AgentId>,
    ) {
        let work = &self.work[&interaction];
        let has_it = work.stage.holds_units() && work.stage.holder() == Some(agent);
        let is_over_capacity = !has_it && !self.has_room(&self.agents[&agent], work.medium, work.units);
        let at_ms = self.at_ms;
        let work = self.entry(interaction);
        work.stage = Stage::Active { agent };
        work.preferred = None;
        work.is_named = false;
        work.return_at_ms = None;
        work.sla_at_ms = None;
        work.overflow_at_ms = None;
        work.is_overdue = false;
        work.abandon_at_ms = None;
        work.excluded.clear();
        self.agents.get_mut(&agent).expect("known").idle_since_ms = at_ms;
        self.note(InteractionActivated { interaction, agent, cause, previous_agent, is_over_capacity });
    }

    pub(super) fn close(&mut self, interaction: InteractionId, agent: AgentId, reason: CloseReason) {
        self.drop_work(interaction);
        let at_ms = self.at_ms;
        self.agents.get_mut(&agent).expect("known").idle_since_ms = at_ms;
        self.note(InteractionClosed { interaction, agent, reason });
    }

    fn wrap_up(
        &mut self,
        interaction: InteractionId,
        agent: AgentId,
        reason: WrapUpReason,
        otherwise: CloseReason,
    ) {
        let wrap_up_ms = self.queues[&self.work[&interaction].queue].config.wrap_up_ms;
        if wrap_up_ms == 0 {
            self.close(interaction, agent, otherwise);
            return;
        }
        let until_ms = self.at_ms + wrap_up_ms;
        self.entry(interaction).stage = Stage::Wrapping { agent, until_ms };
        self.note(WrapUpStarted { interaction, agent, reason, until_ms });
    }

    fn end(&mut self, interaction: InteractionId, agent: AgentId) -> Decision {
        if self.held(interaction, agent, 'p', Refusal::NotParked).is_ok() {
            self.close(interaction, agent, CloseReason::Completed);
            return Ok(());
        }
        self.held(interaction, agent, 'a', Refusal::NotActive)?;
        self.cancel_child(interaction);
        self.wrap_up(interaction, agent, WrapUpReason::Ended, CloseReason::Completed);
        Ok(())
    }

    fn extend(&mut self, interaction: InteractionId, agent: AgentId, by_ms: Millis) -> Decision {
        let work = self.held(interaction, agent, 'w', Refusal::NotWrapping)?;
        let Stage::Wrapping { until_ms, .. } = work.stage else { unreachable!("checked") };
        if by_ms < 1 || by_ms > DURATION_MS_MAX {
            return Err(Refusal::BadValue);
        }
        let until_ms = until_ms + by_ms;
        self.entry(interaction).stage = Stage::Wrapping { agent, until_ms };
        self.note(WrapUpExtended { interaction, agent, until_ms });
        Ok(())
    }

    // --- handing on -------------------------------------------------------------------------------

    fn check_transfer(
        &self,
        interaction: InteractionId,
        agent: AgentId,
        child: InteractionId,
    ) -> Result<Work, Refusal> {
        let parent = self.held(interaction, agent, 'a', Refusal::NotActive)?.clone();
        if self.work.contains_key(&child) {
            return Err(Refusal::InteractionExists);
        }
        if self.ringing_child(interaction).is_some() { Err(Refusal::TransferPending) } else { Ok(parent) }
    }

    /// A child starts as its parent stands; what differs is set by the caller.
    fn child_of(&mut self, parent: &Work, id: InteractionId) -> Work {
        self.entry(parent.id).child = Some(id);
        Work {
            id,
            queued_ms: self.at_ms,
            order: self.next_order,
            parent: Some(parent.id),
            child: None,
            stage: Stage::Queued,
            epoch: 0,
            is_contact_lost: false,
            visited: Vec::new(),
            originator: None,
            ..parent.clone()
        }
    }

    fn transfer_to_queue(&mut self, command: &TransferToQueue) -> Decision {
        let TransferToQueue { interaction, agent, child, queue, ref requirement } = *command;
        let parent = self.check_transfer(interaction, agent, child)?;
        check_requirement(requirement)?;
        self.check_room(queue, parent.priority)?;
        let target = self.queues[&queue].clone();
        let is_served = target.is_open && self.has_staff(&target);
        if !is_served && self.beyond(queue, &[]).is_none() {
            if target.is_open {
                return Err(Refusal::QueueUnstaffed);
            }
            if matches!(parent.medium, Medium::Chat | Medium::Voice) {
                return Err(Refusal::QueueClosed);
            }
        }
        let return_at_ms = self.at_ms + target.config.return_ms;
        let mut work = self.child_of(&parent, child);
        work.queue = queue;
        work.requirement.clone_from(requirement);
        work.deadline_ms = target.deadline(parent.arrived_ms, parent.priority);
        work.originator = Some(agent);
        work.return_at_ms = Some(return_at_ms);
        work.excluded = vec![(agent, return_at_ms)];
        work.sla_at_ms = target.open_after(self.at_ms, target.config.answer_target_ms);
        work.overflow_at_ms = target.overflow_at(self.at_ms);
        self.add(work, None);
        if parent.is_contact_lost {
            self.lose_contact(child, parent.is_abandonable.then_some(self.at_ms + CONTACT_LOST_MS));
        }
        self.wrap_up(interaction, agent, WrapUpReason::Transferred, CloseReason::Completed);
        Ok(())
    }

    fn transfer_to_agent(&mut self, command: &TransferToAgent) -> Decision {
        let TransferToAgent { interaction, agent, child, to_agent } = *command;
        let parent = self.check_transfer(interaction, agent, child)?;
        let target = self.agents.get(&to_agent).ok_or(Refusal::UnknownAgent)?;
        if to_agent == agent || !self.can_take(target, parent.medium, parent.units) {
            return Err(Refusal::AgentNotAvailable);
        }
        let mut work = self.child_of(&parent, child);
        work.is_named = true;
        self.add(work, Some(to_agent));
        if parent.is_contact_lost {
            self.lose_contact(child, None);
        }
        self.offer(child, to_agent, OfferRule::Named, 1);
        Ok(())
    }

    fn take(&mut self, interaction: InteractionId, agent: AgentId) -> Decision {
        let session = self.agents.get(&agent).ok_or(Refusal::UnknownAgent)?.session;
        let work = self.find(interaction)?.clone();
        if session == Session::Offline {
            return Err(Refusal::AgentOffline);
        }
        let holder = work.stage.holder();
        let is_own = holder == Some(agent);
        match work.stage {
            _ if work.is_named => return Err(Refusal::NotTakeable),
            Stage::Wrapping { .. } => return Err(Refusal::NotTakeable),
            Stage::Active { .. } if is_own => return Err(Refusal::NotTakeable),
            Stage::Active { .. } => {
                self.cancel_child(interaction);
                self.activate(interaction, agent, ActivationCause::TakenOver, holder);
            }
            Stage::Parked { .. } if is_own => {
                self.activate(interaction, agent, ActivationCause::Unparked, None)
            }
            Stage::Parked { .. } => self.activate(interaction, agent, ActivationCause::Taken, holder),
            Stage::Offered { .. } if is_own => {
                self.note(OfferAccepted { interaction, agent, epoch: work.epoch });
                self.activate(interaction, agent, ActivationCause::Taken, None);
            }
            Stage::Queued | Stage::Offered { .. } => {
                self.revoke(interaction, RevokeReason::Taken);
                self.activate(interaction, agent, ActivationCause::Taken, None);
            }
        }
        Ok(())
    }
}
