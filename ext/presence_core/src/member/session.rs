use super::Meta;

/// The name of a session, kept in place where it is short: one look at memory less for each heartbeat.
pub type Token = smol_str::SmolStr;

/// One live tab, device or connection.
#[derive(Clone, Debug)]
pub struct Session {
    /// Monotonic nanoseconds; it is live before this moment.
    pub deadline: u64,
    /// Its name, which only its client knows.
    pub token: Token,
    /// Its own ttl in ms, which its touches keep.
    pub ttl: u32,
    /// What it shows.
    pub meta: Meta,
}

impl Session {
    /// Is its time not over at `mono`?
    #[inline]
    #[must_use]
    pub fn live(&self, mono: u64) -> bool {
        self.deadline > mono
    }
}
