use std::fmt;

/// How many things there may be of each kind.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of all metas of one member on one topic.
    pub max_member_bytes: usize,
    /// Live sessions of one member on one topic.
    pub max_sessions_per_member: usize,
    /// Members online on one topic.
    pub max_members_per_topic: usize,
    /// Topics that have members.
    pub max_topics: usize,
}

/// What a registry is built with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The limits of its sizes.
    pub limits: Limits,
    /// At least so many nanoseconds lie between two diffs of a topic.
    pub coalesce: u64,
    /// Under load the window between two diffs grows up to this, in nanoseconds.
    pub max_coalesce: u64,
    /// An expiry is published within this many nanoseconds.
    pub sweep_interval: u64,
    /// A topic with more members goes to clients as a count and a sample.
    pub list_limit: usize,
    /// What clients are told of their heartbeat, as a JSON number in seconds.
    pub heartbeat: String,
    /// For how many nanoseconds it is remembered when somebody who left was last seen.
    pub last_seen_for: u64,
    /// Of how many people that is remembered.
    pub last_seen_limit: usize,
}

/// With so many changes in a window the next one is twice as long.
const LOAD: u64 = 20;
/// Fewer changes than these are no load: the next window is as long as it was set.
const CALM: u64 = 5;

impl Settings {
    /// How long a topic waits after a diff of so many entries: the more it had to tell, the longer.
    #[must_use]
    pub fn window(&self, entries: u64) -> u64 {
        let load = if entries < CALM { 0 } else { entries };
        let widened = self.coalesce.saturating_mul(LOAD + load) / LOAD;
        widened
            .min(self.max_coalesce.max(self.coalesce))
            .max(self.coalesce)
    }

    /// Is a topic of `published` members too large for a list? Back to one only below 80 %, so
    /// that a topic at the limit does not flap.
    #[must_use]
    pub fn sampled(&self, published: usize, was: bool) -> bool {
        published > self.list_limit || (was && published * 5 >= self.list_limit * 4)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limits: Limits {
                max_member_bytes: 16_384,
                max_sessions_per_member: 100,
                max_members_per_topic: 100_000,
                max_topics: 100_000,
            },
            coalesce: 100_000_000,
            max_coalesce: 500_000_000,
            sweep_interval: 1_000_000_000,
            list_limit: 1_000,
            heartbeat: "15.0".into(),
            last_seen_for: 86_400_000_000_000,
            last_seen_limit: 100_000,
        }
    }
}

/// A limit that a caller has reached. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitExceeded {
    /// The name of the limit in the configuration.
    pub limit: &'static str,
    /// Its configured value.
    pub value: usize,
}

impl fmt::Display for LimitExceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}", self.limit, self.value)
    }
}

impl std::error::Error for LimitExceeded {}
