//! Reserved bits for whoever brings an extension (RFC 6455 §5.2, §9; RFC 7692 §6): none is let through, nor sent, unless it was
//! allowed, and then on the first frame of a message alone.

use crate::common::*;
use rfc6455::frame::{Opcode, Rsv};
use rfc6455::protocol::{
    Chunk, Connection, DataKind, Event, Limits, ProtocolError, Receiver, SendError, Sender, Side, TextCheck,
};

/// Each combination of them.
fn all() -> [Rsv; 8] {
    let [a, b, c] = [Rsv::RSV1, Rsv::RSV2, Rsv::RSV3];
    [Rsv::NONE, a, b, c, a | b, a | c, b | c, a | b | c]
}

/// As they stand in the first byte of a frame.
fn bits(rsv: Rsv) -> u8 {
    [(Rsv::RSV1, 0x40), (Rsv::RSV2, 0x20), (Rsv::RSV3, 0x10)]
        .into_iter()
        .map(|(bit, place)| if rsv.contains(bit) { place } else { 0 })
        .sum()
}

fn connection(side: Side, allowed: Rsv) -> Connection {
    Connection::new(role(side), Limits::default()).allowing(allowed)
}

/// Chunks as they were told: kind, reserved bits, payload, start and end.
type Told = Vec<(DataKind, Rsv, Vec<u8>, bool, bool)>;

fn hear(connection: &mut Connection, bytes: &[u8], size: usize) -> (Told, Option<ProtocolError>, Vec<u8>) {
    let (mut bytes, mut told, mut out) = (bytes.to_vec(), Vec::new(), Vec::new());
    for read in bytes.chunks_mut(size) {
        let mut input = read;
        loop {
            match connection.receive(&mut input, &mut out) {
                Ok(Some(Event::Data(chunk))) => {
                    told.push((chunk.kind, chunk.rsv, chunk.payload.to_vec(), chunk.starts, chunk.ends));
                }
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(error) => return (told, Some(error), out),
            }
        }
    }
    (told, None, out)
}

#[test]
fn a_message_may_have_the_bits_that_were_allowed_and_no_others() {
    for from in SIDES {
        for allowed in all() {
            for rsv in all() {
                let bytes = frame(from, BINARY | bits(rsv), b"abc");
                for size in [1, 100] {
                    let (told, error, out) = hear(&mut connection(from.peer(), allowed), &bytes, size);
                    if allowed.contains(rsv) {
                        assert!(told.iter().all(|told| told.1 == rsv), "{told:?}");
                        assert_eq!(told.iter().flat_map(|told| told.2.clone()).collect::<Vec<_>>(), b"abc");
                        assert_eq!(error, None);
                    } else {
                        assert_eq!(error, Some(ProtocolError::ReservedBits(Opcode::Binary)));
                        let (close, _) = naive::frame(&out).unwrap();
                        assert_eq!((close.opcode, &close.payload[..2]), (8, &1002_u16.to_be_bytes()[..]));
                    }
                }
            }
        }
    }
}

#[test]
fn continuations_and_control_frames_have_none_whatever_was_allowed() {
    let any = Rsv::RSV1 | Rsv::RSV2 | Rsv::RSV3;
    for from in SIDES {
        for rsv in all().into_iter().skip(1) {
            for (opening, first, opcode) in [
                (&[][..], PING, Opcode::Ping),
                (&[], PONG, Opcode::Pong),
                (&[], CLOSE, Opcode::Close),
                (&[(BINARY_START | 0x40, &b"a"[..])], NEXT, Opcode::Continuation),
                (&[(BINARY_START | 0x40, b"a")], LAST, Opcode::Continuation),
                (&[(BINARY_START, b"a")], LAST, Opcode::Continuation),
                (&[(BINARY_START | 0x40, b"a")], PING, Opcode::Ping),
            ] {
                let bytes = [frames(from, opening), frame(from, first | bits(rsv), b"")].concat();
                let (_, error, _) = hear(&mut connection(from.peer(), any), &bytes, 100);
                assert_eq!(error, Some(ProtocolError::ReservedBits(opcode)), "{rsv:?}");
            }
        }
    }
}

#[test]
fn each_chunk_of_a_message_tells_the_bits_of_its_first_frame() {
    for from in SIDES {
        let list: List<'_> = &[
            (BINARY_START | 0x40, b"ab"),
            (PING, b"p"),
            (NEXT, b"cd"),
            (LAST, b"ef"),
            (BINARY, b"plain"),
            (TEXT_START, b"al"),
            (LAST, b"so"),
            (BINARY | 0x60, b"both"),
        ];
        let (told, error, _) =
            hear(&mut connection(from.peer(), Rsv::RSV1 | Rsv::RSV2), &frames(from, list), 1000);
        assert_eq!(error, None);
        let none = Rsv::NONE;
        let bits: Vec<Rsv> = told.iter().map(|told| told.1).collect();
        assert_eq!(bits, [Rsv::RSV1, Rsv::RSV1, Rsv::RSV1, none, none, none, Rsv::RSV1 | Rsv::RSV2]);
    }
}

#[test]
fn text_that_an_extension_transformed_is_not_checked() {
    for from in SIDES {
        let bytes = frame(from, TEXT | 0x40, b"\xff\xfe");
        let (told, error, _) = hear(&mut connection(from.peer(), Rsv::RSV1), &bytes, 100);
        assert_eq!((told[0].0, &told[0].2[..], error), (DataKind::Text, &b"\xff\xfe"[..], None));
        // Other text still is.
        let bytes = frame(from, TEXT, b"\xff\xfe");
        let (_, error, _) = hear(&mut connection(from.peer(), Rsv::RSV1), &bytes, 100);
        assert_eq!(error, Some(ProtocolError::InvalidUtf8));
    }
}

