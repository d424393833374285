//! A 4-ary heap of unique keys from which anything can be taken, because everything knows its place.
//!
//! Most entries stand near the bottom, so putting one in and taking one out of the middle move a few
//! others at most; only taking the first goes all the way down, over a quarter of a binary heap's lines.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::fetch::{fetch_at, fetch_lines};
use crate::room::roomy;
use crate::state::Key;
use crate::words::{INTERACTIONS_MAX, Millis};

/// The place of what is in no heap.
const NOWHERE: u32 = u32::MAX;
/// Children of an entry.
const WIDTH: usize = 4;

/// Bits of a slot; those left of 64 are an order's, which lasts for centuries at a thousand pieces of work a second.
const SLOT_BITS: u32 = 20;
const SLOTS_MAX: usize = 1 << SLOT_BITS;
const ORDER_MAX: u64 = u64::MAX >> SLOT_BITS;
const _: () = assert!(INTERACTIONS_MAX <= SLOTS_MAX);

/// Something in a heap: its unique key and the slot it is known by, in the room of the key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    deadline_ms: Millis,
    /// Order, then slot.
    tail: u64,
}

impl Entry {
    fn new((deadline_ms, order): Key, slot: u32) -> Self {
        Self { deadline_ms, tail: order.min(ORDER_MAX) << SLOT_BITS | u64::from(slot) }
    }

    pub(crate) fn key(&self) -> Key {
        (self.deadline_ms, self.tail >> SLOT_BITS)
    }

    pub(crate) fn slot(&self) -> u32 {
        u32::try_from(self.tail % SLOTS_MAX as u64).expect("a few bits")
    }

    /// Makes one number of it, in the order of the keys: of two anywhere in a heap nothing can be foretold, and
    /// numbers are compared without a branch.
    fn wide(&self) -> i128 {
        i128::from(self.deadline_ms) << 64 | i128::from(self.tail)
    }
}

/// Where in its heap each slot stands; heaps that share no slot may share this.
#[derive(Debug, Default)]
pub(crate) struct Places(Vec<u32>);

impl Places {
    /// Makes room for a slot.
    pub(crate) fn cover(&mut self, slot: u32) {
        assert!((slot as usize) < SLOTS_MAX, "an engine holds less work and fewer classes");
        if slot as usize >= self.0.len() {
            self.0.resize(slot as usize + 1, NOWHERE);
        }
    }

    /// Asks for where a slot's place is noted.
    #[inline]
    pub(crate) fn fetch(&self, slot: u32) {
        fetch_at(&self.0, slot as usize);
    }

    fn set(&mut self, slot: u32, place: usize) {
        self.0[slot as usize] = u32::try_from(place).expect("fewer than 2^32 entries");
    }
}

/// The entries, each before its children at `4 × place + 1` and on.
#[derive(Debug, Default)]
pub(crate) struct Heap(Vec<Entry>);

impl Heap {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the entry with the least key.
    pub(crate) fn first(&self) -> Option<Entry> {
        self.0.first().copied()
    }

    /// Asks for what taking the first out will look at: it, the next, and the last.
    #[inline]
    pub(crate) fn fetch_first(&self) {
        fetch_lines(&self.0, 2);
        fetch_at(&self.0, self.0.len().saturating_sub(1));
    }

    /// Asks for what putting another in will look at.
    #[inline]
    pub(crate) fn fetch_last(&self) {
        fetch_at(&self.0, self.0.len());
        fetch_at(&self.0, self.0.len().saturating_sub(1) / WIDTH);
    }

