//! MessagePack for the array-like tagged records of the vocabulary, written by hand: std only.
//!
//! A record is an array of its fields in order; a member of a tagged union has its tag first. Writing
//! gives every field. Reading also accepts an array that ends early where the missing fields have a
//! default, so that a journal of an older version still folds; a longer array is refused, because a
//! field this version does not know would be lost.

mod reader;
mod spelling;
mod writer;

pub use reader::{Difference, Reader, WireError};
pub(crate) use spelling::{Places, Spelt, key};
pub use writer::Writer;

/// A value that has one form on the wire.
pub trait Wire: Sized {
    /// Appends the value.
    fn put(&self, writer: &mut Writer);

    /// Reads one value.
    ///
    /// # Errors
    ///
    /// Returns where the bytes differ from what is allowed there.
    fn get(reader: &mut Reader<'_>) -> Result<Self, WireError>;

    /// Reads one value behind others, without a detour where that can be.
    ///
    /// # Errors
    ///
    /// Returns where the bytes differ from what is allowed there.
    #[inline]
    fn get_behind(reader: &mut Reader<'_>, values: &mut Vec<Self>) -> Result<(), WireError> {
        values.push(Self::get(reader)?);
        Ok(())
    }
}

/// Where a value goes that was read.
pub(crate) trait Place<T> {
    fn put(&mut self, value: T);
}

#[allow(clippy::inline_always)] // It is called once for each member of a union, and each is moved by its own size then.
impl<T> Place<T> for Vec<T> {
    #[inline(always)]
    fn put(&mut self, value: T) {
        self.push(value);
    }
}

impl<T> Place<T> for Option<T> {
    fn put(&mut self, value: T) {
        *self = Some(value);
    }
}

/// A record: an array of fields, without or (in a tagged union) after its tag.
pub trait Record: Sized {
    /// How many fields the record has, its tag not counted.
    const FIELDS: usize;

    /// Appends every field.
    fn put_fields(&self, writer: &mut Writer);

    /// Reads `count` fields, the rest take their defaults.
    ///
    /// # Errors
    ///
    /// Returns where the bytes differ from what is allowed there.
    fn get_fields(reader: &mut Reader<'_>, count: usize) -> Result<Self, WireError>;
}

/// Memory that an array's length alone may claim, and how many times the bytes that are left if that is more and it
/// stands in no other: a batch of facts takes its own bytes about so many times.
const RESERVED_BYTES: usize = 1 << 16;
const RESERVED_TIMES: usize = 4;

/// Encodes one value alone.
#[must_use]
pub fn encode<T: Wire>(value: &T) -> Vec<u8> {
    let mut writer = Writer::default();
    value.put(&mut writer);
    writer.bytes
}

/// Decodes a list that fills `bytes` to the end, in the memory of one that is done with.
///
/// # Errors
///
/// Returns where the bytes differ from what is allowed there; what was read before it stands in the list.
pub fn decode_into<T: Wire>(bytes: &[u8], values: &mut Vec<T>) -> Result<(), WireError> {
    values.clear();
    let mut reader = Reader::new(bytes);
    reader.list(values)?;
    reader.end()
}

/// Decodes one value that fills `bytes` to the end.
///
/// # Errors
///
/// Returns where the bytes differ from what is allowed there.
pub fn decode<T: Wire>(bytes: &[u8]) -> Result<T, WireError> {
    let mut reader = Reader::new(bytes);
    let value = T::get(&mut reader)?;
    reader.end()?;
    Ok(value)
}

#[cold]
fn too_large(at: usize, value: u64, max: u64) -> WireError {
    WireError::at(at, value.to_string(), format!("an integer from 0 to {max}"))
}

macro_rules! wire_unsigned {
    ($($type:ty),*) => {$(
        impl Wire for $type {
            #[inline]
            fn put(&self, writer: &mut Writer) {
                writer.unsigned(u64::from(*self));
            }

            #[inline]
            fn get(reader: &mut Reader<'_>) -> Result<Self, WireError> {
                let at = reader.offset();
                let value = reader.unsigned()?;
                Self::try_from(value).map_err(|_| too_large(at, value, <$type>::MAX.into()))
            }
        }
    )*};
}

wire_unsigned!(u8, u32, u64);

impl Wire for i64 {
    #[inline]
    fn put(&self, writer: &mut Writer) {
        writer.signed(*self);
    }

