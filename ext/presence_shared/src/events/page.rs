use std::sync::atomic::{AtomicU32, AtomicU64};

use crate::os::mutex::Mutex;

/// The format of the file: its name has it.
pub(super) const FORMAT: u32 = 1;
/// Bytes before the ring itself.
pub(super) const HEAD: usize = 4096;
/// Bytes of the ring: a power of two.
pub(super) const ROOM: u64 = 2 * 1024 * 1024;
/// Bytes of the file.
pub(super) const SIZE: u64 = HEAD as u64 + ROOM;
const TEXT: usize = 448;
const MAGIC: [u8; 8] = *b"presevts";

/// The first page of the file. Positions are bytes ever written; a place in the ring is one modulo
/// [`ROOM`].
#[repr(C)]
pub(super) struct Page {
    magic: [u8; 8],
    size: u64,
    /// The boot, and what else all who share it have in common: the lock depends on it.
    identity: [u8; TEXT],
    /// Taken by those who write.
    pub(super) lock: Mutex,
    /// Changes whenever something was written: who waits, waits for this.
    pub(super) bell: AtomicU32,
    /// Where the next record begins.
    pub(super) head: AtomicU64,
    /// Where the oldest record begins that was not written over.
    pub(super) oldest: AtomicU64,
    /// How many records there ever were.
    pub(super) count: AtomicU64,
}

impl Page {
    /// Fills the page of a new file.
    ///
    /// # Safety
    ///
    /// Nobody else has the file mapped.
    pub(super) unsafe fn begin(&mut self, identity: &str) -> std::io::Result<()> {
        self.magic = MAGIC;
        self.size = SIZE;
        self.identity = fixed(identity);
        // SAFETY: as asked of our caller.
        unsafe { self.lock.init() }
    }

    /// Is this the page of a file that processes like this one have made?
    pub(super) fn fits(&self, identity: &str) -> bool {
        self.magic == MAGIC && self.size == SIZE && self.identity == fixed(identity)
    }
}

fn fixed(text: &str) -> [u8; TEXT] {
    let mut bytes = [0; TEXT];
    bytes
        .iter_mut()
        .zip(text.bytes())
        .for_each(|(to, from)| *to = from);
    bytes
}

const _: () = assert!(size_of::<Page>() <= HEAD && ROOM.is_power_of_two());
