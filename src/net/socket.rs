//! The socket below a stream: what deadlines and RFC 6455 §7.1.1's closing need of it.

use std::any::Any;
use std::io;
use std::net::{Shutdown, TcpStream};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::time::Duration;

use super::Stream;
#[cfg(feature = "rustls")]
use super::TlsStream;
use super::sync::Instant;

/// A socket whose blocking calls can be bounded in time, and whose sending half can be shut: a [`TcpStream`], a
/// `UnixStream`, or TLS of this crate's over one. Sealed.
pub trait Socket: sealed::Sealed {
    #[doc(hidden)]
    fn read_timeout(&self) -> io::Result<Option<Duration>>;
    #[doc(hidden)]
    fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()>;
    #[doc(hidden)]
    fn write_timeout(&self) -> io::Result<Option<Duration>>;
    #[doc(hidden)]
    fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()>;
    /// Sends small messages at once, where they would wait for the acknowledgement of the one before.
    #[doc(hidden)]
    fn set_no_delay(&self) -> io::Result<()>;
    /// Tells the peer that nothing more will be sent. When that would block, it can be tried again.
    #[doc(hidden)]
    fn shut_down(&self, how: Shutdown) -> io::Result<()>;
    /// As `shut_down`, and at once: what cannot be said any more is left out.
    #[doc(hidden)]
    fn cut(&self) -> io::Result<()> {
        self.shut_down(Shutdown::Write)
    }
    /// How many bytes were taken to be written and wait.
    #[doc(hidden)]
    fn unwritten(&self) -> usize {
        0
    }
    /// The clock that ends the waits on it.
    #[doc(hidden)]
    fn clock(&self) -> fn() -> Instant {
        Instant::now
    }
    /// Whether no call ever blocks: each says that it would, and the stream has the task woken when it does not any more. To
    /// shut it down is then only to ask for that, and the next `flush` does it.
    #[doc(hidden)]
    fn is_polled(&self) -> bool {
        false
    }
    /// Of one that is polled: whether it took nothing for as long as the write timeout says.
    #[doc(hidden)]
    fn is_stuck(&self) -> bool {
        false
    }
}

pub(crate) mod sealed {
    pub trait Sealed {}
}

macro_rules! socket {
    ($type:ty, $no_delay:expr) => {
        impl sealed::Sealed for $type {}

        impl Socket for $type {
            fn read_timeout(&self) -> io::Result<Option<Duration>> {
                self.read_timeout()
            }

            fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
                self.set_read_timeout(timeout)
            }

            fn write_timeout(&self) -> io::Result<Option<Duration>> {
                self.write_timeout()
            }

            fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
                self.set_write_timeout(timeout)
            }

            fn set_no_delay(&self) -> io::Result<()> {
                let no_delay: fn(&Self) -> io::Result<()> = $no_delay;
                no_delay(self)
            }

            fn shut_down(&self, how: Shutdown) -> io::Result<()> {
                self.shutdown(how)
            }
        }
    };
}

socket!(TcpStream, |tcp| tcp.set_nodelay(true));
#[cfg(unix)]
socket!(UnixStream, |_| Ok(()));

/// Finds the socket below a stream, such as the `TcpStream` inside a TLS stream of another library; `None` when there is none, and then no
/// deadline can interrupt a read.
pub type SocketOf<S> = fn(&S) -> Option<&dyn Socket>;

/// The stream itself, when it is a socket.
pub(super) fn itself<S: 'static>(stream: &S) -> Option<&dyn Socket> {
    let stream: &dyn Any = stream;
    if let Some(tcp) = stream.downcast_ref::<TcpStream>() {
        return Some(tcp);
    }
    #[cfg(unix)]
    if let Some(unix) = stream.downcast_ref::<UnixStream>() {
        return Some(unix);
    }
    if let Some(stream) = stream.downcast_ref::<Stream>() {
        return Some(stream.as_socket());
    }
    #[cfg(feature = "rustls")]
    if let Some(tls) = stream.downcast_ref::<TlsStream<TcpStream>>() {
        return Some(tls);
    }
    #[cfg(all(feature = "rustls", unix))]
    if let Some(tls) = stream.downcast_ref::<TlsStream<UnixStream>>() {
        return Some(tls);
    }
    None
}

/// Makes writes give up when they make no progress for so long, unless they do so sooner.
pub(super) fn bound_writes(socket: &dyn Socket, limit: Duration) {
    if let Ok(timeout) = socket.write_timeout()
        && timeout.is_none_or(|timeout| timeout > limit)
    {
        // A socket refuses a timeout of zero; one that has ended refuses any.
        let _ = socket.set_write_timeout(Some(limit.max(Duration::from_millis(1))));
    }
}

/// While this lives, a write that makes no progress gives up at a moment, unless it does so sooner.
pub(super) struct BoundedWrites<'s> {
    socket: &'s dyn Socket,
    before: Option<Duration>,
    bound: Option<Duration>,
}

impl<'s> BoundedWrites<'s> {
    pub(super) fn new(socket: &'s dyn Socket, until: Instant) -> Option<Self> {
        let before = socket.write_timeout().ok()?;
        // A socket refuses a timeout of zero.
        let limit = until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        if before.is_some_and(|before| before <= limit) {
            return None;
        }
        socket.set_write_timeout(Some(limit)).ok()?;
        // It counts in ticks, so this is not quite what was asked for.
        let bound = socket.write_timeout().unwrap_or(Some(limit));
        Some(Self { socket, before, bound })
    }
}

impl Drop for BoundedWrites<'_> {
    fn drop(&mut self) {
        // Not when the user has given it another meanwhile.
        if let Ok(timeout) = self.socket.write_timeout()
            && timeout == self.bound
        {
            let _ = self.socket.set_write_timeout(self.before);
        }
    }
}
