use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use super::live::FORMAT;
use crate::{Error, Result};

/// So many of what was set aside are kept.
const KEPT: usize = 3;

/// The names of the files, each format's its own: so that during a deployment two versions of this
/// library can run side by side.
pub(super) fn name(part: &str) -> String {
    format!("v{FORMAT}.{part}")
}

/// Puts the files out of the way, under a name with the date; answers what to say about it.
pub(super) fn set_aside(path: &Path, why: &str) -> Result<String> {
    let failed =
        |error: std::io::Error| Error::system(format!("setting aside a store in {}", path.display()), &error);
    let name_of_old = format!("aside-{}", date());
    let old = path.join(&name_of_old);
    let mut builder = fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&old).map_err(failed)?;
    // The page of the lock last: as long as it is there, others know that the store is over.
    for part in ["mdb", "mdb-lock", "live"] {
        match fs::rename(path.join(name(part)), old.join(name(part))) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
    }
    prune(path).map_err(failed)?;
    Ok(format!(
        "the shared store in {} {why}; it was set aside as {name_of_old}, and a new one begun",
        path.display()
    ))
}

/// Forgets all but the last few.
fn prune(path: &Path) -> std::io::Result<()> {
    let mut old: Vec<_> = fs::read_dir(path)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|entry| {
            entry
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("aside-"))
        })
        .collect();
    old.sort();
    let extra = old.len().saturating_sub(KEPT);
    old.iter().take(extra).try_for_each(fs::remove_dir_all)
}

/// `20261124T135207.123456Z`, which sorts by time.
fn date() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let seconds = since.as_secs() as libc::time_t;
    // SAFETY: zero is a value of each of its fields.
    let mut parts: libc::tm = unsafe { std::mem::zeroed() };
    // SAFETY: both outlive the call.
    unsafe { libc::gmtime_r(&raw const seconds, &raw mut parts) };
    format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}.{:06}Z",
        parts.tm_year + 1900,
        parts.tm_mon + 1,
        parts.tm_mday,
        parts.tm_hour,
        parts.tm_min,
        parts.tm_sec,
        since.subsec_micros()
    )
}
