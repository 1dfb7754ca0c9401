//! Base framing as a connection sees it: RFC 6455 §5.1, §5.2, §5.5 and the examples of §5.7.

use crate::common::*;
use rfc6455::frame::{FrameHeader, MAX_HEADER_LEN, Rsv};
use rfc6455::protocol::{Connection, Limits, ProtocolError, Role, Side, State, Transport};

const MASKED_HELLO: &[u8] = &[0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
const MASKED_PONG: &[u8] = &[0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];

/// What becomes of `bytes`, which are no more than a header.
fn refused_from_the_header(from: Side, bytes: &[u8]) -> ProtocolError {
    let mut end = End::new(from.peer());
    let error = end.hear_bytes(bytes).expect_err("refused from the header alone");
    assert_eq!(end.seen(), []);
    assert_eq!(end.connection.state(), State::Failed);
    assert_eq!(end.connection.transport(), Transport::HangUp);
    let said = end.said();
    let [(CLOSE, body)] = &said[..] else { panic!("not one Close: {said:x?}") };
    assert_eq!(body[..2], 1002_u16.to_be_bytes());
    error
}

// §5.7: each example, byte for byte.

#[test]
fn a_client_reads_the_examples_of_the_rfc() {
    let mut client = End::client();
    client.hear_bytes(b"\x81\x05Hello").unwrap();
    client.hear_bytes(b"\x01\x03Hel\x80\x02lo").unwrap();
    client.hear_bytes(b"\x89\x05Hello").unwrap();
    let payload = [0xa5; 65_536];
    client.hear_bytes(&[&[0x82, 0x7e, 0x01, 0x00], &payload[..256]].concat()).unwrap();
    client.hear_bytes(&[&[0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0][..], &payload].concat()).unwrap();
    let seen = [text("Hello"), text("Hello"), ping(b"Hello"), binary(&payload[..256]), binary(&payload)];
    assert_eq!(client.seen(), seen);
}

#[test]
fn a_server_reads_the_examples_of_the_rfc() {
    let mut server = End::server();
    server.hear_bytes(MASKED_HELLO).unwrap();
    server.hear_bytes(MASKED_PONG).unwrap();
    assert_eq!(server.seen(), [text("Hello"), pong(b"Hello")]);
    assert_eq!(server.said(), []);
}

#[test]
fn a_server_writes_the_examples_of_the_rfc() {
    let mut server = Connection::new(Role::Server, Limits::default());
    let mut out = Vec::new();
    server.send("Hello", &mut out).unwrap();
    server.start("Hel", &mut out).unwrap();
    server.finish("lo", &mut out).unwrap();
    server.ping(b"Hello", &mut out).unwrap();
    assert_eq!(out, b"\x81\x05Hello\x01\x03Hel\x80\x02lo\x89\x05Hello");

    let payload = [0xa5; 65_536];
    out.clear();
    server.send(&payload[..256], &mut out).unwrap();
    assert_eq!(out, [&[0x82, 0x7e, 0x01, 0x00], &payload[..256]].concat());
    out.clear();
    server.send(&payload, &mut out).unwrap();
    assert_eq!(out, [&[0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0][..], &payload].concat());
}

#[test]
fn a_client_writes_the_examples_of_the_rfc() {
    let mut client = Connection::new(Role::Client(example_keys()), Limits::default());
    let mut out = Vec::new();
    client.send("Hello", &mut out).unwrap();
    client.receive(&mut &mut b"\x89\x05Hello".to_vec()[..], &mut out).unwrap();
    assert_eq!(out, [MASKED_HELLO, MASKED_PONG].concat());
}

// §5.2: the header.

#[test]
fn a_reserved_bit_without_an_extension_is_refused_on_every_opcode() {
    for from in SIDES {
        for bits in [0x40, 0x20, 0x10, 0x70] {
            for first in [TEXT, TEXT_START, BINARY, LAST, NEXT, PING, PONG, CLOSE] {
                let error = refused_from_the_header(from, &header(from, first | bits, 5));
                assert!(matches!(error, ProtocolError::ReservedBits(_)), "{error}");

                let inside = [frame(from, TEXT_START, b"a"), header(from, first | bits, 5)].concat();
                let error = End::new(from.peer()).hear_bytes(&inside).unwrap_err();
                assert!(matches!(error, ProtocolError::ReservedBits(_)), "{error}");
            }
        }
    }
}

#[test]
fn the_ten_reserved_opcodes_are_refused_at_the_first_byte() {
    for from in SIDES {
        for fin in [0x00, 0x80] {
            for opcode in [3, 4, 5, 6, 7, 0xb, 0xc, 0xd, 0xe, 0xf] {
                let error = refused_from_the_header(from, &[fin | opcode]);
                assert_eq!(error.to_string(), format!("opcode {opcode:#x} is reserved (RFC 6455 §5.2)"));
            }
        }
    }
}

#[test]
fn every_frame_of_a_client_is_masked_and_none_of_a_server() {
    for from in SIDES {
        for first in [TEXT, TEXT_START, BINARY, BINARY_START, LAST, NEXT, PING, PONG, CLOSE] {
            for len in [0, 5] {
                // §5.1: the header of the other side.
                let error = refused_from_the_header(from, &header(from.peer(), first, len));
                assert_eq!(error.section(), "5.1");
                let unmasked = from == Side::Client;
                assert_eq!(unmasked, matches!(error, ProtocolError::Unmasked(_)), "{error}");
                assert_eq!(!unmasked, matches!(error, ProtocolError::Masked(_)), "{error}");
            }
        }
    }
}

#[test]
fn a_length_not_in_its_shortest_form_is_refused_from_the_header() {
    for from in SIDES {
        for (form, len) in [(126, 5), (126, 125), (127, 5), (127, 300), (127, 65_535)] {
            let mut bytes = header(from, BINARY, 0);
            bytes[1] |= form;
            let width = if form == 126 { 2 } else { 8 };
            bytes.splice(2..2, u64::to_be_bytes(len)[8 - width..].iter().copied());
            let error = refused_from_the_header(from, &bytes);
            let text = format!("length {len} is not in its shortest form (RFC 6455 §5.2)");
            assert_eq!(error.to_string(), text);
        }
    }
}

#[test]
fn a_length_of_two_to_the_63_is_refused_from_the_header() {
    for from in SIDES {
        for len in [1 << 63, 0x8000_0000_0000_0005, u64::MAX] {
            let error = refused_from_the_header(from, &header(from, BINARY, len));
            assert_eq!(error.to_string(), "payload length of 2^63 or more (RFC 6455 §5.2)");
        }
    }
}

#[test]
fn lengths_are_in_network_byte_order_and_may_be_anything_below_two_to_the_63() {
    for from in SIDES {
        for len in [1, 125, 126, 256, 65_535, 65_536, (1 << 32) + 5, (1 << 63) - 1] {
            let mut end = End::with(from.peer(), limits(u64::MAX, u64::MAX));
            end.hear_bytes(&header(from, BINARY, len)).unwrap();
            assert_eq!(end.connection.payload_remaining(), len);
            assert_eq!(end.connection.last_received().unwrap().payload_len, len);
        }
    }
}

#[test]
fn the_masking_key_is_there_exactly_when_the_mask_bit_is() {
    for (first, bytes) in [(&b"\x81\x05"[..], &b"Hello"[..]), (&MASKED_HELLO[..6], &MASKED_HELLO[6..])] {
        let whole = [first, bytes].concat();
        let (header, used) = FrameHeader::decode(&whole).unwrap().unwrap();
        assert_eq!(used, first.len());
        assert_eq!(header.mask, first.get(2..).and_then(|key| key.try_into().ok()));
        // §5.3: the key is no part of the length.
        assert_eq!(header.payload_len, bytes.len() as u64);
    }
}

#[test]
fn empty_frames_of_every_kind_are_legal() {
    for from in SIDES {
        let list: [(u8, &[u8]); 8] = [
            (TEXT, b""),
            (BINARY, b""),
            (PING, b""),
            (PONG, b""),
            (TEXT_START, b""),
            (NEXT, b""),
            (LAST, b""),
            (CLOSE, b""),
        ];
        let mut end = End::new(from.peer());
        end.hear_bytes(&frames(from, &list)).unwrap();
        let seen = [text(""), binary(b""), ping(b""), pong(b""), text(""), Seen::Close(None)];
        assert_eq!(end.seen(), seen);
        assert_eq!(end.said(), [(PONG, vec![]), (CLOSE, vec![])]);
    }
}

#[test]
fn a_header_may_be_cut_anywhere() {
    for from in SIDES {
        for len in [5, 300, 70_000] {
            let bytes = header(from, TEXT, len);
            for cut in 0..=bytes.len() {
                let mut end = End::new(from.peer());
                end.hear_bytes(&bytes[..cut]).unwrap();
                assert_eq!(end.connection.payload_remaining(), if cut < bytes.len() { 0 } else { len });
                end.hear_bytes(&bytes[cut..]).unwrap();
                assert_eq!(end.connection.payload_remaining(), len);
            }
        }
    }
}

// §5.5: control frames.

#[test]
fn a_control_frame_with_fin_0_is_refused_at_the_first_byte() {
    for from in SIDES {
        for opcode in [0x8, 0x9, 0xa] {
            let error = refused_from_the_header(from, &[opcode]);
            assert_eq!(error.section(), "5.5");
            assert!(error.to_string().contains("fragmented"), "{error}");
        }
    }
}

#[test]
fn a_control_frame_over_125_bytes_is_refused_at_the_second_byte() {
    for from in SIDES {
        for first in [CLOSE, PING, PONG] {
            for len in [126, 65_536] {
                let error = refused_from_the_header(from, &header(from, first, len)[..2]);
                assert_eq!(error.section(), "5.5");
                assert!(error.to_string().contains("over 125 bytes"), "{error}");
            }
        }
    }
}

// §5.4: a relay.

#[test]
fn a_relay_of_frames_keeps_fin_reserved_bits_opcode_key_and_boundaries() {
    for from in SIDES {
        for (bits, len) in (0..=0xff_u8).flat_map(|bits| [0, 100, 300, 70_000].map(|len| (bits, len))) {
            let bytes = header(from, bits, len);
            if let Ok(Some((header, used))) = FrameHeader::decode(&bytes) {
                assert_eq!((&*header.encode().unwrap(), header.payload_len), (&bytes[..used], len));
                assert_eq!(header.rsv.contains(Rsv::RSV1), bits & 0x40 != 0);
                // A server that sends on what came masked takes the key off.
                let plain = FrameHeader { mask: None, ..header }.encode().unwrap();
                assert_eq!(plain[1] & 0x80, 0);
            }
        }
    }
}

#[test]
fn an_output_with_room_for_the_longest_header_does_not_grow() {
    for mut end in [End::client(), End::server()] {
        for len in [2, 10, 125, 126, 3000, 70_000] {
            let mut out = Vec::with_capacity(len + MAX_HEADER_LEN);
            let room = out.capacity();
            end.connection.send(&vec![b'x'; len], &mut out).unwrap();
            assert_eq!(out.capacity(), room, "{len} bytes");
        }
    }
}
