//! What the tests share: frames written by hand, and an endpoint that remembers what it was told.
#![allow(dead_code, reason = "each test binary uses a part of it")]

pub(crate) mod naive;
pub(crate) mod vectors;

use rfc6455::EntropyError;
use rfc6455::protocol::{
    Chunk, Connection, DataKind, Event, Input, Limits, MaskKeys, ProtocolError, Role, Side,
};

// First bytes of frames: FIN and opcode.
pub(crate) const TEXT: u8 = 0x81;
pub(crate) const TEXT_START: u8 = 0x01;
pub(crate) const BINARY: u8 = 0x82;
pub(crate) const BINARY_START: u8 = 0x02;
/// A fragment between the first and the last.
pub(crate) const NEXT: u8 = 0x00;
pub(crate) const LAST: u8 = 0x80;
pub(crate) const CLOSE: u8 = 0x88;
pub(crate) const PING: u8 = 0x89;
pub(crate) const PONG: u8 = 0x8A;

pub(crate) const SIDES: [Side; 2] = [Side::Client, Side::Server];

/// The masking key of RFC 6455 §5.7.
pub(crate) const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// A frame as `from` puts it on the wire.
pub(crate) fn frame(from: Side, first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = header(from, first, payload.len() as u64);
    let key = if from == Side::Client { KEY } else { [0; 4] };
    bytes.extend(payload.iter().enumerate().map(|(i, octet)| octet ^ key[i % 4]));
    bytes
}

/// The header alone of a frame of `len` bytes.
pub(crate) fn header(from: Side, first: u8, len: u64) -> Vec<u8> {
    let mut bytes = match len {
        0..=125 => vec![first, len as u8],
        126..=0xffff => [&[first, 126][..], &(len as u16).to_be_bytes()].concat(),
        _ => [&[first, 127][..], &len.to_be_bytes()].concat(),
    };
    if from == Side::Client {
        bytes[1] |= 0x80;
        bytes.extend(KEY);
    }
    bytes
}

