//! Why a proxy opened no tunnel: RFC 9110 §9.3.6 and §15, RFC 1928 §3-6, RFC 1929 §2.
//!
//! One variant for each fault.
//! All are the proxy's answer or its doing, but for the last two.

use alloc::boxed::Box;
use core::fmt;

use crate::handshake::{HeadError, Response};

/// There is no tunnel: close the transport.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProxyError {
    /// The syntax or the size of an HTTP proxy's answer.
    Head(HeadError),
    /// An HTTP proxy wants other credentials, or some (407); `Proxy-Authenticate` says of which kind. The body was not read.
    AuthenticationRequired(Box<Response>),
    /// An HTTP proxy answered with a status that is neither 2xx nor 407. The body was not read.
    Refused(Box<Response>),
    /// What answers does not speak SOCKS5: this came in place of its version, or of that of its subnegotiation.
    SocksVersion(u8),
    /// A SOCKS5 proxy takes none of the methods of authentication that were offered.
    SocksNoMethod,
    /// A SOCKS5 proxy chose this method of authentication, which was not offered.
    SocksMethod(u8),
    /// A SOCKS5 proxy does not take the user name and password.
    SocksAuthentication,
    /// A SOCKS5 proxy cannot or may not connect.
    SocksReply(SocksReply),
    /// A SOCKS5 proxy gave an address of this unknown type.
    SocksAddressType(u8),
    /// The transport ended before the tunnel was open.
    Truncated,
    /// The host's name has more than 255 bytes, which SOCKS5 cannot carry; nothing was written.
    NameTooLong,
    /// The tunnel was open already; this call is the program's mistake, not the proxy's.
    AlreadyOpen,
}

/// Why a SOCKS5 proxy did not connect (RFC 1928 §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SocksReply {
    /// 1: a failure of the proxy's own.
    GeneralFailure,
    /// 2: its rules do not allow the connection.
    NotAllowed,
    /// 3: it does not reach the network.
    NetworkUnreachable,
    /// 4: it does not reach the host, or cannot resolve its name.
    HostUnreachable,
    /// 5: the server refused the connection.
    ConnectionRefused,
    /// 6: the server was too many hops away.
    TtlExpired,
    /// 7: the proxy does not know CONNECT.
    CommandNotSupported,
    /// 8: the proxy does not know this type of address.
    AddressTypeNotSupported,
    /// A number that RFC 1928 gives no meaning.
    Unassigned(u8),
}

impl ProxyError {
    /// The status with which an HTTP proxy refused.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::AuthenticationRequired(response) | Self::Refused(response) => Some(response.status()),
            _ => None,
        }
    }

    /// The section that speaks of this.
    #[must_use]
    pub const fn section(&self) -> &'static str {
        match self {
            Self::Head(fault) => fault.section(),
            Self::AuthenticationRequired(_) => "RFC 9110 §15.5.8",
            Self::Refused(_) => "RFC 9110 §9.3.6",
            Self::SocksVersion(_) | Self::SocksNoMethod | Self::SocksMethod(_) => "RFC 1928 §3",
            Self::SocksAuthentication => "RFC 1929 §2",
            Self::SocksReply(_) | Self::SocksAddressType(_) => "RFC 1928 §6",
            Self::NameTooLong => "RFC 1928 §5",
            Self::Truncated | Self::AlreadyOpen => "RFC 6455 §4.1",
        }
    }
}

impl SocksReply {
    /// The reply of this number, which is not 0.
    pub(super) const fn new(code: u8) -> Self {
        match code {
            1 => Self::GeneralFailure,
            2 => Self::NotAllowed,
            3 => Self::NetworkUnreachable,
            4 => Self::HostUnreachable,
            5 => Self::ConnectionRefused,
            6 => Self::TtlExpired,
            7 => Self::CommandNotSupported,
            8 => Self::AddressTypeNotSupported,
            code => Self::Unassigned(code),
        }
    }
}

impl From<HeadError> for ProxyError {
    fn from(fault: HeadError) -> Self {
        Self::Head(fault)
    }
}

impl fmt::Display for ProxyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Head(fault) => return write!(f, "the proxy's answer: {fault}"),
            Self::AuthenticationRequired(_) => {
                f.write_str("the proxy answered 407: it wants a user name and password, or others")
            }
            Self::Refused(response) => {
                // A log is read in a terminal, which a proxy must not command.
                let (status, reason) = (response.status(), response.reason().escape_debug());
                write!(f, "the proxy answered {status} {reason}")
            }
            Self::SocksVersion(b'H') => {
                f.write_str("the proxy does not speak SOCKS5; it may be an HTTP proxy")
            }
            Self::SocksVersion(found) => {
                write!(f, "the proxy does not speak SOCKS5: its answer begins with 0x{found:02X}")
            }
            Self::SocksNoMethod => {
                f.write_str("the proxy takes none of the methods of authentication that were offered")
            }
            Self::SocksMethod(method) => {
                write!(f, "the proxy chose the method of authentication {method}, which was not offered")
            }
            Self::SocksAuthentication => f.write_str("the proxy does not take the user name and password"),
            Self::SocksReply(reply) => reply.fmt(f),
            Self::SocksAddressType(kind) => {
                write!(f, "the proxy answered with an address of the unknown type {kind}")
            }
            Self::Truncated => f.write_str("the connection to the proxy ended before the tunnel was open"),
            Self::NameTooLong => {
                f.write_str("the host's name has more than 255 bytes, which SOCKS5 cannot carry")
            }
            Self::AlreadyOpen => {
                f.write_str("the tunnel was open already; receive was called once too often")
            }
        }?;
        write!(f, " ({})", self.section())
    }
}

impl fmt::Display for SocksReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GeneralFailure => "the proxy failed",
            Self::NotAllowed => "the proxy's rules do not allow this connection",
            Self::NetworkUnreachable => "the proxy does not reach the network",
            Self::HostUnreachable => "the proxy does not reach the host",
            Self::ConnectionRefused => "the server refused the proxy's connection",
            Self::TtlExpired => "the server is too many hops away from the proxy",
            Self::CommandNotSupported => "the proxy does not know the command CONNECT",
            Self::AddressTypeNotSupported => "the proxy does not know this type of address",
            Self::Unassigned(code) => return write!(f, "the proxy failed with the unknown code {code}"),
        })
    }
}

impl core::error::Error for ProxyError {}
