//! Tables by id: found in one look, walked only in order of ids, so that nothing depends on their layout.

/// Spreads ids, which come in blocks, over the table: 2^64 divided by the golden ratio.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
/// Marks a place of the table where nothing was ever put.
const NONE: u32 = u32::MAX;

/// Things by their id, each at a slot of its own that stays the same while it is there.
#[derive(Debug)]
pub(crate) struct Table<T> {
    /// Slots by hash of the id: open addressing, linear, never more than half full.
    places: Vec<u32>,
    slots: Vec<Option<(u64, T)>>,
    vacant: Vec<u32>,
    len: usize,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { places: vec![NONE; 16], slots: Vec::new(), vacant: Vec::new(), len: 0 }
    }
}

impl<T> Table<T> {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    fn home(&self, id: u64) -> usize {
        let bits = self.places.len().trailing_zeros();
        usize::try_from(id.wrapping_mul(SPREAD) >> (64 - bits)).expect("a table fits into memory")
    }

    fn id_at(&self, place: usize) -> Option<u64> {
        let slot = self.places[place];
        (slot != NONE).then(|| self.slots[slot as usize].as_ref().expect("a place names a thing").0)
    }

    /// Returns where the id stands, or the free place where it would.
    fn find(&self, id: u64) -> (usize, bool) {
        let mask = self.places.len() - 1;
        let mut place = self.home(id);
        loop {
            match self.id_at(place) {
                None => return (place, false),
                Some(found) if found == id => return (place, true),
                Some(_) => place = (place + 1) & mask,
            }
        }
    }

    /// Returns the slot of an id.
    pub(crate) fn slot(&self, id: u64) -> Option<u32> {
        let (place, is_there) = self.find(id);
        is_there.then(|| self.places[place])
    }

    pub(crate) fn get(&self, id: u64) -> Option<&T> {
        self.slot(id).map(|slot| self.at(slot))
    }

    pub(crate) fn get_mut(&mut self, id: u64) -> Option<&mut T> {
        self.slot(id).map(|slot| self.at_mut(slot))
    }

    pub(crate) fn has(&self, id: u64) -> bool {
        self.find(id).1
    }

    /// Returns what stands at a slot that is taken.
    pub(crate) fn at(&self, slot: u32) -> &T {
        &self.slots[slot as usize].as_ref().expect("the slot is taken").1
    }

    pub(crate) fn at_mut(&mut self, slot: u32) -> &mut T {
        &mut self.slots[slot as usize].as_mut().expect("the slot is taken").1
    }

    /// Puts a thing there; an id is put once.
    pub(crate) fn put(&mut self, id: u64, thing: T) -> u32 {
        if 2 * (self.len + 1) > self.places.len() {
            self.grow();
        }
        let (place, is_there) = self.find(id);
        assert!(!is_there, "id {id} is there");
        let slot = self.vacant.pop().unwrap_or_else(|| {
            self.slots.push(None);
            u32::try_from(self.slots.len() - 1).expect("fewer than 2^32 things")
        });
        self.slots[slot as usize] = Some((id, thing));
        self.places[place] = slot;
        self.len += 1;
        slot
    }

    /// Takes a thing out.
    pub(crate) fn take(&mut self, id: u64) -> Option<T> {
        let (mut hole, is_there) = self.find(id);
        if !is_there {
            return None;
        }
        let slot = self.places[hole];
        // What stands behind the hole moves up where that is nearer to its home, so that no search ends early.
        let mask = self.places.len() - 1;
        let mut next = (hole + 1) & mask;
        while let Some(other) = self.id_at(next) {
            let from_home = |place: usize| place.wrapping_sub(self.home(other)) & mask;
            if from_home(hole) < from_home(next) {
                self.places[hole] = self.places[next];
                hole = next;
            }
            next = (next + 1) & mask;
        }
        self.places[hole] = NONE;
        self.vacant.push(slot);
        self.len -= 1;
        self.slots[slot as usize].take().map(|(_, thing)| thing)
    }

    fn grow(&mut self) {
        self.places = vec![NONE; 2 * self.places.len()];
        for slot in 0..self.slots.len() {
            if let Some((id, _)) = &self.slots[slot] {
                // No id stands twice, so the first free place from its home on is its own.
                let mask = self.places.len() - 1;
                let mut place = self.home(*id);
                while self.places[place] != NONE {
                    place = (place + 1) & mask;
                }
                self.places[place] = u32::try_from(slot).expect("fewer than 2^32 things");
            }
        }
    }

    /// Returns the things in order of their ids.
    pub(crate) fn in_order(&self) -> Vec<&T> {
        let mut all: Vec<_> = self.slots.iter().flatten().map(|(id, thing)| (*id, thing)).collect();
        all.sort_unstable_by_key(|&(id, _)| id);
        all.into_iter().map(|(_, thing)| thing).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Table;
    use std::collections::BTreeMap;

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
                let slot = table.put(id, step);
                map.insert(id, step);
                assert_eq!((table.slot(id), *table.at(slot)), (Some(slot), step));
            }
            assert_eq!((table.len(), table.get(id)), (map.len(), map.get(&id)));
        }
        assert_eq!(table.in_order(), map.values().collect::<Vec<_>>());
    }
}
