use std::sync::Arc;

use hashbrown::HashTable;

use crate::wheel::{Linked, Links, NONE};
use crate::Member;

/// One room: who is in it, and what was told of it.
#[derive(Debug)]
pub(crate) struct Topic {
    pub(crate) name: Arc<str>,
    pub(crate) members: HashTable<u32>,
    /// Members that the next diff may have to tell of.
    pub(crate) dirty: Vec<u32>,
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
            members: HashTable::new(),
            dirty: Vec::new(),
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

/// A member in their place in the registry.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) id: Box<str>,
    pub(crate) topic: u32,
    /// Their place in the topic's dirty list, or NONE.
    pub(crate) dirty: u32,
    pub(crate) links: Links,
    pub(crate) member: Member,
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
