//! Tells a fresh engine what the recorded one was told, and takes the time.
//!
//! Whole groups of commands give the rate, single commands of the groups between them the distribution, so that
//! no clock is read inside of what counts for the rate. Commands are decoded before, as a batch of a journal is.

use std::collections::BTreeMap;
use std::fs::File;
use std::hint::black_box;
use std::os::unix::fs::FileExt;
use std::time::Instant;

use ucc_router_core::Engine;
use ucc_router_core::command::Command;
use ucc_router_core::fact::Outcome;
use ucc_router_core::wire::{decode, encode};
use ucc_router_core::words::Millis;

use crate::centre::{Batch, Phase};
use crate::shape::Shape;

const GROUP: usize = 64;
/// Twice the largest cache of the processors this was written for (32 MiB); walked before a cold command.
const EVICTED_BYTES: usize = 64 << 20;
const LINE_BYTES: usize = 64;
const RESTORES: usize = 5;

type Kinds = BTreeMap<&'static str, Vec<u64>>;

/// What one kind of command took, in ns.
pub struct Kind {
    pub name: &'static str,
    pub p50: u64,
    pub p99: u64,
    pub p99_cold: u64,
}

/// The figures of one workload: the middle of the runs.
pub struct Figures {
    pub kinds: Vec<Kind>,
    /// Commands a second.
    pub rate: f64,
    /// Of a command's cost, from a few waiting.
    pub growth: Option<f64>,
    /// Commands a second, folded from the bytes of a journal.
    pub replay: f64,
    pub restore_ms: f64,
    pub bytes_waiting: Option<u64>,
    pub bytes_agent: u64,
    /// Reading the clock twice, which each time of a single command has in it.
    pub clock_ns: u64,
}

/// Measures the time this thread works: what it waits for a processor that others use is taken off, where the
/// system tells it (Linux), so that a busy machine gives figures of the engine and not of its neighbours.
struct Stopwatch(Option<File>);

impl Stopwatch {
    fn new() -> Self {
        Self(File::open("/proc/thread-self/schedstat").ok())
    }

    /// Returns the ns this thread has waited for a processor: the second number of three.
    fn waited_ns(&self) -> u64 {
        let mut text = [0; 64];
        let read = self.0.as_ref().and_then(|file| file.read_at(&mut text, 0).ok()).unwrap_or(0);
        let text = std::str::from_utf8(&text[..read]).unwrap_or_default();
        text.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0)
    }

    fn time<T>(&self, work: impl FnOnce() -> T) -> (T, u64) {
        let waited_ns = self.waited_ns();
        let started = Instant::now();
        let done = work();
        let ns = nanoseconds(started);
        (done, ns.saturating_sub(self.waited_ns() - waited_ns).max(1))
    }
}

/// One run over a recording.
#[derive(Default)]
struct Run {
    singles_ns: f64,
    few_ns: Option<f64>,
    warm: Kinds,
    cold: Kinds,
    agents_bytes: u64,
    waiting_bytes: u64,
}

/// Measures a workload in so many runs.
pub fn measure(shape: &Shape, phases: &[Phase], runs: usize, dense_from: usize) -> Figures {
    let mut all: Vec<Run> = Vec::new();
    let mut engine = Engine::new();
    for number in 0..runs {
        let run;
        (run, engine) = replay(phases, number, runs, dense_from);
        all.push(run);
    }
    let mut state = engine;
    let (snapshot, restore_ms) = restore(&state);
    let batches = phases.iter().filter(|phase| phase.name.starts_with("batches"));
    let replay = refold(&mut state, &snapshot, batches.flat_map(|phase| &phase.batches));
    Figures {
        kinds: kinds(&mut all),
        rate: 1e9 / middle(all.iter().map(|run| run.singles_ns)),
        growth: all[0]
            .few_ns
            .map(|_| middle(all.iter().filter_map(|run| run.few_ns.map(|few_ns| run.singles_ns / few_ns)))),
        replay,
        restore_ms,
        bytes_waiting: (shape.waiting > 1_000)
            .then(|| all[0].waiting_bytes / (shape.waiting - shape.half()) as u64),
        bytes_agent: all[0].agents_bytes / shape.agents,
        clock_ns: clock_ns(),
    }
}

