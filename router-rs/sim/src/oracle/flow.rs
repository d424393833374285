//! A step of a flow, and back to the same agent (R83).

use ucc_router_core::fact::{FlowEntered, FlowReturnReason, FlowReturned};
use ucc_router_core::words::{AgentId, DURATION_MS_MAX, InteractionId, Millis, Refusal};

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
        if limit_ms < 1 || limit_ms > DURATION_MS_MAX {
            return Err(Refusal::BadValue);
        }
        let until_ms = self.at_ms + limit_ms;
        self.entry(interaction).stage = Stage::InFlow { agent, until_ms };
        self.note(FlowEntered { interaction, agent, until_ms });
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
