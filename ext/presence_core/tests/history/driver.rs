use std::collections::BTreeMap;

use presence_core::{Diff, Now, Registry, MILLISECOND};
use serde_json::Value;

use super::follower::{id, Follower};
use super::model::{Answer, Model};
use super::person::Seen;
use super::room::Net;
use super::step::{member, meta, session, topic, Call, MEMBERS, TOPICS};
use super::{History, Step};

/// Clocks begin anywhere; this one far from the beginning of the wheel's first slot.
const START: u64 = 1_000_000_123;
const WALL: u64 = 1_790_000_000_000;

/// Plays a history. An error says at which step core and model part, and how.
pub fn run(history: &History) -> Result<(), String> {
    let mut driver = Driver::new(history);
    for (number, step) in history.steps.iter().enumerate() {
        let done = driver.step(*step);
        done.map_err(|error| format!("step {}: {}: {error}", number + 1, step.call))?;
    }
    driver
        .end()
        .map_err(|error| format!("after the last step: {error}"))
}

struct Driver {
    core: Registry,
    model: Model,
    followers: BTreeMap<&'static str, Follower>,
}

impl Driver {
    fn new(history: &History) -> Self {
        Self {
            core: Registry::new(history.rules.settings()),
            model: Model::new(history.rules, START, WALL),
            followers: TOPICS.iter().map(|&name| (name, Follower::default())).collect(),
        }
    }

    fn now(&self) -> Now {
        Now {
            mono: self.model.now * MILLISECOND,
            wall: self.model.wall,
            slack: 0,
        }
    }

    fn step(&mut self, step: Step) -> Result<(), String> {
        self.model.pass(step.wait.into());
        if let Some(expected) = self.model.call(step.call) {
            equal("the answer", self.call(step.call), expected)?;
        } else {
            match step.call {
                Call::Tick { force, budget } => self.tick(force, budget)?,
                Call::Run { ms } => self.ticker(ms.into())?,
                Call::Snapshot { topic: at, sample } => self.snapshot(topic(at), sample)?,
                Call::Wall { by } => self.model.wall = self.model.wall.saturating_add_signed(by.into()),
                _ => return Err("the model has no answer".into()),
            }
        }
        self.core.take_wake();
        self.point_reads()?;
        if step.look {
            self.list_reads()?;
        }
        self.followers_agree()
    }

    /// Everybody goes in the end, and nothing is left.
    fn end(&mut self) -> Result<(), String> {
        self.tick(true, 0)?;
        self.list_reads()?;
        self.followers_agree()?;
        self.model.pass(2 * 86_400_000);
        self.tick(false, 1)?;
        self.model.pass(self.model.rules.max_coalesce);
        self.tick(false, 0)?;
        self.list_reads()?;
        equal("the bytes of an empty registry", self.core.bytes(), 0)?;
        equal("its next tick", self.core.next_tick(&self.now()), None)
    }

    fn call(&mut self, call: Call) -> Answer {
        let now = self.now();
        let text = |at: u8| Some(meta(at)).filter(|&text| text != "{}").map(Into::into);
        let core = &mut self.core;
        let answer = match call {
            Call::Join {
                topic: t,
                member: m,
                session: s,
                meta,
                ttl,
            } => core.join(topic(t), member(m), session(s), meta.map(text), ttl, &now),
            Call::Touch {
                topic: t,
                member: m,
                session: s,
            } => Ok(core.touch(topic(t), member(m), session(s), &now)),
            Call::Update {
                topic: t,
                member: m,
                session: s,
                meta,
            } => core.update(topic(t), member(m), session(s), text(meta), &now),
            Call::Leave {
                topic: t,
                member: m,
                session: s,
                linger,
            } => Ok(core.leave(topic(t), member(m), session(s), linger, &now)),
            Call::Visit {
                topic: t,
                member: m,
                ttl,
                slack,
                navigation,
            } => core.visit(topic(t), member(m), (ttl, slack), navigation, &now),
            Call::LeaveAll {
                topic: Some(t),
                member: m,
            } => Ok(core.leave_all(topic(t), member(m), &now)),
            Call::LeaveAll {
                topic: None,
                member: m,
            } => Ok(core.leave_everywhere(member(m), &now)),
            Call::Tick { .. } | Call::Run { .. } | Call::Snapshot { .. } | Call::Wall { .. } => Ok(false),
        };
        answer.map_err(|exceeded| exceeded.limit)
    }

    /// One tick, in pieces of `budget` members (0: in one), and every diff that it owes.
    fn tick(&mut self, force: bool, budget: u8) -> Result<(), String> {
        let now = self.now();
        let budget = if budget == 0 {
            usize::MAX
        } else {
            usize::from(budget)
        };
        let mut rounds = 0;
        while !self.core.tick(&now, force, budget) {
            rounds += 1;
            if rounds > 1_000 {
                return Err("the tick does not come to an end".into());
            }
        }
        self.take_diffs(force, TOPICS.to_vec())
    }

