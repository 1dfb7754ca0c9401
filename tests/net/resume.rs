//! Streams that do not block, write a part or are interrupted: nothing is lost, doubled or torn, and all goes on where it
//! stopped. RFC 6455 §5.4 leaves no other choice, as a frame that was begun has to be finished.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::sync::{Arc, Mutex};

use crate::common_net::*;
use rfc6455::handshake::HttpResponse;
use rfc6455::net::{Connect, Error, Incoming, ReadEvent, WebSocket};
use rfc6455::protocol::{CloseCode, Role, SendError, Side};
use rfc6455::session::{Config, Deadline, Message, PreparedMessage};

/// How often a mock gives way, and how much it takes at once.
#[derive(Clone, Copy)]
struct Temper {
    /// Each so-manieth call is refused; 0 for none.
    refuse: usize,
    with: ErrorKind,
    at_once: usize,
}

/// A stream in memory. Clones share the bytes.
#[derive(Clone)]
struct Mock {
    input: Arc<Mutex<VecDeque<u8>>>,
    output: Arc<Mutex<Vec<u8>>>,
    temper: Temper,
    calls: usize,
}

impl Mock {
    fn new(input: Vec<u8>, temper: Temper) -> Self {
        Self { input: Arc::new(Mutex::new(input.into())), output: Arc::default(), temper, calls: 0 }
    }

    fn give_way(&mut self) -> io::Result<()> {
        self.calls += 1;
        match self.temper {
            Temper { refuse: 1.., with, .. } if self.calls.is_multiple_of(self.temper.refuse) => {
                Err(with.into())
            }
            _ => Ok(()),
        }
    }

    fn written(&self) -> Vec<u8> {
        self.output.lock().unwrap().clone()
    }
}

impl Read for Mock {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.give_way()?;
        let mut input = self.input.lock().unwrap();
        let len = buffer.len().min(self.temper.at_once);
        let read = input.read(&mut buffer[..len])?;
        if read == 0 { Err(ErrorKind::WouldBlock.into()) } else { Ok(read) }
    }
}

impl Write for Mock {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.give_way()?;
        let bytes = slices.iter().flat_map(|slice| slice.iter().copied()).take(self.temper.at_once);
        let mut output = self.output.lock().unwrap();
        let before = output.len();
        output.extend(bytes);
        Ok(output.len() - before)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.give_way()
    }
}

fn tempers() -> Vec<Temper> {
    let refusals = [(0, ErrorKind::WouldBlock), (2, ErrorKind::WouldBlock), (3, ErrorKind::TimedOut)];
    let interrupted = [(2, ErrorKind::Interrupted), (3, ErrorKind::Interrupted)];
    let sizes = [1, 2, 7, 5000, usize::MAX];
    let all = refusals.into_iter().chain(interrupted);
    all.flat_map(|(refuse, with)| sizes.map(|at_once| Temper { refuse, with, at_once })).collect()
}

/// Calls `act` until a mock does not refuse any more, which it does not do for ever.
fn insist<R>(mut act: impl FnMut() -> Result<R, Error>) -> Result<R, Error> {
    loop {
        match act() {
            Err(error) if error.is_would_block() => {}
            result => return result,
        }
    }
}

/// Reads until nothing comes any more, and answers each message.
fn echo_all(server: &mut WebSocket<Mock>, messages: usize) -> usize {
    let mut message = Message::new();
    let mut pings = 0;
    let mut left = messages;
    while left > 0 {
        match insist(|| {
            server.read_event(&mut message).map(|event| match event {
                ReadEvent::Ping(payload) => {
                    assert_eq!(payload, b"ping");
                    true
                }
                ReadEvent::Message => false,
                other => panic!("{other:?}"),
            })
        }) {
            Ok(true) => pings += 1,
            Ok(false) => {
                left -= 1;
                match server.send(&message) {
                    Err(error) if !error.is_would_block() => panic!("{error}"),
                    _ => {}
                }
            }
            Err(error) => panic!("{error}"),
        }
    }
    insist(|| server.flush()).unwrap();
    pings
}

