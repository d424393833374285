//! Who is free: how free agents are ordered, and the lists of those pools that are too large to be scanned.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::index::Slot;
use crate::state::{Agent, Standing};
use crate::words::{AgentChoice, AgentId, MEDIA, Medium, Millis};

/// Orders free agents as a queue chooses; the id at the end is unique.
pub(crate) type Rank = (i64, i64, i64, AgentId);

/// Entries of a list that may be dead, beside as many as are alive.
const DEAD_MAX: usize = 64;

/// Returns an agent's place among the free: the least is chosen (R11, R52).
pub(crate) fn rank(choice: AgentChoice, score: u32, standing: &Standing, agent: AgentId) -> Rank {
    let (score, load, idle) = (i64::from(score), i64::from(standing.load), standing.idle_since_ms);
    let counted = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    match choice {
        AgentChoice::MostSkilled => (-score, load, idle, agent),
        AgentChoice::LeastSkilled => (score, load, idle, agent),
        AgentChoice::LongestIdle => (load, idle, 0, agent),
        AgentChoice::RoundRobin => (counted(standing.turn), 0, 0, agent),
        AgentChoice::LeastOccupied => (i64::from(standing.occupancy), idle, 0, agent),
        AgentChoice::Weighted => (counted(standing.pass), idle, 0, agent),
    }
}

/// Returns the first part of the rank of whoever has this score, or less than any where the score does not say it.
pub(crate) fn rank_from(choice: AgentChoice, score: u32) -> i64 {
    match choice {
        AgentChoice::MostSkilled => -i64::from(score),
        AgentChoice::LeastSkilled => i64::from(score),
        AgentChoice::LongestIdle
        | AgentChoice::RoundRobin
        | AgentChoice::LeastOccupied
        | AgentChoice::Weighted => i64::MIN,
    }
}

/// What a scan reads of an agent, in one array of all.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Desk {
    pub agent: AgentId,
    pub idle_since_ms: Millis,
    pub load: u32,
}

impl Desk {
    /// Returns the agent's place where the choice looks at no more than this.
    pub(crate) fn rank(&self, choice: AgentChoice, score: u32) -> Option<Rank> {
        let (score, load, idle) = (i64::from(score), i64::from(self.load), self.idle_since_ms);
        match choice {
            AgentChoice::MostSkilled => Some((-score, load, idle, self.agent)),
            AgentChoice::LeastSkilled => Some((score, load, idle, self.agent)),
            AgentChoice::LongestIdle => Some((load, idle, 0, self.agent)),
            AgentChoice::RoundRobin | AgentChoice::LeastOccupied | AgentChoice::Weighted => None,
        }
    }
}

/// A free agent in a list, alive while the agent is listed as at this `listing`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Listed {
    rank: Rank,
    slot: Slot,
    listing: u32,
}

/// Free agents of one pool, choice and medium. Who leaves is not searched for: the entry is dead at once, and
/// goes when it comes to the front or the dead are too many.
#[derive(Debug, Default)]
pub(crate) struct FreeList {
    heap: BinaryHeap<Reverse<Listed>>,
    alive: usize,
}

impl FreeList {
    /// Returns how many are listed.
    pub(crate) fn len(&self) -> usize {
        self.alive
    }

    /// Returns the first in order of ranks that `is_fit`, and looks at few others behind it.
    pub(crate) fn first_where(
        &self,
        listings: &[u32],
        mut is_fit: impl FnMut(Slot) -> bool,
    ) -> Option<(Rank, Slot)> {
        let all = self.heap.as_slice();
        let Reverse(first) = all.first()?;
        if listings[first.slot as usize] == first.listing && is_fit(first.slot) {
            return Some((first.rank, first.slot));
        }
        let mut ahead = BinaryHeap::from([Reverse((*first, 0))]);
        while let Some(Reverse((listed, at))) = ahead.pop() {
            if at > 0 && listings[listed.slot as usize] == listed.listing && is_fit(listed.slot) {
                return Some((listed.rank, listed.slot));
            }
            let children = 2 * at + 1..all.len().min(2 * at + 3);
            ahead.extend(children.map(|child| Reverse((all[child].0, child))));
        }
        None
    }

