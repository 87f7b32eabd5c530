use std::sync::Arc;

use crate::json;

/// The member list of a topic as the diffs up to its version add up to.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The token of this life of the topic; empty when it has none.
    pub epoch: Arc<str>,
    /// The version.
    pub version: u64,
    /// How many members it has.
    pub count: usize,
    /// Only some of them are listed.
    pub sample: bool,
    /// The `presence_state` object.
    pub json: String,
    /// For each listed member, in the order of the list, how many live sessions they have.
    pub sessions: Vec<u16>,
}

impl Snapshot {
    /// Begins the JSON of a `presence_state`, up to and with the opening bracket of its members.
    #[must_use]
    pub fn head(
        topic: &str,
        epoch: &str,
        version: u64,
        count: usize,
        sample: bool,
        heartbeat: &str,
        capacity: usize,
    ) -> String {
        let mut out = String::with_capacity(capacity);
        out.push_str("{\"type\":\"presence_state\",\"topic\":");
        json::string(&mut out, topic);
        out.push_str(",\"epoch\":\"");
        out.push_str(epoch);
        out.push_str("\",\"version\":");
        json::integer(&mut out, version);
        out.push_str(",\"count\":");
        json::integer(&mut out, count as u64);
        out.push_str(",\"heartbeat\":");
        out.push_str(heartbeat);
        if sample {
            out.push_str(",\"sample\":true");
        }
        out.push_str(",\"members\":[");
        out
    }
}
