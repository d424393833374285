//! Offers, work in hand, and handing it on.

use ucc_router_core::command::{ChangeMedium, TransferToAgent, TransferToQueue};
use ucc_router_core::fact::{
    ActivationCause, CancelReason, CloseReason, InteractionActivated, InteractionCancelled,
    InteractionClosed, InteractionInterrupted, MediumChanged, OfferAccepted, OfferDeclined, OfferRevoked,
    OfferRule, OfferTimedOut, RequeueReason, RevokeReason, WrapUpExtended, WrapUpReason, WrapUpStarted,
};
use ucc_router_core::words::{
    AgentId, CONTACT_LOST_MS, DURATION_MS_MAX, InteractionId, Medium, Millis, QueueId, Refusal, Session,
    UNITS_MAX,
};

use super::commands::{Decision, check_requirement};
use super::{Oracle, Stage, Work};

impl Oracle {
    // --- offers -----------------------------------------------------------------------------------

    pub(super) fn revoke(&mut self, interaction: InteractionId, reason: RevokeReason) {
        let epoch = self.work[&interaction].epoch;
        for agent in self.work[&interaction].ringing() {
            self.end_ring(interaction, agent);
            self.note(OfferRevoked { interaction, agent, epoch, reason });
        }
    }

    /// R73: it rings on at the others.
    fn end_ring(&mut self, interaction: InteractionId, agent: AgentId) {
        let work = self.entry(interaction);
        match work.stage {
            Stage::Offered { agent: first, expires_ms } if first == agent && !work.also.is_empty() => {
                work.stage = Stage::Offered { agent: work.also.remove(0), expires_ms };
            }
            _ => work.also.retain(|&other| other != agent),
        }
    }

    /// R73: the first to answer has it.
    fn revoke_others(&mut self, interaction: InteractionId, agent: AgentId) {
        let Work { epoch, .. } = self.work[&interaction];
        for other in self.work[&interaction].ringing() {
            if other != agent {
                self.end_ring(interaction, other);
                self.note(OfferRevoked { interaction, agent: other, epoch, reason: RevokeReason::Taken });
            }
        }
    }

    /// R73: from this one alone, where it rings at others too.
    pub(super) fn take_back_from(
        &mut self,
        agent: AgentId,
        interaction: InteractionId,
        revoke: RevokeReason,
        reason: RequeueReason,
    ) {
        let Work { epoch, .. } = self.work[&interaction];
        if self.work[&interaction].also.is_empty() {
            return self.take_offer_back(interaction, revoke, reason);
        }
        self.end_ring(interaction, agent);
        self.note(OfferRevoked { interaction, agent, epoch, reason: revoke });
    }

