use std::sync::atomic::{AtomicU64, Ordering};

/// How long it may take until somebody has the lock again before the store is taken to stand
/// still, in ns. Every process that ticks takes it twice a second.
pub(super) const PATIENCE: u64 = 1_000_000_000;
/// So often at most it is written down that somebody had the lock.
const NOTED: u64 = 100_000_000;

/// The time that lives are measured by: the machine's monotonic clock, less the time during which
/// the store stood still.
///
/// A store stands still while nobody can write: a process was stopped that has the lock, the
/// machine was suspended, no process was running. Nobody can expire then, so that those who go on
/// speaking right after are still there. It goes on from where it stopped.
///
/// Two copies of both numbers, of which `turn` says which one counts, so that a reader never waits
/// for a writer that was stopped in between.
#[repr(C)]
pub(crate) struct Shared {
    turn: AtomicU64,
    copies: [Copy; 2],
}

#[repr(C)]
struct Copy {
    /// When somebody had the lock, on the machine's clock.
    seen: AtomicU64,
    /// How long it stood still, all in all.
    skipped: AtomicU64,
}

impl Shared {
    /// The store's time, at `mono` of the machine's clock. Where `ticking`, somebody of this process
    /// sees to it that the lock is taken every second, and the time stands still if it cannot be.
    #[inline]
    pub(crate) fn read(&self, mono: u64, ticking: bool) -> u64 {
        let (seen, skipped) = self.get();
        let mono = if ticking { mono.min(seen + PATIENCE) } else { mono };
        mono.saturating_sub(skipped)
    }

    #[inline]
    fn get(&self) -> (u64, u64) {
        loop {
            let turn = self.turn.load(Ordering::Acquire);
            let copy = &self.copies[(turn % 2) as usize];
            let both = (
                copy.seen.load(Ordering::Acquire),
                copy.skipped.load(Ordering::Acquire),
            );
            // A copy is written over only once the other one counts.
            if self.turn.load(Ordering::Acquire) == turn {
                return both;
            }
        }
    }

    /// We have the lock, at `mono`.
    pub(crate) fn note(&self, mono: u64) {
        let (seen, skipped) = self.get();
        if seen == 0 {
            return self.set(mono, 0);
        }
        if mono >= seen + NOTED {
            self.set(mono, skipped + mono.saturating_sub(seen + PATIENCE));
        }
    }

    /// Could these numbers be right, at `mono`?
    pub(crate) fn plausible(&self, mono: u64) -> bool {
        let (seen, skipped) = self.get();
        seen <= mono && skipped <= seen
    }

    fn set(&self, seen: u64, skipped: u64) {
        let turn = self.turn.load(Ordering::Relaxed);
        let copy = &self.copies[((turn + 1) % 2) as usize];
        copy.seen.store(seen, Ordering::Release);
        copy.skipped.store(skipped, Ordering::Release);
        self.turn.store(turn + 1, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock() -> Shared {
        // SAFETY: zeros are what a new file has, and values of every field.
        let clock: Shared = unsafe { std::mem::zeroed() };
        clock.note(1_000);
        clock
    }

    #[test]
    fn time_passes_while_the_lock_is_taken() {
        let clock = clock();
        for half in 1..=10 {
            let now = 1_000 + half * 500_000_000;
            assert_eq!(clock.read(now, true), now);
            clock.note(now);
        }
    }

    #[test]
    fn time_stands_still_while_nobody_can_have_the_lock_and_goes_on_after() {
        let clock = clock();
        assert_eq!(clock.read(60_000_000_000, true), 1_000 + PATIENCE);
        clock.note(60_000_000_000);
        assert_eq!(clock.read(60_000_000_000, true), 1_000 + PATIENCE);
        assert_eq!(clock.read(61_000_000_000, true), 1_000 + PATIENCE + 1_000_000_000);
    }

    #[test]
    fn who_does_not_tick_sees_time_pass() {
        assert_eq!(clock().read(60_000_000_000, false), 60_000_000_000);
    }
}
