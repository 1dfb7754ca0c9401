//! What can be wrong with the address of a proxy: RFC 3986 §3, and what the proxy's protocol can carry.

use core::fmt;

/// The text names no proxy that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProxyUrlError {
    /// The text does not start with `http://`, `socks5://` or `socks5h://`.
    Scheme,
    /// The proxy itself would be spoken to by TLS (`https://`), which is not supported. A `wss` connection through an
    /// `http://` proxy is: its TLS goes through the tunnel.
    TlsProxy,
    /// The host is missing, or is neither a name nor an IPv4 address nor an IPv6 address in brackets.
    Host,
    /// The port is not a number from 1 to 65535.
    Port,
    /// There is a path, a query or a fragment, which a proxy has not.
    Path,
    /// In the user name or password a `%` has no two hexadecimal digits behind it.
    Percent,
    /// The user name or password cannot be sent: HTTP takes neither a control character nor a user name with a colon
    /// (RFC 7617 §2); SOCKS5 takes 1 to 255 bytes of user name, and up to 255 of password (RFC 1929 §2).
    Credentials,
}

impl fmt::Display for ProxyUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scheme => "the proxy's URL does not start with http://, socks5:// or socks5h://",
            Self::TlsProxy => {
                "proxies that are spoken to by TLS (https://) are not supported; wss goes through an http:// proxy, too"
            }
            Self::Host => "the proxy's host is missing or invalid (RFC 3986 §3.2.2)",
            Self::Port => "the proxy's port is not a number from 1 to 65535 (RFC 3986 §3.2.3)",
            Self::Path => "the proxy's URL has a path, query or fragment",
            Self::Percent => "the proxy's user name or password holds a % that encodes nothing (RFC 3986 §2.1)",
            Self::Credentials => {
                "the proxy's user name or password cannot be sent to it (RFC 7617 §2, RFC 1929 §2)"
            }
        })
    }
}

impl core::error::Error for ProxyUrlError {}
