//! Ends of connections over real sockets: RFC 6455 §5.5.1, §7.1.1 to §7.1.7, §7.2.1.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::Instant;

use crate::common_net::*;
use crate::pair::{client_frame, server_frame};
use rfc6455::frame::Opcode;
use rfc6455::net::{Error, Incoming, WebSocket};
use rfc6455::protocol::{CloseCode, CloseStatus, ProtocolError, SendError, Truncated};
use rfc6455::session::{Config, Message, SessionError};

fn read(socket: &mut WebSocket<TcpStream>) -> Result<bool, Error> {
    socket.read(&mut Message::new())
}

#[track_caller]
fn session_error(result: Result<bool, Error>) -> SessionError {
    match result {
        Err(Error::Session { error, .. }) => error,
        other => panic!("{other:?}"),
    }
}

fn short_close() -> Config {
    let mut config = Config::default();
    config.close_timeout = 150 * MILLI;
    config
}

#[test]
fn both_ends_learn_status_and_reason_whoever_closes() {
    watched(|| {
        for client_closes in [true, false] {
            let (client, server) = websockets(Config::default(), Config::default());
            let (mut closing, waiting) = if client_closes { (client, server) } else { (server, client) };
            let waiting = thread::spawn(|| echo(waiting));
            closing.send("under way").unwrap();
            let code = CloseCode::new(4321).unwrap();
            assert_eq!(closing.close(code, "enough").unwrap(), CloseStatus::Code(code));
            let waiting = waiting.join().unwrap().unwrap();
            assert_eq!(
                (waiting.close_status(), waiting.close_reason()),
                (Some(CloseStatus::Code(code)), "enough")
            );
        }
    });
}

#[test]
fn after_the_end_reading_says_closed_and_sending_is_refused() {
    watched(|| {
        for client_closes in [true, false] {
            let (client, server) = websockets(Config::default(), Config::default());
            let (mut closing, waiting) = if client_closes { (client, server) } else { (server, client) };
            let waiting = thread::spawn(|| echo(waiting));
            closing.close(CloseCode::NORMAL, "").unwrap();
            for mut socket in [closing, waiting.join().unwrap().unwrap()] {
                for _ in 0..3 {
                    assert!(!read(&mut socket).unwrap());
                }
                assert!(matches!(socket.send("late"), Err(Error::Send(SendError::Closed))));
                assert!(matches!(socket.send(&[0; 9000]), Err(Error::Send(SendError::Closed))));
                let again = socket.start_close(CloseCode::NORMAL, "");
                assert!(matches!(again, Err(Error::Send(SendError::Closed))));
            }
        }
    });
}

#[test]
fn a_server_hangs_up_right_after_its_close() {
    watched(|| {
        // §7.1.1: at once, and not when the time for the closing handshake is over.
        let mut config = Config::default();
        config.close_timeout = 3600 * SECOND;
        let (mut raw, mut server) = server_of_raw_client(config);
        write(&mut raw, [client_frame(0x88, b"\x03\xe8"), b"garbage after the end".to_vec()].concat());
        let reading = thread::spawn(move || read(&mut server));
        // The raw client keeps its half open: the end of the stream comes without its doing.
        assert_eq!(read_to_end(&mut raw), b"\x88\x02\x03\xe8");
        drop(raw);
        assert!(!reading.join().unwrap().unwrap());
    });
}

#[test]
fn a_client_waits_for_the_server_to_hang_up() {
    watched(|| {
        let (mut client, mut raw) = client_of_raw_server(Config::default());
        let closing = thread::spawn(move || client.close(CloseCode::NORMAL, ""));
        raw.read_exact(&mut [0; 8]).unwrap();
        write(&mut raw, server_frame(0x88, b"\x03\xe8"));
        raw.set_read_timeout(Some(100 * MILLI)).unwrap();
        let error = raw.read(&mut [0]).unwrap_err();
        assert!(
            matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut),
            "{error}"
        );
        assert!(!closing.is_finished());
        raw.shutdown(Shutdown::Write).unwrap();
        assert_eq!(closing.join().unwrap().unwrap(), CloseStatus::Code(CloseCode::NORMAL));
    });
}

