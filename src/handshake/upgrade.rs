//! RFC 6455 §4.2.1: the rules that make a request an opening handshake.
//!
//! An `Upgrade` exists only for a request that keeps them all.
//! It holds what the client offered, for the server to choose from.

use alloc::string::String;
use alloc::vec::Vec;

use super::accept::Accept;
use super::extension::Extension;
use super::headers::Headers;
use super::key::as_key;
use super::list::{lists_word, tokens};
use super::request::Request;
use super::request_error::RequestError;
use super::version::HttpVersion;

/// A valid opening handshake of a client (RFC 6455 §4.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upgrade {
    key: String,
    origin: Option<String>,
    subprotocols: Vec<String>,
    extensions: Vec<Extension>,
}

impl Upgrade {
    /// Checks that `request` is an opening handshake; whether its origin may open one is for
    /// [`OriginPolicy`](super::OriginPolicy) to say.
    ///
    /// # Errors
    ///
    /// A [`RequestError`] that names the rule which the request breaks; its
    /// [`response`](RequestError::response) is the answer to send.
    pub fn from_request(request: &Request) -> Result<Self, RequestError> {
        let headers = request.headers();
        check_upgrade(request)?;
        check_version(headers)?;
        let key = read_key(headers)?;
        // §11.3.2, §11.3.4: either header may be repeated, which is the same as one list.
        let subprotocols =
            tokens(headers.get_all("Sec-WebSocket-Protocol")).ok_or(RequestError::Subprotocols)?;
        let extensions = Extension::parse_all(headers.get_all("Sec-WebSocket-Extensions"))
            .ok_or(RequestError::Extensions)?;
        Ok(Self {
            key: String::from(key),
            origin: request.origin().map(String::from),
            subprotocols,
            extensions,
        })
    }

    /// The client's key: base64 of 16 octets, without blanks around it.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The value of the `Origin` header.
    #[must_use]
    pub fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    /// The subprotocols that the client offers, the one it likes best first.
    pub fn subprotocols(&self) -> impl Iterator<Item = &str> {
        self.subprotocols.iter().map(String::as_str)
    }

    /// The extensions that the client offers, the one it likes best first; a name may occur twice.
    #[must_use]
    pub fn extensions(&self) -> &[Extension] {
        &self.extensions
    }

    /// Starts the answer that opens the WebSocket.
    #[must_use]
    pub const fn accept(self) -> Accept {
        Accept::new(self)
    }
}

fn check_upgrade(request: &Request) -> Result<(), RequestError> {
    // §4.2.1 (1): GET, and HTTP/1.1 or higher.
    if request.method() != "GET" {
        return Err(RequestError::NotGet);
    }
    if request.version() < HttpVersion::Http11 {
        return Err(RequestError::HttpVersion);
    }
    // §4.2.1 (3): Upgrade includes the word websocket.
    if !lists_word(request.headers().get_all("Upgrade"), "websocket") {
        return Err(RequestError::Upgrade);
    }
    // §4.2.1 (4): Connection includes the word Upgrade.
    if !lists_word(request.headers().get_all("Connection"), "Upgrade") {
        return Err(RequestError::Connection);
    }
    Ok(())
}

fn check_version(headers: &Headers) -> Result<(), RequestError> {
    // §4.2.1 (6), §11.3.5: once, and 13.
    let mut versions = headers.get_all("Sec-WebSocket-Version");
    match (versions.next(), versions.next()) {
        (None, _) => Err(RequestError::VersionMissing),
        (Some(_), Some(_)) => Err(RequestError::VersionInvalid),
        (Some(value), None) => match parse_version(value) {
            Some(13) => Ok(()),
            Some(other) => Err(RequestError::VersionUnsupported(other)),
            None => Err(RequestError::VersionInvalid),
        },
    }
}

/// Reads a version: a number from 0 to 255 without leading zeros.
pub(super) fn parse_version(value: &[u8]) -> Option<u8> {
    // §4.3: the grammar of `version`.
    let is_number = match value {
        [b'0'] => true,
        [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    let append = |number: u8, digit: &u8| number.checked_mul(10)?.checked_add(digit.checked_sub(b'0')?);
    if is_number { value.iter().try_fold(0, append) } else { None }
}

fn read_key(headers: &Headers) -> Result<&str, RequestError> {
    // §4.2.1 (5), §11.3.1: once, and 16 octets long.
    let mut keys = headers.get_all("Sec-WebSocket-Key");
    match (keys.next(), keys.next()) {
        (None, _) => Err(RequestError::KeyMissing),
        (Some(_), Some(_)) => Err(RequestError::KeyRepeated),
        (Some(key), None) => as_key(key).ok_or(RequestError::KeyInvalid),
    }
}
