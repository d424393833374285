//! The long walk of `make prove`: `ucc-router-sim --events 10000000 --seed 1 [--oracle]`.
//!
//! Prints one JSON object: what was walked and how fast. Ends with status 1 at the first broken rule.
#![forbid(unsafe_code)]

use std::process::ExitCode;
use std::time::Instant;

use ucc_router_sim::walk::{Plan, walk};

/// Commands of one world; then the next seed's world starts.
const COMMANDS_OF_A_WORLD: u64 = 5_000;

struct Arguments {
    events: u64,
    seed: u64,
    has_oracle: bool,
}

fn arguments() -> Result<Arguments, String> {
    let mut parsed = Arguments { events: 1_000_000, seed: 1, has_oracle: false };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut number = || {
            let value = words.next().ok_or_else(|| format!("{word} needs a number"))?;
            value.parse::<u64>().map_err(|_| format!("{word}: found {value:?}, allowed is a whole number"))
        };
        match word.as_str() {
            "--events" => parsed.events = number()?,
            "--seed" => parsed.seed = number()?,
            "--oracle" => parsed.has_oracle = true,
            _ => return Err(format!("unknown {word:?}; allowed are --events N, --seed S, --oracle")),
        }
    }
    Ok(parsed)
}

fn main() -> ExitCode {
    let arguments = match arguments() {
        Ok(arguments) => arguments,
        Err(text) => {
            eprintln!("{text}");
            return ExitCode::from(2);
        }
    };
    let plan = Plan {
        commands: COMMANDS_OF_A_WORLD,
        has_oracle: arguments.has_oracle,
        twin_every: 16,
        crash_every: 500,
        ..Plan::default()
    };
    let started = Instant::now();
    let (mut seed, mut commands, mut facts, mut crashes) = (arguments.seed, 0, 0, 0);
    // An event is a command or a fact it gave.
    while commands + facts < arguments.events {
        match walk(seed, &plan) {
            Ok(seen) => {
                commands += seen.commands;
                facts += seen.facts;
                crashes += seen.crashes;
            }
            Err(broken) => {
                eprintln!("{broken}");
                return ExitCode::FAILURE;
            }
        }
        seed += 1;
    }
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{{\"events\": {}, \"commands\": {commands}, \"facts\": {facts}, \"crashes\": {crashes}, \
         \"worlds\": {}, \"seconds\": {seconds:.1}, \"broken\": 0}}",
        commands + facts,
        seed - arguments.seed,
    );
    ExitCode::SUCCESS
}
