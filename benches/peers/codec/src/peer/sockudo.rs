//! Its idle timeout and its pings are off: they would want timers of a runtime. The size of its reads cannot be set with
//! the stream; with the protocol alone, the caller reads.

use std::io::Read;

use bytes::BytesMut;
use futures::{SinkExt, StreamExt};
use sockudo_ws::handshake::{client_handshake, server_handshake};
use sockudo_ws::protocol::{Protocol, Role};
use sockudo_ws::{Config, Message, WebSocketStream};

use super::{Contestant, Way};
use crate::handshake::{HOST, PATH};
use crate::messages::Payload;
use crate::tally::Tally;
use crate::wire::{Wire, now};

pub(crate) const CONTESTANT: Contestant = Contestant {
    name: "sockudo-ws",
    decode: &[
        Way("", stream),
        Way("Protocol, 64k", protocol::<{ 64 << 10 }>),
        Way("Protocol, 16k", protocol::<{ 16 << 10 }>),
        Way("Protocol, 4k", protocol::<{ 4 << 10 }>),
    ],
    encode_server: &[Way("", |wire, payload, times| encode(wire, Role::Server, payload, times))],
    encode_client: &[Way("", |wire, payload, times| encode(wire, Role::Client, payload, times))],
    accept: &[Way("", |mut wire| drop(now(server_handshake(&mut wire)).expect("it is accepted")))],
    connect: &[Way("", |mut wire| {
        drop(now(client_handshake(&mut wire, HOST, PATH, None)).expect("it is accepted"))
    })],
};

fn config() -> Config {
    Config::builder().idle_timeout(0).auto_ping(false).build()
}

fn stream(wire: Wire, tally: &mut Tally) {
    let mut socket = WebSocketStream::from_raw(wire, Role::Server, config());
    now(async {
        while let Some(Ok(message)) = socket.next().await {
            take(&message, tally);
        }
    });
}

fn protocol<const READ: usize>(mut wire: Wire, tally: &mut Tally) {
    let config = config();
    let mut protocol = Protocol::new(Role::Server, config.max_frame_size, config.max_message_size);
    let (mut buffer, mut messages) = (BytesMut::new(), Vec::new());
    loop {
        let filled = buffer.len();
        buffer.resize(filled + READ, 0);
        let len = wire.read(&mut buffer[filled..]).expect("memory can be read");
        buffer.truncate(filled + len);
        if len == 0 {
            return;
        }
        protocol.process_into(&mut buffer, &mut messages).expect("the stream is right");
        for message in messages.drain(..) {
            take(&message, tally);
        }
    }
}

fn take(message: &Message, tally: &mut Tally) {
    match message {
        // It has checked the text.
        Message::Text(payload) | Message::Binary(payload) => tally.message(payload),
        other => panic!("{other:?}"),
    }
}

fn encode(wire: Wire, role: Role, payload: &Payload, times: usize) {
    let mut socket = WebSocketStream::from_raw(wire, role, config());
    now(async {
        for _ in 0..times {
            socket.send(Message::Binary(payload.bytes.clone())).await.expect("it is sent");
        }
    });
}
