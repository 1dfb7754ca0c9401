//! RFC 6455 §4.2.2: the answer that opens a WebSocket.
//!
//! Only what the client offered can be chosen.
//! The headers that make the answer an answer are written here, and no one can add to them.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::build_error::BuildError;
use super::extension::Extension;
use super::headers::Headers;
use super::key::accept_for;
use super::upgrade::Upgrade;
use super::wire::{CRLF, add_header, is_framing, is_opening, write_header, write_headers, write_parts};

/// The answer `101 Switching Protocols`, and what the server chose of the client's offers
/// (RFC 6455 §4.2.2).
///
/// ```
/// use rfc6455::handshake::{Request, Upgrade};
///
/// let request = Request::from_fields("GET", "/", [
///     ("Host", "example.com"),
///     ("Upgrade", "websocket"),
///     ("Connection", "Upgrade"),
///     ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
///     ("Sec-WebSocket-Version", "13"),
///     ("Sec-WebSocket-Protocol", "chat, superchat"),
/// ])?;
/// let accept = Upgrade::from_request(&request)?
///     .accept()
///     .first_subprotocol_of(&["superchat", "chat"])
///     .header("Set-Cookie", "a=1")?;
/// assert_eq!(accept.chosen_subprotocol(), Some("superchat"));
///
/// let mut out = Vec::new();
/// accept.write(&mut out);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accept {
    upgrade: Upgrade,
    subprotocol: Option<String>,
    extensions: Vec<Extension>,
    pub(super) headers: Headers,
}

impl Accept {
    pub(super) const fn new(upgrade: Upgrade) -> Self {
        Self { upgrade, subprotocol: None, extensions: Vec::new(), headers: Headers::new() }
    }

    /// Chooses a subprotocol; a later choice replaces an earlier one.
    ///
    /// # Errors
    ///
    /// [`BuildError::SubprotocolNotOffered`] if the client did not offer `name`, in this very case.
    pub fn subprotocol(mut self, name: &str) -> Result<Self, BuildError> {
        // §4.2.2 (4): one of those that the client sent.
        if !self.upgrade.subprotocols().any(|offered| offered == name) {
            return Err(BuildError::SubprotocolNotOffered(String::from(name)));
        }
        self.subprotocol = Some(String::from(name));
        Ok(self)
    }

    /// Chooses the first subprotocol of `supported` that the client offered, so that the server's
    /// order counts.
    ///
    /// If there is none the WebSocket opens without a subprotocol; see
    /// [`chosen_subprotocol`](Self::chosen_subprotocol).
    #[must_use]
    pub fn first_subprotocol_of(mut self, supported: &[impl AsRef<str>]) -> Self {
        let mut names = supported.iter().map(AsRef::as_ref);
        let chosen = names.find(|&name| self.upgrade.subprotocols().any(|offered| offered == name));
        self.subprotocol = chosen.map(String::from);
        self
    }

    /// Accepts an extension, behind those accepted before: their order is the order of use
    /// (RFC 6455 §9.1).
    ///
    /// Whether its parameters answer the offer is for the caller to see.
    ///
    /// # Errors
    ///
    /// [`BuildError::ExtensionNotOffered`] if the client offered no extension of that name, and
    /// [`BuildError::ExtensionRepeated`] if one of that name was accepted before.
    pub fn extension(mut self, extension: Extension) -> Result<Self, BuildError> {
        let has_its_name = |other: &Extension| other.name() == extension.name();
        // §4.2.2 (4): only what the client offered.
        if !self.upgrade.extensions().iter().any(has_its_name) {
            return Err(BuildError::ExtensionNotOffered(String::from(extension.name())));
        }
        if self.extensions.iter().any(has_its_name) {
            return Err(BuildError::ExtensionRepeated(String::from(extension.name())));
        }
        self.extensions.push(extension);
        Ok(self)
    }

    /// Adds a header, such as `Set-Cookie`.
    ///
    /// # Errors
    ///
    /// [`BuildError::ReservedHeader`] for those that the handshake writes or must not have
    /// (`Upgrade`, `Connection`, `Sec-WebSocket-*`, `Content-Length`, `Transfer-Encoding` and their
    /// like), [`BuildError::HeaderName`] and [`BuildError::HeaderValue`] for what is not a header
    /// at all.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, BuildError> {
        add_header(&mut self.headers, name, value, |name| is_framing(name) || is_opening(name))?;
        Ok(self)
    }

    /// The handshake that is accepted.
    #[must_use]
    pub const fn upgrade(&self) -> &Upgrade {
        &self.upgrade
    }

    /// The subprotocol that was chosen.
    #[must_use]
    pub fn chosen_subprotocol(&self) -> Option<&str> {
        self.subprotocol.as_deref()
    }

    /// The extensions that were accepted, in the order of use.
    #[must_use]
    pub fn chosen_extensions(&self) -> &[Extension] {
        &self.extensions
    }

    /// Appends the response to `out`; all bytes behind it are WebSocket frames.
    pub fn write(&self, out: &mut Vec<u8>) {
        // §4.2.2 (5): the status line and the three headers that a client checks.
        let start = b"HTTP/1.1 101 Switching Protocols\r\n\
            Upgrade: websocket\r\n\
            Connection: Upgrade\r\n\
            Sec-WebSocket-Accept: ";
        write_parts(out, &[start, &accept_for(self.upgrade.key().as_bytes()), CRLF]);
        // §4.2.2 (5): without a subprotocol there is no such header, not an empty one.
        if let Some(name) = &self.subprotocol {
            write_header(out, "Sec-WebSocket-Protocol", name.as_bytes());
        }
        // §11.3.2: once at most, whatever the number of extensions.
        if !self.extensions.is_empty() {
            write_header(out, "Sec-WebSocket-Extensions", list_of(&self.extensions).as_bytes());
        }
        write_headers(out, &self.headers);
        out.extend_from_slice(CRLF);
    }
}

/// The extensions as one header value, in their order.
pub(super) fn list_of(extensions: &[Extension]) -> String {
    let elements: Vec<String> = extensions.iter().map(ToString::to_string).collect();
    elements.join(", ")
}
