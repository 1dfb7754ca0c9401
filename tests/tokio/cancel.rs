//! Futures that are dropped at any point: nothing is lost, doubled or torn. RFC 6455 §5.4 leaves no other choice, as a frame
//! that was begun has to be finished.

use crate::common::*;
use crate::drip::{Drip, Drops, Polling, however_dropped};
use rfc6455::handshake::{HttpResponse, OriginPolicy};
use rfc6455::protocol::{CloseCode, CloseStatus, Role, SendError};
use rfc6455::tokio::{Incoming, ReadEvent, Reader, WebSocket, Writer};
use rfc6455::{Config, Error, Message, PreparedMessage};

fn server_of(input: &[Vec<u8>]) -> (WebSocket<Drip>, Drip) {
    server_with(input, Config::default())
}

fn server_with(input: &[Vec<u8>], config: Config) -> (WebSocket<Drip>, Drip) {
    let drip = Drip::new(input.concat());
    (WebSocket::new(drip.clone(), Role::Server, config, Vec::new()), drip)
}

/// A message in three parts with a Ping and a Pong inside, a binary one, and a Close.
fn all_kinds() -> Vec<Vec<u8>> {
    vec![
        client_frame(0x01, "grüß".as_bytes()),
        client_frame(PING, b"are you there?"),
        client_frame(0x00, b""),
        client_frame(PONG, b"here"),
        client_frame(0x80, " dich".as_bytes()),
        client_frame(BINARY, &[7; 200]),
        client_frame(CLOSE, &close(1000)),
    ]
}

fn event(event: ReadEvent<'_>) -> Option<String> {
    match event {
        ReadEvent::Closed => None,
        other => Some(format!("{other:?}")),
    }
}

/// What a reading with one of the three methods told, and all that was written.
type Told = (Vec<String>, Vec<u8>);

#[test]
fn what_comes_is_read_once_and_whole() {
    however_dropped(|polling| -> Told {
        let (mut socket, drip) = server_of(&all_kinds());
        let (mut told, mut message) = (Vec::new(), Message::new());
        while polling.until_done(|polling| polling.poll(socket.read(&mut message))).unwrap() {
            told.push(format!("{message:?}"));
        }
        assert_eq!(told.len(), 2);
        (told, drip.written())
    });
}

#[test]
fn events_and_parts_are_read_once_and_whole() {
    however_dropped(|polling| -> Told {
        let (mut socket, drip) = server_of(&all_kinds());
        let (mut told, mut message) = (Vec::new(), Message::new());
        while let Some(one) = polling.until_done(|polling| {
            let read = polling.poll(socket.read_event(&mut message))?;
            Some(event(read.unwrap()))
        }) {
            told.push(format!("{one} {message:?}"));
        }
        (told, drip.written())
    });
    however_dropped(|polling| -> Told {
        let (mut socket, drip) = server_of(&all_kinds());
        let (mut told, mut part) = (Vec::new(), Message::new());
        while let Some(one) = polling.until_done(|polling| {
            let read = polling.poll(socket.read_part(&mut part))?;
            Some(event(read.unwrap()))
        }) {
            told.push(format!("{one} {part:?}"));
        }
        (told, drip.written())
    });
}

#[test]
fn a_half_reads_once_and_whole() {
    however_dropped(|polling| -> Told {
        let (socket, drip) = server_of(&all_kinds());
        let (mut reader, _writer): (Reader<_>, Writer<_>) = socket.split();
        let (mut told, mut message) = (Vec::new(), Message::new());
        while let Some(one) = polling.until_done(|polling| {
            let read = polling.poll(reader.read_event(&mut message))?;
            Some(event(read.unwrap()))
        }) {
            told.push(format!("{one} {message:?}"));
        }
        (told, drip.written())
    });
}

/// Each has room, so it is taken at the first poll, and must never be sent again.
macro_rules! sends_everything {
    ($polling:ident, $socket:ident, $($call:ident $arguments:tt;)*) => {
        $(let _ = $polling.poll($socket.$call $arguments).map(Result::unwrap);)*
        $polling.until_done(|polling| polling.poll($socket.flush())).unwrap();
    };
}

#[test]
fn what_is_sent_is_sent_once_and_whole() {
    let prepared = PreparedMessage::new("prepared");
    let large = vec![3; 5000];
    let story = |polling: &mut Polling, is_split: bool| {
        let (mut socket, drip) = server_of(&[]);
        if is_split {
            let (_reader, mut writer) = socket.split();
            sends_everything!(polling, writer,
                send("one"); queue("two"); ping(b"ping"); start("th"); append("re"); finish("e");
                send_prepared(&prepared); queue_prepared(&prepared); pong(b"pong");
                start_close(CloseCode::NORMAL, "bye"););
        } else {
            sends_everything!(polling, socket,
                send("one"); queue("two"); ping(b"ping"); start("th"); append("re"); finish("e");
                send_prepared(&prepared); queue_prepared(&prepared); pong(b"pong");
                start_close(CloseCode::NORMAL, "bye"););
        }
        drip.written()
    };
    for is_split in [false, true] {
        however_dropped(|polling| story(polling, is_split));
    }
    // With the payload of its own slice; a drop at each of 10,000 steps would take long.
    for drops in [Drops::Never, Drops::After(1), Drops::After(2), Drops::After(5000), Drops::Each(1000)] {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let _context = runtime.enter();
        let (mut socket, drip) = server_of(&[]);
        let mut polling = Polling::new(drops);
        sends_everything!(polling, socket, send(&large); send("end"););
        assert_eq!(drip.written(), [server_frame(BINARY, &large), server_frame(TEXT, b"end")].concat());
    }
}

