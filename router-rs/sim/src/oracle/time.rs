//! What time does, found by looking at everything.

use ucc_router_core::fact::{
    AbandonReason, CancelReason, CloseReason, ConnectingEndReason, ExclusionEnded, FlowReturnReason,
    OverflowMissed, OverflowReason, PreferenceEndReason, PreferenceEnded, QueueClosed, QueueOpened,
    QueueUnstaffed, RequirementRelaxed, RevokeReason, SlaBreached,
};
use ucc_router_core::words::{
    AgentId, CALLS_LOST_MS, InteractionId, Medium, Millis, OFFERS_LOST_MS, QueueId, SESSION_LOST_MS, SlaClock,
};

use super::plans::Edge;
use super::{Oracle, Stage};

/// One thing that is due; the derived order is the order of firing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Boundary(QueueId),
    Unstaffed(QueueId),
    Plan(AgentId, Edge),
    Lost(AgentId, u8),
    Work(InteractionId, What),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Offer,
    WrapUp,
    Flow,
    Connecting,
    Schedule,
    Abandon,
    Consult,
    Return,
    Preference,
    Exclusion(AgentId),
    Relaxation,
    Overflow,
    Sla,
    Clock(SlaClock, bool),
}

impl Due {
    /// Queue before agent before interaction, then id.
    fn rank(self) -> (u8, u64, Due) {
        match self {
            Due::Boundary(queue) | Due::Unstaffed(queue) => (0, queue, self),
            Due::Plan(agent, _) | Due::Lost(agent, _) => (1, agent, self),
            Due::Work(work, _) => (2, work, self),
        }
    }
}

impl Oracle {
    fn pending(&self) -> Vec<(Millis, Due)> {
        let mut pending = Vec::new();
        for (&id, queue) in &self.queues {
            pending.extend(queue.boundaries.first().map(|&(at_ms, _)| (at_ms, Due::Boundary(id))));
            pending.extend(queue.unstaffed_at_ms.map(|at_ms| (at_ms, Due::Unstaffed(id))));
        }
        for (&id, agent) in &self.agents {
            pending.extend(agent.plan.dues().into_iter().map(|(at_ms, edge)| (at_ms, Due::Plan(id, edge))));
            let Some(lost_at_ms) = agent.lost_at_ms else { continue };
            let rings = self.work.values().any(|work| work.ringing().contains(&id));
            let calls = self.work.values().any(|work| {
                work.medium == Medium::Voice
                    && matches!(work.stage, Stage::Active { agent } | Stage::InFlow { agent, .. } | Stage::Connecting { agent, .. } if agent == id)
            });
            pending.push(match (rings, calls) {
                (true, _) => (lost_at_ms + OFFERS_LOST_MS, Due::Lost(id, 0)),
                (false, true) => (lost_at_ms + CALLS_LOST_MS, Due::Lost(id, 1)),
                (false, false) => (lost_at_ms + SESSION_LOST_MS, Due::Lost(id, 2)),
            });
        }
        for (&id, work) in &self.work {
            let mut add =
                |at_ms: Option<Millis>, what| pending.extend(at_ms.map(|at_ms| (at_ms, Due::Work(id, what))));
            match work.stage {
                Stage::Queued | Stage::Offered { .. } | Stage::Connecting { .. } => {
                    add(work.abandon_at_ms, What::Abandon);
                    add(work.sla_at_ms, What::Sla);
                    for &(agent, until_ms) in &work.excluded {
                        add(Some(until_ms), What::Exclusion(agent));
                    }
                }
                Stage::Wrapping { until_ms, .. } => add(Some(until_ms), What::WrapUp),
                Stage::InFlow { until_ms, .. } => add(Some(until_ms), What::Flow),
                Stage::Scheduled { due_ms } => add(Some(due_ms), What::Schedule),
                Stage::Active { .. } | Stage::Parked { .. } | Stage::Interrupted { .. } => {}
            }
            for (at_ms, clock, is_breach) in self.clocks_due(work) {
                add(Some(at_ms), What::Clock(clock, is_breach));
            }
            match work.stage {
                Stage::Connecting { until_ms, .. } => add(Some(until_ms), What::Connecting),
                Stage::Offered { expires_ms, .. } => {
                    add(Some(expires_ms), What::Offer);
                    add(work.consult_until_ms, What::Consult);
                }
                Stage::Queued => {
                    add(work.consult_until_ms, What::Consult);
                    add(work.return_at_ms, What::Return);
                    add(work.preferred.map(|(_, until_ms)| until_ms), What::Preference);
                    add(work.relax_at_ms, What::Relaxation);
                    add(work.overflow_at_ms, What::Overflow);
                }
                _ => {}
            }
        }
        pending
    }

