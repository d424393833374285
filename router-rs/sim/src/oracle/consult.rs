//! Work of our own beside the contact's: consults and seats in conferences (R79–R82).

use ucc_router_core::command::{Command, Consult};
use ucc_router_core::fact::{
    ActivationCause, CancelReason, CloseReason, ConferenceJoined, ConsultCompleted, OfferRule, RevokeReason,
    WrapUpReason,
};
use ucc_router_core::words::{AgentId, InteractionId, Refusal, SEATS_MAX};

use super::commands::{Decision, check_requirement};
use super::{Oracle, Stage, Work};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bond {
    Consult,
    Seat,
}

impl Oracle {
    /// R79: what only the contact's own work can undergo.
    pub(super) fn check_contacts(&self, command: &Command) -> Decision {
        let named = match command {
            Command::ContactWrote(c) => c.interaction,
            Command::ContactLost(c) => c.interaction,
            Command::ContactBack(c) => c.interaction,
            Command::ContactLeft(c) => c.interaction,
            Command::AgentWrote(c) => c.interaction,
            Command::Park(c) => c.interaction,
            Command::ChangeMedium(c) => c.interaction,
            Command::TransferToQueue(c) => c.interaction,
            Command::TransferToAgent(c) => c.interaction,
            Command::Consult(c) => c.interaction,
            Command::Hold(c) => c.interaction,
            Command::HandToFlow(c) => c.interaction,
            Command::Take(c) => c.interaction,
            _ => return Ok(()),
        };
        match self.work.get(&named) {
            Some(Work { bond: Some(_), .. }) => Err(Refusal::NotContacts),
            _ => Ok(()),
        }
    }

    /// R81.
    pub(super) fn check_alone(&self, interaction: InteractionId) -> Decision {
        if self.work[&interaction].seats.is_empty() { Ok(()) } else { Err(Refusal::InConference) }
    }

    /// R79.
    pub(super) fn consult(&mut self, command: &Consult) -> Decision {
        let Consult { interaction, agent, child, to_agent, queue, ref requirement } = *command;
        let parent = self.check_transfer(interaction, agent, child)?;
        let until_ms = self.at_ms + self.queues[&parent.queue].config.consult_ms;
        let mut share_ms = None;
        match (to_agent, queue) {
            (Some(colleague), None) => {
                let target = self.agents.get(&colleague).ok_or(Refusal::UnknownAgent)?;
                if colleague == agent || !self.can_take(target, parent.medium, parent.units) {
                    return Err(Refusal::AgentNotAvailable);
                }
            }
            (None, Some(queue)) => {
                check_requirement(requirement)?;
                self.check_room(queue, parent.priority)?;
                self.check_reachable(queue, parent.medium)?;
            }
            _ => return Err(Refusal::BadValue),
        }
        let mut work = self.child_of(&parent, child);
        work.bond = Some(Bond::Consult);
        work.consult_until_ms = Some(until_ms);
        work.arrived_ms = self.at_ms;
        work.is_abandonable = false;
        work.originator = Some(agent);
        work.excluded = vec![(agent, until_ms)];
        work.is_named = to_agent.is_some();
        if let Some(queue) = queue {
            let target = &self.queues[&queue];
            work.overflow_at_ms = target.overflow_at(self.at_ms);
            work.relax_at_ms = target.relax_at(self.at_ms, 0);
            work.queue = queue;
            work.condition = None;
            work.requirement.clone_from(requirement);
            (work.deadline_ms, share_ms) = self.place(queue, parent.arrived_ms, parent.priority);
        }
        self.add(work, to_agent, share_ms, None, None);
        if let Some(colleague) = to_agent {
            self.offer(child, colleague, OfferRule::Named, 1, false);
        }
        Ok(())
    }

    fn accepted_consult(&self, child: InteractionId, agent: AgentId) -> Result<(Work, AgentId), Refusal> {
        let work = self.find(child)?;
        let (Some(Bond::Consult), Stage::Active { agent: colleague }) = (work.bond, work.stage) else {
            return Err(Refusal::NotConsult);
        };
        let parent = self.held(work.parent.expect("of a consult"), agent, 'a', Refusal::NotActive)?;
        Ok((parent.clone(), colleague))
    }

