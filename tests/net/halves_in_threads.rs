//! Two halves for two threads: no frame is torn (RFC 6455 §5.4, §5.5), and each half learns of the end (§7.1).

use std::io::Read;
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::Instant;

use crate::common_net::*;
use crate::pair::{Told, client_frame, server_frame};
use rfc6455::net::{Error, ReadEvent, Reader};
use rfc6455::protocol::{CloseCode, CloseStatus, SendError};
use rfc6455::session::{Config, Deadline, Keepalive, Message, PreparedMessage, SessionError};

fn read(reader: &mut Reader<TcpStream>) -> Result<bool, Error> {
    reader.read(&mut Message::new())
}

#[track_caller]
fn session_error(result: Result<bool, Error>) -> SessionError {
    match result {
        Err(Error::Session { error, .. }) => error,
        other => panic!("{other:?}"),
    }
}

/// A message that tells its number and checks itself.
fn numbered(number: u32, len: usize) -> Vec<u8> {
    let mut payload = vec![number as u8; len + 4];
    payload[..4].copy_from_slice(&number.to_be_bytes());
    payload
}

#[track_caller]
fn check_numbered(payload: &[u8], number: u32) {
    assert!(payload == numbered(number, payload.len() - 4), "message {number} of {} bytes", payload.len());
}

/// Writes what was queued, unless the other half is ahead.
fn quietly(result: Result<(), Error>) {
    if let Err(error) = result {
        assert!(matches!(error, Error::Send(SendError::Closed) | Error::Io(_)), "{error}");
    }
}

#[test]
fn no_frame_is_torn_while_pings_flood_in_and_large_messages_go_out() {
    watched(|| {
        let mut random = Random::new();
        const MESSAGES: u32 = 150;
        const PINGS: u32 = 5000;
        let (mut raw, server) = server_of_raw_client(Config::default());
        let (mut reader, mut writer) = server.split();
        let mut sending = raw.try_clone().unwrap();
        let flood = thread::spawn(move || {
            for number in 0..PINGS {
                let ping = client_frame(0x89, &number.to_be_bytes());
                let message = client_frame(0x82, &numbered(number, 20));
                write(&mut sending, [ping, message].concat());
            }
            write(&mut sending, client_frame(0x88, b"\x03\xe8"));
        });
        let reading = thread::spawn(move || {
            let (mut message, mut number) = (Message::new(), 0);
            while reader.read(&mut message).unwrap() {
                check_numbered(message.as_bytes(), number);
                number += 1;
            }
            (number, reader.close_status())
        });
        let sizes: Vec<usize> = (0..MESSAGES).map(|_| random.below(60_000) as usize).collect();
        let writing = thread::spawn(move || {
            for (number, len) in (0..).zip(sizes) {
                let payload = numbered(number, len);
                let sent = match number % 4 {
                    0 => writer.send_prepared(&PreparedMessage::new(&payload)),
                    1 => {
                        let (first, rest) = payload.split_at(payload.len() / 2);
                        writer
                            .start(first)
                            .and_then(|()| writer.append(&[]))
                            .and_then(|()| writer.finish(rest))
                    }
                    2 => writer.queue(&payload),
                    _ => writer.send(&payload),
                };
                if matches!(sent, Err(Error::Send(SendError::Closed))) {
                    return;
                }
                sent.unwrap();
            }
            quietly(writer.flush());
        });
        // The peer: a session that fails at the first byte that is wrong.
        let mut peer = crate::pair::End::client(Config::default());
        let mut buffer = vec![0; 50_000];
        let (mut messages, mut last_pong) = (0, None);
        loop {
            let len = raw.read(&mut buffer).unwrap();
            for told in peer.take_in(&buffer[..len], std::time::Duration::ZERO) {
                match told {
                    Told::Binary(payload) => {
                        check_numbered(&payload, messages);
                        messages += 1;
                    }
                    Told::Pong(payload) => {
                        let number = u32::from_be_bytes(payload.try_into().unwrap());
                        assert!(last_pong < Some(number) && number < PINGS, "{number} after {last_pong:?}");
                        last_pong = Some(number);
                    }
                    Told::Close(_) => {}
                    other => panic!("{other:?}"),
                }
            }
            if len == 0 {
                break;
            }
        }
        assert_eq!(peer.status(), Some(1000));
        drop(raw);
        flood.join().unwrap();
        writing.join().unwrap();
        assert_eq!(reading.join().unwrap(), (PINGS, Some(CloseStatus::Code(CloseCode::NORMAL))));
        assert!(last_pong.is_some());
    });
}

