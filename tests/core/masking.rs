//! Masking keys: RFC 6455 §5.1, §5.3 and §10.3.

use crate::common::*;
use rfc6455::EntropyError;
use rfc6455::protocol::{
    CloseCode, Connection, DataKind, Limits, MaskKeys, ProtocolError, Role, SendError, State,
};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

fn keys_of(bytes: &[u8]) -> Vec<[u8; 4]> {
    let mut rest = bytes;
    let mut keys = Vec::new();
    while let Some((frame, after)) = naive::frame(rest) {
        keys.push(frame.key.expect("a client masks"));
        rest = after;
    }
    assert!(rest.is_empty());
    keys
}

/// A client whose source gives 1, 2, 3 ... and fails after so many calls.
fn client_with_calls(calls: u32) -> Result<Connection, EntropyError> {
    let (mut number, mut left) = (0_u32, calls);
    let keys = MaskKeys::from_source(move |bytes| {
        left = left.checked_sub(1).ok_or(EntropyError::with_os_error(5))?;
        for key in bytes.chunks_exact_mut(4) {
            number += 1;
            key.copy_from_slice(&number.to_be_bytes());
        }
        Ok(())
    })?;
    Ok(Connection::new(Role::Client(keys), Limits::default()))
}

/// One of each frame, each with this payload; then a Close.
fn say_everything(end: &mut Connection, payload: &[u8], out: &mut Vec<u8>) {
    let text = str::from_utf8(payload).unwrap();
    end.send(text, out).unwrap();
    end.send(payload, out).unwrap();
    end.start(payload, out).unwrap();
    end.append(payload, out).unwrap();
    end.finish(payload, out).unwrap();
    if payload.len() <= 123 {
        end.ping(payload, out).unwrap();
        end.pong(payload, out).unwrap();
        end.start_close(CloseCode::NORMAL, text, out).unwrap();
    } else {
        end.start_close_without_code(out).unwrap();
    }
}

#[test]
fn a_client_masks_every_frame_and_a_server_none() {
    for len in [0, 1, 123, 125, 126, 65_535, 65_536] {
        let payload = vec![b'x'; len];
        // `said` looks at the mask of each frame.
        let [client, server] = SIDES.map(|side| {
            let mut end = End::new(side);
            say_everything(&mut end.connection, &payload, &mut end.out);
            (end.out.len(), end.said())
        });
        assert_eq!(client.1, server.1, "§5.3: the same frames and lengths");
        assert_eq!(client.0, server.0 + 4 * client.1.len(), "and four bytes of key each");
    }
}

#[test]
fn answers_and_faults_of_a_client_are_masked_too() {
    let mut client = End::client();
    client.hear(PING, b"p").unwrap();
    client.hear(CLOSE, b"\x03\xe8").unwrap();
    assert_eq!(keys_of(&client.out).len(), 2);

    let mut client = End::client();
    client.hear(LAST, b"").unwrap_err();
    assert_eq!(keys_of(&client.out).len(), 1);
}

#[test]
fn each_frame_has_the_next_key_of_the_source_and_none_is_used_twice() {
    let mut client = client_with_calls(u32::MAX).unwrap();
    let mut out = Vec::new();
    for _ in 0..10_000 / 5 {
        client.send("Hello", &mut out).unwrap();
        client.start("Hel", &mut out).unwrap();
        client.ping(b"", &mut out).unwrap();
        client.finish("lo", &mut out).unwrap();
        let mut payload = *b"Hello";
        out.extend_from_slice(&client.mask_in_place(DataKind::Text, &mut payload).unwrap());
        out.extend(payload);
    }
    client.start_close(CloseCode::NORMAL, "", &mut out).unwrap();
    let keys = keys_of(&out);
    assert_eq!(keys.len(), 10_001);
    assert_eq!(keys.iter().collect::<HashSet<_>>().len(), 10_001);
    // The first is set aside for the Close.
    let numbers: Vec<u32> = keys.iter().map(|key| u32::from_be_bytes(*key)).collect();
    assert!(numbers.iter().copied().eq((2..=10_001).chain([1])));
}

#[test]
fn two_identical_frames_differ_on_the_wire() {
    let mut client = client_with_calls(1).unwrap();
    let (mut first, mut second) = (Vec::new(), Vec::new());
    client.send("the same text", &mut first).unwrap();
    client.send("the same text", &mut second).unwrap();
    assert_eq!(first.len(), second.len());
    assert_ne!(first[2..6], second[2..6]);
    assert_ne!(first[6..], second[6..]);
}

#[test]
fn keys_are_drawn_in_growing_blocks_and_not_before_they_are_needed() {
    let drawn = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&drawn);
    let keys = MaskKeys::from_source(move |bytes| {
        counter.store((bytes.len() / 4).try_into().unwrap(), Relaxed);
        Ok(())
    });
    let mut client = Connection::new(Role::Client(keys.unwrap()), Limits::default());
    assert_eq!(drawn.swap(0, Relaxed), 16);
    // The Close has one of the first block.
    for (left, next) in [(15, 32), (31, 64), (63, 128), (127, 256), (255, 256), (255, 256)] {
        for _ in 0..left {
            client.ping(b"", &mut Vec::new()).unwrap();
        }
        assert_eq!(drawn.load(Relaxed), 0);
        client.ping(b"", &mut Vec::new()).unwrap();
        assert_eq!(drawn.swap(0, Relaxed), next);
    }
}

