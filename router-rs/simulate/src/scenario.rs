//! What is simulated: `ucc/staffing/scenario.py` reads it from a file, checks it and resolves its names.

use serde::Deserialize;
use ucc_router_core::command::{SetAgent, SetQueue};
use ucc_router_core::wire::{Wire, decode};
use ucc_router_core::words::{Medium, Millis, SkillLevel};

use crate::chance::Distribution;
use crate::hex;
use crate::recorded::Contact;

/// A whole scenario. Types and groups are known by their place in the lists.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The same seed gives the same figures, on every machine and with any number of threads.
    pub seed: u64,
    /// Independent days.
    pub replications: u32,
    /// Of one day.
    pub periods: usize,
    /// Length of each period.
    pub period_s: f64,
    /// Traffic of the first period before it, not counted; 0 starts empty.
    pub warm_up_s: f64,
    /// Busy and quiet days: a gamma factor with mean 1 on every rate of a replication.
    pub day_factor_shape: Option<f64>,
    /// What comes in.
    pub types: Vec<ContactType>,
    /// Who is there.
    pub groups: Vec<Group>,
    /// Lines that types share.
    pub trunks: Vec<Trunk>,
    /// The engine's time at the start of the first period, where queues have real opening hours.
    #[serde(default)]
    pub start_ms: Option<Millis>,
}

/// Contacts that are alike.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactType {
    /// For the report.
    pub name: String,
    /// Poisson rate of each period.
    pub arrivals_per_hour: Vec<f64>,
    /// From answer to end.
    pub service: Distribution,
    /// After it.
    pub wrap_up: Option<Distribution>,
    /// Until the contact leaves unanswered; `None`: never.
    pub patience: Option<Distribution>,
    /// To be answered within.
    pub target_s: f64,
    /// 0–9.
    pub priority: u8,
    /// What one level of priority is worth in waiting time.
    pub priority_step_s: f64,
    /// More are refused.
    pub waiting_max: u32,
    /// The line each contact holds until its end.
    pub trunk: Option<usize>,
    /// Skill and level, where skills decide.
    pub requirement: Vec<(u64, u8)>,
    /// Groups in order, those of one rank alike; empty where levels decide.
    pub ranks: Vec<Vec<usize>>,
    /// Who serves it stands in a list; otherwise skills decide.
    pub is_listed: bool,
    /// From offer to answer; `None`: at once.
    #[serde(default)]
    pub answer: Option<Distribution>,
    /// Contacts in order of arrival, instead of a rate.
    #[serde(default)]
    pub recorded: Option<Vec<Contact>>,
    /// A queue of production, which types may share.
    #[serde(default)]
    pub queue: Option<QueueOf>,
}

/// How a type stands in a queue of production.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueueOf {
    /// A `SetQueue` on the wire.
    pub config: OnWire<SetQueue>,
    /// What its contacts ask on top.
    pub requirement: Vec<SkillLevel>,
    /// Their medium.
    pub medium: OnWord,
    /// Units each takes.
    pub units: u32,
}

/// A record of the engine's wire, written in hexadecimal.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String", bound = "T: Wire")]
pub struct OnWire<T: Wire>(pub T);

impl<T: Wire> TryFrom<String> for OnWire<T> {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let bytes = hex::bytes(&text).ok_or("found no hexadecimal digits, allowed are two a byte")?;
        decode(&bytes).map(OnWire).map_err(|error| error.to_string())
    }
}

/// A medium by its word.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct OnWord(pub Medium);

impl TryFrom<String> for OnWord {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let found = Medium::ALL.iter().copied().find(|medium| medium.text() == text);
        found.map(OnWord).ok_or_else(|| format!("found medium {text:?}, allowed is one the engine knows"))
    }
}

/// Agents who are alike.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// For the report.
    pub name: String,
    /// Agents in each period.
    pub staff: Vec<u32>,
    /// Contacts in hand at once, of each agent.
    pub capacity: u32,
    /// Skill and level.
    pub skills: Vec<(u64, u8)>,
    /// Types in the order of an agent who comes free, those of one rank by their place in the queue.
    pub serves: Vec<Vec<usize>>,
    /// A `SetAgent` of production on the wire; further seats have the ids after it. Types then come from the
    /// engine's own rules, and `serves` only says what the rivals let the agents do.
    #[serde(default)]
    pub agent: Option<OnWire<SetAgent>>,
    /// When all seats are there, in seconds from the start, instead of the staff of each period.
    #[serde(default)]
    pub presence: Option<Vec<(f64, f64)>>,
}

/// Lines; who finds all of them taken is blocked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trunk {
    /// How many.
    pub lines: u32,
}

impl Scenario {
    /// Reads a scenario from JSON.
    ///
    /// # Errors
    ///
    /// Says what does not fit; the reader of the file has said it better before.
    pub fn from_json(json: &[u8]) -> Result<Self, String> {
        let mut scenario: Self = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        scenario.check()?;
        crate::production::resolve(&mut scenario)?;
        Ok(scenario)
    }

    /// Checks what would otherwise be a panic far away.
    fn check(&self) -> Result<(), String> {
        let (types, groups) = (self.types.len(), self.groups.len());
        let is_known = |ranks: &[Vec<usize>], count: usize| ranks.iter().flatten().all(|&at| at < count);
        for kind in &self.types {
            let is_fit = kind.arrivals_per_hour.len() == self.periods
                && is_known(&kind.ranks, groups)
                && kind.ranks.len() <= 10
                && kind.trunk.is_none_or(|trunk| trunk < self.trunks.len())
                && kind.recorded.as_deref().is_none_or(|contacts| self.is_in_order(contacts, groups));
            if !is_fit {
                return Err(format!("type {:?} names what the scenario does not have", kind.name));
            }
        }
        for group in &self.groups {
            let is_there = |presence: &[(f64, f64)]| {
                let times: Vec<f64> =
                    presence.iter().flat_map(|&(from_s, until_s)| [from_s, until_s]).collect();
                times.first().is_none_or(|&first_s| first_s >= -self.warm_up_s) && times.is_sorted()
            };
            let is_fit = group.staff.len() == self.periods
                && is_known(&group.serves, types)
                && group.presence.as_deref().is_none_or(is_there)
                && group.capacity > 0;
            if !is_fit {
                return Err(format!("group {:?} names what the scenario does not have", group.name));
            }
        }
        if self.periods == 0 || self.replications == 0 {
            return Err("a scenario has a period and a replication".to_owned());
        }
        Ok(())
    }

    /// Says whether recorded contacts lie within the time, in order, and had agents that are known.
    fn is_in_order(&self, contacts: &[Contact], groups: usize) -> bool {
        let is_fit = |contact: &Contact| {
            let is_one = |value_s: f64| value_s.is_finite() && value_s >= 0.0;
            contact.at_s >= -self.warm_up_s
                && [contact.waited_s, contact.answer_s].into_iter().all(is_one)
                && [contact.service_s, contact.wrap_up_s].into_iter().flatten().all(is_one)
                && contact.group.is_none_or(|group| group < groups)
        };
        contacts.iter().all(is_fit) && contacts.is_sorted_by(|one, next| one.at_s <= next.at_s)
    }

    /// Returns the most agents a group ever has.
    pub(crate) fn seats(&self, group: usize) -> u32 {
        self.groups[group].staff.iter().copied().max().unwrap_or(0)
    }
}
