use std::cmp::Reverse;
use std::sync::Arc;

use super::Registry;
use crate::diff::{Diff, Entry, Leave};
use crate::epoch;
use crate::member::{Change, Published};
use crate::now::Now;
use crate::wheel::NONE;

/// A diff tells of so many members at most; the rest follow in the next window. It bounds how
/// long the taking of one holds everybody up.
pub const MAX_ENTRIES: usize = 2_500;

impl Registry {
    /// Sweeps and takes the diffs that are due; with `force` all that is pending. It stops after
    /// about `budget` members and answers whether all is done. The diffs go to the outbox.
    pub fn tick(&mut self, now: &Now, force: bool, budget: usize) -> bool {
        if !self.sweep(now, budget) {
            return false;
        }
        self.last_sweep = now.mono;
        self.last_seen.trim(now);
        let mut left = budget;
        let mut held = Vec::new();
        while let Some(&Reverse((due, at))) = self.due.peek() {
            if due > now.mono && !force {
                break;
            }
            self.due.pop();
            if self.topics.get(at).is_none_or(|topic| topic.due != Some(due)) {
                continue; // an entry of before: the topic was planned anew, or is gone
            }
            if self.topics[at].dirty.is_empty() && due > now.mono {
                held.push(Reverse((due, at)));
                continue;
            }
            left = left.saturating_sub(self.topics[at].dirty.len().min(MAX_ENTRIES) + 1);
            self.publish(at, now);
            if left == 0 {
                break;
            }
        }
        self.due.extend(held);
        left > 0
    }

    /// Takes one topic's diff where its window allows. Answers whether there is no other to take now.
    pub(super) fn publish_if_due(&mut self, at: u32, now: &Now) -> bool {
        let due = |it: &Self| {
            let topic = it.topics.get(at);
            topic.is_some_and(|topic| !topic.dirty.is_empty() && topic.window_until <= now.mono)
        };
        if due(self) {
            self.publish(at, now);
        }
        !due(self)
    }

    /// All diffs taken since the last call, in the order of their taking.
    pub fn drain(&mut self) -> Vec<Arc<Diff>> {
        self.outbox.drain(..).collect()
    }

    /// Takes the diff of a topic: what changed, the version and the new state in one step.
    fn publish(&mut self, at: u32, now: &Now) {
        self.topics[at].due = None;
        let (mut joins, mut leaves, mut updates) = (Vec::new(), Vec::new(), Vec::new());
        for index in self.take_dirty(at) {
            let slot = &mut self.slots[index];
            let entry = |it: Published| Entry {
                id: slot.id.as_str().into(),
                joined_at: it.joined_at,
                metas: it.metas,
                sessions: it.sessions,
            };
            match slot.member.take_change() {
                Some((Change::Join, Some(is))) => joins.push(entry(is)),
                Some((Change::Update, Some(is))) => updates.push(entry(is)),
                Some((Change::Leave(was, reason), _)) => leaves.push(Leave {
                    was: entry(was),
                    reason,
                }),
                _ => {}
            }
            if slot.member.gone() {
                self.detach(index, now);
            }
        }
        let entries = joins.len() + leaves.len() + updates.len();
        if entries > 0 {
            self.put_out(at, (joins, leaves, updates), now);
            // What did not fit into this diff should not wait longer than anything else.
            let whole = self.topics[at].dirty.is_empty();
            let window = self.settings.window(if whole { entries as u64 } else { 0 });
            // Without a window nothing waits, not even for a clock that is read a little behind this one.
            self.topics[at].window_until = if window == 0 { 0 } else { now.mono + window };
        }
        if !self.topics[at].dirty.is_empty() {
            self.plan(at, now);
        }
        self.close_if_empty(at, now);
    }

    /// The members that the next diff tells of, in the order in which they changed.
    fn take_dirty(&mut self, at: u32) -> Vec<u32> {
        let batch = self.topics[at].dirty.take(MAX_ENTRIES);
        for &index in &batch {
            self.slots[index].dirty = NONE;
        }
        batch
    }

    fn put_out(
        &mut self,
        at: u32,
        (joins, leaves, updates): (Vec<Entry>, Vec<Leave>, Vec<Entry>),
        now: &Now,
    ) {
        let topic = &mut self.topics[at];
        let from = topic.version;
        let epoch = topic.epoch.get_or_insert_with(|| epoch::random().into()).clone();
        topic.version += 1;
        topic.published = topic.published + joins.len() - leaves.len();
        topic.sampled = self.settings.sampled(topic.published, topic.sampled);
        self.outbox.push_back(Arc::new(Diff {
            topic: topic.name.clone(),
            epoch,
            from,
            version: topic.version,
            count: topic.published,
            sample: topic.sampled,
            at: now.wall,
            joins,
            leaves,
            updates,
            json: std::sync::OnceLock::new(),
        }));
        if topic.published == 0 {
            topic.epoch = None;
            topic.version = 0;
        }
    }
}
