//! Compressed messages on a session (RFC 7692 §6): which frames have RSV1, what may come between, and how it fails.

use std::time::Duration;

use crate::common::naive::{Frame, frame as naive_frame};
use crate::deflate_common::blocks::{Blocks, fixed};
use crate::deflate_common::*;
use crate::pair::*;
use rfc6455::EntropyError;
use rfc6455::deflate::{Compress, Deflate};
use rfc6455::protocol::{MaskKeys, ProtocolError, Role, SendError, State};
use rfc6455::session::{Config, Message, PreparedMessage, Received, Session, SessionError};

const HELLO: [u8; 7] = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];

/// First bytes of frames: FIN, RSV1 and the opcode.
const TEXT: u8 = 0xc1;
const TEXT_START: u8 = 0x41;
const BINARY: u8 = 0xc2;
const NEXT: u8 = 0x00;
const LAST: u8 = 0x80;

/// All frames in `out`.
fn frames(end: &mut End) -> Vec<Frame> {
    let bytes = end.take_out();
    let mut rest = &bytes[..];
    let mut frames = Vec::new();
    while let Some((frame, after)) = naive_frame(rest) {
        frames.push(frame);
        rest = after;
    }
    assert!(rest.is_empty());
    frames
}

fn first_bytes(end: &mut End) -> Vec<u8> {
    frames(end).iter().map(Frame::first).collect()
}

/// A frame as one side sends it, of its first byte and payload.
type Framed = fn(u8, &[u8]) -> Vec<u8>;

/// What a server and a client say to the same bytes of their peers: what they were told, and the code of the Close.
#[track_caller]
fn hear(list: &[(u8, &[u8])], expected: &[Told], code: Option<u16>) {
    for side in ["server", "client"] {
        for size in [1, 3, 10_000] {
            let (mut end, frame): (_, Framed) = match side {
                "server" => (server(Config::default()), client_frame),
                _ => (client(Config::default()), server_frame),
            };
            let bytes: Vec<u8> = list.iter().flat_map(|(first, payload)| frame(*first, payload)).collect();
            let mut told = Vec::new();
            for piece in bytes.chunks(size) {
                told.extend(end.take_in(piece, Duration::ZERO));
                if matches!(told.last(), Some(Told::Failed(_))) {
                    break;
                }
            }
            let failed = told.pop_if(|told| matches!(told, Told::Failed(_)));
            assert_eq!(told, expected, "{side}, {size}");
            assert_eq!(failed.is_some(), code.is_some(), "{side}, {size}: {failed:?}");
            if let Some(code) = code {
                let close = frames(&mut end).pop().expect("it says why");
                assert_eq!((close.opcode, &close.payload[..2]), (8, &code.to_be_bytes()[..]), "{side}");
                assert_eq!(end.session.state(), State::Failed);
            }
        }
    }
}

fn binary(bytes: &[u8]) -> Told {
    Told::Binary(bytes.to_vec())
}

fn protocol(error: ProtocolError) -> Told {
    Told::Failed(SessionError::Protocol(error))
}

#[test]
fn rsv1_marks_the_first_frame_of_a_compressed_message_only() {
    let mut pair = deflate_pair(&always(), &always());
    for end in [&mut pair.client, &mut pair.server] {
        let End { session, out, .. } = end;
        session.send("whole", out).unwrap();
        session.send(&b"whole"[..], out).unwrap();
        session.start("in ", out).unwrap();
        session.append("frag", out).unwrap();
        session.ping(b"p", out).unwrap();
        session.finish("ments", out).unwrap();
        session.start_with("plain", Compress::Never, out).unwrap();
        session.finish("", out).unwrap();
        session.send_with("plain", Compress::Never, out).unwrap();
        session.pong(b"p", out).unwrap();
        session.start_close_without_code(Duration::ZERO, out).unwrap();
        let expected = [TEXT, BINARY, TEXT_START, NEXT, 0x89, LAST, 0x01, LAST, 0x81, 0x8a, 0x88];
        assert_eq!(first_bytes(end), expected);
    }
}

