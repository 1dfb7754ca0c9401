//! Who masks, and with what: RFC 6455 §5.1 and §5.3.
//!
//! A client cannot be built without a source of masking keys, and there is no source but a strong one.

use alloc::{boxed::Box, vec::Vec};
use core::fmt;

use crate::EntropyError;

/// Which end of the connection this is; a client brings its masking keys.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "a connection has two ends")]
pub enum Role {
    /// Sends plain frames, and refuses plain ones.
    Server,
    /// Masks each frame with a fresh key, and refuses masked ones.
    Client(MaskKeys),
}

impl Role {
    /// Which end this is, without its keys.
    #[inline]
    #[must_use]
    pub const fn side(&self) -> Side {
        match self {
            Self::Server => Side::Server,
            Self::Client(_) => Side::Client,
        }
    }
}

/// One of the two ends of a connection (RFC 6455 §1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a connection has two ends")]
pub enum Side {
    /// The end that opened the connection.
    Client,
    /// The end that accepted it.
    Server,
}

impl Side {
    /// The other end.
    #[must_use]
    pub const fn peer(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}

/// Keys that are drawn at first. A connection that sends little pays for no more, and its opening takes half the time.
const FEWEST: usize = 16;
/// Keys that are drawn at a time in the end. A draw of one key costs the time of 30 in a draw of so many; of more, nothing is gained.
const MOST: usize = 256;

/// A supply of masking keys: unpredictable, and each for one frame only (RFC 6455 §5.3, §10.3).
///
/// Keys are drawn in blocks, of 16 at first and twice as many each time up to 256, so that fresh keys cost little. One key is set aside for the Close frame: whatever
/// happens to the source, a connection can still say why it ends.
pub struct MaskKeys(Box<Supply>);

struct Supply {
    source: Source,
    keys: Vec<[u8; 4]>,
    used: usize,
    last: [u8; 4],
}

enum Source {
    #[cfg(feature = "std")]
    Os,
    Caller(Box<Fill>),
}

type Fill = dyn FnMut(&mut [u8]) -> Result<(), EntropyError> + Send + Sync;

impl MaskKeys {
    /// Keys from the operating system's generator.
    ///
    /// # Errors
    ///
    /// [`EntropyError`] when the system has none to give.
    #[cfg(feature = "std")]
    pub fn from_os() -> Result<Self, EntropyError> {
        Self::draw(Source::Os)
    }

    /// Keys from `fill`, which fills its argument with bytes of cryptographic strength; for systems without `std`.
    ///
    /// ```
    /// use rfc6455::{EntropyError, protocol::MaskKeys};
    /// # fn hardware_rng(bytes: &mut [u8]) -> bool { true }
    ///
    /// let keys = MaskKeys::from_source(|bytes| match hardware_rng(bytes) {
    ///     true => Ok(()),
    ///     false => Err(EntropyError::new()),
    /// })?;
    /// # Ok::<(), EntropyError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The [`EntropyError`] of the first call of `fill`.
    pub fn from_source(
        fill: impl FnMut(&mut [u8]) -> Result<(), EntropyError> + Send + Sync + 'static,
    ) -> Result<Self, EntropyError> {
        Self::draw(Source::Caller(Box::new(fill)))
    }

    fn draw(source: Source) -> Result<Self, EntropyError> {
        let mut supply = Box::new(Supply { source, keys: Vec::new(), used: 0, last: [0; 4] });
        supply.last = supply.next()?;
        Ok(Self(supply))
    }

    /// A fresh key for one frame.
    #[inline]
    pub(super) fn next(&mut self) -> Result<[u8; 4], EntropyError> {
        self.0.next()
    }

    /// Makes sure that there is a [`next`](Self::next) one.
    pub(super) fn ensure(&mut self) -> Result<(), EntropyError> {
        if self.0.used >= self.0.keys.len() { self.0.refill() } else { Ok(()) }
    }

    /// The key that was set aside for the Close frame.
    pub(super) const fn last(&self) -> [u8; 4] {
        self.0.last
    }
}

impl Supply {
    #[inline]
    fn next(&mut self) -> Result<[u8; 4], EntropyError> {
        let key = match self.keys.get(self.used) {
            Some(key) => *key,
            None => self.refilled()?,
        };
        self.used = self.used.saturating_add(1);
        Ok(key)
    }

    /// The first of a new block.
    #[cold]
    fn refilled(&mut self) -> Result<[u8; 4], EntropyError> {
        self.refill()?;
        self.keys.first().copied().ok_or(EntropyError::new())
    }

    #[cold]
    fn refill(&mut self) -> Result<(), EntropyError> {
        let count = self.keys.len().saturating_mul(2).clamp(FEWEST, MOST);
        self.keys.resize(count, [0; 4]);
        // None of them is one until the source has given all.
        self.used = count;
        let bytes = self.keys.as_flattened_mut();
        match &mut self.source {
            #[cfg(feature = "std")]
            Source::Os => crate::entropy::fill_from_os(bytes)?,
            Source::Caller(fill) => fill(bytes)?,
        }
        self.used = 0;
        Ok(())
    }
}

impl fmt::Debug for MaskKeys {
    /// Shows none of them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MaskKeys")
    }
}
