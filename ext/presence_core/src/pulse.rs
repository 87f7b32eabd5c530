/// Takes the time during which this process stood still out of the time that lives are measured by.
///
/// The ticker says by when it will be back. If it is much later than that, the process was
/// stopped (SIGSTOP, a frozen container, a suspended machine) and could not hear anybody, so what
/// passed meanwhile counts for nobody: those who go on speaking are still there.
#[derive(Clone, Copy, Debug)]
pub struct Pulse {
    skipped: u64,
    expected: u64,
}

/// How late the ticker may be before that is a stall: a second, in nanoseconds.
const TOLERANCE: u64 = 1_000_000_000;

impl Default for Pulse {
    fn default() -> Self {
        Self {
            skipped: 0,
            expected: u64::MAX,
        }
    }
}

impl Pulse {
    /// The time that counts, at `mono` of the clock.
    #[inline]
    pub fn read(&mut self, mono: u64) -> u64 {
        if mono > self.expected.saturating_add(TOLERANCE) {
            self.skipped += mono - self.expected;
            self.expected = mono;
        }
        mono.saturating_sub(self.skipped)
    }

    /// The ticker sleeps now and will be back at `mono` of the clock at the latest.
    pub fn expect(&mut self, mono: u64) {
        self.expected = mono;
    }

    /// The ticker is called, and should be here at once.
    pub fn call(&mut self, mono: u64) {
        self.expected = self.expected.min(mono);
    }

    /// Nobody ticks: time passes as it does.
    pub fn rest(&mut self) {
        self.expected = u64::MAX;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticker_that_comes_back_late_stops_the_time() {
        let mut pulse = Pulse::default();
        pulse.expect(5_000_000_000);
        assert_eq!(pulse.read(5_900_000_000), 5_900_000_000);
        assert_eq!(pulse.read(65_000_000_000), 5_000_000_000);
        assert_eq!(pulse.read(66_000_000_000), 6_000_000_000);
    }

    #[test]
    fn without_a_ticker_time_passes() {
        let mut pulse = Pulse::default();
        assert_eq!(pulse.read(u64::MAX / 2), u64::MAX / 2);
    }
}
