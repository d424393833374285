//! A centre that answers its own offers, in virtual time, and the commands that came of it.
//!
//! Arrivals are Poisson, handling is exponential (300 s), an offer is answered in 1 to 4 s. Where nothing is held a
//! waiting contact's patience is exponential too (120 s); where work is held, each end is followed by an arrival.
//! Time is told as a node tells it: an `advance` at each deadline of the engine.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use ucc_router_core::Engine;
use ucc_router_core::command::{
    Accept, Advance, Command, ContactLeft, End, Enqueue, Relaxation, SetAgent, SetQueue, SetSession,
    SetStatus,
};
use ucc_router_core::fact::{Fact, Outcome};
use ucc_router_core::wire::{Wire, Writer, encode};
use ucc_router_core::words::{AgentId, InteractionId, Medium, Millis, QueueId, Session, SkillLevel, Status};

use crate::shape::{Dice, Shape};

pub const START_MS: Millis = 1_700_000_000_000;
const PRIORITIES: [u8; 5] = [0, 0, 0, 1, 6];
const PRIORITY_STEP_MS: Millis = 5_000;
const TARGETS_MS: [Millis; 4] = [20_000, 60_000, 120_000, 300_000];
const RELAX_AFTER_MS: Millis = 60_000;
const HANDLING_MS: f64 = 300_000.0;
const PATIENCE_MS: f64 = 120_000.0;
const ANSWER_MS: (Millis, u64) = (1_000, 3_000);
/// Languages stand above the other skills.
const LANGUAGE: u64 = 1_000_000;
/// An engine holds 10,000 queues; further classes are interactions' own.
const QUEUES_MAX: u64 = 5_000;

/// Commands decided at one moment, as bytes: `list[Command]`.
pub struct Batch {
    pub at_ms: Millis,
    pub count: usize,
    pub commands: Vec<u8>,
}

/// One part of a recording.
pub struct Phase {
    pub name: &'static str,
    pub batches: Vec<Batch>,
}

/// Writes phases as `list[(name, list[(at_ms, list[Command])])]`.
pub fn write(phases: &[Phase]) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.array(phases.len());
    for phase in phases {
        writer.array(2);
        writer.text(phase.name);
        writer.array(phase.batches.len());
        for batch in &phase.batches {
            writer.array(2);
            batch.at_ms.put(&mut writer);
            writer.bytes.extend_from_slice(&batch.commands);
        }
    }
    writer.bytes
}

/// What happens by itself; in this order in the same millisecond.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Happening {
    Answer(InteractionId, AgentId, u64),
    Leave(InteractionId),
    Arrive,
}

/// The centre; its engine decides as the measured ones will.
pub struct Centre<'a> {
    shape: &'a Shape,
    dice: Dice,
    engine: Engine,
    now_ms: Millis,
    next: InteractionId,
    waiting: usize,
    happenings: BinaryHeap<Reverse<(Millis, Happening)>>,
    /// Work in hand by its end; nothing ends while the queues fill.
    ends: BinaryHeap<Reverse<(Millis, InteractionId, AgentId)>>,
    is_filling: bool,
    /// By interaction: in hand, or gone.
    is_settled: Vec<bool>,
    queues: u64,
    /// By kind, what an interaction asks itself.
    asked: Vec<Vec<SkillLevel>>,
    phases: Vec<Phase>,
}

impl<'a> Centre<'a> {
    /// Makes the agents and queues; everybody is signed in and on queue.
    pub fn new(shape: &'a Shape, start_ms: Millis) -> Self {
        let mut centre = Self {
            shape,
            dice: Dice::new(),
            engine: Engine::new(),
            now_ms: start_ms,
            next: 0,
            waiting: 0,
            happenings: BinaryHeap::new(),
            ends: BinaryHeap::new(),
            is_filling: false,
            is_settled: vec![false],
            queues: shape.queues.min(QUEUES_MAX),
            asked: Vec::new(),
            phases: Vec::new(),
        };
        centre.begin("agents");
        let mut skills_of: Vec<Vec<SkillLevel>> = Vec::new();
        for agent in 1..=shape.agents {
            let mut skills = centre.skills();
            skills_of.push(skills.clone());
            if shape.languages > 0 {
                let first = centre.dice.below(shape.languages);
                skills.push((LANGUAGE + first, 5));
                skills.push((LANGUAGE + (first + 1) % shape.languages, 5));
            }
            centre.submit(&[
                SetAgent::new(agent, &skills, &[(Medium::Chat, 1), (Medium::Voice, 1)]).into(),
                SetSession { agent, session: Session::Online, is_forced: false }.into(),
                SetStatus { agent, status: Status::OnQueue, reason: None }.into(),
            ]);
        }
        centre.begin("queues");
        for queue in 1..=centre.queues {
            centre.submit(&[queue_of(shape, queue).into()]);
        }
        for _ in 0..shape.queues {
            // Skills that one agent has together, so that each kind has somebody.
            let of = &skills_of[centre.dice.place(skills_of.len())];
            let asked = of.iter().take(usize::try_from(shape.asked).expect("few"));
            centre.asked.push(asked.map(|&(skill, level)| (skill, level.min(shape.level))).collect());
        }
        centre
    }

