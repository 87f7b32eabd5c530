//! The store by itself, in one process.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::sync::Arc;

use presence_core::{Now, Settings};
use presence_shared::{Clock, Found, Home, Options, Store, Wait};

fn open(path: &std::path::Path) -> Arc<Home> {
    let options = Options {
        path: path.to_path_buf(),
        size: 64 * 1024 * 1024,
        app: "test".into(),
    };
    match Home::find(&options) {
        Found::Open(home) => home,
        Found::Closed(ticket) => ticket.open(&options, 1_000_000_000).unwrap().announce(),
        Found::Busy => panic!("busy"),
    }
}

fn at(seconds: u64) -> Now {
    Now {
        mono: (1_000 + seconds) * 1_000_000_000,
        wall: (1_790_000_000 + seconds) * 1_000,
        slack: 0,
    }
}

#[test]
fn a_member_joins_and_expires() {
    let directory = tempfile::tempdir().unwrap();
    let home = open(&directory.path().join("presence"));
    let store = Store::new(Settings::default(), Clock::Manual);
    store.enter(&home);
    let names = ("room", "ada", "tab");
    assert_eq!(
        store.join(&home, Wait::Never, names, None, 30_000, None, &at(0)),
        Ok(Ok(true))
    );
    assert_eq!(store.is_online(&home, "room", "ada", &at(29)), Ok(true));
    assert_eq!(store.touch(&home, names, &at(20)), Ok(true));
    assert_eq!(store.is_online(&home, "room", "ada", &at(49)), Ok(true));
    assert_eq!(store.count(&home, "room", &at(50)), Ok(0));
    assert_eq!(store.tick(&home, Wait::Never, &at(50), true), Ok(true));
    assert_eq!(store.touch(&home, names, &at(50)), Ok(false));
}
