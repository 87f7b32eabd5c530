//! The calls that a heartbeat, a page view or a join makes, without any conversion: what they are
//! given is looked at and used where it lies.
//!
//! Each answers `nil` where there is anything unusual about it (a name that is no String or no
//! name, a limit that is reached, a ticker that does not run yet). The caller then goes the long
//! way, which knows every case and raises what there is to raise. So nothing is raised here, and
//! no Ruby is called.

use magnus::RClass;
use rb_sys::VALUE;

use super::{writes, Inner, Registry};
use crate::helpers::borrow;
use crate::helpers::direct::{define, guarded, Call2, Call3, Call4, Call5, NIL};

/// # Safety
///
/// `rb_self` is a `Native::Registry`: Ruby calls methods of a class on its objects only, and they
/// all come from its allocator.
unsafe fn inner<'a>(rb_self: VALUE) -> Option<&'a Inner> {
    // SAFETY: as asked of our caller; the object outlives the call, as it is the receiver.
    let registry = unsafe { &*rb_sys::RTYPEDDATA_GET_DATA(rb_self).cast::<Registry>() };
    registry.0.get()
}

unsafe extern "C" fn touch(rb_self: VALUE, topic: VALUE, member: VALUE, session: VALUE) -> VALUE {
    guarded(|ruby| {
        // SAFETY: the receiver is ours; no Ruby is called while the names are in use.
        unsafe {
            let inner = inner(rb_self)?;
            let topic = borrow::raw(ruby, topic)?;
            let member = borrow::raw(ruby, member)?;
            let session = borrow::raw(ruby, session)?;
            Some(inner.with(inner.clock.coarse(), |core, now| {
                core.touch(topic, member, session, now)
            }))
        }
    })
}

unsafe extern "C" fn is_online(rb_self: VALUE, topic: VALUE, member: VALUE) -> VALUE {
    guarded(|ruby| {
        // SAFETY: the receiver is ours; no Ruby is called while the names are in use.
        unsafe {
            let inner = inner(rb_self)?;
            let topic = borrow::raw(ruby, topic)?;
            let member = borrow::raw(ruby, member)?;
            Some(inner.with(inner.clock.measuring(), |core, now| {
                core.is_online(topic, member, now)
            }))
        }
    })
}

unsafe extern "C" fn leave(
    rb_self: VALUE,
    topic: VALUE,
    member: VALUE,
    session: VALUE,
    linger: VALUE,
) -> VALUE {
    guarded(|ruby| {
        let linger = number(linger)?;
        // SAFETY: the receiver is ours; no Ruby is called while the names are in use.
        unsafe {
            let inner = inner(rb_self)?;
            let topic = borrow::raw(ruby, topic)?;
            let member = borrow::raw(ruby, member)?;
            let session = borrow::raw(ruby, session)?;
            Some(inner.with(inner.clock.measuring(), |core, now| {
                core.leave(topic, member, session, linger, now)
            }))
        }
    })
}

unsafe extern "C" fn join(
    rb_self: VALUE,
    topic: VALUE,
    member: VALUE,
    session: VALUE,
    meta: VALUE,
    ttl: VALUE,
) -> VALUE {
    guarded(|ruby| {
        let ttl = number(ttl)?;
        // SAFETY: the receiver is ours; no Ruby is called while the names and the meta are in use.
        unsafe {
            let inner = inner(rb_self)?;
            if !inner.ticked() {
                return None;
            }
            let meta = if meta == NIL {
                None
            } else {
                Some(writes::meta_of(borrow::raw_text(ruby, meta)?))
            };
            let topic = borrow::raw(ruby, topic)?;
            let member = borrow::raw(ruby, member)?;
            let session = borrow::raw(ruby, session)?;
            let joined = inner.with(inner.clock.arriving(), |core, now| {
                core.join(topic, member, session, meta, ttl, now)
            });
            joined.ok()
        }
    })
}

/// Milliseconds.
fn number(value: VALUE) -> Option<u32> {
    if !rb_sys::FIXNUM_P(value) {
        return None;
    }
    // SAFETY: it is a small Integer.
    u32::try_from(unsafe { rb_sys::FIX2LONG(value) }).ok()
}

pub(super) fn init(class: RClass) {
    define(class, c"try_touch", touch as Call3);
    define(class, c"try_online?", is_online as Call2);
    define(class, c"try_leave", leave as Call4);
    define(class, c"try_join", join as Call5);
}
