//! RFC 6455 §3: ws and wss URIs.
//!
//! Whatever a `Uri` holds can be written into a request as it stands.
//! Percent-encoding is checked and otherwise left alone.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use super::authority::{Authority, AuthorityFault, is_name_byte, is_percent_encoded};

/// The address of a WebSocket: `ws://host[:port][/path][?query]`, or `wss` for TLS (RFC 6455 §3).
///
/// ```
/// use rfc6455::handshake::Uri;
///
/// let uri = Uri::parse("wss://Example.com/chat?room=1")?;
/// assert!(uri.is_secure());
/// assert_eq!((uri.host(), uri.port()), ("example.com", 443));
/// assert_eq!(uri.resource(), "/chat?room=1");
/// # Ok::<(), rfc6455::handshake::UriError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Uri {
    scheme: Scheme,
    port: u16,
    /// The host, and the resource behind it: one allocation for both.
    parts: String,
    host_len: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Scheme {
    Ws,
    Wss,
}

impl Uri {
    /// Reads a ws or wss URI.
    ///
    /// # Errors
    ///
    /// A [`UriError`] that names the part which breaks the grammar of RFC 6455 §3.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        let (scheme, rest) = split_before(text, |byte| byte == b':');
        let (scheme, rest) = (Scheme::parse(scheme)?, rest.get(1..).unwrap_or_default());
        let rest = rest.strip_prefix("//").ok_or(UriError::Scheme)?;
        // §3: a fragment has no meaning in a ws URI, and must not be there.
        if has(rest, b'#') {
            return Err(UriError::Fragment);
        }
        let (authority, resource) = split_before(rest, |byte| matches!(byte, b'/' | b'?'));
        let Authority { host, port } = parse_authority(authority)?;
        check_resource(resource)?;
        // §3: an empty path becomes "/".
        let slash = if resource.starts_with('/') { "" } else { "/" };
        let mut parts = String::with_capacity(text.len());
        parts.push_str(host);
        parts.make_ascii_lowercase();
        parts.push_str(slash);
        parts.push_str(resource);
        Ok(Self { scheme, port: port.unwrap_or(scheme.default_port()), parts, host_len: host.len() })
    }

    /// The host to connect to, in lower case; an IPv6 address without its brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        self.parts.get(..self.host_len).unwrap_or_default()
    }

    /// The port to connect to; 80 for ws and 443 for wss unless the URI has one.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Whether the scheme is wss: the connection runs over TLS.
    #[must_use]
    pub const fn is_secure(&self) -> bool {
        matches!(self.scheme, Scheme::Wss)
    }

    /// The resource name: the path, `/` if it is empty, and the query (RFC 6455 §3).
    #[must_use]
    pub fn resource(&self) -> &str {
        self.parts.get(self.host_len..).unwrap_or_default()
    }

    /// The value of the `Host` header: the host, with its brackets, and the port unless it is the
    /// default.
    #[must_use]
    pub fn host_header(&self) -> String {
        self.host_value().into_owned()
    }

    /// The same, borrowed if it is the host alone.
    pub(super) fn host_value(&self) -> Cow<'_, str> {
        let (host, port) = (self.host(), self.port);
        let is_address = has(host, b':');
        // §4.1: only a port that is not the default is written.
        match (is_address, port == self.scheme.default_port()) {
            (true, true) => Cow::Owned(format!("[{host}]")),
            (true, false) => Cow::Owned(format!("[{host}]:{port}")),
            (false, true) => Cow::Borrowed(host),
            (false, false) => Cow::Owned(format!("{host}:{port}")),
        }
    }
}

impl FromStr for Uri {
    type Err = UriError;

    fn from_str(text: &str) -> Result<Self, UriError> {
        Self::parse(text)
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_secure() { "wss" } else { "ws" };
        write!(f, "{scheme}://{}{}", self.host_value(), self.resource())
    }
}

/// Why a text is not the address of a WebSocket (RFC 6455 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UriError {
    /// The text does not start with `ws://` or `wss://`.
    Scheme,
    /// There is a `#`; one that belongs to the path or query is written `%23`.
    Fragment,
    /// There is a user name or password before the host; credentials go into an `Authorization`
    /// header.
    UserInfo,
    /// The host is missing, or is neither a name nor an IPv4 address nor an IPv6 address in
    /// brackets.
    Host,
    /// The host holds a character beyond ASCII.
    NonAsciiHost,
    /// The port is not a number from 1 to 65535.
    Port,
    /// The path or query holds a character that must be percent-encoded, or a `%` without two
    /// hexadecimal digits behind it.
    Resource,
}

impl fmt::Display for UriError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scheme => "the URI does not start with ws:// or wss:// (RFC 6455 §3)",
            Self::Fragment => "the URI has a fragment; write # as %23 (RFC 6455 §3)",
            Self::UserInfo => {
                "the URI has a user name; credentials go into an Authorization header (RFC 6455 §3)"
            }
            Self::Host => "the URI's host is missing or invalid (RFC 3986 §3.2.2)",
            Self::NonAsciiHost => {
                "the URI's host is not ASCII; write an international name as punycode, xn--... (RFC 5891 §4.4)"
            }
            Self::Port => "the URI's port is not a number from 1 to 65535 (RFC 3986 §3.2.3)",
            Self::Resource => {
                "the URI's path or query holds a character that must be percent-encoded (RFC 3986 §3.3)"
            }
        })
    }
}

impl core::error::Error for UriError {}

impl Scheme {
    fn parse(text: &str) -> Result<Self, UriError> {
        // §3: the scheme is compared without regard to case.
        if text.eq_ignore_ascii_case("ws") {
            Ok(Self::Ws)
        } else if text.eq_ignore_ascii_case("wss") {
            Ok(Self::Wss)
        } else {
            Err(UriError::Scheme)
        }
    }

    const fn default_port(self) -> u16 {
        match self {
            Self::Ws => 80,
            Self::Wss => 443,
        }
    }
}

/// Splits `text` before the first byte that `ends` it. With it and [`has`] a URI is read in a third less of instructions than
/// with the patterns of `str`, which are made for long texts.
fn split_before(text: &str, ends: impl Fn(u8) -> bool) -> (&str, &str) {
    let end = text.bytes().position(ends).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// Whether `text` has the ASCII character `wanted`.
fn has(text: &str, wanted: u8) -> bool {
    text.bytes().any(|byte| byte == wanted)
}

fn parse_authority(text: &str) -> Result<Authority<'_>, UriError> {
    // §3: host and port only, no user information.
    if has(text, b'@') {
        return Err(UriError::UserInfo);
    }
    if !text.is_ascii() {
        return Err(UriError::NonAsciiHost);
    }
    Authority::parse(text).map_err(|fault| match fault {
        AuthorityFault::Host => UriError::Host,
        AuthorityFault::Port => UriError::Port,
    })
}

fn check_resource(text: &str) -> Result<(), UriError> {
    // RFC 3986 §3.3-3.4: the characters of a path and of a query.
    let allowed = |byte| is_name_byte(byte) || matches!(byte, b':' | b'@' | b'/' | b'?');
    if is_percent_encoded(text.as_bytes(), allowed) { Ok(()) } else { Err(UriError::Resource) }
}
