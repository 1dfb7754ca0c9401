//! The closing handshake (RFC 6455 §5.5.1, §7) and failing a connection (§7.1.7).

use crate::common::vectors::{Fault, Vector, bad, vector_limits};
use crate::common::*;
use rfc6455::protocol::{
    CloseCode, CloseStatus, Connection, Event, Limits, ProtocolError, Role, SendError, Side, State,
    Transport, truncate_close_reason,
};

/// §7.4.1, §7.4.2 and the codes that IANA has since: those that a Close may have.
fn legal(code: u16) -> bool {
    match code {
        0..=999 => false,         // not used
        1004 => false,            // reserved
        1005 | 1006 => false,     // never on the wire
        1015 => false,            // never on the wire
        1000..=1014 => true,      // 1012 to 1014: IANA
        1016..=2999 => false,     // for revisions of the protocol
        3000..=4999 => true,      // frameworks, private use
        5000..=u16::MAX => false, // not used
    }
}

// The codes.

#[test]
fn every_number_is_a_close_code_or_refused_as_the_rfc_has_it() {
    for code in 0..=u16::MAX {
        match CloseCode::new(code) {
            Ok(built) => assert!(legal(code) && built.to_u16() == code, "{code}"),
            Err(error) => {
                assert!(!legal(code), "{code}");
                assert_eq!(
                    error.to_string(),
                    format!("{code} must not stand in a close frame (RFC 6455 §7.4)")
                );
            }
        }
        assert_eq!(CloseCode::try_from(code), CloseCode::new(code));
    }
    assert_eq!(u16::from(CloseCode::BAD_GATEWAY), 1014);
    assert_eq!(format!("{0} {0:?}", CloseCode::NORMAL), "1000 CloseCode(1000)");
}

#[test]
fn every_code_received_is_echoed_when_legal_and_a_fault_when_not() {
    for side in SIDES {
        for code in 0..=u16::MAX {
            let mut end = End::new(side);
            let result = end.hear(CLOSE, &code.to_be_bytes());
            let said = end.said();
            if legal(code) {
                assert_eq!(result, Ok(()), "{code}");
                assert_eq!(said, [(CLOSE, code.to_be_bytes().to_vec())]);
                assert_eq!(end.connection.close_status().unwrap().to_u16(), code);
                assert_eq!(end.seen(), [close(code, "")]);
            } else {
                let error = result.unwrap_err();
                assert!(matches!(error, ProtocolError::CloseCode(wrong) if wrong.0 == code), "{error}");
                assert_eq!(said[0].1[..2], 1002_u16.to_be_bytes());
                assert_eq!(end.connection.close_status(), Some(CloseStatus::Abnormal));
            }
        }
    }
}

// §5.5.1: the body.

#[test]
fn a_close_body_is_empty_or_has_a_code_in_network_order_and_a_reason() {
    let reason = "r".repeat(123);
    let cases: [(Vec<u8>, Seen); 5] = [
        (vec![], Seen::Close(None)),
        (vec![0x03, 0xe8], close(1000, "")),
        (vec![0x0f, 0xa1, b'x'], close(4001, "x")),
        (close_body(1001, "zu spät €".as_bytes()), close(1001, "zu spät €")),
        (close_body(1011, reason.as_bytes()), close(1011, &reason)),
    ];
    for side in SIDES {
        for (body, expected) in &cases {
            let mut end = End::new(side);
            end.hear(CLOSE, body).unwrap();
            assert_eq!(end.seen(), std::slice::from_ref(expected));
            // The answer is in the output at once, and is the same.
            assert_eq!(end.said(), [(CLOSE, body.clone())]);
            assert_eq!(end.connection.state(), State::Closed);

            let frame = end.connection.close_frame();
            let told = frame.map(|frame| (frame.code.to_u16(), frame.reason.to_owned()));
            assert_eq!(Seen::Close(told), *expected, "it can be asked for later");
        }
    }
}

#[test]
fn the_answer_to_a_close_is_there_with_its_event() {
    for side in SIDES {
        let mut end = End::new(side);
        // §5.5.1: as soon as practical. No further call is needed, and what lies behind it in the input changes nothing.
        let list: [(u8, &[u8]); 2] = [(CLOSE, b"\x03\xe8bye"), (TEXT, b"late")];
        let mut bytes = frames(side.peer(), &list);
        let mut input = &mut bytes[..];
        let event = end.connection.receive(&mut input, &mut end.out).unwrap();
        assert!(matches!(event, Some(Event::Close(Some(_)))), "{event:?}");
        assert_eq!(end.said(), [(CLOSE, b"\x03\xe8bye".to_vec())]);
    }
}

#[test]
fn a_close_body_of_one_byte_is_refused() {
    for side in SIDES {
        let mut end = End::new(side);
        assert_eq!(end.hear(CLOSE, &[0x03]), Err(ProtocolError::CloseBodyTooShort));
        assert_eq!(end.connection.close_frame(), None);
    }
}

