use std::sync::{Arc, OnceLock};

use crate::json;
use crate::member::{Metas, Reason};

/// A member as a diff shows them: the whole of their state, not a change of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The member's id.
    pub id: Box<str>,
    /// Milliseconds since 1970.
    pub joined_at: u64,
    /// One object a session, in the order of joins.
    pub metas: Metas,
    /// How many live sessions they have.
    pub sessions: usize,
}

/// A member who is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leave {
    /// The member as the last diff before showed them.
    pub was: Entry,
    /// Why they are gone.
    pub reason: Reason,
}

/// The net joins, leaves and updates of a topic from one version to the next.
#[derive(Debug)]
pub struct Diff {
    /// The topic's name.
    pub topic: Arc<str>,
    /// The token of this life of the topic.
    pub epoch: Arc<str>,
    /// The version it follows; 0 begins an epoch.
    pub from: u64,
    /// The version it leads to.
    pub version: u64,
    /// How many members are online at that version; 0 ends the epoch.
    pub count: usize,
    /// Clients get the count alone, since the list is too long.
    pub sample: bool,
    /// Milliseconds since 1970.
    pub at: u64,
    /// Who came.
    pub joins: Vec<Entry>,
    /// Who went.
    pub leaves: Vec<Leave>,
    /// Whose metas changed.
    pub updates: Vec<Entry>,
    /// Begins empty; [`Diff::json`] fills it.
    pub json: OnceLock<String>,
}

impl Diff {
    /// The whole diff as JSON, encoded once.
    pub fn json(&self) -> &str {
        self.json.get_or_init(|| {
            let mut out = self.head(false);
            out.push_str(",\"joins\":[");
            entries(&mut out, &self.joins);
            out.push_str("],\"leaves\":[");
            for (i, leave) in self.leaves.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                out.push_str("{\"id\":");
                json::string(&mut out, &leave.was.id);
                out.push_str(",\"reason\":\"");
                out.push_str(leave.reason.as_str());
                out.push_str("\"}");
            }
            out.push_str("],\"updates\":[");
            entries(&mut out, &self.updates);
            out.push_str("]}");
            out
        })
    }

    /// What clients of a topic that is too large for a list get.
    #[must_use]
    pub fn sample_json(&self) -> String {
        let mut out = self.head(true);
        out.push_str(",\"joins\":[],\"leaves\":[],\"updates\":[]}");
        out
    }

    fn head(&self, sample: bool) -> String {
        let mut out = String::with_capacity(128 + 64 * (self.joins.len() + self.updates.len()));
        out.push_str("{\"type\":\"presence_diff\",\"topic\":");
        json::string(&mut out, &self.topic);
        out.push_str(",\"epoch\":\"");
        out.push_str(&self.epoch);
        out.push_str("\",\"from\":");
        json::integer(&mut out, self.from);
        out.push_str(",\"version\":");
        json::integer(&mut out, self.version);
        out.push_str(",\"count\":");
        json::integer(&mut out, self.count as u64);
        if sample {
            out.push_str(",\"sample\":true");
        }
        out
    }
}

fn entries(out: &mut String, list: &[Entry]) {
    for (i, entry) in list.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        json::member(out, &entry.id, entry.joined_at, |out| out.push_str(&entry.metas));
    }
}
