//! Asking a colleague while the contact holds on, and conferences: work of our own beside the contact's (R79–R82).

use super::configure::check_requirement;
use crate::command::{Command, CompleteConsult, Consult, HandOver, MergeConsult};
use crate::engine::Engine;
use crate::fact::{
    ActivationCause, CancelReason, Circumstances, CloseReason, ConferenceJoined, ConsultCompleted,
    InteractionClosed, InteractionQueued, OfferRule, RevokeReason, WrapUpReason,
};
use crate::interaction::InteractionState;
use crate::levels::Levels;
use crate::rare::Rare;
use crate::settle::Choice;
use crate::state::{Bond, Stage};
use crate::words::{AgentId, InteractionId, Millis, QueueId, Refusal, Refused, SEATS_MAX};

/// Whom a consult is for.
enum Asked {
    /// It rings there alone.
    Agent(AgentId),
    /// It waits in the queue's order.
    Queue(QueueId),
}

impl Engine {
    /// Refuses for a consult or a seat what only the contact's own work can undergo (R79).
    pub(crate) fn check_contacts(&self, command: &Command) -> Result<(), Refusal> {
        let interaction = match command {
            Command::ContactWrote(command) => command.interaction,
            Command::ContactLost(command) => command.interaction,
            Command::ContactBack(command) => command.interaction,
            Command::ContactLeft(command) => command.interaction,
            Command::AgentWrote(command) => command.interaction,
            Command::Park(command) => command.interaction,
            Command::ChangeMedium(command) => command.interaction,
            Command::TransferToQueue(command) => command.interaction,
            Command::TransferToAgent(command) => command.interaction,
            Command::Consult(command) => command.interaction,
            Command::Hold(command) => command.interaction,
            Command::HandToFlow(command) => command.interaction,
            Command::Take(command) => command.interaction,
            _ => return Ok(()),
        };
        let is_bonded = self.found(interaction).is_some_and(|work| work.state.rare.bond.is_some());
        if is_bonded { Err(Refusal::NotContacts) } else { Ok(()) }
    }

    /// Refuses what would leave the others of a conference behind (R81).
    pub(crate) fn check_alone(&self, interaction: InteractionId) -> Result<(), Refusal> {
        let has_others = self.found(interaction).is_some_and(|work| !work.state.rare.seats.is_empty());
        if has_others { Err(Refusal::InConference) } else { Ok(()) }
    }

    /// Asks one agent, or whoever of a queue can come first; the contact stays with who asks (R79).
    pub(crate) fn consult(&mut self, command: &Consult) -> Result<(), Refused> {
        let Consult { interaction, agent, child, to_agent, queue, ref requirement } = *command;
        let parent = self.check_transfer(interaction, agent, child)?.clone();
        match (to_agent, queue) {
            (Some(to_agent), None) => {
                let target = self.agent(to_agent).ok_or(Refusal::UnknownAgent)?;
                if to_agent == agent || !target.can_take(parent.medium, parent.units) {
                    return Err(Refusal::AgentNotAvailable.into());
                }
                self.ask(&parent, command, &Asked::Agent(to_agent));
                let slot = self.slot_of(to_agent);
                self.offer(
                    self.slot_of_work(child),
                    &Choice { slot, eligible: 1, rule: OfferRule::Named },
                    false,
                );
            }
            (None, Some(queue)) => {
                check_requirement(requirement, "requirement")?;
                self.check_room(self.known_queue(queue)?, parent.priority)?;
                self.check_reachable(queue, parent.medium)?;
                self.ask(&parent, command, &Asked::Queue(queue));
            }
            (both, _) => {
                let found =
                    if both.is_some() { "an agent and a queue" } else { "neither an agent nor a queue" };
                return Err(Refusal::BadValue.at("to_agent", &found, "an agent or a queue"));
            }
        }
        Ok(())
    }

