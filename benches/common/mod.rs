//! What the benchmarks share: streams of messages, and a transport in memory.

#![allow(dead_code, reason = "each benchmark is a crate of its own and uses a part")]

use std::io::{self, Read, Write};

use rfc6455::protocol::{Data, MaskKeys, Role, Sender};

/// The most bytes of a stream: it stays in the second-level cache, as the bytes of a busy socket do.
const STREAM: usize = 512 << 10;

/// What a socket gives at once, unless the benchmark says otherwise.
pub(crate) const READ: usize = 16 << 10;

/// A client's role with keys of the operating system.
pub(crate) fn client() -> Role {
    Role::Client(MaskKeys::from_os().expect("the system has entropy"))
}

/// `data` again and again, as a peer in this role sends it, and how often: as often as fits, at least once.
pub(crate) fn stream<'d>(peer: Role, data: impl Into<Data<'d>>) -> (Vec<u8>, usize) {
    let data = data.into();
    let mut sender = Sender::new(peer);
    let mut bytes = Vec::with_capacity(STREAM);
    let count = (STREAM / (data.as_bytes().len() + 14)).max(1);
    for _ in 0..count {
        sender.send(data, &mut bytes).expect("the message is sent");
    }
    (bytes, count)
}

/// A socket that has all of a stream ready, gives at most so much of it at once, and swallows what is written.
pub(crate) struct Wire<'b> {
    bytes: &'b [u8],
    at_once: usize,
}

impl<'b> Wire<'b> {
    pub(crate) fn new(bytes: &'b [u8], at_once: usize) -> Self {
        Self { bytes, at_once }
    }
}

impl Read for Wire<'_> {
    #[inline]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = buffer.len().min(self.at_once).min(self.bytes.len());
        let (now, later) = self.bytes.split_at(len);
        buffer[..len].copy_from_slice(now);
        self.bytes = later;
        Ok(len)
    }
}

impl Write for Wire<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
