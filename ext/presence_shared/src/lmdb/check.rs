//! Is this file what LMDB has left? LMDB trusts what it reads: noise in a page can make it read
//! anywhere and crash the process. So before the first process opens a file that others have left,
//! every page of it is looked at here, with all bounds checked, in about a millisecond for 10 MB.
//!
//! The layout is that of data version 1 on a 64-bit machine (`struct MDB_meta`, `MDB_page`,
//! `MDB_node` in mdb.c).

const HEADER: usize = 16;
const META: usize = 8 + 8 + 8 + 48 + 48 + 8 + 8;
const MAGIC: u32 = 0xBEEF_C0DE;
const VERSION: u32 = 1;
const BRANCH: u16 = 1;
const LEAF: u16 = 2;
const OVERFLOW: u16 = 4;
const META_PAGE: u16 = 8;
const BIG: u16 = 1;
const NO_PAGE: u64 = u64::MAX;
/// As deep as LMDB's own cursors.
const DEPTH: u16 = 32;

type Found<T> = Result<T, String>;

/// Checks a whole file; answers what is wrong with it.
pub(crate) fn file(bytes: &[u8]) -> Found<()> {
    if !cfg!(all(target_pointer_width = "64", target_endian = "little")) {
        return Ok(()); // another layout: LMDB's own checks have to do
    }
    let first = meta(bytes, 0)?;
    let second = meta(bytes, first.page_size)?;
    let meta = if second.txn > first.txn { second } else { first };
    let pages = meta.last_page + 1;
    if pages < 2 || pages.saturating_mul(meta.page_size as u64) > bytes.len() as u64 {
        let len = bytes.len();
        return Err(format!("it has {len} bytes, too few for its {pages} pages"));
    }
    let mut walk = Walk {
        bytes,
        size: meta.page_size,
        seen: vec![0; (pages as usize).div_ceil(64)],
        pages,
        free: Vec::new(),
    };
    walk.take(0)?;
    walk.take(1)?;
    walk.tree(&meta.free, true)?;
    walk.tree(&meta.main, false)?;
    for page in std::mem::take(&mut walk.free) {
        walk.take(page)?;
    }
    Ok(())
}

struct Meta {
    page_size: usize,
    free: Tree,
    main: Tree,
    last_page: u64,
    txn: u64,
}

struct Tree {
    depth: u16,
    root: u64,
}

fn meta(bytes: &[u8], at: usize) -> Found<Meta> {
    let short = || "it has no header".to_string();
    let page = bytes.get(at..at + HEADER + META).ok_or_else(short)?;
    let body = &page[HEADER..];
    if u16_at(page, 10) & META_PAGE == 0 || u32_at(body, 0) != MAGIC || u32_at(body, 4) != VERSION {
        return Err("its header is not one".into());
    }
    let page_size = u32_at(body, 24) as usize;
    if !(256..=65_536).contains(&page_size) || !page_size.is_power_of_two() {
        return Err(format!("its pages have {page_size} bytes"));
    }
    let tree = |at: usize| Tree {
        depth: u16_at(body, at + 6),
        root: u64_at(body, at + 40),
    };
    Ok(Meta {
        page_size,
        free: tree(24),
        main: tree(72),
        last_page: u64_at(body, 120),
        txn: u64_at(body, 128),
    })
}

struct Walk<'a> {
    bytes: &'a [u8],
    size: usize,
    seen: Vec<u64>,
    pages: u64,
    free: Vec<u64>,
}