    /// Compares the diffs that were taken with the net changes of the topics that were looked at.
    fn take_diffs(&mut self, force: bool, topics: Vec<&'static str>) -> Result<(), String> {
        let mut taken = BTreeMap::new();
        for diff in self.core.drain() {
            if let Some(two) = taken.insert(diff.topic.clone(), diff) {
                return Err(format!(
                    "two diffs of {:?} in one window: {}",
                    two.topic,
                    two.json()
                ));
            }
        }
        for name in topics {
            let room = &self.model.rooms[name];
            let (may, must) = room.window(self.model.now, &self.model.rules);
            let net = room.net();
            match taken.remove(name) {
                Some(diff) if may || force => self.check_diff(name, &diff, &net)?,
                Some(diff) => return Err(format!("a diff within the window: {}", diff.json())),
                None if (must || force) && !net.is_empty() => {
                    return Err(format!("no diff of {name:?} for {net:?}"));
                }
                None => {}
            }
        }
        taken.into_values().next().map_or(Ok(()), |diff| {
            Err(format!("a diff of another topic: {}", diff.json()))
        })
    }

    fn check_diff(&mut self, name: &'static str, diff: &Diff, net: &Net) -> Result<(), String> {
        let entry = |it: &presence_core::Entry| Seen {
            id: it.id.to_string(),
            joined_at: it.joined_at,
            metas: it.metas.to_string(),
            sessions: it.sessions,
        };
        let mut told = Net {
            joins: diff.joins.iter().map(entry).collect(),
            leaves: diff
                .leaves
                .iter()
                .map(|it| (entry(&it.was), it.reason.as_str()))
                .collect(),
            updates: diff.updates.iter().map(entry).collect(),
        };
        told.joins.sort_by(|a, b| a.id.cmp(&b.id));
        told.updates.sort_by(|a, b| a.id.cmp(&b.id));
        told.leaves.sort_by(|a, b| a.0.id.cmp(&b.0.id));
        let mut expected = Net {
            joins: net.joins.clone(),
            leaves: net.leaves.clone(),
            updates: net.updates.clone(),
        };
        expected.joins.sort_by(|a, b| a.id.cmp(&b.id));
        expected.updates.sort_by(|a, b| a.id.cmp(&b.id));
        equal("the diff", &told, &expected)?;
        let (now, rules) = (self.model.now, self.model.rules);
        let room = self.model.rooms.get_mut(name).unwrap();
        equal(
            "from and version",
            (diff.from, diff.version),
            (room.version, room.version + 1),
        )?;
        room.tell(&diff.epoch, net, now, &rules);
        equal("its count", diff.count, room.told.len())?;
        equal("its sample?", diff.sample, room.sampled)?;
        equal("its time", diff.at, self.model.wall)?;
        let sample: Value = serde_json::from_str(&diff.sample_json()).map_err(|error| error.to_string())?;
        equal("its JSON's sample", &sample["sample"], &Value::Bool(true))?;
        equal("its JSON's count", &sample["count"], &diff.count.into())?;
        self.followers.get_mut(name).unwrap().apply(diff.json())
    }

    /// The ticker runs: it comes when it said that it would.
    fn ticker(&mut self, ms: u64) -> Result<(), String> {
        let end = self.model.now + ms;
        for _ in 0..10_000 {
            let next = self
                .core
                .next_tick(&self.now())
                .map_or(u64::MAX, |at| at.div_ceil(MILLISECOND));
            if next > end {
                let rest = end - self.model.now;
                self.model.pass(rest);
                return self.nothing_is_late();
            }
            let wait = next.saturating_sub(self.model.now);
            self.model.pass(wait);
            self.tick(false, 0)?;
        }
        Err(format!("10,000 ticks in {ms} ms"))
    }

    fn nothing_is_late(&self) -> Result<(), String> {
        for (name, room) in &self.model.rooms {
            let net = room.net();
            let ids = net
                .joins
                .iter()
                .chain(&net.updates)
                .chain(net.leaves.iter().map(|leave| &leave.0));
            let (_, must) = room.window(self.model.now, &self.model.rules);
            for id in ids.filter(|_| must).map(|seen| &seen.id) {
                let (at, by_call) = room.changed[id];
                let late = if by_call {
                    0
                } else {
                    self.model.rules.sweep_interval
                };
                if at + late < self.model.now {
                    let ago = self.model.now - at;
                    return Err(format!(
                        "{id:?} on {name:?} changed {ago} ms ago and no diff was taken"
                    ));
                }
            }
        }
        Ok(())
    }

