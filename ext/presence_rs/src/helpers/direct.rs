//! What the calls without any conversion share: each answers `nil` where there is anything unusual about
//! it, and the caller goes the long way. Nothing is raised, and no Ruby is called.

use std::panic::{catch_unwind, AssertUnwindSafe};

use magnus::Ruby;
use rb_sys::VALUE;

pub(crate) const NIL: VALUE = rb_sys::Qnil as VALUE;

/// Runs a call that Ruby makes. A panic is a defect, and the long way will show it.
pub(crate) fn guarded(act: impl FnOnce(&Ruby) -> Option<bool>) -> VALUE {
    // SAFETY: Ruby calls native methods on a thread of its own that holds the GVL.
    let ruby = unsafe { Ruby::get_unchecked() };
    match catch_unwind(AssertUnwindSafe(|| act(&ruby))).unwrap_or(None) {
        Some(true) => rb_sys::Qtrue as VALUE,
        Some(false) => rb_sys::Qfalse as VALUE,
        None => NIL,
    }
}
