//! Whose files are these? Whoever may write here can list anybody, or crash us.

use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::lmdb::Mode;
use crate::os::file;
use crate::{Error, Result};

/// Makes the directory where there is none, and opens it, if it is ours alone.
pub(crate) fn directory(path: &Path) -> Result<File> {
    let mut builder = std::fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(path) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(no_directory(path, &error)),
    }
    let shown = path.display();
    let opened = file::open_directory(path).map_err(|error| match error.raw_os_error() {
        Some(libc::ELOOP | libc::ENOTDIR) => Error::Refused(format!(
            "{shown} is a symbolic link or no directory, and what it leads to could be changed by others: \
             name a directory itself, or remove it: rm '{shown}'"
        )),
        _ => no_directory(path, &error),
    })?;
    ours(&opened, &shown.to_string(), 0o700)?;
    Ok(opened)
}

fn no_directory(path: &Path, error: &std::io::Error) -> Error {
    let shown = path.display();
    match error.raw_os_error() {
        Some(libc::ENOSPC | libc::EDQUOT | libc::EMFILE | libc::ENFILE | libc::ENOMEM) => {
            Error::system(shown, error)
        }
        Some(libc::ENAMETOOLONG) => {
            let len = path.as_os_str().len();
            Error::Refused(format!(
                "the path of the shared store is too long ({len} bytes): {shown}; give a shorter one"
            ))
        }
        Some(libc::ENOENT) => Error::Refused(format!(
            "cannot make {shown}: the directory that it should be in is not there; make it: mkdir -p '{}'",
            path.parent().unwrap_or(Path::new("/")).display()
        )),
        _ => Error::Refused(format!(
            "cannot use {shown} for the shared store ({error}); give it to this user: \
             mkdir -p '{shown}' && chown {} '{shown}' && chmod 700 '{shown}'",
            file::user()
        )),
    }
}

/// Opens a file of the directory, if it is ours alone.
pub(crate) fn file(directory: &File, path: &Path, name: &str, create: bool) -> Result<Option<File>> {
    let shown = path.join(name);
    let shown = shown.display();
    let opened = match file::open_at(directory, name, create) {
        Ok(opened) => opened,
        Err(error) if !create && error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(match error.raw_os_error() {
                Some(libc::ELOOP) => Error::Refused(format!("{shown} is a symbolic link: remove it: rm '{shown}'")),
                Some(libc::EACCES | libc::EPERM | libc::EROFS | libc::EISDIR | libc::ENXIO) => Error::Refused(format!(
                    "cannot open {shown} for reading and writing ({error}); it has to be a file of this user's: \
                     chown {} '{shown}' && chmod 600 '{shown}', or remove it: rm -r '{shown}'",
                    file::user()
                )),
                _ => Error::system(shown, &error),
            })
        }
    };
    ours(&opened, &shown.to_string(), 0o600)?;
    Ok(Some(opened))
}

fn ours(opened: &File, shown: &str, mode: u32) -> Result<()> {
    let meta = opened.metadata().map_err(|error| Error::system(shown, &error))?;
    if mode == 0o600 && !meta.is_file() {
        return Err(Error::Refused(format!(
            "{shown} is no file: remove it: rm -r '{shown}'"
        )));
    }
    let user = file::user();
    if meta.uid() != user {
        return Err(Error::Refused(format!(
            "{shown} belongs to user {}, and this is user {user}: run as that user, or give it to this one: \
             chown -R {user} '{shown}'",
            meta.uid()
        )));
    }
    if meta.mode() & 0o077 != 0 {
        return Err(Error::Refused(format!(
            "{shown} may be used by others than its owner (its mode is {:o}): chmod {mode:o} '{shown}'",
            meta.mode() & 0o7777
        )));
    }
    Ok(())
}

/// How to write to the file system that a directory is on, if to it at all.
pub(super) fn filesystem(directory: &File, path: &Path) -> Result<Mode> {
    let kind = file::filesystem(directory).map_err(|error| Error::system(path.display(), &error))?;
    mode_of(kind, path)
}

/// Refuses what other machines may have mounted too, whose memory is not shared. Answers how to
/// write: to memory only where blocks, once allocated, are written over in place. Where every
/// write takes new blocks (btrfs, ZFS, and who knows), a full disk would be a SIGBUS.
fn mode_of(kind: u64, path: &Path) -> Result<Mode> {
    const IN_PLACE: [u64; 3] = [0xEF53, 0x5846_5342, 0x0102_1994]; // ext2 to ext4, XFS, tmpfs
    const NETWORK: [(u64, &str); 12] = [
        (0x6969, "NFS"),
        (0xFF53_4D42, "CIFS"),
        (0xFE53_4D42, "SMB"),
        (0x517B, "SMB"),
        (0x6573_5546, "FUSE, which may be a network's"),
        (0x0102_1997, "9P"),
        (0x00C3_6400, "Ceph"),
        (0x5346_414F, "AFS"),
        (0x7375_7245, "Coda"),
        (0x0BD0_0BD0, "Lustre"),
        (0x4750_4653, "GPFS"),
        (0x0116_1970, "GFS2"),
    ];
    if let Some((_, name)) = NETWORK.iter().find(|(number, _)| *number == kind) {
        return Err(Error::Refused(format!(
            "{} is on a network file system ({name}), where processes do not share memory: \
             give a directory on a local disk or under /dev/shm, or use another store",
            path.display()
        )));
    }
    Ok(if IN_PLACE.contains(&kind) {
        Mode::Mapped
    } else {
        Mode::Written
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // The numbers are those of the system's own header, as far as it has them.
    #[test]
    fn a_network_file_system_is_refused_by_its_name() {
        let kinds = [
            (libc::NFS_SUPER_MAGIC as u64, "(NFS)"),
            (libc::FUSE_SUPER_MAGIC as u64, "(FUSE, which may be a network's)"),
            (0x0102_1997, "(9P)"),
            (libc::SMB_SUPER_MAGIC as u64, "(SMB)"),
            (0xFF53_4D42, "(CIFS)"),
        ];
        for (kind, name) in kinds {
            let Err(Error::Refused(message)) = mode_of(kind, Path::new("/srv/app")) else {
                unreachable!("{name} is not refused");
            };
            assert!(
                message.starts_with("/srv/app is on a network file system"),
                "{message}"
            );
            assert!(message.contains(name), "{message}");
        }
    }

    #[test]
    fn only_where_blocks_are_written_over_in_place_memory_is_written_to() {
        let kinds = [
            (libc::EXT4_SUPER_MAGIC, Mode::Mapped),
            (libc::XFS_SUPER_MAGIC, Mode::Mapped),
            (libc::TMPFS_MAGIC, Mode::Mapped),
            (libc::BTRFS_SUPER_MAGIC, Mode::Written),
            (libc::OVERLAYFS_SUPER_MAGIC, Mode::Written),
            (0x2FC1_2FC1, Mode::Written), // ZFS
        ];
        for (kind, mode) in kinds {
            assert_eq!(mode_of(kind as u64, Path::new("/srv/app")), Ok(mode), "{kind:x}");
        }
    }
}
