//! Every way in which a connection ends, with threads in both halves of it: both end, each with what the documentation says.

use std::io::{Read, Write};
use std::sync::Arc;
use std::time::Duration;

use shuttle::thread::{self, JoinHandle};

use super::clock::{Instant, Mutex};
use super::pipe::Stream;
use super::*;
use crate::net::{Reader, Writer};
use crate::protocol::{CloseCode, CloseStatus};
use crate::session::{Deadline, Keepalive, Message};

const NORMAL: Option<CloseStatus> = Some(CloseStatus::Code(CloseCode::NORMAL));

/// Reads numbered messages until the end, and gives how many there were and how it ended.
type Reading = JoinHandle<(usize, Result<(), Error>, Option<CloseStatus>)>;

fn reading(mut reader: Reader<Stream>) -> Reading {
    thread::spawn(move || {
        let (mut message, mut number) = (Message::new(), 0);
        let end = loop {
            match reader.read(&mut message) {
                Ok(true) => check_numbered(message.as_text(), number),
                Ok(false) => break Ok(()),
                Err(error) => break Err(error),
            }
            number += 1;
        };
        (number, end, reader.close_status())
    })
}

/// Sends numbered messages until it is refused, and gives how many were sent and why no more.
fn writing(mut writer: Writer<Stream>, most: usize) -> JoinHandle<(usize, Result<(), Error>)> {
    thread::spawn(move || {
        for number in 0..most {
            let sent = writer.send(&numbered(number, 60));
            if sent.is_err() {
                return (number, sent);
            }
        }
        (most, Ok(()))
    })
}

/// What is left to read when this end has sent its Close, as a raw peer.
fn read_to_end(mut stream: &Stream) -> Vec<u8> {
    let mut all = Vec::new();
    let _ = stream.read_to_end(&mut all);
    all
}

fn kind() -> Kind {
    if below(2) == 0 { Kind::Socket } else { Kind::Plain }
}

fn soon(begun: Instant, limit: Duration) {
    assert!(begun.elapsed() <= limit, "somebody waited for a timeout: {:?}", begun.elapsed());
}

/// One of two Closes, or both at once: each reader gets all that was sent before, then `false`.
fn close_by(closing: [bool; 2]) {
    let begun = Instant::now();
    let ends = pair([40, 1 << 20][below(2)], &Config::default(), Kind::Socket);
    let mut sides = ends.into_iter().zip(closing).map(|(end, closes)| {
        let (reader, mut writer) = end.split();
        let reading = reading(reader);
        let writing = thread::spawn(move || {
            let mut sent = 0;
            while sent < 3 {
                let result = writer.send(&numbered(sent, 60));
                if is_closed(&result) {
                    return (sent, writer);
                }
                result.unwrap();
                sent += 1;
            }
            if closes {
                let closed = writer.start_close(CloseCode::NORMAL, "");
                assert!(closed.is_ok() || is_closed(&closed), "{closed:?}");
            }
            (sent, writer)
        });
        (reading, writing)
    });
    let (one, other) = (sides.next().unwrap(), sides.next().unwrap());
    drop(sides);
    let (sent, read) = [one, other]
        .map(|(reading, writing)| (writing.join().unwrap(), reading.join().unwrap()))
        .map(|((sent, writer), read)| {
            drop(writer);
            (sent, read)
        })
        .into_iter()
        .unzip::<_, _, Vec<_>, Vec<_>>();
    for (end, sent) in read.into_iter().zip(sent.into_iter().rev()) {
        let (number, result, status) = end;
        assert!(result.is_ok(), "{result:?}");
        assert_eq!((number, status), (sent, NORMAL));
    }
    soon(begun, Duration::from_millis(500));
}

#[test]
fn one_writer_closes() {
    explore(Time::WhenAllWait, || close_by([true, false]));
    explore(Time::WhenAllWait, || close_by([false, true]));
}

#[test]
fn both_writers_close_at_once() {
    explore(Time::WhenAllWait, || close_by([true, true]));
}

/// What a raw peer read, how many messages were sent to it and why no more, how reading ended, and with which status.
type Told = (Vec<u8>, (usize, Result<(), Error>), Result<(), Error>, Option<CloseStatus>);

/// A raw peer says this to a server whose halves are both at work, and reads to the end.
fn after(said: &'static [u8]) -> Told {
    let (peer, stream) = pipe::pipe([30, 1 << 20][below(2)]);
    let server = websocket(stream, Side::Server, Config::default(), kind());
    let (reader, writer) = server.split();
    let (reading, writing) = (reading(reader), writing(writer, 5));
    let peer = thread::spawn(move || {
        (&peer).write_all(said).unwrap();
        // As TCP does when a process ends in order.
        peer.shut_down(std::net::Shutdown::Write).unwrap();
        read_to_end(&peer)
    });
    let ((_, read, status), written) = (reading.join().unwrap(), writing.join().unwrap());
    (peer.join().unwrap(), written, read, status)
}

