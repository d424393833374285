//! The ledger's part on consults, conferences, flows and plans (R79–R85).

use std::collections::BTreeSet;

use ucc_router_core::fact::{ConnectingEndReason, Fact, InteractionQueued};
use ucc_router_core::words::{Millis, SlaClock};

use crate::ledger::{Bond, Broken, Ledger, Stage, check};

impl Ledger {
    /// Takes in what becomes of a consult that was accepted (R80, R81).
    pub(crate) fn fold_bond(&mut self, fact: &Fact) -> Result<(), Broken> {
        let (interaction, child, agent, bond) = match fact {
            Fact::ConsultCompleted(fact) => (fact.interaction, fact.child, fact.agent, None),
            Fact::ConferenceJoined(fact) => (fact.interaction, fact.child, fact.agent, Some(Bond::Seat)),
            _ => return Ok(()),
        };
        let is_abandonable = self.work[&interaction].is_abandonable;
        let work = self.entry(child);
        let was_consult = work.bond == Some(Bond::Consult)
            && work.parent == Some(interaction)
            && work.stage == Stage::Active { agent };
        work.bond = bond;
        work.is_abandonable = bond.is_none() && is_abandonable;
        check(was_consult, || format!("R80: {child} is no consult that {agent} has accepted"))
    }

    /// R79–R82: what is our own ends in time and with what it is about, and everybody is in it once.
    pub(crate) fn check_bonds(&self, now_ms: Millis) -> Result<(), Broken> {
        let mut seats = BTreeSet::new();
        for (id, work) in self.work.iter().filter(|(_, work)| work.bond.is_some()) {
            let parent = work.parent.and_then(|parent| Some((parent, self.work.get(&parent)?)));
            let Some((about, Stage::Active { agent: owner } | Stage::Interrupted { agent: owner })) =
                parent.map(|(about, parent)| (about, parent.stage))
            else {
                return Err(format!("R79: {id} outlives what it is about: {parent:?}"));
            };
            let is_connecting = matches!(work.stage, Stage::Connecting { .. });
            let is_late = !is_connecting && work.consult_until_ms.is_some_and(|until_ms| until_ms <= now_ms);
            check(!is_late, || format!("R79: nobody accepted {id}, and it goes on"))?;
            if let Stage::Active { agent } | Stage::Interrupted { agent } = work.stage {
                check(agent != owner, || format!("R79: {agent} has {about} and {id} beside it"))?;
                let is_new = work.bond != Some(Bond::Seat) || seats.insert((about, agent));
                check(is_new, || format!("R81: {agent} is in the conference about {about} twice"))?;
            }
        }
        Ok(())
    }

    /// R83: to a flow, and back to the same agent.
    pub(crate) fn fold_flow(&mut self, fact: &Fact) -> Result<(), Broken> {
        match fact {
            Fact::FlowEntered(fact) => {
                let work = self.entry(fact.interaction);
                let was_active = work.stage == Stage::Active { agent: fact.agent };
                work.stage = Stage::InFlow { agent: fact.agent, until_ms: fact.until_ms };
                check(was_active, || format!("R83: {} was in nobody's hands", fact.interaction))?;
            }
            Fact::FlowReturned(fact) => {
                let work = self.entry(fact.interaction);
                let was_with = matches!(work.stage, Stage::InFlow { agent, .. } if agent == fact.agent);
                work.stage = Stage::Active { agent: fact.agent };
                check(was_with, || format!("R83: {} came back to another", fact.interaction))?;
            }
            _ => {}
        }
        Ok(())
    }

