//! How much is read and written at a time, and where to: RFC 6455 §6.1 and §6.2 with as few system calls as can be.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};

use crate::pair::{client_frame, client_role, server_frame};
use rfc6455::net::{Incoming, ReadEvent, WebSocket};
use rfc6455::protocol::Role;
use rfc6455::session::{Config, Message};

const SMALL: usize = 1024;
const LARGE: usize = 64 << 10;
const MIB: usize = 1 << 20;

/// A stream in memory that remembers how it was used.
#[derive(Debug, Default)]
struct Stream {
    input: VecDeque<u8>,
    /// What each read asked for.
    asked: Vec<usize>,
    /// Each so-manieth read would block; 0 for none.
    blocks: usize,
    /// What the first reads give at most, and what the others do.
    lens: VecDeque<usize>,
    at_once: usize,
}

impl Read for Stream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.asked.push(into.len());
        let blocks = self.blocks > 0 && self.asked.len().is_multiple_of(self.blocks);
        if blocks || self.input.is_empty() {
            return Err(ErrorKind::WouldBlock.into());
        }
        let len = into.len().min(self.lens.pop_front().unwrap_or(self.at_once));
        self.input.read(&mut into[..len])
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

type Socket = WebSocket<Stream>;

fn socket(role: Role, input: &[u8], blocks: usize, at_once: usize) -> Socket {
    let input = input.iter().copied().collect();
    let stream = Stream { input, blocks, at_once, ..Stream::default() };
    WebSocket::new(stream, role, Config::default(), Vec::new())
}

fn server(input: &[u8]) -> Socket {
    socket(Role::Server, input, 0, usize::MAX)
}

fn octets(len: usize) -> Vec<u8> {
    (0..len).map(|index| (index % 251) as u8).collect()
}

/// All messages until nothing is left, however often it would block.
fn read_all(socket: &mut Socket) -> Vec<Message> {
    let (mut messages, mut message) = (Vec::new(), Message::new());
    loop {
        match socket.read(&mut message) {
            Ok(true) => messages.push(message.clone()),
            Ok(false) => panic!("nobody closes"),
            Err(error) if error.is_would_block() && socket.stream().input.is_empty() => return messages,
            Err(error) => assert!(error.is_would_block(), "{error}"),
        }
    }
}

#[test]
fn a_connection_with_small_messages_reads_into_little() {
    let mut socket = socket(Role::Server, &client_frame(0x82, &[1; 50]).repeat(100), 0, 200);
    assert_eq!(read_all(&mut socket).len(), 100);
    assert!(socket.stream().asked.iter().all(|asked| *asked == SMALL));
}

#[test]
fn a_read_that_fills_the_buffer_makes_the_next_larger() {
    let mut socket = server(&client_frame(0x81, &[b'a'; 100]).repeat(5000));
    assert_eq!(read_all(&mut socket).len(), 5000);
    let asked = &socket.stream().asked;
    assert_eq!(asked[..4], [SMALL, 4 * SMALL, 16 * SMALL, LARGE]);
    assert!(asked[4..].iter().all(|asked| *asked == LARGE));
}

#[test]
fn a_buffer_of_which_reads_use_little_is_given_back() {
    let small = client_frame(0x82, &[1; 90]);
    let frames = [client_frame(0x81, &[b'a'; 9500]), small.repeat(30)].concat();
    // Three reads for the text, and then one for each small message.
    let stream = Stream {
        input: frames.into(),
        lens: VecDeque::from([usize::MAX, usize::MAX, 9508 - 5 * SMALL]),
        at_once: small.len(),
        ..Stream::default()
    };
    let mut socket = WebSocket::new(stream, Role::Server, Config::default(), Vec::new());
    assert_eq!(read_all(&mut socket).len(), 31);
    let (large, given_back) = socket.stream().asked[2..].split_at(17);
    assert_eq!(socket.stream().asked[..2], [SMALL, 4 * SMALL]);
    assert_eq!(large, [16 * SMALL; 17]);
    assert_eq!(given_back, [SMALL; 15]);
}

