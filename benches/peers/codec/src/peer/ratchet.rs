//! It leaves to the application to check texts, which is done here with the quickest there is, and to buffer the transport.

use bytes::BytesMut;
use ratchet_rs::{
    Message, NoExt, NoExtProvider, PayloadType, Role, SubprotocolRegistry, WebSocket, WebSocketConfig,
    WebSocketStream,
};
use tokio::io::{BufReader, BufWriter};

use super::{Contestant, Way};
use crate::handshake::{Answering, URL};
use crate::messages::Payload;
use crate::tally::Tally;
use crate::wire::{Wire, now};

pub(crate) const CONTESTANT: Contestant = Contestant {
    name: "ratchet_rs",
    decode: &[
        Way("8k", decode::<{ 8 << 10 }>), // the default of the buffer
        Way("64k", decode::<{ 64 << 10 }>),
        Way("16k", decode::<{ 16 << 10 }>),
        Way("4k", decode::<{ 4 << 10 }>),
    ],
    encode_server: &[
        Way("BufWriter", |wire, payload, times| encode(BufWriter::new(wire), Role::Server, payload, times)),
        Way("", |wire, payload, times| encode(wire, Role::Server, payload, times)),
    ],
    encode_client: &[
        Way("BufWriter", |wire, payload, times| encode(BufWriter::new(wire), Role::Client, payload, times)),
        Way("", |wire, payload, times| encode(wire, Role::Client, payload, times)),
    ],
    accept: &[Way("", accept)],
    connect: &[Way("", connect)],
};

fn open<S>(stream: S, role: Role) -> WebSocket<S, NoExt> {
    WebSocket::from_upgraded(WebSocketConfig::default(), stream, None, BytesMut::new(), role)
}

fn decode<const READ: usize>(wire: Wire, tally: &mut Tally) {
    let mut socket = open(BufReader::with_capacity(READ, wire), Role::Server);
    let mut message = BytesMut::new();
    now(async {
        loop {
            message.clear();
            match socket.read(&mut message).await {
                Ok(Message::Text) => tally.text(simdutf8::basic::from_utf8(&message).expect("it is text")),
                Ok(Message::Binary) => tally.message(&message),
                Ok(other) => panic!("{other:?}"),
                Err(_) => return,
            }
        }
    });
}

fn encode(stream: impl WebSocketStream, role: Role, payload: &Payload, times: usize) {
    let mut socket = open(stream, role);
    now(async {
        for _ in 0..times {
            socket.write(&payload.bytes, PayloadType::Binary).await.expect("it is sent");
            socket.flush().await.expect("it is flushed");
        }
    });
}

fn accept(wire: Wire) {
    now(async {
        let stream = BufReader::new(BufWriter::new(wire));
        let (config, protocols) = (WebSocketConfig::default(), SubprotocolRegistry::default());
        let upgrader =
            ratchet_rs::accept_with(stream, config, NoExtProvider, protocols).await.expect("a request");
        drop(upgrader.upgrade().await.expect("it is accepted"));
    });
}

fn connect(wire: Wire<Answering>) {
    now(async {
        let stream = BufReader::new(BufWriter::new(wire));
        drop(ratchet_rs::subscribe(WebSocketConfig::default(), stream, URL).await.expect("it is accepted"));
    });
}
