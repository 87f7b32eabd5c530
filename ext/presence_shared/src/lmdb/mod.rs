//! A thin safe layer over LMDB's C functions, with no more than is used here.
//!
//! Not `heed`: it refuses to open in a forked child what its parent had open, which is what every
//! worker of a preloading server does, and it hides the handles that a child has to forget instead
//! of closing. So this is on `lmdb-master-sys`, the same C code.
//!
//! The rules that make it sound: an [`Env`] is used in the process that has opened it ([`Env`] does
//! not check that, [`crate::Home`] does), one file is open once in a process, a write transaction
//! stays on its thread, and what a transaction has read is borrowed from it and from nothing else.

pub(crate) mod check;
mod cursor;
mod env;
mod txn;

pub(crate) use cursor::{Entries, Order};
pub(crate) use env::{Env, Mode};
pub(crate) use txn::{Read, Reader, Source, Write};

use std::ffi::CStr;

use lmdb_master_sys as ffi;

use crate::Error;

/// The one tree of the file; its keys begin with what they are ([`crate::record::key`]).
const MAIN: ffi::MDB_dbi = 1;

/// What one of LMDB's answers means to us. `Ok` for success.
fn check(code: libc::c_int) -> Result<(), Error> {
    match code {
        0 => Ok(()),
        ffi::MDB_MAP_FULL | ffi::MDB_TXN_FULL | ffi::MDB_READERS_FULL => Err(full(code)),
        ffi::MDB_CORRUPTED
        | ffi::MDB_PAGE_NOTFOUND
        | ffi::MDB_INVALID
        | ffi::MDB_VERSION_MISMATCH
        | ffi::MDB_CURSOR_FULL
        | ffi::MDB_PAGE_FULL
        | ffi::MDB_INCOMPATIBLE
        | ffi::MDB_BAD_VALSIZE
        | ffi::MDB_BAD_DBI
        | ffi::MDB_BAD_TXN
        | ffi::MDB_NOTFOUND
        | ffi::MDB_KEYEXIST
        | ffi::MDB_PROBLEM => Err(Error::damaged(format!("was damaged ({})", text(code)))),
        // This handle is of no use any more; what is in the file is sound.
        ffi::MDB_PANIC | ffi::MDB_BAD_RSLOT | ffi::MDB_MAP_RESIZED => Err(Error::Retired),
        _ => Err(Error::Unavailable(format!("the shared store: {}", text(code)))),
    }
}

fn full(code: libc::c_int) -> Error {
    let what = match code {
        ffi::MDB_MAP_FULL => "it has reached its size; give config.store a larger size:",
        ffi::MDB_READERS_FULL => "too many processes have it open",
        _ => "too much has changed at once",
    };
    Error::Full(format!("the shared store is full: {what} ({})", text(code)))
}

fn text(code: libc::c_int) -> String {
    // SAFETY: it answers a string that lives forever; of the system's errors, until the next call.
    unsafe { CStr::from_ptr(ffi::mdb_strerror(code)) }
        .to_string_lossy()
        .into_owned()
}
