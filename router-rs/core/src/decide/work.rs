//! The life of an interaction: queue, offer, hands, wrap-up, end.

use super::configure::check_demand;
use super::connecting::Place;
use crate::command::{Accept, ChangeMedium, ContactWrote, Decline, Enqueue, ExtendWrapUp};
use crate::engine::Engine;
use crate::fact::{
    AbandonReason, ActivationCause, CancelReason, Circumstances, CloseReason, ContactBackSeen,
    ContactLostSeen, InteractionAbandoned, InteractionActivated, InteractionCancelled, InteractionClosed,
    InteractionInterrupted, InteractionParked, InteractionQueued, InteractionRequeued, InteractionResumed,
    MediumChanged, OfferAccepted, OfferDeclined, OfferRevoked, RequeueReason, RevokeReason, WrapUpExtended,
    WrapUpReason, WrapUpStarted,
};
use crate::interaction::InteractionState;
use crate::rare::Rare;
use crate::state::{Queue, Stage};
use crate::words::{
    AgentId, CONTACT_LOST_MS, DURATION_MS_MAX, INTERACTION_ID_MAX, INTERACTIONS_MAX, InteractionId, Medium,
    Millis, PRIORITY_MAX, QueueId, Refusal, Refused, Session, UNITS_MAX,
};

impl Engine {
    /// Returns until when work waits for its preferred agent alone, if that makes sense (R17).
    pub(crate) fn preference(
        &self,
        agent: Option<AgentId>,
        queue: QueueId,
        medium: Medium,
        units: u32,
    ) -> Option<(AgentId, Millis)> {
        let preferred_ms = self.queue(queue).state.config.preferred_ms;
        let agent = agent.filter(|_| preferred_ms > 0)?;
        self.agent(agent)?.may_come_free(medium, units).then_some((agent, self.at_ms + preferred_ms))
    }

    /// Returns the queue of an id.
    pub(crate) fn known_queue(&self, queue: QueueId) -> Result<&Queue, Refusal> {
        self.queues.get(queue).ok_or(Refusal::UnknownQueue)
    }

    pub(crate) fn check_room(&self, queue: &Queue, priority: u8) -> Result<(), Refusal> {
        let is_full = queue.waiting >= queue.state.config.waiting_max as usize && priority < PRIORITY_MAX;
        if is_full || self.work.len() >= INTERACTIONS_MAX { Err(Refusal::QueueFull) } else { Ok(()) }
    }

    /// Returns the queue work comes to: for the blocked another or none (R74).
    pub(crate) fn entrance(&self, command: &Enqueue) -> Result<&Queue, Refusal> {
        let queue = self.known_queue(command.queue)?;
        if !command.is_contact_blocked {
            return Ok(queue);
        }
        let instead = queue.state.config.blocked_queue.and_then(|queue| self.queues.get(queue));
        instead.ok_or(Refusal::ContactBlocked)
    }

    /// Returns whom an arrival prefers: who is named, or has other work of the contact and room for this (R78).
    pub(crate) fn preferred_of(&self, command: &Enqueue, queue: QueueId) -> Option<(AgentId, Millis)> {
        let Enqueue { medium, units, preferred_agent, linked, .. } = *command;
        let linked = linked.filter(|_| preferred_agent.is_none()).and_then(|linked| {
            let state = &self.found(linked)?.state;
            let is_in_hand =
                matches!(state.stage, Stage::Active | Stage::Interrupted | Stage::Wrapping | Stage::InFlow);
            let agent = self.agent(state.holder.get().filter(|_| is_in_hand)?)?;
            (self.queue(queue).state.serves() && self.has_room_for(agent, queue, medium, units))
                .then_some(agent.id)
        });
        let agent = preferred_agent.or(linked)?;
        self.preference(Some(agent), queue, medium, units)
    }

