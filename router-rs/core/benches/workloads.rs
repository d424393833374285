//! What a command costs on the workloads of a contact centre; no harness, standard library only.
//!
//! `cargo bench -p ucc-router-core --bench workloads -- [a|b|b0|c|d] [commands]` prints one JSON object a
//! workload: ns a command by kind (p50, p99), commands a second, and the growth from 1,000 waiting.
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

/// A workload: agents, skills, skills an agent, queues, languages, skills a queue asks for, waiting held.
struct Shape {
    name: &'static str,
    agents: u64,
    skills: u64,
    held: u64,
    queues: u64,
    languages: u64,
    asked: u64,
    waiting: usize,
}

const SHAPES: [Shape; 5] = [
    Shape { name: "a", agents: 1_000, skills: 100, held: 8, queues: 50, languages: 5, asked: 1, waiting: 0 },
    Shape {
        name: "b",
        agents: 10_000,
        skills: 200,
        held: 10,
        queues: 500,
        languages: 10,
        asked: 1,
        waiting: 100_000,
    },
    Shape {
        name: "b0",
        agents: 10_000,
        skills: 200,
        held: 10,
        queues: 500,
        languages: 10,
        asked: 1,
        waiting: 0,
    },
    Shape {
        name: "c",
        agents: 10_000,
        skills: 1,
        held: 1,
        queues: 1,
        languages: 0,
        asked: 1,
        waiting: 100_000,
    },
    Shape {
        name: "d",
        agents: 10_000,
        skills: 5_000,
        held: 4,
        queues: 20_000,
        languages: 0,
        asked: 2,
        waiting: 100_000,
    },
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
    fn new(shape: &'a Shape) -> Self {
        // An engine holds 10,000 queues; the sparse workload's further classes are interactions' own.
        let queues = shape.queues.min(5_000);
        let mut centre = Self {
            shape,
            dice: Dice(0x9e37_79b9_7f4a_7c15),
            engine: Engine::new(),
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
                    let level =
                        if shape.name == "c" { 1 + centre.dice.level() % 5 } else { centre.dice.level() };
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
        let busy_max = usize::try_from(self.shape.agents * 9 / 10).expect("small");
        let is_over = if waiting > 0 { self.waiting >= waiting } else { self.in_hand.len() >= busy_max };
        if is_over && !self.in_hand.is_empty() {
            let at = usize::try_from(self.dice.below(self.in_hand.len() as u64)).expect("small");
            let (interaction, agent) = self.in_hand.swap_remove_back(at).expect("checked");
            return End { interaction, agent }.into();
        }
        self.arrival()
    }

    fn fill(&mut self, waiting: usize) {
        let busy_max = usize::try_from(self.shape.agents * 9 / 10).expect("small");
        while if waiting > 0 { self.waiting < waiting } else { self.in_hand.len() < busy_max } {
            let command = self.next(waiting);
            self.submit(command);
        }
    }

    /// Runs commands and returns the ns each took, by kind.
    fn run(&mut self, commands: usize, waiting: usize) -> (f64, Vec<(&'static str, Vec<u64>)>) {
        let mut spent: Vec<(&'static str, Vec<u64>)> = Vec::new();
        let mut total_ns = 0;
        for _ in 0..commands {
            let command = self.next(waiting);
            let started = Instant::now();
            let outcome = self.engine.submit(self.now_ms, &command);
            let ns = u64::try_from(started.elapsed().as_nanos()).expect("short");
            total_ns += ns;
            self.note(&outcome);
            assert!(outcome.refusal.is_none(), "{command:?}: {:?}", outcome.refusal);
            match spent.iter_mut().find(|(kind, _)| *kind == command.tag()) {
                Some((_, all)) => all.push(ns),
                None => spent.push((command.tag(), vec![ns])),
            }
        }
        #[allow(clippy::cast_precision_loss)] // A figure for people.
        (total_ns as f64 / commands as f64, spent)
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

fn percentile(sorted: &[u64], hundredths: usize) -> u64 {
    sorted[(sorted.len() - 1) * hundredths / 100]
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let wanted = words.first().map(String::as_str);
    let commands = words.get(1).map_or(200_000, |word| word.parse().expect("a whole number of commands"));
    for shape in SHAPES.iter().filter(|shape| wanted.is_none_or(|name| name == shape.name)) {
        let mut centre = Centre::new(shape);
        let small_ns = if shape.waiting > 0 {
            centre.fill(1_000);
            Some(centre.run(commands / 4, 1_000).0)
        } else {
            None
        };
        centre.fill(shape.waiting);
        centre.run(commands / 4, shape.waiting);
        let (mean_ns, mut spent) = centre.run(commands, shape.waiting);
        let growth = small_ns.map_or("null".to_owned(), |small_ns| format!("{:.2}", mean_ns / small_ns));
        print!("{{\"workload\": \"{}\", \"waiting\": {}, ", shape.name, shape.waiting);
        for (kind, all) in &mut spent {
            all.sort_unstable();
            print!("\"{kind}\": {{\"p50\": {}, \"p99\": {}}}, ", percentile(all, 50), percentile(all, 99));
        }
        println!("\"rate\": {:.0}, \"growth\": {growth}}}", 1e9 / mean_ns);
    }
}
