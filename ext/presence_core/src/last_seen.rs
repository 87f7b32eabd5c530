use lru::LruCache;
use std::num::NonZeroUsize;

use crate::now::Now;

/// When those who have left were last heard from, for the most recent of them.
#[derive(Debug)]
pub(crate) struct LastSeen {
    seen: Option<LruCache<Box<[u8]>, Seen, ahash::RandomState>>,
    keep: u64,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    wall: u64,
    left: u64,
}

impl LastSeen {
    pub(crate) fn new(limit: usize, keep: u64) -> Self {
        // Begun unbounded, which allocates nothing beforehand, then bounded.
        let seen = NonZeroUsize::new(limit).map(|limit| {
            let mut cache = LruCache::unbounded_with_hasher(ahash::RandomState::new());
            cache.resize(limit);
            cache
        });
        Self { seen, keep }
    }

    pub(crate) fn put(&mut self, topic: &str, member: &str, wall: u64, now: &Now) {
        if let Some(seen) = &mut self.seen {
            seen.put(key(topic, member), Seen { wall, left: now.mono });
        }
    }

    pub(crate) fn get(&self, topic: &str, member: &str, now: &Now) -> Option<u64> {
        let seen = self.seen.as_ref()?.peek(&key(topic, member))?;
        (now.mono < seen.left + self.keep).then_some(seen.wall)
    }

    /// Drops a few of those whose time is over; called on every tick.
    pub(crate) fn trim(&mut self, now: &Now) {
        let Some(seen) = &mut self.seen else { return };
        for _ in 0..64 {
            match seen.peek_lru() {
                Some((_, oldest)) if now.mono >= oldest.left + self.keep => seen.pop_lru(),
                _ => return,
            };
        }
    }
}

/// Names have at most 255 bytes, so the first byte tells where the topic ends.
fn key(topic: &str, member: &str) -> Box<[u8]> {
    let mut key = Vec::with_capacity(1 + topic.len() + member.len());
    key.push(topic.len() as u8);
    key.extend_from_slice(topic.as_bytes());
    key.extend_from_slice(member.as_bytes());
    key.into_boxed_slice()
}
