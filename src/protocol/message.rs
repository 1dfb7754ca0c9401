//! A message in progress: RFC 6455 §5.4, and its limits (§10.4).
//!
//! It holds none of the payload: that was given away as it came.

use super::limits::FragmentBill;
use super::{DataKind, Limits, ProtocolError, Utf8Stream};
use crate::frame::Rsv;

/// A message whose end has not come.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) kind: DataKind,
    /// The reserved bits of its first frame.
    pub(super) rsv: Rsv,
    /// A chunk of it was given.
    pub(super) given: bool,
    pub(super) text: Utf8Stream,
    len: u64,
    fragments: u32,
    bill: FragmentBill,
}

impl Message {
    pub(super) const fn new(kind: DataKind, rsv: Rsv) -> Self {
        Self {
            kind,
            rsv,
            given: false,
            text: Utf8Stream::new(),
            len: 0,
            fragments: 0,
            bill: FragmentBill::new(),
        }
    }

    /// Whether it is of this kind, and no extension has a part in it.
    pub(super) fn is_plain(&self, kind: DataKind) -> bool {
        self.kind == kind && self.rsv.is_empty()
    }

    /// Takes account of a frame of it, by what the header claims and before a byte of the payload is read. `is_whole` when that
    /// frame is all of the message.
    pub(super) fn add_frame(
        &mut self,
        payload_len: u64,
        is_whole: bool,
        limits: &Limits,
    ) -> Result<(), ProtocolError> {
        self.fragments = self.fragments.saturating_add(1);
        let limits = &if self.rsv.is_empty() { *limits } else { limits.of_transformed(self.fragments) };
        if payload_len > limits.frame {
            return Err(ProtocolError::FrameTooBig { len: payload_len, limit: limits.frame });
        }
        self.len = self.len.saturating_add(payload_len);
        if self.len > limits.message {
            return Err(ProtocolError::MessageTooBig { limit: limits.message });
        }
        if !is_whole && !self.bill.add(payload_len, limits) {
            return Err(ProtocolError::TooManyFragments);
        }
        Ok(())
    }
}
