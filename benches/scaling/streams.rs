//! One message of any length, as it comes through a read buffer and goes out through another: nothing holds all of it.

use std::cell::RefCell;
use std::hint::black_box;
use std::sync::LazyLock;
use std::time::Duration;

use rfc6455::protocol::{Connection, Event, Limits, Role};
use rfc6455::session::{Config, Message, Received, Session};

use super::common::{READ, client, consume};
use super::{Law, Work, sizes};

pub(crate) fn laws() -> Vec<Law> {
    let law = |name, to, work| Law { name, unit: "byte", sizes: sizes(64 << 10, to, 4), work };
    vec![
        law("one message, `Session::receive_part`", 256 << 20, parts),
        law("one message, `Connection::receive`", 256 << 20, chunks),
        law("one message, server: `start`, `append` of 16 KiB, `finish`", 256 << 20, |size| {
            fragments(Role::Server, size)
        }),
        law("one message, client: `start`, `append` of 16 KiB, `finish`", 256 << 20, |size| {
            fragments(client(), size)
        }),
        law("one message, server: `send`", LONGEST, |size| send(Role::Server, size)),
        law("one message, client: `send`", LONGEST, |size| send(client(), size)),
    ]
}

/// Any length.
fn limits() -> Limits {
    let mut limits = Limits::default();
    (limits.frame, limits.message) = (u64::MAX, u64::MAX);
    limits
}

/// Gives the bytes of a masked message of one frame, a read at a time, as copied from a socket.
fn each_read(len: usize, scratch: &mut [u8; READ], mut take: impl FnMut(&mut [u8])) {
    let mut header = *b"\x82\xff........\x37\xfa\x21\x3d";
    header[2..10].copy_from_slice(&(len as u64).to_be_bytes());
    take(&mut header);
    let payload = black_box(&[b'x'; READ]);
    let mut left = len;
    while left > 0 {
        let read = &mut scratch[..left.min(READ)];
        read.copy_from_slice(&payload[..read.len()]);
        left -= read.len();
        take(read);
    }
}

fn parts(len: usize) -> Work {
    let mut config = Config::default();
    config.limits = limits();
    let mut session = Session::new(Role::Server, &config, Duration::ZERO);
    let (mut message, mut out, mut scratch) = (Message::new(), Vec::new(), [0; READ]);
    Box::new(move || {
        let (mut sum, mut ended) = (0, false);
        each_read(len, &mut scratch, |mut read| {
            while let Some(received) = session
                .receive_part(&mut read, &mut message, Duration::ZERO, &mut out)
                .expect("the stream is right")
            {
                consume(message.as_bytes());
                sum += message.len();
                ended = received == Received::Message;
            }
        });
        assert!(ended && sum == len);
    })
}

fn chunks(len: usize) -> Work {
    let mut connection = Connection::new(Role::Server, limits());
    let (mut out, mut scratch) = (Vec::new(), [0; READ]);
    Box::new(move || {
        let (mut sum, mut ended) = (0, false);
        each_read(len, &mut scratch, |mut read| {
            while let Some(event) = connection.receive(&mut read, &mut out).expect("the stream is right") {
                if let Event::Data(chunk) = event {
                    consume(chunk.payload);
                    sum += chunk.payload.len();
                    ended = chunk.ends;
                }
            }
        });
        assert!(ended && sum == len);
    })
}

/// The longest message of `send`.
const LONGEST: usize = 16 << 20;

// One payload and one output for all sizes: a copy is quicker or slower by where both ends lie to each other, and that is to
// be the same.
static PAYLOAD: LazyLock<Vec<u8>> = LazyLock::new(|| vec![b'x'; LONGEST]);
thread_local! {
    static OUTPUT: RefCell<Vec<u8>> = RefCell::new(Vec::with_capacity(LONGEST + 14));
}

fn fragments(role: Role, len: usize) -> Work {
    let mut session = Session::new(role, &Config::default(), Duration::ZERO);
    let payload = &PAYLOAD[..READ];
    let written = |out: &mut Vec<u8>| {
        consume(out);
        out.clear();
    };
    Box::new(move || {
        OUTPUT.with_borrow_mut(|out| {
            session.start(black_box(payload), out).expect("the message begins");
            for _ in 2..len / READ {
                written(out);
                session.append(black_box(payload), out).expect("it goes on");
            }
            written(out);
            session.finish(black_box(payload), out).expect("it ends");
            written(out);
        });
    })
}

fn send(role: Role, len: usize) -> Work {
    let mut session = Session::new(role, &Config::default(), Duration::ZERO);
    let payload = &PAYLOAD[..len];
    Box::new(move || {
        OUTPUT.with_borrow_mut(|out| {
            session.send(black_box(payload), out).expect("the message is sent");
            consume(out);
            out.clear();
        });
    })
}
