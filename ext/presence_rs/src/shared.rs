use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::sync::OnceLock;

use magnus::{method, prelude::*, DataTypeFunctions, Error, RHash, RModule, RString, Ruby, TypedData};
use parking_lot::Mutex;
use presence_core::Now;
use presence_shared::{Error as Failure, Home, Options, Store, Wait};

use crate::clock::{Clock, ManualClock};
use crate::errors;
use crate::helpers::gvl::{self, Interrupt};
use crate::settings;

mod direct;
mod events;
mod feed;
mod files;
mod reads;
mod writes;

/// So long a call waits for another process that writes, in ns.
const PATIENCE: u64 = 500_000_000;
/// So often it opens the files anew, where they turn out to be of no use.
const ATTEMPTS: usize = 4;

/// `PresenceRs::Native::Shared`, the inside of `PresenceRs::Stores::Shared`.
///
/// Its files are opened at their first use, and opened anew after a fork or after damage. Whatever
/// may wait for another process is tried without waiting first, and then without the GVL.
#[derive(Default, TypedData)]
#[magnus(
    class = "PresenceRs::Native::Shared",
    free_immediately,
    size,
    frozen_shareable
)]
pub(crate) struct Shared(OnceLock<Inner>);

impl DataTypeFunctions for Shared {
    /// For `ObjectSpace.memsize_of`: what is shared is nobody's.
    fn size(&self) -> usize {
        size_of::<Self>()
    }
}

struct Inner {
    clock: Clock,
    options: Options,
    store: Store,
    files: files::Files,
    /// What is to be told to people.
    messages: Mutex<Vec<String>>,
    events: events::Events,
}

impl Shared {
    /// `initialize(settings, clock, path, size, app)`: an allocated object is filled once.
    fn initialize(
        ruby: &Ruby,
        rb_self: &Self,
        hash: RHash,
        clock: Option<&ManualClock>,
        path: RString,
        size: u64,
        app: String,
    ) -> Result<(), Error> {
        // SAFETY: copied at once, before anything calls Ruby.
        let path = PathBuf::from(OsString::from_vec(unsafe { path.as_slice() }.to_vec()));
        let measure = if clock.is_some() {
            presence_shared::Clock::Manual
        } else {
            presence_shared::Clock::Machine
        };
        let inner = Inner {
            clock: clock.map_or_else(Clock::system, |clock| Clock::Manual(clock.0.clone())),
            options: Options { path, size, app },
            store: Store::new(settings::read(ruby, hash)?, measure),
            files: files::Files::default(),
            messages: Mutex::default(),
            events: events::Events::default(),
        };
        let again = |_| Error::new(ruby.exception_runtime_error(), "initialized already");
        rb_self.0.set(inner).map_err(again)
    }

    fn inner(&self, ruby: &Ruby) -> Result<&Inner, Error> {
        let empty = || Error::new(ruby.exception_runtime_error(), "not initialized: call new");
        self.0.get().ok_or_else(empty)
    }

    /// `open`: opens the files, where they are not open.
    fn open(ruby: &Ruby, rb_self: &Self) -> Result<(), Error> {
        rb_self.inner(ruby)?.home(ruby).map(|_| ())
    }

    /// `release`: closes them, unless somebody else of this process uses them too.
    fn release(ruby: &Ruby, rb_self: &Self) -> Result<(), Error> {
        let inner = rb_self.inner(ruby)?;
        drop(inner.files.home.lock().take());
        inner.events.close();
        Ok(())
    }

    /// `messages`: what is to be told to people, each thing once.
    fn messages(ruby: &Ruby, rb_self: &Self) -> Result<Vec<String>, Error> {
        Ok(std::mem::take(&mut rb_self.inner(ruby)?.messages.lock()))
    }

    /// `bytes`: on the disk.
    fn bytes(ruby: &Ruby, rb_self: &Self) -> Result<u64, Error> {
        rb_self.inner(ruby)?.home(ruby).map(|home| home.bytes())
    }
}

impl Inner {
    /// Asks the store; opens it anew where its files turn out to be of no use.
    fn ask<R>(&self, ruby: &Ruby, mut act: impl FnMut(&Home) -> Result<R, Failure>) -> Result<R, Error> {
        let mut last = Failure::Retired;
        for _ in 0..ATTEMPTS {
            let home = self.home(ruby)?;
            match act(&home) {
                Err(Failure::Retired) => {}
                // Whoever sets the files aside says so.
                Err(error @ Failure::Damaged(_)) => last = error,
                result => return result.map_err(|error| errors::shared(ruby, error)),
            }
        }
        Err(errors::shared(ruby, last))
    }

    /// Reads, under the GVL: it waits for nobody.
    fn read<R>(
        &self,
        ruby: &Ruby,
        act: impl Fn(&Store, &Home, &Now) -> Result<R, Failure>,
    ) -> Result<R, Error> {
        self.read_with(ruby, || Ok(()), |store, home, now, ()| act(store, home, now))
    }

    /// The same with names that are borrowed from Ruby: they are so anew whenever the files had to be
    /// opened, since other threads may have run meanwhile.
    #[inline]
    fn read_with<N, R>(
        &self,
        ruby: &Ruby,
        names: impl Fn() -> Result<N, Error>,
        act: impl Fn(&Store, &Home, &Now, N) -> Result<R, Failure>,
    ) -> Result<R, Error> {
        let mut wrong = None;
        let result = self.ask(ruby, |home| match names() {
            Ok(names) => {
                let now = self.store.now(home, &self.clock.coarse());
                act(&self.store, home, &now, names)
            }
            Err(error) => {
                wrong = Some(error);
                Err(Failure::Busy)
            }
        });
        match wrong {
            Some(error) => Err(error),
            None => result,
        }
    }

    /// Writes: at once where nobody else does, and else without the GVL, when they are done. What `act`
    /// borrows must not be Ruby's.
    fn write<R>(
        &self,
        ruby: &Ruby,
        patience: u64,
        act: impl Fn(&Store, &Home, Wait, &Now) -> Result<R, Failure>,
    ) -> Result<R, Error> {
        let attempt = |home: &Home, wait: Wait| {
            let now = self.store.now(home, &self.reading());
            act(&self.store, home, wait, &now)
        };
        let mut interrupted = None;
        let result = self.ask(ruby, |home| match attempt(home, Wait::Never) {
            Err(Failure::Busy) => {
                let waited = gvl::without(ruby, Interrupt::Never, || {
                    attempt(home, Wait::Nanoseconds(patience))
                });
                waited.unwrap_or_else(|error| {
                    interrupted = Some(error);
                    Err(Failure::Busy)
                })
            }
            result => result,
        });
        match interrupted {
            Some(error) => Err(error),
            None => result,
        }
    }

    /// A cheap monotonic and an exact wall clock.
    fn reading(&self) -> Now {
        Now {
            wall: self.clock.exact().wall,
            ..self.clock.coarse()
        }
    }
}

pub(crate) fn init(ruby: &Ruby, native: RModule) -> Result<(), Error> {
    let class = native.define_class("Shared", ruby.class_object())?;
    class.define_alloc_func::<Shared>();
    class.define_method("initialize", method!(Shared::initialize, 5))?;
    class.define_method("open", method!(Shared::open, 0))?;
    class.define_method("release", method!(Shared::release, 0))?;
    class.define_method("messages", method!(Shared::messages, 0))?;
    class.define_method("bytes", method!(Shared::bytes, 0))?;
    writes::init(class)?;
    reads::init(class)?;
    direct::init(class);
    events::init(class)?;
    feed::init(class)
}
