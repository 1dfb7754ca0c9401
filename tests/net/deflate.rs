//! Compression over real sockets (RFC 7692): negotiated in the opening handshake, and in use by whole connections and by halves.

use std::io::Read;
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use crate::common::naive::frame as naive_frame;
use crate::common_net::*;
use crate::deflate_common::{agreed, agreement, always, always_alone, context, json, kept_for, settings};
use crate::pair::{client_frame, server_frame};
use rfc6455::deflate::{AnswerError, Compress, Deflate, Pool};
use rfc6455::net::{Connect, Error, Incoming, ReadEvent, WebSocket};
use rfc6455::protocol::{CloseCode, CloseStatus, ProtocolError, Role};
use rfc6455::session::{Config, Message, PreparedMessage, SessionError};

fn with(deflate: Deflate) -> Config {
    let mut config = Config::default();
    config.deflate = Some(deflate);
    config
}

fn by_default() -> Config {
    with(Deflate::default())
}

const HELLO: [u8; 7] = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];

/// What a client with this configuration makes of a server that answers with these header lines; and its request.
fn connect_to(config: Config, lines: &'static str) -> (String, Result<Socket, Error>) {
    let (client, mut server) = tcp();
    let thread = thread::spawn(move || {
        let request = read_head(&mut server);
        let answer = answer_to(&request).replace("\r\n\r\n", &format!("\r\n{lines}\r\n"));
        write(&mut server, answer);
        (request, server)
    });
    let connect = Connect::new("ws://localhost/").unwrap().config(config);
    let result = connect.over(client).unwrap().finish();
    (thread.join().unwrap().0, result)
}

/// The header of the extensions in a head, if there is one.
fn extensions(head: &str) -> Option<&str> {
    let mut lines = head.lines().filter_map(|line| line.strip_prefix("Sec-WebSocket-Extensions: "));
    let first = lines.next();
    assert_eq!(lines.next(), None, "it comes once");
    first
}

#[test]
fn without_an_agreement_nothing_is_compressed_whatever_is_asked() {
    watched(|| {
        let (mut client, server) = websockets(Config::default(), by_default());
        let (mut reader, mut writer) = server.split();
        writer.send_with("one", Compress::Always).unwrap();
        writer.queue_with("two", Compress::Always).unwrap();
        writer.flush().unwrap();
        let mut message = Message::new();
        for text in ["one", "two"] {
            assert!(client.read(&mut message).unwrap());
            assert_eq!(message.as_text(), Some(text));
        }
        client.send_with("three", Compress::Always).unwrap();
        client.queue_with("four", Compress::Always).unwrap();
        client.flush().unwrap();
        for text in ["three", "four"] {
            assert!(reader.read(&mut message).unwrap());
            assert_eq!(message.as_text(), Some(text));
        }
    });
}

#[test]
fn the_writing_half_compresses_what_is_to_be_compressed() {
    watched(|| {
        let (mut raw, server) = server_of_raw_client(Config::default());
        let (reader, mut writer) = server.with_deflate(&agreement(&Deflate::default())).split();
        let long = "a".repeat(100);
        writer.send_with("short", Compress::Always).unwrap();
        writer.queue_with("short", Compress::Always).unwrap();
        writer.send_with(&long, Compress::Never).unwrap();
        writer.queue_with(&long, Compress::Never).unwrap();
        writer.send(&long).unwrap();
        writer.queue(&long).unwrap();
        writer.send("short").unwrap();
        drop((writer, reader));
        let bytes = read_to_end(&mut raw);
        let (mut first_bytes, mut rest) = (Vec::new(), &bytes[..]);
        while let Some((frame, after)) = naive_frame(rest) {
            first_bytes.push(frame.first());
            rest = after;
        }
        assert_eq!(first_bytes[..7], [0xc1, 0xc1, 0x81, 0x81, 0xc1, 0xc1, 0x81]);
    });
}

