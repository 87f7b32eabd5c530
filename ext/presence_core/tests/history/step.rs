/// Topics, members, sessions and metas are few, so that calls meet.
pub const TOPICS: [&str; 3] = ["lobby", "room:1", "<é\u{2028}>"];
pub const MEMBERS: [&str; 5] = ["a", "b", "c", "d", "\"&é"];
pub const SESSIONS: [&str; 3] = ["s1", "s2", "s3"];
pub const METAS: [&str; 4] = [
    "{}",
    r#"{"n":1}"#,
    r#"{"n":2}"#,
    r#"{"s":"\u003c/script\u003e 24 bytes and more"}"#,
];

/// One call, after some time has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Milliseconds that pass before the call.
    pub wait: u32,
    pub call: Call,
    /// Whether lists and counts are read afterwards, which sweeps.
    pub look: bool,
}

/// What is done; members and the like are indices into the lists above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    Join {
        topic: u8,
        member: u8,
        session: u8,
        meta: Option<u8>,
        ttl: u32,
    },
    Touch {
        topic: u8,
        member: u8,
        session: u8,
    },
    Update {
        topic: u8,
        member: u8,
        session: u8,
        meta: u8,
    },
    Leave {
        topic: u8,
        member: u8,
        session: u8,
        linger: u32,
    },
    Visit {
        topic: u8,
        member: u8,
        ttl: u32,
        slack: u32,
        navigation: bool,
    },
    LeaveAll {
        topic: Option<u8>,
        member: u8,
    },
    Tick {
        force: bool,
        budget: u8,
    },
    /// The ticker runs for so many milliseconds.
    Run {
        ms: u32,
    },
    Snapshot {
        topic: u8,
        sample: bool,
    },
    /// The wall clock is set, by so many milliseconds.
    Wall {
        by: i32,
    },
}

pub fn topic(index: u8) -> &'static str {
    TOPICS[usize::from(index) % TOPICS.len()]
}

pub fn member(index: u8) -> &'static str {
    MEMBERS[usize::from(index) % MEMBERS.len()]
}

pub fn session(index: u8) -> &'static str {
    SESSIONS[usize::from(index) % SESSIONS.len()]
}

pub fn meta(index: u8) -> &'static str {
    METAS[usize::from(index) % METAS.len()]
}
