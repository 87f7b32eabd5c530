use std::cell::Cell;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;

use hashbrown::HashTable;

use crate::diff::Diff;
use crate::index::{Key, Place};
use crate::last_seen::LastSeen;
use crate::limits::{LimitExceeded, Settings};
use crate::member::{Member, Meta};
use crate::now::Now;
use crate::slots::Slots;
use crate::topic::{Slot, Topic};
use crate::wheel::{Wheel, NONE};

mod publish;
mod read;
mod sweep;

pub use publish::MAX_ENTRIES;
pub use read::{MemberView, Position, SAMPLE};

/// The topic of a member, and the place of their line in its index. It holds until a member is
/// added to that topic, or taken out of it.
type Found = (u32, Place);

/// Every topic of a process: who is on it, when they expire, and what is to be told.
///
/// Writes are here; reads, the sweep of what expired and the taking of diffs have a file each.
#[derive(Debug)]
pub struct Registry {
    settings: Settings,
    hasher: ahash::RandomState,
    topics: Slots<Topic>,
    names: HashTable<u32>,
    /// The one that was asked for last.
    last_topic: Cell<u32>,
    /// Topics that have members.
    active: usize,
    slots: Slots<Slot>,
    wheel: Wheel,
    /// Topics by the time of their next diff, or of their end when they are empty.
    due: BinaryHeap<Reverse<(u64, u32)>>,
    /// Diffs taken and not yet fetched.
    outbox: VecDeque<Arc<Diff>>,
    last_seen: LastSeen,
    last_sweep: u64,
    /// When the ticker wakes by itself; what is due earlier has to wake it.
    wake_at: u64,
    wake: bool,
    /// The text of a snapshot that nobody needs any more; see [`Registry::reuse`].
    spare: String,
}