#[test]
fn a_client_offers_what_its_configuration_says_and_nothing_without() {
    watched(|| {
        let (request, socket) = connect_to(Config::default(), "");
        assert_eq!((extensions(&request), socket.is_ok()), (None, true));
        let (request, socket) = connect_to(by_default(), "");
        assert_eq!(extensions(&request), Some("permessage-deflate; client_max_window_bits"));
        assert!(socket.is_ok(), "the server need not accept");
        let wishes =
            settings(|deflate| (deflate.incoming, deflate.require_incoming) = (context(9, false), false));
        let (request, _) = connect_to(with(wishes), "");
        let expected = "permessage-deflate; server_no_context_takeover; server_max_window_bits=9; \
                        client_max_window_bits, permessage-deflate; client_max_window_bits";
        assert_eq!(extensions(&request), Some(expected));
    });
}

#[test]
fn an_answer_that_fits_no_offer_fails_the_client() {
    watched(|| {
        let limited = with(settings(|deflate| deflate.incoming = context(10, true)));
        let name = |name: &str| name.to_owned();
        for (config, lines, expected) in [
            (by_default(), "x", AnswerError::UnknownParameter(name("x"))),
            (
                by_default(),
                "server_max_window_bits=16",
                AnswerError::InvalidParameter(name("server_max_window_bits=16")),
            ),
            (
                by_default(),
                "server_max_window_bits=08",
                AnswerError::InvalidParameter(name("server_max_window_bits=08")),
            ),
            (
                by_default(),
                "server_max_window_bits=\"7\"",
                AnswerError::InvalidParameter(name("server_max_window_bits=7")),
            ),
            (
                by_default(),
                "client_max_window_bits",
                AnswerError::InvalidParameter(name("client_max_window_bits")),
            ),
            (
                by_default(),
                "server_no_context_takeover=1",
                AnswerError::InvalidParameter(name("server_no_context_takeover=1")),
            ),
            (
                by_default(),
                "client_no_context_takeover; client_no_context_takeover",
                AnswerError::RepeatedParameter(name("client_no_context_takeover")),
            ),
            (limited.clone(), "server_max_window_bits=12", AnswerError::NotKept("server_max_window_bits")),
            (limited, "client_no_context_takeover", AnswerError::NotKept("server_max_window_bits")),
            (
                with(always_alone()),
                "client_no_context_takeover",
                AnswerError::NotKept("server_no_context_takeover"),
            ),
        ] {
            let lines = format!("Sec-WebSocket-Extensions: permessage-deflate; {lines}\r\n");
            let (_, result) = connect_to(config, lines.clone().leak());
            match result {
                Err(Error::Deflate(error)) => assert_eq!(error, expected, "{lines}"),
                other => panic!("{lines}: {other:?}"),
            }
        }
    });
}

#[test]
fn an_answer_to_what_was_not_offered_fails_the_client() {
    watched(|| {
        let lines = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
        let (_, result) = connect_to(Config::default(), lines);
        assert!(matches!(result, Err(Error::Response(_))), "{result:?}");
        let (_, result) = connect_to(by_default(), "Sec-WebSocket-Extensions: x-other\r\n");
        assert!(matches!(result, Err(Error::Response(_))), "{result:?}");
        let twice = "Sec-WebSocket-Extensions: permessage-deflate, permessage-deflate\r\n";
        let (_, result) = connect_to(by_default(), twice);
        assert!(matches!(result, Err(Error::Response(_))), "{result:?}");
    });
}

