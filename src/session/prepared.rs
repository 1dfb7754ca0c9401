//! One encoding, many receivers: RFC 6455 §5.2.

use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;

use crate::frame::{FrameHeader, Rsv};
use crate::protocol::{Data, DataKind};

/// A message that is encoded once, to be sent to many: a broadcast of a chat, a tick of a feed.
///
/// A clone shares the bytes. What a server sends is the same for all, so nothing is encoded again; a client has to mask
/// each frame with a key of its own (§5.3), so it still copies.
///
/// ```
/// use rfc6455::session::PreparedMessage;
///
/// let tick = PreparedMessage::new("EURUSD 1.0842");
/// assert_eq!(&tick.frame()[..2], [0x81, 13]);
/// assert_eq!(tick.payload(), b"EURUSD 1.0842");
/// ```
#[derive(Clone)]
pub struct PreparedMessage {
    kind: DataKind,
    frame: Bytes,
    header_len: usize,
}

impl PreparedMessage {
    /// Encodes `data`.
    #[must_use]
    pub fn new<'d>(data: impl Into<Data<'d>>) -> Self {
        let data = data.into();
        let payload = data.as_bytes();
        let header = FrameHeader {
            fin: true,
            rsv: Rsv::NONE,
            opcode: data.kind().into(),
            mask: None,
            payload_len: payload.len() as u64,
        };
        // A data frame's header is refused for a length of 2^63 alone, which no slice has.
        let header = header.encode().unwrap_or_default();
        let mut frame = Vec::with_capacity(header.len().saturating_add(payload.len()));
        frame.extend_from_slice(&header);
        frame.extend_from_slice(payload);
        Self { kind: data.kind(), frame: frame.into(), header_len: header.len() }
    }

    /// Text or binary.
    #[must_use]
    pub const fn kind(&self) -> DataKind {
        self.kind
    }

    /// The payload.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        self.frame.get(self.header_len..).unwrap_or_default()
    }

    /// What it was made of.
    #[cfg(feature = "std")]
    pub(crate) fn data(&self) -> Data<'_> {
        match self.kind {
            DataKind::Text => Data::Text(core::str::from_utf8(self.payload()).unwrap_or_default()),
            DataKind::Binary => Data::Binary(self.payload()),
        }
    }

    /// The whole unmasked frame, as a server sends it; a clone of it shares the bytes.
    #[must_use]
    pub const fn frame(&self) -> &Bytes {
        &self.frame
    }
}

impl fmt::Debug for PreparedMessage {
    /// What it is and not what it holds, which may be long and is the application's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("PreparedMessage");
        shown.field("kind", &self.kind).field("len", &self.payload().len()).finish_non_exhaustive()
    }
}
