use magnus::rb_sys::AsRawValue;
use magnus::{method, prelude::*, Error, RArray, RClass, RString, Ruby, Value};
use presence_core::{MemberView, Page, Snapshot};

use super::Registry;
use crate::helpers::borrow;

impl Registry {
    fn is_online(ruby: &Ruby, rb_self: &Self, topic: RString, member: RString) -> Result<bool, Error> {
        let inner = rb_self.inner(ruby)?;
        // SAFETY: nothing below calls Ruby.
        let topic = unsafe { borrow::name(ruby, topic, "topic")? };
        // SAFETY: as above.
        let member = unsafe { borrow::name(ruby, member, "member")? };
        Ok(inner.with(inner.clock.measuring(), |core, now| {
            core.is_online(topic, member, now)
        }))
    }

    /// `online(topic, ids)`: an Array of booleans, one an id.
    fn online(ruby: &Ruby, rb_self: &Self, topic: RString, ids: RArray) -> Result<RArray, Error> {
        let inner = rb_self.inner(ruby)?;
        let mut strings = Vec::with_capacity(ids.len());
        for id in ids.into_iter() {
            let id = RString::try_convert(id)?;
            // SAFETY: only checked here, not kept.
            unsafe { borrow::name(ruby, id, "member")? };
            strings.push(id);
        }
        // SAFETY: nothing below calls Ruby before the answers are there; `ids` holds the strings.
        let topic = unsafe { borrow::name(ruby, topic, "topic")? };
        let answers = inner.with(inner.clock.measuring(), |core, now| {
            // SAFETY: as above; the strings were checked, so that this makes no error.
            let names = strings.iter().map(|&id| unsafe { borrow::text(ruby, id) });
            core.are_online(topic, names, now)
        });
        Ok(ruby.ary_from_iter(answers))
    }

    /// `try_online(topic, ids)`: those of the Strings who are online; `nil` where one is no name.
    fn try_online(ruby: &Ruby, rb_self: &Self, topic: RString, ids: RArray) -> Result<Option<RArray>, Error> {
        let inner = rb_self.inner(ruby)?;
        // SAFETY: nothing below calls Ruby, or changes `ids`, before the answers are there.
        let (topic, values) = unsafe { (borrow::name(ruby, topic, "topic")?, ids.as_slice()) };
        let mut usual = true;
        let answers = inner.with(inner.clock.measuring(), |core, now| {
            let names = values.iter().map(|value| {
                // SAFETY: as above.
                let name = unsafe { borrow::raw(ruby, value.as_raw()) };
                usual &= name.is_some();
                name
            });
            core.are_online(topic, names, now)
        });
        if !usual {
            return Ok(None);
        }
        let online = ruby.ary_new_capa(answers.iter().filter(|&&online| online).count());
        for (index, _) in answers.iter().enumerate().filter(|(_, &online)| online) {
            online.push(ids.entry::<Value>(index as isize)?)?;
        }
        Ok(Some(online))
    }

    fn count(ruby: &Ruby, rb_self: &Self, topic: RString) -> Result<Option<usize>, Error> {
        let inner = rb_self.inner(ruby)?;
        // SAFETY: nothing below calls Ruby.
        let topic = unsafe { borrow::name(ruby, topic, "topic")? };
        Ok(inner.swept(|core, _| core.count(topic)))
    }

    fn ids(ruby: &Ruby, rb_self: &Self, topic: RString) -> Result<Option<RArray>, Error> {
        let inner = rb_self.inner(ruby)?;
        // SAFETY: nothing below calls Ruby before the ids are copied.
        let topic = unsafe { borrow::name(ruby, topic, "topic")? };
        let ids: Option<Vec<Box<str>>> =
            inner.swept(|core, _| core.ids(topic).into_iter().map(Into::into).collect());
        Ok(ids.map(|ids| ruby.ary_from_iter(ids.iter().map(|id| ruby.str_new(id)))))
    }