    /// Returns all entries in no order.
    pub(crate) fn iter(&self) -> std::slice::Iter<'_, Entry> {
        self.0.iter()
    }

    /// Returns the first in order of keys that `is_fit`, and looks at few others behind it.
    pub(crate) fn first_where(&self, mut is_fit: impl FnMut(u32) -> bool) -> Option<Entry> {
        let mut ahead = BinaryHeap::from_iter(self.first().map(|first| Reverse((first.wide(), 0))));
        while let Some(Reverse((_, place))) = ahead.pop() {
            let entry = self.0[place];
            if is_fit(entry.slot()) {
                return Some(entry);
            }
            let children = WIDTH * place + 1..self.0.len().min(WIDTH * place + 1 + WIDTH);
            ahead.extend(children.map(|child| Reverse((self.0[child].wide(), child))));
        }
        None
    }

    /// Puts a slot in that is in no heap.
    pub(crate) fn put(&mut self, key: Key, slot: u32, places: &mut Places) {
        let entry = Entry::new(key, slot);
        roomy(&mut self.0).push(entry);
        self.rise(self.0.len() - 1, entry, places);
    }

    /// Gives a slot that is in this heap another key.
    pub(crate) fn replace(&mut self, key: Key, slot: u32, places: &mut Places) {
        self.settle(places.0[slot as usize] as usize, Entry::new(key, slot), places);
    }

    /// Takes a slot out that is in this heap.
    pub(crate) fn take(&mut self, slot: u32, places: &mut Places) {
        let place = std::mem::replace(&mut places.0[slot as usize], NOWHERE) as usize;
        let last = self.0.pop().expect("the slot is in the heap");
        if place < self.0.len() {
            self.settle(place, last, places);
        }
    }

    /// Takes all slots out that are not to stay.
    pub(crate) fn retain(&mut self, mut stays: impl FnMut(u32) -> bool, places: &mut Places) {
        self.0.retain(|entry| {
            let stays = stays(entry.slot());
            if !stays {
                places.0[entry.slot() as usize] = NOWHERE;
            }
            stays
        });
        let parents = self.0.len().div_ceil(WIDTH);
        for place in (parents..self.0.len()).rev() {
            places.set(self.0[place].slot(), place);
        }
        for place in (0..parents).rev() {
            self.sink(place, self.0[place], places);
        }
    }

    fn settle(&mut self, place: usize, entry: Entry, places: &mut Places) {
        if place > 0 && entry.wide() < self.0[(place - 1) / WIDTH].wide() {
            self.rise(place, entry, places);
        } else {
            self.sink(place, entry, places);
        }
    }

    fn rise(&mut self, mut place: usize, entry: Entry, places: &mut Places) {
        while place > 0 {
            let parent = (place - 1) / WIDTH;
            let above = self.0[parent];
            if above.wide() < entry.wide() {
                break;
            }
            self.0[place] = above;
            places.set(above.slot(), place);
            place = parent;
        }
        self.0[place] = entry;
        places.set(entry.slot(), place);
    }

    fn sink(&mut self, mut place: usize, entry: Entry, places: &mut Places) {
        loop {
            let from = WIDTH * place + 1;
            let children = &self.0[from.min(self.0.len())..self.0.len().min(from + WIDTH)];
            let Some(first) = children.first() else { break };
            let (mut at, mut least) = (0, first.wide());
            for (other, child) in children.iter().enumerate().skip(1) {
                let key = child.wide();
                (at, least) = if key < least { (other, key) } else { (at, least) };
            }
            if entry.wide() < least {
                break;
            }
            let (child, least) = (from + at, children[at]);
            self.0[place] = least;
            places.set(least.slot(), place);
            place = child;
        }
        self.0[place] = entry;
        places.set(entry.slot(), place);
    }
}

#[cfg(test)]
mod tests {
    use super::{Heap, Places};
    use std::collections::BTreeMap;

    #[test]
    fn a_heap_gives_what_an_ordered_map_gives_whatever_is_taken_from_it() {
        let (mut heap, mut places, mut map) = (Heap::default(), Places::default(), BTreeMap::new());
        let mut keys = [None; 300];
        let mut dice = 88_172_645_463_325_252_u64;
        places.cover(299);
        for step in 0..200_000_u64 {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            let slot = u32::try_from(dice % 300).unwrap();
            let key = (i64::try_from(dice >> 40).unwrap() - 4_000_000, step);
            match keys[slot as usize] {
                None => {
                    heap.put(key, slot, &mut places);
                    map.insert(key, slot);
                    keys[slot as usize] = Some(key);
                }
                Some(before) => {
                    heap.take(slot, &mut places);
                    map.remove(&before);
                    keys[slot as usize] = None;
                }
            }
            if step % 1_000 == 0 {
                let gone = u32::try_from(step / 1_000 % 5).unwrap();
                heap.retain(|slot| slot % 5 != gone, &mut places);
                map.retain(|_, slot| *slot % 5 != gone);
                (0..300).filter(|slot| *slot % 5 == gone).for_each(|slot| keys[slot as usize] = None);
            }
            let first = heap.first().map(|first| (first.key(), first.slot()));
            assert_eq!(
                (heap.iter().len(), first),
                (map.len(), map.iter().next().map(|(&key, &slot)| (key, slot)))
            );
            let odd = heap.first_where(|slot| slot % 7 == 3).map(|odd| (odd.key(), odd.slot()));
            assert_eq!(odd, map.iter().map(|(&key, &slot)| (key, slot)).find(|(_, slot)| slot % 7 == 3));
        }
        assert!(heap.iter().all(|entry| map.get(&entry.key()) == Some(&entry.slot())));
    }
}