/// First bytes and payloads.
pub(crate) type List<'a> = &'a [(u8, &'a [u8])];

/// Several frames after each other.
pub(crate) fn frames(from: Side, list: List<'_>) -> Vec<u8> {
    list.iter().flat_map(|(first, payload)| frame(from, *first, payload)).collect()
}

/// The body of a Close frame.
pub(crate) fn close_body(code: u16, reason: &[u8]) -> Vec<u8> {
    [&code.to_be_bytes(), reason].concat()
}

/// Keys that differ from frame to frame, the same in each run. For tests, not for the Internet.
pub(crate) fn keys() -> MaskKeys {
    let mut state = 1_u32;
    let fill = move |bytes: &mut [u8]| -> Result<(), EntropyError> {
        for key in bytes.chunks_mut(4) {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            key.copy_from_slice(&state.to_be_bytes()[..key.len()]);
        }
        Ok(())
    };
    MaskKeys::from_source(fill).unwrap()
}

/// The key of the RFC's examples for each frame.
pub(crate) fn example_keys() -> MaskKeys {
    let fill = |bytes: &mut [u8]| -> Result<(), EntropyError> {
        bytes.chunks_mut(4).for_each(|key| key.copy_from_slice(&KEY));
        Ok(())
    };
    MaskKeys::from_source(fill).unwrap()
}

pub(crate) fn role(side: Side) -> Role {
    match side {
        Side::Client => Role::Client(keys()),
        Side::Server => Role::Server,
    }
}

pub(crate) fn limits(frame: u64, message: u64) -> Limits {
    let mut limits = Limits::default();
    (limits.frame, limits.message) = (frame, message);
    limits
}

/// What an endpoint was told, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<(u16, String)>),
}

/// A connection and its output, which puts messages together and holds each chunk to what its documentation promises.
pub(crate) struct End {
    pub(crate) connection: Connection,
    pub(crate) out: Vec<u8>,
    pub(crate) seen: Vec<Seen>,
    /// What has come of the message in progress.
    pub(crate) part: Option<(DataKind, Vec<u8>)>,
}

impl End {
    pub(crate) fn new(side: Side) -> Self {
        Self::with(side, Limits::default())
    }

    pub(crate) fn with(side: Side, limits: Limits) -> Self {
        let connection = Connection::new(role(side), limits);
        Self { connection, out: Vec::new(), seen: Vec::new(), part: None }
    }

    pub(crate) fn client() -> Self {
        Self::new(Side::Client)
    }

    pub(crate) fn server() -> Self {
        Self::new(Side::Server)
    }

    /// Takes one frame from the peer.
    pub(crate) fn hear(&mut self, first: u8, payload: &[u8]) -> Result<(), ProtocolError> {
        self.hear_bytes(&frame(self.connection.side().peer(), first, payload))
    }

    /// Takes bytes as one read. They are all taken, whatever happens (the promise of `receive`).
    pub(crate) fn hear_bytes(&mut self, bytes: &[u8]) -> Result<(), ProtocolError> {
        let mut bytes = bytes.to_vec();
        let mut input = &mut bytes[..];
        let result = self.hear_input(&mut input);
        assert!(input.is_empty(), "input was left over");
        result
    }

    pub(crate) fn hear_input<I: Input>(&mut self, input: &mut I) -> Result<(), ProtocolError> {
        while let Some(event) = self.connection.receive(input, &mut self.out)? {
            let seen = match event {
                Event::Data(chunk) => match take(&mut self.part, &chunk) {
                    Some(whole) => whole,
                    None => continue,
                },
                Event::Ping(payload) => Seen::Ping(payload.to_vec()),
                Event::Pong(payload) => Seen::Pong(payload.to_vec()),
                Event::Close(body) => {
                    Seen::Close(body.map(|body| (body.code.to_u16(), body.reason.to_owned())))
                }
                other => panic!("an event without a test: {other:?}"),
            };
            self.seen.push(seen);
        }
        Ok(())
    }

    /// The frames written since the last call: first byte and payload, unmasked. Each must be fit to be sent by this
    /// side.
    pub(crate) fn said(&mut self) -> Vec<(u8, Vec<u8>)> {
        let mut rest = &self.out[..];
        let mut said = Vec::new();
        while let Some((frame, after)) = naive::frame(rest) {
            let masks = self.connection.side() == Side::Client;
            assert!(frame.minimal && frame.rsv == 0 && frame.key.is_some() == masks, "{frame:?}");
            if frame.opcode >= 8 {
                assert!(frame.fin && frame.payload.len() <= 125, "{frame:?}");
                assert!(frame.opcode != 8 || naive::close(&frame.payload).is_some(), "{frame:?}");
            }
            said.push((frame.first(), frame.payload));
            rest = after;
        }
        assert_eq!(rest, b"", "half a frame was written");
        self.out.clear();
        said
    }

    /// What was told since the last call.
    pub(crate) fn seen(&mut self) -> Vec<Seen> {
        std::mem::take(&mut self.seen)
    }
}

/// Adds `chunk` to the message in progress; gives the message when it is whole.
fn take<P: AsRef<[u8]>>(part: &mut Option<(DataKind, Vec<u8>)>, chunk: &Chunk<P>) -> Option<Seen> {
    let payload = chunk.payload.as_ref();
    assert_eq!(chunk.starts, part.is_none(), "a message starts once");
    assert!(chunk.ends || !payload.is_empty(), "an empty chunk tells nothing");
    let (kind, mut whole) = part.take().unwrap_or((chunk.kind, Vec::new()));
    assert_eq!(kind, chunk.kind, "a message has one kind");
    whole.extend(payload);
    if !chunk.ends {
        *part = Some((kind, whole));
        return None;
    }
    Some(match kind {
        DataKind::Text => Seen::Text(String::from_utf8(whole).unwrap()),
        DataKind::Binary => Seen::Binary(whole),
    })
}

pub(crate) fn text(text: &str) -> Seen {
    Seen::Text(text.to_owned())
}

pub(crate) fn binary(bytes: &[u8]) -> Seen {
    Seen::Binary(bytes.to_vec())
}

pub(crate) fn ping(payload: &[u8]) -> Seen {
    Seen::Ping(payload.to_vec())
}

pub(crate) fn pong(payload: &[u8]) -> Seen {
    Seen::Pong(payload.to_vec())
}

pub(crate) fn close(code: u16, reason: &str) -> Seen {
    Seen::Close(Some((code, reason.to_owned())))
}
