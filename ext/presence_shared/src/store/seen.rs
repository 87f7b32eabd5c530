//! When those who have left were last heard from, for the most recent of them.

use super::work::Work;
use crate::lmdb::{Entries, Source};
use crate::record::bytes::{Reader, Writer};
use crate::record::key;
use crate::Result;

/// Of so many it is looked at most whether their time is over, in one transaction.
const TRIM: usize = 64;

impl Work<'_, '_> {
    pub(super) fn remember(&mut self, topic: &str, member: &str, wall: u64) -> Result<()> {
        let limit = self.settings.last_seen_limit as u64;
        if limit == 0 {
            return Ok(());
        }
        let key = key::last_seen(topic, member);
        if let Some(bytes) = self.w.get(&key)? {
            let order = Seen::decode(bytes)?.order;
            self.w.delete(&key::left(order))?;
            self.w.state.left = self.w.state.left.saturating_sub(1);
        }
        self.w.state.order += 1;
        let order = self.w.state.order;
        let seen = Seen {
            wall,
            left: self.now.mono,
            order,
        };
        self.w.put(&key, &seen.encode())?;
        self.w.put(&key::left(order), &key)?;
        self.w.state.left += 1;
        while self.w.state.left > limit && self.forget_first(|_| true)? {}
        Ok(())
    }

    /// Drops a few of those whose time is over.
    pub(super) fn trim_seen(&mut self) -> Result<()> {
        let before = self.now.mono.saturating_sub(self.settings.last_seen_for);
        for _ in 0..TRIM {
            if !self.forget_first(|seen| seen.left <= before)? {
                break;
            }
        }
        Ok(())
    }

    fn forget_first(&mut self, over: impl FnOnce(&Seen) -> bool) -> Result<bool> {
        let first = Entries::of(&*self.w, key::LEFT)?.next().transpose()?;
        let Some((left, key)) = first.map(|(left, key)| (left.to_vec(), key.to_vec())) else {
            return Ok(false);
        };
        if let Some(bytes) = self.w.get(&key)? {
            if !over(&Seen::decode(bytes)?) {
                return Ok(false);
            }
            self.w.delete(&key)?;
        }
        self.w.delete(&left)?;
        self.w.state.left = self.w.state.left.saturating_sub(1);
        Ok(true)
    }
}

/// When somebody who has left was last seen.
pub(super) struct Seen {
    /// In ms since 1970.
    pub(super) wall: u64,
    /// When they left, on the store's clock.
    pub(super) left: u64,
    order: u64,
}

impl Seen {
    fn encode(&self) -> Vec<u8> {
        let mut out = Writer::with_capacity(24);
        out.u64(self.wall);
        out.u64(self.left);
        out.u64(self.order);
        out.0
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self> {
        let mut input = Reader::new(bytes);
        Ok(Self {
            wall: input.u64()?,
            left: input.u64()?,
            order: input.u64()?,
        })
    }
}
