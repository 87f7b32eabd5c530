use hashbrown::HashMap;
use presence_core::Now;

use super::Store;
use crate::home::Home;
use crate::lmdb::Source;
use crate::record::{key, MemberRecord};
use crate::Result;

/// So many sessions' slots are known at most; then they are looked up anew.
const KEPT: usize = 1 << 20;

/// Where the heartbeats of sessions go that were heard here: by a hash of their names that is wide
/// enough for no two to be the same.
#[derive(Debug)]
pub(super) struct Touched {
    slots: HashMap<u128, (u32, u64), Plain>,
    hashers: [ahash::RandomState; 2],
}

impl Default for Touched {
    fn default() -> Self {
        Self {
            slots: HashMap::default(),
            hashers: [ahash::RandomState::new(), ahash::RandomState::new()],
        }
    }
}

/// The keys are hashes already.
#[derive(Clone, Copy, Debug, Default)]
struct Plain(u64);

impl std::hash::BuildHasher for Plain {
    type Hasher = Self;

    fn build_hasher(&self) -> Self {
        Self(0)
    }
}

impl std::hash::Hasher for Plain {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {}

    fn write_u128(&mut self, value: u128) {
        self.0 = value as u64;
    }
}

impl Touched {
    #[inline]
    fn key(&self, names: (&str, &str, &str)) -> u128 {
        let [first, second] = &self.hashers;
        u128::from(first.hash_one(names)) << 64 | u128::from(second.hash_one(names))
    }
}

impl Store {
    /// A word from the client; see [`presence_core::Member::touch`]. It waits for nobody: it is one
    /// write to shared memory, whichever process the session has joined in.
    #[inline]
    pub fn touch(&self, home: &Home, names: (&str, &str, &str), now: &Now) -> Result<bool> {
        let mut touched = self.touched.lock();
        let key = touched.key(names);
        if let Some(&(slot, tag)) = touched.slots.get(&key) {
            if home.usable() && home.live.slot(slot).is_some_and(|slot| slot.hear(tag, now)) {
                return Ok(true);
            }
            touched.slots.remove(&key);
        }
        let Some((slot, tag)) = self.look_up(home, names)? else {
            return Ok(false);
        };
        let live = home.live.slot(slot).is_some_and(|slot| slot.hear(tag, now));
        if live {
            if touched.slots.len() >= KEPT {
                touched.slots = HashMap::default();
            }
            touched.slots.insert(key, (slot, tag));
        }
        Ok(live)
    }

    fn look_up(
        &self,
        home: &Home,
        (topic, member, session): (&str, &str, &str),
    ) -> Result<Option<(u32, u64)>> {
        home.read(|read| {
            let Some(topic) = read
                .get(&key::name(topic))?
                .map(super::work::number)
                .transpose()?
            else {
                return Ok(None);
            };
            match read.get(&key::member(topic, member.as_bytes()))? {
                Some(bytes) => Ok(MemberRecord::ear_of(bytes, session)?.map(|ear| (ear.number, ear.tag))),
                None => Ok(None),
            }
        })
    }
}
