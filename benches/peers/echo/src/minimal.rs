//! The least that an echo of WebSocket frames can do: binary messages of one frame, and nothing is checked.

/// A header of a masked frame is this long at most.
const HEADER: usize = 14;

/// The bytes of a connection, read and not answered yet.
pub struct Frames {
    bytes: Vec<u8>,
    filled: usize,
}

impl Frames {
    pub fn new(size: usize) -> Self {
        Self { bytes: vec![0; size], filled: 0 }
    }

    /// Where to read to.
    pub fn free(&mut self) -> &mut [u8] {
        &mut self.bytes[self.filled..]
    }

    /// So many bytes were read. Gives the answers to all whole frames, made in place, and where the rest begins.
    pub fn answer(&mut self, read: usize) -> (&[u8], usize) {
        self.filled += read;
        let (mut from, mut to) = (0, 4);
        while let Some((payload, len)) = header(&self.bytes[from..self.filled]) {
            let payload = from + payload;
            if payload + len > self.filled {
                if payload + len - from > self.bytes.len() {
                    self.bytes.resize(payload + len, 0);
                }
                break;
            }
            let key = [0, 1, 2, 3].map(|at| self.bytes[payload - 4 + at]);
            let first = self.bytes[from];
            unmask(&mut self.bytes[payload..payload + len], key);
            to += put_header(&mut self.bytes[to..], first, len);
            if to != payload {
                self.bytes.copy_within(payload..payload + len, to);
            }
            to += len;
            from = payload + len;
        }
        (&self.bytes[4..to], from)
    }

    /// The answers were written: the rest moves to the front.
    pub fn keep(&mut self, rest: usize) {
        self.bytes.copy_within(rest..self.filled, 0);
        self.filled -= rest;
    }
}

/// Where the payload begins, and how long it is; `None` when the header is not whole.
fn header(bytes: &[u8]) -> Option<(usize, usize)> {
    match *bytes.get(1)? & 0x7f {
        126 => Some((8, u16::from_be_bytes(*bytes.get(2..8)?.first_chunk()?).into())),
        127 => Some((HEADER, u64::from_be_bytes(*bytes.get(2..HEADER)?.first_chunk()?).try_into().ok()?)),
        len => bytes.get(..6).map(|_| (6, len.into())),
    }
}

/// Writes the header of an unmasked frame, and gives its length.
fn put_header(to: &mut [u8], first: u8, len: usize) -> usize {
    to[0] = first;
    if len < 126 {
        to[1] = len as u8;
        2
    } else if let Ok(len) = u16::try_from(len) {
        to[1] = 126;
        to[2..4].copy_from_slice(&len.to_be_bytes());
        4
    } else {
        to[1] = 127;
        to[2..10].copy_from_slice(&(len as u64).to_be_bytes());
        10
    }
}

fn unmask(payload: &mut [u8], key: [u8; 4]) {
    let wide = u64::from(u32::from_ne_bytes(key)) * 0x1_0000_0001;
    let (words, rest) = payload.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(key) {
        *byte ^= key;
    }
    // A rest of 4 to 7 bytes goes once more around the key.
    for (byte, key) in rest.iter_mut().skip(4).zip(key) {
        *byte ^= key;
    }
}