/// So many whole messages of a server, in order, and then just this.
#[track_caller]
fn check_bytes(mut bytes: &[u8], sent: usize, last: &[u8]) {
    for number in 0..sent {
        let text = numbered(number, 60);
        let frame = [&[0x81, u8::try_from(text.len()).unwrap()][..], text.as_bytes()].concat();
        assert!(bytes.starts_with(&frame), "message {number} is not whole");
        bytes = &bytes[frame.len()..];
    }
    assert_eq!(bytes, last);
}

#[test]
fn the_peer_closes() {
    explore(Time::WhenAllWait, || {
        // Masked with zeros.
        let (bytes, (sent, written), read, status) = after(b"\x88\x82\0\0\0\0\x03\xe8");
        assert!(read.is_ok(), "{read:?}");
        assert!(written.is_ok() || is_closed(&written), "{written:?}");
        assert_eq!(status, NORMAL);
        check_bytes(&bytes, sent, b"\x88\x02\x03\xe8");
    });
}

#[test]
fn the_peer_breaks_a_rule() {
    explore(Time::WhenAllWait, || {
        let (bytes, (sent, written), read, _) = after(b"\xf1\x80\0\0\0\0");
        assert!(matches!(session_error(read), SessionError::Protocol(_)));
        assert!(written.is_ok() || is_closed(&written), "{written:?}");
        let close =
            bytes.windows(4).rposition(|bytes| bytes[0] == 0x88 && bytes[2..] == [0x03, 0xea]).unwrap();
        check_bytes(&bytes[..close], sent, b"");
    });
}

#[test]
fn the_peer_ends_without_a_close() {
    explore(Time::WhenAllWait, || {
        let (bytes, (sent, written), read, status) = after(b"\x89\x80\0\0\0\0");
        assert!(matches!(session_error(read), SessionError::Truncated(_)));
        assert_eq!(status, Some(CloseStatus::Abnormal));
        // The writer may have been cut by the end, anywhere.
        let (pongs, texts) = (bytes.windows(2).any(|bytes| bytes == [0x8a, 0]), bytes.len());
        assert!(pongs || texts <= 62 * 5 + 10, "{bytes:?}");
        assert!(sent <= 5 && !matches!(written, Err(Error::Backlog)));
    });
}

#[test]
fn the_peer_resets() {
    explore(Time::WhenAllWait, || {
        let (peer, stream) = pipe::pipe(30);
        let (reader, writer) = websocket(stream, Side::Server, Config::default(), kind()).split();
        let (reading, writing) = (reading(reader), writing(writer, usize::MAX));
        let peer = thread::spawn(move || {
            let _ = (&peer).read(&mut [0; 7]);
            drop(peer);
        });
        let (_, read, status) = reading.join().unwrap();
        assert!(read.is_err() && status == Some(CloseStatus::Abnormal), "{read:?}");
        assert!(writing.join().unwrap().1.is_err());
        peer.join().unwrap();
    });
}

/// A peer that reads nothing any more: the writer is stuck until the reader hangs up.
fn stuck(config: &Config, said: &[u8]) -> (Result<(), Error>, Result<(), Error>, Duration) {
    let (peer, stream) = pipe::pipe(30);
    let (reader, writer) = websocket(stream, Side::Server, config.clone(), Kind::Socket).split();
    (&peer).write_all(said).unwrap();
    let begun = Instant::now();
    let (reading, writing) = (reading(reader), writing(writer, usize::MAX));
    let (_, read, _) = reading.join().unwrap();
    let (_, written) = writing.join().unwrap();
    let took = begun.elapsed();
    drop(peer);
    (read, written, took)
}

#[test]
fn a_writer_that_is_stuck_is_freed_when_the_reader_ends() {
    explore(Time::WhenAllWait, || {
        let mut config = Config { write_timeout: None, ..Config::default() };
        let limit = config.close_timeout * 2 + Duration::from_secs(3);
        let (read, written, took) = stuck(&config, b"\xf1\x80\0\0\0\0");
        assert!(matches!(session_error(read), SessionError::Protocol(_)));
        assert!(written.is_err() && took <= limit, "{written:?} after {took:?}");
        let (_, written, took) = stuck(&config, b"\x88\x82\0\0\0\0\x03\xe8");
        assert!(written.is_err() && took <= limit, "{written:?} after {took:?}");
        config.keepalive = Some(Keepalive::new(Duration::from_secs(1), Duration::from_secs(1)));
        let (read, written, took) = stuck(&config, b"");
        assert_eq!(session_error(read), SessionError::Timeout(Deadline::Keepalive));
        assert!(written.is_err() && took <= limit, "{written:?} after {took:?}");
    });
}

