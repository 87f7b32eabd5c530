//! Who is present on a topic: members, sessions that expire, and versioned diffs.
//!
//! No Ruby type and no clock in here: the caller passes the time in ([`Now`]), so that every
//! behaviour can be tested, fuzzed and replayed. The pieces, from the inside out:
//!
//! * [`Member`]: one person on one topic, as a small state machine;
//! * [`Registry`]: every topic of a process, its expiry ([`Wheel`]) and its diffs;
//! * [`Diff`], [`Snapshot`] and [`Page`]: what is told to others, with their JSON.

mod diff;
mod epoch;
mod index;
pub mod json;
mod last_seen;
mod limits;
mod member;
mod now;
mod page;
mod pulse;
mod registry;
mod slots;
mod snapshot;
mod topic;
mod wheel;

pub use diff::{Diff, Entry, Leave};
pub use epoch::random as random_epoch;
pub use limits::{LimitExceeded, Limits, Settings};
pub use member::{Change, Member, Meta, Metas, Pending, Place, Published, Reason, Session, Token};
pub use now::{Now, MILLISECOND};
pub use page::Page;
pub use pulse::Pulse;
pub use registry::{MemberView, Position, Registry, MAX_ENTRIES, SAMPLE};
pub use snapshot::Snapshot;
pub use wheel::Wheel;
