//! Skills and levels in a row. Most work asks for one or two, which take no memory of their own; more are shared by all
//! that were copied from one another.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::wire::{Reader, Wire, WireError, Writer};
use crate::words::SkillLevel;

/// A list of skills with levels, of which up to `N` stand in place; read it as a slice.
#[derive(Clone)]
pub struct Levels<const N: usize>(Kept<N>);

#[derive(Clone)]
enum Kept<const N: usize> {
    Few(u8, [SkillLevel; N]),
    Many(Arc<[SkillLevel]>),
}

impl<const N: usize> Default for Levels<N> {
    fn default() -> Self {
        Self(Kept::Few(0, [(0, 0); N]))
    }
}

impl<const N: usize> From<&[SkillLevel]> for Levels<N> {
    fn from(levels: &[SkillLevel]) -> Self {
        if levels.len() > N {
            return Self(Kept::Many(levels.into()));
        }
        let mut few = [(0, 0); N];
        for (place, &level) in few.iter_mut().zip(levels) {
            *place = level;
        }
        Self(Kept::Few(u8::try_from(levels.len()).expect("a few"), few))
    }
}

impl<const N: usize> From<Vec<SkillLevel>> for Levels<N> {
    fn from(levels: Vec<SkillLevel>) -> Self {
        if levels.len() > N { Self(Kept::Many(levels.into())) } else { Self::from(&levels[..]) }
    }
}

impl<const N: usize> FromIterator<SkillLevel> for Levels<N> {
    fn from_iter<I: IntoIterator<Item = SkillLevel>>(levels: I) -> Self {
        let mut few = [(0, 0); N];
        let mut count = 0;
        let mut levels = levels.into_iter();
        while let Some(level) = levels.next() {
            let Some(place) = few.get_mut(count) else {
                return Self(Kept::Many(few.into_iter().chain([level]).chain(levels).collect()));
            };
            *place = level;
            count += 1;
        }
        Self(Kept::Few(u8::try_from(count).expect("a few"), few))
    }
}

impl<const N: usize> Levels<N> {
    /// Returns the levels at which these skills are held, of those in a list that is in order as this one is.
    pub(crate) fn held(&self, list: &[SkillLevel]) -> Self {
        let mut at = 0;
        let mut held = |&(skill, _): &SkillLevel| {
            at += list[at..].iter().take_while(|(other, _)| *other < skill).count();
            list.get(at).filter(|(other, _)| *other == skill).copied()
        };
        let Kept::Few(count, mut few) = self.0 else { return self.iter().filter_map(held).collect() };
        let mut found = 0;
        for place in 0..usize::from(count) {
            if let Some(level) = held(&few[place]) {
                few[found] = level;
                found += 1;
            }
        }
        few[found..].fill((0, 0));
        Self(Kept::Few(u8::try_from(found).expect("a few"), few))
    }
}

impl<const N: usize> Deref for Levels<N> {
    type Target = [SkillLevel];

    fn deref(&self) -> &[SkillLevel] {
        match &self.0 {
            Kept::Few(count, few) => &few[..usize::from(*count)],
            Kept::Many(many) => many,
        }
    }
}

impl<'a, const N: usize> IntoIterator for &'a Levels<N> {
    type Item = &'a SkillLevel;
    type IntoIter = std::slice::Iter<'a, SkillLevel>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<const N: usize> PartialEq for Levels<N> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<const N: usize> Eq for Levels<N> {}

impl<const N: usize> PartialOrd for Levels<N> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<const N: usize> Ord for Levels<N> {
    fn cmp(&self, other: &Self) -> Ordering {
        (**self).cmp(&**other)
    }
}

impl<const N: usize> fmt::Debug for Levels<N> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(to)
    }
}

impl<const N: usize> Wire for Levels<N> {
    fn put(&self, writer: &mut Writer) {
        writer.array(self.len());
        self.iter().for_each(|level| level.put(writer));
    }

    fn get(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        let at = reader.offset();
        let count = reader.array()?;
        if count > N {
            reader.go_back(at);
            return Vec::get(reader).map(Self::from);
        }
        let mut few = [(0, 0); N];
        for level in &mut few[..count] {
            reader.array_of(2)?;
            *level = (Wire::get(reader)?, Wire::get(reader)?);
        }
        Ok(Self(Kept::Few(u8::try_from(count).expect("a few"), few)))
    }
}

#[cfg(test)]
mod tests {
    use super::Levels;

    #[test]
    fn a_list_is_what_was_put_into_it_however_long() {
        for count in 0..6 {
            let levels: Vec<_> = (0..count).map(|skill| (skill, 3)).collect();
            let (one, two) = (Levels::<1>::from(&levels[..]), Levels::<2>::from(&levels[..]));
            assert_eq!((&one[..], &two[..]), (&levels[..], &levels[..]));
            assert_eq!(one.clone(), one);
        }
        assert_ne!(Levels::<2>::from(&[(1, 2)][..]), Levels::from(&[(1, 3)][..]));
    }

    #[test]
    fn of_skills_asked_those_held_are_found_at_the_levels_held() {
        let list = [(1, 4), (3, 5), (4, 6), (9, 7)];
        for asked in [
            &[(1, 1), (4, 2)][..],
            &[(2, 1), (3, 2)],
            &[(3, 1)],
            &[(5, 1), (10, 1)],
            &[],
            &[(1, 1), (2, 1), (9, 1)],
        ] {
            let held: Vec<_> =
                list.iter().filter(|(skill, _)| asked.iter().any(|(other, _)| other == skill)).collect();
            assert_eq!(Levels::<2>::from(asked).held(&list).iter().collect::<Vec<_>>(), held);
        }
    }

    #[test]
    fn one_level_takes_no_more_room_than_a_vector() {
        assert_eq!(size_of::<Levels<1>>(), size_of::<Vec<u8>>());
    }
}
