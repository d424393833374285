//! SLA clocks as facts tell of them: I12, that they run exactly in open time that no pause takes away.

use std::collections::BTreeMap;

use ucc_router_core::command::SetQueue;
use ucc_router_core::fact::Fact;
use ucc_router_core::words::{InteractionId, Millis, SlaClock, SlaPause};

use crate::ledger::{Broken, Ledger, Stage, check};

/// A clock that is neither met nor breached.
#[derive(Clone, Debug)]
pub struct Clock {
    left_ms: Millis,
    since_ms: Millis,
    runs: bool,
    is_warned: bool,
    pauses: Vec<SlaPause>,
}

fn open_ms(queue: &SetQueue, from_ms: Millis, to_ms: Millis) -> Millis {
    let spans = queue.open.iter();
    spans.map(|&(open_ms, close_ms)| (close_ms.min(to_ms) - open_ms.max(from_ms)).max(0)).sum()
}

impl Clock {
    fn left(&self, queue: &SetQueue, at_ms: Millis) -> Millis {
        if self.runs { self.left_ms - open_ms(queue, self.since_ms, at_ms) } else { self.left_ms }
    }
}

impl Ledger {
    /// The work goes on in another queue's open time: what is left is counted by the old one's.
    pub(crate) fn stop_clocks(&mut self, at_ms: Millis, interaction: InteractionId) {
        let work = self.work.get_mut(&interaction).expect("a fact names live work");
        let queue = &self.queues[&work.queue].0;
        for clock in work.clocks.values_mut() {
            clock.left_ms = clock.left(queue, at_ms).max(0);
            clock.runs = false;
        }
    }

    /// Takes in what a fact tells of clocks.
    ///
    /// # Errors
    ///
    /// Returns how it contradicts what was told before.
    pub(crate) fn fold_clocks(&mut self, at_ms: Millis, fact: &Fact) -> Result<(), Broken> {
        let untold = |clock: SlaClock, id| format!("I12: {} of {id} is not running", clock.text());
        match fact {
            Fact::AgentWroteSeen(fact) => self.turn(fact.interaction, true)?,
            Fact::ContactWroteSeen(fact) => self.turn(fact.interaction, false)?,
            Fact::SlaStarted(fact) => {
                let clock = Clock {
                    left_ms: fact.target_ms,
                    since_ms: fact.since_ms,
                    runs: true,
                    is_warned: fact.warn_left_ms.is_none(),
                    pauses: fact.pauses.clone(),
                };
                let clocks = &mut self.work.get_mut(&fact.interaction).expect("live").clocks;
                clocks.insert(fact.clock, clock);
            }
            Fact::SlaPaused(fact) => {
                let (work, queue) = self.clocked(fact.interaction);
                let clock = work.clocks.get_mut(&fact.clock).ok_or_else(|| untold(fact.clock, work.queue))?;
                let left_ms = clock.left(queue, at_ms).max(0);
                let is_told = clock.runs && left_ms == fact.left_ms && clock.pauses.contains(&fact.pause);
                let is_parked = matches!(work.stage, Stage::Parked { .. });
                let holds = match fact.pause {
                    SlaPause::Parked => is_parked,
                    SlaPause::Wrapping => matches!(work.stage, Stage::Wrapping { .. }),
                    SlaPause::Answered => work.is_answered,
                    SlaPause::ContactLost => true,
                };
                (clock.left_ms, clock.runs) = (left_ms, false);
                check(is_told && holds, || format!("I12: {fact:?}, but {left_ms} ms are left"))?;
            }
            Fact::SlaResumed(fact) => {
                let (work, _) = self.clocked(fact.interaction);
                let clock = work.clocks.get_mut(&fact.clock).ok_or_else(|| untold(fact.clock, work.queue))?;
                let stood = !clock.runs;
                (clock.since_ms, clock.runs) = (at_ms, true);
                check(stood, || format!("I12: {fact:?}, but it ran"))?;
            }
            Fact::SlaWarned(fact) => {
                let (work, _) = self.clocked(fact.interaction);
                let clock = work.clocks.get_mut(&fact.clock).ok_or_else(|| untold(fact.clock, work.queue))?;
                let is_first = clock.runs && !std::mem::replace(&mut clock.is_warned, true);
                check(is_first, || format!("I12: {fact:?} a second time, or while it stands"))?;
            }
            Fact::SlaBreached(fact) => {
                let (work, queue) = self.clocked(fact.interaction);
                let clock = work.clocks.remove(&fact.clock);
                let is_own = fact.clock != SlaClock::Answer;
                check(clock.is_some() || !is_own, || untold(fact.clock, fact.interaction))?;
                let is_over = clock.is_none_or(|clock| clock.runs && clock.left(queue, at_ms) <= 0);
                check(is_over, || format!("I12: {fact:?} too early"))?;
            }
            Fact::SlaMet(fact) => {
                let (work, queue) = self.clocked(fact.interaction);
                let clock = work.clocks.remove(&fact.clock);
                let left_ms = clock.map(|clock| clock.left(queue, at_ms).max(0));
                check(left_ms == Some(fact.left_ms), || {
                    format!("I12: {fact:?}, but {left_ms:?} ms are left")
                })?;
            }
            Fact::SlaHandedOn(fact) => {
                self.stop_clocks(at_ms, fact.interaction);
                let parent = self.work.get_mut(&fact.interaction).expect("live");
                let is_answered = std::mem::take(&mut parent.is_answered);
                let all = std::mem::take(&mut parent.clocks);
                let (stays, goes): (BTreeMap<_, _>, BTreeMap<_, _>) =
                    all.into_iter().partition(|&(clock, _)| clock == SlaClock::Answer);
                parent.clocks = stays;
                let child = self.work.get_mut(&fact.child).expect("live");
                child.is_answered = is_answered;
                child.clocks.extend(goes);
            }
            _ => {}
        }
        Ok(())
    }

    fn clocked(&mut self, interaction: InteractionId) -> (&mut crate::ledger::Work, &SetQueue) {
        let work = self.work.get_mut(&interaction).expect("a fact names live work");
        let queue = &self.queues[&work.queue].0;
        (work, queue)
    }

    fn turn(&mut self, interaction: InteractionId, is_answered: bool) -> Result<(), Broken> {
        let work = self.work.get_mut(&interaction).expect("a fact names live work");
        let before = std::mem::replace(&mut work.is_answered, is_answered);
        check(before != is_answered, || format!("R66: whose turn {interaction} is did not change"))
    }
}