#[test]
fn both_ends_send_and_receive_at_once_until_both_close() {
    watched(|| {
        const MESSAGES: u32 = 300;
        let mut random = Random::new();
        let mut config = Config::default();
        config.keepalive = Some(Keepalive::new(MILLI, 20 * SECOND));
        let (client, server) = websockets(config.clone(), config);
        let mut threads = Vec::new();
        for socket in [client, server] {
            let (mut reader, mut writer) = socket.split();
            let sizes: Vec<usize> = (0..MESSAGES).map(|_| random.below(30_000) as usize).collect();
            let writing = thread::spawn(move || {
                for (number, len) in (0..).zip(sizes) {
                    if number % 10 == 0 {
                        writer.ping(b"are you there").unwrap();
                    }
                    writer.send(&numbered(number, len)).unwrap();
                }
                writer
            });
            threads.push(thread::spawn(move || {
                let mut message = Message::new();
                for number in 0..MESSAGES {
                    assert!(reader.read(&mut message).unwrap());
                    check_numbered(message.as_bytes(), number);
                }
                let mut writer = writing.join().unwrap();
                // The other end may have been the first.
                let _ = writer.start_close(CloseCode::NORMAL, "");
                while reader.read(&mut message).unwrap() {}
                reader.close_status()
            }));
        }
        for thread in threads {
            assert_eq!(thread.join().unwrap(), Some(CloseStatus::Code(CloseCode::NORMAL)));
        }
    });
}

#[test]
fn closing_by_the_writer_ends_the_reader() {
    watched(|| {
        let (client, server) = websockets(Config::default(), Config::default());
        let server = thread::spawn(|| echo(server));
        let (mut reader, mut writer) = client.split();
        let reading = thread::spawn(move || {
            let mut message = Message::new();
            let mut count = 0;
            while reader.read(&mut message).unwrap() {
                count += 1;
            }
            (count, reader.close_status(), reader.close_reason())
        });
        for _ in 0..5 {
            writer.send("Hello").unwrap();
        }
        writer.start_close(CloseCode::GOING_AWAY, "enough").unwrap();
        assert!(matches!(writer.send("late"), Err(Error::Send(SendError::Closed))));
        let status = Some(CloseStatus::Code(CloseCode::GOING_AWAY));
        assert_eq!(reading.join().unwrap(), (5, status, "enough".into()));
        server.join().unwrap().unwrap();
    });
}

#[test]
fn closing_by_the_peer_ends_both_halves() {
    watched(|| {
        let (mut raw, server) = server_of_raw_client(Config::default());
        let (mut reader, mut writer) = server.split();
        let writing = thread::spawn(move || {
            loop {
                match writer.send("tick") {
                    Ok(()) => thread::sleep(MILLI),
                    Err(error) => return error,
                }
            }
        });
        raw.read_exact(&mut [0; 6]).unwrap();
        write(&mut raw, client_frame(0x88, b"\x03\xe8bye"));
        let reading = thread::spawn(move || (read(&mut reader), reader.close_reason()));
        let bytes = read_to_end(&mut raw);
        assert!(bytes.ends_with(b"\x88\x05\x03\xe8bye"), "nothing follows the Close");
        drop(raw);
        let (read, reason) = reading.join().unwrap();
        assert_eq!((read.unwrap(), &*reason), (false, "bye"));
        assert!(matches!(writing.join().unwrap(), Error::Send(SendError::Closed)));
    });
}

