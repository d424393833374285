//! A call whose contact holds on (R86).

use crate::command::{Hold, Unhold};
use crate::engine::Engine;
use crate::fact::{CallHeld, CallUnheld};
use crate::state::Stage;
use crate::words::{InteractionId, Medium, Refusal};

impl Engine {
    /// Nothing becomes possible by it: the call is in hand as before.
    pub(crate) fn hold(&mut self, command: &Hold) -> Result<(), Refusal> {
        let Hold { interaction, agent } = *command;
        let state = self.check_held(interaction, agent, Stage::Active, Refusal::NotActive)?;
        if state.medium != Medium::Voice {
            return Err(Refusal::NotCall);
        }
        if !state.rare.is_held {
            self.emit(CallHeld { interaction, agent });
        }
        Ok(())
    }

    pub(crate) fn unhold(&mut self, command: &Unhold) -> Result<(), Refusal> {
        let Unhold { interaction, agent } = *command;
        let state = self.check_held(interaction, agent, Stage::Active, Refusal::NotActive)?;
        if state.rare.is_held {
            self.emit(CallUnheld { interaction, agent });
        }
        Ok(())
    }

    pub(crate) fn fold_held(&mut self, interaction: InteractionId, is_held: bool) {
        self.amend(interaction, |state| if is_held { state.rare.is_held = true } else { state.unhold() });
    }
}
