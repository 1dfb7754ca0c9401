//! RFC 6455 §4.1: why a client cannot take a server's answer.
//!
//! One variant for each fault.
//! All are the server's doing, but for the last.

use alloc::string::String;
use core::fmt;

use super::head_error::HeadError;

/// An answer that the client must not take for an open WebSocket: close the transport
/// (RFC 6455 §4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResponseError {
    /// The syntax or the size of the head.
    Head(HeadError),
    /// The transport ended before the head did.
    Truncated,
    /// The version of HTTP is 1.0, which cannot switch protocols.
    HttpVersion,
    /// There is no `Upgrade` header, or it is not `websocket`.
    Upgrade,
    /// No `Connection` header lists `Upgrade`.
    Connection,
    /// There is no `Sec-WebSocket-Accept` header.
    AcceptMissing,
    /// There is more than one `Sec-WebSocket-Accept` header.
    AcceptRepeated,
    /// The `Sec-WebSocket-Accept` header does not answer the key that was sent.
    AcceptMismatch,
    /// There is more than one `Sec-WebSocket-Protocol` header.
    SubprotocolRepeated,
    /// The `Sec-WebSocket-Protocol` header is not one token.
    SubprotocolInvalid,
    /// The server chose this subprotocol, which was not offered.
    SubprotocolNotOffered(String),
    /// There is more than one `Sec-WebSocket-Extensions` header.
    ExtensionsRepeated,
    /// The `Sec-WebSocket-Extensions` header breaks its grammar, or there are more than 100 extensions and parameters.
    ExtensionsInvalid,
    /// The server chose this extension, which was not offered.
    ExtensionNotOffered(String),
    /// The server chose this extension twice.
    ExtensionRepeated(String),
    /// The answer was received already; this call is the program's mistake, not the server's.
    AlreadyReceived,
}

impl ResponseError {
    /// The section that the answer breaks.
    #[must_use]
    pub const fn section(&self) -> &'static str {
        match self {
            Self::Head(fault) => fault.section(),
            Self::Truncated => "RFC 9112 §8",
            Self::HttpVersion | Self::AlreadyReceived => "RFC 6455 §4.1",
            Self::Upgrade => "RFC 6455 §4.1 (2)",
            Self::Connection => "RFC 6455 §4.1 (3)",
            Self::AcceptMissing | Self::AcceptMismatch => "RFC 6455 §4.1 (4)",
            Self::ExtensionNotOffered(_) => "RFC 6455 §4.1 (5)",
            Self::SubprotocolNotOffered(_) => "RFC 6455 §4.1 (6)",
            Self::ExtensionsInvalid | Self::ExtensionRepeated(_) => "RFC 6455 §9.1",
            Self::ExtensionsRepeated => "RFC 6455 §11.3.2",
            Self::AcceptRepeated => "RFC 6455 §11.3.3",
            Self::SubprotocolRepeated | Self::SubprotocolInvalid => "RFC 6455 §11.3.4",
        }
    }
}

impl From<HeadError> for ResponseError {
    fn from(fault: HeadError) -> Self {
        Self::Head(fault)
    }
}

impl fmt::Display for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Head(fault) => return fault.fmt(f),
            Self::Truncated => f.write_str("the connection ended within the server's answer"),
            Self::HttpVersion => f.write_str("the server answers 101 with HTTP/1.0"),
            Self::Upgrade => f.write_str("the server's Upgrade header is missing or not websocket"),
            Self::Connection => f.write_str("no Connection header of the server lists Upgrade"),
            Self::AcceptMissing => f.write_str("the server sent no Sec-WebSocket-Accept header"),
            Self::AcceptRepeated => f.write_str("the server sent several Sec-WebSocket-Accept headers"),
            Self::AcceptMismatch => {
                f.write_str("the server's Sec-WebSocket-Accept does not answer the key; is it from a cache?")
            }
            Self::SubprotocolRepeated => {
                f.write_str("the server sent several Sec-WebSocket-Protocol headers")
            }
            Self::SubprotocolInvalid => {
                f.write_str("the server's Sec-WebSocket-Protocol header is not one token")
            }
            Self::SubprotocolNotOffered(name) => {
                write!(f, "the server chose subprotocol {name:?}, which was not offered")
            }
            Self::ExtensionsRepeated => {
                f.write_str("the server sent several Sec-WebSocket-Extensions headers")
            }
            Self::ExtensionsInvalid => {
                f.write_str("the server's Sec-WebSocket-Extensions header breaks the grammar, or has over 100 names and parameters")
            }
            Self::ExtensionNotOffered(name) => {
                write!(f, "the server chose extension {name:?}, which was not offered")
            }
            Self::ExtensionRepeated(name) => write!(f, "the server chose extension {name:?} twice"),
            Self::AlreadyReceived => {
                f.write_str("the answer was received already; receive was called once too often")
            }
        }?;
        write!(f, " ({})", self.section())
    }
}

impl core::error::Error for ResponseError {}
