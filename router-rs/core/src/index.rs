//! Derived structures that make a decision cheap. None of them may change a decision: the tests force
//! the dense threshold to nothing and to infinity and compare the streams.
//!
//! A *pool* is an interned requirement with the agents who meet it. A *class* is what waits alike: queue,
//! pool, medium and units; its waiting work is ordered by [`Key`]. The classes of one pool and medium are a
//! *lane*, ordered by what waits first in each, and the head of each lane stands in one array that a freed
//! agent scans.

use std::collections::{BTreeMap, BTreeSet};

use crate::condition::{Condition, Profile};
use crate::fetch::{fetch, fetch_at};
use crate::heap::{Heap, Places};
use crate::idle::{Desk, FreeList, FreeLists};
use crate::levels::Levels;
use crate::room::roomy;
use crate::state::{Agent, Key, Standing};
use crate::table::{Known, Table};
use crate::timers::Timers;
use crate::words::{AgentChoice, MEDIA, Media, Medium, Millis, QueueId, SkillId, SkillLevel};

pub(crate) type PoolId = u32;
pub(crate) type ClassId = u32;
pub(crate) type Slot = u32;

/// What a freed agent must know of the first of a lane, in one number: its deadline, and whether room for one unit
/// is all that its class asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Head(Millis);

impl Head {
    /// Of a lane where nothing waits that is offered now; later than every deadline.
    pub(crate) const NONE: Self = Self(Millis::MAX);

    fn new(deadline_ms: Millis, is_plain: bool) -> Self {
        Self(deadline_ms << 1 | Millis::from(!is_plain))
    }

    /// Returns the last head of a deadline: what comes after it is later.
    pub(crate) fn limit(deadline_ms: Millis) -> Self {
        Self::new(deadline_ms, false)
    }

    pub(crate) fn deadline_ms(self) -> Millis {
        self.0 >> 1
    }

    /// Returns its deadline, where there is one.
    pub(crate) fn found(self) -> Option<Millis> {
        (self != Self::NONE).then(|| self.deadline_ms())
    }

    /// Of one unit, and nobody is barred from any work of the class.
    pub(crate) fn is_plain(self) -> bool {
        self.0 & 1 == 0
    }
}

/// Everything that is asked of an agent, in one form: skills once each, sorted, and conditions, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Demand {
    pub levels: Levels<2>,
    pub conditions: Vec<Condition>,
}

impl Demand {
    pub(crate) fn new(one: &[SkillLevel], other: &[SkillLevel], conditions: [Option<&Condition>; 2]) -> Self {
        let mut conditions: Vec<_> = conditions.into_iter().flatten().cloned().collect();
        conditions.sort_unstable();
        conditions.dedup();
        Self { levels: merged(one, other).into(), conditions }
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
    /// Has many members: then free ones are listed, per choice in use and medium.
    pub is_dense: bool,
    pub lists: Vec<FreeLists>,
    /// Queues that keep free members for themselves, and how many.
    pub reserves: BTreeMap<QueueId, u32>,
    /// Members free for each medium, counted where there are reserves.
    pub free: [u32; MEDIA],
}

impl Pool {
    pub(crate) fn list(&self, choice: AgentChoice, medium: Medium) -> Option<&FreeList> {
        self.lists.iter().find(|lists| lists.choice == choice).map(|lists| lists.of(medium))
    }

    pub(crate) fn score_of(&self, slot: Slot) -> Option<u32> {
        let at = self.members.binary_search_by_key(&slot, |&(member, _)| member).ok()?;
        Some(self.members[at].1)
    }
}

/// What work of one class has in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ClassKey {
    pub queue: QueueId,
    pub medium: Medium,
    pub units: u32,
    pub choice: AgentChoice,
    /// May use the reserves.
    pub is_vip: bool,
}

/// Waiting work that needs the same.
#[derive(Debug)]
pub(crate) struct Class {
    pub pool: PoolId,
    pub key: ClassKey,
    /// By place, as slots of the work.
    pub waiting: Heap,
    /// How much of it somebody is not eligible for.
    pub barred: usize,
    /// Where some of its work went at a relaxation step: what that asks itself, the step, and the class.
    pub relaxed: Option<(Levels<1>, u8, ClassId)>,
    /// By what it stands in its lane.
    led: Option<Lead>,
}

impl Class {
    /// Says whether it stands in a lane of this medium: some of it waits, and its queue serves.
    pub(crate) fn is_led_in(&self, medium: usize) -> bool {
        self.led.is_some() && self.key.medium as usize == medium
    }

