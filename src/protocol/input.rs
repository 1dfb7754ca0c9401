//! Where bytes come from: RFC 6455 §6.2.
//!
//! Payloads are split off the input and unmasked where they lie, so they borrow the input and not the connection.

use bytes::{Buf, BytesMut};
use core::{fmt, mem};

/// Bytes that a connection takes frames from: a `&mut [u8]` or a [`BytesMut`]. Sealed.
///
/// * From `&'b mut [u8]` payloads are `&'b mut [u8]`: parts of the caller's own buffer.
/// * From [`BytesMut`] payloads are `BytesMut`: owned, and reference-counted without a copy.
pub trait Input: sealed::Source {
    /// A piece of the input, unmasked in place.
    type Payload: AsRef<[u8]> + AsMut<[u8]> + fmt::Debug;

    /// Splits off the first `len` bytes, or all there are.
    #[doc(hidden)]
    fn split(&mut self, len: usize) -> Self::Payload;

    /// Passes `header` bytes and splits off the `len` behind them; does nothing when not all of them are there.
    #[doc(hidden)]
    fn split_frame(&mut self, header: usize, len: usize) -> Option<Self::Payload>;
}

pub(super) mod sealed {
    pub trait Source {
        fn bytes(&self) -> &[u8];
        fn skip(&mut self, len: usize);
    }
}

impl sealed::Source for &mut [u8] {
    #[inline]
    fn bytes(&self) -> &[u8] {
        self
    }

    #[inline]
    fn skip(&mut self, len: usize) {
        *self = mem::take(self).get_mut(len..).unwrap_or_default();
    }
}

impl<'b> Input for &'b mut [u8] {
    type Payload = &'b mut [u8];

    #[inline]
    fn split(&mut self, len: usize) -> &'b mut [u8] {
        let len = len.min(self.len());
        let (head, tail) = mem::take(self).split_at_mut(len);
        *self = tail;
        head
    }

    #[inline]
    fn split_frame(&mut self, header: usize, len: usize) -> Option<&'b mut [u8]> {
        let end = header.checked_add(len)?;
        if end > self.len() {
            return None;
        }
        let (frame, rest) = mem::take(self).split_at_mut_checked(end)?;
        *self = rest;
        frame.get_mut(header..)
    }
}

impl sealed::Source for BytesMut {
    #[inline]
    fn bytes(&self) -> &[u8] {
        self
    }

    #[inline]
    fn skip(&mut self, len: usize) {
        self.advance(len.min(self.len()));
    }
}

impl Input for BytesMut {
    type Payload = Self;

    #[inline]
    fn split(&mut self, len: usize) -> Self {
        self.split_to(len.min(self.len()))
    }

    #[inline]
    fn split_frame(&mut self, header: usize, len: usize) -> Option<Self> {
        if header.checked_add(len)? > self.len() {
            return None;
        }
        self.advance(header);
        Some(self.split_to(len))
    }
}