#[test]
fn a_good_answer_is_in_use_at_once() {
    watched(|| {
        for (answer, bits, takeover) in [
            ("permessage-deflate", 15, true),
            ("permessage-deflate; client_no_context_takeover; client_max_window_bits=9", 9, false),
            ("permessage-deflate; client_max_window_bits=\"9\"; server_max_window_bits=8", 9, true),
        ] {
            let (client, mut server) = tcp();
            let thread = thread::spawn(move || {
                let request = read_head(&mut server);
                let head = format!("\r\nSec-WebSocket-Extensions: {answer}\r\n\r\n");
                // A message comes right behind the answer.
                write(&mut server, answer_to(&request).replace("\r\n\r\n", &head));
                write(&mut server, server_frame(0xc1, &HELLO));
                server
            });
            let connect = Connect::new("ws://localhost/").unwrap().config(with(always()));
            let mut socket = connect.over(client).unwrap().finish().unwrap();
            let mut message = Message::new();
            assert!(socket.read(&mut message).unwrap());
            assert_eq!(message.as_text(), Some("Hello"));
            socket.send(&json(500, 1)).unwrap();
            socket.send(&json(500, 1)).unwrap();
            drop(socket);
            let bytes = read_to_end(&mut thread.join().unwrap());
            let (first, rest) = naive_frame(&bytes).unwrap();
            let (second, _) = naive_frame(rest).unwrap();
            assert_eq!((first.first(), second.first()), (0xc1, 0xc1));
            let mut naive = crate::deflate_common::naive::Inflater::new(1 << bits);
            for frame in [first, second] {
                if !takeover {
                    naive.forget();
                }
                assert_eq!(naive.message(&frame.payload).as_deref(), Ok(json(500, 1).as_bytes()), "{answer}");
            }
        }
    });
}

/// The next frame, which is short.
fn read_frame(raw: &mut TcpStream) -> Vec<u8> {
    let mut frame = vec![0; 2];
    raw.read_exact(&mut frame).expect("a frame comes");
    frame.resize(2 + usize::from(frame[1]), 0);
    raw.read_exact(&mut frame[2..]).expect("all of it comes");
    frame
}

/// What a server with this configuration answers to a request with these header lines, and then to a compressed message.
fn ask(config: Config, lines: &str) -> (Option<String>, Vec<u8>) {
    let (address, server) = serve(move |stream| {
        let mut socket = Incoming::new(stream, config).accept()?;
        let mut message = Message::new();
        while socket.read(&mut message)? {
            socket.send(&message)?;
        }
        Ok::<_, Error>(())
    });
    let mut raw = raw_client(address);
    write(&mut raw, request_with(lines));
    let head = read_head(&mut raw);
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    write(&mut raw, client_frame(0xc1, &HELLO));
    let echoed = read_frame(&mut raw);
    drop(raw);
    assert!(server.join().unwrap().is_err(), "it was cut off");
    (extensions(&head).map(str::to_owned), echoed)
}

/// How a server echoes the compressed "Hello" when compression is on, and how it fails when it is not.
fn is_on(echoed: &[u8]) -> bool {
    if echoed.starts_with(&server_frame(0xc1, &HELLO)) {
        return true;
    }
    let (close, _) = naive_frame(echoed).unwrap();
    assert_eq!((close.opcode, &close.payload[..2]), (8, &1002_u16.to_be_bytes()[..]));
    false
}

#[test]
fn a_server_accepts_the_first_offer_that_it_can() {
    watched(|| {
        for (lines, expected) in [
            ("Sec-WebSocket-Extensions: permessage-deflate\r\n", "permessage-deflate"),
            ("sec-websocket-extensions:permessage-deflate;client_max_window_bits\r\n", "permessage-deflate"),
            (
                "Sec-WebSocket-Extensions: permessage-deflate; x, permessage-deflate; server_max_window_bits=10\r\n",
                "permessage-deflate; server_max_window_bits=10",
            ),
            (
                "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=16\r\n\
                 Sec-WebSocket-Extensions: x-other, permessage-deflate; client_no_context_takeover\r\n",
                "permessage-deflate; client_no_context_takeover",
            ),
            (
                "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=\"1\\0\"\r\n",
                "permessage-deflate; server_max_window_bits=10",
            ),
        ] {
            let (answer, echoed) = ask(with(always()), lines);
            assert_eq!(answer.as_deref(), Some(expected), "{lines}");
            assert!(is_on(&echoed), "{lines}");
        }
    });
}

