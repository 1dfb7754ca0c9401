//! RFC 6455 §4.1: what a client asks of the answer `101 Switching Protocols`.
//!
//! The checks stand in the order of the RFC, one function each.
//! The first that fails names the fault.

use alloc::string::String;
use alloc::vec::Vec;

use super::extension::Extension;
use super::headers::Headers;
use super::list::lists_word;
use super::response::Response;
use super::response_error::ResponseError;
use super::token::{as_token, trim_blanks};
use super::version::HttpVersion;

/// What a client sent, as far as the answer must fit it.
#[derive(Clone, Debug)]
pub(super) struct Opening {
    /// The only right value of `Sec-WebSocket-Accept`.
    pub(super) accept: [u8; 28],
    pub(super) subprotocols: Vec<String>,
    /// The names of the extensions.
    pub(super) extensions: Vec<String>,
}

impl Opening {
    /// Checks a response of status 101, and notes in it what the server chose.
    pub(super) fn check(&self, mut response: Response) -> Result<Response, ResponseError> {
        if response.version < HttpVersion::Http11 {
            return Err(ResponseError::HttpVersion);
        }
        let headers = response.headers();
        check_upgrade(headers)?;
        self.check_accept(headers)?;
        let extensions = self.read_extensions(headers)?;
        let subprotocol = self.read_subprotocol(headers)?;
        response.extensions = extensions;
        response.subprotocol = subprotocol;
        Ok(response)
    }

    fn check_accept(&self, headers: &Headers) -> Result<(), ResponseError> {
        // §4.1 (4), §11.3.3: once, and the very bytes that answer the key.
        let mut accepts = headers.get_all("Sec-WebSocket-Accept");
        match (accepts.next(), accepts.next()) {
            (None, _) => Err(ResponseError::AcceptMissing),
            (Some(_), Some(_)) => Err(ResponseError::AcceptRepeated),
            (Some(accept), None) if accept != self.accept => Err(ResponseError::AcceptMismatch),
            (Some(_), None) => Ok(()),
        }
    }

    fn read_extensions(&self, headers: &Headers) -> Result<Vec<Extension>, ResponseError> {
        // §11.3.2: once at most in a response.
        if headers.get_all("Sec-WebSocket-Extensions").nth(1).is_some() {
            return Err(ResponseError::ExtensionsRepeated);
        }
        let extensions = Extension::parse_all(headers.get_all("Sec-WebSocket-Extensions"))
            .ok_or(ResponseError::ExtensionsInvalid)?;
        let mut seen: Vec<&str> = Vec::new();
        for name in extensions.iter().map(Extension::name) {
            // §4.1 (5): only what was offered.
            if !self.extensions.iter().any(|offered| offered == name) {
                return Err(ResponseError::ExtensionNotOffered(String::from(name)));
            }
            if seen.contains(&name) {
                return Err(ResponseError::ExtensionRepeated(String::from(name)));
            }
            seen.push(name);
        }
        Ok(extensions)
    }

    fn read_subprotocol(&self, headers: &Headers) -> Result<Option<String>, ResponseError> {
        // §11.3.4: once at most in a response, and one token.
        let mut chosen = headers.get_all("Sec-WebSocket-Protocol");
        let name = match (chosen.next(), chosen.next()) {
            (None, _) => return Ok(None),
            (Some(_), Some(_)) => return Err(ResponseError::SubprotocolRepeated),
            (Some(value), None) => as_token(value).ok_or(ResponseError::SubprotocolInvalid)?,
        };
        // §4.1 (6): only what was offered, in the case in which it was offered.
        if self.subprotocols.iter().any(|offered| offered == name) {
            Ok(Some(String::from(name)))
        } else {
            Err(ResponseError::SubprotocolNotOffered(String::from(name)))
        }
    }
}

fn check_upgrade(headers: &Headers) -> Result<(), ResponseError> {
    // §4.1 (2): Upgrade is there, and is nothing but websocket.
    let mut upgrades = headers.get_all("Upgrade").peekable();
    let is_there = upgrades.peek().is_some();
    if !is_there || !upgrades.all(|value| trim_blanks(value).eq_ignore_ascii_case(b"websocket")) {
        return Err(ResponseError::Upgrade);
    }
    // §4.1 (3): Connection includes the word Upgrade.
    if !lists_word(headers.get_all("Connection"), "Upgrade") {
        return Err(ResponseError::Connection);
    }
    Ok(())
}
