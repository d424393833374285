//! What work asks itself, kept once for all work that asks the same of its queue.

use std::ops::Deref;
use std::sync::Arc;

use crate::levels::Levels;
use crate::wire::{Reader, Wire, WireError, Writer};
use crate::words::SkillLevel;

/// Skills with levels, which may be shared; most work asks for one or none. Read it as a slice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Requirement(Option<Arc<Levels<1>>>);

impl Requirement {
    /// Says whether both are kept in one place.
    pub(crate) fn is_shared_with(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (None, None) => true,
            _ => false,
        }
    }

    pub(crate) fn levels(&self) -> Levels<1> {
        self.0.as_deref().cloned().unwrap_or_default()
    }
}

impl From<&[SkillLevel]> for Requirement {
    fn from(levels: &[SkillLevel]) -> Self {
        Self((!levels.is_empty()).then(|| Arc::new(Levels::from(levels))))
    }
}

impl Deref for Requirement {
    type Target = [SkillLevel];

    fn deref(&self) -> &[SkillLevel] {
        self.0.as_deref().map_or(&[], |levels| levels)
    }
}

impl Wire for Requirement {
    fn put(&self, writer: &mut Writer) {
        self.levels().put(writer);
    }

    fn get(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        Levels::<1>::get(reader).map(|levels| Self::from(&levels[..]))
    }
}
