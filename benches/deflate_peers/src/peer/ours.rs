use rfc6455::deflate::{Agreement, Deflate};
use rfc6455::net::WebSocket;
use rfc6455::protocol::{MaskKeys, Role};
use rfc6455::session::{Config, Message, Session};
use std::fs;
use std::time::Duration;

use crate::json;
use crate::wire::Wire;

pub(crate) struct Peer {
    socket: WebSocket<Wire>,
    message: Message,
}

impl Peer {
    pub(crate) async fn open(wire: Wire, takeover: bool) -> Self {
        let socket = WebSocket::new(wire.opened(), Role::Server, Config::default(), Vec::new());
        Self { socket: socket.with_deflate(&agreement(takeover)), message: Message::new() }
    }

    pub(crate) async fn send(&mut self, text: &str) {
        self.socket.send(text).expect("it is sent");
    }

    pub(crate) async fn receive(&mut self) -> usize {
        assert!(self.socket.read(&mut self.message).expect("the stream is right"));
        self.message.len()
    }
}

fn agreement(takeover: bool) -> Agreement {
    let mut deflate = Deflate::default();
    deflate.threshold = 0;
    deflate.outgoing.takeover = takeover;
    deflate.incoming.takeover = takeover;
    deflate.accept(&deflate.offers()).expect("what is offered is accepted")
}

/// The messages, a line each, and what a client sends for them, the first time and each time after that.
pub(crate) fn record(dir: &str) {
    for size in [256, 1 << 10, 64 << 10] {
        let lines: String = json::messages(size).into_iter().map(|message| message + "\n").collect();
        fs::write(format!("{dir}/{size}-messages"), lines).expect("the folder can be written");
        for takeover in [true, false] {
            let role = Role::Client(MaskKeys::from_os().expect("the system has entropy"));
            let mut client =
                Session::new(role, &Config::default(), Duration::ZERO).with_deflate(&agreement(takeover));
            for part in ["first", "again"] {
                let mut bytes = Vec::new();
                for message in json::messages(size) {
                    client.send(&message, &mut bytes).expect("it is sent");
                }
                fs::write(format!("{dir}/{size}-{takeover}-{part}"), bytes)
                    .expect("the folder can be written");
            }
        }
    }
}
