//! Any bytes as the header of a frame: at each length it is what a reader that takes the drawing of §5.2 bit by bit makes of
//! it; what is accepted is what another library reads, and what is encoded from it. And any header that is encoded.

use std::io::Cursor;

use rfc6455::frame::{FrameHeader, HeaderError, MAX_HEADER_LEN, Opcode, Rsv};

use super::naive;

pub fn run(data: &[u8]) {
    for len in 0..=data.len().min(MAX_HEADER_LEN + 1) {
        decode(&data[..len]);
    }
    if let Some(bytes) = data.first_chunk::<14>() {
        encode(*bytes);
    }
}

fn decode(bytes: &[u8]) {
    let (header, faults) = (naive::header(bytes), naive::header_faults(bytes));
    match FrameHeader::decode(bytes) {
        Err(fault) => assert!(faults.contains(&fault), "{fault:?} {faults:?}"),
        Ok(None) => assert!(header.is_none() && faults.is_empty(), "{header:?} {faults:?}"),
        Ok(Some((decoded, len))) => {
            let header = header.expect("it is whole");
            assert!(faults.is_empty(), "{faults:?}");
            assert_eq!(len, header.len);
            assert_same(&decoded, &header);
            // §5.2: there is one way to write a header.
            assert_eq!(*decoded.encode().expect("it is legal"), bytes[..len]);
            by_another(bytes, &decoded);
        }
    }
}

fn assert_same(decoded: &FrameHeader, header: &naive::Header) {
    assert_eq!(decoded.fin, header.fin);
    let rsv = [Rsv::RSV1, Rsv::RSV2, Rsv::RSV3].map(|bit| decoded.rsv.contains(bit));
    assert_eq!(rsv, [4, 2, 1].map(|bit| header.rsv & bit != 0));
    assert_eq!(decoded.opcode.bits(), header.opcode);
    assert_eq!(decoded.mask, header.key);
    assert_eq!(decoded.payload_len, header.payload_len);
}

fn by_another(bytes: &[u8], decoded: &FrameHeader) {
    use tungstenite::protocol::frame::FrameHeader as Other;
    let mut cursor = Cursor::new(bytes);
    let (other, payload_len) = Other::parse(&mut cursor).expect("it is legal").expect("it is whole");
    assert_eq!(decoded.payload_len, payload_len);
    let rsv = [Rsv::RSV1, Rsv::RSV2, Rsv::RSV3].map(|bit| decoded.rsv.contains(bit));
    assert_eq!((decoded.fin, rsv), (other.is_final, [other.rsv1, other.rsv2, other.rsv3]));
    assert_eq!((decoded.opcode.bits(), decoded.mask), (other.opcode.into(), other.mask));
}

/// The bytes are its fields.
fn encode([first, second, key @ .., l7, l6, l5, l4, l3, l2, l1, l0]: [u8; 14]) {
    let Ok(opcode) = Opcode::try_from(first & 0x0f) else { return };
    let rsv = [(0x40, Rsv::RSV1), (0x20, Rsv::RSV2), (0x10, Rsv::RSV3)];
    let rsv = rsv.iter().filter(|(bit, _)| first & bit != 0).fold(Rsv::NONE, |all, (_, bit)| all | *bit);
    // Lengths of each size are as likely.
    let payload_len = u64::from_be_bytes([l7, l6, l5, l4, l3, l2, l1, l0]) >> (second & 0x3f);
    let mask = (second & 0x80 != 0).then_some(key);
    let header = FrameHeader { fin: first & 0x80 != 0, rsv, opcode, mask, payload_len };
    match header.encode() {
        Ok(encoded) => {
            assert_eq!(FrameHeader::decode(&encoded), Ok(Some((header, encoded.len()))));
            assert_same(&header, &naive::header(&encoded).expect("it is whole"));
        }
        // §5.5: what a control frame must not be; §5.2: and no frame is as long as this.
        Err(HeaderError::FragmentedControl(_)) => assert!(opcode.is_control() && !header.fin),
        Err(HeaderError::ControlTooLong(_)) => assert!(opcode.is_control() && payload_len > 125),
        Err(HeaderError::LengthTooLarge) => assert!(payload_len >= 1 << 63),
        Err(other) => panic!("{other:?}"),
    }
}