/// Plays a recording up to its batches; of the commands for cold caches this run measures its share.
fn replay(phases: &[Phase], number: usize, runs: usize, dense_from: usize) -> (Run, Engine) {
    let (mut run, mut engine) = (Run::default(), Engine::with_dense_from(dense_from));
    let (empty_bytes, mut before_bytes) = (resident_bytes(), 0);
    for phase in phases.iter().take_while(|phase| !phase.name.starts_with("batches")) {
        match phase.name {
            "few" => run.few_ns = Some(time(&mut engine, &phase.batches, &mut Kinds::new())),
            "singles" => run.singles_ns = time(&mut engine, &phase.batches, &mut run.warm),
            "cold" => run.cold = time_cold(&mut engine, &phase.batches, number, runs),
            name => {
                before_bytes = if name == "fill" { resident_bytes() } else { before_bytes };
                tell(&mut engine, &phase.batches, |_, _| {});
                match name {
                    "queues" => run.agents_bytes = resident_bytes().saturating_sub(empty_bytes),
                    "fill" => run.waiting_bytes = resident_bytes().saturating_sub(before_bytes),
                    _ => {}
                }
            }
        }
    }
    (run, engine)
}

fn commands_of(batch: &Batch) -> Vec<Command> {
    decode(&batch.commands).expect("it was recorded")
}

/// Submits batches and hands on what came of each command.
fn tell(engine: &mut Engine, batches: &[Batch], mut took: impl FnMut(Millis, &mut Outcome)) {
    let mut outcome = Outcome::default();
    for batch in batches {
        for command in commands_of(batch) {
            engine.submit_into(batch.at_ms, &command, &mut outcome);
            assert!(outcome.refusal.is_none(), "{command:?}: {:?}", outcome.refusal);
            took(batch.at_ms, &mut outcome);
        }
    }
}

/// Returns the mean ns of a command in whole groups; every other group is taken apart into its commands.
fn time(engine: &mut Engine, batches: &[Batch], kinds: &mut Kinds) -> f64 {
    let (mut total_ns, mut counted) = (0, 0);
    let (mut outcome, stopwatch) = (Outcome::default(), Stopwatch::new());
    for (number, group) in batches.chunks(GROUP).enumerate() {
        let (times, commands): (Vec<Millis>, Vec<Command>) = group
            .iter()
            .flat_map(|batch| commands_of(batch).into_iter().map(|command| (batch.at_ms, command)))
            .unzip();
        if number % 2 == 0 {
            let ((), ns) = stopwatch.time(|| {
                for (at, &at_ms) in times.iter().enumerate() {
                    engine.submit_first(at_ms, &commands[at..], &mut outcome);
                }
            });
            total_ns += ns;
            counted += commands.len() as u64;
        } else {
            for (&at_ms, command) in times.iter().zip(&commands) {
                let started = Instant::now();
                engine.submit_into(at_ms, command, &mut outcome);
                kinds.entry(command.tag()).or_default().push(nanoseconds(started));
            }
        }
    }
    precise(total_ns) / precise(counted.max(1))
}

/// Submits single commands and returns the ns of every one in `runs`, from `number` on, with nothing in the caches.
fn time_cold(engine: &mut Engine, batches: &[Batch], number: usize, runs: usize) -> Kinds {
    let mut evicted = vec![0_u8; EVICTED_BYTES];
    let (mut kinds, mut outcome, stopwatch) = (Kinds::new(), Outcome::default(), Stopwatch::new());
    for (at, batch) in batches.iter().enumerate() {
        if at % runs != number {
            tell(engine, std::slice::from_ref(batch), |_, _| {});
            continue;
        }
        let commands = commands_of(batch);
        evict(&mut evicted);
        for command in &commands {
            let ((), ns) = stopwatch.time(|| engine.submit_into(batch.at_ms, command, &mut outcome));
            kinds.entry(command.tag()).or_default().push(ns);
        }
    }
    kinds
}

