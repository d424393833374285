//! How work queues, waits and leaves, and what its contact does.

use ucc_router_core::command::Enqueue;
use ucc_router_core::fact::{
    AbandonReason, ActivationCause, CancelReason, Circumstances, CloseReason, ContactBackSeen,
    ContactLostSeen, InteractionAbandoned, InteractionQueued, InteractionRequeued, OverflowReason,
    RequeueReason, RevokeReason, WrapUpReason,
};
use ucc_router_core::rare::Rare;
use ucc_router_core::words::{
    AgentId, CONTACT_LOST_MS, INTERACTION_ID_MAX, InteractionId, Millis, PRIORITY_MAX, QueueId, Refusal,
    Session, UNITS_MAX,
};

use super::commands::{Decision, check_condition, check_requirement};
use super::{Oracle, Stage, Work};

impl Oracle {
    // --- queueing ---------------------------------------------------------------------------------

    pub(super) fn check_room(&self, queue: QueueId, priority: u8) -> Decision {
        let max = self.queues.get(&queue).ok_or(Refusal::UnknownQueue)?.config.waiting_max as usize;
        let is_full = self.waiting_in(queue).len() >= max && priority < PRIORITY_MAX;
        if is_full { Err(Refusal::QueueFull) } else { Ok(()) }
    }

    pub(super) fn check_enqueue(&self, command: &Enqueue) -> Decision {
        let entrance = self.entrance(command)?;
        if self.awaited(command).is_none() {
            self.check_room(entrance, command.priority)?;
        }
        check_requirement(&command.requirement)?;
        check_condition(command.condition.as_ref(), &command.requirement)?;
        let has_units = command.units >= 1 && command.units <= UNITS_MAX;
        if command.priority > PRIORITY_MAX || !has_units || command.arrived_ms < 0 {
            return Err(Refusal::BadValue);
        }
        self.check_schedule(command.is_dialled, command.not_before_ms)?;
        self.check_new(command.interaction)
    }

    /// R49: ids have their limit too.
    pub(super) fn check_new(&self, interaction: InteractionId) -> Decision {
        match self.work.contains_key(&interaction) {
            _ if interaction > INTERACTION_ID_MAX => Err(Refusal::BadValue),
            true => Err(Refusal::InteractionExists),
            false => Ok(()),
        }
    }

    /// R74: where work comes in.
    fn entrance(&self, command: &Enqueue) -> Result<QueueId, Refusal> {
        let queue = self.queues.get(&command.queue).ok_or(Refusal::UnknownQueue)?;
        match queue.config.blocked_queue {
            _ if !command.is_contact_blocked => Ok(command.queue),
            Some(instead) if self.queues.contains_key(&instead) => Ok(instead),
            _ => Err(Refusal::ContactBlocked),
        }
    }

    /// R78: who has other work of the contact in hand and could have this work now.
    fn linked_agent(&self, work: &Work, linked: Option<InteractionId>) -> Option<AgentId> {
        let other = self.work.get(&linked?)?;
        let (Stage::Active { agent }
        | Stage::Interrupted { agent }
        | Stage::InFlow { agent, .. }
        | Stage::Wrapping { agent, .. }) = other.stage
        else {
            return None;
        };
        let found = &self.agents[&agent];
        let has_room = self.can_take(found, work.medium, work.units) && !self.is_at_limit(found, work);
        (has_room && self.queues[&work.queue].serves()).then_some(agent)
    }