    /// Checks everything an `Enqueue` may be refused for, and returns the queue it comes to.
    pub(crate) fn check_enqueue(&self, command: &Enqueue) -> Result<&Queue, Refused> {
        let queue = self.entrance(command)?;
        // A place that is there already makes nothing longer (R90).
        if self.awaited(command).is_none() {
            self.check_room(queue, command.priority)?;
        }
        check_demand(&command.requirement, command.condition.as_ref(), "")?;
        let Enqueue { priority, units, arrived_ms, .. } = *command;
        if priority > PRIORITY_MAX {
            return Err(Refusal::BadValue.at("priority", &priority, format!("0 to {PRIORITY_MAX}")));
        }
        if !(1..=UNITS_MAX).contains(&units) {
            return Err(Refusal::BadValue.at("units", &units, format!("1 to {UNITS_MAX}")));
        }
        if arrived_ms < 0 {
            return Err(Refusal::BadValue.at("arrived_ms", &arrived_ms, "0 or later"));
        }
        self.check_schedule(command.is_dialled, command.not_before_ms)?;
        self.check_new(command.interaction, "interaction")?;
        Ok(queue)
    }

    /// Refuses an id that is out of bounds, or of work that is live.
    pub(crate) fn check_new(&self, interaction: InteractionId, path: &str) -> Result<(), Refused> {
        if interaction > INTERACTION_ID_MAX {
            return Err(Refusal::BadValue.at(path, &interaction, format!("0 to {INTERACTION_ID_MAX}")));
        }
        if self.work.has(interaction) { Err(Refusal::InteractionExists.into()) } else { Ok(()) }
    }

    pub(crate) fn enqueue(&mut self, command: &Enqueue) -> Result<(), Refused> {
        let found = self.check_enqueue(command)?;
        let (queue, is_short) = (found.state.config.queue, found.state.config.overflow_length.is_none());
        let Enqueue { interaction, medium, units, priority, linked, .. } = *command;
        // Another node's clock may be ahead; nobody has arrived in the future.
        let arrived_ms = command.arrived_ms.min(self.at_ms);
        let awaited = self.awaited(command);
        // Places are unique: the callback leaves before the call has its place.
        let left = awaited.map(|callback| self.end_awaited(callback));
        let not_before_ms = command.not_before_ms.filter(|&ms| ms > self.at_ms);
        let is_due = not_before_ms.is_none();
        let preference = self.preferred_of(command, queue).filter(|_| is_due);
        let found = self.queue(queue);
        let Place { arrived_ms, deadline_ms, order, share_ms } =
            self.place_of(found, arrived_ms, priority, left.as_ref());
        let (sla_at_ms, overflow_at_ms, relax_at_ms) = if is_due {
            let state = &found.state;
            (state.answer_at(arrived_ms), state.overflow_at(self.at_ms), state.relax_at(self.at_ms, 0))
        } else {
            (None, None, None)
        };
        self.arriving = self.foresee_arrival(found, command, relax_at_ms);
        self.emit_made(|_| InteractionQueued {
            interaction,
            queue,
            medium,
            units,
            priority,
            requirement: command.requirement.clone(),
            arrived_ms,
            deadline_ms,
            order,
            is_abandonable: command.is_abandonable && !command.is_dialled,
            sla_at_ms,
            overflow_at_ms,
            relax_at_ms,
            rare: Rare::new(Circumstances {
                preferred_agent: preference.map(|(agent, _)| agent),
                preferred_until_ms: preference.map(|(_, until_ms)| until_ms),
                condition: command.condition.clone(),
                share_ms,
                linked,
                is_dialled: command.is_dialled,
                not_before_ms,
                instead_of: awaited,
                ..Circumstances::default()
            }),
        });
        if is_due && awaited.is_none() && !is_short {
            self.overflow_by_length(interaction);
        }
        Ok(())
    }

