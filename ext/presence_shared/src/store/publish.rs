use std::sync::{Arc, OnceLock};

use presence_core::{Change, Diff, Entry as DiffEntry, Leave, Now};

use super::sweep::wrong_key;
use super::work::{miscounted, Work};
use super::Store;
use crate::home::{Home, Wait};
use crate::lmdb::{Entries, Source};
use crate::record::{key, Entry};
use crate::{Error, Result};

/// So many members are swept or told of in one transaction: a few milliseconds.
const BUDGET: usize = 1_000;
/// The same where there is hardly any room left.
const FEW: usize = 8;
/// A diff tells of so many members, or in so many bytes, at most; the rest follow in the next window.
const MAX_ENTRIES: usize = 2_000;
const MAX_BYTES: usize = 1_000_000;
/// The log has so many entries at most, and so large a part of the file.
const LOG_ENTRIES: u64 = 16_384;
const LOG_PART: u64 = 8;

impl Store {
    /// Sweeps and takes the diffs that are due; with `force` all that is pending. Answers whether all
    /// is done.
    pub fn tick(&self, home: &Home, wait: Wait, now: &Now, force: bool) -> Result<bool> {
        use std::sync::atomic::Ordering::{AcqRel, Relaxed};
        // Whatever is planned from here on sets it again.
        let due = self.due.swap(u64::MAX, AcqRel);
        let mut done = self.tick_by(home, wait, now, force, BUDGET);
        if matches!(done, Err(Error::Full(_))) {
            // Small steps need less room, and what they free is there for the next ones.
            done = self.tick_by(home, wait, now, force, FEW);
        }
        if matches!(done, Err(Error::Full(_))) {
            self.work(home, wait, now, true, |work| work.shorten_log())?;
            done = self.tick_by(home, wait, now, force, 1);
        }
        match &done {
            Ok((true, next)) => {
                home.live.page().swept.store(now.mono, Relaxed);
                // Whoever has looked after topics of their own goes on to look after all.
                if due != u64::MAX {
                    self.due.fetch_min(*next, AcqRel);
                }
            }
            // The next one goes on, at once.
            _ => self.due.store(now.mono, Relaxed),
        }
        done.map(|(done, _)| done)
    }

    fn tick_by(&self, home: &Home, wait: Wait, now: &Now, force: bool, budget: usize) -> Result<(bool, u64)> {
        self.work(home, wait, now, true, |work| {
            if !work.sweep(budget)? {
                return Ok((false, now.mono));
            }
            work.trim_seen()?;
            Ok((work.publish_due(force, budget)?, work.next_due()?))
        })
    }

    /// Publishes what is pending on a topic where its window allows it. Answers whether all is done.
    pub fn publish(&self, home: &Home, wait: Wait, topic: &str, now: &Now) -> Result<bool> {
        self.work(home, wait, now, true, |work| {
            if !work.sweep(BUDGET)? {
                return Ok(false);
            }
            let pending = |work: &mut Work<'_, '_>| -> Result<Option<u64>> {
                let Some(number) = work.find_topic(topic)? else {
                    return Ok(None);
                };
                let it = work.topic(number)?;
                Ok((it.changes > 0 && it.window_until <= now.mono).then_some(number))
            };
            if let Some(number) = pending(work)? {
                work.publish_topic(number, MAX_ENTRIES)?;
                // Without a window the rest of a crowd need not wait either.
                return Ok(pending(work)?.is_none());
            }
            Ok(true)
        })
    }
}