#[test]
fn a_message_is_compressed_as_a_whole_before_it_is_fragmented() {
    let mut end = server(Config::default());
    let text = json(2000, 1);
    let End { session, out, .. } = &mut end;
    session.start(&text[..1000], out).unwrap();
    // A fragment may be empty, and so may what comes of it.
    session.append("", out).unwrap();
    session.append(&text[1000..1999], out).unwrap();
    session.finish(&text[1999..], out).unwrap();
    let payloads: Vec<Vec<u8>> = frames(&mut end).into_iter().map(|frame| frame.payload).collect();
    assert_eq!(payloads.len(), 4);
    let inflated = naive::Inflater::new(1 << 15).message(&payloads.concat());
    assert_eq!(inflated.as_deref(), Ok(text.as_bytes()));
    // One by one they are nothing: each goes on from the one before.
    assert!(naive::Inflater::new(1 << 15).message(&payloads[2]).is_err());
}

#[test]
fn fragments_of_a_compressed_message_may_be_cut_after_any_byte() {
    for cut in 0..=HELLO.len() {
        let (first, rest) = HELLO.split_at(cut);
        hear(&[(TEXT_START, first), (LAST, rest)], &[text("Hello")], None);
        let (second, third) = rest.split_at(rest.len() / 2);
        hear(&[(TEXT_START, first), (NEXT, second), (NEXT, b""), (LAST, third)], &[text("Hello")], None);
    }
    let bytes: Vec<(u8, &[u8])> = HELLO.chunks(1).map(|byte| (NEXT, byte)).collect();
    hear(&[&[(TEXT_START, &[][..])], &bytes[..], &[(LAST, &[])]].concat(), &[text("Hello")], None);
}

#[test]
fn rsv1_without_negotiation_fails() {
    for first in [TEXT, BINARY, TEXT_START, 0xc9, 0xca, 0xc8] {
        let mut end = End::server(Config::default());
        let told = end.take_in(&client_frame(first, &[]), Duration::ZERO);
        let [Told::Failed(SessionError::Protocol(ProtocolError::ReservedBits(_)))] = told[..] else {
            panic!("{told:?}")
        };
        assert_eq!(frames(&mut end)[0].payload[..2], 1002_u16.to_be_bytes());
    }
}

#[test]
fn rsv1_on_a_continuation_or_control_frame_fails_even_when_negotiated() {
    for control in [0xc8, 0xc9, 0xca] {
        hear(&[(control, b"")], &[], Some(1002));
        hear(&[(TEXT, &HELLO), (control, b"")], &[text("Hello")], Some(1002));
        hear(&[(TEXT_START, &HELLO), (control, b"")], &[], Some(1002));
    }
    for continuation in [0x40, 0xc0] {
        // Of a compressed message as well as of a plain one.
        hear(&[(TEXT_START, &HELLO[..3]), (continuation, &HELLO[3..])], &[], Some(1002));
        hear(&[(0x01, b"Hel"), (continuation, b"lo")], &[], Some(1002));
        hear(&[(continuation, b"")], &[], Some(1002));
    }
}

#[test]
fn rsv2_and_rsv3_fail_also_when_compression_was_negotiated() {
    for reserved in [0x10, 0x20, 0x30, 0x50, 0x60, 0x70] {
        for first in [0x81, 0x82, 0x01, 0x89, 0x8a, 0x88] {
            hear(&[(first | reserved, b"")], &[], Some(1002));
        }
        hear(&[(TEXT_START, &HELLO[..3]), (LAST | reserved, &HELLO[3..])], &[], Some(1002));
    }
}

#[test]
fn plain_messages_may_come_between_and_do_not_touch_the_context() {
    let again = [0xf2, 0x00, 0x11, 0x00, 0x00];
    let list: &[(u8, &[u8])] = &[
        (0x81, b"plain"),
        (TEXT, &HELLO),
        (0x82, b"other"),
        (TEXT, &again),
        (0x01, b"in "),
        (LAST, b"fragments"),
        (TEXT_START, &again[..2]),
        (LAST, &again[2..]),
        (0x81, b""),
        (BINARY, &again),
    ];
    let told =
        [text("plain"), text("Hello"), binary(b"other"), text("Hello"), text("in fragments"), text("Hello")];
    let told = [&told[..], &[text(""), binary(b"Hello")]].concat();
    hear(list, &told, None);
}

