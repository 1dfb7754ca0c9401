//! Whole messages: RFC 6455 §5.4, §5.6, §8.1; how they are put together, in which storage, and how they are sent.

use std::time::Duration;

use crate::pair::*;
use rfc6455::protocol::{CloseCode, Data, DataKind, ProtocolError, SendError, Side, Transport};
use rfc6455::session::{Config, Message, PreparedMessage, Received, Session, SessionError};

const NOT_UTF8: Told = Told::Failed(SessionError::Protocol(ProtocolError::InvalidUtf8));
const NOW: Duration = Duration::ZERO;

fn text_in_all_widths() -> String {
    "aß€😀 ".repeat(40)
}

#[test]
fn a_conversation_in_both_directions() {
    let mut pair = Pair::with_server(Config::default());
    pair.client.send("Hello");
    pair.client.session.send(b"\xff\x00", &mut pair.client.out).unwrap();
    assert_eq!(pair.reach_server(), [text("Hello"), Told::Binary(vec![0xff, 0])]);
    pair.server.send("");
    pair.server.session.send(&[], &mut pair.server.out).unwrap();
    assert_eq!(pair.reach_client(), [text(""), Told::Binary(vec![])]);
    assert_eq!((pair.client.session.side(), pair.server.session.side()), (Side::Client, Side::Server));
}

#[test]
fn messages_cut_anywhere_come_out_whole() {
    let mut client = End::client(Config::default());
    let long = text_in_all_widths();
    // Each byte differs from its neighbours, so that their order shows.
    let octets: Vec<u8> = (0..=255).chain(0..44).collect();
    let End { session, out, .. } = &mut client;
    session.send(&long, out).unwrap();
    session.start("é", out).unwrap();
    session.ping(b"in between", out).unwrap();
    session.append("😀", out).unwrap();
    session.append("", out).unwrap();
    session.finish("", out).unwrap();
    session.send(&octets, out).unwrap();
    let bytes = client.take_out();
    let all = [text(&long), Told::Ping(b"in between".to_vec()), text("é😀"), Told::Binary(octets)];
    for cut in 0..=bytes.len() {
        let mut server = End::server(Config::default());
        let (first, rest) = bytes.split_at(cut);
        let told = [server.take_in(first, NOW), server.take_in(rest, NOW)].concat();
        assert_eq!(told, all, "cut at {cut}");
    }
    let mut server = End::server(Config::default());
    let told: Vec<Told> = bytes.chunks(1).flat_map(|byte| server.take_in(byte, NOW)).collect();
    assert_eq!(told, all, "a byte at a time");
}

#[test]
fn the_message_argument_may_be_another_one_at_each_call() {
    let mut server = End::server(Config::default());
    let bytes = [client_frame(0x01, b"ab"), client_frame(0x00, b"cd"), client_frame(0x80, b"ef")].concat();
    let mut whole = Vec::new();
    for byte in bytes {
        let mut message = Message::from("what was here before");
        let mut byte = [byte];
        let mut input = &mut byte[..];
        let received = server.session.receive(&mut input, &mut message, NOW, &mut server.out).unwrap();
        match received {
            Some(Received::Message) => whole.push(message),
            // A message that begins takes the storage.
            _ => assert!(message.is_empty() || message.as_text() == Some("what was here before")),
        }
    }
    assert_eq!(whole, [Message::from("abcdef")]);
}

#[test]
fn storage_is_used_again_for_messages_of_either_kind() {
    let mut server = Session::new(rfc6455::protocol::Role::Server, &Config::default(), NOW);
    let mut message = Message::new();
    let mut addresses = std::collections::BTreeSet::new();
    for round in 0..8 {
        let (first, payload) = if round % 2 == 0 { (0x82, [b'b'; 900]) } else { (0x81, [b't'; 900]) };
        let mut bytes = client_frame(first, &payload[..900 - round]);
        let mut input = &mut bytes[..];
        server.receive(&mut input, &mut message, NOW, &mut Vec::new()).unwrap();
        assert_eq!(message.as_bytes(), &payload[..900 - round]);
        addresses.insert(message.as_bytes().as_ptr());
    }
    assert_eq!(addresses.len(), 1);
}

#[test]
fn text_may_be_cut_inside_characters_by_reads_and_by_fragments() {
    let long = text_in_all_widths();
    for size in 1..7 {
        let mut server = End::server(Config::default());
        let mut pieces = long.as_bytes().chunks(size).peekable();
        let mut first = true;
        let mut bytes = Vec::new();
        while let Some(piece) = pieces.next() {
            let opcode = if std::mem::take(&mut first) { 1 } else { 0 };
            let fin = if pieces.peek().is_none() { 0x80 } else { 0 };
            bytes.extend(client_frame(fin | opcode, piece));
        }
        let told: Vec<Told> = bytes.chunks(5).flat_map(|bytes| server.take_in(bytes, NOW)).collect();
        assert_eq!(told, [text(&long)]);
    }
}

