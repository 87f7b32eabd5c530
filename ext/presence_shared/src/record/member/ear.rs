use std::sync::atomic::Ordering::Relaxed;

use presence_core::MILLISECOND;

use crate::home::{Live, Slot};
use crate::record::bytes::{Reader, Writer};
use crate::Result;

/// Where somebody is heard: a slot, and the tag that it has as long as it is theirs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ear {
    pub(crate) number: u32,
    pub(crate) tag: u64,
    /// What had been noted in the slot when the member was written: where that is something else, they
    /// were heard since, even if no time has passed on the clock.
    pub(crate) noted: u64,
}

impl Ear {
    pub(crate) fn write(&self, out: &mut Writer) {
        out.u32(self.number);
        out.u64(self.tag);
        out.u64(self.noted);
    }

    #[inline]
    pub(crate) fn read(input: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            number: input.u32()?,
            tag: input.u64()?,
            noted: input.u64()?,
        })
    }

    /// The slot, if it is still theirs.
    #[inline]
    pub(crate) fn slot<'a>(&self, live: &'a Live) -> Option<&'a Slot> {
        live.slot(self.number).filter(|slot| slot.belongs_to(self.tag))
    }

    #[inline]
    pub(super) fn heard(&self, live: &Live) -> Heard {
        live.slot(self.number)
            .map_or(Heard::NEVER, |slot| Heard::of(slot, self.tag))
    }
}

/// What a slot says.
pub(super) struct Heard {
    pub(super) at: u64,
    pub(super) wall: u64,
    pub(super) noted: u64,
    pub(super) ttl: u32,
    /// 0: it was found to be over.
    pub(super) deadline: u64,
}

impl Heard {
    pub(super) const NEVER: Self = Self {
        at: 0,
        wall: 0,
        noted: 0,
        ttl: 0,
        deadline: 0,
    };
    pub(super) const FOREVER: Self = Self {
        deadline: u64::MAX,
        ..Self::NEVER
    };

    #[inline]
    pub(super) fn of(slot: &Slot, tag: u64) -> Self {
        let (at, dead) = slot.heard();
        let ttl = slot.ttl.load(Relaxed);
        let (wall, noted) = slot.noted();
        if !slot.belongs_to(tag) {
            return Self::NEVER;
        }
        Self {
            at,
            wall,
            noted,
            ttl: ttl as u32,
            deadline: if dead { 0 } else { at + ttl * MILLISECOND },
        }
    }
}
