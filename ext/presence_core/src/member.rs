use std::sync::Arc;

use smallvec::SmallVec;

use crate::limits::{LimitExceeded, Limits};
use crate::now::{Now, MILLISECOND};

mod place;
mod published;
mod session;

pub use place::Place;
pub use published::{Change, Metas, Pending, Published, Reason};
pub use session::{Session, Token};

/// What a session shows to others: JSON text of an object; `None` is `{}`.
pub type Meta = Option<Arc<str>>;

/// One person on one topic: their sessions, the place kept for them, and what others were told.
///
/// Every method first forgets the sessions whose time is over, so that what it decides is true at
/// `now`. Before the first change that others can see since the last diff, it puts aside what
/// they were told ([`Pending`]), so that the next diff is the net change.
///
/// The fields are there for a store that keeps members elsewhere than in memory; what else may
/// change them are the methods.
#[derive(Clone, Debug, Default)]
pub struct Member {
    /// In the order of joins; some may be over, until a method forgets them.
    pub sessions: SmallVec<[Session; 1]>,
    /// When they were last heard from, in milliseconds since 1970; 0 for never.
    pub seen_at: u64,
    /// What others were told, where that may differ from what is true now.
    pub pending: Option<Box<Pending>>,
    /// What keeps them online without a live session.
    pub place: Option<Box<Place>>,
    /// Milliseconds since 1970.
    pub joined_at: u64,
    /// Their live sessions at the last diff: coming to linger, or back from it, with the same meta
    /// is told to nobody.
    pub told: u32,
}

impl Member {
    /// Is one of their sessions live, or a place kept for them, at this time?
    #[must_use]
    pub fn online(&self, mono: u64) -> bool {
        self.sessions.iter().any(|session| session.live(mono))
            || self.place.as_ref().is_some_and(|place| place.until > mono)
    }

    /// Nothing is left of them but, maybe, what the next diff has to tell.
    #[must_use]
    pub fn gone(&self) -> bool {
        self.sessions.is_empty() && self.place.is_none()
    }

    /// When to look at this member again, as far as is known now.
    #[must_use]
    pub fn next_due(&self) -> Option<u64> {
        let first = self.sessions.iter().map(|session| session.deadline).min();
        first.or_else(|| self.place.as_ref().map(|place| place.until))
    }

    /// Joins, or refreshes a live session. `meta` of `None` keeps what a live session has.
    /// Answers whether this brought the member online.
    pub fn join(
        &mut self,
        token: &str,
        meta: Option<Meta>,
        ttl: u32,
        now: &Now,
        limits: &Limits,
    ) -> Result<bool, LimitExceeded> {
        self.prune(now.mono);
        let deadline = now.deadline(ttl);
        if let Some(at) = self.position(token) {
            if let Some(meta) = meta {
                self.replace_meta(at, meta, limits)?;
            }
            let session = &mut self.sessions[at];
            session.ttl = ttl;
            session.deadline = deadline;
            self.seen_at = now.wall;
            return Ok(false);
        }
        let meta = meta.unwrap_or(None);
        if self.sessions.len() >= limits.max_sessions_per_member {
            return Err(LimitExceeded {
                limit: "max_sessions_per_member",
                value: limits.max_sessions_per_member,
            });
        }
        self.check_bytes(0, &meta, limits)?;
        let came = self.gone();
        self.mark();
        self.place = None;
        self.sessions.push(Session {
            token: token.into(),
            meta,
            ttl,
            deadline,
        });
        self.arrive(came, now);
        Ok(came)
    }

    /// A word from the client: prolongs a live session by its own ttl.
    #[inline]
    pub fn touch(&mut self, token: &str, now: &Now) -> bool {
        for session in &mut self.sessions {
            if *session.token == *token {
                if !session.live(now.mono) {
                    return false;
                }
                session.deadline = now.deadline(session.ttl);
                self.seen_at = now.wall;
                return true;
            }
        }
        false
    }

