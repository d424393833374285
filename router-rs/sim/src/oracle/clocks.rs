//! SLA clocks (R62–R66): after every fact each of them is looked at, and when they run out is counted anew.

use std::collections::BTreeSet;

use ucc_router_core::command::SlaTarget;
use ucc_router_core::fact::{
    AgentWroteSeen, CloseReason, ContactWroteSeen, Fact, RequeueReason, SlaBreached, SlaHandedOn, SlaMet,
    SlaPaused, SlaResumed, SlaStarted, SlaWarned,
};
use ucc_router_core::words::{
    AgentId, DURATION_MS_MAX, InteractionId, Medium, Millis, Refusal, SlaClock, SlaPause,
};

use super::commands::Decision;
use super::{Oracle, Queue, Stage, Work};

/// One clock that is neither met nor breached.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    target: SlaTarget,
    runs: bool,
    since_ms: Millis,
    left_ms: Millis,
    warn_left_ms: Option<Millis>,
}

impl Clock {
    pub(super) fn is_of(&self, clock: SlaClock) -> bool {
        self.target.clock == clock
    }

    /// R64: its warning first, then its breach.
    fn dues(&self, queue: &Queue) -> [Option<Millis>; 2] {
        let due = |left_ms| queue.open_after(self.since_ms, left_ms).filter(|_| self.runs);
        [self.warn_left_ms.and_then(due), due(self.left_ms)]
    }

    /// Counts what has run since, and stands.
    fn stop(&mut self, queue: &Queue, at_ms: Millis) {
        if self.runs {
            let spans = queue.config.open.iter();
            let run_ms: Millis =
                spans.map(|&(from_ms, to_ms)| (to_ms.min(at_ms) - from_ms.max(self.since_ms)).max(0)).sum();
            self.left_ms = (self.left_ms - run_ms).max(0);
            self.warn_left_ms = self.warn_left_ms.map(|left_ms| (left_ms - run_ms).max(0));
        }
        self.runs = false;
    }
}

/// R49.
pub(super) fn check_sla(targets: &[SlaTarget]) -> Decision {
    let clocks: BTreeSet<SlaClock> = targets.iter().map(|target| target.clock).collect();
    let is_fit = |target: &SlaTarget| {
        let pauses: BTreeSet<SlaPause> = target.pauses.iter().copied().collect();
        target.target_ms >= 1
            && target.target_ms <= DURATION_MS_MAX
            && target.warn_after_ms.is_none_or(|after_ms| after_ms >= 1 && after_ms < target.target_ms)
            && pauses.len() == target.pauses.len()
    };
    if clocks.len() == targets.len() && targets.iter().all(is_fit) { Ok(()) } else { Err(Refusal::BadValue) }
}

impl Work {
    /// R62.
    fn is_met(&self, clock: SlaClock) -> bool {
        let is_taken = !self.stage.is_untaken();
        match clock {
            SlaClock::Answer => is_taken,
            SlaClock::FirstResponse if self.medium == Medium::Voice => is_taken || self.is_answered,
            SlaClock::FirstResponse | SlaClock::NextResponse => self.is_answered,
            SlaClock::Resolution => false,
        }
    }

    /// R63.
    fn pause(&self, clock: &Clock) -> Option<SlaPause> {
        clock.target.pauses.iter().copied().find(|pause| match pause {
            SlaPause::Parked => matches!(self.stage, Stage::Parked { .. }),
            SlaPause::ContactLost => self.is_contact_lost,
            SlaPause::Answered => self.is_answered,
            SlaPause::Wrapping => matches!(self.stage, Stage::Wrapping { .. }),
        })
    }
}

impl Oracle {
    /// Everything about clocks that is pending: when, which, and whether it is the breach.
    pub(super) fn clocks_due(&self, work: &Work) -> Vec<(Millis, SlaClock, bool)> {
        let queue = &self.queues[&work.queue];
        let mut pending = Vec::new();
        for clock in &work.clocks {
            for (due_ms, is_breach) in clock.dues(queue).into_iter().zip([false, true]) {
                pending.extend(due_ms.map(|due_ms| (due_ms, clock.target.clock, is_breach)));
            }
        }
        pending
    }