#[test]
fn with_no_acceptable_offer_the_connection_opens_without() {
    watched(|| {
        for offer in [
            "x-webkit-deflate-frame",
            "permessage-deflate; x=1",
            "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
            "permessage-deflate; server_no_context_takeover=1",
            "permessage-deflate; server_max_window_bits",
            "permessage-deflate; server_max_window_bits=7, permessage-deflate; client_max_window_bits=99999999999",
            "permessage-deflate; client_max_window_bits=\"08\"",
        ] {
            let (answer, echoed) = ask(with(always()), &format!("Sec-WebSocket-Extensions: {offer}\r\n"));
            assert_eq!((answer, is_on(&echoed)), (None, false), "{offer}");
        }
        let (answer, echoed) = ask(with(always()), "");
        assert_eq!((answer, is_on(&echoed)), (None, false));
        // Nor does a server that was not told to.
        let (answer, echoed) = ask(Config::default(), "Sec-WebSocket-Extensions: permessage-deflate\r\n");
        assert_eq!((answer, is_on(&echoed)), (None, false));
        // One that needs a limit which it cannot ask for.
        let small = settings(|deflate| deflate.incoming = context(9, true));
        let (answer, _) = ask(with(small), "Sec-WebSocket-Extensions: permessage-deflate\r\n");
        assert_eq!(answer, None);
    });
}

#[test]
fn a_server_cannot_answer_with_an_extension_that_is_negotiated_for_it() {
    watched(|| {
        let (address, server) = serve(|stream| {
            let mut incoming = Incoming::new(stream, by_default());
            let upgrade = incoming.upgrade(&rfc6455::handshake::OriginPolicy::SameHost)?;
            let extension = crate::deflate_common::extension("permessage-deflate; server_max_window_bits=9");
            incoming.open(&upgrade.accept().extension(extension)?).map(drop)
        });
        let mut raw = raw_client(address);
        write(&mut raw, request_with("Sec-WebSocket-Extensions: permessage-deflate\r\n"));
        assert!(matches!(server.join().unwrap(), Err(Error::Build(_))));
    });
}

/// Both ends, after an opening handshake with these settings; the server echoes.
fn echo_pair(client: Deflate, server: Deflate) -> (Socket, thread::JoinHandle<Result<Socket, Error>>) {
    let (client, server) = websockets(with(client), with(server));
    (client, thread::spawn(move || echo(server)))
}

#[test]
fn messages_of_all_sizes_are_echoed_with_any_settings() {
    watched(|| {
        let texts = [0, 1, 100, 4095, 4096, 65_536, 1 << 20].map(|size| json(size, 1));
        let small =
            settings(|deflate| (deflate.outgoing, deflate.incoming) = (context(9, true), context(8, false)));
        for settings in [
            Deflate::default(),
            always(),
            always_alone(),
            small,
            kept_for(Duration::ZERO),
            kept_for(Duration::from_secs(3600)),
            Deflate::shared(Pool::new(1)),
        ] {
            let (mut client, server) = echo_pair(settings.clone(), settings);
            let mut message = Message::new();
            for text in texts.iter().flat_map(|text| [text, text]) {
                client.send(text).unwrap();
                assert!(client.read(&mut message).unwrap());
                assert!(message.as_text() == Some(text), "{}", text.len());
            }
            assert_eq!(client.close(CloseCode::NORMAL, "").unwrap(), CloseStatus::Code(CloseCode::NORMAL));
            server.join().unwrap().unwrap();
        }
    });
}

