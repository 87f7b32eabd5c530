//! Which process this is: a child after a fork has all our memory, and must use none of our handles.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::Once;

static GENERATION: AtomicU64 = AtomicU64::new(1);
static OPENING: AtomicBool = AtomicBool::new(false);
static HOOK: Once = Once::new();

/// Counts the forks that lie between this process and its first ancestor that has asked.
///
/// A handle remembers the generation that it was opened in, and is used in no other. This costs
/// one load, where asking for the process id would be a system call.
#[inline]
#[must_use]
pub fn generation() -> u64 {
    // Registering fails only where no memory is left at all, and then nothing else works either.
    // SAFETY: the function does nothing but change two atomics, which is allowed after a fork.
    HOOK.call_once(|| unsafe {
        libc::pthread_atfork(None, None, Some(in_child));
    });
    GENERATION.load(Ordering::Relaxed)
}

extern "C" fn in_child() {
    GENERATION.fetch_add(1, Ordering::Relaxed);
    // Whoever was opening is a thread of the parent.
    OPENING.store(false, Ordering::Relaxed);
}

/// Lets one thread of this process open files at a time; no lock, since a fork would copy it.
#[derive(Debug)]
pub(crate) struct Opening(u64);

impl Opening {
    pub(crate) fn claim() -> Option<Self> {
        let generation = generation();
        let free = OPENING.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed);
        // Only then is there a claim: one that is dropped is given up.
        free.is_ok().then(|| Self(generation))
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        if self.0 == generation() {
            OPENING.store(false, Ordering::Release);
        }
    }
}
