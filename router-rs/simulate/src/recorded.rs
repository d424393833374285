//! A day as a tenant's journal has it: who came when and what became of it, who was there with which skills.
//!
//! A [`Recorder`] starts from a snapshot, takes the journal's rows in order and gives the [`Day`] between two
//! moments. Nothing is decided here: the facts say what happened.

use std::collections::{BTreeMap, btree_map::Entry};

use serde::{Deserialize, Serialize};
use ucc_router_core::Engine;
use ucc_router_core::command::{Command, Enqueue, SetAgent, SetQueue};
use ucc_router_core::fact::{ActivationCause, Fact, Outcome, RequeueReason};
use ucc_router_core::wire::{WireError, decode, encode};
use ucc_router_core::words::{
    AgentId, InteractionId, Medium, Millis, QueueId, Refusal, Session, SkillLevel, Status,
};

use crate::hex;

/// Whoever was there when the day began comes this long before it.
pub const CARRIED_MS: Millis = 1_000;

/// What became of a recorded contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// An agent took it.
    Served,
    /// It left while it waited.
    Left,
    /// It left by the queue's exit.
    Diverted,
    /// The queue was full.
    Blocked,
    /// It still waited when the recording ended.
    Waiting,
}

/// One contact of a recorded day. Seconds count from the start of the first period.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// When it entered the queue; before 0: it was there when the day began.
    pub at_s: f64,
    /// What became of it.
    pub ending: Ending,
    /// Until the answer, or the end of waiting. Who was served may have had more patience than this.
    pub waited_s: f64,
    /// Of the wait: from the offer to the answer.
    pub answer_s: f64,
    /// In hand; `None` where nobody knows.
    pub service_s: Option<f64>,
    /// After it.
    pub wrap_up_s: Option<f64>,
    /// 0–9.
    pub priority: u8,
    /// Place of the first who had it among the agents; where agents are groups, that of the group.
    pub group: Option<usize>,
}

/// Contacts that ask the same of the same queue.
#[derive(Clone, Debug, Serialize)]
pub struct Kind {
    /// Where they came in.
    pub queue: QueueId,
    /// Their medium.
    pub medium: &'static str,
    /// Units each takes.
    pub units: u32,
    /// On top of the queue's.
    pub requirement: Vec<SkillLevel>,
    /// In order of arrival.
    pub contacts: Vec<Contact>,
}

/// Somebody who was there.
#[derive(Clone, Debug, Serialize)]
pub struct Person {
    /// Who.
    pub agent: AgentId,
    /// The last `SetAgent` of the day, on the wire, in hexadecimal.
    pub config: String,
    /// From when until when new work was taken, in seconds.
    pub presence: Vec<(f64, f64)>,
}

/// A queue of the day.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// Which.
    pub queue: QueueId,
    /// The last `SetQueue` of the day, on the wire, in hexadecimal.
    pub config: String,
}

/// A recorded day.
#[derive(Clone, Debug, Serialize)]
pub struct Day {
    /// Contacts by what they ask.
    pub kinds: Vec<Kind>,
    /// Agents who took work at any time of the day.
    pub agents: Vec<Person>,
    /// Queues that work came to.
    pub queues: Vec<Line>,
    /// Transfers to a named agent: nobody routed those.
    pub named: u32,
}

impl Day {
    /// Returns the day as JSON.
    ///
    /// # Panics
    ///
    /// Never: a day holds numbers and words.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a day holds numbers and words")
    }
}

/// What contacts ask: queue, medium, units, requirement.
type Asked = (QueueId, Medium, u32, Vec<SkillLevel>);

/// An interaction that is not over.
#[derive(Clone, Debug)]
struct Track {
    asked: Asked,
    priority: u8,
    queued_ms: Millis,
    offered_ms: Millis,
    answered_ms: Option<Millis>,
    agent: Option<AgentId>,
    hand_ms: Millis,
    in_hand_since: Option<Millis>,
    wrap_ms: Millis,
    wraps_since: Option<Millis>,
}

impl Track {
    fn new(asked: Asked, priority: u8, queued_ms: Millis) -> Self {
        Self {
            asked,
            priority,
            queued_ms,
            offered_ms: queued_ms,
            answered_ms: None,
            agent: None,
            hand_ms: 0,
            in_hand_since: None,
            wrap_ms: 0,
            wraps_since: None,
        }
    }

    /// Closes the interval that runs.
    fn stop(&mut self, at_ms: Millis) {
        self.hand_ms += self.in_hand_since.take().map_or(0, |since_ms| at_ms - since_ms);
        self.wrap_ms += self.wraps_since.take().map_or(0, |since_ms| at_ms - since_ms);
    }

