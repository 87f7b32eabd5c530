use std::fs::File;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicU8, Ordering};

use crate::os::file;
use crate::os::map::Map;
use crate::os::mutex::Mutex;
use crate::{Error, Result};

/// The format of all our files together: raised whenever one of them changes.
pub(crate) const FORMAT: u32 = 1;
const MAGIC: [u8; 8] = *b"presence";
/// Bytes before the slots.
pub(crate) const HEAD: usize = 4096;
/// Slots come into being so many at a time.
const STEP: u64 = 4096;
const TEXT: usize = 448;
/// Values of `retired`: somebody is writing down why; it is written down.
const SAYING: u32 = 2;
const RETIRED: u32 = 1;

/// The first page of the file `live`: what all processes share beside LMDB's file.
#[repr(C)]
pub(crate) struct Page {
    magic: [u8; 8],
    format: AtomicU32,
    /// Set last when a store is made, so that one half made is no store.
    ready: AtomicU32,
    /// Over identity, app and size.
    sum: u64,
    size: u64,
    identity: [u8; TEXT],
    app: [u8; TEXT],
    /// Before LMDB's own lock.
    pub(super) lock: Mutex,
    pub(crate) clock: super::clock::Shared,
    /// Counts whatever somebody may wait for.
    pub(crate) news: AtomicU32,
    /// The last entry of the log that was committed.
    pub(crate) log: AtomicU64,
    /// When somebody has swept last.
    pub(crate) swept: AtomicU64,
    /// Bytes of LMDB's file that have blocks.
    allocated: AtomicU64,
    slots: AtomicU64,
    /// When dead readers were looked for last.
    pub(super) readers: AtomicU64,
    retired: AtomicU32,
    /// Somebody has died with the lock, and what they left undone is still so.
    pub(super) unfinished: AtomicU32,
    /// Why it was retired: whoever sets the files aside says it, which may be another process.
    why: [AtomicU8; TEXT],
}

/// Where a session's heartbeats go.
///
/// A heartbeat is one atomic exchange here. `tag` says whose the slot is: it is written before the
/// session is committed and cleared once its end is, and never given twice. So whoever finds
/// another tag knows that the session is over.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) tag: AtomicU64,
    /// When the session was last heard, in ns; with [`Slot::DEAD`] once it was found to be over.
    pub(crate) heard: AtomicU64,
    /// The same for people, in ms since 1970; above that, how often it was written.
    wall: AtomicU64,
    /// In ms.
    pub(crate) ttl: AtomicU64,
}

impl Slot {
    /// Nobody was heard there yet.
    pub(crate) const NEVER: u64 = 0;
    /// This bit, and not another time: whoever looks after that has to know when it was, too.
    const DEAD: u64 = 1 << 63;
    /// Of `wall`, the bits that are the time: enough for some thousand years.
    const WALL: u32 = 48;

    /// Is it still this session's?
    pub(crate) fn belongs_to(&self, tag: u64) -> bool {
        self.tag.load(Ordering::Acquire) == tag
    }

    /// Notes that somebody was seen, which prolongs nothing.
    pub(crate) fn see(&self, tag: u64, now: &presence_core::Now) {
        if self.belongs_to(tag) && self.heard.fetch_max(now.mono, Ordering::AcqRel) <= now.mono {
            self.note(now.wall);
        }
    }

    /// Notes when its session was heard, for people. Whoever has kept what this has said knows that it was
    /// heard again, even if no time has passed.
    #[inline]
    pub(crate) fn note(&self, wall: u64) {
        let times = (self.wall.load(Ordering::Relaxed) >> Self::WALL) + 1;
        let wall = wall & ((1 << Self::WALL) - 1);
        self.wall.store(times << Self::WALL | wall, Ordering::Relaxed);
    }

    /// What was noted last: the time, and that together with how often.
    #[inline]
    pub(crate) fn noted(&self) -> (u64, u64) {
        let noted = self.wall.load(Ordering::Relaxed);
        (noted & ((1 << Self::WALL) - 1), noted)
    }

    /// When its session was last heard, and whether it was found to be over.
    #[inline]
    pub(crate) fn heard(&self) -> (u64, bool) {
        let heard = self.heard.load(Ordering::Acquire);
        (heard & !Self::DEAD, heard & Self::DEAD != 0)
    }

    /// Is the session of this tag live at `mono`?
    #[inline]
    pub(crate) fn is_live(&self, tag: u64, mono: u64) -> bool {
        let heard = self.heard.load(Ordering::Acquire);
        let ttl = self.ttl.load(Ordering::Relaxed);
        // Last: where it is another's meanwhile, so is what was read before.
        heard & Self::DEAD == 0 && mono < heard + ttl * presence_core::MILLISECOND && self.belongs_to(tag)
    }

