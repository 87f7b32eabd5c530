use std::sync::Arc;

use super::Registry;
use crate::json;
use crate::now::Now;
use crate::page::Page;
use crate::snapshot::Snapshot;
use crate::topic::Slot;

/// So many members stand for a topic that is too large for a list.
pub const SAMPLE: usize = 20;
/// So many bytes at most are kept for the text of the next snapshot.
const SPARE: usize = 2 << 20;

/// One member as a read shows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberView {
    /// The member's id.
    pub id: Box<str>,
    /// Milliseconds since 1970.
    pub joined_at: u64,
    /// A JSON array of their metas.
    pub metas: String,
    /// How many live sessions they have; 0 while they linger.
    pub sessions: usize,
}

/// The epoch, version and count of a topic at its last diff.
pub type Position = (Arc<str>, u64, usize);

impl Registry {
    /// Is the member online?
    #[must_use]
    pub fn is_online(&self, topic: &str, member: &str, now: &Now) -> bool {
        self.find(topic, member)
            .is_some_and(|found| self.online(found, now))
    }

    /// For each of the members whether they are online, with one look-up of the topic.
    pub fn are_online<'a>(
        &self,
        topic: &str,
        members: impl Iterator<Item = Option<&'a str>>,
        now: &Now,
    ) -> Vec<bool> {
        let topic = self.topic(topic);
        let online = |at: u32, id| self.find_in(at, id).is_some_and(|found| self.online(found, now));
        members
            .map(|id| matches!((topic, id), (Some(at), Some(id)) if online(at, id)))
            .collect()
    }

    /// How many members are online. Like the lists below it is true once a sweep is done.
    #[must_use]
    pub fn count(&self, topic: &str) -> usize {
        self.topic(topic).map_or(0, |at| self.topics[at].online)
    }

    /// The members online, by `joined_at`, then by id.
    #[must_use]
    pub fn members(&mut self, topic: &str, now: &Now) -> Vec<MemberView> {
        if let Some(at) = self.topic(topic) {
            for line in self.topics[at].members.lines() {
                line.lend(&mut self.slots[line.slot].member);
            }
        }
        self.sorted(topic)
            .into_iter()
            .map(|slot| view(slot, now))
            .collect()
    }

    /// Their ids, in the same order.
    #[must_use]
    pub fn ids(&self, topic: &str) -> Vec<&str> {
        self.sorted(topic).into_iter().map(|slot| &*slot.id).collect()
    }

    /// One member, if online.
    #[must_use]
    pub fn member(&mut self, topic: &str, member: &str, now: &Now) -> Option<MemberView> {
        let (at, place) = self.find(topic, member)?;
        let line = &self.topics[at].members[place];
        let slot = &mut self.slots[line.slot];
        line.lend(&mut slot.member);
        slot.member.online(now.mono).then(|| view(slot, now))
    }

    /// When the member was last heard from, in milliseconds since 1970.
    #[must_use]
    pub fn last_seen_at(&self, topic: &str, member: &str, now: &Now) -> Option<u64> {
        match self.find(topic, member) {
            Some((at, place)) => Some(self.topics[at].members[place].seen_at),
            None => self.last_seen.get(topic, member, now),
        }
    }

    /// The names of the topics that have members.
    #[must_use]
    pub fn topic_names(&self) -> Vec<Arc<str>> {
        let active = self.topics.iter().filter(|(_, topic)| topic.online > 0);
        let mut names: Vec<_> = active.map(|(_, topic)| topic.name.clone()).collect();
        names.sort_unstable();
        names
    }

    /// What the diffs so far add up to.
    #[must_use]
    pub fn position(&self, topic: &str) -> Position {
        self.topic(topic).map_or_else(
            || ("".into(), 0, 0),
            |at| {
                let topic = &self.topics[at];
                (topic.epoch(), topic.version, topic.published)
            },
        )
    }

    /// Publishes what is pending on a topic where its window allows it, one diff's worth. Answers
    /// whether that was all: without a window, a crowd takes several calls.
    pub fn publish_pending(&mut self, topic: &str, now: &Now) -> bool {
        self.topic(topic).is_none_or(|at| self.publish_if_due(at, now))
    }

    /// The member list at the last diff, after what is pending was published where the window
    /// allows it. As clients get it (`sample`) a topic that is too large has only some members.
    pub fn snapshot(&mut self, topic: &str, sample: bool, now: &Now) -> Snapshot {
        while !self.publish_pending(topic, now) {}
        let Some(at) = self.topic(topic) else {
            return self.write_snapshot(topic, None, false);
        };
        let sample = sample && self.topics[at].sampled;
        self.write_snapshot(topic, Some(at), sample)
    }

    /// A part of that list: `limit` members at most, with ids above `after`, by the bytes of ids.
    pub fn page(&mut self, topic: &str, after: Option<&str>, limit: usize, now: &Now) -> Page {
        while !self.publish_pending(topic, now) {}
        let (epoch, version, count) = self.position(topic);
        let mut slots: Vec<&Slot> = match self.topic(topic) {
            Some(at) => {
                let slots = self.topics[at].members.slots().map(|index| &self.slots[index]);
                slots
                    .filter(|slot| after.is_none_or(|after| slot.id.as_str() > after) && told(slot))
                    .collect()
            }
            None => Vec::new(),
        };
        let more = slots.len() > limit;
        if more {
            slots.select_nth_unstable_by(limit, |a, b| a.id.cmp(&b.id));
            slots.truncate(limit);
        }
        slots.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        let mut json = Page::head(topic, &epoch, version, count, after, limit);
        let mut sessions = Vec::with_capacity(slots.len());
        for slot in &slots {
            let comma = !sessions.is_empty();
            if let Some(count) = write_published(&mut json, slot, comma) {
                sessions.push(count.min(usize::from(u16::MAX)) as u16);
            }
        }
        let next = slots.last().filter(|_| more).map(|slot| slot.id.as_str().into());
        Page::end(&mut json, next.as_deref());
        Page {
            epoch,
            version,
            count,
            next,
            json,
            sessions,
        }
    }

    /// Gives the text of a snapshot back, to write the next one into: memory that was used already
    /// costs the system nothing.
    pub fn reuse(&mut self, json: String) {
        if json.capacity() <= SPARE {
            self.spare = json;
        }
    }

    fn write_snapshot(&mut self, name: &str, at: Option<u32>, sample: bool) -> Snapshot {
        let mut out = std::mem::take(&mut self.spare);
        let topic = at.map(|at| &self.topics[at]);
        let epoch = topic.map_or_else(|| "".into(), |topic| topic.epoch());
        let (version, count) = topic.map_or((0, 0), |topic| (topic.version, topic.published));
        let listed = if sample { SAMPLE.min(count) } else { count };
        let heartbeat = &self.settings.heartbeat;
        out.clear();
        out.reserve(160 + listed * 96);
        out.push_str(&Snapshot::head(
            name, &epoch, version, count, sample, heartbeat, 160,
        ));
        let mut sessions: Vec<u16> = Vec::with_capacity(listed);
        let mut indices: Vec<u32> = match topic {
            Some(topic) => topic.members.slots().collect(),
            None => Vec::new(),
        };
        if !sample {
            // In the order in which they lie in memory: that is read twice as fast.
            indices.sort_unstable();
        }
        for index in indices {
            if sessions.len() == listed {
                break;
            }
            let comma = !sessions.is_empty();
            if let Some(count) = write_published(&mut out, &self.slots[index], comma) {
                sessions.push(count.min(usize::from(u16::MAX)) as u16);
            }
        }
        out.push_str("]}");
        Snapshot {
            epoch,
            version,
            count,
            sample,
            json: out,
            sessions,
        }
    }

    fn sorted(&self, topic: &str) -> Vec<&Slot> {
        let Some(at) = self.topic(topic) else {
            return Vec::new();
        };
        let members = self.topics[at].members.slots().map(|index| &self.slots[index]);
        let mut slots: Vec<&Slot> = members.filter(|slot| !slot.member.gone()).collect();
        slots.sort_unstable_by(|a, b| (a.member.joined_at, &a.id).cmp(&(b.member.joined_at, &b.id)));
        slots
    }
}

fn view(slot: &Slot, now: &Now) -> MemberView {
    let mut metas = String::new();
    let sessions = slot.member.write_metas(&mut metas, now.mono);
    MemberView {
        id: slot.id.as_str().into(),
        joined_at: slot.member.joined_at,
        metas,
        sessions,
    }
}

/// Did the last diff leave them there?
fn told(slot: &Slot) -> bool {
    let pending = slot.member.pending.as_ref();
    pending.is_none_or(|pending| pending.published.is_some())
}

/// Appends a member as the last diff left them, if it did; answers their number of sessions.
fn write_published(out: &mut String, slot: &Slot, comma: bool) -> Option<usize> {
    let member = &slot.member;
    let published = match &member.pending {
        Some(pending) => Some(pending.published.as_ref()?),
        None => None,
    };
    if comma {
        out.push(',');
    }
    let sessions = published.map_or(member.told as usize, |published| published.sessions);
    let joined_at = published.map_or(member.joined_at, |published| published.joined_at);
    json::member(out, &slot.id, joined_at, |out| match published {
        Some(published) => out.push_str(&published.metas),
        None => {
            member.write_metas(out, 0);
        }
    });
    Some(sessions)
}
