use std::fmt::Write;

/// A random token of 16 hex digits for one life of a topic.
///
/// It is asked from the operating system each time, so that a forked child, which has inherited
/// all our memory, can never repeat what its parent hands out.
#[must_use]
pub fn random() -> Box<str> {
    let mut bytes = [0_u8; 8];
    if getrandom::fill(&mut bytes).is_err() {
        // No entropy source at all: hashbrown's and ahash's seeds are random for each process
        // and hasher, and the address of a fresh allocation adds to them.
        let fallback = ahash::RandomState::new().hash_one(std::process::id());
        bytes = fallback.to_ne_bytes();
    }
    let mut text = String::with_capacity(16);
    for byte in bytes {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text.into_boxed_str()
}

#[cfg(test)]
mod tests {
    #[test]
    fn two_epochs_differ() {
        assert_ne!(super::random(), super::random());
        assert_eq!(super::random().len(), 16);
    }
}
