//! RFC 6455 §4.2.2, RFC 9110 §15: answering a request without opening a WebSocket.
//!
//! A refusal is an HTTP answer with a status, never silence.
//! Each answer says how long its body is and that the connection closes behind it.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::build_error::BuildError;
use super::headers::Headers;
use super::wire::{CRLF, add_header, is_framing, is_one_of, write_header, write_headers};

/// A complete HTTP response: it refuses an opening handshake, or answers a plain HTTP request.
///
/// The response always carries `Connection: close`: write it, then close the transport
/// (RFC 9110 §7.8).
///
/// ```
/// use rfc6455::handshake::HttpResponse;
///
/// let mut out = Vec::new();
/// HttpResponse::new(302)?.header("Location", "/chat")?.write(&mut out);
/// assert!(out.starts_with(b"HTTP/1.1 302 Found\r\nConnection: close\r\nContent-Length: 0\r\n"));
/// # Ok::<(), rfc6455::handshake::BuildError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpResponse {
    status: u16,
    pub(super) headers: Headers,
    pub(super) content_type: Option<String>,
    pub(super) body: Vec<u8>,
}

impl HttpResponse {
    /// A response without a body.
    ///
    /// # Errors
    ///
    /// [`BuildError::Status`] if `status` is not from 200 to 599.
    pub const fn new(status: u16) -> Result<Self, BuildError> {
        match status {
            200..=599 => Ok(Self::with_status(status)),
            _ => Err(BuildError::Status(status)),
        }
    }

    /// 200, with a body of the media type `content_type`.
    ///
    /// # Errors
    ///
    /// [`BuildError::HeaderValue`] if `content_type` holds a control character.
    pub fn ok(content_type: &str, body: impl Into<Vec<u8>>) -> Result<Self, BuildError> {
        Self::with_status(200).body(content_type, body)
    }

    /// 400: the request is not one that the server understands.
    #[must_use]
    pub const fn bad_request() -> Self {
        Self::with_status(400)
    }

    /// 401: the client must authenticate as `challenge`, the value of `WWW-Authenticate`, says.
    ///
    /// # Errors
    ///
    /// [`BuildError::HeaderValue`] if `challenge` holds a control character.
    pub fn unauthorized(challenge: &str) -> Result<Self, BuildError> {
        // §4.2.2 (2): the server can demand authentication.
        Self::with_status(401).header("WWW-Authenticate", challenge)
    }

    /// 403: the client may not open this resource.
    #[must_use]
    pub const fn forbidden() -> Self {
        Self::with_status(403)
    }

    /// 404: there is no such resource.
    #[must_use]
    pub const fn not_found() -> Self {
        Self::with_status(404)
    }

    /// 408: the request did not come in time.
    #[must_use]
    pub const fn request_timeout() -> Self {
        Self::with_status(408)
    }

    /// 503: the server takes no more clients for now.
    #[must_use]
    pub const fn service_unavailable() -> Self {
        Self::with_status(503)
    }

    /// Adds a header.
    ///
    /// # Errors
    ///
    /// [`BuildError::ReservedHeader`] for those that the response writes itself (`Connection`,
    /// `Content-Length`, `Content-Type`, `Transfer-Encoding` and their like),
    /// [`BuildError::HeaderName`] and [`BuildError::HeaderValue`] for what is not a header at all.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, BuildError> {
        add_header(&mut self.headers, name, value, is_reserved)?;
        Ok(self)
    }

    /// Sets the body and its media type; status 204 and 304 have none, so there it is not written.
    ///
    /// # Errors
    ///
    /// [`BuildError::HeaderValue`] if `content_type` holds a control character.
    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Result<Self, BuildError> {
        add_header(&mut Headers::new(), "Content-Type", content_type, |_| false)?;
        self.content_type = Some(String::from(content_type));
        self.body = body.into();
        Ok(self)
    }

    /// Sets the body to plain text.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.content_type = Some(String::from("text/plain; charset=utf-8"));
        self.body = text.into().into_bytes();
        self
    }

    /// The status code.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// Appends the whole response to `out`.
    pub fn write(&self, out: &mut Vec<u8>) {
        self.write_head(out);
        if self.may_have_body() {
            out.extend_from_slice(&self.body);
        }
    }

    /// Appends the response without its body to `out`, as the answer to a HEAD request.
    pub fn write_head(&self, out: &mut Vec<u8>) {
        let status_line = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        out.extend_from_slice(status_line.as_bytes());
        write_header(out, "Connection", self.connection().as_bytes());
        // RFC 9110 §8.6: no length where there can be no body.
        if self.may_have_body() {
            write_header(out, "Content-Length", format!("{}", self.body.len()).as_bytes());
            if let Some(content_type) = &self.content_type {
                write_header(out, "Content-Type", content_type.as_bytes());
            }
        }
        write_headers(out, &self.headers);
        out.extend_from_slice(CRLF);
    }

    pub(super) const fn with_status(status: u16) -> Self {
        Self { status, headers: Headers::new(), content_type: None, body: Vec::new() }
    }

    /// Adds a header that is known to be valid.
    pub(super) fn with_known(mut self, name: &'static str, value: &'static str) -> Self {
        let added = self.headers.push(name, value.as_bytes());
        debug_assert!(added.is_ok(), "{name} is a valid header");
        self
    }

    pub(super) fn connection(&self) -> &'static str {
        // RFC 9110 §7.8: whoever sends Upgrade names it in Connection, too.
        match self.headers.get_bytes("Upgrade") {
            Some(_) => "close, Upgrade",
            None => "close",
        }
    }

    pub(super) const fn may_have_body(&self) -> bool {
        // RFC 9110 §15.3.5, §15.4.5
        !matches!(self.status, 204 | 304)
    }
}

pub(super) fn is_reserved(name: &str) -> bool {
    is_framing(name) || is_one_of(name, &["Content-Type", "Sec-WebSocket-Accept"])
}

/// The phrase behind a status code; for people, no program reads it.
const fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        413 => "Content Too Large",
        414 => "URI Too Long",
        415 => "Unsupported Media Type",
        421 => "Misdirected Request",
        426 => "Upgrade Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        // RFC 9112 §4: the phrase may be empty.
        _ => "",
    }
}