#[test]
fn a_writer_without_a_reader_sends_and_a_reader_without_a_writer_answers() {
    watched(|| {
        let (mut raw, server) = server_of_raw_client(Config::default());
        let (reader, mut writer) = server.split();
        drop(reader);
        writer.send("alone").unwrap();
        expect_bytes(&mut raw, b"\x81\x05alone");
        drop(writer);
        assert_eq!(read_to_end(&mut raw), b"", "with the last half goes the socket");

        let (mut raw, server) = server_of_raw_client(Config::default());
        let (mut reader, writer) = server.split();
        drop(writer);
        let reading = thread::spawn(move || read(&mut reader));
        write(&mut raw, client_frame(0x89, b"?"));
        expect_bytes(&mut raw, b"\x8a\x01?");
        write(&mut raw, client_frame(0x88, b""));
        expect_bytes(&mut raw, &[0x88, 0]);
        hang_up(raw);
        assert!(!reading.join().unwrap().unwrap());
    });
}

#[test]
fn what_waited_before_the_split_is_not_lost() {
    watched(|| {
        let (mut raw, mut server) = server_of_raw_client(Config::default());
        write(&mut raw, [client_frame(0x81, b"one"), client_frame(0x81, b"two")].concat());
        let mut message = Message::new();
        assert!(server.read(&mut message).unwrap());
        server.queue("queued").unwrap();
        let (mut reader, mut writer) = server.split();
        assert!(reader.read(&mut message).unwrap());
        assert_eq!(message.as_text(), Some("two"));
        writer.flush().unwrap();
        expect_bytes(&mut raw, b"\x81\x06queued");
    });
}

#[test]
fn a_writer_that_is_stuck_does_not_keep_the_reader_from_reading() {
    watched(|| {
        let (mut raw, server) = server_of_raw_client(Config::default());
        let (mut reader, mut writer) = server.split();
        let payload = vec![7; 16 << 20];
        let expected = server_frame(0x82, &payload);
        let writing = thread::spawn(move || writer.send(&payload));
        raw.peek(&mut [0]).unwrap();
        for number in 0..100 {
            write(&mut raw, [client_frame(0x89, b"?"), client_frame(0x82, &numbered(number, 100))].concat());
        }
        let mut message = Message::new();
        for number in 0..100 {
            assert!(reader.read(&mut message).unwrap());
            check_numbered(message.as_bytes(), number);
        }
        assert!(!writing.is_finished(), "the writer is stuck all the time");
        let mut bytes = vec![0; expected.len()];
        raw.read_exact(&mut bytes).unwrap();
        assert!(bytes == expected);
        writing.join().unwrap().unwrap();
        // The pongs come behind it, whole.
        expect_bytes(&mut raw, &server_frame(0x8a, b"?"));
    });
}

#[test]
fn a_reader_that_has_no_room_to_write_goes_on_reading() {
    watched(|| {
        let mut config = Config::default();
        config.write_timeout = None;
        let (mut raw, server) = server_of_raw_client(config);
        let (mut reader, mut writer) = server.split();
        let payload = vec![7; 16 << 20];
        writer.stream().set_write_timeout(Some(100 * MILLI)).unwrap();
        assert!(writer.send(&payload).unwrap_err().is_would_block(), "what is left waits");
        writer.stream().set_write_timeout(None).unwrap();
        for number in 0..100 {
            write(&mut raw, [client_frame(0x89, b"?"), client_frame(0x82, &numbered(number, 100))].concat());
        }
        let mut message = Message::new();
        for number in 0..100 {
            assert!(reader.read(&mut message).unwrap());
            check_numbered(message.as_bytes(), number);
        }
        assert_eq!(writer.stream().write_timeout().unwrap(), None, "the user's own");
        let reading = thread::spawn(move || reader.read(&mut message));
        let expected = [server_frame(0x82, &payload), server_frame(0x8a, b"?")].concat();
        let mut bytes = vec![0; expected.len()];
        raw.read_exact(&mut bytes).unwrap();
        assert!(bytes == expected);
        drop(raw);
        assert!(reading.join().unwrap().is_err());
    });
}