#[test]
fn a_stream_of_any_temper_loses_and_doubles_nothing() {
    watched(|| {
        let large: Vec<u8> = (0..30_000_u32).map(|index| index as u8).collect();
        let input = [
            crate::pair::client_frame(0x81, "aß€😀".as_bytes()),
            crate::pair::client_frame(0x01, b"frag"),
            crate::pair::client_frame(0x89, b"ping"),
            crate::pair::client_frame(0x80, b"ments"),
            crate::pair::client_frame(0x82, &large),
            crate::pair::client_frame(0x82, b""),
        ]
        .concat();
        // The pong may go out before or behind the message that was under way.
        let expected = [
            crate::pair::server_frame(0x81, "aß€😀".as_bytes()),
            crate::pair::server_frame(0x8a, b"ping"),
            crate::pair::server_frame(0x81, b"fragments"),
            crate::pair::server_frame(0x82, &large),
            crate::pair::server_frame(0x82, b""),
        ]
        .concat();
        for temper in tempers() {
            let mock = Mock::new(input.clone(), temper);
            let mut server = WebSocket::new(mock.clone(), Role::Server, Config::default(), Vec::new());
            assert_eq!(echo_all(&mut server, 4), 1);
            assert_eq!(server.unwritten(), 0);
            let told = format!(
                "1 in {} refused with {}, {} bytes at once",
                temper.refuse, temper.with, temper.at_once
            );
            assert!(mock.written() == expected, "{told}");
        }
    });
}

#[test]
fn interruptions_are_never_seen() {
    watched(|| {
        let temper = Temper { refuse: 2, with: ErrorKind::Interrupted, at_once: 3 };
        let mut server = WebSocket::new(
            Mock::new(crate::pair::client_frame(0x81, b"Hello"), temper),
            Role::Server,
            Config::default(),
            vec![],
        );
        let mut message = Message::new();
        assert!(server.read(&mut message).unwrap());
        server.send(&vec![1; 10_000]).unwrap();
    });
}

#[test]
fn a_large_message_that_is_written_a_byte_at_a_time_costs_no_quadratic_time() {
    watched(|| {
        let temper = Temper { refuse: 2, with: ErrorKind::WouldBlock, at_once: 4 };
        let mock = Mock::new(Vec::new(), temper);
        let mut server = WebSocket::new(mock.clone(), Role::Server, Config::default(), Vec::new());
        assert!(server.send(&vec![7; 1 << 20]).unwrap_err().is_would_block());
        insist(|| server.flush()).unwrap();
        assert!(mock.written() == crate::pair::server_frame(0x82, &vec![7; 1 << 20]));
    });
}

#[test]
fn a_stream_that_takes_nothing_is_an_error_and_not_a_loop() {
    watched(|| {
        let mock = Mock::new(Vec::new(), Temper { refuse: 0, with: ErrorKind::Other, at_once: 0 });
        let mut server = WebSocket::new(mock, Role::Server, Config::default(), Vec::new());
        for len in [1, 30_000] {
            match server.send(&vec![0; len]) {
                Err(Error::Io(error)) => assert_eq!(error.kind(), ErrorKind::WriteZero),
                other => panic!("{other:?}"),
            }
        }
    });
}

#[test]
fn too_much_that_waits_refuses_the_next_message_and_goes_on_later() {
    watched(|| {
        let mut config = Config::default();
        config.write_backlog = 1000;
        let mock = Mock::new(Vec::new(), Temper { refuse: 1, with: ErrorKind::WouldBlock, at_once: 1 });
        let mut server = WebSocket::new(mock, Role::Server, config, Vec::new());
        assert!(server.send(&[0; 1000]).unwrap_err().is_would_block());
        let waits = server.unwritten();
        assert_eq!(waits, 1004);
        assert!(matches!(server.send("x"), Err(Error::Backlog)));
        assert!(matches!(server.send(&[0; 30_000]), Err(Error::Backlog)));
        assert!(matches!(server.queue("x"), Err(Error::Backlog)));
        assert!(matches!(server.ping(b"x"), Err(Error::Backlog)));
        assert_eq!(server.unwritten(), waits, "nothing of those was taken");
        // A Close is always possible.
        assert!(server.start_close(CloseCode::NORMAL, "").unwrap_err().is_would_block());
        assert!(matches!(server.send("x"), Err(Error::Backlog | Error::Send(SendError::Closed))));
    });
}