    /// Returns the first of it as its lane knows it.
    pub(crate) fn first_plain(&self) -> Option<(Key, Slot)> {
        self.led.map(|lead| (lead.key, lead.slot))
    }

    /// Returns what a freed agent must know of it while its queue serves.
    fn lead(&self) -> Option<Lead> {
        let first = self.waiting.first()?;
        Some(Lead { key: first.key(), slot: first.slot(), is_plain: self.key.units == 1 && self.barred == 0 })
    }
}

/// The place of the first work of a class, and whether room for one unit is all that any of it asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Lead {
    key: Key,
    slot: Slot,
    is_plain: bool,
}

/// The lanes of one medium, by pool; those of later pools are empty.
#[derive(Debug, Default)]
pub(crate) struct Lanes {
    pub heads: Vec<Head>,
    /// The classes those are of, and the slots of the work.
    pub firsts: Vec<(ClassId, Slot)>,
    /// The classes of each, in order of what waits first in them.
    orders: Vec<Heap>,
}

/// The earliest of some lanes, and the head that comes next.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Earliest {
    pub head: Head,
    pub medium: usize,
    pub pool: PoolId,
    next: Head,
}

impl Default for Earliest {
    fn default() -> Self {
        Self { head: Head::NONE, medium: 0, pool: 0, next: Head::NONE }
    }
}

impl Earliest {
    /// Looks at the lanes of these pools. Of the heads of an agent's lanes nothing can be foretold: no branch asks.
    #[inline(never)]
    pub(crate) fn look_through(&mut self, medium: usize, heads: &[Head], pools: &[PoolId]) {
        let Self { mut head, mut pool, mut next, .. } = *self;
        for &other in pools {
            let Some(&found) = heads.get(other as usize) else { continue };
            next = next.min(found.max(head));
            (head, pool) = if found < head { (found, other) } else { (head, pool) };
        }
        let medium = if head < self.head { medium } else { self.medium };
        *self = Self { head, medium, pool, next };
    }

    /// Says whether room for one unit is all that it asks, and nothing else has its deadline.
    pub(crate) fn is_plain_alone(&self) -> bool {
        self.head.is_plain() && self.head.deadline_ms() < self.next.deadline_ms()
    }
}

impl Lanes {
    /// Makes room for the lane of a pool.
    fn cover(&mut self, pool: PoolId) {
        let count = self.heads.len().max(pool as usize + 1);
        self.heads.resize(count, Head::NONE);
        self.firsts.resize(count, (ClassId::MAX, Slot::MAX));
        self.orders.resize_with(count, Heap::default);
    }
}

/// Where one in so many holds a skill, its levels may stand by slot too.
const COMMON_SHARE: usize = 16;

/// Who holds a skill.
#[derive(Debug, Default)]
struct Holders {
    skill: SkillId,
    /// Slots and levels, by slot.
    all: Vec<(Slot, u8)>,
    /// The level at each slot, or 0, once a pool has asked for a common skill: who else holds it is not searched for.
    levels: Vec<u8>,
    /// Pools that only these may be in; each pool stands at one skill.
    pools: Vec<PoolId>,
}

impl Known for Holders {
    fn id(&self) -> SkillId {
        self.skill
    }
}

impl Holders {
    fn put(&mut self, slot: Slot, level: u8, slots: usize) {
        let is_last = self.all.last().is_none_or(|&(last, _)| last < slot);
        let at = if is_last { self.all.len() } else { self.all.partition_point(|&(other, _)| other < slot) };
        roomy(&mut self.all).insert(at, (slot, level));
        if !self.is_common(slots) {
            self.levels = Vec::new();
        } else if !self.levels.is_empty() {
            self.levels.resize(self.levels.len().max(slots), 0);
            self.levels[slot as usize] = level;
        }
    }

    fn is_common(&self, slots: usize) -> bool {
        self.all.len() * COMMON_SHARE >= slots
    }

    /// Lays the levels out by slot where that is worth its room.
    fn lay_out(&mut self, slots: usize) {
        if self.levels.is_empty() && self.is_common(slots) {
            self.levels.resize(slots, 0);
            for &(slot, level) in &self.all {
                self.levels[slot as usize] = level;
            }
        }
    }

