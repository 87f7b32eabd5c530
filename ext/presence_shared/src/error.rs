use std::fmt;

use presence_core::LimitExceeded;

/// Why a store did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// A limit of the configuration; nothing was changed.
    Limit(LimitExceeded),
    /// The path cannot be used, until somebody does what the message says.
    Refused(String),
    /// Another process is writing just now, and the caller did not want to wait.
    Busy,
    /// Not now: the lock is held, say. It heals by itself, or with what the message says.
    Unavailable(String),
    /// There is no room on the disk, or up to the size that was configured. It heals once there is.
    Full(String),
    /// What is in the files makes no sense. They are set aside, and a new store is begun.
    Damaged(String),
    /// The files were set aside or removed by others: open anew.
    Retired,
}

/// What nearly everything here answers.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error of the operating system, as something that is not possible now.
    pub(crate) fn system(what: impl fmt::Display, error: &std::io::Error) -> Self {
        Self::Unavailable(format!("{what}: {error}"))
    }

    pub(crate) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged(what.into())
    }
}

impl From<LimitExceeded> for Error {
    fn from(exceeded: LimitExceeded) -> Self {
        Self::Limit(exceeded)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Limit(exceeded) => exceeded.fmt(f),
            Self::Refused(message)
            | Self::Unavailable(message)
            | Self::Full(message)
            | Self::Damaged(message) => f.write_str(message),
            Self::Busy => f.write_str("another process is writing to the shared store"),
            Self::Retired => f.write_str("the shared store was replaced by a new one meanwhile"),
        }
    }
}

impl std::error::Error for Error {}
