use std::sync::atomic::Ordering;

use super::live::Slot;
use super::open::{stuck, FIRST};
use super::Home;
use crate::lmdb::{Mode, Source, Write};
use crate::os::mutex::Guard;
use crate::os::{file, futex, monotonic};
use crate::record::{key, State};
use crate::{Error, Result};

/// How long to wait for another process that writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Not at all: answers [`Error::Busy`] at once.
    Never,
    /// For so many nanoseconds. Once that was in vain, nobody waits until somebody got through.
    Nanoseconds(u64),
}

/// Once a wait was in vain, the next ones end after so many nanoseconds.
const BROKEN: u64 = 10_000_000;
/// Pages that only those may use who make room or tell of changes, so that a full disk heals.
const KEPT_BACK: u64 = 256;

/// A transaction in progress. What it has changed counts once [`Home::write`] has committed it.
pub(crate) struct Writing<'a> {
    home: &'a Home,
    txn: Write<'a>,
    pub(crate) state: State,
    before: State,
    /// Slots whose sessions end with this transaction.
    ended: Vec<u32>,
    dirty: bool,
    /// It makes room, or tells of what was changed: it may use what is kept back.
    frugal: bool,
}

impl Home {
    /// Works on the store while no other process does; all of it counts, or nothing. Nothing is kept
    /// where `act` fails.
    pub(crate) fn write<R>(
        &self,
        wait: Wait,
        frugal: bool,
        act: impl FnOnce(&mut Writing<'_>) -> Result<R>,
    ) -> Result<R> {
        if !self.usable() {
            return Err(Error::Retired);
        }
        let guard = self.lock(wait)?;
        self.live.page().clock.note(monotonic());
        if self.live.retired() {
            return Err(Error::Retired);
        }
        let result = self.transact(frugal, guard.inherited, act);
        let (result, told) = match result {
            Ok((result, told)) => (Ok(result), told),
            Err(error) => {
                // Full, maybe, since somebody has died while reading old pages.
                if matches!(error, Error::Full(_)) {
                    self.env.forget_dead_readers()?;
                }
                (Err(error), false)
            }
        };
        drop(guard);
        if told {
            self.tell();
        }
        self.judge(result)
    }

    fn transact<R>(
        &self,
        frugal: bool,
        inherited: bool,
        act: impl FnOnce(&mut Writing<'_>) -> Result<R>,
    ) -> Result<(R, bool)> {
        let mut writing = Writing::begin(self, frugal)?;
        let unfinished = &self.live.page().unfinished;
        if inherited {
            unfinished.store(1, Ordering::Relaxed);
        }
        if unfinished.load(Ordering::Relaxed) != 0 {
            writing.take_over()?;
            unfinished.store(0, Ordering::Relaxed);
        }
        let result = act(&mut writing)?;
        Ok((result, writing.finish()?))
    }

    fn lock(&self, wait: Wait) -> Result<Guard<'_>> {
        let lock = &self.live.page().lock;
        let guard = match wait {
            Wait::Never => lock.try_lock(),
            Wait::Nanoseconds(limit) if self.stuck.load(Ordering::Relaxed) != 0 => {
                lock.lock(limit.min(BROKEN))
            }
            Wait::Nanoseconds(limit) => lock.lock(limit),
        };
        match guard {
            Some(guard) => {
                self.stuck.store(0, Ordering::Relaxed);
                Ok(guard)
            }
            None => {
                if wait == Wait::Never {
                    return Err(Error::Busy);
                }
                self.stuck.store(monotonic(), Ordering::Relaxed);
                Err(stuck(&self.options.path))
            }
        }
    }

    /// Wakes all who wait for news.
    fn tell(&self) {
        let page = self.live.page();
        page.news.fetch_add(1, Ordering::Release);
        futex::wake(&page.news, futex::ALL);
    }
}

impl<'a> Writing<'a> {
    fn begin(home: &'a Home, frugal: bool) -> Result<Self> {
        let txn = Write::begin(&home.env)?;
        let state = txn.get(key::STATE)?.map(State::decode).transpose()?;
        let state = state.ok_or_else(|| Error::damaged("was damaged (its counters are lost)"))?;
        Ok(Self {
            home,
            txn,
            before: state.clone(),
            state,
            ended: Vec::new(),
            dirty: false,
            frugal,
        })
    }

    /// The one who had the lock has died with it: does what they might have left undone after their
    /// commit.
    fn take_over(&mut self) -> Result<()> {
        for &number in &self.state.free {
            self.home.end(number);
        }
        for block in self.free_blocks()? {
            for number in block {
                self.home.end(number);
            }
        }
        self.home
            .live
            .page()
            .log
            .store(self.state.log_last, Ordering::Release);
        self.home.tell();
        Ok(())
    }

