//! What one replication counts, by type and period of arrival, and what agents were busy with.

use crate::Micros;
use crate::recorded::{Contact, Ending};
use crate::scenario::Scenario;

/// Contacts of one type that arrived in one period, or sums of such.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cell {
    pub arrived: f64,
    pub served: f64,
    pub abandoned: f64,
    /// Left by the queue's exit.
    pub diverted: f64,
    pub blocked: f64,
    /// Still waiting when nothing more would happen.
    pub unanswered: f64,
    pub in_target: f64,
    /// Left within the target.
    pub abandoned_early: f64,
    pub served_wait_s: f64,
    pub abandoned_wait_s: f64,
    /// Waiting, integrated over the time of the period itself.
    pub waiting_s: f64,
}

impl Cell {
    pub(crate) fn add(&mut self, other: &Self) {
        self.arrived += other.arrived;
        self.served += other.served;
        self.abandoned += other.abandoned;
        self.diverted += other.diverted;
        self.blocked += other.blocked;
        self.unanswered += other.unanswered;
        self.in_target += other.in_target;
        self.abandoned_early += other.abandoned_early;
        self.served_wait_s += other.served_wait_s;
        self.abandoned_wait_s += other.abandoned_wait_s;
        self.waiting_s += other.waiting_s;
    }
}

/// Units of one group, integrated over one period.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Work {
    pub busy_s: f64,
    pub staffed_s: f64,
}

/// One replication of one policy.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    /// By type, then period.
    pub cells: Vec<Vec<Cell>>,
    /// By group, then period.
    pub work: Vec<Vec<Work>>,
    /// Warm-up included.
    pub contacts: u64,
}

impl Tally {
    pub(crate) fn new(types: usize, groups: usize, periods: usize) -> Self {
        Self {
            cells: vec![vec![Cell::default(); periods]; types],
            work: vec![vec![Work::default(); periods]; groups],
            contacts: 0,
        }
    }
}

/// Returns whole microseconds as seconds.
#[allow(clippy::cast_precision_loss)] // 285 years are exact.
pub(crate) fn seconds(micros: Micros) -> f64 {
    micros as f64 / 1e6
}

/// Counts a recorded day as it was; `None` if the scenario is none.
pub(crate) fn recorded(scenario: &Scenario) -> Option<Tally> {
    scenario.types.iter().find(|kind| kind.recorded.is_some())?;
    let (types, groups) = (scenario.types.len(), scenario.groups.len());
    let mut tally = Tally::new(types, groups, scenario.periods);
    for (kind, told) in scenario.types.iter().enumerate() {
        for contact in told.recorded.iter().flatten() {
            tally.contacts += 1;
            count(scenario, &mut tally, kind, contact);
        }
    }
    for (group, told) in scenario.groups.iter().enumerate() {
        let units = f64::from(scenario.seats(group) * told.capacity);
        for &(from_s, until_s) in told.presence.iter().flatten() {
            share(scenario, from_s, until_s, |period, part_s| {
                tally.work[group][period].staffed_s += part_s * units;
            });
        }
    }
    // Who finishes what is in hand is there as long.
    for work in tally.work.iter_mut().flatten() {
        work.staffed_s = work.staffed_s.max(work.busy_s);
    }
    Some(tally)
}

fn count(scenario: &Scenario, tally: &mut Tally, kind: usize, contact: &Contact) {
    let answered_s = contact.at_s + contact.waited_s;
    let offered_s = answered_s - contact.answer_s;
    share(scenario, contact.at_s, offered_s, |period, part_s| {
        tally.cells[kind][period].waiting_s += part_s;
    });
    if let (Ending::Served, Some(group)) = (contact.ending, contact.group) {
        let handled_s = contact.service_s.unwrap_or(0.0) + contact.wrap_up_s.unwrap_or(0.0);
        share(scenario, offered_s, answered_s + handled_s, |period, part_s| {
            tally.work[group][period].busy_s += part_s;
        });
    }
    let Some(period) = period_of(scenario, contact.at_s) else { return };
    let cell = &mut tally.cells[kind][period];
    let is_in_target = f64::from(u8::from(contact.waited_s <= scenario.types[kind].target_s));
    cell.arrived += 1.0;
    match contact.ending {
        Ending::Served => {
            cell.served += 1.0;
            cell.served_wait_s += contact.waited_s;
            cell.in_target += is_in_target;
        }
        Ending::Left => {
            cell.abandoned += 1.0;
            cell.abandoned_wait_s += contact.waited_s;
            cell.abandoned_early += is_in_target;
        }
        Ending::Diverted => cell.diverted += 1.0,
        Ending::Blocked => cell.blocked += 1.0,
        Ending::Waiting => cell.unanswered += 1.0,
    }
}

/// Returns the period of a moment of the day.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // It is at least 0 and ends with the periods.
fn period_of(scenario: &Scenario, at_s: f64) -> Option<usize> {
    (at_s >= 0.0).then(|| (at_s / scenario.period_s) as usize).filter(|&period| period < scenario.periods)
}

/// Splits an interval among the periods it lies in.
#[allow(clippy::cast_precision_loss)] // Periods are few.
fn share(scenario: &Scenario, from_s: f64, until_s: f64, mut add: impl FnMut(usize, f64)) {
    let Some(first) = period_of(scenario, from_s.max(0.0)) else { return };
    for period in first..scenario.periods {
        let (start_s, end_s) = (period as f64 * scenario.period_s, (period + 1) as f64 * scenario.period_s);
        let part_s = until_s.min(end_s) - from_s.max(start_s);
        if part_s <= 0.0 {
            break;
        }
        add(period, part_s);
    }
}
