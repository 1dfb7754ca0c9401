//! Three ways to use this crate: whole messages without I/O, payloads in place without I/O, and blocking `net`.

use std::io::{IoSlice, Read, Write};
use std::time::Duration;

use rfc6455::handshake::{ClientRequest, HeadLimits, ServerHandshake, Upgrade, Uri};
use rfc6455::net::WebSocket;
use rfc6455::protocol::{Connection, Event, Limits, MaskKeys, Role};
use rfc6455::session::{Config, InPlace, Message, Received, Session};

use super::{Contestant, NONE, Way};
use crate::handshake::{Answering, URL};
use crate::messages::Payload;
use crate::tally::Tally;
use crate::wire::Wire;

pub(crate) const SESSION: Contestant = Contestant {
    name: "Session",
    decode: &[
        Way("16k", session::<{ 16 << 10 }>),
        Way("64k", session::<{ 64 << 10 }>),
        Way("4k", session::<{ 4 << 10 }>),
        Way("in place, 32k", session_in_place::<{ 32 << 10 }, { 2048 + 64 - 8 }>),
        Way("in place, 96k", session_in_place::<{ 96 << 10 }, { 64 - 14 }>),
        Way("in place, 2m", session_in_place::<{ 2 << 20 }, { 64 - 14 }>),
    ],
    encode_server: &[
        Way("", |wire, payload, times| session_sends(wire, Role::Server, payload, times)),
        Way("header alone", session_sends_headers),
    ],
    encode_client: &[
        Way("", |wire, payload, times| session_sends(wire, client(), payload, times)),
        Way("in place", client_masks_in_place),
    ],
    accept: &[Way("", accept)],
    connect: &[Way("", connect)],
};

pub(crate) const CONNECTION: Contestant = Contestant {
    name: "Connection",
    decode: &[
        Way("16k", connection::<{ 16 << 10 }>),
        Way("64k", connection::<{ 64 << 10 }>),
        Way("4k", connection::<{ 4 << 10 }>),
    ],
    ..NONE
};

pub(crate) const WEB_SOCKET: Contestant = Contestant {
    name: "WebSocket",
    decode: &[Way("", web_socket)],
    encode_server: &[Way("", |wire, payload, times| web_socket_sends(wire, Role::Server, payload, times))],
    encode_client: &[Way("", |wire, payload, times| web_socket_sends(wire, client(), payload, times))],
    ..NONE
};

/// With keys of the operating system.
fn client() -> Role {
    Role::Client(MaskKeys::from_os().expect("the system has entropy"))
}

/// Whole messages in storage that is used again.
fn session<const READ: usize>(mut wire: Wire, tally: &mut Tally) {
    let mut session = Session::new(Role::Server, &Config::default(), Duration::ZERO);
    let (mut message, mut out) = (Message::new(), Vec::new());
    let mut scratch = [0; READ];
    loop {
        let len = wire.read(&mut scratch).expect("memory can be read");
        if len == 0 {
            return;
        }
        let mut input = &mut scratch[..len];
        while let Some(received) =
            session.receive(&mut input, &mut message, Duration::ZERO, &mut out).expect("the stream is right")
        {
            if received == Received::Message {
                tally.message(message.as_bytes());
            }
        }
    }
}

/// Whole messages where they were read, in a buffer that has room for the largest. A read takes as much as the last message had, and
/// once the start of a large one is there, what is missing of it and no more, without a look at it until all is there: so the message
/// behind it begins where the buffer begins, and is not moved. That is at `FIRST`, as far before a cache line as such a message has a
/// header, so that its payload begins with the line; and for short ones not where a page begins, as the stream does: a copy from and
/// to like places of a page is slow.
fn session_in_place<const BUFFER: usize, const FIRST: usize>(mut wire: Wire, tally: &mut Tally) {
    const READ: usize = 8 << 10;
    let mut session = Session::new(Role::Server, &Config::default(), Duration::ZERO);
    let (mut storage, mut out) = (Message::new(), Vec::new());
    let mut memory = vec![0; BUFFER + 4096];
    let page = memory.as_ptr().align_offset(4096);
    let buffer = &mut memory[page..page + BUFFER];
    let (mut start, mut end, mut usual, mut missing) = (FIRST, FIRST, READ, 0);
    loop {
        let most = if missing > READ / 2 { missing } else { usual };
        if end + most > BUFFER {
            buffer.copy_within(start..end, FIRST);
            (start, end) = (FIRST, FIRST + end - start);
        }
        let room = &mut buffer[end..];
        let len = wire.read(&mut room[..most.min(BUFFER - end)]).expect("memory can be read");
        if len == 0 {
            return;
        }
        end += len;
        if len < missing {
            missing -= len;
            continue;
        }
        let mut input = &mut buffer[start..end];
        missing = 0;
        while !input.is_empty() {
            let wanted = usize::try_from(session.missing(input)).expect("it is under the limit");
            if wanted > 0 && wanted <= BUFFER - FIRST - input.len() {
                missing = wanted;
                break;
            }
            match session.receive_in_place(&mut input, &mut storage, Duration::ZERO, &mut out) {
                Ok(Some(InPlace::Message(data))) => {
                    tally.message(data.as_bytes());
                    usual = (data.as_bytes().len() + header(data.as_bytes())).clamp(READ, BUFFER - FIRST);
                }
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(error) => panic!("the stream is right: {error}"),
            }
        }
        start = end - input.len();
        if start == end {
            (start, end) = (FIRST, FIRST);
        }
    }
}

