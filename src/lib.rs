//! WebSocket, RFC 6455: a complete connection that does no I/O, and thin adapters on it.
//!
//! ```text
//!                     ┌───────────────────────────────────────────────────────────┐
//!  your sockets,      │ net     threads and std::net   [std] │ tokio    [feature] │
//!  or an adapter  ──▶ ├───────────────────────────────────────────────────────────┤
//!                     │ session     whole messages, keepalive, deadlines          │
//!                     ├───────────────────────────────────┬───────────┬───────────┤
//!  bytes in  ───────▶ │ protocol    fragments, control    │ deflate   │ dial      │
//!  events out ◀────── │             frames, close         │ [feature] │ proxies   │
//!                     ├───────────────────────────────────┤ compress, ├───────────┤
//!  bytes out ◀─────── │ frame       header, opcode, mask  │ inflate   │ handshake │
//!                     └───────────────────────────────────┴───────────┴───────────┘
//! ```
//!
//! Pick the highest layer that fits: [`net`] for a program with threads, `tokio` (with the feature of that name) for one with tasks,
//! [`session`] to bring your own I/O,
//! [`protocol`] for messages in pieces as they arrive, [`frame`] for tools that see frames. [`dial`] is for what comes before:
//! proxies, redirects, delays. Without `std`, all but [`net`] is there, on `alloc`.
//!
//! # Features
//!
//! `std` (default): [`net`], entropy from the operating system, the `std::io` traits. `simd` (default): wide vectors. `deflate`:
//! compression. `rustls`, with `native-roots` or `webpki-roots`: TLS for [`net`]. `tokio`: the module of that name, and `tokio-rustls`:
//! TLS for it. `http`: conversions from and to the types of that crate. All but `deflate` turn `std` on, and
//! that, too, needs a target which has it.
//!
//! # An echo server
//!
//! ```no_run
//! # #[cfg(feature = "std")] fn main() -> Result<(), std::io::Error> {
//! use rfc6455::{Message, accept};
//!
//! let listener = std::net::TcpListener::bind("127.0.0.1:9001")?;
//! for stream in listener.incoming() {
//!     std::thread::spawn(move || -> Result<(), rfc6455::Error> {
//!         let mut socket = accept(stream?)?;
//!         let mut message = Message::new();
//!         while socket.read(&mut message)? {
//!             socket.send(&message)?;
//!         }
//!         Ok(())
//!     });
//! }
//! # Ok(()) }
//! # #[cfg(not(feature = "std"))] fn main() {}
//! ```
//!
//! # The loop of an adapter
//!
//! What [`net`] does and what yours would: bytes that were read go in, what is appended to the output is written, and
//! the time is told. The session never asks for either.
//!
//! ```
//! use std::{error::Error, io::{Read, Write}, time::Instant};
//! use rfc6455::{Message, Session, protocol::Transport, session::Received};
//!
//! fn echo(stream: &mut (impl Read + Write), session: &mut Session) -> Result<(), Box<dyn Error>> {
//!     let start = Instant::now();
//!     let (mut buffer, mut output, mut message) = ([0; 16 * 1024], Vec::new(), Message::new());
//!     loop {
//!         let len = stream.read(&mut buffer)?; // wait no longer than session.deadline()
//!         let mut input = &mut buffer[..len];
//!         let result = loop {
//!             match session.receive(&mut input, &mut message, start.elapsed(), &mut output) {
//!                 Ok(Some(Received::Message)) => session.send(&message, &mut output)?,
//!                 Ok(Some(_)) => {} // a Ping, a Pong or the Close: what it needs is in the output
//!                 Ok(None) => break session.tick(start.elapsed(), &mut output),
//!                 Err(error) => break Err(error),
//!             }
//!         };
//!         while !output.is_empty() {
//!             stream.write_all(&output)?; // after a fault, this holds the Close that tells the peer
//!             output.clear();
//!             session.answer_waiting_ping(&mut output); // a Pong that waited until that was written
//!         }
//!         result?;
//!         if len == 0 {
//!             return Ok(session.receive_eof()?);
//!         }
//!         if session.transport() == Transport::HangUp {
//!             return Ok(()); // the closing handshake is done; a client waits for the server to hang up
//!         }
//!     }
//! }
//! # use std::io;
//! # struct Script(&'static [u8], Vec<u8>);
//! # impl Read for Script {
//! #     fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
//! #         assert!(!self.1.ends_with(b"x"), "a Pong is owed, and goes out before more is read");
//! #         self.0.read(to)
//! #     }
//! # }
//! # impl Write for Script {
//! #     fn write(&mut self, from: &[u8]) -> io::Result<usize> { self.1.write(from) }
//! #     fn flush(&mut self) -> io::Result<()> { Ok(()) }
//! # }
//! # use rfc6455::{protocol::Role, session::Config};
//! # let bytes = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58\x88\x80\x01\x02\x03\x04";
//! # let mut stream = Script(bytes, Vec::new());
//! # let mut session = Session::new(Role::Server, &Config::default(), std::time::Duration::ZERO);
//! # echo(&mut stream, &mut session)?;
//! # assert_eq!(stream.1, b"\x81\x05Hello\x88\x00");
//! # let bytes = [&b"\x81\xfe\x13\x88\0\0\0\0"[..], &[b'x'; 5000], b"\x89\x81\0\0\0\0p"].concat();
//! # let mut stream = Script(bytes.leak(), Vec::new());
//! # let mut session = Session::new(Role::Server, &Config::default(), std::time::Duration::ZERO);
//! # echo(&mut stream, &mut session).unwrap_err();
//! # assert!(stream.1.ends_with(b"xxx\x8a\x01p"));
//! # Ok::<(), Box<dyn Error>>(())
//! ```
//!
//! # Where each section of the RFCs is
//!
//! | section | what | where |
//! |---|---|---|
//! | 3 | `ws:` and `wss:` URIs | [`handshake::Uri`] |
//! | 4.1 | the client's opening handshake | [`handshake::ClientRequest`], [`handshake::ClientHandshake`] |
//! | 4.1 | proxies, redirects, one connection at a time | [`dial::Tunnel`], [`dial::Redirects`], `dial::Gate` |
//! | 4.2 | the server's opening handshake | [`handshake::ServerHandshake`], [`handshake::Upgrade`], [`handshake::Accept`] |
//! | 4.3, 9.1 | lists of tokens, extensions | [`handshake::Extension`] |
//! | 5.1, 5.3 | masking | [`frame::Mask`], [`protocol::MaskKeys`] |
//! | 5.2 | the frame header | [`frame::FrameHeader`] |
//! | 5.4, 5.6, 6.2 | fragments and messages, received | [`protocol::Receiver`], [`session::Session`] |
//! | 5.4, 5.6, 6.1 | fragments and messages, sent | [`protocol::Sender`] |
//! | 5.5, 7 | ping, pong and close | [`protocol::Connection`] |
//! | 7.2.3 | when to connect again | [`dial::Backoff`] |
//! | 7.4 | close codes | [`protocol::CloseCode`], [`protocol::CloseStatus`] |
//! | 8.1 | UTF-8 | [`protocol::Utf8Stream`] |
//! | 10.2 | Origin | [`handshake::OriginPolicy`] |
//! | 10.4 | limits | [`protocol::Limits`], [`handshake::HeadLimits`], [`session::Config`] |
//! | RFC 7692 | compression of messages | `deflate`, with the feature of that name |

