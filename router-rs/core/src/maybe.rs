//! A number that may not be there, in the room of the number: an `Option` takes up to twice as much of each that waits.

use crate::wire::{Reader, Wire, WireError, Writer};
use crate::words::Millis;

/// A number with one value that stands for none; nothing that is counted or timed comes so far.
pub(crate) trait Number: Copy + PartialEq {
    const NONE: Self;
}

impl Number for i64 {
    const NONE: Self = Self::MAX;
}

impl Number for u64 {
    const NONE: Self = Self::MAX;
}

impl Number for u32 {
    const NONE: Self = Self::MAX;
}

/// A number, or none, which comes after all numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Maybe<N>(N);

/// A time that may never come.
pub(crate) type When = Maybe<Millis>;

impl When {
    pub(crate) const NEVER: Self = Self(Millis::NONE);
}

impl<N: Number> Maybe<N> {
    pub(crate) const NONE: Self = Self(N::NONE);

    pub(crate) fn get(self) -> Option<N> {
        (self.0 != N::NONE).then_some(self.0)
    }

    /// Says whether it is there, and this.
    pub(crate) fn is(self, number: N) -> bool {
        self.get() == Some(number)
    }
}

impl<N: Number> Default for Maybe<N> {
    fn default() -> Self {
        Self::NONE
    }
}

impl<N> From<N> for Maybe<N> {
    fn from(number: N) -> Self {
        Self(number)
    }
}

impl<N: Number> From<Option<N>> for Maybe<N> {
    fn from(number: Option<N>) -> Self {
        number.map_or(Self::NONE, Self)
    }
}

impl<N: Number + Wire> Wire for Maybe<N> {
    #[inline]
    fn put(&self, writer: &mut Writer) {
        self.get().put(writer);
    }

    #[inline]
    fn get(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        Option::get(reader).map(Self::from)
    }
}