    /// R87–R89: to who accepted or took it, and back or on in time.
    pub(crate) fn fold_connecting(&mut self, at_ms: Millis, fact: &Fact) -> Result<(), Broken> {
        match fact {
            Fact::ConnectingStarted(fact) => {
                let tries_max = self.queues[&self.work[&fact.interaction].queue].0.callback_tries;
                let work = self.entry(fact.interaction);
                let before = match work.stage {
                    Stage::Queued | Stage::Scheduled { .. } => None,
                    Stage::Connecting { agent, .. } => Some(agent),
                    _ => return Err(format!("I2: {} has two owners", fact.interaction)),
                };
                work.stage = Stage::Connecting { agent: fact.agent, until_ms: fact.until_ms };
                let count = if work.is_dialled { (work.tries + 1, tries_max) } else { (0, 0) };
                let is_told = (fact.tries, fact.tries_max) == count && fact.previous_agent == before;
                check(is_told, || format!("R88: {fact:?}, but {count:?} and {before:?}"))?;
            }
            Fact::ConnectingRearmed(fact) => {
                let work = self.entry(fact.interaction);
                let was_connecting =
                    matches!(work.stage, Stage::Connecting { agent, .. } if agent == fact.agent);
                work.stage = Stage::Connecting { agent: fact.agent, until_ms: fact.until_ms };
                check(was_connecting, || format!("R60: {} was not connecting", fact.interaction))?;
            }
            Fact::ConnectingFailed(fact) => {
                let is_due = |until_ms| fact.reason == ConnectingEndReason::Failed || until_ms <= at_ms;
                let work = self.entry(fact.interaction);
                let is_its = matches!(work.stage, Stage::Connecting { agent, until_ms }
                    if agent == fact.agent && is_due(until_ms));
                work.stage = Stage::Queued;
                work.excluded.push(fact.agent);
                self.in_between = Some(fact.interaction);
                check(is_its, || format!("R87: {} was not connecting, or not so long", fact.interaction))?;
            }
            Fact::InteractionScheduled(fact) => {
                let work = self.entry(fact.interaction);
                let is_next = work.is_dialled && fact.tries == work.tries + 1 && fact.tries < fact.tries_max;
                work.stage = Stage::Scheduled { due_ms: fact.due_ms };
                work.tries = fact.tries;
                work.step = 0;
                work.excluded.clear();
                work.clocks.remove(&SlaClock::Answer);
                check(is_next, || format!("R89: {fact:?}"))?;
            }
            Fact::InteractionFailed(fact) => {
                let work = self.work.remove(&fact.interaction).expect("a fact names live work");
                let tries_max = self.queues[&work.queue].0.callback_tries;
                let is_last = work.is_dialled && fact.tries == work.tries + 1 && fact.tries >= tries_max;
                check(is_last, || format!("R89: {fact:?}, but {tries_max} times at most"))?;
            }
            _ => self.fold_clocks(at_ms, fact)?,
        }
        Ok(())
    }

    /// R90: a call in a callback's place has its order, and in its queue its deadline.
    pub(crate) fn check_instead(&mut self, fact: &InteractionQueued) -> Result<(), Broken> {
        let called = self.called.take();
        let Some((callback, queue, (deadline_ms, order))) = called else {
            return check(fact.rare.instead_of.is_none(), || format!("R90: {fact:?}, but nobody awaited it"));
        };
        let is_kept = fact.order == order && (fact.queue != queue || fact.deadline_ms == deadline_ms);
        check(fact.rare.instead_of == Some(callback) && is_kept, || format!("R90: {fact:?} lost its place"))
    }

    /// R84, R85: breaks begin and end when they are planned to, and not twice.
    pub(crate) fn fold_plan(&mut self, at_ms: Millis, fact: &Fact) -> Result<(), Broken> {
        match fact {
            Fact::PlanSet(fact) => {
                let agent = self.agents.get_mut(&fact.config.agent).expect("known");
                agent.plan = Some(fact.config.clone());
            }
            Fact::BreakStarted(fact) => {
                let agent = self.agents.get_mut(&fact.agent).expect("known");
                let breaks = agent.plan.iter().flat_map(|plan| &plan.breaks);
                let is_planned = breaks.clone().any(|planned| {
                    planned.to_ms == fact.until_ms
                        && planned.from_ms <= at_ms
                        && planned.reason == fact.reason
                });
                let is_over = fact.until_ms <= at_ms;
                agent.in_break = Some((fact.until_ms, fact.is_applied.then(|| fact.reason.clone())));
                check(is_planned, || format!("R84: {} has no such break", fact.agent))?;
                check(!(is_over && fact.is_applied), || format!("R84: {} goes too late", fact.agent))?;
            }
            Fact::BreakEnded(fact) => {
                let agent = self.agents.get_mut(&fact.agent).expect("known");
                let mut breaks = agent.plan.iter().flat_map(|plan| &plan.breaks);
                let goes_on = breaks.any(|planned| planned.from_ms <= at_ms && at_ms < planned.to_ms);
                let was_in = agent.in_break.take().is_some();
                check(was_in && !goes_on, || format!("R84: the break of {} ended early", fact.agent))?;
            }
            Fact::ShiftEnded(fact) => {
                let agent = self.agents.get_mut(&fact.agent).expect("known");
                let mut shifts = agent.plan.iter().flat_map(|plan| &plan.shifts);
                let runs = shifts.clone().any(|&(from_ms, to_ms)| from_ms <= at_ms && at_ms < to_ms);
                check(!runs || shifts.any(|&(_, to_ms)| to_ms <= at_ms), || {
                    format!("R85: the shift of {} ended early", fact.agent)
                })?;
            }
            _ => {}
        }
        Ok(())
    }

    /// R84: everybody is in the break that is planned now, or in none.
    pub(crate) fn check_plans(&self, now_ms: Millis) -> Result<(), Broken> {
        for (id, agent) in &self.agents {
            let breaks = agent.plan.iter().flat_map(|plan| &plan.breaks);
            let has_break = breaks.clone().any(|planned| planned.from_ms <= now_ms && now_ms < planned.to_ms);
            check(has_break == agent.in_break.is_some(), || {
                format!("R84: {id} has a break planned: {has_break}, and has {:?}", agent.in_break)
            })?;
        }
        Ok(())
    }
}
