//! Which histories proptest makes up. Few topics, members and sessions, so that calls meet; times
//! that fall on the ends of windows, lives and the wheel's slots, and next to them.

mod aim;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::history::{Call, History, Rules, Step};

pub fn histories() -> impl Strategy<Value = History> {
    (rules(), vec((step(), aim::aim(), aim::again()), 1..50)).prop_map(|(rules, steps)| History {
        rules,
        steps: aim::aimed(steps),
    })
}

fn rules() -> impl Strategy<Value = Rules> {
    let usual = Just(Rules::default());
    let windows = select(vec![(0, 0), (100, 100), (100, 500), (50, 50)]);
    let sizes = (
        select(vec![1_usize, 2, 3, 1_000]),
        select(vec![1_usize, 2, 3, 100]),
        select(vec![1_usize, 2, 100]),
        select(vec![1_usize, 2, 100]),
        select(vec![10_usize, 60, 16_384]),
    );
    let any = (windows, sizes).prop_map(|((coalesce, max_coalesce), sizes)| Rules {
        coalesce,
        max_coalesce,
        sweep_interval: 1_000,
        list_limit: sizes.0,
        max_members_per_topic: sizes.1,
        max_topics: sizes.2,
        max_sessions_per_member: sizes.3,
        max_member_bytes: sizes.4,
    });
    prop_oneof![1 => usual, 1 => any]
}

fn ttl() -> impl Strategy<Value = u32> {
    prop_oneof![
        6 => select(vec![1_u32, 17, 100, 1_000, 3_000, 30_000]),
        2 => 1..5_000_u32,
        1 => select(vec![68_700_u32, 68_719, 70_000, 3_600_000, 86_400_000]),
    ]
}

fn wait() -> impl Strategy<Value = u32> {
    prop_oneof![
        8 => Just(0),
        4 => select(vec![1_u32, 16, 17, 50, 99, 100, 101, 900, 1_000, 2_999, 3_000]),
        2 => 0..4_000_u32,
        1 => select(vec![30_000_u32, 68_719, 70_000, 200_000]),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    (wait(), call(), prop::bool::weighted(0.6)).prop_map(|(wait, call, look)| Step { wait, call, look })
}

fn call() -> impl Strategy<Value = Call> {
    let topic = || prop_oneof![3 => Just(0_u8), 1 => 1..3_u8];
    let who = move || {
        (
            topic(),
            prop_oneof![2 => Just(0_u8), 3 => 1..5_u8],
            prop_oneof![2 => Just(0_u8), 1 => 1..3_u8],
        )
    };
    let linger = prop_oneof![2 => Just(0_u32), 2 => select(vec![1_u32, 500, 3_000, 90_000])];
    prop_oneof![
        8 => (who(), option::weighted(0.9, 0..4_u8), ttl())
            .prop_map(|((topic, member, session), meta, ttl)| Call::Join { topic, member, session, meta, ttl }),
        4 => who().prop_map(|(topic, member, session)| Call::Touch { topic, member, session }),
        3 => (who(), 0..4_u8).prop_map(|((topic, member, session), meta)| Call::Update { topic, member, session, meta }),
        6 => (who(), linger).prop_map(|((topic, member, session), linger)| Call::Leave { topic, member, session, linger }),
        3 => (who(), ttl(), select(vec![0_u32, 250, 1_000]), any::<bool>())
            .prop_map(|((topic, member, _), ttl, slack, navigation)| Call::Visit { topic, member, ttl, slack, navigation }),
        1 => (option::of(topic()), 0..5_u8).prop_map(|(topic, member)| Call::LeaveAll { topic, member }),
        3 => (any::<bool>(), 0..4_u8).prop_map(|(force, budget)| Call::Tick { force, budget }),
        3 => wait().prop_map(|ms| Call::Run { ms }),
        4 => (topic(), any::<bool>()).prop_map(|(topic, sample)| Call::Snapshot { topic, sample }),
        1 => select(vec![-3_600_000_i32, 3_600_000, 17]).prop_map(|by| Call::Wall { by }),
    ]
}
