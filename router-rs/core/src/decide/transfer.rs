//! Handing work on: to a queue, to an agent, and taking it by name.

use super::configure::check_requirement;
use crate::command::{TransferToAgent, TransferToQueue};
use crate::engine::Engine;
use crate::fact::{
    ActivationCause, Circumstances, CloseReason, ContactLostSeen, InteractionQueued, InteractionRequeued,
    OfferAccepted, OfferRule, OverflowReason, RequeueReason, RevokeReason, WrapUpReason,
};
use crate::interaction::InteractionState;
use crate::levels::Levels;
use crate::rare::Rare;
use crate::settle::Choice;
use crate::state::Stage;
use crate::words::{AgentId, CONTACT_LOST_MS, InteractionId, Medium, QueueId, Refusal, Refused, Session};

impl Engine {
    /// Blind: the child queues with the arrival kept, the parent wraps up at once (R33).
    pub(crate) fn transfer_to_queue(&mut self, command: &TransferToQueue) -> Result<(), Refused> {
        let TransferToQueue { interaction, agent, child, queue, ref requirement } = *command;
        let parent = self.check_transfer(interaction, agent, child)?.clone();
        self.check_alone(interaction)?;
        check_requirement(requirement, "requirement")?;
        self.check_room(self.known_queue(queue)?, parent.priority)?;
        self.check_reachable(queue, parent.medium)?;
        let (deadline_ms, share_ms) = self.queue(queue).place(parent.arrived_ms, parent.priority);
        let state = &self.queue(queue).state;
        self.emit(InteractionQueued {
            interaction: child,
            queue,
            medium: parent.medium,
            units: parent.units,
            priority: parent.priority,
            requirement: Levels::from(&requirement[..]),
            arrived_ms: parent.arrived_ms,
            deadline_ms,
            order: self.next_order,
            is_abandonable: parent.is_abandonable,
            sla_at_ms: state.answer_at(self.at_ms),
            overflow_at_ms: state.overflow_at(self.at_ms),
            relax_at_ms: state.relax_at(self.at_ms, 0),
            rare: Rare::new(Circumstances {
                parent: Some(interaction),
                originator: Some(agent),
                return_at_ms: Some(self.at_ms + state.config.return_ms),
                share_ms,
                ..Circumstances::default()
            }),
        });
        self.overflow_by_length(child);
        self.inherit_loss(&parent, child, true);
        self.wrap_up(interaction, agent, WrapUpReason::Transferred, CloseReason::Completed);
        Ok(())
    }

    /// The child rings at one agent; the sender keeps the parent until it is accepted (R34).
    pub(crate) fn transfer_to_agent(&mut self, command: &TransferToAgent) -> Result<(), Refused> {
        let TransferToAgent { interaction, agent, child, to_agent } = *command;
        let parent = self.check_transfer(interaction, agent, child)?.clone();
        self.check_alone(interaction)?;
        let target = self.agent(to_agent).ok_or(Refusal::UnknownAgent)?;
        if to_agent == agent || !target.can_take(parent.medium, parent.units) {
            return Err(Refusal::AgentNotAvailable.into());
        }
        self.emit(InteractionQueued {
            interaction: child,
            queue: parent.queue,
            medium: parent.medium,
            units: parent.units,
            priority: parent.priority,
            requirement: parent.requirement.clone(),
            arrived_ms: parent.arrived_ms,
            deadline_ms: parent.deadline_ms,
            order: self.next_order,
            is_abandonable: parent.is_abandonable,
            sla_at_ms: None,
            overflow_at_ms: None,
            relax_at_ms: None,
            rare: Rare::new(Circumstances {
                parent: Some(interaction),
                named_agent: Some(to_agent),
                condition: parent.rare.condition.clone(),
                ..Circumstances::default()
            }),
        });
        self.inherit_loss(&parent, child, false);
        let slot = self.slot_of(to_agent);
        self.offer(self.slot_of_work(child), &Choice { slot, eligible: 1, rule: OfferRule::Named }, false);
        Ok(())
    }

    pub(super) fn check_transfer(
        &self,
        interaction: InteractionId,
        agent: AgentId,
        child: InteractionId,
    ) -> Result<&InteractionState, Refused> {
        let parent = self.check_held(interaction, agent, Stage::Active, Refusal::NotActive)?;
        self.check_new(child, "child")?;
        let is_pending = self.ringing_child(interaction).is_some();
        if is_pending { Err(Refusal::TransferPending.into()) } else { Ok(parent) }
    }

