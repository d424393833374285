//! Derived structures that make a decision cheap. None of them may change a decision: the tests force
//! the dense threshold to nothing and to infinity and compare the streams.
//!
//! A *pool* is an interned requirement with the agents who meet it. A *class* is what waits alike: queue,
//! pool, medium and units; its waiting work is ordered by [`Key`], and its head stands in one array that a
//! freed agent scans.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::condition::{Condition, Profile};
use crate::state::{Agent, Key};
use crate::words::{AgentId, InteractionId, MEDIA, Medium, Millis, QueueId, SkillId, SkillLevel};

pub(crate) type PoolId = u32;
pub(crate) type ClassId = u32;
pub(crate) type Slot = u32;

/// A head that never wins: the class is empty or its queue closed.
pub(crate) const NO_HEAD: Key = (Millis::MAX, u64::MAX);

/// Orders free agents: highest level sum, least load, longest idle, then the id, which is unique.
pub(crate) type Rank = (Reverse<u32>, u32, Millis, AgentId);

/// Everything that is asked of an agent, in one form: skills once each, sorted, and conditions, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Demand {
    pub levels: Vec<SkillLevel>,
    pub conditions: Vec<Condition>,
}

impl Demand {
    pub(crate) fn new(one: &[SkillLevel], other: &[SkillLevel], conditions: [Option<&Condition>; 2]) -> Self {
        let mut conditions: Vec<_> = conditions.into_iter().flatten().cloned().collect();
        conditions.sort_unstable();
        conditions.dedup();
        Self { levels: merged(one, other), conditions }
    }

    /// Returns how well the agent meets it, or `None` (R11, R47).
    pub(crate) fn score(&self, profile: &Profile<'_>) -> Option<u32> {
        let sum = level_sum(profile.skills, &self.levels)?;
        self.conditions.iter().try_fold(sum, |sum, one| Some(sum + one.score(profile)?))
    }

    /// Returns a skill that everybody who meets it holds, if there is one.
    fn anchor(&self) -> Option<SkillId> {
        let first = self.levels.first().map(|&(skill, _)| skill);
        first.or_else(|| self.conditions.iter().find_map(Condition::anchor))
    }
}

/// Agents who meet one demand.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    pub demand: Demand,
    /// Slot and score, by slot.
    pub members: Vec<(Slot, u32)>,
    pub classes: Vec<ClassId>,
    /// Queues that ask this themselves, at some step: their staff is counted here.
    pub queues: BTreeSet<QueueId>,
    /// Members who are staffing.
    pub staff: u32,
    /// Free agents per medium, kept only when there are many members.
    pub free: Option<Box<[BTreeMap<Rank, Slot>; MEDIA]>>,
}

/// Waiting work that needs the same.
#[derive(Debug)]
pub(crate) struct Class {
    pub pool: PoolId,
    pub waiting: BTreeMap<Key, InteractionId>,
}

/// The first of a class and what it takes, in one array for the scan.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    pub key: Key,
    pub medium: Medium,
    pub units: u32,
}

/// Whose timer it is; in this order when two are due in the same millisecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    Queue(QueueId),
    Agent(AgentId),
    Interaction(InteractionId),
}

/// All derived structures that are not part of one queue, agent or interaction.
#[derive(Debug, Default)]
pub(crate) struct Index {
    pub pools: Vec<Pool>,
    pool_of: BTreeMap<Demand, PoolId>,
    /// Pools by a skill that all of their members hold; `None` for those without one.
    pools_by_skill: BTreeMap<Option<SkillId>, Vec<PoolId>>,
    agents_by_skill: BTreeMap<Option<SkillId>, BTreeSet<Slot>>,
    pub classes: Vec<Class>,
    class_of: BTreeMap<(QueueId, PoolId, Medium, u32), ClassId>,
    pub heads: Vec<Head>,
    pub timers: BTreeSet<(Millis, Timer)>,
    /// Pools that passed the dense threshold and are not listed yet.
    grown: Vec<PoolId>,
}

/// Merges requirements: every skill once, at the highest level asked.
pub(crate) fn merged(one: &[SkillLevel], other: &[SkillLevel]) -> Vec<SkillLevel> {
    let mut levels = BTreeMap::new();
    for &(skill, level) in one.iter().chain(other) {
        let asked = levels.entry(skill).or_insert(level);
        *asked = level.max(*asked);
    }
    levels.into_iter().collect()
}

/// Returns the sum of the agent's levels over the requirement, or `None` if one is too low.
/// Both lists are sorted by skill.
pub(crate) fn level_sum(skills: &[SkillLevel], requirement: &[SkillLevel]) -> Option<u32> {
    let mut sum = 0;
    for &(skill, asked) in requirement {
        let at = skills.binary_search_by_key(&skill, |&(held, _)| held).ok()?;
        let level = skills[at].1;
        if level < asked {
            return None;
        }
        sum += u32::from(level);
    }
    Some(sum)
}