    /// Makes the consult: in the queue it has the place of its contact, who is waiting for the answer.
    fn ask(&mut self, parent: &InteractionState, command: &Consult, asked: &Asked) {
        let consult_ms = self.queue(parent.queue).state.config.consult_ms;
        let own = (parent.requirement.clone(), parent.rare.condition.clone());
        let (queue, named_agent, (requirement, condition)) = match *asked {
            Asked::Agent(agent) => (parent.queue, Some(agent), own),
            Asked::Queue(queue) => (queue, None, (Levels::from(&command.requirement[..]), None)),
        };
        let target = self.queue(queue);
        let (deadline_ms, share_ms) = match asked {
            Asked::Agent(_) => (parent.deadline_ms, None),
            Asked::Queue(_) => target.place(parent.arrived_ms, parent.priority),
        };
        let waits = |due_ms: Option<Millis>| due_ms.filter(|_| named_agent.is_none());
        let fact = InteractionQueued {
            interaction: command.child,
            queue,
            medium: parent.medium,
            units: parent.units,
            priority: parent.priority,
            requirement,
            arrived_ms: self.at_ms,
            deadline_ms,
            order: self.next_order,
            is_abandonable: false,
            sla_at_ms: None,
            overflow_at_ms: waits(target.state.overflow_at(self.at_ms)),
            relax_at_ms: waits(target.state.relax_at(self.at_ms, 0)),
            rare: Rare::new(Circumstances {
                parent: Some(parent.interaction),
                originator: Some(command.agent),
                named_agent,
                condition,
                share_ms,
                consult_until_ms: Some(self.at_ms + consult_ms),
                ..Circumstances::default()
            }),
        };
        self.emit(fact);
    }

    /// Returns a consult that a colleague has accepted, with the contact's work, which this agent has in hand.
    fn accepted_consult(
        &self,
        child: InteractionId,
        agent: AgentId,
    ) -> Result<(InteractionId, AgentId), Refusal> {
        let state = self.interaction(child)?;
        if state.rare.bond != Some(Bond::Consult) || state.stage != Stage::Active {
            return Err(Refusal::NotConsult);
        }
        let parent = state.rare.parent.expect("a consult has a parent");
        self.check_held(parent, agent, Stage::Active, Refusal::NotActive)?;
        Ok((parent, state.holder.get().expect("active work has a holder")))
    }

    /// The colleague has the contact from here on, as after an agent transfer (R80).
    pub(crate) fn complete_consult(&mut self, command: &CompleteConsult) -> Result<(), Refusal> {
        let (parent, colleague) = self.accepted_consult(command.interaction, command.agent)?;
        self.check_alone(parent)?;
        let (child, owner) = (command.interaction, command.agent);
        self.emit(ConsultCompleted { interaction: parent, child, agent: colleague });
        self.wrap_up(parent, owner, WrapUpReason::Transferred, CloseReason::Completed);
        Ok(())
    }

    /// The colleague takes a seat beside the owner (R81).
    pub(crate) fn merge_consult(&mut self, command: &MergeConsult) -> Result<(), Refusal> {
        let (parent, colleague) = self.accepted_consult(command.interaction, command.agent)?;
        if self.seat_of(parent, colleague).is_some() {
            return Err(Refusal::InConference);
        }
        if self.known(parent).state.rare.seats.len() >= SEATS_MAX {
            return Err(Refusal::ConferenceFull);
        }
        self.emit(ConferenceJoined { interaction: parent, child: command.interaction, agent: colleague });
        Ok(())
    }

    /// The owner leaves, without wrap-up, and the one who is named owes it (R82).
    pub(crate) fn hand_over(&mut self, command: &HandOver) -> Result<(), Refusal> {
        let HandOver { interaction, agent, to_agent } = *command;
        self.check_held(interaction, agent, Stage::Active, Refusal::NotActive)?;
        let seat = self.seat_of(interaction, to_agent).filter(|&seat| self.is_active(seat));
        let seat = seat.ok_or(Refusal::NotInConference)?;
        self.cancel_child(interaction);
        self.promote(interaction, seat);
        Ok(())
    }

    /// The owner was lost: who has been in the conference the longest is the owner; else it is over (R82).
    pub(crate) fn hand_over_to_first(&mut self, interaction: InteractionId) -> bool {
        let seats = &self.known(interaction).state.rare.seats;
        let first = seats.iter().copied().find(|&seat| self.is_active(seat));
        match first {
            Some(seat) => self.promote(interaction, seat),
            None => self.end_conference(interaction),
        }
        first.is_some()
    }

