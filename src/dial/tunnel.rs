//! RFC 6455 §4.1: a connection through a proxy, whichever protocol the proxy speaks.

use alloc::vec::Vec;

use super::connect::HttpConnect;
use super::proxy::{Protocol, Proxy};
use super::proxy_error::ProxyError;
use super::socks::Socks5;
use crate::handshake::{HeadLimits, Uri};

/// A tunnel to be: what is said to a proxy that is connected, until it has connected to the server (RFC 6455 §4.1).
///
/// Write what is in `out` and give what arrives, until [`receive`](Self::receive) gives [`Opened`]; then begin the opening
/// handshake, or TLS for `wss`. The [module](super) shows the loop.
///
/// ```
/// use rfc6455::dial::{Proxy, Tunnel};
/// use rfc6455::handshake::{HeadLimits, Uri};
///
/// let (proxy, uri) = (Proxy::parse("http://proxy.example:3128")?, Uri::parse("wss://example.com/")?);
/// let mut out = Vec::new();
/// let mut tunnel = Tunnel::start(&proxy, &uri, HeadLimits::default(), &mut out)?;
/// assert_eq!(out, b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n");
///
/// let mut input: &[u8] = b"HTTP/1.1 200 Connection established\r\n\r\n";
/// assert!(tunnel.receive(&mut input, &mut out)?.is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Tunnel(State);

#[derive(Clone, Debug)]
enum State {
    Http(HttpConnect),
    Socks5(Socks5),
    Open,
    Failed(ProxyError),
}

/// The proxy has connected to the server: what is left of the input, and all that comes, is the server's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Opened {}

impl Opened {
    pub(super) const fn new() -> Self {
        Self {}
    }
}

impl Tunnel {
    /// Appends to `out` what asks `proxy` for a tunnel to the server of `to`. `limits` holds for the head of an HTTP proxy's
    /// answer; a SOCKS5 proxy's answers have 262 bytes at most.
    ///
    /// # Errors
    ///
    /// [`ProxyError::NameTooLong`]; nothing was written.
    pub fn start(proxy: &Proxy, to: &Uri, limits: HeadLimits, out: &mut Vec<u8>) -> Result<Self, ProxyError> {
        Ok(Self(match proxy.protocol() {
            Protocol::Http => State::Http(HttpConnect::start(proxy.user(), to, limits, out)),
            Protocol::Socks5 => State::Socks5(Socks5::start(proxy.user(), to, out)?),
        }))
    }

    /// Takes bytes from `input`, and appends to `out` what the proxy is to be sent next.
    ///
    /// `Ok(None)` means that all of `input` was taken and more is needed, after `out` was written. With [`Opened`], what is
    /// left of `input` comes from the server.
    ///
    /// # Errors
    ///
    /// A [`ProxyError`] as soon as there can be no tunnel; close the transport. Each later call takes nothing and repeats
    /// the error. Once the tunnel is open it is [`ProxyError::AlreadyOpen`].
    pub fn receive(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<Option<Opened>, ProxyError> {
        let received = match &mut self.0 {
            State::Http(connect) => connect.receive(input),
            State::Socks5(socks) => socks.receive(input, out),
            State::Open => return Err(ProxyError::AlreadyOpen),
            State::Failed(fault) => return Err(fault.clone()),
        };
        match &received {
            Ok(None) => {}
            Ok(Some(_)) => self.0 = State::Open,
            Err(fault) => self.0 = State::Failed(fault.clone()),
        }
        received
    }

    /// Tells that the transport has ended, and asks what to make of it: [`ProxyError::Truncated`], or the error of before.
    pub fn receive_eof(&mut self) -> ProxyError {
        let fault = match &self.0 {
            State::Http(_) | State::Socks5(_) => ProxyError::Truncated,
            State::Open => return ProxyError::AlreadyOpen,
            State::Failed(fault) => return fault.clone(),
        };
        self.0 = State::Failed(fault.clone());
        fault
    }
}
