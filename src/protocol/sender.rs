//! Sending: RFC 6455 §5.1 to §5.5 and §6.1; calls to bytes.
//!
//! Each call appends whole frames to the caller's buffer or, when it fails, nothing. A frame is never left open, so
//! a control frame may follow any call.

use alloc::vec::Vec;

use super::close::{MAX_CLOSE_REASON, close_body};
use super::utf8::text;
use super::{Chunk, CloseCode, Data, DataKind, FrameSummary, Role, SendError, Side};
use crate::frame::{EncodedHeader, FrameHeader, MAX_CONTROL_PAYLOAD, Mask, Opcode, Rsv, append};

/// The sending half of a connection.
#[derive(Debug)]
pub struct Sender {
    role: Role,
    stage: Stage,
    /// The reserved bits that extensions use.
    reserved: Rsv,
    /// Opcode and FIN of the last frame; its length is beside it, and not in one struct, to save the padding.
    last: Option<(Opcode, bool)>,
    last_len: u64,
}

/// What may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// A message.
    Ready,
    /// The rest of the message that was started.
    Unfinished(DataKind),
    /// No data: a Close was sent, or may not be any more.
    Closed,
}

impl Sender {
    /// The start of a connection.
    #[must_use]
    pub const fn new(role: Role) -> Self {
        Self { role, stage: Stage::Ready, reserved: Rsv::NONE, last: None, last_len: 0 }
    }

    /// Lets [`forward`](Self::forward) send these reserved bits, since an extension that was negotiated gives them a meaning.
    #[must_use]
    pub const fn allowing(mut self, reserved: Rsv) -> Self {
        self.reserved = reserved;
        self
    }

    /// Which end this is.
    #[must_use]
    pub const fn side(&self) -> Side {
        self.role.side()
    }

    /// The last frame that was written.
    #[must_use]
    pub const fn last_frame(&self) -> Option<FrameSummary> {
        FrameSummary::of(self.last, self.last_len)
    }

