use std::sync::Arc;

use super::bytes::{Reader, Writer};
use crate::Result;

/// One room, as [`presence_core::Registry`] keeps it, without its members.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TopicRecord {
    pub(crate) name: Arc<str>,
    /// Empty when it has none.
    pub(crate) epoch: Arc<str>,
    pub(crate) version: u64,
    /// Members online at the last diff.
    pub(crate) published: u64,
    /// Members of whom something is left.
    pub(crate) online: u64,
    /// Members with a record, those of whom only a leave is to be told too.
    pub(crate) members: u64,
    /// Members of whom the next diff may have to tell.
    pub(crate) changes: u64,
    pub(crate) sampled: bool,
    /// No diff before this.
    pub(crate) window_until: u64,
    /// When it is looked at next; 0 for never.
    pub(crate) due: u64,
}

impl TopicRecord {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Writer::with_capacity(96 + self.name.len());
        out.u64(self.online);
        out.u64(self.version);
        out.u64(self.published);
        out.u64(self.members);
        out.u64(self.changes);
        out.u64(self.window_until);
        out.u64(self.due);
        out.u8(u8::from(self.sampled));
        out.name(&self.epoch);
        out.name(&self.name);
        out.0
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self> {
        let mut input = Reader::new(bytes);
        Ok(Self {
            online: input.u64()?,
            version: input.u64()?,
            published: input.u64()?,
            members: input.u64()?,
            changes: input.u64()?,
            window_until: input.u64()?,
            due: input.u64()?,
            sampled: input.u8()? != 0,
            epoch: input.name()?.into(),
            name: input.name()?.into(),
        })
    }

    /// How many are online, without the rest.
    pub(crate) fn online(bytes: &[u8]) -> Result<u64> {
        Reader::new(bytes).u64()
    }
}
