//! Two halves over TLS in two threads: neither waits for the other (RFC 6455 §5.4, §5.5).

use std::io::{Read, Write};
use std::sync::mpsc;
use std::thread;

use crate::common_net::*;
use crate::common_tls;
use crate::pair::client_frame;
use rfc6455::net::{Error, Incoming, ReadEvent};
use rfc6455::protocol::CloseCode;
use rfc6455::session::{Config, Deadline, Keepalive, Message, SessionError};

#[test]
fn both_ends_send_more_than_fits_on_the_way_at_once() {
    watched(|| {
        const MESSAGES: usize = 6;
        let payload = |number: usize| vec![number as u8; (8 << 20) + number];
        let (client, server) = common_tls::over(tcp(), Default::default());
        let threads = [client, server].map(|socket| {
            let (mut reader, mut writer) = socket.split();
            let writing = thread::spawn(move || {
                for number in 0..MESSAGES {
                    writer.send(&payload(number)).unwrap();
                    writer.ping(b"and you").unwrap();
                }
                writer
            });
            thread::spawn(move || {
                let mut message = Message::new();
                let (mut number, mut pongs) = (0, 0);
                while number < MESSAGES || pongs == 0 {
                    match reader.read_event(&mut message).unwrap() {
                        ReadEvent::Message => {
                            assert!(message.as_bytes() == payload(number), "message {number}");
                            number += 1;
                        }
                        ReadEvent::Pong(_) => pongs += 1,
                        _ => {}
                    }
                }
                let mut writer = writing.join().unwrap();
                let _ = writer.start_close(CloseCode::NORMAL, "");
                while reader.read(&mut message).unwrap() {}
            })
        });
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

#[test]
fn a_reader_goes_on_while_the_writer_is_stuck_even_through_new_keys() {
    watched(|| {
        let (client, server) = tcp();
        let (client_tls, server_tls) = common_tls::configs();
        let serving =
            thread::spawn(move || Incoming::tls(server, server_tls, Config::default()).unwrap().accept());
        let mut raw = common_tls::raw_client(client, client_tls);
        raw.write_all(request_with("").as_bytes()).unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            raw.read_exact(&mut byte).unwrap();
            head.extend(byte);
        }
        let (mut reader, mut writer) = serving.join().unwrap().unwrap().split();
        let (stuck, is_stuck) = mpsc::channel();
        let large = vec![9; 12 << 20];
        let writing = thread::spawn(move || {
            stuck.send(()).unwrap();
            writer.send(&large).unwrap();
            writer
        });
        is_stuck.recv().unwrap();
        // The peer reads nothing, and all that it sends has to come through.
        let reading = thread::spawn(move || {
            let mut message = Message::new();
            for number in 0..30_u8 {
                assert!(reader.read(&mut message).unwrap());
                assert_eq!(message.as_bytes(), vec![number; 100_000]);
            }
            reader
        });
        for number in 0..30 {
            raw.conn.refresh_traffic_keys().unwrap();
            raw.write_all(&client_frame(0x82, &vec![number; 100_000])).unwrap();
        }
        let _reader = reading.join().unwrap();
        let mut all = vec![0; (12 << 20) + 10];
        raw.read_exact(&mut all).unwrap();
        assert!(all[10..].iter().all(|byte| *byte == 9));
        drop(writing.join().unwrap());
    });
}

#[test]
fn a_writer_that_is_stuck_is_freed_by_the_reader_that_hangs_up() {
    watched(|| {
        let mut config = Config::default();
        config.keepalive = Some(Keepalive::new(50 * MILLI, 50 * MILLI));
        config.close_timeout = 100 * MILLI;
        // The peer reads nothing.
        let (_client, server) = common_tls::over(tcp(), (Config::default(), config));
        let (mut reader, mut writer) = server.split();
        let writing = thread::spawn(move || {
            let large = vec![0; 1 << 20];
            loop {
                if let Err(error) = writer.send(&large) {
                    return error;
                }
            }
        });
        let error = reader.read(&mut Message::new()).unwrap_err();
        let is_late =
            matches!(error, Error::Session { error: SessionError::Timeout(Deadline::Keepalive), .. });
        assert!(is_late, "{error:?}");
        let error = writing.join().unwrap();
        assert!(matches!(error, Error::Io(_) | Error::Send(_)), "{error:?}");
    });
}
