use std::sync::Arc;

use presence_core::Meta;

use crate::{Error, Result};

/// Marks the absence of a meta, which is `{}`.
const NONE: u32 = u32::MAX;

/// Appends values to bytes.
#[derive(Default)]
pub(crate) struct Writer(pub(crate) Vec<u8>);

impl Writer {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    pub(crate) fn u8(&mut self, value: u8) {
        self.0.push(value);
    }

    pub(crate) fn u16(&mut self, value: u16) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn u32(&mut self, value: u32) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn u64(&mut self, value: u64) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    /// Text of at most 255 bytes: a name.
    pub(crate) fn name(&mut self, text: &str) {
        self.u8(text.len().min(255) as u8);
        self.0.extend_from_slice(text.as_bytes());
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.u32(text.len() as u32);
        self.0.extend_from_slice(text.as_bytes());
    }

    pub(crate) fn meta(&mut self, meta: &Meta) {
        match meta {
            Some(text) => self.text(text),
            None => self.u32(NONE),
        }
    }
}

/// Takes values off bytes.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    #[inline]
    fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or_else(cut)?;
        self.0 = rest;
        Ok(taken)
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>().ok_or_else(cut)?;
        self.0 = rest;
        Ok(*taken)
    }

    #[inline]
    pub(crate) fn u8(&mut self) -> Result<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    #[inline]
    pub(crate) fn u16(&mut self) -> Result<u16> {
        self.array().map(u16::from_le_bytes)
    }

    #[inline]
    pub(crate) fn u32(&mut self) -> Result<u32> {
        self.array().map(u32::from_le_bytes)
    }

    #[inline]
    pub(crate) fn u64(&mut self) -> Result<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub(crate) fn name(&mut self) -> Result<&'a str> {
        let len = self.u8()?;
        utf8(self.take(usize::from(len))?)
    }

    /// A name that is only compared or stepped over.
    #[inline]
    pub(crate) fn name_bytes(&mut self) -> Result<&'a [u8]> {
        let len = self.u8()?;
        self.take(usize::from(len))
    }

    pub(crate) fn text(&mut self) -> Result<&'a str> {
        let len = self.u32()?;
        utf8(self.take(len as usize)?)
    }

    /// The text of a meta.
    pub(crate) fn meta_text(&mut self) -> Result<Option<&'a str>> {
        match self.u32()? {
            NONE => Ok(None),
            len => utf8(self.take(len as usize)?).map(Some),
        }
    }

    pub(crate) fn meta(&mut self) -> Result<Meta> {
        Ok(self.meta_text()?.map(Arc::from))
    }

    #[inline]
    pub(crate) fn skip_meta(&mut self) -> Result<()> {
        match self.u32()? {
            NONE => Ok(()),
            len => self.take(len as usize).map(|_| ()),
        }
    }
}

fn utf8(bytes: &[u8]) -> Result<&str> {
    std::str::from_utf8(bytes).map_err(|_| Error::damaged("was damaged (it has text that is none)"))
}

fn cut() -> Error {
    Error::damaged("was damaged (it has a value that is cut)")
}
