use hashbrown::HashMap;
use presence_core::{LimitExceeded, Member, Now, Settings};

use crate::home::{Slot, Writing};
use crate::lmdb::Source;
use crate::record::{key, Ear, MemberRecord, Seat, TopicRecord};
use crate::{Error, Result};

/// A transaction in progress: the topics that it has touched, and what it knows.
pub(super) struct Work<'w, 'h> {
    pub(super) w: &'w mut Writing<'h>,
    pub(super) settings: &'w Settings,
    pub(super) now: Now,
    /// Whose diffs these are.
    pub(super) taker: u64,
    topics: HashMap<u64, Touched, ahash::RandomState>,
    due: u64,
}

struct Touched {
    record: TopicRecord,
    changed: bool,
}

/// A member as they were read, and as they will be written.
pub(super) struct Loaded {
    pub(super) topic: u64,
    pub(super) id: Box<str>,
    pub(super) record: MemberRecord,
    /// Their bytes, if they have any yet.
    before: Option<Vec<u8>>,
}

impl<'w, 'h> Work<'w, 'h> {
    pub(super) fn new(w: &'w mut Writing<'h>, settings: &'w Settings, now: Now, taker: u64) -> Self {
        Self {
            w,
            settings,
            now,
            taker,
            topics: HashMap::default(),
            due: u64::MAX,
        }
    }

    /// Writes the topics; answers the first moment at which a topic changed here is due.
    pub(super) fn finish(mut self) -> Result<u64> {
        for (number, touched) in std::mem::take(&mut self.topics) {
            if touched.changed {
                self.w.put(&key::topic(number), &touched.record.encode())?;
            }
        }
        Ok(self.due)
    }

    pub(super) fn find_topic(&self, name: &str) -> Result<Option<u64>> {
        self.w.get(&key::name(name))?.map(number).transpose()
    }

    fn touched(&mut self, topic: u64) -> Result<&mut Touched> {
        if !self.topics.contains_key(&topic) {
            let bytes = self.w.get(&key::topic(topic))?.ok_or_else(lost_topic)?;
            let record = TopicRecord::decode(bytes)?;
            self.topics.insert(
                topic,
                Touched {
                    record,
                    changed: false,
                },
            );
        }
        self.topics.get_mut(&topic).ok_or_else(lost_topic)
    }

    pub(super) fn topic(&mut self, topic: u64) -> Result<&TopicRecord> {
        self.touched(topic).map(|touched| &touched.record)
    }

    pub(super) fn topic_mut(&mut self, topic: u64) -> Result<&mut TopicRecord> {
        let touched = self.touched(topic)?;
        touched.changed = true;
        Ok(&mut touched.record)
    }

    /// The number of a topic, made where there is none.
    pub(super) fn make_topic(&mut self, name: &str) -> Result<u64> {
        if let Some(found) = self.find_topic(name)? {
            return Ok(found);
        }
        self.w.state.topic += 1;
        let topic = self.w.state.topic;
        self.w.put(&key::name(name), &topic.to_le_bytes())?;
        let record = TopicRecord {
            name: name.into(),
            ..TopicRecord::default()
        };
        self.topics.insert(
            topic,
            Touched {
                record,
                changed: true,
            },
        );
        Ok(topic)
    }

    pub(super) fn load(&self, topic: u64, id: &str) -> Result<Option<Loaded>> {
        let Some(bytes) = self.w.get(&key::member(topic, id.as_bytes()))? else {
            return Ok(None);
        };
        let record = MemberRecord::claim(bytes, &self.w.home().live, self.now.mono)?;
        let before = Some(bytes.to_vec());
        Ok(Some(Loaded {
            topic,
            id: id.into(),
            record,
            before,
        }))
    }

    /// A member of whom nothing is known yet.
    pub(super) fn fresh(topic: u64, id: &str) -> Loaded {
        Loaded {
            topic,
            id: id.into(),
            record: MemberRecord::default(),
            before: None,
        }
    }

    /// Changes a member, and keeps the books.
    pub(super) fn change<R>(
        &mut self,
        mut loaded: Loaded,
        act: impl FnOnce(&mut Member, &Settings, &Now) -> R,
    ) -> Result<R> {
        let record = &mut loaded.record;
        let (was_gone, seen) = (record.member.gone(), record.member.seen_at);
        let result = act(&mut record.member, self.settings, &self.now);
        if record.member.seen_at != seen {
            record.seen_mono = self.now.mono;
        }
        self.after(loaded, was_gone)?;
        Ok(result)
    }