    #[inline]
    fn get(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        reader.signed()
    }
}

impl Wire for bool {
    #[inline]
    fn put(&self, writer: &mut Writer) {
        writer.bool(*self);
    }

    #[inline]
    fn get(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        reader.bool()
    }
}

impl Wire for String {
    #[inline]
    fn put(&self, writer: &mut Writer) {
        writer.text(self);
    }

    #[inline]
    fn get(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        reader.text().map(str::to_owned)
    }
}

impl<T: Wire> Wire for Option<T> {
    #[inline]
    fn put(&self, writer: &mut Writer) {
        match self {
            Some(value) => value.put(writer),
            None => writer.nil(),
        }
    }

    #[inline]
    fn get(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        if reader.take_nil() { Ok(None) } else { T::get(reader).map(Some) }
    }
}

impl<T: Wire> Wire for Box<T> {
    #[inline]
    fn put(&self, writer: &mut Writer) {
        T::put(self, writer);
    }

    #[inline]
    fn get(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        reader.nested(|reader| T::get(reader).map(Box::new))
    }
}

impl<T: Wire> Wire for Vec<T> {
    #[inline]
    fn put(&self, writer: &mut Writer) {
        writer.array(self.len());
        for value in self {
            value.put(writer);
        }
    }

    #[inline]
    fn get(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        let mut values = Self::new();
        reader.list(&mut values)?;
        Ok(values)
    }
}

impl Reader<'_> {
    /// Reads a list behind what is there.
    pub(crate) fn list<T: Wire>(&mut self, values: &mut Vec<T>) -> Result<(), WireError> {
        let count = self.array()?;
        if count == 0 {
            return Ok(());
        }
        // A claimed length is not trusted, nor that each byte left is an element: what is really there grows.
        let times = if self.is_outside() { RESERVED_TIMES } else { 0 };
        let room = RESERVED_BYTES.max(times * self.left()) / size_of::<T>().max(1);
        values.reserve_exact(count.min(self.left()).min(room));
        self.nested(|reader| (0..count).try_for_each(|_| T::get_behind(reader, values)))
    }
}

impl<A: Wire, B: Wire> Wire for (A, B) {
    #[inline]
    fn put(&self, writer: &mut Writer) {
        writer.array(2);
        self.0.put(writer);
        self.1.put(writer);
    }

