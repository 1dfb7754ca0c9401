//! From plaintext to records on the socket, in order: RFC 8446 §5.1, and our last word, §6.1.

use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::time::Duration;
use std::vec::Vec;

use super::super::Socket;
use super::super::buffer::is_timeout;
use super::super::socket::BoundedWrites;
use super::super::sync::{Instant, MutexGuard};
use super::stream::{State, TlsStream, lock};

/// How much of the application's bytes is made into records at once: two of them, for one write of the socket.
pub(super) const CHUNK: usize = 32 * 1024;

/// How many slices are made into records at once; more are as good as written one by one.
const SLICES: usize = 8;

/// How long a read tries to write. The peer may read nothing until it is read from, too.
const BRIEF: Duration = Duration::from_millis(5);

/// Records on their way to the socket.
#[derive(Default)]
pub(super) struct Outgoing {
    bytes: Vec<u8>,
    written: usize,
}

/// What is kept of a buffer that is empty.
const KEEP: usize = 1024;

impl Outgoing {
    fn waiting(&self) -> &[u8] {
        self.bytes.get(self.written..).unwrap_or_default()
    }

    /// Takes over all records that are made.
    fn collect(&mut self, state: &mut State) -> io::Result<()> {
        while state.tls.wants_write() {
            state.tls.write_tls(&mut self.bytes)?;
        }
        Ok(())
    }

    fn empty(&mut self) {
        if self.bytes.len() < CHUNK / 4 {
            self.bytes.shrink_to(KEEP);
        }
        self.bytes.clear();
        self.written = 0;
    }
}

impl<S> TlsStream<S>
where
    S: Socket,
    for<'s> &'s S: Read + Write,
{
    /// Makes records of some of it, and writes them. What was taken may wait: then the next write or flush goes on.
    pub(super) fn write_plaintext(&self, from: &[IoSlice<'_>]) -> io::Result<usize> {
        self.in_turn(|mut outgoing| {
            // Nothing is taken while something waits, so that little does.
            self.write_records(&mut outgoing)?;
            let taken = self.encrypt(from)?;
            match self.write_records(&mut outgoing) {
                Err(error) if !is_resumable(&error) => Err(error),
                _ => Ok(taken),
            }
        })
    }

    pub(super) fn flush_records(&self) -> io::Result<()> {
        self.in_turn(|mut outgoing| self.write_records(&mut outgoing))
    }

    /// What TLS itself has to say: its part of the handshake, an alert. When another thread is writing, that will do it.
    pub(super) fn write_owed(&self) -> io::Result<()> {
        let bounded = {
            let state = self.state()?;
            if !state.tls.wants_write() && !state.owes {
                return Ok(());
            }
            !state.tls.is_handshaking()
        };
        let Ok(mut outgoing) = self.outgoing.try_lock() else { return Ok(()) };
        let bounded = if bounded { self.briefly() } else { None };
        let written = self.write_records(&mut outgoing);
        drop(bounded);
        self.state()?.owes = written.is_err();
        written
    }

    /// Says that nothing more will come.
    pub(super) fn write_close_notify(&self) -> io::Result<()> {
        // A thread that is stuck in a write is not waited for: to hang up is what frees it.
        let mut outgoing = self.outgoing.try_lock().map_err(|_| ErrorKind::WouldBlock)?;
        self.close()?;
        loop {
            match self.write_records(&mut outgoing) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                written => return written,
            }
        }
    }

    /// The same, if it can be said at once.
    pub(super) fn try_close_notify(&self) {
        if let Ok(mut outgoing) = self.outgoing.try_lock()
            && self.close().is_ok()
        {
            let _bounded = self.briefly();
            let _ = self.write_records(&mut outgoing);
        }
    }

    /// How many bytes wait here, of records.
    pub(super) fn waiting(&self) -> usize {
        // Whoever writes just now looks for more itself.
        self.outgoing.try_lock().map_or(0, |outgoing| outgoing.waiting().len())
    }

    fn close(&self) -> io::Result<()> {
        let mut state = self.state()?;
        if !state.is_closed {
            state.tls.send_close_notify();
            state.is_closed = true;
        }
        Ok(())
    }

    fn briefly(&self) -> Option<BoundedWrites<'_>> {
        BoundedWrites::new(&self.socket, Instant::now().checked_add(BRIEF)?)
    }

    /// Acts as the one that writes. A reader that had something to write meanwhile has left it, so this looks for it behind.
    fn in_turn<R>(&self, act: impl FnOnce(MutexGuard<'_, Outgoing>) -> io::Result<R>) -> io::Result<R> {
        let done = act(lock(&self.outgoing)?)?;
        while self.state()?.tls.wants_write() {
            let Ok(mut outgoing) = self.outgoing.try_lock() else { break };
            if self.write_records(&mut outgoing).is_err() {
                self.state()?.owes = true;
            }
        }
        Ok(done)
    }

    fn encrypt(&self, from: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut chunk = [IoSlice::new(&[]); SLICES];
        let mut room = CHUNK;
        for (place, slice) in chunk.iter_mut().zip(from) {
            let len = slice.len().min(room);
            *place = IoSlice::new(slice.get(..len).unwrap_or_default());
            room = room.saturating_sub(len);
        }
        let mut state = self.state()?;
        if state.is_closed {
            return Err(ErrorKind::BrokenPipe.into());
        }
        match state.tls.writer().write_vectored(&chunk)? {
            // So much waits for the end of the handshake.
            0 if room < CHUNK => Err(ErrorKind::WouldBlock.into()),
            len => Ok(len),
        }
    }

    /// Writes all records. A write of the socket that is cut short is [`ErrorKind::Interrupted`]: to look at the time.
    fn write_records(&self, outgoing: &mut Outgoing) -> io::Result<()> {
        outgoing.collect(&mut *self.state()?)?;
        let waiting = outgoing.waiting();
        if !waiting.is_empty() {
            let written = match (&self.socket).write(waiting)? {
                0 => return Err(ErrorKind::WriteZero.into()),
                written => written,
            };
            let is_short = written < waiting.len();
            outgoing.written = outgoing.written.saturating_add(written);
            if is_short {
                return Err(ErrorKind::Interrupted.into());
            }
        }
        outgoing.empty();
        self.state()?.owes = false;
        Ok(())
    }
}

fn is_resumable(error: &io::Error) -> bool {
    is_timeout(error) || error.kind() == ErrorKind::Interrupted
}
