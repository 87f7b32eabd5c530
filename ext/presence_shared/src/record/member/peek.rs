//! What is read so often that no more is read than it takes.

use super::{Ear, MemberRecord, HEAD, PLACE};
use crate::home::Live;
use crate::record::bytes::Reader;
use crate::Result;

/// By what a member is online.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Online {
    /// A session that is live, heard there.
    Session(Ear),
    /// A place that is kept for them.
    Place,
}

impl MemberRecord {
    /// Is this member online at `mono`?
    #[inline]
    pub(crate) fn online(bytes: &[u8], live: &Live, mono: u64) -> Result<bool> {
        Self::online_by(bytes, live, mono).map(|online| online.is_some())
    }

    /// By what is this member online at `mono`?
    #[inline]
    pub(crate) fn online_by(bytes: &[u8], live: &Live, mono: u64) -> Result<Option<Online>> {
        let mut input = Reader::new(bytes.get(HEAD - 1..).unwrap_or(&[]));
        let flags = input.u8()?;
        for _ in 0..input.u16()? {
            let ear = Ear::read(&mut input)?;
            if ear.heard(live).deadline > mono {
                return Ok(Some(Online::Session(ear)));
            }
            input.name_bytes()?;
            input.skip_meta()?;
        }
        Ok((flags & PLACE != 0 && input.u64()? > mono).then_some(Online::Place))
    }

    /// Is anything of this member over at `mono` that was not forgotten yet?
    pub(crate) fn over(bytes: &[u8], live: &Live, mono: u64) -> Result<bool> {
        let mut input = Reader::new(bytes.get(HEAD - 1..).unwrap_or(&[]));
        let flags = input.u8()?;
        let sessions = input.u16()?;
        for _ in 0..sessions {
            if Ear::read(&mut input)?.heard(live).deadline <= mono {
                return Ok(true);
            }
            input.name_bytes()?;
            input.skip_meta()?;
        }
        Ok(sessions == 0 && flags & PLACE != 0 && input.u64()? <= mono)
    }

    /// When they came online, in ms since 1970.
    pub(crate) fn joined_at(bytes: &[u8]) -> Result<u64> {
        Reader::new(bytes).u64()
    }

    /// Where a session is heard.
    pub(crate) fn ear_of(bytes: &[u8], token: &str) -> Result<Option<Ear>> {
        let mut input = Reader::new(bytes.get(HEAD..).unwrap_or(&[]));
        for _ in 0..input.u16()? {
            let ear = Ear::read(&mut input)?;
            if input.name_bytes()? == token.as_bytes() {
                return Ok(Some(ear));
            }
            input.skip_meta()?;
        }
        Ok(None)
    }
}
