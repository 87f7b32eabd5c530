use presence_core::Reason;

/// A session as the model knows it; times in ms.
#[derive(Clone, Debug)]
pub struct Session {
    pub token: &'static str,
    pub meta: &'static str,
    pub ttl: u64,
    /// Live before this moment.
    pub until: u64,
}

/// What keeps somebody online who has no live session.
#[derive(Clone, Debug)]
pub struct Place {
    pub token: Option<&'static str>,
    pub meta: &'static str,
    /// Until when the closed session lingers.
    pub lingers: u64,
    /// Until when page requests keep the place.
    pub requested: u64,
}

impl Place {
    pub fn until(&self) -> u64 {
        self.lingers.max(self.requested)
    }
}

/// Somebody on a topic. Nothing clever: a list of sessions, and a place that may wait behind them.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: &'static str,
    pub joined_at: u64,
    pub sessions: Vec<Session>,
    pub place: Option<Place>,
}

/// What others see of somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub id: String,
    pub joined_at: u64,
    pub metas: String,
    pub sessions: usize,
}

impl Person {
    pub fn new(id: &'static str, joined_at: u64) -> Self {
        Self {
            id,
            joined_at,
            sessions: Vec::new(),
            place: None,
        }
    }

    pub fn online(&self) -> bool {
        !self.sessions.is_empty() || self.place.is_some()
    }

    pub fn session(&mut self, token: &str) -> Option<&mut Session> {
        self.sessions.iter_mut().find(|session| session.token == token)
    }

    /// When something of theirs is over next.
    pub fn next_end(&self) -> Option<u64> {
        let sessions = self.sessions.iter().map(|session| session.until);
        sessions.chain(self.place.as_ref().map(Place::until)).min()
    }

    /// Ends what is over at exactly this moment, and nothing was over before it. Answers why they
    /// are offline now, if they are.
    pub fn end_at(&mut self, moment: u64) -> Option<Reason> {
        let over: Vec<Session> = self
            .sessions
            .iter()
            .filter(|it| it.until <= moment)
            .cloned()
            .collect();
        self.sessions.retain(|it| it.until > moment);
        let place_over = self.place.as_ref().is_some_and(|place| place.until() <= moment);
        if place_over {
            self.place = None;
        }
        if self.online() && !over.is_empty() && self.sessions.is_empty() {
            // The page that was requested takes over, and shows what the last session showed.
            let last = over.last().unwrap();
            let place = self.place.as_mut().unwrap();
            place.token = Some(last.token);
            place.meta = last.meta;
        }
        match (self.online(), over.is_empty()) {
            (true, _) => None,
            (false, false) => Some(Reason::Expired),
            (false, true) => Some(Reason::Left),
        }
    }

    pub fn bytes(&self) -> usize {
        self.sessions.iter().map(|session| session.meta.len()).sum()
    }

    pub fn seen(&self) -> Seen {
        let mut metas: Vec<&str> = self.sessions.iter().map(|session| session.meta).collect();
        if let (true, Some(place)) = (metas.is_empty(), &self.place) {
            metas.push(place.meta);
        }
        Seen {
            id: self.id.to_owned(),
            joined_at: self.joined_at,
            metas: format!("[{}]", metas.join(",")),
            sessions: self.sessions.len(),
        }
    }
}
