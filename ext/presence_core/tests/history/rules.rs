use presence_core::{Limits, Settings, MILLISECOND};

/// The settings that a history runs with; times in ms. Limits are small enough to be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    pub coalesce: u64,
    pub max_coalesce: u64,
    pub sweep_interval: u64,
    pub list_limit: usize,
    pub max_members_per_topic: usize,
    pub max_topics: usize,
    pub max_sessions_per_member: usize,
    pub max_member_bytes: usize,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            coalesce: 100,
            max_coalesce: 100,
            sweep_interval: 1_000,
            list_limit: 1_000,
            max_members_per_topic: 100,
            max_topics: 100,
            max_sessions_per_member: 100,
            max_member_bytes: 16_384,
        }
    }
}

impl Rules {
    pub fn settings(&self) -> Settings {
        Settings {
            limits: Limits {
                max_member_bytes: self.max_member_bytes,
                max_sessions_per_member: self.max_sessions_per_member,
                max_members_per_topic: self.max_members_per_topic,
                max_topics: self.max_topics,
            },
            coalesce: self.coalesce * MILLISECOND,
            max_coalesce: self.max_coalesce * MILLISECOND,
            sweep_interval: self.sweep_interval * MILLISECOND,
            list_limit: self.list_limit,
            // Longer than any history.
            last_seen_for: u64::MAX / 4,
            ..Settings::default()
        }
    }
}
