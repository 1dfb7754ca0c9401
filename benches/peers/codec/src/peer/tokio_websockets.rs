//! The size of its reads cannot be set. Its masking keys come from a generator that is no secret one: of its choices that
//! is the quickest.

use futures::{SinkExt, StreamExt};
use tokio_websockets::{ClientBuilder, Limits, Message, ServerBuilder, WebSocketStream};

use super::{Contestant, Way};
use crate::handshake::{Answering, URL};
use crate::messages::Payload;
use crate::tally::Tally;
use crate::wire::{Wire, now};

pub(crate) const CONTESTANT: Contestant = Contestant {
    name: "tokio-websockets",
    decode: &[Way("", decode)],
    encode_server: &[Way("", |wire, payload, times| {
        encode(ServerBuilder::new().serve(wire), payload, times)
    })],
    encode_client: &[Way("", |wire, payload, times| {
        encode(ClientBuilder::new().take_over(wire), payload, times)
    })],
    accept: &[Way("", accept)],
    connect: &[Way("", connect)],
};

fn decode(wire: Wire, tally: &mut Tally) {
    let mut socket = ServerBuilder::new().limits(Limits::unlimited()).serve(wire);
    now(async {
        while let Some(Ok(message)) = socket.next().await {
            match message.as_text() {
                Some(text) => tally.text(text),
                None if message.is_binary() => tally.message(message.as_payload()),
                None => panic!("{message:?}"),
            }
        }
    });
}

fn encode(mut socket: WebSocketStream<Wire>, payload: &Payload, times: usize) {
    now(async {
        for _ in 0..times {
            socket.send(Message::binary(payload.bytes.clone())).await.expect("it is sent");
        }
    });
}

fn accept(wire: Wire) {
    now(ServerBuilder::new().accept(wire)).expect("it is accepted");
}

fn connect(wire: Wire<Answering>) {
    let client = ClientBuilder::new().uri(URL).expect("the URI is right");
    now(client.connect_on(wire)).expect("it is accepted");
}
