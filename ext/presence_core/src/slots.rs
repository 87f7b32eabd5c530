use std::ops::{Index, IndexMut};

/// Entries of the first chunk.
const FIRST: usize = 1024;

/// A slab in chunks, each twice as large as the one before: it grows without copying what it holds,
/// so that the millionth member costs no pause, and gives all its memory back when the last entry
/// leaves. Memory that no entry was in yet is promised by the system, not taken.
#[derive(Debug)]
pub(crate) struct Slots<T> {
    chunks: Vec<Vec<Slot<T>>>,
    free: Option<u32>,
    len: usize,
}

#[derive(Debug)]
enum Slot<T> {
    Taken(T),
    Free(Option<u32>),
}

impl<T> Slots<T> {
    pub(crate) const fn new() -> Self {
        Self {
            chunks: Vec::new(),
            free: None,
            len: 0,
        }
    }

    pub(crate) fn insert(&mut self, value: T) -> u32 {
        self.len += 1;
        if let Some(index) = self.free {
            let (chunk, offset) = place(index);
            let slot = &mut self.chunks[chunk][offset];
            if let Slot::Free(next) = *slot {
                self.free = next;
            }
            *slot = Slot::Taken(value);
            return index;
        }
        let index = self.len as u32 - 1; // none is free, so all before are taken
        let (chunk, offset) = place(index);
        if offset == 0 {
            self.chunks.push(Vec::with_capacity(FIRST << chunk));
        }
        self.chunks[chunk].push(Slot::Taken(value));
        index
    }

    /// Takes an entry out.
    pub(crate) fn remove(&mut self, index: u32) -> Option<T> {
        let (chunk, offset) = place(index);
        let slot = self.chunks.get_mut(chunk)?.get_mut(offset)?;
        if matches!(slot, Slot::Free(_)) {
            return None;
        }
        let taken = std::mem::replace(slot, Slot::Free(self.free));
        self.free = Some(index);
        self.len -= 1;
        if self.len == 0 {
            *self = Self::new();
        }
        match taken {
            Slot::Taken(value) => Some(value),
            Slot::Free(_) => None,
        }
    }

    pub(crate) fn get(&self, index: u32) -> Option<&T> {
        let (chunk, offset) = place(index);
        match self.chunks.get(chunk)?.get(offset)? {
            Slot::Taken(value) => Some(value),
            Slot::Free(_) => None,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        (0..)
            .zip(self.chunks.iter().flatten())
            .filter_map(|(index, slot)| match slot {
                Slot::Taken(value) => Some((index, value)),
                Slot::Free(_) => None,
            })
    }

    /// Bytes that were ever used in the chunks.
    pub(crate) fn bytes(&self) -> usize {
        self.chunks.iter().map(Vec::len).sum::<usize>() * std::mem::size_of::<Slot<T>>()
    }
}

/// The chunk of an entry, and its place in there.
#[inline]
fn place(index: u32) -> (usize, usize) {
    let number = index as usize + FIRST;
    let chunk = (number / FIRST).ilog2() as usize;
    (chunk, number - (FIRST << chunk))
}

// An index of ours that names a free slot is a defect of this crate, which its tests would show;
// the binding turns the panic into an exception.
#[allow(clippy::panic)]
impl<T> Index<u32> for Slots<T> {
    type Output = T;

    #[inline]
    fn index(&self, index: u32) -> &T {
        let (chunk, offset) = place(index);
        match &self.chunks[chunk][offset] {
            Slot::Taken(value) => value,
            Slot::Free(_) => panic!("slot {index} is free"),
        }
    }
}

#[allow(clippy::panic)]
impl<T> IndexMut<u32> for Slots<T> {
    #[inline]
    fn index_mut(&mut self, index: u32) -> &mut T {
        let (chunk, offset) = place(index);
        match &mut self.chunks[chunk][offset] {
            Slot::Taken(value) => value,
            Slot::Free(_) => panic!("slot {index} is free"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{place, Slots, FIRST};

    #[test]
    fn every_entry_has_a_place_of_its_own() {
        let mut next = (0, 0);
        for index in 0..100 * FIRST as u32 {
            if next.1 == FIRST << next.0 {
                next = (next.0 + 1, 0);
            }
            assert_eq!(place(index), next);
            next.1 += 1;
        }
    }

    #[test]
    fn what_was_put_in_is_found_until_it_is_taken_out() {
        let mut slots = Slots::new();
        for number in 0..5_000_u32 {
            assert_eq!(slots.insert(number), number);
        }
        assert_eq!(slots.remove(4_000), Some(4_000));
        assert_eq!(slots.remove(4_000), None);
        assert_eq!(slots.get(4_000), None);
        assert_eq!(slots.insert(7), 4_000);
        assert_eq!(slots[4_000], 7);
        assert_eq!(slots.iter().count(), 5_000);
        assert_eq!(slots.get(5_000), None);
        for index in 0..5_000 {
            slots.remove(index);
        }
        assert_eq!((slots.len(), slots.bytes()), (0, 0));
        assert_eq!(slots.insert(1), 0);
    }
}