    /// The topic's count, its changes, the time to look at the member again; then writes them.
    fn after(&mut self, mut loaded: Loaded, was_gone: bool) -> Result<()> {
        let gone = loaded.record.member.gone();
        if gone != was_gone {
            self.count(loaded.topic, gone)?;
        }
        let told = loaded
            .record
            .member
            .pending
            .as_ref()
            .map(|pending| pending.published.is_some());
        match told {
            // Came and went before anybody was told: as if they had never been here.
            Some(false) | None if gone => {
                let topic = loaded.topic;
                self.detach(loaded)?;
                return self.close_if_empty(topic);
            }
            Some(_) if loaded.record.order == 0 => self.mark(&mut loaded)?,
            _ => {}
        }
        self.schedule(&mut loaded)?;
        self.save(loaded)
    }

    fn count(&mut self, topic: u64, gone: bool) -> Result<()> {
        let it = self.topic_mut(topic)?;
        let (online, edge) = if gone {
            (it.online.checked_sub(1).ok_or_else(miscounted)?, 0)
        } else {
            (it.online + 1, 1)
        };
        it.online = online;
        if online == edge {
            let active = &mut self.w.state.active;
            *active = if gone {
                active.checked_sub(1).ok_or_else(miscounted)?
            } else {
                *active + 1
            };
        }
        Ok(())
    }

    /// The next diff of their topic has to tell of this member.
    fn mark(&mut self, loaded: &mut Loaded) -> Result<()> {
        self.w.state.order += 1;
        let order = self.w.state.order;
        loaded.record.order = order;
        self.w
            .put(&key::changed(loaded.topic, order), loaded.id.as_bytes())?;
        self.topic_mut(loaded.topic)?.changes += 1;
        self.plan(loaded.topic)
    }

    /// Lets a topic be looked at as soon as its window allows.
    pub(super) fn plan(&mut self, topic: u64) -> Result<()> {
        let now = self.now.mono;
        let it = self.topic(topic)?;
        let (before, due) = (it.due, it.window_until.max(now).max(1));
        self.due = self.due.min(due);
        if before != 0 && before <= due {
            return Ok(());
        }
        self.unplan(topic)?;
        self.topic_mut(topic)?.due = due;
        self.w.put(&key::due(due, topic), &[])
    }

    pub(super) fn unplan(&mut self, topic: u64) -> Result<()> {
        let due = self.topic(topic)?.due;
        if due != 0 {
            self.w.delete(&key::due(due, topic))?;
            self.topic_mut(topic)?.due = 0;
        }
        Ok(())
    }

    /// Sees to it that a member is looked at no later than something of them is over. Whoever is
    /// prolonged stays where they are, and is moved on when that time has come.
    fn schedule(&mut self, loaded: &mut Loaded) -> Result<()> {
        let record = &mut loaded.record;
        let id = loaded.id.as_bytes();
        let (before, next) = (
            record.scheduled,
            record.member.next_due().map_or(0, |due| due.max(1)),
        );
        if next == before || (before != 0 && next != 0 && before < next) {
            return Ok(());
        }
        record.scheduled = next;
        if before != 0 {
            self.w.delete(&key::expiry(before, loaded.topic, id))?;
        }
        if next != 0 {
            self.w.put(&key::expiry(next, loaded.topic, id), &[])?;
        }
        Ok(())
    }

    /// Writes a member, where anything has changed, and their sessions' slots.
    pub(super) fn save(&mut self, mut loaded: Loaded) -> Result<()> {
        self.seat(&mut loaded.record)?;
        let bytes = loaded.record.encode();
        match &loaded.before {
            Some(before) if *before == bytes => return Ok(()),
            Some(_) => {}
            None => self.topic_mut(loaded.topic)?.members += 1,
        }
        self.w
            .put(&key::member(loaded.topic, loaded.id.as_bytes()), &bytes)
    }

    /// Gives new sessions a slot, takes it from those that are over, and writes down who was heard.
    ///
    /// What is written to a slot counts at once, and stays if the transaction fails. For a session
    /// that is live this is true all the same: it was heard. A new slot is nobody's until then.
    fn seat(&mut self, record: &mut MemberRecord) -> Result<()> {
        let mono = self.now.mono;
        let mut old = std::mem::take(&mut record.seats);
        for session in &record.member.sessions {
            let heard = session.deadline - u64::from(session.ttl) * presence_core::MILLISECOND;
            // One that has come back after its end is a new one.
            let same = |seat: &Seat| {
                *seat.token == *session.token && (seat.deadline > mono || session.deadline <= mono)
            };
            let ear = match old.iter().position(same) {
                Some(at) => {
                    let seat = old.swap_remove(at);
                    let prolonged = seat.deadline != session.deadline || seat.ttl != session.ttl;
                    self.keep_ear(seat.ear, prolonged.then_some((session.ttl, heard)))?
                }
                None => self.new_ear(session.ttl, heard)?,
            };
            record.seats.push(Seat {
                ear,
                token: (*session.token).into(),
                deadline: session.deadline,
                ttl: session.ttl,
            });
        }
        old.iter().for_each(|seat| self.w.free_slot(seat.ear.number));
        record.sight = match (&record.member.place, record.sight) {
            (Some(_), None) => Some(self.new_ear(0, Slot::NEVER)?),
            (Some(_), Some(ear)) => Some(self.keep_ear(ear, None)?),
            (None, Some(ear)) => {
                self.w.free_slot(ear.number);
                None
            }
            (None, None) => None,
        };
        Ok(())
    }

