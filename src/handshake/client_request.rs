//! RFC 6455 §4.1: the request by which a client opens a WebSocket.
//!
//! Whatever a `ClientRequest` holds was checked, so the bytes it writes are a valid request.
//! A fault of the caller's is found before a byte is written.

use alloc::string::String;
use alloc::vec::Vec;

use super::accept::list_of;
use super::build_error::BuildError;
use super::client::ClientHandshake;
use super::extension::Extension;
use super::head::HeadLimits;
use super::headers::Headers;
#[cfg(feature = "std")]
use super::key::os_nonce;
use super::key::{accept_for, key_of};
use super::opening::Opening;
use super::token::is_token;
use super::uri::Uri;
use super::wire::{
    CRLF, add_header, is_framing, is_one_of, is_opening, write_header, write_headers, write_parts,
};
#[cfg(feature = "std")]
use crate::entropy::EntropyError;

/// The most bytes of a refusal's body that are kept unless the caller says otherwise: an error
/// page, but no download.
const DEFAULT_BODY_LIMIT: usize = 64 * 1024;

/// An opening handshake to send to a server, as often as one likes (RFC 6455 §4.1).
///
/// ```
/// use rfc6455::handshake::{ClientRequest, Uri};
///
/// let uri = Uri::parse("wss://example.com/chat")?;
/// let request = ClientRequest::new(&uri)
///     .subprotocol("chat")?
///     .header("Authorization", "Bearer abc")?;
///
/// let mut out = Vec::new();
/// let handshake = request.start([7; 16], &mut out); // 16 random bytes
/// assert!(out.starts_with(b"GET /chat HTTP/1.1\r\nHost: example.com\r\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ClientRequest {
    pub(super) uri: Uri,
    pub(super) origin: Option<String>,
    pub(super) subprotocols: Vec<String>,
    pub(super) extensions: Vec<Extension>,
    pub(super) headers: Headers,
    limits: HeadLimits,
    body_limit: usize,
}

impl ClientRequest {
    /// A request for the WebSocket at `uri`, which offers nothing.
    #[must_use]
    pub fn new(uri: &Uri) -> Self {
        Self {
            uri: uri.clone(),
            origin: None,
            subprotocols: Vec::new(),
            extensions: Vec::new(),
            headers: Headers::new(),
            limits: HeadLimits::default(),
            body_limit: DEFAULT_BODY_LIMIT,
        }
    }

    /// Offers a subprotocol, behind those offered before: the one that the client likes best comes
    /// first.
    ///
    /// # Errors
    ///
    /// [`BuildError::SubprotocolToken`] if `name` is not a token, and
    /// [`BuildError::SubprotocolRepeated`] if it was offered before.
    pub fn subprotocol(mut self, name: &str) -> Result<Self, BuildError> {
        // §4.1 (10): not empty, no separators, and all distinct.
        if !is_token(name.as_bytes()) {
            return Err(BuildError::SubprotocolToken(String::from(name)));
        }
        if self.subprotocols.iter().any(|offered| offered == name) {
            return Err(BuildError::SubprotocolRepeated(String::from(name)));
        }
        self.subprotocols.push(String::from(name));
        Ok(self)
    }

    /// Offers an extension, behind those offered before; the same name may come again with other
    /// parameters.
    ///
    /// Offer only what will be understood: the server may choose it.
    #[must_use]
    pub fn extension(mut self, extension: Extension) -> Self {
        self.extensions.push(extension);
        self
    }

