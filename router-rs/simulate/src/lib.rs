//! Simulates days of a contact centre: seeded traffic under a virtual clock, routed by the production engine.
//!
//! The clock counts microseconds and jumps from event to event. The engine is used as the node uses it, by
//! commands at a time, so what is measured is what would happen. `docs/simulate.md` tells the whole.
#![forbid(unsafe_code)]

mod chance;
mod production;
mod report;
mod rival;
mod router;
mod scenario;
mod statistics;
mod tally;
mod world;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

pub use chance::{Distribution, Stream};
pub use report::{Figures, Gain, GroupReport, PolicyReport, Report, ServiceLevels, TypeReport};
pub use scenario::{ContactType, Group, Scenario, Trunk};
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

fn replicate(scenario: &Scenario, policy: Policy, replication: u32) -> Tally {
    match policy {
        Policy::Ours => World::new(scenario, replication, Production::new(scenario)).run(),
        Policy::Rival(habit) => World::new(scenario, replication, Rival::new(scenario, habit)).run(),
    }
}

/// Runs all replications of a policy on some threads; their number changes no figure.
fn tallies(scenario: &Scenario, policy: Policy, threads: usize) -> Vec<Tally> {
    let next = AtomicU32::new(0);
    let done = Mutex::new(Vec::new());
    let work = || {
        loop {
            let replication = next.fetch_add(1, Ordering::Relaxed);
            if replication >= scenario.replications {
                break;
            }
            let tally = replicate(scenario, policy, replication);
            done.lock().expect("no thread panics with the lock").push((replication, tally));
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
    done.into_iter().map(|(_, tally)| tally).collect()
}

/// Simulates a scenario with the production engine and, if asked, with the rivals' policies.
///
/// # Panics
///
/// Panics if the engine breaks.
#[must_use]
pub fn simulate(scenario: &Scenario, has_rivals: bool, threads: usize) -> Report {
    let ours = tallies(scenario, Policy::Ours, threads);
    let mut contacts: u64 = ours.iter().map(|tally| tally.contacts).sum();
    let mut policies = vec![report::policy(scenario, "ours", &ours)];
    let mut gains = Vec::new();
    for (name, habit) in RIVALS.into_iter().filter(|_| has_rivals) {
        let theirs = tallies(scenario, Policy::Rival(habit), threads);
        contacts += theirs.iter().map(|tally| tally.contacts).sum::<u64>();
        policies.push(report::policy(scenario, name, &theirs));
        gains.push(report::gain(scenario, name, &ours, &theirs));
    }
    Report {
        seed: scenario.seed,
        replications: scenario.replications,
        period_s: scenario.period_s,
        contacts,
        policies,
        gains,
    }
}
