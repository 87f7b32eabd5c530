use std::fs::{self, File};
use std::mem::ManuallyDrop;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::Arc;

use parking_lot::Mutex;

use super::find::{self, LockFile};
use super::live::{slots_end, Known, Live, Page, FORMAT};
use super::{aside, trust, Home, Options};
use crate::lmdb::{check, Env, Mode, Reader, Write};
use crate::os::{file, fork, machine, map::Map, monotonic, pause};
use crate::record::{key, State};
use crate::{Error, Result};

/// The byte that is locked while files are opened, and the one that is locked while they are open.
const OPENING: i64 = 0;
const OPEN: i64 = 1;
/// So long at most to wait for another process that writes, in ns.
const WRITING: u64 = 500_000_000;
/// A table of readers for a thousand processes: with its blocks beforehand, since LMDB would leave
/// them to be a SIGBUS on a full disk.
const READERS: u64 = 64 * 1024;
/// The file begins with so much.
pub(super) const FIRST: u64 = 1024 * 1024;

/// Opens the files of a store, or makes them. All who open the same one do it one after the other.
pub(super) fn open(options: &Options, known: Option<Arc<LockFile>>, wait: u64) -> Result<Home> {
    let path = &options.path;
    let directory = trust::directory(path)?;
    let mode = trust::filesystem(&directory, path)?;
    let identity = machine::identity()?;
    let lock = find::lock_file(&directory, path, known)?;
    let turn = Turn::take(&lock.0, path, wait)?;
    let alone = !file::locked_by_others(&lock.0, OPEN)
        .map_err(|error| Error::system("asking who has it open", &error))?;
    let mut said = Vec::new();
    let mut parts = None;
    for attempt in 0..2 {
        let opener = Opener {
            options,
            directory: &directory,
            identity: &identity,
            mode,
            alone,
            wait,
        };
        match opener.open() {
            Ok(opened) => {
                parts = Some(opened);
                break;
            }
            // Once: what was made anew just now is sound, or else the disk is broken.
            Err(Error::Damaged(why)) if attempt == 0 => said.push(aside::set_aside(path, &why)?),
            Err(Error::Damaged(why)) => return Err(Error::Unavailable(why)),
            Err(error) => return Err(error),
        }
    }
    let Some((live, data)) = parts else {
        return Err(Error::Unavailable(format!(
            "cannot make a store in {}",
            path.display()
        )));
    };
    file::lock(&lock.0, OPEN, file::Lock::Shared)
        .map_err(|error| Error::system("marking the store as open", &error))?;
    drop(turn);
    Ok(Home {
        reader: ManuallyDrop::new(Mutex::new(data.reader)),
        env: ManuallyDrop::new(data.env),
        data: data.file,
        live,
        mode,
        options: options.clone(),
        key: find::key_of(&directory).map_err(|error| Error::system(path.display(), &error))?,
        said: Mutex::new(said),
        generation: fork::generation(),
        over: AtomicBool::new(false),
        stuck: AtomicU64::new(0),
        lock: ManuallyDrop::new(lock),
    })
}

/// Our turn to open or set aside files; given up when dropped.
struct Turn<'a>(&'a File);

impl<'a> Turn<'a> {
    fn take(lock: &'a File, path: &Path, wait: u64) -> Result<Self> {
        let deadline = monotonic() + wait;
        loop {
            if file::lock(lock, OPENING, file::Lock::Exclusive)
                .map_err(|error| Error::system("locking", &error))?
            {
                return Ok(Self(lock));
            }
            if monotonic() >= deadline {
                return Err(Error::Unavailable(format!(
                    "the shared store in {} cannot be opened, since a process that is opening it does not go on: \
                     is one stopped (SIGSTOP, a debugger)? Continue it or kill it",
                    path.display()
                )));
            }
            pause(1_000_000);
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        // It is given up with the process at the latest.
        let _ = file::lock(self.0, OPENING, file::Lock::Free);
    }
}

struct Opener<'a> {
    options: &'a Options,
    directory: &'a File,
    identity: &'a str,
    mode: Mode,
    /// No other process has the files open.
    alone: bool,
    /// So long it may wait for others, in ns.
    wait: u64,
}

