use magnus::{method, prelude::*, Error, RClass, RString, Ruby};
use presence_shared::Visit;

use super::{Shared, PATIENCE};
use crate::errors;
use crate::helpers::{borrow, os};
use crate::registry::writes::{meta, Names};

/// The three names of nearly every call, copied: they are used without the GVL too.
struct Owned {
    topic: String,
    member: String,
    session: String,
}

impl Owned {
    fn copy(ruby: &Ruby, topic: RString, member: RString, session: RString) -> Result<Self, Error> {
        // SAFETY: copied at once, before anything calls Ruby.
        let it = unsafe { Names::borrow(ruby, topic, member, session)? };
        Ok(Self {
            topic: it.topic.into(),
            member: it.member.into(),
            session: it.session.into(),
        })
    }

    fn names(&self) -> (&str, &str, &str) {
        (&self.topic, &self.member, &self.session)
    }
}

impl Shared {
    fn join(
        ruby: &Ruby,
        rb_self: &Self,
        topic: RString,
        member: RString,
        session: RString,
        text: Option<RString>,
        ttl: u32,
    ) -> Result<bool, Error> {
        Self::join_since(ruby, rb_self, topic, member, session, text, ttl, None)
    }

    /// `join_since(…, since)`: refused, and false, where the member was sent away after the store was at
    /// `since`, which [`Shared::mark`] has told.
    #[allow(clippy::too_many_arguments)]
    fn join_since(
        ruby: &Ruby,
        rb_self: &Self,
        topic: RString,
        member: RString,
        session: RString,
        text: Option<RString>,
        ttl: u32,
        since: Option<u64>,
    ) -> Result<bool, Error> {
        let inner = rb_self.inner(ruby)?;
        let meta = text.map(|text| meta(ruby, text)).transpose()?;
        let it = Owned::copy(ruby, topic, member, session)?;
        inner
            .write(ruby, PATIENCE, |store, home, wait, now| {
                store.join(home, wait, it.names(), meta.clone(), ttl, since, now)
            })?
            .map_err(|exceeded| errors::limit_exceeded(ruby, exceeded))
    }

    fn touch(
        ruby: &Ruby,
        rb_self: &Self,
        topic: RString,
        member: RString,
        session: RString,
    ) -> Result<bool, Error> {
        let inner = rb_self.inner(ruby)?;
        // SAFETY: no Ruby is called between this and the end of what follows it.
        let names = || unsafe { Names::borrow(ruby, topic, member, session) };
        inner.read_with(ruby, names, |store, home, now, it| {
            store.touch(home, (it.topic, it.member, it.session), now)
        })
    }

    fn update(
        ruby: &Ruby,
        rb_self: &Self,
        topic: RString,
        member: RString,
        session: RString,
        text: RString,
    ) -> Result<bool, Error> {
        let inner = rb_self.inner(ruby)?;
        let meta = meta(ruby, text)?;
        let it = Owned::copy(ruby, topic, member, session)?;
        inner
            .write(ruby, PATIENCE, |store, home, wait, now| {
                store.update(home, wait, it.names(), meta.clone(), now)
            })?
            .map_err(|exceeded| errors::limit_exceeded(ruby, exceeded))
    }

    fn leave(
        ruby: &Ruby,
        rb_self: &Self,
        topic: RString,
        member: RString,
        session: RString,
        linger: u32,
    ) -> Result<bool, Error> {
        let inner = rb_self.inner(ruby)?;
        let it = Owned::copy(ruby, topic, member, session)?;
        inner.write(ruby, PATIENCE, |store, home, wait, now| {
            store.leave(home, wait, it.names(), linger, now)
        })
    }

    fn leave_all(
        ruby: &Ruby,
        rb_self: &Self,
        topic: Option<RString>,
        member: RString,
    ) -> Result<bool, Error> {
        let inner = rb_self.inner(ruby)?;
        // SAFETY: copied at once.
        let member = unsafe { borrow::name(ruby, member, "member")? }.to_owned();
        let topic = match topic {
            // SAFETY: as above.
            Some(topic) => Some(unsafe { borrow::name(ruby, topic, "topic")? }.to_owned()),
            None => None,
        };
        inner.write(ruby, PATIENCE, |store, home, wait, now| {
            store.leave_all(home, wait, topic.as_deref(), &member, now)
        })
    }

    fn visit(
        ruby: &Ruby,
        rb_self: &Self,
        topic: RString,
        member: RString,
        ttl: u32,
        slack: u32,
        navigation: bool,
    ) -> Result<bool, Error> {
        let inner = rb_self.inner(ruby)?;
        // SAFETY: copied at once.
        let topic = unsafe { borrow::name(ruby, topic, "topic")? }.to_owned();
        // SAFETY: as above.
        let member = unsafe { borrow::name(ruby, member, "member")? }.to_owned();
        let visit = Visit {
            ttl,
            slack,
            navigation,
        };
        if !inner.read(ruby, |store, home, now| {
            store.visit_counts(home, &topic, &member, visit, now)
        })? {
            return Ok(false);
        }
        inner
            .write(ruby, PATIENCE, |store, home, wait, now| {
                store.visit(home, wait, (&topic, &member), visit, now)
            })?
            .map_err(|exceeded| errors::limit_exceeded(ruby, exceeded))
    }

    /// `mark`: where the store is now, for `join_since`.
    fn mark(ruby: &Ruby, rb_self: &Self) -> Result<u64, Error> {
        rb_self
            .inner(ruby)?
            .read(ruby, |store, home, _| Ok(store.mark(home)))
    }

    /// `halfway(signal)`: sends this process a signal in the middle of a transaction. For tests.
    fn halfway(ruby: &Ruby, rb_self: &Self, signal: i32) -> Result<(), Error> {
        let inner = rb_self.inner(ruby)?;
        inner.write(ruby, PATIENCE, |store, home, wait, now| {
            store.halfway(home, wait, ("halfway", "nobody"), now, || os::raise(signal))
        })
    }
}

pub(super) fn init(class: RClass) -> Result<(), Error> {
    class.define_method("join", method!(Shared::join, 5))?;
    class.define_method("join_since", method!(Shared::join_since, 6))?;
    class.define_method("touch", method!(Shared::touch, 3))?;
    class.define_method("update", method!(Shared::update, 4))?;
    class.define_method("leave", method!(Shared::leave, 4))?;
    class.define_method("leave_all", method!(Shared::leave_all, 2))?;
    class.define_method("visit", method!(Shared::visit, 5))?;
    class.define_method("mark", method!(Shared::mark, 0))?;
    class.define_method("halfway", method!(Shared::halfway, 1))
}
