use magnus::{Error, RHash, Ruby, TryConvert};
use presence_core::{Limits, Settings};

fn get<T: TryConvert>(ruby: &Ruby, hash: RHash, key: &str) -> Result<T, Error> {
    hash.fetch(ruby.to_symbol(key))
}

/// Times come as integer nanoseconds; Ruby has checked every value.
pub(crate) fn read(ruby: &Ruby, hash: RHash) -> Result<Settings, Error> {
    Ok(Settings {
        limits: Limits {
            max_member_bytes: get(ruby, hash, "max_member_bytes")?,
            max_sessions_per_member: get(ruby, hash, "max_sessions_per_member")?,
            max_members_per_topic: get(ruby, hash, "max_members_per_topic")?,
            max_topics: get(ruby, hash, "max_topics")?,
        },
        coalesce: get(ruby, hash, "coalesce")?,
        max_coalesce: get(ruby, hash, "max_coalesce")?,
        sweep_interval: get(ruby, hash, "sweep_interval")?,
        list_limit: get(ruby, hash, "list_limit")?,
        heartbeat: get(ruby, hash, "heartbeat")?,
        last_seen_for: get(ruby, hash, "last_seen_for")?,
        last_seen_limit: get(ruby, hash, "last_seen_limit")?,
    })
}
