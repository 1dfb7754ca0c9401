//! Limits hold for what comes out, while it comes out (RFC 7692 §7.2.2, RFC 6455 §10.4): sizes around them, and bombs.

use std::time::Duration;

use crate::deflate_common::blocks::{Blocks, bomb};
use crate::deflate_common::*;
use crate::pair::*;
use rfc6455::deflate::Compress;
use rfc6455::protocol::ProtocolError;
use rfc6455::session::{Config, Message, Received, SessionError};

/// What is decompressed at a time of a message that comes in pieces, and of one whose parts are asked for.
const BLOCK: usize = 64 * 1024;
const PART: usize = 16 * 1024;

/// What a decompressor takes: its engine, the window of the peer, and small things.
const ENGINE: usize = 100 * 1024;

fn limits(message: usize) -> Config {
    let mut config = Config::default();
    config.limits.message = message as u64;
    config.limits.frame = message as u64;
    config
}

/// How a message reaches a server: its compressed payload, in frames.
type Framed = fn(&[u8], &[u8]) -> Vec<u8>;

/// In one frame.
fn whole(_: &[u8], payload: &[u8]) -> Vec<u8> {
    client_frame(0xc2, payload)
}

/// In three fragments.
fn fragmented(_: &[u8], payload: &[u8]) -> Vec<u8> {
    let (first, rest) = payload.split_at(payload.len() / 3);
    let (second, third) = rest.split_at(rest.len() / 2);
    [client_frame(0x42, first), client_frame(0x00, second), client_frame(0x80, third)].concat()
}

/// Not compressed at all: the limit is the same.
fn plain(message: &[u8], _: &[u8]) -> Vec<u8> {
    client_frame(0x82, message)
}

const FRAMED: [(&str, Framed); 3] = [("whole", whole), ("fragmented", fragmented), ("plain", plain)];

/// All that comes of `bytes`, in reads of `size`, by parts or as whole messages; or how it failed.
fn receive(end: &mut End, bytes: &[u8], size: usize, in_parts: bool) -> Result<Vec<u8>, SessionError> {
    let (mut bytes, mut message, mut all) = (bytes.to_vec(), Message::new(), Vec::new());
    let End { session, out, .. } = end;
    for read in bytes.chunks_mut(size) {
        let mut input = read;
        loop {
            let received = if in_parts {
                session.receive_part(&mut input, &mut message, Duration::ZERO, out)?
            } else {
                session.receive(&mut input, &mut message, Duration::ZERO, out)?
            };
            match received {
                Some(Received::Part | Received::Message) => all.extend(message.as_bytes()),
                Some(other) => panic!("{other:?}"),
                None => break,
            }
        }
    }
    Ok(all)
}

/// Each way to put `len` bytes: as text, as zeros, as noise, and in a payload as long as they can be stored in.
fn messages(len: usize) -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
    let compressed = |message: &[u8]| deflate(&mut agreement(&always()).compressor(), message);
    let of = |name, message: Vec<u8>| (name, compressed(&message), message);
    let zeros = vec![0; len];
    let blocks = zeros.chunks(40).fold(Blocks::new(), |blocks, chunk| blocks.stored(false, chunk));
    vec![
        of("text", json(len, 1).into_bytes()),
        of("zeros", zeros.clone()),
        of("noise", Noise::new(1).bytes(len)),
        ("small stored blocks", blocks.payload(), zeros),
    ]
}

#[test]
fn a_message_of_the_limit_passes_and_one_more_byte_does_not() {
    for limit in [0_usize, 1, 1000, PART - 1, PART, PART + 1, 50_000, BLOCK] {
        for len in [limit.saturating_sub(1), limit, limit + 1] {
            for (kind, payload, message) in messages(len) {
                for (frames, framed) in FRAMED {
                    for (size, in_parts) in [(1 << 20, false), (1 << 20, true), (1000, false), (1000, true)] {
                        let story = format!("{kind} of {len}, limit {limit}, {frames}, {size}, {in_parts}");
                        let mut end = server(limits(limit));
                        let result = receive(&mut end, &framed(&message, &payload), size, in_parts);
                        if len <= limit {
                            assert!(result.as_ref() == Ok(&message), "{story}: {:?}", result.err());
                            continue;
                        }
                        let Err(SessionError::Protocol(error)) = result else { panic!("{story}") };
                        assert_eq!(error.close_code().to_u16(), 1009, "{story}: {error}");
                        assert_eq!(end.out[..4], [&[0x88, end.out[1]], &1009_u16.to_be_bytes()[..]].concat());
                    }
                }
            }
        }
    }
}

