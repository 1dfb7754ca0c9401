//! Two halves on streams that would block or panic: neither half waits for ever for the other (RFC 6455 §5.4 has the frames
//! that they share).

use std::io::{self, ErrorKind, Read, Write};
use std::sync::Mutex;
use std::thread;

use crate::common_net::*;
use crate::pair::{client_frame, server_frame};
use rfc6455::net::{Error, WebSocket};
use rfc6455::protocol::{CloseCode, CloseStatus, Role, SendError};
use rfc6455::session::{Config, Message, PreparedMessage};

/// What the next call of a stream gives.
type Script<R> = Mutex<Vec<io::Result<R>>>;

/// A stream whose calls go as they are told to, the last one first; then it gives and takes nothing.
#[derive(Default)]
struct Scripted {
    reads: Script<Vec<u8>>,
    /// How much each write takes; `usize::MAX` for a panic.
    writes: Script<usize>,
    flushes: Script<()>,
    written: Mutex<Vec<u8>>,
    /// Where in memory the bytes of the writes lay.
    places: Mutex<Vec<usize>>,
}

fn next<R>(script: &Script<R>) -> io::Result<R> {
    let next = script.lock().unwrap().pop();
    next.unwrap_or_else(|| Err(ErrorKind::WouldBlock.into()))
}

impl Read for &Scripted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = next(&self.reads)?;
        buffer[..bytes.len()].copy_from_slice(&bytes);
        Ok(bytes.len())
    }
}

impl Write for &Scripted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let most = next(&self.writes)?;
        assert_ne!(most, usize::MAX, "a stream that panics");
        let len = bytes.len().min(most);
        self.places.lock().unwrap().push(bytes.as_ptr().addr());
        self.written.lock().unwrap().extend(&bytes[..len]);
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        next(&self.flushes)
    }
}

impl Read for Scripted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self).read(buffer)
    }
}

impl Write for Scripted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&*self).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        (&*self).flush()
    }
}

fn server(stream: Scripted) -> WebSocket<Scripted> {
    WebSocket::new(stream, Role::Server, Config::default(), Vec::new())
}

#[test]
fn a_flush_that_would_block_is_tried_again() {
    watched(|| {
        let (_reader, mut writer) = server(Scripted::default()).split();
        *writer.stream().writes.lock().unwrap() = vec![Ok(100)];
        *writer.stream().flushes.lock().unwrap() = vec![Ok(()), Err(ErrorKind::WouldBlock.into())];
        assert!(writer.send("Hello").unwrap_err().is_would_block());
        writer.flush().unwrap();
        assert!(writer.stream().flushes.lock().unwrap().is_empty(), "the stream has passed it on");
        assert_eq!(*writer.stream().written.lock().unwrap(), server_frame(0x81, b"Hello"));
    });
}

#[test]
fn a_half_whose_stream_panics_does_not_hold_the_other() {
    watched(|| {
        let (mut reader, mut writer) = server(Scripted::default()).split();
        *writer.stream().reads.lock().unwrap() = vec![Ok(client_frame(0x89, b"?"))];
        // A part of a frame is out, so nothing may follow it.
        *writer.stream().writes.lock().unwrap() = vec![Ok(100), Ok(usize::MAX), Ok(1)];
        assert!(thread::spawn(move || reader.read(&mut Message::new())).join().is_err());
        assert!(matches!(writer.send("x"), Err(Error::Send(SendError::Closed))));
        let _ = writer.flush();
        assert_eq!(*writer.stream().written.lock().unwrap(), server_frame(0x8a, b"?")[..1]);

        let (mut reader, mut writer) = server(Scripted::default()).split();
        *reader.stream().writes.lock().unwrap() = vec![Ok(100), Ok(usize::MAX)];
        *reader.stream().flushes.lock().unwrap() = vec![Ok(())];
        assert!(thread::spawn(move || writer.send("x")).join().is_err());
        let end = until_ready(|| reader.read(&mut Message::new()));
        assert!(!matches!(end, Ok(true)), "{end:?}");
        assert_eq!(reader.close_status(), Some(CloseStatus::Abnormal));
    });
}

