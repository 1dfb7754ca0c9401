//! Both halves of both ends at work at once: each message arrives whole and in order, and then all end.

use std::time::Duration;

use shuttle::thread;

use super::clock::Instant;
use super::pipe::Stream;
use super::*;
use crate::net::{ReadEvent, Reader, Writer};
use crate::protocol::{CloseCode, CloseStatus};
use crate::session::{Message, PreparedMessage};

const MESSAGES: usize = 4;

/// Sends them in every way there is.
fn write(writer: &mut Writer<Stream>, size: usize) -> Result<(), Error> {
    for number in 0..MESSAGES {
        let text = numbered(number, below(size + 1));
        match below(6) {
            0 => writer.queue(&text),
            1 => writer.send_prepared(&PreparedMessage::new(&text)),
            2 => writer
                .start("")
                .and_then(|()| writer.append(&text))
                .and_then(|()| writer.ping(b"inside"))
                .and_then(|()| writer.finish("")),
            3 => writer.ping(b"before").and_then(|()| writer.send(&text)),
            _ => writer.send(&text),
        }?;
    }
    writer.flush()
}

fn read(reader: &mut Reader<Stream>) -> Result<(), Error> {
    let (mut message, mut number) = (Message::new(), 0);
    while number < MESSAGES {
        match reader.read_event(&mut message)? {
            ReadEvent::Message => {
                check_numbered(message.as_text(), number);
                number += 1;
            }
            ReadEvent::Ping(payload) | ReadEvent::Pong(payload) => {
                assert!([&b"before"[..], b"inside"].contains(&payload));
            }
            other => panic!("{other:?}"),
        }
    }
    Ok(())
}

/// Both ends send, receive, answer Pings, and close once they have all.
fn exchange(ends: [WebSocket<Stream>; 2], size: usize) {
    let begun = Instant::now();
    let ends = ends.map(|end| {
        let (mut reader, mut writer) = end.split();
        let writing = thread::spawn(move || {
            write(&mut writer, size).unwrap();
            writer
        });
        thread::spawn(move || {
            read(&mut reader).unwrap();
            let mut writer = writing.join().unwrap();
            // The other end may have been the first.
            let closing = writer.start_close(CloseCode::NORMAL, "done");
            assert!(closing.is_ok() || is_closed(&closing), "{closing:?}");
            let mut message = Message::new();
            assert!(!reader.read(&mut message).unwrap(), "{message:?}");
            assert_eq!(reader.close_status(), Some(CloseStatus::Code(CloseCode::NORMAL)));
            assert!(is_closed(&writer.send("late")));
        })
    });
    for end in ends {
        end.join().unwrap();
    }
    assert!(
        begun.elapsed() < Duration::from_millis(500),
        "somebody waited for a timeout: {:?}",
        begun.elapsed()
    );
}

#[test]
fn both_ends_send_and_receive_with_room_for_all() {
    explore(Time::WhenAllWait, || exchange(pair(1 << 20, &Config::default(), Kind::Socket), 300));
    // Without that room, a reader that writes would wait for the peer to read.
    explore(Time::WhenAllWait, || exchange(pair(1 << 20, &Config::default(), Kind::Plain), 300));
}

#[test]
fn both_ends_send_and_receive_large_messages() {
    explore(Time::WhenAllWait, || exchange(pair(1 << 20, &Config::default(), Kind::Socket), 20_000));
}

#[test]
fn both_ends_send_and_receive_through_a_narrow_pipe() {
    explore(Time::WhenAllWait, || exchange(pair(40, &Config::default(), Kind::Socket), 300));
}

/// The reader leaves a Pong to a writer that is writing, and then nothing comes that would have it written later.
#[test]
fn a_pong_is_not_left_behind() {
    explore(Time::WhenAllWait, || {
        let [client, mut server] = pair(40, &Config::default(), Kind::Socket);
        let (mut reader, mut writer) = client.split();
        let reading = thread::spawn(move || reader.read(&mut Message::new()));
        let writing = thread::spawn(move || {
            writer.send(&numbered(0, 100)).unwrap();
            writer
        });
        let mut message = Message::new();
        let begun = Instant::now();
        server.ping(b"?").unwrap();
        let (mut messages, mut pongs) = (0, 0);
        while messages + pongs < 2 {
            match server.read_event(&mut message).unwrap() {
                ReadEvent::Message => messages += 1,
                ReadEvent::Pong(b"?") => pongs += 1,
                other => panic!("{other:?}"),
            }
        }
        assert!(begun.elapsed() < Duration::from_millis(500), "it came after {:?}", begun.elapsed());
        assert_eq!(server.close(CloseCode::NORMAL, "").unwrap(), CloseStatus::Code(CloseCode::NORMAL));
        assert!(!reading.join().unwrap().unwrap());
        drop(writing.join().unwrap());
    });
}

/// The compressor is apart from the session while it works, and the other half goes on with the session.
#[cfg(feature = "deflate")]
#[test]
fn both_ends_compress_while_they_receive() {
    use crate::deflate::{Compress, Deflate, Memory, Pool};

    explore(Time::WhenAllWait, || {
        let memory = [Memory::Kept, Memory::Shared(Pool::new(1))][below(2)].clone();
        let deflate = Deflate { memory, ..Deflate::default() };
        let agreement = deflate.accept(&deflate.offers()).unwrap();
        let answer = deflate.agree(&[agreement.extension().clone()]).unwrap().unwrap();
        let [client, server] = pair(1000, &Config::default(), Kind::Socket);
        let ends = [client.with_deflate(&answer), server.with_deflate(&agreement)].map(|end| {
            let (mut reader, mut writer) = end.split();
            let writing = thread::spawn(move || {
                for number in 0..MESSAGES {
                    let how = [Compress::Always, Compress::Never][below(2)];
                    let sent = writer.send_with(&numbered(number, 400), how);
                    assert!(sent.is_ok() || is_closed(&sent), "{sent:?}");
                }
                let closed = writer.start_close(CloseCode::NORMAL, "");
                assert!(closed.is_ok() || is_closed(&closed), "{closed:?}");
            });
            let reading = thread::spawn(move || {
                let (mut message, mut number) = (Message::new(), 0);
                while reader.read(&mut message).unwrap() {
                    check_numbered(message.as_text(), number);
                    number += 1;
                }
                number
            });
            (writing, reading)
        });
        let received = ends.map(|(writing, reading)| (writing.join().unwrap(), reading.join().unwrap()).1);
        assert!(received.contains(&MESSAGES), "the one that closed first had sent all: {received:?}");
    });
}
