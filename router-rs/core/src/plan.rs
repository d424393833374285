//! An agent's planned shifts and breaks: what a snapshot holds of them, and how facts change them (R84, R85).

use crate::command::{PlannedBreak, SetPlan};
use crate::engine::Engine;
use crate::fact::{BreakStarted, Fact};
use crate::state::{Agent, joined};
use crate::wire::{record, untagged};
use crate::words::{AgentId, Millis};

/// What a plan does next; in this order when two are due in the same millisecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Edge {
    ShiftEnd,
    BreakStart,
    BreakEnd,
}

record! {
    /// A plan and what time has made of it.
    PlanState as "plan_state" {
        config: SetPlan,
        /// Of the shift that runs or comes next.
        shift_ends_ms: Option<Millis>,
        /// Of the next break; none while one runs.
        break_starts_ms: Option<Millis>,
        /// Of the break that runs.
        break_ends_ms: Option<Millis>,
        /// The reason of the break that runs, if it took the agent off queue.
        kept_as: Option<String>,
    }
}
untagged!(PlanState);

impl SetPlan {
    /// Says whether no shifts are planned or one runs.
    fn is_on_shift(&self, at_ms: Millis) -> bool {
        self.shifts.is_empty() || self.runs_shift(at_ms)
    }

    pub(crate) fn runs_shift(&self, at_ms: Millis) -> bool {
        let next = self.shifts.partition_point(|&(_, to_ms)| to_ms <= at_ms);
        self.shifts.get(next).is_some_and(|&(from_ms, _)| from_ms <= at_ms)
    }

    fn next_shift_end(&self, at_ms: Millis) -> Option<Millis> {
        let next = self.shifts.partition_point(|&(_, to_ms)| to_ms <= at_ms);
        self.shifts.get(next).map(|&(_, to_ms)| to_ms)
    }

    /// Returns the break that runs or comes next.
    fn next_break(&self, at_ms: Millis) -> Option<&PlannedBreak> {
        let next = self.breaks.partition_point(|planned| planned.to_ms <= at_ms);
        self.breaks.get(next)
    }

    /// Returns the break that should run.
    pub(crate) fn running_break(&self, at_ms: Millis) -> Option<&PlannedBreak> {
        self.next_break(at_ms).filter(|planned| planned.from_ms <= at_ms)
    }
}

impl PlanState {
    /// Returns what it does next, and when.
    pub(crate) fn due(&self) -> Option<(Millis, Edge)> {
        let edges = [
            (self.shift_ends_ms, Edge::ShiftEnd),
            (self.break_starts_ms, Edge::BreakStart),
            (self.break_ends_ms, Edge::BreakEnd),
        ];
        edges.into_iter().filter_map(|(at_ms, edge)| Some((at_ms?, edge))).min()
    }

    /// Puts a new plan in the place of this one: a break goes on where the new plan has one, and what the new plan
    /// has ended already, or begun, is due at once.
    fn replaced(before: Option<&Self>, config: SetPlan, at_ms: Millis) -> Self {
        let ran_shift = before.is_some_and(|before| before.config.runs_shift(at_ms));
        let in_break = before.filter(|before| before.break_ends_ms.is_some());
        let ends_now = ran_shift && !config.runs_shift(at_ms);
        let running = config.running_break(at_ms).map(|planned| planned.to_ms);
        let next = config.next_break(at_ms).map(|planned| planned.from_ms);
        Self {
            shift_ends_ms: if ends_now { Some(at_ms) } else { config.next_shift_end(at_ms) },
            break_starts_ms: next.filter(|_| in_break.is_none()),
            break_ends_ms: in_break.map(|_| running.unwrap_or(at_ms)),
            kept_as: in_break.and_then(|before| before.kept_as.clone()),
            config,
        }
    }
}

impl Agent {
    /// Returns what the plan does next, if that is due before anything a lost session does.
    pub(crate) fn plan_edge(&self) -> Option<Edge> {
        let (due_ms, edge) = self.state.plan.as_ref()?.due()?;
        self.lost_due().is_none_or(|lost_ms| due_ms <= lost_ms).then_some(edge)
    }
}

impl Engine {
    /// Says whether the agent has no shifts planned or is in one.
    pub(crate) fn is_on_shift(&self, agent: AgentId) -> bool {
        let plan = self.agent(agent).and_then(|agent| agent.state.plan.as_ref());
        plan.is_none_or(|plan| plan.config.is_on_shift(self.at_ms))
    }

    // --- folding ----------------------------------------------------------------------------------

    /// Folds a fact about a plan.
    pub(crate) fn fold_plan(&mut self, fact: &Fact) {
        match fact {
            Fact::PlanSet(fact) => self.fold_plan_set(&fact.config),
            Fact::BreakStarted(fact) => self.fold_break_started(fact),
            Fact::BreakEnded(fact) => self.fold_break_ended(fact.agent),
            Fact::ShiftEnded(fact) => self.fold_shift_ended(fact.agent),
            _ => {}
        }
    }

    fn fold_plan_set(&mut self, config: &SetPlan) {
        let (slot, at_ms) = (self.slot_of(config.agent), self.now_ms);
        let config = SetPlan { shifts: joined(&config.shifts), ..config.clone() };
        let before = self.at(slot).state.plan.as_deref();
        let plan = PlanState::replaced(before, config, at_ms);
        let is_empty = plan.config.shifts.is_empty() && plan.due().is_none();
        self.at_mut(slot).state.plan = (!is_empty).then(|| Box::new(plan));
        self.refresh(slot);
    }

    fn fold_break_started(&mut self, fact: &BreakStarted) {
        self.change_plan(fact.agent, |plan, _| {
            plan.break_starts_ms = None;
            plan.break_ends_ms = Some(fact.until_ms);
            plan.kept_as = fact.is_applied.then(|| fact.reason.clone());
        });
    }

    fn fold_break_ended(&mut self, agent: AgentId) {
        self.change_plan(agent, |plan, at_ms| {
            plan.break_ends_ms = None;
            plan.kept_as = None;
            plan.break_starts_ms = plan.config.next_break(at_ms).map(|planned| planned.from_ms);
        });
    }

    fn fold_shift_ended(&mut self, agent: AgentId) {
        self.change_plan(agent, |plan, at_ms| {
            plan.shift_ends_ms = plan.config.next_shift_end(at_ms);
            if !plan.config.runs_shift(at_ms) {
                plan.kept_as = None;
            }
        });
    }

    fn change_plan(&mut self, agent: AgentId, change: impl FnOnce(&mut PlanState, Millis)) {
        let (slot, at_ms) = (self.slot_of(agent), self.now_ms);
        if let Some(plan) = self.at_mut(slot).state.plan.as_deref_mut() {
            change(plan, at_ms);
        }
        self.refresh(slot);
    }
}
