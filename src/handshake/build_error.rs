//! RFC 6455 §4: what the caller cannot put into a handshake.
//!
//! These faults are the program's own, and are found before a byte is written.
//! A peer can cause none of them, unless the program passes on what the peer sent.

use alloc::string::String;
use core::fmt;

/// A request or response that the caller tried to build cannot be sent; nothing was written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildError {
    /// The header's name is not a token (RFC 9110 §5.1).
    HeaderName(String),
    /// The value of the header of this name holds CR, LF, NUL or another control character
    /// (RFC 9110 §5.5).
    HeaderValue(String),
    /// The header of this name is written by the handshake itself (RFC 6455 §4.1, §4.2.2).
    ReservedHeader(String),
    /// The origin is empty, or holds a character other than visible ASCII (RFC 6454 §7).
    Origin(String),
    /// The subprotocol's name is not a token (RFC 6455 §4.1).
    SubprotocolToken(String),
    /// The subprotocol was offered before (RFC 6455 §4.1).
    SubprotocolRepeated(String),
    /// The client did not offer this subprotocol (RFC 6455 §4.2.2).
    SubprotocolNotOffered(String),
    /// The name or value is not a token (RFC 6455 §9.1).
    ExtensionToken(String),
    /// The client did not offer an extension of this name (RFC 6455 §4.2.2).
    ExtensionNotOffered(String),
    /// An extension of this name was accepted before (RFC 6455 §9.1).
    ExtensionRepeated(String),
    /// The status of an HTTP response is not from 200 to 599 (RFC 9110 §15).
    Status(u16),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HeaderName(name) => {
                write!(f, "header name {name:?} is not a token (RFC 9110 §5.1)")
            }
            Self::HeaderValue(name) => {
                write!(f, "the value of header {name:?} holds a control character (RFC 9110 §5.5)")
            }
            Self::ReservedHeader(name) => {
                write!(f, "header {name:?} is the handshake's own to write (RFC 6455 §4)")
            }
            Self::Origin(origin) => {
                write!(f, "origin {origin:?} is not visible ASCII (RFC 6454 §7)")
            }
            Self::SubprotocolToken(name) => {
                write!(f, "subprotocol {name:?} is not a token (RFC 6455 §4.1)")
            }
            Self::SubprotocolRepeated(name) => {
                write!(f, "subprotocol {name:?} is offered twice (RFC 6455 §4.1)")
            }
            Self::SubprotocolNotOffered(name) => {
                write!(f, "the client did not offer subprotocol {name:?} (RFC 6455 §4.2.2)")
            }
            Self::ExtensionToken(text) => {
                write!(f, "{text:?}, of an extension, is not a token (RFC 6455 §9.1)")
            }
            Self::ExtensionNotOffered(name) => {
                write!(f, "the client did not offer extension {name:?} (RFC 6455 §4.2.2)")
            }
            Self::ExtensionRepeated(name) => {
                write!(f, "extension {name:?} is accepted twice (RFC 6455 §9.1)")
            }
            Self::Status(status) => {
                write!(f, "{status} is not the status of a final HTTP response (RFC 9110 §15)")
            }
        }
    }
}

impl core::error::Error for BuildError {}