#[test]
fn without_entropy_there_is_no_client() {
    let error = client_with_calls(0).unwrap_err();
    assert_eq!(error, EntropyError::with_os_error(5));
    assert!(error.to_string().contains("error 5"), "{error}");
    assert!(!EntropyError::new().to_string().contains("error"));
}

/// A client that has used up its keys, and gets no more.
fn out_of_keys() -> Connection {
    let mut client = client_with_calls(1).unwrap();
    for _ in 0..15 {
        client.ping(b"", &mut Vec::new()).unwrap();
    }
    client
}

#[test]
fn when_entropy_fails_nothing_is_written_and_nothing_has_changed() {
    let mut client = out_of_keys();
    let mut out = b"before".to_vec();
    let error = Err(SendError::Entropy(EntropyError::with_os_error(5)));
    assert_eq!(client.send("Hello", &mut out), error);
    assert_eq!(client.start("Hel", &mut out), error);
    assert_eq!(client.append("l", &mut out), Err(SendError::NoMessage), "it has not begun");
    assert_eq!(client.ping(b"", &mut out), error);
    assert_eq!(client.pong(b"", &mut out), error);
    let mut payload = *b"Hello";
    assert_eq!(client.mask_in_place(DataKind::Text, &mut payload).map(drop), error);
    assert_eq!((&payload, &out[..]), (b"Hello", &b"before"[..]));
    assert_eq!(client.state(), State::Open);
}

#[test]
fn whether_there_is_a_key_can_be_asked_before_and_costs_none() {
    let mut client = out_of_keys();
    let error = Err(SendError::Entropy(EntropyError::with_os_error(5)));
    assert_eq!(client.check_start(), error);

    // One block of 16 keys, one of which is set aside.
    let (mut client, mut out) = (client_with_calls(1).unwrap(), Vec::new());
    for _ in 0..14 {
        client.ping(b"", &mut out).unwrap();
    }
    for _ in 0..100 {
        assert_eq!(client.check_start(), Ok(()), "there is one left, and it stays");
    }
    client.start("He", &mut out).unwrap();
    assert_eq!(client.check_append(DataKind::Text), error);
    assert_eq!(client.check_append(DataKind::Binary), Err(SendError::OtherKind));
    assert_eq!(client.check_start(), Err(SendError::MessageUnfinished));
}

#[test]
fn when_entropy_fails_a_close_is_still_possible_and_masked() {
    type Act = fn(&mut Connection, &mut Vec<u8>);
    let acts: BTreeMap<&str, Act> = BTreeMap::from([
        ("by us", (|client, out| client.start_close(CloseCode::NORMAL, "", out).unwrap()) as Act),
        ("in answer", |client, out| {
            client.receive(&mut &mut b"\x88\x02\x03\xe8".to_vec()[..], out).unwrap();
        }),
        ("after a fault", |client, out| client.fail(ProtocolError::InvalidUtf8, out)),
    ]);
    for (name, act) in acts {
        let mut client = out_of_keys();
        let mut out = Vec::new();
        act(&mut client, &mut out);
        assert_eq!(keys_of(&out), [1_u32.to_be_bytes()], "{name}");
        assert_eq!(out[0], CLOSE);
    }
}

#[test]
fn when_entropy_fails_the_pong_waits_for_it() {
    let have = Arc::new(AtomicU32::new(1));
    let stock = Arc::clone(&have);
    let keys = MaskKeys::from_source(move |_| match stock.load(Relaxed) {
        0 => Err(EntropyError::new()),
        _ => Ok(()),
    });
    let mut client = Connection::new(Role::Client(keys.unwrap()), Limits::default());
    let mut out = Vec::new();
    have.store(0, Relaxed);
    let pings = (0..100).filter(|_| client.ping(b"", &mut out).is_ok()).count();
    assert_eq!(pings, 15);
    out.clear();
    client.receive(&mut &mut b"\x89\x01p".to_vec()[..], &mut out).unwrap();
    assert!(client.pong_waits() && out.is_empty());
    have.store(1, Relaxed);
    client.receive(&mut &mut [][..], &mut out).unwrap();
    assert!(!client.pong_waits());
    assert_eq!(naive::frame(&out).unwrap().0.payload, b"p");
}

#[cfg(feature = "std")]
#[test]
fn the_keys_of_the_operating_system_vary() {
    let mut client = Connection::new(Role::Client(MaskKeys::from_os().unwrap()), Limits::default());
    let mut out = Vec::new();
    for _ in 0..10_000 {
        client.ping(b"", &mut out).unwrap();
    }
    let keys = keys_of(&out);
    // Of 10 000 random keys some 0.01 pairs are equal; each bit is set in about half.
    assert!(keys.iter().collect::<HashSet<_>>().len() > 9_990);
    for bit in 0..32 {
        let set = keys.iter().filter(|key| u32::from_be_bytes(**key) >> bit & 1 == 1).count();
        assert!((4_500..5_500).contains(&set), "bit {bit} is set in {set}");
    }
}

#[test]
fn keys_are_not_shown() {
    assert_eq!(format!("{:?}", keys()), "MaskKeys");
}
