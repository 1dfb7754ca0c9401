//! Errors of a connection, sorted by whose fault they are: RFC 6455 §7.1.7.
//!
//! [`ProtocolError`] is the peer's, [`SendError`] the caller's, [`Truncated`] the transport's.

use core::fmt;

use super::{CloseCode, InvalidCloseCode, InvalidUtf8};
use crate::EntropyError;
use crate::frame::{HeaderError, Opcode};

/// The rule that the peer broke. The connection has failed: the Close with [`close_code`](Self::close_code) was put
/// into the output, and nothing later is read (RFC 6455 §7.1.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProtocolError {
    /// The frame's header is illegal by itself.
    Header(HeaderError),
    /// A reserved bit is set that no extension gave a meaning.
    ReservedBits(Opcode),
    /// A client sent a frame without a mask.
    Unmasked(Opcode),
    /// A server sent a masked frame.
    Masked(Opcode),
    /// A continuation frame with no message to continue.
    UnexpectedContinuation,
    /// A new message began inside a fragmented one.
    MessageInterrupted,
    /// Text, or a close reason, is not UTF-8.
    InvalidUtf8,
    /// A Close frame with a body of one byte.
    CloseBodyTooShort,
    /// A Close frame with a code that must not be sent.
    CloseCode(InvalidCloseCode),
    /// A frame over [`Limits::frame`](super::Limits::frame).
    #[non_exhaustive]
    FrameTooBig {
        /// What its header claims.
        len: u64,
        /// What is allowed.
        limit: u64,
    },
    /// A message over [`Limits::message`](super::Limits::message).
    #[non_exhaustive]
    MessageTooBig {
        /// What is allowed.
        limit: u64,
    },
    /// A message in so many tiny fragments that handling them costs more than the largest message allowed.
    TooManyFragments,
    /// A compressed message that cannot be decompressed (RFC 7692 §7.2.2).
    InvalidCompressedData,
}

impl ProtocolError {
    /// The code of the Close frame that tells the peer (§7.4.1).
    #[must_use]
    pub const fn close_code(&self) -> CloseCode {
        match self {
            Self::InvalidUtf8 | Self::InvalidCompressedData => CloseCode::INVALID_PAYLOAD,
            Self::FrameTooBig { .. } | Self::MessageTooBig { .. } => CloseCode::MESSAGE_TOO_BIG,
            Self::TooManyFragments => CloseCode::POLICY_VIOLATION,
            _ => CloseCode::PROTOCOL_ERROR,
        }
    }

    /// The section that has the rule: of RFC 7692 for [`InvalidCompressedData`](Self::InvalidCompressedData), else of RFC 6455.
    #[must_use]
    pub const fn section(&self) -> &'static str {
        match self {
            Self::Header(HeaderError::FragmentedControl(_) | HeaderError::ControlTooLong(_)) => "5.5",
            Self::Header(_) | Self::ReservedBits(_) => "5.2",
            Self::Unmasked(_) | Self::Masked(_) => "5.1",
            Self::UnexpectedContinuation | Self::MessageInterrupted => "5.4",
            Self::InvalidUtf8 => "8.1",
            Self::CloseBodyTooShort => "5.5.1",
            Self::CloseCode(_) => "7.4",
            Self::FrameTooBig { .. } | Self::MessageTooBig { .. } | Self::TooManyFragments => "10.4",
            Self::InvalidCompressedData => "7.2.2",
        }
    }

    /// What goes into the Close frame as its reason: short, and nothing that the peer does not know.
    pub(super) const fn close_reason(&self) -> &'static str {
        match self {
            Self::Header(HeaderError::ReservedOpcode(_)) => "reserved opcode",
            Self::Header(HeaderError::FragmentedControl(_)) => "fragmented control frame",
            Self::Header(HeaderError::ControlTooLong(_)) => "control frame over 125 bytes",
            Self::Header(HeaderError::LengthNotMinimal(_)) => "length not in its shortest form",
            Self::Header(HeaderError::LengthTooLarge) => "length of 2^63 or more",
            Self::ReservedBits(_) => "reserved bit without an extension",
            Self::Unmasked(_) => "client frame without a mask",
            Self::Masked(_) => "masked server frame",
            Self::UnexpectedContinuation => "continuation without a message",
            Self::MessageInterrupted => "new message inside a fragmented one",
            Self::InvalidUtf8 => "invalid UTF-8",
            Self::CloseBodyTooShort => "close body of one byte",
            Self::CloseCode(_) => "invalid close code",
            Self::FrameTooBig { .. } => "frame too big",
            Self::MessageTooBig { .. } => "message too big",
            Self::TooManyFragments => "too many small fragments",
            Self::InvalidCompressedData => "invalid compressed data",
        }
    }
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // These name their sections themselves.
            Self::Header(error) => return error.fmt(f),
            Self::CloseCode(error) => return error.fmt(f),
            Self::InvalidCompressedData => {
                return f.write_str("compressed message cannot be decompressed (RFC 7692 §7.2.2)");
            }
            Self::ReservedBits(opcode) => {
                write!(f, "{opcode} frame has a reserved bit set that no extension uses")
            }
            Self::Unmasked(opcode) => write!(f, "{opcode} frame from a client is not masked"),
            Self::Masked(opcode) => write!(f, "{opcode} frame from a server is masked"),
            Self::UnexpectedContinuation => f.write_str("continuation frame with no message to continue"),
            Self::MessageInterrupted => f.write_str("a new message began inside a fragmented one"),
            Self::InvalidUtf8 => f.write_str("text or close reason is not UTF-8"),
            Self::CloseBodyTooShort => f.write_str("close frame with a body of one byte"),
            Self::FrameTooBig { len, limit } => {
                write!(f, "frame of {len} bytes is over the limit of {limit}")
            }
            Self::MessageTooBig { limit } => write!(f, "message is over the limit of {limit} bytes"),
            Self::TooManyFragments => f.write_str("message in too many tiny fragments"),
        }?;
        write!(f, " (RFC 6455 §{})", self.section())
    }
}