    /// Replaces the meta of a live session and prolongs nothing.
    pub fn update(
        &mut self,
        token: &str,
        meta: Meta,
        now: &Now,
        limits: &Limits,
    ) -> Result<bool, LimitExceeded> {
        self.prune(now.mono);
        match self.position(token) {
            Some(at) => self.replace_meta(at, meta, limits).map(|()| true),
            None => Ok(false),
        }
    }

    /// Ends one session; with `linger` (ms) the last one leaves a place behind for so long, but
    /// no longer than it had to live. Answers whether this took the member offline.
    pub fn leave(&mut self, token: &str, linger: u32, now: &Now) -> bool {
        self.prune(now.mono);
        if let Some(at) = self.position(token) {
            self.mark();
            let session = self.sessions.remove(at);
            if !self.sessions.is_empty() {
                return false;
            }
            if linger > 0 {
                let lingers = now.deadline(linger).min(session.deadline);
                self.place = Some(Place::after(session, lingers, self.place.take()));
                return false;
            }
        } else if linger == 0 && self.place.as_ref().is_some_and(|place| place.of(token)) {
            self.mark();
        } else {
            return false;
        }
        self.depart(Reason::Left);
        true
    }

    /// Ends every session and place. Answers whether this took the member offline.
    pub fn leave_all(&mut self, now: &Now) -> bool {
        self.prune(now.mono);
        if self.gone() {
            return false;
        }
        self.mark();
        self.depart(Reason::Left);
        true
    }

    /// A page request of this member keeps a place for `ttl` ms, as one who lingers.
    ///
    /// While a session is live or lingers only a navigation counts, and only for what comes
    /// after that session. Nothing is written where less than `slack` ms would be lost by it.
    /// Answers whether this brought the member online.
    pub fn visit(&mut self, ttl: u32, slack: u32, navigation: bool, now: &Now) -> bool {
        self.prune(now.mono);
        let lingers = self
            .place
            .as_ref()
            .is_some_and(|place| place.lingers_until > now.mono);
        if !navigation && (lingers || !self.sessions.is_empty()) {
            return false;
        }
        let until = now.deadline(ttl);
        let came = self.gone();
        if came {
            self.mark();
        }
        let slack = u64::from(slack) * MILLISECOND;
        match &mut self.place {
            // One that is over behind a live session keeps nobody.
            Some(place) if place.until > now.mono && place.until + slack > until => {}
            Some(place) => place.until = until,
            None => self.place = Some(Place::request(until)),
        }
        self.arrive(came, now);
        came
    }

    /// Forgets what is over at `mono`.
    pub fn prune(&mut self, mono: u64) {
        if self.sessions.is_empty() {
            if self.place.as_ref().is_some_and(|place| place.until <= mono) {
                self.mark();
                self.depart(Reason::Left);
            }
            return;
        }
        if self.sessions.iter().all(|session| session.live(mono)) {
            return;
        }
        self.mark();
        let longest = self.sessions.iter().map(|session| session.deadline).max();
        let mut last = None;
        self.sessions.retain(|session| {
            if session.deadline == longest.unwrap_or(0) {
                last = Some(session.clone());
            }
            session.live(mono)
        });
        if !self.sessions.is_empty() {
            return;
        }
        match (self.place.take(), last) {
            // Going on to a page without a socket is no leave: the request's place takes over.
            (Some(place), Some(last)) if place.until > last.deadline => {
                let until = place.until;
                self.place = Some(Place::after(last, 0, Some(place)));
                if until <= mono {
                    self.depart(Reason::Left);
                }
            }
            _ => self.depart(Reason::Expired),
        }
    }

    /// Takes what the next diff has to say of this member, if it says anything.
    pub fn settle(&mut self) -> Option<Change> {
        self.take_change().map(|(change, _)| change)
    }

