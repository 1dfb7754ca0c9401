//! RFC 9112 §3, RFC 6455 §4.2.1: the head of a client's request.
//!
//! A `Request` has one valid host and no body, whether or not it asks for a WebSocket.
//! It owns its text and may be kept as long as one likes.

use alloc::borrow::Cow;
use alloc::string::String;

use super::authority::Authority;
use super::head::Head;
use super::head_error::HeadError;
use super::headers::Headers;
use super::list::lists_word;
use super::request_error::RequestError;
use super::token::{as_token, is_blank};
use super::version::HttpVersion;

/// The head of an HTTP request: for a WebSocket, or for anything else on the same port.
///
/// A `Request` was checked: its syntax (RFC 9112), its one `Host`, and that no body follows.
/// Whether it is a valid opening handshake is for
/// [`Upgrade::from_request`](super::Upgrade::from_request) to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Borrowed if it is the one that a handshake has.
    method: Cow<'static, str>,
    target: String,
    version: HttpVersion,
    headers: Headers,
}

impl Request {
    /// A request whose head another HTTP/1.1 stack has parsed; it is checked all the same, but for
    /// its size.
    ///
    /// ```
    /// use rfc6455::handshake::Request;
    ///
    /// let request = Request::from_fields("GET", "/chat?room=1", [("Host", b"example.com")])?;
    /// assert_eq!((request.path(), request.query()), ("/chat", Some("room=1")));
    /// assert!(!request.asks_for_websocket());
    /// # Ok::<(), rfc6455::handshake::RequestError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A [`RequestError`] that says which rule of RFC 9112 the fields break.
    pub fn from_fields(
        method: &str,
        target: &str,
        fields: impl IntoIterator<Item = (impl AsRef<str>, impl AsRef<[u8]>)>,
    ) -> Result<Self, RequestError> {
        Self::of_other_stack(method, target, HttpVersion::Http11, Headers::from_fields(fields)?)
    }

    pub(super) fn of_other_stack(
        method: &str,
        target: &str,
        version: HttpVersion,
        headers: Headers,
    ) -> Result<Self, RequestError> {
        let (method, target) = Self::check(method.as_bytes(), target.as_bytes(), version, &headers)?;
        Ok(Self { method, target, version, headers })
    }

    /// The method, such as `GET`.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The request target as it was sent: a path and query, or an absolute URI.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The path of the target, as it was sent: percent-encoding is left alone.
    #[must_use]
    pub fn path(&self) -> &str {
        let (path, _) = self.split_resource();
        if path.is_empty() { "/" } else { path }
    }

    /// The query of the target: what stands behind the first `?`.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.split_resource().1
    }

    /// The version of HTTP.
    #[must_use]
    pub const fn version(&self) -> HttpVersion {
        self.version
    }

    /// The host that the client wants, with its port if it was sent.
    ///
    /// It comes from the target if that is an absolute URI (RFC 9112 §3.2.2), else from the `Host`
    /// header. `None` is possible with HTTP/1.0 only.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        match split_absolute(&self.target) {
            Some((authority, _)) => Some(authority),
            None => self.headers.get("Host"),
        }
    }

    /// The value of the `Origin` header; browsers always send one with a handshake.
    #[must_use]
    pub fn origin(&self) -> Option<&str> {
        self.headers.get("Origin")
    }

    /// All headers.
    #[must_use]
    pub const fn headers(&self) -> &Headers {
        &self.headers
    }

    /// Whether the client wants a WebSocket, however faulty its handshake may be.
    ///
    /// True if `Upgrade` lists `websocket` or there is a `Sec-WebSocket-Key` or
    /// `Sec-WebSocket-Version`. All else is plain HTTP, which the caller may serve.
    #[must_use]
    pub fn asks_for_websocket(&self) -> bool {
        lists_word(self.headers.get_all("Upgrade"), "websocket")
            || self.headers.get_bytes("Sec-WebSocket-Key").is_some()
            || self.headers.get_bytes("Sec-WebSocket-Version").is_some()
    }

    /// Reads a whole head.
    pub(super) fn parse(head: Head) -> Result<Self, RequestError> {
        let (line, headers) = Headers::parse(head)?;
        // RFC 9112 §3: request-line = method SP request-target SP HTTP-version
        let mut parts = headers.slice(&line).split(|&byte| byte == b' ');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(method), Some(target), Some(version), None) => {
                let version = HttpVersion::parse(version)?;
                let (method, target) = Self::check(method, target, version, &headers)?;
                Ok(Self { method, target, version, headers })
            }
            _ => Err(HeadError::StartLine.into()),
        }
    }

    /// Gives the method and the target, if they and `headers` keep the rules.
    fn check(
        method: &[u8],
        target: &[u8],
        version: HttpVersion,
        headers: &Headers,
    ) -> Result<(Cow<'static, str>, String), RequestError> {
        let method = method_of(method).ok_or(HeadError::Method)?;
        let target = as_target(&method, target).ok_or(HeadError::Target)?;
        check_host(version, headers)?;
        check_body(headers)?;
        check_origin(headers)?;
        Ok((method, String::from(target)))
    }

    /// The path, which may be empty, and the query of the target.
    fn split_resource(&self) -> (&str, Option<&str>) {
        let resource = split_absolute(&self.target).map_or(self.target.as_str(), |(_, rest)| rest);
        match resource.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (resource, None),
        }
    }
}

