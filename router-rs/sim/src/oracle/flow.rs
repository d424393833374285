//! A step of a flow, and back to the same agent (R83); a call on hold (R86).

use ucc_router_core::fact::{CallHeld, CallUnheld, FlowEntered, FlowReturnReason, FlowReturned};
use ucc_router_core::words::{AgentId, DURATION_MS_MAX, InteractionId, Medium, Millis, Refusal};

use super::commands::Decision;
use super::{Oracle, Stage};

impl Oracle {
    pub(super) fn hand_to_flow(
        &mut self,
        interaction: InteractionId,
        agent: AgentId,
        limit_ms: Millis,
    ) -> Decision {
        self.held(interaction, agent, 'a', Refusal::NotActive)?;
        if self.ringing_child(interaction).is_some() {
            return Err(Refusal::TransferPending);
        }
        self.check_alone(interaction)?;
        if !(1..=DURATION_MS_MAX).contains(&limit_ms) {
            return Err(Refusal::BadValue);
        }
        let until_ms = self.at_ms + limit_ms;
        self.entry(interaction).is_held = false;
        self.entry(interaction).stage = Stage::InFlow { agent, until_ms };
        self.note(FlowEntered { interaction, agent, until_ms });
        Ok(())
    }

    /// R86.
    pub(super) fn hold(&mut self, interaction: InteractionId, agent: AgentId, is_held: bool) -> Decision {
        let work = self.held(interaction, agent, 'a', Refusal::NotActive)?;
        match (work.is_held, is_held) {
            (_, true) if work.medium != Medium::Voice => return Err(Refusal::NotCall),
            (false, true) => self.note(CallHeld { interaction, agent }),
            (true, false) => self.note(CallUnheld { interaction, agent }),
            _ => {}
        }
        self.entry(interaction).is_held = is_held;
        Ok(())
    }

    pub(super) fn return_from_flow(&mut self, interaction: InteractionId, by: Option<AgentId>) -> Decision {
        let Stage::InFlow { agent, .. } = self.find(interaction)?.stage else {
            return Err(Refusal::NotInFlow);
        };
        match by {
            None => self.come_back(interaction, FlowReturnReason::Finished),
            Some(by) if by == agent => self.come_back(interaction, FlowReturnReason::TakenBack),
            Some(_) => return Err(Refusal::NotOwner),
        }
        Ok(())
    }

    pub(super) fn come_back(&mut self, interaction: InteractionId, reason: FlowReturnReason) {
        let agent = self.work[&interaction].stage.holder().expect("somebody waits for it");
        self.entry(interaction).stage = Stage::Active { agent };
        self.note(FlowReturned { interaction, agent, reason });
    }
}
