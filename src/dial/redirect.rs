//! RFC 6455 §4.1, RFC 9110 §15.4: where a server sends a client that asked for a WebSocket.

use super::redirect_error::RedirectError;
use super::reference::resolve;
use crate::handshake::{ClientRequest, Response, Uri, UriError};

/// Follows redirects, a limited number (RFC 6455 §4.1): to ws and wss, for which http and https may stand, and never from wss to
/// ws. A relative `Location` is resolved (RFC 3986 §5). What lets somebody in stays at its origin: see
/// [`Redirect::request`].
///
/// Nothing is followed unless a program asks for it, since it lets a server choose whom the program talks to: also one on the
/// local network, where the program may get and the server may not. Browsers follow none for WebSockets. Whoever follows
/// should not take the last server's word for more than the first one's.
///
/// ```
/// use rfc6455::dial::Redirects;
/// use rfc6455::handshake::{Answer, ClientRequest, Uri};
///
/// let mut uri = Uri::parse("ws://example.com/feed")?;
/// let mut request = ClientRequest::new(&uri).header("Cookie", "id=7")?;
/// let mut redirects = Redirects::new(5);
///
/// let mut out = Vec::new();
/// let mut handshake = request.start([7; 16], &mut out); // 16 random bytes
/// # let mut input: &[u8] = b"HTTP/1.1 308 Gone\r\nLocation: https://feed.example/v2\r\nContent-Length: 0\r\n\r\n";
/// if let Some(Answer::Refused(answer)) = handshake.receive(&mut input)? {
///     if let Some(redirect) = redirects.follow(&uri, &answer)? {
///         request = redirect.request(&request); // without the cookie, if it is another origin
///         uri = redirect.uri().clone();
///         // Connect to it, and start again with a fresh nonce.
///     }
/// }
/// # assert_eq!(uri.to_string(), "wss://feed.example/v2");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Redirects {
    limit: usize,
    followed: usize,
}

/// Where to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    uri: Uri,
    crosses_origin: bool,
}

impl Redirects {
    /// Follows `limit` redirects and not one more. Each costs a connection, and most that are meant take one or two.
    #[must_use]
    pub const fn new(limit: usize) -> Self {
        Self { limit, followed: 0 }
    }

    /// Where `answer` sends a client that asked for `from`; `None` when it is no redirect: only 301, 302, 303, 307 and 308
    /// are, which mean the same to a request by GET.
    ///
    /// # Errors
    ///
    /// A [`RedirectError`] for one that is not to be followed.
    pub fn follow(&mut self, from: &Uri, answer: &Response) -> Result<Option<Redirect>, RedirectError> {
        // RFC 9110 §15.4.2-4, §15.4.8-9
        if !matches!(answer.status(), 301 | 302 | 303 | 307 | 308) {
            return Ok(None);
        }
        let uri = resolve(from, location(answer)?)?;
        if from.is_secure() && !uri.is_secure() {
            return Err(RedirectError::Downgrade);
        }
        // RFC 9110 §15.4: a client is to see that they go in circles, and so they end.
        if self.followed >= self.limit {
            return Err(RedirectError::TooMany(self.limit));
        }
        self.followed = self.followed.saturating_add(1);
        let crosses_origin = !is_same_origin(from, &uri);
        Ok(Some(Redirect { uri, crosses_origin }))
    }
}

impl Redirect {
    /// The URI to connect to.
    #[must_use]
    pub const fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Whether scheme, host or port is another one (RFC 6454 §5).
    #[must_use]
    pub const fn crosses_origin(&self) -> bool {
        self.crosses_origin
    }

    /// The request to send there, made of the one that was redirected: with the `Host` and the resource of the new URI, and,
    /// if that is of another origin, without `Authorization`, `Cookie` and `Proxy-Authorization`.
    ///
    /// Other headers stay: where one of them is a secret, which only the program knows, it is up to the program.
    #[must_use]
    pub fn request(&self, request: &ClientRequest) -> ClientRequest {
        let request = request.clone().redirected_to(&self.uri);
        // RFC 9110 §15.4 (1)
        if self.crosses_origin { request.without_credentials() } else { request }
    }
}

fn location(answer: &Response) -> Result<&str, RedirectError> {
    // RFC 9110 §10.2.2: one, and a URI, so it is ASCII.
    let mut locations = answer.headers().get_all("Location");
    match (locations.next(), locations.next()) {
        (None, _) => Err(RedirectError::LocationMissing),
        (Some(_), Some(_)) => Err(RedirectError::LocationRepeated),
        (Some(location), None) => {
            core::str::from_utf8(location).map_err(|_| RedirectError::Location(UriError::Resource))
        }
    }
}

fn is_same_origin(one: &Uri, other: &Uri) -> bool {
    let origin = |uri: &Uri| (uri.is_secure(), uri.port());
    origin(one) == origin(other) && one.host() == other.host()
}
