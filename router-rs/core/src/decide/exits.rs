//! How waiting contacts leave without a person: by the queue's exit, or called back in their place (R71, R72).

use crate::command::AskCallback;
use crate::engine::Engine;
use crate::fact::{Circumstances, InteractionDiverted, InteractionQueued, OverflowReason, RevokeReason};
use crate::rare::Rare;
use crate::state::Stage;
use crate::words::{InteractionId, OverflowExit, Refusal, Refused};

impl Engine {
    /// Lets work that no queue can have leave by its queue's exit; says whether it did (R71).
    pub(crate) fn divert(&mut self, interaction: InteractionId, reason: OverflowReason) -> bool {
        let state = &self.known(interaction).state;
        let (queue, is_abandonable) = (state.queue, state.is_abandonable);
        let exit = self.queue(queue).state.config.overflow_exit.filter(|_| is_abandonable);
        if let Some(exit) = exit {
            self.emit(InteractionDiverted { interaction, queue, exit, reason, child: None });
        }
        exit.is_some()
    }

    /// The contact hangs up and keeps its place: the callback is work of its own there (R72).
    pub(crate) fn ask_callback(&mut self, command: &AskCallback) -> Result<(), Refused> {
        let AskCallback { interaction, child, medium, is_dialled, not_before_ms } = *command;
        let state = self.interaction(interaction)?;
        let waits = matches!(state.stage, Stage::Queued | Stage::Offered) && state.rare.named_agent.is_none();
        if !waits || !state.is_abandonable {
            return Err(Refusal::NotWaiting.into());
        }
        self.check_new(child, "child")?;
        self.check_schedule(is_dialled, not_before_ms)?;
        let not_before_ms = not_before_ms.filter(|&ms| ms > self.at_ms);
        let is_due = not_before_ms.is_none();
        let state = state.clone();
        let queue = state.queue;
        let (exit, reason) = (OverflowExit::Callback, OverflowReason::Asked);
        self.revoke(interaction, RevokeReason::Cancelled);
        // Places are unique: the old work leaves before the new one has its place.
        self.emit(InteractionDiverted { interaction, queue, exit, reason, child: Some(child) });
        let policy = &self.queue(queue).state;
        let relax_at_ms = policy.relax_at(self.at_ms, 0).filter(|_| is_due);
        // An answer clock of the queue starts anew, from the arrival, and is the only one.
        let sla_at_ms = state.sla_at_ms.get().filter(|_| is_due && !policy.has_answer_clock());
        let overflow_at_ms = policy.overflow_at(self.at_ms).filter(|_| is_due);
        self.emit(InteractionQueued {
            interaction: child,
            queue,
            medium,
            units: state.units,
            priority: state.priority,
            requirement: state.requirement.clone(),
            arrived_ms: state.arrived_ms,
            deadline_ms: state.deadline_ms,
            order: state.order,
            is_abandonable: false,
            sla_at_ms,
            overflow_at_ms,
            relax_at_ms,
            rare: Rare::new(Circumstances {
                preferred_agent: state.rare.preferred_agent.filter(|_| is_due),
                preferred_until_ms: state.rare.preferred_until_ms.filter(|_| is_due),
                condition: state.rare.condition.clone(),
                is_dialled,
                not_before_ms,
                ..Circumstances::default()
            }),
        });
        Ok(())
    }
}
