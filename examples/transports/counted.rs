//! A socket that counts its bytes. Those of TCP and IP are not seen from here.

use std::io::{self, IoSlice, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rfc6455::net::Socket;

use crate::PATIENCE;

/// The bytes that one side of any number of connections has sent and received.
#[derive(Clone, Debug, Default)]
pub(crate) struct Traffic {
    sent: Arc<AtomicU64>,
    received: Arc<AtomicU64>,
}

impl Traffic {
    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::SeqCst)
    }

    pub(crate) fn received(&self) -> u64 {
        self.received.load(Ordering::SeqCst)
    }
}

#[derive(Debug)]
pub(crate) struct Counted {
    stream: TcpStream,
    traffic: Traffic,
}

impl Counted {
    /// Each read and write on it ends, at the latest, when our patience does.
    pub(crate) fn new(stream: TcpStream, traffic: &Traffic) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream, traffic: traffic.clone() })
    }

    /// Where a WebSocket finds the socket on which to keep its deadlines.
    #[expect(clippy::unnecessary_wraps, reason = "other streams have no socket")]
    pub(crate) fn socket(&self) -> Option<&dyn Socket> {
        Some(&self.stream)
    }

    fn count_sent(&self, written: io::Result<usize>) -> io::Result<usize> {
        written.inspect(|len| _ = self.traffic.sent.fetch_add(*len as u64, Ordering::Relaxed))
    }
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.stream.read(buffer)?;
        self.traffic.received.fetch_add(len as u64, Ordering::Relaxed);
        Ok(len)
    }
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.stream.write(bytes);
        self.count_sent(written)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let written = self.stream.write_vectored(slices);
        self.count_sent(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
