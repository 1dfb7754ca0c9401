//! Randomness for RFC 6455 §4.1 (the handshake's key) and §5.3 (masking keys).
//!
//! Both come from the operating system, or from a source of equal strength that the caller brings.

use core::fmt;

/// There was no randomness to be had, for a masking key (RFC 6455 §5.3) or a handshake's key (§4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EntropyError(Option<i32>);

impl EntropyError {
    /// For sources that have nothing to add.
    #[must_use]
    pub const fn new() -> Self {
        Self(None)
    }

    /// With the error number of an operating system.
    #[must_use]
    pub const fn with_os_error(number: i32) -> Self {
        Self(Some(number))
    }
}

impl fmt::Display for EntropyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no randomness for a key (RFC 6455 §5.3)")?;
        self.0.map_or(Ok(()), |number| write!(f, ": error {number} of the operating system"))
    }
}

impl core::error::Error for EntropyError {}

/// Fills `bytes` from the operating system.
#[cfg(feature = "std")]
pub(crate) fn fill_from_os(bytes: &mut [u8]) -> Result<(), EntropyError> {
    getrandom::fill(bytes).map_err(|error| EntropyError(error.raw_os_error()))
}
