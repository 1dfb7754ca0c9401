//! The bytes on their way: read and not yet looked at, or to be written.

use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::time::{Duration, Instant};
use std::vec::Vec;

use super::Socket;

/// What one read asks for. It stays in the first-level cache, which is worth more than fewer reads.
const READ: usize = 16 * 1024;

/// What was read and not yet looked at, and how long reads may block.
#[derive(Debug, Default)]
pub(super) struct ReadBuffer {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    /// The timeout that the user gave the socket; `read` gives up after it.
    user: Option<Duration>,
    /// The timeout that the socket has now.
    armed: Option<Duration>,
    /// The payload of the last Ping or Pong.
    pub(super) control: Vec<u8>,
}

/// What came of a wait for bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filled {
    Bytes,
    Eof,
    /// The time that was given is over, or nearly.
    Elapsed,
}

impl ReadBuffer {
    pub(super) fn new(socket: Option<&dyn Socket>, unread: Vec<u8>) -> Self {
        let user = socket.and_then(|socket| socket.read_timeout().ok().flatten());
        let end = unread.len();
        Self { bytes: unread, start: 0, end, user, armed: user, control: Vec::new() }
    }

    pub(super) fn unread(&mut self) -> &mut [u8] {
        self.bytes.get_mut(self.start..self.end).unwrap_or_default()
    }

    pub(super) fn consume(&mut self, len: usize) {
        self.start = self.start.saturating_add(len).min(self.end);
    }

    pub(super) fn clear(&mut self) {
        self.start = self.end;
    }

    /// Reads once; what was unread before must have been consumed. `wait` is what [`arm`](Self::arm) was given. After
    /// `WouldBlock` or `TimedOut` nothing is lost.
    pub(super) fn fill(&mut self, stream: &mut impl Read, wait: Option<Duration>) -> io::Result<Filled> {
        if self.bytes.len() < READ {
            self.bytes.resize(READ, 0);
        }
        let begun = wait.map(|_| Instant::now());
        loop {
            match stream.read(&mut self.bytes) {
                Ok(0) => return Ok(Filled::Eof),
                Ok(len) => {
                    (self.start, self.end) = (0, len);
                    return Ok(Filled::Bytes);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) && self.was_ours(begun) => return Ok(Filled::Elapsed),
                Err(error) => return Err(error),
            }
        }
    }

    /// Gives the socket a timeout that ends no later than `wait`. An earlier one does no harm, since deadlines move away
    /// while bytes come: so this is a system call now and then and not with each read.
    pub(super) fn arm(&mut self, socket: &dyn Socket, wait: Option<Duration>) -> io::Result<()> {
        let want = [self.user, wait].into_iter().flatten().min();
        let fits = match (want, self.armed) {
            (None, None) => true,
            (Some(want), Some(armed)) => armed <= want && want <= armed.saturating_mul(2),
            _ => false,
        };
        if !fits {
            // A socket refuses a timeout of zero.
            let timeout = want.map(|want| want.max(Duration::from_millis(1)));
            socket.set_read_timeout(timeout)?;
            self.armed = timeout;
        }
        Ok(())
    }

    /// Whether a timeout was that of a deadline: neither a socket that does not block nor the user's own timeout.
    fn was_ours(&self, begun: Option<Instant>) -> bool {
        let (Some(begun), Some(armed)) = (begun, self.armed) else { return false };
        let passed = begun.elapsed();
        // The kernel counts in ticks, so a little less than what was asked for may have passed.
        let waited = passed.saturating_add(Duration::from_millis(20)) >= armed && !passed.is_zero();
        let blocked = passed >= Duration::from_micros(500);
        waited && blocked && self.user.is_none_or(|user| passed < user)
    }
}

/// The two kinds by which a system says that a call would have taken longer than it may.
pub(super) fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// What is to be written, and how much of it is.
#[derive(Debug, Default)]
pub(super) struct WriteBuffer {
    pub(super) bytes: Vec<u8>,
    written: usize,
}

/// A buffer that was larger than this is given back once it is empty.
const KEEP: usize = 64 * 1024;

impl WriteBuffer {
    /// How many bytes wait.
    #[inline]
    pub(super) fn waiting(&self) -> usize {
        self.bytes.len().saturating_sub(self.written)
    }

    /// The bytes that wait.
    pub(super) fn into_waiting(mut self) -> Vec<u8> {
        self.bytes.drain(..self.written);
        self.bytes
    }

    /// Writes all that waits. After an error the rest still waits.
    #[inline]
    pub(super) fn flush(&mut self, stream: &mut impl Write) -> io::Result<()> {
        self.write(&[], stream)
    }

    /// Writes all that waits, and `payload` behind it without a copy. After an error the rest of both waits.
    pub(super) fn write(&mut self, mut payload: &[u8], stream: &mut impl Write) -> io::Result<()> {
        loop {
            let waiting = self.bytes.get(self.written..).unwrap_or_default();
            let result = match (waiting, payload) {
                ([], []) => break,
                (waiting, []) => stream.write(waiting),
                (waiting, payload) => stream.write_vectored(&[IoSlice::new(waiting), IoSlice::new(payload)]),
            };
            match result {
                Ok(0) => return Err(self.keep(payload, ErrorKind::WriteZero.into())),
                Ok(len) => {
                    let of_payload = len.saturating_sub(waiting.len());
                    self.written = self.written.saturating_add(len.saturating_sub(of_payload));
                    payload = payload.get(of_payload..).unwrap_or_default();
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(self.keep(payload, error)),
            }
        }
        self.bytes.clear();
        self.bytes.shrink_to(KEEP);
        self.written = 0;
        stream.flush()
    }

    fn keep(&mut self, payload: &[u8], error: io::Error) -> io::Error {
        self.bytes.drain(..self.written);
        self.written = 0;
        self.bytes.extend_from_slice(payload);
        error
    }
}
