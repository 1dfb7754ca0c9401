//! Deadlines over real sockets (RFC 6455 §5.5.2, §7.1.1): kept while a read blocks, and not unjust to a peer when the
//! application was busy. No test asks for an upper bound that a loaded machine could miss.

use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use crate::common_net::*;
use rfc6455::net::{Error, ReadEvent, WebSocket};
use rfc6455::protocol::{CloseCode, CloseStatus};
use rfc6455::session::{Config, Deadline, Keepalive, Message, SessionError};

fn keepalive(interval: Duration, timeout: Duration) -> Config {
    let mut config = Config::default();
    config.keepalive = Some(Keepalive::new(interval, timeout));
    config
}

#[track_caller]
fn expect_timeout(result: Result<bool, Error>, expected: Deadline) {
    match result {
        Err(Error::Session { error: SessionError::Timeout(deadline), .. }) => assert_eq!(deadline, expected),
        other => panic!("{other:?}"),
    }
}

fn read(socket: &mut WebSocket<TcpStream>) -> Result<bool, Error> {
    socket.read(&mut Message::new())
}

#[test]
fn a_silent_peer_is_pinged_and_given_up_while_a_read_blocks() {
    watched(|| {
        let (mut raw, mut server) = server_of_raw_client(keepalive(60 * MILLI, 90 * MILLI));
        let begun = Instant::now();
        expect_timeout(read(&mut server), Deadline::Keepalive);
        assert!(begun.elapsed() >= 150 * MILLI, "too early");
        expect_timeout(read(&mut server), Deadline::Keepalive);
        assert_eq!(server.close_status(), Some(CloseStatus::Abnormal));
        drop(server);
        let bytes = read_to_end(&mut raw);
        assert_eq!((bytes[..2] == [0x89, 8], &bytes[10..]), (true, &b"\x88\x09\x03\xf3no pong"[..]));
    });
}

#[test]
fn a_peer_that_answers_pings_stays() {
    watched(|| {
        let (client, mut server) = websockets(Config::default(), keepalive(20 * MILLI, 10 * SECOND));
        let client = thread::spawn(|| echo(client));
        let mut message = Message::new();
        for _ in 0..5 {
            assert!(matches!(server.read_event(&mut message).unwrap(), ReadEvent::Pong(_)));
        }
        server.close(CloseCode::NORMAL, "").unwrap();
        client.join().unwrap().unwrap();
    });
}

#[test]
fn an_idle_peer_is_sent_away() {
    watched(|| {
        let mut config = Config::default();
        config.idle_timeout = Some(50 * MILLI);
        let (mut raw, mut server) = server_of_raw_client(config);
        expect_timeout(read(&mut server), Deadline::Idle);
        expect_bytes(&mut raw, b"\x88\x06\x03\xe9idle");
    });
}

#[test]
fn a_peer_that_never_answers_our_close_is_given_up_even_if_it_goes_on_sending() {
    watched(|| {
        let mut config = Config::default();
        config.close_timeout = 100 * MILLI;
        let (mut raw, mut server) = server_of_raw_client(config);
        let flood = thread::spawn(move || {
            use std::io::Write;
            let frame = crate::pair::client_frame(0x82, &[0; 1000]);
            while raw.write_all(&frame).is_ok() {}
        });
        match server.close(CloseCode::NORMAL, "") {
            Err(Error::Session { error: SessionError::Timeout(Deadline::Close), .. }) => {}
            other => panic!("{other:?}"),
        }
        drop(server);
        flood.join().unwrap();
    });
}

#[test]
fn a_pong_that_came_in_time_counts_though_the_application_was_busy() {
    watched(|| {
        let (mut raw, mut server) = server_of_raw_client(keepalive(30 * MILLI, 100 * MILLI));
        let peer = thread::spawn(move || {
            let mut ping = [0; 10];
            std::io::Read::read_exact(&mut raw, &mut ping).unwrap();
            write(
                &mut raw,
                [crate::pair::client_frame(0x81, b"work"), crate::pair::client_frame(0x81, b"more")].concat(),
            );
            write(&mut raw, crate::pair::client_frame(0x8a, &ping[2..]));
            raw
        });
        let mut message = Message::new();
        assert!(server.read(&mut message).unwrap());
        let _raw = peer.join().unwrap();
        // The application works on the message past the deadline; the pong lies in the socket or in the buffer.
        thread::sleep(150 * MILLI);
        assert!(server.read(&mut message).unwrap());
        assert!(matches!(server.read_event(&mut message), Ok(ReadEvent::Pong(_))));
    });
}