impl Index {
    /// Returns the pool of a demand, made and filled on first use.
    pub(crate) fn pool(&mut self, demand: Demand, agents: &mut [Option<Agent>], dense: usize) -> PoolId {
        if let Some(&pool) = self.pool_of.get(&demand) {
            return pool;
        }
        let pool = PoolId::try_from(self.pools.len()).expect("fewer than 2^32 pools");
        let anchor = demand.anchor();
        self.pools.push(Pool { demand: demand.clone(), ..Pool::default() });
        self.pools_by_skill.entry(anchor).or_default().push(pool);
        let candidates: Vec<Slot> =
            self.agents_by_skill.get(&anchor).into_iter().flatten().copied().collect();
        for slot in candidates {
            let agent = agents[slot as usize].as_mut().expect("an indexed slot holds an agent");
            if let Some(sum) = demand.score(&agent.profile()) {
                self.join(pool, sum, slot, agent, dense);
            }
        }
        self.pool_of.insert(demand, pool);
        pool
    }

    /// Returns the class of this work, made on first use.
    pub(crate) fn class(
        &mut self,
        (queue, pool, medium, units): (QueueId, PoolId, Medium, u32),
        agents: &mut [Option<Agent>],
    ) -> ClassId {
        if let Some(&class) = self.class_of.get(&(queue, pool, medium, units)) {
            return class;
        }
        let class = ClassId::try_from(self.classes.len()).expect("fewer than 2^32 classes");
        self.classes.push(Class { pool, waiting: BTreeMap::new() });
        self.heads.push(Head { key: NO_HEAD, medium, units });
        self.class_of.insert((queue, pool, medium, units), class);
        self.pools[pool as usize].classes.push(class);
        for &(slot, _) in &self.pools[pool as usize].members {
            agents[slot as usize].as_mut().expect("a member is an agent").classes.push(class);
        }
        class
    }

    /// Puts the agent into every pool whose requirement it meets.
    pub(crate) fn enrol(&mut self, slot: Slot, agent: &mut Agent, dense: usize) {
        let skills = agent.state.config.skills.clone();
        let keys = std::iter::once(None).chain(skills.iter().map(|&(skill, _)| Some(skill)));
        for key in keys {
            self.agents_by_skill.entry(key).or_default().insert(slot);
            for pool in self.pools_by_skill.get(&key).cloned().unwrap_or_default() {
                if let Some(sum) = self.pools[pool as usize].demand.score(&agent.profile()) {
                    self.join(pool, sum, slot, agent, dense);
                }
            }
        }
    }

    /// Takes the agent, unlisted and off staff, out of every pool.
    pub(crate) fn withdraw(&mut self, slot: Slot, agent: &mut Agent) {
        debug_assert!(!agent.is_staff && agent.listed.is_none());
        let keys =
            std::iter::once(None).chain(agent.state.config.skills.iter().map(|&(skill, _)| Some(skill)));
        for key in keys {
            if let Some(slots) = self.agents_by_skill.get_mut(&key) {
                slots.remove(&slot);
            }
        }
        for (pool, _) in agent.pools.drain(..) {
            let members = &mut self.pools[pool as usize].members;
            if let Ok(at) = members.binary_search_by_key(&slot, |&(member, _)| member) {
                members.remove(at);
            }
        }
        agent.dense.clear();
        agent.classes.clear();
    }

    fn join(&mut self, pool_id: PoolId, sum: u32, slot: Slot, agent: &mut Agent, dense: usize) {
        let pool = &mut self.pools[pool_id as usize];
        if let Err(at) = pool.members.binary_search_by_key(&slot, |&(member, _)| member) {
            pool.members.insert(at, (slot, sum));
        }
        agent.pools.push((pool_id, sum));
        agent.classes.extend_from_slice(&pool.classes);
        pool.staff += u32::from(agent.is_staff);
        if pool.free.is_some() {
            agent.dense.push((pool_id, sum));
            list(pool, sum, slot, agent);
        } else if pool.members.len() > dense {
            self.grown.push(pool_id);
        }
    }

    /// Lists the members of pools that have just become dense.
    pub(crate) fn densify(&mut self, agents: &mut [Option<Agent>]) {
        for id in std::mem::take(&mut self.grown) {
            let pool = &mut self.pools[id as usize];
            if pool.free.is_none() {
                pool.free = Some(Box::default());
                for (slot, sum) in pool.members.clone() {
                    let agent = agents[slot as usize].as_mut().expect("a member is an agent");
                    agent.dense.push((id, sum));
                    list(pool, sum, slot, agent);
                }
            }
        }
    }

    /// Writes the head of a class; a closed queue has none.
    pub(crate) fn set_head(&mut self, class: ClassId, is_open: bool) {
        let first = self.classes[class as usize].waiting.first_key_value();
        self.heads[class as usize].key = match first {
            Some((&key, _)) if is_open => key,
            _ => NO_HEAD,
        };
    }
}

/// Lists a free agent in a dense pool under the key it keeps in `listed`.
pub(crate) fn list(pool: &mut Pool, sum: u32, slot: Slot, agent: &Agent) {
    let (Some(free), Some((load, idle_since_ms, media))) = (pool.free.as_mut(), agent.listed) else {
        return;
    };
    for (listed, _) in free.iter_mut().zip(media).filter(|&(_, is_free)| is_free) {
        listed.insert((Reverse(sum), load, idle_since_ms, agent.id()), slot);
    }
}

/// Takes an agent out of a dense pool.
pub(crate) fn unlist(pool: &mut Pool, sum: u32, agent: &Agent) {
    let (Some(free), Some((load, idle_since_ms, media))) = (pool.free.as_mut(), agent.listed) else {
        return;
    };
    for (listed, _) in free.iter_mut().zip(media).filter(|&(_, is_free)| is_free) {
        listed.remove(&(Reverse(sum), load, idle_since_ms, agent.id()));
    }
}
