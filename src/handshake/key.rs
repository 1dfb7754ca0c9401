//! RFC 6455 §4.2.2 (5): the answer to a `Sec-WebSocket-Key`.
//!
//! It proves that the server read the handshake as a WebSocket handshake.
//! It proves nothing else: it is no secret and no authentication.

use alloc::string::String;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};

#[cfg(feature = "std")]
use crate::entropy::{EntropyError, fill_from_os};

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
    String::from_utf8_lossy(&accept_for(key.as_bytes())).into_owned()
}

/// The bytes of [`accept_key`].
pub(super) fn accept_for(key: &[u8]) -> [u8; 28] {
    let digest = Sha1::new().chain_update(key).chain_update(GUID).finalize();
    base64_of(digest.as_slice())
}

/// The bytes of a `Sec-WebSocket-Key` made of `nonce`.
pub(super) fn key_of(nonce: [u8; 16]) -> [u8; 24] {
    base64_of(&nonce)
}

/// A nonce for [`ClientRequest`](super::ClientRequest), from the operating system: fresh for every connection (RFC 6455 §4.1).
///
/// # Errors
///
/// [`EntropyError`] if the operating system has no random bytes to give.
#[cfg(feature = "std")]
pub fn os_nonce() -> Result<[u8; 16], EntropyError> {
    let mut nonce = [0; 16];
    fill_from_os(&mut nonce)?;
    Ok(nonce)
}

/// `octets` in base64, which makes four characters of three octets, or of the one or two that are left.
fn base64_of<const LEN: usize>(octets: &[u8]) -> [u8; LEN] {
    let mut text = [0; LEN];
    let written = STANDARD.encode_slice(octets, &mut text);
    debug_assert!(written == Ok(LEN), "there is just the room that it takes");
    text
}

/// `value` as a key, if it is canonical base64 of exactly 16 octets.
///
/// The octets themselves are of no use, and to decode them takes twice as many instructions.
pub(super) fn as_key(value: &[u8]) -> Option<&str> {
    // §4.2.1 (5): decoded, it is 16 octets long. These are 128 bits: 21 characters of 6 bits, and 2 bits before 4 zeros.
    match value {
        [start @ .., b'A' | b'Q' | b'g' | b'w', b'=', b'='] if start.len() == 21 => {
            start.iter().all(|byte| is_base64(*byte)).then(|| core::str::from_utf8(value).ok()).flatten()
        }
        _ => None,
    }
}

/// Whether `byte` is a character of base64 (RFC 4648 §4).
const fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}
