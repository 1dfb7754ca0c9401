//! RFC 9110: what is in this module, as the types of the `http` crate, and back; for stacks that have parsed the head.
//!
//! What both can hold passes unchanged: repeated fields in their order, and bytes that are no ASCII. In a `HeaderMap` names
//! are in lower case and stand together; neither means anything in HTTP.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use ::http::header::{
    CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderName, HeaderValue, ORIGIN, SEC_WEBSOCKET_ACCEPT,
    SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use ::http::{HeaderMap, Method, StatusCode, Version, request};

use super::accept::list_of;
use super::headers::is_secret;
use super::http_response::is_reserved;
use super::key::{accept_for, key_of};
use super::{
    Accept, Answer, BuildError, ClientHandshake, ClientRequest, HeadError, Headers, HttpResponse,
    HttpVersion, Request, RequestError, Response, ResponseError, Uri, UriError,
};

type Result<T> = core::result::Result<T, ::http::Error>;

const WEBSOCKET: HeaderValue = HeaderValue::from_static("websocket");

// ---- Requests

impl<B> TryFrom<&::http::Request<B>> for Request {
    type Error = RequestError;

    /// Checks it as [`Request::from_fields`] does; whatever body it has is not looked at.
    ///
    /// ```
    /// use rfc6455::handshake::{Request, Upgrade};
    ///
    /// let from_hyper = http::Request::get("/chat")
    ///     .header("host", "example.com")
    ///     .header("upgrade", "websocket")
    ///     .header("connection", "upgrade")
    ///     .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
    ///     .header("sec-websocket-version", "13")
    ///     .body(())?;
    /// let upgrade = Upgrade::from_request(&Request::try_from(&from_hyper)?)?;
    /// let answer = http::Response::try_from(&upgrade.accept())?; // for hyper to send
    /// assert_eq!(answer.status(), 101);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn try_from(request: &::http::Request<B>) -> core::result::Result<Self, RequestError> {
        let version = HttpVersion::try_from(request.version())?;
        let headers = Headers::try_from(request.headers())?;
        Self::of_other_stack(request.method().as_str(), &request.uri().to_string(), version, headers)
    }
}

impl TryFrom<&request::Parts> for Request {
    type Error = RequestError;

    /// The same for the head alone, as an extractor gets it.
    fn try_from(parts: &request::Parts) -> core::result::Result<Self, RequestError> {
        let version = HttpVersion::try_from(parts.version)?;
        let headers = Headers::try_from(&parts.headers)?;
        Self::of_other_stack(parts.method.as_str(), &parts.uri.to_string(), version, headers)
    }
}

impl TryFrom<&Request> for ::http::Request<()> {
    type Error = ::http::Error;

    /// It fails for the few characters that a URI of `http` cannot hold, and for very many headers.
    fn try_from(request: &Request) -> Result<Self> {
        let mut converted = Self::new(());
        *converted.method_mut() = Method::from_bytes(request.method().as_bytes())?;
        *converted.uri_mut() = request.target().parse::<::http::Uri>()?;
        *converted.version_mut() = request.version().into();
        *converted.headers_mut() = HeaderMap::try_from(request.headers())?;
        Ok(converted)
    }
}