    /// R80.
    pub(super) fn complete_consult(&mut self, child: InteractionId, agent: AgentId) -> Decision {
        let (parent, colleague) = self.accepted_consult(child, agent)?;
        self.check_alone(parent.id)?;
        let work = self.entry(child);
        work.bond = None;
        work.arrived_ms = parent.arrived_ms;
        work.is_abandonable = parent.is_abandonable;
        work.is_contact_lost = parent.is_contact_lost;
        self.note(ConsultCompleted { interaction: parent.id, child, agent: colleague });
        self.wrap_up(parent.id, agent, WrapUpReason::Transferred, CloseReason::Completed);
        Ok(())
    }

    /// R81.
    pub(super) fn merge_consult(&mut self, child: InteractionId, agent: AgentId) -> Decision {
        let (parent, colleague) = self.accepted_consult(child, agent)?;
        if self.seat_of(parent.id, colleague).is_some() {
            return Err(Refusal::InConference);
        }
        if parent.seats.len() == SEATS_MAX {
            return Err(Refusal::ConferenceFull);
        }
        self.entry(child).bond = Some(Bond::Seat);
        let work = self.entry(parent.id);
        work.child = None;
        work.is_held = false;
        work.seats.push(child);
        self.note(ConferenceJoined { interaction: parent.id, child, agent: colleague });
        Ok(())
    }

    /// R82.
    pub(super) fn hand_over(
        &mut self,
        interaction: InteractionId,
        agent: AgentId,
        to_agent: AgentId,
    ) -> Decision {
        self.held(interaction, agent, 'a', Refusal::NotActive)?;
        let seat = self.seat_of(interaction, to_agent).ok_or(Refusal::NotInConference)?;
        if self.work[&seat].stage != (Stage::Active { agent: to_agent }) {
            return Err(Refusal::NotInConference);
        }
        self.cancel_child(interaction);
        self.close(seat, to_agent, CloseReason::HandedOver);
        self.activate(interaction, to_agent, ActivationCause::HandedOver, Some(agent));
        Ok(())
    }

    /// R82: whether somebody owns it now that its owner is lost.
    pub(super) fn inherit_conference(&mut self, interaction: InteractionId) -> bool {
        let lost = self.work[&interaction].stage.holder();
        for seat in self.work[&interaction].seats.clone() {
            if let Stage::Active { agent } = self.work[&seat].stage {
                self.close(seat, agent, CloseReason::HandedOver);
                self.activate(interaction, agent, ActivationCause::HandedOver, lost);
                return true;
            }
        }
        self.end_conference(interaction);
        false
    }

    pub(super) fn end_conference(&mut self, interaction: InteractionId) {
        for seat in self.work[&interaction].seats.clone() {
            let agent = self.work[&seat].stage.holder().expect("a seat is taken");
            self.close(seat, agent, CloseReason::ParentMoved);
        }
    }

    pub(super) fn seat_of(&self, interaction: InteractionId, agent: AgentId) -> Option<InteractionId> {
        self.work[&interaction].seats.iter().copied().find(|seat| self.work[seat].is_with(agent))
    }

    pub(super) fn leave_seat(&mut self, interaction: InteractionId, agent: AgentId) {
        if let Some(seat) = self.seat_of(interaction, agent) {
            self.close(seat, agent, CloseReason::HandedOver);
        }
    }

    /// R80, R81: over for who asked and who was asked alone.
    pub(super) fn end_bonded(&mut self, interaction: InteractionId, agent: AgentId) -> Decision {
        let work = self.work[&interaction].clone();
        let owner = self.work[&work.parent.expect("bonded")].stage.holder();
        match work.stage {
            Stage::Queued | Stage::Offered { .. } | Stage::Connecting { .. } if owner == Some(agent) => {
                self.cancel(interaction, Some(RevokeReason::Cancelled), CancelReason::Withdrawn);
                Ok(())
            }
            Stage::Active { agent: colleague } | Stage::Interrupted { agent: colleague }
                if owner == Some(agent) || colleague == agent =>
            {
                let is_seat = work.bond == Some(Bond::Seat);
                let reason = if is_seat { CloseReason::SeatLeft } else { CloseReason::ConsultEnded };
                self.close(interaction, colleague, reason);
                Ok(())
            }
            _ => Err(Refusal::NotOwner),
        }
    }
}
