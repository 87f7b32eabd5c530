use presence_core::{LimitExceeded, Meta, Now};

use super::work::{Loaded, Work};
use super::{Outcome, Store, Visit};
use crate::home::{Home, Wait};
use crate::record::{key, MemberRecord};
use crate::{Error, Result};

/// So full, in parts of a hundred, that nobody is let in any more: what is left is for leaves, and for
/// telling of them.
const FULL: u64 = 75;
/// So many members are swept at once where one is enough to make room.
const FEW: usize = 8;

impl Store {
    /// Joins, or refreshes a live session; see [`presence_core::Member::join`]. With `since` (what
    /// [`Store::mark`] has said) it is refused, and `false`, where the member was sent away meanwhile.
    #[allow(clippy::too_many_arguments)]
    pub fn join(
        &self,
        home: &Home,
        wait: Wait,
        names: (&str, &str, &str),
        meta: Option<Meta>,
        ttl: u32,
        since: Option<u64>,
        now: &Now,
    ) -> Result<Outcome> {
        let (topic, member, session) = names;
        self.work(home, wait, now, false, |work| {
            if since.is_some_and(|since| work.is_revoked(topic, member, since).unwrap_or(true)) {
                return Ok(Ok(false));
            }
            match work.find_or_make(topic, member)? {
                Ok(loaded) => work.change(loaded, |it, settings, now| {
                    it.join(session, meta, ttl, now, &settings.limits)
                }),
                Err(exceeded) => Ok(Err(exceeded)),
            }
        })
    }

    /// Replaces the meta of a live session; see [`presence_core::Member::update`].
    pub fn update(
        &self,
        home: &Home,
        wait: Wait,
        names: (&str, &str, &str),
        meta: Meta,
        now: &Now,
    ) -> Result<Outcome> {
        let (topic, member, session) = names;
        self.work(home, wait, now, false, |work| match work.find(topic, member)? {
            Some(loaded) => work.change(loaded, |it, settings, now| {
                it.update(session, meta, now, &settings.limits)
            }),
            None => Ok(Ok(false)),
        })
    }

    /// Ends one session; see [`presence_core::Member::leave`].
    pub fn leave(
        &self,
        home: &Home,
        wait: Wait,
        names: (&str, &str, &str),
        linger: u32,
        now: &Now,
    ) -> Result<bool> {
        let (topic, member, session) = names;
        self.work(home, wait, now, true, |work| match work.find(topic, member)? {
            Some(loaded) => work.change(loaded, |it, _, now| it.leave(session, linger, now)),
            None => Ok(false),
        })
    }

    /// Ends every session of a member, on one topic or everywhere, and has every process told of it.
    pub fn leave_all(
        &self,
        home: &Home,
        wait: Wait,
        topic: Option<&str>,
        member: &str,
        now: &Now,
    ) -> Result<bool> {
        self.work(home, wait, now, true, |work| {
            work.revoke(topic.unwrap_or(""), member)?;
            let topics = match topic {
                Some(topic) => work.find_topic(topic)?.into_iter().collect(),
                None => work.topics_of(member)?,
            };
            let mut left = false;
            for topic in topics {
                if let Some(loaded) = work.load(topic, member)? {
                    left |= work.change(loaded, |it, _, now| it.leave_all(now))?;
                }
            }
            Ok(left)
        })
    }

    /// Would this page request change anything but when its member was last seen? If not, that is noted
    /// right here, without any lock of another process.
    pub fn visit_counts(
        &self,
        home: &Home,
        topic: &str,
        member: &str,
        visit: Visit,
        now: &Now,
    ) -> Result<bool> {
        home.read(|read| {
            use crate::lmdb::Source;
            let Some(number) = read
                .get(&key::name(topic))?
                .map(super::work::number)
                .transpose()?
            else {
                return Ok(true);
            };
            let Some(bytes) = read.get(&key::member(number, member.as_bytes()))? else {
                return Ok(true);
            };
            let record = MemberRecord::view(bytes, &home.live)?;
            let mut it = record.member;
            let before = it.place.as_ref().map(|place| place.until);
            if it.gone() || !it.online(now.mono) {
                return Ok(true);
            }
            it.seen_at = 0;
            it.visit(visit.ttl, visit.slack, visit.navigation, now);
            if before != it.place.as_ref().map(|place| place.until) {
                return Ok(true);
            }
            let slot = record
                .sight
                .and_then(|ear| Some((ear.slot(&home.live)?, ear.tag)));
            match slot {
                Some((slot, tag)) if it.seen_at != 0 => slot.see(tag, now),
                _ => {}
            }
            Ok(false)
        })
    }

    /// A page request keeps a place for its member; see [`presence_core::Member::visit`].
    pub fn visit(
        &self,
        home: &Home,
        wait: Wait,
        names: (&str, &str),
        visit: Visit,
        now: &Now,
    ) -> Result<Outcome> {
        self.work(home, wait, now, false, |work| {
            match work.find_or_make(names.0, names.1)? {
                Ok(loaded) => work
                    .change(loaded, |it, _, now| {
                        it.visit(visit.ttl, visit.slack, visit.navigation, now)
                    })
                    .map(Ok),
                Err(exceeded) => Ok(Err(exceeded)),
            }
        })
    }
}

impl Work<'_, '_> {
    fn find(&self, topic: &str, member: &str) -> Result<Option<Loaded>> {
        match self.find_topic(topic)? {
            Some(topic) => self.load(topic, member),
            None => Ok(None),
        }
    }

    /// The member, made where there is none yet and the limits allow it.
    fn find_or_make(
        &mut self,
        topic: &str,
        member: &str,
    ) -> Result<std::result::Result<Loaded, LimitExceeded>> {
        let found = self.find_topic(topic)?;
        if let Some(loaded) = found.map(|topic| self.load(topic, member)).transpose()?.flatten() {
            if loaded.record.member.online(self.now.mono) {
                return Ok(Ok(loaded));
            }
        }
        let mut swept = false;
        loop {
            let found = self.find_topic(topic)?;
            let Some(exceeded) = self.full(found)? else {
                break;
            };
            if swept {
                return Ok(Err(exceeded));
            }
            // Some of those who fill it may be over already. The rest of them are for whoever ticks: a
            // crowd in one transaction would hold up every process.
            swept = self.sweep(FEW)?;
        }
        if self.w.percent()? >= FULL {
            return Err(Error::Full(
                "the shared store is full; give config.store a larger size:, and restart every process that uses it".into(),
            ));
        }
        let topic = self.make_topic(topic)?;
        Ok(Ok(self
            .load(topic, member)?
            .unwrap_or_else(|| Self::fresh(topic, member))))
    }
}