#[test]
fn what_an_extension_transformed_may_be_a_little_over_the_limits() {
    for limit in [0_u64, 100, 100_000] {
        let most = limit + limit / 8 + 1024;
        for from in SIDES {
            for (first, len, is_taken) in [
                (BINARY, limit, true),
                (BINARY, limit + 1, false),
                (BINARY | 0x40, limit + 1, true),
                (BINARY | 0x40, most, true),
                (BINARY | 0x40, most + 1, false),
            ] {
                let connection = Connection::new(role(from.peer()), limits(limit, limit));
                let bytes = header(from, first, len);
                let (_, error, _) = hear(&mut connection.allowing(Rsv::RSV1), &bytes, 100);
                match error {
                    None => assert!(is_taken, "{first:x} {len}"),
                    Some(ProtocolError::FrameTooBig { .. }) => assert!(!is_taken, "{first:x} {len}"),
                    Some(other) => panic!("{other}"),
                }
            }
        }
    }
}

#[test]
fn a_receiver_alone_lets_through_what_it_was_allowed() {
    for from in SIDES {
        let mut bytes = frame(from, BINARY | 0x20, b"x");
        let new = || Receiver::new(from, Limits::default(), TextCheck::Receiver);
        let error = new().receive(&mut &mut bytes.clone()[..]).err();
        assert_eq!(error, Some(ProtocolError::ReservedBits(Opcode::Binary)));
        let mut receiver = new().allowing(Rsv::RSV2);
        let mut input = &mut bytes[..];
        let Ok(Some(Event::Data(chunk))) = receiver.receive(&mut input) else { panic!("it is let through") };
        assert_eq!((chunk.rsv, &*chunk.payload), (Rsv::RSV2, &b"x"[..]));
    }
}

#[test]
fn a_sender_sends_the_bits_that_were_allowed_and_no_others() {
    for side in SIDES {
        for allowed in all() {
            for rsv in all() {
                let mut sender = Sender::new(role(side)).allowing(allowed);
                let mut chunk = Chunk::whole(DataKind::Binary, b"abc");
                chunk.rsv = rsv;
                let mut out = Vec::new();
                let result = sender.forward(&chunk, &mut out);
                if allowed.contains(rsv) {
                    let (frame, rest) = naive::frame(&out).unwrap();
                    assert_eq!(
                        (frame.first(), &frame.payload[..], rest),
                        (BINARY | bits(rsv), &b"abc"[..], &[][..])
                    );
                } else {
                    assert_eq!((result, out.len()), (Err(SendError::ReservedBits), 0));
                    // It goes on as it was.
                    assert_eq!(sender.send("next", &mut out), Ok(()));
                }
            }
        }
    }
}

#[test]
fn of_a_forwarded_message_the_first_frame_alone_has_them() {
    for side in SIDES {
        let mut connection = connection(side, Rsv::RSV1);
        let mut out = Vec::new();
        for (starts, ends) in [(true, false), (false, false), (false, true), (true, true)] {
            let mut chunk = Chunk::whole(DataKind::Text, b"x");
            (chunk.rsv, chunk.starts, chunk.ends) = (Rsv::RSV1, starts, ends);
            connection.forward(&chunk, &mut out).unwrap();
        }
        connection.send("plain", &mut out).unwrap();
        connection.ping(b"", &mut out).unwrap();
        let mut rest = &out[..];
        let mut first_bytes = Vec::new();
        while let Some((frame, after)) = naive::frame(rest) {
            first_bytes.push(frame.first());
            rest = after;
        }
        assert_eq!(first_bytes, [TEXT_START | 0x40, NEXT, LAST, TEXT | 0x40, TEXT, PING]);
    }
}

#[test]
fn a_relay_passes_them_on() {
    let mut from = connection(Side::Server, Rsv::RSV1);
    let mut to = connection(Side::Server, Rsv::RSV1);
    let mut bytes =
        frames(Side::Client, &[(TEXT_START | 0x40, b"\xff\xfe"), (LAST, b"\xff"), (TEXT, b"plain")]);
    let mut input = &mut bytes[..];
    let (mut replies, mut out) = (Vec::new(), Vec::new());
    while let Some(event) = from.receive(&mut input, &mut replies).unwrap() {
        let Event::Data(chunk) = event else { panic!() };
        to.forward(&chunk, &mut out).unwrap();
    }
    assert_eq!(out, b"\x41\x02\xff\xfe\x80\x01\xff\x81\x05plain");
}

#[test]
fn what_is_checked_before_is_what_the_call_would_say() {
    for side in SIDES {
        let mut connection = connection(side, Rsv::NONE);
        let mut out = Vec::new();
        assert_eq!(connection.check_start(), Ok(()));
        assert_eq!(connection.check_append(DataKind::Text), Err(SendError::NoMessage));
        connection.start("a", &mut out).unwrap();
        assert_eq!(connection.check_start(), Err(SendError::MessageUnfinished));
        assert_eq!(connection.check_append(DataKind::Text), Ok(()));
        assert_eq!(connection.check_append(DataKind::Binary), Err(SendError::OtherKind));
        connection.finish("b", &mut out).unwrap();
        assert_eq!(connection.check_append(DataKind::Text), Err(SendError::NoMessage));
        connection.start_close_without_code(&mut out).unwrap();
        assert_eq!(connection.check_start(), Err(SendError::Closed));
        assert_eq!(connection.check_append(DataKind::Text), Err(SendError::Closed));
    }
}