    /// As [`Member::settle`], with what others see of the member from now on.
    pub(crate) fn take_change(&mut self) -> Option<(Change, Option<Published>)> {
        let pending = self.pending.take()?;
        let is = self.published();
        let change = match (pending.published, &is) {
            (None, None) => return None,
            (None, Some(_)) => Change::Join,
            (Some(was), None) => Change::Leave(was, pending.reason),
            (Some(was), Some(is)) if was.metas == is.metas => return None,
            (Some(_), Some(_)) => Change::Update,
        };
        self.told = self.sessions.len() as u32;
        Some((change, is))
    }

    /// What others see of this member once all that is pending is told.
    #[must_use]
    pub fn published(&self) -> Option<Published> {
        if self.gone() {
            return None;
        }
        Some(Published {
            joined_at: self.joined_at,
            metas: self.metas(),
            sessions: self.sessions.len(),
        })
    }

    fn metas(&self) -> Metas {
        if let [Session { meta: None, .. }] = &*self.sessions {
            return "[{}]".into();
        }
        // As long as it will be, so that nothing is allocated twice.
        let bytes: usize = self
            .sessions
            .iter()
            .map(|session| text(&session.meta).len() + 1)
            .sum();
        let kept = self.place.as_ref().map_or(0, |place| text(&place.meta).len());
        let mut metas = String::with_capacity(1 + bytes.max(kept + 1));
        self.write_metas(&mut metas, 0);
        metas.into()
    }

    /// Appends the metas as a JSON array: those of the sessions live at `mono`, in the order of
    /// joins, or else the one that the place has kept. Answers the number of live sessions.
    pub fn write_metas(&self, out: &mut String, mono: u64) -> usize {
        out.push('[');
        let mut count = 0;
        for session in self.sessions.iter().filter(|session| session.live(mono)) {
            if count > 0 {
                out.push(',');
            }
            out.push_str(text(&session.meta));
            count += 1;
        }
        if count == 0 {
            let kept = self.place.as_ref().map(|place| &place.meta);
            // A place that waits behind sessions takes over the meta of the last of them.
            let last = self.sessions.iter().max_by_key(|session| session.deadline);
            let meta = last.map(|session| &session.meta).or(kept);
            if let Some(meta) = meta {
                out.push_str(text(meta));
            }
        }
        out.push(']');
        count
    }

    fn position(&self, token: &str) -> Option<usize> {
        self.sessions.iter().position(|session| *session.token == *token)
    }

    fn replace_meta(&mut self, at: usize, meta: Meta, limits: &Limits) -> Result<(), LimitExceeded> {
        let old = &self.sessions[at].meta;
        if *old == meta {
            return Ok(());
        }
        self.check_bytes(text(old).len(), &meta, limits)?;
        self.mark();
        self.sessions[at].meta = meta;
        Ok(())
    }

    fn check_bytes(&self, replaced: usize, meta: &Meta, limits: &Limits) -> Result<(), LimitExceeded> {
        let held: usize = self
            .sessions
            .iter()
            .map(|session| text(&session.meta).len())
            .sum();
        if held - replaced + text(meta).len() > limits.max_member_bytes {
            return Err(LimitExceeded {
                limit: "max_member_bytes",
                value: limits.max_member_bytes,
            });
        }
        Ok(())
    }

    fn arrive(&mut self, came: bool, now: &Now) {
        self.seen_at = now.wall;
        if came {
            let told = self
                .pending
                .as_ref()
                .and_then(|pending| pending.published.as_ref());
            // Who left and came back before anybody was told has never been away.
            self.joined_at = told.map_or(now.wall, |published| published.joined_at);
        }
    }

    fn depart(&mut self, reason: Reason) {
        self.sessions = SmallVec::new();
        self.place = None;
        if let Some(pending) = &mut self.pending {
            pending.reason = reason;
        }
    }

    fn mark(&mut self) {
        if self.pending.is_none() {
            let told = self.told as usize;
            self.pending = Some(Box::new(Pending {
                published: self.published().map(|is| Published { sessions: told, ..is }),
                reason: Reason::Left,
            }));
        }
    }
}

/// The JSON text of a meta.
pub(crate) fn text(meta: &Meta) -> &str {
    meta.as_deref().unwrap_or("{}")
}
