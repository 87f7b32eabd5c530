use std::sync::Arc;

use hashbrown::HashMap;
use presence_core::{MemberView, Now, Position};

use super::seen::Seen;
use super::sweep::wrong_key;
use super::work::number;
use super::Store;
use crate::home::Home;
use crate::lmdb::{Entries, Order, Read, Source};
use crate::record::{key, MemberRecord, Online, TopicRecord};
use crate::Result;

/// One moment's state, to read from.
pub(super) struct View<'a> {
    pub(super) read: &'a Read<'a>,
    pub(super) home: &'a Home,
    pub(super) mono: u64,
}

impl Store {
    pub(super) fn view<R>(
        &self,
        home: &Home,
        now: &Now,
        act: impl FnOnce(&View<'_>) -> Result<R>,
    ) -> Result<R> {
        home.read(|read| {
            act(&View {
                read,
                home,
                mono: now.mono,
            })
        })
    }

    /// Is the member online? Of those whom it was asked for before, the slot of a session tells, which
    /// costs a third of looking them up.
    #[inline]
    pub fn is_online(&self, home: &Home, topic: &str, member: &str, now: &Now) -> Result<bool> {
        let mut asked = self.asked.lock();
        let key = asked.key((topic, member));
        if let Some((slot, tag)) = asked.get(key) {
            if home.usable()
                && home
                    .live
                    .slot(slot)
                    .is_some_and(|slot| slot.is_live(tag, now.mono))
            {
                return Ok(true);
            }
            asked.forget(key);
        }
        let online = self.view(home, now, |view| match view.topic(topic)? {
            Some(topic) => view.online_by(topic, member),
            None => Ok(None),
        })?;
        if let Some(Online::Session(ear)) = online {
            asked.put(key, (ear.number, ear.tag));
        }
        Ok(online.is_some())
    }

    /// For each of the members whether they are online, with one look-up of the topic.
    pub fn are_online<'a>(
        &self,
        home: &Home,
        topic: &str,
        members: impl Iterator<Item = Option<&'a str>>,
        now: &Now,
    ) -> Result<Vec<bool>> {
        self.view(home, now, |view| {
            let topic = view.topic(topic)?;
            members
                .map(|member| match (topic, member) {
                    (Some(topic), Some(member)) => view.online(topic, member),
                    _ => Ok(false),
                })
                .collect()
        })
    }

    /// How many members are online.
    pub fn count(&self, home: &Home, topic: &str, now: &Now) -> Result<usize> {
        self.view(home, now, |view| {
            let Some(topic) = view.topic(topic)? else {
                return Ok(0);
            };
            let online = view
                .read
                .get(&key::topic(topic))?
                .map_or(Ok(0), TopicRecord::online)?;
            let over = view.over(Some(topic))?.get(&topic).copied().unwrap_or(0);
            Ok(online.saturating_sub(over) as usize)
        })
    }

    /// The members online, by `joined_at`, then by id.
    pub fn members(&self, home: &Home, topic: &str, now: &Now) -> Result<Vec<MemberView>> {
        let mut found = Vec::new();
        self.view(home, now, |view| {
            view.each_member(topic, |id, bytes| {
                let member = MemberRecord::view(bytes, &home.live)?.member;
                if member.online(now.mono) {
                    found.push(show(id, &member, now));
                }
                Ok(())
            })
        })?;
        found.sort_unstable_by(|a, b| (a.joined_at, &a.id).cmp(&(b.joined_at, &b.id)));
        Ok(found)
    }

    /// Their ids, in the same order.
    pub fn ids(&self, home: &Home, topic: &str, now: &Now) -> Result<Vec<Box<str>>> {
        let mut found: Vec<(u64, Box<str>)> = Vec::new();
        self.view(home, now, |view| {
            view.each_member(topic, |id, bytes| {
                if MemberRecord::online(bytes, &home.live, now.mono)? {
                    found.push((MemberRecord::joined_at(bytes)?, id.into()));
                }
                Ok(())
            })
        })?;
        found.sort_unstable();
        Ok(found.into_iter().map(|(_, id)| id).collect())
    }

    /// One member, if online.
    pub fn member(&self, home: &Home, topic: &str, member: &str, now: &Now) -> Result<Option<MemberView>> {
        self.view(home, now, |view| {
            let Some(topic) = view.topic(topic)? else {
                return Ok(None);
            };
            let Some(bytes) = view.read.get(&key::member(topic, member.as_bytes()))? else {
                return Ok(None);
            };
            let it = MemberRecord::view(bytes, &home.live)?.member;
            Ok(it.online(now.mono).then(|| show(member, &it, now)))
        })
    }

    /// When the member was last heard from, in milliseconds since 1970.
    pub fn last_seen_at(&self, home: &Home, topic: &str, member: &str, now: &Now) -> Result<Option<u64>> {
        self.view(home, now, |view| {
            let known = match view.topic(topic)? {
                Some(topic) => view.read.get(&key::member(topic, member.as_bytes()))?,
                None => None,
            };
            if let Some(bytes) = known {
                return Ok(Some(MemberRecord::view(bytes, &home.live)?.member.seen_at));
            }
            let seen = view
                .read
                .get(&key::last_seen(topic, member))?
                .map(Seen::decode)
                .transpose()?;
            let keep = self.settings.last_seen_for;
            Ok(seen
                .filter(|seen| now.mono < seen.left.saturating_add(keep))
                .map(|seen| seen.wall))
        })
    }

