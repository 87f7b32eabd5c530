use std::ffi::CString;
use std::fs::File;
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::last_error;

/// A path as C wants it.
pub(crate) fn c_path(path: &Path) -> std::io::Result<CString> {
    CString::new(path.as_os_str().as_bytes())
        .map_err(|_| std::io::Error::new(std::io::ErrorKind::InvalidInput, "the path has a zero byte"))
}

/// Opens a directory, and no symbolic link to one.
pub(crate) fn open_directory(path: &Path) -> std::io::Result<File> {
    let path = c_path(path)?;
    let flags = libc::O_RDONLY | libc::O_DIRECTORY | libc::O_NOFOLLOW | libc::O_CLOEXEC;
    // SAFETY: the path outlives the call.
    owned(unsafe { libc::open(path.as_ptr(), flags) })
}

/// Opens a file of a directory for reading and writing, and no symbolic link to one; with `create`
/// it is made where there is none, for us alone to read and write.
pub(crate) fn open_at(directory: &File, name: &str, create: bool) -> std::io::Result<File> {
    let name = c_path(Path::new(name))?;
    let create = if create { libc::O_CREAT } else { 0 };
    let flags = libc::O_RDWR | libc::O_NOFOLLOW | libc::O_CLOEXEC | libc::O_NONBLOCK | create;
    // SAFETY: the name outlives the call.
    owned(unsafe { libc::openat(directory.as_raw_fd(), name.as_ptr(), flags, 0o600) })
}

fn owned(fd: libc::c_int) -> std::io::Result<File> {
    if fd < 0 {
        return Err(last_error());
    }
    // SAFETY: a descriptor just opened, which nobody else knows of.
    Ok(unsafe { File::from_raw_fd(fd) })
}

/// Makes a file longer, with blocks that exist: writing to shared memory whose blocks do not fit on
/// the disk would be a SIGBUS, and here it is an error.
pub(crate) fn extend(file: &File, from: u64, to: u64) -> std::io::Result<()> {
    loop {
        let (start, len) = (from as libc::off_t, to.saturating_sub(from) as libc::off_t);
        // SAFETY: a call on a descriptor that is open.
        if len == 0 || unsafe { libc::fallocate(file.as_raw_fd(), 0, start, len) } == 0 {
            return Ok(());
        }
        let error = last_error();
        match error.raw_os_error() {
            Some(libc::EINTR) => {}
            Some(libc::EOPNOTSUPP | libc::ENOSYS) => return write_zeros(file, from, to),
            _ => return Err(error),
        }
    }
}

/// For file systems that cannot allocate by themselves. Nobody uses these bytes yet.
fn write_zeros(file: &File, from: u64, to: u64) -> std::io::Result<()> {
    let zeros = [0; 65_536];
    let mut at = from;
    while at < to {
        let len = (to - at).min(zeros.len() as u64) as usize;
        std::os::unix::fs::FileExt::write_all_at(file, &zeros[..len], at)?;
        at += len as u64;
    }
    Ok(())
}

/// The number of the file system's kind.
pub(crate) fn filesystem(file: &File) -> std::io::Result<u64> {
    let mut stat = std::mem::MaybeUninit::<libc::statfs>::uninit();
    // SAFETY: the call fills what it is given, or fails.
    unsafe {
        if libc::fstatfs(file.as_raw_fd(), stat.as_mut_ptr()) != 0 {
            return Err(last_error());
        }
        Ok(stat.assume_init().f_type as u64 & 0xffff_ffff)
    }
}

/// How a byte of a file may be locked. These locks belong to the process, end with it however it
/// ends, and are not inherited by a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lock {
    Shared,
    Exclusive,
    Free,
}

/// Locks one byte; answers whether that was possible, and never waits.
pub(crate) fn lock(file: &File, byte: i64, how: Lock) -> std::io::Result<bool> {
    let mut lock = region(byte, how);
    // SAFETY: the region outlives the call.
    if unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETLK, &raw mut lock) } == 0 {
        return Ok(true);
    }
    match last_error() {
        error
            if matches!(
                error.raw_os_error(),
                Some(libc::EACCES | libc::EAGAIN | libc::EINTR)
            ) =>
        {
            Ok(false)
        }
        error => Err(error),
    }
}

/// Has another process locked this byte?
pub(crate) fn locked_by_others(file: &File, byte: i64) -> std::io::Result<bool> {
    let mut lock = region(byte, Lock::Exclusive);
    // SAFETY: the region outlives the call, which fills it.
    if unsafe { libc::fcntl(file.as_raw_fd(), libc::F_GETLK, &raw mut lock) } != 0 {
        return Err(last_error());
    }
    Ok(lock.l_type != libc::F_UNLCK as libc::c_short)
}

fn region(byte: i64, how: Lock) -> libc::flock {
    let kind = match how {
        Lock::Shared => libc::F_RDLCK,
        Lock::Exclusive => libc::F_WRLCK,
        Lock::Free => libc::F_UNLCK,
    };
    // SAFETY: zero is a value of each of its fields.
    let mut region: libc::flock = unsafe { std::mem::zeroed() };
    region.l_type = kind as libc::c_short;
    region.l_whence = libc::SEEK_SET as libc::c_short;
    region.l_start = byte as libc::off_t;
    region.l_len = 1;
    region
}

/// The user that files of ours belong to.
pub(crate) fn user() -> u32 {
    // SAFETY: it cannot fail and touches nothing.
    unsafe { libc::geteuid() }
}
