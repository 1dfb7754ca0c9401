//! Streams, right and wrong, from either side: the table that several tests walk.

use super::*;

/// What a peer sends, and what becomes of it.
#[derive(Clone, Debug)]
pub(crate) struct Vector {
    pub(crate) name: &'static str,
    pub(crate) from: Side,
    pub(crate) bytes: Vec<u8>,
    pub(crate) fault: Option<Fault>,
}

/// How a connection fails: the code of its Close, and the section that has the rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) code: u16,
    pub(crate) section: &'static str,
}

impl From<ProtocolError> for Fault {
    fn from(error: ProtocolError) -> Self {
        Self { code: error.close_code().to_u16(), section: error.section() }
    }
}

/// The limits under which the vectors are meant.
pub(crate) fn vector_limits() -> Limits {
    limits(70_000, 70_000)
}

pub(crate) fn vectors() -> Vec<Vector> {
    SIDES.into_iter().flat_map(|from| [good(from), bad(from)].concat()).collect()
}

pub(crate) fn good(from: Side) -> Vec<Vector> {
    let big: Vec<u8> = (0..65_537_u32).map(|i| (i % 251) as u8).collect();
    let cases: [(&'static str, List<'_>); 18] = [
        ("nothing", &[]),
        ("text", &[(TEXT, b"Hello")]),
        ("binary", &[(BINARY, b"\x00\xff\xfe")]),
        ("empty text", &[(TEXT, b"")]),
        ("empty binary", &[(BINARY, b"")]),
        ("two messages", &[(TEXT, b"one"), (BINARY, b"two")]),
        ("fragments", &[(TEXT_START, b"Hel"), (LAST, b"lo")]),
        ("empty fragments", &[(BINARY_START, b""), (NEXT, b""), (NEXT, b"a"), (NEXT, b""), (LAST, b"")]),
        ("only empty fragments", &[(TEXT_START, b""), (LAST, b"")]),
        ("a ping inside a message", &[(TEXT_START, b"a"), (PING, b"p"), (LAST, b"b"), (TEXT, b"c")]),
        ("pings and pongs", &[(PING, b""), (PONG, b"\xff\xfe"), (PING, &[7; 125])]),
        (
            "a character in four fragments, pings between",
            &[
                (TEXT_START, b"\xf0"),
                (PING, b"1"),
                (NEXT, b"\x9f"),
                (PONG, b"2"),
                (NEXT, b"\x98"),
                (LAST, b"\x80"),
            ],
        ),
        ("a 16-bit length", &[(BINARY, &big[..300])]),
        ("a 64-bit length", &[(BINARY, &big)]),
        ("close", &[(TEXT, b"bye"), (CLOSE, b"\x03\xe8done")]),
        ("empty close", &[(CLOSE, b"")]),
        ("close inside a message", &[(BINARY_START, b"ab"), (CLOSE, b"\x0f\xa0")]),
        ("garbage after close", &[(CLOSE, b"\x03\xe9"), (TEXT, b"late"), (0xff, b"garbage")]),
    ];
    let vector = |(name, list)| Vector { name, from, bytes: frames(from, list), fault: None };
    cases.into_iter().map(vector).collect()
}

pub(crate) fn bad(from: Side) -> Vec<Vector> {
    let reason = [0x03, 0xe8, 0xff];
    let framed: [(&'static str, u16, &'static str, List<'_>); 22] = [
        ("RSV1", 1002, "5.2", &[(0x40 | TEXT, b"a")]),
        ("RSV2 on a fragment", 1002, "5.2", &[(TEXT_START, b"a"), (0x20 | LAST, b"b")]),
        ("RSV3 on a ping", 1002, "5.2", &[(TEXT, b"first"), (0x10 | PING, b"a")]),
        ("reserved data opcode", 1002, "5.2", &[(0x83, b"a")]),
        ("reserved control opcode", 1002, "5.2", &[(TEXT, b"first"), (0x8b, b"")]),
        ("fragmented ping", 1002, "5.5", &[(0x09, b"a")]),
        ("fragmented close", 1002, "5.5", &[(TEXT_START, b"first"), (0x08, b"")]),
        ("long ping", 1002, "5.5", &[(PING, &[0; 126])]),
        ("long close", 1002, "5.5", &[(CLOSE, &[3; 300])]),
        ("lone continuation", 1002, "5.4", &[(LAST, b"a")]),
        ("continuation after the end", 1002, "5.4", &[(TEXT_START, b"a"), (LAST, b"b"), (NEXT, b"c")]),
        ("text inside text", 1002, "5.4", &[(TEXT_START, b"a"), (PING, b"p"), (TEXT, b"b")]),
        ("binary start inside text", 1002, "5.4", &[(TEXT_START, b"a"), (BINARY_START, b"b")]),
        ("text is not UTF-8", 1007, "8.1", &[(TEXT, b"ab\xffcd"), (TEXT, b"after")]),
        ("text ends inside a character", 1007, "8.1", &[(TEXT, b"ab\xe2\x82")]),
        ("surrogate over fragments", 1007, "8.1", &[(TEXT_START, b"\xed"), (LAST, b"\xa0\x80")]),
        ("an empty end inside a character", 1007, "8.1", &[(TEXT_START, b"\xe2\x82"), (LAST, b"")]),
        ("close body of one byte", 1002, "5.5.1", &[(PING, b"p"), (CLOSE, b"\x03")]),
        ("close code 1005", 1002, "7.4", &[(TEXT, b"first"), (CLOSE, b"\x03\xed")]),
        ("close reason is not UTF-8", 1007, "8.1", &[(CLOSE, &reason)]),
        ("frame over the limit", 1009, "10.4", &[(TEXT, b"first"), (BINARY, &[0; 70_001])]),
        ("fragments over the limit", 1009, "10.4", &[(BINARY_START, &[0; 70_000]), (LAST, b"1")]),
    ];
    let vector = |(name, code, section, list): (_, _, _, List<'_>)| {
        let bytes = frames(from, list);
        Vector { name, from, bytes, fault: Some(Fault { code, section }) }
    };
    let mut vectors: Vec<_> = framed.into_iter().map(vector).collect();

    let mask = if from == Side::Client { 0x80 } else { 0 };
    let unframed: [(&'static str, &'static str, Vec<u8>); 5] = [
        ("mask in the wrong direction", "5.1", frame(from.peer(), TEXT, b"Hello")),
        ("mask in the wrong direction on a pong", "5.1", frame(from.peer(), PONG, b"")),
        ("5 in the 16-bit form", "5.2", vec![BINARY, mask | 126, 0, 5]),
        ("300 in the 64-bit form", "5.2", vec![BINARY, mask | 127, 0, 0, 0, 0, 0, 0, 1, 44]),
        ("length with the top bit", "5.2", vec![BINARY, mask | 127, 0x80, 0, 0, 0, 0, 0, 0, 5]),
    ];
    vectors.extend(unframed.map(|(name, section, bytes)| {
        let fault = Some(Fault { code: 1002, section });
        Vector { name, from, bytes, fault }
    }));

    // 274 tiny fragments cost more than 70 000 bytes and what is granted; see `Limits`.
    let tiny = [(NEXT, &b""[..]); 600];
    let bytes = [frame(from, BINARY_START, b"x"), frames(from, &tiny)].concat();
    let fault = Some(Fault { code: 1008, section: "10.4" });
    vectors.push(Vector { name: "too many tiny fragments", from, bytes, fault });
    vectors
}
