//! Messages: fragmentation (RFC 6455 §5.4), control frames in between (§5.5), and text (§5.6, §8.1).

use crate::common::*;
use rfc6455::protocol::{DataKind, Event, ProtocolError, Side, State};

/// What an endpoint of either side makes of `list`, in one read.
fn told(list: List<'_>) -> Result<Vec<Seen>, ProtocolError> {
    let [client, server] = SIDES.map(|side| {
        let mut end = End::new(side);
        end.hear_bytes(&frames(side.peer(), list)).map(|()| end.seen())
    });
    assert_eq!(client, server);
    server
}

// §5.4

#[test]
fn a_message_may_come_in_any_number_of_fragments() {
    assert_eq!(told(&[(TEXT, b"abc")]), Ok(vec![text("abc")]));
    assert_eq!(told(&[(TEXT_START, b"ab"), (LAST, b"c")]), Ok(vec![text("abc")]));
    assert_eq!(told(&[(BINARY_START, b"a"), (NEXT, b"b"), (LAST, b"c")]), Ok(vec![binary(b"abc")]));

    let whole: Vec<u8> = (0..1000_u32).map(|i| i as u8).collect();
    let mut list: Vec<(u8, &[u8])> = whole.chunks(1).map(|octet| (NEXT, octet)).collect();
    (list[0].0, list[999].0) = (BINARY_START, LAST);
    assert_eq!(told(&list), Ok(vec![binary(&whole)]));
}

#[test]
fn fragments_may_be_empty_at_each_place() {
    let pieces: [&[u8]; 4] = [b"", b"a", b"", b"b"];
    for first in pieces {
        for middle in pieces {
            for last in pieces {
                let whole = [first, middle, last].concat();
                let list = [(BINARY_START, first), (NEXT, middle), (LAST, last)];
                assert_eq!(told(&list), Ok(vec![binary(&whole)]));
                let list = [(TEXT_START, first), (NEXT, middle), (LAST, last), (TEXT, b"next")];
                let whole = String::from_utf8(whole).unwrap();
                assert_eq!(told(&list), Ok(vec![text(&whole), text("next")]));
            }
        }
    }
}

#[test]
fn a_continuation_needs_a_message_to_continue() {
    let error = Err(ProtocolError::UnexpectedContinuation);
    for first in [NEXT, LAST] {
        assert_eq!(told(&[(first, b"a")]), error);
        assert_eq!(told(&[(first, b"")]), error);
        assert_eq!(told(&[(TEXT, b"whole"), (first, b"a")]), error);
        assert_eq!(told(&[(TEXT_START, b"a"), (LAST, b"b"), (first, b"c")]), error);
        assert_eq!(told(&[(TEXT_START, b""), (LAST, b""), (PING, b""), (first, b"c")]), error);
    }
}

#[test]
fn a_new_message_may_not_begin_inside_another() {
    for start in [TEXT_START, BINARY_START] {
        for inner in [TEXT, TEXT_START, BINARY, BINARY_START] {
            for before in [&[][..], &[(NEXT, &b"b"[..])], &[(PING, b"p")]] {
                let list = [&[(start, &b"a"[..])], before, &[(inner, b"c"), (LAST, b"d")]].concat();
                assert_eq!(told(&list), Err(ProtocolError::MessageInterrupted));
            }
        }
    }
}

#[test]
fn a_message_has_the_kind_of_its_first_frame() {
    // Were the continuation text, this would not be UTF-8.
    let list: [(u8, &[u8]); 3] = [(BINARY_START, b""), (NEXT, b"\xff"), (LAST, b"\xc3")];
    assert_eq!(told(&list), Ok(vec![binary(b"\xff\xc3")]));
}

#[test]
fn control_frames_inside_a_message_are_handled_at_once() {
    for side in SIDES {
        let mut end = End::new(side);
        end.hear(TEXT_START, b"Hel").unwrap();
        end.hear(PING, b"are you there?").unwrap();
        end.hear(PONG, b"unasked").unwrap();
        assert_eq!(end.seen(), [ping(b"are you there?"), pong(b"unasked")]);
        // §5.5.2: before the last fragment arrives.
        assert_eq!(end.said(), [(PONG, b"are you there?".to_vec())]);

        end.hear(PING, b"").unwrap();
        end.hear(LAST, b"lo").unwrap();
        assert_eq!(end.seen(), [ping(b""), text("Hello")]);
        assert_eq!(end.said(), [(PONG, vec![])]);
    }
}

#[test]
fn pieces_of_a_message_are_told_as_they_come() {
    let mut server = End::server();
    let bytes = frame(Side::Client, TEXT, b"Hello");
    server.hear_bytes(&bytes[..8]).unwrap();
    assert_eq!(server.part, Some((DataKind::Text, b"He".to_vec())));
    assert_eq!(server.connection.payload_remaining(), 3);
    server.hear_bytes(&bytes[8..]).unwrap();
    assert_eq!(server.seen(), [text("Hello")]);
    assert_eq!(server.connection.payload_remaining(), 0);
}

// §5.5.2, §5.5.3

#[test]
fn a_pong_has_the_payload_of_its_ping() {
    let all: Vec<u8> = (0..125).map(|i| i * 2 + 1).collect();
    for side in SIDES {
        for payload in [&b""[..], b"a", b"\xff\xfe\x80", &all] {
            let mut end = End::new(side);
            end.hear(PING, payload).unwrap();
            assert_eq!(end.said(), [(PONG, payload.to_vec())]);
            assert_eq!(end.seen(), [ping(payload)]);
        }
    }
}