    /// R2.
    pub(super) fn fire_due(&mut self) {
        while let Some((_, due)) =
            self.pending().into_iter().filter(|&(at_ms, _)| at_ms <= self.at_ms).min_by_key(
                |&(at_ms, due)| {
                    let (kind, id, due) = due.rank();
                    // An agent's or a queue's timers fire by their own times; so do an interaction's.
                    (at_ms, kind, id, due)
                },
            )
        {
            match due {
                Due::Boundary(queue) => self.pass_boundary(queue),
                Due::Unstaffed(queue) => {
                    let entry = self.queues.get_mut(&queue).expect("known");
                    entry.is_unstaffed = true;
                    entry.unstaffed_at_ms = None;
                    self.note(QueueUnstaffed { queue });
                }
                Due::Plan(agent, edge) => self.follow_plan(agent, edge),
                Due::Lost(agent, 0) => {
                    self.give_back(agent, |stage, _| matches!(stage, Stage::Offered { .. }));
                }
                Due::Lost(agent, 1) => self.give_back(agent, |stage, medium| {
                    !matches!(stage, Stage::Offered { .. } | Stage::Wrapping { .. } | Stage::Parked { .. })
                        && stage.holds_units()
                        && medium == Medium::Voice
                }),
                Due::Lost(agent, _) => self.go_offline(agent),
                Due::Work(work, what) => self.fire_work(work, what),
            }
            self.settle();
        }
    }

    fn pass_boundary(&mut self, queue: QueueId) {
        let entry = self.queues.get_mut(&queue).expect("known");
        let (_, is_open) = entry.boundaries.remove(0);
        entry.is_open = is_open;
        if is_open { self.note(QueueOpened { queue }) } else { self.note(QueueClosed { queue }) }
    }

    fn fire_work(&mut self, interaction: InteractionId, what: What) {
        let work = self.work[&interaction].clone();
        let queue = work.queue;
        match what {
            What::Offer => self.ring_out(interaction),
            What::WrapUp => {
                self.close(interaction, work.stage.holder().expect("held"), CloseReason::WrapUpTimedOut);
            }
            What::Abandon => self.abandon(interaction, RevokeReason::ContactLost, AbandonReason::Lost),
            What::Flow => self.come_back(interaction, FlowReturnReason::TimedOut),
            What::Connecting => self.stop_connecting(interaction, ConnectingEndReason::TimedOut),
            What::Schedule => self.wake(interaction),
            What::Consult => {
                self.cancel(interaction, Some(RevokeReason::Cancelled), CancelReason::TimedOut);
            }
            What::Return => self.return_transfer(interaction),
            What::Preference => {
                let (agent, _) = work.preferred.expect("due");
                self.work.get_mut(&interaction).expect("live").preferred = None;
                self.note(PreferenceEnded { interaction, agent, reason: PreferenceEndReason::Waited });
            }
            What::Exclusion(agent) => {
                self.work.get_mut(&interaction).expect("live").excluded.retain(|&(other, _)| other != agent);
                self.note(ExclusionEnded { interaction, agent });
            }
            What::Relaxation => {
                let step = work.step + 1;
                let relax_at_ms = self.queues[&queue].relax_at(work.queued_ms, step);
                let entry = self.entry(interaction);
                entry.step = step;
                entry.relax_at_ms = relax_at_ms;
                let step = u32::try_from(step).expect("small");
                self.note(RequirementRelaxed { interaction, queue, step, relax_at_ms });
            }
            What::Overflow => {
                if let Some(to_queue) = self.beyond(queue, &work.visited) {
                    self.overflow(interaction, to_queue, OverflowReason::Waited);
                } else if !self.divert(interaction, OverflowReason::Waited) {
                    let entry = self.work.get_mut(&interaction).expect("live");
                    entry.is_overdue = true;
                    entry.overflow_at_ms = None;
                    self.note(OverflowMissed { interaction, queue });
                }
            }
            What::Sla => {
                self.work.get_mut(&interaction).expect("live").sla_at_ms = None;
                let target_ms = self.queues[&queue].config.answer_target_ms;
                self.note(SlaBreached { interaction, queue, target_ms, clock: SlaClock::Answer });
            }
            What::Clock(clock, is_breach) => self.fire_clock(interaction, clock, is_breach),
        }
    }
}
