use super::session::Session;
use super::Meta;

/// What keeps a member online without a live session: a session that lingers, or page requests.
/// Beside live sessions it waits for the last of them to close.
#[derive(Clone, Debug)]
pub struct Place {
    /// Monotonic nanoseconds.
    pub until: u64,
    /// Until when the session that closed lingers by itself; page requests may keep it longer.
    pub lingers_until: u64,
    /// The session that closed, if any.
    pub token: Option<Box<str>>,
    /// What the member shows meanwhile.
    pub meta: Meta,
}

impl Place {
    /// The place that a page request alone keeps.
    pub(crate) fn request(until: u64) -> Box<Self> {
        Box::new(Self {
            until,
            lingers_until: 0,
            token: None,
            meta: None,
        })
    }

    /// The place of a session that has closed: until `lingers_until`, or for as long as a page
    /// request after it (`waiting`) keeps it, whichever is later.
    pub(crate) fn after(session: Session, lingers_until: u64, waiting: Option<Box<Self>>) -> Box<Self> {
        let requested = waiting.map_or(0, |place| place.until);
        Box::new(Self {
            until: lingers_until.max(requested),
            lingers_until,
            token: Some(session.token.as_str().into()),
            meta: session.meta,
        })
    }

    pub(crate) fn of(&self, token: &str) -> bool {
        self.token.as_deref() == Some(token)
    }
}
