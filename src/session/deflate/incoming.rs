//! Compressed messages that come: RFC 7692 §6.2 and §7.2.2.

use alloc::vec::Vec;
use core::mem;

use crate::deflate::{Context, Decompressor, Inflated, InvalidData};
use crate::protocol::{Chunk, DataKind, ProtocolError};
use crate::session::Message;
use crate::session::assembly::{Assembly, longest};
use crate::session::receiving::{Step, Want};

/// What is decompressed at a time, in bytes, unless the whole of a message is. Twice the largest window: the engine is a fifth
/// slower where it has to look for what is referred to in its own copy of the window and not in what it has just made.
const BLOCK: usize = 64 * 1024;

/// The same, where the application asks for parts.
const PART: usize = 16 * 1024;

/// The messages of the peer.
#[derive(Debug)]
pub(in crate::session) struct Incoming {
    decompressor: Decompressor,
    /// The longest message that may come out.
    limit: u64,
    /// How much of the present message came out.
    len: u64,
    /// What came of a message and is still to be decompressed, since its parts are asked for one by one.
    rest: Option<Rest>,
    /// A message was decompressed since this was false.
    pub(super) is_used: bool,
}

#[derive(Debug)]
struct Rest {
    payload: Vec<u8>,
    taken: usize,
    ends: bool,
}

/// How far the decompression of some of a payload has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    /// All of it is out.
    Done,
    /// There is a part to give away before it goes on.
    Part,
}

impl Incoming {
    pub(in crate::session) const fn new(decompressor: Decompressor, limit: u64) -> Self {
        Self { decompressor, limit, len: 0, rest: None, is_used: false }
    }

    pub(in crate::session) const fn context(&self) -> Context {
        self.decompressor.context()
    }

    /// All that came has been decompressed.
    pub(in crate::session) const fn is_done(&self) -> bool {
        self.rest.is_none()
    }

    /// Takes a chunk of a compressed message, and tells when the message, or with [`Want::Part`] a part of it, is in `message`.
    pub(in crate::session) fn receive(
        &mut self,
        chunk: &Chunk<impl AsRef<[u8]>>,
        assembly: &mut Assembly,
        message: &mut Message,
        want: Want,
    ) -> Result<Option<Step>, ProtocolError> {
        self.is_used = true;
        let mut payload = chunk.payload.as_ref();
        if chunk.starts {
            self.len = 0;
            if chunk.ends && want == Want::Whole {
                self.receive_whole(payload, chunk.kind, message)?;
                return Ok(Some(Step::Message));
            }
            assembly.start(chunk.kind, message);
        }
        let progress = self.inflate(&mut payload, chunk.ends, assembly, want)?;
        if progress == Progress::Part {
            self.rest = Some(Rest { payload: payload.into(), taken: 0, ends: chunk.ends });
        }
        Self::give(progress, chunk.ends, assembly, message, want)
    }

    /// Goes on with what the last chunk left.
    pub(in crate::session) fn resume(
        &mut self,
        assembly: &mut Assembly,
        message: &mut Message,
        want: Want,
    ) -> Result<Option<Step>, ProtocolError> {
        let Some(mut rest) = self.rest.take() else { return Ok(None) };
        self.is_used = true;
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

    /// Takes a message that came in one chunk: it is decompressed straight to where it is to be.
    pub(in crate::session) fn receive_whole(
        &mut self,
        mut payload: &[u8],
        kind: DataKind,
        message: &mut Message,
    ) -> Result<(), ProtocolError> {
        self.is_used = true;
        let limit = longest(self.limit);
        // One byte more shows that there is one too many.
        let most = limit.saturating_add(1);
        let mut bytes = mem::take(message).into_bytes();
        bytes.clear();
        // A guess, so that most messages need no more; it grows with what really comes.
        bytes.reserve_exact(payload.len().saturating_mul(4).clamp(64, BLOCK).min(most));
        while self.decompressor.finish(&mut payload, &mut bytes)? == Inflated::Full && bytes.len() < most {
            let larger = bytes.capacity().saturating_mul(2).min(most);
            bytes.reserve_exact(larger.saturating_sub(bytes.len()));
        }
        if bytes.len() > limit {
            return Err(ProtocolError::MessageTooBig { limit: limit as u64 });
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
        let Self { decompressor, len, limit, .. } = self;
        let mut block = Vec::with_capacity(match want {
            Want::Part => PART,
            // As much as a text in JSON becomes, so that a small message takes no large block.
            Want::Whole => payload.len().saturating_mul(8).clamp(PART, BLOCK),
        });
        loop {
            let inflated = if ends {
                decompressor.finish(payload, &mut block)
            } else {
                decompressor.decompress(payload, &mut block)
            };
            *len = len.saturating_add(block.len() as u64);
            if *len > *limit {
                return Err(ProtocolError::MessageTooBig { limit: *limit });
            }
            assembly.check_room(block.len() as u64)?;
            assembly.push(&block)?;
            match inflated? {
                Inflated::Done => return Ok(Progress::Done),
                Inflated::Full if want == Want::Part => return Ok(Progress::Part),
                Inflated::Full => block.clear(),
            }
        }
    }

    /// Gives back all but what the peer may refer to, and inside a message nothing.
    pub(in crate::session) fn release(&mut self) {
        self.decompressor.release();
    }
}

impl From<InvalidData> for ProtocolError {
    fn from(_: InvalidData) -> Self {
        Self::InvalidCompressedData
    }
}
