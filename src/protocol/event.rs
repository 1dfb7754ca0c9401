//! What is received and what is sent: RFC 6455 §5.6 and §6.
//!
//! [`Event`] is what came, in pieces as it came; [`Data`] is what is to go.

use bytes::{Bytes, BytesMut};

use super::CloseFrame;
use crate::frame::{Opcode, Rsv};

/// The two kinds of message (RFC 6455 §5.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "§5.6 has two kinds")]
pub enum DataKind {
    /// UTF-8 text.
    Text,
    /// Bytes, of whatever meaning.
    Binary,
}

impl DataKind {
    /// The kind of message that a frame with this opcode begins, if it begins one.
    pub(super) const fn of(opcode: Opcode) -> Option<Self> {
        match opcode {
            Opcode::Text => Some(Self::Text),
            Opcode::Binary => Some(Self::Binary),
            _ => None,
        }
    }
}

impl From<DataKind> for Opcode {
    #[inline]
    fn from(kind: DataKind) -> Self {
        match kind {
            DataKind::Text => Self::Text,
            DataKind::Binary => Self::Binary,
        }
    }
}

/// What a peer sent, in the order in which it came. `P` is the [`Input`](super::Input)'s payload type.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<'c, P> {
    /// A piece of a message. It borrows the input alone, so the connection is free to send while it is held.
    Data(Chunk<P>),
    /// A Ping with its payload. A [`Connection`](super::Connection) has put the Pong into the output, or keeps it until
    /// a long output has been written.
    Ping(&'c [u8]),
    /// A Pong with its payload, asked for or not.
    Pong(&'c [u8]),
    /// The peer's Close, with its body if it has one. A [`Connection`](super::Connection) has put the answer into the
    /// output, unless this was the answer. Nothing follows.
    Close(Option<CloseFrame<'c>>),
}

/// A piece of a message, as long as what had arrived of its frame. A short message is one chunk that starts and
/// ends it.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Chunk<P> {
    /// Text or binary: the kind of the message that it is part of.
    pub kind: DataKind,
    /// The reserved bits of the message's first frame: none but those that were [allowed](super::Receiver::allowing).
    pub rsv: Rsv,
    /// The bytes, unmasked. Text was checked, unless that is the [caller's](super::TextCheck) part; a chunk of it may
    /// end inside a character. Empty only when the message ends here.
    pub payload: P,
    /// This is the first chunk of its message.
    pub starts: bool,
    /// This is the last chunk of its message.
    pub ends: bool,
}

impl<P> Chunk<P> {
    /// A message in one chunk, with no reserved bit; set the fields for another.
    #[inline]
    #[must_use]
    pub const fn whole(kind: DataKind, payload: P) -> Self {
        Self { kind, rsv: Rsv::NONE, payload, starts: true, ends: true }
    }
}

/// A message, or a part of one, to be sent; borrowed.
///
/// ```
/// # use rfc6455::protocol::Data;
/// let text: Data<'_> = "a string is text".into();
/// let binary: Data<'_> = b"bytes are binary".into();
/// assert_ne!(text.kind(), binary.kind());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "§5.6 has two kinds")]
pub enum Data<'d> {
    /// A text.
    Text(&'d str),
    /// Bytes.
    Binary(&'d [u8]),
}

impl Data<'_> {
    /// Text or binary.
    #[inline]
    #[must_use]
    pub const fn kind(&self) -> DataKind {
        match self {
            Self::Text(_) => DataKind::Text,
            Self::Binary(_) => DataKind::Binary,
        }
    }

    /// The payload.
    #[inline]
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }
}

macro_rules! data_from {
    ($($variant:ident from $type:ty;)*) => {$(
        impl<'d> From<&'d $type> for Data<'d> {
            #[inline]
            fn from(data: &'d $type) -> Self {
                Self::$variant(data)
            }
        }
    )*};
}

data_from! {
    Text from str;
    Text from alloc::string::String;
    Binary from [u8];
    Binary from alloc::vec::Vec<u8>;
    Binary from Bytes;
    Binary from BytesMut;
}

impl<'d> From<&'d mut [u8]> for Data<'d> {
    #[inline]
    fn from(data: &'d mut [u8]) -> Self {
        Self::Binary(data)
    }
}

impl<'d, const N: usize> From<&'d [u8; N]> for Data<'d> {
    #[inline]
    fn from(data: &'d [u8; N]) -> Self {
        Self::Binary(data)
    }
}

/// A frame that was sent or received, for a log: what it was, not what it held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FrameSummary {
    /// What it was.
    pub opcode: Opcode,
    /// Whether it was the last of its message.
    pub fin: bool,
    /// Bytes of payload that its header claims.
    pub payload_len: u64,
}

impl FrameSummary {
    /// Of a frame's opcode and FIN, if there was one, and its length.
    pub(super) const fn of(frame: Option<(Opcode, bool)>, payload_len: u64) -> Option<Self> {
        match frame {
            Some((opcode, fin)) => Some(Self { opcode, fin, payload_len }),
            None => None,
        }
    }
}

impl core::fmt::Display for FrameSummary {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let part = if self.fin { "" } else { ", not final" };
        write!(f, "{} frame of {} bytes{part}", self.opcode, self.payload_len)
    }
}