#[test]
fn a_close_reason_is_utf8() {
    for side in SIDES {
        for wrong in [&b"\xff"[..], b"ab\xed\xa0\x80", b"ends inside \xe2\x82"] {
            let mut end = End::new(side);
            let body = close_body(1000, wrong);
            assert_eq!(end.hear(CLOSE, &body), Err(ProtocolError::InvalidUtf8));
            assert_eq!(end.said()[0].1[..2], 1007_u16.to_be_bytes());
        }
    }
}

#[test]
fn a_reason_is_cut_between_characters() {
    assert_eq!(truncate_close_reason(""), "");
    for character in ["a", "é", "€", "😀"] {
        let long = character.repeat(124);
        let cut = truncate_close_reason(&long);
        assert!(cut.len() <= 123 && cut.len() + character.len() > 123 && long.starts_with(cut));
        let whole = truncate_close_reason(cut);
        assert_eq!(whole, cut);
    }
}

#[test]
fn the_close_that_is_sent_has_the_code_and_the_reason() {
    let mut server = End::server();
    server.connection.start_close(CloseCode::NORMAL, "x", &mut server.out).unwrap();
    assert_eq!(server.out, b"\x88\x03\x03\xe8x");

    let mut client = Connection::new(Role::Client(example_keys()), Limits::default());
    let mut out = Vec::new();
    client.start_close(CloseCode::NORMAL, "x", &mut out).unwrap();
    assert_eq!(out, frame(Side::Client, CLOSE, b"\x03\xe8x"));
    assert_eq!(out, b"\x88\x83\x37\xfa\x21\x3d\x34\x12\x59");

    for side in SIDES {
        let mut end = End::new(side);
        let reason = "€".repeat(41);
        end.connection.start_close(CloseCode::GOING_AWAY, &reason, &mut end.out).unwrap();
        assert_eq!(end.said(), [(CLOSE, close_body(1001, reason.as_bytes()))]);

        let mut end = End::new(side);
        end.connection.start_close_without_code(&mut end.out).unwrap();
        assert_eq!(end.said(), [(CLOSE, vec![])]);
    }
}

// §7.1.2 to §7.1.5: the handshake.

#[test]
fn both_ends_come_to_the_orderly_end() {
    for side in SIDES {
        let (mut one, mut other) = (End::new(side), End::new(side.peer()));
        one.connection.start_close(CloseCode::GOING_AWAY, "restart", &mut one.out).unwrap();
        assert_eq!(one.connection.state(), State::Closing);
        other.hear_bytes(&std::mem::take(&mut one.out)).unwrap();
        assert_eq!(other.seen(), [close(1001, "restart")]);
        one.hear_bytes(&std::mem::take(&mut other.out)).unwrap();
        assert_eq!(one.seen(), [close(1001, "restart")]);
        for end in [&mut one, &mut other] {
            assert_eq!(end.connection.state(), State::Closed);
            assert_eq!(end.connection.close_status().unwrap().to_string(), "1001");
            assert_eq!(end.connection.close_status().unwrap().to_u16(), 1001);
            assert!(end.out.is_empty(), "nobody has anything more to say");
            let server = end.connection.side() == Side::Server;
            let expected = if server { Transport::HangUp } else { Transport::AwaitPeer };
            assert_eq!(end.connection.transport(), expected);
        }
    }
}

#[test]
fn closes_that_cross_each_other_complete_the_handshake() {
    for side in SIDES {
        let mut end = End::new(side);
        end.connection.start_close(CloseCode::NORMAL, "", &mut end.out).unwrap();
        end.said();
        end.hear(CLOSE, &close_body(4000, b"mine")).unwrap();
        assert_eq!(end.said(), [], "§5.5.1: one Close only");
        assert_eq!(end.connection.state(), State::Closed);
        // §7.1.5: the code is that of the Close that came.
        assert_eq!(end.connection.close_status().unwrap().to_u16(), 4000);
        assert_eq!(end.connection.close_frame().unwrap().reason, "mine");
    }
}

#[test]
fn until_the_peers_close_comes_its_messages_are_told_and_its_pings_answered() {
    for side in SIDES {
        let mut end = End::new(side);
        end.connection.start_close(CloseCode::NORMAL, "", &mut end.out).unwrap();
        end.said();
        let list: [(u8, &[u8]); 3] = [(TEXT, b"one more"), (PING, b"still there"), (CLOSE, b"")];
        end.hear_bytes(&frames(side.peer(), &list)).unwrap();
        assert_eq!(end.seen(), [text("one more"), ping(b"still there"), Seen::Close(None)]);
        assert_eq!(end.said(), [(PONG, b"still there".to_vec())]);
        assert_eq!(end.connection.close_status().unwrap().to_u16(), 1005);
    }
}

