//! Letting other threads run while this one waits for another process.

use std::ffi::c_void;
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};

use magnus::{Error, Ruby};

/// Whether what runs without the GVL may be cut short by a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interrupt {
    /// It ends by itself, soon.
    Never,
    /// It sleeps in a system call that a signal ends.
    BySignal,
}

struct Call<F, R> {
    act: Option<F>,
    result: Option<std::thread::Result<R>>,
}

/// Runs `act` while other Ruby threads run. It must not touch Ruby, nor any lock of this process's
/// that is taken under the GVL.
pub(crate) fn without<R>(ruby: &Ruby, interrupt: Interrupt, act: impl FnOnce() -> R) -> Result<R, Error> {
    let mut call = Call {
        act: Some(act),
        result: None,
    };
    loop {
        run(&mut call, interrupt);
        match call.result.take() {
            Some(Ok(result)) => return Ok(result),
            Some(Err(panic)) => resume_unwind(panic),
            // Somebody wants something of this thread first: to raise in it, or to kill it.
            None => check_interrupts(ruby)?,
        }
    }
}

fn run<F: FnOnce() -> R, R>(call: &mut Call<F, R>, interrupt: Interrupt) {
    extern "C" fn body<F: FnOnce() -> R, R>(data: *mut c_void) -> *mut c_void {
        // SAFETY: `data` is the call that waits for us below.
        let call = unsafe { &mut *data.cast::<Call<F, R>>() };
        if let Some(act) = call.act.take() {
            // A panic must not go through Ruby's C frames.
            call.result = Some(catch_unwind(AssertUnwindSafe(act)));
        }
        std::ptr::null_mut()
    }
    // RUBY_UBF_IO: a signal to the thread that sleeps.
    // SAFETY: Ruby takes this very number for that function.
    let by_signal = unsafe { std::mem::transmute::<isize, rb_sys::rb_unblock_function_t>(-1) };
    let unblock = match interrupt {
        Interrupt::Never => None,
        Interrupt::BySignal => by_signal,
    };
    // SAFETY: the call outlives this, which returns once `body` has; it never raises.
    unsafe {
        rb_sys::rb_thread_call_without_gvl2(
            Some(body::<F, R>),
            std::ptr::from_mut(call).cast(),
            unblock,
            std::ptr::null_mut(),
        );
    }
}

fn check_interrupts(_ruby: &Ruby) -> Result<(), Error> {
    magnus::rb_sys::protect(|| {
        // SAFETY: with the GVL, and protected from what it may raise.
        unsafe { rb_sys::rb_thread_check_ints() };
        rb_sys::Qnil.into()
    })
    .map(|_| ())
}
