use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

use magnus::{function, method, prelude::*, Error, RModule, Ruby};
use presence_core::Now;

use crate::helpers::os;

#[cfg(target_os = "linux")]
const COARSE: (libc::clockid_t, libc::clockid_t) =
    (libc::CLOCK_MONOTONIC_COARSE, libc::CLOCK_REALTIME_COARSE);
#[cfg(not(target_os = "linux"))]
const COARSE: (libc::clockid_t, libc::clockid_t) = (libc::CLOCK_MONOTONIC, libc::CLOCK_REALTIME);

const MILLISECOND: u64 = 1_000_000;

/// A time that only moves when told to.
#[derive(Debug, Default)]
pub(crate) struct Time {
    mono: AtomicU64,
    wall: AtomicU64, // ns
}

/// Where a registry takes the time from.
#[derive(Clone, Debug)]
pub(crate) enum Clock {
    System { slack: u64 },
    Manual(Arc<Time>),
}

impl Clock {
    pub(crate) fn system() -> Self {
        Self::System {
            slack: os::resolution(COARSE.0),
        }
    }

    /// A reading that costs next to nothing and may be some ms behind, for heartbeats and reads.
    #[inline]
    pub(crate) fn coarse(&self) -> Now {
        match self {
            Self::System { slack } => Now {
                mono: os::clock(COARSE.0),
                wall: os::clock(COARSE.1) / MILLISECOND,
                slack: *slack,
            },
            Self::Manual(time) => time.now(),
        }
    }

    /// The same without the wall's time, which is half of its cost: for what neither shows nor keeps a time of day.
    #[inline]
    pub(crate) fn measuring(&self) -> Now {
        match self {
            Self::System { slack } => Now {
                mono: os::clock(COARSE.0),
                wall: 0,
                slack: *slack,
            },
            Self::Manual(time) => time.now(),
        }
    }

    /// For one who arrives: exact where people read it, and cheap where a life is measured.
    pub(crate) fn arriving(&self) -> Now {
        match self {
            Self::System { slack } => Now {
                mono: os::clock(COARSE.0),
                wall: os::clock(libc::CLOCK_REALTIME) / MILLISECOND,
                slack: *slack,
            },
            Self::Manual(time) => time.now(),
        }
    }

    /// An exact reading.
    pub(crate) fn exact(&self) -> Now {
        match self {
            Self::System { .. } => Now {
                mono: os::clock(libc::CLOCK_MONOTONIC),
                wall: os::clock(libc::CLOCK_REALTIME) / MILLISECOND,
                slack: 0,
            },
            Self::Manual(time) => time.now(),
        }
    }
}

impl Time {
    fn now(&self) -> Now {
        Now {
            mono: self.mono.load(Ordering::Relaxed),
            wall: self.wall.load(Ordering::Relaxed) / MILLISECOND,
            slack: 0,
        }
    }
}

/// `PresenceRs::Native::Clock`, the inside of `PresenceRs::ManualClock`.
#[magnus::wrap(class = "PresenceRs::Native::Clock", free_immediately, size, frozen_shareable)]
pub(crate) struct ManualClock(pub(crate) Arc<Time>);

impl ManualClock {
    fn new(wall: u64) -> Self {
        let time = Time::default();
        // Monotonic clocks begin anywhere; not at 0, so that nothing is taken for never.
        time.mono.store(1_000_000_000_000, Ordering::Relaxed);
        time.wall.store(wall, Ordering::Relaxed);
        Self(Arc::new(time))
    }

    fn advance(&self, nanoseconds: u64) {
        self.0.mono.fetch_add(nanoseconds, Ordering::Relaxed);
        self.0.wall.fetch_add(nanoseconds, Ordering::Relaxed);
    }

    fn monotonic(&self) -> u64 {
        self.0.mono.load(Ordering::Relaxed)
    }

    fn wall(&self) -> u64 {
        self.0.wall.load(Ordering::Relaxed)
    }

    fn set_wall(&self, nanoseconds: u64) {
        self.0.wall.store(nanoseconds, Ordering::Relaxed);
    }
}

pub(crate) fn init(ruby: &Ruby, native: RModule) -> Result<(), Error> {
    let class = native.define_class("Clock", ruby.class_object())?;
    class.define_singleton_method("new", function!(ManualClock::new, 1))?;
    class.define_method("advance", method!(ManualClock::advance, 1))?;
    class.define_method("monotonic", method!(ManualClock::monotonic, 0))?;
    class.define_method("wall", method!(ManualClock::wall, 0))?;
    class.define_method("wall=", method!(ManualClock::set_wall, 1))
}