    pub(super) fn enqueue(&mut self, command: &Enqueue) -> Decision {
        self.check_enqueue(command)?;
        let entrance = self.entrance(command)?;
        let awaited = self.awaited(command);
        if let Some(callback) = &awaited {
            self.end_awaited(callback.id);
        }
        let later_ms = command.not_before_ms.filter(|&ms| ms > self.at_ms);
        // R90: the arrival and the order, and in the same queue the deadline.
        let arrived_ms = awaited.as_ref().map_or(command.arrived_ms.min(self.at_ms), |one| one.arrived_ms);
        let order = awaited.as_ref().map_or(self.next_order, |one| one.order);
        let (deadline_ms, share_ms) = match &awaited {
            Some(one) if one.queue == entrance => (one.deadline_ms, None),
            _ => self.place(entrance, arrived_ms, command.priority),
        };
        let queue = &self.queues[&entrance];
        let mut work = Work {
            id: command.interaction,
            queue: entrance,
            medium: command.medium,
            units: command.units,
            priority: command.priority,
            requirement: command.requirement.to_vec(),
            arrived_ms,
            queued_ms: self.at_ms,
            deadline_ms,
            order,
            preferred: None,
            is_abandonable: command.is_abandonable && !command.is_dialled,
            parent: None,
            child: None,
            originator: None,
            return_at_ms: None,
            sla_at_ms: queue.answer_at(arrived_ms),
            overflow_at_ms: queue.overflow_at(self.at_ms),
            is_overdue: false,
            is_named: false,
            stage: Stage::Queued,
            epoch: 0,
            excluded: Vec::new(),
            is_contact_lost: false,
            abandon_at_ms: None,
            visited: Vec::new(),
            condition: command.condition.clone(),
            step: 0,
            relax_at_ms: queue.relax_at(self.at_ms, 0),
            clocks: Vec::new(),
            is_answered: false,
            also: Vec::new(),
            is_broadcast: false,
            bond: None,
            consult_until_ms: None,
            seats: Vec::new(),
            is_held: false,
            is_dialled: command.is_dialled,
            tries: 0,
        };
        let agent = command.preferred_agent.or_else(|| self.linked_agent(&work, command.linked));
        work.preferred = self.preference(agent, entrance, command.medium, command.units);
        let next_order = self.next_order;
        let instead_of = awaited.map(|one| one.id);
        self.add(work.not_before(later_ms), None, share_ms, command.linked, instead_of);
        if instead_of.is_some() {
            self.next_order = next_order;
        } else if later_ms.is_none() {
            self.overflow_by_length(command.interaction);
        }
        Ok(())
    }

    /// R59.
    pub(super) fn overflow_by_length(&mut self, interaction: InteractionId) {
        let work = &self.work[&interaction];
        let waiting = self.waiting_in(work.queue).len();
        let is_long =
            self.queues[&work.queue].config.overflow_length.is_some_and(|max| waiting > max as usize);
        if is_long && work.preferred.is_none() && work.priority < PRIORITY_MAX {
            if let Some(to_queue) = self.beyond(work.queue, &work.visited) {
                self.overflow(interaction, to_queue, OverflowReason::Length);
            } else if !self.agents.values().any(|agent| self.is_eligible(agent, &self.work[&interaction])) {
                self.divert(interaction, OverflowReason::Length);
            }
        }
    }

    pub(super) fn add(
        &mut self,
        work: Work,
        named_agent: Option<AgentId>,
        share_ms: Option<Millis>,
        linked: Option<InteractionId>,
        instead_of: Option<InteractionId>,
    ) {
        self.next_order += 1;
        self.use_share(work.queue, share_ms);
        let fact = InteractionQueued {
            interaction: work.id,
            queue: work.queue,
            medium: work.medium,
            units: work.units,
            priority: work.priority,
            requirement: work.requirement[..].into(),
            arrived_ms: work.arrived_ms,
            deadline_ms: work.deadline_ms,
            order: work.order,
            is_abandonable: work.is_abandonable,
            sla_at_ms: work.sla_at_ms,
            overflow_at_ms: work.overflow_at_ms,
            relax_at_ms: work.relax_at_ms,
            rare: Rare::new(Circumstances {
                preferred_agent: work.preferred.map(|(agent, _)| agent),
                preferred_until_ms: work.preferred.map(|(_, until_ms)| until_ms),
                parent: work.parent,
                originator: work.originator,
                return_at_ms: work.return_at_ms,
                named_agent,
                condition: work.condition.clone(),
                share_ms,
                linked,
                consult_until_ms: work.consult_until_ms,
                is_dialled: work.is_dialled,
                not_before_ms: work.due_ms(),
                instead_of,
            }),
        };
        self.work.insert(work.id, work);
        self.note(fact);
    }

    pub(super) fn note_requeued(&mut self, interaction: InteractionId, reason: RequeueReason) {
        self.note_placed(interaction, reason, None);
    }

