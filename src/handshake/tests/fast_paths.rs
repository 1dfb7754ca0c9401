//! What is done the quick way, and the same the plain way.

use super::*;
use crate::handshake::head::HeadCollector;
use crate::handshake::{authority, key, token};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

fn plain_len_naively(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| !token::is_forbidden_control(**byte)).count()
}

#[test]
fn each_byte_ends_what_is_plain_or_does_not_wherever_it_stands() {
    for byte in 0..=255_u8 {
        for (before, other) in
            (0..20).flat_map(|before| [0x00, 0x1F, b'\t', b' ', 0x7F, 0xFF].map(|it| (before, it)))
        {
            let mut bytes = [b'x'; 24];
            bytes[before] = byte;
            bytes[before + 1] = other;
            assert_eq!(token::plain_len(&bytes), plain_len_naively(&bytes), "{bytes:?}");
        }
    }
}

fn token_len_naively(bytes: &[u8]) -> usize {
    let is_token_byte = |byte: &&u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    bytes.iter().take_while(is_token_byte).count()
}

#[test]
fn each_byte_ends_a_token_or_does_not_wherever_it_stands() {
    for (byte, at) in (0..=255_u8).flat_map(|byte| (0..12).map(move |at| (byte, at))) {
        for len in at..12 {
            let mut bytes = [b'x'; 12];
            bytes[at] = byte;
            assert_eq!(token::token_len(&bytes[..len]), token_len_naively(&bytes[..len]), "{bytes:?}");
        }
    }
}

#[test]
fn a_key_is_what_the_decoder_takes_for_16_octets() {
    let is_key = |text: &[u8]| matches!(STANDARD.decode(text), Ok(octets) if octets.len() == 16);
    for at in 0..KEY.len() {
        for byte in 0..=255_u8 {
            let mut text = Vec::from(KEY);
            text[at] = byte;
            assert_eq!(key::as_key(&text).is_some(), is_key(&text), "{}", text.escape_ascii());
        }
    }
    for len in 0..40 {
        let text = STANDARD.encode(&[0xFB; 40][..len]);
        assert_eq!(key::as_key(text.as_bytes()).is_some(), len == 16, "{text}");
    }
}

#[test]
fn a_name_of_a_host_is_made_of_exactly_these_bytes() {
    const NAME: &[u8] = b"!$&'()*+,-.;=_~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    for byte in 0..=255_u8 {
        assert_eq!(authority::is_name_byte(byte), NAME.contains(&byte), "{byte}");
    }
}

/// Bytes of which many make a difference.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => "[ -~]{0,24}".prop_map(String::into_bytes),
        8 => Just(Vec::from(*b"\r\n")),
        2 => Just(Vec::from(*b"HTTP/1.1 101 x\r\n")),
        1 => prop::collection::vec(any::<u8>(), 0..4),
        1 => Just(Vec::from(*b"\t")),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn what_is_plain_ends_where_the_plain_loop_ends(bytes in bytes(), from in 0..9_usize) {
        let bytes = bytes.get(from..).unwrap_or_default();
        prop_assert_eq!(token::plain_len(bytes), plain_len_naively(bytes));
        prop_assert_eq!(token::token_len(bytes), token_len_naively(bytes));
    }

    #[test]
    fn lines_that_are_passed_end_as_those_that_are_stepped_through(
        bytes in bytes(),
        (limit, headers) in (0..300_usize, 0..6_usize),
        cut in 0..300_usize,
    ) {
        let limits = HeadLimits { bytes: limit, headers };
        for new in [HeadCollector::for_request, HeadCollector::for_response] {
            let (mut quick, mut plain) = (new(limits), new(limits));
            let (start, end) = bytes.split_at(cut.min(bytes.len()));
            for (mut quick_input, mut plain_input) in [(start, start), (end, end)] {
                let outcome = quick.collect(&mut quick_input);
                prop_assert_eq!(&outcome, &plain.collect_by_steps(&mut plain_input));
                prop_assert_eq!(quick_input, plain_input);
                if outcome != Ok(None) {
                    break;
                }
            }
        }
    }

    #[test]
    fn a_key_of_any_characters_is_what_the_decoder_takes(text in "[AQgwz+/-]{21,22}[AQgwB=]={0,3}") {
        let is_key = matches!(STANDARD.decode(&text), Ok(octets) if octets.len() == 16);
        prop_assert_eq!(key::as_key(text.as_bytes()).is_some(), is_key);
    }
}
