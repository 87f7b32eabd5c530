use magnus::{method, prelude::*, Error, RArray, RClass, Ruby};
use presence_shared::{Error as Failure, Item};

use super::{Shared, PATIENCE};
use crate::diff::Diff;
use crate::helpers::gvl::{self, Interrupt};

impl Shared {
    /// `tick(force)`: sweeps, and takes the diffs that are due. Answers whether all is done; if not,
    /// let other threads run and call again.
    fn tick(ruby: &Ruby, rb_self: &Self, force: bool) -> Result<bool, Error> {
        let inner = rb_self.inner(ruby)?;
        let exact = |home: &presence_shared::Home| inner.store.now(home, &inner.clock.exact());
        if !inner.ask(ruby, |home| inner.store.is_due(home, &exact(home), force))? {
            return Ok(true);
        }
        inner.write(ruby, PATIENCE, |store, home, wait, _| {
            store.tick(home, wait, &exact(home), force)
        })
    }

    /// `drain`: what has happened since the last call, as far as fits: `[diff, own]`, `[topic | nil,
    /// member, mark]` of one who was sent away, or the name of a topic whose diffs were lost.
    fn drain(ruby: &Ruby, rb_self: &Self) -> Result<RArray, Error> {
        let inner = rb_self.inner(ruby)?;
        let items = inner.ask(ruby, |home| inner.store.drain(home))?;
        let array = ruby.ary_new_capa(items.len());
        for item in items {
            match item {
                Item::Diff(diff, own) => array.push((Diff(diff), own))?,
                Item::Revoked(topic, member, mark) => {
                    let topic = topic.map(|topic| ruby.str_new(&topic));
                    array.push((topic, ruby.str_new(&member), mark))?;
                }
                Item::Lost(topic) => array.push(ruby.str_new(&topic))?,
            }
        }
        Ok(array)
    }

    /// `wait`: until there is something to drain or to tick for, or for a second.
    fn wait(ruby: &Ruby, rb_self: &Self) -> Result<(), Error> {
        let inner = rb_self.inner(ruby)?;
        let home = inner.home(ruby)?;
        home.look_after_files();
        match inner.store.plan(&home, &inner.clock.exact()) {
            Ok(None) | Err(Failure::Retired | Failure::Damaged(_)) => Ok(()),
            Ok(Some(sleep)) => gvl::without(ruby, Interrupt::BySignal, || inner.store.sleep(&home, sleep)),
            Err(error) => Err(crate::errors::shared(ruby, error)),
        }
    }

    /// `wake`: ends a `wait`.
    fn wake(ruby: &Ruby, rb_self: &Self) -> Result<(), Error> {
        let inner = rb_self.inner(ruby)?;
        if let Some(home) = inner.files.home.lock().as_ref().filter(|home| home.usable()) {
            inner.store.wake(home);
        }
        Ok(())
    }
}

pub(super) fn init(class: RClass) -> Result<(), Error> {
    class.define_method("tick", method!(Shared::tick, 1))?;
    class.define_method("drain", method!(Shared::drain, 0))?;
    class.define_method("wait", method!(Shared::wait, 0))?;
    class.define_method("wake", method!(Shared::wake, 0))
}
