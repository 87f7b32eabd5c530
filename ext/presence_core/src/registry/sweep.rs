use super::Registry;
use crate::index::Key;
use crate::now::Now;

impl Registry {
    /// Forgets what is over, at most `budget` members of it. Answers whether all is done.
    pub fn sweep(&mut self, now: &Now, budget: usize) -> bool {
        let mut left = budget;
        while let Some(index) = self.wheel.pop(&mut self.slots, now.mono) {
            let slot = &self.slots[index];
            let (at, key) = (slot.topic, Key::of(&slot.id, &self.hasher));
            let place = self.topics[at].members.find_slot(key, &self.hasher, index);
            debug_assert!(place.is_some(), "slot {index} has no line");
            if let Some(place) = place {
                self.change((at, place), now, |it| it.prune(now.mono));
            }
            left -= 1;
            if left == 0 {
                return false;
            }
        }
        true
    }

    /// When the ticker should be back, in nanoseconds of `now.mono`'s clock; `None` when there is
    /// nothing to wait for. From here on, what is due earlier sets [`Registry::take_wake`].
    pub fn next_tick(&mut self, now: &Now) -> Option<u64> {
        let publish = self.due.peek().map(|next| next.0 .0);
        let idle = self.slots.len() == 0;
        // Expiries are gathered: many due at different moments cost one sweep.
        let gathered = self.last_sweep + self.settings.sweep_interval / 2;
        let expiry = self.wheel.next_check().max(gathered);
        // Never away for longer than this, so that a stall of the process is noticed.
        let beat = now.mono + self.settings.sweep_interval.min(1_000_000_000);
        let next = match (publish, idle) {
            _ if !self.outbox.is_empty() => now.mono,
            (None, true) => {
                self.wake_at = u64::MAX;
                return None;
            }
            (Some(publish), _) => publish.min(expiry).min(beat),
            (None, false) => expiry.min(beat),
        };
        self.wake_at = next;
        Some(next)
    }
}