impl ClientRequest {
    /// The request for another HTTP/1.1 client to send, and what checks the answer to it:
    /// [`ClientHandshake::check_http`]. Its target is the resource, and the host is in `Host`.
    ///
    /// `nonce` is as for [`start`](Self::start); [`os_nonce`](super::os_nonce) draws one.
    ///
    /// ```
    /// use rfc6455::handshake::{Answer, ClientRequest, Uri, os_nonce};
    ///
    /// let uri = Uri::try_from(&http::Uri::from_static("ws://example.com/chat"))?;
    /// let (request, handshake) = ClientRequest::new(&uri).subprotocol("v1")?.start_http(os_nonce()?)?;
    /// assert_eq!((request.uri().path(), request.headers()["host"].as_bytes()), ("/chat", &b"example.com"[..]));
    ///
    /// let response = http::Response::builder().status(403).body(())?; // what hyper got for it
    /// assert!(matches!(handshake.check_http(&response)?, Answer::Refused(_)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When `http` cannot hold it: the resource may have characters that its URI has not.
    pub fn start_http(&self, nonce: [u8; 16]) -> Result<(::http::Request<()>, ClientHandshake)> {
        let key = key_of(nonce);
        let mut request = ::http::Request::new(());
        *request.uri_mut() = self.uri.resource().parse::<::http::Uri>()?;
        let headers = request.headers_mut();
        headers.insert(HOST, HeaderValue::try_from(&*self.uri.host_value())?);
        headers.insert(UPGRADE, WEBSOCKET);
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(SEC_WEBSOCKET_KEY, HeaderValue::from_bytes(&key)?);
        headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        insert(headers, ORIGIN, self.origin.as_deref().unwrap_or_default())?;
        insert(headers, SEC_WEBSOCKET_PROTOCOL, &self.subprotocols.join(", "))?;
        insert(headers, SEC_WEBSOCKET_EXTENSIONS, &list_of(&self.extensions))?;
        append_all(headers, &self.headers)?;
        Ok((request, self.handshake(&key)))
    }
}

// ---- Answers

impl TryFrom<&Accept> for ::http::Response<()> {
    type Error = ::http::Error;

    /// The 101, for another stack to send.
    fn try_from(accept: &Accept) -> Result<Self> {
        let mut response = Self::new(());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(UPGRADE, WEBSOCKET);
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        let answer = accept_for(accept.upgrade().key().as_bytes());
        headers.insert(SEC_WEBSOCKET_ACCEPT, HeaderValue::from_bytes(&answer)?);
        insert(headers, SEC_WEBSOCKET_PROTOCOL, accept.chosen_subprotocol().unwrap_or_default())?;
        insert(headers, SEC_WEBSOCKET_EXTENSIONS, &list_of(accept.chosen_extensions()))?;
        append_all(headers, &accept.headers)?;
        Ok(response)
    }
}

impl TryFrom<&HttpResponse> for ::http::Response<Vec<u8>> {
    type Error = ::http::Error;

    /// All that [`HttpResponse::write`] writes. The body is there for a HEAD request, too, and left out by the stack.
    fn try_from(response: &HttpResponse) -> Result<Self> {
        let mut converted = Self::new(Vec::new());
        *converted.status_mut() = StatusCode::from_u16(response.status())?;
        if response.may_have_body() {
            converted.body_mut().clone_from(&response.body);
            let headers = converted.headers_mut();
            headers.insert(CONTENT_LENGTH, HeaderValue::from(response.body.len()));
            insert(headers, CONTENT_TYPE, response.content_type.as_deref().unwrap_or_default())?;
        }
        let headers = converted.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static(response.connection()));
        append_all(headers, &response.headers)?;
        Ok(converted)
    }
}

impl<B: Into<Vec<u8>>> TryFrom<::http::Response<B>> for HttpResponse {
    type Error = BuildError;

    /// For [`HttpResponse::write`]: what it says of the connection and of the length of its body is left out, as it is written
    /// anew.
    fn try_from(response: ::http::Response<B>) -> core::result::Result<Self, BuildError> {
        let (parts, body) = response.into_parts();
        let mut converted = Self::new(parts.status.as_u16())?;
        for (name, value) in &parts.headers {
            let (name, value) = (name.as_str(), value.as_bytes());
            match name {
                "connection" | "content-length" | "keep-alive" => {}
                "content-type" => converted.content_type = Some(text(name, value)?),
                // A body that is here is not in chunks any more.
                _ if is_reserved(name) => return Err(BuildError::ReservedHeader(String::from(name))),
                _ => converted
                    .headers
                    .push(name, value)
                    .map_err(|_| BuildError::HeaderValue(String::from(name)))?,
            }
        }
        converted.body = body.into();
        Ok(converted)
    }
}

