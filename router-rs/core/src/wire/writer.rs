//! Writes MessagePack in its shortest forms, as msgspec does.

/// By empty bytes before an integer, the power of two that is its width.
const POWERS: [u8; 9] = [3, 3, 3, 3, 2, 2, 1, 0, 0];

/// Grows the bytes of one message.
#[derive(Debug, Default)]
pub struct Writer {
    /// What was written so far.
    pub bytes: Vec<u8>,
}

impl Writer {
    /// Appends nil.
    #[inline]
    pub fn nil(&mut self) {
        self.bytes.push(0xc0);
    }

    /// Appends a truth value.
    #[inline]
    pub fn bool(&mut self, value: bool) {
        self.bytes.push(if value { 0xc3 } else { 0xc2 });
    }

    /// Appends an integer that is not negative.
    #[inline]
    pub fn unsigned(&mut self, value: u64) {
        if value < 0x80 {
            self.bytes.push(value.to_le_bytes()[0]);
            return;
        }
        // All of nine bytes, of which as many stay as it takes: nothing foretells how wide the next one is.
        let power = POWERS[value.leading_zeros() as usize / 8];
        let width = 1 << power;
        let mut bytes = [0xcc + power; 9];
        bytes[1..].copy_from_slice(&(value << (64 - 8 * width)).to_be_bytes());
        self.first_of(&bytes, 1 + width);
    }

    /// Appends a floating-point number.
    pub fn float(&mut self, value: f64) {
        self.sized::<9>(0xcb, value.to_bits());
    }

    /// Appends an integer.
    #[inline]
    pub fn signed(&mut self, value: i64) {
        match value {
            0.. => self.unsigned(value.unsigned_abs()),
            -32..=-1 => self.bytes.push(value.to_le_bytes()[0]),
            _ => {
                let bits = u64::from_be_bytes(value.to_be_bytes());
                match value {
                    -0x80..=-33 => self.sized::<2>(0xd0, bits),
                    -0x8000..=-0x81 => self.sized::<3>(0xd1, bits),
                    -0x8000_0000..=-0x8001 => self.sized::<5>(0xd2, bits),
                    _ => self.sized::<9>(0xd3, bits),
                }
            }
        }
    }

    /// Appends a text.
    ///
    /// # Panics
    ///
    /// Panics if the text is 4 GiB or longer; nothing in the vocabulary is.
    #[inline]
    pub fn text(&mut self, value: &str) {
        let length = u32::try_from(value.len()).expect("a text is shorter than 4 GiB");
        match length {
            0..=31 => self.bytes.push(0xa0 | length.to_le_bytes()[0]),
            32..=0xff => self.sized::<2>(0xd9, length.into()),
            0x100..=0xffff => self.sized::<3>(0xda, length.into()),
            _ => self.sized::<5>(0xdb, length.into()),
        }
        self.bytes.extend_from_slice(value.as_bytes());
    }

    /// Appends the head of an array of `count` elements.
    ///
    /// # Panics
    ///
    /// Panics if there are 2³² elements or more.
    #[inline]
    pub fn array(&mut self, count: usize) {
        let count = u32::try_from(count).expect("an array has fewer than 2^32 elements");
        match count {
            0..=15 => self.bytes.push(0x90 | count.to_le_bytes()[0]),
            16..=0xffff => self.sized::<3>(0xdc, count.into()),
            _ => self.sized::<5>(0xdd, count.into()),
        }
    }

    /// Appends the first `count` of these bytes: all of them in few moves, and then too many of them are given up.
    #[inline]
    pub(crate) fn first_of<const WIDTH: usize>(&mut self, bytes: &[u8; WIDTH], count: usize) {
        let end = self.bytes.len() + count;
        self.bytes.extend_from_slice(bytes);
        self.bytes.truncate(end);
    }

    /// Appends a marker and the last bytes of a number, `WIDTH` together.
    #[inline]
    fn sized<const WIDTH: usize>(&mut self, marker: u8, number: u64) {
        let mut bytes = [marker; WIDTH];
        bytes[1..].copy_from_slice(&number.to_be_bytes()[9 - WIDTH..]);
        self.bytes.extend_from_slice(&bytes);
    }
}