    /// `members(topic)`: `[id, joined_at in ms, metas as JSON, sessions]` each, sorted.
    fn members(ruby: &Ruby, rb_self: &Self, topic: RString) -> Result<Option<RArray>, Error> {
        let inner = rb_self.inner(ruby)?;
        // SAFETY: nothing below calls Ruby before the members are copied.
        let topic = unsafe { borrow::name(ruby, topic, "topic")? };
        let members = inner.swept(|core, now| core.members(topic, now));
        let Some(members) = members else {
            return Ok(None);
        };
        let array = ruby.ary_new_capa(members.len());
        for view in &members {
            array.push(row(ruby, view)?)?;
        }
        Ok(Some(array))
    }

    fn member(ruby: &Ruby, rb_self: &Self, topic: RString, member: RString) -> Result<Option<RArray>, Error> {
        let inner = rb_self.inner(ruby)?;
        // SAFETY: nothing below calls Ruby before the member is copied.
        let topic = unsafe { borrow::name(ruby, topic, "topic")? };
        // SAFETY: as above.
        let member = unsafe { borrow::name(ruby, member, "member")? };
        let view = inner.with(inner.clock.coarse(), |core, now| core.member(topic, member, now));
        view.map(|view| row(ruby, &view)).transpose()
    }

    fn last_seen_at(
        ruby: &Ruby,
        rb_self: &Self,
        topic: RString,
        member: RString,
    ) -> Result<Option<u64>, Error> {
        let inner = rb_self.inner(ruby)?;
        // SAFETY: nothing below calls Ruby.
        let topic = unsafe { borrow::name(ruby, topic, "topic")? };
        // SAFETY: as above.
        let member = unsafe { borrow::name(ruby, member, "member")? };
        Ok(inner.with(inner.clock.coarse(), |core, now| {
            core.last_seen_at(topic, member, now)
        }))
    }

    fn topics(ruby: &Ruby, rb_self: &Self) -> Result<Option<RArray>, Error> {
        let inner = rb_self.inner(ruby)?;
        let names = inner.swept(|core, _| core.topic_names());
        Ok(names.map(|names| ruby.ary_from_iter(names.iter().map(|name| ruby.str_new(name)))))
    }

    /// `position(topic)`: `[epoch, version, count]` of the last diff, after what is pending was
    /// published where its window allows.
    fn position(ruby: &Ruby, rb_self: &Self, topic: RString) -> Result<Option<RArray>, Error> {
        let inner = rb_self.inner(ruby)?;
        // SAFETY: nothing below calls Ruby before the position is copied.
        let topic = unsafe { borrow::name(ruby, topic, "topic")? };
        let position = inner.swept_now(|core, now| {
            let whole = core.publish_pending(topic, now);
            whole.then(|| core.position(topic))
        });
        let Some((epoch, version, count)) = position.flatten() else {
            return Ok(None);
        };
        let array = ruby.ary_new_capa(3);
        array.push(ruby.str_new(&epoch))?;
        array.push(version)?;
        array.push(count)?;
        Ok(Some(array))
    }

    /// `snapshot(topic, sample, epoch, version)`: `[epoch, version, count, sample, JSON, sessions
    /// packed as "S*"]`; `true` when the caller's epoch and version are those of now; `nil` when
    /// there is so much to sweep, or to publish, that other threads should run first.
    fn snapshot(
        ruby: &Ruby,
        rb_self: &Self,
        topic: RString,
        sample: bool,
        epoch: Option<RString>,
        version: u64,
    ) -> Result<Value, Error> {
        let inner = rb_self.inner(ruby)?;
        // SAFETY: nothing below calls Ruby before the snapshot is made.
        let topic = unsafe { borrow::name(ruby, topic, "topic")? };
        // SAFETY: as above.
        let known = epoch.and_then(|epoch| unsafe { borrow::text(ruby, epoch) });
        let snapshot = inner.swept_now(|core, now| {
            let whole = core.publish_pending(topic, now);
            whole.then(|| {
                let (epoch, at, _) = core.position(topic);
                let same = known == Some(&*epoch) && version == at;
                (!same).then(|| core.snapshot(topic, sample, now))
            })
        });
        let snapshot = match snapshot.flatten() {
            None => return Ok(ruby.qnil().as_value()),
            Some(None) => return Ok(ruby.qtrue().as_value()),
            Some(Some(snapshot)) => snapshot,
        };
        let array = packed(ruby, &snapshot)?;
        inner.state.lock().core.reuse(snapshot.json);
        Ok(array.as_value())
    }

