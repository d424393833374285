//! Planned breaks and shifts (R84, R85).

use ucc_router_core::command::{PlannedBreak, SetPlan, SetStatus};
use ucc_router_core::fact::{BreakEnded, BreakStarted, PlanSet, ShiftEnded};
use ucc_router_core::words::{AgentId, Interval, Millis, Refusal, Session, Status};

use super::commands::Decision;
use super::{Agent, Oracle};

/// The derived order is that of one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Edge {
    Shift,
    Start,
    End,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    shifts: Vec<Interval>,
    breaks: Vec<PlannedBreak>,
    shift_end_ms: Option<Millis>,
    /// The break to come; none while one runs.
    next: Option<PlannedBreak>,
    /// Until when the break lasts that runs, and for what reason it keeps the agent off queue.
    runs: Option<(Millis, Option<String>)>,
}

impl Plan {
    pub(super) fn is_on_shift(&self, at_ms: Millis) -> bool {
        self.shifts.is_empty() || self.is_in_shift(at_ms)
    }

    fn is_in_shift(&self, at_ms: Millis) -> bool {
        self.shifts.iter().any(|&(from_ms, to_ms)| from_ms <= at_ms && at_ms < to_ms)
    }

    fn first_end(&self, at_ms: Millis) -> Option<Millis> {
        self.shifts.iter().map(|&(_, to_ms)| to_ms).find(|&to_ms| to_ms > at_ms)
    }

    fn first_break(&self, at_ms: Millis) -> Option<PlannedBreak> {
        self.breaks.iter().find(|planned| planned.to_ms > at_ms).cloned()
    }

    fn break_at(&self, at_ms: Millis) -> Option<PlannedBreak> {
        self.breaks.iter().find(|planned| planned.from_ms <= at_ms && at_ms < planned.to_ms).cloned()
    }

    pub(super) fn dues(&self) -> Vec<(Millis, Edge)> {
        let shift = self.shift_end_ms.map(|at_ms| (at_ms, Edge::Shift));
        let start = self.next.as_ref().map(|planned| (planned.from_ms, Edge::Start));
        let end = self.runs.as_ref().map(|&(at_ms, _)| (at_ms, Edge::End));
        [shift, start, end].into_iter().flatten().collect()
    }
}

fn check_sorted(spans: &[Interval]) -> Decision {
    let mut last_ms = 0;
    for &(from_ms, to_ms) in spans {
        if from_ms < last_ms || to_ms <= from_ms {
            return Err(Refusal::BadInterval);
        }
        last_ms = to_ms;
    }
    Ok(())
}

impl Agent {
    /// What the agent wants, now or after the work in hand.
    fn wanted(&self) -> (Status, Option<String>) {
        self.next.clone().unwrap_or((self.status, self.reason.clone()))
    }

    fn is_kept(&self) -> bool {
        match &self.plan.runs {
            Some((_, Some(reason))) => self.wanted() == (Status::OffQueue, Some(reason.clone())),
            _ => false,
        }
    }

    fn follows_plan(&self) -> bool {
        self.session != Session::Offline && (self.wanted().0 == Status::OnQueue || self.is_kept())
    }
}

impl Oracle {
    pub(super) fn set_plan(&mut self, command: &SetPlan) -> Decision {
        let at_ms = self.at_ms;
        let agent = self.agents.get_mut(&command.agent).ok_or(Refusal::UnknownAgent)?;
        check_sorted(&command.shifts)?;
        let breaks: Vec<Interval> = command.breaks.iter().map(|one| (one.from_ms, one.to_ms)).collect();
        check_sorted(&breaks)?;
        let mut shifts: Vec<Interval> = Vec::new();
        for &(from_ms, to_ms) in &command.shifts {
            match shifts.last_mut() {
                Some(last) if last.1 == from_ms => last.1 = to_ms,
                _ => shifts.push((from_ms, to_ms)),
            }
        }
        let before = std::mem::take(&mut agent.plan);
        let mut plan = Plan { shifts, breaks: command.breaks.clone(), ..Plan::default() };
        let is_cut_short = before.is_in_shift(at_ms) && !plan.is_in_shift(at_ms);
        plan.shift_end_ms = if is_cut_short { Some(at_ms) } else { plan.first_end(at_ms) };
        match before.runs {
            Some((_, reason)) => {
                plan.runs = Some((plan.break_at(at_ms).map_or(at_ms, |planned| planned.to_ms), reason));
            }
            None => plan.next = plan.first_break(at_ms),
        }
        agent.plan = plan;
        self.note(PlanSet { config: command.clone() });
        Ok(())
    }

    pub(super) fn follow_plan(&mut self, id: AgentId, edge: Edge) {
        let at_ms = self.at_ms;
        let agent = &self.agents[&id];
        let (follows, is_kept, plan) = (agent.follows_plan(), agent.is_kept(), agent.plan.clone());
        let is_here = agent.session == Session::Online;
        match edge {
            Edge::Shift => {
                let entry = self.agents.get_mut(&id).expect("known");
                entry.plan.shift_end_ms = plan.first_end(at_ms);
                let has_next = plan.is_in_shift(at_ms);
                if let Some((_, reason)) = &mut entry.plan.runs {
                    *reason = reason.take().filter(|_| has_next);
                }
                self.note(ShiftEnded { agent: id });
                if follows && !has_next {
                    self.go(id, Status::OffQueue, Some("own".to_owned()));
                }
            }
            Edge::Start => self.begin_break(id, plan.next.expect("due"), follows),
            Edge::End => {
                if let Some(next) = plan.break_at(at_ms) {
                    self.begin_break(id, next, follows);
                } else {
                    let entry = self.agents.get_mut(&id).expect("known");
                    entry.plan.runs = None;
                    entry.plan.next = plan.first_break(at_ms);
                    self.note(BreakEnded { agent: id });
                    if is_kept && is_here {
                        self.go(id, Status::OnQueue, None);
                    }
                }
            }
        }
    }

    fn begin_break(&mut self, id: AgentId, planned: PlannedBreak, follows: bool) {
        let PlannedBreak { to_ms, reason, .. } = planned;
        let is_applied = follows && to_ms > self.at_ms;
        let plan = &mut self.agents.get_mut(&id).expect("known").plan;
        plan.next = None;
        plan.runs = Some((to_ms, is_applied.then(|| reason.clone())));
        self.note(BreakStarted { agent: id, reason: reason.clone(), until_ms: to_ms, is_applied });
        if is_applied {
            self.go(id, Status::OffQueue, Some(reason));
        }
    }

    fn go(&mut self, agent: AgentId, status: Status, reason: Option<String>) {
        self.set_status(&SetStatus { agent, status, reason }).expect("known");
    }
}
