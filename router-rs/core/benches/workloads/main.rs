//! What a command costs on the workloads of a contact centre; no harness, standard library only.
//!
//! `cargo bench -p ucc-router-core --bench workloads -- [OPTIONS] [WORKLOAD] [COMMANDS] [RUNS]` prints a table, a row
//! for each kind of command. Options: `--json` prints an object a line instead; `--record FILE` writes what the engine is
//! told and measures nothing; `--start-ms T` is when that begins; `--agents N` and `--waiting N` make every workload
//! smaller; `--cold N` is how many commands are measured with cold caches; `--dense-from N` the threshold of the idle
//! index. `ucc bench routing` reads what is printed and recorded, and adds the figures through Python.
#![forbid(unsafe_code)]

mod centre;
mod measure;
mod shape;

use centre::{Centre, START_MS};
use measure::{Figures, Kind, measure};
use shape::{SHAPES, Shape};
use ucc_router_core::DENSE_FROM;
use ucc_router_core::words::Millis;

const COMMANDS: usize = 200_000;
const RUNS: usize = 5;
const COLD: usize = 1_000;

/// The options, as they were given.
struct Options {
    wanted: Option<String>,
    commands: usize,
    runs: usize,
    cold: usize,
    agents: Option<u64>,
    waiting: Option<usize>,
    start_ms: Millis,
    dense_from: usize,
    record: Option<String>,
    is_json: bool,
}

impl Options {
    fn read() -> Self {
        let mut options = Self {
            wanted: None,
            commands: COMMANDS,
            runs: RUNS,
            cold: COLD,
            agents: None,
            waiting: None,
            start_ms: START_MS,
            dense_from: DENSE_FROM,
            record: None,
            is_json: false,
        };
        let mut rest = Vec::new();
        let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
        while let Some(word) = words.next() {
            let mut value = || words.next().unwrap_or_else(|| panic!("{word} needs a value"));
            match word.as_str() {
                "--json" => options.is_json = true,
                "--record" => options.record = Some(value()),
                "--cold" => options.cold = number(&value()),
                "--agents" => options.agents = Some(number(&value()) as u64),
                "--dense-from" => options.dense_from = number(&value()),
                "--start-ms" => options.start_ms = value().parse().expect("a time in ms"),
                "--waiting" => options.waiting = Some(number(&value())),
                _ => rest.push(word),
            }
        }
        options.wanted = rest.first().filter(|name| *name != "all").cloned();
        options.commands = rest.get(1).map_or(options.commands, |word| number(word));
        options.runs = rest.get(2).map_or(options.runs, |word| number(word));
        options
    }

    /// Returns the workloads wanted, in the size wanted.
    fn shapes(&self) -> Vec<Shape> {
        let is_wanted = |shape: &&Shape| {
            self.wanted
                .as_deref()
                .is_none_or(|name| name == shape.name || shape.name.split(' ').next() == Some(name))
        };
        let found = SHAPES.iter().filter(is_wanted).map(|shape| Shape {
            agents: self.agents.unwrap_or(shape.agents).min(shape.agents),
            waiting: self.waiting.unwrap_or(shape.waiting).min(shape.waiting),
            ..*shape
        });
        found.collect()
    }
}

fn number(word: &str) -> usize {
    word.parse().unwrap_or_else(|_| panic!("found {word}, allowed is a whole number"))
}

fn main() {
    let options = Options::read();
    let shapes = options.shapes();
    assert!(
        !shapes.is_empty(),
        "no workload {:?}, there are {:?}",
        options.wanted,
        SHAPES.map(|one| one.name)
    );
    if !options.is_json && options.record.is_none() {
        println!(
            "{:9}{:>10}  {:14}{:>7}{:>7}{:>10}{:>12}{:>8}{:>11}{:>9}{:>9}{:>12}",
            "",
            "waiting",
            "command",
            "p50 ns",
            "p99 ns",
            "cold p99",
            "commands/s",
            "growth",
            "replay/s",
            "B/wait",
            "B/agent",
            "restore ms"
        );
    }
    for shape in &shapes {
        let (phases, engine) = Centre::new(shape, options.start_ms).record(options.commands, options.cold);
        if let Some(path) = &options.record {
            std::fs::write(path, centre::write(&phases)).unwrap_or_else(|error| panic!("{path}: {error}"));
            continue;
        }
        let figures = measure(shape, &phases, options.runs, options.dense_from);
        if options.is_json {
            print_json(shape, &figures, &options);
        } else {
            print_row(shape, &figures);
        }
        // Until here, so that no memory of it comes back to the measured engines and makes them look small.
        drop(engine);
    }
}

fn print_row(shape: &Shape, figures: &Figures) {
    let or_none = |figure: Option<String>| figure.unwrap_or_else(|| "-".to_owned());
    for (number, kind) in figures.kinds.iter().enumerate() {
        let name = if number == 0 { shape.name } else { "" };
        print!(
            "{name:9}{:>10}  {:14}{:7}{:7}{:10}",
            if number == 0 { shape.waiting.to_string() } else { String::new() },
            kind.name,
            kind.p50,
            kind.p99,
            kind.p99_cold
        );
        if number == 0 {
            print!(
                "{:12.0}{:>8}{:11.0}{:>9}{:9}{:12.1}",
                figures.rate,
                or_none(figures.growth.map(|growth| format!("{growth:.2}"))),
                figures.replay,
                or_none(figures.bytes_waiting.map(|bytes| bytes.to_string())),
                figures.bytes_agent,
                figures.restore_ms,
            );
        }
        println!();
    }
}

fn print_json(shape: &Shape, figures: &Figures, options: &Options) {
    let kinds = figures.kinds.iter().map(|kind| {
        let Kind { name, p50, p99, p99_cold } = kind;
        format!(r#""{name}":{{"p50":{p50},"p99":{p99},"p99_cold":{p99_cold}}}"#)
    });
    let kinds = kinds.collect::<Vec<_>>().join(",");
    let or_null = |figure: Option<String>| figure.unwrap_or_else(|| "null".to_owned());
    println!(
        concat!(
            r#"{{"name":"{}","agents":{},"waiting":{},"commands":{},"runs":{},"kinds":{{{}}},"rate":{:.0},"growth":{},"#,
            r#""replay":{:.0},"restore_ms":{:.2},"bytes_waiting":{},"#,
            r#""bytes_agent":{},"clock_ns":{}}}"#
        ),
        shape.name,
        shape.agents,
        shape.waiting,
        options.commands,
        options.runs,
        kinds,
        figures.rate,
        or_null(figures.growth.map(|growth| format!("{growth:.3}"))),
        figures.replay,
        figures.restore_ms,
        or_null(figures.bytes_waiting.map(|bytes| bytes.to_string())),
        figures.bytes_agent,
        figures.clock_ns,
    );
}