    pub(crate) fn contact_wrote(&mut self, command: &ContactWrote) -> Result<(), Refused> {
        let mut interaction = command.interaction;
        // A message to a transferred conversation belongs to the child that waits.
        let child = |state: &InteractionState| state.rare.child.filter(|_| state.stage == Stage::Wrapping);
        while let Some(child) = self.interaction(interaction).ok().and_then(child) {
            interaction = child;
        }
        let Ok(state) = self.interaction(interaction) else {
            return self.enqueue(&command.otherwise);
        };
        let (stage, holder, is_lost) = (state.stage, state.holder.get(), state.is_contact_lost);
        match (stage, holder) {
            (Stage::Wrapping, Some(agent)) => {
                let is_here = self.agent(agent).is_some_and(|agent| agent.state.session != Session::Offline);
                if !is_here {
                    self.check_enqueue(&command.otherwise)?;
                    self.emit(InteractionClosed { interaction, agent, reason: CloseReason::AgentLost });
                    return self.enqueue(&command.otherwise);
                }
                self.activate(interaction, agent, ActivationCause::ContactWrote, None);
            }
            (Stage::Parked, Some(owner)) => self.unpark_to_queue(interaction, owner),
            _ => {}
        }
        self.pass_turn(interaction);
        if is_lost {
            self.emit(ContactBackSeen { interaction });
        }
        Ok(())
    }

    /// Parked work takes its place by the time of the contact's message, its owner first (R32).
    fn unpark_to_queue(&mut self, interaction: InteractionId, owner: AgentId) {
        let state = self.interaction(interaction).expect("parked work is live").clone();
        let owner = Some(owner).filter(|&owner| self.is_on_shift(owner));
        let preference = self.preference(owner, state.queue, state.medium, state.units);
        let (deadline_ms, share_ms) = self.queue(state.queue).place(self.at_ms, state.priority);
        let queue = &self.queue(state.queue).state;
        self.emit(InteractionRequeued {
            interaction,
            queue: state.queue,
            reason: RequeueReason::ContactWrote,
            deadline_ms,
            order: self.next_order,
            preferred_agent: preference.map(|(agent, _)| agent),
            preferred_until_ms: preference.map(|(_, until_ms)| until_ms),
            arrived_ms: self.at_ms,
            sla_at_ms: queue.answer_at(self.at_ms),
            overflow_at_ms: queue.overflow_at(self.at_ms),
            relax_at_ms: queue.relax_at(self.at_ms, 0),
            share_ms,
        });
    }

    pub(crate) fn contact_lost(&mut self, interaction: InteractionId) -> Result<(), Refusal> {
        let state = self.interaction(interaction)?;
        if !state.is_contact_lost {
            let is_waiting = state.is_untaken() && state.rare.named_agent.is_none();
            let abandon_at_ms = (is_waiting && state.is_abandonable).then_some(self.at_ms + CONTACT_LOST_MS);
            self.emit(ContactLostSeen { interaction, abandon_at_ms });
        }
        Ok(())
    }

    pub(crate) fn contact_back(&mut self, interaction: InteractionId) -> Result<(), Refusal> {
        if self.interaction(interaction)?.is_contact_lost {
            self.emit(ContactBackSeen { interaction });
        }
        Ok(())
    }

    pub(crate) fn contact_left(&mut self, interaction: InteractionId) -> Result<(), Refusal> {
        let state = self.interaction(interaction)?;
        let (stage, holder, is_abandonable) = (state.stage, state.holder.get(), state.is_abandonable);
        match (stage, holder) {
            (Stage::Offered | Stage::Connecting, _) if state.rare.named_agent.is_some() => {
                self.cancel(interaction, Some(RevokeReason::ContactLeft), CancelReason::ContactLeft);
            }
            (Stage::Queued | Stage::Offered | Stage::Connecting, _) if is_abandonable => {
                self.abandon(interaction, RevokeReason::ContactLeft, AbandonReason::Left);
            }
            (Stage::Active | Stage::Interrupted | Stage::InFlow, Some(agent)) => {
                self.cancel_child(interaction);
                self.end_conference(interaction);
                self.wrap_up(interaction, agent, WrapUpReason::ContactLeft, CloseReason::ContactLeft);
            }
            (Stage::Parked, Some(agent)) => {
                self.emit(InteractionClosed { interaction, agent, reason: CloseReason::ContactLeft });
            }
            _ => {}
        }
        Ok(())
    }

