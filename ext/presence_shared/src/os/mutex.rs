//! The lock between processes.
//!
//! LMDB's own lock waits without limit, so a process that is stopped (SIGSTOP, a debugger) in the
//! middle of a write would stop all others. This one stands before it and is waited for so long at
//! most. Of the locks that know of a holder's death, a robust mutex is the one that also belongs to
//! one thread, is handed on in a microsecond, and is not kept alive by a child that was forked
//! meanwhile, as `flock` is.

use std::cell::UnsafeCell;
use std::sync::OnceLock;

use super::{monotonic, pause};

/// A robust mutex in shared memory.
#[repr(C, align(64))]
pub(crate) struct Mutex(UnsafeCell<libc::pthread_mutex_t>);

// SAFETY: this is what a mutex is for.
unsafe impl Sync for Mutex {}

/// The mutex is ours until this is dropped, on this thread.
pub(crate) struct Guard<'a> {
    mutex: &'a Mutex,
    /// The one before us died with it.
    pub(crate) inherited: bool,
    /// A mutex is unlocked by the thread that has locked it.
    _thread: std::marker::PhantomData<*const ()>,
}

impl Mutex {
    /// Makes it a mutex that nobody has.
    ///
    /// # Safety
    ///
    /// Nobody may be using it: no other process has it mapped.
    pub(crate) unsafe fn init(&self) -> std::io::Result<()> {
        let mut attributes = std::mem::MaybeUninit::<libc::pthread_mutexattr_t>::uninit();
        let attributes = attributes.as_mut_ptr();
        // SAFETY: the attributes are initialised by the first call; the mutex is ours alone.
        unsafe {
            let mut failed = libc::pthread_mutexattr_init(attributes);
            if failed == 0 {
                failed = libc::pthread_mutexattr_setpshared(attributes, libc::PTHREAD_PROCESS_SHARED);
            }
            if failed == 0 {
                failed = libc::pthread_mutexattr_setrobust(attributes, libc::PTHREAD_MUTEX_ROBUST);
            }
            if failed == 0 {
                failed = libc::pthread_mutex_init(self.0.get(), attributes);
            }
            libc::pthread_mutexattr_destroy(attributes);
            match failed {
                0 => Ok(()),
                code => Err(std::io::Error::from_raw_os_error(code)),
            }
        }
    }

    /// Takes it where nobody has it.
    pub(crate) fn try_lock(&self) -> Option<Guard<'_>> {
        // SAFETY: the mutex is initialised before it is shared.
        self.locked(unsafe { libc::pthread_mutex_trylock(self.0.get()) })
    }

    /// Takes it, or gives up after so many nanoseconds.
    pub(crate) fn lock(&self, nanoseconds: u64) -> Option<Guard<'_>> {
        if let Some(guard) = self.try_lock() {
            return Some(guard);
        }
        let deadline = monotonic() + nanoseconds;
        if let Some(clocklock) = clocklock() {
            let until = libc::timespec {
                tv_sec: (deadline / 1_000_000_000) as libc::time_t,
                tv_nsec: (deadline % 1_000_000_000) as libc::c_long,
            };
            // SAFETY: as above; the time outlives the call.
            let code = unsafe { clocklock(self.0.get(), libc::CLOCK_MONOTONIC, &raw const until) };
            return self.locked(code);
        }
        // Older C libraries can only wait until a moment of a clock that somebody may set.
        let mut wait = 20_000;
        while monotonic() < deadline {
            pause(wait);
            if let Some(guard) = self.try_lock() {
                return Some(guard);
            }
            wait = (wait * 2).min(500_000);
        }
        None
    }

    fn locked(&self, code: libc::c_int) -> Option<Guard<'_>> {
        let inherited = code == libc::EOWNERDEAD;
        if inherited {
            // SAFETY: we have just got it from somebody who died. What it guards is made right by
            // whoever sees `inherited`; until then a crash hands it on in the same way.
            unsafe { libc::pthread_mutex_consistent(self.0.get()) };
        }
        (code == 0 || inherited).then(|| Guard {
            mutex: self,
            inherited,
            _thread: std::marker::PhantomData,
        })
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        // SAFETY: a guard exists only on the thread that has locked the mutex.
        unsafe { libc::pthread_mutex_unlock(self.mutex.0.get()) };
    }
}

type ClockLock =
    unsafe extern "C" fn(*mut libc::pthread_mutex_t, libc::clockid_t, *const libc::timespec) -> libc::c_int;

/// `pthread_mutex_clocklock`, which glibc has since 2.30: looked up, so that we load without it.
fn clocklock() -> Option<ClockLock> {
    static FOUND: OnceLock<Option<ClockLock>> = OnceLock::new();
    *FOUND.get_or_init(|| {
        // SAFETY: the name ends with a zero byte, and the function has this type where it exists.
        unsafe {
            let found = libc::dlsym(libc::RTLD_DEFAULT, c"pthread_mutex_clocklock".as_ptr());
            (!found.is_null()).then(|| std::mem::transmute::<*mut libc::c_void, ClockLock>(found))
        }
    })
}
