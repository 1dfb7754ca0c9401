//! Compressing: RFC 7692 §7.2.1.

use alloc::boxed::Box;
use alloc::vec::Vec;

use flate2::{Compress, CompressError, Compression, FlushCompress};

use super::TAIL;
use super::context::{Context, Level};
use super::settings::{Deflate, Memory};

/// Makes payloads of messages; each call ends at a boundary of bytes, so that the peer can decompress all of it.
///
/// ```
/// use rfc6455::deflate::Deflate;
///
/// let deflate = Deflate::default();
/// let agreement = deflate.accept(&deflate.offers()).ok_or("declined")?;
/// let mut compressor = agreement.compressor();
/// let mut payload = Vec::new();
/// compressor.finish(b"Hello", &mut payload);
/// assert_eq!(payload, [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]); // RFC 7692 §7.2.3.1
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug)]
pub struct Compressor {
    context: Context,
    level: Level,
    memory: Memory,
    /// zlib's compressor.
    engine: Option<Box<Compress>>,
    /// What the engine has seen must not be referred to.
    is_stale: bool,
}

impl Compressor {
    pub(super) fn new(context: Context, settings: &Deflate) -> Self {
        let memory = settings.memory.clone();
        Self { context, level: settings.level, memory, engine: None, is_stale: false }
    }

    /// Appends the next fragment of a message, which may be empty. It is compressed together with the fragments before it.
    pub fn fragment(&mut self, data: &[u8], out: &mut Vec<u8>) {
        // Two empty blocks in a row would say no more than one.
        if !data.is_empty() {
            self.compress(data, out);
        }
    }

    /// Appends the last fragment of a message, or the whole of one.
    pub fn finish(&mut self, data: &[u8], out: &mut Vec<u8>) {
        if data.is_empty() {
            // §7.2.3.6: the header of an empty stored block.
            out.push(0x00);
        } else {
            self.compress(data, out);
            // §7.2.1: the lengths of the empty block that a flush ends with are left out.
            if out.ends_with(&TAIL) {
                out.truncate(out.len().saturating_sub(TAIL.len()));
            }
        }
        // §7.1.1: without context takeover the next message begins anew.
        self.is_stale |= !self.context.takeover;
        self.memory.give_compressor((self.level, self.context.window_bits), &mut self.engine);
    }

    /// The next message will not refer to those before: the peer has seen others since.
    pub const fn restart(&mut self) {
        self.is_stale = true;
    }

    /// All of it, in exchange for one that has seen nothing.
    pub(crate) fn lend(&mut self) -> Self {
        let Self { context, level, .. } = *self;
        let fresh = Self { context, level, memory: self.memory.clone(), engine: None, is_stale: false };
        core::mem::replace(self, fresh)
    }

    /// Gives the memory back. As after [`restart`](Self::restart), the next message will not refer to those before.
    pub fn release(&mut self) {
        self.engine = None;
    }

    /// What may be referred to.
    #[must_use]
    pub const fn context(&self) -> Context {
        self.context
    }

    fn compress(&mut self, data: &[u8], out: &mut Vec<u8>) {
        let before = out.len();
        if compress(self.engine(), data, out).is_err() {
            // It has no cause to, but what it says counts. A block that is not compressed needs no engine.
            self.engine = None;
            out.truncate(before);
            store(data, out);
        }
    }

    fn engine(&mut self) -> &mut Compress {
        let Self { context, level, memory, engine, is_stale } = self;
        if let Some(engine) = engine
            && *is_stale
        {
            engine.reset();
        }
        *is_stale = false;
        let Context { window_bits, .. } = *context;
        engine.get_or_insert_with(|| {
            if let Some(mut used) = memory.take_compressor((*level, window_bits)) {
                used.reset();
                return used;
            }
            let bits = window_bits.get().max(LEAST_WINDOW_BITS);
            Box::new(Compress::new_with_window_bits(Compression::new(level.get().into()), false, bits))
        })
    }
}

/// zlib has no window of 8 bits. In one of 9 it refers back by 250 bytes at most, since it looks no further than to 262 bytes
/// before the window's end; so that keeps to 8.
const LEAST_WINDOW_BITS: u8 = 9;

/// Appends `data` in blocks, and an empty one which ends at a boundary of bytes.
fn compress(engine: &mut Compress, mut data: &[u8], out: &mut Vec<u8>) -> Result<(), CompressError> {
    let mut room = data.len() / 2;
    loop {
        // With less than seven bytes of room zlib might end the same block twice.
        out.reserve(room.max(64));
        let before = engine.total_in();
        engine.compress_vec(data, out, FlushCompress::Sync)?;
        let taken = engine.total_in().saturating_sub(before);
        data = data.get(usize::try_from(taken).unwrap_or(usize::MAX)..).unwrap_or_default();
        // Room that is left shows that nothing waits.
        if data.is_empty() && out.len() < out.capacity() {
            return Ok(());
        }
        room = data.len();
    }
}

/// Appends `data` in blocks that are not compressed (RFC 1951 §3.2.4), and an empty one behind them.
fn store(data: &[u8], out: &mut Vec<u8>) {
    for block in data.chunks(usize::from(u16::MAX)) {
        let len = u16::try_from(block.len()).unwrap_or(u16::MAX);
        out.push(0x00);
        out.extend_from_slice(&len.to_le_bytes());
        out.extend_from_slice(&(!len).to_le_bytes());
        out.extend_from_slice(block);
    }
    out.push(0x00);
    out.extend_from_slice(&TAIL);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deflate::Inflated;

    #[test]
    fn what_is_stored_is_decompressed() {
        for len in [1, 65_535, 65_536, 200_000] {
            let data: Vec<u8> = (0..=u8::MAX).cycle().take(len).collect();
            let mut payload = Vec::new();
            store(&data, &mut payload);
            payload.truncate(payload.len() - TAIL.len());
            let mut out = Vec::with_capacity(len + 1);
            let settings = Deflate::default();
            let agreement = settings.accept(&settings.offers()).unwrap();
            assert_eq!(agreement.decompressor().finish(&mut &payload[..], &mut out), Ok(Inflated::Done));
            assert_eq!(out, data);
        }
    }
}
