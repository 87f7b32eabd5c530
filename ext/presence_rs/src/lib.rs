//! The Ruby binding of `presence_core`: one file a Ruby class, all below `PresenceRs::Native`,
//! which is private; what users call is Ruby (`lib/presence_rs`).
//!
//! Two rules hold everywhere here, and were paid for in crashes:
//!
//! * our lock is taken only while the GVL is held, Ruby is never called under it, and the GVL is
//!   never released while it is held. So a fork, which needs the GVL, can never copy a locked lock;
//! * no Ruby value is kept in a Rust structure, so there is nothing to mark and nothing to move.

mod clock;
mod diff;
mod errors;
mod helpers;
mod meta;
mod registry;
mod settings;
#[cfg(target_os = "linux")]
mod shared;

use magnus::{Error, Module, Ruby};

/// Defines `PresenceRs::Native` when Ruby loads the library.
#[magnus::init]
fn init(ruby: &Ruby) -> Result<(), Error> {
    let native = ruby.define_module("PresenceRs")?.define_module("Native")?;
    clock::init(ruby, native)?;
    diff::init(ruby, native)?;
    meta::init(ruby, native)?;
    registry::init(ruby, native)?;
    #[cfg(target_os = "linux")]
    shared::init(ruby, native)?;
    Ok(())
}