    /// Gives the contact's work to who has this seat, whose units it takes.
    fn promote(&mut self, interaction: InteractionId, seat: InteractionId) {
        let before = self.known(interaction).state.holder.get();
        let agent = self.known(seat).state.holder.get().expect("a seat has a holder");
        self.emit(InteractionClosed { interaction: seat, agent, reason: CloseReason::HandedOver });
        self.activate(interaction, agent, ActivationCause::HandedOver, before);
    }

    fn is_active(&self, interaction: InteractionId) -> bool {
        self.found(interaction).is_some_and(|work| work.state.stage == Stage::Active)
    }

    /// Returns the agent's seat in the conference about this work.
    pub(crate) fn seat_of(&self, interaction: InteractionId, agent: AgentId) -> Option<InteractionId> {
        let seats = &self.found(interaction)?.state.rare.seats;
        seats.iter().copied().find(|&seat| self.known(seat).state.holder.is(agent))
    }

    /// Whoever takes the work over needs no seat beside it.
    pub(crate) fn leave_seat(&mut self, interaction: InteractionId, agent: AgentId) {
        if let Some(seat) = self.seat_of(interaction, agent) {
            self.close_bonded(seat, CloseReason::HandedOver);
        }
    }

    /// All others leave with the contact.
    pub(crate) fn end_conference(&mut self, interaction: InteractionId) {
        for seat in self.known(interaction).state.rare.seats.clone() {
            self.close_bonded(seat, CloseReason::ParentMoved);
        }
    }

    /// Closes a consult or a seat that a colleague has in hand, without wrap-up; says whether it was one.
    pub(crate) fn close_bonded(&mut self, interaction: InteractionId, reason: CloseReason) -> bool {
        let state = &self.known(interaction).state;
        let is_in_hand = matches!(state.stage, Stage::Active | Stage::Interrupted);
        let agent = state.holder.get().filter(|_| state.rare.bond.is_some() && is_in_hand);
        if let Some(agent) = agent {
            self.emit(InteractionClosed { interaction, agent, reason });
        }
        agent.is_some()
    }

    /// A consult or a seat is over, said by who has it or by the contact's owner, who goes on alone (R80, R81).
    pub(crate) fn end_bonded(&mut self, interaction: InteractionId, agent: AgentId) -> Result<(), Refusal> {
        let state = self.interaction(interaction)?;
        let parent = state.rare.parent.and_then(|parent| self.found(parent));
        let is_owner = parent.is_some_and(|parent| parent.state.holder.is(agent));
        if !is_owner && (state.is_untaken() || !state.holder.is(agent)) {
            return Err(Refusal::NotOwner);
        }
        let is_seat = state.rare.bond == Some(Bond::Seat);
        let reason = if is_seat { CloseReason::SeatLeft } else { CloseReason::ConsultEnded };
        if !self.close_bonded(interaction, reason) {
            self.cancel(interaction, Some(RevokeReason::Cancelled), CancelReason::Withdrawn);
        }
        Ok(())
    }

    // --- folding ----------------------------------------------------------------------------------

    /// The consult is the contact's work now: it has the contact's arrival, and may be abandoned as it could.
    pub(crate) fn fold_consult_completed(&mut self, fact: &ConsultCompleted) {
        let InteractionState { arrived_ms, is_abandonable, is_contact_lost, .. } =
            self.known(fact.interaction).state;
        self.amend(fact.child, |child| {
            child.rare.bond = None;
            (child.arrived_ms, child.is_abandonable) = (arrived_ms, is_abandonable);
            child.is_contact_lost = is_contact_lost;
        });
    }

    /// The owner may ask another: a seat is no open consult.
    pub(crate) fn fold_conference_joined(&mut self, fact: &ConferenceJoined) {
        self.amend(fact.child, |child| child.rare.bond = Some(Bond::Seat));
        self.amend(fact.interaction, |parent| {
            parent.rare.child = None;
            parent.unhold();
            parent.rare.seats.push(fact.child);
        });
    }
}
