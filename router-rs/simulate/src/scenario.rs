//! What is simulated: `ucc/staffing/scenario.py` reads it from a file, checks it and resolves its names.

use serde::Deserialize;

use crate::chance::Distribution;

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
        let scenario: Self = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        scenario.check()?;
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
                && kind.trunk.is_none_or(|trunk| trunk < self.trunks.len());
            if !is_fit {
                return Err(format!("type {:?} names what the scenario does not have", kind.name));
            }
        }
        for group in &self.groups {
            let is_fit =
                group.staff.len() == self.periods && is_known(&group.serves, types) && group.capacity > 0;
            if !is_fit {
                return Err(format!("group {:?} names what the scenario does not have", group.name));
            }
        }
        if self.periods == 0 || self.replications == 0 {
            return Err("a scenario has a period and a replication".to_owned());
        }
        Ok(())
    }

    /// Returns the most agents a group ever has.
    pub(crate) fn seats(&self, group: usize) -> u32 {
        self.groups[group].staff.iter().copied().max().unwrap_or(0)
    }
}
