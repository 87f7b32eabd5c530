use presence_core::{Member, Pending, Place, Published, Reason, Session};

use super::bytes::{Reader, Writer};
use crate::home::Live;
use crate::{Error, Result};

mod ear;
mod peek;

pub(crate) use ear::Ear;
use ear::Heard;
pub(crate) use peek::Online;

/// A member with what the store has to know beside: where they are heard, and where they are listed.
///
/// When a session was last heard and how long it lives is in its slot alone, so that a heartbeat
/// changes nothing here.
#[derive(Debug, Default)]
pub(crate) struct MemberRecord {
    pub(crate) member: Member,
    /// One for each session, as it was read or will be written.
    pub(crate) seats: Vec<Seat>,
    /// Where page requests are noted that change nothing else.
    pub(crate) sight: Option<Ear>,
    /// When `member.seen_at` was noted, on the store's clock.
    pub(crate) seen_mono: u64,
    /// At which time they are listed to be looked at; 0 for not at all.
    pub(crate) scheduled: u64,
    /// Under which order they are listed as changed; 0 for not at all.
    pub(crate) order: u64,
}

/// Where a session is heard, and what was known of it when its member was read.
#[derive(Clone, Debug)]
pub(crate) struct Seat {
    pub(crate) ear: Ear,
    pub(crate) token: presence_core::Token,
    pub(crate) deadline: u64,
    pub(crate) ttl: u32,
}

const PLACE: u8 = 1;
const PLACE_TOKEN: u8 = 2;
const PENDING: u8 = 4;
const PUBLISHED: u8 = 8;
const EXPIRED: u8 = 16;
const SIGHT: u8 = 32;

/// What comes before the sessions: five numbers, `told`, flags.
const HEAD: usize = 5 * 8 + 4 + 1;

impl MemberRecord {
    /// `seats` has one entry for each session of the member.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let member = &self.member;
        let mut out = Writer::with_capacity(160);
        for number in [
            member.joined_at,
            member.seen_at,
            self.seen_mono,
            self.scheduled,
            self.order,
        ] {
            out.u64(number);
        }
        out.u32(member.told);
        out.u8(self.flags());
        out.u16(member.sessions.len() as u16);
        for (session, seat) in member.sessions.iter().zip(&self.seats) {
            seat.ear.write(&mut out);
            out.name(&session.token);
            out.meta(&session.meta);
        }
        if let Some(place) = &member.place {
            out.u64(place.until);
            out.u64(place.lingers_until);
            if let Some(token) = &place.token {
                out.name(token);
            }
            out.meta(&place.meta);
        }
        if let Some(sight) = &self.sight {
            sight.write(&mut out);
        }
        if let Some(published) = member
            .pending
            .as_ref()
            .and_then(|pending| pending.published.as_ref())
        {
            out.u64(published.joined_at);
            out.u32(published.sessions as u32);
            out.text(&published.metas);
        }
        out.0
    }

    fn flags(&self) -> u8 {
        let (place, pending) = (self.member.place.as_ref(), self.member.pending.as_ref());
        let expired = pending.is_some_and(|pending| pending.reason == Reason::Expired);
        [
            (PLACE, place.is_some()),
            (PLACE_TOKEN, place.is_some_and(|place| place.token.is_some())),
            (PENDING, pending.is_some()),
            (
                PUBLISHED,
                pending.is_some_and(|pending| pending.published.is_some()),
            ),
            (EXPIRED, expired),
            (SIGHT, self.sight.is_some()),
        ]
        .iter()
        .fold(0, |flags, (flag, set)| if *set { flags | flag } else { flags })
    }

    /// Reads a member to look at them. A session whose slot is another's by now has ended since.
    pub(crate) fn view(bytes: &[u8], live: &Live) -> Result<Self> {
        Self::decode(bytes, |ear, _| Ok(ear.heard(live)))
    }

    /// Reads what others were told of a member: whether a session is over does not matter to that.
    pub(crate) fn told(bytes: &[u8]) -> Result<Self> {
        Self::decode(bytes, |_, _| Ok(Heard::FOREVER))
    }

    /// Reads a member to change them, while we have the lock: sessions that are over at `mono` are so
    /// for good from here on, however late a heartbeat of theirs comes.
    pub(crate) fn claim(bytes: &[u8], live: &Live, mono: u64) -> Result<Self> {
        let lost = || Error::damaged("was damaged (a session has lost its slot)");
        Self::decode(bytes, |ear, session| {
            let slot = ear.slot(live).ok_or_else(lost)?;
            let over = session && slot.claim(mono) == 0;
            let mut heard = Heard::of(slot, ear.tag);
            if over {
                // Its last deadline still says who was the last of them to go. Not 0, since others may
                // have been told of it.
                let deadline = heard.at + u64::from(heard.ttl) * presence_core::MILLISECOND;
                heard.deadline = deadline.min(mono).max(1);
            }
            Ok(heard)
        })
    }

    /// `hear` is given where somebody is heard, and whether that is a session.
    fn decode(bytes: &[u8], mut hear: impl FnMut(&Ear, bool) -> Result<Heard>) -> Result<Self> {
        let mut input = Reader::new(bytes);
        let mut record = Self::default();
        record.member.joined_at = input.u64()?;
        record.member.seen_at = input.u64()?;
        record.seen_mono = input.u64()?;
        record.scheduled = input.u64()?;
        record.order = input.u64()?;
        record.member.told = input.u32()?;
        let flags = input.u8()?;
        for _ in 0..input.u16()? {
            let ear = Ear::read(&mut input)?;
            let heard = hear(&ear, true)?;
            let (token, meta) = (input.name()?, input.meta()?);
            record.take_in(&ear, &heard);
            let (ttl, deadline) = (heard.ttl, heard.deadline);
            record.member.sessions.push(Session {
                token: token.into(),
                meta,
                ttl,
                deadline,
            });
            record.seats.push(Seat {
                ear,
                token: token.into(),
                deadline,
                ttl,
            });
        }
        if flags & PLACE != 0 {
            record.member.place = Some(Box::new(read_place(&mut input, flags)?));
        }
        if flags & SIGHT != 0 {
            let ear = Ear::read(&mut input)?;
            let heard = hear(&ear, false)?;
            record.take_in(&ear, &heard);
            record.sight = Some(ear);
        }
        if flags & PENDING != 0 {
            record.member.pending = Some(Box::new(read_pending(&mut input, flags)?));
        }
        Ok(record)
    }

    /// The member was heard there, maybe later than is written here.
    fn take_in(&mut self, ear: &Ear, heard: &Heard) {
        let again = heard.at == self.seen_mono && heard.noted != ear.noted;
        if heard.at != 0 && (heard.at > self.seen_mono || again) {
            self.seen_mono = heard.at;
            self.member.seen_at = heard.wall;
        }
    }
}

fn read_place(input: &mut Reader<'_>, flags: u8) -> Result<Place> {
    Ok(Place {
        until: input.u64()?,
        lingers_until: input.u64()?,
        token: match flags & PLACE_TOKEN {
            0 => None,
            _ => Some(input.name()?.into()),
        },
        meta: input.meta()?,
    })
}

fn read_pending(input: &mut Reader<'_>, flags: u8) -> Result<Pending> {
    let published = match flags & PUBLISHED {
        0 => None,
        _ => Some(Published {
            joined_at: input.u64()?,
            sessions: input.u32()? as usize,
            metas: input.text()?.to_owned().into(),
        }),
    };
    let reason = if flags & EXPIRED != 0 {
        Reason::Expired
    } else {
        Reason::Left
    };
    Ok(Pending { published, reason })
}
