//! How many numbers a campaign dials at a moment: a pure controller on the rate of abandoned answers (R75–R77).
//!
//! Whoever dials tells what became of each call and asks after every event how many more to start. No clock
//! and no dice in here, and only the four operations on floating-point numbers: two machines say the same.

use std::collections::VecDeque;

use crate::words::{Millis, word};

/// Outcomes are forgotten in steps of this part of the window.
const BUCKETS: Millis = 96;
/// What is expected before anything is known: everybody answers at once, and agents talk for long.
const ANSWERS_FIRST: f64 = 1.0;
const RING_MS_FIRST: f64 = 0.0;
const HANDLE_MS_FIRST: f64 = 600_000.0;
/// Each call counts this much against all before it: days change.
const FRESH: f64 = 1.0 / 128.0;
/// Answers are expected this much more often than they came.
const CAUTION: f64 = 1.3;
/// The part of what is allowed that is aimed at; the rest is for what was not foreseen.
const AIM: f64 = 0.6;
/// So many more could be lost at once without breaking the bound, or nothing is risked.
const SPARE: f64 = 5.0;
const TEN_THOUSAND: f64 = 10_000.0;

word! {
    /// Who starts a call, and when.
    PacingMode {
        /// The agent, after looking at the record; nothing is dialled by itself.
        Preview = "preview",
        /// One call for each free agent.
        Progressive = "progressive",
        /// More calls than free agents, as many as the abandonment rate allows.
        Predictive = "predictive",
    }
}

word! {
    /// What became of a dialled call.
    Dialled {
        /// A person answered and an agent had the call at once.
        Served = "served",
        /// A person answered and nobody was free.
        Abandoned = "abandoned",
        /// Nobody answered: busy, no answer, a machine, a wrong number.
        Unanswered = "unanswered",
    }
}

/// How a campaign dials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pacing {
    /// Who starts a call.
    pub mode: PacingMode,
    /// Of 10,000 answered calls of the window, so many may be abandoned; 300 are 3 %.
    pub abandon_max: u32,
    /// The rolling window the rate is kept in.
    pub window_ms: Millis,
}

/// The campaign at this moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Floor {
    /// Agents who could take a call now.
    pub free: u32,
    /// Agents on calls or in wrap-up.
    pub busy: u32,
    /// Calls that ring out there.
    pub dialling: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Bucket {
    number: Millis,
    answered: u64,
    abandoned: u64,
}

/// The controller of one campaign.
#[derive(Clone, Debug)]
pub struct Pacer {
    pacing: Pacing,
    /// The rolling window, oldest first.
    buckets: VecDeque<Bucket>,
    /// How likely a call is answered, after how long, and how long an agent has it, of late.
    answers: f64,
    ring_ms: f64,
    handle_ms: f64,
}

impl Pacer {
    /// Starts with nothing known and nothing earned.
    #[must_use]
    pub fn new(pacing: Pacing) -> Self {
        Self {
            pacing,
            buckets: VecDeque::new(),
            answers: ANSWERS_FIRST,
            ring_ms: RING_MS_FIRST,
            handle_ms: HANDLE_MS_FIRST,
        }
    }

    /// Changes how the campaign dials; what is known stays.
    pub fn set(&mut self, pacing: Pacing) {
        // Buckets are parts of the window: another window starts anew.
        if pacing.window_ms != self.pacing.window_ms {
            self.buckets.clear();
        }
        self.pacing = pacing;
    }

    /// Takes in what became of a call that rang for `ring_ms`.
    pub fn end(&mut self, at_ms: Millis, what: Dialled, ring_ms: Millis) {
        let is_answered = what != Dialled::Unanswered;
        self.answers += (f64::from(u8::from(is_answered)) - self.answers) * FRESH;
        if is_answered {
            self.ring_ms += (whole(ring_ms) - self.ring_ms) * FRESH;
        }
        let bucket = self.bucket(at_ms);
        bucket.answered += u64::from(is_answered);
        bucket.abandoned += u64::from(what == Dialled::Abandoned);
    }

    /// Takes in how long an agent was busy with a call, wrap-up included.
    pub fn handled(&mut self, handle_ms: Millis) {
        self.handle_ms += (whole(handle_ms) - self.handle_ms) * FRESH;
    }

