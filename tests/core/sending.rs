//! Sending: RFC 6455 §5.4, §6.1, and what a caller may get wrong.

use crate::common::*;
use rfc6455::frame::Opcode;
use rfc6455::protocol::{CloseCode, Data, DataKind, Event, Role, SendError, Sender, Side, State};

#[test]
fn a_message_in_fragments_has_its_opcode_first_and_fin_last() {
    let mut server = End::server();
    let End { connection, out, .. } = &mut server;
    connection.start("a", out).unwrap();
    connection.append("", out).unwrap();
    connection.append("bc", out).unwrap();
    connection.finish("d", out).unwrap();
    connection.start(b"", out).unwrap();
    connection.finish(b"", out).unwrap();
    assert_eq!(out, b"\x01\x01a\x00\x00\x00\x02bc\x80\x01d\x02\x00\x80\x00");
}

#[test]
fn control_frames_may_stand_inside_a_message_and_are_whole() {
    for side in SIDES {
        let mut end = End::new(side);
        let End { connection, out, .. } = &mut end;
        connection.start("a", out).unwrap();
        connection.ping(&[1; 125], out).unwrap();
        connection.pong(&[2; 125], out).unwrap();
        connection.finish("b", out).unwrap();
        let said = end.said();
        let firsts: Vec<u8> = said.iter().map(|(first, _)| *first).collect();
        assert_eq!(firsts, [TEXT_START, PING, PONG, LAST]);
        assert_eq!((&said[1].1[..], &said[2].1[..]), (&[1; 125][..], &[2; 125][..]));
    }
}

#[test]
fn lengths_are_sent_in_their_shortest_form() {
    for side in SIDES {
        for (len, head) in [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)] {
            let mut end = End::new(side);
            end.connection.send(&vec![7; len], &mut end.out).unwrap();
            let key = if side == Side::Client { 4 } else { 0 };
            assert_eq!(end.out.len(), head + key + len);
            assert_eq!(end.said(), [(BINARY, vec![7; len])]);
        }
    }
}

/// A call, and what it says in an `End` that was made ready.
type Call = fn(&mut End) -> Result<(), SendError>;

const SEND: Call = |end| end.connection.send("x", &mut end.out);
const START: Call = |end| end.connection.start("x", &mut end.out);
const APPEND: Call = |end| end.connection.append("x", &mut end.out);
const APPEND_BYTES: Call = |end| end.connection.append(b"x", &mut end.out);
const FINISH: Call = |end| end.connection.finish("x", &mut end.out);
const FINISH_BYTES: Call = |end| end.connection.finish(b"x", &mut end.out);
const PING_126: Call = |end| end.connection.ping(&[0; 126], &mut end.out);
const PONG_126: Call = |end| end.connection.pong(&[0; 126], &mut end.out);
const PING_1: Call = |end| end.connection.ping(b"x", &mut end.out);
const CLOSE_1000: Call = |end| end.connection.start_close(CloseCode::NORMAL, "", &mut end.out);
const CLOSE_124: Call = |end| end.connection.start_close(CloseCode::NORMAL, &"r".repeat(124), &mut end.out);
const MASK: Call = |end| end.connection.mask_in_place(DataKind::Text, &mut [b'x']).map(drop);
const MASK_WRONG: Call = |end| end.connection.mask_in_place(DataKind::Text, &mut [0xff]).map(drop);

