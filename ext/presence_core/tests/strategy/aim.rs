//! Waits that end when a life does, or a millisecond before or after it: by chance alone two times
//! hardly ever meet. And now and then one who has joined is heard again right after, and looked at
//! in the last millisecond that this has given them.

use std::collections::HashMap;

use proptest::option;
use proptest::prelude::*;

use crate::history::{Call, Step};

/// Which of the ends to come, the latest made first; and how many ms off it.
pub type Aim = Option<(u8, i8)>;

pub fn aim() -> impl Strategy<Value = Aim> {
    option::weighted(0.2, (0..6_u8, -1..2_i8))
}

/// So many ms after they have joined.
pub type Again = Option<u32>;

pub fn again() -> impl Strategy<Value = Again> {
    option::weighted(0.05, 1..17_u32)
}

/// Puts waits in the place of aims that have something to come, and has those who join heard again.
pub fn aimed(steps: Vec<(Step, Aim, Again)>) -> Vec<Step> {
    let mut course = Course::default();
    let mut aimed = Vec::with_capacity(steps.len());
    for (step, aim, again) in steps {
        aimed.push(course.step(step, aim));
        for step in heard_again(step, again) {
            aimed.push(course.step(step, None));
        }
    }
    aimed
}

fn heard_again(step: Step, again: Again) -> Vec<Step> {
    let (
        Call::Join {
            topic,
            member,
            session,
            ttl,
            ..
        },
        Some(wait),
    ) = (step.call, again)
    else {
        return Vec::new();
    };
    let look = step.look;
    let touch = Call::Touch {
        topic,
        member,
        session,
    };
    let last = Call::Snapshot { topic, sample: false };
    vec![
        Step {
            wait,
            call: touch,
            look,
        },
        Step {
            wait: ttl - 1,
            call: last,
            look,
        },
    ]
}

/// What happens when, as far as the calls alone tell.
#[derive(Default)]
struct Course {
    now: i64,
    /// Ends of lives and of places, those that were put off included.
    ends: Vec<i64>,
    ttls: HashMap<(u8, u8, u8), u32>,
}

impl Course {
    fn step(&mut self, mut step: Step, aim: Aim) -> Step {
        if let Some((which, off)) = aim {
            let to_come: Vec<i64> = self
                .ends
                .iter()
                .rev()
                .copied()
                .filter(|&end| end > self.now)
                .collect();
            if !to_come.is_empty() {
                let end = to_come[usize::from(which) % to_come.len()];
                step.wait = (end - self.now + i64::from(off)) as u32;
            }
        }
        self.now += i64::from(step.wait);
        self.note(step.call);
        step
    }

    fn note(&mut self, call: Call) {
        let lasts = match call {
            Call::Join {
                topic,
                member,
                session,
                ttl,
                ..
            } => {
                self.ttls.insert((topic, member, session), ttl);
                ttl
            }
            Call::Touch {
                topic,
                member,
                session,
            } => match self.ttls.get(&(topic, member, session)) {
                Some(&ttl) => ttl,
                None => return,
            },
            Call::Leave { linger, .. } => linger,
            Call::Visit { ttl, .. } => ttl,
            Call::Run { ms } => {
                self.now += i64::from(ms);
                return;
            }
            _ => return,
        };
        self.ends.push(self.now + i64::from(lasts));
    }
}
