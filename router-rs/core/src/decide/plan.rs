//! Planned breaks and the end of shifts: what an agent's plan does to the status (R84, R85).

use super::configure::check_intervals;
use crate::command::{PlannedBreak, SetPlan, SetStatus};
use crate::engine::Engine;
use crate::fact::{BreakEnded, BreakStarted, PlanSet, ShiftEnded};
use crate::plan::Edge;
use crate::state::AgentState;
use crate::words::{AgentId, Interval, Refusal, Refused, Session, Status};

/// The reason of whoever is off queue after a shift.
const OWN: &str = "own";

impl AgentState {
    /// Returns the status the agent has or, with work in hand, is about to have.
    fn wanted(&self) -> (Status, Option<&String>) {
        match self.next_status {
            Some(next) => (next, self.next_reason.as_ref()),
            None => (self.status, self.reason.as_ref()),
        }
    }

    /// Says whether the agent is off queue for the planned break that runs, and for nothing else.
    fn is_kept(&self) -> bool {
        let kept_as = self.plan.as_ref().and_then(|plan| plan.kept_as.as_ref());
        kept_as.is_some() && self.wanted() == (Status::OffQueue, kept_as)
    }

    /// Says whether the agent is signed in and on queue, or off queue for the planned break alone.
    fn follows_plan(&self) -> bool {
        self.session != Session::Offline && (self.wanted().0 == Status::OnQueue || self.is_kept())
    }
}

impl Engine {
    pub(crate) fn set_plan(&mut self, command: &SetPlan) -> Result<(), Refused> {
        if self.agent(command.agent).is_none() {
            return Err(Refusal::UnknownAgent.into());
        }
        check_intervals(&command.shifts, "shifts")?;
        let breaks: Vec<Interval> =
            command.breaks.iter().map(|planned| (planned.from_ms, planned.to_ms)).collect();
        check_intervals(&breaks, "breaks")?;
        self.emit(PlanSet { config: command.clone() });
        Ok(())
    }

    pub(crate) fn fire_plan(&mut self, agent: AgentId, edge: Edge) {
        let state = &self.agent(agent).expect("a timer names a known agent").state;
        let plan = state.plan.as_ref().expect("a plan's timer names an agent with a plan");
        match edge {
            Edge::ShiftEnd => self.end_shift(agent),
            Edge::BreakStart => {
                let starts_ms = plan.break_starts_ms.expect("a break starts");
                let found = plan.config.breaks.iter().find(|planned| planned.from_ms == starts_ms);
                let planned = found.expect("a planned break starts").clone();
                self.start_break(agent, planned);
            }
            Edge::BreakEnd => match plan.config.running_break(self.at_ms).cloned() {
                // From one to the next nobody is offered anything in between.
                Some(next) => self.start_break(agent, next),
                None => self.end_break(agent),
            },
        }
    }

    /// Off queue at once or when the work in hand is done (R24); a break that was over before it was told is only told.
    fn start_break(&mut self, agent: AgentId, planned: PlannedBreak) {
        let state = &self.agent(agent).expect("the plan is a known agent's").state;
        let is_applied = state.follows_plan() && planned.to_ms > self.at_ms;
        let PlannedBreak { to_ms, reason, .. } = planned;
        self.emit(BreakStarted { agent, reason: reason.clone(), until_ms: to_ms, is_applied });
        if is_applied {
            self.go(agent, Status::OffQueue, Some(reason));
        }
    }

    /// Back on queue whoever is off queue, or about to be, for this break alone, and still here.
    fn end_break(&mut self, agent: AgentId) {
        let state = &self.agent(agent).expect("the plan is a known agent's").state;
        let is_back = state.session == Session::Online && state.is_kept();
        self.emit(BreakEnded { agent });
        if is_back {
            self.go(agent, Status::OnQueue, None);
        }
    }

    /// Off queue for good, unless the next shift has begun before the end of this one was told.
    fn end_shift(&mut self, agent: AgentId) {
        let state = &self.agent(agent).expect("the plan is a known agent's").state;
        let has_next = state.plan.as_ref().is_some_and(|plan| plan.config.runs_shift(self.at_ms));
        let goes = state.follows_plan() && !has_next;
        self.emit(ShiftEnded { agent });
        if goes {
            self.go(agent, Status::OffQueue, Some(OWN.to_owned()));
        }
    }

    fn go(&mut self, agent: AgentId, status: Status, reason: Option<String>) {
        self.set_status(&SetStatus { agent, status, reason }).expect("the plan is a known agent's");
    }
}
