//! What the benchmarks share: streams of messages, and a transport in memory.

#![allow(dead_code, reason = "each benchmark is a crate of its own and uses a part")]

#[cfg(feature = "deflate")]
pub(crate) mod deflate;
pub(crate) mod json;

use std::hint::black_box;
use std::io::{self, Read, Write};
use std::time::Duration;

use criterion::Criterion;
use rfc6455::protocol::{Data, MaskKeys, Role, Sender};

/// The most bytes of a stream: it stays in the second-level cache, as the bytes of a busy socket do.
const STREAM: usize = 512 << 10;

/// What a socket gives at once, unless the benchmark says otherwise.
pub(crate) const READ: usize = 16 << 10;

/// Short runs: there are many benchmarks, and a change is seen in runs that alternate rather than in long ones.
pub(crate) fn quick() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800))
        .sample_size(40)
}

/// Address and length one by one: as a pair they would be loaded at once right after the length was stored, and the
/// processor would wait for that longer than for all else.
#[inline]
pub(crate) fn consume(payload: &[u8]) {
    black_box(payload.as_ptr());
    black_box(payload.len());
}

/// A text of about this many bytes, in one-byte characters.
pub(crate) fn ascii(len: usize) -> String {
    "The quick brown fox jumps over the lazy dog. ".chars().cycle().take(len).collect()
}

/// A text of exactly this many bytes, at least eight, in characters of two, three and four bytes, and some of one.
pub(crate) fn multi_byte(len: usize) -> String {
    let mut text = String::with_capacity(len);
    for character in "Щё, 世界 🦀 – ñandú ".chars().cycle() {
        if text.len() + character.len_utf8() > len {
            break;
        }
        text.push(character);
    }
    text.extend(std::iter::repeat_n('.', len - text.len()));
    text
}

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