    fn note_placed(&mut self, interaction: InteractionId, reason: RequeueReason, share_ms: Option<Millis>) {
        self.use_share(self.work[&interaction].queue, share_ms);
        let work = self.entry(interaction);
        work.is_held = false;
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
            relax_at_ms: work.relax_at_ms,
            share_ms,
        };
        self.note(fact);
    }

    /// R6, R35: back in its place, unless it is a transfer whose time to return has come.
    pub(super) fn requeue(&mut self, interaction: InteractionId, reason: RequeueReason) {
        let work = &self.work[&interaction];
        let is_past = |ms: Option<Millis>| ms.is_some_and(|ms| ms <= self.at_ms);
        if is_past(work.return_at_ms) {
            self.return_transfer(interaction);
        } else if matches!(work.stage, Stage::Connecting { .. }) && is_past(work.consult_until_ms) {
            self.cancel(interaction, None, CancelReason::TimedOut);
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

    pub(super) fn send_to_head(&mut self, interaction: InteractionId, reason: RequeueReason) {
        if self.work[&interaction].bond.is_some() {
            let is_removed = reason == RequeueReason::AgentRemoved;
            let close = if is_removed { CloseReason::AgentRemoved } else { CloseReason::AgentLost };
            let agent = self.work[&interaction].stage.holder().expect("in hand");
            return self.close(interaction, agent, close);
        }
        self.cancel_child(interaction);
        if self.inherit_conference(interaction) {
            return;
        }
        let at_ms = self.at_ms;
        let queue = &self.queues[&self.work[&interaction].queue];
        let (overflow_at_ms, relax_at_ms) = (queue.overflow_at(at_ms), queue.relax_at(at_ms, 0));
        let head_ms = queue.head_ms();
        let work = self.entry(interaction);
        work.step = 0;
        work.relax_at_ms = relax_at_ms;
        work.deadline_ms = head_ms;
        work.overflow_at_ms = overflow_at_ms;
        let is_lost = work.is_contact_lost && work.is_abandonable;
        self.note_requeued(interaction, reason);
        if is_lost {
            self.lose_contact(interaction, Some(at_ms + CONTACT_LOST_MS));
        }
    }

    // --- the contact ------------------------------------------------------------------------------

    pub(super) fn contact_wrote(&mut self, named: InteractionId, otherwise: &Enqueue) -> Decision {
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
                let owner = Some(agent).filter(|owner| self.agents[owner].plan.is_on_shift(self.at_ms));
                let preferred = self.preference(owner, work.queue, work.medium, work.units);
                let queue = self.queues[&work.queue].clone();
                let (deadline_ms, share_ms) = self.place(work.queue, at_ms, work.priority);
                self.next_order += 1;
                let entry = self.entry(interaction);
                entry.arrived_ms = at_ms;
                entry.queued_ms = at_ms;
                entry.deadline_ms = deadline_ms;
                entry.order = order;
                entry.preferred = preferred;
                entry.sla_at_ms = queue.answer_at(at_ms);
                entry.overflow_at_ms = queue.overflow_at(at_ms);
                entry.step = 0;
                entry.relax_at_ms = queue.relax_at(at_ms, 0);
                self.note_placed(interaction, RequeueReason::ContactWrote, share_ms);
            }
            _ => {}
        }
        self.pass_turn(interaction);
        if work.is_contact_lost {
            self.contact_back(interaction);
        }
        Ok(())
    }

    pub(super) fn contact_back(&mut self, interaction: InteractionId) {
        let work = self.entry(interaction);
        work.is_contact_lost = false;
        work.abandon_at_ms = None;
        self.note(ContactBackSeen { interaction });
    }

    pub(super) fn lose_contact(&mut self, interaction: InteractionId, abandon_at_ms: Option<Millis>) {
        let work = self.entry(interaction);
        work.is_contact_lost = true;
        work.abandon_at_ms = abandon_at_ms;
        self.note(ContactLostSeen { interaction, abandon_at_ms });
    }

    pub(super) fn contact_lost(&mut self, interaction: InteractionId) -> Decision {
        let work = self.find(interaction)?;
        let waits = work.stage.is_untaken() && !work.is_named;
        let abandon_at_ms = (waits && work.is_abandonable).then_some(self.at_ms + CONTACT_LOST_MS);
        if !work.is_contact_lost {
            self.lose_contact(interaction, abandon_at_ms);
        }
        Ok(())
    }

    pub(super) fn contact_left(&mut self, interaction: InteractionId) -> Decision {
        let work = self.find(interaction)?.clone();
        match work.stage {
            Stage::Offered { .. } | Stage::Connecting { .. } if work.is_named => {
                self.cancel(interaction, Some(RevokeReason::ContactLeft), CancelReason::ContactLeft);
            }
            Stage::Queued | Stage::Offered { .. } | Stage::Connecting { .. } if work.is_abandonable => {
                self.abandon(interaction, RevokeReason::ContactLeft, AbandonReason::Left);
            }
            Stage::Active { agent } | Stage::Interrupted { agent } | Stage::InFlow { agent, .. } => {
                self.cancel_child(interaction);
                self.end_conference(interaction);
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

    pub(super) fn drop_work(&mut self, interaction: InteractionId) -> Work {
        let work = self.work.remove(&interaction).expect("live work");
        for other in self.work.values_mut() {
            if Some(other.id) == work.parent && other.child == Some(interaction) {
                other.child = None;
            }
            other.seats.retain(|&seat| seat != interaction);
        }
        work
    }
}
