//! Compressed messages that are whole in the input, which take a path of their own: beside the same bytes in pieces.

use std::time::Duration;

use proptest::prelude::*;

use crate::deflate_common::*;
use crate::pair::*;
use rfc6455::session::{Config, Deadline, InPlace, Message, Received, SessionError};

const HELLO: [u8; 7] = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];

/// What came of a stream: what was told, and what is to be sent.
type Outcome = (Vec<Told>, Vec<u8>);

fn told(message: &Message) -> Told {
    match message {
        Message::Text(text) => Told::Text(text.clone()),
        Message::Binary(bytes) => Told::Binary(bytes.clone()),
    }
}

/// A session's, which gets a stream in pieces of these sizes, and then the rest of it.
fn in_pieces(stream: &[u8], sizes: &[usize]) -> Outcome {
    let mut end = with_deflate(End::server(Config::default()), &agreement(&always()));
    let (mut told, mut rest) = (Vec::new(), stream);
    for size in sizes.iter().copied().chain([stream.len()]) {
        let (piece, after) = rest.split_at(size.min(rest.len()));
        rest = after;
        told.extend(end.take_in(piece, Duration::ZERO));
        if matches!(told.last(), Some(Told::Failed(_))) {
            break;
        }
    }
    (told, end.out)
}

/// As [`in_pieces`], in one piece, for messages in place.
fn in_place(stream: &[u8]) -> Outcome {
    let mut end = with_deflate(End::server(Config::default()), &agreement(&always()));
    let (mut bytes, mut list) = (stream.to_vec(), Vec::new());
    let (mut input, mut storage) = (&mut bytes[..], Message::new());
    let End { session, out, .. } = &mut end;
    loop {
        list.push(match session.receive_in_place(&mut input, &mut storage, Duration::ZERO, out) {
            Ok(Some(InPlace::Message(data))) => told(&data.into()),
            Ok(Some(InPlace::Ping(payload))) => Told::Ping(payload.to_vec()),
            Ok(Some(other)) => panic!("{other:?}"),
            Ok(None) => return (list, end.out),
            Err(error) => {
                list.push(Told::Failed(error));
                return (list, end.out);
            }
        });
    }
}

/// A frame with this key, as a client sends it.
fn masked(first: u8, key: [u8; 4], payload: &[u8]) -> Vec<u8> {
    let mut frame = client_frame(first, payload);
    let start = frame.len() - payload.len();
    frame[start - 4..start].copy_from_slice(&key);
    for (place, (byte, key)) in frame[start..].iter_mut().zip(payload.iter().zip(key.iter().cycle())) {
        *place = byte ^ key;
    }
    frame
}

/// Frames that are right, and some that are wrong: reserved bits on others than the first one, or others than were agreed on.
fn any_frame() -> impl Strategy<Value = Vec<u8>> {
    let first = prop_oneof![
        8 => prop::sample::select(vec![0xc1, 0xc2]),
        4 => prop::sample::select(vec![0x81, 0x82, 0x89]),
        4 => prop::sample::select(vec![0x41, 0x42, 0x01, 0x00, 0x80]),
        1 => prop::sample::select(vec![0xc0, 0xc9, 0xd1, 0xa1, 0xf2]),
    ];
    let payload = prop::sample::select(vec![
        HELLO.to_vec(),
        HELLO[..6].to_vec(),
        vec![0x00],
        vec![],
        deflate(&mut agreement(&always_alone()).compressor(), json(2000, 1).as_bytes()),
    ]);
    // Keys that begin as the header of a compressed message does.
    let key = prop::sample::select(vec![[0x37, 0xfa, 0x21, 0x3d], [0xc1, 0x80, 0, 0], [0x12, 0xc2, 0x80, 1]]);
    (first, key, payload).prop_map(|(first, key, payload)| masked(first, key, &payload))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_stream_says_the_same_in_any_pieces(
        frames in prop::collection::vec(any_frame(), 1..8),
        sizes in prop::collection::vec(1_usize..40, 0..20),
    ) {
        let stream = frames.concat();
        let by_bytes = in_pieces(&stream, &vec![1; stream.len()]);
        prop_assert_eq!(&in_pieces(&stream, &sizes), &by_bytes);
        prop_assert_eq!(&in_pieces(&stream, &[]), &by_bytes);
        prop_assert_eq!(&in_place(&stream), &by_bytes);
    }
}

#[test]
fn a_key_that_looks_like_a_message_is_a_key_behind_any_cut() {
    let frames = [0xc1, 0x82].map(|first| masked(first, [0xc1, 0x80, 1, 2], &HELLO));
    let stream = [&frames[0][..], &frames[1], &frames[0]].concat();
    let expected = vec![text("Hello"), Told::Binary(HELLO.to_vec()), text("Hello")];
    for first in 0..stream.len() {
        for second in 0..stream.len() - first {
            let (told, _) = in_pieces(&stream, &[first, second]);
            assert_eq!(told, expected, "{first}, {second}");
        }
    }
}

#[test]
fn a_compressed_message_inside_another_is_no_message() {
    for (first, start) in [(0x01, &b"Hel"[..]), (0x41, &HELLO[..3])] {
        let started = client_frame(first, start);
        let stream = [&started[..], &client_frame(0xc1, &HELLO)].concat();
        let (told, out) = in_pieces(&stream, &[started.len()]);
        assert!(matches!(told[..], [Told::Failed(_)]), "{told:?}");
        assert_eq!(out[2..4], 1002_u16.to_be_bytes());
    }
}

#[test]
fn the_rest_of_a_message_comes_before_the_next() {
    let mut end = server(Config::default());
    let long = json(100_000, 1);
    let mut compressor = agreement(&always()).compressor();
    let payloads = [long.as_bytes(), b"next"].map(|message| deflate(&mut compressor, message));
    let mut stream = payloads.map(|payload| client_frame(0xc1, &payload)).concat();
    let mut input = &mut stream[..];
    let (mut message, End { session, out, .. }) = (Message::new(), &mut end);
    assert_eq!(session.receive_part(&mut input, &mut message, Duration::ZERO, out), Ok(Some(Received::Part)));
    let part = message.as_text().unwrap().to_owned();
    for (begun, whole) in [(part, &long[..]), (String::new(), "next")] {
        assert_eq!(
            session.receive(&mut input, &mut message, Duration::ZERO, out),
            Ok(Some(Received::Message))
        );
        assert!(begun + message.as_text().unwrap() == whole);
    }
}

#[test]
fn a_compressed_message_is_a_message_to_the_idle_timeout() {
    let mut config = Config::default();
    config.idle_timeout = Some(SECOND);
    let mut end = server(config);
    // The first one takes the general path.
    for (moment, piece) in [(0, 3), (900, 1000), (1800, 1000)] {
        let now = Duration::from_millis(moment);
        let told: Vec<Told> =
            client_frame(0xc1, &HELLO).chunks(piece).flat_map(|piece| end.take_in(piece, now)).collect();
        assert_eq!(told, [text("Hello")]);
        assert_eq!(end.tick(now + Duration::from_millis(999)), None);
    }
    let idle = SessionError::Timeout(Deadline::Idle);
    assert_eq!(end.tick(Duration::from_millis(2800)), Some(idle));
    // And after that it is none to anyone.
    let told = end.take_in(&client_frame(0xc1, &HELLO), Duration::from_millis(2900));
    assert_eq!(told, [Told::Failed(idle)]);
}
