//! The workloads: who works, what is asked, how much waits.

use ucc_router_core::words::Millis;

/// A workload: agents, skills, skills an agent, queues, languages, skills an interaction asks for itself, levels;
/// then how many wait at every moment (0: nothing is held, and who waits has patience), or how busy agents are.
#[derive(Clone, Copy)]
pub struct Shape {
    pub name: &'static str,
    pub agents: u64,
    pub skills: u64,
    pub held: u64,
    pub queues: u64,
    pub languages: u64,
    pub asked: u64,
    pub levels: u64,
    /// The queue asks this level, and one step of relaxation asks level 1 instead.
    pub level: u8,
    pub waiting: usize,
    /// In hundredths of the agents, arrivals × handling time.
    pub occupancy: u64,
}

impl Shape {
    /// Returns how many wait when the queues are half full, where many are held.
    pub fn half(&self) -> usize {
        1_000.max(self.waiting / 2)
    }
}

const A: Shape = Shape {
    name: "a",
    agents: 1_000,
    skills: 100,
    held: 8,
    queues: 50,
    languages: 5,
    asked: 0,
    levels: 10,
    level: 3,
    waiting: 0,
    occupancy: 90,
};
const B: Shape = Shape {
    name: "b",
    agents: 10_000,
    skills: 200,
    held: 10,
    queues: 500,
    languages: 10,
    waiting: 100_000,
    ..A
};
/// Everybody is eligible at once: there is nothing to relax.
const C: Shape = Shape { name: "c", skills: 1, held: 1, queues: 1, languages: 0, levels: 5, level: 1, ..B };
const D: Shape = Shape { name: "d", skills: 5_000, held: 4, queues: 20_000, languages: 0, asked: 2, ..B };

pub const SHAPES: [Shape; 10] = [
    Shape { name: "a 0.5", occupancy: 50, ..A },
    Shape { name: "a 0.9", ..A },
    Shape { name: "a 1.05", occupancy: 105, ..A },
    B,
    Shape { name: "b0 0.5", waiting: 0, occupancy: 50, ..B },
    Shape { name: "b0 0.9", waiting: 0, ..B },
    C,
    Shape { name: "c0", waiting: 0, ..C },
    D,
    Shape { name: "d0", waiting: 0, ..D },
];

/// xorshift64*: the same centre each time.
pub struct Dice(u64);

impl Dice {
    pub fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }

    fn bits(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.bits() % limit
    }

    /// Returns a place in a list of so many.
    pub fn place(&mut self, count: usize) -> usize {
        usize::try_from(self.below(count as u64)).expect("below a usize")
    }

    /// Returns an exponential time.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)] // 53 bits are a double's own.
    pub fn exponential_ms(&mut self, mean_ms: f64) -> Millis {
        let share = (self.bits() + 1) as f64 / (1_u64 << 53) as f64;
        (-share.ln() * mean_ms) as Millis
    }
}
