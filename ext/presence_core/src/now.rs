/// Nanoseconds in a millisecond.
pub const MILLISECOND: u64 = 1_000_000;

/// One reading of the clocks, handed in by the caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Monotonic nanoseconds: all lifetimes are measured with these.
    pub mono: u64,
    /// Milliseconds since 1970, for people to read; never used to decide anything.
    pub wall: u64,
    /// By how many nanoseconds `mono` may be behind the true time (a coarse clock), so that
    /// deadlines are set that much later and nobody expires early.
    pub slack: u64,
}

impl Now {
    /// The moment `ms` milliseconds from now, never too early.
    #[must_use]
    pub fn deadline(&self, ms: u32) -> u64 {
        self.mono + self.slack + u64::from(ms) * MILLISECOND
    }
}
