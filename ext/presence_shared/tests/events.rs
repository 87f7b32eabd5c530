//! The ring of events: order, loss, and processes that die or stop in the middle.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use presence_shared::{Found, Heard, Home, Options, Ring, Wait};

fn home(path: &Path) -> Arc<Home> {
    let options = Options {
        path: path.join("presence"),
        size: 64 * 1024 * 1024,
        app: "test".into(),
    };
    loop {
        match Home::find(&options) {
            Found::Open(home) => return home,
            Found::Closed(ticket) => return ticket.open(&options, 60_000_000_000).unwrap().announce(),
            Found::Refused(refusal) => panic!("{refusal}"),
            // Another test is opening its own.
            Found::Busy => std::thread::yield_now(),
        }
    }
}

// A test that has to wait so long fails; a machine that is busy can let one wait for seconds.
const SOON: Wait = Wait::Nanoseconds(60_000_000_000);
const ALL: usize = usize::MAX;

fn texts(heard: &Heard) -> Vec<String> {
    let text = |event: &Vec<u8>| String::from_utf8(event.clone()).unwrap();
    heard.events.iter().map(text).collect()
}

#[test]
fn what_is_put_in_comes_out_in_order_for_all_who_listen() {
    let directory = tempfile::tempdir().unwrap();
    let home = home(directory.path());
    let (mouth, ear) = (Ring::open(&home).unwrap(), Ring::open(&home).unwrap());
    mouth.put(b"before", SOON).unwrap();
    let (mut first, mut second) = (ear.end(), mouth.end());
    for text in ["", "a", "12345678", "a much longer one, of more than a word"] {
        mouth.put(text.as_bytes(), SOON).unwrap();
    }
    for (ring, cursor) in [(&ear, &mut first), (&mouth, &mut second)] {
        let heard = ring.read(cursor, ALL);
        assert_eq!(
            texts(&heard),
            ["", "a", "12345678", "a much longer one, of more than a word"]
        );
        assert_eq!(heard.lost, 0);
        assert_eq!(ring.read(cursor, ALL), Heard::default());
    }
}

#[test]
fn the_oldest_are_lost_first_and_counted() {
    let directory = tempfile::tempdir().unwrap();
    let ring = Ring::open(&home(directory.path())).unwrap();
    let mut cursor = ring.end();
    for n in 0..1_000_u32 {
        ring.put(format!("{n:0>10000}").as_bytes(), SOON).unwrap();
    }
    let heard = ring.read(&mut cursor, ALL);
    let numbers: Vec<u64> = texts(&heard).iter().map(|text| text.parse().unwrap()).collect();
    assert!((190..210).contains(&numbers.len()), "{}", numbers.len());
    assert_eq!(heard.lost + numbers.len() as u64, 1_000);
    assert_eq!(numbers, (heard.lost..1_000).collect::<Vec<_>>());
}

#[test]
fn it_is_read_in_portions() {
    let directory = tempfile::tempdir().unwrap();
    let ring = Ring::open(&home(directory.path())).unwrap();
    let mut cursor = ring.end();
    for n in 0..10 {
        ring.put(format!("{n}").as_bytes(), SOON).unwrap();
    }
    assert_eq!(texts(&ring.read(&mut cursor, 3)), ["0", "1", "2"]);
    assert_eq!(ring.read(&mut cursor, ALL).events.len(), 7);
}

#[test]
fn what_is_too_large_is_refused_and_harms_nobody() {
    let directory = tempfile::tempdir().unwrap();
    let ring = Ring::open(&home(directory.path())).unwrap();
    let mut cursor = ring.end();
    assert!(ring.put(&vec![b'x'; 300_000], SOON).is_err());
    ring.put(b"fine", SOON).unwrap();
    assert_eq!(texts(&ring.read(&mut cursor, ALL)), ["fine"]);
}

#[test]
fn many_writers_and_a_slow_reader_see_whole_events_in_each_ones_order() {
    let directory = tempfile::tempdir().unwrap();
    let ring = Arc::new(Ring::open(&home(directory.path())).unwrap());
    let mut cursor = ring.end();
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let ring = ring.clone();
            std::thread::spawn(move || {
                for n in 0..5_000_u64 {
                    let text = format!("{writer} {n} {}", "x".repeat((n % 700) as usize));
                    ring.put(text.as_bytes(), SOON).unwrap();
                }
            })
        })
        .collect();
    let (mut last, mut count) = ([None; 4], 0);
    while count < 20_000 {
        let bell = ring.bell();
        let heard = ring.read(&mut cursor, 100_000);
        count += heard.lost + heard.events.len() as u64;
        for text in texts(&heard) {
            let mut words = text.split(' ');
            let writer: usize = words.next().unwrap().parse().unwrap();
            let n: u64 = words.next().unwrap().parse().unwrap();
            assert_eq!(words.next().unwrap().len() as u64, n % 700);
            assert!(last[writer].is_none_or(|last| last < n));
            last[writer] = Some(n);
        }
        if heard == Heard::default() {
            ring.sleep(bell, u64::MAX / 4);
        }
    }
    assert_eq!(count, 20_000);
    writers.into_iter().for_each(|writer| writer.join().unwrap());
}

/// What lies where its next event was is written over while it looks: a length, or what only looks like one.
#[test]
fn who_is_far_behind_is_not_misled_by_what_is_being_written_there() {
    let directory = tempfile::tempdir().unwrap();
    let ring = Arc::new(Ring::open(&home(directory.path())).unwrap());
    let start = ring.end();
    let done = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (1..3_usize)
        .map(|size| {
            let (ring, done) = (ring.clone(), done.clone());
            std::thread::spawn(move || {
                while !done.load(Ordering::Relaxed) {
                    ring.put(&vec![b'x'; size * 8], SOON).unwrap();
                }
            })
        })
        .collect();
    for _ in 0..200_000 {
        ring.put(b"xxxxxxxx", SOON).unwrap(); // round the ring more than once
    }
    for _ in 0..300_000 {
        let mut behind = start;
        let heard = ring.read(&mut behind, 1);
        assert!(heard
            .events
            .iter()
            .all(|event| [8, 16].contains(&event.len()) && event.iter().all(|&byte| byte == b'x')));
    }
    done.store(true, Ordering::Relaxed);
    writers.into_iter().for_each(|writer| writer.join().unwrap());
}

#[test]
fn a_file_of_another_boot_or_a_damaged_one_is_replaced_and_a_removed_one_is_noticed() {
    let directory = tempfile::tempdir().unwrap();
    let home = home(directory.path());
    let path = directory.path().join("presence/v1.events");
    let old = Ring::open(&home).unwrap();
    assert!(old.is_current(&home));
    std::fs::write(&path, "nonsense").unwrap();
    std::fs::rename(&path, directory.path().join("gone")).unwrap();
    assert!(!old.is_current(&home));
    let ring = Ring::open(&home).unwrap();
    assert!(ring.is_current(&home));

    let mut bytes = std::fs::read(&path).unwrap();
    bytes[20] ^= 1; // of the boot
    std::fs::write(&path, bytes).unwrap();
    let again = Ring::open(&home).unwrap();
    assert!(again.is_current(&home) && !ring.is_current(&home));
    assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 5); // no draft is left
}

#[test]
fn all_who_open_it_at_once_open_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let home = home(directory.path());
    let rings: Vec<_> = (0..8)
        .map(|_| {
            let home = home.clone();
            std::thread::spawn(move || Ring::open(&home).unwrap())
        })
        .collect::<Vec<_>>()
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .collect();
    assert!(rings.iter().all(|ring| ring.is_current(&home)));
}
