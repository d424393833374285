//! What one agent has in hand: mostly one piece of work, which takes no memory of its own.

use crate::rare::Rare;
use crate::words::InteractionId;

/// Work by id; the least stands in place.
#[derive(Debug, Default)]
pub(crate) struct Hands {
    first: Option<InteractionId>,
    more: Rare<Vec<InteractionId>>,
}

impl Hands {
    /// Returns all of it by id.
    pub(crate) fn iter(&self) -> impl Iterator<Item = InteractionId> {
        self.first.into_iter().chain(self.more.iter().copied())
    }

    /// Puts work in that is not there.
    pub(crate) fn put(&mut self, work: InteractionId) {
        let Some(first) = self.first else {
            self.first = Some(work);
            return;
        };
        self.first = Some(first.min(work));
        let work = first.max(work);
        let at = self.more.partition_point(|&other| other < work);
        self.more.insert(at, work);
    }

    /// Takes work out, where it is there.
    pub(crate) fn take(&mut self, work: InteractionId) {
        if self.first == Some(work) {
            self.first = None;
            if let Some(more) = self.more.existing().filter(|more| !more.is_empty()) {
                self.first = Some(more.remove(0));
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
            let work = [0, 1, 2, 3, 4, u64::MAX][usize::try_from(dice % 6).expect("below six")];
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
