use std::collections::BTreeMap;

use presence_core::Reason;

use super::person::{Person, Seen};
use super::Rules;

/// A topic as the model knows it: who is there, and what was told of it.
#[derive(Clone, Debug, Default)]
pub struct Room {
    pub people: Vec<Person>,
    pub told: BTreeMap<String, Seen>,
    pub epoch: String,
    pub version: u64,
    pub last_diff: Option<u64>,
    pub sampled: bool,
    /// Why those who are not there went, as far as that was not told yet.
    pub reasons: BTreeMap<String, Reason>,
    /// When each of those who changed did so, and whether by a call.
    pub changed: BTreeMap<String, (u64, bool)>,
}

/// The net change since the last diff.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Net {
    pub joins: Vec<Seen>,
    pub leaves: Vec<(Seen, &'static str)>,
    pub updates: Vec<Seen>,
}

impl Net {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Room {
    pub fn person(&mut self, id: &str) -> Option<&mut Person> {
        self.people.iter_mut().find(|person| person.id == id)
    }

    pub fn get(&self, id: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.id == id)
    }

    /// Whoever left and comes back before that was told has never been away.
    pub fn arrive(&mut self, id: &'static str, wall: u64) -> &mut Person {
        if self.get(id).is_none() {
            let joined_at = self.told.get(id).map_or(wall, |told| told.joined_at);
            self.people.push(Person::new(id, joined_at));
        }
        self.person(id).unwrap()
    }

    pub fn depart(&mut self, id: &str, reason: Reason) {
        self.people.retain(|person| person.id != id);
        self.reasons.insert(id.to_owned(), reason);
    }

    /// Lets what is over end, one moment after the other.
    pub fn pass(&mut self, now: u64) {
        let over = |person: &Person| {
            person
                .next_end()
                .filter(|&end| end <= now)
                .map(|end| (end, person.id))
        };
        while let Some((end, id)) = self.people.iter().filter_map(over).min() {
            let before = self.get(id).map(Person::seen);
            if let Some(reason) = self.person(id).unwrap().end_at(end) {
                self.depart(id, reason);
            }
            if self.get(id).map(Person::seen) != before {
                self.changed.insert(id.to_owned(), (end, false));
            }
        }
    }

    pub fn list(&self) -> Vec<Seen> {
        let mut list: Vec<Seen> = self.people.iter().map(Person::seen).collect();
        list.sort_by(|a, b| (a.joined_at, a.id.as_bytes()).cmp(&(b.joined_at, b.id.as_bytes())));
        list
    }

    pub fn net(&self) -> Net {
        let mut net = Net::default();
        let now: BTreeMap<&str, Seen> = self
            .people
            .iter()
            .map(|person| (person.id, person.seen()))
            .collect();
        for (id, is) in &now {
            match self.told.get(*id) {
                None => net.joins.push(is.clone()),
                Some(was) if was.metas != is.metas => net.updates.push(is.clone()),
                Some(_) => {}
            }
        }
        for (id, was) in &self.told {
            if !now.contains_key(id.as_str()) {
                net.leaves.push((was.clone(), self.reasons[id].as_str()));
            }
        }
        net
    }

    /// May a diff be taken now, and must it?
    pub fn window(&self, now: u64, rules: &Rules) -> (bool, bool) {
        match self.last_diff {
            None => (true, true),
            Some(last) => (now >= last + rules.coalesce, now >= last + rules.max_coalesce),
        }
    }

    /// Everything was told in a diff of this epoch at `now`.
    pub fn tell(&mut self, epoch: &str, net: &Net, now: u64, rules: &Rules) {
        for (was, _) in &net.leaves {
            self.told.remove(&was.id);
        }
        for is in net.joins.iter().chain(&net.updates) {
            self.told.insert(is.id.clone(), is.clone());
        }
        self.reasons.clear();
        self.changed.clear();
        self.last_diff = Some(now);
        let count = self.told.len();
        self.sampled = count > rules.list_limit || (self.sampled && count * 100 >= rules.list_limit * 80);
        (self.epoch, self.version) = match count {
            0 => (String::new(), 0),
            _ => (epoch.to_owned(), self.version + 1),
        };
    }
}
