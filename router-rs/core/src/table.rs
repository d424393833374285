//! Tables by id: found in one look, walked only in order of ids, so that nothing depends on their layout.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::fetch::fetch_at;

/// Spreads ids, which come in blocks, over the table: 2^64 divided by the golden ratio.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
/// Marks a place of the table where nothing was ever put.
const NONE: u32 = u32::MAX;

/// A slot and half of the hash of its id: other ids are told apart without a look at what stands there.
#[derive(Clone, Copy, Debug)]
struct Place {
    hash: u32,
    slot: u32,
}

impl Place {
    /// Greater than all that is taken, or as great.
    const FREE: Self = Self { hash: u32::MAX, slot: NONE };
}

/// A thing that says by what id it is known; the id never changes while the thing stands in a table.
pub(crate) trait Known {
    fn id(&self) -> u64;
}

/// Things by their id, each at a slot of its own that stays the same while it is there.
#[derive(Debug)]
pub(crate) struct Table<T> {
    /// What was found last, as an event asks for the same few things again and again: half of the hash of its id
    /// and its slot. A hint, which is proved before it is believed.
    latest: AtomicU64,
    /// In order of the hashes, each at its home or as near behind it as others let it: a search ends at the first that
    /// is greater, also where seven eighths are full (ordered hash tables: Amble and Knuth, 1974).
    places: Vec<Place>,
    /// Bits of a home; what finds no room there stands behind the last of them.
    bits: u32,
    slots: Vec<Option<T>>,
    vacant: Vec<u32>,
    len: usize,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        let (bits, latest) = (4, AtomicU64::default());
        let places = vec![Place::FREE; 1 << bits];
        Self { latest, places, bits, slots: Vec::new(), vacant: Vec::new(), len: 0 }
    }
}

/// The upper half: its first bits are the home, so that everything can move without its id.
fn hash(id: u64) -> u32 {
    u32::try_from(id.wrapping_mul(SPREAD) >> 32).expect("32 bits are left")
}

impl<T: Known> Table<T> {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    fn home(&self, hash: u32) -> usize {
        (hash >> (32 - self.bits)) as usize
    }

    /// Returns where the id of this hash stands, or where it would.
    fn find(&self, hash: u32, id: u64) -> (usize, bool) {
        let mut at = self.home(hash);
        while let Some(place) = self.places.get(at).filter(|place| place.hash <= hash) {
            if place.hash == hash {
                let is_there = self.stands_at(place.slot, id);
                if is_there || place.slot == NONE {
                    return (at, is_there);
                }
            }
            at += 1;
        }
        (at, false)
    }

    /// Writes a place where it belongs; those behind it move on by one.
    fn write(&mut self, mut at: usize, mut place: Place) {
        while place.slot != NONE {
            if at == self.places.len() {
                self.places.push(place);
                return;
            }
            std::mem::swap(&mut self.places[at], &mut place);
            at += 1;
        }
    }

    /// Says whether there is room for so many.
    fn has_room(&self, len: usize) -> bool {
        8 * len <= 7 << self.bits
    }

    fn stands_at(&self, slot: u32, id: u64) -> bool {
        self.slots.get(slot as usize).and_then(Option::as_ref).is_some_and(|found| found.id() == id)
    }

    /// Remembers what was found last.
    fn note(&self, hash: u32, slot: u32) {
        self.latest.store(u64::from(hash) << 32 | u64::from(slot), Relaxed);
    }

    /// Returns the slot of an id.
    #[inline]
    pub(crate) fn slot(&self, id: u64) -> Option<u32> {
        let (hash, latest) = (hash(id), self.latest.load(Relaxed));
        #[allow(clippy::cast_possible_truncation)] // The lower half is the slot.
        let slot = latest as u32;
        if latest >> 32 == u64::from(hash) && self.stands_at(slot, id) {
            return Some(slot);
        }
        self.look_up(hash, id)
    }

    #[inline(never)]
    fn look_up(&self, hash: u32, id: u64) -> Option<u32> {
        let (place, is_there) = self.find(hash, id);
        is_there.then(|| {
            let slot = self.places[place].slot;
            self.note(hash, slot);
            slot
        })
    }

    pub(crate) fn get(&self, id: u64) -> Option<&T> {
        self.slot(id).map(|slot| self.at(slot))
    }

    pub(crate) fn get_mut(&mut self, id: u64) -> Option<&mut T> {
        self.slot(id).map(|slot| self.at_mut(slot))
    }

    pub(crate) fn has(&self, id: u64) -> bool {
        self.slot(id).is_some()
    }

    /// Returns what stands at a slot that is taken.
    pub(crate) fn at(&self, slot: u32) -> &T {
        self.slots[slot as usize].as_ref().expect("the slot is taken")
    }

    /// Asks for what stands at a slot.
    #[inline]
    pub(crate) fn fetch(&self, slot: u32) {
        fetch_at(&self.slots, slot as usize);
    }

    /// Asks for where the next thing will stand, if it has stood for another.
    #[inline]
    pub(crate) fn fetch_vacant(&self) {
        if let Some(&slot) = self.vacant.last() {
            self.fetch(slot);
        }
    }

    /// Returns the slot of what seems to have this id, without a look at it.
    pub(crate) fn foreseen(&self, id: u64) -> Option<u32> {
        let hash = hash(id);
        let mut found = self.places[self.home(hash)..].iter().take_while(|place| place.hash <= hash);
        found.find(|place| place.hash == hash).map(|place| place.slot)
    }