#[test]
fn noise_of_just_the_limit_passes_though_the_wire_has_more() {
    for len in [100, 1000, 70_000] {
        let noise = Noise::new(5).bytes(len);
        // Each fragment has two headers of blocks, of five bytes, that its message has not.
        for size in [len, 90, 30, 17] {
            let mut pair = deflate_pair_with(&always(), &always(), &limits(len));
            let End { session, out, .. } = &mut pair.client;
            for fragment in noise.chunks(size) {
                match (fragment.len() == len, out.is_empty()) {
                    (true, _) => session.send(fragment, out).unwrap(),
                    (false, true) => session.start(fragment, out).unwrap(),
                    (false, false) => session.append(fragment, out).unwrap(),
                }
            }
            if size < len {
                session.finish(&[][..], out).unwrap();
            }
            assert!(out.len() > len);
            let told = pair.reach_server();
            assert!(told == [Told::Binary(noise.clone())], "{len} in pieces of {size}: {:?}", told.last());
        }
    }
}

#[test]
fn a_frame_over_the_limit_is_refused_on_its_header() {
    // What is compressed may be a little longer than what it stands for, but no more than that.
    for limit in [0_u64, 1000, 100_000] {
        let longest = limit + limit / 8 + 1024;
        for (len, refused) in [(longest, false), (longest + 1, true)] {
            let mut end = server(limits(limit as usize));
            let mut header = vec![0xc2, 0xff];
            match u16::try_from(len) {
                Ok(len) => {
                    header[1] = 0xfe;
                    header.extend(len.to_be_bytes());
                }
                Err(_) => header.extend(len.to_be_bytes()),
            }
            header.extend([0; 4]);
            let told = end.take_in(&header, Duration::ZERO);
            match told.as_slice() {
                [] => assert!(!refused, "{len}"),
                [Told::Failed(SessionError::Protocol(ProtocolError::FrameTooBig { .. }))] => {
                    assert!(refused, "{len}")
                }
                other => panic!("{len}: {other:?}"),
            }
        }
    }
}

#[test]
fn fragments_that_make_nothing_do_not_go_on_for_ever() {
    // Each an empty block: more and more payload, and never a byte of a message.
    for empty in [&[][..], &[0x02, 0x08, 0x20, 0x80, 0x00], &[0x00, 0x00, 0x00, 0xff, 0xff]] {
        let mut end = server(limits(1000));
        let told = end.take_in(&client_frame(0x42, empty), Duration::ZERO);
        assert_eq!(told, []);
        let mut count = 0;
        let error = loop {
            count += 1;
            let told = end.take_in(&client_frame(0x00, empty), Duration::ZERO);
            match told.first() {
                None => assert!(count < 10_000, "it goes on for ever"),
                Some(Told::Failed(SessionError::Protocol(error))) => break *error,
                other => panic!("{other:?}"),
            }
        };
        let expected = [1008, 1009];
        assert!(expected.contains(&error.close_code().to_u16()), "{error}");
    }
}

#[test]
fn a_bomb_of_a_gibibyte_is_refused_at_the_limit_with_bounded_memory() {
    let (payload, zeros) = bomb(1_041_000);
    assert!(zeros > 1 << 30 && payload.len() < 1_050_000);
    let text = client_frame(0xc1, &payload);
    let binary = client_frame(0xc2, &payload);
    let (first, rest) = payload.split_at(1000);
    let fragments = [client_frame(0x42, first), client_frame(0x80, rest)].concat();
    for limit in [64 << 10, 16 << 20] {
        for (kind, bytes) in [("text", &text), ("binary", &binary), ("fragments", &fragments)] {
            for (size, in_parts) in [(1 << 21, false), (4096, false), (4096, true)] {
                let story = format!("{kind}, limit {limit}, in reads of {size}, in parts: {in_parts}");
                let mut config = limits(limit);
                config.limits.frame = 16 << 20;
                let mut end = server(config);
                let mut bytes = bytes.clone();
                let (mut message, mut error) = (Message::new(), None);
                let peak = crate::heap::peak(|| {
                    error = pass_over(&mut end, &mut bytes, size, in_parts, &mut message).err();
                });
                let error = error.expect("it fails");
                let SessionError::Protocol(error) = error else { panic!("{error}") };
                assert_eq!(error.close_code().to_u16(), 1009, "{story}: {error}");
                let most = if in_parts { 3 * PART } else { limit + BLOCK };
                assert!(peak <= most + ENGINE, "{story}: {peak}");
            }
        }
    }
}

