//! Any bytes are names and a meta; what is made of them is JSON that can stand in a page.

#![no_main]

#[path = "../../ext/presence_core/tests/history/mod.rs"]
mod history;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Err(error) = history::texts::check(bytes) {
        panic!("{error}");
    }
});