#[test]
fn a_client_does_not_wait_for_ever_for_the_server_to_hang_up() {
    watched(|| {
        let (mut client, mut raw) = client_of_raw_server(short_close());
        write(&mut raw, server_frame(0x88, b"\x03\xe9"));
        let begun = Instant::now();
        assert!(!read(&mut client).unwrap());
        assert!(begun.elapsed() >= 150 * MILLI, "too early");
        assert_eq!(client.close_status(), Some(CloseStatus::Code(CloseCode::GOING_AWAY)));
        assert_eq!(read_to_end(&mut raw).len(), 8);
    });
}

#[test]
fn each_fault_puts_its_close_on_the_wire_and_then_the_end() {
    watched(|| {
        let mut small = Config::default();
        small.limits.message = 10;
        for (bytes, code) in [
            (server_frame(0x81, b"not masked"), 1002),
            (client_frame(0x83, b""), 1002),
            (client_frame(0xc1, b""), 1002),
            (client_frame(0x80, b""), 1002),
            (client_frame(0x09, b""), 1002),
            (client_frame(0x88, b"\x03"), 1002),
            (client_frame(0x88, b"\x03\xed"), 1002),
            (client_frame(0x81, b"\xff"), 1007),
            (client_frame(0x88, b"\x03\xe8\xff"), 1007),
            (client_frame(0x82, &[0; 11]), 1009),
        ] {
            let (mut raw, mut server) = server_of_raw_client(small.clone());
            write(&mut raw, [bytes, client_frame(0x81, b"AFTER")].concat());
            let reading = thread::spawn(move || (session_error(read(&mut server)), server));
            let close = read_to_end(&mut raw);
            assert_eq!((close[0], u16::from_be_bytes([close[2], close[3]])), (0x88, code));
            assert_eq!(close.len(), 2 + usize::from(close[1]), "nothing but the Close");
            drop(raw);
            let (error, mut server) = reading.join().unwrap();
            assert_eq!(session_error(read(&mut server)), error, "it is repeated");
            assert!(matches!(server.send("x"), Err(Error::Send(SendError::Closed))));
        }
    });
}

#[test]
fn a_close_reaches_a_peer_that_keeps_sending() {
    watched(|| {
        let (mut raw, mut server) = server_of_raw_client(Config::default());
        let mut sending = raw.try_clone().unwrap();
        let flood = thread::spawn(move || {
            sending.write_all(&client_frame(0x83, b"")).unwrap();
            while sending.write_all(&[0xff; 4096]).is_ok() {}
        });
        let reading = thread::spawn(move || {
            let error = session_error(read(&mut server));
            (error, server)
        });
        let mut close = [0; 4];
        raw.read_exact(&mut close).unwrap();
        assert_eq!(close[2..], [0x03, 0xea]);
        // The end comes although the peer has not hung up, and an endless peer does not hold the server.
        let (error, server) = reading.join().unwrap();
        assert!(matches!(error, SessionError::Protocol(ProtocolError::Header(_))));
        drop(server);
        read_to_end(&mut raw);
        flood.join().unwrap();
    });
}

#[test]
fn a_peer_that_was_silent_before_it_broke_a_rule_is_waited_for() {
    watched(|| {
        // As long as a peer is waited for.
        let most = SECOND;
        let texts = [&b"\xff"[..], &[0xff; 64], &[0xff; 125], &[0xff; 126], &[0xff; 1000]];
        let frames = texts.map(|text| client_frame(0x81, text)).into_iter();
        let waits: Vec<_> = frames
            .chain([client_frame(0x83, b"")])
            .map(|bytes| {
                thread::spawn(move || {
                    let (mut raw, mut server) = server_of_raw_client(Config::default());
                    let reading = thread::spawn(move || session_error(read(&mut server)));
                    thread::sleep(most + 100 * MILLI);
                    write(&mut raw, &bytes);
                    let close = read_to_end(&mut raw);
                    assert_eq!(close[0], 0x88);
                    // It has read the Close, but it has not hung up.
                    thread::sleep(200 * MILLI);
                    assert!(!reading.is_finished(), "{} bytes", bytes.len());
                    drop(raw);
                    assert!(matches!(reading.join().unwrap(), SessionError::Protocol(_)));
                })
            })
            .collect();
        for wait in waits {
            wait.join().unwrap();
        }
    });
}

