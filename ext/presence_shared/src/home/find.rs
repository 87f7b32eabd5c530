use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use super::{aside, open, trust, Home, Live, Options};
use crate::os::fork::{self, Opening};
use crate::{Error, Result};

/// Every store that this process has open: LMDB allows a file to be open once in a process.
static HOMES: Mutex<Vec<Known>> = Mutex::new(Vec::new());

struct Known {
    key: (u64, u64),
    home: Weak<Home>,
    lock: Weak<LockFile>,
}

/// The file whose bytes are locked: 0 while files are opened or set aside, 1 (shared) while they are in
/// use. Open once in a process, as closing it would give up all of the process's locks on it.
#[derive(Debug)]
pub(super) struct LockFile(pub(super) File);

/// What looking for a store that is open already has led to.
#[derive(Debug)]
pub enum Found {
    /// This process has it open.
    Open(Arc<Home>),
    /// It has to be opened, by whoever has this, which may take a while: [`Found::open`].
    Closed(Ticket),
    /// It is another application's.
    Refused(Error),
    /// Another thread is opening one, or about to close this one: look again in a moment.
    Busy,
}

/// Whoever has this opens files; nobody else of this process does meanwhile.
#[derive(Debug)]
pub struct Ticket {
    opening: Opening,
    lock: Option<Arc<LockFile>>,
}

impl Home {
    /// Looks for a store of this process. Never waits; locked by this process's lock.
    #[must_use]
    pub fn find(options: &Options) -> Found {
        let key = directory_key(&options.path);
        let mut homes = HOMES.lock();
        // A child forgets what its parent had: it must not even be closed.
        homes.retain(|known| known.home.strong_count() > 0 || known.lock.strong_count() > 0);
        let of_this = |known: &&Known| Some(known.key) == key;
        for home in homes
            .iter()
            .filter(of_this)
            .filter_map(|known| known.home.upgrade())
        {
            if home.usable() {
                return match same_app(&options.path, &home.options.app, &options.app) {
                    Ok(()) => Found::Open(home),
                    Err(refusal) => Found::Refused(refusal),
                };
            }
            // Its environment is open on the very file that would be opened again.
            if home.generation == fork::generation()
                && !home.live.retired()
                && names(&options.path, &home.live)
            {
                return Found::Busy;
            }
        }
        let lock = homes
            .iter()
            .filter(of_this)
            .filter_map(|known| known.lock.upgrade())
            .next_back();
        drop(homes);
        match Opening::claim() {
            Some(opening) => Found::Closed(Ticket { opening, lock }),
            None => Found::Busy,
        }
    }
}

impl Ticket {
    /// Opens the files, or makes them. Waits for other processes that do the same, for so many
    /// nanoseconds at most.
    pub fn open(self, options: &Options, wait: u64) -> Result<Opened> {
        let home = open::open(options, self.lock, wait)?;
        Ok(Opened {
            home: Arc::new(home),
            _opening: self.opening,
        })
    }
}

/// A store just opened, which others do not find yet.
#[derive(Debug)]
pub struct Opened {
    home: Arc<Home>,
    _opening: Opening,
}

impl Opened {
    /// Lets others of this process find it. Locked by this process's lock.
    #[must_use]
    pub fn announce(self) -> Arc<Home> {
        HOMES.lock().push(Known {
            key: self.home.key,
            home: Arc::downgrade(&self.home),
            lock: Arc::downgrade(&self.home.lock),
        });
        self.home
    }
}

/// Two applications do not share a store.
pub(super) fn same_app(path: &Path, theirs: &str, ours: &str) -> Result<()> {
    if theirs == ours {
        return Ok(());
    }
    let shown = path.display();
    Err(Error::Refused(format!(
        "the shared store in {shown} is that of \"{theirs}\", and this is \"{ours}\": give each application its own path, \
         or remove the other's when it is stopped: rm -r '{shown}'"
    )))
}

pub(super) fn key_of(file: &File) -> std::io::Result<(u64, u64)> {
    file.metadata().map(|meta| (meta.dev(), meta.ino()))
}

fn directory_key(path: &Path) -> Option<(u64, u64)> {
    std::fs::symlink_metadata(path)
        .ok()
        .map(|meta| (meta.dev(), meta.ino()))
}

/// Is this the file that the path names, and is it whole?
pub(super) fn names(path: &Path, live: &Live) -> bool {
    // First, since it grows meanwhile.
    let bytes = live.bytes();
    let named = std::fs::symlink_metadata(path.join(aside::name("live")));
    match (named, key_of(live.file())) {
        (Ok(named), Ok(key)) => (named.dev(), named.ino()) == key && named.len() >= bytes,
        _ => false,
    }
}

/// The lock file of a directory, opened once.
pub(super) fn lock_file(
    directory: &File,
    path: &Path,
    known: Option<Arc<LockFile>>,
) -> Result<Arc<LockFile>> {
    if let Some(known) = known {
        return Ok(known);
    }
    let file = trust::file(directory, path, "lock", true)?;
    file.map(|file| Arc::new(LockFile(file)))
        .ok_or_else(|| Error::Unavailable(format!("{} has no file \"lock\"", path.display())))
}
