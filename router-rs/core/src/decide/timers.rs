//! What time does: every timer that fires leaves a fact, so that folding forgets it too.

use crate::engine::Engine;
use crate::fact::{
    AbandonReason, CancelReason, CloseReason, ConnectingEndReason, ExclusionEnded, FlowReturnReason,
    FlowReturned, InteractionClosed, OfferRevoked, OfferTimedOut, OverflowMissed, OverflowReason,
    PreferenceEndReason, PreferenceEnded, QueueClosed, QueueOpened, QueueUnstaffed, RequeueReason,
    RequirementRelaxed, RevokeReason, SlaBreached,
};
use crate::index::Slot;
use crate::interaction::{Due, Interaction};
use crate::state::Stage;
use crate::words::{AgentId, InteractionId, Medium, QueueId, Session, SlaClock};

impl Engine {
    /// A queue opens, closes, or has been without staff for long.
    pub(crate) fn fire_queue(&mut self, id: QueueId) {
        let state = &self.queue(id).state;
        let is_boundary = match (state.boundary_ms(), state.unstaffed_at_ms) {
            (Some(boundary_ms), Some(unstaffed_at_ms)) => boundary_ms <= unstaffed_at_ms,
            (boundary_ms, _) => boundary_ms.is_some(),
        };
        match (is_boundary, state.boundary % 2 == 0) {
            (true, true) => self.emit(QueueOpened { queue: id }),
            (true, false) => self.emit(QueueClosed { queue: id }),
            (false, _) => self.emit(QueueUnstaffed { queue: id }),
        }
    }

    /// A lost session gives back its offers, its calls, then the rest, and is offline (R25).
    pub(crate) fn fire_agent(&mut self, id: AgentId) {
        let agent = self.agent(id).expect("a timer names a known agent");
        if let Some(edge) = agent.plan_edge() {
            self.fire_plan(id, edge);
            return;
        }
        if agent.rings > 0 {
            self.give_back(id, |stage, _| stage == Stage::Offered);
        } else if agent.calls > 0 {
            self.give_back(id, |stage, medium| {
                matches!(stage, Stage::Active | Stage::InFlow | Stage::Connecting) && medium == Medium::Voice
            });
        } else {
            self.go_offline(id);
        }
    }

    pub(crate) fn fire_interaction(&mut self, slot: Slot) {
        self.work.hint(slot);
        let Interaction { state, queue_at, .. } = self.work.at(slot);
        let interaction = state.interaction;
        let (_, due) = state.due();
        let (queue, holder) = (state.queue, state.holder.get());
        match due {
            Due::Offer => self.time_out_offer(interaction),
            Due::WrapUp => {
                let agent = holder.expect("wrap-up has a holder");
                self.emit(InteractionClosed { interaction, agent, reason: CloseReason::WrapUpTimedOut });
            }
            Due::Abandon => self.abandon(interaction, RevokeReason::ContactLost, AbandonReason::Lost),
            Due::Flow => {
                let agent = holder.expect("work in a flow has a holder");
                self.emit(FlowReturned { interaction, agent, reason: FlowReturnReason::TimedOut });
            }
            Due::Connecting => self.end_connecting(interaction, ConnectingEndReason::TimedOut),
            Due::Schedule => self.wake(interaction),
            Due::Consult => {
                self.cancel(interaction, Some(RevokeReason::Cancelled), CancelReason::TimedOut);
            }
            Due::Return => self.return_transfer(interaction),
            Due::Preference => {
                let agent = state.rare.preferred_agent.expect("a preference names an agent");
                self.emit(PreferenceEnded { interaction, agent, reason: PreferenceEndReason::Waited });
            }
            Due::Exclusion => {
                let first = state.rare.excluded.iter().min_by_key(|&&(agent, until_ms)| (until_ms, agent));
                let &(agent, _) = first.expect("an exclusion names an agent");
                self.emit(ExclusionEnded { interaction, agent });
            }
            Due::Relaxation => {
                let step = u32::from(state.step) + 1;
                let relax_at_ms = self.queues.at(*queue_at).state.relax_at(state.queued_ms, step);
                self.emit(RequirementRelaxed { interaction, queue, step, relax_at_ms });
            }
            Due::Overflow => match self.destination_beyond(queue, &state.rare.visited.clone()) {
                Some(to_queue) => self.overflow(interaction, to_queue, OverflowReason::Waited),
                None if self.divert(interaction, OverflowReason::Waited) => {}
                None => self.emit(OverflowMissed { interaction, queue }),
            },
            Due::Sla => {
                let target_ms = self.queues.at(*queue_at).state.config.answer_target_ms;
                self.emit(SlaBreached { interaction, queue, target_ms, clock: SlaClock::Answer });
            }
            Due::Clock => self.fire_clock(interaction),
        }
    }

    /// Nobody answered: back in its place, and who was there and let a personal offer ring is blocked (R14, R73).
    fn time_out_offer(&mut self, interaction: InteractionId) {
        let state = &self.known(interaction).state;
        let (epoch, is_named, is_broadcast) =
            (u64::from(state.epoch), state.rare.named_agent.is_some(), state.rare.is_broadcast);
        let until_ms = self.at_ms + self.queue(state.queue).state.config.decline_ms;
        let is_here =
            |agent: &AgentId| self.agent(*agent).is_some_and(|agent| agent.state.session == Session::Online);
        let (here, away): (Vec<_>, Vec<_>) = state.ringing().into_iter().partition(is_here);
        if here.is_empty() {
            self.take_offer_back(interaction, RevokeReason::AgentLost, RequeueReason::AgentLost);
            return;
        }
        for agent in away {
            self.emit(OfferRevoked { interaction, agent, epoch, reason: RevokeReason::AgentLost });
        }
        for &agent in &here {
            self.emit(OfferTimedOut { interaction, agent, epoch, until_ms });
        }
        if is_named {
            self.cancel(interaction, None, CancelReason::TimedOut);
        } else {
            self.requeue(interaction, RequeueReason::TimedOut);
        }
        for agent in here.into_iter().filter(|_| !is_broadcast) {
            self.change_presence(agent, |presence| presence.is_blocked = true);
        }
    }
}
