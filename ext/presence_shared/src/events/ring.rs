use std::fs::File;
use std::sync::atomic::{fence, AtomicU64, Ordering};

use super::file;
use super::page::{Page, HEAD, ROOM};
use crate::home::{Home, Wait};
use crate::os::{futex, map::Map};
use crate::{Error, Result};

/// Bytes of a word: everything in the ring is written and read in these, each in one piece.
const WORD: u64 = 8;
/// A record begins with two of them: its number, and how many bytes it has.
const PREFIX: u64 = 2 * WORD;
/// No record is larger: some must fit beside each other.
const LARGEST: u64 = ROOM / 8;

/// The ring of events of a store's directory, open in this process. A child may go on using its
/// parent's, since nothing of it belongs to a process.
#[derive(Debug)]
pub struct Ring {
    file: File,
    map: Map,
}

/// How far somebody has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    position: u64,
    /// The number of the next record.
    number: u64,
}

/// What was read.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// The events, oldest first.
    pub events: Vec<Vec<u8>>,
    /// How many were written over before they could be read.
    pub lost: u64,
}

impl Ring {
    /// Opens the ring in the directory of a store, or makes it.
    pub fn open(home: &Home) -> Result<Self> {
        let (file, map) = file::open(home.path())?;
        Ok(Self { file, map })
    }

    /// Is this the one that others use, too? Somebody may have removed the file. Cheap, but system
    /// calls: once a second is enough.
    #[must_use]
    pub fn is_current(&self, home: &Home) -> bool {
        file::is_named(&self.file, home.path())
    }

    /// Says something to all who listen. Waits for another process that is just writing, as long as it
    /// is told.
    pub fn put(&self, bytes: &[u8], wait: Wait) -> Result<()> {
        let len = bytes.len() as u64;
        let need = PREFIX + len.next_multiple_of(WORD);
        if need > LARGEST {
            return Err(Error::Unavailable(format!(
                "an event of {len} bytes is too large for the shared store, which takes {}",
                LARGEST - PREFIX
            )));
        }
        let page = self.page();
        let guard = match wait {
            Wait::Never => page.lock.try_lock().ok_or(Error::Busy)?,
            Wait::Nanoseconds(limit) => page.lock.lock(limit).ok_or_else(stuck)?,
        };
        // Whoever has died with the lock has left nothing that counts: that is what `head` is set for last.
        let head = page.head.load(Ordering::Relaxed);
        self.make_room(head + need);
        let number = page.count.load(Ordering::Relaxed);
        self.word(head).store(number, Ordering::Relaxed);
        self.word(head + WORD).store(len, Ordering::Relaxed);
        for (at, chunk) in (head + PREFIX..)
            .step_by(WORD as usize)
            .zip(bytes.chunks(WORD as usize))
        {
            let mut word = [0; WORD as usize];
            word.iter_mut().zip(chunk).for_each(|(to, from)| *to = *from);
            self.word(at).store(u64::from_ne_bytes(word), Ordering::Relaxed);
        }
        page.count.store(number + 1, Ordering::Relaxed);
        page.head.store(head + need, Ordering::Release);
        drop(guard);
        self.ring();
        Ok(())
    }

    /// From here on: what comes next.
    #[must_use]
    pub fn end(&self) -> Cursor {
        let page = self.page();
        loop {
            let position = page.head.load(Ordering::Acquire);
            let number = page.count.load(Ordering::Acquire);
            if page.head.load(Ordering::Acquire) == position {
                return Cursor { position, number };
            }
        }
    }

    /// Reads what there is, up to about so many bytes. Takes no lock.
    pub fn read(&self, cursor: &mut Cursor, most: usize) -> Heard {
        let mut heard = Heard::default();
        let mut bytes = 0;
        while bytes < most {
            let head = self.page().head.load(Ordering::Acquire);
            if cursor.position == head {
                break;
            }
            match self.record(cursor.position, head) {
                Some((number, event)) => {
                    heard.lost += number.saturating_sub(cursor.number);
                    cursor.number = number + 1;
                    cursor.position += PREFIX + (event.len() as u64).next_multiple_of(WORD);
                    bytes += event.len();
                    heard.events.push(event);
                }
                // Written over meanwhile: on with the oldest that is left.
                None => self.skip(cursor, head, &mut heard),
            }
        }
        heard
    }

