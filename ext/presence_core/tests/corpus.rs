//! The fuzz targets, run over the corpus that is kept in `fuzz/corpus`: with any compiler, each time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod history;

use std::fs;
use std::path::PathBuf;

/// Every input of a target, with its name.
fn inputs(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target);
    let files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = files.map(|file| file.unwrap().path());
    let inputs: Vec<_> = paths
        .map(|path| (path.display().to_string(), fs::read(&path).unwrap()))
        .collect();
    assert!(!inputs.is_empty(), "no corpus in {}", folder.display());
    inputs
}

#[test]
fn histories() {
    for (name, bytes) in inputs("histories") {
        let history = history::bytes::history(&bytes);
        if let Err(error) = history::run(&history) {
            panic!("{name}: {error}\n\n{history}");
        }
    }
}

#[test]
fn texts() {
    for (name, bytes) in inputs("texts") {
        if let Err(error) = history::texts::check(&bytes) {
            panic!("{name}: {error}");
        }
    }
}
