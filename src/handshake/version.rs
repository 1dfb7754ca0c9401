//! RFC 9112 §2.3: the version of HTTP in a start line.
//!
//! Only the major version 1 is known, and a minor version from 1 up is read as 1.1.
//! A WebSocket needs 1.1 (RFC 6455 §4.1, §4.2.1).

use core::fmt;

use super::head_error::HeadError;

/// The version of HTTP that a peer speaks (RFC 9112 §2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum HttpVersion {
    /// HTTP/1.0, which cannot switch protocols.
    Http10,
    /// HTTP/1.1, or a later minor version.
    Http11,
}

impl HttpVersion {
    /// Reads `HTTP/1.x`.
    pub(super) fn parse(text: &[u8]) -> Result<Self, HeadError> {
        match text {
            b"HTTP/1.0" => Ok(Self::Http10),
            [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'1'..=b'9'] => Ok(Self::Http11),
            [b'H', b'T', b'T', b'P', b'/', b'0'..=b'9', b'.', b'0'..=b'9'] => Err(HeadError::HttpVersion),
            _ => Err(HeadError::StartLine),
        }
    }
}

impl fmt::Display for HttpVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http10 => "HTTP/1.0",
            Self::Http11 => "HTTP/1.1",
        })
    }
}