#[test]
fn a_whole_message_that_is_not_utf8_fails_with_1007() {
    for payload in [&b"\xff"[..], b"ok \xc0\x80", b"cut \xe2\x82", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"] {
        let mut server = End::server(Config::default());
        let bytes = [client_frame(0x81, payload), client_frame(0x81, b"AFTER")].concat();
        assert_eq!(server.take_in(&bytes, NOW), [NOT_UTF8]);
        let close = server.take_out();
        assert_eq!((close[0], &close[2..4]), (0x88, &1007_u16.to_be_bytes()[..]));
        assert_eq!(server.take_in(&client_frame(0x81, b"AFTER"), NOW), [NOT_UTF8]);
        assert_eq!(server.status(), Some(1006));
    }
}

#[test]
fn wrong_text_fails_at_the_first_wrong_byte_however_it_comes() {
    // "ok" and an encoding of a surrogate, of which the second byte is the first one that is wrong.
    let payload = b"ok\xed\xa0\x80 and more";
    let whole = client_frame(0x81, payload);
    let fragments: Vec<u8> = payload
        .iter()
        .enumerate()
        .flat_map(|(index, byte)| client_frame(if index == 0 { 1 } else { 0 }, &[*byte]))
        .collect();
    for (bytes, header, frame) in [(whole, 6, 1), (fragments, 6, 7)] {
        let mut server = End::server(Config::default());
        let wrong_byte = if frame == 1 { header + 3 } else { 3 * frame + header };
        for byte in &bytes[..wrong_byte] {
            assert_eq!(server.take_in(&[*byte], NOW), []);
        }
        assert_eq!(server.take_in(&bytes[wrong_byte..=wrong_byte], NOW), [NOT_UTF8]);
    }
}

#[test]
fn text_that_ends_inside_a_character_fails_at_its_end() {
    let mut server = End::server(Config::default());
    let bytes = [client_frame(0x01, b"\xe2"), client_frame(0x00, b"\x82")].concat();
    assert_eq!(server.take_in(&bytes, NOW), []);
    assert_eq!(server.take_in(&client_frame(0x80, b""), NOW), [NOT_UTF8]);
}

#[test]
fn a_fault_that_comes_after_our_close_sends_no_second_one() {
    let mut server = End::server(Config::default());
    server.session.start_close(CloseCode::NORMAL, "", NOW, &mut server.out).unwrap();
    let len = server.out.len();
    assert_eq!(server.take_in(&client_frame(0x81, b"\xff"), NOW), [NOT_UTF8]);
    assert_eq!(server.out.len(), len);
}

#[test]
fn a_message_over_the_limit_fails_with_1009_and_delivers_nothing() {
    let mut config = Config::default();
    config.limits.message = 10;
    for bytes in [
        client_frame(0x82, &[0; 11]),
        [client_frame(0x02, &[0; 6]), client_frame(0x80, &[0; 5])].concat(),
        client_frame(0x82, &[0; 70_000])[..14].to_vec(),
    ] {
        let mut server = End::server(config.clone());
        let told = server.take_in(&bytes, NOW);
        assert!(matches!(
            told[..],
            [Told::Failed(SessionError::Protocol(ProtocolError::MessageTooBig { .. }))]
        ));
        assert_eq!(server.take_out()[2..4], 1009_u16.to_be_bytes());
    }
    let mut server = End::server(config);
    assert_eq!(server.take_in(&client_frame(0x82, &[1; 10]), NOW), [Told::Binary(vec![1; 10])]);
}

#[test]
fn a_message_that_no_storage_can_hold_is_refused_on_its_header_whatever_the_limit() {
    let mut config = Config::default();
    (config.limits.frame, config.limits.message) = (u64::MAX, u64::MAX);
    let Pair { mut server, now, .. } = Pair::with_server(config);
    let len = isize::MAX as u64 / 2 + 1;
    let mut bytes = [&[0x82, 0xff][..], &len.to_be_bytes(), &[0; 4]].concat();
    let result = server.session.receive(&mut &mut bytes[..], &mut Message::new(), now, &mut server.out);
    assert!(matches!(result, Err(SessionError::Protocol(ProtocolError::MessageTooBig { .. }))), "{result:?}");
}

#[test]
fn a_ping_is_answered_at_once_also_while_closing() {
    let mut server = End::server(Config::default());
    for payload in [&b""[..], b"\xff", &[3; 125]] {
        assert_eq!(server.take_in(&client_frame(0x89, payload), NOW), [Told::Ping(payload.to_vec())]);
        assert_eq!(server.take_out(), server_frame(0x8a, payload));
    }
    server.session.start_close(CloseCode::NORMAL, "", NOW, &mut server.out).unwrap();
    server.take_out();
    server.take_in(&client_frame(0x89, b"still"), NOW);
    assert_eq!(server.take_out(), server_frame(0x8a, b"still"));
}