    /// The client has spoken, at `now`. Answers whether the session of this tag is live.
    #[inline]
    pub(crate) fn hear(&self, tag: u64, now: &presence_core::Now) -> bool {
        loop {
            let heard = self.heard.load(Ordering::Acquire);
            let live = heard & Self::DEAD == 0
                && now.mono < heard + self.ttl.load(Ordering::Relaxed) * presence_core::MILLISECOND;
            if self.tag.load(Ordering::Acquire) != tag || !live {
                return false;
            }
            // Never backwards: this thread may have been stopped since it has read the clock.
            let next = heard.max(now.mono + now.slack);
            if self
                .heard
                .compare_exchange(heard, next, Ordering::AcqRel, Ordering::Relaxed)
                .is_ok()
            {
                self.note(now.wall);
                // Else it has become another's meanwhile, who was heard later than this.
                return self.tag.load(Ordering::Acquire) == tag;
            }
        }
    }

    /// Ends the session where its time is over at `mono`; answers its deadline, 0 once it is dead.
    /// A heartbeat that comes at the same time wins or loses, but is never half heard.
    pub(crate) fn claim(&self, mono: u64) -> u64 {
        loop {
            let heard = self.heard.load(Ordering::Acquire);
            if heard & Self::DEAD != 0 {
                return 0;
            }
            let deadline = heard + self.ttl.load(Ordering::Relaxed) * presence_core::MILLISECOND;
            if deadline > mono {
                return deadline;
            }
            if self
                .heard
                .compare_exchange(heard, heard | Self::DEAD, Ordering::AcqRel, Ordering::Relaxed)
                .is_ok()
            {
                return 0;
            }
        }
    }
}

/// The file `live`: the page, and after it the slots.
#[derive(Debug)]
pub(crate) struct Live {
    file: File,
    map: Map,
}

impl Live {
    /// Maps the file, which has its first page already.
    pub(crate) fn map(file: File, size: u64) -> Result<Self> {
        // One slot for a hundred bytes is more than fit beside their sessions.
        let len = HEAD + (size / 100) as usize * size_of::<Slot>();
        let map =
            Map::new(&file, len, true).map_err(|error| Error::system("mapping the file \"live\"", &error))?;
        Ok(Self { file, map })
    }

    /// Makes a file that is no store yet: [`Live::ready`] makes it one.
    pub(crate) fn create(file: File, identity: &str, app: &str, size: u64) -> Result<Self> {
        let failed = |error| Error::system("making the file \"live\"", &error);
        file.set_len(0).map_err(failed)?;
        file::extend(&file, 0, HEAD as u64).map_err(failed)?;
        let mut live = Self::map(file, size)?;
        let page = live.map.at::<Page>(0, 1);
        // SAFETY: a new file of zeros, which are values of each field, that nobody else has mapped.
        let page = unsafe { &mut *page };
        page.magic = MAGIC;
        *page.format.get_mut() = FORMAT;
        page.size = size;
        page.identity = fixed(identity);
        page.app = fixed(app);
        page.sum = page.sum();
        live.reset_lock()?;
        Ok(live)
    }

    /// The lock begins anew, since nobody can have it.
    pub(crate) fn reset_lock(&mut self) -> Result<()> {
        // SAFETY: called only where no other process has the file open.
        unsafe { self.page().lock.init() }
            .map_err(|error| Error::system("making the lock between processes", &error))?;
        self.page().retired.store(0, Ordering::Relaxed);
        Ok(())
    }

    pub(crate) fn ready(&self) {
        self.page().ready.store(1, Ordering::Release);
    }

    #[inline]
    pub(crate) fn page(&self) -> &Page {
        // SAFETY: the mapping has a page, whose fields are atomic or never change once it is ready.
        unsafe { &*self.map.at::<Page>(0, 1) }
    }

    /// A slot, if there is one of that number.
    #[inline]
    pub(crate) fn slot(&self, number: u32) -> Option<&Slot> {
        if u64::from(number) >= self.page().slots.load(Ordering::Acquire) {
            return None;
        }
        // SAFETY: within the mapping; the file reaches so far before the number of slots says so.
        Some(unsafe { &*self.map.at::<Slot>(HEAD + number as usize * size_of::<Slot>(), 1) })
    }

