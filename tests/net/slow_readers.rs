//! A peer that reads drop by drop makes progress, so no write times out; the deadlines (RFC 6455 §7.1.1) hold all the same.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::common_net::*;
use rfc6455::net::{Error, Incoming, WebSocket};
use rfc6455::protocol::CloseCode;
use rfc6455::session::{Config, Deadline, Keepalive, Message, SessionError};

/// What waits to be written. At a drop a millisecond it would take a minute.
const WAITING: usize = 60_000;

/// A stream whose peer takes a byte a millisecond, once the handshake is done.
#[derive(Debug)]
struct Dripping {
    tcp: TcpStream,
    fast: usize,
    written: Arc<AtomicUsize>,
}

impl Read for &Dripping {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&self.tcp).read(buffer)
    }
}

impl Write for &Dripping {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let len = if self.written.load(Ordering::Relaxed) < self.fast {
            (&self.tcp).write(bytes)?
        } else {
            thread::sleep(MILLI);
            (&self.tcp).write(bytes.get(..1).unwrap_or_default())?
        };
        self.written.fetch_add(len, Ordering::Relaxed);
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Dripping {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self).read(buffer)
    }
}

impl Write for Dripping {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&*self).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn short_close() -> Config {
    let mut config = Config::default();
    config.close_timeout = 50 * MILLI;
    config
}

/// A server that has read `behind` and has a long queue to a slow peer, and how much that peer has got.
fn server_of_slow_client(
    behind: &[u8],
    config: Config,
) -> (TcpStream, WebSocket<Dripping>, Arc<AtomicUsize>) {
    let (mut client, server) = tcp();
    let written = Arc::new(AtomicUsize::new(0));
    let dripping = Dripping { tcp: server, fast: 1, written: Arc::clone(&written) };
    write(&mut client, [request_with("").as_bytes(), behind].concat());
    let mut server = Incoming::with_socket(dripping, |stream| Some(&stream.tcp), config).accept().unwrap();
    server.queue(&vec![7; WAITING]).unwrap();
    (client, server, written)
}

#[track_caller]
fn expect_timeout(error: Error, expected: Deadline) {
    match error {
        Error::Session { error: SessionError::Timeout(deadline), .. } => assert_eq!(deadline, expected),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn expect_unfinished(written: &AtomicUsize) {
    assert!(written.load(Ordering::Relaxed) < WAITING, "the end waited for the last drop");
}

#[test]
fn closing_does_not_wait_for_the_last_drop() {
    watched(|| {
        let (_client, mut server, written) = server_of_slow_client(b"", short_close());
        expect_timeout(server.close(CloseCode::NORMAL, "").unwrap_err(), Deadline::Close);
        expect_unfinished(&written);
    });
}

#[test]
fn the_end_after_a_fault_does_not_wait_for_the_last_drop() {
    watched(|| {
        for split in [false, true] {
            let fault = crate::pair::client_frame(0x83, b"");
            let (_client, server, written) = server_of_slow_client(&fault, short_close());
            let mut message = Message::new();
            let error =
                if split { server.split().0.read(&mut message) } else { { server }.read(&mut message) };
            let error = error.unwrap_err();
            assert!(matches!(error, Error::Session { error: SessionError::Protocol(_), .. }), "{error}");
            expect_unfinished(&written);
        }
    });
}

#[test]
fn a_dead_peer_is_found_while_the_system_still_takes_drops_for_it() {
    watched(|| {
        let mut config = short_close();
        config.keepalive = Some(Keepalive::new(20 * MILLI, 20 * MILLI));
        let (_client, mut server, written) = server_of_slow_client(b"", config);
        expect_timeout(server.read(&mut Message::new()).unwrap_err(), Deadline::Keepalive);
        expect_unfinished(&written);
    });
}

#[test]
fn what_a_slow_peer_said_is_looked_at_before_it_is_given_up() {
    watched(|| {
        let mut config = short_close();
        // So much waits that input is not looked at without need.
        config.write_backlog = WAITING / 2;
        config.keepalive = Some(Keepalive::new(20 * MILLI, 20 * MILLI));
        let (mut client, mut server, _) = server_of_slow_client(b"", config);
        write(&mut client, crate::pair::client_frame(0x81, b"alive"));
        let mut message = Message::new();
        assert!(server.read(&mut message).unwrap());
        assert_eq!(message.as_text(), Some("alive"));
    });
}

#[test]
fn a_slow_peer_that_is_alive_gets_all() {
    watched(|| {
        let mut config = Config::default();
        config.keepalive = Some(Keepalive::new(5 * MILLI, 2 * SECOND));
        let (mut client, mut server, written) = server_of_slow_client(b"", config);
        let before = written.load(Ordering::Relaxed);
        let reading = thread::spawn(move || {
            read_head(&mut client);
            // Enough drops for many deadlines to have passed between them.
            let mut start = [0; 100];
            client.read_exact(&mut start).unwrap();
            assert_eq!((&start[..4], &start[4..]), (&[0x82, 126, 0xea, 0x60][..], &[7; 96][..]));
            write(&mut client, crate::pair::client_frame(0x81, b"thanks"));
            client
        });
        let mut message = Message::new();
        assert!(server.read(&mut message).unwrap());
        assert_eq!(message.as_text(), Some("thanks"));
        assert!(written.load(Ordering::Relaxed) >= before + 100);
        drop(reading.join().unwrap());
    });
}

#[test]
fn what_is_not_a_socket_is_written_to_the_end() {
    // Nothing but writing on is safe there: a read could not be ended.
    watched(|| {
        let mut config = Config::default();
        config.keepalive = Some(Keepalive::new(Duration::from_micros(1), 20 * SECOND));
        let (mut client, server) = tcp();
        let written = Arc::default();
        let dripping = Dripping { tcp: server, fast: 1, written: Arc::clone(&written) };
        write(&mut client, request_with(""));
        let mut server = Incoming::new(dripping, config).accept().unwrap();
        server.queue(&[7; 100]).unwrap();
        let reading = thread::spawn(move || server.read(&mut Message::new()).map(|_| ()));
        read_head(&mut client);
        expect_bytes(&mut client, &crate::pair::server_frame(0x82, &[7; 100]));
        drop(client);
        reading.join().unwrap().unwrap_err();
    });
}
