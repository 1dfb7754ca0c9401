//! The least and the most that can be configured (RFC 6455 §10.4 and the deadlines that it leaves to us): nothing hangs,
//! overflows or is refused without a word.

use std::thread;
use std::time::Duration;

use crate::common_net::*;
use rfc6455::handshake::OriginPolicy;
use rfc6455::net::{Error, Incoming, WebSocket};
use rfc6455::protocol::{CloseCode, CloseStatus};
use rfc6455::session::{Config, Deadline, Keepalive, Message, SessionError};

fn most() -> Config {
    let mut config = Config::default();
    (config.limits.frame, config.limits.message) = (u64::MAX, u64::MAX);
    (config.head.bytes, config.head.headers) = (usize::MAX, usize::MAX);
    config.handshake_timeout = Duration::MAX;
    config.close_timeout = Duration::MAX;
    config.keepalive = Some(Keepalive::new(Duration::MAX, Duration::MAX));
    config.idle_timeout = Some(Duration::MAX);
    config.write_timeout = Some(Duration::MAX);
    config.write_backlog = usize::MAX;
    config
}

#[track_caller]
fn expect_echo(socket: &mut Socket, payload: &[u8]) {
    let mut message = Message::new();
    socket.send(payload).unwrap();
    assert!(socket.read(&mut message).unwrap());
    assert!(message.as_bytes() == payload);
}

#[test]
fn the_most_of_all_is_no_limit() {
    watched(|| {
        let (mut client, server) = websockets(most(), most());
        assert_eq!(client.deadline(), None, "the system cannot tell that moment");
        let server = thread::spawn(|| echo(server));
        expect_echo(&mut client, b"x");
        expect_echo(&mut client, &vec![7; 100_000]);
        assert_eq!(client.close(CloseCode::NORMAL, "").unwrap(), CloseStatus::Code(CloseCode::NORMAL));
        server.join().unwrap().unwrap();
    });
}

#[test]
fn the_most_of_all_is_no_limit_for_two_halves() {
    watched(|| {
        let (mut client, server) = websockets(most(), most());
        let (mut reader, mut writer) = server.split();
        let echoing = thread::spawn(move || {
            let mut message = Message::new();
            while reader.read(&mut message)? {
                writer.send(&message)?;
            }
            Ok::<(), Error>(())
        });
        expect_echo(&mut client, b"x");
        client.close(CloseCode::NORMAL, "").unwrap();
        echoing.join().unwrap().unwrap();
    });
}

#[test]
fn no_room_to_wait_in_is_enough_for_a_peer_that_reads() {
    watched(|| {
        let mut config = Config::default();
        config.write_backlog = 0;
        let (mut client, server) = websockets(config.clone(), config);
        let server = thread::spawn(|| echo(server));
        expect_echo(&mut client, b"x");
        expect_echo(&mut client, &vec![7; 100_000]);
        client.close(CloseCode::NORMAL, "").unwrap();
        server.join().unwrap().unwrap();
    });
}

#[test]
fn limits_of_zero_let_empty_messages_through() {
    watched(|| {
        let mut config = Config::default();
        (config.limits.frame, config.limits.message) = (0, 0);
        let (mut client, server) = websockets(Config::default(), config);
        let server = thread::spawn(|| echo(server));
        expect_echo(&mut client, b"");
        client.send("x").unwrap();
        while client.read(&mut Message::new()).unwrap() {}
        assert_eq!(client.close_status(), Some(CloseStatus::Code(CloseCode::MESSAGE_TOO_BIG)));
        assert!(server.join().unwrap().is_err());
    });
}

#[test]
fn a_head_of_nothing_is_refused_with_a_word() {
    watched(|| {
        for (bytes, headers, status) in [(0, 100, "414"), (16 << 10, 0, "431")] {
            let (mut raw, stream) = tcp();
            let mut config = Config::default();
            (config.head.bytes, config.head.headers) = (bytes, headers);
            let server = thread::spawn(move || Incoming::new(stream, config).upgrade(&OriginPolicy::Any));
            write(&mut raw, request_with(""));
            let head = read_head(&mut raw);
            assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{head}");
            drop(raw);
            assert!(matches!(server.join().unwrap(), Err(Error::Request(_))));
        }
    });
}

#[test]
fn no_time_at_all_is_an_end_at_once() {
    watched(|| {
        let mut config = Config::default();
        config.handshake_timeout = Duration::ZERO;
        let (mut raw, stream) = tcp();
        let server = thread::spawn(move || Incoming::new(stream, config).accept().map(drop));
        assert!(read_head(&mut raw).starts_with("HTTP/1.1 408 "));
        drop(raw);
        assert!(matches!(server.join().unwrap(), Err(Error::Timeout(Deadline::Handshake))));

        let mut ends = Vec::new();
        for what in 0..3 {
            let mut config = Config::default();
            match what {
                0 => config.keepalive = Some(Keepalive::new(Duration::ZERO, Duration::ZERO)),
                1 => config.idle_timeout = Some(Duration::ZERO),
                _ => config.close_timeout = Duration::ZERO,
            }
            let (mut raw, server) = server_of_raw_client(config);
            let server = thread::spawn(move || end_of(server, what == 2));
            read_to_end(&mut raw);
            drop(raw);
            ends.push(server.join().unwrap());
        }
        assert_eq!(ends, [Deadline::Keepalive, Deadline::Idle, Deadline::Close]);
    });
}

fn end_of(mut server: Socket, closes: bool) -> Deadline {
    let end = match closes {
        true => server.close(CloseCode::NORMAL, "").map(drop),
        false => WebSocket::read(&mut server, &mut Message::new()).map(drop),
    };
    match end {
        Err(Error::Session { error: SessionError::Timeout(deadline), .. }) => deadline,
        other => panic!("{other:?}"),
    }
}