#[test]
fn an_end_inside_a_frame_tells_what_came_and_went_last() {
    watched(|| {
        let (mut raw, mut server) = server_of_raw_client(Config::default());
        server.send("Hello").unwrap();
        write(&mut raw, &client_frame(0x02, &[0; 100])[..50]);
        raw.shutdown(Shutdown::Write).unwrap();
        for _ in 0..2 {
            let error = read(&mut server).unwrap_err();
            assert_eq!(
                error.to_string(),
                "the transport ended inside a binary frame (RFC 6455 §7.1.4); \
                 last received: binary frame of 100 bytes, not final; last sent: text frame of 5 bytes"
            );
            let expected = SessionError::Truncated(Truncated::InFrame(Opcode::Binary));
            assert_eq!(session_error(Err(error)), expected);
        }
        assert_eq!(server.close_status(), Some(CloseStatus::Abnormal));
        expect_bytes(&mut raw, b"\x81\x05Hello");
        assert_eq!(read_to_end(&mut raw), b"");
    });
}

#[test]
fn a_reset_is_a_lost_connection() {
    watched(|| {
        let (raw, mut server) = server_of_raw_client(Config::default());
        // To hang up on unread bytes is a reset.
        server.send("unread").unwrap();
        raw.peek(&mut [0]).unwrap();
        drop(raw);
        assert!(read(&mut server).is_err());
        assert_eq!(server.close_status(), Some(CloseStatus::Abnormal));
        assert!(matches!(session_error(read(&mut server)), SessionError::Truncated(_)));
        assert!(matches!(server.send("x"), Err(Error::Send(SendError::Closed))));
    });
}

#[test]
fn a_client_that_loses_its_transport_has_failed_whether_it_reads_or_writes() {
    watched(|| {
        for writes in [false, true] {
            let (mut client, raw) = client_of_raw_server(Config::default());
            client.send("unread").unwrap();
            raw.peek(&mut [0]).unwrap();
            drop(raw);
            if writes {
                // Until the reset has come, writing succeeds.
                while client.send("x").is_ok() {}
            }
            // §7.2.1.
            assert!(read(&mut client).is_err());
            assert_eq!(client.close_status(), Some(CloseStatus::Abnormal));
            assert!(matches!(session_error(read(&mut client)), SessionError::Truncated(_)));
            assert!(matches!(client.send("x"), Err(Error::Send(SendError::Closed))));
        }
    });
}

// Elsewhere a reset may take with it what had come before.
#[cfg(target_os = "linux")]
#[test]
fn the_close_of_a_peer_is_read_though_it_takes_nothing_any_more() {
    watched(|| {
        let (mut raw, mut server) = server_of_raw_client(Config::default());
        server.send("unread").unwrap();
        raw.peek(&mut [0]).unwrap();
        write(&mut raw, [client_frame(0x81, b"last words"), client_frame(0x88, b"\x03\xe9bye")].concat());
        server.stream().peek(&mut [0]).unwrap();
        drop(raw);
        // Until the reset has come, writing succeeds.
        let mut message = Message::new();
        while server.send("x").is_ok() {}
        assert!(server.read(&mut message).unwrap());
        assert_eq!(message.as_text(), Some("last words"));
        assert!(!server.read(&mut message).unwrap());
        assert_eq!((server.close_status().unwrap().to_u16(), server.close_reason()), (1001, "bye"));
    });
}

#[test]
fn a_peer_that_neither_reads_nor_hangs_up_does_not_hold_the_end() {
    watched(|| {
        let mut config = short_close();
        config.write_timeout = Some(20 * MILLI);
        config.write_backlog = 64 << 20;
        let (mut raw, mut server) = server_of_raw_client(config.clone());
        assert!(server.send(&vec![1; 24 << 20]).unwrap_err().is_would_block());
        write(&mut raw, client_frame(0x83, b""));
        let error = until_ready(|| read(&mut server));
        assert!(matches!(session_error(error), SessionError::Protocol(_)));
        let (mut raw, mut server) = server_of_raw_client(config);
        assert!(server.send(&vec![1; 24 << 20]).unwrap_err().is_would_block());
        write(&mut raw, client_frame(0x88, b"\x03\xe8"));
        assert!(!until_ready(|| read(&mut server)).unwrap());
    });
}

