use std::marker::PhantomData;
use std::ptr;

use lmdb_master_sys as ffi;

use super::txn::{bytes, val};
use super::{check, Source, MAIN};
use crate::Result;

/// Which way to go through keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Up,
    Down,
}

/// The entries whose keys begin with a prefix, from a key on.
pub(crate) struct Entries<'a> {
    raw: *mut ffi::MDB_cursor,
    next: Option<(Vec<u8>, ffi::MDB_cursor_op)>,
    step: ffi::MDB_cursor_op,
    prefix: Vec<u8>,
    _source: PhantomData<&'a ()>,
}

impl<'a> Entries<'a> {
    /// All entries of a prefix.
    pub(crate) fn of(source: &'a impl Source, prefix: &[u8]) -> Result<Self> {
        Self::from(source, prefix, prefix.to_vec(), Order::Up)
    }

    /// Those of a prefix from a key on: with [`Order::Down`], from the last key below it.
    pub(crate) fn from(source: &'a impl Source, prefix: &[u8], key: Vec<u8>, order: Order) -> Result<Self> {
        let mut raw = ptr::null_mut();
        // SAFETY: the transaction is open, and borrowed for as long as the cursor lives.
        check(unsafe { ffi::mdb_cursor_open(source.raw(), MAIN, &raw mut raw) })?;
        Ok(Self {
            raw,
            next: Some((key, ffi::MDB_SET_RANGE)),
            step: match order {
                Order::Up => ffi::MDB_NEXT,
                Order::Down => ffi::MDB_PREV,
            },
            prefix: prefix.to_vec(),
            _source: PhantomData,
        })
    }

    fn get(&mut self, key: &[u8], op: ffi::MDB_cursor_op) -> Result<Option<(&'a [u8], &'a [u8])>> {
        let mut key = val(key);
        let mut data = val(&[]);
        // SAFETY: the cursor is open; the key outlives the call.
        let code = unsafe { ffi::mdb_cursor_get(self.raw, &raw mut key, &raw mut data, op) };
        if code == ffi::MDB_NOTFOUND {
            return Ok(None);
        }
        check(code)?;
        // SAFETY: both stay until the transaction changes something or ends, and it is borrowed.
        Ok(Some(unsafe { (bytes(&key), bytes(&data)) }))
    }

    fn advance(&mut self) -> Result<Option<(&'a [u8], &'a [u8])>> {
        let found = match self.next.take() {
            None => self.get(&[], self.step)?,
            Some((key, op)) => {
                let found = self.get(&key, op)?;
                match (self.step, found) {
                    // Nothing at or above the key: the last entry of all is the last below it.
                    (ffi::MDB_PREV, None) => self.get(&[], ffi::MDB_LAST)?,
                    (ffi::MDB_PREV, Some(_)) => self.get(&[], ffi::MDB_PREV)?,
                    (_, found) => found,
                }
            }
        };
        Ok(found.filter(|(key, _)| key.starts_with(&self.prefix)))
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<(&'a [u8], &'a [u8])>;

    fn next(&mut self) -> Option<Self::Item> {
        self.advance().transpose()
    }
}

impl Drop for Entries<'_> {
    fn drop(&mut self) {
        // SAFETY: it is open, and its transaction is too.
        unsafe { ffi::mdb_cursor_close(self.raw) };
    }
}
