//! Two halves of a connection: what is queued goes out, and a stream that panics in one half does not hold up the other
//! (RFC 6455 §7.2.1: it is lost).

use std::io::{self, ErrorKind, Read, Write};
use std::sync::Mutex;
use std::thread;

use crate::common_net::*;
use rfc6455::net::{Error, ReadEvent, WebSocket};
use rfc6455::protocol::{CloseStatus, Role, SendError, Truncated};
use rfc6455::session::{Config, Message, PreparedMessage, SessionError};

/// Gives what it holds, and panics when it is written.
struct Faulty(Mutex<Vec<u8>>);

impl Read for &Faulty {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut bytes = self.0.lock().unwrap();
        if bytes.is_empty() {
            return Err(ErrorKind::WouldBlock.into());
        }
        let len = buffer.len().min(bytes.len());
        buffer[..len].copy_from_slice(&bytes[..len]);
        bytes.drain(..len);
        Ok(len)
    }
}

impl Write for &Faulty {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        panic!("this is what the test is about");
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Faulty {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self).read(buffer)
    }
}

impl Write for Faulty {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&*self).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_is_queued_without_end_is_written_on_the_way() {
    watched(|| {
        let mut config = Config::default();
        config.write_backlog = 100_000;
        let (mut raw, server) = server_of_raw_client(config);
        let (_reader, mut writer) = server.split();
        let reading = thread::spawn(move || {
            let mut bytes = vec![0; 1_000_000];
            raw.read_exact(&mut bytes).map(|()| raw)
        });
        let message = PreparedMessage::new(&[7; 1000]);
        for _ in 0..1000 {
            writer.queue(&[7; 1000]).unwrap();
            writer.queue_prepared(&message).unwrap();
        }
        reading.join().unwrap().unwrap();
    });
}

#[test]
fn a_reader_reads_in_parts_too_and_knows_what_was_agreed() {
    watched(|| {
        let (mut raw, server) = server_of_raw_client(Config::default());
        let (mut reader, _writer) = server.with_subprotocol("parts.v1").split();
        assert_eq!(reader.subprotocol(), Some("parts.v1"));
        let message = crate::pair::client_frame(0x81, b"begun and done");
        write(&mut raw, &message[..11]);
        let mut part = Message::new();
        assert_eq!(reader.read_part(&mut part).unwrap(), ReadEvent::Part);
        assert_eq!(part.as_text(), Some("begun"));
        write(&mut raw, &message[11..]);
        assert_eq!(reader.read_part(&mut part).unwrap(), ReadEvent::Message);
        assert_eq!(part.as_text(), Some(" and done"));
    });
}

fn server(input: Vec<u8>) -> WebSocket<Faulty> {
    WebSocket::new(Faulty(Mutex::new(input)), Role::Server, Config::default(), Vec::new())
}

#[test]
fn a_writer_goes_on_when_the_reader_panicked_while_it_wrote() {
    watched(|| {
        let (mut reader, mut writer) = server(crate::pair::client_frame(0x89, b"?")).split();
        let reading = thread::spawn(move || reader.read(&mut Message::new()));
        assert!(reading.join().is_err());
        assert!(matches!(writer.send("x"), Err(Error::Send(SendError::Closed))));
    });
}

#[test]
fn a_reader_goes_on_when_the_writer_panicked_while_it_wrote() {
    watched(|| {
        let (mut reader, mut writer) = server(Vec::new()).split();
        let writing = thread::spawn(move || writer.send("x"));
        assert!(writing.join().is_err());
        let lost = SessionError::Truncated(Truncated::BetweenMessages);
        match reader.read(&mut Message::new()) {
            Err(Error::Session { error, .. }) => assert_eq!(error, lost),
            other => panic!("{other:?}"),
        }
        assert_eq!(reader.close_status(), Some(CloseStatus::Abnormal));
    });
}
