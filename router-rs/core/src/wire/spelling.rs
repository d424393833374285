//! The texts of the vocabulary: ready to be written in one move, and told apart in one look.

/// No word with its heads is longer.
const SPELT_BYTES: usize = 32;
/// Bits of a place; with so many more places than words a factor that parts them is soon found.
const PLACE_BITS: u32 = 9;
const PLACES: usize = 1 << PLACE_BITS;
/// Where no word stands.
const NONE: u8 = u8::MAX;
/// Factors that are tried.
const TRIES: u64 = 10_000;

/// A text as it stands on the wire.
#[derive(Clone, Copy)]
pub(crate) struct Spelt {
    pub bytes: [u8; SPELT_BYTES],
    pub count: usize,
}

impl Spelt {
    /// Spells a word.
    pub(crate) const fn word(text: &str) -> Self {
        Self { bytes: [0; SPELT_BYTES], count: 0 }.and_text(text)
    }

    /// Spells the head of a record with so many fields, and its tag.
    pub(crate) const fn head(tag: &str, fields: usize) -> Self {
        let count = (1 + fields).to_be_bytes();
        let [.., 0, last] = count else { panic!("a record has fewer than 255 fields") };
        let head = Self { bytes: [0; SPELT_BYTES], count: 0 };
        let head = if last < 16 { head.and(0x90 | last) } else { head.and(0xdc).and(0).and(last) };
        head.and_text(tag)
    }

    const fn and(mut self, byte: u8) -> Self {
        self.bytes[self.count] = byte;
        self.count += 1;
        self
    }

    const fn and_text(mut self, text: &str) -> Self {
        assert!(text.len() < 32, "a word is short");
        self = self.and(0xa0 | text.len().to_le_bytes()[0]);
        let mut at = 0;
        while at < text.len() {
            self = self.and(text.as_bytes()[at]);
            at += 1;
        }
        self
    }
}

/// Returns a number by which a text is told from the other words of a vocabulary; what has the same number is compared.
#[inline]
pub(crate) const fn key(text: &[u8]) -> u64 {
    let length = text.len() as u64;
    if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
        return u64::from_le_bytes(*first) ^ u64::from_le_bytes(*last).rotate_left(9) ^ length;
    }
    if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
        return (u32::from_le_bytes(*first) as u64) << 32 | u32::from_le_bytes(*last) as u64 ^ length;
    }
    match text {
        [] => 0,
        [first, ..] => {
            (*first as u64) << 16 | (text[text.len() / 2] as u64) << 8 | text[text.len() - 1] as u64
        }
    }
}

/// The places of a vocabulary's words: each has one of its own, found by its number and a factor.
pub(crate) struct Places {
    factor: u64,
    places: [u8; PLACES],
}

impl Places {
    /// Finds a factor that gives each word a place of its own, when the engine is compiled.
    pub(crate) const fn of(words: &[&str]) -> Self {
        assert!(words.len() < NONE as usize, "a vocabulary has fewer words");
        let mut tried = 1;
        while tried < TRIES {
            let all = Self { factor: tried.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1, places: [NONE; PLACES] };
            if let Some(all) = all.with(words) {
                return all;
            }
            tried += 1;
        }
        panic!("two words of a vocabulary have the same number")
    }

    const fn with(mut self, words: &[&str]) -> Option<Self> {
        let mut at = 0;
        while at < words.len() {
            let place = self.place(words[at].as_bytes());
            if self.places[place] != NONE {
                return None;
            }
            self.places[place] = at.to_le_bytes()[0];
            at += 1;
        }
        Some(self)
    }

    const fn place(&self, text: &[u8]) -> usize {
        (key(text).wrapping_mul(self.factor) >> (64 - PLACE_BITS)) as usize
    }

    /// Returns the number of the only word that this may be.
    #[inline]
    pub(crate) fn find(&self, text: &[u8]) -> u8 {
        self.places[self.place(text)]
    }
}

#[cfg(test)]
mod tests {
    use super::{Places, Spelt};
    use crate::fact::Fact;
    use crate::wire::Writer;

    #[test]
    fn what_is_spelt_ahead_is_what_would_be_written() {
        for fields in [0, 3, 14, 15, 40] {
            let mut writer = Writer::default();
            writer.array(1 + fields);
            writer.text("interaction_interrupted");
            let head = Spelt::head("interaction_interrupted", fields);
            assert_eq!(head.bytes[..head.count], writer.bytes);
        }
    }

    #[test]
    fn every_word_has_a_place_of_its_own() {
        static PLACES: Places = Places::of(Fact::TAGS);
        for (number, tag) in Fact::TAGS.iter().enumerate() {
            assert_eq!(usize::from(PLACES.find(tag.as_bytes())), number, "{tag}");
        }
    }
}
