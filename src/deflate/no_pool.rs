//! Without `std` there are no locks, so there is no pool.

use flate2::{Compress, Decompress};

use super::context::Kind;

/// There is none without the feature `std`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there is none")]
pub enum Pool {}

impl Pool {
    pub(super) fn take_compressor(&self, _: Kind) -> Option<Compress> {
        match *self {}
    }

    pub(super) fn give_compressor(&self, _: Kind, _: Compress) {
        match *self {}
    }

    pub(super) fn take_decompressor(&self) -> Option<Decompress> {
        match *self {}
    }

    pub(super) fn give_decompressor(&self, _: Decompress) {
        match *self {}
    }
}
