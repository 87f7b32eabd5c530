use presence_core::Now;

use super::Store;
use crate::home::Home;
use crate::lmdb::Source;
use crate::record::{key, MemberRecord};
use crate::Result;

impl Store {
    /// A word from the client; see [`presence_core::Member::touch`]. It waits for nobody: it is one
    /// write to shared memory, whichever process the session has joined in.
    #[inline]
    pub fn touch(&self, home: &Home, names: (&str, &str, &str), now: &Now) -> Result<bool> {
        let mut touched = self.touched.lock();
        let key = touched.key(names);
        if let Some((slot, tag)) = touched.get(key) {
            if home.usable() && home.live.slot(slot).is_some_and(|slot| slot.hear(tag, now)) {
                return Ok(true);
            }
            touched.forget(key);
        }
        let Some((slot, tag)) = self.look_up(home, names)? else {
            return Ok(false);
        };
        let live = home.live.slot(slot).is_some_and(|slot| slot.hear(tag, now));
        if live {
            touched.put(key, (slot, tag));
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
