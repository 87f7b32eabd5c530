use magnus::{method, prelude::*, Error, RArray, RClass, Ruby};
use presence_core::Pulse;

use super::{Registry, BUDGET};
use crate::diff::Diff;

impl Registry {
    /// `tick(force)`: sweeps, and takes the diffs that are due. Answers whether all is done; if
    /// not, let other threads run and call again.
    fn tick(ruby: &Ruby, rb_self: &Self, force: bool) -> Result<bool, Error> {
        let inner = rb_self.inner(ruby)?;
        Ok(inner.with(inner.clock.exact(), |core, now| core.tick(now, force, BUDGET)))
    }

    /// `drain`: the diffs taken since the last call.
    fn drain(ruby: &Ruby, rb_self: &Self) -> Result<RArray, Error> {
        let inner = rb_self.inner(ruby)?;
        let diffs = inner.state.lock().core.drain();
        let array = ruby.ary_new_capa(diffs.len());
        for diff in diffs {
            array.push(Diff(diff))?;
        }
        Ok(array)
    }

    /// `next_tick`: in how many nanoseconds to tick again, or `nil` when nothing is to come.
    /// What becomes due earlier than that writes into the waker from here on.
    fn next_tick(ruby: &Ruby, rb_self: &Self) -> Result<Option<u64>, Error> {
        let inner = rb_self.inner(ruby)?;
        let mut now = inner.clock.exact();
        let mut state = inner.state.lock();
        let clock = now.mono;
        now.mono = state.pulse.read(clock);
        let next = state.core.next_tick(&now).map(|at| at.saturating_sub(now.mono));
        match next {
            Some(wait) => state.pulse.expect(clock + wait),
            None => state.pulse.rest(),
        }
        Ok(next)
    }

    /// `waker = fd`: where a byte wakes the ticker; -1 for nobody.
    fn set_waker(ruby: &Ruby, rb_self: &Self, fd: i32) -> Result<(), Error> {
        let mut state = rb_self.inner(ruby)?.state.lock();
        state.waker = fd;
        if fd < 0 {
            state.pulse.rest();
        }
        Ok(())
    }

    /// `clear`: forgets everything, as a forked child does.
    fn clear(ruby: &Ruby, rb_self: &Self) -> Result<(), Error> {
        let mut state = rb_self.inner(ruby)?.state.lock();
        state.core.clear();
        state.pulse = Pulse::default();
        state.waker = -1;
        Ok(())
    }
}

pub(super) fn init(class: RClass) -> Result<(), Error> {
    class.define_method("tick", method!(Registry::tick, 1))?;
    class.define_method("drain", method!(Registry::drain, 0))?;
    class.define_method("next_tick", method!(Registry::next_tick, 0))?;
    class.define_method("waker=", method!(Registry::set_waker, 1))?;
    class.define_method("clear", method!(Registry::clear, 0))
}
