use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::page::{Page, FORMAT, SIZE};
use crate::home::trust;
use crate::os::{file, machine, map::Map};
use crate::{Error, Result};

/// So often it is looked anew, where others make the file at the same time.
const ATTEMPTS: usize = 8;

pub(super) fn name() -> String {
    format!("v{FORMAT}.events")
}

/// Opens the file of a directory, or makes it. A file is made under another name and then given its own
/// in one step, so that nobody ever sees one half made, and no lock is needed.
pub(super) fn open(path: &Path) -> Result<(File, Map)> {
    let directory = trust::directory(path)?;
    let identity = machine::identity()?;
    for _ in 0..ATTEMPTS {
        let known = trust::file(&directory, path, &name(), false)?;
        if let Some(file) = &known {
            if let Some(map) = enter(file, &identity)? {
                return Ok((known.into_iter().next().ok_or(Error::Retired)?, map));
            }
        }
        // One of another boot of the machine, or damaged: nobody can be using it, and it is replaced.
        if let Some(made) = make(&directory, path, &identity, known.is_some())? {
            return Ok(made);
        }
    }
    Err(Error::Unavailable(format!(
        "cannot make the file \"{}\" in {}: others replace it again and again",
        name(),
        path.display()
    )))
}

/// Does the path still name this file?
pub(super) fn is_named(file: &File, path: &Path) -> bool {
    match (fs::symlink_metadata(path.join(name())), file.metadata()) {
        (Ok(named), Ok(own)) => (named.dev(), named.ino()) == (own.dev(), own.ino()) && named.len() >= SIZE,
        _ => false,
    }
}

fn failed(error: &std::io::Error) -> Error {
    Error::system("making the file of the events", error)
}

fn enter(file: &File, identity: &str) -> Result<Option<Map>> {
    if file.metadata().map_err(|error| failed(&error))?.len() < SIZE {
        return Ok(None);
    }
    let map = Map::new(file, SIZE as usize, true).map_err(|error| failed(&error))?;
    // SAFETY: the mapping has a page, whose plain fields never change once the file has its name.
    let fits = unsafe { (*map.at::<Page>(0, 1)).fits(identity) };
    Ok(fits.then_some(map))
}

/// Answers nothing where another process was faster.
fn make(directory: &File, path: &Path, identity: &str, replace: bool) -> Result<Option<(File, Map)>> {
    let draft = format!("{}-{}", name(), presence_core::random_epoch());
    let made = draft_file(directory, path, &draft, identity).and_then(|parts| {
        let (from, to) = (path.join(&draft), path.join(name()));
        let named = if replace {
            fs::rename(&from, &to)
        } else {
            fs::hard_link(&from, &to)
        };
        match named {
            Ok(()) => Ok(Some(parts)),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(None),
            Err(error) => Err(failed(&error)),
        }
    });
    // It has its own name now, or none is needed; whoever dies before this leaves a file that nobody reads.
    let _ = fs::remove_file(path.join(&draft));
    let parts = made?;
    Ok(parts.filter(|(file, _)| is_named(file, path)))
}

fn draft_file(directory: &File, path: &Path, draft: &str, identity: &str) -> Result<(File, Map)> {
    let file = trust::file(directory, path, draft, true)?
        .ok_or_else(|| Error::Unavailable(format!("cannot make a file in {}", path.display())))?;
    file::extend(&file, 0, SIZE)
        .map_err(|error| Error::Full(format!("making room for events in {}: {error}", path.display())))?;
    let map = Map::new(&file, SIZE as usize, true).map_err(|error| failed(&error))?;
    // SAFETY: a new file of zeros, which are values of each field, that nobody else knows of.
    unsafe { (*map.at::<Page>(0, 1)).begin(identity) }.map_err(|error| failed(&error))?;
    Ok((file, map))
}
