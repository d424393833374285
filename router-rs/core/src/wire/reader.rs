//! Reads MessagePack without trusting it: every error names offset, what was found and what is allowed.

use std::fmt;
use std::ops::Deref;

/// How deep values may stand in each other: a hostile message must not exhaust the stack.
const DEPTH_MAX: usize = 32;
/// How many bytes of a wrong text an error quotes.
const QUOTE_BYTES: usize = 40;

/// Where and how the bytes differ from what is allowed. In a box: what is read without error is not to carry its room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireError(Box<Difference>);

/// A difference of bytes from what is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Byte offset of the value.
    pub offset: usize,
    /// The record and field, outermost first; empty at the top.
    pub path: String,
    /// What stands there.
    pub found: String,
    /// What may stand there.
    pub allowed: String,
}

impl WireError {
    /// Makes an error at this offset.
    pub fn at(offset: usize, found: impl Into<String>, allowed: impl Into<String>) -> Self {
        let path = String::new();
        Self(Box::new(Difference { offset, path, found: found.into(), allowed: allowed.into() }))
    }

    /// Puts the field that was being read before the path.
    #[cold]
    pub(crate) fn within(mut self, field: &str) -> Self {
        let path = &mut self.0.path;
        *path = if path.is_empty() { field.to_owned() } else { format!("{field} > {path}") };
        self
    }
}

impl Deref for WireError {
    type Target = Difference;

    fn deref(&self) -> &Difference {
        &self.0
    }
}

impl fmt::Display for WireError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "offset {}", self.offset)?;
        if !self.path.is_empty() {
            write!(formatter, " ({})", self.path)?;
        }
        write!(formatter, ": found {}, allowed is {}", self.found, self.allowed)
    }
}

impl std::error::Error for WireError {}

/// An integer as it may stand in a message.
enum Integer {
    Unsigned(u64),
    Negative(i64),
}

impl From<i64> for Integer {
    fn from(value: i64) -> Self {
        u64::try_from(value).map_or(Self::Negative(value), Self::Unsigned)
    }
}

#[cold]
fn wrong_count(at: usize, found: usize, least: &str, count: usize) -> WireError {
    WireError::at(at, format!("{found} elements"), format!("{least}{count} elements"))
}

