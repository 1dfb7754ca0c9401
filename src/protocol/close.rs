//! Closing: RFC 6455 §5.5.1 and §7.4.
//!
//! A [`CloseCode`] can only hold a code that may stand in a Close frame; 1005 and 1006 exist as [`CloseStatus`], which
//! is what an application is told and never what is sent.

use alloc::vec::Vec;
use core::{fmt, str};

use super::ProtocolError;
use crate::frame::MAX_CONTROL_PAYLOAD;

/// The longest reason, in bytes of UTF-8: a control frame's 125 less the two of the code (§5.5).
pub const MAX_CLOSE_REASON: usize = MAX_CONTROL_PAYLOAD - 2;

/// A status code that may be sent in a Close frame (RFC 6455 §7.4).
///
/// That is 1000 to 1003, 1007 to 1014 and 3000 to 4999. The codes that must never be sent (1005, 1006, 1015), the
/// reserved ones and the undefined ones cannot be built.
///
/// ```
/// use rfc6455::protocol::CloseCode;
///
/// assert_eq!(CloseCode::new(1000), Ok(CloseCode::NORMAL));
/// assert_eq!(CloseCode::new(4001)?.to_u16(), 4001);
/// assert!(CloseCode::new(1006).is_err());
/// # Ok::<(), rfc6455::protocol::InvalidCloseCode>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CloseCode(u16);

impl CloseCode {
    /// 1000: the purpose of the connection is fulfilled.
    pub const NORMAL: Self = Self(1000);
    /// 1001: a server goes down, or a browser leaves the page.
    pub const GOING_AWAY: Self = Self(1001);
    /// 1002: the peer broke a rule of the protocol.
    pub const PROTOCOL_ERROR: Self = Self(1002);
    /// 1003: a kind of data that this endpoint cannot take, such as binary.
    pub const UNSUPPORTED_DATA: Self = Self(1003);
    /// 1007: the content does not fit the message's type, such as text that is not UTF-8.
    pub const INVALID_PAYLOAD: Self = Self(1007);
    /// 1008: the message violates this endpoint's policy; for want of a better code.
    pub const POLICY_VIOLATION: Self = Self(1008);
    /// 1009: the message is too big.
    pub const MESSAGE_TOO_BIG: Self = Self(1009);
    /// 1010: the server did not agree to an extension that the client needs. For clients to send, not for servers.
    pub const MANDATORY_EXTENSION: Self = Self(1010);
    /// 1011: the server met an unexpected condition.
    pub const INTERNAL_ERROR: Self = Self(1011);
    /// 1012: the server restarts; come back after a random 5 to 30 seconds. Registered with IANA after the RFC.
    pub const SERVICE_RESTART: Self = Self(1012);
    /// 1013: the server is overloaded; try again later. Registered with IANA after the RFC.
    pub const TRY_AGAIN_LATER: Self = Self(1013);
    /// 1014: a gateway got an invalid answer. Registered with IANA after the RFC.
    pub const BAD_GATEWAY: Self = Self(1014);

    /// The code with this number; 3000 to 3999 are for frameworks, 4000 to 4999 for private use.
    ///
    /// # Errors
    ///
    /// [`InvalidCloseCode`] when a Close frame must not carry it.
    pub const fn new(code: u16) -> Result<Self, InvalidCloseCode> {
        match code {
            1000..=1003 | 1007..=1014 | 3000..=4999 => Ok(Self(code)),
            _ => Err(InvalidCloseCode(code)),
        }
    }

    /// Its number.
    #[must_use]
    pub const fn to_u16(self) -> u16 {
        self.0
    }
}

impl TryFrom<u16> for CloseCode {
    type Error = InvalidCloseCode;

    fn try_from(code: u16) -> Result<Self, InvalidCloseCode> {
        Self::new(code)
    }
}

impl From<CloseCode> for u16 {
    fn from(code: CloseCode) -> Self {
        code.0
    }
}

impl fmt::Debug for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CloseCode({})", self.0)
    }
}

impl fmt::Display for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A number that must not stand in a Close frame (RFC 6455 §7.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidCloseCode(pub u16);

impl fmt::Display for InvalidCloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} must not stand in a close frame (RFC 6455 §7.4)", self.0)
    }
}

impl core::error::Error for InvalidCloseCode {}

/// The body of a Close frame that has one (RFC 6455 §5.5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CloseFrame<'a> {
    /// Why.
    pub code: CloseCode,
    /// Why, in words, for a log and not for a user; often empty.
    pub reason: &'a str,
}

impl<'a> CloseFrame<'a> {
    /// Reads a Close frame's payload; `None` when it is empty.
    pub(super) fn parse(payload: &'a [u8]) -> Result<Option<Self>, ProtocolError> {
        match payload.split_first_chunk::<2>() {
            None if payload.is_empty() => Ok(None),
            // §5.5.1: if there is a body, its first two bytes are the code.
            None => Err(ProtocolError::CloseBodyTooShort),
            Some((code, reason)) => {
                let code = CloseCode::new(u16::from_be_bytes(*code)).map_err(ProtocolError::CloseCode)?;
                // §5.5.1: the reason is UTF-8.
                let reason = str::from_utf8(reason).map_err(|_| ProtocolError::InvalidUtf8)?;
                Ok(Some(Self { code, reason }))
            }
        }
    }
}

/// How a connection ended, as RFC 6455 §7.1.5 defines _The WebSocket Connection Close Code_.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "§7.1.5 has these three cases")]
pub enum CloseStatus {
    /// The peer sent a Close frame with this code.
    Code(CloseCode),
    /// The peer sent a Close frame without a code; 1005.
    NoCode,
    /// No Close frame came: the transport ended or this end failed the connection first; 1006.
    Abnormal,
}

impl CloseStatus {
    /// The code, or 1005 or 1006, as a browser would report it.
    #[must_use]
    pub const fn to_u16(self) -> u16 {
        match self {
            Self::Code(code) => code.to_u16(),
            Self::NoCode => 1005,
            Self::Abnormal => 1006,
        }
    }
}

impl fmt::Display for CloseStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_u16().fmt(f)
    }
}

/// The longest start of `reason` that fits a Close frame (123 bytes) and ends between two characters.
///
/// ```
/// use rfc6455::protocol::truncate_close_reason;
///
/// assert_eq!(truncate_close_reason("short"), "short");
/// assert_eq!(truncate_close_reason(&"€".repeat(50)).len(), 123); // 41 characters of 3 bytes
/// ```
#[must_use]
pub fn truncate_close_reason(reason: &str) -> &str {
    (0..=MAX_CLOSE_REASON.min(reason.len())).rev().find_map(|end| reason.get(..end)).unwrap_or_default()
}

/// Writes a Close frame's payload.
pub(super) fn close_body(code: CloseCode, reason: &str) -> Vec<u8> {
    let mut body = Vec::with_capacity(reason.len().saturating_add(2));
    body.extend_from_slice(&code.to_u16().to_be_bytes());
    body.extend_from_slice(reason.as_bytes());
    body
}