#[test]
fn closing_passes_over_what_the_peer_still_sends() {
    watched(|| {
        let (mut raw, mut server) = server_of_raw_client(Config::default());
        for _ in 0..100 {
            write(&mut raw, client_frame(0x82, &[0; 500]));
        }
        write(&mut raw, [client_frame(0x89, b"?"), client_frame(0x88, b"\x0f\xa0see you")].concat());
        let closing = thread::spawn(move || (server.close(CloseCode::NORMAL, "bye"), server));
        // §5.5.2: a ping before the Close is answered, also after ours.
        assert_eq!(read_to_end(&mut raw), b"\x88\x05\x03\xe8bye\x8a\x01?");
        drop(raw);
        let (status, server) = closing.join().unwrap();
        assert_eq!((status.unwrap().to_u16(), server.close_reason()), (4000, "see you"));
    });
}

#[test]
fn a_reason_that_is_too_long_closes_nothing() {
    watched(|| {
        let (_raw, mut server) = server_of_raw_client(Config::default());
        let refused = server.close(CloseCode::NORMAL, &"x".repeat(124));
        assert!(matches!(refused, Err(Error::Send(SendError::ReasonTooLong))));
        server.send("still open").unwrap();
    });
}

/// A socket that takes a byte at a time, and its time for each.
struct Drip(TcpStream);

impl Read for Drip {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Drip {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        thread::sleep(MILLI);
        self.0.write(&bytes[..bytes.len().min(1)])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[test]
fn a_peer_that_takes_a_byte_now_and_then_does_not_hold_the_end() {
    watched(|| {
        // What comes with the request is looked at before what waits is written.
        for last in [client_frame(0x83, b""), client_frame(0x88, b"\x03\xe8")] {
            let (mut raw, stream) = tcp();
            write(&mut raw, [request_with("").into_bytes(), last].concat());
            let reading = thread::spawn(move || read_to_end(&mut raw));
            let mut server =
                Incoming::with_socket(Drip(stream), |drip| Some(&drip.0), short_close()).accept().unwrap();
            server.queue(&[7; 60_000]).unwrap();
            let end = server.read(&mut Message::new());
            assert!(matches!(end, Ok(false) | Err(Error::Session { .. })), "{end:?}");
            drop(server);
            assert!(reading.join().unwrap().len() < 60_000, "what could not be written in time is given up");
        }
    });
}

#[test]
fn closing_again_goes_on_where_the_first_time_stopped() {
    watched(|| {
        let (mut raw, mut server) = server_of_raw_client(Config::default());
        server.stream().set_nonblocking(true).unwrap();
        for _ in 0..3 {
            assert!(server.close(CloseCode::NORMAL, "bye").unwrap_err().is_would_block());
        }
        // The second call's code and reason come too late.
        assert!(server.close(CloseCode::GOING_AWAY, "again").unwrap_err().is_would_block());
        write(
            &mut raw,
            [client_frame(0x81, b"passed over"), client_frame(0x88, b"\x0f\xa0see you")].concat(),
        );
        let status = until_ready(|| server.close(CloseCode::NORMAL, "bye")).unwrap();
        assert_eq!((status.to_u16(), server.close_reason()), (4000, "see you"));
        assert_eq!(server.close(CloseCode::NORMAL, "").unwrap(), status, "it has ended, and says so again");
        assert_eq!(read_to_end(&mut raw), b"\x88\x05\x03\xe8bye", "one Close alone");
    });
}

#[test]
fn closing_after_the_peers_close_is_in_order() {
    watched(|| {
        let (mut raw, mut server) = server_of_raw_client(Config::default());
        write(&mut raw, client_frame(0x88, b"\x03\xe9"));
        raw.shutdown(Shutdown::Write).unwrap();
        assert!(!read(&mut server).unwrap());
        assert_eq!(server.close(CloseCode::NORMAL, "").unwrap(), CloseStatus::Code(CloseCode::GOING_AWAY));
        assert_eq!(read_to_end(&mut raw), b"\x88\x02\x03\xe9", "one Close alone");
        // After a fault there is nothing to close.
        let (mut raw, mut server) = server_of_raw_client(Config::default());
        write(&mut raw, client_frame(0x83, b""));
        raw.shutdown(Shutdown::Write).unwrap();
        let fault = session_error(read(&mut server));
        let closing = server.close(CloseCode::NORMAL, "").map(|_| true);
        assert_eq!(session_error(closing), fault);
    });
}