/// Walks over the bytes of one message.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    /// Starts at the first byte.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0, depth: 0 }
    }

    /// Returns where the next value starts.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Goes back to where a value started.
    pub(crate) fn go_back(&mut self, offset: usize) {
        self.offset = offset;
    }

    /// Returns how many bytes are left.
    #[must_use]
    pub fn left(&self) -> usize {
        self.bytes.len() - self.offset
    }

    /// Stands in no list or box.
    pub(crate) fn is_outside(&self) -> bool {
        self.depth == 0
    }

    /// Reads something that stands inside something else.
    pub(crate) fn nested<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, WireError>,
    ) -> Result<T, WireError> {
        if self.depth == DEPTH_MAX {
            return Err(WireError::at(self.offset, "a deeper value", format!("at most {DEPTH_MAX} levels")));
        }
        self.depth += 1;
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    /// Asserts that everything was read.
    ///
    /// # Errors
    ///
    /// Returns an error if bytes follow.
    pub fn end(&self) -> Result<(), WireError> {
        match self.left() {
            0 => Ok(()),
            left => Err(WireError::at(self.offset, format!("{left} more bytes"), "the end")),
        }
    }

    /// Skips a nil if it is next.
    #[inline]
    pub fn take_nil(&mut self) -> bool {
        self.take_byte(0xc0)
    }

    /// Reads a truth value.
    ///
    /// # Errors
    ///
    /// Returns an error if something else stands there.
    #[inline]
    pub fn bool(&mut self) -> Result<bool, WireError> {
        match self.bytes.get(self.offset) {
            Some(0xc2) => self.skip(false),
            Some(0xc3) => self.skip(true),
            _ => Err(self.wrong("true or false")),
        }
    }

    /// Reads an integer that is not negative.
    ///
    /// # Errors
    ///
    /// Returns an error if something else stands there.
    #[inline]
    pub fn unsigned(&mut self) -> Result<u64, WireError> {
        match self.usual() {
            Some(value) => Ok(value),
            None => self.unusual_unsigned(),
        }
    }

    #[cold]
    fn unusual_unsigned(&mut self) -> Result<u64, WireError> {
        let at = self.offset;
        match self.integer()? {
            Integer::Unsigned(value) => Ok(value),
            Integer::Negative(value) => {
                Err(WireError::at(at, value.to_string(), "an integer that is not negative"))
            }
        }
    }

    /// Reads an integer of 64 bits.
    ///
    /// # Errors
    ///
    /// Returns an error if something else stands there.
    #[inline]
    pub fn signed(&mut self) -> Result<i64, WireError> {
        let at = self.offset;
        match self.usual().map(i64::try_from) {
            Some(Ok(value)) => Ok(value),
            _ => self.unusual_signed(at),
        }
    }

    #[cold]
    fn unusual_signed(&mut self, at: usize) -> Result<i64, WireError> {
        self.offset = at;
        match self.integer()? {
            Integer::Unsigned(value) => i64::try_from(value)
                .map_err(|_| WireError::at(at, value.to_string(), "an integer of 64 bits")),
            Integer::Negative(value) => Ok(value),
        }
    }

    /// Reads a text.
    ///
    /// # Errors
    ///
    /// Returns an error if something else stands there.
    pub fn text(&mut self) -> Result<&'a str, WireError> {
        let at = self.offset;
        let bytes = self.word()?;
        std::str::from_utf8(bytes).map_err(|_| WireError::at(at, "bytes that are not UTF-8", "a text"))
    }

    /// Reads the bytes of a text, to be compared with words that are known.
    #[inline]
    pub(crate) fn word(&mut self) -> Result<&'a [u8], WireError> {
        let rest = self.bytes.get(self.offset..).and_then(<[u8]>::split_first);
        if let Some((&marker @ 0xa0..=0xbf, rest)) = rest {
            let length = usize::from(marker & 0x1f);
            if let Some(word) = rest.get(..length) {
                self.offset += 1 + length;
                return Ok(word);
            }
        }
        self.unusual_word()
    }

    #[cold]
    fn unusual_word(&mut self) -> Result<&'a [u8], WireError> {
        let length = match self.bytes.get(self.offset) {
            Some(&marker @ 0xa0..=0xbf) => self.skip(usize::from(marker & 0x1f))?,
            Some(0xd9) => self.length(1)?,
            Some(0xda) => self.length(2)?,
            Some(0xdb) => self.length(4)?,
            _ => return Err(self.wrong("a text")),
        };
        self.take(length)
    }

    /// Returns the error of a text that stands at this offset and is none of the words.
    #[cold]
    pub(crate) fn no_word(&mut self, at: usize, words: impl IntoIterator<Item = &'static str>) -> WireError {
        self.offset = at;
        match self.text() {
            Ok(found) => {
                let quoted: String = found.chars().take(QUOTE_BYTES).collect();
                WireError::at(
                    at,
                    format!("{quoted:?}"),
                    format!("one of {}", Vec::from_iter(words).join(", ")),
                )
            }
            Err(error) => error,
        }
    }

    /// Reads the head of an array and returns its length.
    ///
    /// # Errors
    ///
    /// Returns an error if something else stands there.
    #[inline]
    pub fn array(&mut self) -> Result<usize, WireError> {
        match self.bytes.get(self.offset) {
            Some(&marker @ 0x90..=0x9f) => self.skip(usize::from(marker & 0x0f)),
            _ => self.unusual_array(),
        }
    }

    #[cold]
    fn unusual_array(&mut self) -> Result<usize, WireError> {
        match self.bytes.get(self.offset) {
            Some(0xdc) => self.length(2),
            Some(0xdd) => self.length(4),
            _ => Err(self.wrong("an array")),
        }
    }

    /// Reads the head of an array of exactly `count` elements.
    ///
    /// # Errors
    ///
    /// Returns an error if something else stands there.
    #[inline]
    pub fn array_of(&mut self, count: usize) -> Result<(), WireError> {
        let at = self.offset;
        match self.array()? {
            found if found == count => Ok(()),
            found => Err(wrong_count(at, found, "", count)),
        }
    }

    /// Reads the head of an array of at least `count` elements.
    ///
    /// # Errors
    ///
    /// Returns an error if something else stands there.
    #[inline]
    pub fn array_from(&mut self, count: usize) -> Result<usize, WireError> {
        let at = self.offset;
        match self.array()? {
            found if found >= count => Ok(found),
            found => Err(wrong_count(at, found, "at least ", count)),
        }
    }

    #[inline]
    pub(crate) fn at_most(&self, found: usize, count: usize, record: &str) -> Result<(), WireError> {
        if found <= count { Ok(()) } else { Err(self.too_many(found, count, record)) }
    }

    #[cold]
    fn too_many(&self, found: usize, count: usize, record: &str) -> WireError {
        let allowed = format!("at most {count} fields in {record}");
        WireError::at(self.offset, format!("{found} fields"), allowed)
    }

    #[cold]
    pub(crate) fn missing(&self, field: &str) -> WireError {
        WireError::at(self.offset, "the end of the record", "the field").within(field)
    }

    /// Skips this byte if it is next.
    #[inline]
    pub(crate) fn take_byte(&mut self, byte: u8) -> bool {
        let is_next = self.bytes.get(self.offset) == Some(&byte);
        self.offset += usize::from(is_next);
        is_next
    }

    /// Reads an integer in a form without a sign, behind which other bytes stand: nearly every one. Whatever its width,
    /// its bytes are read by eight, as nothing foretells how wide the next one is.
    #[inline]
    fn usual(&mut self) -> Option<u64> {
        let (&marker, rest) = self.bytes.get(self.offset..)?.split_first()?;
        if marker < 0x80 {
            self.offset += 1;
            return Some(marker.into());
        }
        let power = marker.wrapping_sub(0xcc);
        let bytes = rest.first_chunk().filter(|_| power < 4)?;
        let width = 1_usize << power;
        self.offset += 1 + width;
        Some(u64::from_be_bytes(*bytes) >> (64 - 8 * width))
    }

    fn integer(&mut self) -> Result<Integer, WireError> {
        let unsigned = |value: u64| Ok(Integer::Unsigned(value));
        match self.bytes.get(self.offset).copied() {
            Some(marker @ 0..=0x7f) => self.skip(Integer::Unsigned(u64::from(marker))),
            Some(marker @ 0xe0..) => self.skip(Integer::from(i64::from(i8::from_be_bytes([marker])))),
            Some(0xcc) => unsigned(u8::from_be_bytes(self.number()?).into()),
            Some(0xcd) => unsigned(u16::from_be_bytes(self.number()?).into()),
            Some(0xce) => unsigned(u32::from_be_bytes(self.number()?).into()),
            Some(0xcf) => unsigned(u64::from_be_bytes(self.number()?)),
            Some(0xd0) => Ok(i64::from(i8::from_be_bytes(self.number()?)).into()),
            Some(0xd1) => Ok(i64::from(i16::from_be_bytes(self.number()?)).into()),
            Some(0xd2) => Ok(i64::from(i32::from_be_bytes(self.number()?)).into()),
            Some(0xd3) => Ok(i64::from_be_bytes(self.number()?).into()),
            _ => Err(self.wrong("an integer")),
        }
    }

    /// Skips a marker and reads the bytes of the number after it.
    fn number<const WIDTH: usize>(&mut self) -> Result<[u8; WIDTH], WireError> {
        self.offset += 1;
        match self.bytes.get(self.offset..).and_then(<[u8]>::first_chunk) {
            Some(bytes) => {
                self.offset += WIDTH;
                Ok(*bytes)
            }
            None => Err(self.short(WIDTH)),
        }
    }

    /// Skips a marker and reads a length of `width` bytes.
    fn length(&mut self, width: usize) -> Result<usize, WireError> {
        self.offset += 1;
        let bytes = self.take(width)?;
        Ok(bytes.iter().fold(0, |length, &byte| length << 8 | usize::from(byte)))
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], WireError> {
        if count > self.left() {
            return Err(self.short(count));
        }
        let bytes = &self.bytes[self.offset..self.offset + count];
        self.offset += count;
        Ok(bytes)
    }

    #[allow(clippy::unnecessary_wraps)] // It ends match arms that are results.
    fn skip<T>(&mut self, value: T) -> Result<T, WireError> {
        self.offset += 1;
        Ok(value)
    }

    #[cold]
    fn short(&self, count: usize) -> WireError {
        WireError::at(self.offset, format!("{} bytes", self.left()), format!("{count} bytes"))
    }

    #[cold]
    fn wrong(&self, allowed: &str) -> WireError {
        let found = match self.bytes.get(self.offset) {
            None => "the end".to_owned(),
            Some(marker) => match marker {
                0..=0x7f | 0xe0.. | 0xcc..=0xcf | 0xd0..=0xd3 => "an integer".to_owned(),
                0x80..=0x8f | 0xde | 0xdf => "a map".to_owned(),
                0x90..=0x9f | 0xdc | 0xdd => "an array".to_owned(),
                0xa0..=0xbf | 0xd9..=0xdb => "a text".to_owned(),
                0xc0 => "nil".to_owned(),
                0xc2 | 0xc3 => "a truth value".to_owned(),
                0xca | 0xcb => "a float".to_owned(),
                0xc4..=0xc6 => "bytes".to_owned(),
                _ => format!("marker {marker:#04x}"),
            },
        };
        WireError::at(self.offset, found, allowed)
    }
}
