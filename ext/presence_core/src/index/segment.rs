use ahash::RandomState;

use super::line::{Key, Line};

/// A part of an index: open addressing with linear probing.
///
/// Hashes keep their order in here, so that growing reads and writes memory from one end to the
/// other.
#[derive(Debug, Default)]
pub(super) struct Segment {
    pub(super) lines: Box<[Line]>,
    len: usize,
}

impl Segment {
    /// The place of the line with this key that `is` it.
    #[inline]
    pub(super) fn find(&self, key: Key, hash: u64, is: impl Fn(&Line) -> bool) -> Option<usize> {
        let mut at = self.home(hash);
        // A segment without room has no line, and no home either.
        let first = self.lines.get(at)?.key == key;
        let second = self.next(at);
        // Nearly all are at home or next to it. Both are looked at, and then one is taken, without a branch in
        // between: the processor asks for both lines at once, and cannot guess wrong which one it is.
        if first | (self.lines[second].key == key) {
            let found = if first { at } else { second };
            if is(&self.lines[found]) {
                return Some(found);
            }
        }
        loop {
            let line = &self.lines[at];
            if line.key == key && is(line) {
                return Some(at);
            }
            if line.is_free() {
                return None;
            }
            at = self.next(at);
        }
    }

    /// Adds a line, and answers its place.
    pub(super) fn insert(&mut self, line: Line, hasher: &RandomState) -> usize {
        // A quarter stays free, so that no search is long.
        if (self.len + 1) * 4 > self.lines.len() * 3 {
            self.resize((self.lines.len() + self.lines.len() / 3 + 1).max(2), hasher);
        }
        self.len += 1;
        self.put(line, hasher)
    }

    /// Takes out the line at this place.
    pub(super) fn remove(&mut self, at: usize, hasher: &RandomState) {
        self.close(at, hasher);
        self.len -= 1;
        if self.len == 0 {
            self.lines = Box::default();
        } else if self.len * 4 < self.lines.len() {
            self.resize(self.len * 2, hasher);
        }
    }

    #[inline]
    fn home(&self, hash: u64) -> usize {
        (((hash >> 32) * self.lines.len() as u64) >> 32) as usize
    }

    #[inline]
    fn next(&self, at: usize) -> usize {
        let next = at + 1;
        if next == self.lines.len() {
            0
        } else {
            next
        }
    }

    fn put(&mut self, line: Line, hasher: &RandomState) -> usize {
        let mut at = self.home(line.key.hash(hasher));
        while !self.lines[at].is_free() {
            at = self.next(at);
        }
        self.lines[at] = line;
        at
    }

    /// Frees a place, and moves up those behind it that could not have theirs: no mark is left.
    fn close(&mut self, mut free: usize, hasher: &RandomState) {
        let size = self.lines.len();
        let after = |at: usize, from: usize| if at < from { at + size - from } else { at - from };
        self.lines[free] = Line::free();
        let mut at = self.next(free);
        while !self.lines[at].is_free() {
            let home = self.home(self.lines[at].key.hash(hasher));
            // It may move where its home is not between the free place and its own.
            if after(at, home) >= after(at, free) {
                self.lines.swap(free, at);
                free = at;
            }
            at = self.next(at);
        }
    }

    fn resize(&mut self, size: usize, hasher: &RandomState) {
        let lines = (0..size).map(|_| Line::free()).collect();
        let old = std::mem::replace(&mut self.lines, lines);
        for line in old.into_vec() {
            if !line.is_free() {
                self.put(line, hasher);
            }
        }
    }
}
