//! A stream with its buffers: what is below a [`WebSocket`](super::WebSocket) and its opening handshake.

use std::boxed::Box;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::time::Duration;
use std::vec::Vec;

use super::buffer::{Filled, ReadBuffer, WriteBuffer};
use super::sync::Instant;
use super::{Error, Socket, SocketOf};
use crate::session::Config;

/// A stream with its buffers. It is kept on the heap: what lies on the stack is copied again and again while a connection is
/// made, and a thread never gives back the stack that it used.
#[derive(Debug)]
pub(super) struct Wire<S> {
    pub(super) stream: S,
    pub(super) socket: SocketOf<S>,
    pub(super) config: Config,
    pub(super) input: ReadBuffer,
    pub(super) output: WriteBuffer,
}

impl<S> Wire<S> {
    pub(super) fn new(stream: S, socket: SocketOf<S>, config: Config, unread: Vec<u8>) -> Box<Self> {
        let input = ReadBuffer::new(socket(&stream), unread);
        if let Some(socket) = socket(&stream) {
            // A socket that refuses either is as it was before, which still works.
            let _ = socket.set_no_delay();
            if let Ok(None) = socket.write_timeout() {
                // It refuses a timeout of zero, too, and would then wait for ever.
                let timeout = config.write_timeout.map(|timeout| timeout.max(Duration::from_millis(1)));
                let _ = socket.set_write_timeout(timeout);
            }
        }
        Box::new(Self { stream, socket, config, input, output: WriteBuffer::default() })
    }

    pub(super) fn socket(&self) -> Option<&dyn Socket> {
        (self.socket)(&self.stream)
    }

    /// Whether the stream never blocks and wakes its task: see [`Socket`].
    pub(super) fn is_polled(&self) -> bool {
        self.socket().is_some_and(Socket::is_polled)
    }

    /// Whether such a stream took nothing for too long.
    pub(super) fn is_stuck(&self) -> bool {
        self.socket().is_some_and(Socket::is_stuck)
    }

    /// Gives the socket back the user's own timeout.
    pub(super) fn disarm(&mut self) {
        if let Some(socket) = (self.socket)(&self.stream) {
            self.input.patience.disarm(socket);
        }
    }

    #[inline]
    pub(super) fn check_room(&mut self) -> Result<(), Error> {
        if self.input.is_lent() {
            self.output.borrow();
        }
        if self.output.waiting() > self.config.write_backlog { Err(Error::Backlog) } else { Ok(()) }
    }
}

impl<S: Write> Wire<S> {
    #[inline]
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.output.flush(&mut self.stream)
    }

    pub(super) fn flush_until(&mut self, until: Option<Instant>) -> io::Result<()> {
        // What never blocks ends by itself, and says who is to be woken.
        let until = until.filter(|_| !self.input.is_lent());
        self.output.flush_until(until, &mut self.stream)
    }

    /// Tells the peer that nothing more will be sent. A stream that is shut already has told it.
    pub(super) fn shut_down(&mut self) -> io::Result<()> {
        self.socket().map_or(Ok(()), |socket| socket.shut_down(Shutdown::Write))?;
        if self.is_polled() { self.stream.flush() } else { Ok(()) }
    }

    /// As `shut_down`, and at once.
    pub(super) fn cut(&mut self) -> io::Result<()> {
        self.socket().map_or(Ok(()), Socket::cut)?;
        if self.is_polled() { self.stream.flush() } else { Ok(()) }
    }
}

impl<S: Read> Wire<S> {
    pub(super) fn fill(&mut self, wait: Option<Duration>) -> io::Result<Filled> {
        if self.input.is_lent() {
            return self.fill_lent();
        }
        if let Some(socket) = (self.socket)(&self.stream) {
            self.input.patience.arm(socket, wait);
        }
        self.input.fill(&mut self.stream, wait)
    }

    /// As [`fill`](Self::fill), from a stream that never blocks. While it has nothing, this holds no storage.
    fn fill_lent(&mut self) -> io::Result<Filled> {
        let filled = self.input.fill_lent(&mut self.stream);
        match filled {
            Ok(Filled::Bytes) => self.output.borrow(),
            _ => self.output.give_back(),
        }
        filled
    }
}
