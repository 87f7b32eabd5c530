use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

use presence_core::Now;

use super::sweep::wrong_key;
use super::Store;
use crate::home::{Home, Wait};
use crate::lmdb::{Entries, Read};
use crate::os::futex;
use crate::record::key;
use crate::Result;

/// So much later, in ns, a process looks after a topic that another one has changed, and that should
/// have looked after it.
const BACKUP: u64 = 50_000_000;

/// So often at least, in ns, a process sees to it that somebody can write.
const BEAT: u64 = 500_000_000;

/// When to look again, and at which word's change.
#[derive(Clone, Copy, Debug)]
pub struct Sleep {
    news: u32,
    /// Nanoseconds of the machine's monotonic clock.
    until: u64,
}

impl Store {
    /// When this process's ticker should be back: `None` for at once. `reading` is of the machine's
    /// clock.
    pub fn plan(&self, home: &Home, reading: &Now) -> Result<Option<Sleep>> {
        let page = home.live.page();
        self.ticking.store(true, Relaxed);
        let news = page.news.load(Acquire);
        self.asleep.store(0, Release);
        if self.woken.swap(false, AcqRel) || self.has_news(home) {
            return Ok(None);
        }
        let now = self.now(home, reading);
        let next = self.next(home, &now)?;
        if next <= now.mono {
            return Ok(None);
        }
        self.asleep.store(next, Release);
        // Something may have been changed before it knew until when we sleep.
        if self.due.load(Acquire) < next {
            return Ok(None);
        }
        Ok(Some(Sleep {
            news,
            until: reading.mono + (next - now.mono),
        }))
    }

    /// Sleeps: until there is news, or until then. Where others can go on.
    pub fn sleep(&self, home: &Home, sleep: Sleep) {
        futex::wait(&home.live.page().news, sleep.news, sleep.until, self.bit());
    }

    /// Is there something to sweep or to publish by now? If not, at least it is noted that the store
    /// does not stand still.
    pub fn is_due(&self, home: &Home, now: &Now, force: bool) -> Result<bool> {
        if force || self.next_work(home, now)? <= now.mono {
            return Ok(true);
        }
        home.write(Wait::Never, true, |_| Ok(()))
            .or_else(|error| match error {
                crate::Error::Busy => Ok(()),
                error => Err(error),
            })?;
        Ok(false)
    }

    fn next(&self, home: &Home, now: &Now) -> Result<u64> {
        // Never away for longer than this, so that it is noticed when the store stands still.
        let beat = now.mono + self.settings.sweep_interval.min(BEAT);
        Ok(self.next_work(home, now)?.min(beat))
    }

    fn next_work(&self, home: &Home, _now: &Now) -> Result<u64> {
        let (topic, expiry) = home.read(|read| Ok((first(read, key::DUE)?, first(read, key::EXPIRY)?)))?;
        // Expiries are gathered: many due at different moments cost one sweep.
        let gathered = home.live.page().swept.load(Relaxed) + self.settings.sweep_interval / 2;
        // Not all processes at once.
        let turn = self.id.load(Relaxed) % 16 * 1_000_000;
        let expiry = expiry.max(gathered).saturating_add(turn);
        Ok(self
            .due
            .load(Acquire)
            .min(topic.saturating_add(BACKUP))
            .min(expiry))
    }
}

fn first(read: &Read<'_>, prefix: &[u8]) -> Result<u64> {
    let first = Entries::of(read, prefix)?.next().transpose()?;
    first.map_or(Ok(u64::MAX), |(key, _)| {
        key::number(key).map(|(due, _)| due).ok_or_else(wrong_key)
    })
}