impl ClientHandshake {
    /// Checks an answer that another HTTP/1.1 client got to [`ClientRequest::start_http`], just as
    /// [`receive`](Self::receive) does.
    ///
    /// The body of a refusal stays with that client.
    ///
    /// # Errors
    ///
    /// A [`ResponseError`] that names the rule which the answer breaks.
    pub fn check_http<B>(
        &self,
        response: &::http::Response<B>,
    ) -> core::result::Result<Answer, ResponseError> {
        let version = HttpVersion::try_from(response.version())?;
        let headers = Headers::try_from(response.headers())?;
        self.check(Response::of_other_stack(version, response.status().as_u16(), headers))
    }
}

impl TryFrom<&Response> for ::http::Response<Vec<u8>> {
    type Error = ::http::Error;

    /// With as much of the body as was kept: see [`Response::is_body_whole`].
    fn try_from(response: &Response) -> Result<Self> {
        let mut converted = Self::new(response.body().to_vec());
        *converted.status_mut() = StatusCode::from_u16(response.status())?;
        *converted.version_mut() = response.version.into();
        *converted.headers_mut() = HeaderMap::try_from(response.headers())?;
        Ok(converted)
    }
}

// ---- What these consist of

impl TryFrom<&HeaderMap> for Headers {
    type Error = HeadError;

    fn try_from(map: &HeaderMap) -> core::result::Result<Self, HeadError> {
        Self::from_fields(map)
    }
}

impl TryFrom<&Headers> for HeaderMap {
    type Error = ::http::Error;

    fn try_from(headers: &Headers) -> Result<Self> {
        let mut map = Self::try_with_capacity(headers.len())?;
        append_all(&mut map, headers)?;
        Ok(map)
    }
}

impl TryFrom<Version> for HttpVersion {
    type Error = HeadError;

    /// HTTP/2 and HTTP/3 open a WebSocket in other ways: RFC 8441 and RFC 9220.
    fn try_from(version: Version) -> core::result::Result<Self, HeadError> {
        match version {
            Version::HTTP_10 => Ok(Self::Http10),
            Version::HTTP_11 => Ok(Self::Http11),
            _ => Err(HeadError::HttpVersion),
        }
    }
}

impl From<HttpVersion> for Version {
    fn from(version: HttpVersion) -> Self {
        match version {
            HttpVersion::Http10 => Self::HTTP_10,
            HttpVersion::Http11 => Self::HTTP_11,
        }
    }
}

impl TryFrom<&::http::Uri> for Uri {
    type Error = UriError;

    fn try_from(uri: &::http::Uri) -> core::result::Result<Self, UriError> {
        Self::parse(&uri.to_string())
    }
}

impl TryFrom<&Uri> for ::http::Uri {
    type Error = ::http::Error;

    fn try_from(uri: &Uri) -> Result<Self> {
        Ok(uri.to_string().parse()?)
    }
}

/// An empty value stands for a header that is not there.
fn insert(map: &mut HeaderMap, name: HeaderName, value: &str) -> Result<()> {
    if !value.is_empty() {
        map.try_insert(name, HeaderValue::try_from(value)?)?;
    }
    Ok(())
}

fn append_all(map: &mut HeaderMap, headers: &Headers) -> Result<()> {
    for (name, value) in headers.iter() {
        let mut value = HeaderValue::from_bytes(value)?;
        // Then the map does not show it either.
        value.set_sensitive(is_secret(name));
        map.try_append(HeaderName::try_from(name)?, value)?;
    }
    Ok(())
}

fn text(name: &str, value: &[u8]) -> core::result::Result<String, BuildError> {
    let text = core::str::from_utf8(value).map_err(|_| BuildError::HeaderValue(String::from(name)))?;
    Ok(String::from(text))
}