    /// A slot that stays theirs; of a session that is prolonged, by its ttl and when it was heard.
    fn keep_ear(&self, mut ear: Ear, prolonged: Option<(u32, u64)>) -> Result<Ear> {
        use std::sync::atomic::Ordering::{AcqRel, Relaxed};
        let slot = ear.slot(&self.w.home().live).ok_or_else(lost_slot)?;
        if let Some((ttl, heard)) = prolonged {
            slot.ttl.store(u64::from(ttl), Relaxed);
            if slot.heard.fetch_max(heard, AcqRel) <= heard {
                slot.note(self.now.wall);
            }
        }
        ear.noted = slot.noted().1;
        Ok(ear)
    }

    /// A new slot, which is nobody's until the transaction counts.
    fn new_ear(&mut self, ttl: u32, heard: u64) -> Result<Ear> {
        use std::sync::atomic::Ordering::{Relaxed, Release};
        let (number, tag) = self.w.take_slot()?;
        let slot: &Slot = self.w.home().live.slot(number).ok_or_else(lost_slot)?;
        slot.ttl.store(u64::from(ttl), Relaxed);
        slot.note(self.now.wall);
        // Whoever reads it finds the last one's tag cleared, too.
        slot.heard.store(heard, Release);
        slot.tag.store(tag, Release);
        let noted = slot.noted().1;
        Ok(Ear { number, tag, noted })
    }

    /// Takes a member out of everything, and leaves their topic, if only for its diff.
    pub(super) fn detach(&mut self, loaded: Loaded) -> Result<()> {
        let Loaded {
            topic,
            id,
            record,
            before,
        } = loaded;
        if record.scheduled != 0 {
            self.w
                .delete(&key::expiry(record.scheduled, topic, id.as_bytes()))?;
        }
        if record.order != 0 {
            self.w.delete(&key::changed(topic, record.order))?;
            let changes = &mut self.topic_mut(topic)?.changes;
            *changes = changes.checked_sub(1).ok_or_else(miscounted)?;
        }
        let ears = record.seats.iter().map(|seat| seat.ear).chain(record.sight);
        ears.for_each(|ear| self.w.free_slot(ear.number));
        if before.is_some() {
            self.w.delete(&key::member(topic, id.as_bytes()))?;
            let members = &mut self.topic_mut(topic)?.members;
            *members = members.checked_sub(1).ok_or_else(miscounted)?;
        }
        if record.member.seen_at > 0 {
            let name = self.topic(topic)?.name.clone();
            self.remember(&name, &id, record.member.seen_at)?;
        }
        Ok(())
    }

    /// An empty topic is kept until its window has passed, so that coming and going in a hurry
    /// makes no more diffs than anything else.
    pub(super) fn close_if_empty(&mut self, topic: u64) -> Result<()> {
        let now = self.now.mono;
        let it = self.topic(topic)?;
        if it.members > 0 {
            return Ok(());
        }
        if it.window_until > now {
            return self.plan(topic);
        }
        let name = it.name.clone();
        self.unplan(topic)?;
        self.topics.remove(&topic);
        self.w.delete(&key::name(&name))?;
        self.w.delete(&key::topic(topic))?;
        Ok(())
    }

    /// Is there room for one more member on this topic?
    pub(super) fn full(&mut self, topic: Option<u64>) -> Result<Option<LimitExceeded>> {
        let limits = &self.settings.limits;
        let (most, topics) = (limits.max_members_per_topic, limits.max_topics);
        let online = match topic {
            Some(topic) if self.topics.contains_key(&topic) || self.w.get(&key::topic(topic))?.is_some() => {
                self.topic(topic)?.online
            }
            _ => 0,
        };
        Ok(if online >= most as u64 {
            Some(LimitExceeded {
                limit: "max_members_per_topic",
                value: most,
            })
        } else if online == 0 && self.w.state.active >= topics as u64 {
            Some(LimitExceeded {
                limit: "max_topics",
                value: topics,
            })
        } else {
            None
        })
    }
}

pub(super) fn number(bytes: &[u8]) -> Result<u64> {
    let bytes: [u8; 8] = bytes
        .try_into()
        .map_err(|_| Error::damaged("was damaged (a number is none)"))?;
    Ok(u64::from_le_bytes(bytes))
}

pub(super) fn lost_topic() -> Error {
    Error::damaged("was damaged (a topic is lost)")
}

fn lost_slot() -> Error {
    Error::damaged("was damaged (a slot is lost)")
}

pub(super) fn miscounted() -> Error {
    Error::damaged("was damaged (its counts are wrong)")
}