    /// What [`Ring::sleep`] compares with: to be asked for before [`Ring::read`].
    #[must_use]
    pub fn bell(&self) -> u32 {
        self.page().bell.load(Ordering::Acquire)
    }

    /// Sleeps until something was said since the bell was that, or until then (nanoseconds of the
    /// machine's monotonic clock).
    pub fn sleep(&self, bell: u32, until: u64) {
        futex::wait(&self.page().bell, bell, until, futex::ALL);
    }

    /// Wakes all who sleep.
    pub fn ring(&self) {
        let bell = &self.page().bell;
        bell.fetch_add(1, Ordering::Release);
        futex::wake(bell, futex::ALL);
    }

    fn page(&self) -> &Page {
        // SAFETY: the mapping has a page, whose fields are atomic or never change.
        unsafe { &*self.map.at::<Page>(0, 1) }
    }

    fn word(&self, position: u64) -> &AtomicU64 {
        let place = HEAD + (position % ROOM) as usize;
        // SAFETY: within the mapping, as the ring is whole words; only ever used as an atomic.
        unsafe { &*self.map.at::<AtomicU64>(place, 1) }
    }

    /// Gives up the oldest records, so that there is room up to a position.
    fn make_room(&self, end: u64) {
        let page = self.page();
        let head = page.head.load(Ordering::Relaxed);
        let mut oldest = page.oldest.load(Ordering::Relaxed);
        while end - oldest > ROOM {
            oldest = self.extent(oldest, head).map_or(head, |(_, next)| next);
        }
        page.oldest.store(oldest, Ordering::Relaxed);
        // Whoever reads a word of what is written from here on sees this, too.
        fence(Ordering::Release);
    }

    /// The bytes of the record at a position, and where the one after it begins; nothing where it makes no
    /// sense. The length is read once: a writer may put another one there at any moment, and only what was
    /// looked at is known to be in bounds.
    fn extent(&self, position: u64, head: u64) -> Option<(usize, u64)> {
        let len = self.word(position + WORD).load(Ordering::Relaxed);
        let next = position
            .checked_add(PREFIX)?
            .checked_add(len.checked_next_multiple_of(WORD)?)?;
        (len < LARGEST && next <= head).then_some((len as usize, next))
    }

    /// The record at a position, if it is there still.
    fn record(&self, position: u64, head: u64) -> Option<(u64, Vec<u8>)> {
        let number = self.word(position).load(Ordering::Relaxed);
        let (len, end) = self.extent(position, head)?;
        let mut event = Vec::with_capacity(len + WORD as usize);
        for at in (position + PREFIX..end).step_by(WORD as usize) {
            event.extend_from_slice(&self.word(at).load(Ordering::Relaxed).to_ne_bytes());
        }
        event.truncate(len);
        fence(Ordering::Acquire);
        (self.page().oldest.load(Ordering::Relaxed) <= position).then_some((number, event))
    }

    fn skip(&self, cursor: &mut Cursor, head: u64, heard: &mut Heard) {
        // What made no sense was read before this.
        fence(Ordering::Acquire);
        let oldest = self.page().oldest.load(Ordering::Acquire);
        if oldest > cursor.position {
            // The numbers tell how many those were.
            cursor.position = oldest;
            return;
        }
        // What is there makes no sense at all: on with what comes next.
        let end = self.end();
        heard.lost += end.number.saturating_sub(cursor.number);
        *cursor = Cursor {
            position: end.position.max(head),
            ..end
        };
    }
}

fn stuck() -> Error {
    Error::Unavailable(
        "an event could not be sent, since a process that is sending one does not go on: is one stopped \
         (SIGSTOP, a debugger)? Continue it or kill it"
            .into(),
    )
}