/// Writes to more memory than the caches hold.
fn evict(memory: &mut [u8]) {
    for line in memory.iter_mut().step_by(LINE_BYTES) {
        *line = line.wrapping_add(1);
    }
    black_box(memory);
}

/// Returns the engine's state and the ms it takes to be an engine again, the middle of some.
fn restore(engine: &Engine) -> (Vec<u8>, f64) {
    let snapshot = engine.snapshot();
    let stopwatch = Stopwatch::new();
    let took = (0..RESTORES).map(|_| {
        let (restored, ns) = stopwatch.time(|| Engine::restore(&snapshot).expect("it was just written"));
        assert_eq!(restored.next_deadline(), engine.next_deadline());
        precise(ns) / 1e6
    });
    let took = middle(took.collect::<Vec<_>>().into_iter());
    (snapshot, took)
}

/// Decides batches on the live engine and folds the rows of their journal into one of the snapshot: commands a second.
fn refold<'a>(live: &mut Engine, snapshot: &[u8], batches: impl Iterator<Item = &'a Batch>) -> f64 {
    let mut rows: Vec<(Millis, Vec<u8>)> = Vec::new();
    let mut commands = 0;
    for batch in batches {
        let mut outcomes: Vec<Outcome> = Vec::new();
        tell(live, std::slice::from_ref(batch), |_, outcome| outcomes.push(std::mem::take(outcome)));
        rows.push((batch.at_ms, encode(&outcomes)));
        commands += batch.count as u64;
    }
    let mut restored = Engine::restore(snapshot).expect("it was just written");
    let (done, ns) = Stopwatch::new()
        .time(|| restored.replay(rows.iter().map(|(at_ms, outcomes)| (*at_ms, outcomes.as_slice()))));
    done.expect("it was just written");
    assert_eq!(restored.state_hash(), live.state_hash(), "snapshot and suffix give another state");
    assert_eq!(restored.next_deadline(), live.next_deadline(), "snapshot and suffix give another deadline");
    precise(commands) * 1e9 / precise(ns)
}

/// Returns each kind's figures: the middle of the runs' warm ones, and all runs' cold ones together.
fn kinds(runs: &mut [Run]) -> Vec<Kind> {
    for run in &mut *runs {
        run.warm.values_mut().chain(run.cold.values_mut()).for_each(|all| all.sort_unstable());
    }
    let names: Vec<&'static str> = runs[0].warm.keys().copied().collect();
    let of = |name: &str, hundredths: usize| {
        let found = runs.iter().filter_map(|run| run.warm.get(name));
        let mut found: Vec<u64> = found.map(|all| percentile(all, hundredths)).collect();
        found.sort_unstable();
        percentile(&found, 50)
    };
    names
        .into_iter()
        .map(|name| {
            let cold = runs.iter().filter_map(|run| run.cold.get(name));
            let mut cold: Vec<u64> = cold.flatten().copied().collect();
            cold.sort_unstable();
            Kind { name, p50: of(name, 50), p99: of(name, 99), p99_cold: percentile(&cold, 99) }
        })
        .collect()
}

fn clock_ns() -> u64 {
    let mut all: Vec<u64> = (0..10_000).map(|_| nanoseconds(Instant::now())).collect();
    all.sort_unstable();
    percentile(&all, 50)
}

fn nanoseconds(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_nanos()).expect("short")
}

fn percentile(sorted: &[u64], hundredths: usize) -> u64 {
    sorted.get(sorted.len().saturating_sub(1) * hundredths / 100).copied().unwrap_or(0)
}

fn middle(values: impl Iterator<Item = f64>) -> f64 {
    let mut all: Vec<f64> = values.collect();
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

#[allow(clippy::cast_precision_loss)] // Figures for people.
fn precise(count: u64) -> f64 {
    count as f64
}

/// Returns the bytes of memory this process holds; 0 where the system does not say.
fn resident_bytes() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    pages.and_then(|text| text.split(' ').nth(1)?.parse::<u64>().ok()).map_or(0, |pages| pages * 4_096)
}
