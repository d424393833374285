//! When SLA clocks start, stand still, run on and end (R62–R66).

use crate::clocks::ClockState;
use crate::command::SlaTarget;
use crate::engine::Engine;
use crate::fact::{
    AgentWroteSeen, CloseReason, ContactWroteSeen, Fact, RequeueReason, SlaBreached, SlaHandedOn, SlaMet,
    SlaPaused, SlaResumed, SlaStarted, SlaWarned,
};
use crate::interaction::InteractionState;
use crate::state::Stage;
use crate::words::{AgentId, DURATION_MS_MAX, InteractionId, Medium, Millis, Refusal, Refused, SlaClock};

/// Refuses a clock named twice, and times outside their limits (R49).
pub(super) fn check_sla(targets: &[SlaTarget]) -> Result<(), Refused> {
    for (at, target) in targets.iter().enumerate() {
        let path = format!("sla[{at}].");
        if targets[..at].iter().any(|other| other.clock == target.clock) {
            let allowed = "each clock once";
            return Err(Refusal::BadValue.at(&format!("{path}clock"), &target.clock.text(), allowed));
        }
        if !(1..=DURATION_MS_MAX).contains(&target.target_ms) {
            let allowed = format!("1 to {DURATION_MS_MAX}");
            return Err(Refusal::BadValue.at(&format!("{path}target_ms"), &target.target_ms, allowed));
        }
        if let Some(after_ms) = target.warn_after_ms.filter(|ms| !(1..target.target_ms).contains(ms)) {
            let allowed = format!("from 1, before the target of {}", target.target_ms);
            return Err(Refusal::BadValue.at(&format!("{path}warn_after_ms"), &after_ms, allowed));
        }
        let mut pauses = target.pauses.iter().enumerate();
        if let Some((n, pause)) = pauses.find(|(n, pause)| target.pauses[..*n].contains(pause)) {
            let path = format!("{path}pauses[{n}]");
            return Err(Refusal::BadValue.at(&path, &pause.text(), "each pause once"));
        }
    }
    Ok(())
}

/// What a fact means for the clocks of the work it names.
#[derive(Clone, Copy)]
pub(crate) enum Moment {
    /// It came to a queue.
    Arrived,
    /// Parked until its contact wrote, or scheduled until it was due.
    AskedAgain,
    /// The contact wrote after an agent did.
    Wrote,
    /// In an agent's hands: a transfer may have been accepted.
    Activated,
    /// Stands differently.
    Moved,
}

/// Returns the work whose clocks a fact may concern.
pub(crate) fn moment(fact: &Fact) -> Option<(InteractionId, Moment)> {
    Some(match fact {
        Fact::InteractionQueued(fact) => (fact.interaction, Moment::Arrived),
        Fact::InteractionRequeued(fact)
            if matches!(fact.reason, RequeueReason::ContactWrote | RequeueReason::Due) =>
        {
            (fact.interaction, Moment::AskedAgain)
        }
        Fact::ContactWroteSeen(fact) => (fact.interaction, Moment::Wrote),
        Fact::InteractionActivated(fact) => (fact.interaction, Moment::Activated),
        Fact::ConsultCompleted(fact) => (fact.child, Moment::Activated),
        Fact::InteractionRequeued(fact) => (fact.interaction, Moment::Moved),
        Fact::InteractionOverflowed(fact) => (fact.interaction, Moment::Moved),
        Fact::InteractionParked(fact) => (fact.interaction, Moment::Moved),
        Fact::MediumChanged(fact) => (fact.interaction, Moment::Moved),
        Fact::WrapUpStarted(fact) => (fact.interaction, Moment::Moved),
        Fact::ContactLostSeen(fact) => (fact.interaction, Moment::Moved),
        Fact::ContactBackSeen(fact) => (fact.interaction, Moment::Moved),
        Fact::AgentWroteSeen(fact) => (fact.interaction, Moment::Moved),
        _ => return None,
    })
}

/// Says whether a clock has come to its good end (R62).
fn is_met(clock: SlaClock, state: &InteractionState) -> bool {
    let is_in_hand = !state.is_untaken();
    match clock {
        SlaClock::Answer => is_in_hand,
        SlaClock::FirstResponse => state.is_answered || (is_in_hand && state.medium == Medium::Voice),
        SlaClock::NextResponse => state.is_answered,
        SlaClock::Resolution => false,
    }
}

impl Engine {
    /// Lets the clocks follow a fact just applied; every change of them is a fact of its own.
    pub(crate) fn tend_clocks(&mut self, interaction: InteractionId, moment: Moment) {
        let state = &self.known(interaction).state;
        let (parent, arrived_ms, at_ms) = (state.rare.parent, state.arrived_ms, self.at_ms);
        // Work of our own has no clocks; until a consult is completed the contact's owner keeps them.
        if state.rare.bond.is_some() {
            return;
        }
        match (moment, parent) {
            // It rings at one agent; the sender has the clocks until it is accepted.
            (Moment::Arrived, _) if state.rare.named_agent.is_some() => return,
            (Moment::Arrived, None) => {
                // The answer to what is scheduled is owed once it is due.
                if state.stage != Stage::Scheduled {
                    self.start_clock(interaction, SlaClock::Answer, arrived_ms);
                }
                for clock in [SlaClock::FirstResponse, SlaClock::Resolution] {
                    self.start_clock(interaction, clock, arrived_ms);
                }
            }
            (Moment::Arrived, Some(parent)) => {
                self.start_clock(interaction, SlaClock::Answer, at_ms);
                self.hand_on(parent, interaction);
            }
            (Moment::AskedAgain, _) => self.start_clock(interaction, SlaClock::Answer, at_ms),
            (Moment::Wrote, _) => self.start_clock(interaction, SlaClock::NextResponse, at_ms),
            (Moment::Activated, Some(parent)) => self.hand_on(parent, interaction),
            (Moment::Activated | Moment::Moved, _) => {}
        }
        let state = &self.known(interaction).state;
        let changes: Vec<Fact> =
            state.rare.clocks.iter().filter_map(|clock| self.change_of(clock, state)).collect();
        for fact in changes {
            self.emit(fact);
        }
    }

