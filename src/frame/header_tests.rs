use super::*;
use alloc::vec::Vec;
use proptest::prelude::*;

fn header(opcode: Opcode, payload_len: u64) -> FrameHeader {
    FrameHeader { fin: true, rsv: Rsv::NONE, opcode, mask: None, payload_len }
}

#[test]
fn the_shortest_length_form_is_written_in_network_order() {
    let cases: [(u64, &[u8]); 8] = [
        (0, &[0x82, 0]),
        (125, &[0x82, 125]),
        (126, &[0x82, 126, 0, 126]),
        (256, &[0x82, 126, 1, 0]),
        (65_535, &[0x82, 126, 0xff, 0xff]),
        (65_536, &[0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
        (1 << 32 | 5, &[0x82, 127, 0, 0, 0, 1, 0, 0, 0, 5]),
        (i64::MAX as u64, &[0x82, 127, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
    ];
    for (len, bytes) in cases {
        let header = header(Opcode::Binary, len);
        assert_eq!(&*header.encode().unwrap(), bytes, "length {len}");
        assert_eq!(FrameHeader::decode(bytes), Ok(Some((header, bytes.len()))));
    }
}

#[test]
fn a_length_in_a_longer_form_than_needed_is_refused() {
    let cases: [(&[u8], u64); 4] = [
        (&[0x82, 126, 0, 5], 5),
        (&[0x82, 126, 0, 125], 125),
        (&[0x82, 127, 0, 0, 0, 0, 0, 0, 0, 5], 5),
        (&[0x82, 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff], 65_535),
    ];
    for (bytes, len) in cases {
        assert_eq!(FrameHeader::decode(bytes), Err(HeaderError::LengthNotMinimal(len)));
    }
}

#[test]
fn a_length_with_the_top_bit_set_is_refused_at_its_first_byte() {
    let bytes = [0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 5];
    for cut in 3..=bytes.len() {
        assert_eq!(FrameHeader::decode(&bytes[..cut]), Err(HeaderError::LengthTooLarge));
    }
    assert_eq!(header(Opcode::Binary, 1 << 63).encode().unwrap_err(), HeaderError::LengthTooLarge);
}

#[test]
fn reserved_opcodes_are_refused_at_the_first_byte() {
    for fin in [0x00, 0x80] {
        for opcode in (3..8).chain(11..16) {
            assert_eq!(
                FrameHeader::decode(&[fin | opcode]),
                Err(HeaderError::ReservedOpcode(ReservedOpcode(opcode)))
            );
        }
    }
}

#[test]
fn control_frames_are_whole_and_short() {
    for opcode in [Opcode::Close, Opcode::Ping, Opcode::Pong] {
        let bits = opcode.bits();
        let fragmented = HeaderError::FragmentedControl(opcode);
        let too_long = HeaderError::ControlTooLong(opcode);
        assert_eq!(FrameHeader::decode(&[bits]), Err(fragmented));
        assert_eq!(FrameHeader::decode(&[0x80 | bits, 126]), Err(too_long));
        assert_eq!(FrameHeader::decode(&[0x80 | bits, 0x80 | 127]), Err(too_long));
        let not_last = FrameHeader { fin: false, ..header(opcode, 0) };
        assert_eq!(not_last.encode().unwrap_err(), fragmented);
        assert_eq!(header(opcode, 126).encode().unwrap_err(), too_long);
        assert_eq!(&*header(opcode, 125).encode().unwrap(), [0x80 | bits, 125]);
    }
}

#[test]
fn the_key_is_there_exactly_when_the_mask_bit_is_set() {
    let plain = [0x81, 0x05, 1, 2, 3, 4];
    let masked = [0x81, 0x85, 1, 2, 3, 4];
    let (header, used) = FrameHeader::decode(&plain).unwrap().unwrap();
    assert_eq!((header.mask, used), (None, 2));
    let (header, used) = FrameHeader::decode(&masked).unwrap().unwrap();
    assert_eq!((header.mask, used), (Some([1, 2, 3, 4]), 6));
    assert_eq!(&*header.encode().unwrap(), masked);
}

#[test]
fn reserved_bits_pass_through() {
    for (bits, rsv) in [(0x40, Rsv::RSV1), (0x20, Rsv::RSV2), (0x10, Rsv::RSV3)] {
        let (header, _) = FrameHeader::decode(&[0x82 | bits, 0]).unwrap().unwrap();
        assert_eq!(header.rsv, rsv);
        assert_eq!(&*header.encode().unwrap(), [0x82 | bits, 0]);
        assert_eq!((rsv | rsv, rsv | Rsv::NONE), (rsv, rsv));
        assert!((rsv | Rsv::RSV1).contains(rsv) && !Rsv::NONE.contains(rsv));
    }
    assert!(Rsv::NONE.is_empty() && !(Rsv::RSV1 | Rsv::RSV3).is_empty());
}

fn any_header() -> impl Strategy<Value = FrameHeader> {
    let opcode = prop_oneof![Just(Opcode::Continuation), Just(Opcode::Text), Just(Opcode::Binary)];
    let len = prop_oneof![0..200_u64, 65_000..66_000_u64, 0..=i64::MAX as u64];
    (any::<bool>(), 0..8_u8, opcode, any::<Option<[u8; 4]>>(), len).prop_map(
        |(fin, rsv, opcode, mask, payload_len)| FrameHeader {
            fin,
            rsv: Rsv(rsv << 4),
            opcode,
            mask,
            payload_len,
        },
    )
}

proptest! {
    #[test]
    fn what_was_encoded_is_decoded_and_no_shorter_piece_is(header in any_header(), after in any::<Vec<u8>>()) {
        let encoded = header.encode().unwrap();
        let mut bytes = encoded.to_vec();
        bytes.extend(after);
        prop_assert_eq!(FrameHeader::decode(&bytes), Ok(Some((header, encoded.len()))));
        for cut in 0..encoded.len() {
            prop_assert_eq!(FrameHeader::decode(&bytes[..cut]), Ok(None));
        }
    }

    #[test]
    fn a_header_is_refused_at_every_cut_or_is_the_same(bytes in any::<[u8; MAX_HEADER_LEN]>()) {
        let whole = FrameHeader::decode(&bytes);
        for cut in 0..bytes.len() {
            match FrameHeader::decode(&bytes[..cut]) {
                Ok(None) => {}
                other => prop_assert_eq!(other, whole),
            }
        }
        if let Ok(Some((header, used))) = whole {
            prop_assert_eq!(&*header.encode().unwrap(), &bytes[..used]);
        }
    }
}

#[cfg(feature = "std")]
#[test]
fn over_readers_and_writers() {
    let ping = header(Opcode::Ping, 3);
    let mut bytes = Vec::new();
    ping.write_to(&mut bytes).unwrap();
    bytes.extend(b"abc");
    let mut reader = &bytes[..];
    assert_eq!(FrameHeader::read_from(&mut reader).unwrap(), Some(ping));
    assert_eq!(reader, b"abc", "the payload is left in the reader");

    assert_eq!(FrameHeader::read_from(&mut &[][..]).unwrap(), None);
    let cut = FrameHeader::read_from(&mut &bytes[..1]).unwrap_err();
    assert_eq!(cut.kind(), std::io::ErrorKind::UnexpectedEof);
    let bad = FrameHeader::read_from(&mut &[0x83][..]).unwrap_err();
    assert_eq!(bad.kind(), std::io::ErrorKind::InvalidData);
}
