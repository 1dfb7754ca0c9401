//! What the tests of permessage-deflate share: settings, two ends that have agreed, data to compress, and blocks made by hand.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part of it")]

pub mod blocks;
pub mod naive;

use std::time::Duration;

use rfc6455::deflate::{
    Agreement, Context, Decompressor, Deflate, Inflated, InvalidData, Memory, WindowBits,
};
use rfc6455::handshake::Extension;
use rfc6455::session::Config;

use crate::pair::{End, Pair};

/// What a sender takes off, and a receiver puts back (RFC 7692 §7.2.1, §7.2.2).
pub const TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];

/// The first byte of a frame: RSV1 (RFC 7692 §6).
pub const COMPRESSED: u8 = 0x40;

/// The default settings, changed.
pub fn settings(change: impl FnOnce(&mut Deflate)) -> Deflate {
    let mut settings = Deflate::default();
    change(&mut settings);
    settings
}

/// Settings that compress each message, whatever comes of it.
pub fn always() -> Deflate {
    settings(|deflate| deflate.threshold = 0)
}

/// As [`always`], without context takeover in either direction.
pub fn always_alone() -> Deflate {
    settings(|deflate| {
        deflate.threshold = 0;
        deflate.outgoing.takeover = false;
        deflate.incoming.takeover = false;
    })
}

pub fn kept_for(idle: Duration) -> Deflate {
    settings(|deflate| (deflate.threshold, deflate.memory) = (0, Memory::KeptFor(idle)))
}

pub fn window(bits: u8) -> WindowBits {
    WindowBits::new(bits).expect("it is 8 to 15")
}

pub fn context(bits: u8, takeover: bool) -> Context {
    Context { window_bits: window(bits), takeover }
}

/// An element of `Sec-WebSocket-Extensions`, from its text.
pub fn extension(text: &str) -> Extension {
    let mut parts = text.split(';').map(str::trim);
    let extension = Extension::new(parts.next().expect("it has a name")).expect("a token");
    parts.fold(extension, |extension, param| {
        let (name, value) = param.split_once('=').map_or((param, None), |(name, value)| (name, Some(value)));
        extension.param(name, value).expect("tokens")
    })
}

/// What a client and a server with these settings agree on.
pub fn agreed(client: &Deflate, server: &Deflate) -> (Agreement, Agreement) {
    let at_server = server.accept(&client.offers()).expect("an offer is acceptable");
    let answer = [at_server.extension().clone()];
    let at_client = client.agree(&answer).expect("the answer fits").expect("there is one");
    (at_client, at_server)
}

/// What an end with these settings agrees on with its like.
pub fn agreement(settings: &Deflate) -> Agreement {
    agreed(settings, settings).1
}

/// A client and a server that have agreed, with a virtual clock.
pub fn deflate_pair(client: &Deflate, server: &Deflate) -> Pair {
    deflate_pair_with(client, server, &Config::default())
}

pub fn deflate_pair_with(client: &Deflate, server: &Deflate, config: &Config) -> Pair {
    let (at_client, at_server) = agreed(client, server);
    let mut pair = Pair::new(config.clone(), config.clone());
    pair.client = with_deflate(pair.client, &at_client);
    pair.server = with_deflate(pair.server, &at_server);
    pair
}

pub fn with_deflate(mut end: End, agreement: &Agreement) -> End {
    end.session = end.session.with_deflate(agreement);
    end
}

/// A server that compresses each message, whose peer is written by hand.
pub fn server(config: Config) -> End {
    with_deflate(End::server(config), &agreement(&always()))
}

/// A client that compresses each message, whose peer is written by hand.
pub fn client(config: Config) -> End {
    with_deflate(End::client(config), &agreed(&always(), &always()).0)
}

/// [`InvalidData`], which none but the library can make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invalid;

impl From<InvalidData> for Invalid {
    fn from(_: InvalidData) -> Self {
        Self
    }
}

/// Decompresses a message whose payload comes in these pieces, into an output that never has room for more than `room`.
pub fn inflate_pieces(
    decompressor: &mut Decompressor,
    pieces: &[&[u8]],
    room: usize,
) -> Result<Vec<u8>, Invalid> {
    let mut all = Vec::new();
    let mut out = Vec::with_capacity(room);
    for (index, piece) in pieces.iter().enumerate() {
        let mut input = *piece;
        loop {
            out.clear();
            let progress = if index + 1 == pieces.len() {
                decompressor.finish(&mut input, &mut out)
            } else {
                decompressor.decompress(&mut input, &mut out)
            };
            all.extend(&out);
            assert_eq!(out.capacity(), room, "it never grows the output");
            if progress? == Inflated::Done {
                break;
            }
            assert_eq!(out.len(), room, "only a full output is full");
        }
        assert!(input.is_empty(), "what is done is taken");
    }
    Ok(all)
}

pub fn inflate(decompressor: &mut Decompressor, payload: &[u8]) -> Result<Vec<u8>, Invalid> {
    inflate_pieces(decompressor, &[payload], 1000)
}

pub fn deflate(compressor: &mut rfc6455::deflate::Compressor, message: &[u8]) -> Vec<u8> {
    let mut payload = Vec::new();
    compressor.finish(message, &mut payload);
    payload
}

/// Numbers that look random and are the same in each run.
#[derive(Clone)]
pub struct Noise(u64);

impl Noise {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        // xorshift64*, by S. Vigna.
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// Bytes that cannot be compressed.
    pub fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.next() as u8).collect()
    }
}

/// Text as a feed has it, with characters of several bytes, cut to `len`.
pub fn json(len: usize, seed: u64) -> String {
    let mut noise = Noise::new(seed);
    let mut text = String::new();
    while text.len() < len + 4 {
        let (id, name, price) = (noise.below(100_000), noise.below(50), noise.below(10_000));
        text += &format!("{{\"id\":{id},\"name\":\"Käufer {name}\",\"price\":{price}.5,\"open\":true}},");
    }
    let end = (len..).find(|&end| text.is_char_boundary(end)).expect("there is enough");
    text.truncate(end);
    // The last character may have been one of two bytes.
    if text.len() > len {
        text.pop();
        text.push('.');
    }
    text
}