    fn start_clock(&mut self, interaction: InteractionId, clock: SlaClock, since_ms: Millis) {
        let queue = self.known(interaction).state.queue;
        let policy = &self.queue(queue).state;
        let Some(target) = policy.config.sla.iter().find(|target| target.clock == clock) else { return };
        let due = |left_ms| policy.open_after(since_ms, left_ms);
        let fact = SlaStarted {
            interaction,
            queue,
            clock,
            target_ms: target.target_ms,
            since_ms,
            warn_left_ms: target.warn_after_ms,
            pauses: target.pauses.clone(),
            warn_at_ms: target.warn_after_ms.and_then(due),
            breach_at_ms: due(target.target_ms),
        };
        self.emit(fact);
    }

    fn hand_on(&mut self, parent: InteractionId, child: InteractionId) {
        let has_any = self.found(parent).is_some_and(|parent| {
            let state = &parent.state;
            let has_turn = state.is_answered;
            state.rare.child == Some(child)
                && (has_turn || state.rare.clocks.iter().any(|clock| clock.clock != SlaClock::Answer))
        });
        if has_any {
            self.emit(SlaHandedOn { interaction: parent, child });
        }
    }

    /// Returns what becomes of a clock as its work stands now.
    fn change_of(&self, clock: &ClockState, state: &InteractionState) -> Option<Fact> {
        let InteractionState { interaction, queue, .. } = *state;
        let policy = &self.queue(queue).state;
        let (left_ms, warn_left_ms) = clock.left(self.at_ms, policy);
        if is_met(clock.clock, state) {
            return Some(SlaMet { interaction, queue, clock: clock.clock, left_ms }.into());
        }
        match (clock.pause(state), clock.is_paused) {
            (Some(pause), false) => {
                Some(SlaPaused { interaction, clock: clock.clock, pause, left_ms, warn_left_ms }.into())
            }
            (None, true) => {
                let due = |left_ms| policy.open_after(self.at_ms, left_ms);
                let (warn_at_ms, breach_at_ms) = (warn_left_ms.and_then(due), due(left_ms));
                let clock = clock.clock;
                Some(SlaResumed { interaction, queue, clock, warn_at_ms, breach_at_ms }.into())
            }
            _ => None,
        }
    }

    /// Work that closes after its contact was served is resolved.
    pub(crate) fn meet_resolution(&mut self) {
        let Some(Fact::InteractionClosed(fact)) = self.facts.last() else { return };
        let state = &self.known(fact.interaction).state;
        let is_served = !matches!(fact.reason, CloseReason::AgentLost | CloseReason::AgentRemoved);
        let clock = state.rare.clocks.iter().find(|clock| clock.clock == SlaClock::Resolution);
        if let Some(clock) = clock.filter(|_| is_served) {
            let (left_ms, _) = clock.left(self.at_ms, &self.queue(state.queue).state);
            let (interaction, queue) = (state.interaction, state.queue);
            let closed = self.facts.pop();
            self.emit(SlaMet { interaction, queue, clock: SlaClock::Resolution, left_ms });
            self.facts.extend(closed);
        }
    }

    /// A warning or a breach is due.
    pub(crate) fn fire_clock(&mut self, interaction: InteractionId) {
        let state = &self.known(interaction).state;
        let queue = state.queue;
        let first = state.rare.clocks.iter().filter_map(|clock| Some((clock.due()?, clock)));
        let ((_, (clock, is_breach)), found) = first.min_by_key(|&(due, _)| due).expect("a clock is due");
        if is_breach {
            let target_ms = found.target_ms;
            self.emit(SlaBreached { interaction, queue, target_ms, clock });
        } else {
            let breach_at_ms = found.breach_at_ms;
            self.emit(SlaWarned { interaction, queue, clock, breach_at_ms });
        }
    }

    /// The agent wrote to the contact: whose turn it is changes (R66).
    pub(crate) fn agent_wrote(&mut self, interaction: InteractionId, agent: AgentId) -> Result<(), Refusal> {
        let state = self.interaction(interaction)?;
        if state.is_untaken() {
            return Err(Refusal::NotActive);
        }
        if !state.holder.is(agent) && self.seat_of(interaction, agent).is_none() {
            return Err(Refusal::NotOwner);
        }
        if !state.is_answered {
            self.emit(AgentWroteSeen { interaction, agent });
        }
        Ok(())
    }

    /// The contact wrote; nothing changes unless an agent had written last.
    pub(crate) fn pass_turn(&mut self, interaction: InteractionId) {
        if self.known(interaction).state.is_answered {
            self.emit(ContactWroteSeen { interaction });
        }
    }
}
