use super::work::Work;
use crate::lmdb::Entries;
use crate::record::key;
use crate::{Error, Result};

impl Work<'_, '_> {
    /// Forgets what is over, at most `budget` members of it. Answers whether all is done.
    pub(super) fn sweep(&mut self, budget: usize) -> Result<bool> {
        let mut left = budget;
        loop {
            // In portions, since what is found is not valid any more once something was changed.
            let portion = self.due_members(left.min(256))?;
            if portion.is_empty() {
                return Ok(true);
            }
            left -= portion.len();
            for (due, topic, id) in portion {
                self.look_at(due, topic, &id)?;
            }
            if left == 0 {
                return Ok(false);
            }
        }
    }

    fn due_members(&self, limit: usize) -> Result<Vec<(u64, u64, Box<str>)>> {
        let mut found = Vec::new();
        for entry in Entries::of(&*self.w, key::EXPIRY)?.take(limit) {
            let (key, _) = entry?;
            let (due, topic, id) = key::numbers(key).ok_or_else(wrong_key)?;
            if due > self.now.mono {
                break;
            }
            let id = std::str::from_utf8(id).map_err(|_| wrong_key())?;
            found.push((due, topic, id.into()));
        }
        Ok(found)
    }

    fn look_at(&mut self, due: u64, topic: u64, id: &str) -> Result<()> {
        let mono = self.now.mono;
        self.w.delete(&key::expiry(due, topic, id.as_bytes()))?;
        let Some(mut loaded) = self.load(topic, id)? else {
            return Err(wrong_key());
        };
        loaded.record.scheduled = 0;
        self.change(loaded, |it, _, _| it.prune(mono))
    }
}

pub(super) fn wrong_key() -> Error {
    Error::damaged("was damaged (a key is none)")
}
