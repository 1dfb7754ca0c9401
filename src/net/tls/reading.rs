//! From the socket's records to plaintext: RFC 8446 §5.1, and the end of it, §6.1.

use std::io::{self, ErrorKind, Read, Write};
use std::vec::Vec;

use rustls::Connection;

use super::super::Socket;
use super::super::buffer::is_timeout;
use super::stream::{TlsStream, lock};

/// What a read asks the socket for at most.
const READ: usize = 64 * 1024;

/// What one read of the socket gave and TLS has no room for until the plaintext before it is taken.
#[derive(Default)]
pub(super) struct Incoming {
    bytes: Vec<u8>,
    start: usize,
    /// Given once the plaintext before it is taken, and then for ever.
    failed: Option<rustls::Error>,
}

impl Incoming {
    fn left(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    /// Gives TLS what is left of before.
    fn go_on(&mut self, tls: &mut Connection) {
        let mut bytes = self.left();
        let before = bytes.len();
        if before > 0 {
            let failed = feed(tls, &mut bytes).err();
            self.start = self.start.saturating_add(before.saturating_sub(bytes.len()));
            self.failed = self.failed.take().or(failed);
        }
        if self.left().is_empty() && !self.bytes.is_empty() {
            // Between messages, so an idle connection holds none.
            (self.bytes, self.start) = (Vec::new(), 0);
        }
    }

    /// Gives TLS what was read, when nothing is left of before, and keeps what it does not take.
    fn take(&mut self, tls: &mut Connection, mut bytes: &[u8]) {
        self.failed = feed(tls, &mut bytes).err();
        self.bytes.extend_from_slice(bytes);
    }
}

/// Gives TLS as much as it takes.
fn feed(tls: &mut Connection, bytes: &mut &[u8]) -> Result<(), rustls::Error> {
    while !bytes.is_empty() {
        match tls.read_tls(bytes) {
            // What comes behind the peer's last word is nothing.
            Ok(0) => *bytes = &[],
            Ok(_) => {
                tls.process_new_packets()?;
            }
            // It has no room for more.
            Err(_) => break,
        }
    }
    Ok(())
}

impl<S> TlsStream<S>
where
    S: Socket,
    for<'s> &'s S: Read + Write,
{
    /// Reads the socket once at most, and not when there is plaintext.
    pub(super) fn read_plaintext(&self, to: &mut [u8]) -> io::Result<usize> {
        if to.is_empty() {
            return Ok(0);
        }
        let mut incoming = lock(&self.incoming)?;
        if let Some(len) = self.plaintext(&mut incoming, to)? {
            return Ok(len);
        }
        match self.write_owed() {
            // In the handshake, the peer may wait for just that.
            Err(error) if is_timeout(&error) && self.state()?.tls.is_handshaking() => return Err(error),
            // Why it takes no more, it may have said.
            _ => {}
        }
        // What is encrypted is longer than what it holds, so there is room for both, one after the other.
        let room = to.len().min(READ);
        let room = to.get_mut(..room).unwrap_or_default();
        let len = (&self.socket).read(room)?;
        let read = room.get(..len).unwrap_or_default();
        {
            let tls = &mut self.state()?.tls;
            if read.is_empty() {
                // Zero bytes tell TLS of the end.
                let _ = tls.read_tls(&mut io::empty());
            } else {
                incoming.take(tls, read);
            }
        }
        match self.plaintext(&mut incoming, to)? {
            Some(len) => Ok(len),
            None => Err(ErrorKind::Interrupted.into()),
        }
    }

    /// What is there without a look at the socket; `None` when that has to be read.
    fn plaintext(&self, incoming: &mut Incoming, to: &mut [u8]) -> io::Result<Option<usize>> {
        let read = {
            let tls = &mut self.state()?.tls;
            incoming.go_on(tls);
            tls.reader().read(to)
        };
        match read {
            Ok(len) => Ok(Some(len)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => match &incoming.failed {
                Some(failed) => {
                    // The alert that tells the peer.
                    let _ = self.write_owed();
                    Err(io::Error::new(ErrorKind::InvalidData, failed.clone()))
                }
                None if incoming.left().is_empty() => Ok(None),
                None => {
                    Err(io::Error::new(ErrorKind::InvalidData, "a TLS message is longer than any may be"))
                }
            },
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Err(self.truncated()?),
            Err(error) => Err(error),
        }
    }

    fn truncated(&self) -> io::Result<io::Error> {
        let text = if self.state()?.tls.is_handshaking() {
            "the transport ended inside the TLS handshake"
        } else {
            "the transport ended without the TLS alert close_notify: what the peer sent may have been cut short (RFC 8446 §6.1)"
        };
        Ok(io::Error::new(ErrorKind::UnexpectedEof, text))
    }
}
