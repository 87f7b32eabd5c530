use std::sync::Arc;

use magnus::{method, prelude::*, Error, RClass, RString, Ruby};
use presence_core::Meta;

use super::Registry;
use crate::errors;
use crate::helpers::borrow;

/// The three names of nearly every call, borrowed.
pub(crate) struct Names<'a> {
    pub(crate) topic: &'a str,
    pub(crate) member: &'a str,
    pub(crate) session: &'a str,
}

impl Names<'_> {
    /// # Safety
    ///
    /// As for [`borrow::name`]: no Ruby may be called while the names are in use.
    #[inline]
    pub(crate) unsafe fn borrow(
        ruby: &Ruby,
        topic: RString,
        member: RString,
        session: RString,
    ) -> Result<Self, Error> {
        // SAFETY: as asked of our caller; an error, which does call Ruby, ends the borrows.
        unsafe {
            Ok(Self {
                topic: borrow::name(ruby, topic, "topic")?,
                member: borrow::name(ruby, member, "member")?,
                session: borrow::name(ruby, session, "session")?,
            })
        }
    }
}

/// The meta of JSON text written by `Native.dump`.
pub(crate) fn meta(ruby: &Ruby, text: RString) -> Result<Meta, Error> {
    // SAFETY: copied at once, before anything calls Ruby.
    match unsafe { borrow::text(ruby, text) } {
        Some(text) => Ok(meta_of(text)),
        None => Err(errors::invalid_meta(ruby, "a meta is not UTF-8".into())),
    }
}

/// The same, of the text.
pub(crate) fn meta_of(text: &str) -> Meta {
    (text != "{}").then(|| Arc::from(text))
}

impl Registry {
    fn join(
        ruby: &Ruby,
        rb_self: &Self,
        topic: RString,
        member: RString,
        session: RString,
        text: Option<RString>,
        ttl: u32,
    ) -> Result<bool, Error> {
        let inner = rb_self.inner(ruby)?;
        let meta = text.map(|text| meta(ruby, text)).transpose()?;
        // SAFETY: nothing below calls Ruby before the names were used.
        let it = unsafe { Names::borrow(ruby, topic, member, session)? };
        let now = inner.clock.arriving();
        inner
            .with(now, |core, now| {
                core.join(it.topic, it.member, it.session, meta, ttl, now)
            })
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
        // SAFETY: nothing below calls Ruby.
        let it = unsafe { Names::borrow(ruby, topic, member, session)? };
        Ok(inner.with(inner.clock.coarse(), |core, now| {
            core.touch(it.topic, it.member, it.session, now)
        }))
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
        // SAFETY: nothing below calls Ruby before the names were used.
        let it = unsafe { Names::borrow(ruby, topic, member, session)? };
        inner
            .with(inner.clock.coarse(), |core, now| {
                core.update(it.topic, it.member, it.session, meta, now)
            })
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
        // SAFETY: nothing below calls Ruby.
        let it = unsafe { Names::borrow(ruby, topic, member, session)? };
        Ok(inner.with(inner.clock.coarse(), |core, now| {
            core.leave(it.topic, it.member, it.session, linger, now)
        }))
    }

    fn leave_all(
        ruby: &Ruby,
        rb_self: &Self,
        topic: Option<RString>,
        member: RString,
    ) -> Result<bool, Error> {
        let inner = rb_self.inner(ruby)?;
        // SAFETY: nothing below calls Ruby.
        let member = unsafe { borrow::name(ruby, member, "member")? };
        let topic = match topic {
            // SAFETY: as above.
            Some(topic) => Some(unsafe { borrow::name(ruby, topic, "topic")? }),
            None => None,
        };
        Ok(inner.with(inner.clock.coarse(), |core, now| match topic {
            Some(topic) => core.leave_all(topic, member, now),
            None => core.leave_everywhere(member, now),
        }))
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
        // SAFETY: nothing below calls Ruby before the names were used.
        let topic = unsafe { borrow::name(ruby, topic, "topic")? };
        // SAFETY: as above.
        let member = unsafe { borrow::name(ruby, member, "member")? };
        let now = inner.clock.arriving();
        inner
            .with(now, |core, now| {
                core.visit(topic, member, (ttl, slack), navigation, now)
            })
            .map_err(|exceeded| errors::limit_exceeded(ruby, exceeded))
    }
}

pub(super) fn init(class: RClass) -> Result<(), Error> {
    class.define_method("join", method!(Registry::join, 5))?;
    class.define_method("touch", method!(Registry::touch, 3))?;
    class.define_method("update", method!(Registry::update, 4))?;
    class.define_method("leave", method!(Registry::leave, 4))?;
    class.define_method("leave_all", method!(Registry::leave_all, 2))?;
    class.define_method("visit", method!(Registry::visit, 5))
}