    /// The contact is gone: its offer ends with it (I5).
    pub(crate) fn abandon(
        &mut self,
        interaction: InteractionId,
        revoke: RevokeReason,
        reason: AbandonReason,
    ) {
        let state = self.interaction(interaction).expect("waiting work is live");
        let (queue, waited_ms) = (state.queue, self.at_ms - state.arrived_ms);
        self.revoke(interaction, revoke);
        self.emit(InteractionAbandoned { interaction, queue, waited_ms, reason });
    }

    /// Records that a ringing offer was taken back; what happens to the work is the next fact.
    pub(crate) fn revoke(&mut self, interaction: InteractionId, reason: RevokeReason) {
        let state = self.interaction(interaction).expect("offered work is live");
        let epoch = state.epoch.into();
        for agent in state.ringing() {
            self.emit(OfferRevoked { interaction, agent, epoch, reason });
        }
    }

    /// The first to accept or take a broadcast has it; it stops ringing at the others (R73).
    pub(crate) fn revoke_others(&mut self, interaction: InteractionId, agent: AgentId) {
        let state = self.interaction(interaction).expect("offered work is live");
        if state.rare.also.is_empty() {
            return;
        }
        let (epoch, reason) = (state.epoch.into(), RevokeReason::Taken);
        for other in state.ringing().into_iter().filter(|&other| other != agent) {
            self.emit(OfferRevoked { interaction, agent: other, epoch, reason });
        }
    }

    /// Ends an agent transfer that was not accepted.
    pub(crate) fn cancel(
        &mut self,
        interaction: InteractionId,
        revoke: Option<RevokeReason>,
        reason: CancelReason,
    ) {
        if let Some(revoke) = revoke {
            self.revoke(interaction, revoke);
        }
        self.emit(InteractionCancelled { interaction, reason });
    }

    /// Ends the agent transfer that rings for this work, or the consult about it, if there is one.
    pub(crate) fn cancel_child(&mut self, interaction: InteractionId) {
        if let Some(child) = self.ringing_child(interaction) {
            if !self.close_bonded(child, CloseReason::ParentMoved) {
                self.cancel(child, Some(RevokeReason::Cancelled), CancelReason::ParentMoved);
            }
        }
    }

    pub(crate) fn ringing_child(&self, interaction: InteractionId) -> Option<InteractionId> {
        let child = self.interaction(interaction).ok()?.rare.child?;
        let rare = &self.interaction(child).ok()?.rare;
        (rare.named_agent.is_some() || rare.bond.is_some()).then_some(child)
    }

    /// Takes an offer back from an agent who is gone; where it rings at others too, from this one alone (R73).
    pub(crate) fn take_back_from(
        &mut self,
        agent: AgentId,
        interaction: InteractionId,
        revoke: RevokeReason,
        reason: RequeueReason,
    ) {
        let state = self.interaction(interaction).expect("offered work is live");
        if state.rare.also.is_empty() {
            self.take_offer_back(interaction, revoke, reason);
        } else {
            let epoch = state.epoch.into();
            self.emit(OfferRevoked { interaction, agent, epoch, reason: revoke });
        }
    }

    /// Takes an offer back whole; an agent transfer ends with it.
    pub(crate) fn take_offer_back(
        &mut self,
        interaction: InteractionId,
        revoke: RevokeReason,
        reason: RequeueReason,
    ) {
        let is_named = self.interaction(interaction).is_ok_and(|state| state.rare.named_agent.is_some());
        if is_named {
            let cancel = match reason {
                RequeueReason::AgentRemoved => CancelReason::AgentRemoved,
                _ => CancelReason::AgentLost,
            };
            self.cancel(interaction, Some(revoke), cancel);
        } else {
            self.revoke(interaction, revoke);
            self.requeue(interaction, reason);
        }
    }

