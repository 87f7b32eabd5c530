use std::sync::Arc;

use crate::json;

/// A part of a topic's member list, in the order of the bytes of ids, as the diffs up to its
/// version add up to: for those who want the list of a topic that is too large for one.
#[derive(Clone, Debug)]
pub struct Page {
    /// The token of this life of the topic; empty when it has none.
    pub epoch: Arc<str>,
    /// The version.
    pub version: u64,
    /// How many members the topic has.
    pub count: usize,
    /// Where the next page goes on: the last id of this one. `None` where nobody comes after it.
    pub next: Option<Box<str>>,
    /// The `presence_page` object.
    pub json: String,
    /// For each listed member, in the order of the list, how many live sessions they have.
    pub sessions: Vec<u16>,
}

impl Page {
    /// Begins the JSON of a `presence_page`, up to and with the opening bracket of its members.
    #[must_use]
    pub fn head(
        topic: &str,
        epoch: &str,
        version: u64,
        count: usize,
        after: Option<&str>,
        limit: usize,
    ) -> String {
        let mut out = String::with_capacity(200 + limit.min(count) * 96);
        out.push_str("{\"type\":\"presence_page\",\"topic\":");
        json::string(&mut out, topic);
        out.push_str(",\"epoch\":\"");
        out.push_str(epoch);
        out.push_str("\",\"version\":");
        json::integer(&mut out, version);
        out.push_str(",\"count\":");
        json::integer(&mut out, count as u64);
        out.push_str(",\"after\":");
        id(&mut out, after);
        out.push_str(",\"limit\":");
        json::integer(&mut out, limit as u64);
        out.push_str(",\"members\":[");
        out
    }

    /// Ends what [`Page::head`] has begun.
    pub fn end(out: &mut String, next: Option<&str>) {
        out.push_str("],\"next\":");
        id(out, next);
        out.push('}');
    }
}

fn id(out: &mut String, id: Option<&str>) {
    match id {
        Some(id) => json::string(out, id),
        None => out.push_str("null"),
    }
}
