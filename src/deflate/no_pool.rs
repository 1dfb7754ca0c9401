//! Without `std` there are no locks, so there is no pool.

use alloc::boxed::Box;

use flate2::{Compress, Decompress};

use super::context::Kind;

/// There is none without the feature `std`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there is none")]
pub enum Pool {}

impl Pool {
    pub(super) fn take_compressor(&self, _: Kind) -> Option<Box<Compress>> {
        match *self {}
    }

    pub(super) fn give_compressor(&self, _: Kind, _: Box<Compress>) {
        match *self {}
    }

    pub(super) fn take_decompressor(&self) -> Option<Box<Decompress>> {
        match *self {}
    }

    pub(super) fn give_decompressor(&self, _: Box<Decompress>) {
        match *self {}
    }
}
