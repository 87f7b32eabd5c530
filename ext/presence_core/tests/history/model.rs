use std::collections::BTreeMap;

use presence_core::Reason;

use super::person::{Person, Place, Session};
use super::room::Room;
use super::step::{member, meta, session, topic, Call, MEMBERS, TOPICS};
use super::Rules;

/// What a call answers: true or false, or the limit that it has reached.
pub type Answer = Result<bool, &'static str>;

/// The semantics as the documentation states them, as simply as they can be written down.
#[derive(Debug)]
pub struct Model {
    pub rules: Rules,
    /// Milliseconds on the clock that lives are measured on, and on the wall.
    pub now: u64,
    pub wall: u64,
    pub rooms: BTreeMap<&'static str, Room>,
    pub last_seen: BTreeMap<(&'static str, &'static str), u64>,
}

impl Model {
    pub fn new(rules: Rules, now: u64, wall: u64) -> Self {
        let rooms = TOPICS.iter().map(|&name| (name, Room::default())).collect();
        Self {
            rules,
            now,
            wall,
            rooms,
            last_seen: BTreeMap::new(),
        }
    }

    pub fn pass(&mut self, ms: u64) {
        self.now += ms;
        self.wall += ms;
        for room in self.rooms.values_mut() {
            room.pass(self.now);
        }
    }

    /// Carries out a call that changes who is there; `None` for one that does not.
    pub fn call(&mut self, call: Call) -> Option<Answer> {
        let before = self.everybody();
        let answer = match call {
            Call::Join {
                topic: t,
                member: m,
                session: s,
                meta: text,
                ttl,
            } => self.join(topic(t), member(m), session(s), text.map(meta), ttl.into()),
            Call::Touch {
                topic: t,
                member: m,
                session: s,
            } => Ok(self.touch(topic(t), member(m), session(s))),
            Call::Update {
                topic: t,
                member: m,
                session: s,
                meta: text,
            } => self.update(topic(t), member(m), session(s), meta(text)),
            Call::Leave {
                topic: t,
                member: m,
                session: s,
                linger,
            } => Ok(self.leave(topic(t), member(m), session(s), linger.into())),
            Call::Visit {
                topic: t,
                member: m,
                ttl,
                slack,
                navigation,
            } => self.visit(topic(t), member(m), ttl.into(), slack.into(), navigation),
            Call::LeaveAll {
                topic: Some(t),
                member: m,
            } => Ok(self.leave_all(topic(t), member(m))),
            Call::LeaveAll {
                topic: None,
                member: m,
            } => {
                let left = TOPICS.map(|name| self.leave_all(name, member(m)));
                Ok(left.contains(&true))
            }
            Call::Tick { .. } | Call::Run { .. } | Call::Snapshot { .. } | Call::Wall { .. } => return None,
        };
        for (key, after) in self.everybody() {
            if before.get(&key) != Some(&after) {
                let room = self.rooms.get_mut(key.0).unwrap();
                room.changed.insert(key.1.to_owned(), (self.now, true));
            }
        }
        Some(answer)
    }

    fn everybody(&self) -> BTreeMap<(&'static str, &'static str), Option<super::person::Seen>> {
        let rooms = self.rooms.iter();
        let all =
            rooms.flat_map(|(&name, room)| MEMBERS.map(|id| ((name, id), room.get(id).map(Person::seen))));
        all.collect()
    }

