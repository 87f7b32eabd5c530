//! Random histories against a naive model: 10,000 of them, or as many as PROPTEST_CASES says.
//!
//! One that fails is shrunk and printed in the words of the public Ruby API. `cargo test
//! -p presence_core --test histories` runs them alone; the seed of a failure is kept in
//! `tests/histories.txt`, which is tried first from then on.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod history;
mod strategy;

use std::cell::Cell;

use history::History;
use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence, TestError, TestRunner};

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
    let (played, failed) = (Cell::new(0), Cell::new(None));
    let mut runner = TestRunner::new(config());
    let result = runner.run(&strategy::histories(), |history| {
        played.set(played.get() + 1);
        history::run(&history).map_err(|error| {
            // The first one; those that follow are made shorter from it.
            failed.set(failed.get().or(Some(played.get())));
            TestCaseError::fail(error)
        })
    });
    match result {
        Ok(()) => {}
        Err(TestError::Abort(reason)) => panic!("{reason}"),
        Err(TestError::Fail(_, found)) => {
            let number = failed.get().unwrap_or_default();
            let history = without_the_needless(found);
            let error = history::run(&history).expect_err("it fails still");
            panic!("history {number}, made as short as it can be:\n\n{history}\n{error}");
        }
    }
}

/// Leaves out every step without which it fails too: proptest does so first, and not again after
/// it has made the steps plainer.
fn without_the_needless(mut history: History) -> History {
    let mut at = 0;
    while at < history.steps.len() {
        let mut shorter = history.clone();
        shorter.steps.remove(at);
        if history::run(&shorter).is_err() {
            (history, at) = (shorter, 0);
        } else {
            at += 1;
        }
    }
    history
}