impl Opener<'_> {
    fn open(&self) -> Result<(Live, Data)> {
        let live = self.file("live", false)?;
        let data = self.file("mdb", false)?;
        match (live, data) {
            (Some(live), Some(data)) => self.enter(live, &data),
            (None, None) => self.make(),
            // The rest of a making or of a setting aside that was cut short.
            _ if self.alone => {
                self.remove_rest()?;
                self.make()
            }
            _ => Err(Error::damaged("has lost one of its files")),
        }
    }

    fn file(&self, part: &str, create: bool) -> Result<Option<File>> {
        trust::file(self.directory, &self.options.path, &aside::name(part), create)
    }

    fn new_file(&self, part: &str) -> Result<File> {
        self.file(part, true)?
            .ok_or_else(|| Error::Unavailable(format!("cannot make the file \"{part}\" of the shared store")))
    }

    fn make(&self) -> Result<(Live, Data)> {
        let size = self.options.size;
        let live = Live::create(self.new_file("live")?, self.identity, &self.options.app, size)?;
        let made = self.open_data(size, &live);
        match made {
            Ok(data) => {
                // A log begins above all that came before it in this boot, so that whoever goes from one
                // store to the next can compare.
                let first = monotonic();
                live.page().clock.note(first);
                begin(&data.env, first)?;
                live.page().log.store(first, Ordering::Release);
                live.ready();
                Ok((live, data))
            }
            Err(error) => {
                drop(live);
                self.remove_rest()?;
                Err(error)
            }
        }
    }

    fn remove_rest(&self) -> Result<()> {
        for part in ["mdb", "mdb-lock", "live"] {
            match fs::remove_file(self.options.path.join(aside::name(part))) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(Error::system(
                        format!("removing the file \"{part}\" of a store that was not finished"),
                        &error,
                    ))
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Enters what is there, if it is what it should be.
    fn enter(&self, file: File, data: &File) -> Result<(Live, Data)> {
        let known = Page::read(&file).map_err(|error| Error::system("reading the file \"live\"", &error))?;
        let Some(known) = known else {
            return Err(Error::damaged("was damaged (its first page is not one of ours)"));
        };
        self.judge(&known, &file)?;
        let mut live = Live::map(file, known.size)?;
        if !live.page().clock.plausible(monotonic()) {
            return Err(Error::damaged("was damaged (its clock is wrong)"));
        }
        if self.alone {
            check_data(data)?;
            live.reset_lock()?;
            let len = data
                .metadata()
                .map_err(|error| Error::system("reading the shared store", &error))?
                .len();
            live = live.resize(self.options.size.max(len))?;
        }
        let data = self.open_data(live.size(), &live)?;
        Ok((live, data))
    }

    fn judge(&self, known: &Known, file: &File) -> Result<()> {
        let options = self.options;
        let shown = options.path.display();
        find::same_app(&options.path, &known.app, &options.app)?;
        if let Some(why) = &known.retired {
            return Err(Error::damaged(why.as_str()));
        }
        if known.format != FORMAT {
            return Err(Error::damaged(format!(
                "has format {}, and this is {FORMAT}",
                known.format
            )));
        }
        if known.identity != self.identity {
            let spaces = machine::without_boot(&known.identity);
            if !self.alone {
                return Err(Error::Refused(format!(
                    "the shared store in {shown} is in use by processes of another container ({spaces}; here {}): \
                     let them share one pid namespace, or give each its own path",
                    machine::without_boot(self.identity)
                )));
            }
            return Err(Error::damaged(
                if spaces == machine::without_boot(self.identity) {
                    "is from before this machine was started"
                } else {
                    "is another container's, which is gone"
                },
            ));
        }
        let len = file
            .metadata()
            .map_err(|error| Error::system("reading the file \"live\"", &error))?
            .len();
        if len < slots_end(known.slots) {
            return Err(Error::damaged("was damaged (its file \"live\" is cut)"));
        }
        Ok(())
    }

    /// Opens LMDB's file, with blocks for all that it may write to.
    fn open_data(&self, size: u64, live: &Live) -> Result<Data> {
        let path = self.options.path.join(aside::name("mdb"));
        let full = |error| Error::system(format!("making {}", path.display()), &error);
        let readers = self.new_file("mdb-lock")?;
        let have = readers.metadata().map_err(full)?.len();
        file::extend(&readers, have, READERS).map_err(full)?;
        drop(readers);
        let file = self.new_file("mdb")?;
        // LMDB has locks of its own for opening and for its readers, which wait without limit. So
        // they are taken by those only who have ours.
        let guard = live
            .page()
            .lock
            .lock(self.wait.min(WRITING))
            .ok_or_else(|| stuck(&self.options.path))?;
        if guard.inherited {
            live.page().unfinished.store(1, Ordering::Relaxed);
        }
        self.whole(&file, live)?;
        let env = Env::open(&path, size, self.mode)?;
        if self.mode == Mode::Mapped {
            // LMDB has made the file as long as its map, with blocks that do not exist: cut it again.
            let have = live.allocated().max(2 * env.page);
            file.set_len(have).map_err(full)?;
            let want = have.max(FIRST.min(size));
            file::extend(&file, have, want).map_err(full)?;
            live.set_allocated(want);
        }
        // SAFETY: all parts go into one structure, where the reader comes first and is dropped first.
        let reader = unsafe { Reader::new(&env)? };
        drop(guard);
        Ok(Data { reader, env, file })
    }

    /// Refuses a file that was cut. LMDB makes it as long as it was again, and writing to what was cut
    /// off would be a SIGBUS on a full disk, as its blocks are gone. Only with the lock: else it grows.
    fn whole(&self, data: &File, live: &Live) -> Result<()> {
        let meta = data
            .metadata()
            .map_err(|error| Error::system("reading the shared store", &error))?;
        let (len, had) = (meta.len(), live.allocated());
        if self.mode == Mode::Written || len >= had {
            return Ok(());
        }
        let why = format!("was damaged (its file was cut from {had} bytes to {len})");
        // Whoever has it open would write there too.
        live.retire(&why);
        Err(Error::damaged(why))
    }
}

/// Writes the state that a store begins with.
fn begin(env: &Env, first: u64) -> Result<()> {
    let state = State {
        log_first: first,
        log_last: first,
        ..State::default()
    };
    let mut txn = Write::begin(env)?;
    txn.put(key::STATE, &state.encode())?;
    txn.commit()
}

/// LMDB's file, opened. A reader is dropped before its environment.
struct Data {
    reader: Reader,
    env: Env,
    file: File,
}

pub(super) fn stuck(path: &Path) -> Error {
    Error::Unavailable(format!(
        "the shared store in {} cannot be written to, since a process that is writing to it does not go on: \
         is one stopped (SIGSTOP, a debugger)? Continue it or kill it",
        path.display()
    ))
}

fn check_data(data: &File) -> Result<()> {
    let failed = |error| Error::system("reading the shared store", &error);
    let len = data.metadata().map_err(failed)?.len() as usize;
    if len == 0 {
        return Err(Error::damaged("was damaged (its file is empty)"));
    }
    let map = Map::new(data, len, false).map_err(failed)?;
    // SAFETY: nobody else has the file open, so that it stays as it is while we look.
    let bytes = unsafe { std::slice::from_raw_parts(map.at::<u8>(0, len), len) };
    check::file(bytes).map_err(|what| Error::damaged(format!("was damaged ({what})")))
}