    fn take(&mut self, slot: Slot) {
        if let Ok(at) = self.all.binary_search_by_key(&slot, |&(other, _)| other) {
            self.all.remove(at);
            if let Some(level) = self.levels.get_mut(slot as usize) {
                *level = 0;
            }
        }
    }

    /// Keeps those who hold the skill at this level, and adds the level they have. They stand by slot.
    fn keep(&self, found: &mut Vec<(Slot, u32)>, asked: u8) {
        let (levels, mut from) = (&self.levels[..], 0);
        found.retain_mut(|(slot, sum)| {
            let level = if levels.is_empty() {
                from = seek(&self.all, from, *slot);
                self.all.get(from).filter(|(other, _)| other == slot).map_or(0, |&(_, level)| level)
            } else {
                levels.get(*slot as usize).copied().unwrap_or(0)
            };
            *sum += u32::from(level);
            level >= asked
        });
    }
}

/// All derived structures that are not part of one queue, agent or interaction.
#[derive(Debug, Default)]
pub(crate) struct Index {
    pub pools: Vec<Pool>,
    pool_of: BTreeMap<Demand, PoolId>,
    /// By skill.
    holders: Table<Holders>,
    /// Those who hold any skill or none, at level 0.
    everybody: Holders,
    pub classes: Vec<Class>,
    class_of: BTreeMap<(PoolId, ClassKey), ClassId>,
    /// By medium: the first of each lane, in one array for the scan.
    pub lanes: [Lanes; MEDIA],
    /// Where each class stands in its lane.
    ranks: Places,
    /// Where each piece of waiting work stands in its class.
    pub places: Places,
    pub timers: Timers,
    /// By slot: what the agent may be pushed one unit of.
    pub free: Vec<Media>,
    /// By medium, how many may be pushed one unit of it.
    pub free_count: [u32; MEDIA],
    /// By slot.
    pub desks: Vec<Desk>,
    /// By slot, a number for each time the agent is listed in its dense pools.
    pub listings: Vec<u32>,
    /// Pools that passed the dense threshold and are not listed yet.
    grown: Vec<PoolId>,
    /// Some queue keeps a reserve.
    pub has_reserves: bool,
    /// Queues that limit their units in one agent's hands.
    pub limits: usize,
    /// A state is being restored: agents are told of all pools at its end, by `introduce`.
    pub is_restoring: bool,
    /// Room to find the members of a pool in.
    found: Vec<(Slot, u32)>,
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

/// Returns where a slot stands among holders, or would, looking from `from` on in steps that double: mostly it is
/// near.
fn seek(holders: &[(Slot, u8)], from: usize, slot: Slot) -> usize {
    let mut step = 1;
    while holders.get(from + step).is_some_and(|&(other, _)| other < slot) {
        step *= 2;
    }
    let (near, far) = (from + step / 2, holders.len().min(from + step));
    near + holders[near..far].partition_point(|&(other, _)| other < slot)
}

impl Index {
    /// Returns the pool of a demand, made and filled on first use.
    pub(crate) fn pool(&mut self, demand: Demand, agents: &mut Table<Agent>, dense: usize) -> PoolId {
        if let Some(&pool) = self.pool_of.get(&demand) {
            return pool;
        }
        let pool = PoolId::try_from(self.pools.len()).expect("fewer than 2^32 pools");
        self.holders_mut(demand.anchor()).pools.push(pool);
        for &(skill, _) in demand.levels.iter().filter(|_| demand.levels.len() > 1) {
            if let Some(holders) = self.holders.get_mut(skill) {
                holders.lay_out(self.free.len());
            }
        }
        let mut found = std::mem::take(&mut self.found);
        self.find_holders(&demand, &mut found);
        if !demand.conditions.is_empty() {
            found.retain_mut(|(slot, sum)| {
                let agent = agents.at(*slot);
                let score = demand.score(&agent.profile());
                *sum = score.unwrap_or(0);
                score.is_some()
            });
        }
        let members = found.clone();
        self.found = found;
        let mut staff = 0;
        for &(slot, _) in members.iter().filter(|_| !self.is_restoring) {
            let agent = agents.at_mut(slot);
            roomy(&mut agent.pools).push(pool);
            staff += u32::from(agent.is_staff);
        }
        if members.len() > dense {
            self.grown.push(pool);
        }
        self.pools.push(Pool { demand: demand.clone(), members, staff, ..Pool::default() });
        self.pool_of.insert(demand, pool);
        pool
    }

