//! RFC 9112 §4: the head of a server's response, and what it says of the WebSocket.
//!
//! A `Response` inside `Answer::Open` passed every check of RFC 6455 §4.1.
//! Any other is an HTTP response like any other, to be shown or acted upon.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use super::extension::Extension;
use super::head::Head;
use super::head_error::HeadError;
use super::headers::Headers;
use super::list::tokens;
use super::upgrade::parse_version;
use super::version::HttpVersion;

/// The server's response to an opening handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    pub(super) version: HttpVersion,
    status: u16,
    /// Borrowed if it is the one that opens a WebSocket.
    reason: Cow<'static, str>,
    headers: Headers,
    pub(super) subprotocol: Option<String>,
    pub(super) extensions: Vec<Extension>,
    pub(super) body: Vec<u8>,
    pub(super) ending: Ending,
}

/// Whether a body came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Whole,
    CutOff,
}

impl Response {
    /// The status code; 101 for an open WebSocket.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// The phrase behind the status code, which may be empty; for people only.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// All headers.
    #[must_use]
    pub const fn headers(&self) -> &Headers {
        &self.headers
    }

    /// The subprotocol that the server chose; one of those that were offered.
    ///
    /// `None` is legal even if some were offered (RFC 6455 §4.1): whoever needs one must look.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&str> {
        self.subprotocol.as_deref()
    }

    /// The extensions that the server chose, in the order of use; each name is one of those
    /// offered.
    #[must_use]
    pub fn extensions(&self) -> &[Extension] {
        &self.extensions
    }

    /// The body of a refusal, without the framing of chunks; empty for an open WebSocket.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Whether [`body`](Self::body) is all of it: neither cut off at the limit, nor broken, nor
    /// ended early.
    #[must_use]
    pub const fn is_body_whole(&self) -> bool {
        matches!(self.ending, Ending::Whole)
    }

    /// The versions of the protocol that the server lists in `Sec-WebSocket-Version` when it
    /// refuses 13 (RFC 6455 §4.4); empty if it lists none, or breaks the grammar.
    #[must_use]
    pub fn server_versions(&self) -> Vec<u8> {
        // §4.3: Sec-WebSocket-Version-Server = 1#version
        let listed = tokens(self.headers.get_all("Sec-WebSocket-Version")).unwrap_or_default();
        let versions: Option<Vec<u8>> = listed.iter().map(|text| parse_version(text.as_bytes())).collect();
        versions.unwrap_or_default()
    }

    /// Reads a whole head.
    pub(super) fn parse(head: Head) -> Result<Self, HeadError> {
        let (line, headers) = Headers::parse(head)?;
        // RFC 9112 §4: status-line = HTTP-version SP status-code SP [ reason-phrase ]
        let mut parts = headers.slice(&line).splitn(3, |&byte| byte == b' ');
        let (Some(version), Some(status), Some(reason)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(HeadError::StartLine);
        };
        let version = HttpVersion::parse(version)?;
        let status = parse_status(status).ok_or(HeadError::StartLine)?;
        let reason = match reason {
            b"Switching Protocols" => Cow::Borrowed("Switching Protocols"),
            other => Cow::Owned(String::from_utf8_lossy(other).into_owned()),
        };
        Ok(Self::new(version, status, reason, headers))
    }

    /// A response whose head another HTTP/1.1 stack has parsed.
    pub(super) const fn of_other_stack(version: HttpVersion, status: u16, headers: Headers) -> Self {
        Self::new(version, status, Cow::Borrowed(""), headers)
    }

    const fn new(version: HttpVersion, status: u16, reason: Cow<'static, str>, headers: Headers) -> Self {
        Self {
            version,
            status,
            reason,
            headers,
            subprotocol: None,
            extensions: Vec::new(),
            body: Vec::new(),
            ending: Ending::Whole,
        }
    }
}

/// Reads a status code of three digits.
fn parse_status(text: &[u8]) -> Option<u16> {
    match text {
        [b'1'..=b'9', b'0'..=b'9', b'0'..=b'9'] => core::str::from_utf8(text).ok()?.parse().ok(),
        _ => None,
    }
}