#[test]
fn what_follows_a_close_is_ignored_in_the_same_read_and_in_later_ones() {
    for side in SIDES {
        for late in [frame(side.peer(), TEXT, b"late"), frame(side.peer(), PING, b""), vec![0xff; 300]] {
            let mut end = End::new(side);
            end.hear_bytes(&[frame(side.peer(), CLOSE, b"\x03\xe8bye"), late.clone()].concat()).unwrap();
            end.hear_bytes(&late).unwrap();
            end.hear(CLOSE, &close_body(1001, b"again")).unwrap();
            assert_eq!(end.seen(), [close(1000, "bye")]);
            assert_eq!(end.said().len(), 1);
            assert_eq!(end.connection.close_frame().unwrap().reason, "bye");
            // §7.1.5: the status is that of the first Close.
            assert_eq!(end.connection.close_status(), Some(CloseStatus::Code(CloseCode::NORMAL)));
        }
    }
}

#[test]
fn a_close_inside_our_unfinished_message_is_answered_at_once_and_ends_it() {
    for side in SIDES {
        let mut end = End::new(side);
        end.connection.start("Hel", &mut end.out).unwrap();
        end.hear(CLOSE, b"\x03\xe8").unwrap();
        assert_eq!(end.connection.append("l", &mut end.out), Err(SendError::Closed));
        assert_eq!(end.connection.finish("lo", &mut end.out), Err(SendError::Closed));
        assert_eq!(end.said(), [(TEXT_START, b"Hel".to_vec()), (CLOSE, b"\x03\xe8".to_vec())]);
    }
}

// §7.1.7: failing.

#[test]
fn every_fault_puts_its_close_on_the_wire_and_stops_all_reading() {
    for side in SIDES {
        for Vector { name, bytes, fault, .. } in bad(side.peer()) {
            let mut end = End::with(side, vector_limits());
            let good = frame(side.peer(), TEXT, b"AFTER");
            let error = end.hear_bytes(&[bytes, good.clone()].concat()).unwrap_err();
            assert_eq!(Some(Fault::from(error)), fault, "{name}");
            assert!(error.to_string().ends_with(&format!("(RFC 6455 §{})", error.section())), "{error}");

            let said: Vec<_> = end.said().into_iter().filter(|(first, _)| *first != PONG).collect();
            let [(CLOSE, body)] = &said[..] else { panic!("{name}: {said:x?}") };
            assert_eq!(body[..2], error.close_code().to_u16().to_be_bytes(), "{name}");
            let reason = str::from_utf8(&body[2..]).unwrap();
            assert!(!reason.is_empty() && reason.len() <= 123, "{name}");

            // The same error for ever, and nothing that came later.
            for input in [&good[..], b"", &good[..1]] {
                assert_eq!(end.hear_bytes(input), Err(error), "{name}");
            }
            assert_eq!(end.said(), []);
            assert!(!end.seen().contains(&text("AFTER")));
            assert_eq!(end.connection.state(), State::Failed);
            assert_eq!(end.connection.transport(), Transport::HangUp);
            assert_eq!(end.connection.close_status(), Some(CloseStatus::Abnormal));
            assert_eq!(end.connection.receive_eof(), Ok(()));
        }
    }
}

#[test]
fn the_reason_tells_each_fault_apart() {
    let reasons: std::collections::BTreeSet<Vec<u8>> = bad(Side::Client)
        .into_iter()
        .chain(bad(Side::Server))
        .map(|Vector { from, bytes, .. }| {
            let mut end = End::with(from.peer(), vector_limits());
            end.hear_bytes(&bytes).unwrap_err();
            end.said().pop().unwrap().1
        })
        .collect();
    assert_eq!(reasons.len(), 16, "{reasons:?}");
}

#[test]
fn a_fault_after_our_close_says_no_second_close() {
    for side in SIDES {
        let mut end = End::new(side);
        end.connection.start_close(CloseCode::NORMAL, "", &mut end.out).unwrap();
        end.hear(LAST, b"").unwrap_err();
        assert_eq!(end.said().len(), 1);
        assert_eq!(end.connection.state(), State::Failed);
        assert_eq!(end.connection.transport(), Transport::HangUp);
    }
}

#[test]
fn a_fault_found_by_a_layer_above_fails_the_connection_alike() {
    for side in SIDES {
        let mut end = End::new(side);
        end.connection.fail(ProtocolError::InvalidUtf8, &mut end.out);
        end.connection.fail(ProtocolError::UnexpectedContinuation, &mut end.out);
        let said = end.said();
        assert_eq!((said.len(), &said[0].1[..2]), (1, &1007_u16.to_be_bytes()[..]));
        assert_eq!(end.hear(TEXT, b"AFTER"), Err(ProtocolError::InvalidUtf8));
    }
}