    fn take(&mut self, at_ms: Millis, agent: AgentId, is_offered: bool) {
        self.stop(at_ms);
        self.in_hand_since = Some(at_ms);
        if self.answered_ms.is_none() {
            self.answered_ms = Some(at_ms);
            self.agent = Some(agent);
            if !is_offered {
                self.offered_ms = at_ms;
            }
        }
    }
}

#[derive(Clone, Debug)]
struct Seat {
    config: SetAgent,
    on_since: Option<Millis>,
    presence: Vec<(Millis, Millis)>,
}

/// A contact whose end is known; the agent is not yet a place.
#[derive(Clone, Debug)]
struct Told {
    track: Track,
    ending: Ending,
    ended_ms: Millis,
    /// How long it was in hand is known.
    is_whole: bool,
}

/// Takes a journal row by row.
#[derive(Debug)]
pub struct Recorder {
    from_ms: Millis,
    until_ms: Millis,
    /// Of the latest row.
    at_ms: Millis,
    queues: BTreeMap<QueueId, SetQueue>,
    seats: BTreeMap<AgentId, Seat>,
    live: BTreeMap<InteractionId, Track>,
    told: Vec<Told>,
    named: u32,
}

impl Recorder {
    /// Makes a recorder of what happens from one moment until another.
    #[must_use]
    pub fn new(from_ms: Millis, until_ms: Millis) -> Self {
        Self {
            from_ms,
            until_ms,
            at_ms: 0,
            queues: BTreeMap::new(),
            seats: BTreeMap::new(),
            live: BTreeMap::new(),
            told: Vec::new(),
            named: 0,
        }
    }

    /// Starts from an engine's snapshot: its journal begins after it.
    ///
    /// # Errors
    ///
    /// Returns where the bytes are not a snapshot of a version that is known.
    pub fn restore(&mut self, snapshot: &[u8]) -> Result<(), WireError> {
        let engine = Engine::restore(snapshot)?;
        self.at_ms = engine.now_ms();
        let roster = engine.roster();
        self.queues = roster.queues.into_iter().map(|config| (config.queue, config)).collect();
        for (config, is_on) in roster.agents {
            let on_since = is_on.then_some(self.at_ms);
            self.seats.insert(config.agent, Seat { config, on_since, presence: Vec::new() });
        }
        for work in roster.work.into_iter().filter(|work| !work.is_named) {
            let asked = (work.queue, work.medium, work.units, work.requirement);
            let mut track = Track::new(asked, work.priority, work.queued_ms);
            if let Some(agent) = work.in_hand_of {
                track.take(self.at_ms, agent, false);
                if work.is_wrapping {
                    track.in_hand_since = None;
                    track.wraps_since = Some(self.at_ms);
                }
            }
            self.live.insert(work.interaction, track);
        }
        Ok(())
    }

    /// Takes the next row: its commands, and the outcome of each.
    ///
    /// # Errors
    ///
    /// Returns where the bytes are not what a journal holds.
    pub fn take(&mut self, at_ms: Millis, commands: &[u8], outcomes: &[u8]) -> Result<(), WireError> {
        let outcomes: Vec<Outcome> = decode(outcomes)?;
        self.at_ms = self.at_ms.max(at_ms);
        if outcomes.iter().any(|outcome| outcome.refusal == Some(Refusal::QueueFull)) {
            let commands: Vec<Command> = decode(commands)?;
            for (command, outcome) in commands.iter().zip(&outcomes) {
                let entered = match command {
                    Command::Enqueue(enqueue) => enqueue,
                    Command::ContactWrote(wrote) => &wrote.otherwise,
                    _ => continue,
                };
                if outcome.refusal == Some(Refusal::QueueFull) {
                    self.block(entered);
                }
            }
        }
        outcomes.iter().flat_map(|outcome| &outcome.facts).for_each(|fact| self.hear(fact));
        Ok(())
    }

    fn block(&mut self, entered: &Enqueue) {
        let asked = (entered.queue, entered.medium, entered.units, entered.requirement.to_vec());
        self.tell(Track::new(asked, entered.priority, self.at_ms), Ending::Blocked, false);
    }

    fn tell(&mut self, track: Track, ending: Ending, is_whole: bool) {
        // What was over before the day began says nothing about it, and what came after it neither.
        if self.from_ms < self.at_ms && track.queued_ms < self.until_ms {
            self.told.push(Told { track, ending, ended_ms: self.at_ms, is_whole });
        }
    }

