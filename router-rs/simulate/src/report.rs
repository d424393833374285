//! What a simulation gives back.

use serde::Serialize;

use crate::scenario::Scenario;
use crate::statistics::{Estimate, Part, difference_of, mean_of, ratio_of};
use crate::tally::{Cell, Tally, Work};

/// Every policy on the same contacts, and what ours gains.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Of the scenario.
    pub seed: u64,
    /// Of the scenario.
    pub replications: u32,
    /// Of the scenario.
    pub period_s: f64,
    /// Simulated by all policies together, warm-up included.
    pub contacts: u64,
    /// The day as it was, if it is a recorded one; ours; the edited; the rivals.
    pub policies: Vec<PolicyReport>,
    /// The edited against ours, ours against each rival.
    pub gains: Vec<Gain>,
}

impl Report {
    /// Returns the report as JSON.
    ///
    /// # Panics
    ///
    /// Never: a report holds numbers and names.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a report holds numbers and names")
    }
}

/// One policy.
#[derive(Debug, Serialize)]
pub struct PolicyReport {
    /// `recorded`, `ours`, `edited`, or the rival's.
    pub policy: &'static str,
    /// All types in all periods.
    pub in_all: Figures,
    /// All types, period by period.
    pub periods: Vec<Figures>,
    /// Type by type.
    pub types: Vec<TypeReport>,
    /// Group by group.
    pub groups: Vec<GroupReport>,
}

/// One type of contacts.
#[derive(Debug, Serialize)]
pub struct TypeReport {
    /// Its name.
    pub name: String,
    /// In all periods.
    pub in_all: Figures,
    /// Period by period.
    pub periods: Vec<Figures>,
}

/// One group of agents.
#[derive(Debug, Serialize)]
pub struct GroupReport {
    /// Its name.
    pub name: String,
    /// Units in hand ÷ units there, in all periods; `None` if nobody was there.
    pub occupancy: Option<Estimate>,
    /// Agents there, those included who finish what they have in hand.
    pub staffed: Estimate,
    /// The occupancy period by period.
    pub periods: Vec<Option<Estimate>>,
}

/// Contacts by their period of arrival. A ratio is `None` where nothing was counted below its line.
#[derive(Debug, Serialize)]
pub struct Figures {
    /// Everybody, the blocked included.
    pub arrived: Estimate,
    /// Answered, however late.
    pub served: Estimate,
    /// Left while waiting.
    pub abandoned: Estimate,
    /// Left by their queue's exit: to be called back, or to leave a message.
    pub diverted: Estimate,
    /// No line was free, or the queue was full.
    pub blocked: Estimate,
    /// Still waiting when nobody was left to answer.
    pub unanswered: Estimate,
    /// Served within the target.
    pub in_target: Estimate,
    /// By the four formulas.
    pub service_level: ServiceLevels,
    /// Mean wait of the served.
    pub asa_s: Option<Estimate>,
    /// Mean wait of the abandoned.
    pub abandoned_wait_s: Option<Estimate>,
    /// Mean number waiting during the period.
    pub waiting: Estimate,
}

/// The four standard formulas.
#[derive(Debug, Serialize)]
pub struct ServiceLevels {
    /// In target ÷ arrived.
    pub of_arrived: Option<Estimate>,
    /// In target ÷ served.
    pub of_served: Option<Estimate>,
    /// In target ÷ (arrived − abandoned within the target).
    pub without_early_abandoned: Option<Estimate>,
    /// (In target + abandoned within the target) ÷ arrived.
    pub early_abandoned_as_met: Option<Estimate>,
}

/// One policy's figures minus another's, in all, on the same contacts.
#[derive(Debug, Serialize)]
pub struct Gain {
    /// Whose: `ours`, or `edited`.
    pub policy: &'static str,
    /// Against whom: a rival, or `ours` for the edited.
    pub against: &'static str,
    /// Of `service_level.of_arrived`: above 0, the first answers more in time.
    pub service_level: Option<Estimate>,
    /// Below 0, the first answers sooner.
    pub asa_s: Option<Estimate>,
    /// Abandoned ÷ arrived: below 0, the first loses fewer.
    pub abandoned: Option<Estimate>,
}

const OF_ARRIVED: fn(&Cell) -> Part = |cell| (cell.in_target, cell.arrived);
const ASA_S: fn(&Cell) -> Part = |cell| (cell.served_wait_s, cell.served);
const ABANDONED: fn(&Cell) -> Part = |cell| (cell.abandoned, cell.arrived);

fn parts(cells: &[Cell], part: fn(&Cell) -> Part) -> Vec<Part> {
    cells.iter().map(part).collect()
}

