use std::fs;

use crate::{Error, Result};

/// What all processes that share a store have in common: the boot, and with it the clock; how
/// processes are numbered, which LMDB's table of readers depends on; how a mutex looks.
pub(crate) fn identity() -> Result<String> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map_err(|error| needs_proc("/proc/sys/kernel/random/boot_id", &error))?;
    let libc = if cfg!(target_env = "musl") { "musl" } else { "gnu" };
    Ok(format!(
        "boot={} {} {} libc={libc}{}",
        boot.trim(),
        namespace("pid")?,
        namespace("time").unwrap_or_else(|_| "time:[none]".into()),
        usize::BITS
    ))
}

/// `pid:[4026531836]`: a container has one of its own.
fn namespace(name: &str) -> Result<String> {
    let path = format!("/proc/self/ns/{name}");
    let link = fs::read_link(&path).map_err(|error| needs_proc(&path, &error))?;
    Ok(link.to_string_lossy().into_owned())
}

fn needs_proc(path: &str, error: &std::io::Error) -> Error {
    Error::Refused(format!(
        "cannot read {path} ({error}), which tells one boot of the machine from the next; \
         mount /proc, or use another store"
    ))
}

/// The rest of an identity, once the boot is taken off.
pub(crate) fn without_boot(identity: &str) -> &str {
    identity.split_once(' ').map_or("", |(_, rest)| rest)
}
