//! What a [`WebSocket`] sends: RFC 6455 §6.1, now or with what follows.

use std::io::{Read, Write};

use super::buffer::QUEUE;
use super::{Error, WebSocket};
use crate::protocol::{Data, Side};
use crate::session::PreparedMessage;

/// From this size on, a second slice in the system call is cheaper than a copy behind the header: `writev` costs 0.3 us more than
/// `send`, which takes 7 per cent from a server's time for 4 KiB, 5 for 8 KiB and 2 for 16 KiB; at 32 KiB the copy costs 3 more.
const VECTORED: usize = 24 << 10;

/// From this size on, a frame that was encoded before is written from where it lies. That is one slice, if nothing waits.
pub(super) const LARGE_FRAME: usize = 4096;

impl<S: Read + Write> WebSocket<S> {
    /// Sends a message now, and with it all that was queued.
    ///
    /// # Errors
    ///
    /// [`Error::Send`] and [`Error::Backlog`] when the message was not taken. [`Error::Io`] when it was: if the error
    /// [`is_would_block`](Error::is_would_block), it waits to be written.
    #[inline]
    pub fn send<'d>(&mut self, data: impl Into<Data<'d>>) -> Result<(), Error> {
        let data = data.into();
        if data.as_bytes().len() >= VECTORED && self.is_server() && !self.session.compresses(data) {
            return self.send_vectored(data);
        }
        self.take(data)?;
        self.flush()
    }

    /// Takes a message to be sent with the next [`flush`](Self::flush) or [`send`](Self::send), before
    /// [`read`](Self::read) waits, or when 64 KiB have come together. For answers to many small messages this saves most
    /// of the writes.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    #[inline]
    pub fn queue<'d>(&mut self, data: impl Into<Data<'d>>) -> Result<(), Error> {
        self.take(data.into())?;
        self.flush_queue()
    }

    /// Sends a message that was encoded before, now.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn send_prepared(&mut self, message: &PreparedMessage) -> Result<(), Error> {
        if self.session.frame_len(message) >= LARGE_FRAME && self.is_server() {
            self.wire.check_room()?;
            let frame = self.session.frame_for(message)?;
            return Ok(self.wire.output.write(frame, &mut self.wire.stream, None)?);
        }
        self.queue_prepared(message)?;
        self.flush()
    }

    /// As [`queue`](Self::queue), for a message that was encoded before.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn queue_prepared(&mut self, message: &PreparedMessage) -> Result<(), Error> {
        self.wire.check_room()?;
        self.session.send_prepared(message, &mut self.wire.output.bytes)?;
        self.flush_queue()
    }

    /// Sends the first fragment of a message whose end is not known; [`append`](Self::append) and
    /// [`finish`](Self::finish) go on.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn start<'d>(&mut self, data: impl Into<Data<'d>>) -> Result<(), Error> {
        self.wire.check_room()?;
        self.session.start(data, &mut self.wire.output.bytes)?;
        self.flush()
    }

    /// Sends the next fragment of the message that was started.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn append<'d>(&mut self, data: impl Into<Data<'d>>) -> Result<(), Error> {
        self.wire.check_room()?;
        self.session.append(data, &mut self.wire.output.bytes)?;
        self.flush()
    }

    /// Sends the last fragment of the message that was started; it may be empty.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn finish<'d>(&mut self, data: impl Into<Data<'d>>) -> Result<(), Error> {
        self.wire.check_room()?;
        self.session.finish(data, &mut self.wire.output.bytes)?;
        self.flush()
    }

    /// Sends a Ping of at most 125 bytes; [`read_event`](Self::read_event) gives its Pong.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn ping(&mut self, payload: &[u8]) -> Result<(), Error> {
        self.wire.check_room()?;
        self.session.ping(payload, &mut self.wire.output.bytes)?;
        self.flush()
    }

    /// Sends a Pong that nobody asked for, as a heartbeat that wants no answer (§5.5.3); each Ping gets its Pong without this.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn pong(&mut self, payload: &[u8]) -> Result<(), Error> {
        self.wire.check_room()?;
        self.session.pong(payload, &mut self.wire.output.bytes)?;
        self.flush()
    }

    #[inline]
    fn take(&mut self, data: Data<'_>) -> Result<(), Error> {
        self.wire.check_room()?;
        Ok(self.session.send(data, &mut self.wire.output.bytes)?)
    }

    /// After something was queued.
    #[inline]
    pub(super) fn flush_queue(&mut self) -> Result<(), Error> {
        if self.wire.output.waiting() > QUEUE { self.flush() } else { Ok(()) }
    }

    fn is_server(&self) -> bool {
        self.session.side() == Side::Server
    }

    /// A large message of a server: its bytes go from where they are to the system, without a copy.
    fn send_vectored(&mut self, data: Data<'_>) -> Result<(), Error> {
        self.wire.check_room()?;
        let header = self.session.header_for(data)?;
        self.wire.output.bytes.extend_from_slice(&header);
        Ok(self.wire.output.write(data.as_bytes(), &mut self.wire.stream, None)?)
    }
}
