//! SLA clocks: what a snapshot holds of them, and how facts change them.
//!
//! A clock keeps how much open time it has left, so that a pause, another queue or an edited calendar only
//! asks when that will have run out from here on.

use crate::engine::Engine;
use crate::fact::{SlaHandedOn, SlaPaused, SlaResumed, SlaStarted};
use crate::interaction::InteractionState;
use crate::maybe::When;
use crate::state::{QueueState, Stage};
use crate::wire::{record, untagged};
use crate::words::{InteractionId, Millis, SlaClock, SlaPause};

record! {
    /// A clock that is neither met nor breached.
    ClockState as "clock_state" {
        clock: SlaClock,
        target_ms: Millis,
        pauses: Vec<SlaPause>,
        /// Stands still: nothing of it is due.
        is_paused: bool,
        /// Since when it runs or stands.
        since_ms: Millis,
        /// Open time until the breach, as of then.
        left_ms: Millis,
        /// Open time until the warning, as of then; none once it is told or where none is asked.
        warn_left_ms: Option<Millis>,
        warn_at_ms: Option<Millis>,
        breach_at_ms: Option<Millis>,
    }
}
untagged!(ClockState);

impl ClockState {
    fn started(fact: &SlaStarted) -> Self {
        Self {
            clock: fact.clock,
            target_ms: fact.target_ms,
            pauses: fact.pauses.clone(),
            is_paused: false,
            since_ms: fact.since_ms,
            left_ms: fact.target_ms,
            warn_left_ms: fact.warn_left_ms,
            warn_at_ms: fact.warn_at_ms,
            breach_at_ms: fact.breach_at_ms,
        }
    }

    /// Returns what it does next, a warning before the breach: when, and whether it is the breach.
    pub(crate) fn due(&self) -> Option<(Millis, (SlaClock, bool))> {
        let warning = self.warn_at_ms.map(|at_ms| (at_ms, (self.clock, false)));
        let breach = self.breach_at_ms.map(|at_ms| (at_ms, (self.clock, true)));
        warning.into_iter().chain(breach).min()
    }

    /// Returns the open time left until the breach and until the warning.
    pub(crate) fn left(&self, at_ms: Millis, queue: &QueueState) -> (Millis, Option<Millis>) {
        let run_ms = if self.is_paused { 0 } else { queue.open_between(self.since_ms, at_ms) };
        // An edited calendar may have let it run for longer than there was.
        let left = |ms: Millis| (ms - run_ms).max(0);
        (left(self.left_ms), self.warn_left_ms.map(left))
    }

    /// Finds out from the queue's calendar when it will have run out.
    pub(crate) fn time(&mut self, queue: &QueueState) {
        if !self.is_paused {
            let due = |left_ms| queue.open_after(self.since_ms, left_ms);
            (self.warn_at_ms, self.breach_at_ms) = (self.warn_left_ms.and_then(due), due(self.left_ms));
        }
    }

    fn stop(&mut self, at_ms: Millis, left_ms: Millis, warn_left_ms: Option<Millis>) {
        self.is_paused = true;
        self.since_ms = at_ms;
        self.left_ms = left_ms;
        self.warn_left_ms = warn_left_ms;
        self.warn_at_ms = None;
        self.breach_at_ms = None;
    }

    /// Says what stops it while its work is like this (R63).
    pub(crate) fn pause(&self, state: &InteractionState) -> Option<SlaPause> {
        let holds = |pause: &SlaPause| match pause {
            SlaPause::Parked => state.stage == Stage::Parked,
            SlaPause::ContactLost => state.is_contact_lost,
            SlaPause::Answered => state.is_answered,
            SlaPause::Wrapping => state.stage == Stage::Wrapping,
        };
        self.pauses.iter().copied().find(holds)
    }
}

impl QueueState {
    /// Returns how much open time lies between two moments.
    pub(crate) fn open_between(&self, from_ms: Millis, to_ms: Millis) -> Millis {
        let first = self.config.open.partition_point(|&(_, end_ms)| end_ms <= from_ms);
        let spans = self.config.open[first..].iter().take_while(|&&(start_ms, _)| start_ms < to_ms);
        spans.map(|&(start_ms, end_ms)| end_ms.min(to_ms) - start_ms.max(from_ms)).sum()
    }

    pub(crate) fn has_answer_clock(&self) -> bool {
        self.config.sla.iter().any(|target| target.clock == SlaClock::Answer)
    }