#[test]
fn what_the_head_of_a_request_took_is_given_back() {
    let cookie = "c".repeat(5000);
    let request = format!(
        "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nCookie: {cookie}\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    );
    let frames = client_frame(0x82, &[1; 40]).repeat(3);
    let input = [request.as_bytes(), &frames].concat();
    let stream = Stream { input: input.into(), at_once: usize::MAX, ..Stream::default() };
    let mut socket = Incoming::new(stream, Config::default()).accept().unwrap();
    assert_eq!(read_all(&mut socket).len(), 3, "what came behind the head is there");
    assert_eq!(socket.stream().asked, [SMALL, 4 * SMALL, 16 * SMALL, SMALL]);
}

#[test]
fn large_messages_are_read_in_few_pieces() {
    for kind in [0x81, 0x82] {
        let payload = vec![b'a'; MIB];
        for (role, frame) in
            [(Role::Server, client_frame(kind, &payload)), (client_role(), server_frame(kind, &payload))]
        {
            let mut socket = socket(role, &frame.repeat(3), 0, usize::MAX);
            let messages = read_all(&mut socket);
            assert!(messages.len() == 3 && messages.iter().all(|message| message.as_bytes() == payload));
            let asked = &socket.stream().asked;
            assert!(asked.len() <= 3 + 3 * 16 + 2, "{} reads of {asked:?}", asked.len());
        }
    }
}

#[test]
fn nothing_is_lost_when_reads_would_block() {
    let (long, other) = (octets(200_001), octets(20_000));
    let frames = [
        client_frame(0x02, &long),
        client_frame(0x89, b"ping"),
        client_frame(0x80, &other),
        client_frame(0x81, "aß€😀".repeat(5000).as_bytes()),
        client_frame(0x82, &long),
        client_frame(0x82, b"short"),
    ];
    let all = [
        Message::from([&long[..], &other].concat()),
        Message::from(&*"aß€😀".repeat(5000)),
        Message::from(&long[..]),
        Message::from(b"short"),
    ];
    for at_once in [100, 1460, 5000, 1 << 20] {
        for blocks in [0, 2, 3, 7] {
            let mut socket = socket(Role::Server, &frames.concat(), blocks, at_once);
            assert!(read_all(&mut socket) == all, "{at_once} at once, {blocks}");
        }
    }
}

#[test]
fn parts_may_be_asked_for_in_the_middle_of_a_message() {
    let payload = octets(200_000);
    let frames = [client_frame(0x82, &payload), client_frame(0x82, b"next")].concat();
    let mut socket = socket(Role::Server, &frames, 20, 5000);
    let mut message = Message::new();
    assert!(socket.read(&mut message).unwrap_err().is_would_block());
    let (mut got, mut parts) = (Vec::new(), 0);
    loop {
        match socket.read_part(&mut message) {
            Ok(event) => {
                got.extend_from_slice(message.as_bytes());
                parts += 1;
                if event == ReadEvent::Message {
                    break;
                }
            }
            Err(error) => assert!(error.is_would_block()),
        }
    }
    assert!(got == payload && parts > 10, "{parts} parts");
    while let Err(error) = socket.read(&mut message) {
        assert!(error.is_would_block());
    }
    assert_eq!(message.as_bytes(), b"next");
}

#[test]
fn a_message_may_be_taken_over_in_the_middle() {
    let payload = octets(200_000);
    let frame = client_frame(0x82, &payload);
    for cut in [0, 10, 1000, 1023, 1024, 20_000, 150_000, 199_999] {
        let mut socket = server(&frame[..cut]);
        let mut message = Message::new();
        assert!(socket.read(&mut message).unwrap_err().is_would_block());
        let mut parts = socket.into_parts();
        assert_eq!(parts.unread, b"", "all is in the session");
        let mut rest = frame[cut..].to_vec();
        let mut input = &mut rest[..];
        let now = parts.start.elapsed();
        let received = parts.session.receive(&mut input, &mut message, now, &mut parts.unwritten);
        assert!(received.unwrap().is_some() && message.as_bytes() == payload, "cut at {cut}");
    }
}
