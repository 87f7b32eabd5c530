//! Histories from bytes, for the fuzzer: every byte string is one, and small changes stay small.

use super::step::{Call, Step};
use super::{History, Rules};

/// Waits in ms, chosen so that ends of windows, lives and the wheel's slots are met exactly.
const WAITS: [u32; 16] = [
    0, 0, 0, 1, 16, 17, 50, 99, 100, 101, 500, 999, 1_000, 3_000, 30_000, 70_000,
];
const TTLS: [u32; 8] = [1, 17, 100, 1_000, 3_000, 30_000, 70_000, 86_400_000];
const LINGERS: [u32; 4] = [0, 1, 500, 3_000];

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn next(&mut self) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first)
    }
}

pub fn history(bytes: &[u8]) -> History {
    let mut input = Reader(bytes);
    let rules = rules(&mut input);
    let mut steps = Vec::new();
    while let Some(step) = step(&mut input) {
        steps.push(step);
    }
    History { rules, steps }
}

fn rules(input: &mut Reader<'_>) -> Rules {
    let bits = input.next().unwrap_or(0);
    let either = |bit: u8, small: usize, large: usize| if bits >> bit & 1 == 1 { small } else { large };
    Rules {
        coalesce: either(0, 0, 100) as u64,
        max_coalesce: either(1, 500, 100) as u64,
        list_limit: either(2, 2, 1_000),
        max_members_per_topic: either(3, 3, 100),
        max_topics: either(4, 2, 100),
        max_sessions_per_member: either(5, 2, 100),
        max_member_bytes: either(6, 60, 16_384),
        ..Rules::default()
    }
}

fn step(input: &mut Reader<'_>) -> Option<Step> {
    let (kind, who, more) = (input.next()?, input.next()?, input.next()?);
    let wait = WAITS[usize::from(kind >> 4)];
    let (topic, member, session) = (who & 3, who >> 2 & 7, who >> 5);
    let meta = more & 3;
    let ttl = TTLS[usize::from(more >> 2 & 7)];
    let call = match kind & 15 {
        0..=2 => Call::Join {
            topic,
            member,
            session,
            meta: (more < 224).then_some(meta),
            ttl,
        },
        3 | 4 => Call::Touch {
            topic,
            member,
            session,
        },
        5 => Call::Update {
            topic,
            member,
            session,
            meta,
        },
        6..=8 => Call::Leave {
            topic,
            member,
            session,
            linger: LINGERS[usize::from(more & 3)],
        },
        9 => Call::Visit {
            topic,
            member,
            ttl,
            slack: ttl / 4,
            navigation: more & 1 == 1,
        },
        10 => Call::LeaveAll {
            topic: (more & 1 == 0).then_some(topic),
            member,
        },
        11 => Call::Tick {
            force: more & 1 == 1,
            budget: more >> 1 & 3,
        },
        12 => Call::Run {
            ms: WAITS[usize::from(more >> 4)],
        },
        13 | 14 => Call::Snapshot {
            topic,
            sample: more & 1 == 1,
        },
        _ => Call::Wall {
            by: if more & 1 == 1 { 3_600_000 } else { -3_600_000 },
        },
    };
    Some(Step {
        wait,
        call,
        look: more & 128 == 128,
    })
}