#[test]
fn a_pong_is_there_with_the_event_of_its_ping() {
    for side in SIDES {
        let mut end = End::new(side);
        // §5.5.2: as soon as practical. No further call is needed, though there is more to read.
        let list: [(u8, &[u8]); 2] = [(PING, b"p"), (TEXT, b"more")];
        let mut bytes = frames(side.peer(), &list);
        let mut input = &mut bytes[..];
        let event = end.connection.receive(&mut input, &mut end.out).unwrap();
        assert_eq!(event, Some(Event::Ping(b"p")));
        assert_eq!(end.said(), [(PONG, b"p".to_vec())]);
    }
}

#[test]
fn a_pong_that_nobody_asked_for_needs_no_answer() {
    for side in SIDES {
        let mut end = End::new(side);
        for payload in [&b""[..], b"heartbeat", &[0xff; 125]] {
            end.hear(PONG, payload).unwrap();
            assert_eq!(end.seen(), [pong(payload)]);
        }
        assert_eq!(end.said(), []);
        assert_eq!(end.connection.state(), State::Open);
    }
}

// §5.6, §8.1: text.

#[test]
fn a_character_may_be_split_over_fragments_with_pings_between() {
    for character in ["é", "€", "😀"] {
        let bytes = character.as_bytes();
        // A bit for each place where a fragment may end.
        for cuts in 0..1 << (bytes.len() - 1) {
            let mut list: Vec<(u8, &[u8])> = vec![(TEXT_START, b"a")];
            let mut from = 0;
            for to in 1..=bytes.len() {
                if to == bytes.len() || cuts & 1 << (to - 1) != 0 {
                    list.extend([(PING, &b"p"[..]), (NEXT, &bytes[from..to]), (NEXT, b"")]);
                    from = to;
                }
            }
            list.push((LAST, b""));
            let mut seen = told(&list).unwrap();
            assert_eq!(seen.pop(), Some(text(&format!("a{character}"))));
            assert!(seen.iter().all(|seen| *seen == ping(b"p")));
        }
    }
}

const NOT_UTF8: [&[u8]; 9] = [
    b"\xff",
    b"\x80",
    b"\xc0\xaf",
    b"\xc1\x81",
    b"\xe0\x80\xaf",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xf5",
    b"\xe2\x28",
];

#[test]
fn text_that_is_not_utf8_is_refused() {
    for wrong in NOT_UTF8 {
        for around in [&b""[..], b"abc", &[b'x'; 200]] {
            let whole = [around, wrong, around].concat();
            assert_eq!(told(&[(TEXT, &whole)]), Err(ProtocolError::InvalidUtf8));
            assert_eq!(told(&[(TEXT_START, b""), (LAST, &whole)]), Err(ProtocolError::InvalidUtf8));
        }
    }
}

#[test]
fn wrong_text_fails_before_its_frame_is_complete() {
    for side in SIDES {
        for wrong in NOT_UTF8 {
            let payload = [b"ab", wrong, b"the rest"].concat();
            let bytes = frame(side.peer(), TEXT, &payload);
            // The wrong byte is the last that has come.
            let come = bytes.len() - b"the rest".len();
            let mut end = End::new(side);
            assert_eq!(end.hear_bytes(&bytes[..come]), Err(ProtocolError::InvalidUtf8));
            assert_eq!(end.said()[0].1[..2], 1007_u16.to_be_bytes());
        }
    }
}

#[test]
fn wrong_text_fails_before_its_message_is_complete() {
    for side in SIDES {
        let mut end = End::new(side);
        assert_eq!(end.hear(TEXT_START, b"ab\xff"), Err(ProtocolError::InvalidUtf8));
        let mut end = End::new(side);
        end.hear(TEXT_START, b"ab\xe2").unwrap();
        assert_eq!(end.hear(NEXT, b"\x28"), Err(ProtocolError::InvalidUtf8));
    }
}

#[test]
fn a_text_does_not_end_inside_a_character() {
    let error = Err(ProtocolError::InvalidUtf8);
    for begun in [&b"\xc3"[..], b"\xe2\x82", b"\xf0\x9f\x98"] {
        assert_eq!(told(&[(TEXT, begun)]), error);
        assert_eq!(told(&[(TEXT_START, b"a"), (LAST, begun)]), error);
        assert_eq!(told(&[(TEXT_START, begun), (LAST, b"")]), error);
        assert_eq!(told(&[(TEXT_START, begun), (PING, b""), (NEXT, b""), (LAST, b"")]), error);
    }
}

#[test]
fn what_begins_in_one_message_does_not_end_in_the_next() {
    let list: [(u8, &[u8]); 2] = [(TEXT, b"\xe2\x82"), (TEXT, b"\xac")];
    assert_eq!(told(&list), Err(ProtocolError::InvalidUtf8));
    assert_eq!(told(&list[1..]), Err(ProtocolError::InvalidUtf8));
}

#[test]
fn non_characters_nul_and_byte_order_marks_are_text() {
    for odd in ["\u{fffe}", "\u{ffff}", "\u{10ffff}", "\u{fdd0}", "\0", "\u{feff}", "\u{d7ff}", "\u{e000}"] {
        assert_eq!(told(&[(TEXT, odd.as_bytes())]), Ok(vec![text(odd)]));
    }
}

#[test]
fn binary_messages_are_not_held_to_utf8() {
    for wrong in NOT_UTF8 {
        assert_eq!(told(&[(BINARY, wrong)]), Ok(vec![binary(wrong)]));
        let whole = [b"\xe2", wrong].concat();
        assert_eq!(told(&[(BINARY_START, b"\xe2"), (LAST, wrong)]), Ok(vec![binary(&whole)]));
    }
}