#[test]
fn a_flood_of_pings_to_an_output_that_is_not_drained_is_bounded_and_the_last_is_answered() {
    let mut server = End::server(Config::default());
    for round in 0_u32..10_000 {
        server.take_in(&client_frame(0x89, &round.to_be_bytes()), NOW);
    }
    assert!(server.out.len() < 5000, "{} bytes wait", server.out.len());
    server.take_out();
    // §5.5.3: the most recent is enough.
    server.session.answer_waiting_ping(&mut server.out);
    assert_eq!(server.take_out(), server_frame(0x8a, &9_999_u32.to_be_bytes()));
    server.session.answer_waiting_ping(&mut server.out);
    assert!(server.out.is_empty());
}

#[test]
fn an_unsolicited_pong_is_told_and_not_answered() {
    let mut pair = Pair::with_server(Config::default());
    pair.client.session.pong(b"hello", &mut pair.client.out).unwrap();
    assert_eq!(pair.reach_server(), [Told::Pong(b"hello".to_vec())]);
    assert!(pair.server.out.is_empty());
}

#[test]
fn fragments_are_sent_in_order_or_not_at_all() {
    let mut server = End::server(Config::default());
    let End { session, out, .. } = &mut server;
    assert_eq!(session.append("x", out), Err(SendError::NoMessage));
    assert_eq!(session.finish("x", out), Err(SendError::NoMessage));
    session.start("Hel", out).unwrap();
    assert_eq!(session.send("x", out), Err(SendError::MessageUnfinished));
    assert_eq!(session.start("x", out), Err(SendError::MessageUnfinished));
    assert_eq!(session.append(b"x", out), Err(SendError::OtherKind));
    assert_eq!(session.header_for("x").err(), Some(SendError::MessageUnfinished));
    session.finish("lo", out).unwrap();
    assert_eq!(out, b"\x01\x03Hel\x80\x02lo", "RFC 6455 §5.7");
}

#[test]
fn a_prepared_message_is_the_same_for_servers_and_masked_anew_for_clients() {
    let long = text_in_all_widths();
    let prepared = PreparedMessage::new(&long);
    assert_eq!((prepared.kind(), prepared.payload()), (DataKind::Text, long.as_bytes()));
    let mut pair = Pair::with_server(Config::default());
    for _ in 0..2 {
        pair.server.session.send_prepared(&prepared, &mut pair.server.out).unwrap();
        pair.client.session.send_prepared(&prepared, &mut pair.client.out).unwrap();
    }
    assert_eq!(pair.server.out, [&prepared.frame()[..]; 2].concat());
    assert_eq!(
        format!("{prepared:?}"),
        format!("PreparedMessage {{ kind: Text, len: {}, .. }}", long.len()),
        "what it is, and not what it holds"
    );
    let (first, second) = pair.client.out.split_at(pair.client.out.len() / 2);
    assert_ne!(first, second, "§5.3: a fresh key for each frame");
    assert_eq!(pair.reach_client(), [text(&long), text(&long)]);
    assert_eq!(pair.reach_server(), [text(&long), text(&long)]);

    pair.server.session.start_close(CloseCode::NORMAL, "", NOW, &mut pair.server.out).unwrap();
    let len = pair.server.out.len();
    let refused = pair.server.session.send_prepared(&prepared, &mut pair.server.out);
    assert_eq!((refused, pair.server.out.len()), (Err(SendError::Closed), len));
}

#[test]
fn a_header_alone_and_masking_in_place_are_what_send_writes() {
    let mut pair = Pair::with_server(Config::default());
    let mut payload = *b"in place";
    let header = pair.client.session.mask_in_place(DataKind::Text, &mut payload).unwrap();
    pair.client.out.extend([&header, &payload[..]].concat());
    assert_eq!(pair.reach_server(), [text("in place")]);
    let header = pair.server.session.header_for("in two slices").unwrap();
    pair.server.out.extend([&header, &b"in two slices"[..]].concat());
    assert_eq!(pair.reach_client(), [text("in two slices")]);
    assert_eq!(pair.client.session.header_for("x").err(), Some(SendError::MustMask));
}

// RFC 8441 §5: a stream of HTTP/2 or 3 instead of a TCP connection. Who opened it and how is nothing to a session.

