//! Decompressing: RFC 7692 §7.2.2.

use alloc::boxed::Box;
use alloc::vec::Vec;

use flate2::{Decompress, DecompressError, FlushDecompress, Status};

use super::context::Context;
use super::history::History;
use super::settings::{Deflate, Memory};
use super::{InvalidData, TAIL};

/// Makes messages of payloads, in pieces as large as there is room for: a small payload may stand for a very large message.
///
/// ```
/// use rfc6455::deflate::{Deflate, Inflated};
///
/// let deflate = Deflate::default();
/// let agreement = deflate.accept(&deflate.offers()).ok_or("declined")?;
/// let mut decompressor = agreement.decompressor();
///
/// let mut payload = &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00][..]; // RFC 7692 §7.2.3.1
/// let mut piece = Vec::with_capacity(3);
/// assert_eq!(decompressor.finish(&mut payload, &mut piece)?, Inflated::Full);
/// assert_eq!(piece, b"Hel");
/// piece.clear();
/// assert_eq!(decompressor.finish(&mut payload, &mut piece)?, Inflated::Done);
/// assert_eq!(piece, b"lo");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The work for one byte of input is bounded, by the 1032 bytes that DEFLATE can make of it. A block with BFINAL, which may be
/// empty, costs about as much as 8 KiB that come out, since what went before is kept for those behind it. So there may be one in
/// eight bytes of a message, and four more.
#[derive(Debug)]
pub struct Decompressor {
    context: Context,
    memory: Memory,
    /// zlib's decompressor.
    engine: Option<Box<Decompress>>,
    /// What the engine has seen must not be referred to.
    is_stale: bool,
    /// With context takeover: what the next message may refer to. The engine has the same, but does not give it away, neither
    /// when its memory is to be given back nor when it begins anew behind a block with BFINAL.
    history: History,
    end: End,
    /// How much of the input has not been spent on [new starts](NEW_START).
    credit: u64,
    /// A message has begun and not ended.
    is_inside: bool,
}

/// The end of a message.
#[derive(Clone, Copy, Debug, Default)]
struct End {
    /// The last bytes of the payload made some output, or the [`TAIL`] did, within which no table of codes begins.
    has_output: bool,
    /// How much of the [`TAIL`] was taken.
    tail: usize,
}

/// How far decompressing has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there is more to come or there is not")]
pub enum Inflated {
    /// All of the input is taken, and all that it stands for is in the output.
    Done,
    /// There is no room in the output: make some, and call again.
    Full,
}

/// An empty stored block (RFC 1951 §3.2.4), which changes nothing. The five bits that fill its first byte up may be any; filled
/// so, it is taken without output at a boundary of blocks, where a message has to end, and inside the table of codes that a
/// block may begin with; nowhere else. There it is an error, makes output, or is a length that its complement belies.
const EMPTY_BLOCK: [u8; 5] = [0xf8, 0x00, 0x00, 0xff, 0xff];

/// As many of them as have more bits than any table takes that begins within [`LAST_BYTES`], behind the bit of output and the
/// end of a block: by a model of all of them, each is found to be invalid within these 40 bytes, and some not within 35.
const PROBE: [[u8; 5]; 8] = [EMPTY_BLOCK; 8];

/// An empty block with BFINAL: the data end with it at a boundary of blocks, and nowhere else but where just these bytes are left
/// of a block with BFINAL.
const FINAL_BLOCK: [u8; 2] = [0x03, 0x00];

/// A payload that ends where it may makes output with one of its last bytes: what follows on that is the code that ends a block,
/// the header of another, three zeros, and bits to fill the last byte up; seldom more than these have.
const LAST_BYTES: usize = 3;

// They and the tail are put together in one word.
const _: () = assert!(LAST_BYTES + TAIL.len() <= size_of::<u64>(), "they fit it");

/// How many bytes of a message there are for each block with BFINAL. Behind one the engine begins anew, which may take as long
/// as to copy its window. There are compressors that end each message with one, and none that has use for so many.
const NEW_START: u64 = 8;

/// What each message has before its first byte.
const GRANT: u64 = 4 * NEW_START;

impl Decompressor {
    pub(super) fn new(context: Context, settings: &Deflate) -> Self {
        let window = if context.takeover { context.window_bits.window() } else { 0 };
        let memory = settings.memory.clone();
        let history = History::new(window);
        let end = End::default();
        Self { context, memory, engine: None, is_stale: false, history, end, credit: 0, is_inside: false }
    }

