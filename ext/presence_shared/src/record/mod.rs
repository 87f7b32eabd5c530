//! How everything looks as bytes. What is read back is checked at every step: bytes that make no
//! sense are [`Error::Damaged`](crate::Error), never a panic.

pub(crate) mod bytes;
pub(crate) mod key;
pub(crate) mod log;
pub(crate) mod member;
mod state;
mod topic;

pub(crate) use log::Entry;
pub(crate) use member::{Ear, MemberRecord, Online, Seat};
pub(crate) use state::State;
pub(crate) use topic::TopicRecord;