#[test]
fn what_lies_in_the_socket_is_looked_at_before_time_is_up() {
    watched(|| {
        let mut config = keepalive(50 * MILLI, 10 * MILLI);
        config.idle_timeout = Some(80 * MILLI);
        let (mut raw, mut server) = server_of_raw_client(config);
        write(&mut raw, crate::pair::client_frame(0x81, b"in time"));
        thread::sleep(120 * MILLI);
        assert!(read(&mut server).unwrap());

        let mut config = Config::default();
        config.close_timeout = 50 * MILLI;
        let (mut raw, mut server) = server_of_raw_client(config);
        server.start_close(CloseCode::NORMAL, "").unwrap();
        write(&mut raw, crate::pair::client_frame(0x88, b"\x03\xe8"));
        thread::sleep(80 * MILLI);
        assert!(!read(&mut server).unwrap());
        assert_eq!(server.close_status(), Some(CloseStatus::Code(CloseCode::NORMAL)));
    });
}

#[test]
fn a_stream_that_does_not_block_keeps_its_deadlines() {
    watched(|| {
        let (mut raw, mut server) = server_of_raw_client(keepalive(40 * MILLI, 60 * MILLI));
        server.stream().set_nonblocking(true).unwrap();
        assert!(read(&mut server).unwrap_err().is_would_block());
        thread::sleep(50 * MILLI);
        assert!(read(&mut server).unwrap_err().is_would_block(), "the ping is sent by this very call");
        expect_bytes(&mut raw, &[0x89, 8]);
        thread::sleep(70 * MILLI);
        expect_timeout(read(&mut server), Deadline::Keepalive);
    });
}

#[test]
fn a_timeout_of_the_users_ends_a_read_in_time_and_the_next_read_goes_on() {
    watched(|| {
        // Given before and after; alone, and beside a deadline that is earlier or later.
        let near = keepalive(20 * MILLI, 60 * SECOND);
        let far = keepalive(60 * SECOND, 60 * SECOND);
        for config in [Config::default(), near, far] {
            let (mut raw, mut server) = server_of_raw_client(config);
            server.stream().set_read_timeout(Some(100 * MILLI)).unwrap();
            let frame = crate::pair::client_frame(0x82, &[7; 50]);
            write(&mut raw, &frame[..20]);
            for _ in 0..2 {
                let begun = Instant::now();
                assert!(read(&mut server).unwrap_err().is_would_block());
                assert!(begun.elapsed() >= 90 * MILLI, "too early: {:?}", begun.elapsed());
            }
            write(&mut raw, &frame[20..]);
            assert!(read(&mut server).unwrap());
        }
    });
}

#[test]
fn a_timeout_that_is_set_after_connecting_is_the_users() {
    watched(|| {
        let (mut client, mut server) = websockets(Config::default(), keepalive(60 * SECOND, SECOND));
        for socket in [&mut client, &mut server] {
            assert_eq!(socket.stream().read_timeout().unwrap(), None);
            socket.stream().set_read_timeout(Some(50 * MILLI)).unwrap();
            assert!(read(socket).unwrap_err().is_would_block());
            assert!(read(socket).unwrap_err().is_would_block());
        }
    });
}

#[test]
fn a_long_wait_for_a_deadline_is_no_error_and_costs_no_spinning() {
    watched(|| {
        let (mut raw, mut server) = server_of_raw_client(keepalive(400 * MILLI, 10 * SECOND));
        let waiting = thread::spawn(move || {
            let mut message = Message::new();
            server.read(&mut message).map(|got| (got, server))
        });
        let mut ping = [0; 10];
        std::io::Read::read_exact(&mut raw, &mut ping).unwrap();
        write(&mut raw, crate::pair::client_frame(0x8a, &ping[2..]));
        write(&mut raw, crate::pair::client_frame(0x81, b"x"));
        assert!(waiting.join().unwrap().unwrap().0);
    });
}

#[test]
fn a_write_to_a_peer_that_never_reads_gives_up_in_time() {
    watched(|| {
        let mut config = Config::default();
        config.write_timeout = Some(100 * MILLI);
        config.write_backlog = 32 << 20;
        let (raw, mut server) = server_of_raw_client(config);
        let begun = Instant::now();
        let error = server.send(&vec![1; 24 << 20]).unwrap_err();
        assert!(error.is_would_block() && begun.elapsed() >= 90 * MILLI, "{error}");
        let waits = server.unwritten();
        assert!(waits > 0);
        // Once the peer reads, all comes.
        let reading = thread::spawn(move || {
            let mut client = WebSocket::new(raw, client_role(), large(), Vec::new());
            let mut message = Message::new();
            client.read(&mut message).map(|_| message.len())
        });
        until_ready(|| server.flush()).unwrap();
        assert_eq!(reading.join().unwrap().unwrap(), 24 << 20);
    });
}

