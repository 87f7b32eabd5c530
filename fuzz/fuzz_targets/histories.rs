//! Any bytes are a history of calls; core and model have to agree on all of it.

#![no_main]

#[path = "../../ext/presence_core/tests/history/mod.rs"]
mod history;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let history = history::bytes::history(bytes);
    if let Err(error) = history::run(&history) {
        panic!("{error}\n\n{history}");
    }
});