#[test]
fn what_is_sent_plain_is_not_referred_to() {
    let mut pair = deflate_pair(&always(), &always());
    let message = json(300, 1);
    let End { session, out, .. } = &mut pair.client;
    session.send_with(&message, Compress::Never, out).unwrap();
    session.send(&message, out).unwrap();
    session.send_with(&message, Compress::Never, out).unwrap();
    session.send(&message, out).unwrap();
    let bytes = pair.client.take_out();
    assert_eq!(pair.server.take_in(&bytes, Duration::ZERO), vec![text(&message); 4]);
    pair.client.out = bytes;
    let payloads: Vec<Vec<u8>> = frames(&mut pair.client).into_iter().map(|frame| frame.payload).collect();
    assert!(
        payloads[1].len() > 100 && payloads[3].len() < 20,
        "only the last one refers back, to the second"
    );
    assert_eq!(naive::Inflater::new(1 << 15).message(&payloads[1]).as_deref(), Ok(message.as_bytes()));
}

#[test]
fn control_frames_pass_between_the_fragments_of_a_compressed_message() {
    let list: &[(u8, &[u8])] = &[
        (TEXT_START, &HELLO[..2]),
        (0x89, b"ping"),
        (NEXT, &HELLO[2..4]),
        (0x8a, b"pong"),
        (0x89, b""),
        (LAST, &HELLO[4..]),
        (TEXT_START, &HELLO[..2]),
        (0x88, b"\x03\xe8"),
    ];
    let (ping, empty) = (Told::Ping(b"ping".to_vec()), Told::Ping(vec![]));
    let pong = Told::Pong(b"pong".to_vec());
    hear(list, &[ping, pong, empty, text("Hello"), Told::Close(Some((1000, "".into())))], None);

    let mut pair = deflate_pair(&always(), &always());
    let mut expected = Vec::new();
    for _ in 0..3 {
        let End { session, out, .. } = &mut pair.server;
        session.start("Hel", out).unwrap();
        session.ping(b"1", out).unwrap();
        session.append("", out).unwrap();
        session.pong(b"2", out).unwrap();
        session.finish("lo", out).unwrap();
        expected.extend([Told::Ping(b"1".to_vec()), Told::Pong(b"2".to_vec()), text("Hello")]);
    }
    assert_eq!(pair.reach_client(), expected);
    assert_eq!(pair.reach_server(), vec![Told::Pong(b"1".to_vec()); 3]);
}

#[test]
fn data_that_are_none_fail_with_1007() {
    hear(&[(TEXT, &[0xff, 0xff, 0xff])], &[], Some(1007));
    hear(&[(BINARY, &[])], &[], Some(1007));
    hear(&[(TEXT, &HELLO), (TEXT, &HELLO[..6])], &[text("Hello")], Some(1007));
    hear(&[(TEXT, &[&HELLO[..], &TAIL[1..]].concat())], &[], Some(1007));
    hear(&[(BINARY, &Blocks::new().header(false, 1).back(3, 6).end().payload())], &[], Some(1007));
    // As soon as it is seen.
    hear(&[(0x42, &[0xff]), (NEXT, b"")], &[], Some(1007));
    for len in 1..HELLO.len() {
        // What the last byte has is in no other.
        hear(&[(TEXT, &HELLO[..len])], &[], Some(1007));
        hear(&[(TEXT_START, &HELLO[..len]), (LAST, &[])], &[], Some(1007));
    }
    let mut end = server(Config::default());
    let told = end.take_in(&client_frame(TEXT, &[0x07]), Duration::ZERO);
    assert_eq!(told, [protocol(ProtocolError::InvalidCompressedData)]);
}

#[test]
fn a_failed_session_stays_failed() {
    let mut end = server(Config::default());
    for payload in [&[0x07][..], &HELLO] {
        let told = end.take_in(&client_frame(TEXT, payload), Duration::ZERO);
        assert_eq!(told, [protocol(ProtocolError::InvalidCompressedData)]);
    }
    assert_eq!(end.session.send("late", &mut end.out), Err(SendError::Closed));
}

#[test]
fn bfinal_is_taken_and_the_next_message_refers_back_over_it() {
    let last = [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00];
    let again = [0xf2, 0x00, 0x11, 0x00, 0x00];
    let inside = fixed("a").header(true, 1).literals("b").end().align().header(false, 1).back(7, 7).end();
    let list: &[(u8, &[u8])] = &[(TEXT, &last), (TEXT, &again), (TEXT, &last), (TEXT, &inside.payload())];
    hear(list, &[text("Hello"), text("Hello"), text("Hello"), text("abHelloab")], None);
}

