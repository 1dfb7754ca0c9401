//! Compressed messages on a connection: RFC 7692 §6 and §7.2.

use alloc::vec::Vec;
use core::mem;
use core::time::Duration;

use super::Message;
use super::assembly::Assembly;
use super::receiving::{Step, Want};
use crate::deflate::{
    Agreement, Compress, Compressor, Context, Contexts, Decompressor, Inflated, InvalidData, WindowBits,
};
use crate::frame::Rsv;
use crate::protocol::{Chunk, Connection, Data, DataKind, ProtocolError, SendError};

/// The bit that says that a message is compressed (RFC 7692 §6).
pub(super) const COMPRESSED: Rsv = Rsv::RSV1;

/// What is decompressed at a time, in bytes, unless the whole of a message is. It stays in the first-level cache.
const BLOCK: usize = 16 * 1024;

/// Scratch that is larger than this is given back after its use.
const KEEP: usize = 64 * 1024;

/// Both directions of compression.
#[derive(Debug)]
pub(super) struct Codec {
    compressor: Compressor,
    decompressor: Decompressor,
    threshold: usize,
    contexts: Contexts,
    /// The message that is being sent in fragments is compressed.
    sends_compressed: bool,
    /// The longest message that may come out.
    limit: u64,
    /// How much of the present message came out.
    len: u64,
    /// What came of a message and is still to be decompressed, since its parts are asked for one by one.
    rest: Option<Rest>,
    scratch: Vec<u8>,
    last_used: LastUsed,
}

#[derive(Debug)]
struct Rest {
    payload: Vec<u8>,
    taken: usize,
    ends: bool,
}

/// When the contexts were used, for [`Contexts::KeptFor`].
#[derive(Clone, Copy, Debug)]
enum LastUsed {
    /// There is nothing to give back.
    Never,
    /// Since the last look at the time.
    Now,
    At(Duration),
}

/// How far the decompression of some of a payload has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    /// All of it is out.
    Done,
    /// There is a part to give away before it goes on.
    Part,
}

impl Codec {
    pub(super) fn new(agreement: &Agreement, limit: usize) -> Self {
        Self {
            compressor: agreement.compressor(),
            decompressor: agreement.decompressor(),
            threshold: agreement.settings().threshold,
            contexts: agreement.settings().contexts.clone(),
            sends_compressed: false,
            limit: limit as u64,
            len: 0,
            rest: None,
            scratch: Vec::new(),
            last_used: LastUsed::Never,
        }
    }

    pub(super) const fn outgoing(&self) -> Context {
        self.compressor.context()
    }

    pub(super) const fn incoming(&self) -> Context {
        self.decompressor.context()
    }

    /// Takes a chunk of a compressed message, and tells when the message, or with [`Want::Part`] a part of it, is in `message`.
    pub(super) fn receive(
        &mut self,
        chunk: &Chunk<impl AsRef<[u8]>>,
        assembly: &mut Assembly,
        message: &mut Message,
        want: Want,
    ) -> Result<Option<Step>, ProtocolError> {
        self.last_used = LastUsed::Now;
        let mut payload = chunk.payload.as_ref();
        if chunk.starts {
            self.len = 0;
            if chunk.ends && want == Want::Whole {
                self.inflate_whole(payload, chunk.kind, message)?;
                return Ok(Some(Step::Message));
            }
            assembly.start(chunk.kind);
        }
        let progress = self.inflate(&mut payload, chunk.ends, assembly, want)?;
        if progress == Progress::Part {
            self.rest = Some(Rest { payload: payload.into(), taken: 0, ends: chunk.ends });
        }
        Self::give(progress, chunk.ends, assembly, message, want)
    }

