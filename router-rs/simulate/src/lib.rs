//! Simulates days of a contact centre: seeded traffic under a virtual clock, routed by the production engine.
//!
//! The clock counts microseconds and jumps from event to event. The engine is used as the node uses it, by
//! commands at a time, so what is measured is what would happen. `docs/simulate.md` tells the whole.
#![forbid(unsafe_code)]

mod chance;
mod hex;
mod production;
mod progress;
mod recorded;
mod report;
mod rival;
mod router;
mod scenario;
mod statistics;
mod tally;
#[cfg(test)]
mod waits;
mod world;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

pub use chance::{Distribution, Stream};
pub use progress::Progress;
pub use recorded::{CARRIED_MS, Contact, Day, Ending, Kind, Line, Person, Recorder};
pub use report::{Figures, Gain, GroupReport, PolicyReport, Report, ServiceLevels, TypeReport};
pub use scenario::{ContactType, Group, OnWire, OnWord, QueueOf, Scenario, Trunk};
pub use statistics::Estimate;

use production::Production;
use rival::{Habit, Rival};
use tally::Tally;
use world::World;

/// Time since the start of a replication, in microseconds.
pub(crate) type Micros = i64;

/// Who routes.
#[derive(Clone, Copy)]
enum Policy {
    Ours,
    Rival(Habit),
}

const RIVALS: [(&str, Habit); 3] = [
    ("polled_longest_queue", Habit::Polled),
    ("round_robin", Habit::RoundRobin),
    ("five_minute_ticker", Habit::Ticker),
];

fn replicate(scenario: &Scenario, policy: Policy, replication: u32, progress: &Progress) -> Option<Tally> {
    match policy {
        Policy::Ours => World::new(scenario, replication, Production::new(scenario)).run(progress),
        Policy::Rival(habit) => World::new(scenario, replication, Rival::new(scenario, habit)).run(progress),
    }
}

/// Runs all replications of a policy on some threads; their number changes no figure.
///
/// Returns `None` if it was cancelled.
fn tallies(scenario: &Scenario, policy: Policy, threads: usize, progress: &Progress) -> Option<Vec<Tally>> {
    let next = AtomicU32::new(0);
    let done = Mutex::new(Vec::new());
    let work = || {
        while !progress.is_cancelled() {
            let replication = next.fetch_add(1, Ordering::Relaxed);
            if replication >= scenario.replications {
                break;
            }
            if let Some(tally) = replicate(scenario, policy, replication, progress) {
                done.lock().expect("no thread panics with the lock").push((replication, tally));
                progress.step();
            }
        }
    };
    let threads = threads.clamp(1, scenario.replications as usize);
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    let mut done = done.into_inner().expect("no thread panics with the lock");
    done.sort_unstable_by_key(|&(replication, _)| replication);
    let is_whole = done.len() == scenario.replications as usize;
    is_whole.then(|| done.into_iter().map(|(_, tally)| tally).collect())
}

/// Simulates a scenario with the production engine, the same with edits if there are any, and the rivals'
/// policies if asked. All meet the same contacts; a recorded day stands beside them as it was.
///
/// Returns `None` if it was cancelled.
///
/// # Panics
///
/// Panics if the engine breaks.
#[must_use]
pub fn simulate(
    scenario: &Scenario,
    edited: Option<&Scenario>,
    has_rivals: bool,
    threads: usize,
    progress: &Progress,
) -> Option<Report> {
    let ours = tallies(scenario, Policy::Ours, threads, progress)?;
    let mut contacts = 0;
    let mut policies = Vec::new();
    let mut gains = Vec::new();
    if let Some(tally) = tally::recorded(scenario) {
        policies.push(report::policy(scenario, "recorded", &[tally]));
    }
    let mut add = |scenario: &Scenario, name: &'static str, tallies: &[Tally]| {
        contacts += tallies.iter().map(|tally| tally.contacts).sum::<u64>();
        policies.push(report::policy(scenario, name, tallies));
    };
    add(scenario, "ours", &ours);
    if let Some(edited) = edited {
        let theirs = tallies(edited, Policy::Ours, threads, progress)?;
        add(edited, "edited", &theirs);
        gains.push(report::gain(scenario, ("edited", "ours"), &theirs, &ours));
    }
    for (name, habit) in RIVALS.into_iter().filter(|_| has_rivals) {
        let theirs = tallies(scenario, Policy::Rival(habit), threads, progress)?;
        add(scenario, name, &theirs);
        gains.push(report::gain(scenario, ("ours", name), &ours, &theirs));
    }
    Some(Report {
        seed: scenario.seed,
        replications: scenario.replications,
        period_s: scenario.period_s,
        contacts,
        policies,
        gains,
    })
}
