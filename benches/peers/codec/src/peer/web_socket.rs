//! It has no handshake, and leaves to the application to check texts, which is done here with the quickest there is. It
//! reads a header by itself, so it wants a buffered transport.

use tokio::io::BufReader;
use web_socket::{DataType, Event, WebSocket};

use super::{Contestant, NONE, Way};
use crate::messages::Payload;
use crate::tally::Tally;
use crate::wire::{Wire, now};

pub(crate) const CONTESTANT: Contestant = Contestant {
    name: "web-socket",
    decode: &[
        Way("8k", decode::<{ 8 << 10 }>), // the default of the buffer
        Way("64k", decode::<{ 64 << 10 }>),
        Way("16k", decode::<{ 16 << 10 }>),
        Way("4k", decode::<{ 4 << 10 }>),
    ],
    encode_server: &[Way("", |wire, payload, times| encode(WebSocket::server(wire), payload, times))],
    encode_client: &[Way("", |wire, payload, times| encode(WebSocket::client(wire), payload, times))],
    ..NONE
};

fn decode<const READ: usize>(wire: Wire, tally: &mut Tally) {
    let mut socket = WebSocket::server(BufReader::with_capacity(READ, wire));
    now(async {
        while let Ok(event) = socket.recv_event().await {
            match event {
                Event::Data { ty: DataType::Complete(kind), data } if kind.is_text() => {
                    tally.text(simdutf8::basic::from_utf8(&data).expect("it is text"));
                }
                Event::Data { ty: DataType::Complete(_), data } => tally.message(&data),
                other => panic!("{other:?}"),
            }
        }
    });
}

fn encode(mut socket: WebSocket<Wire>, payload: &Payload, times: usize) {
    now(async {
        for _ in 0..times {
            socket.send(&payload.bytes[..]).await.expect("it is sent");
        }
    });
}
