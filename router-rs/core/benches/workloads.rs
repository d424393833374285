//! What a command costs on the workloads of a contact centre; no harness, standard library only.
//!
//! `cargo bench -p ucc-router-core --bench workloads -- [WORKLOAD] [COMMANDS] [DENSE_FROM]` prints one table:
//! ns a command by kind (p50, p99), commands a second, the growth of a command's cost from 1,000 waiting, bytes
//! of memory a waiting interaction, KiB an agent, and how long a snapshot takes to be an engine again.
//! A world answers its own offers: arrivals, accepts and ends come as they would, in virtual time.
#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::time::Instant;

use ucc_router_core::Engine;
use ucc_router_core::command::{Accept, Command, End, Enqueue, SetAgent, SetQueue, SetSession, SetStatus};
use ucc_router_core::fact::{Fact, Outcome};
use ucc_router_core::words::{Medium, Millis, Session, SkillLevel, Status};

const START_MS: Millis = 1_700_000_000_000;
const PRIORITIES: [u8; 5] = [0, 0, 0, 1, 6];
const TARGETS_MS: [Millis; 4] = [20_000, 60_000, 120_000, 300_000];
/// Languages stand above the other skills.
const LANGUAGE: u64 = 1_000_000;

/// A workload: agents, skills, skills an agent, queues, languages, skills a queue asks for; then waiting held,
/// or agents busy in hundredths.
struct Shape {
    name: &'static str,
    agents: u64,
    skills: u64,
    held: u64,
    queues: u64,
    languages: u64,
    asked: u64,
    waiting: usize,
    busy: u64,
}

const A: Shape = Shape {
    name: "a",
    agents: 1_000,
    skills: 100,
    held: 8,
    queues: 50,
    languages: 5,
    asked: 1,
    waiting: 0,
    busy: 90,
};
const B: Shape = Shape {
    name: "b",
    agents: 10_000,
    skills: 200,
    held: 10,
    queues: 500,
    languages: 10,
    asked: 1,
    waiting: 100_000,
    busy: 90,
};
const C: Shape = Shape { name: "c", skills: 1, held: 1, queues: 1, languages: 0, ..B };
const D: Shape = Shape { name: "d", skills: 5_000, held: 4, queues: 20_000, languages: 0, asked: 2, ..B };

const SHAPES: [Shape; 9] = [
    Shape { name: "a 0.5", busy: 50, ..A },
    Shape { name: "a 0.9", ..A },
    // More than there is time for: some always wait.
    Shape { name: "a 1.05", waiting: 1_000, ..A },
    B,
    Shape { name: "b0 0.5", waiting: 0, busy: 50, ..B },
    Shape { name: "b0 0.9", waiting: 0, ..B },
    C,
    Shape { name: "c0", waiting: 0, ..C },
    D,
];

/// xorshift64*: the same world on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) % limit
    }

    fn level(&mut self) -> u8 {
        u8::try_from(1 + self.below(10)).expect("at most 10")
    }
}

/// A centre that answers its own offers.
struct Centre<'a> {
    shape: &'a Shape,
    dice: Dice,
    engine: Engine,
    now_ms: Millis,
    next: u64,
    waiting: usize,
    in_hand: VecDeque<(u64, u64)>,
    offers: VecDeque<(u64, u64, u64)>,
    queues: u64,
    requirement_of: Vec<Vec<SkillLevel>>,
}

