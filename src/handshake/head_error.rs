//! RFC 9112 §2-5: what can be wrong with the bytes of a head, whoever sent it.
//!
//! One variant for each fault of syntax or size.
//! Each knows its HTTP status and the section of the RFC that it breaks.

use core::fmt;

/// A fault in the syntax or the size of a request or response head (RFC 9112 §2-5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HeadError {
    /// A line feed without a carriage return before it.
    BareLf,
    /// A carriage return without a line feed behind it.
    BareCr,
    /// A control character: NUL, or any but the tab, CR and LF.
    Control(u8),
    /// The head did not end within [`HeadLimits::bytes`](super::HeadLimits::bytes).
    TooManyBytes,
    /// The request line did not end within half of [`HeadLimits::bytes`](super::HeadLimits::bytes).
    RequestLineTooLong,
    /// More fields than [`HeadLimits::headers`](super::HeadLimits::headers).
    TooManyHeaders,
    /// The first line is not a request line, or not a status line.
    StartLine,
    /// The request's method is not a token.
    Method,
    /// The request target is neither a path nor an absolute http(s) URI, or holds a character that
    /// no URI has.
    Target,
    /// The major version of HTTP is not 1.
    HttpVersion,
    /// A line has no colon, or what stands before the colon is not a token.
    HeaderName,
    /// White space between a header's name and its colon.
    BlankBeforeColon,
    /// A header is folded over two lines.
    Folded,
    /// A header's value holds a control character.
    HeaderValue,
}

impl HeadError {
    /// The HTTP status that tells a client of this fault.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::RequestLineTooLong => 414,
            Self::TooManyBytes | Self::TooManyHeaders => 431,
            Self::HttpVersion => 505,
            _ => 400,
        }
    }

    /// The section that the head breaks.
    #[must_use]
    pub const fn section(self) -> &'static str {
        match self {
            Self::BareLf | Self::BareCr => "RFC 9112 §2.2",
            Self::Control(_) | Self::HeaderValue => "RFC 9110 §5.5",
            Self::TooManyBytes | Self::TooManyHeaders => "RFC 6585 §5",
            Self::RequestLineTooLong => "RFC 9112 §3",
            Self::StartLine => "RFC 9112 §2.1",
            Self::Method => "RFC 9112 §3.1",
            Self::Target => "RFC 9112 §3.2",
            Self::HttpVersion => "RFC 9112 §2.3",
            Self::HeaderName | Self::BlankBeforeColon => "RFC 9112 §5.1",
            Self::Folded => "RFC 9112 §5.2",
        }
    }
}

impl fmt::Display for HeadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::BareLf => "a line of the head ends in LF without CR",
            Self::BareCr => "the head holds a CR without LF",
            Self::Control(byte) => {
                // An alert and a handshake of TLS begin so (RFC 8446 §5.1).
                let hint = if matches!(byte, 0x15 | 0x16) { ": does the peer speak TLS?" } else { "" };
                let section = self.section();
                return write!(f, "the head holds the control character 0x{byte:02X} ({section}){hint}");
            }
            Self::TooManyBytes => "the head has more bytes than the limit",
            Self::RequestLineTooLong => "the request line is longer than half the limit on the head",
            Self::TooManyHeaders => "the head has more headers than the limit",
            Self::StartLine => "the first line is not an HTTP/1.1 request or status line",
            Self::Method => "the method is not a token",
            Self::Target => "the request target is not a valid path or http(s) URI",
            Self::HttpVersion => "the major version of HTTP is not 1",
            Self::HeaderName => "a header has no colon, or its name is not a token",
            Self::BlankBeforeColon => "white space between a header's name and its colon",
            Self::Folded => "a header is folded over two lines",
            Self::HeaderValue => "a header's value holds a control character",
        };
        write!(f, "{text} ({})", self.section())
    }
}

impl core::error::Error for HeadError {}
