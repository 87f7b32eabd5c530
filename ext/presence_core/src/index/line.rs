use ahash::RandomState;

use crate::member::{Member, Token};
use crate::now::Now;

/// An id in 16 bytes: itself and its length where it is short, else its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key(u128);

/// The bytes of a short id.
const SHORT: usize = 15;
/// In place of a length.
const LONG: u8 = u8::MAX;
/// Of a line that is free; the length of an id is not 0.
const FREE: Key = Key(0);

impl Key {
    #[inline]
    pub(crate) fn of(id: &str, hasher: &RandomState) -> Self {
        let mut bytes = [0; SHORT + 1];
        if id.len() <= SHORT {
            bytes[..id.len()].copy_from_slice(id.as_bytes());
            bytes[SHORT] = id.len() as u8;
        } else {
            bytes[..8].copy_from_slice(&hasher.hash_one(id).to_le_bytes());
            bytes[SHORT] = LONG;
        }
        Self(u128::from_le_bytes(bytes))
    }

    /// Does it name one id only?
    #[inline]
    pub(super) fn is_whole(self) -> bool {
        (self.0 >> (8 * SHORT)) as u8 != LONG
    }

    #[inline]
    pub(super) fn hash(self, hasher: &RandomState) -> u64 {
        hasher.hash_one(self.0)
    }
}

/// What a heartbeat and a page view need of a member, in one line of the processor's cache: among
/// a million members each line more is a wait for memory more.
///
/// It is ahead of its member: a heartbeat of the first session is written down here alone.
/// [`Line::lend`] gives the member what is known here, before anything else is done with them, and
/// [`Line::keep`] takes it back.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub(crate) struct Line {
    pub(super) key: Key,
    /// When the first session is over, in monotonic nanoseconds; 0 without one.
    deadline: u64,
    /// Its name, and its ttl in ms.
    token: Token,
    ttl: u32,
    /// Where the rest of the member is.
    pub(crate) slot: u32,
    /// When one of their sessions was last heard from, in milliseconds since 1970.
    pub(crate) seen_at: u64,
}

impl Line {
    pub(super) fn new(key: Key, slot: u32) -> Self {
        Self {
            key,
            deadline: 0,
            token: Token::default(),
            ttl: 0,
            slot,
            seen_at: 0,
        }
    }

    pub(super) fn free() -> Self {
        Self::new(FREE, 0)
    }

    pub(super) fn is_free(&self) -> bool {
        self.key == FREE
    }

    /// Is the first session live at `mono`?
    #[inline]
    pub(crate) fn live(&self, mono: u64) -> bool {
        self.deadline > mono
    }

    /// As [`Member::touch`]; `None` where it is about another session than the first.
    #[inline]
    pub(crate) fn touch(&mut self, token: &str, now: &Now) -> Option<bool> {
        if *self.token != *token {
            return None;
        }
        if !self.live(now.mono) {
            return Some(false);
        }
        self.deadline = now.deadline(self.ttl);
        self.seen_at = now.wall;
        Some(true)
    }

    pub(crate) fn lend(&self, member: &mut Member) {
        if let Some(first) = member.sessions.first_mut() {
            first.deadline = self.deadline;
        }
        member.seen_at = self.seen_at;
    }

    pub(crate) fn keep(&mut self, member: &Member) {
        self.seen_at = member.seen_at;
        let Some(first) = member.sessions.first() else {
            self.deadline = 0;
            self.token = Token::default();
            return;
        };
        self.deadline = first.deadline;
        self.ttl = first.ttl;
        if self.token != first.token {
            self.token = first.token.clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use ahash::RandomState;

    use super::{Key, Line, SHORT};

    #[test]
    fn a_line_is_one() {
        assert_eq!(std::mem::size_of::<Line>(), 64);
    }

    #[test]
    fn short_ids_have_keys_of_their_own() {
        let hasher = RandomState::new();
        let ids = ["a", "a\0", "\0", "\0\0", "b", "ab", "123456789012345", "\u{ff}"];
        let keys = ids.map(|id| Key::of(id, &hasher).0);
        assert_eq!(BTreeSet::from(keys).len(), ids.len());
        assert!(ids.iter().all(|id| Key::of(id, &hasher).is_whole()));
        assert!(!Key::of(&"x".repeat(SHORT + 1), &hasher).is_whole());
    }
}