impl<'a> Centre<'a> {
    fn new(shape: &'a Shape, dense_from: usize) -> Self {
        // An engine holds 10,000 queues; the sparse workload's further classes are interactions' own.
        let queues = shape.queues.min(5_000);
        let mut centre = Self {
            shape,
            dice: Dice(0x9e37_79b9_7f4a_7c15),
            engine: Engine::with_dense_from(dense_from),
            now_ms: START_MS,
            next: 1,
            waiting: 0,
            in_hand: VecDeque::new(),
            offers: VecDeque::new(),
            queues,
            requirement_of: Vec::new(),
        };
        let mut held: Vec<Vec<u64>> = Vec::new();
        for agent in 1..=shape.agents {
            let mut skills: Vec<SkillLevel> = Vec::new();
            while (skills.len() as u64) < shape.held.min(shape.skills) {
                let skill = 1 + centre.dice.below(shape.skills);
                if skills.iter().all(|&(other, _)| other != skill) {
                    let level = if shape.name.starts_with('c') {
                        1 + centre.dice.level() % 5
                    } else {
                        centre.dice.level()
                    };
                    skills.push((skill, level));
                }
            }
            held.push(skills.iter().map(|&(skill, _)| skill).collect());
            if shape.languages > 0 {
                let first = centre.dice.below(shape.languages);
                skills.push((LANGUAGE + first, 5));
                skills.push((LANGUAGE + (first + 1) % shape.languages, 5));
            }
            centre.submit(SetAgent::new(agent, &skills, &[(Medium::Chat, 1)]));
            centre.submit(SetSession { agent, session: Session::Online, is_forced: false });
            centre.submit(SetStatus { agent, status: Status::OnQueue, reason: None });
        }
        for queue in 1..=queues {
            let requirement = if shape.asked == 1 { vec![(1 + queue % shape.skills, 1)] } else { Vec::new() };
            let target_ms = TARGETS_MS[usize::try_from(queue % 4).expect("small")];
            centre.submit(config_queue(queue, requirement, target_ms));
        }
        for _ in 0..shape.queues {
            // Two skills that one agent has together, so that each class has somebody.
            let agent = usize::try_from(centre.dice.below(shape.agents)).expect("small");
            let of = &held[agent];
            centre.requirement_of.push(of.iter().take(2).map(|&skill| (skill, 1)).collect());
        }
        centre
    }

    fn submit(&mut self, command: impl Into<Command>) {
        let outcome = self.engine.submit(self.now_ms, &command.into());
        self.note(&outcome);
    }

    fn note(&mut self, outcome: &Outcome) {
        for fact in &outcome.facts {
            match fact {
                Fact::InteractionQueued(_) => self.waiting += 1,
                Fact::InteractionOffered(fact) => {
                    self.waiting -= 1;
                    self.offers.push_back((fact.interaction, fact.agent, fact.epoch));
                }
                _ => {}
            }
        }
    }

    fn arrival(&mut self) -> Command {
        self.next += 1;
        let shape = self.shape;
        let kind = self.dice.below(shape.queues);
        let requirement = if shape.asked == 2 {
            self.requirement_of[usize::try_from(kind).expect("small")].clone()
        } else if shape.languages > 0 {
            vec![(LANGUAGE + self.dice.below(shape.languages), 1)]
        } else {
            Vec::new()
        };
        let mut command = Enqueue::new(self.next, 1 + kind % self.queues, Medium::Chat, self.now_ms);
        command.requirement = requirement;
        command.priority = PRIORITIES[usize::try_from(self.dice.below(5)).expect("small")];
        command.into()
    }

    /// Returns the next thing that happens: an answer, an end at the occupancy wanted, or an arrival.
    fn next(&mut self, waiting: usize) -> Command {
        self.now_ms += Millis::try_from(self.dice.below(3)).expect("small");
        if let Some((interaction, agent, epoch)) = self.offers.pop_front() {
            self.in_hand.push_back((interaction, agent));
            return Accept { interaction, agent, epoch }.into();
        }
        let busy_max = usize::try_from(self.shape.agents * self.shape.busy / 100).expect("small");
        let is_over = if waiting > 0 { self.waiting >= waiting } else { self.in_hand.len() >= busy_max };
        if is_over && !self.in_hand.is_empty() {
            let at = usize::try_from(self.dice.below(self.in_hand.len() as u64)).expect("small");
            let (interaction, agent) = self.in_hand.swap_remove_back(at).expect("checked");
            return End { interaction, agent }.into();
        }
        self.arrival()
    }

    fn fill(&mut self, waiting: usize) {
        let busy_max = usize::try_from(self.shape.agents * self.shape.busy / 100).expect("small");
        while if waiting > 0 { self.waiting < waiting } else { self.in_hand.len() < busy_max } {
            let command = self.next(waiting);
            self.submit(command);
        }
    }