#[test]
fn on_any_stream_a_client_masks_and_a_server_does_not() {
    let mut pair = Pair::with_server(Config::default());
    pair.client.send("Hello");
    pair.server.send("Hello");
    assert_eq!((&pair.client.out[..2], pair.client.out.len()), (&[0x81, 0x85][..], 2 + 4 + 5));
    assert_eq!(pair.server.out, b"\x81\x05Hello");
    assert_eq!((pair.reach_server(), pair.reach_client()), (vec![text("Hello")], vec![text("Hello")]));
    let told = pair.server.take_in(&server_frame(0x81, b"not masked"), NOW);
    let unmasked = ProtocolError::Unmasked(rfc6455::frame::Opcode::Text);
    assert_eq!(told, [Told::Failed(SessionError::Protocol(unmasked))]);
}

#[test]
fn the_end_of_any_stream_is_orderly_after_both_closes_and_at_no_other_time() {
    for both in [true, false] {
        let mut pair = Pair::with_server(Config::default());
        let End { session, out, .. } = &mut pair.client;
        session.start_close(CloseCode::NORMAL, "", NOW, out).unwrap();
        pair.reach_server();
        if both {
            pair.reach_client();
        }
        // What END_STREAM and RST_STREAM are told as; and what is to become END_STREAM.
        let end = pair.client.session.receive_eof();
        assert_eq!(
            (end.is_ok(), pair.client.status()),
            if both { (true, Some(1000)) } else { (false, Some(1006)) }
        );
        assert_eq!(pair.server.session.transport(), Transport::HangUp);
    }
}

#[test]
fn messages_convert_from_and_to_what_they_hold() {
    let texts = [
        Message::from("é"),
        Message::from(String::from("é")),
        Message::from(&String::from("é")),
        Message::from(Data::Text("é")),
    ];
    let binaries = [
        Message::from(&b"\xff"[..]),
        Message::from(b"\xff"),
        Message::from(vec![0xff]),
        Message::from(Data::Binary(b"\xff")),
    ];
    for message in &texts {
        assert_eq!((message.as_text(), message.as_bytes(), message.len()), (Some("é"), "é".as_bytes(), 2));
        assert_eq!(Data::from(message), Data::Text("é"));
        assert_eq!((message.kind(), message.is_empty()), (DataKind::Text, false));
    }
    for message in &binaries {
        assert_eq!(
            (message.as_text(), message.as_bytes(), message.kind()),
            (None, &[0xff][..], DataKind::Binary)
        );
        assert_eq!(Data::from(message), Data::Binary(&[0xff]));
        assert_eq!(AsRef::<[u8]>::as_ref(message), [0xff]);
    }
    assert_eq!((Message::default(), Message::new().is_empty()), (Message::new(), true));
}

#[test]
fn the_last_frames_are_known_for_a_log() {
    let mut pair = Pair::with_server(Config::default());
    assert_eq!((pair.server.session.last_received(), pair.server.session.last_sent()), (None, None));
    pair.client.send("Hello");
    pair.client.session.ping(b"", &mut pair.client.out).unwrap();
    pair.reach_server();
    let summary = |frame: Option<rfc6455::protocol::FrameSummary>| frame.map(|frame| frame.to_string());
    assert_eq!(summary(pair.server.session.last_received()), Some("ping frame of 0 bytes".into()));
    assert_eq!(summary(pair.server.session.last_sent()), Some("pong frame of 0 bytes".into()));
}

fn capacity(message: &Message) -> usize {
    match message {
        Message::Text(text) => text.capacity(),
        Message::Binary(bytes) => bytes.capacity(),
    }
}

#[test]
fn storage_does_not_grow_over_the_limit() {
    let mut config = Config::default();
    config.limits.message = 1000;
    let mut session = Session::new(rfc6455::protocol::Role::Server, &config, NOW);
    let mut out = Vec::new();
    let mut receive = |bytes: Vec<u8>, message: &mut Message| {
        let mut bytes = bytes;
        session.receive(&mut &mut bytes[..], message, NOW, &mut out).map(|told| told.is_some())
    };
    // The storage is exchanged with each whole message; so twice, to see both.
    for _ in 0..2 {
        // A fragment ends inside a character, so that the next one brings in more than its own bytes.
        let begun = [&[b'a'; 897][..], b"\xf0\x90\x80"].concat();
        let mut message = Message::new();
        assert_eq!(receive(client_frame(0x01, &begun), &mut message), Ok(false));
        assert_eq!(receive(client_frame(0x80, b"\x80bc"), &mut message), Ok(true));
        assert_eq!(message.len(), 903);
        assert!(capacity(&message) <= 1000, "{}", capacity(&message));
    }
    let mut message = Message::new();
    for len in [100, 990, 1000] {
        assert_eq!(receive(client_frame(0x82, &vec![7; len]), &mut message), Ok(true));
        assert_eq!(message.as_bytes(), vec![7; len]);
        assert!(capacity(&message) <= 1000, "{}", capacity(&message));
    }
}
