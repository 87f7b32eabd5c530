use std::fs::File;
use std::os::fd::AsRawFd;

use super::last_error;

/// A file as shared memory. It may be longer than the file, which can grow below it; what lies
/// beyond the file's end must not be looked at.
#[derive(Debug)]
pub(crate) struct Map {
    start: *mut u8,
    len: usize,
}

// SAFETY: the mapping is plain memory; whoever hands out parts of it sees to how they are shared.
unsafe impl Send for Map {}
// SAFETY: as above.
unsafe impl Sync for Map {}

impl Map {
    pub(crate) fn new(file: &File, len: usize, writable: bool) -> std::io::Result<Self> {
        let access = if writable {
            libc::PROT_READ | libc::PROT_WRITE
        } else {
            libc::PROT_READ
        };
        // SAFETY: a new mapping, where the system likes; it is unmapped when this is dropped.
        let start = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                len,
                access,
                libc::MAP_SHARED,
                file.as_raw_fd(),
                0,
            )
        };
        if start == libc::MAP_FAILED {
            return Err(last_error());
        }
        Ok(Self {
            start: start.cast(),
            len,
        })
    }

    /// Where `count` values of a type lie, `offset` bytes from the start.
    ///
    /// Panics where they would not fit: that is a defect of ours.
    pub(crate) fn at<T>(&self, offset: usize, count: usize) -> *mut T {
        assert!(offset + count * size_of::<T>() <= self.len && offset % align_of::<T>() == 0);
        // SAFETY: within the mapping, as just checked.
        unsafe { self.start.add(offset).cast() }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        // SAFETY: this is the mapping that was made above, and nothing borrowed from it outlives it.
        unsafe { libc::munmap(self.start.cast(), self.len) };
    }
}
