//! What few have, in a box: those who have nothing of it, and they are many, take no room for it.

use std::ops::{Deref, DerefMut};

/// Something that most have nothing of.
pub(crate) trait Few: Default + PartialEq + 'static {
    /// Nothing of it.
    const NONE: &'static Self;
}

/// Reads as nothing until something is written.
#[derive(Clone, Debug)]
pub(crate) struct Rare<T>(Option<Box<T>>);

impl<T> Default for Rare<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Few> Rare<T> {
    pub(crate) fn new(whole: T) -> Self {
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
