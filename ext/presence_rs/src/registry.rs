use std::sync::OnceLock;

use magnus::{
    function, method, prelude::*, DataTypeFunctions, Error, RHash, RModule, RString, Ruby, TypedData,
};
use parking_lot::Mutex;
use presence_core::{Now, Pulse, Registry as Core};

use crate::clock::{Clock, ManualClock};
use crate::helpers::{borrow, os};
use crate::settings;

mod direct;
mod feed;
pub(crate) mod reads;
pub(crate) mod writes;

/// What one call may sweep or publish before it lets other threads run: about a millisecond.
const BUDGET: usize = 2_000;

/// `PresenceRs::Native::Registry`, the inside of `PresenceRs::Stores::Memory`.
#[derive(Default, TypedData)]
#[magnus(
    class = "PresenceRs::Native::Registry",
    free_immediately,
    size,
    frozen_shareable
)]
pub(crate) struct Registry(OnceLock<Inner>);

impl DataTypeFunctions for Registry {
    /// For `ObjectSpace.memsize_of`. It must not wait: the garbage collector may ask.
    fn size(&self) -> usize {
        let state = self.0.get().and_then(|inner| inner.state.try_lock());
        size_of::<Self>() + state.map_or(0, |state| state.core.bytes())
    }
}

struct Inner {
    clock: Clock,
    state: Mutex<State>,
}

struct State {
    core: Core,
    pulse: Pulse,
    /// The writing end of the ticker's pipe, or -1.
    waker: i32,
}

impl Registry {
    /// `initialize(settings, clock)`: an allocated object is filled once.
    fn initialize(
        ruby: &Ruby,
        rb_self: &Self,
        hash: RHash,
        clock: Option<&ManualClock>,
    ) -> Result<(), Error> {
        let inner = Inner {
            clock: clock.map_or_else(Clock::system, |clock| Clock::Manual(clock.0.clone())),
            state: Mutex::new(State {
                core: Core::new(settings::read(ruby, hash)?),
                pulse: Pulse::default(),
                waker: -1,
            }),
        };
        let again = |_| Error::new(ruby.exception_runtime_error(), "initialized already");
        rb_self.0.set(inner).map_err(again)
    }

    fn inner(&self, ruby: &Ruby) -> Result<&Inner, Error> {
        let empty = || Error::new(ruby.exception_runtime_error(), "not initialized: call new");
        self.0.get().ok_or_else(empty)
    }
}

impl Inner {
    /// Works on the state under the lock; `act` must not call Ruby. Wakes the ticker afterwards
    /// where something is due before it would wake by itself.
    #[inline]
    fn with<R>(&self, mut now: Now, act: impl FnOnce(&mut Core, &Now) -> R) -> R {
        let mut state = self.state.lock();
        let clock = now.mono;
        now.mono = state.pulse.read(clock);
        let result = act(&mut state.core, &now);
        let waker = if state.core.take_wake() { state.waker } else { -1 };
        if waker >= 0 {
            state.pulse.call(clock);
        }
        drop(state);
        os::wake(waker);
        result
    }

    /// Is there somebody who ticks, or whose clock is moved by hand, so that nobody has to?
    fn ticked(&self) -> bool {
        matches!(self.clock, Clock::Manual(_)) || self.state.lock().waker >= 0
    }

    /// As `with`, once everything that is over at this moment is forgotten; `None` when there is
    /// so much of it that other threads should run in between.
    fn swept<R>(&self, act: impl FnOnce(&mut Core, &Now) -> R) -> Option<R> {
        self.swept_at(self.clock.coarse(), act)
    }

    /// The same at the exact time, for what may publish: a window that has passed is not waited for.
    fn swept_now<R>(&self, act: impl FnOnce(&mut Core, &Now) -> R) -> Option<R> {
        self.swept_at(self.clock.exact(), act)
    }

    fn swept_at<R>(&self, now: Now, act: impl FnOnce(&mut Core, &Now) -> R) -> Option<R> {
        self.with(now, |core, now| core.sweep(now, BUDGET).then(|| act(core, now)))
    }
}

pub(crate) fn init(ruby: &Ruby, native: RModule) -> Result<(), Error> {
    let class = native.define_class("Registry", ruby.class_object())?;
    class.define_alloc_func::<Registry>();
    class.define_method("initialize", method!(Registry::initialize, 2))?;
    native.define_singleton_method("noop", function!(noop, 3))?;
    writes::init(class)?;
    reads::init(class)?;
    direct::init(class);
    feed::init(class)
}

/// Takes three Strings, as text, and does nothing: what a native call costs, for the benchmarks.
fn noop(ruby: &Ruby, one: RString, two: RString, three: RString) -> bool {
    // SAFETY: nothing is done with them, so nothing can happen to them meanwhile.
    let taken = [one, two, three].map(|string| unsafe { borrow::text(ruby, string).is_some() });
    taken == [true; 3]
}
