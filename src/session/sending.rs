//! Sending: RFC 6455 §5.4, §5.5 and §6.1; what a [`Connection`](crate::protocol::Connection) sends, with the deadlines that begin with it.

use alloc::vec::Vec;
use core::time::Duration;

use super::{PreparedMessage, Session};
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
        self.connection.send(data, out)
    }

    /// Appends a message that was encoded before.
    ///
    /// # Errors
    ///
    /// See [`Connection::send`](crate::protocol::Connection::send).
    pub fn send_prepared(&mut self, message: &PreparedMessage, out: &mut Vec<u8>) -> Result<(), SendError> {
        self.connection.send_prepared(message.kind(), message.frame(), message.payload(), out)
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
        self.connection.start(data, out)
    }

    /// Appends the next fragment of the message that was started.
    ///
    /// # Errors
    ///
    /// See [`Connection::append`](crate::protocol::Connection::append).
    pub fn append<'d>(&mut self, data: impl Into<Data<'d>>, out: &mut Vec<u8>) -> Result<(), SendError> {
        self.connection.append(data, out)
    }

    /// Appends the last fragment of the message that was started; it may be empty.
    ///
    /// # Errors
    ///
    /// See [`Connection::finish`](crate::protocol::Connection::finish).
    pub fn finish<'d>(&mut self, data: impl Into<Data<'d>>, out: &mut Vec<u8>) -> Result<(), SendError> {
        self.connection.finish(data, out)
    }

    /// The header alone of the message `data`, for a server's vectored write.
    ///
    /// # Errors
    ///
    /// See [`Connection::header_for`](crate::protocol::Connection::header_for).
    pub fn header_for<'d>(&mut self, data: impl Into<Data<'d>>) -> Result<EncodedHeader, SendError> {
        self.connection.header_for(data)
    }

    /// Masks the payload of a message where it lies, and gives the header to write before it.
    ///
    /// # Errors
    ///
    /// See [`Connection::mask_in_place`](crate::protocol::Connection::mask_in_place).
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
