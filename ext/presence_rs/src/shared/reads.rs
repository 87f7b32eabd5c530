use magnus::{method, prelude::*, Error, RArray, RClass, RString, Ruby, Value};
use presence_shared::Error as Failure;

use super::Shared;
use crate::helpers::borrow;
use crate::registry::reads::{leaf, packed, row};

/// So long a snapshot waits for another process that writes, to publish what is pending, in ns. After
/// that it shows the state at the last diff.
const PATIENCE: u64 = 100_000_000;

impl Shared {
    fn is_online(ruby: &Ruby, rb_self: &Self, topic: RString, member: RString) -> Result<bool, Error> {
        let inner = rb_self.inner(ruby)?;
        // SAFETY: no Ruby is called between this and the end of what follows it.
        let names = || unsafe { borrow::pair(ruby, topic, member) };
        inner.read_with(ruby, names, |store, home, now, (topic, member)| {
            store.is_online(home, topic, member, now)
        })
    }

    /// `online(topic, ids)`: an Array of booleans, one an id.
    fn online(ruby: &Ruby, rb_self: &Self, topic: RString, ids: RArray) -> Result<RArray, Error> {
        let inner = rb_self.inner(ruby)?;
        let topic = name(ruby, topic)?;
        let mut names = Vec::with_capacity(ids.len());
        for id in ids.into_iter() {
            let id = RString::try_convert(id)?;
            // SAFETY: copied at once.
            names.push(unsafe { borrow::name(ruby, id, "member")? }.to_owned());
        }
        let answers = inner.read(ruby, |store, home, now| {
            store.are_online(home, &topic, names.iter().map(|name| Some(name.as_str())), now)
        })?;
        Ok(ruby.ary_from_iter(answers))
    }

    fn count(ruby: &Ruby, rb_self: &Self, topic: RString) -> Result<usize, Error> {
        let inner = rb_self.inner(ruby)?;
        // SAFETY: no Ruby is called between this and the end of what follows it.
        let name = || unsafe { borrow::name(ruby, topic, "topic") };
        inner.read_with(ruby, name, |store, home, now, topic| {
            store.count(home, topic, now)
        })
    }

    fn ids(ruby: &Ruby, rb_self: &Self, topic: RString) -> Result<RArray, Error> {
        let inner = rb_self.inner(ruby)?;
        let topic = name(ruby, topic)?;
        let ids = inner.read(ruby, |store, home, now| store.ids(home, &topic, now))?;
        Ok(ruby.ary_from_iter(ids.iter().map(|id| ruby.str_new(id))))
    }

    /// `members(topic)`: `[id, joined_at in ms, metas as JSON, sessions]` each, sorted.
    fn members(ruby: &Ruby, rb_self: &Self, topic: RString) -> Result<RArray, Error> {
        let inner = rb_self.inner(ruby)?;
        let topic = name(ruby, topic)?;
        let members = inner.read(ruby, |store, home, now| store.members(home, &topic, now))?;
        let array = ruby.ary_new_capa(members.len());
        for view in &members {
            array.push(row(ruby, view)?)?;
        }
        Ok(array)
    }

    fn member(ruby: &Ruby, rb_self: &Self, topic: RString, member: RString) -> Result<Option<RArray>, Error> {
        let inner = rb_self.inner(ruby)?;
        // SAFETY: no Ruby is called between this and the end of what follows it.
        let names = || unsafe { borrow::pair(ruby, topic, member) };
        let view = inner.read_with(ruby, names, |store, home, now, (topic, member)| {
            store.member(home, topic, member, now)
        })?;
        view.map(|view| row(ruby, &view)).transpose()
    }

    fn last_seen_at(
        ruby: &Ruby,
        rb_self: &Self,
        topic: RString,
        member: RString,
    ) -> Result<Option<u64>, Error> {
        let inner = rb_self.inner(ruby)?;
        // SAFETY: no Ruby is called between this and the end of what follows it.
        let names = || unsafe { borrow::pair(ruby, topic, member) };
        inner.read_with(ruby, names, |store, home, now, (topic, member)| {
            store.last_seen_at(home, topic, member, now)
        })
    }