    /// Lets the centre live: a few waiting, then all that shall wait, then `commands` one by one, some more for cold
    /// caches, and as many in batches. Returns what the engine was told, and the engine.
    pub fn record(mut self, commands: usize, cold: usize) -> (Vec<Phase>, Engine) {
        if self.shape.waiting > 1_000 {
            self.fill("fill few", 1_000);
            self.run("warm few", commands / 8, 1);
            self.run("few", commands / 4, 1);
            // By then most of what is asked has been asked: the second half takes memory of its own alone.
            self.fill("fill half", self.shape.half());
        }
        self.fill("fill", self.shape.waiting);
        self.run("warm", commands / 4, 1);
        self.run("singles", commands, 1);
        self.run("cold", cold, 1);
        self.run("batches of 16", commands, 16);
        self.run("batches of 64", commands, 64);
        self.run("batches of 256", commands, 256);
        (self.phases, self.engine)
    }

    /// Returns different skills, each at some level.
    fn skills(&mut self) -> Vec<SkillLevel> {
        let shape = self.shape;
        let mut skills: Vec<SkillLevel> = Vec::new();
        while (skills.len() as u64) < shape.held.min(shape.skills) {
            let skill = 1 + self.dice.below(shape.skills);
            if skills.iter().all(|&(other, _)| other != skill) {
                skills.push((skill, u8::try_from(1 + self.dice.below(shape.levels)).expect("at most 10")));
            }
        }
        skills
    }

    fn begin(&mut self, name: &'static str) {
        self.phases.push(Phase { name, batches: Vec::new() });
    }

    fn submit(&mut self, commands: &[Command]) {
        let mut outcome = Outcome::default();
        for command in commands {
            self.engine.submit_into(self.now_ms, command, &mut outcome);
            assert!(outcome.refusal.is_none(), "{command:?}: {:?}", outcome.refusal);
            self.note(&outcome);
        }
        let phase = self.phases.last_mut().expect("a phase has begun");
        let encoded = encode(&commands.to_vec());
        phase.batches.push(Batch { at_ms: self.now_ms, count: commands.len(), commands: encoded });
    }

    fn note(&mut self, outcome: &Outcome) {
        for fact in &outcome.facts {
            match fact {
                Fact::InteractionQueued(fact) => {
                    self.waiting += 1;
                    if self.shape.waiting == 0 {
                        let patience_ms = self.dice.exponential_ms(PATIENCE_MS);
                        self.happen(patience_ms, Happening::Leave(fact.interaction));
                    }
                }
                Fact::InteractionOffered(fact) => {
                    self.waiting -= 1;
                    let ms = ANSWER_MS.0 + Millis::try_from(self.dice.below(ANSWER_MS.1)).expect("small");
                    self.happen(ms, Happening::Answer(fact.interaction, fact.agent, fact.epoch));
                }
                // Ringing work that is abandoned was taken back from the waiting before.
                Fact::InteractionAbandoned(_) => self.waiting -= 1,
                Fact::OfferRevoked(_) => self.waiting += 1,
                _ => {}
            }
        }
    }

    fn happen(&mut self, in_ms: Millis, happening: Happening) {
        self.happenings.push(Reverse((self.now_ms + in_ms, happening)));
    }

    #[allow(clippy::cast_precision_loss)] // Agents are few.
    fn next_arrival_ms(&mut self) -> Millis {
        let busy = (self.shape.agents * self.shape.occupancy) as f64 / 100.0;
        self.dice.exponential_ms(HANDLING_MS / busy)
    }

    fn arrival(&mut self) -> Command {
        self.next += 1;
        self.is_settled.push(false);
        let kind = self.dice.below(self.shape.queues);
        let mut command = Enqueue::new(self.next, 1 + kind % self.queues, Medium::Chat, self.now_ms);
        let own = &self.asked[usize::try_from(kind).expect("few")];
        let language =
            (self.shape.languages > 0).then(|| (LANGUAGE + self.dice.below(self.shape.languages), 1));
        command.requirement = own.iter().copied().chain(language).collect();
        command.priority = PRIORITIES[self.dice.place(PRIORITIES.len())];
        command.into()
    }

    /// Returns when something next happens by itself; never, while a batch holds all that was known.
    fn due_ms(&self) -> Option<Millis> {
        let happening = self.happenings.peek().map(|Reverse((at_ms, _))| *at_ms);
        let end = self.ends.peek().map(|Reverse((at_ms, ..))| *at_ms).filter(|_| !self.is_filling);
        happening.into_iter().chain(end).min()
    }

