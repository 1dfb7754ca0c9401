//! RFC 6455 §10.2: which web pages may open a WebSocket.
//!
//! A browser tells which page asks and lets any page ask, so that the server must decide.
//! A client that is not a browser need not send an origin, or may send any.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use super::authority::Authority;
use super::request::Request;
use super::request_error::RequestError;

/// Which values of the `Origin` header a server lets in (RFC 6455 §10.2).
///
/// ```
/// use rfc6455::handshake::{OriginPolicy, Request};
///
/// let fields = [("Host", "example.com"), ("Origin", "https://elsewhere.com")];
/// let request = Request::from_fields("GET", "/chat", fields)?;
/// assert!(OriginPolicy::SameHost.check(&request).is_err());
///
/// let policy = OriginPolicy::List(vec![String::from("https://elsewhere.com")]);
/// assert!(policy.check(&request).is_ok());
/// # Ok::<(), rfc6455::handshake::RequestError>(())
/// ```
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum OriginPolicy {
    /// Every origin, and none.
    Any,
    /// The origin's host and port must be those of the request; no origin at all is let in.
    ///
    /// Hosts are compared without regard to case. A port that was not written is the default of the
    /// origin's scheme, on both sides, as the server cannot see whether a proxy in front of it
    /// speaks TLS. `null`, the origin of sandboxed and local pages, is refused.
    ///
    /// The host of the request is what the client says. A page whose name was made to stand for this server's address (DNS
    /// rebinding) is of the same host by name: where that matters, as on `localhost`, take a [`List`](Self::List).
    #[default]
    SameHost,
    /// The origin must be one of these, byte for byte; no origin at all is let in.
    ///
    /// `null` is let in only if it is listed.
    List(Vec<String>),
    /// The function decides; it is given the origin, if there is one, and the request.
    Custom(Arc<Decide>),
}

type Decide = dyn Fn(Option<&str>, &Request) -> bool + Send + Sync;

impl OriginPolicy {
    /// A policy by which `decide` says whether an origin, or none, may make the request.
    ///
    /// ```
    /// use rfc6455::handshake::OriginPolicy;
    ///
    /// let policy = OriginPolicy::custom(|origin, request| {
    ///     request.path() == "/public" || origin.is_some_and(|it| it.ends_with(".example.com"))
    /// });
    /// # let _ = policy;
    /// ```
    pub fn custom(decide: impl Fn(Option<&str>, &Request) -> bool + Send + Sync + 'static) -> Self {
        Self::Custom(Arc::new(decide))
    }

    /// Checks the origin of `request`.
    ///
    /// # Errors
    ///
    /// [`RequestError::OriginRefused`], which is answered with 403.
    pub fn check(&self, request: &Request) -> Result<(), RequestError> {
        let passes = match (self, request.origin()) {
            (Self::Any, _) => true,
            (Self::Custom(decide), origin) => decide(origin, request),
            // §4.2.1 (7): a request without Origin does not come from a browser.
            (Self::SameHost | Self::List(_), None) => true,
            (Self::SameHost, Some(origin)) => is_same_host(origin, request),
            (Self::List(allowed), Some(origin)) => allowed.iter().any(|known| known == origin),
        };
        // §4.2.2 (4): an origin that is not acceptable gets 403.
        if passes { Ok(()) } else { Err(RequestError::OriginRefused) }
    }
}

impl fmt::Debug for OriginPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("Any"),
            Self::SameHost => f.write_str("SameHost"),
            Self::List(allowed) => f.debug_tuple("List").field(allowed).finish(),
            Self::Custom(_) => f.write_str("Custom(..)"),
        }
    }
}

fn is_same_host(origin: &str, request: &Request) -> bool {
    // RFC 6454 §6.2: an origin is a scheme, a host and perhaps a port; "null" has none of them.
    let Some((scheme, authority)) = origin.split_once("://") else {
        return false;
    };
    let default = match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    };
    match (Authority::parse(authority), request.host().map(Authority::parse)) {
        (Ok(origin), Some(Ok(host))) => origin.is_same(&host, default),
        _ => false,
    }
}
