//! What histories are too small for: topics of thousands, diffs in pieces, windows that widen,
//! memory of those who left.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod history;

use history::follower::Follower;
use presence_core::{Diff, Limits, Now, Registry, Settings, MAX_ENTRIES, MILLISECOND};

const CROWD: usize = 12_000;

fn at(ms: u64) -> Now {
    Now {
        mono: (5_000 + ms) * MILLISECOND,
        wall: 1_790_000_000_000 + ms,
        slack: 0,
    }
}

fn crowd(registry: &mut Registry, number: usize, ttl: u32, now: &Now) {
    for n in 0..number {
        assert_eq!(
            registry.join("hall", &format!("m{n}"), "s", None, ttl, now),
            Ok(true)
        );
    }
}

fn tick(registry: &mut Registry, force: bool, now: &Now) -> usize {
    let mut calls = 1;
    while !registry.tick(now, force, 2_000) {
        calls += 1;
    }
    calls
}

fn follow(follower: &mut Follower, registry: &mut Registry) -> Vec<usize> {
    let diffs = registry.drain();
    for diff in &diffs {
        follower.apply(diff.json()).unwrap();
    }
    diffs
        .iter()
        .map(|diff: &std::sync::Arc<Diff>| diff.joins.len() + diff.leaves.len() + diff.updates.len())
        .collect()
}

#[test]
fn a_crowd_is_told_of_in_pieces_one_a_window() {
    let (mut registry, mut page) = (Registry::new(Settings::default()), Follower::default());
    crowd(&mut registry, CROWD, 60_000, &at(0));
    let mut told = Vec::new();
    for window in 0..6 {
        tick(&mut registry, false, &at(window * 500));
        let pieces = follow(&mut page, &mut registry);
        assert!(pieces.len() <= 1, "{pieces:?} in one window");
        told.extend(pieces);
    }
    assert_eq!(told.iter().sum::<usize>(), CROWD);
    assert!(told.iter().all(|&piece| piece <= MAX_ENTRIES), "{told:?}");
    assert_eq!(page.list.len(), CROWD);
    assert!(registry.snapshot("hall", true, &at(3_000)).sample);
}

#[test]
fn a_forced_tick_tells_of_all_of_it() {
    let (mut registry, mut page) = (Registry::new(Settings::default()), Follower::default());
    crowd(&mut registry, CROWD, 60_000, &at(0));
    tick(&mut registry, true, &at(0));
    assert_eq!(follow(&mut page, &mut registry).iter().sum::<usize>(), CROWD);
    for n in (0..CROWD).step_by(2) {
        assert!(registry.leave("hall", &format!("m{n}"), "s", 0, &at(1)));
    }
    tick(&mut registry, true, &at(1));
    follow(&mut page, &mut registry);
    assert_eq!(page.list.len(), CROWD / 2);
    assert_eq!(registry.snapshot("hall", false, &at(1)).count, CROWD / 2);
}

#[test]
fn a_crowd_that_expires_is_swept_in_pieces_and_leaves_nothing_behind() {
    let (mut registry, mut page) = (Registry::new(Settings::default()), Follower::default());
    crowd(&mut registry, CROWD, 30_000, &at(0));
    tick(&mut registry, true, &at(0));
    follow(&mut page, &mut registry);
    assert!(tick(&mut registry, true, &at(30_000)) > CROWD / 2_000);
    follow(&mut page, &mut registry);
    assert_eq!((page.list.len(), registry.count("hall")), (0, 0));
    tick(&mut registry, false, &at(31_000));
    assert_eq!(registry.bytes(), 0);
}

#[test]
fn the_window_widens_under_load_up_to_its_limit() {
    for (changes, window) in [(1, 100), (4, 100), (5, 125), (20, 200), (1_000, 500)] {
        let mut registry = Registry::new(Settings::default());
        crowd(&mut registry, changes, 60_000, &at(0));
        tick(&mut registry, false, &at(0));
        assert_eq!(registry.drain().len(), 1);
        registry.leave("hall", "m0", "s", 0, &at(1));
        tick(&mut registry, false, &at(window - 1));
        assert_eq!(registry.drain().len(), 0, "{changes} changes, too early");
        tick(&mut registry, false, &at(window));
        assert_eq!(registry.drain().len(), 1, "{changes} changes, too late");
    }
}

#[test]
fn who_left_is_remembered_for_a_while_and_of_so_many_only() {
    let settings = Settings {
        last_seen_limit: 2,
        last_seen_for: 10_000 * MILLISECOND,
        ..Settings::default()
    };
    let mut registry = Registry::new(settings);
    for (n, id) in ["a", "b", "c"].iter().enumerate() {
        registry
            .join("hall", id, "s", None, 1_000, &at(n as u64))
            .unwrap();
        registry.leave("hall", id, "s", 0, &at(100 + n as u64));
    }
    let seen = |registry: &Registry, ms| ["a", "b", "c"].map(|id| registry.last_seen_at("hall", id, &at(ms)));
    tick(&mut registry, true, &at(200));
    let wall = at(0).wall;
    assert_eq!(seen(&registry, 200), [None, Some(wall + 1), Some(wall + 2)]);
    assert_eq!(seen(&registry, 20_000), [None; 3]);
}

