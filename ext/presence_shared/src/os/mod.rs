//! What the operating system gives, each unsafe piece with the reason why it is sound.

pub(crate) mod file;
pub(crate) mod fork;
pub(crate) mod futex;
pub(crate) mod machine;
pub(crate) mod map;
pub(crate) mod mutex;

/// Nanoseconds of the clock that all processes of the machine share and nobody sets.
pub(crate) fn monotonic() -> u64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is a valid timespec, and the call only writes to it.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// The error of the call just made.
pub(crate) fn last_error() -> std::io::Error {
    std::io::Error::last_os_error()
}

/// Sleeps, and no longer for a signal.
pub(crate) fn pause(nanoseconds: u64) {
    std::thread::sleep(std::time::Duration::from_nanos(nanoseconds));
}
