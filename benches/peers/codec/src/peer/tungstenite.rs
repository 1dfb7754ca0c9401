use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Message, WebSocket};

use super::{Contestant, Way};
use crate::handshake::URL;
use crate::messages::Payload;
use crate::tally::Tally;
use crate::wire::Wire;

pub(crate) const CONTESTANT: Contestant = Contestant {
    name: "tungstenite",
    decode: &[
        Way("128k", decode::<{ 128 << 10 }>), // its default
        Way("64k", decode::<{ 64 << 10 }>),
        Way("16k", decode::<{ 16 << 10 }>),
        Way("4k", decode::<{ 4 << 10 }>),
    ],
    encode_server: &[Way("", |wire, payload, times| encode(wire, Role::Server, payload, times))],
    encode_client: &[Way("", |wire, payload, times| encode(wire, Role::Client, payload, times))],
    accept: &[Way("", |wire| drop(tungstenite::accept(wire).expect("it is accepted")))],
    connect: &[Way("", |wire| drop(tungstenite::client(URL, wire).expect("it is accepted")))],
};

fn decode<const READ: usize>(wire: Wire, tally: &mut Tally) {
    let config = WebSocketConfig::default().read_buffer_size(READ);
    let mut socket = WebSocket::from_raw_socket(wire, Role::Server, Some(config));
    // At the end of the stream it gives an error: no Close came.
    while let Ok(message) = socket.read() {
        match &message {
            Message::Text(text) => tally.text(text),
            Message::Binary(payload) => tally.message(payload),
            other => panic!("{other:?}"),
        }
    }
}

fn encode(wire: Wire, role: Role, payload: &Payload, times: usize) {
    let mut socket = WebSocket::from_raw_socket(wire, role, None);
    for _ in 0..times {
        socket.send(Message::Binary(payload.bytes.clone())).expect("it is sent");
    }
}
