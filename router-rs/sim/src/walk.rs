//! One seed, one walk: the engine against the ledger, the naive model, a folding twin and crashes.

use std::fmt;

use ucc_router_core::Engine;
use ucc_router_core::command::Command;
use ucc_router_core::fact::{Fact, Outcome};
use ucc_router_core::wire::encode;
use ucc_router_core::words::{AgentId, InteractionId, Millis, Refusal};

use crate::dice::Dice;
use crate::ledger::Ledger;
use crate::oracle::Oracle;
use crate::world::{START_MS, Size, World};

/// What a walk does beside checking the invariants.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How large the world is.
    pub size: Size,
    /// How many commands to make.
    pub commands: u64,
    /// Compare each decision with the naive model.
    pub has_oracle: bool,
    /// Compare the state with that of a twin that only replays the journal, about every this many commands; 0 never.
    pub twin_every: u64,
    /// Replace the engine by its twin or by its snapshot about every this many commands, and at the end;
    /// 0 never.
    pub crash_every: u64,
    /// The idle index's threshold, which must not matter.
    pub dense_from: usize,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            size: Size::default(),
            commands: 1_000,
            has_oracle: true,
            twin_every: 8,
            crash_every: 50,
            dense_from: ucc_router_core::DENSE_FROM,
        }
    }
}

/// What a walk saw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Commands made.
    pub commands: u64,
    /// Of them refused.
    pub refused: u64,
    /// Facts of all of them.
    pub facts: u64,
    /// The kinds of fact told, a bit each in the order of the vocabulary.
    pub kinds: u64,
    /// Engines replaced on the way.
    pub crashes: u64,
    /// Hash over every outcome in order: the decision stream.
    pub stream: u64,
}

/// Where and how a walk broke.
#[derive(Clone, Debug)]
pub struct Break {
    /// The world.
    pub seed: u64,
    /// The command of that world, counted from 0.
    pub step: u64,
    /// The rule and what was found.
    pub text: String,
}

impl fmt::Display for Break {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "seed {} step {}: {}", self.seed, self.step, self.text)
    }
}

fn mix(stream: u64, outcome: &Outcome) -> u64 {
    let bytes = ucc_router_core::wire::encode(outcome);
    bytes.iter().fold(stream, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// Returns who was offered the work that queued, or why it was refused; nothing if it went elsewhere.
fn came_of(outcome: &Outcome, interaction: InteractionId) -> Option<Result<Option<AgentId>, Refusal>> {
    if let Some(refusal) = outcome.refusal {
        return Some(Err(refusal));
    }
    let mut agent = None;
    for fact in &outcome.facts {
        match fact {
            Fact::InteractionOverflowed(_) => return None,
            // A broadcast rings at the best first.
            Fact::InteractionOffered(fact) if fact.interaction == interaction => {
                agent = agent.or(Some(fact.agent));
            }
            _ => {}
        }
    }
    Some(Ok(agent))
}

/// Walks through the world of `seed`.
///
/// # Errors
///
/// Returns the first place where a rule broke.
pub fn walk(seed: u64, plan: &Plan) -> Result<Seen, Break> {
    let mut world = World::new(seed, plan.size);
    let mut chance = Dice::new(seed ^ 0x5eed);
    let (mut engine, mut twin) = (Engine::with_dense_from(plan.dense_from), Engine::with_dense_from(0));
    let (mut ledger, mut oracle) = (Ledger::default(), Oracle::new());
    let mut seen = Seen { stream: 0xcbf2_9ce4_8422_2325, ..Seen::default() };
    // What the twin has not been told yet.
    let mut journal: Vec<(Millis, Vec<u8>)> = Vec::new();
    let mut now_ms = START_MS;
    let mut outcome = Outcome { refusal: None, facts: Vec::new(), fault: None };
    for step in 0..plan.commands {
        let broken = |text: String| Break { seed, step, text };
        now_ms = world.step_ms(now_ms, engine.next_deadline());
        let command = world.command(now_ms, &ledger);
        let is_still = engine.next_deadline().is_none_or(|deadline_ms| deadline_ms > now_ms);
        let prospect = match &command {
            // What a callback leaves behind is not looked ahead at, nor what is scheduled.
            Command::Enqueue(enqueue)
                if is_still && enqueue.instead_of.is_none() && enqueue.not_before_ms.is_none() =>
            {
                Some((engine.who_would_get(enqueue), enqueue))
            }
            _ => None,
        };
        engine.submit_into(now_ms, &command, &mut outcome);
        if let Some((prospect, enqueue)) = prospect {
            let told = prospect.map(|prospect| prospect.agent).map_err(|refused| refused.refusal);
            let came = came_of(&outcome, enqueue.interaction);
            if came.is_some_and(|came| came != told) {
                return Err(broken(format!("R54: {command:?}: told {told:?}, came {came:?}")));
            }
        }
        if plan.has_oracle {
            let expected = oracle.submit(now_ms, &command);
            if (outcome.refusal, &outcome.facts) != (expected.refusal, &expected.facts) {
                return Err(broken(format!("{command:?}\n engine {outcome:#?}\n model {expected:#?}")));
            }
        }
        let at_ms = engine.now_ms();
        for fact in &outcome.facts {
            let kind = Fact::TAGS.iter().position(|&tag| tag == fact.tag()).unwrap_or_default();
            seen.kinds |= 1 << kind;
            ledger.fold(at_ms, fact).map_err(|text| broken(format!("{command:?} {fact:?}: {text}")))?;
        }
        ledger.check(at_ms).map_err(|text| broken(format!("{command:?} {:?}: {text}", outcome.facts)))?;
        if engine.next_deadline().is_some_and(|deadline_ms| deadline_ms <= at_ms.max(now_ms)) {
            return Err(broken(format!("R2: {command:?} left a timer that is due")));
        }
        seen.commands += 1;
        seen.refused += u64::from(outcome.refusal.is_some());
        seen.facts += outcome.facts.len() as u64;
        seen.stream = mix(seen.stream, &outcome);
        if plan.twin_every > 0 {
            journal.push((at_ms, encode(&vec![std::mem::take(&mut outcome)])));
        }
        let is_last = step + 1 == plan.commands;
        let crashes = plan.crash_every > 0 && (chance.one_in(plan.crash_every) || is_last);
        if plan.twin_every > 0 && (crashes || chance.one_in(plan.twin_every)) {
            let rows = journal.iter().map(|(at_ms, outcomes)| (*at_ms, outcomes.as_slice()));
            twin.replay(rows).map_err(|bad| broken(bad.error.to_string()))?;
            if engine.snapshot() != twin.snapshot() || engine.next_deadline() != twin.next_deadline() {
                let rows = journal.len();
                return Err(broken(format!("I13: up to {command:?}, {rows} rows replay differently")));
            }
            journal.clear();
        }
        if crashes {
            seen.crashes += 1;
            let snapshot = engine.snapshot();
            let restored = Engine::restore(&snapshot).map_err(|error| broken(error.to_string()))?;
            if restored.next_deadline() != engine.next_deadline() {
                return Err(broken("I13: a snapshot loses a timer".to_owned()));
            }
            if restored.snapshot() != snapshot || plan.twin_every > 0 && twin.snapshot() != snapshot {
                return Err(broken("I13: what comes back after a crash is not what was".to_owned()));
            }
            engine = if plan.twin_every > 0 && chance.one_in(2) {
                std::mem::replace(&mut twin, restored)
            } else {
                restored
            };
        }
    }
    Ok(seen)
}