    fn topics(ruby: &Ruby, rb_self: &Self) -> Result<RArray, Error> {
        let names = rb_self
            .inner(ruby)?
            .read(ruby, |store, home, now| store.topic_names(home, now))?;
        Ok(ruby.ary_from_iter(names.iter().map(|name| ruby.str_new(name))))
    }

    /// `publish_pending(topic)`: publishes what is pending on a topic where its window allows. Answers
    /// false where there is more to do, and other threads should run first.
    fn publish_pending(ruby: &Ruby, rb_self: &Self, topic: RString) -> Result<bool, Error> {
        let inner = rb_self.inner(ruby)?;
        let topic = name(ruby, topic)?;
        if !inner.read(ruby, |store, home, now| store.is_pending(home, &topic, now))? {
            return Ok(true);
        }
        inner.write(ruby, PATIENCE, |store, home, wait, now| {
            match store.publish(home, wait, &topic, now) {
                // Whoever can publish does, later: what is shown until then was true at the last diff.
                Err(Failure::Unavailable(_) | Failure::Full(_)) => Ok(true),
                result => result,
            }
        })
    }

    /// `position(topic)`: `[epoch, version, count]` of the last diff.
    fn position(ruby: &Ruby, rb_self: &Self, topic: RString) -> Result<RArray, Error> {
        let inner = rb_self.inner(ruby)?;
        let topic = name(ruby, topic)?;
        let (epoch, version, count) =
            inner.read(ruby, |store, home, now| store.position(home, &topic, now))?;
        let array = ruby.ary_new_capa(3);
        array.push(ruby.str_new(&epoch))?;
        array.push(version)?;
        array.push(count)?;
        Ok(array)
    }

    /// `snapshot(topic, sample, epoch, version)`: as `Registry`'s, at the last diff.
    fn snapshot(
        ruby: &Ruby,
        rb_self: &Self,
        topic: RString,
        sample: bool,
        epoch: Option<String>,
        version: u64,
    ) -> Result<Value, Error> {
        let inner = rb_self.inner(ruby)?;
        let topic = name(ruby, topic)?;
        let known = epoch.as_deref().map(|epoch| (epoch, version));
        let snapshot = inner.read(ruby, |store, home, now| {
            store.snapshot(home, &topic, sample, known, now)
        })?;
        match snapshot {
            None => Ok(ruby.qtrue().as_value()),
            Some(snapshot) => packed(ruby, &snapshot).map(|array| array.as_value()),
        }
    }

    /// `page(topic, after, limit)`: as `Registry`'s, at the last diff.
    fn page(
        ruby: &Ruby,
        rb_self: &Self,
        topic: RString,
        after: Option<RString>,
        limit: usize,
    ) -> Result<RArray, Error> {
        let inner = rb_self.inner(ruby)?;
        let topic = name(ruby, topic)?;
        // SAFETY: copied at once.
        let after = after.map(|after| unsafe { borrow::name(ruby, after, "member") }.map(str::to_owned));
        let after = after.transpose()?;
        let page = inner.read(ruby, |store, home, now| {
            store.page(home, &topic, after.as_deref(), limit, now)
        })?;
        leaf(ruby, &page)
    }
}

fn name(ruby: &Ruby, topic: RString) -> Result<String, Error> {
    // SAFETY: copied at once.
    Ok(unsafe { borrow::name(ruby, topic, "topic")? }.to_owned())
}

pub(super) fn init(class: RClass) -> Result<(), Error> {
    class.define_method("online?", method!(Shared::is_online, 2))?;
    class.define_method("online", method!(Shared::online, 2))?;
    class.define_method("count", method!(Shared::count, 1))?;
    class.define_method("ids", method!(Shared::ids, 1))?;
    class.define_method("members", method!(Shared::members, 1))?;
    class.define_method("member", method!(Shared::member, 2))?;
    class.define_method("last_seen_at", method!(Shared::last_seen_at, 2))?;
    class.define_method("topics", method!(Shared::topics, 0))?;
    class.define_method("publish_pending", method!(Shared::publish_pending, 1))?;
    class.define_method("position", method!(Shared::position, 1))?;
    class.define_method("snapshot", method!(Shared::snapshot, 4))?;
    class.define_method("page", method!(Shared::page, 3))
}
