//! RFC 9110 §9.3.6: asking an HTTP proxy for a tunnel, with Basic authentication (RFC 7617).
//!
//! The head of the answer is read as strictly as that of an opening handshake, by the same parser.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::proxy::Credentials;
use super::proxy_error::ProxyError;
use super::tunnel::Opened;
use crate::handshake::{HeadLimits, ResponseHead, Uri};

/// The answer to a CONNECT is awaited.
#[derive(Clone, Debug)]
pub(super) struct HttpConnect(ResponseHead);

impl HttpConnect {
    /// Appends the request to `out`.
    pub(super) fn start(user: Option<&Credentials>, to: &Uri, limits: HeadLimits, out: &mut Vec<u8>) -> Self {
        // RFC 9110 §9.3.6: the target is host and port, and there is no default for the port.
        let (host, port) = (to.host(), to.port());
        let target = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
        out.extend_from_slice(format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n").as_bytes());
        if let Some(Credentials { user, password }) = user {
            // RFC 7617 §2
            let pair = [user, &b":"[..], password].concat();
            let line = format!("Proxy-Authorization: Basic {}\r\n", STANDARD.encode(pair));
            out.extend_from_slice(line.as_bytes());
        }
        out.extend_from_slice(b"\r\n");
        Self(ResponseHead::new(limits))
    }

    pub(super) fn receive(&mut self, input: &mut &[u8]) -> Result<Option<Opened>, ProxyError> {
        let Some(response) = self.0.receive(input)? else { return Ok(None) };
        match response.status() {
            // RFC 9110 §9.3.6: the tunnel begins right behind the head, whatever length its headers claim.
            200..=299 => Ok(Some(Opened::new())),
            407 => Err(ProxyError::AuthenticationRequired(Box::new(response))),
            _ => Err(ProxyError::Refused(Box::new(response))),
        }
    }
}