    /// Returns abandoned ÷ answered in the window, or `None` while nobody has answered.
    pub fn abandon_rate(&mut self, now_ms: Millis) -> Option<f64> {
        let sum = self.sum(now_ms);
        (sum.answered > 0).then(|| real(sum.abandoned) / real(sum.answered))
    }

    /// Returns how many calls to start now.
    pub fn dials(&mut self, now_ms: Millis, floor: &Floor) -> u32 {
        let sure = floor.free.saturating_sub(floor.dialling);
        match self.pacing.mode {
            PacingMode::Preview => 0,
            PacingMode::Progressive => sure,
            PacingMode::Predictive => sure.max(self.predict(now_ms, floor)),
        }
    }

    /// Returns the most calls whose expected loss is earned (R77).
    fn predict(&mut self, now_ms: Millis, floor: &Floor) -> u32 {
        let sum = self.sum(now_ms);
        let (answered, abandoned) = (real(sum.answered), real(sum.abandoned));
        let allowed = f64::from(self.pacing.abandon_max) / TEN_THOUSAND;
        let earned = AIM * allowed * answered - abandoned;
        let has_spare = abandoned + SPARE <= allowed * answered;
        if earned <= 0.0 || !has_spare || floor.free + floor.busy == 0 {
            return 0;
        }
        let rate = allowed * earned.min(1.0);
        let answers = (self.answers * CAUTION).min(1.0);
        // Of agents who end after an exponential time, at least this part comes free while a call rings.
        let coming = shares(floor.busy, self.ring_ms / (self.ring_ms + self.handle_ms));
        // The first number of calls that costs too much ends the search: the loss of each more only grows.
        let (mut calls, mut answering) = (floor.dialling, shares(floor.dialling, answers));
        loop {
            push(&mut answering, answers);
            let expected = f64::from(calls + 1) * answers;
            if loss(&answering, &coming, floor.free) > rate * expected {
                return calls - floor.dialling;
            }
            calls += 1;
        }
    }

    fn bucket(&mut self, at_ms: Millis) -> &mut Bucket {
        let number = at_ms / self.length_ms();
        // What comes late counts as now: time does not go back.
        if self.buckets.back().is_none_or(|last| last.number < number) {
            self.buckets.push_back(Bucket { number, ..Bucket::default() });
        }
        self.forget(number);
        self.buckets.back_mut().expect("just looked at")
    }

    fn length_ms(&self) -> Millis {
        (self.pacing.window_ms / BUCKETS).max(1)
    }

    fn forget(&mut self, number: Millis) {
        while self.buckets.front().is_some_and(|first| first.number <= number - BUCKETS) {
            self.buckets.pop_front();
        }
    }

    fn sum(&mut self, now_ms: Millis) -> Bucket {
        self.forget(now_ms / self.length_ms());
        let mut sum = Bucket::default();
        for bucket in &self.buckets {
            sum.answered += bucket.answered;
            sum.abandoned += bucket.abandoned;
        }
        sum
    }
}

#[allow(clippy::cast_precision_loss)] // Counts below 2⁵³ are exact.
fn real(count: u64) -> f64 {
    count as f64
}

fn whole(ms: Millis) -> f64 {
    real(ms.unsigned_abs())
}

/// Returns how likely it is that 0, 1, 2 … of `count` happen, each with this chance.
fn shares(count: u32, chance: f64) -> Vec<f64> {
    let mut shares = vec![1.0];
    for _ in 0..count {
        push(&mut shares, chance);
    }
    shares
}

/// Adds one more that may happen.
fn push(shares: &mut Vec<f64>, chance: f64) {
    shares.push(0.0);
    for at in (0..shares.len()).rev() {
        let before = if at == 0 { 0.0 } else { shares[at - 1] };
        shares[at] = shares[at] * (1.0 - chance) + before * chance;
    }
}

/// Returns how many of the answering are expected to find nobody, with `free` agents and those who come free.
fn loss(answering: &[f64], coming: &[f64], free: u32) -> f64 {
    let mut loss = 0.0;
    for (more, &comes) in coming.iter().enumerate() {
        let there = free as usize + more;
        let short = answering.iter().enumerate().skip(there + 1);
        loss += comes * short.map(|(all, &share)| share * real((all - there) as u64)).sum::<f64>();
    }
    loss
}
