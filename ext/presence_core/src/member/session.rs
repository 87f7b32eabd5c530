use super::Meta;

/// One live tab, device or connection.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) token: Box<str>,
    pub(crate) meta: Meta,
    /// Its own ttl in ms, which its touches keep.
    pub(crate) ttl: u32,
    /// Monotonic nanoseconds; it is live before this moment.
    pub(crate) deadline: u64,
}

impl Session {
    #[inline]
    pub(crate) fn live(&self, mono: u64) -> bool {
        self.deadline > mono
    }
}
