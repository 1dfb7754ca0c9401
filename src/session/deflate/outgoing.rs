//! Compressed messages that go: RFC 7692 §6.1 and §7.2.1.

use alloc::vec::Vec;
use core::mem;

use super::COMPRESSED;
use crate::deflate::{Agreement, Compress, Compressor, Context, WindowBits};
use crate::protocol::{Chunk, Connection, Data, SendError};

/// Scratch that is larger than this is given back after its use.
const KEEP: usize = 64 * 1024;

/// The messages to the peer.
#[derive(Debug)]
pub(in crate::session) struct Outgoing {
    compressor: Compressor,
    threshold: usize,
    /// The message that is being sent in fragments is compressed.
    sends_compressed: bool,
    /// Nothing is kept between messages.
    is_shared: bool,
    /// Where a payload is compressed to.
    scratch: Vec<u8>,
    /// A message was compressed since this was false.
    pub(super) is_used: bool,
}

impl Outgoing {
    pub(in crate::session) fn new(agreement: &Agreement) -> Self {
        Self {
            compressor: agreement.compressor(),
            threshold: agreement.settings().threshold,
            sends_compressed: false,
            is_shared: agreement.settings().memory.is_shared(),
            scratch: Vec::new(),
            is_used: false,
        }
    }

    pub(in crate::session) const fn context(&self) -> Context {
        self.compressor.context()
    }

    /// Whether a message of this length is compressed.
    pub(in crate::session) const fn takes(&self, len: usize, forced: Option<Compress>) -> bool {
        match forced {
            Some(Compress::Always) => true,
            Some(Compress::Never) => false,
            None => len >= self.threshold,
        }
    }

    pub(in crate::session) fn send(
        &mut self,
        connection: &mut Connection,
        data: Data<'_>,
        forced: Option<Compress>,
        out: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        match self.lend(connection, data, forced)? {
            Some(mut compressing) => {
                compressing.run(data);
                self.send_compressed(connection, compressing, data, out)
            }
            None => connection.send(data, out),
        }
    }

    /// Gives the compressor out of hands, to compress `data`; `None` when that is not to be compressed. Until it comes back
    /// there is one here that has seen nothing: so it may as well not come back.
    pub(in crate::session) fn lend(
        &mut self,
        connection: &mut Connection,
        data: Data<'_>,
        forced: Option<Compress>,
    ) -> Result<Option<Compressing>, SendError> {
        if !self.takes(data.as_bytes().len(), forced) {
            return Ok(None);
        }
        // What cannot be sent is not worth the work.
        connection.check_start()?;
        let mut payload = mem::take(&mut self.scratch);
        payload.clear();
        let may_skip = !self.context().takeover && forced.is_none() && self.threshold > 0;
        Ok(Some(Compressing { compressor: self.compressor.lend(), payload, may_skip }))
    }

    pub(in crate::session) fn send_compressed(
        &mut self,
        connection: &mut Connection,
        compressing: Compressing,
        data: Data<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        let Compressing { compressor, payload, may_skip } = compressing;
        if may_skip && payload.len() >= data.as_bytes().len() {
            connection.send(data, out)?;
        } else {
            let mut chunk = Chunk::whole(data.kind(), &payload);
            chunk.rsv = COMPRESSED;
            connection.forward(&chunk, out)?;
        }
        // Not if it failed: then this has seen a message that the peer will not get.
        self.compressor = compressor;
        self.scratch = payload;
        self.is_used = true;
        self.give_scratch_back();
        Ok(())
    }

    pub(in crate::session) fn start(
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
        self.send_fragment(connection, data, Fragment::First, out)
    }

    pub(in crate::session) fn append(
        &mut self,
        connection: &mut Connection,
        data: Data<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        if !self.sends_compressed {
            return connection.append(data, out);
        }
        connection.check_append(data.kind())?;
        self.send_fragment(connection, data, Fragment::Next, out)
    }

    pub(in crate::session) fn finish(
        &mut self,
        connection: &mut Connection,
        data: Data<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        if !self.sends_compressed {
            return connection.finish(data, out);
        }
        connection.check_append(data.kind())?;
        self.send_fragment(connection, data, Fragment::Last, out)
    }

    fn send_fragment(
        &mut self,
        connection: &mut Connection,
        data: Data<'_>,
        fragment: Fragment,
        out: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        self.is_used = true;
        self.scratch.clear();
        match fragment {
            Fragment::First | Fragment::Next => self.compressor.fragment(data.as_bytes(), &mut self.scratch),
            Fragment::Last => self.compressor.finish(data.as_bytes(), &mut self.scratch),
        }
        let mut chunk = Chunk::whole(data.kind(), &self.scratch);
        chunk.rsv = COMPRESSED;
        (chunk.starts, chunk.ends) = (fragment == Fragment::First, fragment == Fragment::Last);
        let sent = connection.forward(&chunk, out);
        self.give_scratch_back();
        sent
    }

    /// Whether the peer can decompress what was compressed by itself, within this window.
    pub(in crate::session) fn can_send(&self, window_bits: WindowBits) -> bool {
        window_bits <= self.context().window_bits
    }

    /// A message was sent that the compressor has not seen, so it may not refer to what came before that.
    pub(in crate::session) const fn sent_past_compressor(&mut self) {
        self.compressor.restart();
    }

    /// Gives back all; the next message refers to none before it.
    pub(in crate::session) fn release(&mut self) {
        self.compressor.release();
        self.scratch = Vec::new();
    }

    fn give_scratch_back(&mut self) {
        if self.is_shared || self.scratch.capacity() > KEEP {
            self.scratch = Vec::new();
        }
    }
}

/// Which one of a message's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fragment {
    First,
    Next,
    Last,
}

/// A message on its way through the compressor, apart from the session.
#[derive(Debug)]
pub(crate) struct Compressing {
    compressor: Compressor,
    payload: Vec<u8>,
    may_skip: bool,
}

impl Compressing {
    pub(crate) fn run(&mut self, data: Data<'_>) {
        self.compressor.finish(data.as_bytes(), &mut self.payload);
    }
}