    #[inline]
    fn get(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        reader.array_of(2)?;
        Ok((A::get(reader)?, B::get(reader)?))
    }
}

/// Reads one field of a record, or gives its default where the array ended before it.
macro_rules! field {
    ($reader:ident, $left:ident, $record:literal, $($field:ident).+) => {
        if $left == 0 {
            return Err($reader.missing(concat!($record, ".", stringify!($($field).+))));
        } else {
            $left -= 1;
            $crate::wire::Wire::get($reader)
                .map_err(|error| error.within(concat!($record, ".", stringify!($($field).+))))?
        }
    };
    ($reader:ident, $left:ident, $record:literal, $($field:ident).+, $default:expr) => {
        if $left == 0 {
            $default
        } else {
            $left -= 1;
            $crate::wire::Wire::get($reader)
                .map_err(|error| error.within(concat!($record, ".", stringify!($($field).+))))?
        }
    };
}

/// Declares a record: the struct, its fields in wire order and the defaults of those an older version lacks.
macro_rules! record {
    ($(#[$meta:meta])* $name:ident as $text:literal {
        $($(#[$field_meta:meta])* $field:ident: $type:ty $(= $default:expr)?),* $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[allow(missing_docs)] // A field without a comment is said by its name.
        pub struct $name { $($(#[$field_meta])* pub $field: $type),* }

        impl $crate::wire::Record for $name {
            const FIELDS: usize = <[&str]>::len(&[$(stringify!($field)),*]);

            fn put_fields(&self, writer: &mut $crate::wire::Writer) {
                let _ = &writer;
                $($crate::wire::Wire::put(&self.$field, writer);)*
            }

            fn get_fields(
                reader: &mut $crate::wire::Reader<'_>,
                count: usize,
            ) -> Result<Self, $crate::wire::WireError> {
                reader.at_most(count, <Self as $crate::wire::Record>::FIELDS, $text)?;
                #[allow(unused_mut, unused_variables, unused_assignments)]
                let mut left = count;
                $(let $field = $crate::wire::field!(reader, left, $text, $field $(, $default)?);)*
                let _ = left;
                Ok($name { $($field),* })
            }
        }
    };
}

/// A value that may say nothing, which is this one byte on the wire.
pub(crate) trait MayBeNothing {
    const NOTHING: u8;
}

impl MayBeNothing for bool {
    const NOTHING: u8 = 0xc2;
}

impl MayBeNothing for u32 {
    const NOTHING: u8 = 0x00;
}

impl<T> MayBeNothing for Option<T> {
    const NOTHING: u8 = 0xc0;
}

impl<T> MayBeNothing for Vec<T> {
    const NOTHING: u8 = 0x90;
}

/// Skips a value like this one where it says nothing.
#[inline]
pub(crate) fn take_nothing<T: MayBeNothing>(_: &T, reader: &mut Reader<'_>) -> bool {
    reader.take_byte(T::NOTHING)
}

/// Reads a field of a record that was made without anything; of its rare part only what says something.
macro_rules! part {
    ($record:ident, $reader:ident, $left:ident, $text:literal, rare.$field:ident $(, $default:expr)?) => {
        if $left > 0 && $crate::wire::take_nothing(&$record.rare.$field, $reader) {
            $left -= 1;
        } else {
            let value = $crate::wire::field!($reader, $left, $text, rare.$field $(, $default)?);
            if $record.rare.$field != value {
                $record.rare.$field = value;
            }
        }
    };
    ($record:ident, $reader:ident, $left:ident, $text:literal, $field:ident $(, $default:expr)?) => {
        $record.$field = $crate::wire::field!($reader, $left, $text, $field $(, $default)?);
    };
}

/// Makes a struct a record: its fields, of its rare part too, in wire order and the defaults of those an older version
/// lacks. What says nothing is not written into the rare part, so that one without anything stays so.
macro_rules! record_of {
    ($name:ident as $text:literal { $($($field:ident).+ $(= $default:expr)?),* $(,)? }) => {
        impl $crate::wire::Record for $name {
            const FIELDS: usize = <[&str]>::len(&[$(stringify!($($field).+)),*]);

            fn put_fields(&self, writer: &mut $crate::wire::Writer) {
                $($crate::wire::Wire::put(&self.$($field).+, writer);)*
            }

            fn get_fields(
                reader: &mut $crate::wire::Reader<'_>,
                count: usize,
            ) -> Result<Self, $crate::wire::WireError> {
                reader.at_most(count, <Self as $crate::wire::Record>::FIELDS, $text)?;
                let (mut left, mut record) = (count, Self::default());
                $($crate::wire::part!(record, reader, left, $text, $($field).+ $(, $default)?);)*
                let _ = left;
                Ok(record)
            }
        }
    };
}

/// Gives a record that stands alone (never in a union) its form on the wire: an array without a tag.
macro_rules! untagged {
    ($name:ident) => {
        impl $crate::wire::Wire for $name {
            fn put(&self, writer: &mut $crate::wire::Writer) {
                writer.array(<Self as $crate::wire::Record>::FIELDS);
                $crate::wire::Record::put_fields(self, writer);
            }

            fn get(reader: &mut $crate::wire::Reader<'_>) -> Result<Self, $crate::wire::WireError> {
                let count = reader.array()?;
                $crate::wire::Record::get_fields(reader, count)
            }
        }
    };
}

/// Gives how a union holds a member: as it is, or as said, where that is larger than the others by far.
macro_rules! held {
    ($member:ident) => {
        $member
    };
    ($member:ident $held:ty) => {
        $held
    };
}

/// Declares a union of records, each known by its tag.
macro_rules! tagged {
    ($(#[$meta:meta])* $name:ident { $($member:ident $(($boxed:ty))? = $tag:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[allow(missing_docs)] // Each member is documented at its record.
        pub enum $name { $($member($crate::wire::held!($member $($boxed)?))),* }

        impl $name {
            /// Every tag, in declared order.
            pub const TAGS: &'static [&'static str] = &[$($tag),*];

            /// Returns the tag on the wire.
            #[must_use]
            pub const fn tag(&self) -> &'static str {
                match self { $($name::$member(_) => $tag),* }
            }
        }

        $(impl From<$member> for $name {
            #[inline]
            fn from(record: $member) -> Self {
                $name::$member(record.into())
            }
        }

        // A record inside another one keeps its tag, as msgspec writes it.
        impl $crate::wire::Wire for $member {
            fn put(&self, writer: &mut $crate::wire::Writer) {
                const HEAD: $crate::wire::Spelt =
                    $crate::wire::Spelt::head($tag, <$member as $crate::wire::Record>::FIELDS);
                writer.first_of(&HEAD.bytes, HEAD.count);
                $crate::wire::Record::put_fields(self, writer);
            }

            fn get(reader: &mut $crate::wire::Reader<'_>) -> Result<Self, $crate::wire::WireError> {
                let count = reader.array_from(1)?;
                let at = reader.offset();
                if reader.word()? != $tag.as_bytes() {
                    return Err(reader.no_word(at, [$tag]));
                }
                $crate::wire::Record::get_fields(reader, count - 1)
            }
        })*

        impl $crate::wire::Wire for $name {
            fn put(&self, writer: &mut $crate::wire::Writer) {
                match self { $($name::$member(record) => $crate::wire::Wire::put(record, writer)),* }
            }

            fn get(reader: &mut $crate::wire::Reader<'_>) -> Result<Self, $crate::wire::WireError> {
                let mut whole = None;
                Self::get_into(reader, &mut whole)?;
                Ok(whole.expect("it was read"))
            }

            fn get_behind(
                reader: &mut $crate::wire::Reader<'_>,
                values: &mut Vec<Self>,
            ) -> Result<(), $crate::wire::WireError> {
                Self::get_into(reader, values)
            }
        }

        impl $name {
            /// Reads one member and puts it where it goes as soon as it is known which it is: nothing is moved twice.
            #[allow(non_upper_case_globals)]
            #[inline]
            fn get_into(
                reader: &mut $crate::wire::Reader<'_>,
                place: &mut impl $crate::wire::Place<Self>,
            ) -> Result<(), $crate::wire::WireError> {
                static PLACES: $crate::wire::Places = $crate::wire::Places::of($name::TAGS);
                enum Number { $($member),* }
                $(const $member: u8 = Number::$member as u8;)*
                let count = reader.array_from(1)?;
                let at = reader.offset();
                let found = reader.word()?;
                match PLACES.find(found) {
                    $($member if found == $tag.as_bytes() => {
                        let record = <$member as $crate::wire::Record>::get_fields(reader, count - 1)?;
                        place.put($name::$member(record.into()));
                        Ok(())
                    })*
                    _ => Err(reader.no_word(at, Self::TAGS.iter().copied())),
                }
            }
        }
    };
}

pub(crate) use {field, held, part, record, record_of, tagged, untagged};