    pub(super) fn fire_clock(&mut self, interaction: InteractionId, which: SlaClock, is_breach: bool) {
        let queue = self.work[&interaction].queue;
        let calendar = self.queues[&queue].clone();
        let clocks = &mut self.entry(interaction).clocks;
        let at = clocks.iter().position(|clock| clock.target.clock == which).expect("due");
        if is_breach {
            let target_ms = clocks.remove(at).target.target_ms;
            self.note(SlaBreached { interaction, queue, target_ms, clock: which });
        } else {
            let breach_at_ms = clocks[at].dues(&calendar)[1];
            clocks[at].warn_left_ms = None;
            self.note(SlaWarned { interaction, queue, clock: which, breach_at_ms });
        }
    }

    /// R65: another calendar counts from here.
    pub(super) fn stop_clocks(&mut self, interaction: InteractionId) {
        let (queue, at_ms) = (self.queues[&self.work[&interaction].queue].clone(), self.at_ms);
        self.entry(interaction).clocks.iter_mut().for_each(|clock| clock.stop(&queue, at_ms));
    }

    fn start_clock(&mut self, interaction: InteractionId, which: SlaClock, since_ms: Millis) {
        let queue = self.queues[&self.work[&interaction].queue].clone();
        let Some(target) = queue.config.sla.iter().find(|target| target.clock == which).cloned() else {
            return;
        };
        let clock = Clock {
            runs: true,
            since_ms,
            left_ms: target.target_ms,
            warn_left_ms: target.warn_after_ms,
            target: target.clone(),
        };
        let [warn_at_ms, breach_at_ms] = clock.dues(&queue);
        let clocks = &mut self.entry(interaction).clocks;
        clocks.retain(|clock| clock.target.clock != which);
        clocks.push(clock);
        clocks.sort_by_key(|clock| clock.target.clock);
        self.note(SlaStarted {
            interaction,
            queue: queue.config.queue,
            clock: which,
            target_ms: target.target_ms,
            since_ms,
            warn_left_ms: target.warn_after_ms,
            pauses: target.pauses,
            warn_at_ms,
            breach_at_ms,
        });
    }

    /// R65: a child has what its parent had.
    fn hand_on(&mut self, parent: InteractionId, child: InteractionId) {
        let Some(before) = self.work.get(&parent).filter(|parent| parent.child == Some(child)) else {
            return;
        };
        let is_other = |clock: &&Clock| clock.target.clock != SlaClock::Answer;
        if !before.is_answered && before.clocks.iter().find(is_other).is_none() {
            return;
        }
        self.stop_clocks(parent);
        let sender = self.entry(parent);
        let is_answered = std::mem::replace(&mut sender.is_answered, false);
        let all = std::mem::take(&mut sender.clocks);
        let (stays, goes): (Vec<Clock>, Vec<Clock>) =
            all.into_iter().partition(|clock| clock.target.clock == SlaClock::Answer);
        sender.clocks = stays;
        let receiver = self.entry(child);
        receiver.is_answered = is_answered;
        receiver.clocks.retain(|clock| !goes.iter().any(|other| other.target.clock == clock.target.clock));
        receiver.clocks.extend(goes);
        receiver.clocks.sort_by_key(|clock| clock.target.clock);
        self.note(SlaHandedOn { interaction: parent, child });
    }