fn large() -> Config {
    let mut config = Config::default();
    (config.limits.frame, config.limits.message) = (32 << 20, 32 << 20);
    config
}

#[test]
fn a_session_that_fails_while_nothing_can_be_written_is_reported_all_the_same() {
    watched(|| {
        let mut config = keepalive(50 * MILLI, 50 * MILLI);
        config.write_timeout = Some(50 * MILLI);
        config.close_timeout = 200 * MILLI;
        let (_raw, mut server) = server_of_raw_client(config);
        assert!(server.send(&vec![1; 24 << 20]).unwrap_err().is_would_block());
        expect_timeout(until_ready(|| read(&mut server)), Deadline::Keepalive);
        expect_timeout(read(&mut server), Deadline::Keepalive);
    });
}

/// What an event loop does when nothing is ready: it sleeps until the deadline.
fn sleep_until_the_deadline(socket: &WebSocket<TcpStream>) {
    let deadline = socket.deadline().expect("without one, the loop would sleep for ever");
    thread::sleep(deadline.saturating_duration_since(Instant::now()));
}

#[test]
fn an_event_loop_can_sleep_until_the_deadline() {
    watched(|| {
        let (mut raw, mut server) = server_of_raw_client(keepalive(50 * MILLI, 70 * MILLI));
        server.stream().set_nonblocking(true).unwrap();
        let mut ping = [0; 10];
        for _ in 0..2 {
            sleep_until_the_deadline(&server);
            assert!(read(&mut server).unwrap_err().is_would_block(), "it sends a ping");
            std::io::Read::read_exact(&mut raw, &mut ping).unwrap();
            write(&mut raw, crate::pair::client_frame(0x8a, &ping[2..]));
            let mut message = Message::new();
            assert_eq!(until_ready(|| server.read_event(&mut message).map(|_| ())).ok(), Some(()));
        }
        sleep_until_the_deadline(&server);
        assert!(read(&mut server).unwrap_err().is_would_block(), "it sends a ping");
        sleep_until_the_deadline(&server);
        expect_timeout(read(&mut server), Deadline::Keepalive);
        assert_eq!(server.deadline(), None, "nothing is left to be done");
        let (_raw, server) = server_of_raw_client(Config::default());
        assert_eq!(server.deadline(), None);
    });
}

#[test]
fn an_event_loop_can_sleep_until_an_end_that_cannot_be_written() {
    watched(|| {
        for last in [crate::pair::client_frame(0x83, b""), crate::pair::client_frame(0x88, b"\x03\xe8")] {
            let mut config = Config::default();
            config.close_timeout = 80 * MILLI;
            config.write_backlog = 64 << 20;
            let (mut raw, mut server) = server_of_raw_client(config);
            write(&mut raw, last);
            server.stream().peek(&mut [0]).unwrap();
            server.stream().set_nonblocking(true).unwrap();
            assert!(server.send(&vec![1; 24 << 20]).unwrap_err().is_would_block());
            assert!(read(&mut server).unwrap_err().is_would_block());
            let end = loop {
                sleep_until_the_deadline(&server);
                match read(&mut server) {
                    Err(error) if error.is_would_block() => {}
                    end => break end,
                }
            };
            assert!(matches!(end, Ok(false) | Err(Error::Session { .. })), "{end:?}");
            assert_eq!(server.deadline(), None, "nothing is left to be done");
        }
    });
}

#[test]
fn no_time_at_all_to_write_is_little_time_and_not_all_the_time_there_is() {
    watched(|| {
        let mut config = Config::default();
        config.write_timeout = Some(Duration::ZERO);
        let (_raw, mut server) = server_of_raw_client(config);
        assert!(server.send(&vec![1; 24 << 20]).unwrap_err().is_would_block());
    });
}

#[test]
fn a_peer_that_sends_and_never_reads_holds_a_read_no_longer_than_a_write() {
    watched(|| {
        let mut config = Config::default();
        config.write_timeout = Some(50 * MILLI);
        config.write_backlog = 64 << 20;
        let (mut raw, mut server) = server_of_raw_client(config);
        assert!(server.send(&vec![1; 24 << 20]).unwrap_err().is_would_block());
        let sending = thread::spawn(move || {
            use std::io::Write;
            // Nothing of this is a message, so a read has nothing else to give back.
            while raw.write_all(&crate::pair::client_frame(0x8a, b"!")).is_ok() {
                thread::sleep(10 * MILLI);
            }
        });
        for _ in 0..3 {
            assert!(read(&mut server).unwrap_err().is_would_block());
        }
        drop(server);
        sending.join().unwrap();
    });
}