#[test]
fn text_is_checked_when_it_is_decompressed() {
    let text_of =
        |bytes: &[u8]| bytes.iter().fold(Blocks::new().header(false, 1), |b, &byte| b.literal(byte)).end();
    let good = "κόσμε, 😀".as_bytes();
    hear(&[(TEXT, &text_of(good).payload())], &[text("κόσμε, 😀")], None);
    for bad in
        [&b"\xff"[..], b"\xc0\xaf", b"\xed\xa0\x80", b"ok\xf4\x90\x80\x80", b"\x80", b"cut \xf0\x9f\x98"]
    {
        let payload = text_of(bad).payload();
        hear(&[(TEXT, &payload)], &[], Some(1007));
        hear(&[(TEXT_START, &payload), (LAST, b"")], &[], Some(1007));
        hear(&[(BINARY, &payload)], &[binary(bad)], None);
    }
    // The compressed bytes need not be text, and a message of text may look like none.
    hear(&[(0x81, &HELLO)], &[], Some(1007));
}

#[test]
fn wrong_text_fails_before_its_message_ends() {
    let mut compressor = agreement(&always()).compressor();
    let mut first = Vec::new();
    compressor.fragment(b"good, good, \xff", &mut first);
    for receive in [receive_whole, receive_part] {
        let mut end = server(Config::default());
        let told = receive(&mut end, &client_frame(TEXT_START, &first));
        assert_eq!(told.last(), Some(&protocol(ProtocolError::InvalidUtf8)), "{told:?}");
        assert_eq!(frames(&mut end)[0].payload[..2], 1007_u16.to_be_bytes());
    }
    // Even before its frame ends: the rest of it has not come.
    let mut end = server(Config::default());
    let bytes = client_frame(TEXT, &[&first[..], &[0; 1000]].concat());
    let told = end.take_in(&bytes[..bytes.len() - 999], Duration::ZERO);
    assert_eq!(told, [protocol(ProtocolError::InvalidUtf8)]);
}

fn receive_whole(end: &mut End, bytes: &[u8]) -> Vec<Told> {
    end.take_in(bytes, Duration::ZERO)
}

/// As [`End::take_in`], with the parts of a message each by itself.
fn receive_part(end: &mut End, bytes: &[u8]) -> Vec<Told> {
    let (mut bytes, mut message, mut told) = (bytes.to_vec(), Message::new(), Vec::new());
    let mut input = &mut bytes[..];
    loop {
        match end.session.receive_part(&mut input, &mut message, Duration::ZERO, &mut end.out) {
            Ok(Some(Received::Message | Received::Part)) => told.push(match &message {
                Message::Text(text) => Told::Text(text.clone()),
                Message::Binary(bytes) => Told::Binary(bytes.clone()),
            }),
            Ok(Some(Received::Ping(payload))) => told.push(Told::Ping(payload.to_vec())),
            Ok(None) => return told,
            Ok(Some(other)) => panic!("{other:?}"),
            Err(error) => {
                told.push(Told::Failed(error));
                return told;
            }
        }
    }
}

#[test]
fn compressed_text_may_be_cut_inside_a_character() {
    // Two bytes of a character in each fragment: this end may not do so, but the peer may.
    let whole = "😀😀";
    let mut compressor = agreement(&always()).compressor();
    let mut parts = Vec::new();
    for piece in whole.as_bytes().chunks(2) {
        let mut part = Vec::new();
        compressor.fragment(piece, &mut part);
        parts.push(part);
    }
    let list: &[(u8, &[u8])] =
        &[(TEXT_START, &parts[0]), (NEXT, &parts[1]), (NEXT, &parts[2]), (NEXT, &parts[3]), (LAST, &[0x00])];
    hear(list, &[text(whole)], None);
    let mut end = server(Config::default());
    let bytes: Vec<u8> = list.iter().flat_map(|(first, payload)| client_frame(*first, payload)).collect();
    let told = receive_part(&mut end, &bytes);
    assert_eq!(told, [text("😀"), text("😀"), text("")], "parts are whole characters");
    // The end inside one.
    hear(&[(TEXT_START, &parts[0]), (LAST, &[0x00])], &[], Some(1007));
}

#[test]
fn parts_of_a_compressed_message_are_blocks_of_16_kib_and_whole_characters() {
    let whole = "grüße ".repeat(100_000);
    let mut pair = deflate_pair(&always(), &always());
    pair.client.send(&whole);
    pair.client.send("next");
    let bytes = pair.client.take_out();
    for size in [1000, 1 << 20] {
        let mut end = server(Config::default());
        let mut told: Vec<Told> =
            bytes.chunks(size).flat_map(|piece| receive_part(&mut end, piece)).collect();
        assert_eq!(told.pop(), Some(text("next")));
        let parts: Vec<&String> =
            told.iter().map(|told| if let Told::Text(part) = told { part } else { panic!() }).collect();
        assert!(parts.iter().all(|part| part.len() <= 16 * 1024 + 3));
        assert!(parts.into_iter().cloned().collect::<String>() == whole);
    }
}

