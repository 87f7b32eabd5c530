//! The core alone, without Ruby: `cargo bench -p presence_core`.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::hint::black_box;

use criterion::{criterion_group, criterion_main, BatchSize, BenchmarkId, Criterion};
use presence_core::{Limits, Now, Registry, Settings, MILLISECOND};

const SIZES: [usize; 3] = [1_000, 10_000, 1_000_000];

fn at(ms: u64) -> Now {
    Now {
        mono: (1_000_000 + ms) * MILLISECOND,
        wall: 1_790_000_000_000 + ms,
        slack: 0,
    }
}

fn settings() -> Settings {
    Settings {
        limits: Limits {
            max_members_per_topic: 2_000_000,
            max_topics: 1_000_000,
            ..Settings::default().limits
        },
        ..Settings::default()
    }
}

fn ids(size: usize) -> Vec<String> {
    (0..size).map(|n| format!("user-{n}")).collect()
}

/// A registry with so many members, of whom all is told.
fn filled(ids: &[String], ttl: u32) -> Registry {
    let mut registry = Registry::new(settings());
    for id in ids {
        registry.join("room", id, "default", None, ttl, &at(0)).unwrap();
    }
    settle(&mut registry, &at(0));
    registry
}

fn settle(registry: &mut Registry, now: &Now) {
    while !registry.tick(now, true, usize::MAX) {}
    registry.drain();
}

/// The order in which they come is nobody's: every 7,919th.
fn turns(ids: &[String]) -> impl Iterator<Item = &String> {
    (0..ids.len()).cycle().map(move |n| &ids[n * 7_919 % ids.len()])
}

fn point_calls(c: &mut Criterion) {
    for size in SIZES {
        let ids = ids(size);
        let mut registry = filled(&ids, 86_400_000);
        let mut turn = turns(&ids);
        c.bench_function(&format!("touch/{size}"), |b| {
            b.iter(|| registry.touch("room", turn.next().unwrap(), "default", &at(1)));
        });
        c.bench_function(&format!("is_online/{size}"), |b| {
            b.iter(|| registry.is_online("room", turn.next().unwrap(), &at(1)));
        });
    }
}

fn coming_and_going(c: &mut Criterion) {
    let mut registry = filled(&ids(10_000), 86_400_000);
    let guests: Vec<String> = (0..1_000).map(|n| format!("guest-{n}")).collect();
    c.bench_function("join, diff, leave, diff of 1,000 among 10,000", |b| {
        b.iter(|| {
            for id in &guests {
                registry
                    .join("room", id, "default", None, 45_000, &at(1))
                    .unwrap();
            }
            settle(&mut registry, &at(1));
            for id in &guests {
                registry.leave("room", id, "default", 0, &at(2));
            }
            settle(&mut registry, &at(2));
        });
    });
}

fn ticks(c: &mut Criterion) {
    let mut idle = filled(&ids(1_000_000), 86_400_000);
    let mut ms = 0;
    c.bench_function("idle tick/1000000", |b| {
        b.iter(|| {
            ms += 1;
            idle.tick(&at(ms), false, 2_000)
        });
    });
    let crowd = ids(100_000);
    c.bench_function("expiry and diffs of 100,000", |b| {
        b.iter_batched(
            || filled(&crowd, 1_000),
            |mut registry| {
                settle(&mut registry, &at(1_000));
                registry
            },
            BatchSize::PerIteration,
        );
    });
}

fn snapshots(c: &mut Criterion) {
    let mut group = c.benchmark_group("snapshot");
    for size in [100, 10_000] {
        let mut registry = filled(&ids(size), 86_400_000);
        group.bench_function(BenchmarkId::from_parameter(size), |b| {
            b.iter(|| black_box(registry.snapshot("room", false, &at(1)).json.len()));
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = point_calls, coming_and_going, ticks, snapshots
}
criterion_main!(benches);
