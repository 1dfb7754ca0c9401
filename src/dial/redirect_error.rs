//! Why a redirect is not followed: RFC 6455 §4.1 and §10, RFC 9110 §15.4.

use core::fmt;

use crate::handshake::UriError;

/// The server sends elsewhere, and the client does not go.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RedirectError {
    /// There is no `Location`.
    LocationMissing,
    /// There is more than one `Location`.
    LocationRepeated,
    /// The `Location`, resolved against the URI that was asked for, is not one of a WebSocket.
    Location(UriError),
    /// The `Location` has a scheme other than ws, wss, http and https, or names no server.
    Scheme,
    /// From wss to ws: what was meant to be secret would be sent in the clear.
    Downgrade,
    /// So many redirects were followed already, which is the limit; the servers may send in circles.
    TooMany(usize),
}

impl RedirectError {
    /// The section that speaks of this.
    #[must_use]
    pub const fn section(&self) -> &'static str {
        match self {
            Self::LocationMissing | Self::LocationRepeated => "RFC 9110 §10.2.2",
            Self::Location(_) | Self::Scheme => "RFC 6455 §3",
            Self::Downgrade => "RFC 6455 §10.6",
            Self::TooMany(_) => "RFC 9110 §15.4",
        }
    }
}

impl fmt::Display for RedirectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LocationMissing => f.write_str("the server redirects without a Location"),
            Self::LocationRepeated => f.write_str("the server redirects with several Locations"),
            Self::Location(fault) => return write!(f, "the server redirects to what is no address: {fault}"),
            Self::Scheme => {
                f.write_str("the server redirects to something other than ws, wss, http or https")
            }
            Self::Downgrade => f.write_str("the server redirects from wss to ws, which is not secure"),
            Self::TooMany(limit) => write!(f, "more than {limit} redirects"),
        }?;
        write!(f, " ({})", self.section())
    }
}

impl core::error::Error for RedirectError {}
