//! RFC 6455 §4.1 (7): the random nonce of a handshake.
//!
//! It comes from the operating system's generator.
//! If that fails there is no handshake.

use core::fmt;

/// The operating system had no random bytes to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntropyError {
    source: getrandom::Error,
}

/// 16 bytes from the operating system.
pub(super) fn os_nonce() -> Result<[u8; 16], EntropyError> {
    let mut nonce = [0; 16];
    getrandom::fill(&mut nonce).map_err(|source| EntropyError { source })?;
    Ok(nonce)
}

impl fmt::Display for EntropyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no random bytes for the handshake's key: {} (RFC 6455 §4.1)", self.source)
    }
}

impl core::error::Error for EntropyError {}
