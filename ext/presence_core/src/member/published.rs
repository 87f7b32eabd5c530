/// Why a member left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// They said so, or lingered out.
    Left,
    /// They were not heard from for their ttl.
    Expired,
}

impl Reason {
    /// Its name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Expired => "expired",
        }
    }
}

/// A JSON array of metas. That of one session which shows nothing is the same for all.
pub type Metas = std::borrow::Cow<'static, str>;

/// What others were told of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Milliseconds since 1970.
    pub joined_at: u64,
    /// One object a session, in the order of joins.
    pub metas: Metas,
    /// How many live sessions that was.
    pub sessions: usize,
}

/// Kept from the first visible change after a diff until the next one.
#[derive(Clone, Debug)]
pub struct Pending {
    /// What the last diff said; `None` when they were not there.
    pub published: Option<Published>,
    /// Why they went offline, if they did.
    pub reason: Reason,
}

/// The net change of a member from one diff to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Was not there, is there.
    Join,
    /// Was there as told here, is gone.
    Leave(Published, Reason),
    /// Is there with other metas.
    Update,
}
