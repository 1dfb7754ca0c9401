//! RFC 6455 §4.2.1: why a server cannot take a client's request.
//!
//! One variant for each fault; each is answered with an HTTP status and a body that names it.
//! All are the client's doing, but for the last.

use alloc::format;
use core::fmt;

use super::head_error::HeadError;
use super::http_response::HttpResponse;

/// A request that the server refuses (RFC 6455 §4.2.1, RFC 9112).
///
/// Write [`response`](Self::response) to the client, then close the transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestError {
    /// The syntax or the size of the head.
    Head(HeadError),
    /// There is no `Host` header.
    HostMissing,
    /// There is more than one `Host` header.
    HostRepeated,
    /// The `Host` header is not a host with or without a port.
    HostInvalid,
    /// There is a `Transfer-Encoding`: the request has a body.
    TransferEncoding,
    /// The `Content-Length` is not 0: the request has a body.
    Body,
    /// The `Content-Length` is not a number.
    ContentLength,
    /// There is more than one `Origin` header, or one that is not ASCII.
    OriginInvalid,
    /// The method is not GET.
    NotGet,
    /// The version of HTTP is 1.0.
    HttpVersion,
    /// No `Upgrade` header lists `websocket`.
    Upgrade,
    /// No `Connection` header lists `Upgrade`.
    Connection,
    /// There is no `Sec-WebSocket-Version` header.
    VersionMissing,
    /// There is more than one `Sec-WebSocket-Version` header, or one that is not a number from 0 to
    /// 255.
    VersionInvalid,
    /// The `Sec-WebSocket-Version` is this one, not 13.
    VersionUnsupported(u8),
    /// There is no `Sec-WebSocket-Key` header.
    KeyMissing,
    /// There is more than one `Sec-WebSocket-Key` header.
    KeyRepeated,
    /// The `Sec-WebSocket-Key` is not base64 of 16 octets.
    KeyInvalid,
    /// A `Sec-WebSocket-Protocol` header is not a list of tokens, or there are more than 100.
    Subprotocols,
    /// A `Sec-WebSocket-Extensions` header breaks its grammar, or there are more than 100 extensions and parameters.
    Extensions,
    /// The [`OriginPolicy`](super::OriginPolicy) does not let this origin in.
    OriginRefused,
    /// The request was received already; this call is the program's mistake, not the client's.
    AlreadyReceived,
}

impl RequestError {
    /// The status of the HTTP response that refuses the request.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Head(fault) => fault.status(),
            Self::OriginRefused => 403,
            Self::NotGet => 405,
            Self::TransferEncoding => 411,
            Self::Body => 413,
            Self::Upgrade | Self::VersionMissing | Self::VersionUnsupported(_) => 426,
            Self::AlreadyReceived => 500,
            _ => 400,
        }
    }

    /// The HTTP response that refuses the request; its body names the fault.
    #[must_use]
    pub fn response(self) -> HttpResponse {
        let response = HttpResponse::with_status(self.status()).text(format!("{self}\n"));
        match self.status() {
            // RFC 9110 §15.5.6
            405 => response.with_known("Allow", "GET"),
            // §4.4: every version that the server speaks. RFC 9110 §15.5.22: and what to upgrade to.
            426 => response.with_known("Upgrade", "websocket").with_known("Sec-WebSocket-Version", "13"),
            _ => response,
        }
    }

    /// The section that the request breaks.
    #[must_use]
    pub const fn section(self) -> &'static str {
        match self {
            Self::Head(fault) => fault.section(),
            Self::HostRepeated | Self::HostInvalid => "RFC 9112 §3.2",
            Self::TransferEncoding => "RFC 9112 §6.1",
            Self::Body | Self::ContentLength => "RFC 9112 §6.2",
            Self::OriginInvalid => "RFC 6454 §7.3",
            Self::NotGet | Self::HttpVersion => "RFC 6455 §4.2.1 (1)",
            Self::HostMissing => "RFC 6455 §4.2.1 (2)",
            Self::Upgrade => "RFC 6455 §4.2.1 (3)",
            Self::Connection => "RFC 6455 §4.2.1 (4)",
            Self::KeyMissing | Self::KeyInvalid => "RFC 6455 §4.2.1 (5)",
            Self::VersionMissing => "RFC 6455 §4.2.1 (6)",
            Self::VersionInvalid => "RFC 6455 §11.3.5",
            Self::VersionUnsupported(_) => "RFC 6455 §4.4",
            Self::KeyRepeated => "RFC 6455 §11.3.1",
            Self::Subprotocols => "RFC 6455 §11.3.4",
            Self::Extensions => "RFC 6455 §9.1",
            Self::OriginRefused => "RFC 6455 §10.2",
            Self::AlreadyReceived => "RFC 6455 §4.2",
        }
    }
}

impl From<HeadError> for RequestError {
    fn from(fault: HeadError) -> Self {
        Self::Head(fault)
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Head(fault) => return fault.fmt(f),
            Self::HostMissing => "the request has no Host header",
            Self::HostRepeated => "the request has more than one Host header",
            Self::HostInvalid => "the Host header is not a host with or without a port",
            Self::TransferEncoding => "the request has a Transfer-Encoding; bodies are not read",
            Self::Body => "the request has a body; bodies are not read",
            Self::ContentLength => "the Content-Length is not a number",
            Self::OriginInvalid => "the request has several Origin headers or one that is not ASCII",
            Self::NotGet => "a WebSocket is opened with GET, not with another method",
            Self::HttpVersion => "a WebSocket is opened with HTTP/1.1, not with HTTP/1.0",
            Self::Upgrade => "no Upgrade header lists websocket; this resource is a WebSocket",
            Self::Connection => "no Connection header lists Upgrade; perhaps a proxy on the way took it out",
            Self::VersionMissing => "the request has no Sec-WebSocket-Version header",
            Self::VersionInvalid => {
                "the request has several Sec-WebSocket-Version headers or one that is not a version"
            }
            Self::VersionUnsupported(version) => {
                let section = self.section();
                return write!(f, "Sec-WebSocket-Version is {version}; only 13 is spoken here ({section})");
            }
            Self::KeyMissing => "the request has no Sec-WebSocket-Key header",
            Self::KeyRepeated => "the request has more than one Sec-WebSocket-Key header",
            Self::KeyInvalid => "the Sec-WebSocket-Key is not the base64 text of 16 octets",
            Self::Subprotocols => "a Sec-WebSocket-Protocol header is not a list of at most 100 tokens",
            Self::Extensions => {
                "a Sec-WebSocket-Extensions header breaks the grammar, or has over 100 names and parameters"
            }
            Self::OriginRefused => "the Origin may not open this WebSocket",
            Self::AlreadyReceived => "the request was received already; receive was called once too often",
        };
        write!(f, "{text} ({})", self.section())
    }
}

impl core::error::Error for RequestError {}