    /// `page(topic, after, limit)`: `[epoch, version, count, next, JSON, sessions packed as "S*"]`; `nil` as
    /// for `snapshot`.
    fn page(
        ruby: &Ruby,
        rb_self: &Self,
        topic: RString,
        after: Option<RString>,
        limit: usize,
    ) -> Result<Option<RArray>, Error> {
        let inner = rb_self.inner(ruby)?;
        // SAFETY: nothing below calls Ruby before the page is made.
        let topic = unsafe { borrow::name(ruby, topic, "topic")? };
        // SAFETY: as above.
        let after = after
            .map(|after| unsafe { borrow::name(ruby, after, "member") })
            .transpose()?;
        let page = inner.swept_now(|core, now| {
            let whole = core.publish_pending(topic, now);
            whole.then(|| core.page(topic, after, limit, now))
        });
        page.flatten().map(|page| leaf(ruby, &page)).transpose()
    }
}

/// `[epoch, version, count, next, JSON, sessions packed as "S*"]`
pub(crate) fn leaf(ruby: &Ruby, page: &Page) -> Result<RArray, Error> {
    let array = ruby.ary_new_capa(6);
    array.push(ruby.str_new(&page.epoch))?;
    array.push(page.version)?;
    array.push(page.count)?;
    array.push(page.next.as_deref().map(|next| ruby.str_new(next)))?;
    array.push(ruby.str_new(&page.json))?;
    array.push(ruby.str_from_slice(&bytes(&page.sessions)))?;
    Ok(array)
}

fn bytes(sessions: &[u16]) -> Vec<u8> {
    sessions.iter().flat_map(|count| count.to_ne_bytes()).collect()
}

/// `[epoch, version, count, sample, JSON, sessions packed as "S*"]`
pub(crate) fn packed(ruby: &Ruby, snapshot: &Snapshot) -> Result<RArray, Error> {
    let array = ruby.ary_new_capa(6);
    array.push(ruby.str_new(&snapshot.epoch))?;
    array.push(snapshot.version)?;
    array.push(snapshot.count)?;
    array.push(snapshot.sample)?;
    array.push(ruby.str_new(&snapshot.json))?;
    array.push(ruby.str_from_slice(&bytes(&snapshot.sessions)))?;
    Ok(array)
}

pub(crate) fn row(ruby: &Ruby, view: &MemberView) -> Result<RArray, Error> {
    let array = ruby.ary_new_capa(4);
    array.push(ruby.str_new(&view.id))?;
    array.push(view.joined_at)?;
    array.push(ruby.str_new(&view.metas))?;
    array.push(view.sessions)?;
    Ok(array)
}

pub(super) fn init(class: RClass) -> Result<(), Error> {
    class.define_method("online?", method!(Registry::is_online, 2))?;
    class.define_method("online", method!(Registry::online, 2))?;
    class.define_method("try_online", method!(Registry::try_online, 2))?;
    class.define_method("count", method!(Registry::count, 1))?;
    class.define_method("ids", method!(Registry::ids, 1))?;
    class.define_method("members", method!(Registry::members, 1))?;
    class.define_method("member", method!(Registry::member, 2))?;
    class.define_method("last_seen_at", method!(Registry::last_seen_at, 2))?;
    class.define_method("topics", method!(Registry::topics, 0))?;
    class.define_method("position", method!(Registry::position, 1))?;
    class.define_method("snapshot", method!(Registry::snapshot, 4))?;
    class.define_method("page", method!(Registry::page, 3))
}