#[test]
fn a_large_message_of_a_server_goes_out_as_its_settings_say() {
    watched(|| {
        let (at_client, at_server) = agreed(&always(), &always());
        let text = json(100_000, 1);
        let prepared = PreparedMessage::compressed(&text, &always());
        let plain = PreparedMessage::new(&text);
        let (mut raw, server) = server_of_raw_client(Config::default());
        let mut server = server.with_deflate(&at_server);
        let sending = thread::spawn({
            let text = text.clone();
            move || {
                server.send(&text).unwrap();
                server.send_with(&text, Compress::Never).unwrap();
                server.send_prepared(&prepared).unwrap();
                server.send_prepared(&plain).unwrap();
                server.queue_with(&text, Compress::Always).unwrap();
                server.start_with(&text[..5000], Compress::Never).unwrap();
                server.finish(&text[5000..]).unwrap();
                server.start(&text).unwrap();
                server.append(&text).unwrap();
                server.finish("").unwrap();
            }
        });
        let bytes = read_to_end(&mut raw);
        sending.join().unwrap();
        let mut first_bytes = Vec::new();
        let mut rest = &bytes[..];
        while let Some((frame, after)) = naive_frame(rest) {
            first_bytes.push(frame.first());
            rest = after;
        }
        assert_eq!(first_bytes, [0xc1, 0x81, 0xc1, 0x81, 0xc1, 0x01, 0x80, 0x41, 0x00, 0x80]);
        let mut client = crate::pair::End::client(Config::default());
        client.session = client.session.with_deflate(&at_client);
        let told = client.take_in(&bytes, Duration::ZERO);
        let mut expected = vec![crate::pair::text(&text); 6];
        expected.push(crate::pair::text(&text.repeat(2)));
        assert!(told == expected);
    });
}

#[test]
fn without_compression_a_vectored_message_is_what_it_was() {
    watched(|| {
        // Negotiated, but the threshold is above it: the bytes go from where they lie.
        let never = settings(|deflate| deflate.threshold = usize::MAX);
        let (mut raw, server) = server_of_raw_client(Config::default());
        let mut server = server.with_deflate(&agreement(&never));
        let text = json(50_000, 1);
        server.send(&text).unwrap();
        server.send_prepared(&PreparedMessage::compressed(&text, &never)).unwrap();
        drop(server);
        let frame = server_frame(0x81, text.as_bytes());
        assert!(read_to_end(&mut raw) == [&frame[..], &frame].concat());
    });
}

#[test]
fn bad_data_fail_with_1007_and_a_bomb_with_1009() {
    watched(|| {
        let (bomb, _) = crate::deflate_common::blocks::bomb(100_000);
        for (payload, code, expected) in [
            (vec![0xff, 0xff, 0xff], 1007_u16, ProtocolError::InvalidCompressedData),
            (HELLO[..6].to_vec(), 1007, ProtocolError::InvalidCompressedData),
            (
                crate::deflate_common::blocks::Blocks::new().stored(false, b"\xff").payload(),
                1007,
                ProtocolError::InvalidUtf8,
            ),
            (bomb, 1009, ProtocolError::InvalidUtf8),
        ] {
            let (mut raw, server) = server_of_raw_client(Config::default());
            let server = server.with_deflate(&agreement(&always()));
            let serving = thread::spawn(move || echo(server));
            write(&mut raw, client_frame(0xc1, &payload));
            let bytes = read_frame(&mut raw);
            drop(raw);
            let (close, _) = naive_frame(&bytes).unwrap();
            assert_eq!((close.opcode, &close.payload[..2]), (8, &code.to_be_bytes()[..]));
            let Err(Error::Session { error: SessionError::Protocol(error), .. }) = serving.join().unwrap()
            else {
                panic!("it fails")
            };
            assert_eq!(error.close_code().to_u16(), code);
            assert!(code == 1009 || error == expected, "{error}");
        }
    });
}

#[test]
fn a_message_is_read_in_parts() {
    watched(|| {
        let text = json(1 << 20, 1);
        let (client, mut server) = websockets(by_default(), by_default());
        let sending = thread::spawn({
            let text = text.clone();
            let mut client = client;
            move || {
                client.send(&text).unwrap();
                client.close(CloseCode::NORMAL, "").unwrap();
            }
        });
        let (mut part, mut all, mut parts) = (Message::new(), String::new(), 0);
        loop {
            match server.read_part(&mut part).unwrap() {
                ReadEvent::Part | ReadEvent::Message => {
                    assert!(part.len() <= 16 * 1024 + 3);
                    all.push_str(part.as_text().unwrap());
                    parts += 1;
                }
                ReadEvent::Closed => break,
                other => panic!("{other:?}"),
            }
        }
        assert!(all == text && parts >= 64);
        sending.join().unwrap();
    });
}