    /// Finds who holds all skills asked at the levels asked, by slot, with the sum of the levels held: in the lists
    /// of holders alone. Everybody who may meet the conditions, where no skill is asked.
    fn find_holders(&self, demand: &Demand, found: &mut Vec<(Slot, u32)>) {
        let none = Holders::default();
        let holders = |skill| self.holders.get(skill).unwrap_or(&none);
        found.clear();
        let rarest = demand.levels.iter().min_by_key(|&&(skill, _)| holders(skill).all.len());
        let Some(&(rarest, asked)) = rarest else {
            let all = demand.anchor().map_or(&self.everybody, holders).all.iter();
            found.extend(all.map(|&(slot, _)| (slot, 0)));
            return;
        };
        let able = holders(rarest).all.iter().filter(|&&(_, level)| level >= asked);
        found.extend(able.map(|&(slot, level)| (slot, u32::from(level))));
        for &(skill, asked) in demand.levels.iter().filter(|&&(skill, _)| skill != rarest) {
            holders(skill).keep(found, asked);
        }
    }

    /// Returns who holds a skill, or everybody; nobody has asked for it or held it before, maybe.
    fn holders_mut(&mut self, skill: Option<SkillId>) -> &mut Holders {
        let Some(skill) = skill else { return &mut self.everybody };
        let slot = self.holders.slot(skill);
        let slot = slot.unwrap_or_else(|| self.holders.put(Holders { skill, ..Holders::default() }));
        self.holders.at_mut(slot)
    }

    /// Tells agents of the pools that were made while a state was restored: each list is made in its length, where
    /// one by one they would all grow again and again, each in another place of memory.
    pub(crate) fn introduce(&mut self, agents: &mut Table<Agent>) {
        self.is_restoring = false;
        // First how many pools each slot has, then where the next of them goes, at last where they end.
        let mut ends = vec![0; self.free.len()];
        let members = self.pools.iter().flat_map(|pool| &pool.members);
        members.for_each(|&(slot, _)| ends[slot as usize] += 1);
        let count = ends.iter_mut().fold(0, |sum, count| sum + std::mem::replace(count, sum));
        let mut pools: Vec<PoolId> = vec![0; count];
        let is_staff = |slot| agents.found_at(slot).is_some_and(|agent| agent.is_staff);
        let staff: Vec<bool> = (0..).take(ends.len()).map(is_staff).collect();
        for (pool, id) in self.pools.iter_mut().zip(0..) {
            for &(slot, _) in &pool.members {
                let at = &mut ends[slot as usize];
                pools[*at] = id;
                *at += 1;
                pool.staff += u32::from(staff[slot as usize]);
            }
        }
        let mut from = 0;
        for (slot, end) in (0..).zip(ends) {
            if let Some(agent) = agents.found_at_mut(slot) {
                (agent.pools, agent.lanes) = (pools[from..end].into(), 0);
                agent.bring_forward(|pool| !self.pools[pool as usize].classes.is_empty());
            }
            from = end;
        }
        self.densify(agents);
    }

    /// Returns the class of this work, made on first use.
    pub(crate) fn class(&mut self, pool: PoolId, key: ClassKey, agents: &mut Table<Agent>) -> ClassId {
        if let Some(&class) = self.class_of.get(&(pool, key)) {
            return class;
        }
        let class = ClassId::try_from(self.classes.len()).expect("fewer than 2^32 classes");
        self.lanes[key.medium as usize].cover(pool);
        self.ranks.cover(class);
        self.classes.push(Class { pool, key, waiting: Heap::default(), barred: 0, relaxed: None, led: None });
        self.class_of.insert((pool, key), class);
        let found = &mut self.pools[pool as usize];
        if found.classes.is_empty() && !self.is_restoring {
            for &(slot, _) in &found.members {
                agents.at_mut(slot).bring_forward(|other| other == pool);
            }
        }
        found.classes.push(class);
        if self.pools[pool as usize].is_dense {
            self.list_choice(pool, key.choice, agents);
        }
        class
    }

    /// Lets classes of a queue forget what they are after a relaxation step: its policy is another now.
    pub(crate) fn forget_relaxed(&mut self, classes: &BTreeSet<ClassId>) {
        for &class in classes {
            self.classes[class as usize].relaxed = None;
        }
    }

