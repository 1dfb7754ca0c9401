//! RFC 6455 §4.1: the proxy that a client is configured to use, as a URL names it (RFC 3986).
//!
//! Whatever a `Proxy` holds can be sent to it as it stands.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use super::proxy_url_error::ProxyUrlError;
use crate::handshake::{Authority, AuthorityFault};

/// A proxy: `http://[user[:password]@]host[:port]`, or `socks5://` or `socks5h://` in place of `http://`.
///
/// An `http` proxy is asked by CONNECT, also for `ws` (RFC 6455 §4.1); its port is 80 unless written. A `socks5` proxy's is
/// 1080. Names are resolved by the proxy, whether it is written `socks5` or `socks5h`: so they work where they mean
/// something, and no local resolver learns them. Credentials are percent-decoded.
///
/// Many HTTP proxies let CONNECT pass to port 443 alone, so that `wss` gets through where `ws` is refused, with 403 for instance.
///
/// ```
/// use rfc6455::dial::Proxy;
///
/// let proxy = Proxy::parse("http://alice:s%40cret@proxy.example:3128")?;
/// assert_eq!((proxy.host(), proxy.port()), ("proxy.example", 3128));
/// assert_eq!(proxy.to_string(), "http://proxy.example:3128"); // fit for a log
/// # Ok::<(), rfc6455::dial::ProxyUrlError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    protocol: Protocol,
    host: String,
    port: u16,
    credentials: Option<Credentials>,
}

/// How a proxy is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Http,
    Socks5,
}

/// What lets a user pass; it was checked against the proxy's protocol.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Credentials {
    pub(super) user: Vec<u8>,
    pub(super) password: Vec<u8>,
}

impl Proxy {
    /// Reads the URL of a proxy.
    ///
    /// # Errors
    ///
    /// A [`ProxyUrlError`] that names the part which is wrong.
    pub fn parse(text: &str) -> Result<Self, ProxyUrlError> {
        let (scheme, rest) = text.split_once("://").ok_or(ProxyUrlError::Scheme)?;
        let protocol = Protocol::parse(scheme)?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains(['/', '?', '#']) {
            return Err(ProxyUrlError::Path);
        }
        // The last one: a password may hold an @ that somebody forgot to encode, and a host cannot.
        let (user_info, authority) = match rest.rsplit_once('@') {
            Some((user_info, authority)) => (Some(user_info), authority),
            None => (None, rest),
        };
        let Authority { host, port } = Authority::parse(authority).map_err(|fault| match fault {
            AuthorityFault::Host => ProxyUrlError::Host,
            AuthorityFault::Port => ProxyUrlError::Port,
        })?;
        let proxy = Self {
            protocol,
            host: host.to_ascii_lowercase(),
            port: port.unwrap_or(protocol.default_port()),
            credentials: None,
        };
        let Some(user_info) = user_info else { return Ok(proxy) };
        let (user, password) = user_info.split_once(':').unwrap_or((user_info, ""));
        proxy.credentials(&percent_decoded(user)?, &percent_decoded(password)?)
    }

    /// Sets the user name and the password, which are taken as they are. Both may be bytes of any encoding, UTF-8 by custom.
    ///
    /// # Errors
    ///
    /// [`ProxyUrlError::Credentials`] for what the proxy's protocol cannot carry.
    pub fn credentials(
        mut self,
        user: impl AsRef<[u8]>,
        password: impl AsRef<[u8]>,
    ) -> Result<Self, ProxyUrlError> {
        let (user, password) = (user.as_ref(), password.as_ref());
        let can_be_sent = match self.protocol {
            // RFC 7617 §2
            Protocol::Http => !user.contains(&b':') && !user.iter().chain(password).any(u8::is_ascii_control),
            // RFC 1929 §2: each has a length of one byte. An empty password is against its letter, and common.
            Protocol::Socks5 => (1..=255).contains(&user.len()) && password.len() <= 255,
        };
        if !can_be_sent {
            return Err(ProxyUrlError::Credentials);
        }
        self.credentials = Some(Credentials { user: user.to_vec(), password: password.to_vec() });
        Ok(self)
    }

    /// The host to connect to, in lower case; an IPv6 address without its brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port to connect to.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    pub(super) const fn protocol(&self) -> Protocol {
        self.protocol
    }

    pub(super) const fn user(&self) -> Option<&Credentials> {
        self.credentials.as_ref()
    }
}

impl Protocol {
    fn parse(scheme: &str) -> Result<Self, ProxyUrlError> {
        match scheme.to_ascii_lowercase().as_str() {
            "http" => Ok(Self::Http),
            "socks5" | "socks5h" => Ok(Self::Socks5),
            "https" => Err(ProxyUrlError::TlsProxy),
            _ => Err(ProxyUrlError::Scheme),
        }
    }

    const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            // RFC 1928 §3
            Self::Socks5 => 1080,
        }
    }
}

impl FromStr for Proxy {
    type Err = ProxyUrlError;

    fn from_str(text: &str) -> Result<Self, ProxyUrlError> {
        Self::parse(text)
    }
}

impl fmt::Display for Proxy {
    /// The URL without the credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.protocol {
            Protocol::Http => "http",
            Protocol::Socks5 => "socks5h",
        };
        let (open, close) = if self.host.contains(':') { ("[", "]") } else { ("", "") };
        write!(f, "{scheme}://{open}{}{close}:{}", self.host, self.port)
    }
}

impl fmt::Debug for Proxy {
    /// Neither the password nor the user name, which may be a token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let credentials = self.credentials.as_ref().map(|_| format_args!(", with credentials"));
        write!(f, "Proxy({self}{})", credentials.unwrap_or(format_args!("")))
    }
}

impl fmt::Debug for Credentials {
    /// Shows nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

/// The octets that `text` stands for (RFC 3986 §2.1).
fn percent_decoded(text: &str) -> Result<Vec<u8>, ProxyUrlError> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    loop {
        rest = match rest {
            [] => return Ok(octets),
            [b'%', tail @ ..] => {
                let digits = tail.get(..2).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
                let digits = digits.and_then(|digits| core::str::from_utf8(digits).ok());
                let octet = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
                octets.push(octet.ok_or(ProxyUrlError::Percent)?);
                tail.get(2..).unwrap_or_default()
            }
            [octet, tail @ ..] => {
                octets.push(*octet);
                tail
            }
        };
    }
}