#[test]
fn what_was_prepared_is_queued_by_a_writer_until_a_flush() {
    watched(|| {
        let (client, server) = websockets(Config::default(), Config::default());
        let (mut client, (_reader, mut writer)) = (client, server.split());
        writer.queue_prepared(&PreparedMessage::new("first")).unwrap();
        writer.queue("second").unwrap();
        client.stream().set_nonblocking(true).unwrap();
        let mut message = Message::new();
        assert!(client.read(&mut message).unwrap_err().is_would_block(), "it waits");
        client.stream().set_nonblocking(false).unwrap();
        writer.flush().unwrap();
        for expected in ["first", "second"] {
            assert!(client.read(&mut message).unwrap());
            assert_eq!(message.as_text(), Some(expected));
        }
        let mut config = Config::default();
        config.write_backlog = 10;
        let (_client, server) = websockets(Config::default(), config);
        let (_reader, mut writer) = server.split();
        writer.queue_prepared(&PreparedMessage::new("over ten bytes")).unwrap();
        assert!(matches!(writer.queue_prepared(&PreparedMessage::new("x")), Err(Error::Backlog)));
        writer.start_close(CloseCode::NORMAL, "").unwrap();
        assert!(matches!(
            writer.queue_prepared(&PreparedMessage::new("x")),
            Err(Error::Send(SendError::Closed))
        ));
    });
}

#[test]
fn a_large_message_to_many_is_written_from_where_it_lies() {
    watched(|| {
        let message = PreparedMessage::new(&"x".repeat(100_000));
        let place = message.frame().as_ptr().addr();
        let stream = Scripted {
            writes: Mutex::new(vec![Ok(200_000), Ok(50_000), Ok(100)]),
            flushes: Mutex::new(vec![Ok(()), Ok(())]),
            ..Scripted::default()
        };
        let mut whole = server(stream);
        whole.send_prepared(&PreparedMessage::new("in a buffer")).unwrap();
        whole.stream().places.lock().unwrap().clear();
        whole.send_prepared(&message).unwrap();
        assert_eq!(*whole.stream().places.lock().unwrap(), [place, place + 50_000]);

        let (_reader, mut writer) = whole.split();
        *writer.stream().flushes.lock().unwrap() = vec![Ok(()), Ok(()), Ok(())];
        *writer.stream().writes.lock().unwrap() = vec![Ok(200_000), Ok(50_000)];
        writer.stream().places.lock().unwrap().clear();
        writer.send_prepared(&message).unwrap();
        assert_eq!(*writer.stream().places.lock().unwrap(), [place, place + 50_000]);
        let expected =
            [server_frame(0x81, b"in a buffer"), message.frame().to_vec(), message.frame().to_vec()];
        assert!(*writer.stream().written.lock().unwrap() == expected.concat());
        writer.start_close(CloseCode::NORMAL, "").unwrap_err();
        assert!(matches!(writer.send_prepared(&message), Err(Error::Send(SendError::Closed))));
    });
}

#[test]
fn a_reader_that_is_dropped_leaves_a_writer_that_is_stuck_to_its_timeout() {
    watched(|| {
        let mut config = Config::default();
        config.write_timeout = Some(100 * MILLI);
        let (raw, server) = server_of_raw_client(config);
        let (reader, mut writer) = server.split();
        let writing = thread::spawn(move || writer.send(&vec![7; 16 << 20]));
        raw.peek(&mut [0]).unwrap();
        drop(reader);
        assert!(writing.join().unwrap().unwrap_err().is_would_block());
    });
}

#[test]
fn both_halves_may_close_at_once() {
    watched(|| {
        for _ in 0..50 {
            let (client, server) = websockets(Config::default(), Config::default());
            let ends = [client, server].map(|socket| {
                let (mut reader, mut writer) = socket.split();
                let reading = thread::spawn(move || {
                    let result = reader.read(&mut Message::new());
                    (result, reader.close_status())
                });
                // The peer's Close may have come first.
                let closing = thread::spawn(move || drop(writer.start_close(CloseCode::NORMAL, "")));
                (reading, closing)
            });
            for (reading, closing) in ends {
                closing.join().unwrap();
                let (result, status) = reading.join().unwrap();
                assert!(matches!(result, Ok(false)), "{result:?}");
                assert_eq!(status, Some(CloseStatus::Code(CloseCode::NORMAL)));
            }
        }
    });
}