    fn hear(&mut self, fact: &Fact) {
        match fact {
            Fact::QueueSet(fact) => {
                // A policy of the day after is none of the day's.
                if self.at_ms < self.until_ms || !self.queues.contains_key(&fact.config.queue) {
                    self.queues.insert(fact.config.queue, *fact.config.clone());
                }
            }
            Fact::AgentSet(fact) => self.set_agent(&fact.config),
            Fact::AgentRemoved(fact) => self.set_on(fact.agent, false),
            Fact::PresenceChanged(fact) => {
                let is_on = fact.session == Session::Online
                    && fact.status == Status::OnQueue
                    && fact.next_status.is_none()
                    && !fact.is_blocked;
                self.set_on(fact.agent, is_on);
            }
            fact => self.hear_work(fact),
        }
    }

    fn set_agent(&mut self, config: &SetAgent) {
        match self.seats.entry(config.agent) {
            Entry::Vacant(entry) => {
                entry.insert(Seat { config: config.clone(), on_since: None, presence: Vec::new() });
            }
            Entry::Occupied(mut entry) if self.at_ms < self.until_ms => {
                entry.get_mut().config = config.clone();
            }
            Entry::Occupied(_) => {}
        }
    }

    fn set_on(&mut self, agent: AgentId, is_on: bool) {
        let at_ms = self.at_ms;
        let Some(seat) = self.seats.get_mut(&agent) else { return };
        match (seat.on_since, is_on) {
            (None, true) => seat.on_since = Some(at_ms),
            (Some(since_ms), false) => {
                seat.presence.push((since_ms, at_ms));
                seat.on_since = None;
            }
            _ => {}
        }
    }

    fn hear_work(&mut self, fact: &Fact) {
        let at_ms = self.at_ms;
        match fact {
            // A consult is no contact; completed, it is the last part of its contact's handling, as in a transfer.
            Fact::InteractionQueued(fact) if fact.rare.consult_until_ms.is_some() => {}
            Fact::InteractionQueued(fact) if fact.rare.named_agent.is_some() => {
                self.named += u32::from((self.from_ms..self.until_ms).contains(&at_ms));
            }
            Fact::InteractionQueued(fact) => {
                let asked = (fact.queue, fact.medium, fact.units, fact.requirement.to_vec());
                // A callback that was asked for waits on for the contact it stands for.
                let stood_for = self.live.get(&fact.interaction);
                let queued_ms = stood_for.map_or(at_ms, |track| track.queued_ms);
                self.live.insert(fact.interaction, Track::new(asked, fact.priority, queued_ms));
            }
            Fact::InteractionDiverted(fact) => match (self.live.remove(&fact.interaction), fact.child) {
                (Some(track), Some(child)) => {
                    self.live.insert(child, track);
                }
                (Some(track), None) => self.tell(track, Ending::Diverted, false),
                (None, _) => {}
            },
            Fact::InteractionRequeued(fact) => self.requeue(fact.interaction, fact.queue, fact.reason),
            Fact::InteractionOffered(fact) => {
                self.change(fact.interaction, |track| track.offered_ms = at_ms);
            }
            Fact::InteractionActivated(fact) => {
                let is_offered = matches!(fact.cause, ActivationCause::Accepted | ActivationCause::Connected);
                self.change(fact.interaction, |track| track.take(at_ms, fact.agent, is_offered));
            }
            Fact::InteractionParked(fact) => self.change(fact.interaction, |track| track.stop(at_ms)),
            Fact::InteractionInterrupted(fact) => self.change(fact.interaction, |track| track.stop(at_ms)),
            Fact::InteractionResumed(fact) => {
                self.change(fact.interaction, |track| track.take(at_ms, fact.agent, false));
            }
            Fact::WrapUpStarted(fact) => self.change(fact.interaction, |track| {
                track.stop(at_ms);
                track.wraps_since = Some(at_ms);
            }),
            Fact::InteractionClosed(fact) => {
                if let Some(track) = self.live.remove(&fact.interaction) {
                    self.finish(track);
                }
            }
            Fact::InteractionAbandoned(fact) => {
                if let Some(track) = self.live.remove(&fact.interaction) {
                    match track.answered_ms {
                        None => self.tell(track, Ending::Left, false),
                        Some(_) => self.finish(track),
                    }
                }
            }
            Fact::InteractionCancelled(fact) => {
                self.live.remove(&fact.interaction);
            }
            Fact::InteractionFailed(fact) => {
                self.live.remove(&fact.interaction);
            }
            _ => {}
        }
    }

    fn change(&mut self, interaction: InteractionId, change: impl FnOnce(&mut Track)) {
        if let Some(track) = self.live.get_mut(&interaction) {
            change(track);
        }
    }

