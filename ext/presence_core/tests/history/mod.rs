//! Histories: random calls, with what the core answers compared to a naive model after each.
//!
//! Shared by the property test, by the fuzz targets and by their plain runs over the kept corpus.

#![allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

pub mod bytes;
pub mod driver;
pub mod follower;
pub mod model;
pub mod person;
pub mod room;
pub mod rules;
pub mod step;
pub mod texts;
pub mod words;

pub use driver::run;
pub use rules::Rules;
pub use step::{Call, Step};

/// A registry's settings and what is done to it.
#[derive(Clone)]
pub struct History {
    pub rules: Rules,
    pub steps: Vec<Step>,
}