/// The length of what a client sends before this payload.
fn header(payload: &[u8]) -> usize {
    match payload.len() {
        0..126 => 6,
        126..0x1_0000 => 8,
        _ => 14,
    }
}

/// Chunks in place, in the buffer that was read into; text is checked on the way.
fn connection<const READ: usize>(mut wire: Wire, tally: &mut Tally) {
    let mut connection = Connection::new(Role::Server, Limits::default());
    let mut out = Vec::new();
    let mut scratch = [0; READ];
    loop {
        let len = wire.read(&mut scratch).expect("memory can be read");
        if len == 0 {
            return;
        }
        let mut input = &mut scratch[..len];
        while let Some(event) = connection.receive(&mut input, &mut out).expect("the stream is right") {
            if let Event::Data(chunk) = event {
                tally.piece(chunk.payload, chunk.ends);
            }
        }
    }
}

fn web_socket(wire: Wire, tally: &mut Tally) {
    let mut socket = WebSocket::new(wire, Role::Server, Config::default(), Vec::new());
    let mut message = Message::new();
    // At the end of the stream it gives an error: no Close came.
    while let Ok(true) = socket.read(&mut message) {
        tally.message(message.as_bytes());
    }
}

/// A message into a buffer that is used again, which is written then.
fn session_sends(mut wire: Wire, role: Role, payload: &Payload, times: usize) {
    let mut session = Session::new(role, &Config::default(), Duration::ZERO);
    let mut out = Vec::new();
    for _ in 0..times {
        session.send(payload.data(), &mut out).expect("it is sent");
        wire.write_all(&out).expect("it is written");
        out.clear();
    }
}

/// The header, and the payload from where it lies.
fn session_sends_headers(mut wire: Wire, payload: &Payload, times: usize) {
    let mut session = Session::new(Role::Server, &Config::default(), Duration::ZERO);
    for _ in 0..times {
        let header = session.header_for(payload.data()).expect("it may be sent");
        write_both(&mut wire, &header, &payload.bytes);
    }
}

/// The payload is the application's own, and is masked where it lies; what it held does not matter here.
fn client_masks_in_place(mut wire: Wire, payload: &Payload, times: usize) {
    let mut connection = Connection::new(client(), Limits::default());
    let mut own = payload.bytes.to_vec();
    for _ in 0..times {
        let header = connection.mask_in_place(payload.data().kind(), &mut own).expect("it may be sent");
        write_both(&mut wire, &header, &own);
    }
}

fn write_both(wire: &mut Wire, header: &[u8], payload: &[u8]) {
    let written = wire.write_vectored(&[IoSlice::new(header), IoSlice::new(payload)]).expect("it is written");
    assert_eq!(written, header.len() + payload.len());
}

fn web_socket_sends(wire: Wire, role: Role, payload: &Payload, times: usize) {
    let mut socket = WebSocket::new(wire, role, Config::default(), Vec::new());
    for _ in 0..times {
        socket.send(payload.data()).expect("it is sent");
    }
}

fn accept(mut wire: Wire) {
    let mut handshake = ServerHandshake::new(HeadLimits::default());
    let (mut scratch, mut out) = ([0; 1 << 10], Vec::new());
    let request = loop {
        let len = wire.read(&mut scratch).expect("memory can be read");
        if let Some(request) = handshake.receive(&mut &scratch[..len]).expect("the request is right") {
            break request;
        }
    };
    Upgrade::from_request(&request).expect("it asks for a WebSocket").accept().write(&mut out);
    wire.write_all(&out).expect("it is written");
}

fn connect(mut wire: Wire<Answering>) {
    let uri = Uri::parse(URL).expect("the URI is right");
    let (mut scratch, mut out) = ([0; 1 << 10], Vec::new());
    let mut handshake =
        ClientRequest::new(&uri).start_with_os_nonce(&mut out).expect("the system has entropy");
    wire.write_all(&out).expect("it is written");
    loop {
        let len = wire.read(&mut scratch).expect("memory can be read");
        if handshake.receive(&mut &scratch[..len]).expect("the answer is right").is_some() {
            return;
        }
    }
}
