//! The long walks of `make prove`, on every core. Each prints one JSON object: what was walked and how fast.
//!
//! - `ucc-router-sim --events 100000000 [--seed S] [--threads T]`: invariants after every command, crashes;
//! - `ucc-router-sim --oracle 2000000`: as many commands, each decided by the naive model too, and each world
//!   once more with the idle index's threshold forced to 0 and to infinity;
//! - `ucc-router-sim --garbled 100000000`: as many garbled messages decoded.
//!
//! Ends with status 1 at the first broken rule.
#![forbid(unsafe_code)]

use std::ops::AddAssign;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use ucc_router_sim::garble;
use ucc_router_sim::walk::{Plan, walk};

/// Commands of one world; then the next seed's world starts.
const COMMANDS_OF_A_WORLD: u64 = 2_000;
/// Commands of one world beside the naive model, which looks at everything in every step.
const COMMANDS_OF_A_MODEL: u64 = 1_000;
/// Garbled messages of one seed.
const MESSAGES_OF_A_SEED: u64 = 100_000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Walk,
    Oracle,
    Garbled,
}

struct Arguments {
    mode: Mode,
    count: u64,
    seed: u64,
    threads: u64,
}

/// What was walked, of one seed or of all.
#[derive(Clone, Copy, Default)]
struct Done {
    count: u64,
    commands: u64,
    refused: u64,
    facts: u64,
    crashes: u64,
    worlds: u64,
    /// Sum of the worlds' decision streams, in any order.
    stream: u64,
}

impl AddAssign for Done {
    fn add_assign(&mut self, other: Self) {
        self.count += other.count;
        self.commands += other.commands;
        self.refused += other.refused;
        self.facts += other.facts;
        self.crashes += other.crashes;
        self.worlds += other.worlds;
        self.stream = self.stream.wrapping_add(other.stream);
    }
}

fn arguments() -> Result<Arguments, String> {
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
    let mut parsed = Arguments { mode: Mode::Walk, count: 1_000_000, seed: 1, threads };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let field = match word.as_str() {
            "--events" | "--oracle" | "--garbled" => {
                parsed.mode = match word.as_str() {
                    "--events" => Mode::Walk,
                    "--oracle" => Mode::Oracle,
                    _ => Mode::Garbled,
                };
                &mut parsed.count
            }
            "--seed" => &mut parsed.seed,
            "--threads" => &mut parsed.threads,
            _ => {
                let allowed = "--events N, --oracle N, --garbled N, --seed S, --threads T";
                return Err(format!("unknown {word:?}; allowed are {allowed}"));
            }
        };
        let value = words.next().ok_or_else(|| format!("{word} needs a number"))?;
        *field = value.parse().map_err(|_| format!("{word}: found {value:?}, allowed is a whole number"))?;
    }
    Ok(parsed)
}

/// Walks one world; an event is a command or a fact it gave.
fn walk_on(seed: u64) -> Result<Done, String> {
    let plan = Plan {
        commands: COMMANDS_OF_A_WORLD,
        has_oracle: false,
        twin_every: 16,
        crash_every: 500,
        ..Plan::default()
    };
    let seen = walk(seed, &plan).map_err(|broken| broken.to_string())?;
    Ok(Done {
        count: seen.commands + seen.facts,
        commands: seen.commands,
        refused: seen.refused,
        facts: seen.facts,
        crashes: seen.crashes,
        worlds: 1,
        stream: seen.stream,
    })
}

/// Walks one world beside the model, and again with every agent listed and with none.
fn walk_with_oracle(seed: u64) -> Result<Done, String> {
    let plan = Plan { commands: COMMANDS_OF_A_MODEL, ..Plan::default() };
    let seen = walk(seed, &plan).map_err(|broken| broken.to_string())?;
    for dense_from in [0, usize::MAX] {
        let alone = Plan { has_oracle: false, twin_every: 0, crash_every: 0, dense_from, ..plan };
        let stream = walk(seed, &alone).map_err(|broken| broken.to_string())?.stream;
        if stream != seen.stream {
            return Err(format!("seed {seed}: idle threshold {dense_from} decides otherwise"));
        }
    }
    Ok(Done {
        count: seen.commands,
        commands: seen.commands,
        refused: seen.refused,
        facts: seen.facts,
        crashes: seen.crashes,
        worlds: 1,
        stream: seen.stream,
    })
}

fn decode_garbled(seed: u64) -> Result<Done, String> {
    let seen = garble::decode_garbled(seed, MESSAGES_OF_A_SEED)?;
    Ok(Done {
        count: seen.messages,
        commands: seen.decoded,
        refused: seen.refused,
        worlds: 1,
        ..Done::default()
    })
}

/// Takes seed after seed on every thread until `count` is reached.
fn run(arguments: &Arguments, one: impl Fn(u64) -> Result<Done, String> + Sync) -> Result<Done, String> {
    let next_seed = AtomicU64::new(arguments.seed);
    let is_over = AtomicBool::new(false);
    let result: Mutex<Result<Done, String>> = Mutex::new(Ok(Done::default()));
    std::thread::scope(|scope| {
        for _ in 0..arguments.threads.max(1) {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    let found = one(next_seed.fetch_add(1, Ordering::Relaxed));
                    let mut result = result.lock().expect("no thread panics while it holds this");
                    match (&mut *result, found) {
                        (Ok(done), Ok(more)) => *done += more,
                        (Ok(_), Err(broken)) => *result = Err(broken),
                        (Err(_), _) => {}
                    }
                    if result.as_ref().is_ok_and(|done| done.count < arguments.count) {
                        continue;
                    }
                    is_over.store(true, Ordering::Relaxed);
                }
            });
        }
    });
    result.into_inner().expect("no thread panics while it holds this")
}

fn main() -> ExitCode {
    let arguments = match arguments() {
        Ok(arguments) => arguments,
        Err(text) => {
            eprintln!("{text}");
            return ExitCode::from(2);
        }
    };
    let started = Instant::now();
    let result = match arguments.mode {
        Mode::Walk => run(&arguments, walk_on),
        Mode::Oracle => run(&arguments, walk_with_oracle),
        Mode::Garbled => run(&arguments, decode_garbled),
    };
    let done = match result {
        Ok(done) => done,
        Err(broken) => {
            eprintln!("{broken}");
            return ExitCode::FAILURE;
        }
    };
    let Done { count, commands, refused, facts, crashes, worlds, stream } = done;
    let seconds = started.elapsed().as_secs_f64();
    match arguments.mode {
        Mode::Garbled => println!(
            "{{\"garbled\": {count}, \"decoded\": {commands}, \"refused\": {refused}, \"seconds\": {seconds:.1}, \
             \"broken\": 0}}"
        ),
        _ => println!(
            "{{\"events\": {}, \"commands\": {commands}, \"refused\": {refused}, \"facts\": {facts}, \
             \"crashes\": {crashes}, \"worlds\": {worlds}, \"stream\": \"{stream:016x}\", \
             \"seconds\": {seconds:.1}, \"broken\": 0}}",
            commands + facts,
        ),
    }
    ExitCode::SUCCESS
}
