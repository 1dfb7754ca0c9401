//! What is to be written, and what of it the socket did not take yet.

use std::io::{self, ErrorKind, IoSlice, Write};
use std::time::Duration;

use rfc6455::session::Message;

/// Storage that grew larger is given back instead of being kept for the next one.
const KEPT: usize = 256 << 10;

/// The output of a connection. It has storage only while something is in it: whoever has nothing borrows that of the
/// others, and gives it back when all is written.
#[derive(Default)]
pub(crate) struct Output {
    /// The session appends to this.
    pub(crate) bytes: Vec<u8>,
    /// So many of them the socket has taken.
    written: usize,
    /// When it took some last, or nothing waited.
    progress: Duration,
}

impl Output {
    /// Takes the spare storage, unless there is some already. To be called before anything is appended.
    pub(crate) fn borrow(&mut self, spare: &mut Vec<u8>, now: Duration) {
        if self.is_empty() {
            self.progress = now;
        }
        if self.bytes.capacity() == 0 {
            std::mem::swap(&mut self.bytes, spare);
        }
    }

    /// Gives the storage back, unless it is in use.
    pub(crate) fn give_back(&mut self, spare: &mut Vec<u8>) {
        if self.is_empty() {
            let bytes = std::mem::take(&mut self.bytes);
            if (spare.capacity()..=KEPT).contains(&bytes.capacity()) {
                *spare = bytes;
            }
        }
    }

    /// How many bytes wait.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len() - self.written
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// When the peer has to have taken something; `None` while nothing waits.
    pub(crate) fn deadline(&self, timeout: Option<Duration>) -> Option<Duration> {
        timeout.filter(|_| !self.is_empty()).map(|timeout| self.progress.saturating_add(timeout))
    }

    /// Writes as much as the socket takes now.
    pub(crate) fn flush(&mut self, stream: &mut impl Write, now: Duration) -> io::Result<()> {
        let taken = self.write(stream, &[], now)?;
        self.written += taken;
        // What is written makes room before it is more than what waits.
        if self.written * 2 >= self.bytes.len() {
            self.bytes.drain(..self.written);
            self.written = 0;
        }
        Ok(())
    }

    /// The same with `message` behind it, from where it lies. If the socket does not take all of it, its storage is what
    /// waits; so a large message is never copied.
    pub(crate) fn write_message(
        &mut self,
        stream: &mut impl Write,
        message: &mut Message,
        now: Duration,
    ) -> io::Result<()> {
        let own = self.len();
        let taken = self.write(stream, message.as_bytes(), now)?;
        if taken >= own {
            self.bytes.clear();
            self.written = 0;
            if taken < own + message.len() {
                self.bytes = std::mem::take(message).into_bytes();
                self.written = taken - own;
            }
        } else {
            self.written += taken;
            self.bytes.extend_from_slice(message.as_bytes());
        }
        Ok(())
    }

    fn write(&mut self, stream: &mut impl Write, behind: &[u8], now: Duration) -> io::Result<usize> {
        let mut pieces = [IoSlice::new(&self.bytes[self.written..]), IoSlice::new(behind)];
        let taken = write_some(stream, &mut pieces)?;
        if taken > 0 {
            self.progress = now;
        }
        Ok(taken)
    }
}

/// Writes until all is written or the socket takes no more, and tells how much that was.
fn write_some(stream: &mut impl Write, mut pieces: &mut [IoSlice<'_>]) -> io::Result<usize> {
    let mut taken = 0;
    // Leaves out what is empty.
    IoSlice::advance_slices(&mut pieces, 0);
    while !pieces.is_empty() {
        match stream.write_vectored(pieces) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(len) => {
                taken += len;
                IoSlice::advance_slices(&mut pieces, len);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(taken)
}
