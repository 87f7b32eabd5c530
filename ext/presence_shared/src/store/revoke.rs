//! Who was sent away, so that no socket of theirs, in whatever process, brings them back.

use super::work::{number, Work};
use super::Store;
use crate::home::Home;
use crate::lmdb::{Entries, Order, Source};
use crate::record::bytes::{Reader, Writer};
use crate::record::{key, Entry};
use crate::Result;

/// So many are remembered.
const KEPT: u64 = 10_000;

impl Store {
    /// Says where the store is now: a session that begins now hands it in at each of its joins, so
    /// that it does not come back once its member was sent away after this moment.
    #[must_use]
    pub fn mark(&self, home: &Home) -> u64 {
        home.live.page().log.load(std::sync::atomic::Ordering::Acquire)
    }
}

impl Work<'_, '_> {
    /// Sends a member away, from one topic or from all (`""`).
    pub(super) fn revoke(&mut self, topic: &str, member: &str) -> Result<()> {
        let at = self.append(&Entry::Revoked {
            taker: self.taker,
            topic: topic.into(),
            member: member.into(),
        })?;
        let mut value = Writer::default();
        value.name(topic);
        value.name(member);
        self.w.put(&key::revoked(at), &value.0)?;
        self.w.state.revoked += 1;
        while self.w.state.revoked > KEPT {
            let first = Entries::of(&*self.w, key::REVOKED)?.next().transpose()?;
            let Some(first) = first.map(|(key, _)| key.to_vec()) else {
                break;
            };
            self.w.delete(&first)?;
            self.w.state.revoked -= 1;
        }
        Ok(())
    }

    /// Was this member sent away after the log had `since` entries?
    pub(super) fn is_revoked(&self, topic: &str, member: &str, since: u64) -> Result<bool> {
        if since >= self.w.state.log_last {
            return Ok(false);
        }
        let from = key::revoked(since.saturating_add(1));
        for entry in Entries::from(&*self.w, key::REVOKED, from, Order::Up)? {
            let mut input = Reader::new(entry?.1);
            let (of, whom) = (input.name()?, input.name()?);
            if whom == member && (of.is_empty() || of == topic) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The topics on which there is something left of a member.
    pub(super) fn topics_of(&self, member: &str) -> Result<Vec<u64>> {
        let mut found = Vec::new();
        for entry in Entries::of(&*self.w, key::NAME)? {
            let topic = number(entry?.1)?;
            if self.w.get(&key::member(topic, member.as_bytes()))?.is_some() {
                found.push(topic);
            }
        }
        Ok(found)
    }
}
