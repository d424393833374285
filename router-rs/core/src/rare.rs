//! What few have, in a box: those who have nothing of it, and they are many, take no room for it.

use std::ops::{Deref, DerefMut};

use crate::wire::{Reader, Wire, WireError, Writer};

/// Something that most have nothing of.
pub trait Few: Default + PartialEq + 'static {
    /// Nothing of it.
    const NONE: &'static Self;
}

/// Reads as nothing until something is written.
#[derive(Clone, Debug)]
pub struct Rare<T>(Option<Box<T>>);

impl<T> Default for Rare<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Few> Rare<T> {
    /// Keeps it where it is something.
    #[must_use]
    #[inline]
    pub fn new(whole: T) -> Self {
        Self((whole != *T::NONE).then(|| Box::new(whole)))
    }

    /// Gives what there may be to look at.
    pub(crate) fn found(&self) -> Option<&T> {
        self.0.as_deref()
    }

    /// Gives what there may be to take away from; where there is nothing, nothing is made.
    pub(crate) fn existing(&mut self) -> Option<&mut T> {
        self.0.as_deref_mut()
    }
}

impl<T: Clone> Rare<Vec<T>> {
    /// Keeps a list where there is anything in it.
    pub(crate) fn of_list(list: &[T]) -> Self {
        Self((!list.is_empty()).then(|| Box::new(list.to_vec())))
    }
}

impl<T: Few> Deref for Rare<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.found().unwrap_or(T::NONE)
    }
}

impl<T: Few> DerefMut for Rare<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0.get_or_insert_default()
    }
}

impl<T: Few> PartialEq for Rare<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Few + Eq> Eq for Rare<T> {}

impl<T: 'static> Few for Vec<T>
where
    Vec<T>: PartialEq,
{
    const NONE: &'static Self = &Vec::new();
}

impl<T: Few + Wire> Wire for Rare<T> {
    fn put(&self, writer: &mut Writer) {
        T::put(self, writer);
    }

    fn get(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        T::get(reader).map(Self::new)
    }
}
