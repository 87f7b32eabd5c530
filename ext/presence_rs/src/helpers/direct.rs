//! What the calls without any conversion share: each answers `nil` where there is anything unusual about
//! it, and the caller goes the long way. Nothing is raised, and no Ruby is called.

use std::ffi::CStr;
use std::panic::{catch_unwind, AssertUnwindSafe};

use magnus::rb_sys::AsRawValue;
use magnus::{RClass, Ruby};
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

/// A function that Ruby calls with the receiver and so many arguments.
pub(crate) trait Call {
    const ARGUMENTS: i32;
    fn erased(self) -> unsafe extern "C" fn() -> VALUE;
}

macro_rules! call {
    ($name:ident, $arguments:literal, $($argument:ty),*) => {
        pub(crate) type $name = unsafe extern "C" fn(VALUE, $($argument),*) -> VALUE;

        impl Call for $name {
            const ARGUMENTS: i32 = $arguments;

            fn erased(self) -> unsafe extern "C" fn() -> VALUE {
                // SAFETY: Ruby casts it back, as it is told the number of arguments with it.
                unsafe { std::mem::transmute::<Self, unsafe extern "C" fn() -> VALUE>(self) }
            }
        }
    };
}
call!(Call2, 2, VALUE, VALUE);
call!(Call3, 3, VALUE, VALUE, VALUE);
call!(Call4, 4, VALUE, VALUE, VALUE, VALUE);
call!(Call5, 5, VALUE, VALUE, VALUE, VALUE, VALUE);

/// Defines a method of `class`, whose objects the function takes for receivers.
pub(crate) fn define<F: Call>(class: RClass, name: &CStr, function: F) {
    // SAFETY: the function takes as many arguments, after the receiver, as its type says.
    unsafe {
        rb_sys::rb_define_method(
            class.as_raw(),
            name.as_ptr(),
            Some(function.erased()),
            F::ARGUMENTS,
        );
    }
}