impl core::error::Error for ProtocolError {}

impl From<HeaderError> for ProtocolError {
    fn from(error: HeaderError) -> Self {
        Self::Header(error)
    }
}

impl From<InvalidUtf8> for ProtocolError {
    fn from(_: InvalidUtf8) -> Self {
        Self::InvalidUtf8
    }
}

/// Why a call to send was refused. Nothing was written, and the connection goes on as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendError {
    /// A Close was sent, or the connection failed or was lost: nothing may follow (§5.5.1, §6.1).
    Closed,
    /// A message was started and not finished; messages are never interleaved (§5.4).
    MessageUnfinished,
    /// No message was started that could go on.
    NoMessage,
    /// The message that was started is of the other kind (§5.4).
    OtherKind,
    /// A Ping or Pong payload over 125 bytes (§5.5).
    ControlTooLong,
    /// A close reason over 123 bytes (§5.5); [`truncate_close_reason`](super::truncate_close_reason) cuts one to fit.
    ReasonTooLong,
    /// 1010 is for clients to send (§7.4.1).
    ClientOnlyCode,
    /// Bytes that were to be sent as text are not UTF-8 (§5.6).
    InvalidUtf8,
    /// A client's payload has to be masked, so its header alone is of no use (§5.1).
    MustMask,
    /// A chunk has a reserved bit that no extension of this connection uses (§5.2).
    ReservedBits,
    /// There was no entropy for a masking key (§5.3).
    Entropy(EntropyError),
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "cannot send: the connection is closing or closed (RFC 6455 §6.1)",
            Self::MessageUnfinished => {
                "cannot send: the message that was started is not finished (RFC 6455 §5.4)"
            }
            Self::NoMessage => "cannot go on: no message was started (RFC 6455 §5.4)",
            Self::OtherKind => "cannot go on with the other kind of data in one message (RFC 6455 §5.4)",
            Self::ControlTooLong => "ping or pong payload over 125 bytes (RFC 6455 §5.5)",
            Self::ReasonTooLong => "close reason over 123 bytes (RFC 6455 §5.5)",
            Self::ClientOnlyCode => "close code 1010 is for clients only (RFC 6455 §7.4.1)",
            Self::InvalidUtf8 => "text to send is not UTF-8 (RFC 6455 §5.6)",
            Self::MustMask => "a client has to mask what it sends (RFC 6455 §5.1)",
            Self::ReservedBits => {
                "cannot send a reserved bit that no extension of this connection uses (RFC 6455 §5.2)"
            }
            Self::Entropy(error) => return error.fmt(f),
        })
    }
}

impl core::error::Error for SendError {}

impl From<EntropyError> for SendError {
    fn from(error: EntropyError) -> Self {
        Self::Entropy(error)
    }
}

/// The transport ended before the peer's Close: the connection is lost, status 1006 (RFC 6455 §7.1.4, §7.1.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Truncated {
    /// Between two messages.
    BetweenMessages,
    /// Inside a frame, with this opcode.
    InFrame(Opcode),
    /// Inside a frame's header.
    InHeader,
    /// Between two fragments of a message.
    BetweenFragments,
}

impl fmt::Display for Truncated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BetweenMessages => f.write_str("the transport ended without a close frame"),
            Self::InFrame(opcode) => write!(f, "the transport ended inside a {opcode} frame"),
            Self::InHeader => f.write_str("the transport ended inside a frame header"),
            Self::BetweenFragments => f.write_str("the transport ended inside a fragmented message"),
        }?;
        f.write_str(" (RFC 6455 §7.1.4)")
    }
}

impl core::error::Error for Truncated {}
