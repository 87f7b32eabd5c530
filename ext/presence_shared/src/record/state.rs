use super::bytes::{Reader, Writer};
use crate::Result;

/// Counters of the whole store, and slots that are free.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    /// Topics that have members.
    pub(crate) active: u64,
    /// The number of the last topic made.
    pub(crate) topic: u64,
    /// Counts changes, and those who left.
    pub(crate) order: u64,
    /// The last tag given to a session.
    pub(crate) tag: u64,
    /// The log has the entries after `log_first` up to and with `log_last`, of so many bytes.
    pub(crate) log_first: u64,
    pub(crate) log_last: u64,
    pub(crate) log_bytes: u64,
    /// How many were sent away, as far as that is remembered.
    pub(crate) revoked: u64,
    /// Of how many it is remembered when they were last seen.
    pub(crate) left: u64,
    /// Slots from this number on were never used.
    pub(crate) slots: u32,
    /// Blocks of free slots that are kept elsewhere.
    pub(crate) blocks: u64,
    pub(crate) free: Vec<u32>,
}

impl State {
    /// So many free slots are a block.
    pub(crate) const BLOCK: usize = 64;

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Writer::with_capacity(96 + 4 * self.free.len());
        for number in self.numbers() {
            out.u64(number);
        }
        out.u32(self.slots);
        write_block(&mut out, &self.free);
        out.0
    }

    fn numbers(&self) -> [u64; 10] {
        [
            self.active,
            self.topic,
            self.order,
            self.tag,
            self.log_first,
            self.log_last,
            self.log_bytes,
            self.revoked,
            self.left,
            self.blocks,
        ]
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self> {
        let mut input = Reader::new(bytes);
        Ok(Self {
            active: input.u64()?,
            topic: input.u64()?,
            order: input.u64()?,
            tag: input.u64()?,
            log_first: input.u64()?,
            log_last: input.u64()?,
            log_bytes: input.u64()?,
            revoked: input.u64()?,
            left: input.u64()?,
            blocks: input.u64()?,
            slots: input.u32()?,
            free: read_block(&mut input)?,
        })
    }

    pub(crate) fn encode_block(block: &[u32]) -> Vec<u8> {
        let mut out = Writer::default();
        write_block(&mut out, block);
        out.0
    }

    pub(crate) fn decode_block(bytes: &[u8]) -> Result<Vec<u32>> {
        read_block(&mut Reader::new(bytes))
    }
}

fn write_block(out: &mut Writer, block: &[u32]) {
    out.u16(block.len() as u16);
    block.iter().for_each(|&number| out.u32(number));
}

fn read_block(input: &mut Reader<'_>) -> Result<Vec<u32>> {
    (0..input.u16()?).map(|_| input.u32()).collect()
}
