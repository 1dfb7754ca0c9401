//! Receiving: RFC 6455 §5.2 to §5.6, §6.2 and §8.1; bytes to events.
//!
//! All input that is given is taken; what is incomplete (a header, a control frame's body, a character) waits in a
//! small fixed carry. Every rule that a header can break is checked before its payload is looked at.

mod payload;
mod straight;

use super::carry::Carry;
use super::input::Input;
use super::message::Message;
use super::{Chunk, CloseFrame, DataKind, Event, FrameSummary, Limits, ProtocolError, Side, Truncated};
use crate::frame::{FrameHeader, Mask, Opcode, Rsv};
use payload::Unmasking;
pub(crate) use straight::MaskedMessage;

/// The receiving half of a connection. It owes the peer nothing: pongs and close replies are the
/// [`Connection`](super::Connection)'s.
#[derive(Debug)]
pub struct Receiver {
    place: Place,
    /// The message in progress, when it did not fit one chunk.
    message: Option<Message>,
    peer: Side,
    text: TextCheck,
    limits: Limits,
    /// The longest message in the short form of the length (§5.2) that they allow.
    most_short: u8,
    /// The reserved bits that extensions use.
    reserved: Rsv,
    unmasking: Unmasking,
    carry: Carry,
    /// Opcode and FIN of the last frame; its length is beside it, and not in one struct, to save the padding.
    last: Option<(Opcode, bool)>,
    last_len: u64,
}

/// Who checks that text is UTF-8 (RFC 6455 §8.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "it is checked here or it is not")]
pub enum TextCheck {
    /// The receiver does, as the bytes arrive.
    #[default]
    Receiver,
    /// Whoever makes a `&str` of it does, with [`Utf8Stream`](super::Utf8Stream), and calls
    /// [`Connection::fail`](super::Connection::fail) when it is none. So that nothing is checked twice.
    Caller,
}

/// Where in the stream of bytes this is.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// Between two messages, with nothing carried.
    BetweenMessages,
    /// Anywhere else where a header is due or has begun.
    Header,
    /// Inside the payload of a data frame.
    Payload { mask: Option<Mask>, remaining: u64, fin: bool },
    /// Inside the body of a control frame, which gathers in the carry.
    Control { opcode: Opcode, mask: Option<[u8; 4]>, len: usize },
    /// After the Close: nothing is read any more (§5.5.1).
    Closed,
    /// After a fault: nothing is read any more (§7.1.7).
    Failed(ProtocolError),
    /// After the end of the transport, which came here.
    Ended(Truncated),
}

/// What a frame, or a part of it, came to: an [`Event`] that does not borrow yet.
enum Step<P> {
    Data(Chunk<P>),
    Control(Opcode),
}

impl Receiver {
    /// The start of a connection on which `peer` sends.
    #[must_use]
    pub const fn new(peer: Side, limits: Limits, text: TextCheck) -> Self {
        Self {
            place: Place::BetweenMessages,
            message: None,
            peer,
            text,
            limits,
            most_short: straight::most_short(&limits),
            reserved: Rsv::NONE,
            unmasking: Unmasking::Receiver,
            carry: Carry::new(),
            last: None,
            last_len: 0,
        }
    }

    /// Lets the first frame of a message have these reserved bits, since an extension that was negotiated gives them a
    /// meaning; [`Chunk::rsv`] tells them. What such a message holds is the extension's: its text is not checked here, and as
    /// its length is not that of what it stands for, it may be over the [`Limits`] by an eighth, 1 KiB, and 12 bytes for each
    /// fragment.
    #[must_use]
    pub const fn allowing(mut self, reserved: Rsv) -> Self {
        self.reserved = reserved;
        self
    }

    pub(super) const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Leaves it to the caller to unmask chunks of binary messages that no extension has a part in, with
    /// [`chunk_mask`](Self::chunk_mask): to unmask while copying saves a pass.
    pub(super) const fn leaving_binary_masked(mut self) -> Self {
        self.unmasking = Unmasking::Caller(None);
        self
    }

    /// What the chunk that was given last is still to be unmasked with.
    pub(super) const fn chunk_mask(&self) -> Option<Mask> {
        match self.unmasking {
            Unmasking::Receiver => None,
            Unmasking::Caller(mask) => mask,
        }
    }

