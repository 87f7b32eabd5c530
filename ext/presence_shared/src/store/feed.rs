use std::sync::atomic::Ordering;
use std::sync::Arc;

use hashbrown::{HashMap, HashSet};
use presence_core::Diff;

use super::sweep::wrong_key;
use super::Store;
use crate::home::Home;
use crate::lmdb::{Entries, Order, Read};
use crate::record::{key, Entry, TopicRecord};
use crate::Result;

/// So many entries are handed on at once.
const PORTION: usize = 1_000;

/// Something that a registry is told, in the order in which it happened.
#[derive(Debug)]
pub enum Item {
    /// A diff, and whether this registry has taken it.
    Diff(Arc<Diff>, bool),
    /// A member was sent away, from a topic or from all (`None`), by another registry: none of its
    /// sessions that began before the log had so many entries comes back.
    Revoked(Option<Box<str>>, Box<str>, u64),
    /// Diffs of this topic are lost to this registry: it has to look at a snapshot.
    Lost(Box<str>),
}

/// How far a registry has followed the log.
#[derive(Debug, Default)]
pub(super) struct Feed {
    cursor: u64,
    /// What it was told last of each topic, so that after a gap it is told only of those that changed.
    known: HashMap<Box<str>, (Arc<str>, u64), ahash::RandomState>,
    /// Those that a gap has concerned, to be told of.
    lost: Vec<Box<str>>,
}

impl Feed {
    /// Begins to follow another log, at its end.
    pub(super) fn enter(&mut self, cursor: u64) {
        self.cursor = cursor;
        self.lost.extend(std::mem::take(&mut self.known).into_keys());
    }

    fn note(&mut self, diff: &Diff) {
        if diff.count == 0 {
            self.known.remove(&*diff.topic);
        } else {
            self.known
                .insert((&*diff.topic).into(), (diff.epoch.clone(), diff.version));
        }
    }

    /// The log does not reach back to where this has come: which topics are others now?
    fn skip(&mut self, read: &Read<'_>) -> Result<()> {
        let mut there: HashSet<Arc<str>, ahash::RandomState> = HashSet::default();
        for entry in Entries::of(read, key::TOPIC)? {
            let record = TopicRecord::decode(entry?.1)?;
            if record.epoch.is_empty() {
                continue;
            }
            let now = (record.epoch, record.version);
            there.insert(record.name.clone());
            if self.known.insert((&*record.name).into(), now.clone()) != Some(now) {
                self.lost.push((&*record.name).into());
            }
        }
        let lost = &mut self.lost;
        self.known.retain(|topic, _| {
            let here = there.contains(&**topic);
            if !here {
                lost.push(topic.clone());
            }
            here
        });
        Ok(())
    }
}

impl Store {
    /// Is there something to be handed on?
    pub(super) fn has_news(&self, home: &Home) -> bool {
        let feed = self.feed.lock();
        !feed.lost.is_empty() || home.live.page().log.load(Ordering::Acquire) > feed.cursor
    }

    /// What has happened since the last call, as far as fits into a portion.
    pub fn drain(&self, home: &Home) -> Result<Vec<Item>> {
        if !self.has_news(home) {
            return Ok(Vec::new());
        }
        let own = self.id.load(Ordering::Relaxed);
        let mut feed = self.feed.lock();
        home.read(|read| {
            let mut items: Vec<Item> = Vec::new();
            let mut cursor = feed.cursor;
            let mut entries = Entries::from(read, key::LOG, key::log(cursor + 1), Order::Up)?.peekable();
            while items.len() < PORTION {
                let Some(entry) = entries.next() else { break };
                let (key, bytes) = entry?;
                let (number, _) = key::number(key).ok_or_else(wrong_key)?;
                if number > cursor + 1 {
                    // What is in the log from here on is in what is found by skipping, too.
                    feed.skip(read)?;
                    cursor = last(read)?;
                    break;
                }
                cursor = number;
                match Entry::decode(bytes)? {
                    Entry::Diff { taker, diff } => {
                        feed.note(&diff);
                        items.push(Item::Diff(diff, taker == own));
                    }
                    Entry::Revoked { taker, topic, member } if taker != own => {
                        items.push(Item::Revoked(
                            (!topic.is_empty()).then_some(topic),
                            member,
                            number,
                        ));
                    }
                    Entry::Revoked { .. } => {}
                }
            }
            feed.cursor = cursor;
            Ok(items)
        })
        .map(|mut items| {
            let lost = std::mem::take(&mut feed.lost);
            items.extend(lost.into_iter().map(Item::Lost));
            items
        })
    }
}

/// The number of the last entry.
fn last(read: &Read<'_>) -> Result<u64> {
    let end = Entries::from(read, key::LOG, key::log(u64::MAX), Order::Down)?
        .next()
        .transpose()?;
    end.map_or(Ok(0), |(key, _)| {
        key::number(key).map(|(number, _)| number).ok_or_else(wrong_key)
    })
}