    /// Is there room for this one?
    fn room_for(&self, topic: &str, id: &str) -> Result<(), &'static str> {
        let people = &self.rooms[topic].people;
        let active = self.rooms.values().filter(|room| !room.people.is_empty()).count();
        if people.iter().any(|person| person.id == id) {
            Ok(())
        } else if people.len() >= self.rules.max_members_per_topic {
            Err("max_members_per_topic")
        } else if people.is_empty() && active >= self.rules.max_topics {
            Err("max_topics")
        } else {
            Ok(())
        }
    }

    fn join(
        &mut self,
        topic: &'static str,
        id: &'static str,
        token: &'static str,
        meta: Option<&'static str>,
        ttl: u64,
    ) -> Answer {
        self.room_for(topic, id)?;
        let (now, wall, rules) = (self.now, self.wall, self.rules);
        let room = self.rooms.get_mut(topic).unwrap();
        let was = room.get(id).cloned();
        let live = was
            .as_ref()
            .and_then(|it| it.sessions.iter().find(|session| session.token == token));
        let meta = meta.or(live.map(|session| session.meta)).unwrap_or("{}");
        let held = was.as_ref().map_or(0, Person::bytes) - live.map_or(0, |session| session.meta.len());
        let count = was.as_ref().map_or(0, |person| person.sessions.len());
        if live.is_none() && count >= rules.max_sessions_per_member {
            return Err("max_sessions_per_member");
        }
        if held + meta.len() > rules.max_member_bytes {
            return Err("max_member_bytes");
        }
        let person = room.arrive(id, wall);
        let until = now + ttl;
        if let Some(session) = person.session(token) {
            (session.meta, session.ttl, session.until) = (meta, ttl, until);
        } else {
            person.place = None;
            person.sessions.push(Session {
                token,
                meta,
                ttl,
                until,
            });
        }
        self.last_seen.insert((topic, id), wall);
        Ok(was.is_none())
    }

    fn touch(&mut self, topic: &'static str, id: &'static str, token: &str) -> bool {
        let (now, wall) = (self.now, self.wall);
        let person = self.rooms.get_mut(topic).unwrap().person(id);
        let Some(session) = person.and_then(|person| person.session(token)) else {
            return false;
        };
        session.until = now + session.ttl;
        self.last_seen.insert((topic, id), wall);
        true
    }

    fn update(&mut self, topic: &str, id: &str, token: &str, meta: &'static str) -> Answer {
        let limit = self.rules.max_member_bytes;
        let Some(person) = self.rooms.get_mut(topic).unwrap().person(id) else {
            return Ok(false);
        };
        let held = person.bytes();
        let Some(session) = person.session(token) else {
            return Ok(false);
        };
        if held - session.meta.len() + meta.len() > limit {
            return Err("max_member_bytes");
        }
        session.meta = meta;
        Ok(true)
    }

    fn leave(&mut self, topic: &str, id: &str, token: &str, linger: u64) -> bool {
        let now = self.now;
        let room = self.rooms.get_mut(topic).unwrap();
        let Some(person) = room.person(id) else {
            return false;
        };
        if let Some(session) = person.session(token).cloned() {
            person.sessions.retain(|it| it.token != token);
            if !person.sessions.is_empty() {
                return false;
            }
            if linger > 0 {
                person.place = Some(Place {
                    token: Some(session.token),
                    meta: session.meta,
                    lingers: (now + linger).min(session.until),
                    requested: person.place.as_ref().map_or(0, |place| place.requested),
                });
                return false;
            }
        } else if linger > 0
            || person
                .place
                .as_ref()
                .is_none_or(|place| place.token != Some(token))
        {
            return false;
        }
        room.depart(id, Reason::Left);
        true
    }

    fn leave_all(&mut self, topic: &str, id: &str) -> bool {
        let room = self.rooms.get_mut(topic).unwrap();
        let online = room.get(id).is_some();
        if online {
            room.depart(id, Reason::Left);
        }
        online
    }

    fn visit(
        &mut self,
        topic: &'static str,
        id: &'static str,
        ttl: u64,
        slack: u64,
        navigation: bool,
    ) -> Answer {
        self.room_for(topic, id)?;
        let (now, wall) = (self.now, self.wall);
        let room = self.rooms.get_mut(topic).unwrap();
        let came = room.get(id).is_none();
        let lingers = |person: &Person| person.place.as_ref().is_some_and(|place| place.lingers > now);
        let busy = room
            .get(id)
            .is_some_and(|person| !person.sessions.is_empty() || lingers(person));
        if busy && !navigation {
            return Ok(false);
        }
        let person = room.arrive(id, wall);
        let fresh = Place {
            token: None,
            meta: "{}",
            lingers: 0,
            requested: 0,
        };
        let place = person.place.get_or_insert(fresh);
        if place.until() + slack <= now + ttl || place.until() == 0 {
            place.requested = now + ttl;
        }
        self.last_seen.insert((topic, id), wall);
        Ok(came)
    }
}