    /// The next event in `input`; `None` when all of it is taken and more is needed.
    ///
    /// # Errors
    ///
    /// The rule that the peer broke. The input is discarded; each later call gives the same error.
    #[inline]
    pub fn receive<I: Input>(
        &mut self,
        input: &mut I,
    ) -> Result<Option<Event<'_, I::Payload>>, ProtocolError> {
        match self.receive_short(input) {
            Some(chunk) => Ok(Some(Event::Data(chunk))),
            None => self.receive_longer(input),
        }
    }

    /// All that is not a short message at the start of the input.
    #[inline(never)]
    fn receive_longer<I: Input>(
        &mut self,
        input: &mut I,
    ) -> Result<Option<Event<'_, I::Payload>>, ProtocolError> {
        match self.receive_whole(input)? {
            Some(chunk) => Ok(Some(Event::Data(chunk))),
            None => self.receive_any(input),
        }
    }

    /// Bytes of the current data frame's payload that are still due. A claim of the peer's, at most
    /// [`Limits::frame`]: an adapter may read that many straight into their place, a piece at a time, and then pass
    /// them to [`receive`](Self::receive) there.
    #[must_use]
    pub const fn payload_remaining(&self) -> u64 {
        match self.place {
            Place::Payload { remaining, .. } => remaining,
            _ => 0,
        }
    }

    /// The last frame whose header was read.
    #[must_use]
    pub const fn last_frame(&self) -> Option<FrameSummary> {
        FrameSummary::of(self.last, self.last_len)
    }

    /// The body of the Close that was received, when there was one with a body.
    #[must_use]
    pub fn close_frame(&self) -> Option<CloseFrame<'_>> {
        match self.place {
            Place::Closed => CloseFrame::parse(self.carry.body()).ok().flatten(),
            _ => None,
        }
    }

    /// Stops reading, because of a fault that a layer above found.
    pub const fn fail(&mut self, error: ProtocolError) {
        self.place = Place::Failed(error);
    }

    /// What [`receive`](Self::receive) gives at each call, once it is an error.
    pub(super) const fn fault(&self) -> Option<ProtocolError> {
        match self.place {
            Place::Failed(error) => Some(error),
            _ => None,
        }
    }

    /// The payload of the last control frame, until the next header begins.
    pub(super) fn control_payload(&self) -> &[u8] {
        self.carry.body()
    }

    /// Takes note that the transport has ended, and tells where in the stream of bytes that was.
    pub(super) const fn end(&mut self) -> Truncated {
        let place = match (self.place, &self.message, self.last) {
            (Place::Ended(place), _, _) => place,
            (Place::Header, _, _) if self.carry.has_header() => Truncated::InHeader,
            (Place::Payload { .. } | Place::Control { .. }, _, Some((opcode, _))) => {
                Truncated::InFrame(opcode)
            }
            (_, Some(_), _) => Truncated::BetweenFragments,
            _ => Truncated::BetweenMessages,
        };
        self.place = Place::Ended(place);
        place
    }

    /// The general path: any frame, in any pieces. Out of line, so that the straight path stays short.
    #[inline(never)]
    pub(super) fn receive_any<I: Input>(
        &mut self,
        input: &mut I,
    ) -> Result<Option<Event<'_, I::Payload>>, ProtocolError> {
        let step = match self.step(input) {
            Ok(Some(step)) => step,
            Ok(None) => return Ok(None),
            Err(error) => return Err(self.failed(error, input)),
        };
        Ok(Some(match step {
            Step::Data(chunk) => Event::Data(chunk),
            Step::Control(Opcode::Ping) => Event::Ping(self.carry.body()),
            Step::Control(Opcode::Pong) => Event::Pong(self.carry.body()),
            Step::Control(_) => Event::Close(self.close_frame()),
        }))
    }

    /// Goes on until there is something to tell or the input is used up.
    fn step<I: Input>(&mut self, input: &mut I) -> Result<Option<Step<I::Payload>>, ProtocolError> {
        loop {
            match self.place {
                Place::BetweenMessages | Place::Header => match self.header(input)? {
                    Some(header) => self.begin_frame(&header)?,
                    None => return Ok(None),
                },
                Place::Payload { .. } => match self.payload(input)? {
                    // An empty fragment has nothing to tell unless it ends its message.
                    Some(chunk) if !chunk.ends && chunk.payload.as_ref().is_empty() => {}
                    Some(chunk) => return Ok(Some(Step::Data(chunk))),
                    None => return Ok(None),
                },
                Place::Control { opcode, mask, len } => {
                    let Some(body) = self.carry.fill_body(input, len) else { return Ok(None) };
                    if let Some(key) = mask {
                        Mask::new(key).apply(body);
                    }
                    self.end_control(opcode)?;
                    return Ok(Some(Step::Control(opcode)));
                }
                Place::Closed | Place::Ended(_) => {
                    input.skip(input.bytes().len());
                    return Ok(None);
                }
                Place::Failed(error) => return Err(error),
            }
        }
    }

    /// The next header, from the input or from the carry and the input.
    fn header<I: Input>(&mut self, input: &mut I) -> Result<Option<FrameHeader>, ProtocolError> {
        if !self.carry.has_header()
            && let Some((header, used)) = FrameHeader::decode(input.bytes())?
        {
            input.skip(used);
            return Ok(Some(header));
        }
        // At most 14 bytes: one at a time is simple, and finds a fault at the first byte that has it.
        while !input.bytes().is_empty() {
            self.place = Place::Header;
            self.carry.push_header(input);
            if let Some((header, _)) = FrameHeader::decode(self.carry.header())? {
                self.carry.clear_header();
                return Ok(Some(header));
            }
        }
        Ok(None)
    }

    /// Holds a header against the rules that need more than the header.
    fn begin_frame(&mut self, header: &FrameHeader) -> Result<(), ProtocolError> {
        let FrameHeader { fin, opcode, mask, payload_len, .. } = *header;
        (self.last, self.last_len) = (Some((opcode, fin)), payload_len);
        // §5.2: reserved bits MUST be 0 unless an extension gives them a meaning; RFC 7692 §6: on the first frame of a message.
        let allowed = if DataKind::of(opcode).is_some() { self.reserved } else { Rsv::NONE };
        if !allowed.contains(header.rsv) {
            return Err(ProtocolError::ReservedBits(opcode));
        }
        // §5.1: clients MUST mask, servers MUST NOT.
        match (self.peer, mask) {
            (Side::Client, None) => return Err(ProtocolError::Unmasked(opcode)),
            (Side::Server, Some(_)) => return Err(ProtocolError::Masked(opcode)),
            _ => {}
        }
        self.place = match usize::try_from(payload_len) {
            Ok(len) if opcode.is_control() => Place::Control { opcode, mask, len },
            _ => {
                self.begin_data(header)?;
                Place::Payload { mask: mask.map(Mask::new), remaining: payload_len, fin }
            }
        };
        Ok(())
    }

    fn begin_data(&mut self, header: &FrameHeader) -> Result<(), ProtocolError> {
        let kind = DataKind::of(header.opcode);
        // §5.4: a message's fragments follow each other, and nothing but control frames comes between.
        let message = match (kind, &mut self.message) {
            (Some(kind), none @ None) => none.insert(Message::new(kind, header.rsv)),
            (None, Some(message)) => message,
            (Some(_), Some(_)) => return Err(ProtocolError::MessageInterrupted),
            (None, None) => return Err(ProtocolError::UnexpectedContinuation),
        };
        let is_whole = kind.is_some() && header.fin;
        message.add_frame(header.payload_len, is_whole, &self.limits)
    }

    /// A control frame is whole in the carry.
    fn end_control(&mut self, opcode: Opcode) -> Result<(), ProtocolError> {
        self.place = match opcode {
            Opcode::Close => {
                CloseFrame::parse(self.carry.body())?;
                Place::Closed
            }
            _ if self.message.is_some() => Place::Header,
            _ => Place::BetweenMessages,
        };
        Ok(())
    }

    fn failed<I: Input>(&mut self, error: ProtocolError, input: &mut I) -> ProtocolError {
        input.skip(input.bytes().len());
        self.place = Place::Failed(error);
        error
    }
}
