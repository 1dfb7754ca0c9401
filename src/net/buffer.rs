//! The bytes on their way: read and not yet looked at, or to be written.

use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::time::Duration;
use std::vec;
use std::vec::Vec;

use super::Socket;
use super::lent;
use super::patience::Patience;
use super::sync::Instant;

/// What the first read asks for: the head of an opening handshake, or some small messages. An idle connection holds no more.
pub(super) const SMALL: usize = 1024;

/// What a read asks for at most; more gains nothing.
pub(super) const LARGE: usize = 64 * 1024;

/// What was read and not yet looked at.
#[derive(Debug)]
pub(super) struct ReadBuffer {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    /// What the next read asks for: more when the last one was filled.
    size: usize,
    /// The storage is lent to it for as long as something unread is in it.
    is_lent: bool,
    use_made: UseMade,
    pub(super) patience: Patience,
    /// The payload of the last Ping or Pong.
    pub(super) control: Vec<u8>,
}

/// How often in a row little of a buffer was used.
#[derive(Debug, Default)]
struct UseMade {
    little: u8,
}

impl UseMade {
    /// So often, before the buffer is given back: to come by a large one again takes some reads.
    const OFTEN: u8 = 16;

    /// Whether a buffer of this size, of which so much was used now, is too large for what is made of it.
    fn is_too_little(&mut self, used: usize, size: usize) -> bool {
        let is_little = used < size / 4;
        self.little = if is_little { self.little.saturating_add(1) } else { 0 };
        self.little >= Self::OFTEN
    }
}

/// What came of a wait for bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filled {
    Bytes,
    Eof,
    /// The time that was given is over, or nearly: look at the time, and go on.
    Elapsed,
    /// Something came, but not enough for a byte, or a signal did: look at the time, and read again.
    Interrupted,
}

impl ReadBuffer {
    pub(super) fn new(socket: Option<&dyn Socket>, unread: Vec<u8>) -> Self {
        let end = unread.len();
        Self {
            bytes: unread,
            start: 0,
            end,
            size: SMALL,
            is_lent: socket.is_some_and(Socket::is_polled),
            use_made: UseMade::default(),
            patience: Patience::new(socket),
            control: Vec::new(),
        }
    }

    pub(super) fn unread(&mut self) -> &mut [u8] {
        self.bytes.get_mut(self.start..self.end).unwrap_or_default()
    }

    pub(super) fn consume(&mut self, len: usize) {
        self.start = self.start.saturating_add(len).min(self.end);
        if self.is_lent && self.start >= self.end {
            lent::return_input(&mut self.bytes);
        }
    }

    pub(super) fn clear(&mut self) {
        self.consume(usize::MAX);
    }

    pub(super) const fn is_lent(&self) -> bool {
        self.is_lent
    }

    /// What the handshake took says nothing of the messages to come.
    pub(super) fn begin_small(&mut self) {
        self.size = SMALL;
    }