    /// The names of the topics that have members, sorted.
    pub fn topic_names(&self, home: &Home, now: &Now) -> Result<Vec<Arc<str>>> {
        let mut names = self.view(home, now, |view| {
            let over = view.over(None)?;
            let mut names = Vec::new();
            for entry in Entries::of(view.read, key::TOPIC)? {
                let (key, bytes) = entry?;
                let (topic, _) = key::number(key).ok_or_else(wrong_key)?;
                if TopicRecord::online(bytes)? > over.get(&topic).copied().unwrap_or(0) {
                    names.push(TopicRecord::decode(bytes)?.name);
                }
            }
            Ok(names)
        })?;
        names.sort_unstable();
        Ok(names)
    }

    /// What the diffs so far add up to.
    pub fn position(&self, home: &Home, topic: &str, now: &Now) -> Result<Position> {
        self.view(home, now, |view| {
            Ok(match view.record(topic)? {
                Some((_, it)) => (it.epoch, it.version, it.published as usize),
                None => ("".into(), 0, 0),
            })
        })
    }

    /// Has something to be published before a snapshot of this topic tells the truth of now?
    pub fn is_pending(&self, home: &Home, topic: &str, now: &Now) -> Result<bool> {
        self.view(home, now, |view| match view.record(topic)? {
            None => Ok(false),
            Some((_, it)) if it.window_until > now.mono => Ok(false),
            Some((_, it)) if it.changes > 0 => Ok(true),
            Some((topic, _)) => view.each_due(Some(topic), |_, bytes| {
                MemberRecord::over(bytes, &home.live, now.mono)
            }),
        })
    }
}

impl View<'_> {
    #[inline]
    pub(super) fn topic(&self, name: &str) -> Result<Option<u64>> {
        self.read.get(&key::name(name))?.map(number).transpose()
    }

    pub(super) fn record(&self, name: &str) -> Result<Option<(u64, TopicRecord)>> {
        let Some(topic) = self.topic(name)? else {
            return Ok(None);
        };
        let bytes = self
            .read
            .get(&key::topic(topic))?
            .ok_or_else(super::work::lost_topic)?;
        Ok(Some((topic, TopicRecord::decode(bytes)?)))
    }

    #[inline]
    fn online(&self, topic: u64, member: &str) -> Result<bool> {
        self.online_by(topic, member).map(|online| online.is_some())
    }

    #[inline]
    fn online_by(&self, topic: u64, member: &str) -> Result<Option<Online>> {
        match self.read.get(&key::member(topic, member.as_bytes()))? {
            Some(bytes) => MemberRecord::online_by(bytes, &self.home.live, self.mono),
            None => Ok(None),
        }
    }

    pub(super) fn each_member(
        &self,
        topic: &str,
        mut act: impl FnMut(&str, &[u8]) -> Result<()>,
    ) -> Result<()> {
        let Some(topic) = self.topic(topic)? else {
            return Ok(());
        };
        for entry in Entries::of(self.read, &key::members(topic))? {
            let (key, bytes) = entry?;
            let (_, id) = key::number(key).ok_or_else(wrong_key)?;
            act(std::str::from_utf8(id).map_err(|_| wrong_key())?, bytes)?;
        }
        Ok(())
    }

    /// The members whose ids are above `after`, by the bytes of ids, which is how they lie there.
    pub(super) fn members_after<'b>(
        &'b self,
        topic: &str,
        after: Option<&'b str>,
    ) -> Result<impl Iterator<Item = Result<(&'b str, &'b [u8])>> + 'b> {
        let entries = match self.topic(topic)? {
            Some(topic) => {
                let from = key::member(topic, after.unwrap_or_default().as_bytes());
                Some(Entries::from(self.read, &key::members(topic), from, Order::Up)?)
            }
            None => None,
        };
        let members = entries.into_iter().flatten().map(|entry| {
            let (key, bytes) = entry?;
            let (_, id) = key::number(key).ok_or_else(wrong_key)?;
            Ok((std::str::from_utf8(id).map_err(|_| wrong_key())?, bytes))
        });
        Ok(members.filter(move |entry| !matches!(entry, Ok((id, _)) if Some(*id) == after)))
    }

    /// How many members of each topic, or of one, are over and not swept yet.
    fn over(&self, topic: Option<u64>) -> Result<HashMap<u64, u64, ahash::RandomState>> {
        let mut found = HashMap::default();
        self.each_due(topic, |of, bytes| {
            if !MemberRecord::online(bytes, &self.home.live, self.mono)? {
                *found.entry(of).or_insert(0) += 1;
            }
            Ok(false)
        })?;
        Ok(found)
    }

    /// Goes through those who are to be looked at by now, until `act` answers true.
    fn each_due(&self, topic: Option<u64>, mut act: impl FnMut(u64, &[u8]) -> Result<bool>) -> Result<bool> {
        for entry in Entries::of(self.read, key::EXPIRY)? {
            let (due, of, id) = key::numbers(entry?.0).ok_or_else(wrong_key)?;
            if due > self.mono {
                break;
            }
            if topic.is_none_or(|topic| topic == of) {
                let bytes = self.read.get(&key::member(of, id))?.ok_or_else(wrong_key)?;
                if act(of, bytes)? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}

fn show(id: &str, member: &presence_core::Member, now: &Now) -> MemberView {
    let mut metas = String::new();
    let sessions = member.write_metas(&mut metas, now.mono);
    MemberView {
        id: id.into(),
        joined_at: member.joined_at,
        metas,
        sessions,
    }
}