/// A send that waits for room is dropped: nothing of it is sent. After it was taken, all of it is.
#[test]
fn a_message_is_taken_whole_or_not_at_all() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let _context = runtime.enter();
    let mut config = Config::default();
    config.write_backlog = 10;
    let run = |drops| {
        let (mut socket, drip) = server_with(&[], config.clone());
        let mut polling = Polling::new(Drops::Each(1));
        // It waits to be written.
        assert!(polling.poll(socket.send("a long first message")).is_none());
        let mut polling = Polling::new(drops);
        let first = polling.poll(socket.send("second"));
        let unwritten = socket.unwritten();
        let mut rest = Polling::new(Drops::Never);
        rest.poll(socket.send("third")).unwrap().unwrap();
        (first.is_some(), unwritten, drip.written(), polling.polls)
    };
    let frames = |texts: &[&str]| {
        texts.iter().flat_map(|text| server_frame(TEXT, text.as_bytes())).collect::<Vec<_>>()
    };
    let with = frames(&["a long first message", "second", "third"]);
    let without = frames(&["a long first message", "third"]);
    let (is_done, _, written, polls) = run(Drops::Never);
    assert!(is_done && written == with);
    let mut seen = [0; 2];
    for polls in 1..polls {
        let (is_done, unwritten, written, _) = run(Drops::After(polls));
        assert!(!is_done);
        let is_taken = written == with;
        assert!(is_taken || written == without, "{polls}: {written:?}");
        // While more than ten bytes of the first one wait, there is no room.
        if unwritten > 10 + server_frame(TEXT, b"second").len() {
            assert!(!is_taken, "{polls}");
        }
        seen[usize::from(is_taken)] += 1;
    }
    assert!(seen.iter().all(|&seen| seen > 5), "{seen:?}");
}

#[test]
fn a_close_goes_on_where_it_was() {
    however_dropped(|polling| {
        let (mut socket, drip) = server_of(&all_kinds());
        let status = polling.until_done(|polling| polling.poll(socket.close(CloseCode::GOING_AWAY, "bye")));
        (status.unwrap(), drip.written())
    });
    however_dropped(|polling| {
        let (socket, drip) = server_of(&all_kinds());
        let (reader, mut writer) = socket.split();
        drop(reader);
        let status = polling.until_done(|polling| polling.poll(writer.close(CloseCode::GOING_AWAY, "bye")));
        assert!(matches!(status, Ok(CloseStatus::Code(_))), "{status:?}");
        (status.unwrap(), drip.written())
    });
}

#[test]
fn a_handshake_goes_on_where_it_was() {
    let request = crate::common_net::request_with("Sec-WebSocket-Protocol: chat\r\n");
    however_dropped(|polling| {
        let drip = Drip::new(request.bytes().chain(client_frame(TEXT, b"early")));
        let mut incoming = Incoming::new(drip.clone(), Config::default());
        let path =
            polling.until_done(|polling| Some(polling.poll(incoming.request())?.unwrap().path().to_string()));
        let upgrade =
            polling.until_done(|polling| polling.poll(incoming.upgrade(&OriginPolicy::Any))).unwrap();
        let accept = upgrade.accept().first_subprotocol_of(&["chat"]);
        let mut never = Polling::new(Drops::Never);
        let mut socket = never.poll(incoming.open(&accept)).unwrap().unwrap();
        let mut message = Message::new();
        assert!(polling.until_done(|polling| polling.poll(socket.read(&mut message))).unwrap());
        (path, socket.subprotocol().map(str::to_string), message, drip.written())
    });
}

#[test]
fn an_answer_and_a_refusal_go_on_where_they_were() {
    let page = HttpResponse::ok("text/html", "<h1>Hello</h1>").unwrap();
    however_dropped(|polling| {
        let drip = Drip::new(*b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        let mut incoming = Incoming::new(drip.clone(), Config::default());
        polling.until_done(|polling| polling.poll(incoming.request()).map(Result::unwrap).map(drop));
        polling.until_done(|polling| polling.poll(incoming.respond(&page))).unwrap();
        drip.written()
    });
    however_dropped(|polling| {
        let drip = Drip::new(*b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\nand more");
        let mut incoming = Incoming::new(drip.clone(), Config::default());
        let refused = polling.until_done(|polling| polling.poll(incoming.upgrade(&OriginPolicy::Any)));
        assert!(matches!(refused, Err(Error::Request(_))), "{refused:?}");
        let written = String::from_utf8(drip.written()).unwrap();
        assert!(written.starts_with("HTTP/1.1 426 "), "{written}");
        written
    });
}

#[test]
fn what_may_not_be_sent_is_told_and_not_sent() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let _context = runtime.enter();
    let (mut socket, drip) = server_of(&[]);
    let mut polling = Polling::new(Drops::Never);
    let long = polling.poll(socket.ping(&[0; 126])).unwrap();
    assert!(matches!(long, Err(Error::Send(SendError::ControlTooLong))), "{long:?}");
    let early = polling.poll(socket.append("no start")).unwrap();
    assert!(matches!(early, Err(Error::Send(SendError::NoMessage))), "{early:?}");
    assert_eq!(drip.written(), b"");
}
