//! Streams in many pieces: fragments, reads of a few bytes, control frames.

use std::hint::black_box;
use std::time::Duration;

use rfc6455::protocol::{Connection, Event, Limits, Role};
use rfc6455::session::{Config, Message, Received, Session};

use super::common::{READ, client, consume};
use super::{Law, Work, sizes};

pub(crate) fn laws() -> Vec<Law> {
    let law = |name, unit, sizes, work| Law { name, unit, sizes, work };
    vec![
        // The default limit on a message allows this many bytes.
        law(
            "message in fragments of 16 bytes, `Session::receive`",
            "fragment",
            sizes(1, 1_000_000, 10),
            |count| whole(fragmented(count, 16), READ, 1),
        ),
        law(
            "message in fragments of 16 bytes, `Connection::receive`",
            "fragment",
            sizes(1, 1_000_000, 10),
            |count| in_place(fragmented(count, 16), READ),
        ),
        // More of these would cost more than a message may: the connection fails with 1008.
        law("message in empty fragments, `Session::receive`", "fragment", sizes(1, 1 << 16, 4), |count| {
            whole(fragmented(count, 0), READ, 1)
        }),
        law("messages of 125 bytes, 256 KiB in so many reads", "read", reads(), |count| {
            whole(messages(125, CUT), CUT / count, CUT / (125 + 6))
        }),
        law("one message of 256 KiB in so many reads", "read", reads(), |count| {
            whole(messages(CUT - 14, CUT), CUT / count, 1)
        }),
        law("pings of 125 bytes, answered", "ping", sizes(10, 1_000_000, 10), |count| {
            pinged(count, Vec::clear)
        }),
        law("pings of 125 bytes, while nothing is written", "ping", sizes(10, 1_000_000, 10), |count| {
            pinged(count, |_| ())
        }),
    ]
}

/// The stream that is cut.
const CUT: usize = 256 << 10;

/// From reads of 16 KiB to reads of one byte.
fn reads() -> Vec<usize> {
    sizes(CUT / READ, CUT, 4)
}

fn peer() -> Session {
    Session::new(client(), &Config::default(), Duration::ZERO)
}

/// A message of so many fragments.
fn fragmented(count: usize, len: usize) -> Vec<u8> {
    let (mut peer, payload, mut stream) = (peer(), vec![b'x'; len], Vec::new());
    if count == 1 {
        peer.send(&payload, &mut stream).expect("the message is sent");
        return stream;
    }
    peer.start(&payload, &mut stream).expect("the message begins");
    for _ in 2..count {
        peer.append(&payload, &mut stream).expect("it goes on");
    }
    peer.finish(&payload, &mut stream).expect("it ends");
    stream
}

/// As many messages as fit into so many bytes.
fn messages(len: usize, room: usize) -> Vec<u8> {
    let (mut peer, payload, mut stream) = (peer(), vec![b'x'; len], Vec::new());
    while stream.len() + len + 6 <= room {
        peer.send(&payload, &mut stream).expect("the message is sent");
    }
    stream
}

/// Gives the stream in reads of so many bytes, as copied from a socket.
fn each_read(stream: &[u8], at_once: usize, scratch: &mut [u8; READ], mut take: impl FnMut(&mut [u8])) {
    for read in black_box(stream).chunks(at_once) {
        let scratch = &mut scratch[..read.len()];
        scratch.copy_from_slice(read);
        take(scratch);
    }
}

/// Receives a stream of so many messages.
fn whole(stream: Vec<u8>, at_once: usize, messages: usize) -> Work {
    let mut session = Session::new(Role::Server, &Config::default(), Duration::ZERO);
    let (mut message, mut out, mut scratch) = (Message::new(), Vec::new(), [0; READ]);
    Box::new(move || {
        let mut count = 0;
        each_read(&stream, at_once, &mut scratch, |mut read| {
            while let Some(received) = session
                .receive(&mut read, &mut message, Duration::ZERO, &mut out)
                .expect("the stream is right")
            {
                consume(message.as_bytes());
                count += usize::from(received == Received::Message);
            }
        });
        assert_eq!(count, messages);
    })
}

/// Receives a stream of one message.
fn in_place(stream: Vec<u8>, at_once: usize) -> Work {
    let mut connection = Connection::new(Role::Server, Limits::default());
    let (mut out, mut scratch) = (Vec::new(), [0; READ]);
    Box::new(move || {
        let mut ends = 0;
        each_read(&stream, at_once, &mut scratch, |mut read| {
            while let Some(event) = connection.receive(&mut read, &mut out).expect("the stream is right") {
                if let Event::Data(chunk) = event {
                    consume(chunk.payload);
                    ends += usize::from(chunk.ends);
                }
            }
        });
        assert_eq!(ends, 1);
    })
}

/// Receives so many pings, and does with the pongs of each read what `write` does.
fn pinged(count: usize, write: fn(&mut Vec<u8>)) -> Work {
    let (mut peer, mut stream) = (peer(), Vec::new());
    for _ in 0..count {
        peer.ping(&[b'x'; 125], &mut stream).expect("the ping is sent");
    }
    let mut session = Session::new(Role::Server, &Config::default(), Duration::ZERO);
    let (mut message, mut out, mut scratch) = (Message::new(), Vec::new(), [0; READ]);
    Box::new(move || {
        let mut pings = 0;
        each_read(&stream, READ, &mut scratch, |mut read| {
            while let Some(received) = session
                .receive(&mut read, &mut message, Duration::ZERO, &mut out)
                .expect("the stream is right")
            {
                pings += usize::from(matches!(received, Received::Ping(_)));
            }
            write(&mut out);
        });
        assert_eq!(pings, count);
    })
}