    /// Appends what the next part of a message's payload stands for, as far as `out` has room: it is filled up to its capacity
    /// and never grows. What is taken of `input` is cut off it. The last part is for [`finish`](Self::finish).
    ///
    /// # Errors
    ///
    /// [`InvalidData`] as soon as it is seen, or too many blocks with BFINAL are. What came before it is in `out`.
    pub fn decompress(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<Inflated, InvalidData> {
        loop {
            // Also when there is no input left: the engine may hold back what there was no room for.
            if out.len() == out.capacity() {
                return Ok(Inflated::Full);
            }
            if !self.is_inside {
                (self.is_inside, self.credit) = (true, GRANT);
            }
            let engine = self.engine()?;
            let (taken, before) = (engine.total_in(), out.len());
            let status = engine.decompress_vec(input, out, FlushDecompress::None);
            let taken = engine.total_in().saturating_sub(taken);
            *input = input.get(usize::try_from(taken).unwrap_or(usize::MAX)..).unwrap_or_default();
            let made = out.get(before..).unwrap_or_default();
            self.history.push(made);
            self.credit = self.credit.saturating_add(taken);
            match status? {
                // §7.2.3.4: a block with BFINAL is no more than a block. With context takeover, what follows may refer to it.
                Status::StreamEnd => {
                    self.is_stale = true;
                    self.credit = self.credit.checked_sub(NEW_START).ok_or(InvalidData)?;
                }
                Status::Ok | Status::BufError if taken == 0 && made.is_empty() && !input.is_empty() => {
                    return Err(InvalidData);
                }
                Status::Ok | Status::BufError => {}
            }
            if input.is_empty() && out.len() < out.capacity() {
                return Ok(Inflated::Done);
            }
        }
    }

    /// As [`decompress`](Self::decompress), for the last part of a message's payload, or all of it: with [`Inflated::Done`] the
    /// message ends.
    ///
    /// # Errors
    ///
    /// As [`decompress`](Self::decompress), and when the payload does not end where it may.
    pub fn finish(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<Inflated, InvalidData> {
        // Of so short a message all bytes are last ones. So an attacker's messages have to be longer to cost more.
        self.end.has_output |= !self.is_inside && input.len() <= LAST_BYTES;
        if let Some((mut first, last)) = input.split_at_checked(input.len().saturating_sub(LAST_BYTES)) {
            let progress = self.decompress(&mut first, out);
            *input = input
                .get(input.len().saturating_sub(first.len().saturating_add(last.len()))..)
                .unwrap_or_default();
            if progress? == Inflated::Full {
                return Ok(Inflated::Full);
            }
        }
        if self.finish_last(input, out)? == Inflated::Full {
            return Ok(Inflated::Full);
        }
        self.check_end()
    }

    /// Decompresses the last bytes together with the tail. A call of the engine less is 1 to 2 per cent of the time of a message
    /// of 1 KiB.
    fn finish_last(&mut self, last: &mut &[u8], out: &mut Vec<u8>) -> Result<Inflated, InvalidData> {
        // §7.2.2: what the sender took off is put back.
        let tail = TAIL.get(self.end.tail..).unwrap_or_default();
        let len = last.len().saturating_add(tail.len());
        let join = |word: u64, byte: &u8| word << 8 | u64::from(*byte);
        let joined = last.iter().chain(tail).rev().fold(0, join).to_le_bytes();
        let mut rest = joined.get(..len).unwrap_or_default();
        let before = out.len();
        let progress = self.decompress(&mut rest, out);
        self.end.has_output |= out.len() > before;
        self.end.tail = TAIL.len().saturating_sub(tail.len().min(rest.len()));
        *last = last.get(len.saturating_sub(rest.len())..).unwrap_or_default();
        progress
    }

    fn check_end(&mut self) -> Result<Inflated, InvalidData> {
        let End { has_output, .. } = core::mem::take(&mut self.end);
        // What ends the data makes the engine begin anew, which takes time when there is a context to be taken over.
        let (check, expected): (&[u8], _) = if self.context.takeover && has_output {
            (PROBE.as_flattened(), false)
        } else {
            (&FINAL_BLOCK, true)
        };
        let engine = self.engine()?;
        let before = engine.total_in();
        let has_ended = engine.decompress(check, &mut [], FlushDecompress::None)? == Status::StreamEnd;
        let taken = engine.total_in().saturating_sub(before);
        self.is_stale |= has_ended;
        if has_ended != expected || taken != check.len() as u64 {
            return Err(InvalidData);
        }
        self.is_inside = false;
        self.memory.give_decompressor(&mut self.engine);
        Ok(Inflated::Done)
    }

    /// Gives the memory back, but for what the peer may refer to. Inside a message nothing can be given back: then it is false.
    pub fn release(&mut self) -> bool {
        if !self.is_inside {
            self.engine = None;
        }
        !self.is_inside
    }

    /// What may be referred to.
    #[must_use]
    pub const fn context(&self) -> Context {
        self.context
    }

    /// The engine, with what the data may refer to.
    #[inline]
    fn engine(&mut self) -> Result<&mut Decompress, InvalidData> {
        if self.is_stale || self.engine.is_none() {
            self.begin_anew()?;
        }
        self.engine.as_deref_mut().ok_or(InvalidData)
    }

    /// Out of line, as most messages go on with the engine there is.
    #[inline(never)]
    fn begin_anew(&mut self) -> Result<(), InvalidData> {
        let mut engine = self.engine.take().unwrap_or_else(|| self.new_engine());
        if self.is_stale {
            engine.reset(false);
            self.is_stale = false;
        }
        for part in self.history.parts() {
            if !part.is_empty() {
                engine.set_dictionary(part)?;
            }
        }
        self.engine = Some(engine);
        Ok(())
    }

    fn new_engine(&self) -> Box<Decompress> {
        if let Some(mut used) = self.memory.take_decompressor() {
            used.reset(false);
            return used;
        }
        // With the full window, whatever was agreed: zlib-rs takes the same memory for each.
        Box::new(Decompress::new(false))
    }
}

impl From<DecompressError> for InvalidData {
    fn from(_: DecompressError) -> Self {
        Self
    }
}
