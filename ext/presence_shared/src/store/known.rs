use hashbrown::HashMap;

/// Slots that were looked up in the tree once, by a hash of the names that is wide enough for no two to
/// be the same. A slot says itself whether it is still theirs, so nothing here is ever wrong, only old.
#[derive(Debug)]
pub(super) struct Known {
    slots: HashMap<u128, (u32, u64), Plain>,
    hashers: [ahash::RandomState; 2],
    /// So many are known at most; then they are looked up anew.
    most: usize,
}

impl Known {
    pub(super) fn new(most: usize) -> Self {
        Self {
            slots: HashMap::default(),
            hashers: [ahash::RandomState::new(), ahash::RandomState::new()],
            most,
        }
    }

    #[inline]
    pub(super) fn key(&self, names: impl std::hash::Hash) -> u128 {
        let [first, second] = &self.hashers;
        u128::from(first.hash_one(&names)) << 64 | u128::from(second.hash_one(&names))
    }

    /// The number of a slot and its tag.
    #[inline]
    pub(super) fn get(&self, key: u128) -> Option<(u32, u64)> {
        self.slots.get(&key).copied()
    }

    pub(super) fn put(&mut self, key: u128, slot: (u32, u64)) {
        if self.slots.len() >= self.most {
            self.clear();
        }
        self.slots.insert(key, slot);
    }

    pub(super) fn forget(&mut self, key: u128) {
        self.slots.remove(&key);
    }

    pub(super) fn clear(&mut self) {
        self.slots = HashMap::default();
    }
}

/// The keys are hashes already.
#[derive(Clone, Copy, Debug, Default)]
struct Plain(u64);

impl std::hash::BuildHasher for Plain {
    type Hasher = Self;

    fn build_hasher(&self) -> Self {
        Self(0)
    }
}

impl std::hash::Hasher for Plain {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {}

    fn write_u128(&mut self, value: u128) {
        self.0 = value as u64;
    }
}