impl Work<'_, '_> {
    fn publish_due(&mut self, force: bool, budget: usize) -> Result<bool> {
        let mut left = budget;
        let now = self.now.mono;
        for (due, topic) in self.due_topics(force)? {
            let it = self.topic(topic)?;
            if it.due != due {
                return Err(wrong_key());
            }
            // An empty topic waits for the end of its window, whatever is asked.
            if it.changes == 0 && due > now {
                continue;
            }
            left = left.saturating_sub(it.changes as usize + 1);
            self.publish_topic(topic, budget.max(FEW))?;
            if left == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn next_due(&self) -> Result<u64> {
        let first = Entries::of(&*self.w, key::DUE)?.next().transpose()?;
        first.map_or(Ok(u64::MAX), |(key, _)| {
            key::number(key).map(|(due, _)| due).ok_or_else(wrong_key)
        })
    }

    fn due_topics(&self, force: bool) -> Result<Vec<(u64, u64)>> {
        let mut found = Vec::new();
        for entry in Entries::of(&*self.w, key::DUE)? {
            let (due, topic, _) = key::numbers(entry?.0).ok_or_else(wrong_key)?;
            if due > self.now.mono && !force {
                break;
            }
            found.push((due, topic));
            // Those that only wait for their end do not count, with `force`.
            if found.len() == BUDGET && !force {
                break;
            }
        }
        Ok(found)
    }

    /// Takes the diff of a topic: what changed, the version and the new state in one step.
    fn publish_topic(&mut self, topic: u64, most: usize) -> Result<()> {
        self.unplan(topic)?;
        let (mut joins, mut leaves, mut updates) = (Vec::new(), Vec::new(), Vec::new());
        let mut bytes = 0;
        for (order, id) in self.changed(topic, most.min(MAX_ENTRIES))? {
            if bytes > MAX_BYTES {
                break;
            }
            let Some(mut loaded) = self.load(topic, &id)? else {
                return Err(wrong_key());
            };
            self.w.delete(&key::changed(topic, order))?;
            loaded.record.order = 0;
            let changes = &mut self.topic_mut(topic)?.changes;
            *changes = changes.checked_sub(1).ok_or_else(miscounted)?;
            match loaded.record.member.settle() {
                None => {}
                Some(Change::Leave(was, reason)) => {
                    bytes += was.metas.len() + id.len() + 32;
                    let was = entry(&id, was);
                    leaves.push(Leave { was, reason });
                }
                Some(change) => {
                    if let Some(is) = loaded.record.member.published() {
                        bytes += is.metas.len() + id.len() + 32;
                        let list = if change == Change::Join {
                            &mut joins
                        } else {
                            &mut updates
                        };
                        list.push(entry(&id, is));
                    }
                }
            }
            if loaded.record.member.gone() {
                self.detach(loaded)?;
            } else {
                self.save(loaded)?;
            }
        }
        let entries = joins.len() + leaves.len() + updates.len();
        if entries > 0 {
            self.put_out(topic, (joins, leaves, updates))?;
            // What did not fit into this diff should not wait longer than anything else.
            let whole = self.topic(topic)?.changes == 0;
            let window = self.settings.window(if whole { entries as u64 } else { 0 });
            // Without a window nothing waits, not even for a clock that is read a little behind this one.
            let until = if window == 0 { 0 } else { self.now.mono + window };
            self.topic_mut(topic)?.window_until = until;
        }
        if self.topic(topic)?.changes > 0 {
            self.plan(topic)?;
        }
        self.close_if_empty(topic)
    }

    /// The members that the next diff tells of, in the order in which they changed.
    fn changed(&self, topic: u64, most: usize) -> Result<Vec<(u64, Box<str>)>> {
        let mut found = Vec::new();
        for entry in Entries::of(&*self.w, &key::changes(topic))?.take(most) {
            let (key, id) = entry?;
            let (_, order, _) = key::numbers(key).ok_or_else(wrong_key)?;
            found.push((order, std::str::from_utf8(id).map_err(|_| wrong_key())?.into()));
        }
        Ok(found)
    }

    fn put_out(
        &mut self,
        topic: u64,
        (joins, leaves, updates): (Vec<DiffEntry>, Vec<Leave>, Vec<DiffEntry>),
    ) -> Result<()> {
        let (settings, at) = (self.settings, self.now.wall);
        let it = self.topic_mut(topic)?;
        if it.epoch.is_empty() {
            it.epoch = presence_core::random_epoch().into();
        }
        let from = it.version;
        it.version += 1;
        it.published = (it.published + joins.len() as u64)
            .checked_sub(leaves.len() as u64)
            .ok_or_else(miscounted)?;
        it.sampled = settings.sampled(it.published as usize, it.sampled);
        let diff = Diff {
            topic: it.name.clone(),
            epoch: it.epoch.clone(),
            from,
            version: it.version,
            count: it.published as usize,
            sample: it.sampled,
            at,
            joins,
            leaves,
            updates,
            json: OnceLock::new(),
        };
        if it.published == 0 {
            it.epoch = "".into();
            it.version = 0;
        }
        let taker = self.taker;
        self.append(&Entry::Diff {
            taker,
            diff: Arc::new(diff),
        })
        .map(|_| ())
    }

    /// Appends to the log, and drops what it has no room for; answers the entry's number.
    pub(super) fn append(&mut self, entry: &Entry) -> Result<u64> {
        let bytes = entry.encode();
        let most = self.w.home().live.size() / LOG_PART;
        let state = &mut self.w.state;
        state.log_last += 1;
        state.log_bytes += bytes.len() as u64;
        let at = state.log_last;
        self.w.put(&key::log(at), &bytes)?;
        while self.w.state.log_last - self.w.state.log_first > LOG_ENTRIES || self.w.state.log_bytes > most {
            if !self.drop_first_entry()? {
                break;
            }
        }
        Ok(at)
    }

    /// Gives half of the log up, to have room: whoever has not read it takes snapshots.
    fn shorten_log(&mut self) -> Result<()> {
        for _ in 0..(self.w.state.log_last - self.w.state.log_first)
            .div_ceil(2)
            .min(FEW as u64 * 8)
        {
            self.drop_first_entry()?;
        }
        Ok(())
    }

    /// Never the last one.
    fn drop_first_entry(&mut self) -> Result<bool> {
        let first = self.w.state.log_first + 1;
        if first >= self.w.state.log_last {
            return Ok(false);
        }
        let len = self.w.get(&key::log(first))?.map(<[u8]>::len);
        let len = len.ok_or_else(|| Error::damaged("was damaged (its log has a hole)"))?;
        self.w.delete(&key::log(first))?;
        self.w.state.log_first = first;
        self.w.state.log_bytes = self.w.state.log_bytes.saturating_sub(len as u64);
        Ok(true)
    }
}

fn entry(id: &str, shown: presence_core::Published) -> DiffEntry {
    DiffEntry {
        id: id.into(),
        joined_at: shown.joined_at,
        metas: shown.metas,
        sessions: shown.sessions,
    }
}
