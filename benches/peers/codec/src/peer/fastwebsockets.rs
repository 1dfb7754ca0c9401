//! Its handshakes are hyper's, which is another thing than this measures. It reads as much as there is room in its buffer,
//! whose size cannot be set.

use fastwebsockets::{FragmentCollector, Frame, OpCode, Payload as Bytes, Role, WebSocket};

use super::{Contestant, NONE, Way};
use crate::messages::Payload;
use crate::tally::Tally;
use crate::wire::{Wire, now};

pub(crate) const CONTESTANT: Contestant = Contestant {
    name: "fastwebsockets",
    decode: &[Way("", decode)],
    encode_server: &[Way("", encode_server)],
    encode_client: &[Way("", encode_client), Way("in place", mask_in_place)],
    ..NONE
};

fn decode(wire: Wire, tally: &mut Tally) {
    let mut socket = FragmentCollector::new(WebSocket::after_handshake(wire, Role::Server));
    now(async {
        while let Ok(frame) = socket.read_frame().await {
            match frame.opcode {
                // It has checked the text.
                OpCode::Text | OpCode::Binary => tally.message(&frame.payload),
                other => panic!("{other:?}"),
            }
        }
    });
}

/// Small messages are put together, large ones written as two slices: as it comes.
fn encode_server(wire: Wire, payload: &Payload, times: usize) {
    let mut socket = WebSocket::after_handshake(wire, Role::Server);
    now(async {
        for _ in 0..times {
            let frame = Frame::binary(Bytes::Borrowed(&payload.bytes));
            socket.write_frame(frame).await.expect("it is sent");
        }
    });
}

/// It masks in place, so an owned copy of the message is needed.
fn encode_client(wire: Wire, payload: &Payload, times: usize) {
    let mut socket = WebSocket::after_handshake(wire, Role::Client);
    now(async {
        for _ in 0..times {
            let frame = Frame::binary(Bytes::Owned(payload.bytes.to_vec()));
            socket.write_frame(frame).await.expect("it is sent");
        }
    });
}

/// The payload is the application's own.
fn mask_in_place(wire: Wire, payload: &Payload, times: usize) {
    let mut own = payload.bytes.to_vec();
    let mut socket = WebSocket::after_handshake(wire, Role::Client);
    now(async {
        for _ in 0..times {
            let frame = Frame::binary(Bytes::BorrowedMut(&mut own));
            socket.write_frame(frame).await.expect("it is sent");
        }
    });
}