    /// Waits again: who was never answered waits on; who was is a contact of its own from now on.
    fn requeue(&mut self, interaction: InteractionId, queue: QueueId, reason: RequeueReason) {
        let Some(track) = self.live.get(&interaction) else { return };
        if track.answered_ms.is_none() && reason != RequeueReason::ContactWrote {
            return;
        }
        let (_, medium, units, requirement) = track.asked.clone();
        let again = Track::new((queue, medium, units, requirement), track.priority, self.at_ms);
        if let Some(track) = self.live.insert(interaction, again) {
            self.finish(track);
        }
    }

    /// An answered contact is over.
    fn finish(&mut self, mut track: Track) {
        track.stop(self.at_ms);
        self.tell(track, Ending::Served, true);
    }

    /// Returns the day. What was not over when the journal ended is told as far as it is known.
    #[must_use]
    pub fn day(mut self) -> Day {
        let live = std::mem::take(&mut self.live);
        for (_, track) in live {
            let ending = if track.answered_ms.is_some() { Ending::Served } else { Ending::Waiting };
            self.tell(track, ending, false);
        }
        let (from_ms, until_ms) = (self.from_ms, self.until_ms);
        let seconds = move |ms: Millis| seconds_between(from_ms, ms);
        let agents: Vec<Person> = std::mem::take(&mut self.seats)
            .into_iter()
            .map(|(agent, mut seat)| {
                if let Some(since_ms) = seat.on_since {
                    seat.presence.push((since_ms, until_ms));
                }
                let first_ms = from_ms - CARRIED_MS;
                let within = |&(on_ms, off_ms): &(Millis, Millis)| {
                    (if on_ms <= from_ms { first_ms } else { on_ms }, off_ms.min(until_ms))
                };
                let presence = seat.presence.iter().map(within).filter(|(on_ms, off_ms)| on_ms < off_ms);
                let presence = presence.filter(|&(_, off_ms)| off_ms > from_ms);
                Person {
                    agent,
                    config: hex::text(&encode(&seat.config)),
                    presence: presence.map(|(on_ms, off_ms)| (seconds(on_ms), seconds(off_ms))).collect(),
                }
            })
            .filter(|person| !person.presence.is_empty())
            .collect();
        let places: BTreeMap<AgentId, usize> =
            agents.iter().enumerate().map(|(place, person)| (person.agent, place)).collect();
        self.told.sort_by_key(|told| told.track.queued_ms);
        let mut kinds: BTreeMap<Asked, Vec<Contact>> = BTreeMap::new();
        for told in &self.told {
            let contact = contact(told, from_ms, &places);
            kinds.entry(told.track.asked.clone()).or_default().push(contact);
        }
        let queues = self
            .queues
            .into_iter()
            .map(|(queue, config)| Line { queue, config: hex::text(&encode(&config)) });
        let kinds = kinds.into_iter().map(|((queue, medium, units, requirement), contacts)| Kind {
            queue,
            medium: medium.text(),
            units,
            requirement,
            contacts,
        });
        Day { kinds: kinds.collect(), agents, queues: queues.collect(), named: self.named }
    }
}

#[allow(clippy::cast_precision_loss)] // Milliseconds of a few days are exact.
fn seconds_between(from_ms: Millis, ms: Millis) -> f64 {
    (ms - from_ms) as f64 / 1e3
}

fn contact(told: &Told, from_ms: Millis, places: &BTreeMap<AgentId, usize>) -> Contact {
    let track = &told.track;
    let start_ms = track.queued_ms.max(from_ms - CARRIED_MS);
    let waited_until_ms = track.answered_ms.unwrap_or(told.ended_ms).max(start_ms);
    // Of what was in hand already, what was left of it.
    let before_ms = track.answered_ms.map_or(0, |at_ms| (start_ms - at_ms).max(0));
    let (hand_ms, over_ms) = ((track.hand_ms - before_ms).max(0), (before_ms - track.hand_ms).max(0));
    let answer_ms = track.answered_ms.map_or(0, |at_ms| at_ms - track.offered_ms.max(start_ms)).max(0);
    Contact {
        at_s: seconds_between(from_ms, start_ms),
        ending: told.ending,
        waited_s: seconds_between(start_ms, waited_until_ms),
        answer_s: seconds_between(0, answer_ms),
        service_s: told.is_whole.then(|| seconds_between(0, hand_ms)),
        wrap_up_s: told.is_whole.then(|| seconds_between(0, (track.wrap_ms - over_ms).max(0))),
        priority: track.priority,
        group: track.agent.and_then(|agent| places.get(&agent).copied()),
    }
}
