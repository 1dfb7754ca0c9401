//! A transport in memory that never waits: what a client sends is ready, and what is written is counted.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a socket gives at once.
const READ: usize = 16 << 10;

/// The opening handshake, the messages for the first time, and then the messages again and again.
#[derive(Debug)]
pub(crate) struct Wire {
    parts: [Vec<u8>; 3],
    part: usize,
    at: usize,
    written: Written,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Written(Arc<AtomicU64>);

impl Written {
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Wire {
    pub(crate) fn new(request: Vec<u8>, first: Vec<u8>, again: Vec<u8>) -> Self {
        Self { parts: [request, first, again], part: 0, at: 0, written: Written::default() }
    }

    pub(crate) fn written(&self) -> Written {
        self.written.clone()
    }

    /// Without the opening handshake, for those that let it be made elsewhere.
    #[allow(dead_code, reason = "not all have use for it")]
    pub(crate) fn opened(mut self) -> Self {
        (self.part, self.at) = (1, 0);
        self
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.parts[self.part].len() {
            (self.part, self.at) = (2.min(self.part + 1), 0);
        }
        let rest = &self.parts[self.part][self.at..];
        let len = rest.len().min(buffer.len()).min(READ);
        buffer[..len].copy_from_slice(&rest[..len]);
        self.at += len;
        Ok(len)
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.written.0.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(feature = "tokio")]
mod tokio_io {
    use super::*;
    use std::pin::Pin;
    use std::task::{Context, Poll};
    use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

    impl AsyncRead for Wire {
        fn poll_read(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            to: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            let len = self.get_mut().read(to.initialize_unfilled())?;
            to.advance(len);
            Poll::Ready(Ok(()))
        }
    }

    impl AsyncWrite for Wire {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            Poll::Ready(self.get_mut().write(bytes))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }
}
