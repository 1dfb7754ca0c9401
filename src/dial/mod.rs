//! Getting to a server: proxies, redirects, and when to try again; without I/O.
//!
//! ```text
//!   Proxy ──▶ Tunnel::start ───── CONNECT host:port, or a SOCKS5 greeting ──▶ the proxy
//!             Tunnel::receive ◀── 200, or SOCKS5's answers ────────────────── the proxy
//!                │  Opened: from here on the stream is the server's
//!                ▼
//!   ClientRequest::start .. ClientHandshake::receive
//!                │  Answer::Refused, with a status of 3xx
//!                ▼
//!   Redirects::follow ──▶ the next URI, and the request as it may be sent there
//! ```
//!
//! * [`Tunnel`] asks a [`Proxy`] for a way to a server: by HTTP CONNECT (RFC 9110 §9.3.6) or SOCKS5 (RFC 1928).
//! * [`ProxyRules`] says which proxy a URI takes, as the usual environment variables do.
//! * [`Redirects`] follows redirects, a limited number.
//! * [`Backoff`] says how long to wait before the next try (RFC 6455 §7.2.3).
//! * `Gate` keeps to one connection at a time for each remote address (RFC 6455 §4.1); it takes a lock, so it needs `std`.
//!
//! None of it happens unless it is asked for. [`net::Connect`](crate::net::Connect) can use all of it.
//!
//! # The loop of an adapter
//!
//! It is the same for every protocol of a proxy. Bytes behind the proxy's answer are the server's, and stay with the caller.
//!
//! ```
//! use std::{error::Error, io::{Read, Write}};
//! use rfc6455::{dial::{Proxy, Tunnel}, handshake::{HeadLimits, Uri}};
//!
//! /// Gives the bytes that came behind the proxy's answer.
//! fn open(stream: &mut (impl Read + Write), proxy: &Proxy, uri: &Uri) -> Result<Vec<u8>, Box<dyn Error>> {
//!     let (mut buffer, mut output) = ([0; 1024], Vec::new());
//!     let mut tunnel = Tunnel::start(proxy, uri, HeadLimits::default(), &mut output)?;
//!     loop {
//!         stream.write_all(&output)?;
//!         output.clear();
//!         let len = stream.read(&mut buffer)?; // not for ever: bound the whole of this loop
//!         if len == 0 {
//!             return Err(tunnel.receive_eof().into());
//!         }
//!         let mut input = &buffer[..len];
//!         if tunnel.receive(&mut input, &mut output)?.is_some() {
//!             return Ok(input.to_vec());
//!         }
//!     }
//! }
//! # use std::io;
//! # struct Script(&'static [u8], Vec<u8>);
//! # impl Read for Script {
//! #     fn read(&mut self, to: &mut [u8]) -> io::Result<usize> { self.0.read(to) }
//! # }
//! # impl Write for Script {
//! #     fn write(&mut self, from: &[u8]) -> io::Result<usize> { self.1.write(from) }
//! #     fn flush(&mut self) -> io::Result<()> { Ok(()) }
//! # }
//! # let mut stream = Script(b"HTTP/1.1 200 OK\r\n\r\n+", Vec::new());
//! # let uri = Uri::parse("ws://example.com/chat")?;
//! # assert_eq!(open(&mut stream, &Proxy::parse("http://proxy.test:3128")?, &uri)?, b"+");
//! # assert_eq!(stream.1, b"CONNECT example.com:80 HTTP/1.1\r\nHost: example.com:80\r\n\r\n");
//! # let mut stream = Script(b"\x05\x00\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00+", Vec::new());
//! # assert_eq!(open(&mut stream, &Proxy::parse("socks5://proxy.test")?, &uri)?, b"+");
//! # Ok::<(), Box<dyn Error>>(())
//! ```

mod backoff;
mod connect;
mod environment;
mod exceptions;
#[cfg(feature = "std")]
mod gate;
mod proxy;
mod proxy_error;
mod proxy_url_error;
mod redirect;
mod redirect_error;
mod reference;
mod socks;
#[cfg(test)]
mod tests;
mod tunnel;

pub use backoff::Backoff;
pub use environment::{EnvironmentError, ProxyRules};
#[cfg(feature = "std")]
pub use gate::{Gate, Pass, Remote, Turn};
pub use proxy::Proxy;
pub use proxy_error::{ProxyError, SocksReply};
pub use proxy_url_error::ProxyUrlError;
pub use redirect::{Redirect, Redirects};
pub use redirect_error::RedirectError;
pub use tunnel::{Opened, Tunnel};
