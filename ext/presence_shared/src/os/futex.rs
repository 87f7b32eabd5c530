//! Waiting for a word of shared memory to change: one system call for all who wait, whatever their
//! number, and nothing to clean up after a process that was killed.

use std::sync::atomic::AtomicU32;

const WAIT_BITSET: libc::c_int = 9;
const WAKE_BITSET: libc::c_int = 10;
/// Everybody who waits.
pub(crate) const ALL: u32 = u32::MAX;

/// Waits while the word is `expected`: until somebody who wakes one of `bits`, the deadline (of the
/// monotonic clock, in nanoseconds), or a signal.
pub(crate) fn wait(word: &AtomicU32, expected: u32, deadline: u64, bits: u32) {
    let until = libc::timespec {
        tv_sec: (deadline / 1_000_000_000) as libc::time_t,
        tv_nsec: (deadline % 1_000_000_000) as libc::c_long,
    };
    // SAFETY: the word and the time outlive the call. Whatever it answers, the caller looks again.
    unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            WAIT_BITSET,
            expected,
            &raw const until,
            std::ptr::null::<u32>(),
            bits,
        );
    }
}

/// Wakes those who wait with one of `bits`.
pub(crate) fn wake(word: &AtomicU32, bits: u32) {
    // SAFETY: the word outlives the call, which changes nothing.
    unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            WAKE_BITSET,
            libc::c_int::MAX,
            std::ptr::null::<libc::timespec>(),
            std::ptr::null::<u32>(),
            bits,
        );
    }
}