    /// Refuses a queue where the contact would wait for nobody (R33).
    pub(super) fn check_reachable(&self, queue: QueueId, medium: Medium) -> Result<(), Refusal> {
        let found = self.queue(queue);
        let redirect = found.state.redirect().and_then(|redirect| self.destination(redirect, &[]));
        if self.destination(queue, &[]).or(redirect).is_some() {
            return Ok(());
        }
        let is_live_contact = matches!(medium, Medium::Chat | Medium::Voice);
        if found.state.serves() && !self.has_staff(found) {
            return Err(Refusal::QueueUnstaffed);
        }
        if !found.state.serves() && is_live_contact { Err(Refusal::QueueClosed) } else { Ok(()) }
    }

    /// A child knows that its contact is away.
    fn inherit_loss(&mut self, parent: &InteractionState, child: InteractionId, is_waiting: bool) {
        // An exit may have taken the child at once.
        if parent.is_contact_lost && self.found(child).is_some() {
            let abandon_at_ms = (is_waiting && parent.is_abandonable).then_some(self.at_ms + CONTACT_LOST_MS);
            self.emit(ContactLostSeen { interaction: child, abandon_at_ms });
        }
    }

    /// A blind transfer nobody accepted: to the originator, else to overflow, else it waits on (R35).
    pub(crate) fn return_transfer(&mut self, interaction: InteractionId) {
        let state = self.interaction(interaction).expect("waiting work is live").clone();
        let preference = self.preference(state.rare.originator, state.queue, state.medium, state.units);
        if preference.is_none() {
            if let Some(queue) = self.destination_beyond(state.queue, &state.rare.visited) {
                self.overflow(interaction, queue, OverflowReason::NotAccepted);
                return;
            }
        }
        self.emit(InteractionRequeued {
            interaction,
            queue: state.queue,
            reason: RequeueReason::Returned,
            deadline_ms: state.deadline_ms,
            order: state.order,
            preferred_agent: preference.map(|(agent, _)| agent),
            preferred_until_ms: preference.map(|(_, until_ms)| until_ms),
            arrived_ms: state.arrived_ms,
            sla_at_ms: state.sla_at_ms.get(),
            overflow_at_ms: state.overflow_at_ms.get(),
            relax_at_ms: state.relax_at_ms.get(),
            share_ms: None,
        });
    }

    /// A person's named act; it may exceed capacity, which is recorded (R36).
    pub(crate) fn take(&mut self, interaction: InteractionId, agent: AgentId) -> Result<(), Refusal> {
        let found = self.agent(agent).ok_or(Refusal::UnknownAgent)?;
        let session = found.state.session;
        let state = self.interaction(interaction)?;
        let (stage, holder, epoch) = (state.stage, state.holder.get(), u64::from(state.epoch));
        if session == Session::Offline {
            return Err(Refusal::AgentOffline);
        }
        let is_dialled = state.rare.is_dialled;
        let is_handled =
            matches!(stage, Stage::Active | Stage::Interrupted | Stage::InFlow | Stage::Connecting);
        let in_own_hands = is_handled && holder == Some(agent);
        if state.rare.named_agent.is_some() || stage == Stage::Wrapping || in_own_hands {
            return Err(Refusal::NotTakeable);
        }
        let previous = holder.filter(|&holder| holder != agent);
        match stage {
            Stage::Offered if state.rings_at(agent) => {
                self.revoke_others(interaction, agent);
                self.emit(OfferAccepted { interaction, agent, epoch });
                self.take_waiting(interaction, agent);
            }
            Stage::Connecting if is_dialled => self.connect(interaction, agent, previous),
            Stage::Connecting => {
                self.activate(interaction, agent, ActivationCause::TakenOver, previous);
            }
            Stage::Active | Stage::Interrupted | Stage::InFlow => {
                self.cancel_child(interaction);
                self.leave_seat(interaction, agent);
                self.activate(interaction, agent, ActivationCause::TakenOver, previous);
            }
            Stage::Parked if previous.is_none() => {
                self.activate(interaction, agent, ActivationCause::Unparked, None);
            }
            Stage::Parked => self.activate(interaction, agent, ActivationCause::Taken, previous),
            _ => {
                self.revoke(interaction, RevokeReason::Taken);
                self.take_waiting(interaction, agent);
            }
        }
        Ok(())
    }

    /// What nobody had in hand is in this agent's hands, or is dialled by this agent.
    fn take_waiting(&mut self, interaction: InteractionId, agent: AgentId) {
        if self.known(interaction).state.rare.is_dialled {
            self.connect(interaction, agent, None);
        } else {
            self.activate(interaction, agent, ActivationCause::Taken, None);
        }
    }
}
