//! Two sessions, two queues of bytes, a virtual clock: stories are told without a socket or a thread.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part of it")]

use std::time::Duration;

use rfc6455::protocol::{CloseCode, CloseStatus, MaskKeys, Role};
use rfc6455::session::{Config, Message, Received, Session, SessionError};

pub const SECOND: Duration = Duration::from_secs(1);
pub const TICK: Duration = Duration::from_nanos(1);

/// What a side was told, in a form that can be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<(u16, String)>),
    Failed(SessionError),
}

pub fn text(text: &str) -> Told {
    Told::Text(text.into())
}

pub fn closed(code: CloseCode, reason: &str) -> Told {
    Told::Close(Some((code.to_u16(), reason.into())))
}

/// One side: its session, and the bytes on their way from it.
pub struct End {
    pub session: Session,
    pub out: Vec<u8>,
    message: Message,
}

pub struct Pair {
    pub client: End,
    pub server: End,
    pub now: Duration,
}

/// Keys of a client in tests: no entropy, so each failure replays.
pub fn client_role() -> Role {
    let mut count = 0_u8;
    let keys = MaskKeys::from_source(move |bytes| {
        for byte in bytes {
            count = count.wrapping_mul(31).wrapping_add(7);
            *byte = count;
        }
        Ok(())
    });
    Role::Client(keys.expect("the source never fails"))
}

impl End {
    pub fn new(role: Role, config: Config, now: Duration) -> Self {
        Self { session: Session::new(role, &config, now), out: Vec::new(), message: Message::new() }
    }

    pub fn client(config: Config) -> Self {
        Self::new(client_role(), config, Duration::ZERO)
    }

    pub fn server(config: Config) -> Self {
        Self::new(Role::Server, config, Duration::ZERO)
    }

    pub fn send(&mut self, text: &str) {
        self.session.send(text, &mut self.out).expect("it may be sent");
    }

    /// Takes in `bytes` that came at `now`, and tells what came of them, up to an error.
    pub fn take_in(&mut self, bytes: &[u8], now: Duration) -> Vec<Told> {
        let mut bytes = bytes.to_vec();
        let mut input = &mut bytes[..];
        let mut told = Vec::new();
        loop {
            let Self { session, out, message } = self;
            match session.receive(&mut input, message, now, out) {
                Ok(Some(Received::Message)) => told.push(match message {
                    Message::Text(text) => Told::Text(text.clone()),
                    Message::Binary(bytes) => Told::Binary(bytes.clone()),
                }),
                Ok(Some(Received::Ping(payload))) => told.push(Told::Ping(payload.to_vec())),
                Ok(Some(Received::Pong(payload))) => told.push(Told::Pong(payload.to_vec())),
                Ok(Some(Received::Close(frame))) => {
                    told.push(Told::Close(frame.map(|frame| (frame.code.to_u16(), frame.reason.into()))));
                }
                Ok(Some(other)) => panic!("unknown {other:?}"),
                Ok(None) => break,
                Err(error) => {
                    told.push(Told::Failed(error));
                    return told;
                }
            }
        }
        assert!(input.is_empty(), "everything that was given is taken");
        told
    }

    /// Ticks at `now`, and gives the error if there is one.
    pub fn tick(&mut self, now: Duration) -> Option<SessionError> {
        self.session.tick(now, &mut self.out).err()
    }

    pub fn status(&self) -> Option<u16> {
        self.session.close_status().map(CloseStatus::to_u16)
    }

    /// The bytes that wait to be written.
    pub fn take_out(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }
}

impl Pair {
    pub fn new(client: Config, server: Config) -> Self {
        Self { client: End::client(client), server: End::server(server), now: Duration::ZERO }
    }

    pub fn with_server(server: Config) -> Self {
        Self::new(Config::default(), server)
    }

    /// Carries the client's bytes to the server.
    pub fn reach_server(&mut self) -> Vec<Told> {
        let bytes = self.client.take_out();
        self.server.take_in(&bytes, self.now)
    }

    /// Carries the server's bytes to the client.
    pub fn reach_client(&mut self) -> Vec<Told> {
        let bytes = self.server.take_out();
        self.client.take_in(&bytes, self.now)
    }
}

/// An unmasked frame, as a server sends it. `first` is the first byte: FIN, RSV and the opcode.
pub fn server_frame(first: u8, payload: &[u8]) -> Vec<u8> {
    frame(first, None, payload)
}

/// A masked frame, as a client sends it.
pub fn client_frame(first: u8, payload: &[u8]) -> Vec<u8> {
    frame(first, Some([0x37, 0xfa, 0x21, 0x3d]), payload)
}

fn frame(first: u8, key: Option<[u8; 4]>, payload: &[u8]) -> Vec<u8> {
    let masked = if key.is_some() { 0x80 } else { 0 };
    let mut bytes = vec![first];
    match payload.len() {
        len @ 0..=125 => bytes.push(masked | len as u8),
        len @ 126..=0xffff => {
            bytes.push(masked | 126);
            bytes.extend((len as u16).to_be_bytes());
        }
        len => {
            bytes.push(masked | 127);
            bytes.extend((len as u64).to_be_bytes());
        }
    }
    bytes.extend(key.iter().flatten());
    let key = key.unwrap_or_default();
    bytes.extend(payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key));
    bytes
}