    /// Puts offered work back in its original place (I6), hands a late transfer back (R35), or ends a late consult.
    pub(crate) fn requeue(&mut self, interaction: InteractionId, reason: RequeueReason) {
        let state = self.interaction(interaction).expect("offered work is live").clone();
        if state.rare.return_at_ms.is_some_and(|return_at_ms| return_at_ms <= self.at_ms) {
            self.return_transfer(interaction);
            return;
        }
        // A consult that began to connect in time has none left (R87).
        let is_late = state.rare.consult_until_ms.is_some_and(|until_ms| until_ms <= self.at_ms);
        if is_late && state.stage == Stage::Connecting {
            self.cancel(interaction, None, CancelReason::TimedOut);
            return;
        }
        self.emit(InteractionRequeued {
            interaction,
            queue: state.queue,
            reason,
            deadline_ms: state.deadline_ms,
            order: state.order,
            preferred_agent: None,
            preferred_until_ms: None,
            arrived_ms: state.arrived_ms,
            sla_at_ms: state.sla_at_ms.get(),
            overflow_at_ms: state.overflow_at_ms.get(),
            relax_at_ms: state.relax_at_ms.get(),
            share_ms: None,
        });
    }

    /// Work whose agent is lost goes to the head of its queue.
    pub(crate) fn return_to_head(&mut self, interaction: InteractionId, reason: RequeueReason) {
        let is_removed = reason == RequeueReason::AgentRemoved;
        if self.close_bonded(
            interaction,
            if is_removed { CloseReason::AgentRemoved } else { CloseReason::AgentLost },
        ) {
            return;
        }
        self.cancel_child(interaction);
        if self.hand_over_to_first(interaction) {
            return;
        }
        let state = self.interaction(interaction).expect("work in hand is live").clone();
        let queue = &self.queue(state.queue).state;
        let deadline_ms = queue.head_ms();
        let (overflow_at_ms, relax_at_ms) = (queue.overflow_at(self.at_ms), queue.relax_at(self.at_ms, 0));
        self.emit(InteractionRequeued {
            interaction,
            queue: state.queue,
            reason,
            deadline_ms,
            order: state.order,
            preferred_agent: None,
            preferred_until_ms: None,
            arrived_ms: state.arrived_ms,
            sla_at_ms: None,
            overflow_at_ms,
            relax_at_ms,
            share_ms: None,
        });
        if state.is_contact_lost && state.is_abandonable {
            let abandon_at_ms = Some(self.at_ms + CONTACT_LOST_MS);
            self.emit(ContactLostSeen { interaction, abandon_at_ms });
        }
    }

    // --- in hand ----------------------------------------------------------------------------------

    pub(crate) fn activate(
        &mut self,
        interaction: InteractionId,
        agent: AgentId,
        cause: ActivationCause,
        previous_agent: Option<AgentId>,
    ) {
        let state = self.interaction(interaction).expect("the command named live work");
        let holds_units = state.holder.is(agent) && state.stage != Stage::Parked;
        let found = self.agent(agent).expect("the command named a known agent");
        let is_over_capacity = !holds_units && !found.has_room(state.medium, state.units);
        let is_call = state.medium == Medium::Voice;
        self.emit(InteractionActivated { interaction, agent, cause, previous_agent, is_over_capacity });
        if is_call {
            self.interrupt_for(interaction, agent);
        }
    }

    /// What gives way to a call does so, where voice is exclusive (R55).
    pub(crate) fn interrupt_for(&mut self, by: InteractionId, agent: AgentId) {
        let found = self.agent(agent).expect("the command named a known agent");
        let config = &found.state.config;
        if !config.voice_exclusive || config.interruptible.is_empty() {
            return;
        }
        let yields = |work: &InteractionId| {
            let state = &self.known(*work).state;
            state.stage == Stage::Active && config.interruptible.contains(&state.medium)
        };
        let yielding: Vec<_> = found.work.iter().filter(yields).collect();
        for interaction in yielding {
            self.emit(InteractionInterrupted { interaction, agent, by });
        }
    }

