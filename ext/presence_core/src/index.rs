use ahash::RandomState;

mod line;
mod segment;

pub(crate) use line::{Key, Line};
use segment::Segment;

/// Into so many segments an index is divided that has more than [`MANY`] lines.
const SEGMENTS: usize = 256;
const MANY: usize = 32_768;

/// The members of a topic by the hash of their ids: a [`Line`] each.
///
/// A large one consists of segments that grow one at a time, so that nobody who joins waits for
/// more than a part of it to be moved.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// None, one, or [`SEGMENTS`].
    segments: Box<[Segment]>,
    len: usize,
}

/// Where a line is, until one is added or taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    segment: u32,
    at: u32,
}

impl Index {
    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The place of an id's line; `is` tells whether a slot is that of an id that its key does not
    /// name alone.
    #[inline]
    pub(crate) fn find(&self, key: Key, hasher: &RandomState, is: impl Fn(u32) -> bool) -> Option<Place> {
        self.search(key, hasher, |line| key.is_whole() || is(line.slot))
    }

    /// The place of a slot's line.
    pub(crate) fn find_slot(&self, key: Key, hasher: &RandomState, slot: u32) -> Option<Place> {
        self.search(key, hasher, |line| line.slot == slot)
    }

    #[inline]
    fn search(&self, key: Key, hasher: &RandomState, is: impl Fn(&Line) -> bool) -> Option<Place> {
        let hash = key.hash(hasher);
        let segment = self.segment(hash);
        let at = self.segments.get(segment)?.find(key, hash, is)?;
        Some(Place {
            segment: segment as u32,
            at: at as u32,
        })
    }

    /// Adds a line for an id that is not in here, and answers its place.
    pub(crate) fn insert(&mut self, key: Key, hasher: &RandomState, slot: u32) -> Place {
        if self.segments.is_empty() {
            self.divide(1, hasher);
        } else if self.len == MANY && self.segments.len() == 1 {
            self.divide(SEGMENTS, hasher);
        }
        self.len += 1;
        let segment = self.segment(key.hash(hasher));
        let at = self.segments[segment].insert(Line::new(key, slot), hasher);
        Place {
            segment: segment as u32,
            at: at as u32,
        }
    }

    /// Takes out a slot's line, if it is in here.
    pub(crate) fn remove(&mut self, key: Key, hasher: &RandomState, slot: u32) {
        let Some(place) = self.find_slot(key, hasher, slot) else {
            return;
        };
        self.segments[place.segment as usize].remove(place.at as usize, hasher);
        self.len -= 1;
        if self.len == 0 {
            *self = Self::default();
        } else if self.len == MANY / 4 && self.segments.len() > 1 {
            self.divide(1, hasher);
        }
    }

    pub(crate) fn lines(&self) -> impl Iterator<Item = &Line> {
        let lines = self.segments.iter().flat_map(|segment| segment.lines.iter());
        lines.filter(|line| !line.is_free())
    }

    pub(crate) fn slots(&self) -> impl Iterator<Item = u32> + '_ {
        self.lines().map(|line| line.slot)
    }

    /// The heap's bytes.
    pub(crate) fn bytes(&self) -> usize {
        let lines: usize = self
            .segments
            .iter()
            .map(|segment| size_of_val(&*segment.lines))
            .sum();
        size_of_val(&*self.segments) + lines
    }

    /// The segment of a hash, by bits that choose no place in there.
    #[inline]
    fn segment(&self, hash: u64) -> usize {
        hash as usize & self.segments.len().wrapping_sub(1)
    }

    fn divide(&mut self, segments: usize, hasher: &RandomState) {
        let fresh = (0..segments).map(|_| Segment::default()).collect();
        let old = std::mem::replace(&mut self.segments, fresh);
        for line in old
            .into_vec()
            .into_iter()
            .flat_map(|segment| segment.lines.into_vec())
        {
            if !line.is_free() {
                let segment = self.segment(line.key.hash(hasher));
                self.segments[segment].insert(line, hasher);
            }
        }
    }
}

impl std::ops::Index<Place> for Index {
    type Output = Line;

    #[inline]
    fn index(&self, place: Place) -> &Line {
        &self.segments[place.segment as usize].lines[place.at as usize]
    }
}

impl std::ops::IndexMut<Place> for Index {
    #[inline]
    fn index_mut(&mut self, place: Place) -> &mut Line {
        &mut self.segments[place.segment as usize].lines[place.at as usize]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use ahash::RandomState;

    use super::{Index, Key, MANY, SEGMENTS};

    /// Keys that are alike for several slots, as those of long ids might be, in a fixed order that
    /// looks like none.
    #[test]
    fn it_has_what_was_put_in_and_not_taken_out() {
        let hasher = RandomState::new();
        for keys in [1, 7, 60, 200] {
            let key = |slot: u32| Key::of(&format!("{:020}", slot % keys), &hasher);
            let (mut index, mut model) = (Index::default(), BTreeSet::new());
            let mut turn = 1_u32;
            for _ in 0..6_000 {
                turn = turn.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let (it, grows) = ((turn >> 8) % 200, turn >> 31 == 0);
                if model.contains(&it) != grows {
                    if grows {
                        let place = index.insert(key(it), &hasher, it);
                        assert_eq!(index[place].slot, it);
                        model.insert(it);
                    } else {
                        index.remove(key(it), &hasher, it);
                        model.remove(&it);
                    }
                }
                assert_eq!(index.len, model.len());
            }
            for it in 0..200 {
                let found = index.find(key(it), &hasher, |slot| slot == it);
                assert_eq!(found.is_some(), model.contains(&it), "{it} of {keys} keys");
                assert_eq!(found, index.find_slot(key(it), &hasher, it));
            }
            assert_eq!(index.slots().collect::<BTreeSet<_>>(), model);
        }
    }

    #[test]
    fn a_large_one_is_divided_and_becomes_one_again() {
        let hasher = RandomState::new();
        let most = 3 * MANY as u32;
        let key = |slot: u32| Key::of(&slot.to_string(), &hasher);
        let mut index = Index::default();
        for slot in 0..most {
            let place = index.insert(key(slot), &hasher, slot);
            assert_eq!(index[place].slot, slot);
            assert_eq!(
                index.segments.len(),
                if slot < MANY as u32 { 1 } else { SEGMENTS }
            );
        }
        let found = |index: &Index, slot| index.find(key(slot), &hasher, |_| false).is_some();
        assert!((0..most).all(|slot| found(&index, slot)) && !found(&index, most));
        for slot in 5..most {
            index.remove(key(slot), &hasher, slot);
        }
        assert_eq!((index.segments.len(), index.slots().count()), (1, 5));
        assert!((0..5).all(|slot| found(&index, slot)) && !found(&index, 5));
    }

    #[test]
    fn an_empty_one_has_nothing_and_holds_nothing() {
        let hasher = RandomState::new();
        let key = Key::of("ada", &hasher);
        let mut index = Index::default();
        assert_eq!(index.find(key, &hasher, |_| true), None);
        index.remove(key, &hasher, 1);
        index.insert(key, &hasher, 1);
        index.remove(key, &hasher, 2);
        assert_eq!(index.len, 1);
        index.remove(key, &hasher, 1);
        assert!(index.is_empty() && index.bytes() == 0);
    }
}
