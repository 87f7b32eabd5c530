//! The operations, with the names and the meaning that [`presence_core::Registry`] gives them.

mod change;
mod feed;
mod known;
mod publish;
mod read;
mod revoke;
mod seen;
mod snapshot;
mod sweep;
mod touch;
mod wait;
mod work;

use std::sync::atomic::{AtomicBool, AtomicU64};

use parking_lot::Mutex;
use presence_core::{LimitExceeded, Now, Settings};

pub use feed::Item;
pub use wait::Sleep;

use crate::home::{Home, Wait};
use crate::os::futex;
use crate::Result;

/// So many sessions' slots a process keeps for their heartbeats.
const TOUCHED: usize = 1 << 20;
/// So many of those whom it is asked for: some megabytes, and an answer from the tree takes no millisecond either.
const ASKED: usize = 1 << 17;

/// Which clock lifetimes are measured on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// The machine's, less the time during which the store stood still.
    Machine,
    /// One that is moved by hand; it is the caller's alone.
    Manual,
}

/// What an operation has led to.
pub type Outcome = std::result::Result<bool, LimitExceeded>;

/// A page request: its ttl and what of it may be lost, in ms, and whether it loads a page.
#[derive(Clone, Copy, Debug)]
pub struct Visit {
    /// For how long it keeps its member online, in ms.
    pub ttl: u32,
    /// Nothing is written where less than this would be lost by it, in ms.
    pub slack: u32,
    /// Whether it loads a page.
    pub navigation: bool,
}

/// One registry's view of a shared store: its settings, and how far it has followed the log.
///
/// Its files are opened apart from it ([`Home`]), and may be others after a fork or after damage.
#[derive(Debug)]
pub struct Store {
    settings: Settings,
    clock: Clock,
    /// Tells whose diffs are whose.
    id: AtomicU64,
    /// Until when this process has to look after a topic that it has changed.
    due: AtomicU64,
    /// Until when its ticker sleeps.
    asleep: AtomicU64,
    /// Somebody has woken its ticker.
    woken: AtomicBool,
    /// It has a ticker, which takes the lock every second.
    ticking: AtomicBool,
    feed: Mutex<feed::Feed>,
    /// Where the heartbeats of sessions go that were heard here.
    touched: Mutex<known::Known>,
    /// Sessions of members who were asked for here: as long as one is live, so is its member.
    asked: Mutex<known::Known>,
}

impl Store {
    /// A registry that follows the store from now on.
    #[must_use]
    pub fn new(settings: Settings, clock: Clock) -> Self {
        Self {
            settings,
            clock,
            id: AtomicU64::new(random()),
            due: AtomicU64::new(u64::MAX),
            asleep: AtomicU64::new(0),
            woken: AtomicBool::new(false),
            ticking: AtomicBool::new(false),
            feed: Mutex::default(),
            touched: Mutex::new(known::Known::new(TOUCHED)),
            asked: Mutex::new(known::Known::new(ASKED)),
        }
    }

    /// Begins anew with the files of a home: after the first opening, a fork, or damage. What was
    /// there before is lost to this registry ([`Item::Lost`]).
    pub fn enter(&self, home: &Home) {
        use std::sync::atomic::Ordering::Relaxed;
        self.id.store(random(), Relaxed);
        self.due.store(u64::MAX, Relaxed);
        self.asleep.store(0, Relaxed);
        self.ticking.store(false, Relaxed);
        self.touched.lock().clear();
        self.asked.lock().clear();
        self.feed
            .lock()
            .enter(home.live.page().log.load(std::sync::atomic::Ordering::Acquire));
    }

    /// A reading of the clock, as the time that lives are measured by.
    #[must_use]
    pub fn now(&self, home: &Home, reading: &Now) -> Now {
        let ticking = self.ticking.load(std::sync::atomic::Ordering::Relaxed);
        match self.clock {
            Clock::Machine => Now {
                mono: home.live.page().clock.read(reading.mono, ticking),
                ..*reading
            },
            Clock::Manual => *reading,
        }
    }

    /// Lets the ticker of this process look again.
    pub fn wake(&self, home: &Home) {
        self.woken.store(true, std::sync::atomic::Ordering::Release);
        let news = &home.live.page().news;
        // The word has to change, or whoever is just about to wait would not notice.
        news.fetch_add(1, std::sync::atomic::Ordering::Release);
        futex::wake(news, self.bit());
    }

    /// Which of 32 groups of sleepers this process is in.
    fn bit(&self) -> u32 {
        1 << (self.id.load(std::sync::atomic::Ordering::Relaxed) % 32)
    }

    /// Calls something in the middle of a transaction that has changed a member already, and then takes
    /// all of it back. For tests of what happens when a process is stopped or killed there.
    pub fn halfway(
        &self,
        home: &Home,
        wait: Wait,
        names: (&str, &str),
        now: &Now,
        act: impl FnOnce(),
    ) -> Result<()> {
        let mut acted = false;
        let result = self.work(home, wait, now, false, |work| {
            let topic = work.make_topic(names.0)?;
            let fresh = work::Work::fresh(topic, names.1);
            work.change(fresh, |it, _, now| it.visit(60_000, 0, true, now))?;
            act();
            acted = true;
            Err(crate::Error::Busy)
        });
        if acted {
            Ok(())
        } else {
            result
        }
    }

    /// Works in one transaction, which counts whatever `act` answers but an error of the store.
    fn work<R>(
        &self,
        home: &Home,
        wait: Wait,
        now: &Now,
        frugal: bool,
        act: impl FnOnce(&mut work::Work<'_, '_>) -> Result<R>,
    ) -> Result<R> {
        let mut due = u64::MAX;
        let result = home.write(wait, frugal, |writing| {
            let mut work = work::Work::new(
                writing,
                &self.settings,
                *now,
                self.id.load(std::sync::atomic::Ordering::Relaxed),
            );
            let result = act(&mut work)?;
            due = work.finish()?;
            Ok(result)
        })?;
        self.rouse(home, due);
        Ok(result)
    }

    /// This process has to look after something at `due`.
    fn rouse(&self, home: &Home, due: u64) {
        use std::sync::atomic::Ordering::{AcqRel, Acquire};
        if due == u64::MAX {
            return;
        }
        self.due.fetch_min(due, AcqRel);
        if due < self.asleep.load(Acquire) {
            self.wake(home);
        }
    }
}

fn random() -> u64 {
    u64::from_str_radix(&presence_core::random_epoch(), 16).unwrap_or(0)
}