    /// Goes on with what the last chunk left.
    pub(super) fn resume(
        &mut self,
        assembly: &mut Assembly,
        message: &mut Message,
        want: Want,
    ) -> Result<Option<Step>, ProtocolError> {
        let Some(mut rest) = self.rest.take() else { return Ok(None) };
        let mut payload = rest.payload.get(rest.taken..).unwrap_or_default();
        let progress = self.inflate(&mut payload, rest.ends, assembly, want)?;
        let ends = rest.ends;
        if progress == Progress::Part {
            rest.taken = rest.payload.len().saturating_sub(payload.len());
            self.rest = Some(rest);
        }
        Self::give(progress, ends, assembly, message, want)
    }

    fn give(
        progress: Progress,
        ends: bool,
        assembly: &mut Assembly,
        message: &mut Message,
        want: Want,
    ) -> Result<Option<Step>, ProtocolError> {
        if progress == Progress::Done && ends {
            assembly.finish(message)?;
            return Ok(Some(Step::Message));
        }
        Ok((want == Want::Part && assembly.take(message)).then_some(Step::Part))
    }

    /// Decompresses a message that came in one chunk, straight to where it is to be.
    fn inflate_whole(
        &mut self,
        mut payload: &[u8],
        kind: DataKind,
        message: &mut Message,
    ) -> Result<(), ProtocolError> {
        let Self { decompressor, limit, .. } = self;
        // One byte more shows that there is one too many.
        let most = usize::try_from(limit.saturating_add(1)).unwrap_or(usize::MAX);
        let mut bytes = mem::take(message).into_bytes();
        bytes.clear();
        // A guess, so that most messages need no more; it grows with what really comes.
        bytes.reserve_exact(payload.len().saturating_mul(4).clamp(64, BLOCK).min(most));
        while decompressor.finish(&mut payload, &mut bytes)? == Inflated::Full && bytes.len() < most {
            let larger = bytes.capacity().saturating_mul(2).min(most);
            bytes.reserve_exact(larger.saturating_sub(bytes.len()));
        }
        if bytes.len() as u64 > *limit {
            return Err(ProtocolError::MessageTooBig { limit: *limit });
        }
        *message = Message::of_bytes(kind, bytes)?;
        Ok(())
    }

    /// Decompresses some of a message, block by block.
    fn inflate(
        &mut self,
        payload: &mut &[u8],
        ends: bool,
        assembly: &mut Assembly,
        want: Want,
    ) -> Result<Progress, ProtocolError> {
        let Self { decompressor, scratch: block, len, limit, .. } = self;
        let progress = loop {
            block.clear();
            block.reserve_exact(BLOCK);
            let inflated = if ends {
                decompressor.finish(payload, block)
            } else {
                decompressor.decompress(payload, block)
            };
            *len = len.saturating_add(block.len() as u64);
            if *len > *limit {
                return Err(ProtocolError::MessageTooBig { limit: *limit });
            }
            assembly.push(block)?;
            match inflated? {
                Inflated::Done => break Progress::Done,
                Inflated::Full if want == Want::Part => break Progress::Part,
                Inflated::Full => {}
            }
        };
        self.give_scratch_back();
        Ok(progress)
    }

    /// Whether a message of this length is compressed.
    pub(super) const fn takes(&self, len: usize, forced: Option<Compress>) -> bool {
        match forced {
            Some(Compress::Always) => true,
            Some(Compress::Never) => false,
            None => len >= self.threshold,
        }
    }

    pub(super) fn send(
        &mut self,
        connection: &mut Connection,
        data: Data<'_>,
        forced: Option<Compress>,
        out: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        let bytes = data.as_bytes();
        if !self.takes(bytes.len(), forced) {
            return connection.send(data, out);
        }
        // Nothing may fail once the compressor has seen the message, as it counts on that the peer gets it.
        connection.check_start()?;
        self.last_used = LastUsed::Now;
        self.scratch.clear();
        self.compressor.finish(bytes, &mut self.scratch);
        let may_skip = !self.compressor.context().takeover && forced.is_none() && self.threshold > 0;
        let sent = if may_skip && self.scratch.len() >= bytes.len() {
            connection.send(data, out)
        } else {
            let mut chunk = Chunk::whole(data.kind(), &self.scratch);
            chunk.rsv = COMPRESSED;
            connection.forward(&chunk, out)
        };
        self.give_scratch_back();
        sent
    }

