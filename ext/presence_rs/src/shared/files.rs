use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::time::Duration;

use magnus::{Error, Ruby};
use parking_lot::Mutex;
use presence_shared::{Error as Failure, Found, Home};

use super::Inner;
use crate::errors;
use crate::helpers::gvl::{self, Interrupt};

/// So long a call waits for others that open the files, in ns: the first one to do so after all have
/// ended looks through the whole of them, which takes a while on a slow machine.
const OPENING: u64 = 5_000_000_000;
/// Once that was in vain, the next ones wait so many nanoseconds, until one gets through: a process that
/// was stopped must not hold up every call of another.
const BROKEN: u64 = 10_000_000;

/// The files, where this process has them open.
#[derive(Default)]
pub(super) struct Files {
    pub(super) home: Mutex<Option<Arc<Home>>>,
    /// They could not be opened last time.
    failed: AtomicBool,
}

impl Files {
    fn patience(&self) -> u64 {
        if self.failed.load(Ordering::Relaxed) {
            BROKEN
        } else {
            OPENING
        }
    }
}

impl Inner {
    /// The files, open in this very process.
    pub(super) fn home(&self, ruby: &Ruby) -> Result<Arc<Home>, Error> {
        let mut waited = 0;
        loop {
            let mut known = self.files.home.lock();
            if let Some(home) = known.as_ref().filter(|home| home.usable()) {
                return Ok(home.clone());
            }
            drop(known.take());
            drop(known);
            let patience = self.files.patience();
            match Home::find(&self.options) {
                Found::Open(home) => return Ok(self.enter(home)),
                Found::Closed(ticket) => {
                    let opened =
                        gvl::without(ruby, Interrupt::Never, || ticket.open(&self.options, patience))?;
                    self.files.failed.store(opened.is_err(), Ordering::Relaxed);
                    let home = opened.map_err(|error| errors::shared(ruby, error))?.announce();
                    self.messages.lock().extend(home.take_messages());
                    return Ok(self.enter(home));
                }
                Found::Refused(refusal) => return Err(errors::shared(ruby, refusal)),
                Found::Busy if waited > patience => {
                    let message =
                        "another thread is opening the shared store, and does not get through".into();
                    return Err(errors::shared(ruby, Failure::Unavailable(message)));
                }
                Found::Busy => {
                    gvl::without(ruby, Interrupt::Never, || {
                        std::thread::sleep(Duration::from_millis(1))
                    })?;
                    waited += 1_000_000;
                }
            }
        }
    }

    fn enter(&self, home: Arc<Home>) -> Arc<Home> {
        let mut known = self.files.home.lock();
        // Another thread may have been here first.
        if !known.as_ref().is_some_and(|known| Arc::ptr_eq(known, &home)) {
            self.store.enter(&home);
            *known = Some(home.clone());
        }
        home
    }
}