    /// Begins to list the free members of a dense pool for a choice.
    fn list_choice(&mut self, id: PoolId, choice: AgentChoice, agents: &mut Table<Agent>) {
        let pool = &mut self.pools[id as usize];
        if pool.lists.iter().any(|lists| lists.choice == choice) {
            return;
        }
        let is_first = pool.lists.is_empty();
        let mut lists = FreeLists::new(choice);
        for &(slot, score) in &pool.members {
            let agent = agents.at_mut(slot);
            if is_first {
                agent.begin_listing();
                agent.entries.dense.push((id, score));
            }
            lists.list(score, slot, agent, &self.listings);
        }
        pool.lists.push(lists);
    }

    /// Puts the agent into every pool whose requirement it meets.
    pub(crate) fn enrol(&mut self, slot: Slot, agent: &mut Agent, dense: usize) {
        for at in 0..=agent.state.config.skills.len() {
            let held = at.checked_sub(1).map(|at| agent.state.config.skills[at]);
            let (key, level) = held.map_or((None, 0), |(skill, level)| (Some(skill), level));
            let slots = self.free.len();
            let holders = self.holders_mut(key);
            holders.put(slot, level, slots);
            for pool in holders.pools.clone() {
                if let Some(sum) = self.pools[pool as usize].demand.score(&agent.profile()) {
                    self.join(pool, sum, slot, agent, dense);
                }
            }
        }
    }

    /// Takes the agent, unlisted and off staff, out of every pool.
    pub(crate) fn withdraw(&mut self, slot: Slot, agent: &mut Agent) {
        debug_assert!(!agent.is_staff && agent.entries.listed.is_none() && !agent.is_free());
        let keys =
            std::iter::once(None).chain(agent.state.config.skills.iter().map(|&(skill, _)| Some(skill)));
        for key in keys {
            self.holders_mut(key).take(slot);
        }
        agent.lanes = 0;
        for pool in agent.pools.drain(..) {
            let members = &mut self.pools[pool as usize].members;
            if let Ok(at) = members.binary_search_by_key(&slot, |&(member, _)| member) {
                members.remove(at);
            }
        }
        if let Some(entries) = agent.entries.existing() {
            entries.dense.clear();
            entries.reserves.clear();
        }
    }

    fn join(&mut self, pool_id: PoolId, sum: u32, slot: Slot, agent: &mut Agent, dense: usize) {
        let pool = &mut self.pools[pool_id as usize];
        if let Err(at) = pool.members.binary_search_by_key(&slot, |&(member, _)| member) {
            roomy(&mut pool.members).insert(at, (slot, sum));
        }
        roomy(&mut agent.pools).push(pool_id);
        agent.bring_forward(|other| other == pool_id && !pool.classes.is_empty());
        pool.staff += u32::from(agent.is_staff);
        if !pool.reserves.is_empty() {
            agent.entries.reserves.push(pool_id);
            count_free(pool, agent.free, true);
        }
        if !pool.lists.is_empty() {
            agent.begin_listing();
            agent.entries.dense.push((pool_id, sum));
            for lists in &mut pool.lists {
                lists.list(sum, slot, agent, &self.listings);
            }
        } else if !pool.is_dense && pool.members.len() > dense {
            self.grown.push(pool_id);
        }
    }

    /// Lists the members of pools that have just become dense.
    pub(crate) fn densify(&mut self, agents: &mut Table<Agent>) {
        if self.is_restoring {
            return;
        }
        for id in std::mem::take(&mut self.grown) {
            let pool = &mut self.pools[id as usize];
            if !pool.is_dense {
                pool.is_dense = true;
                for class in pool.classes.clone() {
                    self.list_choice(id, self.classes[class as usize].key.choice, agents);
                }
            }
        }
    }

    /// Lets a queue keep a reserve among the members of a pool, or none (0).
    pub(crate) fn reserve(&mut self, id: PoolId, queue: QueueId, count: u32, agents: &mut Table<Agent>) {
        let pool = &mut self.pools[id as usize];
        let had_any = !pool.reserves.is_empty();
        if count > 0 {
            pool.reserves.insert(queue, count);
        } else {
            pool.reserves.remove(&queue);
        }
        if pool.reserves.is_empty() == had_any {
            pool.free = [0; MEDIA];
            for &(slot, _) in &pool.members {
                let agent = agents.at_mut(slot);
                if let Some(entries) = agent.entries.existing() {
                    entries.reserves.retain(|&other| other != id);
                }
            }
            if !had_any {
                for (slot, _) in pool.members.clone() {
                    let agent = agents.at_mut(slot);
                    agent.entries.reserves.push(id);
                    count_free(pool, agent.free, true);
                }
            }
        }
        self.has_reserves = self.pools.iter().any(|pool| !pool.reserves.is_empty());
    }