impl Walk<'_> {
    /// Each page belongs to one thing.
    fn take(&mut self, page: u64) -> Found<()> {
        if page >= self.pages {
            return Err(format!("it refers to page {page} of {}", self.pages));
        }
        let bit = 1 << (page % 64);
        let word = &mut self.seen[(page / 64) as usize];
        if *word & bit != 0 {
            return Err(format!("page {page} is in two places"));
        }
        *word |= bit;
        Ok(())
    }

    fn page(&mut self, number: u64) -> Found<&[u8]> {
        self.take(number)?;
        let start = number as usize * self.size;
        let page = &self.bytes[start..start + self.size];
        if u64_at(page, 0) != number {
            return Err(format!("page {number} is another one's"));
        }
        Ok(page)
    }

    fn tree(&mut self, tree: &Tree, free: bool) -> Found<()> {
        match (tree.root, tree.depth) {
            (NO_PAGE, _) => Ok(()),
            (root, 1..=DEPTH) => self.node_page(root, tree.depth, free),
            (_, depth) => Err(format!("it has a tree of {depth} levels")),
        }
    }

    fn node_page(&mut self, number: u64, depth: u16, free: bool) -> Found<()> {
        let size = self.size;
        let page = self.page(number)?.to_vec();
        let wrong = |what: &str| Err(format!("page {number} {what}"));
        let kind = u16_at(&page, 10) & 0x6f;
        if kind != if depth == 1 { LEAF } else { BRANCH } {
            return wrong("is of another kind than its tree says");
        }
        let (lower, upper) = (usize::from(u16_at(&page, 12)), usize::from(u16_at(&page, 14)));
        if lower < HEADER || lower > upper || upper > size || lower % 2 != 0 {
            return wrong("has impossible bounds");
        }
        let count = (lower - HEADER) / 2;
        if count == 0 || (depth > 1 && count < 2) {
            return wrong("has too few entries");
        }
        let mut before: Option<&[u8]> = None;
        for i in 0..count {
            let at = usize::from(u16_at(&page, HEADER + 2 * i));
            if at < upper || at % 2 != 0 || at + 8 > size {
                return wrong("has an entry outside");
            }
            let (flags, key_len) = (u16_at(&page, at + 4), usize::from(u16_at(&page, at + 6)));
            let Some(key) = page.get(at + 8..at + 8 + key_len) else {
                return wrong("has a key outside");
            };
            if depth > 1 {
                let child = u64::from(u32_at(&page, at)) | u64::from(flags) << 32;
                self.node_page(child, depth - 1, free)?;
                if i == 0 {
                    continue; // the first key of a branch stands for everything below
                }
            } else {
                self.leaf_value(&page, at + 8 + key_len, (u32_at(&page, at), flags), free)?;
            }
            if !free && before.is_some_and(|before| before >= key) {
                return wrong("is out of order");
            }
            before = Some(key);
        }
        Ok(())
    }

    fn leaf_value(&mut self, page: &[u8], at: usize, (len, flags): (u32, u16), free: bool) -> Found<()> {
        let len = len as usize;
        let outside = || "an entry lies outside of its page".to_string();
        match flags {
            0 => {
                let value = page.get(at..at + len).ok_or_else(outside)?;
                if free {
                    self.free_list(value)
                } else {
                    Ok(())
                }
            }
            BIG => {
                let number = u64_at(page.get(at..at + 8).ok_or_else(outside)?, 0);
                let pages = (HEADER - 1 + len) / self.size + 1;
                let first = self.page(number)?;
                if u16_at(first, 10) & 0x6f != OVERFLOW || u32_at(first, 12) as usize != pages {
                    return Err(format!("page {number} does not begin a large value"));
                }
                for next in 1..pages as u64 {
                    self.take(number + next)?;
                }
                let start = number as usize * self.size + HEADER;
                let bytes = self.bytes;
                if free {
                    self.free_list(&bytes[start..start + len])
                } else {
                    Ok(())
                }
            }
            flags => Err(format!("it has an entry with flags {flags}")),
        }
    }

    /// A list of free pages: how many, then they themselves.
    fn free_list(&mut self, value: &[u8]) -> Found<()> {
        let room = (value.len() / 8).saturating_sub(1) as u64;
        let count = if value.len() < 8 {
            u64::MAX
        } else {
            u64_at(value, 0)
        };
        if count > room {
            return Err("its list of free pages is cut".into());
        }
        let pages = value[8..8 + count as usize * 8].chunks_exact(8);
        self.free.extend(pages.map(|page| u64_at(page, 0)));
        Ok(())
    }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}
