use std::collections::VecDeque;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::index::Index;
use crate::wheel::{Linked, Links, NONE};
use crate::Member;

/// One room: who is in it, and what was told of it.
#[derive(Debug)]
pub(crate) struct Topic {
    pub(crate) name: Arc<str>,
    pub(crate) members: Index,
    /// Members that the next diff may have to tell of.
    pub(crate) dirty: Dirty,
    /// Members of whom something is left; all online once what is due was swept.
    pub(crate) online: usize,
    pub(crate) epoch: Option<Arc<str>>,
    pub(crate) version: u64,
    /// Members online at the last diff.
    pub(crate) published: usize,
    pub(crate) sampled: bool,
    /// No diff before this.
    pub(crate) window_until: u64,
    /// The valid entry of this topic in the registry's queue.
    pub(crate) due: Option<u64>,
}

impl Topic {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            members: Index::default(),
            dirty: Dirty::default(),
            online: 0,
            epoch: None,
            version: 0,
            published: 0,
            sampled: false,
            window_until: 0,
            due: None,
        }
    }

    pub(crate) fn epoch(&self) -> Arc<str> {
        self.epoch.clone().unwrap_or_else(|| "".into())
    }
}

/// Members in the order in which they changed. Each has a number that stays while others before it
/// are taken out, so that taking a piece of a crowd costs no more than that piece.
#[derive(Debug, Default)]
pub(crate) struct Dirty {
    list: VecDeque<u32>,
    /// The number of the first.
    base: u32,
}

impl Dirty {
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Answers its number.
    pub(crate) fn push(&mut self, index: u32) -> u32 {
        self.list.push_back(index);
        self.base.wrapping_add(self.list.len() as u32 - 1)
    }

    /// Takes out the one with this number; answers who has that number now.
    pub(crate) fn remove(&mut self, number: u32) -> Option<u32> {
        let place = number.wrapping_sub(self.base) as usize;
        self.list.swap_remove_back(place);
        let moved = self.list.get(place).copied();
        self.rest();
        moved
    }

    /// Takes out the first of them, so many at most.
    pub(crate) fn take(&mut self, most: usize) -> Vec<u32> {
        let taken: Vec<u32> = self.list.drain(..self.list.len().min(most)).collect();
        self.base = self.base.wrapping_add(taken.len() as u32);
        self.rest();
        taken
    }

    /// An empty one holds no memory.
    fn rest(&mut self) {
        if self.list.is_empty() {
            *self = Self::default();
        }
    }
}

/// A member in their place in the registry; what a heartbeat needs of them is in the topic's index.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) id: SmolStr,
    pub(crate) member: Member,
    pub(crate) links: Links,
    pub(crate) topic: u32,
    /// Their number in the topic's dirty list, or NONE.
    pub(crate) dirty: u32,
}

impl Slot {
    pub(crate) fn new(id: &str, topic: u32) -> Self {
        Self {
            id: id.into(),
            topic,
            dirty: NONE,
            links: Links::default(),
            member: Member::default(),
        }
    }
}

impl Linked for Slot {
    fn links(&self) -> &Links {
        &self.links
    }

    fn links_mut(&mut self) -> &mut Links {
        &mut self.links
    }
}