    /// Lets a class stand in its lane by what waits first in it; that of a queue which does not serve stands nowhere.
    pub(crate) fn set_head(&mut self, id: ClassId, serves: bool) {
        let class = &mut self.classes[id as usize];
        let lead = class.lead().filter(|_| serves);
        if class.led == lead {
            return;
        }
        let before = std::mem::replace(&mut class.led, lead);
        let at = class.pool as usize;
        let Lanes { heads, firsts, orders } = &mut self.lanes[class.key.medium as usize];
        let order = &mut orders[at];
        match (before, lead) {
            (None, Some(lead)) => order.put(lead.key, id, &mut self.ranks),
            (Some(_), Some(lead)) => order.replace(lead.key, id, &mut self.ranks),
            (_, None) => order.take(id, &mut self.ranks),
        }
        heads[at] = Head::NONE;
        if let Some(first) = order.first() {
            let led = self.classes[first.slot() as usize].led.expect("it stands in its lane");
            (heads[at], firsts[at]) = (Head::new(first.key().0, led.is_plain), (first.slot(), led.slot));
        }
    }

    /// Asks for a class, and for what else will change when some work is taken out of it.
    pub(crate) fn fetch_waiting(&self, id: ClassId, at: Slot) {
        self.fetch_class(id);
        self.places.fetch(at);
        self.timers.fetch_work(at);
    }

    /// Asks for a class.
    pub(crate) fn fetch_class(&self, id: ClassId) {
        fetch_at(&self.classes, id as usize);
    }

    /// Asks for what a pool asks, and for where its lane begins.
    pub(crate) fn fetch_lane(&self, pool: PoolId, medium: usize) {
        fetch_at(&self.lanes[medium].orders, pool as usize);
        fetch(&self.pools[pool as usize].demand);
    }

    /// Asks for where the lane of a class begins. The class is near.
    pub(crate) fn fetch_lane_of(&self, id: ClassId) {
        let class = &self.classes[id as usize];
        fetch_at(&self.lanes[class.key.medium as usize].orders, class.pool as usize);
    }

    /// Asks for what taking the first of a class out will look at. The class and its lane are near.
    pub(crate) fn fetch_first(&self, id: ClassId) {
        let class = &self.classes[id as usize];
        class.waiting.fetch_first();
        self.order_of(class).fetch_first();
    }

    /// Asks for what putting work into a class will look at. The class and its lane are near.
    pub(crate) fn fetch_last(&self, id: ClassId) {
        let class = &self.classes[id as usize];
        class.waiting.fetch_last();
        self.order_of(class).fetch_first();
    }

    /// Returns the classes of a class's lane, in order of what waits first in them.
    fn order_of(&self, class: &Class) -> &Heap {
        &self.lanes[class.key.medium as usize].orders[class.pool as usize]
    }

    /// Ends the agent's listing in its dense pools and begins another one.
    pub(crate) fn relist(&mut self, slot: Slot, agent: &mut Agent, listed: Option<(Standing, Media)>) {
        self.listings[slot as usize] = self.listings[slot as usize].wrapping_add(1);
        for &(pool, _) in agent.entries.dense.iter().filter(|_| agent.entries.listed.is_some()) {
            for lists in &mut self.pools[pool as usize].lists {
                lists.unlist(agent, &self.listings);
            }
        }
        if agent.entries.listed != listed {
            agent.entries.listed = listed;
        }
        for &(pool, score) in agent.entries.dense.iter().filter(|_| agent.entries.listed.is_some()) {
            for lists in &mut self.pools[pool as usize].lists {
                lists.list(score, slot, agent, &self.listings);
            }
        }
    }

    /// Writes what an agent may be pushed one unit of.
    pub(crate) fn set_free(&mut self, slot: Slot, before: Media, free: Media) {
        if before == free {
            return;
        }
        self.free[slot as usize] = free;
        for ((count, one), other) in self.free_count.iter_mut().zip(free.ones()).zip(before.ones()) {
            *count = *count + one - other;
        }
    }
}

/// Counts an agent among the free of a pool with reserves, or no longer.
pub(crate) fn count_free(pool: &mut Pool, free: Media, is_more: bool) {
    for medium in free.numbers() {
        let count = &mut pool.free[medium];
        *count = if is_more { *count + 1 } else { *count - 1 };
    }
}
