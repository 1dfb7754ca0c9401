//! What comes out of each contestant, byte for byte: `Tally` compares what is received.

use crate::messages::{self, Kind, Payload};
use crate::peer;
use crate::rows::{READS, SIZES};
use crate::tally::Tally;
use crate::wire::Wire;

#[test]
fn messages_are_received_as_they_were_sent() {
    for kind in [Kind::Binary, Kind::Ascii, Kind::MultiByte] {
        for size in SIZES.into_iter().chain([126, 65535]) {
            let payload = Payload::new(kind, size);
            let (bytes, count) = messages::stream(&payload, 0);
            for at_once in READS.into_iter().chain([1000]) {
                for contestant in &peer::ALL {
                    for peer::Way(_, decode) in contestant.decode {
                        let mut tally = Tally::new(&payload);
                        decode(Wire::new(bytes, 2, at_once), &mut tally);
                        assert_eq!(
                            tally.messages,
                            2 * count,
                            "{} {kind:?} {size} {at_once}",
                            contestant.name
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn what_is_sent_is_what_a_client_and_a_server_send() {
    for size in SIZES {
        let payload = Payload::new(Kind::Binary, size);
        for contestant in &peer::ALL {
            for (ways, masked) in [(contestant.encode_server, false), (contestant.encode_client, true)] {
                for peer::Way(way, encode) in ways {
                    let wire = Wire::sink();
                    let written = wire.written();
                    encode(wire, &payload, 3);
                    let written = written.bytes.lock().unwrap();
                    let mut rest = &written[..];
                    for number in 0..3 {
                        let (frame, later) = take_frame(rest, masked);
                        // What was masked in place is the next message.
                        let known = number == 0 || *way != "in place";
                        assert_eq!(frame.len(), size);
                        assert!(
                            !known || frame == payload.bytes,
                            "{} {way} {size} masked: {masked}",
                            contestant.name
                        );
                        rest = later;
                    }
                    assert!(rest.is_empty());
                }
            }
        }
    }
}

/// The payload of the first frame, read without the help of any library, and what comes behind it.
fn take_frame(bytes: &[u8], masked: bool) -> (Vec<u8>, &[u8]) {
    assert_eq!((bytes[0], bytes[1] & 0x80 != 0), (0x82, masked));
    let number = |to: usize| bytes[2..to].iter().fold(0, |number, byte| number << 8 | usize::from(*byte));
    let (at, len) = match bytes[1] & 0x7f {
        126 => (4, number(4)),
        127 => (10, number(10)),
        len => (2, usize::from(len)),
    };
    let (key, at) = if masked { (&bytes[at..at + 4], at + 4) } else { (&[0; 4][..], at) };
    let (payload, rest) = bytes[at..].split_at(len);
    (payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key).collect(), rest)
}
