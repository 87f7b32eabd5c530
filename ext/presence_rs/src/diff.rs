use std::sync::Arc;

use magnus::{method, prelude::*, Error, RArray, RModule, RString, Ruby, Symbol};
use presence_core::{Diff as Core, Entry};

/// `PresenceRs::Native::Diff`, the inside of a `PresenceRs::Diff`: Ruby objects are made of it
/// only when somebody asks for them.
#[magnus::wrap(class = "PresenceRs::Native::Diff", free_immediately, size, frozen_shareable)]
pub(crate) struct Diff(pub(crate) Arc<Core>);

impl Diff {
    fn topic(ruby: &Ruby, rb_self: &Self) -> RString {
        ruby.str_new(&rb_self.0.topic)
    }

    fn epoch(ruby: &Ruby, rb_self: &Self) -> RString {
        ruby.str_new(&rb_self.0.epoch)
    }

    fn from(&self) -> u64 {
        self.0.from
    }

    fn version(&self) -> u64 {
        self.0.version
    }

    fn count(&self) -> usize {
        self.0.count
    }

    fn sample(&self) -> bool {
        self.0.sample
    }

    fn at(&self) -> u64 {
        self.0.at
    }

    fn json(ruby: &Ruby, rb_self: &Self) -> RString {
        ruby.str_new(rb_self.0.json())
    }

    fn sample_json(ruby: &Ruby, rb_self: &Self) -> RString {
        ruby.str_new(&rb_self.0.sample_json())
    }

    fn joins(ruby: &Ruby, rb_self: &Self) -> Result<RArray, Error> {
        list(ruby, &rb_self.0.joins)
    }

    fn updates(ruby: &Ruby, rb_self: &Self) -> Result<RArray, Error> {
        list(ruby, &rb_self.0.updates)
    }

    fn leaves(ruby: &Ruby, rb_self: &Self) -> Result<RArray, Error> {
        let array = ruby.ary_new_capa(rb_self.0.leaves.len());
        for leave in &rb_self.0.leaves {
            let reason: Symbol = ruby.to_symbol(leave.reason.as_str());
            array.push((entry(ruby, &leave.was)?, reason))?;
        }
        Ok(array)
    }
}

fn list(ruby: &Ruby, entries: &[Entry]) -> Result<RArray, Error> {
    let array = ruby.ary_new_capa(entries.len());
    for it in entries {
        array.push(entry(ruby, it)?)?;
    }
    Ok(array)
}

/// `[id, joined_at in ms, metas as JSON, sessions]`
fn entry(ruby: &Ruby, entry: &Entry) -> Result<RArray, Error> {
    let array = ruby.ary_new_capa(4);
    array.push(ruby.str_new(&entry.id))?;
    array.push(entry.joined_at)?;
    array.push(ruby.str_new(&entry.metas))?;
    array.push(entry.sessions)?;
    Ok(array)
}

pub(crate) fn init(ruby: &Ruby, native: RModule) -> Result<(), Error> {
    let class = native.define_class("Diff", ruby.class_object())?;
    class.undef_default_alloc_func();
    class.define_method("topic", method!(Diff::topic, 0))?;
    class.define_method("epoch", method!(Diff::epoch, 0))?;
    class.define_method("from", method!(Diff::from, 0))?;
    class.define_method("version", method!(Diff::version, 0))?;
    class.define_method("count", method!(Diff::count, 0))?;
    class.define_method("sample?", method!(Diff::sample, 0))?;
    class.define_method("at", method!(Diff::at, 0))?;
    class.define_method("json", method!(Diff::json, 0))?;
    class.define_method("sample_json", method!(Diff::sample_json, 0))?;
    class.define_method("joins", method!(Diff::joins, 0))?;
    class.define_method("updates", method!(Diff::updates, 0))?;
    class.define_method("leaves", method!(Diff::leaves, 0))
}
