//! Random histories against a naive model: 10,000 of them, or as many as PROPTEST_CASES says.
//!
//! One that fails is shrunk and printed in the words of the public Ruby API. `cargo test
//! -p presence_core --test histories` runs them alone; the seed of a failure is kept in
//! `tests/histories.txt`, which is tried first from then on.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod history;
mod strategy;

use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence, TestRunner};

const CASES: u32 = 10_000;

fn config() -> Config {
    Config {
        cases: std::env::var("PROPTEST_CASES")
            .ok()
            .map_or(CASES, |text| text.parse().expect("a number of cases")),
        max_shrink_iters: 100_000,
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("txt"))),
        source_file: Some(file!()),
        ..Config::default()
    }
}

#[test]
fn core_and_model_agree_on_every_history() {
    let mut runner = TestRunner::new(config());
    let result = runner.run(&strategy::histories(), |history| {
        history::run(&history).map_err(TestCaseError::fail)
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}
