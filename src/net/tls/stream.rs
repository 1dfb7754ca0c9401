//! The stream: who may do what at once.
//!
//! Three locks, so that a thread that waits for bytes keeps nobody from writing, nor the other way round:
//!
//! * `incoming`: one thread at a time reads the socket.
//! * `outgoing`: one thread at a time writes it, so records leave in the order in which they were made.
//! * `state`: the keys. Whoever has it calls neither the socket nor another thread.
//!
//! `state` is taken last, while one of the others is held or none.

use std::fmt;
use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::ops::Deref;
use std::sync::PoisonError;
use std::time::Duration;

use rustls::Connection;

use super::super::Socket;
use super::super::socket::sealed;
use super::super::sync::{Mutex, MutexGuard};
use super::reading::Incoming;
use super::writing::Outgoing;

/// TLS over a socket, in either role. It reads and writes as a socket does, also by reference, so that
/// [`WebSocket::split`](crate::WebSocket::split) makes two halves of a WebSocket over it.
///
/// [`Connect`](crate::Connect) and [`Incoming::tls`](crate::Incoming::tls) make one for you. To make it yourself is for a Unix
/// socket, or for a [`Connection`] with choices of your own:
///
/// ```no_run
/// use std::{os::unix::net::UnixStream, sync::Arc};
/// use rfc6455::net::{TlsStream, accept, rustls};
/// # fn serve(unix: UnixStream, config: Arc<rustls::ServerConfig>) -> Result<(), Box<dyn std::error::Error>> {
///
/// let mut socket = accept(TlsStream::new(rustls::ServerConnection::new(config)?, unix))?;
/// println!("{:?}", socket.stream().connection().alpn_protocol());
/// socket.send("welcome")?;
/// # Ok(())
/// # }
/// ```
///
/// # Reading and writing
///
/// A read makes one call that may block. It gives bytes, the end, or
/// [`Interrupted`](io::ErrorKind::Interrupted), which means that what came is no whole record yet: look at the time, and read
/// again. So a peer that sends a byte now and then holds nobody beyond a deadline. A write or flush that was cut short gives
/// the same.
///
/// The TLS handshake is part of this: to read is to go on with it. What is written before it is done waits, up to 1 MiB, and
/// goes out when the reads have done it.
///
/// After [`WouldBlock`](io::ErrorKind::WouldBlock) nothing is lost. What a write has taken may wait in here even though the
/// socket took none of it: call [`flush`](Write::flush) when the socket is ready, until that succeeds.
///
/// # The end
///
/// A peer that ends in order says so (close_notify, RFC 8446 §6.1), and then a read gives 0. When its socket ends without,
/// someone in between may have cut it, and a read gives [`UnexpectedEof`](io::ErrorKind::UnexpectedEof). What TLS itself finds
/// wrong is an error of the kind [`InvalidData`](io::ErrorKind::InvalidData) that holds a [`rustls::Error`].
pub struct TlsStream<S = TcpStream> {
    pub(super) socket: S,
    pub(super) incoming: Mutex<Incoming>,
    pub(super) outgoing: Mutex<Outgoing>,
    state: Mutex<State>,
}

/// The keys, and the records that they are for.
pub(super) struct State {
    pub(super) tls: Connection,
    /// We said that nothing more will come.
    pub(super) is_closed: bool,
    /// What a read had to write did not all go out.
    pub(super) owes: bool,
}

/// As much of the application's bytes waits at most for the end of the TLS handshake.
const EARLY: usize = 1 << 20;

impl<S> TlsStream<S> {
    /// Takes a connection of either role, at whose handshake nothing was done yet, and the socket for it.
    #[must_use]
    pub fn new(connection: impl Into<Connection>, socket: S) -> Self {
        let mut tls = connection.into();
        tls.set_buffer_limit(Some(EARLY));
        Self {
            socket,
            incoming: Mutex::default(),
            outgoing: Mutex::default(),
            state: Mutex::new(State { tls, is_closed: false, owes: false }),
        }
    }

    /// The socket below. To read or write it would break TLS.
    #[must_use]
    pub const fn socket(&self) -> &S {
        &self.socket
    }

    /// What is known of the connection: the peer's certificates, the protocol that was agreed on, the name that a client asked
    /// for. While you hold this, nobody reads or writes.
    #[must_use]
    pub fn connection(&self) -> impl Deref<Target = Connection> + '_ {
        // After a panic this is only looked at; reads and writes refuse.
        Looked(self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn state(&self) -> io::Result<MutexGuard<'_, State>> {
        lock(&self.state)
    }
}

struct Looked<'s>(MutexGuard<'s, State>);

impl Deref for Looked<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.0.tls
    }
}

/// A thread that panicked in the midst of TLS has left nothing that can be gone on with.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> io::Result<MutexGuard<'_, T>> {
    mutex.lock().map_err(|_| io::Error::other("a thread panicked inside TLS"))
}

impl<S> fmt::Debug for TlsStream<S>
where
    S: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsStream").field("socket", &self.socket).finish_non_exhaustive()
    }
}

impl<S> Read for &TlsStream<S>
where
    S: Socket,
    for<'s> &'s S: Read + Write,
{
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        self.read_plaintext(to)
    }
}

impl<S> Write for &TlsStream<S>
where
    S: Socket,
    for<'s> &'s S: Read + Write,
{
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        self.write_plaintext(&[IoSlice::new(from)])
    }

    fn write_vectored(&mut self, from: &[IoSlice<'_>]) -> io::Result<usize> {
        self.write_plaintext(from)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.flush_records()
    }
}

impl<S> Read for TlsStream<S>
where
    S: Socket,
    for<'s> &'s S: Read + Write,
{
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        (&*self).read(to)
    }
}

impl<S> Write for TlsStream<S>
where
    S: Socket,
    for<'s> &'s S: Read + Write,
{
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        (&*self).write(from)
    }

    fn write_vectored(&mut self, from: &[IoSlice<'_>]) -> io::Result<usize> {
        (&*self).write_vectored(from)
    }

    fn flush(&mut self) -> io::Result<()> {
        (&*self).flush()
    }
}

impl<S> sealed::Sealed for TlsStream<S> {}

impl<S> Socket for TlsStream<S>
where
    S: Socket,
    for<'s> &'s S: Read + Write,
{
    fn read_timeout(&self) -> io::Result<Option<Duration>> {
        self.socket.read_timeout()
    }

    fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.socket.set_read_timeout(timeout)
    }

    fn write_timeout(&self) -> io::Result<Option<Duration>> {
        self.socket.write_timeout()
    }

    fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.socket.set_write_timeout(timeout)
    }

    fn set_no_delay(&self) -> io::Result<()> {
        self.socket.set_no_delay()
    }

    fn shut_down(&self, how: Shutdown) -> io::Result<()> {
        self.write_close_notify()?;
        self.socket.shut_down(how)
    }

    fn cut(&self) -> io::Result<()> {
        self.try_close_notify();
        self.socket.cut()
    }

    fn unwritten(&self) -> usize {
        self.waiting()
    }
}
