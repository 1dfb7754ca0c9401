//! The two halves of a connection on their own, and who checks text (RFC 6455 §6.1, §6.2, §8.1).

use crate::common::*;
use rfc6455::frame::Opcode;
use rfc6455::protocol::{
    Connection, Event, Limits, ProtocolError, Receiver, Role, SendError, Sender, Side, State, TextCheck,
    Utf8Stream,
};

#[test]
fn a_receiver_alone_tells_and_owes_nothing() {
    for from in SIDES {
        let mut receiver = Receiver::new(from, Limits::default(), TextCheck::Receiver);
        let list: List<'_> = &[
            (TEXT, b"Hello"),
            (PING, b"p"),
            (BINARY_START, b"ab"),
            (CLOSE, b"\x03\xe8bye"),
            (TEXT, b"late"),
        ];
        let mut bytes = frames(from, list);
        let mut input = &mut bytes[..];

        let Some(Event::Data(hello)) = receiver.receive(&mut input).unwrap() else { panic!() };
        let told = receiver.receive(&mut input).unwrap();
        assert_eq!(told, Some(Event::Ping(b"p")));
        // The chunk borrows the input, not the receiver, which has gone on.
        assert_eq!((&*hello.payload, hello.starts, hello.ends), (&b"Hello"[..], true, true));

        let Some(Event::Data(ab)) = receiver.receive(&mut input).unwrap() else { panic!() };
        assert_eq!((&*ab.payload, ab.starts, ab.ends), (&b"ab"[..], true, false));
        assert_eq!(receiver.last_frame().unwrap().opcode, Opcode::Binary);
        assert_eq!(receiver.close_frame(), None);
        assert!(matches!(receiver.receive(&mut input), Ok(Some(Event::Close(Some(_))))));
        assert_eq!(receiver.receive(&mut input), Ok(None));
        assert!(input.is_empty());
        assert_eq!(receiver.close_frame().unwrap().reason, "bye");
    }
}

#[test]
fn a_receiver_that_was_failed_reads_nothing_more() {
    let mut receiver = Receiver::new(Side::Server, Limits::default(), TextCheck::Receiver);
    receiver.fail(ProtocolError::InvalidUtf8);
    let mut bytes = frame(Side::Server, TEXT, b"Hello");
    let mut input = &mut bytes[..];
    assert_eq!(receiver.receive(&mut input), Err(ProtocolError::InvalidUtf8));
    assert!(input.is_empty());
}

#[test]
fn a_sender_alone_writes_what_a_connection_does() {
    for side in SIDES {
        let mut sender = Sender::new(role(side));
        let mut connection = End::new(side);
        let (mut ours, theirs) = (Vec::new(), &mut connection.out);
        sender.start("a", &mut ours).unwrap();
        sender.ping(b"p", &mut ours).unwrap();
        sender.finish("b", &mut ours).unwrap();
        sender.close_without_code(&mut ours).unwrap();
        connection.connection.start("a", theirs).unwrap();
        connection.connection.ping(b"p", theirs).unwrap();
        connection.connection.finish("b", theirs).unwrap();
        connection.connection.start_close_without_code(theirs).unwrap();
        assert_eq!(ours, connection.out);
        assert_eq!(sender.last_frame().unwrap().opcode, Opcode::Close);
        assert_eq!(sender.send("c", &mut ours), Err(SendError::Closed));
    }
}

#[test]
fn text_that_the_caller_checks_is_told_as_it_came() {
    let wrong = b"ab\xffcd\xe2";
    for side in SIDES {
        let from = side.peer();
        let whole = frame(from, TEXT, wrong);
        let fragments = frames(from, &[(TEXT_START, &wrong[..4]), (NEXT, b""), (LAST, &wrong[4..])]);
        for (bytes, cut) in
            [(&whole, whole.len()), (&whole, 8), (&fragments, fragments.len()), (&fragments, 1)]
        {
            let mut end = Connection::with_text_check(role(side), Limits::default(), TextCheck::Caller);
            let (mut told, mut out) = (Vec::new(), Vec::new());
            for piece in bytes.chunks(cut) {
                let mut piece = piece.to_vec();
                let mut input = &mut piece[..];
                while let Some(Event::Data(chunk)) = end.receive(&mut input, &mut out).unwrap() {
                    told.extend_from_slice(chunk.payload);
                }
            }
            assert_eq!(told, wrong);
            end.fail(ProtocolError::InvalidUtf8, &mut out);
            assert_eq!(end.state(), State::Failed);
        }
    }
}

#[test]
fn the_reason_of_a_close_is_checked_whoever_checks_text() {
    let mut end = Connection::with_text_check(Role::Server, Limits::default(), TextCheck::Caller);
    let mut bytes = frame(Side::Client, CLOSE, &close_body(1000, b"\xff"));
    let result = end.receive(&mut &mut bytes[..], &mut Vec::new());
    assert_eq!(result, Err(ProtocolError::InvalidUtf8));
}

#[test]
fn a_stream_of_text_gives_whole_characters_and_keeps_the_rest() {
    let mut text = Utf8Stream::new();
    assert_eq!(text.push(b"a\xf0\x9f"), Ok((None, "a")));
    assert!(text.finish().is_err(), "inside a character");
    assert_eq!(text.push(b""), Ok((None, "")));
    assert_eq!(text.push(b"\x98"), Ok((None, "")));
    assert_eq!(text.push(b"\x80b\xc3"), Ok((Some('😀'), "b")));
    assert_eq!(text.push(b"\xa9"), Ok((Some('é'), "")));
    assert_eq!(text.finish(), Ok(()));
    let error = text.push(b"\xff").unwrap_err();
    assert!(error.to_string().ends_with("(RFC 6455 §8.1)"));
    assert_eq!(ProtocolError::from(error), ProtocolError::InvalidUtf8);
}
