//! Compression in memory: sessions at both ends of it, and the engine without a session.

use std::time::Duration;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use rfc6455::deflate::{Deflate, Memory};
use rfc6455::protocol::Role;
use rfc6455::session::{Config, Message, Received, Session};

/// What a sender takes off the end of each message (RFC 7692 §7.2.1).
const TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];

/// Compresses every message, and takes both contexts over or none.
pub(crate) fn settings(takeover: bool) -> Deflate {
    let mut settings = Deflate::default();
    settings.threshold = 0;
    settings.memory = Memory::Kept;
    settings.outgoing.takeover = takeover;
    settings.incoming.takeover = takeover;
    settings
}

/// An end of a connection with a peer that takes its context over if it may.
pub(crate) fn session(role: Role, settings: &Deflate) -> Session {
    let mut peer = settings.clone();
    (peer.memory, peer.outgoing.takeover) = (Memory::Kept, true);
    let agreement = settings.accept(&peer.offers()).expect("what is offered is accepted");
    Session::new(role, &Config::default(), Duration::ZERO).with_deflate(&agreement)
}

/// What a peer with these settings sends for the messages: the first time, and each time after that.
pub(crate) fn streams(role: Role, settings: &Deflate, messages: &[String]) -> [Vec<u8>; 2] {
    let mut peer = session(role, settings);
    [(); 2].map(|()| {
        let mut bytes = Vec::new();
        for message in messages {
            peer.send(message, &mut bytes).expect("the message is sent");
        }
        bytes
    })
}

/// Receives all messages of a stream from reads of so many bytes, and gives how many there were.
pub(crate) fn receive(
    session: &mut Session,
    message: &mut Message,
    stream: &[u8],
    scratch: &mut [u8],
    mut each: impl FnMut(&Message),
) -> usize {
    let (mut out, mut count) = (Vec::new(), 0);
    for read in stream.chunks(scratch.len()) {
        scratch[..read.len()].copy_from_slice(read);
        let mut input = &mut scratch[..read.len()];
        while let Some(received) =
            session.receive(&mut input, message, Duration::ZERO, &mut out).expect("the stream is right")
        {
            if received == Received::Message {
                each(message);
                count += 1;
            }
        }
    }
    count
}

/// The same compressor without anything around it: what a session cannot be quicker than.
pub(crate) struct Engine {
    compress: Compress,
    decompress: Decompress,
    takeover: bool,
}

impl Engine {
    pub(crate) fn new(takeover: bool) -> Self {
        let compress = Compress::new(Compression::new(6), false);
        Self { compress, decompress: Decompress::new(false), takeover }
    }

    /// Compresses a message into `out`, which has room for it.
    pub(crate) fn compress(&mut self, message: &str, out: &mut Vec<u8>) {
        if !self.takeover {
            self.compress.reset();
        }
        let before = self.compress.total_in();
        self.compress.compress_vec(message.as_bytes(), out, FlushCompress::Sync).expect("there is room");
        assert_eq!(self.compress.total_in() - before, message.len() as u64);
        assert!(out.len() < out.capacity());
        out.truncate(out.len() - TAIL.len());
    }

    /// Decompresses a payload that has its [`TAIL`] into `out`, which has room for it.
    pub(crate) fn decompress(&mut self, payload: &[u8], out: &mut Vec<u8>) {
        if !self.takeover {
            self.decompress.reset(false);
        }
        let before = self.decompress.total_in();
        self.decompress.decompress_vec(payload, out, FlushDecompress::Sync).expect("the data are right");
        assert_eq!(self.decompress.total_in() - before, payload.len() as u64);
    }

    /// The payloads of the messages, each with its [`TAIL`]: the first time, and each time after that.
    pub(crate) fn payloads(&mut self, messages: &[String]) -> [Vec<Vec<u8>>; 2] {
        [(); 2].map(|()| {
            messages
                .iter()
                .map(|message| {
                    let mut payload = Vec::with_capacity(message.len() + 100);
                    self.compress(message, &mut payload);
                    payload.extend(TAIL);
                    payload
                })
                .collect()
        })
    }
}
