//! A history in the words of the public Ruby API, for people to read and to paste.

use std::fmt;

use super::step::{member, meta, session, topic, Call};
use super::{History, Rules, Step};

fn seconds(ms: u32) -> String {
    let text = format!("{}.{:03}", ms / 1_000, ms % 1_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The JSON text of a meta as a Ruby Hash with String keys.
fn hash(index: u8) -> String {
    meta(index).replace("\":", "\" => ")
}

impl fmt::Display for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let default = Rules::default();
        write!(f, "registry = PresenceRs::Registry.new(")?;
        if self.coalesce != default.coalesce || self.max_coalesce != default.max_coalesce {
            write!(f, "coalesce: {}, ", seconds(self.coalesce as u32))?;
            write!(f, "max_coalesce: {}, ", seconds(self.max_coalesce as u32))?;
        }
        let numbers = [
            ("list_limit", self.list_limit, default.list_limit),
            (
                "max_members_per_topic",
                self.max_members_per_topic,
                default.max_members_per_topic,
            ),
            ("max_topics", self.max_topics, default.max_topics),
            (
                "max_sessions_per_member",
                self.max_sessions_per_member,
                default.max_sessions_per_member,
            ),
            (
                "max_member_bytes",
                self.max_member_bytes,
                default.max_member_bytes,
            ),
        ];
        for (name, value, usual) in numbers {
            if value != usual {
                write!(f, "{name}: {value}, ")?;
            }
        }
        write!(f, "clock: clock = PresenceRs::ManualClock.new)")
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let room = |at: u8| format!("registry[{:?}]", topic(at));
        match *self {
            Self::Join {
                topic,
                member: it,
                session: tab,
                meta,
                ttl,
            } => {
                let meta = meta.map_or_else(|| "nil".to_owned(), hash);
                let (room, id, tab, ttl) = (room(topic), member(it), session(tab), seconds(ttl));
                write!(
                    f,
                    "{room}.join({id:?}, session: {tab:?}, meta: {meta}, ttl: {ttl})"
                )
            }
            Self::Touch {
                topic,
                member: it,
                session: tab,
            } => {
                write!(
                    f,
                    "{}.touch({:?}, session: {:?})",
                    room(topic),
                    member(it),
                    session(tab)
                )
            }
            Self::Update {
                topic,
                member: it,
                session: tab,
                meta,
            } => {
                let (room, id, tab, meta) = (room(topic), member(it), session(tab), hash(meta));
                write!(f, "{room}.update({id:?}, session: {tab:?}, meta: {meta})")
            }
            Self::Leave {
                topic,
                member: it,
                session: tab,
                linger,
            } => {
                write!(
                    f,
                    "{}.leave({:?}, session: {:?}",
                    room(topic),
                    member(it),
                    session(tab)
                )?;
                if linger > 0 {
                    write!(f, ", linger: {}", seconds(linger))?;
                }
                write!(f, ")")
            }
            Self::Visit {
                topic,
                member: it,
                ttl,
                slack,
                navigation,
            } => {
                let (room, id) = (room(topic), member(it));
                write!(f, "{room}.visit({id:?}, navigation: {navigation}) ")?;
                write!(
                    f,
                    "# request_ttl: {}, touch_every: {}",
                    seconds(ttl),
                    seconds(slack)
                )
            }
            Self::LeaveAll {
                topic: Some(topic),
                member: it,
            } => {
                write!(f, "{}.leave_all({:?})", room(topic), member(it))
            }
            Self::LeaveAll {
                topic: None,
                member: it,
            } => write!(f, "registry.leave_all({:?})", member(it)),
            Self::Tick { force: true, .. } => write!(f, "registry.tick"),
            Self::Tick { force: false, budget } => {
                write!(
                    f,
                    "registry.store.tick(false) # as the ticker does, {budget} at a time"
                )
            }
            Self::Run { ms } => write!(f, "sleep {} # while the ticker runs", seconds(ms)),
            Self::Snapshot { topic, sample: false } => write!(f, "{}.snapshot", room(topic)),
            Self::Snapshot { topic, sample: true } => write!(f, "{}.state", room(topic)),
            Self::Wall { by } => write!(f, "clock.time += {}", f64::from(by) / 1_000.0),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.wait > 0 {
            writeln!(f, "clock.advance({})", seconds(self.wait))?;
        }
        writeln!(f, "{}", self.call)?;
        if self.look {
            writeln!(f, "registry.topics.map {{ |name| registry[name].members }}")?;
        }
        Ok(())
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.rules)?;
        self.steps.iter().try_for_each(|step| write!(f, "{step}"))
    }
}

/// What proptest shows of a history that fails.
impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{self}")
    }
}
