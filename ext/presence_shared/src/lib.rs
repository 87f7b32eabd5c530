//! Members in memory that the processes of one machine share: no server, one truth.
//!
//! What must change in one step (members, what was told, versions, the log of diffs) is in an
//! [LMDB](http://www.lmdb.tech/doc/) file, one transaction a change, so that a process can die
//! anywhere and nothing is lost, doubled or torn. What changes all the time (who was last heard
//! when) is beside it in plain shared memory, so that a heartbeat waits for nobody.
//!
//! From the inside out:
//!
//! * `os`: files, shared mappings, the lock between processes, forks;
//! * `lmdb`: a thin safe layer over LMDB's C functions;
//! * [`Home`]: the files of one store, opened by this process: trusted, checked, shared;
//! * `record`: how members, topics and diffs look as bytes;
//! * [`Store`]: the operations, as [`presence_core::Registry`] has them;
//! * [`Ring`]: what members say to each other, beside all of that.
//!
//! Rules for callers, who run inside a Ruby VM:
//!
//! * [`Home::find`], reads and [`Store`]'s own state are locked by this process's locks: call
//!   them only where no fork can happen meanwhile (under the GVL). They never wait for another
//!   process;
//! * whatever takes a [`Wait`] may wait for other processes: call it where others can go on
//!   (without the GVL), unless it is [`Wait::Never`].
#![cfg(target_os = "linux")]

mod error;
mod events;
mod home;
mod lmdb;
mod os;
mod record;
mod store;

pub use error::{Error, Result};
pub use events::{Cursor, Heard, Ring};
pub use home::{Found, Home, Options, Wait};
pub use os::fork::generation;
pub use store::{Clock, Item, Outcome, Sleep, Store, Visit};
