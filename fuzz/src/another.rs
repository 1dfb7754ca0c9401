//! What another library, tungstenite, makes of the same frames.

use std::io::{Cursor, Read, Write};

use rfc6455::frame::HeaderError;
use rfc6455::protocol::{DataKind, ProtocolError, Side};
use tungstenite::error::{Error, ProtocolError as OtherFault};
use tungstenite::protocol::{Message, Role, WebSocket, WebSocketConfig};

use super::naive::{self, Item};
use super::scene::Scene;

/// Holds the whole messages and control frames that were told against what it reads. Whatever was accepted, it accepts.
pub(super) fn check(scene: &Scene, told: &[Item], fault: Option<ProtocolError>) {
    let (other, its_fault) = read(scene);
    let Some(fault) = fault else {
        match told.split_last() {
            // §11.7: IANA's registry has this code, which is younger than the RFC.
            Some((Item::Close(Some((1014, _))), before)) => assert!(other.starts_with(before)),
            _ => assert_eq!(told, other),
        }
        // §1.4: what comes behind a Close is discarded; there it is looked at.
        assert!(is_end(&its_fault) || matches!(told.last(), Some(Item::Close(_))), "{its_fault}");
        return;
    };
    assert!(other.starts_with(told), "{told:?} {other:?}");
    // Where this library alone finds a fault, there is one of these reasons.
    let is_ours_alone = match fault {
        // §5.2: "the minimal number of bytes MUST be used to encode the length", so that a control frame has no extended one,
        // and its most significant bit is 0.
        ProtocolError::Header(
            HeaderError::LengthNotMinimal(_) | HeaderError::ControlTooLong(_) | HeaderError::LengthTooLarge,
        ) => true,
        // §7.4: a code that must not be sent is a fault here; there it is answered with 1002, in order.
        ProtocolError::CloseCode(_) => true,
        // §10.4: a message in tiny fragments costs more than its bytes.
        ProtocolError::TooManyFragments => true,
        // §8.1: what shows in a part of a frame or of a message is found at once.
        _ => is_cut_off(&scene.wire),
    };
    assert!(is_ours_alone || !is_end(&its_fault), "{fault:?} {its_fault}");
}

/// Whether an error means no more than that the bytes have ended, or that the Close has come.
fn is_end(error: &Error) -> bool {
    matches!(error, Error::ConnectionClosed | Error::Protocol(OtherFault::ResetWithoutClosingHandshake))
}

/// Whether the last frame, or the message that it belongs to, is not whole.
fn is_cut_off(mut wire: &[u8]) -> bool {
    let mut in_message = false;
    while let Some(header) = naive::header(wire) {
        let body = &wire[header.len..];
        if header.payload_len > body.len() as u64 {
            return true;
        }
        in_message = if header.opcode < 8 { !header.fin } else { in_message };
        wire = &body[header.payload_len as usize..];
    }
    in_message || !wire.is_empty()
}

/// What it tells up to an error, and the error; the end of the bytes is one.
fn read(scene: &Scene) -> (Vec<Item>, Error) {
    let limit = |limit: u64| Some(usize::try_from(limit).unwrap_or(usize::MAX));
    let config = WebSocketConfig::default()
        .max_frame_size(limit(scene.rules.limits.frame))
        .max_message_size(limit(scene.rules.limits.message));
    let role = match scene.rules.peer {
        Side::Client => Role::Server,
        Side::Server => Role::Client,
    };
    let mut socket = WebSocket::from_raw_socket(Pipe(Cursor::new(&scene.wire)), role, Some(config));
    let mut told = Vec::new();
    loop {
        match socket.read() {
            Ok(message) => told.push(item(message)),
            Err(error) => return (told, error),
        }
    }
}

fn item(message: Message) -> Item {
    let data = |kind, payload: &[u8]| {
        let payload = payload.to_vec();
        Item::Data { kind, rsv1: false, payload, starts: true, ends: true }
    };
    match message {
        Message::Text(text) => data(DataKind::Text, text.as_bytes()),
        Message::Binary(payload) => data(DataKind::Binary, &payload),
        Message::Ping(payload) => Item::Ping(payload.to_vec()),
        Message::Pong(payload) => Item::Pong(payload.to_vec()),
        Message::Close(frame) => {
            Item::Close(frame.map(|frame| (frame.code.into(), frame.reason.as_str().to_owned())))
        }
        Message::Frame(frame) => panic!("{frame:?} was asked for by nobody"),
    }
}

/// Gives what was sent, and takes what is sent.
struct Pipe<'w>(Cursor<&'w Vec<u8>>);

impl Read for Pipe<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Pipe<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
