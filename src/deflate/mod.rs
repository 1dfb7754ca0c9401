//! Compression of messages: RFC 7692, the extension permessage-deflate.
//!
//! ```text
//!   Deflate ── offers, agree (a client) ──▶ Agreement ──▶ Compressor      messages to payloads
//!           ── accept        (a server)         │    └──▶ Decompressor    payloads to messages
//!                                               └─ extension()            what stands in the server's answer
//! ```
//!
//! [`Deflate`] is all that can be set. What is offered and answered is made of it, and so is what compresses, so the two
//! cannot disagree. Put one into [`Config::deflate`](crate::session::Config::deflate): the adapters do the rest. Whoever
//! drives a [`Session`](crate::session::Session) hands the [`Agreement`] to it, and whoever drives a
//! [`Connection`](crate::protocol::Connection) uses the [`Compressor`] and the [`Decompressor`] themselves.
//!
//! Nothing is allocated until the first message is compressed or decompressed. What that takes, and when it is given back, is
//! said by [`Memory`].
//!
//! On a connection of its own:
//!
//! ```
//! use rfc6455::deflate::{Deflate, Inflated};
//! use rfc6455::frame::Rsv;
//! use rfc6455::protocol::{Chunk, Connection, DataKind, Event, Limits, Role};
//!
//! let settings = Deflate::default();
//! // The offers come from a client's request; the agreement's extension goes into the answer.
//! let agreement = settings.accept(&settings.offers()).ok_or("nothing to agree on")?;
//! let mut server = Connection::new(Role::Server, Limits::default()).allowing(Rsv::RSV1);
//! let (mut compressor, mut decompressor) = (agreement.compressor(), agreement.decompressor());
//!
//! // What came is decompressed piece by piece: the last chunk of a message by `finish`, others by `decompress`.
//! let (mut output, mut piece) = (Vec::new(), Vec::with_capacity(4096));
//! let mut bytes = *b"\xc1\x87\0\0\0\0\xf2\x48\xcd\xc9\xc9\x07\x00";
//! let mut input = &mut bytes[..];
//! while let Some(event) = server.receive(&mut input, &mut output)? {
//!     if let Event::Data(chunk) = event
//!         && chunk.rsv.contains(Rsv::RSV1)
//!         && chunk.ends
//!     {
//!         assert_eq!(decompressor.finish(&mut &chunk.payload[..], &mut piece)?, Inflated::Done);
//!     }
//! }
//! assert_eq!(piece, b"Hello");
//!
//! // First it is made sure that the message can go, as the compressor counts on it.
//! server.check_start()?;
//! let mut payload = Vec::new();
//! compressor.finish(b"Hello", &mut payload);
//! let mut chunk = Chunk::whole(DataKind::Text, &payload);
//! chunk.rsv = Rsv::RSV1;
//! server.forward(&chunk, &mut output)?;
//! assert_eq!(output, b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What compression gives away
//!
//! The length of a compressed message tells how much it repeats. Where an attacker can put text of his choice next to a secret
//! and see the lengths on the wire, also under TLS, he can guess the secret piece by piece (CRIME, BREACH; RFC 7692 §8). So send
//! what is secret and what others may choose in messages of their own, the secret ones with
//! [`Compress::Never`], or do not offer compression at all. With context takeover a message is compressed together with those
//! before it, so that "next to" is anywhere in the last 32 KiB.

mod agreement;
mod compressor;
mod context;
mod decompressor;
mod error;
mod history;
mod negotiation;
mod params;
#[cfg_attr(not(feature = "std"), path = "no_pool.rs")]
mod pool;
mod settings;

pub use agreement::Agreement;
pub use compressor::Compressor;
pub use context::{Context, Level, WindowBits};
pub use decompressor::{Decompressor, Inflated};
pub use error::{AnswerError, InvalidData};
pub use pool::Pool;
pub use settings::{Compress, Deflate, Memory};

/// The extension's name (RFC 7692 §7).
pub const NAME: &str = "permessage-deflate";

/// What the sender takes off the end of each message, and the receiver puts back (RFC 7692 §7.2.1, §7.2.2): the lengths of an
/// empty stored block.
const TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];
