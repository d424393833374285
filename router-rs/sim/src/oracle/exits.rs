//! How waiting contacts leave without a person (R71, R72).

use ucc_router_core::command::AskCallback;
use ucc_router_core::fact::{InteractionDiverted, OverflowReason, RevokeReason};
use ucc_router_core::words::{InteractionId, OverflowExit, Refusal, SlaClock};

use super::commands::Decision;
use super::{Oracle, Stage, Work};

impl Oracle {
    /// R71: whether the work left.
    pub(super) fn divert(&mut self, interaction: InteractionId, reason: OverflowReason) -> bool {
        let work = &self.work[&interaction];
        let (queue, exit) = (work.queue, self.queues[&work.queue].config.overflow_exit);
        match exit {
            Some(exit) if work.is_abandonable => {
                self.drop_work(interaction);
                self.note(InteractionDiverted { interaction, queue, exit, reason, child: None });
                true
            }
            _ => false,
        }
    }

    /// R72.
    pub(super) fn ask_callback(&mut self, command: &AskCallback) -> Decision {
        let AskCallback { interaction, child, medium, is_dialled, not_before_ms } = *command;
        let work = self.find(interaction)?.clone();
        let is_held = !matches!(work.stage, Stage::Queued | Stage::Offered { .. });
        if is_held || work.is_named || !work.is_abandonable {
            return Err(Refusal::NotWaiting);
        }
        self.check_new(child)?;
        self.check_schedule(is_dialled, not_before_ms)?;
        let later_ms = not_before_ms.filter(|&ms| ms > self.at_ms);
        self.revoke(interaction, RevokeReason::Cancelled);
        self.drop_work(interaction);
        let (queue, exit, reason) = (work.queue, OverflowExit::Callback, OverflowReason::Asked);
        self.note(InteractionDiverted { interaction, queue, exit, reason, child: Some(child) });
        let policy = &self.queues[&queue];
        let has_clock = policy.config.sla.iter().any(|target| target.clock == SlaClock::Answer);
        let back = Work {
            id: child,
            medium,
            queued_ms: self.at_ms,
            overflow_at_ms: policy.overflow_at(self.at_ms),
            relax_at_ms: policy.relax_at(self.at_ms, 0),
            sla_at_ms: work.sla_at_ms.filter(|_| !has_clock),
            is_dialled,
            tries: 0,
            step: 0,
            is_abandonable: false,
            is_overdue: false,
            is_contact_lost: false,
            abandon_at_ms: None,
            parent: None,
            child: None,
            originator: None,
            return_at_ms: None,
            stage: Stage::Queued,
            epoch: 0,
            excluded: Vec::new(),
            visited: Vec::new(),
            clocks: Vec::new(),
            is_answered: false,
            also: Vec::new(),
            is_broadcast: false,
            bond: None,
            consult_until_ms: None,
            seats: Vec::new(),
            is_held: false,
            ..work
        };
        let order = self.next_order;
        self.add(back.not_before(later_ms), None, None, None, None);
        // The place was given before.
        self.next_order = order;
        Ok(())
    }
}
