//! A way through a proxy, over TCP: RFC 6455 §4.1.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;
use std::vec::Vec;

use super::Error;
use super::buffer::is_timeout;
use crate::dial::{Proxy, Tunnel};
use crate::handshake::{HeadLimits, Uri};
use crate::session::Deadline;

/// Asks the proxy at the other end of `stream` for a tunnel to `uri`, and waits until it is open, while there is time `left`.
///
/// What comes behind the proxy's answer is not read: it stays in the socket for the server's next reader, be it TLS.
pub(super) fn open(
    stream: &mut TcpStream,
    proxy: &Proxy,
    uri: &Uri,
    limits: HeadLimits,
    left: impl Fn() -> Duration,
) -> Result<(), Error> {
    let mut output = Vec::new();
    let mut tunnel = Tunnel::start(proxy, uri, limits, &mut output)?;
    let mut buffer = [0; 1024];
    loop {
        write(stream, &output, &left)?;
        output.clear();
        let seen = peek(stream, &mut buffer, &left)?;
        if seen == 0 {
            return Err(tunnel.receive_eof().into());
        }
        let mut input = buffer.get(..seen).unwrap_or_default();
        let is_open = tunnel.receive(&mut input, &mut output)?.is_some();
        let taken = seen.saturating_sub(input.len());
        // It was seen already, so this does not block.
        stream.read_exact(buffer.get_mut(..taken).unwrap_or_default())?;
        if is_open {
            stream.set_read_timeout(None)?;
            stream.set_write_timeout(None)?;
            return Ok(());
        }
    }
}

/// Looks at what has come, and leaves it where it is; waits for the first byte.
fn peek(stream: &TcpStream, buffer: &mut [u8], left: &impl Fn() -> Duration) -> Result<usize, Error> {
    loop {
        stream.set_read_timeout(Some(some_time(left)?))?;
        match stream.peek(buffer) {
            Err(error) if is_to_be_repeated(&error) => {}
            result => return Ok(result?),
        }
    }
}

fn write(stream: &mut TcpStream, mut bytes: &[u8], left: &impl Fn() -> Duration) -> Result<(), Error> {
    while !bytes.is_empty() {
        stream.set_write_timeout(Some(some_time(left)?))?;
        match stream.write(bytes) {
            Ok(0) => return Err(Error::Io(ErrorKind::WriteZero.into())),
            Ok(len) => bytes = bytes.get(len..).unwrap_or_default(),
            Err(error) if is_to_be_repeated(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// What is left of the time, which is some.
fn some_time(left: &impl Fn() -> Duration) -> Result<Duration, Error> {
    let left = left();
    if left.is_zero() { Err(Error::Timeout(Deadline::Proxy)) } else { Ok(left.max(Duration::from_millis(1))) }
}

/// A timeout may be a little early, as the system counts in ticks.
fn is_to_be_repeated(error: &io::Error) -> bool {
    error.kind() == ErrorKind::Interrupted || is_timeout(error)
}
