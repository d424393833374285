//! What one agent has in hand: mostly one piece of work, which takes no memory of its own.

use crate::maybe::Maybe;
use crate::rare::Rare;
use crate::words::InteractionId;

/// Work by id; the least stands in place.
#[derive(Debug, Default)]
pub(crate) struct Hands {
    first: Maybe<InteractionId>,
    more: Rare<Vec<InteractionId>>,
}

impl Hands {
    /// Returns all of it by id.
    pub(crate) fn iter(&self) -> impl Iterator<Item = InteractionId> {
        self.first.get().into_iter().chain(self.more.iter().copied())
    }

    /// Puts work in that is not there.
    pub(crate) fn put(&mut self, work: InteractionId) {
        let Some(first) = self.first.get() else {
            self.first = work.into();
            return;
        };
        self.first = first.min(work).into();
        let work = first.max(work);
        let at = self.more.partition_point(|&other| other < work);
        self.more.insert(at, work);
    }

    /// Takes work out, where it is there.
    pub(crate) fn take(&mut self, work: InteractionId) {
        if self.first.is(work) {
            self.first = Maybe::NONE;
            if let Some(more) = self.more.existing().filter(|more| !more.is_empty()) {
                self.first = more.remove(0).into();
            }
        } else if let Some(more) = self.more.existing() {
            more.retain(|&other| other != work);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Hands;
    use std::collections::BTreeSet;

    #[test]
    fn hands_hold_what_an_ordered_set_holds() {
        let (mut hands, mut set) = (Hands::default(), BTreeSet::new());
        let mut dice = 88_172_645_463_325_252_u64;
        for _ in 0..20_000 {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            let work = dice % 6;
            if set.insert(work) {
                hands.put(work);
            } else {
                hands.take(work);
                hands.take(work);
                set.remove(&work);
            }
            assert!(hands.iter().eq(set.iter().copied()));
        }
    }
}
