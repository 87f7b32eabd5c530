//! What members say to each other, on its way from one process to all others.
//!
//! It has nothing to do with the store: a ring of bytes in a file of its own, so that however many
//! events there are, none of them takes the store's lock, nor any room from its log. Whoever has
//! something to say copies it into the ring, which takes a microsecond, and wakes those who listen.
//! Readers take no lock; one that is so far behind that its place was written over has lost the
//! oldest, and is told how many. Nothing is kept but what fits.

mod file;
mod page;
mod ring;

pub use ring::{Cursor, Heard, Ring};