#[test]
fn what_may_not_be_sent_is_refused_and_leaves_the_output_and_the_connection_alone() {
    use SendError::*;
    let cases: [(&[Call], Call, SendError); 22] = [
        (&[], APPEND, NoMessage),
        (&[], FINISH, NoMessage),
        (&[START, FINISH], APPEND, NoMessage),
        (&[START, FINISH], FINISH, NoMessage),
        (&[SEND], FINISH, NoMessage),
        (&[START], SEND, MessageUnfinished),
        (&[START], START, MessageUnfinished),
        (&[START, APPEND], SEND, MessageUnfinished),
        (&[START], MASK, MessageUnfinished),
        (&[START], APPEND_BYTES, OtherKind),
        (&[START, APPEND], FINISH_BYTES, OtherKind),
        (&[], PING_126, ControlTooLong),
        (&[], PONG_126, ControlTooLong),
        (&[START], PING_126, ControlTooLong),
        (&[], CLOSE_124, ReasonTooLong),
        (&[], MASK_WRONG, InvalidUtf8),
        (&[CLOSE_1000], SEND, Closed),
        (&[CLOSE_1000], START, Closed),
        (&[START, CLOSE_1000], APPEND, Closed),
        (&[START, CLOSE_1000], FINISH, Closed),
        (&[CLOSE_1000], PING_1, Closed),
        (&[CLOSE_1000], CLOSE_1000, Closed),
    ];
    for side in SIDES {
        for (before, call, error) in cases {
            let mut end = End::new(side);
            for call in before {
                call(&mut end).unwrap();
            }
            let (out, state, last) = (end.out.clone(), end.connection.state(), end.connection.last_sent());
            assert_eq!(call(&mut end), Err(error));
            assert_eq!(end.out, out, "{error}: nothing is written");
            assert_eq!(end.connection.state(), state, "{error}");
            assert_eq!(end.connection.last_sent(), last, "{error}");
            assert!(error.to_string().contains("(RFC 6455 §"), "{error}");
        }
    }
}

#[test]
fn a_refused_call_does_not_spoil_the_message_in_progress() {
    for side in SIDES {
        let mut end = End::new(side);
        START(&mut end).unwrap();
        for call in [SEND, START, APPEND_BYTES, FINISH_BYTES, PING_126, CLOSE_124] {
            call(&mut end).unwrap_err();
        }
        FINISH(&mut end).unwrap();
        SEND(&mut end).unwrap();
        let x = b"x".to_vec();
        assert_eq!(end.said(), [(TEXT_START, x.clone()), (LAST, x.clone()), (TEXT, x)]);
    }
}

#[test]
fn the_close_code_1010_is_for_clients() {
    let close = |end: &mut End| end.connection.start_close(CloseCode::MANDATORY_EXTENSION, "", &mut end.out);
    let (mut client, mut server) = (End::client(), End::server());
    assert_eq!(close(&mut server), Err(SendError::ClientOnlyCode));
    assert_eq!((server.connection.state(), server.out.len()), (State::Open, 0));
    assert_eq!(close(&mut client), Ok(()));
    // A server that is told so answers alike (§5.5.1).
    server.hear_bytes(&client.out).unwrap();
    assert_eq!(server.said(), client.said());
}

#[test]
fn codes_that_must_not_be_sent_cannot_be_built() {
    for code in [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535] {
        assert!(CloseCode::new(code).is_err(), "{code}");
    }
}

// The ways to send without a copy.

#[test]
fn a_header_alone_is_what_send_writes_before_the_payload() {
    for len in [0, 5, 126, 65_536] {
        let payload = vec![b'x'; len];
        for data in [Data::Binary(&payload), Data::Text(str::from_utf8(&payload).unwrap())] {
            let (mut one, mut other) = (End::server(), End::server());
            one.connection.send(data, &mut one.out).unwrap();
            let header = other.connection.header_for(data).unwrap();
            assert_eq!(one.out, [&header[..], &payload].concat());
            assert_eq!(one.connection.last_sent(), other.connection.last_sent());
        }
    }
    let mut client = End::client();
    assert_eq!(client.connection.header_for("x").map(drop), Err(SendError::MustMask));
}

#[test]
fn masking_in_place_is_what_send_writes() {
    for side in SIDES {
        for len in [0, 5, 126, 65_536] {
            for kind in [DataKind::Text, DataKind::Binary] {
                let (mut one, mut other) = (End::new(side), End::new(side));
                let mut payload = vec![b'x'; len];
                let data = match kind {
                    DataKind::Text => Data::Text(str::from_utf8(&payload).unwrap()),
                    DataKind::Binary => Data::Binary(&payload),
                };
                one.connection.send(data, &mut one.out).unwrap();
                let header = other.connection.mask_in_place(kind, &mut payload).unwrap();
                assert_eq!(one.out, [&header[..], &payload].concat());
            }
        }
    }
}

