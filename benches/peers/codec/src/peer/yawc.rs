//! Its handshakes are hyper's, which is another thing than this measures.

use futures::SinkExt;
use yawc::{Frame, OpCode, Options, Role, WebSocket};

use super::{Contestant, NONE, Way};
use crate::messages::Payload;
use crate::tally::Tally;
use crate::wire::{Wire, now};

pub(crate) const CONTESTANT: Contestant = Contestant {
    name: "yawc",
    decode: &[
        Way("", |wire, tally| decode(wire, options(), tally)),
        Way("128k", decode_with::<{ 128 << 10 }>), // as in its own benchmark
        Way("64k", decode_with::<{ 64 << 10 }>),
        Way("16k", decode_with::<{ 16 << 10 }>),
        Way("4k", decode_with::<{ 4 << 10 }>),
    ],
    encode_server: &[Way("", |wire, payload, times| encode(wire, Role::Server, payload, times))],
    encode_client: &[Way("", |wire, payload, times| encode(wire, Role::Client, payload, times))],
    ..NONE
};

fn options() -> Options {
    Options::default().without_compression().with_utf8().with_limits(16 << 20, 16 << 20)
}

fn decode_with<const READ: usize>(wire: Wire, tally: &mut Tally) {
    decode(wire, options().with_read_buffer_capacity(READ), tally);
}

fn decode(wire: Wire, options: Options, tally: &mut Tally) {
    let mut socket =
        WebSocket::from_stream(wire, Role::Server, options).expect("there is nothing to agree on");
    now(async {
        while let Ok(frame) = socket.next_frame().await {
            match frame.opcode() {
                // It has checked the text.
                OpCode::Text | OpCode::Binary => tally.message(frame.payload()),
                other => panic!("{other:?}"),
            }
        }
    });
}

fn encode(wire: Wire, role: Role, payload: &Payload, times: usize) {
    let mut socket = WebSocket::from_stream(wire, role, options()).expect("there is nothing to agree on");
    now(async {
        for _ in 0..times {
            socket.send(Frame::binary(payload.bytes.clone())).await.expect("it is sent");
        }
    });
}
