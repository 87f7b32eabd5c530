use std::ops::{Index, IndexMut};

const PAGE: usize = 1024;

/// A slab in pages: it grows without copying what it holds, so that the millionth member costs
/// no pause, and gives all its memory back when the last entry leaves.
#[derive(Debug)]
pub(crate) struct Slots<T> {
    pages: Vec<Vec<Slot<T>>>,
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
            pages: Vec::new(),
            free: None,
            len: 0,
        }
    }

    pub(crate) fn insert(&mut self, value: T) -> u32 {
        self.len += 1;
        if let Some(index) = self.free {
            let slot = &mut self.pages[index as usize / PAGE][index as usize % PAGE];
            if let Slot::Free(next) = *slot {
                self.free = next;
            }
            *slot = Slot::Taken(value);
            return index;
        }
        if self.pages.last().is_none_or(|page| page.len() == PAGE) {
            self.pages.push(Vec::with_capacity(PAGE));
        }
        let page = self.pages.len() - 1;
        let index = page * PAGE + self.pages[page].len();
        self.pages[page].push(Slot::Taken(value));
        index as u32
    }

    /// Takes an entry out.
    pub(crate) fn remove(&mut self, index: u32) -> Option<T> {
        let slot = self
            .pages
            .get_mut(index as usize / PAGE)?
            .get_mut(index as usize % PAGE)?;
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
        match self
            .pages
            .get(index as usize / PAGE)?
            .get(index as usize % PAGE)?
        {
            Slot::Taken(value) => Some(value),
            Slot::Free(_) => None,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        self.pages.iter().enumerate().flat_map(|(p, page)| {
            page.iter().enumerate().filter_map(move |(i, slot)| match slot {
                Slot::Taken(value) => Some(((p * PAGE + i) as u32, value)),
                Slot::Free(_) => None,
            })
        })
    }

    /// Bytes held by the pages.
    pub(crate) fn bytes(&self) -> usize {
        self.pages.len() * PAGE * std::mem::size_of::<Slot<T>>()
    }
}

// An index of ours that names a free slot is a defect of this crate, which its tests would show;
// the binding turns the panic into an exception.
#[allow(clippy::panic)]
impl<T> Index<u32> for Slots<T> {
    type Output = T;

    #[inline]
    fn index(&self, index: u32) -> &T {
        match &self.pages[index as usize / PAGE][index as usize % PAGE] {
            Slot::Taken(value) => value,
            Slot::Free(_) => panic!("slot {index} is free"),
        }
    }
}

#[allow(clippy::panic)]
impl<T> IndexMut<u32> for Slots<T> {
    #[inline]
    fn index_mut(&mut self, index: u32) -> &mut T {
        match &mut self.pages[index as usize / PAGE][index as usize % PAGE] {
            Slot::Taken(value) => value,
            Slot::Free(_) => panic!("slot {index} is free"),
        }
    }
}
