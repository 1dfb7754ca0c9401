//! Deadlines inside TLS (RFC 6455 §7.1.1): a peer that trickles a record or the handshake holds nobody beyond them.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Instant;

use crate::common_net::*;
use crate::common_tls;
use rfc6455::net::{Connect, Error, Incoming, ReadEvent, WebSocket};
use rfc6455::protocol::CloseCode;
use rfc6455::session::{Config, Deadline, Keepalive, Message, SessionError};

/// Writes a byte now and then, sooner than any of the deadlines here, until the other end is gone.
fn trickle(mut tcp: TcpStream, bytes: Vec<u8>) -> JoinHandle<()> {
    thread::spawn(move || {
        for byte in bytes {
            if tcp.write_all(&[byte]).is_err() {
                return;
            }
            thread::sleep(5 * MILLI);
        }
    })
}

/// The beginning of a record as long as one may be, of a handshake.
fn record() -> Vec<u8> {
    let mut record = vec![0; 16 << 10];
    record[..9].copy_from_slice(b"\x16\x03\x03\x3f\xf0\x01\x00\x3f\xec");
    record
}

fn short_handshake() -> Config {
    let mut config = Config::default();
    config.handshake_timeout = 100 * MILLI;
    config
}

fn keepalive() -> Config {
    let mut config = Config::default();
    config.keepalive = Some(Keepalive::new(60 * MILLI, 90 * MILLI));
    config
}

#[track_caller]
fn expect_timeout<R>(result: Result<R, Error>, expected: Deadline) {
    match result {
        Err(Error::Session { error: SessionError::Timeout(deadline), .. } | Error::Timeout(deadline)) => {
            assert_eq!(deadline, expected);
        }
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it was in time"),
    }
}

#[test]
fn a_client_that_trickles_its_hello() {
    watched(|| {
        let (raw, server) = tcp();
        let (_, tls) = common_tls::configs();
        let trickling = trickle(raw, record());
        let begun = Instant::now();
        expect_timeout(Incoming::tls(server, tls, short_handshake()).unwrap().accept(), Deadline::Handshake);
        assert!(begun.elapsed() >= 100 * MILLI, "too early");
        trickling.join().unwrap();
    });
}

#[test]
fn a_client_that_is_silent() {
    watched(|| {
        let (_raw, server) = tcp();
        let (_, tls) = common_tls::configs();
        expect_timeout(Incoming::tls(server, tls, short_handshake()).unwrap().accept(), Deadline::Handshake);
    });
}

#[test]
fn a_server_that_trickles_its_hello_or_is_silent() {
    for bytes in [record(), Vec::new()] {
        watched(|| {
            let (client, raw) = tcp();
            let (tls, _) = common_tls::configs();
            let connect = Connect::new("wss://localhost/").unwrap().tls(tls).config(short_handshake());
            let _raw = raw.try_clone().unwrap();
            let trickling = trickle(raw, bytes);
            expect_timeout(connect.over_tcp(client).unwrap().finish(), Deadline::Handshake);
            trickling.join().unwrap();
        });
    }
}

/// A server, and a client that has sent a record but for its end.
fn trickling_record(config: Config) -> (common_tls::TlsSocket, TcpStream, Vec<u8>) {
    let (client, server) = tcp();
    let (client_tls, server_tls) = common_tls::configs();
    let serving = thread::spawn(move || Incoming::tls(server, server_tls, config).unwrap().accept().unwrap());
    let mut raw = common_tls::raw_client(client, client_tls);
    raw.write_all(request_with("").as_bytes()).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        raw.read_exact(&mut byte).unwrap();
        head.extend(byte);
    }
    raw.conn.writer().write_all(&crate::pair::client_frame(0x82, &[7; 16_000])).unwrap();
    let mut record = Vec::new();
    while raw.conn.wants_write() {
        raw.conn.write_tls(&mut record).unwrap();
    }
    (serving.join().unwrap(), raw.sock.try_clone().unwrap(), record)
}

#[test]
fn a_peer_that_trickles_a_record_is_given_up() {
    watched(|| {
        let (mut server, raw, record) = trickling_record(keepalive());
        let trickling = trickle(raw, record);
        let begun = Instant::now();
        expect_timeout(server.read(&mut Message::new()), Deadline::Keepalive);
        assert!(begun.elapsed() >= 150 * MILLI, "too early");
        drop(server);
        trickling.join().unwrap();
    });
}

#[test]
fn a_peer_that_trickles_is_given_up_by_a_half_and_in_closing() {
    watched(|| {
        let (server, raw, record) = trickling_record(keepalive());
        let trickling = trickle(raw, record);
        let (mut reader, writer) = server.split();
        expect_timeout(reader.read(&mut Message::new()), Deadline::Keepalive);
        drop((reader, writer));
        trickling.join().unwrap();

        let mut config = Config::default();
        config.close_timeout = 100 * MILLI;
        let (mut server, raw, record) = trickling_record(config);
        let trickling = trickle(raw, record);
        expect_timeout(server.close(CloseCode::NORMAL, ""), Deadline::Close);
        drop(server);
        trickling.join().unwrap();
    });
}

#[test]
fn a_peer_that_answers_pings_stays() {
    watched(|| {
        let mut config = Config::default();
        config.keepalive = Some(Keepalive::new(20 * MILLI, 10 * SECOND));
        let (mut client, mut server) = common_tls::over(tcp(), (Config::default(), config));
        let client = thread::spawn(move || while client.read(&mut Message::new()).unwrap() {});
        let mut message = Message::new();
        for _ in 0..5 {
            assert!(matches!(server.read_event(&mut message).unwrap(), ReadEvent::Pong(_)));
        }
        server.close(CloseCode::NORMAL, "").unwrap();
        client.join().unwrap();
    });
}

#[test]
fn a_timeout_of_the_users_own_is_told_and_nothing_is_lost() {
    watched(|| {
        let (mut client, mut server) = common_tls::over(tcp(), Default::default());
        server.stream().tcp().set_read_timeout(Some(20 * MILLI)).unwrap();
        let mut message = Message::new();
        assert!(server.read(&mut message).unwrap_err().is_would_block());
        client.send("late").unwrap();
        until_ready(|| server.read(&mut message)).unwrap();
        assert_eq!(message.as_text(), Some("late"));
    });
}

#[test]
fn a_peer_that_reads_drop_by_drop_does_not_hold_a_close() {
    watched(|| {
        let mut config = Config::default();
        config.close_timeout = 200 * MILLI;
        config.write_timeout = Some(20 * MILLI);
        let (client, mut server) = common_tls::over(tcp(), (Config::default(), config));
        let mut tcp = client.stream().tcp().try_clone().unwrap();
        fill(&mut server);
        let (over, is_over) = mpsc::channel::<()>();
        let dripping = thread::spawn(move || {
            let mut drop = [0; 512];
            while tcp.read(&mut drop).is_ok_and(|len| len > 0) {
                if is_over.recv_timeout(MILLI) == Err(mpsc::RecvTimeoutError::Disconnected) {
                    read_to_end(&mut tcp);
                }
            }
        });
        assert!(server.close(CloseCode::NORMAL, "").is_err());
        drop((server, over));
        dripping.join().unwrap();
        drop(client);
    });
}

/// Sends until nothing is taken any more.
fn fill<S: Read + Write>(socket: &mut WebSocket<S>) {
    let large = vec![0; 1 << 20];
    while socket.send(&large).is_ok() {}
}