    /// Returns when work without an answer clock of its own has waited for too long (R18).
    pub(crate) fn answer_at(&self, from_ms: Millis) -> Option<Millis> {
        if self.has_answer_clock() { None } else { self.open_after(from_ms, self.config.answer_target_ms) }
    }
}

impl InteractionState {
    fn clock_mut(&mut self, clock: SlaClock) -> Option<&mut ClockState> {
        self.rare.existing()?.clocks.iter_mut().find(|found| found.clock == clock)
    }

    pub(crate) fn end_clock(&mut self, clock: SlaClock) {
        if let Some(rare) = self.rare.existing() {
            rare.clocks.retain(|found| found.clock != clock);
        }
    }

    fn put_clock(&mut self, clock: ClockState) {
        self.rare.clocks.retain(|found| found.clock != clock.clock);
        let at = self.rare.clocks.partition_point(|found| found.clock < clock.clock);
        self.rare.clocks.insert(at, clock);
    }
}

// --- folding --------------------------------------------------------------------------------------------

impl Engine {
    pub(crate) fn fold_sla_started(&mut self, fact: &SlaStarted) {
        self.amend(fact.interaction, |state| state.put_clock(ClockState::started(fact)));
    }

    pub(crate) fn fold_sla_paused(&mut self, fact: &SlaPaused) {
        let at_ms = self.now_ms;
        self.amend(fact.interaction, |state| {
            if let Some(clock) = state.clock_mut(fact.clock) {
                clock.stop(at_ms, fact.left_ms, fact.warn_left_ms);
            }
        });
    }

    pub(crate) fn fold_sla_resumed(&mut self, fact: &SlaResumed) {
        let at_ms = self.now_ms;
        self.amend(fact.interaction, |state| {
            if let Some(clock) = state.clock_mut(fact.clock) {
                clock.is_paused = false;
                clock.since_ms = at_ms;
                clock.warn_at_ms = fact.warn_at_ms;
                clock.breach_at_ms = fact.breach_at_ms;
            }
        });
    }

    pub(crate) fn fold_sla_warned(&mut self, interaction: InteractionId, clock: SlaClock) {
        self.amend(interaction, |state| {
            if let Some(clock) = state.clock_mut(clock) {
                clock.warn_left_ms = None;
                clock.warn_at_ms = None;
            }
        });
    }

    pub(crate) fn fold_sla_breached(&mut self, interaction: InteractionId, clock: SlaClock) {
        self.amend(interaction, |state| {
            if clock == SlaClock::Answer {
                state.sla_at_ms = When::NEVER;
            }
            state.end_clock(clock);
        });
    }

    pub(crate) fn fold_sla_met(&mut self, interaction: InteractionId, clock: SlaClock) {
        self.amend(interaction, |state| state.end_clock(clock));
    }

    /// The child goes on with what its parent had left; whose turn it is goes with it.
    pub(crate) fn fold_sla_handed_on(&mut self, fact: &SlaHandedOn) {
        self.stop_clocks(fact.interaction);
        let (mut clocks, mut is_answered) = (Vec::new(), false);
        self.amend(fact.interaction, |parent| {
            if let Some(rare) = parent.rare.existing() {
                let (stays, goes) = std::mem::take(&mut rare.clocks)
                    .into_iter()
                    .partition(|clock: &ClockState| clock.clock == SlaClock::Answer);
                (rare.clocks, clocks) = (stays, goes);
            }
            is_answered = std::mem::take(&mut parent.is_answered);
        });
        self.amend(fact.child, |child| {
            for clock in clocks {
                child.put_clock(clock);
            }
            child.is_answered = is_answered;
        });
    }

    /// Leaves the calendar of the queue the work is in; in the next one the clocks are resumed.
    pub(crate) fn stop_clocks(&mut self, interaction: InteractionId) {
        let state = &self.known(interaction).state;
        if state.rare.clocks.is_empty() {
            return;
        }
        let (mut clocks, at_ms) = (state.rare.clocks.clone(), self.now_ms);
        let queue = &self.queue(state.queue).state;
        for clock in clocks.iter_mut().filter(|clock| !clock.is_paused) {
            let (left_ms, warn_left_ms) = clock.left(at_ms, queue);
            clock.stop(at_ms, left_ms, warn_left_ms);
        }
        self.amend(interaction, |state| state.rare.clocks = clocks);
    }
}
