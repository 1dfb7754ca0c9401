//! One encoding, many receivers: RFC 6455 §5.2.

use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;

#[cfg(feature = "deflate")]
use crate::deflate::{Deflate, WindowBits};
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
    plain: Encoded,
    /// As it goes to those with whom compression was negotiated, and a window at least as large.
    #[cfg(feature = "deflate")]
    compressed: Option<(WindowBits, Encoded)>,
}

/// A whole unmasked frame.
#[derive(Clone)]
pub(super) struct Encoded {
    pub(super) rsv: Rsv,
    pub(super) frame: Bytes,
    header_len: usize,
}

impl PreparedMessage {
    /// Encodes `data`, to be sent uncompressed to all.
    #[must_use]
    pub fn new<'d>(data: impl Into<Data<'d>>) -> Self {
        let data = data.into();
        Self {
            kind: data.kind(),
            plain: Encoded::new(data.kind(), Rsv::NONE, data.as_bytes()),
            #[cfg(feature = "deflate")]
            compressed: None,
        }
    }

    /// Encodes `data`, and compresses it once for all those with whom a window as large as
    /// [`outgoing`](Deflate::outgoing) was negotiated; the others get it uncompressed. So do all if it is shorter than the
    /// [threshold](Deflate::threshold), or not shortened by it.
    ///
    /// It refers to no message before it. With context takeover, the message after it will not either: the compressor of the
    /// connection has not seen this one. So for context takeover to gain something, messages to one receiver have to be more
    /// than those to all.
    ///
    /// ```
    /// use rfc6455::deflate::Deflate;
    /// use rfc6455::session::PreparedMessage;
    ///
    /// let snapshot = "a line of a long list\n".repeat(1000);
    /// let snapshot = PreparedMessage::compressed(&snapshot, &Deflate::default());
    /// ```
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn compressed<'d>(data: impl Into<Data<'d>>, settings: &Deflate) -> Self {
        let data = data.into();
        let bytes = data.as_bytes();
        let mut message = Self::new(data);
        if bytes.len() >= settings.threshold {
            let mut payload = Vec::new();
            settings.compressor().finish(bytes, &mut payload);
            if payload.len() < bytes.len() || settings.threshold == 0 {
                let encoded = Encoded::new(data.kind(), super::deflate::COMPRESSED, &payload);
                message.compressed = Some((settings.outgoing.window_bits, encoded));
            }
        }
        message
    }

    /// Text or binary.
    #[must_use]
    pub const fn kind(&self) -> DataKind {
        self.kind
    }

    /// The payload, uncompressed.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        self.plain.payload()
    }

    /// The whole unmasked frame, as a server sends it uncompressed; a clone of it shares the bytes.
    #[must_use]
    pub const fn frame(&self) -> &Bytes {
        &self.plain.frame
    }

    pub(super) const fn plain(&self) -> &Encoded {
        &self.plain
    }

    #[cfg(feature = "deflate")]
    pub(super) const fn as_compressed(&self) -> Option<&(WindowBits, Encoded)> {
        self.compressed.as_ref()
    }
}

impl Encoded {
    fn new(kind: DataKind, rsv: Rsv, payload: &[u8]) -> Self {
        let payload_len = payload.len() as u64;
        let header = FrameHeader { fin: true, rsv, opcode: kind.into(), mask: None, payload_len };
        // A data frame's header is refused for a length of 2^63 alone, which no slice has.
        let header = header.encode().unwrap_or_default();
        let mut frame = Vec::with_capacity(header.len().saturating_add(payload.len()));
        frame.extend_from_slice(&header);
        frame.extend_from_slice(payload);
        Self { rsv, frame: frame.into(), header_len: header.len() }
    }

    pub(super) fn payload(&self) -> &[u8] {
        self.frame.get(self.header_len..).unwrap_or_default()
    }
}

impl fmt::Debug for PreparedMessage {
    /// What it is and not what it holds, which may be long and is the application's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("PreparedMessage");
        shown.field("kind", &self.kind).field("len", &self.payload().len()).finish_non_exhaustive()
    }
}
