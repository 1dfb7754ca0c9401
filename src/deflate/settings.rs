//! All that can be set, in one place, with the reason for each default.

use alloc::boxed::Box;
use core::time::Duration;

use super::compressor::Compressor;
use super::context::{Context, Kind, Level};
use super::pool::Pool;

/// Settings of permessage-deflate: what is negotiated, and how messages are compressed.
///
/// ```
/// use rfc6455::deflate::{Deflate, Level};
/// use rfc6455::session::Config;
///
/// let mut deflate = Deflate::default();
/// deflate.level = Level::FASTEST;
/// let mut config = Config::default();
/// config.deflate = Some(deflate); // for net::Connect, which offers it, or net::Incoming, which accepts it
/// ```
///
/// What came of it is told by [`Session::outgoing_context`](crate::session::Session::outgoing_context) and its twin, in `net`
/// by way of `WebSocket::session`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deflate {
    /// Default 6.
    pub level: Level,
    /// Shorter messages are sent as they are, in bytes; and so are those that compression would not make shorter, unless there
    /// is context takeover, as then the compressor has to go on from what it has seen. With 0 each message is compressed,
    /// whatever comes of it; with `usize::MAX` none is but those with [`Compress::Always`]. A message that is sent in fragments,
    /// so that its length is not known, is compressed with any other value. Default 64: below that there is next to nothing to
    /// gain.
    pub threshold: usize,
    /// What our compressor may refer to. The peer may ask for less, and then gets less. Default: all.
    ///
    /// With `window_bits` of 8 it is the engine's window of 9, in which no reference is longer than 250 bytes: its search ends
    /// 262 bytes before the end of its window.
    pub outgoing: Context,
    /// What the peer's compressor may refer to. Default: all. Many peers cannot compress with `window_bits` of 8, and then refuse
    /// the connection or go without compression; with 9 they can.
    ///
    /// A client that did not offer `client_max_window_bits` cannot be asked for less than 15: then a server does without
    /// compression, unless `require_incoming` is `false`.
    pub incoming: Context,
    /// What becomes of it if the peer does not promise to keep to `incoming`. With `true`, which is the default, there is no
    /// compression. With `false` there is, and whatever the peer refers to is kept for it: a client offers a second time,
    /// without asking for anything, and a server accepts a client that cannot be asked. A browser may be such a client.
    pub require_incoming: bool,
    /// What becomes of the memory of a compressor and a decompressor between two messages. Default: it is kept.
    pub memory: Memory,
}

impl Default for Deflate {
    fn default() -> Self {
        Self {
            level: Level::default(),
            threshold: 64,
            outgoing: Context::default(),
            incoming: Context::default(),
            require_incoming: true,
            memory: Memory::Kept,
        }
    }
}

impl Deflate {
    /// For very many connections: compressors and decompressors are taken from `pool` for each message, and no context is taken
    /// over in either direction, so that nothing is kept between messages.
    #[must_use]
    pub fn shared(pool: Pool) -> Self {
        let mut settings = Self { memory: Memory::Shared(pool), ..Self::default() };
        settings.outgoing.takeover = false;
        settings.incoming.takeover = false;
        settings
    }

    /// For messages that stand for themselves.
    pub(crate) fn compressor(&self) -> Compressor {
        Compressor::new(Context { takeover: false, ..self.outgoing }, self)
    }

    /// [`outgoing`](Self::outgoing), as far as [`memory`](Self::memory) let it be.
    pub(super) const fn own(&self) -> Context {
        let takeover = self.outgoing.takeover && !self.memory.is_shared();
        Context { takeover, ..self.outgoing }
    }
}

/// What becomes of the memory of a compressor and a decompressor between two messages. Neither has any before its first use.
///
/// Bytes that an idle connection keeps, after messages of 1 KiB in both directions:
///
/// | | 15 bits, takeover | no takeover | 9 bits, takeover | no takeover |
/// |---|---:|---:|---:|---:|
/// | `Kept` | 463,000 | 430,000 | 302,000 | 301,000 |
/// | `KeptFor`, after that time | 35,000 | 2,000 | 2,300 | 2,100 |
/// | `Shared`, and the pool once | 35,000 | 2,000 | 2,300 | 2,100 |
///
/// "Takeover" in the last row is the peer's. More figures, with the command that makes them, and how to choose are in
/// `docs/deflate.md` of the package.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Memory {
    /// It stays with the connection: the quickest way, and with context takeover the one that compresses best.
    Kept,
    /// It is given back when no message was compressed or decompressed for so long, by
    /// [`Session::tick`](crate::session::Session::tick). The next one to send is then compressed
    /// without reference to those before. Of the peer's messages as much is kept as it may refer to.
    KeptFor(Duration),
    /// It belongs to a pool that many connections share, and is taken from there for each message. Our compressor then takes
    /// no context over, and tells the peer so. If the peer's does, as much is kept of its messages as it may refer to.
    Shared(Pool),
}

impl Memory {
    /// Whether nothing is kept between messages.
    pub(crate) const fn is_shared(&self) -> bool {
        match self {
            Self::Kept | Self::KeptFor(_) => false,
            Self::Shared(_) => true,
        }
    }

    pub(super) fn take_compressor(&self, kind: Kind) -> Option<Box<flate2::Compress>> {
        match self {
            Self::Kept | Self::KeptFor(_) => None,
            Self::Shared(pool) => pool.take_compressor(kind),
        }
    }

    /// After a message: takes it away if it is shared.
    pub(super) fn give_compressor(&self, kind: Kind, compressor: &mut Option<Box<flate2::Compress>>) {
        if let Self::Shared(pool) = self
            && let Some(given) = compressor.take()
        {
            pool.give_compressor(kind, given);
        }
    }

    pub(super) fn take_decompressor(&self) -> Option<Box<flate2::Decompress>> {
        match self {
            Self::Kept | Self::KeptFor(_) => None,
            Self::Shared(pool) => pool.take_decompressor(),
        }
    }

    /// After a message: takes it away if it is shared.
    pub(super) fn give_decompressor(&self, decompressor: &mut Option<Box<flate2::Decompress>>) {
        if let Self::Shared(pool) = self
            && let Some(given) = decompressor.take()
        {
            pool.give_decompressor(given);
        }
    }
}

/// Whether one message is compressed, whatever the [threshold](Deflate::threshold): for
/// [`Session::send_with`](crate::session::Session::send_with), and `send_with`, `queue_with` and `start_with` of `net`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "it is or it is not")]
pub enum Compress {
    /// It is, if compression was negotiated.
    Always,
    /// It is not: for secrets, beside text that an attacker may choose (RFC 7692 §8), and for what is compressed already.
    Never,
}