    /// A snapshot first publishes what is pending where the window allows it.
    fn snapshot(&mut self, name: &'static str, sample: bool) -> Result<(), String> {
        let now = self.now();
        self.core.sweep(&now, usize::MAX);
        let snapshot = self.core.snapshot(name, sample, &now);
        self.take_diffs(false, vec![name])?;
        let room = &self.model.rooms[name];
        let json: Value = serde_json::from_str(&snapshot.json).map_err(|error| error.to_string())?;
        equal("its type", &json["type"], &"presence_state".into())?;
        equal("its topic", &json["topic"], &name.into())?;
        equal("its heartbeat", &json["heartbeat"], &15.0.into())?;
        equal(
            "its sample",
            json["sample"] == Value::Bool(true),
            sample && room.sampled,
        )?;
        equal("its sample?", snapshot.sample, sample && room.sampled)?;
        equal("its epoch", &json["epoch"], &room.epoch.as_str().into())?;
        equal("its version", &json["version"], &room.version.into())?;
        equal("its count", &json["count"], &room.told.len().into())?;
        equal("epoch", &*snapshot.epoch, room.epoch.as_str())?;
        equal(
            "version, count",
            (snapshot.version, snapshot.count),
            (room.version, room.told.len()),
        )?;
        let listed = json["members"].as_array().ok_or("no members")?;
        equal(
            "their number",
            listed.len(),
            if snapshot.sample {
                room.told.len().min(20)
            } else {
                room.told.len()
            },
        )?;
        equal("the number of sessions", snapshot.sessions.len(), listed.len())?;
        for (entry, sessions) in listed.iter().zip(&snapshot.sessions) {
            let told = room
                .told
                .get(&id(entry))
                .ok_or(format!("{entry} was never told of"))?;
            same(entry, told)?;
            equal("their sessions", usize::from(*sessions), told.sessions)?;
        }
        Ok(())
    }

    /// What is asked of one member is true, swept or not.
    fn point_reads(&mut self) -> Result<(), String> {
        let now = self.now();
        for (&name, room) in &self.model.rooms {
            let online = MEMBERS.map(|id| room.get(id).is_some());
            for (id, online) in MEMBERS.iter().copied().zip(online) {
                let what = format!("registry[{name:?}].online?({id:?})");
                equal(&what, self.core.is_online(name, id, &now), online)?;
                let view = self.core.member(name, id, &now).map(seen);
                equal("member", view, room.get(id).map(super::person::Person::seen))?;
                let last = self.core.last_seen_at(name, id, &now);
                equal(
                    "last_seen_at",
                    last,
                    self.model.last_seen.get(&(name, id)).copied(),
                )?;
            }
            let asked = MEMBERS.iter().map(|&id| Some(id)).chain([None]);
            let answers = self.core.are_online(name, asked, &now);
            equal("online", answers, [&online[..], &[false]].concat())?;
            let (epoch, version, count) = self.core.position(name);
            let told = (room.epoch.as_str(), room.version, room.told.len());
            equal("the position", (&*epoch, version, count), told)?;
        }
        Ok(())
    }

    /// Counts and lists, which sweep first.
    fn list_reads(&mut self) -> Result<(), String> {
        let now = self.now();
        self.core.sweep(&now, usize::MAX);
        for (&name, room) in &self.model.rooms {
            let list = room.list();
            equal("count", self.core.count(name), list.len())?;
            let ids: Vec<&str> = list.iter().map(|seen| seen.id.as_str()).collect();
            equal("ids", self.core.ids(name), ids)?;
            let members: Vec<Seen> = self.core.members(name, &now).into_iter().map(seen).collect();
            equal("members", members, list)?;
        }
        let mut names: Vec<&str> = self
            .model
            .rooms
            .iter()
            .filter(|(_, room)| !room.people.is_empty())
            .map(|(&name, _)| name)
            .collect();
        names.sort_unstable();
        let topics = self.core.topic_names();
        equal("topics", topics.iter().map(|name| &**name).collect(), names)
    }

    /// Who has only the diffs knows what a snapshot would show.
    fn followers_agree(&self) -> Result<(), String> {
        for (name, follower) in &self.followers {
            let room = &self.model.rooms[name];
            let position = (follower.epoch.as_str(), follower.version, follower.list.len());
            equal(
                "a follower's position",
                position,
                (room.epoch.as_str(), room.version, room.told.len()),
            )?;
            for (id, entry) in &follower.list {
                same(entry, &room.told[id])?;
            }
        }
        Ok(())
    }
}

fn seen(view: presence_core::MemberView) -> Seen {
    Seen {
        id: view.id.to_string(),
        joined_at: view.joined_at,
        metas: view.metas,
        sessions: view.sessions,
    }
}

/// A member in JSON against what the model has told.
fn same(entry: &Value, told: &Seen) -> Result<(), String> {
    let metas: Value = serde_json::from_str(&told.metas).map_err(|error| error.to_string())?;
    equal("a member's metas", &entry["metas"], &metas)?;
    equal(
        "a member's joined_at",
        &entry["joined_at"],
        &Value::from(told.joined_at as f64 / 1_000.0),
    )
}

fn equal<T: PartialEq + std::fmt::Debug>(what: &str, is: T, should: T) -> Result<(), String> {
    if is == should {
        return Ok(());
    }
    Err(format!("{what} is {is:?}, the model says {should:?}"))
}