impl Registry {
    /// An empty registry.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            last_seen: LastSeen::new(settings.last_seen_limit, settings.last_seen_for),
            settings,
            hasher: ahash::RandomState::new(),
            topics: Slots::new(),
            names: HashTable::new(),
            last_topic: Cell::new(0),
            active: 0,
            slots: Slots::new(),
            wheel: Wheel::new(),
            due: BinaryHeap::new(),
            outbox: VecDeque::new(),
            last_sweep: 0,
            wake_at: u64::MAX,
            wake: false,
            spare: String::new(),
        }
    }

    /// Forgets everybody and everything, as a forked child does.
    pub fn clear(&mut self) {
        *self = Self::new(self.settings.clone());
    }

    /// Joins, or refreshes a live session; see [`Member::join`].
    pub fn join(
        &mut self,
        topic: &str,
        member: &str,
        session: &str,
        meta: Option<Meta>,
        ttl: u32,
        now: &Now,
    ) -> Result<bool, LimitExceeded> {
        let found = self.find_or_insert(topic, member, now)?;
        let limits = self.settings.limits;
        self.change(found, now, |it| it.join(session, meta, ttl, now, &limits))
    }

    /// A word from the client; see [`Member::touch`].
    #[inline]
    pub fn touch(&mut self, topic: &str, member: &str, session: &str, now: &Now) -> bool {
        let Some((at, place)) = self.find(topic, member) else {
            return false;
        };
        let line = &mut self.topics[at].members[place];
        line.touch(session, now).unwrap_or_else(|| {
            let heard = self.slots[line.slot].member.touch(session, now);
            if heard {
                line.seen_at = now.wall;
            }
            heard
        })
    }

    /// Replaces the meta of a live session; see [`Member::update`].
    pub fn update(
        &mut self,
        topic: &str,
        member: &str,
        session: &str,
        meta: Meta,
        now: &Now,
    ) -> Result<bool, LimitExceeded> {
        let Some(found) = self.find(topic, member) else {
            return Ok(false);
        };
        let limits = self.settings.limits;
        self.change(found, now, |it| it.update(session, meta, now, &limits))
    }

    /// Ends one session; see [`Member::leave`].
    pub fn leave(&mut self, topic: &str, member: &str, session: &str, linger: u32, now: &Now) -> bool {
        self.find(topic, member)
            .is_some_and(|found| self.change(found, now, |it| it.leave(session, linger, now)))
    }

    /// Ends every session of a member on one topic; see [`Member::leave_all`].
    pub fn leave_all(&mut self, topic: &str, member: &str, now: &Now) -> bool {
        self.find(topic, member)
            .is_some_and(|found| self.change(found, now, |it| it.leave_all(now)))
    }

    /// Ends every session of a member everywhere.
    pub fn leave_everywhere(&mut self, member: &str, now: &Now) -> bool {
        let topics: Vec<u32> = self.topics.iter().map(|(at, _)| at).collect();
        let found: Vec<Found> = topics
            .into_iter()
            .filter_map(|at| self.find_in(at, member))
            .collect();
        // One of each topic, so none moves another.
        found.into_iter().fold(false, |any, it| {
            self.change(it, now, |it| it.leave_all(now)) | any
        })
    }

    /// A page request keeps a place for its member; see [`Member::visit`].
    pub fn visit(
        &mut self,
        topic: &str,
        member: &str,
        (ttl, slack): (u32, u32),
        navigation: bool,
        now: &Now,
    ) -> Result<bool, LimitExceeded> {
        let found = self.find_or_insert(topic, member, now)?;
        Ok(self.change(found, now, |it| it.visit(ttl, slack, navigation, now)))
    }

    /// Whether the ticker has to be woken, since something is due before it wakes by itself.
    pub fn take_wake(&mut self) -> bool {
        std::mem::take(&mut self.wake)
    }

    /// The heap's bytes, roughly, for `ObjectSpace.memsize_of`.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let lines: usize = self.topics.iter().map(|(_, topic)| topic.members.bytes()).sum();
        self.slots.bytes() + self.topics.bytes() + lines + self.slots.len() * 64
    }

    #[inline]
    fn topic(&self, name: &str) -> Option<u32> {
        // Calls come in runs on one topic, which is then found without its hash.
        let last = self.last_topic.get();
        if self.topics.get(last).is_some_and(|topic| *topic.name == *name) {
            return Some(last);
        }
        let hash = self.hasher.hash_one(name);
        let found = self.names.find(hash, |&at| *self.topics[at].name == *name);
        found.map(|&at| {
            self.last_topic.set(at);
            at
        })
    }

    #[inline]
    fn find(&self, topic: &str, member: &str) -> Option<Found> {
        self.find_in(self.topic(topic)?, member)
    }

    #[inline]
    fn find_in(&self, topic: u32, member: &str) -> Option<Found> {
        let key = Key::of(member, &self.hasher);
        let members = &self.topics[topic].members;
        let place = members.find(key, &self.hasher, |at| *self.slots[at].id == *member)?;
        Some((topic, place))
    }

    /// Is the one who was found online?
    #[inline]
    fn online(&self, (at, place): Found, now: &Now) -> bool {
        let line = &self.topics[at].members[place];
        // Where the first session is over, what the member has of it is over too.
        line.live(now.mono) || self.slots[line.slot].member.online(now.mono)
    }

    /// The member, made where there is none yet and the limits allow it.
    fn find_or_insert(&mut self, topic: &str, member: &str, now: &Now) -> Result<Found, LimitExceeded> {
        let found = self.topic(topic);
        let known = found.and_then(|at| self.find_in(at, member));
        if let Some(known) = known {
            if self.online(known, now) {
                return Ok(known);
            }
        }
        if self.make_room(found, now)? {
            // What was found may have been swept away.
            return self.find_or_insert(topic, member, now);
        }
        if let Some(known) = known {
            return Ok(known);
        }
        let at = match found {
            Some(at) => at,
            None => {
                let at = self.topics.insert(Topic::new(topic));
                let (hasher, topics) = (&self.hasher, &self.topics);
                let rehash = |&at: &u32| hasher.hash_one(&*topics[at].name);
                self.names.insert_unique(hasher.hash_one(topic), at, rehash);
                at
            }
        };
        let index = self.slots.insert(Slot::new(member, at));
        let key = Key::of(member, &self.hasher);
        let place = self.topics[at].members.insert(key, &self.hasher, index);
        Ok((at, place))
    }

    /// Sees to it that there is room for one more member on this topic; answers whether it had to be made.
    fn make_room(&mut self, topic: Option<u32>, now: &Now) -> Result<bool, LimitExceeded> {
        let limits = self.settings.limits;
        let full = |it: &Self| match topic.and_then(|at| it.topics.get(at)) {
            Some(topic) if topic.online >= limits.max_members_per_topic => Some(LimitExceeded {
                limit: "max_members_per_topic",
                value: limits.max_members_per_topic,
            }),
            Some(topic) if topic.online > 0 => None,
            _ if it.active >= limits.max_topics => Some(LimitExceeded {
                limit: "max_topics",
                value: limits.max_topics,
            }),
            _ => None,
        };
        if full(self).is_none() {
            return Ok(false);
        }
        // Some of those who fill it may be over already. The rest of them are the ticker's: a crowd at
        // once would hold everybody up.
        while full(self).is_some() && !self.sweep(now, 1) {}
        full(self).map_or(Ok(true), Err)
    }

    /// Changes a member, and keeps the books.
    fn change<R>(&mut self, (at, place): Found, now: &Now, act: impl FnOnce(&mut Member) -> R) -> R {
        let line = &mut self.topics[at].members[place];
        let (index, member) = (line.slot, &mut self.slots[line.slot].member);
        let was_gone = member.gone();
        line.lend(member);
        let result = act(member);
        line.keep(member);
        self.after(index, was_gone, now);
        result
    }

    /// Keeps the books after a change: the topic's count, its dirty list, the wheel.
    fn after(&mut self, index: u32, was_gone: bool, now: &Now) {
        let slot = &mut self.slots[index];
        let at = slot.topic;
        let topic = &mut self.topics[at];
        let gone = slot.member.gone();
        if was_gone && !gone {
            topic.online += 1;
            self.active += usize::from(topic.online == 1);
        } else if gone && !was_gone {
            topic.online -= 1;
            self.active -= usize::from(topic.online == 0);
        }
        let next = slot.member.next_due();
        let told = slot
            .member
            .pending
            .as_ref()
            .map(|pending| pending.published.is_some());
        match told {
            // Came and went before anybody was told: as if they had never been here.
            Some(false) | None if gone => return self.forget(index, now),
            Some(_) if slot.dirty == NONE => {
                slot.dirty = topic.dirty.push(index);
                self.plan(at, now);
            }
            _ => {}
        }
        // Who is gone stays in the wheel until told of: to take them out would be to look at two others more.
        if let Some(due) = next {
            self.wheel.schedule(&mut self.slots, index, due, now.mono);
            self.rouse(due);
        }
    }

    /// Lets a topic's next diff be taken as soon as its window allows.
    fn plan(&mut self, at: u32, now: &Now) {
        let topic = &mut self.topics[at];
        let due = topic.window_until.max(now.mono);
        if topic.due.is_none_or(|planned| due < planned) {
            topic.due = Some(due);
            self.due.push(Reverse((due, at)));
        }
        self.rouse(due);
    }

    /// Has the ticker woken for what is due before it would wake by itself.
    fn rouse(&mut self, due: u64) {
        if due < self.wake_at {
            self.wake = true;
            self.wake_at = due;
        }
    }

    /// Takes a member out of everything, and an empty topic with them.
    fn forget(&mut self, index: u32, now: &Now) {
        let at = self.slots[index].topic;
        self.detach(index, now);
        self.close_if_empty(at, now);
    }

    /// An empty topic is kept until its window has passed, so that coming and going in a hurry
    /// makes no more diffs than anything else.
    fn close_if_empty(&mut self, at: u32, now: &Now) {
        let topic = &self.topics[at];
        if !topic.members.is_empty() {
            return;
        }
        if topic.window_until > now.mono {
            return self.plan(at, now);
        }
        if let Some(topic) = self.topics.remove(at) {
            let hash = self.hasher.hash_one(&*topic.name);
            if let Ok(entry) = self.names.find_entry(hash, |&found| found == at) {
                entry.remove();
            }
        }
    }

    /// Takes a member out of everything, and leaves their topic, if only for its diff.
    fn detach(&mut self, index: u32, now: &Now) {
        self.wheel.unlink(&mut self.slots, index);
        let Some(slot) = self.slots.remove(index) else {
            return;
        };
        let key = Key::of(&slot.id, &self.hasher);
        let topic = &mut self.topics[slot.topic];
        topic.members.remove(key, &self.hasher, index);
        if slot.dirty != NONE {
            if let Some(moved) = topic.dirty.remove(slot.dirty) {
                self.slots[moved].dirty = slot.dirty;
            }
        }
        if slot.member.seen_at > 0 {
            self.last_seen
                .put(&topic.name, &slot.id, slot.member.seen_at, now);
        }
    }
}