    /// Reads once; what was unread before must have been consumed. `wait` is what [`Patience::arm`] was given. After
    /// `WouldBlock` or `TimedOut` nothing is lost.
    pub(super) fn fill(&mut self, stream: &mut impl Read, wait: Option<Duration>) -> io::Result<Filled> {
        if self.bytes.len() != self.size {
            (self.start, self.end) = (0, 0);
            // First the old one goes, so that there are never both.
            self.bytes = Vec::new();
            self.bytes = vec![0; self.size];
        }
        let begun = wait.map(|_| Instant::now());
        match stream.read(&mut self.bytes) {
            Ok(0) => {
                self.patience.end_wait();
                Ok(Filled::Eof)
            }
            Ok(len) => {
                self.patience.end_wait();
                (self.start, self.end) = (0, len);
                self.choose_size(len);
                Ok(Filled::Bytes)
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(Filled::Interrupted),
            Err(error)
                if is_timeout(&error) && begun.is_some_and(|begun| self.patience.is_for_deadline(begun)) =>
            {
                Ok(Filled::Elapsed)
            }
            Err(error) => {
                self.patience.end_wait();
                Err(error)
            }
        }
    }

    /// As [`fill`](Self::fill), in storage that is lent and given back when nothing came.
    pub(super) fn fill_lent(&mut self, stream: &mut impl Read) -> io::Result<Filled> {
        (self.start, self.end) = (0, 0);
        if self.bytes.len() != self.size {
            self.bytes = lent::input(self.size);
        }
        let read = stream.read(&mut self.bytes);
        match read {
            Ok(len) if len > 0 => {
                self.end = len;
                self.choose_size(len);
                return Ok(Filled::Bytes);
            }
            _ => lent::return_input(&mut self.bytes),
        }
        match read {
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(Filled::Interrupted),
            read => read.map(|_| Filled::Eof),
        }
    }

    /// What the next read asks for, after one that gave so many bytes.
    fn choose_size(&mut self, len: usize) {
        if len >= self.size {
            self.size = self.size.saturating_mul(4).min(LARGE);
        }
        if self.use_made.is_too_little(len, self.size) {
            self.size = SMALL;
        }
    }
}

/// Whether a call would have taken longer than it may. On Unix that is `WouldBlock`, and a system's `TimedOut` says that TCP
/// has given the peer up, which is final.
pub(crate) fn is_timeout(error: &io::Error) -> bool {
    match error.kind() {
        ErrorKind::WouldBlock => true,
        ErrorKind::TimedOut => cfg!(not(unix)) || error.raw_os_error().is_none(),
        _ => false,
    }
}

/// What is to be written, and how much of it is.
#[derive(Debug, Default)]
pub(super) struct WriteBuffer {
    pub(super) bytes: Vec<u8>,
    written: usize,
    /// The stream has passed on all that was written to it.
    flushed: bool,
    use_made: UseMade,
}

/// As much is queued at most; more gains nothing.
pub(crate) const QUEUE: usize = 64 * 1024;

/// A buffer that was larger than this is given back once it is empty.
const KEEP: usize = QUEUE;

/// The same, when little of it was used for a while.
const KEEP_UNUSED: usize = 1024;

impl WriteBuffer {
    /// How many bytes wait.
    #[inline]
    pub(super) fn waiting(&self) -> usize {
        self.bytes.len().saturating_sub(self.written)
    }

    /// Takes over all of `bytes`, without a copy when nothing waits.
    pub(super) fn append(&mut self, bytes: &mut Vec<u8>) {
        if self.bytes.is_empty() {
            std::mem::swap(&mut self.bytes, bytes);
        } else {
            self.bytes.append(bytes);
        }
    }

    /// Sees that it has storage, if some lies ready.
    pub(super) fn borrow(&mut self) {
        if self.bytes.capacity() == 0 {
            self.bytes = lent::output();
        }
    }

    /// Gives the storage back, if nothing is in it.
    pub(super) fn give_back(&mut self) {
        if self.bytes.is_empty() {
            lent::return_output(&mut self.bytes);
        }
    }

    /// The bytes that wait.
    pub(super) fn into_waiting(mut self) -> Vec<u8> {
        self.bytes.drain(..self.written);
        self.bytes
    }

    /// Whether nothing waits, neither here nor, as far as it can be told, in the stream.
    pub(super) fn is_done(&self) -> bool {
        self.flushed && self.waiting() == 0
    }

    /// The stream has more to pass on than it said: TLS, whose handshake went on.
    pub(super) const fn flush_again(&mut self) {
        self.flushed = false;
    }

    /// Writes all that waits. After an error the rest still waits.
    #[inline]
    pub(super) fn flush(&mut self, stream: &mut impl Write) -> io::Result<()> {
        self.write(&[], stream, None)
    }

    /// As [`flush`](Self::flush), and gives up with `TimedOut` at `until`: a peer that takes a little now and then makes
    /// progress, so the socket's own timeout would never end this.
    pub(super) fn flush_until(&mut self, until: Option<Instant>, stream: &mut impl Write) -> io::Result<()> {
        self.write(&[], stream, until)
    }