#[test]
fn a_close_that_nobody_answers_ends_in_time() {
    explore(Time::WhenAllWait, || {
        let (peer, stream) = pipe::pipe(1 << 20);
        let config = Config::default();
        let (limit, begun) = (config.close_timeout + Duration::from_secs(2), Instant::now());
        let (reader, mut writer) = websocket(stream, Side::Server, config, Kind::Socket).split();
        let reading = reading(reader);
        writer.start_close(CloseCode::NORMAL, "").unwrap();
        let (_, read, _) = reading.join().unwrap();
        assert_eq!(session_error(read), SessionError::Timeout(Deadline::Close));
        soon(begun, limit);
        drop(peer);
    });
}

#[test]
fn two_threads_share_a_writer_while_the_reader_answers() {
    explore(Time::WhenAllWait, || {
        let begun = Instant::now();
        let [client, mut server] = pair(40, &Config::default(), Kind::Socket);
        let (reader, writer) = client.split();
        let reading = reading(reader);
        let writer = Arc::new(Mutex::new((0, writer)));
        let writers = [(), ()].map(|()| {
            let writer = Arc::clone(&writer);
            thread::spawn(move || {
                for _ in 0..2 {
                    let (number, writer) = &mut *writer.lock().unwrap();
                    writer.send(&numbered(*number, 50)).unwrap();
                    *number += 1;
                }
            })
        });
        let serving = thread::spawn(move || {
            let mut message = Message::new();
            for number in 0..4 {
                server.ping(b"?").unwrap();
                assert!(server.read(&mut message).unwrap());
                check_numbered(message.as_text(), number);
            }
            server.close(CloseCode::NORMAL, "").unwrap();
        });
        for writer in writers {
            writer.join().unwrap();
        }
        let (_, read, status) = reading.join().unwrap();
        assert!(read.is_ok() && status == NORMAL, "{read:?}");
        serving.join().unwrap();
        soon(begun, Duration::from_millis(500));
    });
}

/// Either half, both, or neither goes at any moment. The other end gets whole messages, and ends.
#[test]
fn halves_are_dropped_at_any_moment() {
    explore(Time::WhenAllWait, || {
        let [client, server] = pair([40, 1 << 20][below(2)], &Config::default(), Kind::Socket);
        let (mut reader, mut writer) = client.split();
        let (their_reader, their_writer) = server.split();
        let (reads, writes) = (below(3), below(4));
        let dropping = thread::spawn(move || {
            let mut message = Message::new();
            for number in 0..reads {
                if !matches!(reader.read(&mut message), Ok(true)) {
                    return;
                }
                check_numbered(message.as_text(), number);
            }
        });
        let sending = thread::spawn(move || {
            (0..writes).take_while(|number| writer.send(&numbered(*number, 60)).is_ok()).count()
        });
        let (reading, writing) = (reading(their_reader), writing(their_writer, 3));
        dropping.join().unwrap();
        let sent = sending.join().unwrap();
        let (number, read, _) = reading.join().unwrap();
        assert!(number <= sent && read.is_err(), "{number} of {sent}, {read:?}");
        let (_, written) = writing.join().unwrap();
        assert!(!matches!(written, Err(Error::Backlog)));
    });
}

/// Whatever passes too late: all threads end, messages come whole and in order, and an orderly end is one on both sides.
#[test]
fn any_deadline_may_pass_at_any_moment() {
    explore(Time::AnyTime, || {
        let config = Config {
            keepalive: Some(Keepalive::new(Duration::from_secs(3), Duration::from_secs(3))),
            close_timeout: Duration::from_secs(2),
            write_timeout: Some(Duration::from_secs(1)),
            ..Config::default()
        };
        let ends = pair([40, 1 << 20][below(2)], &config, Kind::Socket).map(|end| {
            let (reader, mut writer) = end.split();
            let writing = thread::spawn(move || {
                for number in 0..3 {
                    match writer.send(&numbered(number, 60)) {
                        Ok(()) => {}
                        // It was taken, and waits.
                        Err(error) if error.is_would_block() => {}
                        Err(_) => return,
                    }
                }
                let _ = writer.start_close(CloseCode::NORMAL, "");
            });
            (reading(reader), writing)
        });
        for (reading, writing) in ends {
            writing.join().unwrap();
            let (number, read, status) = reading.join().unwrap();
            match read {
                Ok(()) => assert_eq!(status, NORMAL),
                Err(error) if error.is_would_block() => {}
                Err(error) => assert!(matches!(error, Error::Session { .. } | Error::Io(_)), "{error}"),
            }
            assert!(number <= 3);
        }
    });
}
