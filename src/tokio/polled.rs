//! An asynchronous stream as one that does not block: RFC 6455 knows neither, and [`net`](crate::net) resumes whatever says that it
//! would block.

use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::Shutdown;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use ::tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::net::{LINGER, Sealed, Socket, is_timeout};

/// A stream, and who is woken when it goes on.
#[derive(Debug)]
pub(super) struct Polled<S> {
    stream: S,
    /// Always the same one: a stream that compares wakers never has to take a new one.
    waker: Waker,
    write_timeout: Option<Duration>,
    /// Since when it has taken nothing.
    stuck: Option<Instant>,
    /// When writing failed; none when it has not, or has gone on since.
    failed: Option<Instant>,
    /// It is to be shut down, as the next `flush` does.
    is_to_be_shut: AtomicBool,
    is_shut: bool,
}

/// The present moment of tokio's clock, which a test may stop.
pub(super) fn now() -> Instant {
    ::tokio::time::Instant::now().into_std()
}

impl<S> Polled<S> {
    pub(super) fn new(stream: S, waker: Waker, write_timeout: Option<Duration>) -> Self {
        Self {
            stream,
            waker,
            // As for a socket, which takes no timeout of zero.
            write_timeout: write_timeout.map(|timeout| timeout.max(Duration::from_millis(1))),
            stuck: None,
            failed: None,
            is_to_be_shut: AtomicBool::new(false),
            is_shut: false,
        }
    }

    pub(super) const fn stream(&self) -> &S {
        &self.stream
    }

    pub(super) const fn waker(&self) -> &Waker {
        &self.waker
    }

    /// The socket that this is for [`net`](crate::net).
    #[expect(clippy::unnecessary_wraps, reason = "it is a `SocketOf`")]
    pub(super) fn socket(&self) -> Option<&dyn Socket> {
        Some(self)
    }

    /// When a write, or a read after a failed one, is given up.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let stuck = self.stuck.zip(self.write_timeout).and_then(|(since, limit)| since.checked_add(limit));
        [stuck, self.silent_until()].into_iter().flatten().min()
    }

    /// The peer may have said why before it hung up; when nothing has come by then, nothing will.
    fn silent_until(&self) -> Option<Instant> {
        self.failed?.checked_add(LINGER)
    }

    fn is_over(&self) -> bool {
        self.silent_until().is_some_and(|until| until <= now())
    }

    /// What a call that writes has come to.
    fn written<T>(&mut self, polled: Poll<io::Result<T>>) -> io::Result<T> {
        match polled {
            Poll::Ready(Ok(done)) => {
                (self.stuck, self.failed) = (None, None);
                Ok(done)
            }
            // It is to be called again, and at once.
            Poll::Ready(Err(error)) if error.kind() == ErrorKind::Interrupted => Err(error),
            Poll::Ready(Err(error)) => {
                self.failed.get_or_insert_with(now);
                Err(lasting(error))
            }
            Poll::Pending => {
                self.failed = None;
                self.stuck.get_or_insert_with(now);
                Err(ErrorKind::WouldBlock.into())
            }
        }
    }
}

impl<S: Unpin> Polled<S> {
    fn poll<T>(&mut self, act: impl FnOnce(Pin<&mut S>, &mut Context<'_>) -> Poll<T>) -> Poll<T> {
        act(Pin::new(&mut self.stream), &mut Context::from_waker(&self.waker))
    }
}

/// A stream that takes nothing will take nothing more: to wait for that would be to wait for ever.
fn some(polled: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
    match polled {
        Poll::Ready(Ok(0)) => Poll::Ready(Err(ErrorKind::WriteZero.into())),
        polled => polled,
    }
}

/// No stream here says that it would block: one that has a timeout of its own is at its end.
fn lasting(error: io::Error) -> io::Error {
    if is_timeout(&error) { io::Error::other(error) } else { error }
}

impl<S: AsyncRead + Unpin> Read for Polled<S> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let mut to = ReadBuf::new(to);
        match self.poll(|stream, cx| stream.poll_read(cx, &mut to)) {
            Poll::Ready(Ok(())) => Ok(to.filled().len()),
            Poll::Ready(Err(error)) => Err(lasting(error)),
            Poll::Pending if self.is_over() => Ok(0),
            Poll::Pending => Err(ErrorKind::WouldBlock.into()),
        }
    }
}

impl<S: AsyncWrite + Unpin> Write for Polled<S> {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        let polled = self.poll(|stream, cx| stream.poll_write(cx, from));
        self.written(some(polled))
    }

    fn write_vectored(&mut self, from: &[IoSlice<'_>]) -> io::Result<usize> {
        let polled = self.poll(|stream, cx| stream.poll_write_vectored(cx, from));
        self.written(some(polled))
    }

    fn flush(&mut self) -> io::Result<()> {
        let is_to_be_shut = *self.is_to_be_shut.get_mut();
        if self.is_shut {
            return Ok(());
        }
        let polled = self.poll(
            |stream, cx| {
                if is_to_be_shut { stream.poll_shutdown(cx) } else { stream.poll_flush(cx) }
            },
        );
        self.is_shut = is_to_be_shut && polled.is_ready();
        self.written(polled)
    }
}

impl<S> Sealed for Polled<S> {}

/// The timeouts that a socket would have are kept by a timer.
impl<S> Socket for Polled<S> {
    fn read_timeout(&self) -> io::Result<Option<Duration>> {
        Ok(None)
    }

    fn set_read_timeout(&self, _: Option<Duration>) -> io::Result<()> {
        Ok(())
    }

    fn write_timeout(&self) -> io::Result<Option<Duration>> {
        Ok(self.write_timeout)
    }

    fn set_write_timeout(&self, _: Option<Duration>) -> io::Result<()> {
        Ok(())
    }

    fn set_no_delay(&self) -> io::Result<()> {
        Ok(())
    }

    fn shut_down(&self, _: Shutdown) -> io::Result<()> {
        self.is_to_be_shut.store(true, Ordering::Relaxed);
        Ok(())
    }

    fn clock(&self) -> fn() -> Instant {
        now
    }

    fn is_polled(&self) -> bool {
        true
    }

    fn is_stuck(&self) -> bool {
        let stuck = self.stuck.zip(self.write_timeout);
        stuck.is_some_and(|(since, limit)| now().saturating_duration_since(since) >= limit)
    }
}