    /// After the last call and its wrap-up, what gave way comes back in hand (R55).
    pub(crate) fn resume(&mut self, agent: AgentId) {
        let found = self.agent(agent).expect("a settled agent is known");
        let is_interrupted = |work: &InteractionId| self.known(*work).state.stage == Stage::Interrupted;
        let all: Vec<_> = found.work.iter().filter(is_interrupted).collect();
        for interaction in all {
            self.emit(InteractionResumed { interaction, agent });
        }
    }

    /// The agent goes on in another medium, above capacity if need be (R57).
    pub(crate) fn change_medium(&mut self, command: &ChangeMedium) -> Result<(), Refused> {
        let ChangeMedium { interaction, agent, medium, units } = *command;
        let state = self.check_held(interaction, agent, Stage::Active, Refusal::NotActive)?;
        if !(1..=UNITS_MAX).contains(&units) {
            return Err(Refusal::BadValue.at("units", &units, format!("1 to {UNITS_MAX}")));
        }
        let before = (state.medium, state.units);
        if before == (medium, units) {
            return Ok(());
        }
        self.check_alone(interaction)?;
        self.cancel_child(interaction);
        let is_over_capacity =
            !self.agent(agent).is_some_and(|agent| agent.may_change(before, medium, units));
        self.emit(MediumChanged { interaction, agent, medium, units, is_over_capacity });
        if medium == Medium::Voice {
            self.interrupt_for(interaction, agent);
        }
        Ok(())
    }

    /// Checks that the offer of this epoch rings at this agent.
    fn check_offer(
        &self,
        interaction: InteractionId,
        agent: AgentId,
        epoch: u64,
    ) -> Result<&InteractionState, Refusal> {
        let state = self.interaction(interaction)?;
        let is_ringing = state.rings_at(agent) && u64::from(state.epoch) == epoch;
        if is_ringing { Ok(state) } else { Err(Refusal::NotOffered) }
    }

    pub(crate) fn accept(&mut self, command: &Accept) -> Result<(), Refusal> {
        let Accept { interaction, agent, epoch, is_connecting } = *command;
        let is_dialled = self.check_offer(interaction, agent, epoch)?.rare.is_dialled;
        self.revoke_others(interaction, agent);
        self.emit(OfferAccepted { interaction, agent, epoch });
        if is_connecting || is_dialled {
            self.connect(interaction, agent, None);
        } else {
            self.hand_to(interaction, agent, ActivationCause::Accepted);
        }
        Ok(())
    }

    /// Brings accepted work into hand; the sender of an agent transfer wraps up (R34).
    pub(crate) fn hand_to(&mut self, interaction: InteractionId, agent: AgentId, cause: ActivationCause) {
        let rare = &self.known(interaction).state.rare;
        let is_transfer = rare.named_agent.is_some() && rare.bond.is_none();
        let parent = rare.parent.filter(|_| is_transfer);
        let sender = parent.and_then(|parent| self.interaction(parent).ok()?.holder.get());
        self.activate(interaction, agent, cause, sender);
        if let (Some(parent), Some(sender)) = (parent, sender) {
            self.wrap_up(parent, sender, WrapUpReason::Transferred, CloseReason::Completed);
        }
    }

    pub(crate) fn decline(&mut self, command: &Decline) -> Result<(), Refusal> {
        let Decline { interaction, agent, epoch, ref reason } = *command;
        let state = self.check_offer(interaction, agent, epoch)?;
        let (is_named, rings_on) = (state.rare.named_agent.is_some(), !state.rare.also.is_empty());
        let until_ms = self.at_ms + self.queue(state.queue).state.config.decline_ms;
        self.emit(OfferDeclined { interaction, agent, epoch, reason: reason.clone(), until_ms });
        if rings_on {
            // The others still have it (R73).
        } else if is_named {
            self.cancel(interaction, None, CancelReason::Declined);
        } else {
            self.requeue(interaction, RequeueReason::Declined);
        }
        Ok(())
    }

