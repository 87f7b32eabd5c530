use std::collections::BTreeMap;

use serde_json::Value;

/// A page, or another process: it knows a topic only from the JSON of its diffs.
#[derive(Debug, Default)]
pub struct Follower {
    pub epoch: String,
    pub version: u64,
    pub list: BTreeMap<String, Value>,
    /// Epochs that are over, or under way.
    epochs: Vec<String>,
}

impl Follower {
    /// Applies a diff as its receivers do; an error is a gap, or a change that is none.
    pub fn apply(&mut self, json: &str) -> Result<(), String> {
        let diff: Value = serde_json::from_str(json).map_err(|error| format!("{error} in {json}"))?;
        let epoch = diff["epoch"].as_str().unwrap_or_default();
        let (from, version) = (diff["from"].as_u64().unwrap(), diff["version"].as_u64().unwrap());
        if from == 0 {
            if epoch.is_empty() || self.epochs.iter().any(|old| old == epoch) {
                return Err(format!("epoch {epoch:?} was there before: {json}"));
            }
            if !self.list.is_empty() {
                return Err(format!("an epoch begins before the last has ended: {json}"));
            }
            self.epochs.push(epoch.to_owned());
            self.epoch = epoch.to_owned();
            self.version = 0;
        }
        if epoch != self.epoch || from != self.version || version != from + 1 {
            return Err(format!("a gap after {} {}: {json}", self.epoch, self.version));
        }
        self.change(&diff).map_err(|error| format!("{error}: {json}"))?;
        self.version = version;
        if self.list.len() as u64 != diff["count"].as_u64().unwrap() {
            return Err(format!("the count is not {}: {json}", self.list.len()));
        }
        if self.list.is_empty() {
            *self = Self {
                epochs: std::mem::take(&mut self.epochs),
                ..Self::default()
            };
        }
        Ok(())
    }

    fn change(&mut self, diff: &Value) -> Result<(), String> {
        let empty = Vec::new();
        let list = |name: &str| diff[name].as_array().unwrap_or(&empty).iter();
        let changes = list("joins").count() + list("leaves").count() + list("updates").count();
        if changes == 0 {
            return Err("a diff without a change".into());
        }
        for leave in list("leaves") {
            let id = leave["id"].as_str().unwrap();
            self.list
                .remove(id)
                .ok_or(format!("{id:?} leaves who is not there"))?;
        }
        for join in list("joins") {
            if self.list.insert(id(join), join.clone()).is_some() {
                return Err(format!("{:?} joins who is there", id(join)));
            }
        }
        for update in list("updates") {
            match self.list.insert(id(update), update.clone()) {
                None => return Err(format!("{:?} is updated who is not there", id(update))),
                Some(was) if was == *update => return Err(format!("nothing is new of {:?}", id(update))),
                Some(_) => {}
            }
        }
        Ok(())
    }
}

pub fn id(entry: &Value) -> String {
    entry["id"].as_str().unwrap().to_owned()
}