#[test]
fn bytes_that_are_no_text_may_be_sent_as_binary_in_place() {
    let mut server = End::server();
    let mut payload = [0xff, 0xfe];
    let header = server.connection.mask_in_place(DataKind::Binary, &mut payload).unwrap();
    assert_eq!((&header[..], payload), (&[0x82, 2][..], [0xff, 0xfe]));
}

#[test]
fn output_is_appended() {
    let mut sender = Sender::new(Role::Server);
    let mut out = b"what waits".to_vec();
    sender.send("x", &mut out).unwrap();
    assert_eq!(out, b"what waits\x81\x01x");
    assert_eq!(sender.side(), Side::Server);
}

#[test]
fn all_kinds_of_owned_and_borrowed_data_may_be_sent() {
    use bytes::{Bytes, BytesMut};
    fn kind<'d>(data: impl Into<Data<'d>>) -> DataKind {
        let data = data.into();
        assert_eq!(data.as_bytes(), b"abc");
        data.kind()
    }
    assert_eq!(kind("abc"), DataKind::Text);
    assert_eq!(kind(&"abc".to_owned()), DataKind::Text);
    assert_eq!(kind(b"abc"), DataKind::Binary);
    assert_eq!(kind(&b"abc"[..]), DataKind::Binary);
    assert_eq!(kind(&mut b"abc".to_owned()[..]), DataKind::Binary);
    assert_eq!(kind(&b"abc".to_vec()), DataKind::Binary);
    assert_eq!(kind(&Bytes::from_static(b"abc")), DataKind::Binary);
    assert_eq!(kind(&BytesMut::from(&b"abc"[..])), DataKind::Binary);
}

#[test]
fn the_last_frames_are_known_for_a_log() {
    let mut server = End::server();
    assert_eq!((server.connection.last_sent(), server.connection.last_received()), (None, None));
    server.connection.start("Hel", &mut server.out).unwrap();
    let sent = server.connection.last_sent().unwrap();
    assert_eq!((sent.opcode, sent.fin, sent.payload_len), (Opcode::Text, false, 3));
    assert_eq!(sent.to_string(), "text frame of 3 bytes, not final");

    for (first, payload, told) in [
        (TEXT, &b"Hello"[..], "text frame of 5 bytes"),
        (BINARY, b"", "binary frame of 0 bytes"),
        (PING, b"p", "ping frame of 1 bytes"),
        (BINARY_START, b"ab", "binary frame of 2 bytes, not final"),
        (LAST, b"", "continuation frame of 0 bytes"),
        (CLOSE, b"", "close frame of 0 bytes"),
    ] {
        server.hear(first, payload).unwrap();
        assert_eq!(server.connection.last_received().unwrap().to_string(), told);
    }
    assert_eq!(server.connection.last_sent().unwrap().opcode, Opcode::Close);
}

#[test]
fn chunks_are_forwarded_as_they_came() {
    // Cut inside the euro sign: text that no `&str` could hold piece by piece.
    let text = frame(Side::Client, TEXT, "a€b".as_bytes());
    let (mut server, mut client) = (End::server(), End::client());
    for cut in 0..=text.len() {
        let mut relayed = Vec::new();
        for piece in [&text[..cut], &text[cut..]] {
            let mut piece = piece.to_vec();
            let mut input = &mut piece[..];
            while let Some(Event::Data(chunk)) =
                server.connection.receive(&mut input, &mut server.out).unwrap()
            {
                server.connection.forward(&chunk, &mut relayed).unwrap();
            }
        }
        client.hear_bytes(&relayed).unwrap();
        assert_eq!(client.seen(), [Seen::Text("a€b".to_owned())]);
    }

    let mut bytes = frame(Side::Client, BINARY_START, b"x");
    let mut input = &mut bytes[..];
    let Some(Event::Data(start)) = server.connection.receive(&mut input, &mut server.out).unwrap() else {
        panic!("a chunk has come");
    };
    let mut out = Vec::new();
    let mut sender = Sender::new(Role::Server);
    sender.start("t", &mut out).unwrap();
    assert_eq!(sender.forward(&start, &mut out), Err(SendError::MessageUnfinished));
    assert_eq!(out, b"\x01\x01t");
}