    /// What a fact starts, and then what every clock of any work makes of how things are.
    pub(super) fn look_at_clocks(&mut self, fact: &Fact) {
        let at_ms = self.at_ms;
        match fact {
            Fact::InteractionQueued(fact)
                if fact.rare.named_agent.is_some() || fact.rare.consult_until_ms.is_some() => {}
            Fact::InteractionQueued(fact) => match fact.rare.parent {
                None => {
                    if fact.rare.not_before_ms.is_none() {
                        self.start_clock(fact.interaction, SlaClock::Answer, fact.arrived_ms);
                    }
                    self.start_clock(fact.interaction, SlaClock::FirstResponse, fact.arrived_ms);
                    self.start_clock(fact.interaction, SlaClock::Resolution, fact.arrived_ms);
                }
                Some(parent) => {
                    self.start_clock(fact.interaction, SlaClock::Answer, at_ms);
                    self.hand_on(parent, fact.interaction);
                }
            },
            Fact::InteractionRequeued(fact)
                if matches!(fact.reason, RequeueReason::ContactWrote | RequeueReason::Due) =>
            {
                self.start_clock(fact.interaction, SlaClock::Answer, at_ms);
            }
            Fact::ContactWroteSeen(fact) => {
                self.start_clock(fact.interaction, SlaClock::NextResponse, at_ms);
            }
            Fact::InteractionActivated(fact) => {
                let work = &self.work[&fact.interaction];
                if let Some(parent) = work.parent.filter(|_| work.bond.is_none()) {
                    self.hand_on(parent, fact.interaction);
                }
            }
            Fact::ConsultCompleted(fact) => self.hand_on(fact.interaction, fact.child),
            // These are about clocks themselves; whoever noted them goes on.
            Fact::SlaStarted(_)
            | Fact::SlaPaused(_)
            | Fact::SlaResumed(_)
            | Fact::SlaMet(_)
            | Fact::SlaWarned(_)
            | Fact::SlaHandedOn(_) => return,
            _ => {}
        }
        for id in self.work.keys().copied().collect::<Vec<_>>() {
            for clock in self.work[&id].clocks.clone() {
                self.look_at_clock(id, &clock);
            }
        }
    }

    fn look_at_clock(&mut self, id: InteractionId, clock: &Clock) {
        let (work, at_ms, which) = (self.work[&id].clone(), self.at_ms, clock.target.clock);
        let queue = self.queues[&work.queue].clone();
        let mut stopped = clock.clone();
        stopped.stop(&queue, at_ms);
        let (left_ms, warn_left_ms) = (stopped.left_ms, stopped.warn_left_ms);
        let own = |clock: &Clock| clock.target.clock == which;
        if work.is_met(which) {
            self.entry(id).clocks.retain(|clock| !own(clock));
            self.note(SlaMet { interaction: id, queue: work.queue, clock: which, left_ms });
            return;
        }
        let now = match (work.pause(clock), clock.runs) {
            (Some(pause), true) => {
                let fact = SlaPaused { interaction: id, clock: which, pause, left_ms, warn_left_ms };
                (stopped, Fact::from(fact))
            }
            (None, false) => {
                let runs = Clock { runs: true, since_ms: at_ms, ..stopped };
                let [warn_at_ms, breach_at_ms] = runs.dues(&queue);
                let (interaction, queue) = (id, work.queue);
                let fact = SlaResumed { interaction, queue, clock: which, warn_at_ms, breach_at_ms };
                (runs, Fact::from(fact))
            }
            _ => return,
        };
        let place = self.entry(id).clocks.iter_mut().find(|clock| own(clock)).expect("looked at");
        *place = now.0;
        self.note(now.1);
    }

    /// R62: what was served is resolved when it closes.
    pub(super) fn resolve(&mut self, interaction: InteractionId, reason: CloseReason) {
        let work = self.work[&interaction].clone();
        let clock = work.clocks.iter().find(|clock| clock.target.clock == SlaClock::Resolution);
        if matches!(reason, CloseReason::AgentLost | CloseReason::AgentRemoved) {
            return;
        }
        if let Some(mut clock) = clock.cloned() {
            clock.stop(&self.queues[&work.queue], self.at_ms);
            self.entry(interaction).clocks.retain(|one| one.target.clock != SlaClock::Resolution);
            let (queue, left_ms) = (work.queue, clock.left_ms);
            self.note(SlaMet { interaction, queue, clock: SlaClock::Resolution, left_ms });
        }
    }

    /// R66.
    pub(super) fn agent_wrote(&mut self, interaction: InteractionId, agent: AgentId) -> Decision {
        let work = self.find(interaction)?;
        let holder = match work.stage {
            stage if stage.is_untaken() => return Err(Refusal::NotActive),
            stage => stage.holder(),
        };
        if holder != Some(agent) && self.seat_of(interaction, agent).is_none() {
            return Err(Refusal::NotOwner);
        }
        if !work.is_answered {
            self.entry(interaction).is_answered = true;
            self.note(AgentWroteSeen { interaction, agent });
        }
        Ok(())
    }

    /// R66.
    pub(super) fn pass_turn(&mut self, interaction: InteractionId) {
        if self.work[&interaction].is_answered {
            self.entry(interaction).is_answered = false;
            self.note(ContactWroteSeen { interaction });
        }
    }
}
