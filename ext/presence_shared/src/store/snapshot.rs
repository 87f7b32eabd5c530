use presence_core::{json, Now, Page, Snapshot, SAMPLE};

use super::Store;
use crate::home::Home;
use crate::record::{MemberRecord, TopicRecord};
use crate::Result;

impl Store {
    /// The member list at the last diff; see [`presence_core::Registry::snapshot`]. `None` where the
    /// caller's epoch and version are still those of now.
    pub fn snapshot(
        &self,
        home: &Home,
        topic: &str,
        sample: bool,
        known: Option<(&str, u64)>,
        now: &Now,
    ) -> Result<Option<Snapshot>> {
        self.view(home, now, |view| {
            let record = view
                .record(topic)?
                .map_or_else(TopicRecord::default, |(_, record)| record);
            let count = record.published as usize;
            if known == Some((&*record.epoch, record.version)) {
                return Ok(None);
            }
            let sample = sample && record.sampled;
            let listed = if sample { SAMPLE.min(count) } else { count };
            let heartbeat = &self.settings.heartbeat;
            let room = 160 + listed * 96;
            let mut out = Snapshot::head(
                topic,
                &record.epoch,
                record.version,
                count,
                sample,
                heartbeat,
                room,
            );
            let mut sessions: Vec<u16> = Vec::with_capacity(listed);
            view.each_member(topic, |id, bytes| {
                if sessions.len() < listed {
                    let comma = !sessions.is_empty();
                    if let Some(count) = write_told(&mut out, id, bytes, comma)? {
                        sessions.push(count.min(u32::from(u16::MAX)) as u16);
                    }
                }
                Ok(())
            })?;
            out.push_str("]}");
            Ok(Some(Snapshot {
                epoch: record.epoch,
                version: record.version,
                count,
                sample,
                json: out,
                sessions,
            }))
        })
    }

    /// A part of that list; see [`presence_core::Registry::page`].
    pub fn page(
        &self,
        home: &Home,
        topic: &str,
        after: Option<&str>,
        limit: usize,
        now: &Now,
    ) -> Result<Page> {
        self.view(home, now, |view| {
            let record = view
                .record(topic)?
                .map_or_else(TopicRecord::default, |(_, record)| record);
            let count = record.published as usize;
            let mut json = Page::head(topic, &record.epoch, record.version, count, after, limit);
            let mut sessions: Vec<u16> = Vec::with_capacity(limit.min(count));
            let (mut last, mut more) = ("", false);
            for entry in view.members_after(topic, after)? {
                let (id, bytes) = entry?;
                let before = json.len();
                let Some(told) = write_told(&mut json, id, bytes, !sessions.is_empty())? else {
                    continue;
                };
                if sessions.len() == limit {
                    json.truncate(before);
                    more = true;
                    break;
                }
                sessions.push(told.min(u32::from(u16::MAX)) as u16);
                last = id;
            }
            let next: Option<Box<str>> = more.then(|| last.into());
            Page::end(&mut json, next.as_deref());
            Ok(Page {
                epoch: record.epoch,
                version: record.version,
                count,
                next,
                json,
                sessions,
            })
        })
    }
}

/// Appends a member as the last diff left them, if it did; answers their number of sessions.
fn write_told(out: &mut String, id: &str, bytes: &[u8], comma: bool) -> Result<Option<u32>> {
    let member = MemberRecord::told(bytes)?.member;
    let told = match &member.pending {
        Some(pending) => match &pending.published {
            Some(published) => Some(published),
            None => return Ok(None),
        },
        None => None,
    };
    if comma {
        out.push(',');
    }
    let joined_at = told.map_or(member.joined_at, |told| told.joined_at);
    json::member(out, id, joined_at, |out| match told {
        Some(told) => out.push_str(&told.metas),
        None => {
            member.write_metas(out, 0);
        }
    });
    Ok(Some(told.map_or(member.told, |told| told.sessions as u32)))
}
