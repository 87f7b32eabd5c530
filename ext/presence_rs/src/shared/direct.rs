//! Heartbeats and page views without any conversion, as `registry/direct.rs` has them for members in
//! memory: each answers `nil` where there is anything unusual about it, and the caller goes the long
//! way. Nothing is raised here, and no Ruby is called.

use magnus::RClass;
use presence_core::Now;
use presence_shared::{Error as Failure, Home};
use rb_sys::VALUE;

use super::{Inner, Shared};
use crate::helpers::borrow;
use crate::helpers::direct::{define, guarded, Call2, Call3};

/// # Safety
///
/// `rb_self` is a `Native::Shared`: Ruby calls methods of a class on its objects only, and they all
/// come from its allocator.
unsafe fn inner<'a>(rb_self: VALUE) -> Option<&'a Inner> {
    // SAFETY: as asked of our caller; the object outlives the call, as it is the receiver.
    let shared = unsafe { &*rb_sys::RTYPEDDATA_GET_DATA(rb_self).cast::<Shared>() };
    shared.0.get()
}

impl Inner {
    /// Asks the store where its files are open and sound.
    #[inline]
    fn at_once(&self, act: impl FnOnce(&Home, &Now) -> Result<bool, Failure>) -> Option<bool> {
        let home = self.files.home.lock();
        let home = home.as_ref().filter(|home| home.usable())?;
        let now = self.store.now(home, &self.clock.coarse());
        act(home, &now).ok()
    }
}

unsafe extern "C" fn touch(rb_self: VALUE, topic: VALUE, member: VALUE, session: VALUE) -> VALUE {
    guarded(|ruby| {
        // SAFETY: the receiver is ours; no Ruby is called while the names are in use.
        unsafe {
            let inner = inner(rb_self)?;
            let names = (
                borrow::raw(ruby, topic)?,
                borrow::raw(ruby, member)?,
                borrow::raw(ruby, session)?,
            );
            inner.at_once(|home, now| inner.store.touch(home, names, now))
        }
    })
}

unsafe extern "C" fn is_online(rb_self: VALUE, topic: VALUE, member: VALUE) -> VALUE {
    guarded(|ruby| {
        // SAFETY: the receiver is ours; no Ruby is called while the names are in use.
        unsafe {
            let inner = inner(rb_self)?;
            let (topic, member) = (borrow::raw(ruby, topic)?, borrow::raw(ruby, member)?);
            inner.at_once(|home, now| inner.store.is_online(home, topic, member, now))
        }
    })
}

pub(super) fn init(class: RClass) {
    define(class, c"try_touch", touch as Call3);
    define(class, c"try_online?", is_online as Call2);
}