#[test]
fn a_reader_that_never_blocks_gives_what_has_come_though_writes_ran_out_of_time() {
    watched(|| {
        const TRIES: usize = 8;
        let mut config = Config::default();
        config.write_timeout = Some(MILLI);
        config.write_backlog = 64 << 20;
        let (mut raw, server) = server_of_raw_client(config);
        let (mut reader, mut writer) = server.split();
        reader.stream().set_nonblocking(true).unwrap();
        assert!(writer.send(&vec![7; 16 << 20]).unwrap_err().is_would_block(), "what is left waits");
        let mut late = 0;
        for _ in 0..TRIES {
            // Nothing could be written for much longer than the timeout.
            assert!(read(&mut reader).unwrap_err().is_would_block());
            thread::sleep(20 * MILLI);
            write(&mut raw, client_frame(0x81, b"come"));
            while reader.stream().peek(&mut [0]).is_err() {
                thread::yield_now();
            }
            // No poll tells of what is in our buffer already.
            assert!(until_ready(|| read(&mut reader).inspect_err(|_| late += 1)).unwrap());
        }
        // The machine may have stopped this thread in the middle of a write that does not block, now and then.
        assert!(late <= TRIES / 4, "{late} of {TRIES}");
    });
}

#[test]
fn the_deadline_of_a_close_is_kept_by_a_reader_that_blocks_already() {
    watched(|| {
        let mut config = Config::default();
        config.close_timeout = 50 * MILLI;
        let (_raw, server) = server_of_raw_client(config);
        let (mut reader, mut writer) = server.split();
        let reading = thread::spawn(move || session_error(read(&mut reader)));
        thread::sleep(30 * MILLI);
        writer.start_close(CloseCode::NORMAL, "").unwrap();
        assert_eq!(reading.join().unwrap(), SessionError::Timeout(Deadline::Close));
    });
}

#[test]
fn a_session_that_fails_frees_a_writer_that_is_stuck() {
    watched(|| {
        let mut config = Config::default();
        config.write_timeout = None;
        config.close_timeout = 100 * MILLI;
        let mut dead = config.clone();
        dead.keepalive = Some(Keepalive::new(50 * MILLI, 50 * MILLI));
        for (config, bytes) in [(config, client_frame(0x83, b"")), (dead, Vec::new())] {
            let (mut raw, server) = server_of_raw_client(config);
            let (mut reader, mut writer) = server.split();
            let writing = thread::spawn(move || writer.send(&vec![7; 16 << 20]));
            raw.peek(&mut [0]).unwrap();
            write(&mut raw, bytes);
            session_error(read(&mut reader));
            assert!(writing.join().unwrap().is_err());
        }
    });
}

#[test]
fn a_peer_that_is_gone_ends_both_halves() {
    watched(|| {
        let (raw, server) = server_of_raw_client(Config::default());
        let (mut reader, mut writer) = server.split();
        raw.shutdown(Shutdown::Both).unwrap();
        drop(raw);
        session_error(read(&mut reader));
        assert_eq!(reader.close_status(), Some(CloseStatus::Abnormal));
        assert!(matches!(writer.send("x"), Err(Error::Send(SendError::Closed))));
        assert!(matches!(writer.start_close(CloseCode::NORMAL, ""), Err(Error::Send(SendError::Closed))));
        session_error(read(&mut reader));
    });
}

#[test]
fn a_timeout_of_the_users_ends_a_read_however_long_it_is() {
    watched(|| {
        // The reader sleeps a second at most, which must not make it forget.
        for timeout in [60 * MILLI, 1300 * MILLI] {
            let (mut raw, server) = server_of_raw_client(Config::default());
            server.stream().set_read_timeout(Some(timeout)).unwrap();
            let (mut reader, _writer) = server.split();
            let begun = Instant::now();
            assert!(read(&mut reader).unwrap_err().is_would_block());
            assert!(begun.elapsed() >= timeout - 20 * MILLI, "too early: {:?}", begun.elapsed());
            write(&mut raw, client_frame(0x81, b"x"));
            assert!(read(&mut reader).unwrap());
        }
    });
}

#[test]
fn the_readers_events_tell_of_pings_and_of_pongs_to_the_writer() {
    watched(|| {
        let (client, server) = websockets(Config::default(), Config::default());
        let server = thread::spawn(|| echo(server));
        let (mut reader, mut writer) = client.split();
        writer.ping(b"mine").unwrap();
        let mut message = Message::new();
        assert_eq!(reader.read_event(&mut message).unwrap(), ReadEvent::Pong(b"mine"));
        writer.start_close(CloseCode::NORMAL, "").unwrap();
        assert_eq!(reader.read_event(&mut message).unwrap(), ReadEvent::Closed);
        server.join().unwrap().unwrap();
    });
}