#[test]
fn those_who_are_over_make_room_at_once() {
    let limits = Limits {
        max_members_per_topic: 1,
        max_topics: 1,
        ..Settings::default().limits
    };
    let mut registry = Registry::new(Settings {
        limits,
        ..Settings::default()
    });
    assert_eq!(registry.join("hall", "a", "s", None, 1_000, &at(0)), Ok(true));
    let full = |result: Result<bool, presence_core::LimitExceeded>| result.unwrap_err().limit;
    assert_eq!(
        full(registry.join("hall", "b", "s", None, 1_000, &at(999))),
        "max_members_per_topic"
    );
    assert_eq!(
        full(registry.join("yard", "b", "s", None, 1_000, &at(999))),
        "max_topics"
    );
    assert_eq!(registry.join("yard", "b", "s", None, 1_000, &at(1_000)), Ok(true));
}

#[test]
fn one_who_joins_a_full_topic_sweeps_no_more_than_it_takes() {
    let mut registry = Registry::new(Settings {
        limits: Limits {
            max_members_per_topic: CROWD,
            ..Settings::default().limits
        },
        ..Settings::default()
    });
    crowd(&mut registry, CROWD, 1_000, &at(0));
    assert_eq!(
        registry.join("hall", "late", "s", None, 1_000, &at(2_000)),
        Ok(true)
    );
    assert!(
        !registry.sweep(&at(2_000), CROWD - 2),
        "all were swept in one call"
    );
    assert!(registry.sweep(&at(2_000), CROWD));
    assert_eq!(registry.count("hall"), 1);
}

#[test]
fn a_snapshot_shows_all_of_a_crowd_where_no_window_holds_it_back() {
    let mut registry = Registry::new(Settings {
        coalesce: 0,
        ..Settings::default()
    });
    crowd(&mut registry, CROWD, 60_000, &at(0));
    assert_eq!(registry.snapshot("hall", false, &at(0)).count, CROWD);
    assert_eq!(registry.drain().len(), CROWD.div_ceil(MAX_ENTRIES));
    for n in 0..CROWD {
        registry.leave("hall", &format!("m{n}"), "s", 0, &at(0));
    }
    assert!(!registry.publish_pending("hall", &at(0)));
    assert_eq!(registry.snapshot("hall", false, &at(0)).count, 0);
    assert_eq!(registry.position("hall"), ("".into(), 0, 0));
}

#[test]
fn pages_go_through_a_crowd_by_the_bytes_of_ids_and_show_what_was_told() {
    let mut registry = Registry::new(Settings::default());
    crowd(&mut registry, CROWD, 60_000, &at(0));
    tick(&mut registry, true, &at(0));
    // Not told yet: one who came, one who went.
    registry.join("hall", "m0a", "s", None, 60_000, &at(1)).unwrap();
    registry.leave("hall", "m1", "s", 0, &at(1));
    let (mut after, mut seen): (Option<Box<str>>, Vec<String>) = (None, Vec::new());
    loop {
        let page = registry.page("hall", after.as_deref(), 1_000, &at(1));
        assert_eq!((page.count, page.sessions.len()), (CROWD, 1_000));
        let ids = page.json.split("{\"id\":\"").skip(1);
        seen.extend(ids.map(|rest| rest.split('"').next().unwrap().to_owned()));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let mut all: Vec<String> = (0..CROWD).map(|n| format!("m{n}")).collect();
    all.sort();
    assert_eq!(seen, all);
}

#[test]
fn a_page_says_where_it_begins_and_where_the_next_one_does() {
    let mut registry = Registry::new(Settings::default());
    let nobody = registry.page("hall", None, 2, &at(0));
    assert!(nobody
        .json
        .ends_with(r#""version":0,"count":0,"after":null,"limit":2,"members":[],"next":null}"#));
    crowd(&mut registry, 3, 60_000, &at(0));
    let ends = |registry: &mut Registry, after, limit| {
        let page = registry.page("hall", after, limit, &at(0));
        (page.sessions.len(), page.next.map(String::from))
    };
    assert_eq!(ends(&mut registry, None, 2), (2, Some("m1".into())));
    assert_eq!(ends(&mut registry, None, 3), (3, None));
    assert_eq!(ends(&mut registry, Some("m1"), 2), (1, None));
    assert_eq!(ends(&mut registry, Some("m0x"), 1), (1, Some("m1".into())));
    assert_eq!(ends(&mut registry, Some("z"), 1), (0, None));
}

#[test]
fn the_window_narrows_again_once_the_load_is_over() {
    let mut registry = Registry::new(Settings::default());
    crowd(&mut registry, 1_000, 60_000, &at(0));
    tick(&mut registry, false, &at(0));
    // The diff that ends a wide window tells of one member: the window after it is narrow.
    for (n, (left, due)) in [(1, 500), (501, 600)].into_iter().enumerate() {
        registry.drain();
        registry.leave("hall", &format!("m{n}"), "s", 0, &at(left));
        tick(&mut registry, false, &at(due - 1));
        assert_eq!(registry.drain().len(), 0, "before {due} ms");
        tick(&mut registry, false, &at(due));
        assert_eq!(registry.drain().len(), 1, "at {due} ms");
    }
}