    /// Checks that the agent has this work at this stage.
    pub(crate) fn check_held(
        &self,
        interaction: InteractionId,
        agent: AgentId,
        stage: Stage,
        refusal: Refusal,
    ) -> Result<&InteractionState, Refusal> {
        let state = self.interaction(interaction)?;
        if state.stage != stage {
            return Err(refusal);
        }
        if state.holder.is(agent) { Ok(state) } else { Err(Refusal::NotOwner) }
    }

    /// Starts wrap-up, or closes at once where the queue gives it no time.
    pub(crate) fn wrap_up(
        &mut self,
        interaction: InteractionId,
        agent: AgentId,
        reason: WrapUpReason,
        otherwise: CloseReason,
    ) {
        let wrap_up_ms = self.queues.at(self.known(interaction).queue_at).state.config.wrap_up_ms;
        if wrap_up_ms == 0 {
            self.emit(InteractionClosed { interaction, agent, reason: otherwise });
        } else {
            self.emit(WrapUpStarted { interaction, agent, reason, until_ms: self.at_ms + wrap_up_ms });
        }
    }

    pub(crate) fn end(&mut self, interaction: InteractionId, agent: AgentId) -> Result<(), Refusal> {
        let state = self.interaction(interaction)?;
        let (stage, is_owner, has_more) = (state.stage, state.holder.is(agent), state.rare.found().is_some());
        if has_more && state.rare.bond.is_some() {
            return self.end_bonded(interaction, agent);
        }
        match (stage, is_owner) {
            (Stage::Parked, true) => {
                self.emit(InteractionClosed { interaction, agent, reason: CloseReason::Completed });
                return Ok(());
            }
            (Stage::Active, true) => {}
            (Stage::Active, false) => return Err(Refusal::NotOwner),
            _ => return Err(Refusal::NotActive),
        }
        if has_more {
            self.cancel_child(interaction);
            self.end_conference(interaction);
        }
        self.wrap_up(interaction, agent, WrapUpReason::Ended, CloseReason::Completed);
        Ok(())
    }

    pub(crate) fn complete(&mut self, interaction: InteractionId, agent: AgentId) -> Result<(), Refusal> {
        self.check_held(interaction, agent, Stage::Wrapping, Refusal::NotWrapping)?;
        self.emit(InteractionClosed { interaction, agent, reason: CloseReason::Completed });
        Ok(())
    }

    pub(crate) fn extend_wrap_up(&mut self, command: &ExtendWrapUp) -> Result<(), Refused> {
        let ExtendWrapUp { interaction, agent, by_ms } = *command;
        let state = self.check_held(interaction, agent, Stage::Wrapping, Refusal::NotWrapping)?;
        if !(1..=DURATION_MS_MAX).contains(&by_ms) {
            return Err(Refusal::BadValue.at("by_ms", &by_ms, format!("1 to {DURATION_MS_MAX}")));
        }
        let until_ms = state.until_ms.get().expect("wrap-up has an end") + by_ms;
        self.emit(WrapUpExtended { interaction, agent, until_ms });
        Ok(())
    }

    pub(crate) fn park(&mut self, interaction: InteractionId, agent: AgentId) -> Result<(), Refusal> {
        self.check_held(interaction, agent, Stage::Active, Refusal::NotActive)?;
        self.check_alone(interaction)?;
        self.cancel_child(interaction);
        self.emit(InteractionParked { interaction, agent });
        Ok(())
    }

    pub(crate) fn unpark(&mut self, interaction: InteractionId, agent: AgentId) -> Result<(), Refusal> {
        self.check_held(interaction, agent, Stage::Parked, Refusal::NotParked)?;
        if self.agent(agent).is_none_or(|agent| agent.state.session == Session::Offline) {
            return Err(Refusal::AgentOffline);
        }
        self.activate(interaction, agent, ActivationCause::Unparked, None);
        Ok(())
    }
}