#[test]
fn both_halves_of_both_ends_work_at_once() {
    const MESSAGES: usize = 200;
    fn run(socket: WebSocket<TcpStream>, settings: Deflate) {
        let (mut reader, mut writer) = socket.split();
        let reading = thread::spawn(move || {
            let mut message = Message::new();
            let mut number = 0;
            while reader.read(&mut message).unwrap() {
                assert!(message.as_text() == Some(&json(number * 53, 1)), "{number}");
                number += 1;
            }
            assert_eq!(number, MESSAGES);
        });
        for number in 0..MESSAGES {
            let text = json(number * 53, 1);
            match number % 8 {
                0 => writer.send_with(&text, Compress::Always).unwrap(),
                1 => writer.send_with(&text, Compress::Never).unwrap(),
                2 => writer.queue_with(&text, Compress::Always).unwrap(),
                3 => writer.queue(&text).unwrap(),
                4 => writer.send_prepared(&PreparedMessage::compressed(&text, &settings)).unwrap(),
                5 => {
                    writer.start_with("", Compress::Always).unwrap();
                    writer.ping(b"between").unwrap();
                    writer.append(&text).unwrap();
                    writer.finish("").unwrap();
                }
                6 => {
                    writer.ping(&[7; 125]).unwrap();
                    writer.start(&text).unwrap();
                    writer.finish("").unwrap();
                }
                _ => writer.send(&text).unwrap(),
            }
        }
        writer.flush().unwrap();
        writer
            .start_close(CloseCode::NORMAL, "")
            .unwrap_or_else(|error| assert!(matches!(error, Error::Send(_))));
        reading.join().unwrap();
    }
    for settings in [Deflate::default(), always(), always_alone(), Deflate::shared(Pool::new(2))] {
        watched(move || {
            let (client, server) = websockets(with(settings.clone()), with(settings.clone()));
            let serving = thread::spawn({
                let settings = settings.clone();
                // It must not close before it has read all: the client says when.
                move || run_until_closed(server, &settings)
            });
            run(client, settings);
            serving.join().unwrap();
        });
    }

    /// As a client, but the end comes from the peer.
    fn run_until_closed(socket: WebSocket<TcpStream>, settings: &Deflate) {
        let (mut reader, mut writer) = socket.split();
        let settings = settings.clone();
        let writing = thread::spawn(move || {
            for number in 0..MESSAGES {
                let text = json(number * 53, 1);
                match number % 3 {
                    0 => writer.send(&text).unwrap(),
                    1 => writer.send_prepared(&PreparedMessage::compressed(&text, &settings)).unwrap(),
                    _ => writer.send_with(&text, Compress::Always).unwrap(),
                }
            }
            writer
        });
        let mut message = Message::new();
        for number in 0..MESSAGES {
            assert!(reader.read(&mut message).unwrap());
            assert!(message.as_text() == Some(&json(number * 53, 1)), "{number}");
        }
        let mut writer = writing.join().unwrap();
        let _ = writer.start_close(CloseCode::NORMAL, "");
        assert!(!reader.read(&mut message).unwrap());
    }
}

#[test]
fn a_writer_that_is_refused_does_not_spoil_the_next_message() {
    watched(|| {
        let (client, mut server) = websockets(with(always()), with(always()));
        let (_reader, mut writer) = client.split();
        let mut message = Message::new();
        for round in 0..3 {
            writer.start("unfinished, ").unwrap();
            for _ in 0..2 {
                assert!(matches!(writer.send("refused").unwrap_err(), Error::Send(_)));
                assert!(matches!(
                    writer.queue_with("refused", Compress::Always).unwrap_err(),
                    Error::Send(_)
                ));
                assert!(matches!(writer.append(&b"refused"[..]).unwrap_err(), Error::Send(_)));
            }
            writer.finish("finished").unwrap();
            writer.send(&json(300, round)).unwrap();
            assert!(server.read(&mut message).unwrap());
            assert_eq!(message.as_text(), Some("unfinished, finished"));
            assert!(server.read(&mut message).unwrap());
            assert_eq!(message.as_text(), Some(&json(300, round)[..]));
        }
    });
}