    /// R14, R73: nobody answered in time.
    pub(super) fn ring_out(&mut self, interaction: InteractionId) {
        let work = self.work[&interaction].clone();
        let is_here = |agent: &AgentId| self.agents[agent].session == Session::Online;
        let (here, away): (Vec<_>, Vec<_>) = work.ringing().into_iter().partition(is_here);
        if here.is_empty() {
            return self.take_offer_back(interaction, RevokeReason::AgentLost, RequeueReason::AgentLost);
        }
        for agent in away {
            self.take_back_from(agent, interaction, RevokeReason::AgentLost, RequeueReason::AgentLost);
        }
        let until_ms = self.at_ms + self.queues[&work.queue].config.decline_ms;
        for &agent in &here {
            self.exclude(interaction, agent, until_ms);
            self.end_ring(interaction, agent);
            self.note(OfferTimedOut { interaction, agent, epoch: work.epoch, until_ms });
        }
        if work.is_named {
            self.cancel(interaction, None, CancelReason::TimedOut);
        } else {
            self.requeue(interaction, RequeueReason::TimedOut);
        }
        if !work.is_broadcast {
            self.presence(here[0], |agent| agent.is_blocked = true);
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

    pub(super) fn ringing_child(&self, interaction: InteractionId) -> Option<InteractionId> {
        let child = self.work.get(&interaction)?.child?;
        self.work.get(&child).filter(|child| child.is_named || child.bond.is_some()).map(|child| child.id)
    }

    pub(super) fn cancel_child(&mut self, interaction: InteractionId) {
        let Some(child) = self.ringing_child(interaction) else { return };
        match self.work[&child].stage {
            Stage::Active { agent } | Stage::Interrupted { agent } => {
                self.close(child, agent, CloseReason::ParentMoved);
            }
            _ => self.cancel(child, Some(RevokeReason::Cancelled), CancelReason::ParentMoved),
        }
    }

    pub(super) fn rings(
        &self,
        interaction: InteractionId,
        agent: AgentId,
        epoch: u64,
    ) -> Result<Work, Refusal> {
        let work = self.find(interaction)?;
        let is_this = work.ringing().contains(&agent);
        if is_this && work.epoch == epoch { Ok(work.clone()) } else { Err(Refusal::NotOffered) }
    }

    pub(super) fn accept(
        &mut self,
        interaction: InteractionId,
        agent: AgentId,
        epoch: u64,
        is_connecting: bool,
    ) -> Decision {
        let work = self.rings(interaction, agent, epoch)?;
        self.revoke_others(interaction, agent);
        self.note(OfferAccepted { interaction, agent, epoch });
        if is_connecting || work.is_dialled {
            self.connect(interaction, agent, None);
        } else {
            self.hand_to(&work, agent, ActivationCause::Accepted);
        }
        Ok(())
    }

    /// R34: who hands on wraps up.
    pub(super) fn hand_to(&mut self, work: &Work, agent: AgentId, cause: ActivationCause) {
        let is_transfer = work.is_named && work.bond.is_none();
        let parent = work.parent.filter(|_| is_transfer).and_then(|parent| self.work.get(&parent));
        let handing = parent.and_then(|parent| Some((parent.id, parent.stage.holder()?)));
        self.activate(work.id, agent, cause, handing.map(|(_, sender)| sender));
        if let Some((parent, sender)) = handing {
            self.wrap_up(parent, sender, WrapUpReason::Transferred, CloseReason::Completed);
        }
    }

    pub(super) fn decline(
        &mut self,
        interaction: InteractionId,
        agent: AgentId,
        epoch: u64,
        reason: Option<String>,
    ) -> Decision {
        let work = self.rings(interaction, agent, epoch)?;
        let until_ms = self.at_ms + self.queues[&work.queue].config.decline_ms;
        self.exclude(interaction, agent, until_ms);
        self.end_ring(interaction, agent);
        self.note(OfferDeclined { interaction, agent, epoch, reason, until_ms });
        if !work.also.is_empty() {
            return Ok(());
        }
        if work.is_named {
            self.cancel(interaction, None, CancelReason::Declined);
        } else {
            self.requeue(interaction, RequeueReason::Declined);
        }
        Ok(())
    }

    // --- in hand ----------------------------------------------------------------------------------

    pub(super) fn activate(
        &mut self,
        interaction: InteractionId,
        agent: AgentId,
        cause: ActivationCause,
        previous_agent: Option<AgentId>,
    ) {
        let work = &self.work[&interaction];
        let has_it = work.stage.holds_units() && work.is_with(agent);
        let is_over_capacity = !has_it && !self.has_room(&self.agents[&agent], work.medium, work.units);
        let at_ms = self.at_ms;
        let work = self.entry(interaction);
        work.stage = Stage::Active { agent };
        work.preferred = None;
        work.is_named = false;
        work.return_at_ms = None;
        work.consult_until_ms = None;
        work.is_held = false;
        work.sla_at_ms = None;
        work.overflow_at_ms = None;
        work.is_overdue = false;
        work.abandon_at_ms = None;
        work.excluded.clear();
        self.agents.get_mut(&agent).expect("known").idle_since_ms = at_ms;
        self.note(InteractionActivated { interaction, agent, cause, previous_agent, is_over_capacity });
        self.interrupt_for(interaction, agent);
    }

    /// R55.
    pub(super) fn interrupt_for(&mut self, by: InteractionId, agent: AgentId) {
        let config = self.agents[&agent].config.clone();
        if !config.voice_exclusive || self.work[&by].medium != Medium::Voice {
            return;
        }
        for interaction in self.held_by(agent) {
            let Some(work) = self.work.get(&interaction) else { continue };
            if work.stage == (Stage::Active { agent }) && config.interruptible.contains(&work.medium) {
                self.entry(interaction).stage = Stage::Interrupted { agent };
                self.note(InteractionInterrupted { interaction, agent, by });
            }
        }
    }

    /// R57: as if the old units were given back and the new ones taken.
    pub(super) fn change_medium(&mut self, command: &ChangeMedium) -> Decision {
        let ChangeMedium { interaction, agent, medium, units } = *command;
        let before = self.held(interaction, agent, 'a', Refusal::NotActive)?.clone();
        if !(1..=UNITS_MAX).contains(&units) {
            return Err(Refusal::BadValue);
        }
        if (before.medium, before.units) == (medium, units) {
            return Ok(());
        }
        self.check_alone(interaction)?;
        self.cancel_child(interaction);
        self.entry(interaction).units = 0;
        let is_over_capacity = !self.has_room(&self.agents[&agent], medium, units);
        let work = self.entry(interaction);
        (work.medium, work.units) = (medium, units);
        work.is_held = false;
        self.note(MediumChanged { interaction, agent, medium, units, is_over_capacity });
        self.interrupt_for(interaction, agent);
        Ok(())
    }

    pub(super) fn close(&mut self, interaction: InteractionId, agent: AgentId, reason: CloseReason) {
        self.resolve(interaction, reason);
        self.drop_work(interaction);
        let at_ms = self.at_ms;
        self.agents.get_mut(&agent).expect("known").idle_since_ms = at_ms;
        self.note(InteractionClosed { interaction, agent, reason });
    }

    pub(super) fn wrap_up(
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
        self.entry(interaction).is_held = false;
        self.entry(interaction).stage = Stage::Wrapping { agent, until_ms };
        self.note(WrapUpStarted { interaction, agent, reason, until_ms });
    }

    pub(super) fn end(&mut self, interaction: InteractionId, agent: AgentId) -> Decision {
        if self.find(interaction)?.bond.is_some() {
            return self.end_bonded(interaction, agent);
        }
        if self.held(interaction, agent, 'p', Refusal::NotParked).is_ok() {
            self.close(interaction, agent, CloseReason::Completed);
            return Ok(());
        }
        self.held(interaction, agent, 'a', Refusal::NotActive)?;
        self.cancel_child(interaction);
        self.end_conference(interaction);
        self.wrap_up(interaction, agent, WrapUpReason::Ended, CloseReason::Completed);
        Ok(())
    }

    pub(super) fn extend(&mut self, interaction: InteractionId, agent: AgentId, by_ms: Millis) -> Decision {
        let work = self.held(interaction, agent, 'w', Refusal::NotWrapping)?;
        let Stage::Wrapping { until_ms, .. } = work.stage else { unreachable!("checked") };
        if !(1..=DURATION_MS_MAX).contains(&by_ms) {
            return Err(Refusal::BadValue);
        }
        let until_ms = until_ms + by_ms;
        self.entry(interaction).stage = Stage::Wrapping { agent, until_ms };
        self.note(WrapUpExtended { interaction, agent, until_ms });
        Ok(())
    }

    // --- handing on -------------------------------------------------------------------------------

    pub(super) fn check_transfer(
        &self,
        interaction: InteractionId,
        agent: AgentId,
        child: InteractionId,
    ) -> Result<Work, Refusal> {
        let parent = self.held(interaction, agent, 'a', Refusal::NotActive)?.clone();
        self.check_new(child)?;
        if self.ringing_child(interaction).is_some() { Err(Refusal::TransferPending) } else { Ok(parent) }
    }

    /// A child starts as its parent stands; what differs is set by the caller.
    pub(super) fn child_of(&mut self, parent: &Work, id: InteractionId) -> Work {
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
            step: 0,
            relax_at_ms: None,
            originator: None,
            clocks: Vec::new(),
            is_answered: false,
            seats: Vec::new(),
            is_held: false,
            is_dialled: false,
            tries: 0,
            ..parent.clone()
        }
    }

    /// R33.
    pub(super) fn check_reachable(&self, queue: QueueId, medium: Medium) -> Decision {
        let target = &self.queues[&queue];
        let is_served = target.serves() && self.has_staff(target) || self.redirect_of(queue, &[]).is_some();
        if is_served || self.beyond(queue, &[]).is_some() {
            Ok(())
        } else if target.serves() {
            Err(Refusal::QueueUnstaffed)
        } else if matches!(medium, Medium::Chat | Medium::Voice) {
            Err(Refusal::QueueClosed)
        } else {
            Ok(())
        }
    }

    pub(super) fn transfer_to_queue(&mut self, command: &TransferToQueue) -> Decision {
        let TransferToQueue { interaction, agent, child, queue, ref requirement } = *command;
        let parent = self.check_transfer(interaction, agent, child)?;
        self.check_alone(interaction)?;
        check_requirement(requirement)?;
        self.check_room(queue, parent.priority)?;
        self.check_reachable(queue, parent.medium)?;
        let target = self.queues[&queue].clone();
        let return_at_ms = self.at_ms + target.config.return_ms;
        let (deadline_ms, share_ms) = self.place(queue, parent.arrived_ms, parent.priority);
        let mut work = self.child_of(&parent, child);
        work.queue = queue;
        work.requirement.clone_from(requirement);
        work.deadline_ms = deadline_ms;
        work.originator = Some(agent);
        work.return_at_ms = Some(return_at_ms);
        work.excluded = vec![(agent, return_at_ms)];
        work.sla_at_ms = target.answer_at(self.at_ms);
        work.overflow_at_ms = target.overflow_at(self.at_ms);
        work.condition = None;
        work.relax_at_ms = target.relax_at(self.at_ms, 0);
        self.add(work, None, share_ms, None, None);
        self.overflow_by_length(child);
        if parent.is_contact_lost && self.work.contains_key(&child) {
            self.lose_contact(child, parent.is_abandonable.then_some(self.at_ms + CONTACT_LOST_MS));
        }
        self.wrap_up(interaction, agent, WrapUpReason::Transferred, CloseReason::Completed);
        Ok(())
    }

    pub(super) fn transfer_to_agent(&mut self, command: &TransferToAgent) -> Decision {
        let TransferToAgent { interaction, agent, child, to_agent } = *command;
        let parent = self.check_transfer(interaction, agent, child)?;
        self.check_alone(interaction)?;
        let target = self.agents.get(&to_agent).ok_or(Refusal::UnknownAgent)?;
        if to_agent == agent || !self.can_take(target, parent.medium, parent.units) {
            return Err(Refusal::AgentNotAvailable);
        }
        let mut work = self.child_of(&parent, child);
        work.is_named = true;
        self.add(work, Some(to_agent), None, None, None);
        if parent.is_contact_lost {
            self.lose_contact(child, None);
        }
        self.offer(child, to_agent, OfferRule::Named, 1, false);
        Ok(())
    }

    pub(super) fn take(&mut self, interaction: InteractionId, agent: AgentId) -> Decision {
        let session = self.agents.get(&agent).ok_or(Refusal::UnknownAgent)?.session;
        let work = self.find(interaction)?.clone();
        if session == Session::Offline {
            return Err(Refusal::AgentOffline);
        }
        let holder = work.stage.holder();
        let is_own = work.is_with(agent);
        match work.stage {
            _ if work.is_named => return Err(Refusal::NotTakeable),
            Stage::Wrapping { .. } => return Err(Refusal::NotTakeable),
            Stage::Active { .. }
            | Stage::Interrupted { .. }
            | Stage::InFlow { .. }
            | Stage::Connecting { .. }
                if is_own =>
            {
                return Err(Refusal::NotTakeable);
            }
            Stage::Connecting { .. } if work.is_dialled => self.connect(interaction, agent, holder),
            Stage::Connecting { .. } => {
                self.activate(interaction, agent, ActivationCause::TakenOver, holder);
            }
            Stage::Active { .. } | Stage::Interrupted { .. } | Stage::InFlow { .. } => {
                self.cancel_child(interaction);
                self.leave_seat(interaction, agent);
                self.activate(interaction, agent, ActivationCause::TakenOver, holder);
            }
            Stage::Parked { .. } if is_own => {
                self.activate(interaction, agent, ActivationCause::Unparked, None);
            }
            Stage::Parked { .. } => self.activate(interaction, agent, ActivationCause::Taken, holder),
            Stage::Offered { .. } if is_own => {
                self.revoke_others(interaction, agent);
                self.note(OfferAccepted { interaction, agent, epoch: work.epoch });
                self.take_waiting(&work, agent);
            }
            Stage::Queued | Stage::Offered { .. } | Stage::Scheduled { .. } => {
                self.revoke(interaction, RevokeReason::Taken);
                self.take_waiting(&work, agent);
            }
        }
        Ok(())
    }

    fn take_waiting(&mut self, work: &Work, agent: AgentId) {
        if work.is_dialled {
            self.connect(work.id, agent, None);
        } else {
            self.activate(work.id, agent, ActivationCause::Taken, None);
        }
    }
}