#[test]
fn a_bomb_that_claims_less_than_the_limit_is_refused_all_the_same() {
    // Its one frame is small enough to be taken; what comes of it is not.
    let (payload, zeros) = bomb(60_000);
    let mut end = server(limits(64 << 10));
    let mut bytes = client_frame(0xc2, &payload);
    let mut message = Message::new();
    let mut result = Ok(0);
    let peak = crate::heap::peak(|| result = pass_over(&mut end, &mut bytes, 1 << 20, false, &mut message));
    assert!(zeros > 59 << 20);
    let error = SessionError::Protocol(result.map_err(as_protocol).unwrap_err());
    assert!(error.to_string().contains("65536"), "{error}");
    assert!(peak <= (64 << 10) + BLOCK + ENGINE, "{peak}");
}

#[test]
fn in_parts_no_byte_over_the_limit_is_given_away() {
    let (payload, zeros) = bomb(60_000);
    assert!(zeros > 59 << 20);
    for size in [1 << 20, 1000] {
        let mut end = server(limits(64 << 10));
        let End { session, out, .. } = &mut end;
        let (mut bytes, mut message, mut given) = (client_frame(0xc2, &payload), Message::new(), 0);
        let mut reads = bytes.chunks_mut(size);
        let mut input = reads.next().expect("there is one");
        let error = loop {
            match session.receive_part(&mut input, &mut message, Duration::ZERO, out) {
                Ok(Some(_)) => given += message.len(),
                Ok(None) => input = reads.next().expect("it fails before its end"),
                Err(error) => break as_protocol(error),
            }
        };
        assert_eq!(error.close_code().to_u16(), 1009, "{error}");
        assert!(given <= 64 << 10, "{given}");
    }
}

fn as_protocol(error: SessionError) -> ProtocolError {
    match error {
        SessionError::Protocol(error) => error,
        other => panic!("{other}"),
    }
}

#[test]
fn a_gibibyte_streams_through_in_parts_with_the_memory_of_one_block() {
    let mut peaks = Vec::new();
    for len in [20_000, 1_041_000] {
        let (payload, zeros) = bomb(len);
        let mut config = Config::default();
        config.limits.message = u64::MAX;
        let mut end = server(config);
        let mut bytes = client_frame(0xc2, &payload);
        let (mut message, mut result) = (Message::new(), Ok(0));
        peaks.push(crate::heap::peak(|| result = pass_over(&mut end, &mut bytes, 4096, true, &mut message)));
        assert_eq!(result, Ok(zeros));
    }
    assert_eq!(peaks[0], peaks[1], "it does not depend on the size of the message");
    assert!(peaks[0] <= 3 * PART + ENGINE, "{peaks:?}");
}

/// Receives all that there is, and counts its bytes.
fn pass_over(
    end: &mut End,
    bytes: &mut [u8],
    size: usize,
    in_parts: bool,
    message: &mut Message,
) -> Result<u64, SessionError> {
    let End { session, out, .. } = end;
    let mut len = 0;
    for read in bytes.chunks_mut(size) {
        let mut input = read;
        loop {
            let received = if in_parts {
                session.receive_part(&mut input, message, Duration::ZERO, out)?
            } else {
                session.receive(&mut input, message, Duration::ZERO, out)?
            };
            match received {
                Some(Received::Part | Received::Message) => len += message.len() as u64,
                Some(other) => panic!("{other:?}"),
                None => break,
            }
        }
    }
    Ok(len)
}

#[test]
fn a_message_that_is_received_again_and_again_allocates_nothing_new() {
    let mut pair = deflate_pair(&always(), &always());
    let texts: Vec<String> = (0..20).map(|seed| json(1000, seed)).collect();
    let (mut message, mut bytes) = (Message::new(), Vec::with_capacity(100_000));
    let mut round = |round: usize| {
        let text = &texts[round % texts.len()];
        pair.client.session.send(text, &mut bytes).unwrap();
        let mut input = &mut bytes[..];
        let End { session, out, .. } = &mut pair.server;
        let received = session.receive(&mut input, &mut message, Duration::ZERO, out);
        assert_eq!(received, Ok(Some(Received::Message)));
        assert_eq!(message.as_text(), Some(&text[..]));
        session.send_with(text, Compress::Always, out).unwrap();
        out.clear();
        bytes.clear();
    };
    // Until the history of the peer's messages is full, and the block of the client's keys as large as it gets.
    (0..300).for_each(&mut round);
    assert_eq!(crate::heap::peak(|| (0..100).for_each(&mut round)), 0);
}