    /// Writes all that waits, and `payload` behind it without a copy. After an error the rest of both waits.
    pub(super) fn write(
        &mut self,
        mut payload: &[u8],
        stream: &mut impl Write,
        until: Option<Instant>,
    ) -> io::Result<()> {
        loop {
            let waiting = self.bytes.get(self.written..).unwrap_or_default();
            let result = match (waiting, payload) {
                ([], []) => break,
                (bytes, []) | ([], bytes) => stream.write(bytes),
                (waiting, payload) => stream.write_vectored(&[IoSlice::new(waiting), IoSlice::new(payload)]),
            };
            let total = waiting.len().saturating_add(payload.len());
            match result {
                Ok(0) => return Err(self.keep(payload, ErrorKind::WriteZero.into())),
                Ok(len) => {
                    self.flushed = false;
                    let of_payload = len.saturating_sub(waiting.len());
                    self.written = self.written.saturating_add(len.saturating_sub(of_payload));
                    payload = payload.get(of_payload..).unwrap_or_default();
                    if len < total && is_over(until) {
                        return Err(self.keep(payload, ErrorKind::TimedOut.into()));
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {
                    if is_over(until) {
                        return Err(self.keep(payload, ErrorKind::TimedOut.into()));
                    }
                }
                Err(error) => return Err(self.keep(payload, error)),
            }
        }
        self.empty();
        while !self.flushed {
            match stream.flush() {
                Err(error) if error.kind() == ErrorKind::Interrupted => {
                    if is_over(until) {
                        return Err(ErrorKind::TimedOut.into());
                    }
                }
                result => {
                    result?;
                    self.flushed = true;
                }
            }
        }
        Ok(())
    }

    /// All is written.
    #[inline]
    fn empty(&mut self) {
        let used = self.bytes.len();
        self.bytes.clear();
        self.written = 0;
        // The halves of a connection have two buffers that take turns, so this does not ask which of them was small.
        let size = self.bytes.capacity().max(4 * KEEP_UNUSED);
        if self.use_made.is_too_little(used, size) {
            self.bytes.shrink_to(KEEP_UNUSED);
        }
        self.bytes.shrink_to(KEEP);
    }

    fn keep(&mut self, payload: &[u8], error: io::Error) -> io::Error {
        // Not each time: to move all that waits for each few bytes written would be quadratic.
        if self.written >= self.waiting() {
            self.bytes.drain(..self.written);
            self.written = 0;
        }
        self.bytes.extend_from_slice(payload);
        error
    }
}

fn is_over(until: Option<Instant>) -> bool {
    until.is_some_and(|until| Instant::now() >= until)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_tried_again() {
        assert!(is_timeout(&ErrorKind::WouldBlock.into()));
        assert!(is_timeout(&ErrorKind::TimedOut.into()), "a stream's own, or ours");
        assert!(!is_timeout(&ErrorKind::ConnectionReset.into()));
        assert!(!is_timeout(&ErrorKind::UnexpectedEof.into()));
    }

    /// Writes so many bytes, and tells how large the buffer is afterwards.
    fn written(buffer: &mut WriteBuffer, len: usize) -> usize {
        buffer.bytes.resize(len, 1);
        buffer.flush(&mut io::sink()).unwrap();
        buffer.bytes.capacity()
    }

    #[test]
    fn a_buffer_of_which_little_is_used_is_given_back() {
        let mut buffer = WriteBuffer::default();
        assert!(written(&mut buffer, 200 << 10) <= QUEUE, "at once, when it is very large");
        assert!(written(&mut buffer, 16 << 10) >= 16 << 10);
        for _ in 1..UseMade::OFTEN {
            assert!(written(&mut buffer, 100) >= 16 << 10);
        }
        assert!(written(&mut buffer, 0) <= KEEP_UNUSED);
        // Of a small one it does not matter how much is used.
        for _ in 0..100 {
            assert!(written(&mut buffer, 1000) >= 1000);
        }
    }

    #[test]
    fn what_is_used_now_and_then_is_kept() {
        let mut buffer = WriteBuffer::default();
        for round in 0..100 {
            let used = if round % usize::from(UseMade::OFTEN) == 0 { 16 << 10 } else { 10 };
            assert!(written(&mut buffer, used) >= 16 << 10);
        }
    }

    #[test]
    fn two_buffers_that_take_turns_are_both_given_back() {
        let (mut buffer, mut other) = (WriteBuffer::default(), Vec::new());
        for used in [60_000, 60_000].into_iter().chain([500; 40]) {
            other.resize(used, 1);
            buffer.append(&mut other);
            buffer.flush(&mut io::sink()).unwrap();
        }
        assert!(buffer.bytes.capacity().max(other.capacity()) <= KEEP_UNUSED);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_peer_that_tcp_has_given_up_is_not_tried_again() {
        const EAGAIN: i32 = 11;
        const ETIMEDOUT: i32 = 110;
        assert!(is_timeout(&io::Error::from_raw_os_error(EAGAIN)));
        let given_up = io::Error::from_raw_os_error(ETIMEDOUT);
        assert_eq!(given_up.kind(), ErrorKind::TimedOut);
        assert!(!is_timeout(&given_up));
    }
}
