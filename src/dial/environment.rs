//! Which proxy a connection takes, as the environment says: a convention of programs, of which no RFC speaks.
//!
//! A value that was read once, so that what a program does cannot change under it.

use alloc::format;
use alloc::string::String;
use core::fmt;

use super::exceptions::Exceptions;
use super::proxy::Proxy;
use super::proxy_url_error::ProxyUrlError;
use crate::handshake::Uri;

/// Which proxy, if any, leads to a URI.
///
/// | variable | holds for |
/// |---|---|
/// | `http_proxy`, `HTTP_PROXY` | `ws` |
/// | `https_proxy`, `HTTPS_PROXY` | `wss` |
/// | `all_proxy`, `ALL_PROXY` | both, where theirs is not set |
/// | `no_proxy`, `NO_PROXY` | what is connected to directly |
///
/// Of two, that in lower case is taken, and an empty one is as one that is not set. Where `REQUEST_METHOD` is set, this is a
/// CGI program, and `HTTP_PROXY` is not looked at: it is then what a client wrote into a header `Proxy`.
///
/// The exceptions are separated by commas or blanks. `*` is everything. A name stands for itself and all names below it, with
/// or without a dot before it (`.example.com`, `*.example.com`). An IP address stands for itself and `10.0.0.0/8` for a network:
/// for hosts that are written as addresses, since no name is resolved for this. Each may end in a port (`example.com:8080`,
/// `[::1]:8080`). What is none of these is passed over.
///
/// ```
/// use rfc6455::{dial::ProxyRules, handshake::Uri};
///
/// let rules = ProxyRules::from_lookup(|name| match name {
///     "ALL_PROXY" => Some("socks5h://127.0.0.1:1080".to_string()),
///     "NO_PROXY" => Some("localhost, .internal, 10.0.0.0/8".to_string()),
///     _ => None,
/// })?;
/// assert!(rules.proxy_for(&Uri::parse("wss://example.com/")?).is_some());
/// assert!(rules.proxy_for(&Uri::parse("ws://db.internal/")?).is_none());
/// assert!(rules.proxy_for(&Uri::parse("ws://10.1.2.3/")?).is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct ProxyRules {
    plain: Option<Proxy>,
    secure: Option<Proxy>,
    direct: Exceptions,
}

/// A variable of the environment does not name a proxy that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EnvironmentError {
    /// The name of the variable.
    pub variable: &'static str,
    /// What is wrong with its value, which may hold a password and is not shown.
    pub fault: ProxyUrlError,
}

impl ProxyRules {
    /// This proxy for every URI.
    #[must_use]
    pub fn always(proxy: Proxy) -> Self {
        Self { plain: Some(proxy.clone()), secure: Some(proxy), direct: Exceptions::default() }
    }

    /// Reads the variables that `lookup` gives by name; what it is asked for is in the table above.
    ///
    /// A value without a scheme, such as `proxy.example:3128`, is an HTTP proxy.
    ///
    /// # Errors
    ///
    /// [`EnvironmentError`] for a variable that names no proxy, or one that is not supported: a connection without it might
    /// be one that must not be.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, EnvironmentError> {
        let set = |name: &&'static str| Some((*name, lookup(name).filter(|value| !value.trim().is_empty())?));
        let first = |names: &[&'static str]| names.iter().find_map(set);
        let is_cgi = lookup("REQUEST_METHOD").is_some();
        let plain = if is_cgi { first(&["http_proxy"]) } else { first(&["http_proxy", "HTTP_PROXY"]) };
        let all = || first(&["all_proxy", "ALL_PROXY"]);
        let secure = first(&["https_proxy", "HTTPS_PROXY"]);
        Ok(Self {
            plain: plain.or_else(all).map(parse).transpose()?,
            secure: secure.or_else(all).map(parse).transpose()?,
            direct: Exceptions::parse(&first(&["no_proxy", "NO_PROXY"]).unwrap_or_default().1),
        })
    }

    /// Reads the variables of this process, now.
    ///
    /// # Errors
    ///
    /// As [`from_lookup`](Self::from_lookup).
    #[cfg(feature = "std")]
    pub fn from_env() -> Result<Self, EnvironmentError> {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// The proxy that leads to `uri`; `None` when it is connected to directly.
    #[must_use]
    pub fn proxy_for(&self, uri: &Uri) -> Option<&Proxy> {
        let proxy = if uri.is_secure() { self.secure.as_ref() } else { self.plain.as_ref() };
        proxy.filter(|_| !self.direct.hold(uri.host(), uri.port()))
    }
}

fn parse((variable, value): (&'static str, String)) -> Result<Proxy, EnvironmentError> {
    let value = value.trim();
    let proxy =
        if value.contains("://") { Proxy::parse(value) } else { Proxy::parse(&format!("http://{value}")) };
    proxy.map_err(|fault| EnvironmentError { variable, fault })
}

impl fmt::Display for EnvironmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the environment variable {}: {}", self.variable, self.fault)
    }
}

impl core::error::Error for EnvironmentError {}
