//! Compressors and decompressors that many connections share.

use std::boxed::Box;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::vec::Vec;

use flate2::{Compress, Decompress};

use super::context::Kind;

/// Compressors and decompressors that are not in use. A clone is the same pool: make one for the program, or one for each
/// thread, and give it to all connections.
///
/// ```
/// use rfc6455::deflate::{Deflate, Pool};
/// use rfc6455::session::Config;
///
/// let pool = Pool::new(8);
/// let mut config = Config::default();
/// config.deflate = Some(Deflate::shared(pool)); // and a clone of it for each connection
/// ```
#[derive(Clone)]
pub struct Pool(Arc<Mutex<Idle>>);

struct Idle {
    most: usize,
    /// Each with what it was made for.
    compressors: Vec<(Kind, Box<Compress>)>,
    #[expect(clippy::vec_box, reason = "connections have them in boxes, too")]
    decompressors: Vec<Box<Decompress>>,
}

impl Pool {
    /// Keeps `most` compressors and as many decompressors at most; what is given back on top of that is dropped. As many as
    /// there are threads that use it are enough.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self(Arc::new(Mutex::new(Idle { most, compressors: Vec::new(), decompressors: Vec::new() })))
    }

    pub(super) fn take_compressor(&self, kind: Kind) -> Option<Box<Compress>> {
        let compressors = &mut self.lock().compressors;
        let found = compressors.iter().rposition(|(other, _)| *other == kind)?;
        Some(compressors.remove(found).1)
    }

    pub(super) fn give_compressor(&self, kind: Kind, compressor: Box<Compress>) {
        let idle = &mut *self.lock();
        idle.compressors.push((kind, compressor));
        if idle.compressors.len() > idle.most {
            // The one that was given back first goes: it may be of a window that nobody asks for any more.
            idle.compressors.remove(0);
        }
    }

    pub(super) fn take_decompressor(&self) -> Option<Box<Decompress>> {
        self.lock().decompressors.pop()
    }

    pub(super) fn give_decompressor(&self, decompressor: Box<Decompress>) {
        let idle = &mut *self.lock();
        if idle.decompressors.len() < idle.most {
            idle.decompressors.push(decompressor);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Idle> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let idle = self.lock();
        f.debug_struct("Pool")
            .field("most", &idle.most)
            .field("compressors", &idle.compressors.len())
            .field("decompressors", &idle.decompressors.len())
            .finish()
    }
}

impl PartialEq for Pool {
    /// Whether it is the same pool.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Pool {}
