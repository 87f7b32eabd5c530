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
    loop {
        match Home::find(&options) {
            Found::Open(home) => return home,
            Found::Closed(ticket) => return ticket.open(&options, 60_000_000_000).unwrap().announce(),
            Found::Refused(refusal) => panic!("{refusal}"),
            // Another test opens its own: one thread of a process does at a time.
            Found::Busy => std::thread::yield_now(),
        }
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

#[test]
fn who_was_found_online_once_is_not_for_longer_than_they_are() {
    let directory = tempfile::tempdir().unwrap();
    let home = open(&directory.path().join("presence"));
    let [asking, other] = [(); 2].map(|()| {
        let store = Store::new(Settings::default(), Clock::Manual);
        store.enter(&home);
        store
    });
    let join = |member: &str, session: &str, now: &Now| {
        let names = ("room", member, session);
        other
            .join(&home, Wait::Never, names, None, 30_000, None, now)
            .unwrap()
    };
    let leave = |member: &str, session: &str, linger: u32, now: &Now| {
        other
            .leave(&home, Wait::Never, ("room", member, session), linger, now)
            .unwrap()
    };
    let online = |member: &str, now: &Now| asking.is_online(&home, "room", member, now).unwrap();

    assert_eq!(join("ada", "first", &at(0)), Ok(true));
    assert!(online("ada", &at(0)) && online("ada", &at(29)));
    assert_eq!(join("ada", "second", &at(10)), Ok(false));
    // Another session of theirs goes on.
    assert!(!leave("ada", "first", 0, &at(11)));
    assert!(online("ada", &at(11)) && online("ada", &at(39)) && !online("ada", &at(40)));
    assert_eq!(join("ada", "third", &at(41)), Ok(true));
    assert!(online("ada", &at(41)));
    assert!(leave("ada", "third", 0, &at(42)));
    assert!(!online("ada", &at(42)));
    // Slots and the topic are made anew for somebody else.
    assert_eq!(other.tick(&home, Wait::Never, &at(50), true), Ok(true));
    assert_eq!(join("bob", "tab", &at(51)), Ok(true));
    assert!(online("bob", &at(51)) && !online("ada", &at(51)));
    assert!(!leave("bob", "tab", 5_000, &at(52)));
    assert!(online("bob", &at(56)) && !online("bob", &at(57)));
}

/// More than one tick sweeps at once.
const CROWD: usize = 1_100;

#[test]
fn one_who_joins_a_full_topic_sweeps_no_more_than_it_takes() {
    let directory = tempfile::tempdir().unwrap();
    let home = open(&directory.path().join("presence"));
    let mut settings = Settings {
        // Nothing is published before: then a tick is done when it has swept.
        coalesce: 3_600_000_000_000,
        ..Settings::default()
    };
    settings.limits.max_members_per_topic = CROWD;
    let store = Store::new(settings, Clock::Manual);
    store.enter(&home);
    let join = |id: &str, ttl, seconds| {
        store.join(
            &home,
            Wait::Never,
            ("room", id, "tab"),
            None,
            ttl,
            None,
            &at(seconds),
        )
    };
    assert_eq!(join("first", 3_600_000, 0), Ok(Ok(true)));
    assert_eq!(store.tick(&home, Wait::Never, &at(0), false), Ok(true));
    for n in 1..CROWD {
        assert_eq!(join(&format!("m{n}"), 30_000, 0), Ok(Ok(true)));
    }
    assert!(join("late", 30_000, 29).unwrap().is_err());
    assert_eq!(join("late", 30_000, 30), Ok(Ok(true)));
    assert_eq!(
        store.tick(&home, Wait::Never, &at(30), false),
        Ok(false),
        "all were swept in one call"
    );
    assert_eq!(store.tick(&home, Wait::Never, &at(30), false), Ok(true));
    assert_eq!(store.count(&home, "room", &at(30)), Ok(2));
}

#[test]
fn a_join_that_is_refused_does_not_forget_when_its_member_was_heard() {
    let directory = tempfile::tempdir().unwrap();
    let home = open(&directory.path().join("presence"));
    let mut settings = Settings::default();
    settings.limits.max_member_bytes = 40;
    let store = Store::new(settings, Clock::Manual);
    store.enter(&home);
    let join = |session: &str, meta, seconds| {
        let names = ("room", "ada", session);
        store.join(&home, Wait::Never, names, meta, 30_000, None, &at(seconds))
    };
    assert_eq!(join("tab", None, 0), Ok(Ok(true)));
    assert_eq!(store.touch(&home, ("room", "ada", "tab"), &at(20)), Ok(true));
    // Over by then, which every look at her finds out again.
    let much = Some(Some(format!("{{\"a\":\"{}\"}}", "x".repeat(40)).into()));
    for _ in 0..2 {
        assert!(join("other", much.clone(), 50).unwrap().is_err());
        assert_eq!(
            store.last_seen_at(&home, "room", "ada", &at(50)),
            Ok(Some(at(20).wall))
        );
    }
}
