//! Messages where they were read: the same as those that are put together, without the copy.

use std::time::Duration;

use crate::common::vectors::{vector_limits, vectors};
use crate::common::*;
use crate::pair::{client_frame, server_frame};
use rfc6455::protocol::{Role, Side};
use rfc6455::session::{Config, InPlace, Message, Received, Session, SessionError};

const NOW: Duration = Duration::ZERO;

#[derive(Debug, PartialEq)]
enum Told {
    Message(Message),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<u16>),
    Failed(SessionError),
}

type Outcome = (Vec<Told>, Vec<u8>);

fn session(side: Side) -> Session {
    let mut config = Config::default();
    config.limits = vector_limits();
    Session::new(role(side), &config, NOW)
}

/// The naive twin.
fn put_together(session: &mut Session, pieces: &[&[u8]]) -> Outcome {
    let (mut told, mut out, mut message) = (Vec::new(), Vec::new(), Message::new());
    for piece in pieces {
        let mut bytes = piece.to_vec();
        let mut input = &mut bytes[..];
        loop {
            told.push(match session.receive(&mut input, &mut message, NOW, &mut out) {
                Ok(Some(Received::Message)) => Told::Message(message.clone()),
                Ok(Some(Received::Ping(payload))) => Told::Ping(payload.into()),
                Ok(Some(Received::Pong(payload))) => Told::Pong(payload.into()),
                Ok(Some(Received::Close(frame))) => Told::Close(frame.map(|frame| frame.code.into())),
                Ok(Some(other)) => panic!("{other:?}"),
                Ok(None) => break,
                Err(error) => {
                    told.push(Told::Failed(error));
                    break;
                }
            });
        }
    }
    (told, out)
}

fn in_place(session: &mut Session, pieces: &[&[u8]]) -> Outcome {
    let (mut told, mut out, mut storage) = (Vec::new(), Vec::new(), Message::new());
    for piece in pieces {
        let mut bytes = piece.to_vec();
        let mut input = &mut bytes[..];
        loop {
            told.push(match session.receive_in_place(&mut input, &mut storage, NOW, &mut out) {
                Ok(Some(InPlace::Message(data))) => Told::Message(data.into()),
                Ok(Some(InPlace::Ping(payload))) => Told::Ping(payload.into()),
                Ok(Some(InPlace::Pong(payload))) => Told::Pong(payload.into()),
                Ok(Some(InPlace::Close(frame))) => Told::Close(frame.map(|frame| frame.code.into())),
                Ok(Some(other)) => panic!("{other:?}"),
                Ok(None) => break,
                Err(error) => {
                    told.push(Told::Failed(error));
                    break;
                }
            });
        }
    }
    (told, out)
}

#[test]
fn in_place_is_the_same_as_put_together_at_every_cut() {
    for vector in vectors() {
        let (side, bytes) = (vector.from.peer(), &vector.bytes[..]);
        let step = (bytes.len() / 300).max(1);
        for cut in (0..=bytes.len()).step_by(step) {
            let (first, rest) = bytes.split_at(cut);
            let expected = put_together(&mut session(side), &[first, rest]);
            let (told, out) = in_place(&mut session(side), &[first, rest]);
            assert_eq!(told, expected.0, "{}, cut at {cut}", vector.name);
            if side == Side::Server {
                assert_eq!(out, expected.1, "{}, cut at {cut}", vector.name);
            }
        }
    }
}

#[test]
fn what_is_missing_makes_a_message_that_is_not_copied() {
    for (side, frame) in
        [(Side::Server, client_frame as fn(u8, &[u8]) -> Vec<u8>), (Side::Client, server_frame)]
    {
        for len in [0, 1, 125, 126, 1000, 65_535, 65_536, 100_000] {
            let mut bytes = frame(0x81, &vec![b'a'; len]);
            let header = bytes.len() - len;
            let mut session = session_without_limits(side);
            for cut in (0..header).chain((header..=bytes.len()).step_by(997)) {
                let expected = if cut < header { 0 } else { bytes.len() - cut };
                assert_eq!(session.missing(&bytes[..cut]), expected as u64, "{len} bytes, cut at {cut}");
            }
            let range = bytes.as_ptr_range();
            let (mut input, mut storage) = (&mut bytes[..], Message::new());
            match session.receive_in_place(&mut input, &mut storage, NOW, &mut Vec::new()) {
                Ok(Some(InPlace::Message(data))) => {
                    assert_eq!(data.as_bytes(), vec![b'a'; len]);
                    assert!(data.as_bytes().as_ptr() >= range.start && data.as_bytes().as_ptr() <= range.end);
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

fn session_without_limits(side: Side) -> Session {
    Session::new(role(side), &Config::default(), NOW)
}

#[test]
fn nothing_is_missing_from_what_is_refused_or_is_no_message_in_one_frame() {
    let header = |first: u8, len: u16| [&[first, 0xfe][..], &len.to_be_bytes(), b"mask"].concat();
    let mut config = Config::default();
    config.limits.message = 1000;
    let mut session = Session::new(Role::Server, &config, NOW);
    assert_eq!(session.missing(&header(0x82, 1000)), 1000);
    assert_eq!(session.missing(&header(0x82, 1001)), 0, "too long");
    assert_eq!(session.missing(&header(0x02, 1000)), 0, "a fragment");
    assert_eq!(session.missing(&header(0x80, 1000)), 0, "a continuation");
    assert_eq!(session.missing(&header(0xc2, 1000)), 0, "a reserved bit");
    assert_eq!(session.missing(&header(0x82, 7)), 0, "a length in too many bytes");
    assert_eq!(session.missing(&[0x89, 0xfd]), 0, "a Ping");
    // Inside a message that began.
    let mut bytes = header(0x82, 1000);
    session.receive(&mut &mut bytes[..], &mut Message::new(), NOW, &mut Vec::new()).unwrap();
    assert_eq!(session.missing(&header(0x82, 1000)), 0);
}
