use std::sync::Arc;

use magnus::{method, prelude::*, Error, RArray, RClass, RString, Ruby};
use parking_lot::Mutex;
use presence_shared::{Cursor, Error as Failure, Home, Ring, Wait};

use super::{Inner, Shared};
use crate::errors;
use crate::helpers::gvl::{self, Interrupt};

/// So long an event waits for another process that is just sending one, in ns.
const PATIENCE: u64 = 100_000_000;
/// A listener looks after its files so often at least, in ns.
const BEAT: u64 = 1_000_000_000;
/// About so many bytes are read at once, before other threads run.
const PORTION: usize = 256 * 1024;

/// The ring of events, where it is open, and how far this process has read it.
#[derive(Default)]
pub(super) struct Events {
    ring: Mutex<Option<Arc<Ring>>>,
    cursor: Mutex<Option<Cursor>>,
    /// When it was looked last whether the file is still that which its path names.
    looked: Mutex<u64>,
}

impl Events {
    pub(super) fn close(&self) {
        drop(self.ring.lock().take());
        *self.cursor.lock() = None;
    }
}

impl Inner {
    /// The ring, open; another one than before where the file was removed meanwhile.
    fn ring(&self, ruby: &Ruby) -> Result<Arc<Ring>, Error> {
        let home = self.home(ruby)?;
        let known = self.events.ring.lock().clone();
        if let Some(ring) = known.filter(|ring| self.holds(&home, ring)) {
            return Ok(ring);
        }
        let opened = gvl::without(ruby, Interrupt::Never, || Ring::open(&home))?;
        let ring = Arc::new(opened.map_err(|error| errors::shared(ruby, error))?);
        // What was said in another ring is over; in this one nothing was heard yet.
        if let Some(cursor) = self.events.cursor.lock().as_mut() {
            *cursor = ring.end();
        }
        *self.events.ring.lock() = Some(ring.clone());
        Ok(ring)
    }

    fn holds(&self, home: &Home, ring: &Ring) -> bool {
        let now = self.monotonic();
        let mut looked = self.events.looked.lock();
        if now.saturating_sub(*looked) < BEAT {
            return true;
        }
        *looked = now;
        drop(looked);
        ring.is_current(home)
    }

    /// Of the machine's clock, whatever clock the registry has.
    fn monotonic(&self) -> u64 {
        crate::clock::Clock::system().exact().mono
    }
}

impl Shared {
    /// `emit(topic, text)`: hands an event to all processes that listen.
    fn emit(ruby: &Ruby, rb_self: &Self, _topic: RString, text: RString) -> Result<(), Error> {
        let inner = rb_self.inner(ruby)?;
        // SAFETY: copied at once.
        let bytes = unsafe { text.as_slice() }.to_vec();
        let ring = inner.ring(ruby)?;
        match ring.put(&bytes, Wait::Never) {
            Err(Failure::Busy) => gvl::without(ruby, Interrupt::Never, || {
                ring.put(&bytes, Wait::Nanoseconds(PATIENCE))
            })?,
            result => result,
        }
        .map_err(|error| errors::shared(ruby, error))
    }

    /// `listen_from_here`: `hear` tells what is emitted from now on.
    fn listen_from_here(ruby: &Ruby, rb_self: &Self) -> Result<(), Error> {
        let inner = rb_self.inner(ruby)?;
        let ring = inner.ring(ruby)?;
        *inner.events.cursor.lock() = Some(ring.end());
        Ok(())
    }

    /// `hear`: `[texts, lost]`: the events since the last call, as far as fits, and how many were
    /// written over before they could be read.
    fn hear(ruby: &Ruby, rb_self: &Self) -> Result<(RArray, u64), Error> {
        let inner = rb_self.inner(ruby)?;
        let ring = inner.ring(ruby)?;
        let mut cursor = inner.events.cursor.lock();
        let heard = ring.read(cursor.get_or_insert_with(|| ring.end()), PORTION);
        drop(cursor);
        let texts = ruby.ary_from_iter(heard.events.iter().map(|event| ruby.str_from_slice(event)));
        Ok((texts, heard.lost))
    }

    /// `await_events`: until there may be something to hear, or for a second.
    fn await_events(ruby: &Ruby, rb_self: &Self) -> Result<(), Error> {
        let inner = rb_self.inner(ruby)?;
        let ring = inner.ring(ruby)?;
        let bell = ring.bell();
        if *inner.events.cursor.lock() != Some(ring.end()) {
            return Ok(());
        }
        let until = inner.monotonic() + BEAT;
        gvl::without(ruby, Interrupt::BySignal, || ring.sleep(bell, until))
    }
}

pub(super) fn init(class: RClass) -> Result<(), Error> {
    class.define_method("emit", method!(Shared::emit, 2))?;
    class.define_method("listen_from_here", method!(Shared::listen_from_here, 0))?;
    class.define_method("hear", method!(Shared::hear, 0))?;
    class.define_method("await_events", method!(Shared::await_events, 0))
}