    /// Goes on to what happens next and returns the command that tells it.
    fn next(&mut self) -> Option<Command> {
        loop {
            let due_ms = self.due_ms()?;
            self.now_ms = self.now_ms.max(due_ms);
            if self.happenings.peek().is_none_or(|Reverse((at_ms, _))| *at_ms > due_ms) {
                let Reverse((_, interaction, agent)) = self.ends.pop().expect("an end is due");
                if self.shape.waiting > 0 && self.waiting <= self.shape.waiting {
                    self.happen(0, Happening::Arrive);
                }
                return Some(End { interaction, agent }.into());
            }
            let Reverse((_, happening)) = self.happenings.pop().expect("it is due");
            match happening {
                Happening::Arrive => {
                    if self.shape.waiting == 0 || self.is_filling {
                        let in_ms = self.next_arrival_ms();
                        self.happen(in_ms, Happening::Arrive);
                    }
                    return Some(self.arrival());
                }
                Happening::Leave(interaction) if !self.settle(interaction) => {
                    return Some(ContactLeft { interaction }.into());
                }
                Happening::Answer(interaction, agent, epoch) if !self.settle(interaction) => {
                    let end_ms = self.now_ms + self.dice.exponential_ms(HANDLING_MS);
                    self.ends.push(Reverse((end_ms, interaction, agent)));
                    return Some(Accept { interaction, agent, epoch, is_connecting: false }.into());
                }
                Happening::Leave(_) | Happening::Answer(..) => {}
            }
        }
    }

    /// Says whether work was in hand or gone before, and makes it so.
    fn settle(&mut self, interaction: InteractionId) -> bool {
        let at = usize::try_from(interaction).expect("few");
        std::mem::replace(&mut self.is_settled[at], true)
    }

    /// Lets arrivals come while nothing ends until so many wait, or, where nothing is held, until agents are as busy
    /// as they will be.
    fn fill(&mut self, name: &'static str, waiting: usize) {
        self.begin(name);
        self.is_filling = true;
        self.happen(0, Happening::Arrive);
        let busy = usize::try_from(self.shape.agents * self.shape.occupancy.min(100) / 100).expect("few");
        while if waiting > 0 { self.waiting < waiting } else { self.arrived() < busy } {
            self.step();
        }
        self.is_filling = false;
        if waiting > 0 {
            self.happenings.retain(|Reverse((_, happening))| *happening != Happening::Arrive);
        }
        // Handling is memoryless: what is left of it is drawn again.
        for Reverse((_, interaction, agent)) in std::mem::take(&mut self.ends) {
            let end_ms = self.now_ms + self.dice.exponential_ms(HANDLING_MS);
            self.ends.push(Reverse((end_ms, interaction, agent)));
        }
    }

    fn arrived(&self) -> usize {
        self.is_settled.len() - 1
    }

    /// Submits the next command; the engine's deadline before it is one.
    fn step(&mut self) {
        let due_ms = self.due_ms().unwrap_or(Millis::MAX);
        let command = match self.engine.next_deadline().filter(|&deadline_ms| deadline_ms <= due_ms) {
            Some(deadline_ms) => {
                self.now_ms = self.now_ms.max(deadline_ms);
                Advance {}.into()
            }
            None => self.next().expect("somebody arrives, answers or ends"),
        };
        self.submit(&[command]);
    }

    /// Records commands in batches; what falls due meanwhile fires with the first command of a larger batch.
    fn run(&mut self, name: &'static str, commands: usize, size: usize) {
        self.begin(name);
        let mut told = 0;
        while told < commands {
            if size == 1 {
                self.step();
                told += 1;
                continue;
            }
            let at_ms = self.now_ms.max(self.due_ms().expect("somebody arrives, answers or ends"));
            let batch: Vec<Command> = (0..size).map_while(|_| self.next()).collect();
            // All of it at the time of its first, so that no offer rings out before its answer is told.
            self.now_ms = at_ms;
            told += batch.len();
            self.submit(&batch);
        }
    }
}

fn queue_of(shape: &Shape, queue: QueueId) -> SetQueue {
    let skill = 1 + queue % shape.skills;
    let asks = |level| if shape.asked == 0 { vec![(skill, level)] } else { Vec::new() };
    let step = Relaxation {
        after_ms: RELAX_AFTER_MS,
        requirement: asks(1),
        condition: None,
        lower_by: if shape.asked == 0 { 0 } else { shape.level - 1 },
    };
    SetQueue {
        requirement: asks(shape.level),
        relaxation: if shape.level > 1 { vec![step] } else { Vec::new() },
        wrap_up_ms: 0,
        answer_target_ms: TARGETS_MS[usize::try_from(queue % 4).expect("small")],
        priority_step_ms: PRIORITY_STEP_MS,
        waiting_max: 1_000_000,
        open: vec![(0, 10 * START_MS)],
        ..SetQueue::new(queue)
    }
}
