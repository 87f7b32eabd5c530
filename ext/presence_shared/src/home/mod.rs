//! The files of one store, opened by this process, and the ways to work on them.

mod aside;
pub(crate) mod clock;
mod find;
mod live;
mod open;
pub(crate) mod trust;
mod write;

use std::mem::ManuallyDrop;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::Arc;

use parking_lot::Mutex;

pub use find::Found;
pub(crate) use live::{Live, Slot};
pub use write::Wait;
pub(crate) use write::Writing;

use crate::lmdb::{Env, Mode, Read, Reader};
use crate::os::fork;
use crate::{Error, Result};

/// What a store is opened with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The directory of the files. It is made where there is none; its parent must be there.
    pub path: PathBuf,
    /// Bytes that the file may grow to.
    pub size: u64,
    /// Tells the applications of one machine apart; two of them do not share a path.
    pub app: String,
}

/// The files of one store, open in this process. Those who name the same directory share it.
#[derive(Debug)]
pub struct Home {
    reader: ManuallyDrop<Mutex<Reader>>,
    env: ManuallyDrop<Env>,
    pub(crate) live: Live,
    mode: Mode,
    /// LMDB's file, to make room in it.
    data: std::fs::File,
    options: Options,
    /// The directory's device and inode, by which it is found.
    key: (u64, u64),
    /// What was set aside when this was opened.
    said: Mutex<Vec<String>>,
    generation: u64,
    /// This process's handles are of no use any more.
    over: AtomicBool,
    /// When the lock could not be had last; 0 when it could.
    stuck: AtomicU64,
    lock: ManuallyDrop<Arc<find::LockFile>>,
}

impl Drop for Home {
    fn drop(&mut self) {
        // In a child these are the parent's: closing them would free the parent's place in LMDB's table
        // of readers, and, where the child has opened the same file itself, give up its own locks.
        if self.generation == fork::generation() {
            // SAFETY: each is dropped here once, and used nowhere after; a reader goes before its
            // environment, and the locks go last.
            unsafe {
                ManuallyDrop::drop(&mut self.reader);
                ManuallyDrop::drop(&mut self.env);
                ManuallyDrop::drop(&mut self.lock);
            }
        }
    }
}

impl Home {
    /// Was this opened by this very process, and is it what its path names still?
    #[inline]
    #[must_use]
    pub fn usable(&self) -> bool {
        self.generation == fork::generation() && !self.over.load(Ordering::Relaxed) && !self.live.retired()
    }

    /// Messages about what was set aside when this was opened, each once.
    pub fn take_messages(&self) -> Vec<String> {
        std::mem::take(&mut self.said.lock())
    }

    /// The directory of the files.
    pub(crate) fn path(&self) -> &std::path::Path {
        &self.options.path
    }

    /// Bytes on the disk.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let data = self.data.metadata().map_or(0, |meta| meta.len());
        data + self.live.bytes()
    }

    /// Reads one state of all, however it is changed meanwhile. Takes no lock that another process has.
    #[inline]
    pub(crate) fn read<R>(&self, act: impl FnOnce(&Read<'_>) -> Result<R>) -> Result<R> {
        if !self.usable() {
            return Err(Error::Retired);
        }
        let mut reader = self.reader.lock();
        let result = reader.begin().and_then(|read| act(&read));
        drop(reader);
        self.judge(result)
    }

    /// Draws the consequences of an error.
    fn judge<R>(&self, result: Result<R>) -> Result<R> {
        match &result {
            Err(Error::Damaged(why)) => self.live.retire(why),
            Err(Error::Retired) => self.over.store(true, Ordering::Relaxed),
            _ => {}
        }
        result
    }

    /// Looks whether the files are still those that the path names, as somebody may have removed
    /// them. Cheap, but two system calls: once a second is enough.
    pub fn look_after_files(&self) {
        if self.usable() && !find::names(&self.options.path, &self.live) {
            self.over.store(true, Ordering::Relaxed);
        }
    }
}
