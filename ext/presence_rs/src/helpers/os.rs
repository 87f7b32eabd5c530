//! Clocks and the byte that wakes the ticker.

/// Nanoseconds of one of the system's clocks.
pub(crate) fn clock(id: libc::clockid_t) -> u64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is a valid timespec, and the call only writes to it.
    unsafe { libc::clock_gettime(id, &raw mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// How far a clock may be behind, in nanoseconds.
pub(crate) fn resolution(id: libc::clockid_t) -> u64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is a valid timespec, and the call only writes to it.
    unsafe { libc::clock_getres(id, &raw mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// Writes one byte into the ticker's pipe, which does not block. A full pipe has woken it already,
/// so what the call answers does not matter. Allowed in a signal handler and in any Ractor.
pub(crate) fn wake(fd: i32) {
    if fd >= 0 {
        // SAFETY: the byte outlives the call; a closed descriptor makes it an error, no more.
        unsafe { libc::write(fd, [1_u8].as_ptr().cast(), 1) };
    }
}

/// Sends this process a signal.
#[cfg(target_os = "linux")]
pub(crate) fn raise(signal: i32) {
    // SAFETY: to ourselves; a number that is no signal is an error, no more.
    unsafe { libc::kill(libc::getpid(), signal) };
}
