//! Names and metas of any text: JSON has to say them as they are, and to be safe in a page.

use presence_core::{json, Now, Registry, Settings};
use serde_json::Value;

/// The bytes, cut at zero bytes, are a topic, a member, a session and the text of a meta.
pub fn check(bytes: &[u8]) -> Result<(), String> {
    let mut parts = bytes.split(|&byte| byte == 0).map(String::from_utf8_lossy);
    let mut next = |other: &str| {
        parts
            .next()
            .filter(|text| !text.is_empty())
            .unwrap_or_else(|| other.to_owned().into())
    };
    let (topic, member, session, text) = (next("t"), next("m"), next("s"), next(""));
    let mut quoted = String::new();
    json::string(&mut quoted, &text);
    same("a text", &parsed(&quoted)?, &Value::from(&*text))?;
    shown(&topic, &member, &session, &format!("{{{quoted}:{quoted}}}"))
}

fn shown(topic: &str, member: &str, session: &str, meta: &str) -> Result<(), String> {
    let now = Now {
        mono: 1_000_000_000,
        wall: 1_790_000_000_007,
        slack: 0,
    };
    let mut registry = Registry::new(Settings::default());
    let joined = registry.join(topic, member, session, Some(Some(meta.into())), 1_000, &now);
    if joined != Ok(true) {
        return Ok(()); // over a limit
    }
    let snapshot = registry.snapshot(topic, false, &now);
    let state = parsed(&snapshot.json)?;
    let listed = &state["members"][0];
    same("the topic", &state["topic"], &topic.into())?;
    same("the member", &listed["id"], &member.into())?;
    same("joined_at", &listed["joined_at"], &1_790_000_000.007.into())?;
    same("the meta", &listed["metas"][0], &parsed(meta)?)?;
    for diff in registry.drain() {
        same("the diff's member", &parsed(diff.json())?["joins"][0], listed)?;
        parsed(&diff.sample_json())?;
    }
    let found = (
        registry.is_online(topic, member, &now),
        registry.touch(topic, member, session, &now),
        registry.ids(topic) == [member],
        registry.leave(topic, member, session, 0, &now),
    );
    same("what is found", &found, &(true, true, true, true))
}

/// JSON that ends no `<script>` and breaks no line of JavaScript.
fn parsed(text: &str) -> Result<Value, String> {
    if let Some(unsafe_char) = text.chars().find(|char| "<>&\u{2028}\u{2029}".contains(*char)) {
        return Err(format!("{unsafe_char:?} in {text}"));
    }
    serde_json::from_str(text).map_err(|error| format!("{error}: {text}"))
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, is: &T, should: &T) -> Result<(), String> {
    if is == should {
        return Ok(());
    }
    Err(format!("{what} is {is:?}, and should be {should:?}"))
}