#[test]
fn a_full_backlog_refuses_a_message_and_the_next_still_decodes() {
    watched(|| {
        let mut config = with(always());
        config.write_backlog = 100_000;
        let (client, server) = tcp();
        client.set_nonblocking(true).unwrap();
        let (at_client, at_server) = agreed(&always(), &always());
        let client = WebSocket::new(client, client_role(), config, Vec::new()).with_deflate(&at_client);
        let (mut reader, mut writer) = client.split();
        let noise = crate::deflate_common::Noise::new(3).bytes(50_000);
        let (mut sent, mut refused) = (0, 0);
        while refused < 3 {
            match writer.send(&noise[sent..]) {
                Err(Error::Backlog) => refused += 1,
                Err(error) if !error.is_would_block() => panic!("{error}"),
                _ => sent += 1,
            }
        }
        let reading = thread::spawn(move || {
            let mut server =
                WebSocket::new(server, Role::Server, Config::default(), Vec::new()).with_deflate(&at_server);
            let (mut message, mut lens) = (Message::new(), Vec::new());
            while server.read(&mut message).unwrap() {
                lens.push(message.len());
            }
            lens
        });
        until_ready(|| writer.flush()).unwrap();
        until_ready(|| writer.send(&noise[..1])).unwrap();
        until_ready(|| {
            writer.start_close(CloseCode::NORMAL, "").or_else(|error| match error {
                Error::Send(_) => Ok(()),
                error => Err(error),
            })
        })
        .unwrap();
        until_ready(|| writer.flush()).unwrap();
        until_ready(|| reader.read(&mut Message::new())).unwrap();
        let mut expected: Vec<usize> = (0..sent).map(|sent| 50_000 - sent).collect();
        expected.push(1);
        assert_eq!(reading.join().unwrap(), expected);
    });
}

#[test]
fn an_idle_deadline_is_in_the_future_for_an_event_loop() {
    watched(|| {
        let idle = Duration::from_secs(3600);
        let (client, server) = tcp();
        client.set_nonblocking(true).unwrap();
        let (at_client, at_server) = agreed(&kept_for(idle), &kept_for(idle));
        let mut client =
            WebSocket::new(client, client_role(), Config::default(), Vec::new()).with_deflate(&at_client);
        let server =
            WebSocket::new(server, Role::Server, Config::default(), Vec::new()).with_deflate(&at_server);
        let serving = thread::spawn(move || echo(server));
        assert_eq!(client.deadline(), None, "nothing was used");
        let mut message = Message::new();
        let start = Instant::now();
        for _ in 0..3 {
            client.send(&json(300, 1)).unwrap();
            assert!(until_ready(|| client.read(&mut message)).unwrap());
            // As a loop that has nothing more to read: then it sleeps until this.
            let error = client.read(&mut message).unwrap_err();
            assert!(error.is_would_block());
            assert!(client.deadline().unwrap() >= start + idle);
        }
        until_ready(|| client.close(CloseCode::NORMAL, "")).unwrap();
        serving.join().unwrap().unwrap();
    });
}

#[test]
fn an_agreement_made_elsewhere_is_taken() {
    watched(|| {
        let (at_client, at_server) = agreed(&always(), &always());
        let (client, server) = tcp();
        let mut client =
            WebSocket::new(client, client_role(), Config::default(), Vec::new()).with_deflate(&at_client);
        let server =
            WebSocket::new(server, Role::Server, Config::default(), Vec::new()).with_deflate(&at_server);
        let serving = thread::spawn(move || echo(server));
        let mut message = Message::new();
        for _ in 0..2 {
            client.send("Hello").unwrap();
            assert!(client.read(&mut message).unwrap());
            // Taken apart and put together, it goes on where it was.
            client = WebSocket::from_parts(client.into_parts());
            client.send("Hello again").unwrap();
            assert!(client.read(&mut message).unwrap());
            assert_eq!(message.as_text(), Some("Hello again"));
        }
        client.close(CloseCode::NORMAL, "").unwrap();
        serving.join().unwrap().unwrap();
    });
}