#[test]
fn two_ends_that_do_not_block_untie_the_knot_of_both_waiting_to_write() {
    watched(|| {
        let mut config = Config::default();
        config.write_backlog = 64 << 20;
        let (mut one, mut two) = websockets(config.clone(), config);
        for socket in [&one, &two] {
            socket.stream().set_nonblocking(true).unwrap();
        }
        // More than both systems' buffers take, from both ends at once.
        const COUNT: usize = 400;
        for socket in [&mut one, &mut two] {
            for number in 0..COUNT {
                let payload = vec![number as u8; 50_000];
                assert!(socket.send(&payload).is_ok_and(|()| true) || socket.unwritten() > 0);
            }
        }
        assert!(one.unwritten() > 0 && two.unwritten() > 0, "the knot is tied");
        let (mut got_one, mut got_two) = (0, 0);
        while got_one < COUNT || got_two < COUNT || one.unwritten() + two.unwritten() > 0 {
            for (socket, got) in [(&mut one, &mut got_one), (&mut two, &mut got_two)] {
                let mut message = Message::new();
                match socket.read(&mut message) {
                    Ok(true) => {
                        assert!(message.as_bytes() == vec![*got as u8; 50_000]);
                        *got += 1;
                    }
                    Err(error) if error.is_would_block() => {}
                    other => panic!("{other:?}"),
                }
            }
        }
    });
}

#[test]
fn an_echo_that_does_not_block_never_runs_into_its_own_backlog() {
    watched(|| {
        let mut config = Config::default();
        config.write_backlog = 100_000;
        let (mut raw, mut server) = server_of_raw_client(config);
        server.stream().set_nonblocking(true).unwrap();
        raw.set_nonblocking(true).unwrap();
        let frame = crate::pair::client_frame(0x82, &[1; 1000]);
        let mut message = Message::new();
        let mut echoed = 0;
        // The peer writes all it can and reads nothing: memory stays bounded, and nothing is lost.
        let mut sent = 0;
        for _ in 0..20_000 {
            sent += usize::from(raw.write(&frame).is_ok_and(|len| len == frame.len()));
            match server.read(&mut message) {
                Ok(true) => {
                    echoed += 1;
                    match server.send(&message) {
                        Err(error) if !error.is_would_block() => panic!("{error}"),
                        _ => {}
                    }
                }
                Err(error) if error.is_would_block() => {}
                other => panic!("{other:?}"),
            }
        }
        assert!(server.unwritten() < 200_000, "{} bytes wait", server.unwritten());
        assert!(echoed > 0 && sent >= echoed);
    });
}

#[test]
fn a_close_that_could_not_be_written_at_once_is_written_by_reading_on() {
    watched(|| {
        for client in [true, false] {
            let frame = if client { crate::pair::server_frame } else { crate::pair::client_frame };
            let role = if client { client_role() } else { Role::Server };
            let temper = Temper { refuse: 2, with: ErrorKind::WouldBlock, at_once: 1 };
            let mock = Mock::new(frame(0x88, b"\x03\xe8"), temper);
            let mut socket = WebSocket::new(mock.clone(), role, Config::default(), Vec::new());
            assert!(!insist(|| socket.read(&mut Message::new())).unwrap());
            assert_eq!((mock.written()[0], mock.written().len()), (0x88, if client { 8 } else { 4 }));
        }
    });
}

