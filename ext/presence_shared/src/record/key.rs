//! The keys of the one tree. One tree, since each tree of its own costs every transaction that
//! touches it a page or two more.
//!
//! All but those of the last seen begin with a zero byte and a letter; numbers are big-endian, so
//! that they sort. LMDB's keys have at most 511 bytes, which is just what a topic and a member of
//! 255 bytes each and the length of the first need: so those begin with that length.

/// Counters, free slots: what a transaction needs nearly always.
pub(crate) const STATE: &[u8] = b"\0A";
/// Blocks of free slots that do not fit there.
pub(crate) const FREE: &[u8] = b"\0B";
/// Topics by the time of their next diff, or of their end.
pub(crate) const DUE: &[u8] = b"\0D";
/// What is in the next diff: topic, order.
pub(crate) const CHANGED: &[u8] = b"\0C";
/// The numbers of topics by name.
pub(crate) const NAME: &[u8] = b"\0N";
/// Topics by number.
pub(crate) const TOPIC: &[u8] = b"\0T";
/// Members: topic, id.
pub(crate) const MEMBER: &[u8] = b"\0M";
/// Members by the time at which to look at them: time, topic, id.
pub(crate) const EXPIRY: &[u8] = b"\0E";
/// Diffs and other news, by number.
pub(crate) const LOG: &[u8] = b"\0L";
/// Who was sent away, by number in the log.
pub(crate) const REVOKED: &[u8] = b"\0R";
/// Those last seen, in the order in which they left.
pub(crate) const LEFT: &[u8] = b"\0S";

fn with(prefix: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut key = Vec::with_capacity(2 + parts.iter().map(|part| part.len()).sum::<usize>());
    key.extend_from_slice(prefix);
    parts.iter().for_each(|part| key.extend_from_slice(part));
    key
}

pub(crate) fn name(topic: &str) -> Vec<u8> {
    with(NAME, &[topic.as_bytes()])
}

pub(crate) fn topic(number: u64) -> Vec<u8> {
    with(TOPIC, &[&number.to_be_bytes()])
}

pub(crate) fn member(topic: u64, id: &[u8]) -> Vec<u8> {
    with(MEMBER, &[&topic.to_be_bytes(), id])
}

/// What the keys of all members of a topic begin with.
pub(crate) fn members(topic: u64) -> Vec<u8> {
    member(topic, &[])
}

pub(crate) fn expiry(due: u64, topic: u64, id: &[u8]) -> Vec<u8> {
    with(EXPIRY, &[&due.to_be_bytes(), &topic.to_be_bytes(), id])
}

pub(crate) fn due(at: u64, topic: u64) -> Vec<u8> {
    with(DUE, &[&at.to_be_bytes(), &topic.to_be_bytes()])
}

pub(crate) fn changed(topic: u64, order: u64) -> Vec<u8> {
    with(CHANGED, &[&topic.to_be_bytes(), &order.to_be_bytes()])
}

/// What the keys of all changes of a topic begin with.
pub(crate) fn changes(topic: u64) -> Vec<u8> {
    with(CHANGED, &[&topic.to_be_bytes()])
}

pub(crate) fn log(number: u64) -> Vec<u8> {
    with(LOG, &[&number.to_be_bytes()])
}

pub(crate) fn revoked(number: u64) -> Vec<u8> {
    with(REVOKED, &[&number.to_be_bytes()])
}

pub(crate) fn free(block: u64) -> Vec<u8> {
    with(FREE, &[&block.to_be_bytes()])
}

pub(crate) fn left(order: u64) -> Vec<u8> {
    with(LEFT, &[&order.to_be_bytes()])
}

pub(crate) fn last_seen(topic: &str, member: &str) -> Vec<u8> {
    with(&[topic.len() as u8], &[topic.as_bytes(), member.as_bytes()])
}

/// The number that follows the prefix of a key, and what comes after it.
pub(crate) fn number(key: &[u8]) -> Option<(u64, &[u8])> {
    let (number, rest) = key.get(2..)?.split_first_chunk::<8>()?;
    Some((u64::from_be_bytes(*number), rest))
}

/// The two numbers that follow the prefix of a key, and what comes after them.
pub(crate) fn numbers(key: &[u8]) -> Option<(u64, u64, &[u8])> {
    let (first, rest) = number(key)?;
    let (second, rest) = rest.split_first_chunk::<8>()?;
    Some((first, u64::from_be_bytes(*second), rest))
}