    /// Appends a message, in one frame.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] after a Close; [`SendError::MessageUnfinished`] inside a message; [`SendError::Entropy`].
    #[inline]
    pub fn send<'d>(&mut self, data: impl Into<Data<'d>>, out: &mut Vec<u8>) -> Result<(), SendError> {
        let data = data.into();
        self.send_whole(data.kind(), data.as_bytes(), out)
    }

    /// As [`send`](Self::send), whose argument would not fit in registers.
    #[inline(never)]
    fn send_whole(&mut self, kind: DataKind, payload: &[u8], out: &mut Vec<u8>) -> Result<(), SendError> {
        self.ready()?;
        self.write(true, Rsv::NONE, kind.into(), payload, out)
    }

    /// Appends the first fragment of a message whose end is not known. [`append`](Self::append) and
    /// [`finish`](Self::finish) go on with it. Each fragment is a frame of its own, with a masking key of its own (§10.3).
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn start<'d>(&mut self, data: impl Into<Data<'d>>, out: &mut Vec<u8>) -> Result<(), SendError> {
        let data = data.into();
        self.ready()?;
        self.write(false, Rsv::NONE, data.kind().into(), data.as_bytes(), out)?;
        self.stage = Stage::Unfinished(data.kind());
        Ok(())
    }

    /// Appends the next fragment of the message that was started.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] after a Close, also one that came in between; [`SendError::NoMessage`];
    /// [`SendError::OtherKind`] for text in a binary message or the reverse; [`SendError::Entropy`].
    pub fn append<'d>(&mut self, data: impl Into<Data<'d>>, out: &mut Vec<u8>) -> Result<(), SendError> {
        let data = data.into();
        self.unfinished(data.kind())?;
        self.write(false, Rsv::NONE, Opcode::Continuation, data.as_bytes(), out)
    }

    /// Appends the last fragment of the message that was started; it may be empty.
    ///
    /// # Errors
    ///
    /// As [`append`](Self::append).
    pub fn finish<'d>(&mut self, data: impl Into<Data<'d>>, out: &mut Vec<u8>) -> Result<(), SendError> {
        let data = data.into();
        self.unfinished(data.kind())?;
        self.write(true, Rsv::NONE, Opcode::Continuation, data.as_bytes(), out)?;
        self.stage = Stage::Ready;
        Ok(())
    }

    /// Appends a chunk as it was received from another peer, which is what a relay does, or as an extension made it. The
    /// chunks of one message make one message here, a fragment each. Text may be cut inside a character, so it has to be text
    /// that a receiver checks, and all of it has to be sent on. The first fragment gets the chunk's reserved bits.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send) for a chunk that starts a message, and as [`append`](Self::append) for one that does not;
    /// [`SendError::ReservedBits`] when it has one that was not [allowed](Self::allowing).
    pub fn forward<P: AsRef<[u8]>>(&mut self, chunk: &Chunk<P>, out: &mut Vec<u8>) -> Result<(), SendError> {
        if !self.reserved.contains(chunk.rsv) {
            return Err(SendError::ReservedBits);
        }
        let (rsv, opcode) = if chunk.starts {
            self.ready()?;
            (chunk.rsv, chunk.kind.into())
        } else {
            self.unfinished(chunk.kind)?;
            // RFC 7692 §6.1: none but the first frame of a message has them.
            (Rsv::NONE, Opcode::Continuation)
        };
        self.write(chunk.ends, rsv, opcode, chunk.payload.as_ref(), out)?;
        self.stage = if chunk.ends { Stage::Ready } else { Stage::Unfinished(chunk.kind) };
        Ok(())
    }

    /// Makes sure that the next call, to begin a message, will not fail: for an extension that changes its own state to make
    /// what is to be sent.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn check_start(&mut self) -> Result<(), SendError> {
        self.ready()?;
        self.check_key()
    }

    /// Makes sure that the next call, to go on with a message of this kind, will not fail.
    ///
    /// # Errors
    ///
    /// As [`append`](Self::append).
    pub fn check_append(&mut self, kind: DataKind) -> Result<(), SendError> {
        self.unfinished(kind)?;
        self.check_key()
    }

    /// The header of the message `data`, for a server that writes it and the payload in one vectored write, without a
    /// copy. The message counts as sent: its bytes have to follow at once.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send), and [`SendError::MustMask`] for a client, which has
    /// [`mask_in_place`](Self::mask_in_place).
    pub fn header_for<'d>(&mut self, data: impl Into<Data<'d>>) -> Result<EncodedHeader, SendError> {
        let data = data.into();
        self.ready()?;
        match self.role {
            Role::Server => self.header(true, Rsv::NONE, data.kind().into(), data.as_bytes().len(), None),
            Role::Client(_) => Err(SendError::MustMask),
        }
    }

    /// Turns `payload` into what a message of this kind has on the wire, in place, and gives the header to write before
    /// it. For a client that owns a large buffer this saves the copy; for a server it changes nothing in `payload`. The
    /// message counts as sent.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send), and [`SendError::InvalidUtf8`] when it is to be text and is not.
    #[inline]
    pub fn mask_in_place(&mut self, kind: DataKind, payload: &mut [u8]) -> Result<EncodedHeader, SendError> {
        // Here, as it would be loaded in other widths than it was stored when it came back from a call: 4 ns.
        let key = self.mask(kind, payload)?;
        self.header(true, Rsv::NONE, kind.into(), payload.len(), key)
    }

    #[inline(never)]
    fn mask(&mut self, kind: DataKind, payload: &mut [u8]) -> Result<Option<[u8; 4]>, SendError> {
        self.ready()?;
        // §5.6: text is UTF-8.
        if kind == DataKind::Text && text(payload).is_err() {
            return Err(SendError::InvalidUtf8);
        }
        match &mut self.role {
            Role::Server => Ok(None),
            Role::Client(keys) => {
                let key = keys.next()?;
                Mask::new(key).apply_once(payload);
                Ok(Some(key))
            }
        }
    }

    /// Appends a Ping; the peer answers with a Pong of the same payload (§5.5.2).
    ///
    /// # Errors
    ///
    /// [`SendError::ControlTooLong`] over 125 bytes; [`SendError::Closed`] after a Close; [`SendError::Entropy`].
    pub fn ping(&mut self, payload: &[u8], out: &mut Vec<u8>) -> Result<(), SendError> {
        self.control(Opcode::Ping, payload, out)
    }

    /// Appends a Pong that was not asked for (§5.5.3). Those that are asked for,
    /// [`Connection`](super::Connection) sends by itself.
    ///
    /// # Errors
    ///
    /// As [`ping`](Self::ping).
    pub fn pong(&mut self, payload: &[u8], out: &mut Vec<u8>) -> Result<(), SendError> {
        self.control(Opcode::Pong, payload, out)
    }

    /// Appends the Close: the last frame but for pongs. A message that was started stays without its end.
    ///
    /// # Errors
    ///
    /// [`SendError::ReasonTooLong`] over 123 bytes; [`SendError::ClientOnlyCode`] when a server sends 1010;
    /// [`SendError::Closed`] the second time.
    pub fn close(&mut self, code: CloseCode, reason: &str, out: &mut Vec<u8>) -> Result<(), SendError> {
        if reason.len() > MAX_CLOSE_REASON {
            return Err(SendError::ReasonTooLong);
        }
        // §7.4.1: 1010 is what a client says; a server would fail the opening handshake instead.
        if code == CloseCode::MANDATORY_EXTENSION && self.side() == Side::Server {
            return Err(SendError::ClientOnlyCode);
        }
        self.close_with(&close_body(code, reason), out)
    }

    /// Appends a Close without a code; the peer is told 1005.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] the second time.
    pub fn close_without_code(&mut self, out: &mut Vec<u8>) -> Result<(), SendError> {
        self.close_with(&[], out)
    }

    /// Appends a Close with this body, which the caller knows to be legal.
    pub(super) fn close_with(&mut self, body: &[u8], out: &mut Vec<u8>) -> Result<(), SendError> {
        if self.stage == Stage::Closed {
            return Err(SendError::Closed);
        }
        let key = match &self.role {
            Role::Server => None,
            Role::Client(keys) => Some(keys.last()),
        };
        self.write_with(key, true, Rsv::NONE, Opcode::Close, body, out)?;
        self.stage = Stage::Closed;
        Ok(())
    }

    /// Appends a message whose frame a server has already; a client masks its payload with a fresh key (§5.3).
    pub(super) fn send_prepared(
        &mut self,
        kind: DataKind,
        rsv: Rsv,
        frame: &[u8],
        payload: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        match self.role {
            Role::Server => {
                self.send_elsewhere(kind, payload.len())?;
                out.extend_from_slice(frame);
                Ok(())
            }
            Role::Client(_) => {
                self.ready()?;
                self.write(true, rsv, kind.into(), payload, out)
            }
        }
    }

    /// Takes note that a message whose frame a server has already is written by the caller.
    pub(super) fn send_elsewhere(&mut self, kind: DataKind, payload_len: usize) -> Result<(), SendError> {
        self.ready()?;
        let payload_len = payload_len as u64;
        (self.last, self.last_len) = (Some((kind.into(), true)), payload_len);
        Ok(())
    }

    /// Appends the Pong that a Ping is owed, also after our Close (§5.5.2).
    pub(super) fn answer_ping(&mut self, payload: &[u8], out: &mut Vec<u8>) -> Result<(), SendError> {
        self.write(true, Rsv::NONE, Opcode::Pong, payload, out)
    }

    /// Nothing may be sent any more.
    pub(super) const fn shut(&mut self) {
        self.stage = Stage::Closed;
    }

    fn control(&mut self, opcode: Opcode, payload: &[u8], out: &mut Vec<u8>) -> Result<(), SendError> {
        if payload.len() > MAX_CONTROL_PAYLOAD {
            return Err(SendError::ControlTooLong);
        }
        if self.stage == Stage::Closed {
            return Err(SendError::Closed);
        }
        self.write(true, Rsv::NONE, opcode, payload, out)
    }

    #[inline]
    const fn ready(&self) -> Result<(), SendError> {
        match self.stage {
            Stage::Ready => Ok(()),
            Stage::Unfinished(_) => Err(SendError::MessageUnfinished),
            Stage::Closed => Err(SendError::Closed),
        }
    }

    fn unfinished(&self, with: DataKind) -> Result<(), SendError> {
        match self.stage {
            Stage::Unfinished(kind) if kind == with => Ok(()),
            Stage::Unfinished(_) => Err(SendError::OtherKind),
            Stage::Ready => Err(SendError::NoMessage),
            Stage::Closed => Err(SendError::Closed),
        }
    }

    fn check_key(&mut self) -> Result<(), SendError> {
        match &mut self.role {
            Role::Server => Ok(()),
            Role::Client(keys) => Ok(keys.ensure()?),
        }
    }

    // Always: a call, whose arguments do not fit in registers, takes 20 of the 110 instructions of a short message.
    #[inline(always)]
    fn write(
        &mut self,
        fin: bool,
        rsv: Rsv,
        opcode: Opcode,
        payload: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        // One way for each role: an optional key on the stack would be loaded in other widths than it was stored.
        match &mut self.role {
            Role::Server => self.write_with(None, fin, rsv, opcode, payload, out),
            Role::Client(keys) => {
                let key = keys.next()?;
                self.write_with(Some(key), fin, rsv, opcode, payload, out)
            }
        }
    }

    #[inline(always)]
    fn write_with(
        &mut self,
        key: Option<[u8; 4]>,
        fin: bool,
        rsv: Rsv,
        opcode: Opcode,
        payload: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        let header = self.header(fin, rsv, opcode, payload.len(), key)?;
        out.reserve(payload.len().saturating_add(header.len()).max(EncodedHeader::ROOM));
        header.append_to(out);
        match key {
            Some(key) => Mask::new(key).append(payload, out),
            None => append(payload, out),
        }
        Ok(())
    }

    #[inline(always)]
    fn header(
        &mut self,
        fin: bool,
        rsv: Rsv,
        opcode: Opcode,
        len: usize,
        mask: Option<[u8; 4]>,
    ) -> Result<EncodedHeader, SendError> {
        let payload_len = len as u64;
        let header = FrameHeader { fin, rsv, opcode, mask, payload_len };
        (self.last, self.last_len) = (Some((opcode, fin)), payload_len);
        // A slice is shorter than 2^63 bytes, so only the length of a control frame can be refused.
        header.encode().map_err(|_| SendError::ControlTooLong)
    }
}
