//! What one replication counts, by type and period of arrival, and what agents were busy with.

use crate::Micros;

/// Contacts of one type that arrived in one period, or sums of such.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cell {
    pub arrived: f64,
    pub served: f64,
    pub abandoned: f64,
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
