//! Connecting and dialling (R87–R89), and a call in a callback's place (R90).

use ucc_router_core::command::Enqueue;
use ucc_router_core::fact::{
    ActivationCause, CancelReason, ConnectingEndReason, ConnectingFailed, ConnectingStarted, FailReason,
    InteractionFailed, InteractionScheduled, RequeueReason, RevokeReason,
};
use ucc_router_core::words::{AgentId, DURATION_MS_MAX, InteractionId, Millis, Refusal, SlaClock};

use super::commands::Decision;
use super::{Oracle, Stage, Work};

impl Oracle {
    /// R87, R88.
    pub(super) fn connect(
        &mut self,
        interaction: InteractionId,
        agent: AgentId,
        previous_agent: Option<AgentId>,
    ) {
        let work = self.work[&interaction].clone();
        let config = &self.queues[&work.queue].config;
        let until_ms = self.at_ms + config.connect_ms;
        let (tries, tries_max) =
            if work.is_dialled { (work.tries + 1, config.callback_tries) } else { (0, 0) };
        let had_it = work.is_with(agent);
        let is_over_capacity = !had_it && !self.has_room(&self.agents[&agent], work.medium, work.units);
        self.entry(interaction).stage = Stage::Connecting { agent, until_ms };
        self.idle_from_here(agent);
        self.note(ConnectingStarted {
            interaction,
            agent,
            until_ms,
            previous_agent,
            is_over_capacity,
            tries,
            tries_max,
        });
        self.interrupt_for(interaction, agent);
    }

    fn idle_from_here(&mut self, agent: AgentId) {
        let at_ms = self.at_ms;
        self.agents.get_mut(&agent).expect("known").idle_since_ms = at_ms;
    }

    /// R87.
    pub(super) fn connected(&mut self, interaction: InteractionId, agent: AgentId) -> Decision {
        let work = self.held(interaction, agent, 'c', Refusal::NotConnecting)?.clone();
        self.hand_to(&work, agent, ActivationCause::Connected);
        Ok(())
    }

    pub(super) fn fail_connecting(&mut self, interaction: InteractionId, agent: AgentId) -> Decision {
        self.held(interaction, agent, 'c', Refusal::NotConnecting)?;
        self.stop_connecting(interaction, ConnectingEndReason::Failed);
        Ok(())
    }

    /// R87, R89.
    pub(super) fn stop_connecting(&mut self, interaction: InteractionId, reason: ConnectingEndReason) {
        let work = self.work[&interaction].clone();
        let agent = work.stage.holder().expect("connecting");
        let (at_ms, config) = (self.at_ms, self.queues[&work.queue].config.clone());
        let (queue, until_ms) = (work.queue, at_ms + config.decline_ms);
        self.exclude(interaction, agent, until_ms);
        self.idle_from_here(agent);
        self.note(ConnectingFailed { interaction, agent, reason, until_ms });
        match (work.is_dialled, work.is_named) {
            (false, true) => self.cancel(interaction, None, CancelReason::NotConnected),
            (false, false) => self.requeue(interaction, RequeueReason::NotConnected),
            (true, _) if work.tries + 1 < config.callback_tries => {
                let (due_ms, tries) = (at_ms + config.callback_retry_ms, work.tries + 1);
                let entry = self.entry(interaction);
                entry.stage = Stage::Scheduled { due_ms };
                entry.tries = tries;
                entry.excluded.clear();
                entry.clocks.retain(|clock| !clock.is_of(SlaClock::Answer));
                entry.sla_at_ms = None;
                entry.overflow_at_ms = None;
                entry.relax_at_ms = None;
                entry.is_overdue = false;
                entry.step = 0;
                let tries_max = config.callback_tries;
                self.note(InteractionScheduled { interaction, queue, due_ms, tries, tries_max });
            }
            (true, _) => {
                self.drop_work(interaction);
                let tries = work.tries + 1;
                self.note(InteractionFailed { interaction, queue, reason: FailReason::Unreached, tries });
            }
        }
    }

    /// R89.
    pub(super) fn wake(&mut self, interaction: InteractionId) {
        let at_ms = self.at_ms;
        let queue = self.queues[&self.work[&interaction].queue].clone();
        let work = self.entry(interaction);
        work.queued_ms = at_ms;
        work.preferred = None;
        work.sla_at_ms = queue.answer_at(at_ms);
        work.overflow_at_ms = queue.overflow_at(at_ms);
        work.relax_at_ms = queue.relax_at(at_ms, 0);
        self.note_requeued(interaction, RequeueReason::Due);
    }

    /// R89: only what is dialled, and within 31 days.
    pub(super) fn check_schedule(&self, is_dialled: bool, not_before_ms: Option<Millis>) -> Decision {
        match not_before_ms {
            None => Ok(()),
            Some(ms) if is_dialled && ms >= 0 && ms <= self.at_ms + DURATION_MS_MAX => Ok(()),
            Some(_) => Err(Refusal::BadValue),
        }
    }

    /// R90: the callback this comes instead of.
    pub(super) fn awaited(&self, command: &Enqueue) -> Option<Work> {
        let work = self.work.get(&command.instead_of?)?;
        (work.is_dialled && work.stage.is_untaken()).then(|| work.clone())
    }

    pub(super) fn end_awaited(&mut self, callback: InteractionId) {
        self.cancel(callback, Some(RevokeReason::Cancelled), CancelReason::ContactCalled);
    }
}
