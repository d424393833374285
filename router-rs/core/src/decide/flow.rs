//! A contact goes through a step of a flow and comes back to the same agent (R83).

use crate::command::{HandToFlow, ReturnFromFlow};
use crate::engine::Engine;
use crate::fact::{FlowEntered, FlowReturnReason, FlowReturned};
use crate::maybe::When;
use crate::state::Stage;
use crate::words::{DURATION_MS_MAX, InteractionId, Millis, Refusal, Refused};

impl Engine {
    /// The agent keeps the units and waits: the same person is coming back.
    pub(crate) fn hand_to_flow(&mut self, command: &HandToFlow) -> Result<(), Refused> {
        let HandToFlow { interaction, agent, limit_ms } = *command;
        self.check_held(interaction, agent, Stage::Active, Refusal::NotActive)?;
        if self.ringing_child(interaction).is_some() {
            return Err(Refusal::TransferPending.into());
        }
        self.check_alone(interaction)?;
        if !(1..=DURATION_MS_MAX).contains(&limit_ms) {
            return Err(Refusal::BadValue.at("limit_ms", &limit_ms, format!("1 to {DURATION_MS_MAX}")));
        }
        self.emit(FlowEntered { interaction, agent, until_ms: self.at_ms + limit_ms });
        Ok(())
    }

    /// The flow gives the contact back, or the agent takes it.
    pub(crate) fn return_from_flow(&mut self, command: &ReturnFromFlow) -> Result<(), Refusal> {
        let ReturnFromFlow { interaction, agent } = *command;
        let state = self.interaction(interaction)?;
        let holder = state.holder.get().filter(|_| state.stage == Stage::InFlow).ok_or(Refusal::NotInFlow)?;
        if agent.is_some_and(|agent| agent != holder) {
            return Err(Refusal::NotOwner);
        }
        let is_taken = agent.is_some();
        let reason = if is_taken { FlowReturnReason::TakenBack } else { FlowReturnReason::Finished };
        self.emit(FlowReturned { interaction, agent: holder, reason });
        Ok(())
    }

    /// With the flow until then, or with its agent again.
    pub(crate) fn fold_flow(&mut self, interaction: InteractionId, until_ms: Option<Millis>) {
        self.change(interaction, |state| {
            state.unhold();
            state.stage = if until_ms.is_some() { Stage::InFlow } else { Stage::Active };
            state.until_ms = When::from(until_ms);
        });
    }
}