#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(
    all(test, shuttle, feature = "tokio"),
    expect(
        dead_code,
        unused_imports,
        reason = "the scheduler's streams are blocking, so its tests use nothing of tokio's"
    )
)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(test),
    warn(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::unwrap_used,
    )
)]
// A length of a peer's is never narrowed unchecked: RFC 6455 §5.2 gives it 63 bits, and a `usize` may have 32.
#![cfg_attr(
    not(test),
    deny(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss)
)]
#![warn(
    clippy::exhaustive_enums,
    clippy::exhaustive_structs,
    clippy::missing_errors_doc,
    clippy::missing_panics_doc
)]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

#[cfg(feature = "deflate")]
pub mod deflate;
pub mod dial;
mod entropy;
pub mod frame;
pub mod handshake;
#[cfg(feature = "std")]
pub mod net;
pub mod protocol;
pub mod session;
#[cfg(all(feature = "tokio", not(all(test, shuttle))))]
pub mod tokio;

#[cfg(feature = "deflate")]
pub use deflate::Deflate;
pub use entropy::EntropyError;
#[cfg(feature = "std")]
pub use net::{Connect, Error, Incoming, ReadEvent, WebSocket, accept, connect};
pub use protocol::{CloseCode, CloseStatus, Data};
pub use session::{Config, Keepalive, Message, PreparedMessage, Session};

/// The code of the README compiles.
#[cfg(all(doctest, feature = "std", feature = "deflate", feature = "rustls", feature = "tokio"))]
#[doc = include_str!("../README.md")]
struct Readme;

/// The code of the guide to adapters runs.
#[cfg(all(doctest, feature = "std"))]
#[doc = include_str!("../docs/adapters.md")]
struct Adapters;
