//! Sending: RFC 6455 §5.4, §5.5 and §6.1; what a [`Connection`](crate::protocol::Connection) sends, with the deadlines that begin with it.

use alloc::vec::Vec;
use core::time::Duration;

#[cfg(feature = "std")]
use bytes::Bytes;

#[cfg(all(feature = "deflate", feature = "std"))]
use super::Compressing;
use super::prepared::Encoded;
use super::{PreparedMessage, Session};
#[cfg(feature = "deflate")]
use crate::deflate::Compress;
use crate::frame::EncodedHeader;
use crate::protocol::{CloseCode, Data, DataKind, SendError};

impl Session {
    /// Appends a message.
    ///
    /// # Errors
    ///
    /// See [`Connection::send`](crate::protocol::Connection::send).
    #[inline]
    pub fn send<'d>(&mut self, data: impl Into<Data<'d>>, out: &mut Vec<u8>) -> Result<(), SendError> {
        #[cfg(feature = "deflate")]
        if let Some(deflate) = &mut self.deflate {
            return deflate.outgoing.send(&mut self.connection, data.into(), None, out);
        }
        self.connection.send(data, out)
    }

    /// Appends a message, and says whether it is compressed.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    #[cfg(feature = "deflate")]
    pub fn send_with<'d>(
        &mut self,
        data: impl Into<Data<'d>>,
        compress: Compress,
        out: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        match &mut self.deflate {
            Some(deflate) => deflate.outgoing.send(&mut self.connection, data.into(), Some(compress), out),
            None => self.connection.send(data, out),
        }
    }

    /// Gives the compressor out of hands, to compress `data` while others use the session; `None` when that is not compressed.
    #[cfg(all(feature = "deflate", feature = "std"))]
    pub(crate) fn lend_compressor(
        &mut self,
        data: Data<'_>,
        forced: Option<Compress>,
    ) -> Result<Option<Compressing>, SendError> {
        match &mut self.deflate {
            Some(deflate) => deflate.outgoing.lend(&mut self.connection, data, forced),
            None => Ok(None),
        }
    }

    /// Takes the compressor back, and appends what it made.
    #[cfg(all(feature = "deflate", feature = "std"))]
    pub(crate) fn send_compressed(
        &mut self,
        compressing: Compressing,
        data: Data<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        match &mut self.deflate {
            Some(deflate) => deflate.outgoing.send_compressed(&mut self.connection, compressing, data, out),
            None => self.connection.send(data, out),
        }
    }

    /// Appends a message that was encoded before.
    ///
    /// # Errors
    ///
    /// See [`Connection::send`](crate::protocol::Connection::send).
    pub fn send_prepared(&mut self, message: &PreparedMessage, out: &mut Vec<u8>) -> Result<(), SendError> {
        let form = self.form_of(message);
        self.connection.send_prepared(message.kind(), form.rsv, &form.frame, form.payload(), out)?;
        self.sent(form);
        Ok(())
    }

    /// The frame of a message that was encoded before, for a server's vectored write. The message counts as sent.
    #[cfg(feature = "std")]
    pub(crate) fn frame_for<'m>(&mut self, message: &'m PreparedMessage) -> Result<&'m Bytes, SendError> {
        let form = self.form_of(message);
        self.connection.send_elsewhere(message.kind(), form.payload().len())?;
        self.sent(form);
        Ok(&form.frame)
    }

    /// How long that frame is.
    #[cfg(feature = "std")]
    pub(crate) fn frame_len(&self, message: &PreparedMessage) -> usize {
        self.form_of(message).frame.len()
    }

    /// Whether [`send`](Self::send) compresses this. If not, [`header_for`](Self::header_for) saves the copy that it makes.
    #[inline]
    #[must_use]
    pub fn compresses<'d>(&self, data: impl Into<Data<'d>>) -> bool {
        let data = data.into();
        #[cfg(feature = "deflate")]
        if let Some(deflate) = &self.deflate {
            return deflate.outgoing.takes(data.as_bytes().len(), None);
        }
        let _ = data;
        false
    }

    /// As it is sent here: compressed or not.
    fn form_of<'m>(&self, message: &'m PreparedMessage) -> &'m Encoded {
        #[cfg(feature = "deflate")]
        if let (Some(deflate), Some((window_bits, compressed))) = (&self.deflate, message.as_compressed())
            && deflate.outgoing.can_send(*window_bits)
        {
            return compressed;
        }
        message.plain()
    }

    fn sent(&mut self, form: &Encoded) {
        #[cfg(feature = "deflate")]
        if let Some(deflate) = &mut self.deflate
            && !form.rsv.is_empty()
        {
            deflate.outgoing.sent_past_compressor();
        }
        let _ = form;
    }

    /// Appends a Ping. Its Pong comes as [`Received::Pong`](super::Received::Pong).
    ///
    /// # Errors
    ///
    /// See [`Connection::ping`](crate::protocol::Connection::ping).
    pub fn ping(&mut self, payload: &[u8], out: &mut Vec<u8>) -> Result<(), SendError> {
        self.connection.ping(payload, out)?;
        self.timers.pinged(payload);
        Ok(())
    }

    /// Starts the closing handshake, and its deadline. Go on receiving until [`Received::Close`](super::Received::Close).
    ///
    /// # Errors
    ///
    /// See [`Connection::start_close`](crate::protocol::Connection::start_close).
    pub fn start_close(
        &mut self,
        code: CloseCode,
        reason: &str,
        now: Duration,
        out: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        self.connection.start_close(code, reason, out)?;
        self.timers.close_sent(now);
        Ok(())
    }

    /// As [`start_close`](Self::start_close), with an empty Close frame; the peer is told 1005.
    ///
    /// # Errors
    ///
    /// See [`Connection::start_close_without_code`](crate::protocol::Connection::start_close_without_code).
    pub fn start_close_without_code(&mut self, now: Duration, out: &mut Vec<u8>) -> Result<(), SendError> {
        self.connection.start_close_without_code(out)?;
        self.timers.close_sent(now);
        Ok(())
    }

    /// Appends the first fragment of a message; [`append`](Self::append) and [`finish`](Self::finish) go on.
    ///
    /// # Errors
    ///
    /// See [`Connection::start`](crate::protocol::Connection::start).
    pub fn start<'d>(&mut self, data: impl Into<Data<'d>>, out: &mut Vec<u8>) -> Result<(), SendError> {
        #[cfg(feature = "deflate")]
        if let Some(deflate) = &mut self.deflate {
            return deflate.outgoing.start(&mut self.connection, data.into(), None, out);
        }
        self.connection.start(data, out)
    }

    /// Appends the first fragment of a message, and says whether the message is compressed.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    #[cfg(feature = "deflate")]
    pub fn start_with<'d>(
        &mut self,
        data: impl Into<Data<'d>>,
        compress: Compress,
        out: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        match &mut self.deflate {
            Some(deflate) => deflate.outgoing.start(&mut self.connection, data.into(), Some(compress), out),
            None => self.connection.start(data, out),
        }
    }

    /// Appends the next fragment of the message that was started.
    ///
    /// # Errors
    ///
    /// See [`Connection::append`](crate::protocol::Connection::append).
    pub fn append<'d>(&mut self, data: impl Into<Data<'d>>, out: &mut Vec<u8>) -> Result<(), SendError> {
        #[cfg(feature = "deflate")]
        if let Some(deflate) = &mut self.deflate {
            return deflate.outgoing.append(&mut self.connection, data.into(), out);
        }
        self.connection.append(data, out)
    }

    /// Appends the last fragment of the message that was started; it may be empty.
    ///
    /// # Errors
    ///
    /// See [`Connection::finish`](crate::protocol::Connection::finish).
    pub fn finish<'d>(&mut self, data: impl Into<Data<'d>>, out: &mut Vec<u8>) -> Result<(), SendError> {
        #[cfg(feature = "deflate")]
        if let Some(deflate) = &mut self.deflate {
            return deflate.outgoing.finish(&mut self.connection, data.into(), out);
        }
        self.connection.finish(data, out)
    }

    /// The header alone of the message `data`, for a server's vectored write; not compressed.
    ///
    /// # Errors
    ///
    /// See [`Connection::header_for`](crate::protocol::Connection::header_for).
    #[inline]
    pub fn header_for<'d>(&mut self, data: impl Into<Data<'d>>) -> Result<EncodedHeader, SendError> {
        self.connection.header_for(data)
    }

    /// Masks the payload of a message where it lies, and gives the header to write before it; not compressed.
    ///
    /// # Errors
    ///
    /// See [`Connection::mask_in_place`](crate::protocol::Connection::mask_in_place).
    #[inline]
    pub fn mask_in_place(&mut self, kind: DataKind, payload: &mut [u8]) -> Result<EncodedHeader, SendError> {
        self.connection.mask_in_place(kind, payload)
    }

    /// Appends a Pong that was not asked for; each Ping gets its Pong without this.
    ///
    /// # Errors
    ///
    /// See [`Connection::pong`](crate::protocol::Connection::pong).
    pub fn pong(&mut self, payload: &[u8], out: &mut Vec<u8>) -> Result<(), SendError> {
        self.connection.pong(payload, out)
    }
}