#[test]
fn a_ping_behind_a_compressed_message_waits_for_its_last_part() {
    let mut pair = deflate_pair(&always(), &always());
    let whole = vec![7; 100_000];
    pair.client.session.send(&whole[..], &mut pair.client.out).unwrap();
    pair.client.session.ping(b"behind", &mut pair.client.out).unwrap();
    pair.client.session.send(&b"plain"[..], &mut pair.client.out).unwrap();
    let bytes = pair.client.take_out();
    let mut told = receive_part(&mut pair.server, &bytes);
    assert_eq!(told.pop(), Some(binary(b"plain")));
    assert_eq!(told.pop(), Some(Told::Ping(b"behind".to_vec())));
    let parts: Vec<u8> = told
        .iter()
        .flat_map(|told| if let Told::Binary(part) = told { part.clone() } else { panic!() })
        .collect();
    assert!(parts == whole && told.len() > 6);
}

#[test]
fn after_some_parts_the_rest_may_be_had_as_one() {
    let whole = json(100_000, 1);
    let mut pair = deflate_pair(&always(), &always());
    pair.client.send(&whole);
    let mut bytes = pair.client.take_out();
    let mut input = &mut bytes[..];
    let (mut message, mut out) = (Message::new(), Vec::new());
    let session = &mut pair.server.session;
    let received = session.receive_part(&mut input, &mut message, Duration::ZERO, &mut out);
    assert_eq!(received, Ok(Some(Received::Part)));
    let first = message.as_text().unwrap().to_owned();
    let received = session.receive(&mut input, &mut message, Duration::ZERO, &mut out);
    assert_eq!(received, Ok(Some(Received::Message)));
    assert!(first + message.as_text().unwrap() == whole);
    assert_eq!(session.receive(&mut input, &mut message, Duration::ZERO, &mut out), Ok(None));
}

/// A client whose source of keys fails when told so, with a server.
fn with_failing_keys() -> (Pair, std::sync::Arc<std::sync::atomic::AtomicBool>) {
    let fails = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let asked = fails.clone();
    let keys = MaskKeys::from_source(move |bytes| {
        bytes.fill(0x55);
        if asked.load(std::sync::atomic::Ordering::Relaxed) { Err(EntropyError::new()) } else { Ok(()) }
    });
    let mut pair = deflate_pair(&always(), &always());
    let session = Session::new(Role::Client(keys.unwrap()), &Config::default(), Duration::ZERO);
    pair.client.session = session.with_deflate(&agreed(&always(), &always()).0);
    (pair, fails)
}

#[test]
fn a_message_refused_for_want_of_entropy_is_not_referred_to() {
    let (mut pair, fails) = with_failing_keys();
    let relaxed = std::sync::atomic::Ordering::Relaxed;
    let entropy = Err(SendError::Entropy(EntropyError::new()));
    let mut refused = 0;
    // A draw of keys serves 256 frames in the end.
    for round in 0..4000 {
        let message = json(200, round);
        fails.store(true, relaxed);
        loop {
            let End { session, out, .. } = &mut pair.client;
            let before = out.len();
            let result = match round % 5 {
                0 => session.send_prepared(&PreparedMessage::compressed(&message, &always()), out),
                1 => session.send_with(&message, Compress::Never, out),
                _ => session.send(&message, out),
            };
            if result.is_ok() {
                break;
            }
            assert_eq!((result, out.len()), (entropy, before), "nothing was sent");
            refused += 1;
            fails.store(false, relaxed);
        }
        assert_eq!(pair.reach_server(), [text(&message)], "{round}");
    }
    assert!(refused > 10, "{refused}");
}