/// Sums up one cell a replication; `length_s` is the time they cover.
fn figures(cells: &[Cell], length_s: f64) -> Figures {
    let mean = |value: fn(&Cell) -> f64| mean_of(&cells.iter().map(value).collect::<Vec<_>>());
    let ratio = |part| ratio_of(&parts(cells, part));
    let waiting: Vec<f64> = cells.iter().map(|cell| cell.waiting_s / length_s).collect();
    Figures {
        arrived: mean(|cell| cell.arrived),
        served: mean(|cell| cell.served),
        abandoned: mean(|cell| cell.abandoned),
        diverted: mean(|cell| cell.diverted),
        blocked: mean(|cell| cell.blocked),
        unanswered: mean(|cell| cell.unanswered),
        in_target: mean(|cell| cell.in_target),
        service_level: ServiceLevels {
            of_arrived: ratio(OF_ARRIVED),
            of_served: ratio(|cell| (cell.in_target, cell.served)),
            without_early_abandoned: ratio(|cell| (cell.in_target, cell.arrived - cell.abandoned_early)),
            early_abandoned_as_met: ratio(|cell| (cell.in_target + cell.abandoned_early, cell.arrived)),
        },
        asa_s: ratio(ASA_S),
        abandoned_wait_s: ratio(|cell| (cell.abandoned_wait_s, cell.abandoned)),
        waiting: mean_of(&waiting),
    }
}

/// Adds up the cells of some types and periods, one sum a replication.
fn summed(tallies: &[Tally], kinds: &[usize], periods: std::ops::Range<usize>) -> Vec<Cell> {
    let sum = |tally: &Tally| {
        let mut sum = Cell::default();
        for &kind in kinds {
            tally.cells[kind][periods.clone()].iter().for_each(|cell| sum.add(cell));
        }
        sum
    };
    tallies.iter().map(sum).collect()
}

/// Sums up one policy over its replications.
pub(crate) fn policy(scenario: &Scenario, policy: &'static str, tallies: &[Tally]) -> PolicyReport {
    let all: Vec<usize> = (0..scenario.types.len()).collect();
    let period_s = scenario.period_s;
    #[allow(clippy::cast_precision_loss)] // Periods are few.
    let day_s = period_s * scenario.periods as f64;
    let by_period = |kinds: &[usize]| -> Vec<Figures> {
        let periods = 0..scenario.periods;
        periods.map(|period| figures(&summed(tallies, kinds, period..period + 1), period_s)).collect()
    };
    let in_all = |kinds: &[usize]| figures(&summed(tallies, kinds, 0..scenario.periods), day_s);
    let types = scenario.types.iter().enumerate().map(|(kind, told)| TypeReport {
        name: told.name.clone(),
        in_all: in_all(&[kind]),
        periods: by_period(&[kind]),
    });
    let groups = scenario.groups.iter().enumerate().map(|(group, told)| {
        let occupancy =
            |work: &dyn Fn(&Tally) -> Part| ratio_of(&tallies.iter().map(work).collect::<Vec<_>>());
        let part = |work: &[Work]| -> Part {
            (work.iter().map(|one| one.busy_s).sum(), work.iter().map(|one| one.staffed_s).sum())
        };
        let units_s = f64::from(told.capacity) * day_s;
        let staffed: Vec<f64> = tallies.iter().map(|tally| part(&tally.work[group]).1 / units_s).collect();
        let periods = 0..scenario.periods;
        GroupReport {
            name: told.name.clone(),
            occupancy: occupancy(&|tally| part(&tally.work[group])),
            staffed: mean_of(&staffed),
            periods: periods.map(|at| occupancy(&|tally| part(&tally.work[group][at..=at]))).collect(),
        }
    });
    PolicyReport {
        policy,
        in_all: in_all(&all),
        periods: by_period(&all),
        types: types.collect(),
        groups: groups.collect(),
    }
}

/// Compares two policies, replication by replication.
pub(crate) fn gain(
    scenario: &Scenario,
    (policy, against): (&'static str, &'static str),
    ours: &[Tally],
    theirs: &[Tally],
) -> Gain {
    let all: Vec<usize> = (0..scenario.types.len()).collect();
    let (ours, theirs) = (summed(ours, &all, 0..scenario.periods), summed(theirs, &all, 0..scenario.periods));
    let difference = |part| difference_of(&parts(&ours, part), &parts(&theirs, part));
    Gain {
        policy,
        against,
        service_level: difference(OF_ARRIVED),
        asa_s: difference(ASA_S),
        abandoned: difference(ABANDONED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_formulas_give_the_worked_example() {
        let cell = Cell {
            arrived: 1_060.0,
            served: 1_000.0,
            abandoned: 60.0,
            in_target: 860.0,
            abandoned_early: 20.0,
            ..Cell::default()
        };
        let levels = figures(&[cell], 1.0).service_level;
        let found = [
            levels.early_abandoned_as_met,
            levels.of_served,
            levels.of_arrived,
            levels.without_early_abandoned,
        ]
        .map(|level| format!("{:.1} %", level.expect("contacts came").mean * 100.0));
        assert_eq!(found, ["83.0 %", "86.0 %", "81.1 %", "82.7 %"]);
    }
}