    /// Sees to it that a slot exists. Only while we have the lock.
    pub(crate) fn make_slot(&self, number: u32) -> Result<&Slot> {
        let have = self.page().slots.load(Ordering::Relaxed);
        if u64::from(number) >= have {
            let most = ((self.map.len() - HEAD) / size_of::<Slot>()) as u64;
            let want = (have + STEP.max(have / 8)).min(most);
            if u64::from(number) >= want {
                return Err(Error::Full(format!(
                    "the shared store is full: it has room for {most} sessions; give config.store a larger size:"
                )));
            }
            file::extend(&self.file, slots_end(have), slots_end(want))
                .map_err(|error| Error::Full(format!("making room for more sessions: {error}")))?;
            self.page().slots.store(want, Ordering::Release);
        }
        self.slot(number).ok_or(Error::Retired)
    }

    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    pub(crate) fn bytes(&self) -> u64 {
        slots_end(self.page().slots.load(Ordering::Relaxed))
    }

    pub(crate) fn size(&self) -> u64 {
        self.page().size
    }

    /// Lets it grow to another size. Only while nobody else has it open.
    pub(crate) fn resize(self, size: u64) -> Result<Self> {
        let page = self.map.at::<Page>(0, 1);
        // SAFETY: nobody else has the file open, and `self` is the only reference.
        let page = unsafe { &mut *page };
        page.size = size;
        page.sum = page.sum();
        Self::map(self.file, size)
    }

    pub(crate) fn allocated(&self) -> u64 {
        self.page().allocated.load(Ordering::Relaxed)
    }

    pub(crate) fn set_allocated(&self, bytes: u64) {
        self.page().allocated.store(bytes, Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn retired(&self) -> bool {
        self.page().retired.load(Ordering::Relaxed) != 0
    }

    /// Tells every process that these files are over. The first one to do so says why.
    pub(crate) fn retire(&self, why: &str) {
        let page = self.page();
        let claim = page
            .retired
            .compare_exchange(0, SAYING, Ordering::Relaxed, Ordering::Relaxed);
        if claim.is_err() {
            return;
        }
        for (to, byte) in page.why.iter().zip(fixed(why)) {
            to.store(byte, Ordering::Relaxed);
        }
        page.retired.store(RETIRED, Ordering::Release);
    }
}

impl Page {
    /// What is in a file that others have made; its app where it can be told at all.
    pub(crate) fn read(file: &File) -> std::io::Result<Option<Known>> {
        let mut bytes = vec![0; HEAD];
        let read = std::os::unix::fs::FileExt::read_at(file, &mut bytes, 0)?;
        if read < HEAD || bytes[..8] != MAGIC {
            return Ok(None);
        }
        // SAFETY: a copy of our own, long enough and aligned by the read below; any bytes are values
        // of these fields.
        let page = unsafe { std::ptr::read_unaligned(bytes.as_ptr().cast::<std::mem::MaybeUninit<Page>>()) };
        // SAFETY: as above.
        let page = unsafe { page.assume_init() };
        if page.sum != page.sum() || page.ready.into_inner() != 1 {
            return Ok(None);
        }
        Ok(Some(Known {
            format: page.format.into_inner(),
            identity: text(&page.identity),
            app: text(&page.app),
            size: page.size,
            retired: match page.retired.into_inner() {
                0 => None,
                RETIRED => Some(text(&page.why.map(AtomicU8::into_inner))),
                _ => Some("was found to be damaged".into()),
            },
            slots: page.slots.into_inner(),
        }))
    }

    fn sum(&self) -> u64 {
        // FNV-1a: against noise and half written pages, not against anybody who may write here.
        let mut sum = 0xcbf2_9ce4_8422_2325_u64;
        let size = self.size.to_le_bytes();
        for &byte in self.identity.iter().chain(&self.app).chain(&size) {
            sum = (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        sum
    }
}

/// What the first page of an existing file says.
pub(crate) struct Known {
    pub(crate) format: u32,
    pub(crate) identity: String,
    pub(crate) app: String,
    pub(crate) size: u64,
    /// Why somebody has given it up.
    pub(crate) retired: Option<String>,
    pub(crate) slots: u64,
}

/// Where in the file so many slots end.
pub(crate) fn slots_end(slots: u64) -> u64 {
    HEAD as u64 + slots * size_of::<Slot>() as u64
}

fn fixed(text: &str) -> [u8; TEXT] {
    let mut bytes = [0; TEXT];
    let len = text.len().min(TEXT);
    bytes[..len].copy_from_slice(&text.as_bytes()[..len]);
    bytes
}

fn text(bytes: &[u8; TEXT]) -> String {
    let len = bytes.iter().position(|&byte| byte == 0).unwrap_or(TEXT);
    String::from_utf8_lossy(&bytes[..len]).into_owned()
}

const _: () = assert!(size_of::<Page>() <= HEAD && size_of::<Slot>() == 32);