    /// Sets the `Origin` header; without it the server knows that the client is not a browser.
    ///
    /// # Errors
    ///
    /// [`BuildError::Origin`] if `origin` is empty or holds anything but visible ASCII.
    pub fn origin(mut self, origin: &str) -> Result<Self, BuildError> {
        // §4.1 (8): the ASCII serialization of an origin.
        if origin.is_empty() || !origin.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(BuildError::Origin(String::from(origin)));
        }
        self.origin = Some(String::from(origin));
        Ok(self)
    }

    /// Adds a header, such as `Authorization` or `Cookie`.
    ///
    /// # Errors
    ///
    /// [`BuildError::ReservedHeader`] for those that the handshake writes or must not have (`Host`,
    /// `Upgrade`, `Connection`, `Origin`, `Sec-WebSocket-*`, `Content-Length`, `Transfer-Encoding`
    /// and their like), [`BuildError::HeaderName`] and [`BuildError::HeaderValue`] for what is not
    /// a header at all.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, BuildError> {
        add_header(&mut self.headers, name, value, is_reserved)?;
        Ok(self)
    }

    /// Limits the head of the answer.
    #[must_use]
    pub const fn limits(mut self, limits: HeadLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Limits how many bytes of a refusal's body are kept; 64 KiB unless set.
    #[must_use]
    pub const fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Appends the request to `out`, and waits for the answer.
    ///
    /// `nonce` is 16 random bytes, fresh for every connection, for retries and redirects too
    /// (RFC 6455 §4.1).
    pub fn start(&self, nonce: [u8; 16], out: &mut Vec<u8>) -> ClientHandshake {
        let key = key_of(nonce);
        self.write(&key, out);
        self.handshake(&key)
    }

    /// The same as [`start`](Self::start), with a nonce from the operating system.
    ///
    /// # Errors
    ///
    /// [`EntropyError`] if the operating system has no random bytes to give; nothing was written.
    #[cfg(feature = "std")]
    pub fn start_with_os_nonce(&self, out: &mut Vec<u8>) -> Result<ClientHandshake, EntropyError> {
        Ok(self.start(os_nonce()?, out))
    }

    /// What waits for the answer to a request with this key.
    pub(super) fn handshake(&self, key: &[u8]) -> ClientHandshake {
        let opening = Opening {
            accept: accept_for(key),
            subprotocols: self.subprotocols.clone(),
            extensions: self.extensions.iter().map(|offer| String::from(offer.name())).collect(),
        };
        ClientHandshake::new(opening, self.limits, self.body_limit)
    }

    /// The same request, to another URI.
    pub(crate) fn redirected_to(mut self, uri: &Uri) -> Self {
        self.uri = uri.clone();
        self
    }

    /// The same request, without the headers that let somebody in.
    pub(crate) fn without_credentials(mut self) -> Self {
        self.headers = self.headers.without(|name| is_one_of(name, &CREDENTIALS));
        self
    }

    fn write(&self, key: &[u8], out: &mut Vec<u8>) {
        let host = self.uri.host_value();
        let parts: [&[u8]; 7] = [
            // §4.1 (1-3): GET, HTTP/1.1, and the resource name as the target.
            b"GET ",
            self.uri.resource().as_bytes(),
            // §4.1 (4-9): the headers that must be there, once each.
            b" HTTP/1.1\r\nHost: ",
            host.as_bytes(),
            b"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ",
            key,
            b"\r\nSec-WebSocket-Version: 13\r\n",
        ];
        write_parts(out, &parts);
        // §4.1 (8, 10, 11): those that may be there.
        if let Some(origin) = &self.origin {
            write_header(out, "Origin", origin.as_bytes());
        }
        if !self.subprotocols.is_empty() {
            write_header(out, "Sec-WebSocket-Protocol", self.subprotocols.join(", ").as_bytes());
        }
        if !self.extensions.is_empty() {
            write_header(out, "Sec-WebSocket-Extensions", list_of(&self.extensions).as_bytes());
        }
        // §4.1 (12): and any others, which cannot repeat those above.
        write_headers(out, &self.headers);
        out.extend_from_slice(CRLF);
    }
}

/// Headers that are meant for one server and no other.
const CREDENTIALS: [&str; 3] = ["Authorization", "Cookie", "Proxy-Authorization"];

fn is_reserved(name: &str) -> bool {
    // RFC 9110 §10.1.1: Expect asks for an interim answer to a body, and there is none.
    is_framing(name) || is_opening(name) || is_one_of(name, &["Host", "Origin", "Expect"])
}
