use std::sync::{Arc, OnceLock};

use presence_core::{Diff, Entry as DiffEntry, Leave, Reason};

use super::bytes::{Reader, Writer};
use crate::{Error, Result};

/// What the log tells every process.
#[derive(Debug)]
pub(crate) enum Entry {
    /// A diff, and which registry has taken it.
    Diff { taker: u64, diff: Arc<Diff> },
    /// A member was sent away: from one topic, or from all (`""`).
    Revoked {
        taker: u64,
        topic: Box<str>,
        member: Box<str>,
    },
}

const DIFF: u8 = 1;
const REVOKED: u8 = 2;

impl Entry {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Writer::with_capacity(256);
        match self {
            Self::Diff { taker, diff } => {
                out.u8(DIFF);
                out.u64(*taker);
                write_diff(&mut out, diff);
            }
            Self::Revoked { taker, topic, member } => {
                out.u8(REVOKED);
                out.u64(*taker);
                out.name(topic);
                out.name(member);
            }
        }
        out.0
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self> {
        let mut input = Reader::new(bytes);
        let (kind, taker) = (input.u8()?, input.u64()?);
        match kind {
            DIFF => Ok(Self::Diff {
                taker,
                diff: Arc::new(read_diff(&mut input)?),
            }),
            REVOKED => Ok(Self::Revoked {
                taker,
                topic: input.name()?.into(),
                member: input.name()?.into(),
            }),
            kind => Err(Error::damaged(format!(
                "was damaged (its log has an entry of kind {kind})"
            ))),
        }
    }
}

fn write_diff(out: &mut Writer, diff: &Diff) {
    out.name(&diff.topic);
    out.name(&diff.epoch);
    out.u64(diff.from);
    out.u64(diff.version);
    out.u64(diff.count as u64);
    out.u8(u8::from(diff.sample));
    out.u64(diff.at);
    write_entries(out, &diff.joins);
    write_entries(out, &diff.updates);
    out.u32(diff.leaves.len() as u32);
    for leave in &diff.leaves {
        out.u8(u8::from(leave.reason == Reason::Expired));
        write_entry(out, &leave.was);
    }
}

fn read_diff(input: &mut Reader<'_>) -> Result<Diff> {
    Ok(Diff {
        topic: input.name()?.into(),
        epoch: input.name()?.into(),
        from: input.u64()?,
        version: input.u64()?,
        count: input.u64()? as usize,
        sample: input.u8()? != 0,
        at: input.u64()?,
        joins: read_entries(input)?,
        updates: read_entries(input)?,
        leaves: (0..input.u32()?)
            .map(|_| read_leave(input))
            .collect::<Result<_>>()?,
        json: OnceLock::new(),
    })
}

fn write_entries(out: &mut Writer, entries: &[DiffEntry]) {
    out.u32(entries.len() as u32);
    entries.iter().for_each(|entry| write_entry(out, entry));
}

fn read_entries(input: &mut Reader<'_>) -> Result<Vec<DiffEntry>> {
    (0..input.u32()?).map(|_| read_entry(input)).collect()
}

fn write_entry(out: &mut Writer, entry: &DiffEntry) {
    out.name(&entry.id);
    out.u64(entry.joined_at);
    out.u32(entry.sessions as u32);
    out.text(&entry.metas);
}

fn read_entry(input: &mut Reader<'_>) -> Result<DiffEntry> {
    Ok(DiffEntry {
        id: input.name()?.into(),
        joined_at: input.u64()?,
        sessions: input.u32()? as usize,
        metas: input.text()?.to_owned().into(),
    })
}

fn read_leave(input: &mut Reader<'_>) -> Result<Leave> {
    let reason = if input.u8()? != 0 {
        Reason::Expired
    } else {
        Reason::Left
    };
    Ok(Leave {
        was: read_entry(input)?,
        reason,
    })
}