    pub(super) fn start(
        &mut self,
        connection: &mut Connection,
        data: Data<'_>,
        forced: Option<Compress>,
        out: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        connection.check_start()?;
        // How long the message will be is not known.
        self.sends_compressed = match forced {
            Some(forced) => forced == Compress::Always,
            None => self.threshold < usize::MAX,
        };
        if !self.sends_compressed {
            return connection.start(data, out);
        }
        let mut chunk = Chunk::whole(data.kind(), data.as_bytes());
        (chunk.rsv, chunk.ends) = (COMPRESSED, false);
        self.send_fragment(connection, &chunk, out)
    }

    pub(super) fn append(
        &mut self,
        connection: &mut Connection,
        data: Data<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        if !self.sends_compressed {
            return connection.append(data, out);
        }
        connection.check_append(data.kind())?;
        let mut chunk = Chunk::whole(data.kind(), data.as_bytes());
        (chunk.starts, chunk.ends) = (false, false);
        self.send_fragment(connection, &chunk, out)
    }

    pub(super) fn finish(
        &mut self,
        connection: &mut Connection,
        data: Data<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        if !self.sends_compressed {
            return connection.finish(data, out);
        }
        connection.check_append(data.kind())?;
        let mut chunk = Chunk::whole(data.kind(), data.as_bytes());
        chunk.starts = false;
        self.send_fragment(connection, &chunk, out)
    }

    fn send_fragment(
        &mut self,
        connection: &mut Connection,
        chunk: &Chunk<&[u8]>,
        out: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        self.last_used = LastUsed::Now;
        self.scratch.clear();
        if chunk.ends {
            self.compressor.finish(chunk.payload, &mut self.scratch);
        } else {
            self.compressor.fragment(chunk.payload, &mut self.scratch);
        }
        let mut compressed = Chunk::whole(chunk.kind, &self.scratch);
        (compressed.rsv, compressed.starts, compressed.ends) = (chunk.rsv, chunk.starts, chunk.ends);
        let sent = connection.forward(&compressed, out);
        self.give_scratch_back();
        sent
    }

    /// Whether the peer can decompress what was compressed by itself, within this window.
    pub(super) fn can_send(&self, window_bits: WindowBits) -> bool {
        window_bits <= self.compressor.context().window_bits
    }

    /// A message was sent that the compressor has not seen, so it may not refer to what came before that.
    pub(super) const fn sent_past_compressor(&mut self) {
        self.compressor.restart();
    }

    /// The next moment at which there is something to do.
    pub(super) fn deadline(&self) -> Option<Duration> {
        match (&self.contexts, self.last_used) {
            (Contexts::KeptFor(_), LastUsed::Now) => Some(Duration::ZERO),
            (Contexts::KeptFor(idle), LastUsed::At(used)) => Some(used.saturating_add(*idle)),
            _ => None,
        }
    }

    /// Gives back what was not used for so long.
    pub(super) fn tick(&mut self, now: Duration) {
        let Contexts::KeptFor(idle) = &self.contexts else { return };
        match self.last_used {
            LastUsed::Now => self.last_used = LastUsed::At(now),
            LastUsed::At(used) if used.saturating_add(*idle) <= now => {
                self.compressor.release();
                self.scratch = Vec::new();
                let is_all = self.decompressor.release();
                self.last_used = if is_all { LastUsed::Never } else { LastUsed::At(now) };
            }
            LastUsed::At(_) | LastUsed::Never => {}
        }
    }

    fn give_scratch_back(&mut self) {
        if self.contexts.is_shared() || self.scratch.capacity() > KEEP {
            self.scratch = Vec::new();
        }
    }
}

impl From<InvalidData> for ProtocolError {
    fn from(_: InvalidData) -> Self {
        Self::InvalidCompressedData
    }
}