    /// Returns the listed in no order.
    pub(crate) fn iter<'a>(&'a self, listings: &'a [u32]) -> impl Iterator<Item = Slot> + 'a {
        let all = self.heap.as_slice().iter().map(|Reverse(listed)| listed);
        all.filter(|listed| listings[listed.slot as usize] == listed.listing).map(|listed| listed.slot)
    }

    pub(crate) fn put(&mut self, rank: Rank, slot: Slot, listings: &[u32]) {
        self.alive += 1;
        self.heap.push(Reverse(Listed { rank, slot, listing: listings[slot as usize] }));
    }

    /// Counts one listed agent less, whose listing has ended.
    fn lose(&mut self, listings: &[u32]) {
        self.alive -= 1;
        let is_dead = |listed: &Listed| listings[listed.slot as usize] != listed.listing;
        while self.heap.peek().is_some_and(|Reverse(first)| is_dead(first)) {
            self.heap.pop();
        }
        if self.heap.len() > 2 * self.alive + DEAD_MAX {
            self.heap.retain(|Reverse(listed)| !is_dead(listed));
        }
    }
}

/// The free of a dense pool for one choice.
#[derive(Debug)]
pub(crate) struct FreeLists {
    pub choice: AgentChoice,
    media: [FreeList; MEDIA],
}

impl FreeLists {
    pub(crate) fn new(choice: AgentChoice) -> Self {
        Self { choice, media: Default::default() }
    }

    pub(crate) fn of(&self, medium: Medium) -> &FreeList {
        &self.media[medium as usize]
    }

    /// Lists a free agent as it stands in `listed`.
    pub(crate) fn list(&mut self, score: u32, slot: Slot, agent: &Agent, listings: &[u32]) {
        let Some((standing, free)) = &agent.entries.listed else { return };
        let rank = rank(self.choice, score, standing, agent.id);
        for medium in free.numbers() {
            self.media[medium].put(rank, slot, listings);
        }
    }

    /// Lists the agent no longer; its listing has ended.
    pub(crate) fn unlist(&mut self, agent: &Agent, listings: &[u32]) {
        let Some((_, free)) = &agent.entries.listed else { return };
        for medium in free.numbers() {
            self.media[medium].lose(listings);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::FreeList;
    use std::collections::BTreeMap;

    #[test]
    fn a_list_gives_who_is_free_in_order_however_many_have_left() {
        let (mut list, mut listings, mut map) = (FreeList::default(), vec![0; 200], BTreeMap::new());
        let mut dice = 88_172_645_463_325_252_u64;
        for step in 0..100_000_i64 {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            let slot = u32::try_from(dice % 200).unwrap();
            if map.remove(&slot).is_some() {
                listings[slot as usize] += 1;
                list.lose(&listings);
            } else {
                let rank = (i64::try_from(dice >> 60).unwrap(), step, 0, u64::from(slot));
                list.put(rank, slot, &listings);
                map.insert(slot, rank);
            }
            let least = map.iter().map(|(&slot, &rank)| (rank, slot)).min();
            assert_eq!((list.len(), list.first_where(&listings, |_| true)), (map.len(), least));
            let odd = map.iter().map(|(&slot, &rank)| (rank, slot)).filter(|(_, slot)| slot % 7 == 3).min();
            assert_eq!(list.first_where(&listings, |slot| slot % 7 == 3), odd);
            assert!(list.heap.len() <= 2 * list.len() + super::DEAD_MAX);
        }
        let mut slots: Vec<_> = list.iter(&listings).collect();
        slots.sort_unstable();
        assert_eq!(slots, map.into_keys().collect::<Vec<_>>());
    }
}