    /// Runs commands and returns the mean ns, and the ns each took by kind.
    #[inline(never)] // A profiler finds it by its name.
    fn run(&mut self, commands: usize, waiting: usize) -> (f64, Vec<(&'static str, Vec<u64>)>) {
        let mut spent: Vec<(&'static str, Vec<u64>)> = Vec::new();
        let mut total_ns = 0;
        let mut outcome = Outcome::default();
        for _ in 0..commands {
            let command = self.next(waiting);
            let started = Instant::now();
            self.engine.submit_into(self.now_ms, &command, &mut outcome);
            let ns = u64::try_from(started.elapsed().as_nanos()).expect("short");
            total_ns += ns;
            self.note(&outcome);
            assert!(outcome.refusal.is_none(), "{command:?}: {:?}", outcome.refusal);
            match spent.iter_mut().find(|(kind, _)| *kind == command.tag()) {
                Some((_, all)) => all.push(ns),
                None => spent.push((command.tag(), vec![ns])),
            }
        }
        for (_, all) in &mut spent {
            all.sort_unstable();
        }
        (precise(total_ns) / precise(commands as u64), spent)
    }
}

fn config_queue(queue: u64, requirement: Vec<SkillLevel>, answer_target_ms: Millis) -> SetQueue {
    SetQueue {
        requirement,
        offer_ms: 1_000_000_000,
        wrap_up_ms: 0,
        answer_target_ms,
        priority_step_ms: 5_000,
        waiting_max: 1_000_000,
        open: vec![(0, 2 * START_MS)],
        ..SetQueue::new(queue)
    }
}

#[allow(clippy::cast_precision_loss)] // Figures for people.
fn precise(count: u64) -> f64 {
    count as f64
}

fn percentile(sorted: &[u64], hundredths: usize) -> u64 {
    sorted[(sorted.len() - 1) * hundredths / 100]
}

/// Returns the bytes of memory this process holds; 0 where the system does not say.
fn resident_bytes() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    pages.and_then(|text| text.split(' ').nth(1)?.parse::<u64>().ok()).map_or(0, |pages| pages * 4_096)
}

fn measure(shape: &Shape, commands: usize, dense_from: usize) {
    let empty_bytes = resident_bytes();
    let mut centre = Centre::new(shape, dense_from);
    let agents_bytes = resident_bytes().saturating_sub(empty_bytes);
    // A few waiting first, and most classes met.
    let is_held = shape.waiting > 1_000;
    let small_ns = is_held.then(|| {
        centre.fill(1_000);
        centre.run(commands / 4, 1_000).0
    });
    let before_bytes = resident_bytes();
    centre.fill(shape.waiting);
    let waiting_bytes = resident_bytes().saturating_sub(before_bytes);
    centre.run(commands / 4, shape.waiting);
    let (mean_ns, spent) = centre.run(commands, shape.waiting);
    let snapshot = centre.engine.snapshot();
    let started = Instant::now();
    let restored = Engine::restore(&snapshot).expect("it was just written");
    let restore_ms = started.elapsed().as_secs_f64() * 1e3;
    assert_eq!(restored.next_deadline(), centre.engine.next_deadline());
    print!("{:8}{:9}", shape.name, shape.waiting);
    for kind in ["enqueue", "accept", "end"] {
        let all = spent.iter().find(|(found, _)| *found == kind).map(|(_, all)| all);
        let of = |hundredths| all.map_or(0, |all| percentile(all, hundredths));
        print!("{:8}{:8}", of(50), of(99));
    }
    let or_none = |figure: Option<String>| figure.unwrap_or_else(|| "-".to_owned());
    println!(
        "{:12.0}{:>8}{:>11}{:11.1}{restore_ms:12.1}",
        1e9 / mean_ns,
        or_none(small_ns.map(|small_ns| format!("{:.2}", mean_ns / small_ns))),
        or_none(is_held.then(|| (waiting_bytes / (shape.waiting as u64 - 1_000)).to_string())),
        precise(agents_bytes) / precise(shape.agents) / 1024.0,
    );
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let wanted = words.first().map(String::as_str).filter(|name| *name != "all");
    let number =
        |at: usize, default| words.get(at).map_or(default, |word| word.parse().expect("a whole number"));
    let (commands, dense_from) = (number(1, 200_000), number(2, ucc_router_core::DENSE_FROM));
    println!("{:17}{:>16}{:>16}{:>16}", "", "enqueue ns", "accept ns", "free ns");
    print!("{:8}{:>9}", "", "waiting");
    for _ in 0..3 {
        print!("{:>8}{:>8}", "p50", "p99");
    }
    println!("{:>12}{:>8}{:>11}{:>11}{:>12}", "commands/s", "growth", "B/waiting", "KiB/agent", "restore ms");
    let is_wanted = |shape: &&Shape| {
        wanted.is_none_or(|name| name == shape.name || shape.name.split(' ').next() == Some(name))
    };
    for shape in SHAPES.iter().filter(is_wanted) {
        measure(shape, commands, dense_from);
    }
}
