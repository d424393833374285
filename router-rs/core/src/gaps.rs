//! The latest times between answers of a queue, from which it estimates how long others will wait.

use crate::fetch::fetch_at;
use crate::wire::{Reader, Wire, WireError, Writer};
use crate::words::Millis;

/// How many a queue remembers.
const GAPS_MAX: usize = 32;

/// A ring: the next takes the room of the oldest.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gaps {
    all: Vec<Millis>,
    /// Where the oldest stands.
    oldest: usize,
}

impl Gaps {
    /// Remembers one more, and forgets the oldest where there are too many.
    pub(crate) fn add(&mut self, gap_ms: Millis) {
        if self.all.len() < GAPS_MAX {
            self.all.push(gap_ms);
        } else {
            self.all[self.oldest] = gap_ms;
            self.oldest = (self.oldest + 1) % GAPS_MAX;
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// Returns them, the latest last.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Millis> {
        let (later, earlier) = self.all.split_at(self.oldest);
        earlier.iter().chain(later).copied()
    }

    /// Asks for where the next will stand.
    #[inline]
    pub(crate) fn fetch(&self) {
        fetch_at(&self.all, self.oldest);
    }
}

impl PartialEq for Gaps {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Gaps {}

impl Wire for Gaps {
    fn put(&self, writer: &mut Writer) {
        writer.array(self.len());
        self.iter().for_each(|gap_ms| gap_ms.put(writer));
    }

    fn get(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        let mut gaps = Self::default();
        Vec::<Millis>::get(reader)?.into_iter().for_each(|gap_ms| gaps.add(gap_ms));
        Ok(gaps)
    }
}

#[cfg(test)]
mod tests {
    use super::{GAPS_MAX, Gaps};
    use crate::wire::{decode, encode};

    #[test]
    fn the_latest_are_remembered_in_order() {
        let mut gaps = Gaps::default();
        for gap_ms in 0..1_000 {
            gaps.add(gap_ms);
            let from_ms = (gap_ms + 1 - i64::try_from(GAPS_MAX).unwrap()).max(0);
            assert!(gaps.iter().eq(from_ms..=gap_ms));
            assert_eq!(decode::<Gaps>(&encode(&gaps)).unwrap(), gaps);
        }
    }
}
