//! Its masking keys come from a generator that is no secret one, as it comes.

use wtx::collection::Vector;
use wtx::misc::UriRef;
use wtx::rng::{Xorshift64, simple_seed};
use wtx::web_socket::{
    Frame, OpCode, WebSocket, WebSocketAcceptor, WebSocketBuffer, WebSocketConnector, WebSocketPayloadOrigin,
};

use super::{Contestant, Way};
use crate::handshake::{Answering, URL};
use crate::messages::Payload;
use crate::tally::Tally;
use crate::wire::{Ends, Wire, now};

pub(crate) const CONTESTANT: Contestant = Contestant {
    name: "wtx",
    decode: &[
        Way("", decode::<0>), // its buffer grows as needed
        Way("64k", decode::<{ 64 << 10 }>),
        Way("16k", decode::<{ 16 << 10 }>),
        Way("4k", decode::<{ 4 << 10 }>),
    ],
    encode_server: &[Way("", encode::<false, false>)],
    encode_client: &[Way("", encode::<true, true>), Way("in place", encode::<true, false>)],
    accept: &[Way("", accept)],
    connect: &[Way("", connect)],
};

fn open<E: Ends, const IS_CLIENT: bool>(
    wire: Wire<E>,
    read: usize,
) -> WebSocket<(), Xorshift64, Wire<E>, WebSocketBuffer, IS_CLIENT> {
    let buffer = WebSocketBuffer::with_capacity(read, 0, 0).expect("there is memory");
    WebSocket::new((), false, Xorshift64::from(simple_seed()), wire, buffer)
}

fn decode<const READ: usize>(wire: Wire, tally: &mut Tally) {
    let mut socket = open::<_, false>(wire, READ);
    let mut buffer = Vector::new();
    now(async {
        while let Ok(frame) = socket.read_frame(&mut buffer, WebSocketPayloadOrigin::Adaptive).await {
            match frame.op_code() {
                OpCode::Text => tally.text(frame.text_payload().expect("it is text")),
                OpCode::Binary => tally.message(frame.payload()),
                other => panic!("{other:?}"),
            }
        }
    });
}

/// It masks in place, so a client copies the message first, unless it is the application's own.
fn encode<const IS_CLIENT: bool, const COPY: bool>(wire: Wire, payload: &Payload, times: usize) {
    let mut socket = open::<_, IS_CLIENT>(wire, 0);
    let mut storage = payload.bytes.to_vec();
    now(async {
        for _ in 0..times {
            if COPY {
                storage.copy_from_slice(&payload.bytes);
            }
            let mut frame = Frame::new_fin(OpCode::Binary, &mut storage[..]);
            socket.write_frame(&mut frame).await.expect("it is sent");
        }
    });
}

fn accept(wire: Wire) {
    now(WebSocketAcceptor::default().no_masking(false).accept(wire)).expect("it is accepted");
}

fn connect(wire: Wire<Answering>) {
    let connector = WebSocketConnector::default().no_masking(false);
    now(connector.connect(wire, &UriRef::new(URL))).expect("it is accepted");
}
