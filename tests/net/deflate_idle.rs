//! When the memory of compression is given back: RFC 7692 leaves it to each end. Whatever a peer does meanwhile, time does not
//! stand still, and messages go on.

use std::io::{self, ErrorKind, Read, Write};
use std::time::Duration;

use crate::common_net::watched;
use crate::pair::*;
use rfc6455::deflate::{Agreement, Deflate, Memory};
use rfc6455::net::WebSocket;
use rfc6455::protocol::Role;
use rfc6455::session::{Config, Message, Received};

const TEXT_COMPRESSED: u8 = 0x41;
const LAST: u8 = 0x80;

/// "Hello" of RFC 7692 §7.2.3.1, cut into two fragments.
const HELLO: ([u8; 3], [u8; 4]) = ([0xf2, 0x48, 0xcd], [0xc9, 0xc9, 0x07, 0x00]);

fn kept_for(idle: Duration) -> Agreement {
    let mut deflate = Deflate::default();
    deflate.memory = Memory::KeptFor(idle);
    deflate.accept(&deflate.offers()).expect("it fits itself")
}

fn server(idle: Duration) -> End {
    let mut server = End::server(Config::default());
    server.session = server.session.with_deflate(&kept_for(idle));
    server
}

#[test]
fn what_is_kept_for_no_time_is_given_back_at_the_next_look() {
    let mut server = server(Duration::ZERO);
    let hello = [&HELLO.0[..], &HELLO.1[..]].concat();
    for now in [SECOND, 2 * SECOND] {
        assert_eq!(server.take_in(&client_frame(TEXT_COMPRESSED | LAST, &hello), now), [text("Hello")]);
        assert!(server.session.deadline().is_some());
        assert_eq!(server.tick(now), None);
        assert_eq!(server.session.deadline(), None);
    }
}

#[test]
fn inside_a_message_there_is_nothing_to_look_for_until_it_goes_on() {
    for idle in [Duration::ZERO, TICK, SECOND] {
        let mut server = server(idle);
        assert_eq!(server.take_in(&client_frame(TEXT_COMPRESSED, &HELLO.0), SECOND), []);
        let mut now = SECOND;
        // What was used, and then that it was not used for so long.
        for _ in 0..2 {
            assert_eq!(server.tick(now), None);
            now += idle;
        }
        assert_eq!(server.session.deadline(), None, "{idle:?}");
        assert_eq!(server.take_in(&client_frame(LAST, &HELLO.1), now), [text("Hello")]);
        assert!(server.session.deadline().is_some(), "{idle:?}");
    }
}

#[test]
fn a_part_that_is_fetched_is_a_use() {
    let mut server = server(SECOND).session;
    let agreement = kept_for(SECOND);
    let (mut payload, mut message, mut out) = (Vec::new(), Message::new(), Vec::new());
    agreement.compressor().finish(&[b'a'; 40_000], &mut payload);
    let mut frame = client_frame(TEXT_COMPRESSED | LAST, &payload);
    let mut input = &mut frame[..];
    let mut len = 0;
    loop {
        let now = Duration::from_secs(2 * len as u64);
        let is_last = match server.receive_part(&mut input, &mut message, now, &mut out).unwrap() {
            Some(Received::Part) => false,
            Some(Received::Message) => true,
            other => panic!("{other:?}"),
        };
        len += message.len();
        assert_eq!(server.deadline(), Some(Duration::ZERO), "after {len} bytes");
        server.tick(now, &mut out).unwrap();
        assert_eq!(server.deadline(), Some(now + SECOND));
        server.tick(now + SECOND, &mut out).unwrap();
        assert_eq!(server.deadline(), None);
        if is_last {
            break;
        }
    }
    assert_eq!(len, 40_000);
}

/// Nothing comes, and all that is written is taken.
#[derive(Debug)]
struct Silent;

impl Read for Silent {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(ErrorKind::WouldBlock.into())
    }
}

impl Write for Silent {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_peer_that_stops_inside_a_message_does_not_hold_the_reader() {
    watched(|| {
        let unread = client_frame(TEXT_COMPRESSED, &HELLO.0);
        let socket = WebSocket::new(Silent, Role::Server, Config::default(), unread);
        let mut socket = socket.with_deflate(&kept_for(Duration::ZERO));
        assert!(socket.read(&mut Message::new()).unwrap_err().is_would_block());
        assert_eq!(socket.deadline(), None);
    });
}
