use std::marker::PhantomData;
use std::ptr;

use lmdb_master_sys as ffi;

use super::{check, Env, MAIN};
use crate::Result;

/// What can be read from: both kinds of transactions.
pub(crate) trait Source {
    fn raw(&self) -> *mut ffi::MDB_txn;

    /// The value of a key.
    #[inline]
    fn get(&self, key: &[u8]) -> Result<Option<&[u8]>> {
        let mut key = val(key);
        let mut data = val(&[]);
        // SAFETY: the transaction is open; the key outlives the call.
        let code = unsafe { ffi::mdb_get(self.raw(), MAIN, &raw mut key, &raw mut data) };
        if code == ffi::MDB_NOTFOUND {
            return Ok(None);
        }
        check(code)?;
        // SAFETY: it stays where it is until the transaction ends or changes something, and the
        // borrow of `self` ends before that.
        Ok(Some(unsafe { bytes(&data) }))
    }
}

pub(super) fn val(bytes: &[u8]) -> ffi::MDB_val {
    ffi::MDB_val {
        mv_size: bytes.len(),
        mv_data: bytes.as_ptr().cast_mut().cast(),
    }
}

/// # Safety
///
/// LMDB has filled the value, and what it points to lives for `'a`.
pub(super) unsafe fn bytes<'a>(val: &ffi::MDB_val) -> &'a [u8] {
    if val.mv_size == 0 {
        return &[];
    }
    // SAFETY: as asked of our caller.
    unsafe { std::slice::from_raw_parts(val.mv_data.cast(), val.mv_size) }
}

/// A place in the table of readers, kept from one reading to the next, so that none takes a lock.
#[derive(Debug)]
pub(crate) struct Reader(*mut ffi::MDB_txn);

// SAFETY: with MDB_NOTLS a reading transaction belongs to no thread.
unsafe impl Send for Reader {}

impl Reader {
    /// # Safety
    ///
    /// The reader is dropped before the environment. (It is not bound to it by a lifetime, since
    /// both live in the same structure.)
    pub(crate) unsafe fn new(env: &Env) -> Result<Self> {
        let (mut raw, mut tree) = (ptr::null_mut(), 0);
        // SAFETY: the environment is open, and nobody uses it yet; a reset transaction reads nothing.
        unsafe {
            check(ffi::mdb_txn_begin(
                env.raw,
                ptr::null_mut(),
                ffi::MDB_RDONLY,
                &raw mut raw,
            ))?;
            // This tells LMDB how the keys of its one tree are compared.
            let opened = check(ffi::mdb_dbi_open(raw, ptr::null(), 0, &raw mut tree));
            ffi::mdb_txn_reset(raw);
            opened?;
        }
        Ok(Self(raw))
    }

    /// Reads the state of this moment, until the result is dropped.
    #[inline]
    pub(crate) fn begin(&mut self) -> Result<Read<'_>> {
        // SAFETY: the transaction is reset.
        check(unsafe { ffi::mdb_txn_renew(self.0) })?;
        Ok(Read(self.0, PhantomData))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // SAFETY: it is ours alone, and the environment is open still.
        unsafe { ffi::mdb_txn_abort(self.0) };
    }
}

/// A reading transaction.
pub(crate) struct Read<'a>(*mut ffi::MDB_txn, PhantomData<&'a mut Reader>);

impl Source for Read<'_> {
    #[inline]
    fn raw(&self) -> *mut ffi::MDB_txn {
        self.0
    }
}

impl Drop for Read<'_> {
    fn drop(&mut self) {
        // SAFETY: whatever was read is not borrowed any more.
        unsafe { ffi::mdb_txn_reset(self.0) };
    }
}

/// A writing transaction; dropped without [`Write::commit`] it has changed nothing.
pub(crate) struct Write<'a> {
    raw: *mut ffi::MDB_txn,
    env: &'a Env,
    /// Pages that it may have used from the end of the file on, at most.
    pub(crate) pages: u64,
    /// Pages of the tree: no more of them can be copied by changing some.
    tree: u64,
    changes: u64,
    extra: u64,
    depth: u64,
}

impl<'a> Write<'a> {
    /// Begins it. LMDB waits without limit where another process writes: our own lock comes first.
    pub(crate) fn begin(env: &'a Env) -> Result<Self> {
        let mut raw = ptr::null_mut();
        // SAFETY: the environment is open.
        check(unsafe { ffi::mdb_txn_begin(env.raw, ptr::null_mut(), 0, &raw mut raw) })?;
        let mut write = Self {
            raw,
            env,
            pages: 0,
            tree: 0,
            changes: 0,
            extra: 0,
            depth: 0,
        };
        for dbi in 0..=MAIN {
            let stat = write.stat(dbi)?;
            write.tree += stat.ms_branch_pages as u64 + stat.ms_leaf_pages as u64;
            write.depth += u64::from(stat.ms_depth);
        }
        write.pages = env.pages();
        Ok(write)
    }

    /// Pages that hold something, by which it is seen how full the file is.
    pub(crate) fn used(&self) -> Result<u64> {
        Ok(self.tree + self.stat(MAIN)?.ms_overflow_pages as u64)
    }

    fn stat(&self, dbi: ffi::MDB_dbi) -> Result<ffi::MDB_stat> {
        // SAFETY: it fills what it is given.
        unsafe {
            let mut stat = std::mem::zeroed::<ffi::MDB_stat>();
            check(ffi::mdb_stat(self.raw, dbi, &raw mut stat))?;
            Ok(stat)
        }
    }

    /// Up to which page the file may grow if one more value of so many bytes is written: each change
    /// copies the pages above it and may split them, but no page is copied twice.
    pub(crate) fn reach(&mut self, bytes: usize) -> u64 {
        self.changes += 1;
        if bytes as u64 > self.env.page / 4 {
            // Large values have pages of their own.
            self.extra += bytes as u64 / self.env.page + 2;
        }
        let copied = (self.changes * (self.depth + 1)).min(2 * self.tree + self.changes / 4);
        self.pages + copied + self.extra + RESERVE
    }

    pub(crate) fn put(&mut self, key: &[u8], data: &[u8]) -> Result<()> {
        let mut key = val(key);
        let mut data = val(data);
        // SAFETY: the transaction is open; key and data outlive the call, which copies them.
        check(unsafe { ffi::mdb_put(self.raw, MAIN, &raw mut key, &raw mut data, 0) })
    }

    /// Answers whether there was something to delete.
    pub(crate) fn delete(&mut self, key: &[u8]) -> Result<bool> {
        let mut key = val(key);
        // SAFETY: as above.
        match unsafe { ffi::mdb_del(self.raw, MAIN, &raw mut key, ptr::null_mut()) } {
            ffi::MDB_NOTFOUND => Ok(false),
            code => check(code).map(|()| true),
        }
    }

    pub(crate) fn commit(self) -> Result<()> {
        let raw = self.raw;
        std::mem::forget(self);
        // SAFETY: the handle is given up with this call, whatever it answers.
        check(unsafe { ffi::mdb_txn_commit(raw) })
    }
}

/// Pages for LMDB's own list of free ones, with room.
const RESERVE: u64 = 48;

impl Source for Write<'_> {
    #[inline]
    fn raw(&self) -> *mut ffi::MDB_txn {
        self.raw
    }
}

impl Drop for Write<'_> {
    fn drop(&mut self) {
        // SAFETY: it was not committed.
        unsafe { ffi::mdb_txn_abort(self.raw) };
    }
}