#[test]
fn flushing_again_writes_in_the_order_of_sending() {
    watched(|| {
        let temper = Temper { refuse: 2, with: ErrorKind::WouldBlock, at_once: 5 };
        let mock = Mock::new(Vec::new(), temper);
        let mut server = WebSocket::new(mock.clone(), Role::Server, Config::default(), Vec::new());
        let mut expected = Vec::new();
        for len in [3, 30_000, 1, 4096, 0] {
            let payload = vec![len as u8; len];
            let _ = server.send(&payload);
            expected.extend(crate::pair::server_frame(0x82, &payload));
        }
        let _ = server.ping(b"last");
        expected.extend(crate::pair::server_frame(0x89, b"last"));
        insist(|| server.flush()).unwrap();
        assert!(mock.written() == expected);
    });
}

#[test]
fn an_answer_that_would_block_is_gone_on_with_and_not_written_twice() {
    watched(|| {
        let page = HttpResponse::ok("text/plain", "as large as an answer is".repeat(50)).unwrap();
        let mut expected = Vec::new();
        page.write(&mut expected);
        for temper in tempers() {
            let mock = Mock::new(request_with("").into_bytes(), temper);
            let mut incoming = Incoming::new(mock.clone(), Config::default());
            insist(|| incoming.request().map(drop)).unwrap();
            // Whatever is asked for next, the first answer is the answer.
            let _ = incoming.respond(&page);
            let other = HttpResponse::not_found();
            insist(|| incoming.respond(&other)).unwrap();
            insist(|| incoming.respond(&page)).unwrap();
            assert!(mock.written() == expected, "{}", String::from_utf8_lossy(&mock.written()));
        }
    });
}

#[test]
fn what_was_prepared_is_queued_like_anything_else() {
    watched(|| {
        let (small, large) = (PreparedMessage::new("tick"), PreparedMessage::new(&[9; 70_000]));
        for role in [Role::Server, client_role()] {
            let temper = Temper { refuse: 0, with: ErrorKind::Other, at_once: usize::MAX };
            let mock = Mock::new(Vec::new(), temper);
            let masked = if role.side() == Side::Client { 4 } else { 0 };
            let mut socket = WebSocket::new(mock.clone(), role, Config::default(), Vec::new());
            socket.queue_prepared(&small).unwrap();
            socket.queue("plain").unwrap();
            assert_eq!(mock.written(), b"", "it waits");
            assert_eq!(socket.unwritten(), 13 + 2 * masked);
            assert!(socket.read(&mut Message::new()).unwrap_err().is_would_block());
            assert_eq!((mock.written().len(), socket.unwritten()), (13 + 2 * masked, 0), "a read writes it");
            socket.queue_prepared(&large).unwrap();
            assert_eq!(socket.unwritten(), 0, "more than 64 KiB do not wait");
            assert_eq!(mock.written().len(), 13 + 70_010 + 3 * masked);
        }
        let mut config = Config::default();
        config.write_backlog = 100;
        let mock = Mock::new(Vec::new(), Temper { refuse: 1, with: ErrorKind::WouldBlock, at_once: 1 });
        let mut server = WebSocket::new(mock, Role::Server, config, Vec::new());
        assert!(server.queue_prepared(&large).unwrap_err().is_would_block());
        assert!(matches!(server.queue_prepared(&small), Err(Error::Backlog)));
        assert_eq!(server.unwritten(), large.frame().len());
    });
}

#[test]
fn a_request_that_can_never_be_written_times_out() {
    watched(|| {
        let mut config = Config::default();
        config.handshake_timeout = 30 * MILLI;
        let mock = Mock::new(Vec::new(), Temper { refuse: 1, with: ErrorKind::WouldBlock, at_once: 1 });
        let mut connecting = Connect::new("ws://localhost/").unwrap().config(config).over(mock).unwrap();
        assert!(connecting.finish().is_err_and(|error| error.is_would_block()));
        let result = until_ready(|| connecting.finish().map(drop));
        assert!(matches!(result, Err(Error::Timeout(Deadline::Handshake))), "{result:?}");
    });
}
