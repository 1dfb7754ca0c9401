//! What cannot be left out: written by hand, without a check of the protocol.

use std::io::{IoSlice, Read, Write};

use super::{Contestant, NONE, Way};
use crate::messages::Payload;
use crate::tally::Tally;
use crate::wire::Wire;

pub(crate) const CONTESTANT: Contestant = Contestant {
    name: "minimum",
    decode: &[Way("16k", decode)],
    encode_server: &[Way("", encode_server)],
    encode_client: &[Way("", encode_client), Way("in place", mask_in_place)],
    ..NONE
};

const READ: usize = 16 << 10;

/// What of a payload is still to come, and the key from there on.
#[derive(Clone, Copy)]
struct Payloads {
    left: usize,
    key: u32,
}

/// Reads into one buffer and unmasks there. A header that is not whole is kept for the next read, and so is a payload that
/// would fit the buffer; of a larger one the pieces are delivered as they come. Texts are not checked.
fn decode(mut wire: Wire, tally: &mut Tally) {
    let mut buffer = vec![0; READ];
    let (mut filled, mut large) = (0, Payloads { left: 0, key: 0 });
    loop {
        let len = wire.read(&mut buffer[filled..]).expect("memory can be read");
        if len == 0 {
            return;
        }
        filled += len;
        let mut rest = &mut buffer[..filled];
        if large.left > 0 {
            rest = piece(&mut large, rest, tally);
        }
        while let Some((header, len, key)) = header(rest) {
            if header + len <= rest.len() {
                let (frame, later) = rest.split_at_mut(header + len);
                let payload = &mut frame[header..];
                unmask(payload, key);
                tally.message(payload);
                rest = later;
            } else if header + len <= READ {
                break;
            } else {
                large = Payloads { left: len, key };
                rest = piece(&mut large, &mut rest[header..], tally);
            }
        }
        let left = rest.len();
        buffer.copy_within(filled - left..filled, 0);
        filled = left;
    }
}

/// The length of the header, that of the payload, and the key.
#[inline]
fn header(bytes: &[u8]) -> Option<(usize, usize, u32)> {
    let (at, len) = match bytes.get(1)? & 0x7f {
        126 => (4, usize::from(u16::from_be_bytes(*bytes.get(2..)?.first_chunk()?))),
        127 => (10, u64::from_be_bytes(*bytes.get(2..)?.first_chunk()?) as usize),
        len => (2, usize::from(len)),
    };
    Some((at + 4, len, u32::from_ne_bytes(*bytes.get(at..)?.first_chunk()?)))
}

/// As much of a payload as is there; gives what comes behind it.
fn piece<'b>(large: &mut Payloads, bytes: &'b mut [u8], tally: &mut Tally) -> &'b mut [u8] {
    let (piece, rest) = bytes.split_at_mut(large.left.min(bytes.len()));
    unmask(piece, large.key);
    large.left -= piece.len();
    large.key = u32::from_ne_bytes({
        let mut key = large.key.to_ne_bytes();
        key.rotate_left(piece.len() % 4);
        key
    });
    tally.piece(piece, large.left == 0);
    rest
}

#[inline]
fn unmask(payload: &mut [u8], key: u32) {
    let key = u64::from(key) * 0x1_0000_0001;
    let (words, rest) = payload.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ key).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(key.to_ne_bytes()) {
        *byte ^= key;
    }
}

/// The header on the stack, and how much of it there is.
#[inline]
fn header_for(payload: &Payload, masked: u8) -> ([u8; 14], usize) {
    let mut header = [0; 14];
    header[0] = 0x82;
    let len = payload.bytes.len();
    let size = match len {
        0..126 => {
            header[1] = len as u8 | masked;
            2
        }
        126..0x1_0000 => {
            header[1] = 126 | masked;
            header[2..4].copy_from_slice(&(len as u16).to_be_bytes());
            4
        }
        _ => {
            header[1] = 127 | masked;
            header[2..10].copy_from_slice(&(len as u64).to_be_bytes());
            10
        }
    };
    (header, size)
}

fn encode_server(mut wire: Wire, payload: &Payload, times: usize) {
    for _ in 0..times {
        let (header, size) = header_for(payload, 0);
        wire.put_all(&[IoSlice::new(&header[..size]), IoSlice::new(&payload.bytes)]);
    }
}

/// A masked copy, with a key from a counter: what a key must be is not asked.
fn encode_client(mut wire: Wire, payload: &Payload, times: usize) {
    let mut out = vec![0; payload.bytes.len() + 14];
    let mut key = 0x9e37_79b9_u32;
    for _ in 0..times {
        key = key.wrapping_add(0x9e37_79b9);
        let (header, size) = header_for(payload, 0x80);
        out[..14].copy_from_slice(&header);
        out[size..size + 4].copy_from_slice(&key.to_ne_bytes());
        let masked = &mut out[size + 4..size + 4 + payload.bytes.len()];
        copy_masked(&payload.bytes, masked, key);
        wire.write_all(&out[..size + 4 + payload.bytes.len()]).expect("it is written");
    }
}

/// The payload is the application's own, and is masked where it lies.
fn mask_in_place(mut wire: Wire, payload: &Payload, times: usize) {
    let (mut own, mut key) = (payload.bytes.to_vec(), 0x9e37_79b9_u32);
    for _ in 0..times {
        key = key.wrapping_add(0x9e37_79b9);
        let (mut header, size) = header_for(payload, 0x80);
        header[size..size + 4].copy_from_slice(&key.to_ne_bytes());
        unmask(&mut own, key);
        wire.put_all(&[IoSlice::new(&header[..size + 4]), IoSlice::new(&own)]);
    }
}

#[inline]
fn copy_masked(from: &[u8], to: &mut [u8], key: u32) {
    let key = u64::from(key) * 0x1_0000_0001;
    let (words, rest) = from.as_chunks::<8>();
    let (to_words, to_rest) = to.as_chunks_mut::<8>();
    for (to, word) in to_words.iter_mut().zip(words) {
        *to = (u64::from_ne_bytes(*word) ^ key).to_ne_bytes();
    }
    for ((to, byte), key) in to_rest.iter_mut().zip(rest).zip(key.to_ne_bytes()) {
        *to = byte ^ key;
    }
}