    /// Does so for what is asked for next, and lets it be found first.
    pub(crate) fn expected(&self, id: u64) -> Option<u32> {
        let slot = self.foreseen(id)?;
        self.note(hash(id), slot);
        Some(slot)
    }

    /// Lets what stands at a slot be found first.
    #[inline]
    pub(crate) fn hint(&self, slot: u32) {
        if let Some(thing) = self.found_at(slot) {
            self.note(hash(thing.id()), slot);
        }
    }

    /// Asks for where an id is looked up.
    #[inline]
    pub(crate) fn fetch_place(&self, id: u64) {
        fetch_at(&self.places, self.home(hash(id)));
    }

    /// Returns what stands at a slot, if anything does.
    pub(crate) fn found_at(&self, slot: u32) -> Option<&T> {
        self.slots[slot as usize].as_ref()
    }

    /// Returns what stands at a slot to be changed, if anything does.
    pub(crate) fn found_at_mut(&mut self, slot: u32) -> Option<&mut T> {
        self.slots[slot as usize].as_mut()
    }

    pub(crate) fn at_mut(&mut self, slot: u32) -> &mut T {
        self.slots[slot as usize].as_mut().expect("the slot is taken")
    }

    /// Puts a thing there; an id is put once.
    pub(crate) fn put(&mut self, thing: T) -> u32 {
        self.put_with(thing.id(), || thing)
    }

    /// Makes a thing of an id where it will stand: what is large is not carried about.
    #[inline]
    pub(crate) fn put_with(&mut self, id: u64, make: impl FnOnce() -> T) -> u32 {
        let slot = self.claim(id);
        self.slots[slot as usize].get_or_insert_with(make);
        slot
    }

    /// Gives an id a slot that nothing stands at.
    fn claim(&mut self, id: u64) -> u32 {
        if !self.has_room(self.len + 1) {
            self.grow();
        }
        let hash = hash(id);
        let (place, is_there) = self.find(hash, id);
        assert!(!is_there, "id {id} is there");
        let slot = self.vacant.pop().unwrap_or_else(|| {
            self.slots.push(None);
            u32::try_from(self.slots.len() - 1).expect("fewer than 2^32 things")
        });
        self.write(place, Place { hash, slot });
        self.note(hash, slot);
        self.len += 1;
        slot
    }

    /// Takes a thing out.
    pub(crate) fn take(&mut self, id: u64) -> Option<T> {
        let slot = self.give_up(id)?;
        self.slots[slot as usize].take()
    }

    /// Drops a thing where it stands.
    pub(crate) fn remove(&mut self, id: u64) {
        if let Some(slot) = self.give_up(id) {
            self.slots[slot as usize] = None;
        }
    }

    /// Gives up the place of an id; its slot is vacant but not empty yet.
    fn give_up(&mut self, id: u64) -> Option<u32> {
        let (mut hole, is_there) = self.find(hash(id), id);
        if !is_there {
            return None;
        }
        let slot = self.places[hole].slot;
        // What stands behind the hole moves up by one, up to who is at home.
        while let Some(&next) = self.places.get(hole + 1) {
            if next.slot == NONE || self.home(next.hash) > hole {
                break;
            }
            self.places[hole] = next;
            hole += 1;
        }
        self.places[hole] = Place::FREE;
        self.vacant.push(slot);
        self.len -= 1;
        Some(slot)
    }

    fn grow(&mut self) {
        self.bits += 1;
        let wider = vec![Place::FREE; 1 << self.bits];
        let before = std::mem::replace(&mut self.places, wider);
        let mut next = 0;
        for place in before.into_iter().filter(|place| place.slot != NONE) {
            let at = self.home(place.hash).max(next);
            self.write(at, place);
            next = at + 1;
        }
    }

    /// Makes room for so many more things.
    pub(crate) fn reserve(&mut self, count: usize) {
        while !self.has_room(self.len + count) {
            self.grow();
        }
    }

    /// Returns the things and their slots, in no order that counts.
    pub(crate) fn in_slots(&self) -> impl Iterator<Item = (u32, &T)> {
        self.slots.iter().zip(0..).filter_map(|(place, slot)| Some((slot, place.as_ref()?)))
    }

    /// Returns the things in order of their ids.
    pub(crate) fn in_order(&self) -> Vec<&T> {
        let mut all: Vec<_> = self.slots.iter().flatten().map(|thing| (thing.id(), thing)).collect();
        all.sort_unstable_by_key(|&(id, _)| id);
        all.into_iter().map(|(_, thing)| thing).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Known, Table};
    use std::collections::BTreeMap;

    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Thing(u64, u64);

    impl Known for Thing {
        fn id(&self) -> u64 {
            self.0
        }
    }

    #[test]
    fn a_table_holds_what_an_ordered_map_holds_through_growth_and_removal() {
        let (mut table, mut map) = (Table::default(), BTreeMap::new());
        let mut dice = 88_172_645_463_325_252_u64;
        for step in 0..200_000_u64 {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            // Few ids, many collisions, as many removals as additions.
            let id = dice % 700 * 0x1_0000_0001;
            if let Some(thing) = map.remove(&id) {
                assert_eq!(table.take(id), Some(thing));
            } else {
                let thing = Thing(id, step);
                let slot = table.put(thing);
                map.insert(id, thing);
                assert_eq!((table.slot(id), *table.at(slot)), (Some(slot), thing));
            }
            assert_eq!((table.len(), table.get(id)), (map.len(), map.get(&id)));
        }
        assert_eq!(table.in_order(), map.values().collect::<Vec<_>>());
    }
}
