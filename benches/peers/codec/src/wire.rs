//! A transport in memory that never waits, for blocking and for asynchronous peers alike.

use std::io::{self, Read, Write};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll};

use crate::tally::consume;

/// What a transport does, apart from the trait that a peer wants it behind.
pub(crate) trait Ends {
    /// What the peer's other end sent, at most so much of it; nothing at its end.
    fn next(&mut self, most: usize) -> &[u8];

    /// What the peer writes.
    fn put(&mut self, bytes: &[u8]);
}

/// A socket that has a stream ready, so many times in a row, and gives at most so much of it at once.
pub(crate) struct Stream {
    bytes: &'static [u8],
    rest: &'static [u8],
    passes: usize,
    at_once: usize,
}

impl Ends for Stream {
    #[inline]
    fn next(&mut self, most: usize) -> &[u8] {
        if self.rest.is_empty() && self.passes > 0 {
            self.passes -= 1;
            self.rest = self.bytes;
        }
        let (now, later) = self.rest.split_at(most.min(self.at_once).min(self.rest.len()));
        self.rest = later;
        now
    }

    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        consume(bytes);
    }
}

/// What all peers read from and write to.
pub(crate) struct Wire<E = Stream> {
    ends: E,
    written: Written,
}

/// Counts the bytes that are written; the tests see them. It outlives the wire, which not every peer gives back.
#[derive(Clone, Default)]
pub(crate) struct Written {
    count: Arc<AtomicUsize>,
    #[cfg(test)]
    pub(crate) bytes: Arc<std::sync::Mutex<Vec<u8>>>,
}

impl Written {
    pub(crate) fn count(&self) -> usize {
        self.count.load(Relaxed)
    }

    /// There is one thread, so that an addition need not be atomic, which would cost more than all else.
    #[inline]
    fn add(&self, bytes: &[u8]) {
        self.count.store(self.count.load(Relaxed) + bytes.len(), Relaxed);
        #[cfg(test)]
        self.bytes.lock().expect("no test panics with it").extend_from_slice(bytes);
    }
}

impl Wire {
    pub(crate) fn new(bytes: &'static [u8], passes: usize, at_once: usize) -> Self {
        Self::over(Stream { bytes, rest: &[], passes, at_once })
    }

    /// For a peer that only writes.
    pub(crate) fn sink() -> Self {
        Self::new(&[], 0, usize::MAX)
    }
}

impl<E: Ends> Wire<E> {
    pub(crate) fn over(ends: E) -> Self {
        Self { ends, written: Written::default() }
    }

    pub(crate) fn written(&self) -> Written {
        self.written.clone()
    }

    #[inline]
    fn put(&mut self, bytes: &[u8]) -> usize {
        self.ends.put(bytes);
        self.written.add(bytes);
        bytes.len()
    }

    /// A vectored write.
    #[inline]
    pub(crate) fn put_all(&mut self, slices: &[io::IoSlice<'_>]) -> usize {
        slices.iter().map(|slice| self.put(slice)).sum()
    }
}

impl<E: Ends> Read for Wire<E> {
    #[inline]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.ends.next(buffer.len());
        buffer[..bytes.len()].copy_from_slice(bytes);
        Ok(bytes.len())
    }
}

impl<E: Ends> Write for Wire<E> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(self.put(bytes))
    }

    #[inline]
    fn write_vectored(&mut self, slices: &[io::IoSlice<'_>]) -> io::Result<usize> {
        Ok(self.put_all(slices))
    }

    #[inline]
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<E: Ends + Unpin> tokio::io::AsyncRead for Wire<E> {
    #[inline]
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        to: &mut tokio::io::ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        to.put_slice(self.get_mut().ends.next(to.remaining()));
        Poll::Ready(Ok(()))
    }
}

impl<E: Ends + Unpin> tokio::io::AsyncWrite for Wire<E> {
    #[inline]
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(self.get_mut().put(bytes)))
    }

    #[inline]
    fn poll_write_vectored(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(self.get_mut().put_all(slices)))
    }

    #[inline]
    fn is_write_vectored(&self) -> bool {
        true
    }

    #[inline]
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    #[inline]
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl<E: Ends + Unpin> futures::io::AsyncRead for Wire<E> {
    #[inline]
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, to: &mut [u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(self.get_mut().read(to))
    }
}

impl<E: Ends + Unpin> futures::io::AsyncWrite for Wire<E> {
    #[inline]
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(self.get_mut().put(bytes)))
    }

    #[inline]
    fn poll_write_vectored(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(self.get_mut().put_all(slices)))
    }

    #[inline]
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    #[inline]
    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl<E: Ends> wtx::stream::StreamReader for Wire<E> {
    #[inline]
    async fn read(&mut self, bytes: &mut [u8]) -> wtx::Result<usize> {
        Ok(Read::read(self, bytes)?)
    }
}

impl<E: Ends> wtx::stream::StreamWriter for Wire<E> {
    #[inline]
    async fn write_all(&mut self, bytes: &[u8]) -> wtx::Result<()> {
        self.put(bytes);
        Ok(())
    }

    #[inline]
    async fn write_all_vectored(&mut self, slices: &[&[u8]]) -> wtx::Result<()> {
        for slice in slices {
            self.put(slice);
        }
        Ok(())
    }
}

/// Drives what never waits for anything but itself: without a runtime, which would have costs of its own.
pub(crate) fn now<F: Future>(future: F) -> F::Output {
    let mut context = Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits, though all input is there"),
    }
}