#[test]
fn a_fragment_refused_for_want_of_entropy_can_be_sent_again() {
    let (mut pair, fails) = with_failing_keys();
    let relaxed = std::sync::atomic::Ordering::Relaxed;
    let mut refused = [0; 3];
    for round in 0..400 {
        let pieces = [json(50, round), format!("again {round}"), json(50, round)];
        for (index, piece) in pieces.iter().enumerate() {
            fails.store(true, relaxed);
            loop {
                let End { session, out, .. } = &mut pair.client;
                let result = match index {
                    0 => session.start(piece, out),
                    1 => session.append(piece, out),
                    _ => session.finish(piece, out),
                };
                match result {
                    Ok(()) => break,
                    Err(error) => assert_eq!(error, SendError::Entropy(EntropyError::new())),
                }
                refused[index] += 1;
                fails.store(false, relaxed);
            }
        }
        assert_eq!(pair.reach_server(), [text(&pieces.concat())], "{round}");
    }
    assert!(refused.iter().all(|&times| times > 0), "{refused:?}");
}

#[test]
fn what_may_not_be_sent_now_leaves_the_contexts_as_they_were() {
    let mut pair = deflate_pair(&always(), &always());
    let prepared = PreparedMessage::compressed("prepared", &always());
    for round in 0..3 {
        for end in [&mut pair.client, &mut pair.server] {
            let End { session, out, .. } = end;
            let no_message = Err(SendError::NoMessage);
            assert_eq!(session.append("nothing to go on with", out), no_message);
            assert_eq!(session.finish("nothing to end", out), no_message);
            session.start("compressed, ", out).unwrap();
            let unfinished = Err(SendError::MessageUnfinished);
            assert_eq!(session.send("no other between", out), unfinished);
            assert_eq!(session.send_with("nor a plain one", Compress::Never, out), unfinished);
            assert_eq!(session.start("nor a second one", out), unfinished);
            assert_eq!(session.start_with("nor a plain one", Compress::Never, out), unfinished);
            assert_eq!(session.send_prepared(&prepared, out), unfinished);
            assert!(session.header_for("nor one from elsewhere").is_err());
            let other = Err(SendError::OtherKind);
            assert_eq!(session.append(&b"bytes in a text"[..], out), other);
            assert_eq!(session.finish(&b"bytes in a text"[..], out), other);
            session.append("fragment, ", out).unwrap();
            assert_eq!(session.ping(&[0; 126], out), Err(SendError::ControlTooLong));
            session.finish("end", out).unwrap();
            session.start_with("plain, ", Compress::Never, out).unwrap();
            assert_eq!(session.append(&b"bytes in a text"[..], out), other);
            assert_eq!(session.start("compressed", out), unfinished);
            session.finish("end", out).unwrap();
            session.send("compressed, end", out).unwrap();
        }
        let told = [text("compressed, fragment, end"), text("plain, end"), text("compressed, end")];
        assert_eq!(pair.reach_server(), told, "{round}");
        assert_eq!(pair.reach_client(), told, "{round}");
    }
}

#[test]
fn after_a_close_nothing_is_compressed() {
    for inside in [false, true] {
        let mut pair = deflate_pair(&always(), &always());
        let End { session, out, .. } = &mut pair.client;
        session.send("Hello", out).unwrap();
        if inside {
            session.start("unfinished", out).unwrap();
        }
        session.start_close_without_code(Duration::ZERO, out).unwrap();
        let len = out.len();
        let closed = Err(SendError::Closed);
        assert_eq!(session.send("Hello", out), closed);
        assert_eq!(session.start("Hello", out), closed);
        assert_eq!(session.append("Hello", out), closed);
        assert_eq!(session.finish("Hello", out), closed);
        assert_eq!(session.send_prepared(&PreparedMessage::compressed("Hello", &always()), out), closed);
        assert_eq!(out.len(), len);
        assert_eq!(pair.reach_server(), [text("Hello"), Told::Close(None)]);
        // What the server sent before it knew is still decompressed.
        let mut late = deflate_pair(&always(), &always());
        late.server.send("Hello");
        late.server.send("Hello");
        late.client.session.start_close_without_code(Duration::ZERO, &mut late.client.out).unwrap();
        assert_eq!(late.reach_client(), [text("Hello"), text("Hello")]);
    }
}

#[test]
fn messages_of_any_size_pass_both_ways_with_any_settings() {
    for settings in [Deflate::default(), always(), always_alone(), kept_for(SECOND)] {
        let mut pair = deflate_pair(&settings, &settings);
        for size in [0, 1, 63, 64, 1000, 65_536, 300_000] {
            let message = json(size, size as u64);
            pair.client.send(&message);
            pair.client.send(&message);
            assert!(pair.reach_server() == [text(&message), text(&message)], "{size}");
            pair.server.send(&message);
            assert!(pair.reach_client() == [text(&message)], "{size}");
        }
    }
}
