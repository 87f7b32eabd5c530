/// The members of a topic by the hash of their ids: open addressing with linear probing.
///
/// An entry holds half of the hash beside the number of its slot. So a look-up among a million
/// waits for memory once here, and growing asks no member for its id again: it is one pass over
/// the entries, in their order.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// 0 is free; else half of a hash, then the slot's number and one.
    entries: Box<[u64]>,
    len: usize,
}

const SMALLEST: usize = 4;

fn half(hash: u64) -> u64 {
    hash >> 32
}

fn slot(entry: u64) -> u32 {
    (entry as u32).wrapping_sub(1)
}

impl Index {
    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The slot with this hash that `is` the one.
    #[inline]
    pub(crate) fn find(&self, hash: u64, is: impl Fn(u32) -> bool) -> Option<u32> {
        let mut at = self.home(half(hash));
        loop {
            // An index without room has no entry, and no home either.
            let entry = *self.entries.get(at)?;
            if entry == 0 {
                return None;
            }
            if half(entry) == half(hash) && is(slot(entry)) {
                return Some(slot(entry));
            }
            at = self.next(at);
        }
    }

    /// Adds a slot that is not in here.
    pub(crate) fn insert(&mut self, hash: u64, index: u32) {
        // A quarter stays free, so that no search is long.
        if (self.len + 1) * 4 > self.entries.len() * 3 {
            self.resize((self.entries.len() * 2).max(SMALLEST));
        }
        self.put(half(hash) << 32 | (u64::from(index) + 1));
        self.len += 1;
    }

    /// Takes a slot out, if it is in here.
    pub(crate) fn remove(&mut self, hash: u64, index: u32) {
        let entry = half(hash) << 32 | (u64::from(index) + 1);
        let mut at = self.home(half(hash));
        while self.entries.get(at).is_some_and(|&found| found != entry) {
            if self.entries[at] == 0 {
                return;
            }
            at = self.next(at);
        }
        if self.entries.is_empty() {
            return;
        }
        self.close(at);
        self.len -= 1;
        if self.len == 0 {
            self.entries = Box::default();
        } else if self.entries.len() > SMALLEST && self.len * 8 < self.entries.len() {
            self.resize(self.entries.len() / 2);
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.entries
            .iter()
            .filter(|&&entry| entry != 0)
            .map(|&entry| slot(entry))
    }

    fn home(&self, half: u64) -> usize {
        half as usize & self.entries.len().wrapping_sub(1)
    }

    fn next(&self, at: usize) -> usize {
        (at + 1) & (self.entries.len() - 1)
    }

    fn put(&mut self, entry: u64) {
        let mut at = self.home(half(entry));
        while self.entries[at] != 0 {
            at = self.next(at);
        }
        self.entries[at] = entry;
    }

    /// Frees a place, and moves up those behind it that could not have theirs: no mark is left.
    fn close(&mut self, mut free: usize) {
        let mask = self.entries.len() - 1;
        let mut at = free;
        loop {
            at = self.next(at);
            let entry = self.entries[at];
            if entry == 0 {
                break;
            }
            let home = self.home(half(entry));
            // It may move where its home is not between the free place and its own.
            if (at.wrapping_sub(home) & mask) >= (at.wrapping_sub(free) & mask) {
                self.entries[free] = entry;
                free = at;
            }
        }
        self.entries[free] = 0;
    }

    fn resize(&mut self, size: usize) {
        let old = std::mem::replace(&mut self.entries, vec![0; size].into_boxed_slice());
        for entry in old.into_vec() {
            if entry != 0 {
                self.put(entry);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Index;

    /// Few bits of hash, so that places are fought for, and a fixed order that looks like none.
    fn hash(index: u32, bits: u32) -> u64 {
        let mixed = u64::from(index).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed >> (64 - bits)) << 32
    }

    #[test]
    fn it_has_what_was_put_in_and_not_taken_out() {
        for bits in [1, 4, 8, 31] {
            let (mut index, mut model) = (Index::default(), BTreeSet::new());
            let mut turn = 1_u32;
            for _ in 0..6_000 {
                turn = turn.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let (it, grows) = ((turn >> 8) % 200, turn >> 31 == 0);
                if model.contains(&it) != grows {
                    if grows {
                        index.insert(hash(it, bits), it);
                        model.insert(it);
                    } else {
                        index.remove(hash(it, bits), it);
                        model.remove(&it);
                    }
                }
                assert_eq!(index.len, model.len());
            }
            for it in 0..200 {
                let found = index.find(hash(it, bits), |slot| slot == it);
                assert_eq!(found.is_some(), model.contains(&it), "{it} with {bits} bits");
            }
            assert_eq!(index.iter().collect::<BTreeSet<_>>(), model);
        }
    }

    #[test]
    fn an_empty_one_has_nothing_and_holds_nothing() {
        let mut index = Index::default();
        assert_eq!(index.find(7, |_| true), None);
        index.remove(7, 1);
        index.insert(7, 1);
        index.remove(7, 2);
        assert_eq!(index.len, 1);
        index.remove(7, 1);
        assert!(index.is_empty() && index.entries.is_empty());
    }
}
