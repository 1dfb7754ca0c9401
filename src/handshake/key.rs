//! RFC 6455 §4.2.2 (5): the answer to a `Sec-WebSocket-Key`.
//!
//! It proves that the server read the handshake as a WebSocket handshake.
//! It proves nothing else: it is no secret and no authentication.

use alloc::string::String;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};

/// The GUID of RFC 6455 §1.3.
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The value of `Sec-WebSocket-Accept` that answers `key`, the text of a `Sec-WebSocket-Key`
/// (RFC 6455 §4.2.2).
///
/// ```
/// use rfc6455::handshake::accept_key;
///
/// assert_eq!(accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
/// ```
#[must_use]
pub fn accept_key(key: &str) -> String {
    let digest = Sha1::new().chain_update(key).chain_update(GUID).finalize();
    STANDARD.encode(digest)
}

/// The text of a `Sec-WebSocket-Key` made of `nonce`.
pub(super) fn key_of(nonce: [u8; 16]) -> String {
    STANDARD.encode(nonce)
}

/// `value` as a key, if it is canonical base64 of exactly 16 octets.
pub(super) fn as_key(value: &[u8]) -> Option<&str> {
    // §4.2.1 (5): decoded, it is 16 octets long. The decoder asks for room for whole groups of three.
    let mut octets = [0; 18];
    match STANDARD.decode_slice(value, &mut octets) {
        Ok(16) => core::str::from_utf8(value).ok(),
        _ => None,
    }
}
