use crate::slots::Slots;

const SLOTS: usize = 4096;
const SHIFT: u32 = 24; // a slot is 2^24 ns, about 17 ms; the wheel spans 69 s
const WORDS: usize = SLOTS / 64;
/// Not linked, or the end of a list.
pub(crate) const NONE: u32 = u32::MAX;
const UNLINKED: u16 = u16::MAX;

/// Where an entry hangs in the wheel.
#[derive(Clone, Copy, Debug)]
pub struct Links {
    prev: u32,
    next: u32,
    slot: u16,
    due: u64,
}

impl Default for Links {
    fn default() -> Self {
        Self {
            prev: NONE,
            next: NONE,
            slot: UNLINKED,
            due: 0,
        }
    }
}

/// What hangs in the wheel lends it its links.
pub(crate) trait Linked {
    fn links(&self) -> &Links;
    fn links_mut(&mut self) -> &mut Links;
}

/// A timing wheel of intrusive lists (after Varghese and Lauck, "Hashed and hierarchical timing
/// wheels"), made lazy: who is prolonged stays where they hang and is only moved when that slot
/// comes up, so that a heartbeat writes nothing but its own deadline.
#[derive(Debug)]
pub struct Wheel {
    heads: Box<[u32]>,
    /// What is left of the slot that is being looked at. Its entries still name that slot, so that
    /// the list is taken over in one step, however long it is.
    work: u32,
    filled: [u64; WORDS],
    cursor: u64,
    /// Nothing is due before this moment.
    next_check: u64,
    /// The next slot to look at, counted from the beginning of time, while a sweep is under way.
    sweeping: Option<u64>,
}

impl Wheel {
    pub(crate) fn new() -> Self {
        Self {
            heads: vec![NONE; SLOTS].into_boxed_slice(),
            work: NONE,
            filled: [0; WORDS],
            cursor: 0,
            next_check: u64::MAX,
            sweeping: None,
        }
    }

    /// Nothing is due before this; `u64::MAX` when the wheel is empty.
    pub(crate) fn next_check(&self) -> u64 {
        self.next_check
    }

    /// Sees to it that `index` is looked at no later than at `due`.
    pub(crate) fn schedule<T: Linked>(&mut self, slots: &mut Slots<T>, index: u32, due: u64, now: u64) {
        let links = *slots[index].links();
        if links.slot != UNLINKED {
            if links.due <= due {
                return;
            }
            self.unlink(slots, index);
        }
        if self.next_check == u64::MAX && self.sweeping.is_none() {
            // Empty: start where time is, not where it was when the last one left.
            self.cursor = self.cursor.max(now >> SHIFT);
        }
        // What is further off than the wheel spans waits in its last slot and is moved on then.
        let tick = (due >> SHIFT).clamp(self.cursor, self.cursor + SLOTS as u64 - 1);
        let due = if tick == due >> SHIFT {
            due
        } else {
            due.min(tick << SHIFT)
        };
        self.link(slots, index, (tick % SLOTS as u64) as u16, due);
        self.next_check = self.next_check.min(due);
    }

    pub(crate) fn unlink<T: Linked>(&mut self, slots: &mut Slots<T>, index: u32) {
        let links = std::mem::take(slots[index].links_mut());
        if links.slot == UNLINKED {
            return;
        }
        if links.prev != NONE {
            slots[links.prev].links_mut().next = links.next;
        } else if self.heads[usize::from(links.slot)] == index {
            self.heads[usize::from(links.slot)] = links.next;
            if links.next == NONE {
                self.filled[usize::from(links.slot) / 64] &= !(1 << (links.slot % 64));
            }
        } else {
            self.work = links.next; // the first of a slot that is being looked at
        }
        if links.next != NONE {
            slots[links.next].links_mut().prev = links.prev;
        }
    }

    /// The next entry to look at whose slot has come up by `now`; it is unlinked, and the caller
    /// schedules it again where it is not over. `None` once all were looked at.
    pub(crate) fn pop<T: Linked>(&mut self, slots: &mut Slots<T>, now: u64) -> Option<u32> {
        loop {
            if self.work != NONE {
                let index = self.work;
                self.unlink(slots, index);
                return Some(index);
            }
            match self.sweeping {
                None if now < self.next_check => return None,
                None => self.begin(now),
                Some(ref mut at) if *at > self.cursor => {
                    // Done; there may be more, as time went on meanwhile.
                    self.sweeping = None;
                    self.next_check = self.first_due(slots);
                }
                Some(_) => self.next_slot(),
            }
        }
    }

    /// Begins a sweep of all slots up to `now`'s. From here on entries are scheduled after it.
    fn begin(&mut self, now: u64) {
        let target = (now >> SHIFT).max(self.cursor);
        // More than a whole turn shows nothing new.
        let first = self.cursor.max((target + 1).saturating_sub(SLOTS as u64));
        self.cursor = target;
        self.sweeping = Some(first);
    }

    /// Takes the whole list of the next slot that has one, in one step.
    fn next_slot(&mut self) {
        let Some(at) = self.sweeping else { return };
        let slot = (at % SLOTS as u64) as usize;
        let word = self.filled[slot / 64] >> (slot % 64);
        if word == 0 {
            self.sweeping = Some(at + 64 - slot as u64 % 64);
            return;
        }
        let at = at + u64::from(word.trailing_zeros());
        self.sweeping = Some(at + 1);
        if at <= self.cursor {
            let slot = (at % SLOTS as u64) as usize;
            self.work = std::mem::replace(&mut self.heads[slot], NONE);
            self.filled[slot / 64] &= !(1 << (slot % 64));
        }
    }

    fn link<T: Linked>(&mut self, slots: &mut Slots<T>, index: u32, slot: u16, due: u64) {
        let next = self.heads[usize::from(slot)];
        *slots[index].links_mut() = Links {
            prev: NONE,
            next,
            slot,
            due,
        };
        if next != NONE {
            slots[next].links_mut().prev = index;
        }
        self.heads[usize::from(slot)] = index;
        self.filled[usize::from(slot) / 64] |= 1 << (slot % 64);
    }

    /// The first moment that something may be due: exact in the slot of the present, else the
    /// beginning of the next slot that has anybody.
    fn first_due<T: Linked>(&self, slots: &Slots<T>) -> u64 {
        let first = (self.cursor % SLOTS as u64) as usize;
        let mut index = self.heads[first];
        let mut due = u64::MAX;
        while index != NONE {
            due = due.min(slots[index].links().due);
            index = slots[index].links().next;
        }
        if due != u64::MAX {
            return due;
        }
        let mut step = 1;
        while step < SLOTS {
            let slot = (first + step) % SLOTS;
            let word = self.filled[slot / 64] >> (slot % 64);
            if word != 0 {
                step += word.trailing_zeros() as usize;
                if step < SLOTS {
                    return (self.cursor + step as u64) << SHIFT;
                }
                break;
            }
            step += 64 - slot % 64;
        }
        u64::MAX
    }
}