    fn free_blocks(&self) -> Result<Vec<Vec<u32>>> {
        let entries = crate::lmdb::Entries::of(&self.txn, key::FREE)?;
        entries.map(|entry| State::decode_block(entry?.1)).collect()
    }

    pub(crate) fn home(&self) -> &'a Home {
        self.home
    }

    /// Writes a value, where there is room for it.
    pub(crate) fn put(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        self.make_room(value.len())?;
        self.dirty = true;
        self.txn.put(key, value)
    }

    pub(crate) fn delete(&mut self, key: &[u8]) -> Result<bool> {
        self.make_room(0)?;
        let found = self.txn.delete(key)?;
        self.dirty |= found;
        Ok(found)
    }

    /// A slot for a new session.
    pub(crate) fn take_slot(&mut self) -> Result<(u32, u64)> {
        if self.state.free.is_empty() && self.state.blocks > 0 {
            let key = key::free(self.state.blocks - 1);
            let block = self.txn.get(&key)?.map(State::decode_block).transpose()?;
            self.state.free = block.ok_or_else(|| Error::damaged("was damaged (free slots are lost)"))?;
            self.state.blocks -= 1;
            self.delete(&key)?;
        }
        let number = match self.state.free.pop() {
            Some(number) => number,
            None => {
                let number = self.state.slots;
                self.home.live.make_slot(number)?;
                self.state.slots += 1;
                number
            }
        };
        self.state.tag += 1;
        Ok((number, self.state.tag))
    }

    /// The session of this slot ends with the transaction.
    pub(crate) fn free_slot(&mut self, number: u32) {
        self.ended.push(number);
    }

    /// How full the file is, in parts of a hundred, without the log, which has a bound of its own.
    pub(crate) fn percent(&self) -> Result<u64> {
        let page = self.home.env.page;
        let used = self.txn.used()?.saturating_sub(self.state.log_bytes / page);
        Ok(used * 100 / (self.home.live.size() / page).max(1))
    }

    fn make_room(&mut self, bytes: usize) -> Result<()> {
        let home = self.home;
        if home.mode != Mode::Mapped {
            return Ok(());
        }
        let kept_back = if self.frugal { 0 } else { KEPT_BACK };
        let reach = (self.txn.reach(bytes) + kept_back) * home.env.page;
        let have = home.live.allocated();
        let most = home.live.size();
        // At its full size LMDB itself sees to it that nothing is written beyond.
        if reach <= have || have >= most {
            return Ok(());
        }
        let want = reach.max(have + (have / 8).max(FIRST)).min(most);
        home.grow(have, want).or_else(|error| {
            let least = reach.min(most);
            if want > least {
                home.grow(have, least)
            } else {
                Err(error)
            }
        })
    }

    /// Commits, and does what follows from it. Answers whether there is something in the log that
    /// others wait for.
    fn finish(mut self) -> Result<bool> {
        self.give_back_slots()?;
        if self.state != self.before {
            let state = self.state.encode();
            self.put(key::STATE, &state)?;
        }
        if !self.dirty {
            return Ok(false);
        }
        let (home, last) = (self.home, self.state.log_last);
        let told = last != self.before.log_last;
        self.txn.commit()?;
        // From here on it counts. Whoever takes over after our death does the rest ([`take_over`]).
        for number in self.ended {
            home.end(number);
        }
        if told {
            home.live.page().log.store(last, Ordering::Release);
        }
        Ok(told)
    }

    fn give_back_slots(&mut self) -> Result<()> {
        let ended = std::mem::take(&mut self.ended);
        self.state.free.extend(&ended);
        self.ended = ended;
        while self.state.free.len() >= 2 * State::BLOCK {
            let block = self.state.free.split_off(self.state.free.len() - State::BLOCK);
            let key = key::free(self.state.blocks);
            self.put(&key, &State::encode_block(&block))?;
            self.state.blocks += 1;
        }
        Ok(())
    }
}

impl Source for Writing<'_> {
    fn raw(&self) -> *mut lmdb_master_sys::MDB_txn {
        self.txn.raw()
    }
}

impl Home {
    fn grow(&self, from: u64, to: u64) -> Result<()> {
        file::extend(&self.data, from, to).map_err(|error| {
            Error::Full(format!(
                "the shared store in {} cannot grow to {} MB: {error}; make room on that disk",
                self.options.path.display(),
                to / 1_048_576
            ))
        })?;
        self.live.set_allocated(to);
        // Now and then is often enough to look for those who died in the middle of reading.
        self.env.forget_dead_readers()
    }

    /// Nobody's heartbeats go to this slot any more.
    fn end(&self, number: u32) {
        if let Some(slot) = self.live.slot(number) {
            slot.tag.store(0, Ordering::Release);
            slot.heard.store(Slot::NEVER, Ordering::Release);
        }
    }
}