/// `method`, if it is a token.
fn method_of(method: &[u8]) -> Option<Cow<'static, str>> {
    match method {
        b"GET" => Some(Cow::Borrowed("GET")),
        other => as_token(other).map(|token| Cow::Owned(String::from(token))),
    }
}

/// `target` as text, if it is in one of the forms of RFC 9112 §3.2 that fits the method.
fn as_target<'a>(method: &str, target: &'a [u8]) -> Option<&'a str> {
    // RFC 6455 §3: a fragment has no place in a request.
    if !target.iter().all(|byte| byte.is_ascii_graphic() && *byte != b'#') {
        return None;
    }
    let target = core::str::from_utf8(target).ok()?;
    let fits = match method {
        "CONNECT" => Authority::parse(target).is_ok(),
        "OPTIONS" if target == "*" => true,
        _ if target.starts_with('/') => true,
        _ => split_absolute(target).is_some_and(|(authority, _)| Authority::parse(authority).is_ok()),
    };
    fits.then_some(target)
}

/// Splits an absolute URI behind its host and port; `None` for every other target.
fn split_absolute(target: &str) -> Option<(&str, &str)> {
    const SCHEMES: [&str; 4] = ["http", "https", "ws", "wss"];
    let (scheme, rest) = target.split_once("://")?;
    if !SCHEMES.iter().any(|known| known.eq_ignore_ascii_case(scheme)) {
        return None;
    }
    rest.split_at_checked(rest.find(['/', '?']).unwrap_or(rest.len()))
}

fn check_host(version: HttpVersion, headers: &Headers) -> Result<(), RequestError> {
    let mut hosts = headers.get_all("Host");
    match (hosts.next(), hosts.next()) {
        // RFC 9112 §3.2: one Host, and a valid one. §4.2.1 (2): and not none.
        (None, _) if version == HttpVersion::Http10 => Ok(()),
        (None, _) => Err(RequestError::HostMissing),
        (Some(_), Some(_)) => Err(RequestError::HostRepeated),
        (Some(host), None) => {
            let host = core::str::from_utf8(host).map_err(|_| RequestError::HostInvalid)?;
            Authority::parse(host).map(drop).map_err(|_| RequestError::HostInvalid)
        }
    }
}

/// Sees to it that no body follows, so that its bytes are never read as frames.
fn check_body(headers: &Headers) -> Result<(), RequestError> {
    // RFC 9112 §6.3: either header announces a body.
    if headers.get_bytes("Transfer-Encoding").is_some() {
        return Err(RequestError::TransferEncoding);
    }
    for length in headers.get_all("Content-Length") {
        if length.is_empty() || !length.iter().all(u8::is_ascii_digit) {
            return Err(RequestError::ContentLength);
        }
        if length.iter().any(|digit| *digit != b'0') {
            return Err(RequestError::Body);
        }
    }
    Ok(())
}

/// Sees to it that there is one origin to judge, so that none can hide behind another.
fn check_origin(headers: &Headers) -> Result<(), RequestError> {
    // RFC 6454 §7.3: at most one Origin.
    let mut origins = headers.get_all("Origin");
    let is_ascii = |origin: &[u8]| origin.iter().all(|byte| byte.is_ascii_graphic() || is_blank(*byte));
    match (origins.next(), origins.next()) {
        (Some(_), Some(_)) => Err(RequestError::OriginInvalid),
        (Some(origin), None) if !is_ascii(origin) => Err(RequestError::OriginInvalid),
        _ => Ok(()),
    }
}
