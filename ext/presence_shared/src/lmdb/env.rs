use std::path::Path;
use std::ptr;

use lmdb_master_sys as ffi;

use super::check;
use crate::os::file;
use crate::{Error, Result};

/// How changed pages come into the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// By writing to shared memory: a sixth of the time of the other, but only where the blocks
    /// exist beforehand and stay where they are.
    Mapped,
    /// By system calls.
    Written,
}

/// An open LMDB file.
#[derive(Debug)]
pub(crate) struct Env {
    pub(super) raw: *mut ffi::MDB_env,
    pub(crate) page: u64,
}

// SAFETY: LMDB's handles may be used by any thread.
unsafe impl Send for Env {}
// SAFETY: as above.
unsafe impl Sync for Env {}

impl Env {
    /// Opens or makes the file. It is never synced: what is in it ends with the boot anyway, and
    /// until then the kernel keeps it, whoever dies.
    pub(crate) fn open(path: &Path, size: u64, mode: Mode) -> Result<Self> {
        let c_path = file::c_path(path).map_err(|error| Error::system(path.display(), &error))?;
        let mut flags =
            ffi::MDB_NOSUBDIR | ffi::MDB_NOSYNC | ffi::MDB_NOTLS | ffi::MDB_NORDAHEAD | ffi::MDB_NOMEMINIT;
        if mode == Mode::Mapped {
            flags |= ffi::MDB_WRITEMAP;
        }
        let mut raw = ptr::null_mut();
        // SAFETY: a new handle, used by nobody else yet; where a call fails it is closed.
        unsafe {
            check(ffi::mdb_env_create(&raw mut raw))?;
            let mut env = Self { raw, page: 4096 };
            check(ffi::mdb_env_set_mapsize(raw, size as ffi::mdb_size_t))?;
            check(ffi::mdb_env_open(raw, c_path.as_ptr(), flags, 0o600))?;
            let mut stat = std::mem::zeroed::<ffi::MDB_stat>();
            check(ffi::mdb_env_stat(raw, &raw mut stat))?;
            env.page = u64::from(stat.ms_psize);
            Ok(env)
        }
    }

    /// Pages in use up to the end of the file, free ones among them.
    pub(crate) fn pages(&self) -> u64 {
        // SAFETY: it fills what it is given.
        unsafe {
            let mut info = std::mem::zeroed::<ffi::MDB_envinfo>();
            ffi::mdb_env_info(self.raw, &raw mut info);
            info.me_last_pgno as u64 + 1
        }
    }

    /// Forgets the readers of processes that have died in the middle of reading: the pages that they
    /// looked at could not be used again else. Not while another process may do the same.
    pub(crate) fn forget_dead_readers(&self) -> Result<()> {
        // SAFETY: the handle is open.
        check(unsafe { ffi::mdb_reader_check(self.raw, ptr::null_mut()) })
    }
}

impl Drop for Env {
    fn drop(&mut self) {
        // SAFETY: transactions borrow the environment, so that there are none any more.
        unsafe { ffi::mdb_env_close(self.raw) };
    }
}
