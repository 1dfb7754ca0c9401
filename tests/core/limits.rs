//! What a peer may make this end handle: RFC 6455 §10.4, and the pongs of §5.5.3.

use crate::common::*;
use rfc6455::protocol::{Limits, ProtocolError, Side, State};

const LIMIT: u64 = 1000;

fn payload(len: u64) -> Vec<u8> {
    (0..len).map(|i| i as u8 & 0x7f).collect()
}

/// What a message in fragments of these lengths comes to under `limits`.
fn outcome(limits: Limits, fragments: &[u64]) -> Result<usize, u16> {
    let [client, server] = SIDES.map(|side| {
        let mut end = End::with(side, limits);
        let last = fragments.len() - 1;
        for (i, len) in fragments.iter().enumerate() {
            let first = if i == 0 { BINARY_START } else { NEXT } | if i == last { LAST } else { 0 };
            if let Err(error) = end.hear(first, &payload(*len)) {
                assert_eq!(end.seen(), []);
                assert_eq!(end.said()[0].1[..2], error.close_code().to_u16().to_be_bytes());
                return Err(error.close_code().to_u16());
            }
        }
        match &end.seen()[..] {
            [Seen::Binary(whole)] => Ok(whole.len()),
            other => panic!("{other:?}"),
        }
    });
    assert_eq!(client, server);
    server
}

#[test]
fn the_message_limit_is_exact_in_one_frame() {
    let limits = limits(u64::MAX, LIMIT);
    assert_eq!(outcome(limits, &[LIMIT - 1]), Ok(999));
    assert_eq!(outcome(limits, &[LIMIT]), Ok(1000));
    assert_eq!(outcome(limits, &[LIMIT + 1]), Err(1009));
}

#[test]
fn the_frame_limit_is_exact() {
    let limits = limits(LIMIT, u64::MAX);
    assert_eq!(outcome(limits, &[LIMIT - 1]), Ok(999));
    assert_eq!(outcome(limits, &[LIMIT]), Ok(1000));
    assert_eq!(outcome(limits, &[LIMIT + 1]), Err(1009));
    assert_eq!(outcome(limits, &[LIMIT, LIMIT, LIMIT]), Ok(3000));
    assert_eq!(outcome(limits, &[LIMIT, LIMIT + 1]), Err(1009));
}

#[test]
fn limits_below_the_longest_short_message_are_exact_too() {
    for limit in [0, 1, 8, 124, 125, 126] {
        for limits in [limits(limit, u64::MAX), limits(u64::MAX, limit)] {
            assert_eq!(outcome(limits, &[limit]), Ok(limit as usize));
            assert_eq!(outcome(limits, &[limit + 1]), Err(1009));
        }
    }
}

#[test]
fn the_message_limit_holds_for_the_sum_of_fragments() {
    let limits = limits(u64::MAX, LIMIT);
    assert_eq!(outcome(limits, &[500, 499]), Ok(999));
    assert_eq!(outcome(limits, &[500, 500]), Ok(1000));
    assert_eq!(outcome(limits, &[500, 0, 500, 0]), Ok(1000));
    assert_eq!(outcome(limits, &[500, 501]), Err(1009));
    assert_eq!(outcome(limits, &[1000, 1]), Err(1009));
    assert_eq!(outcome(limits, &[900; 100]), Err(1009));
}

#[test]
fn fragments_over_the_limit_are_refused_on_the_header_that_goes_over_it() {
    for side in SIDES {
        let mut end = End::with(side, limits(u64::MAX, LIMIT));
        end.hear(BINARY_START, &[0; 900]).unwrap();
        let error = end.hear_bytes(&header(side.peer(), NEXT, 900)).unwrap_err();
        assert!(matches!(error, ProtocolError::MessageTooBig { limit: LIMIT, .. }), "{error}");
    }
}

#[test]
fn each_message_has_the_whole_limit_for_itself() {
    for side in SIDES {
        let mut end = End::with(side, limits(LIMIT, LIMIT));
        for _ in 0..3 {
            end.hear(TEXT, &payload(LIMIT)).unwrap();
            end.hear(BINARY_START, &payload(LIMIT - 1)).unwrap();
            end.hear(LAST, b"1").unwrap();
        }
        assert_eq!(end.seen().len(), 6);
    }
}

#[test]
fn a_limit_of_zero_allows_the_empty_message_and_control_frames() {
    for side in SIDES {
        let mut end = End::with(side, limits(0, 0));
        end.hear(TEXT, b"").unwrap();
        end.hear(PING, &[1; 125]).unwrap();
        assert_eq!(end.seen(), [text(""), ping(&[1; 125])]);
        end.hear(TEXT, b"a").unwrap_err();
    }
}

#[test]
fn a_claim_of_terabytes_is_refused_from_the_header() {
    for side in SIDES {
        for len in [(16 << 20) + 1, 1 << 40, (1 << 63) - 1] {
            let mut end = End::new(side);
            let error = end.hear_bytes(&header(side.peer(), BINARY, len)).unwrap_err();
            let told = format!("frame of {len} bytes is over the limit of 16777216 (RFC 6455 §10.4)");
            assert_eq!(error.to_string(), told);
            assert_eq!(end.said()[0].1[..2], 1009_u16.to_be_bytes());
            assert_eq!(end.connection.payload_remaining(), 0);

            let mut end = End::with(side, limits(u64::MAX, LIMIT));
            let error = end.hear_bytes(&header(side.peer(), BINARY, len)).unwrap_err();
            assert_eq!(error.to_string(), "message is over the limit of 1000 bytes (RFC 6455 §10.4)");
        }
    }
}

#[test]
fn sums_of_claims_do_not_overflow() {
    for side in SIDES {
        let mut end = End::with(side, limits(u64::MAX, u64::MAX - 1));
        end.hear(BINARY_START, b"ab").unwrap();
        end.hear_bytes(&header(side.peer(), NEXT, (1 << 63) - 1)).unwrap();
        assert_eq!(end.connection.payload_remaining(), (1 << 63) - 1);
    }
}

// Fragments that carry next to nothing.

/// How many fragments of `len` bytes a message may have under a message limit of `limit`.
fn fragments_allowed(limit: u64, len: u64) -> usize {
    let mut end = End::with(SIDES[1], limits(u64::MAX, limit));
    let piece = payload(len);
    for count in 0..70_000 {
        let first = if count == 0 { BINARY_START } else { NEXT };
        match end.hear(first, &piece) {
            Ok(()) => {}
            Err(ProtocolError::TooManyFragments) => {
                assert_eq!(end.said()[0].1[..2], 1008_u16.to_be_bytes());
                return count;
            }
            Err(error) => panic!("{error}"),
        }
    }
    usize::MAX
}

#[test]
fn a_message_in_empty_fragments_does_not_go_on_for_ever() {
    // Each is billed 256 bytes against the limit and 64 KiB.
    assert_eq!(fragments_allowed(0, 0), 256);
    assert_eq!(fragments_allowed(64 << 10, 0), 512);
    assert_eq!(fragments_allowed(16 << 20, 0), 65_792);
    assert_eq!(fragments_allowed(64 << 10, 15), 512);
}

#[test]
fn fragments_of_a_sensible_size_are_never_too_many() {
    assert_eq!(fragments_allowed(u64::MAX, 0), usize::MAX);
    let limits = limits(u64::MAX, 64 << 10);
    assert_eq!(outcome(limits, &[16; 4096]), Ok(64 << 10));
}

#[test]
fn the_bill_is_one_messages_and_whole_messages_have_none() {
    for side in SIDES {
        let mut end = End::with(side, limits(0, 0));
        for _ in 0..10 {
            end.hear(BINARY_START, b"").unwrap();
            for _ in 0..250 {
                end.hear(NEXT, b"").unwrap();
            }
            end.hear(LAST, b"").unwrap();
        }
        for _ in 0..1000 {
            end.hear(TEXT, b"").unwrap();
        }
        assert_eq!(end.connection.state(), State::Open);
    }
}

// §5.5.3: pings of a peer that does not read.

#[test]
fn a_thousand_pings_without_a_write_cost_little_and_the_last_is_answered() {
    for side in SIDES {
        let mut end = End::new(side);
        for number in 0..1000_u32 {
            let mut payload = [0; 125];
            payload[..4].copy_from_slice(&number.to_be_bytes());
            end.hear(PING, &payload).unwrap();
        }
        assert_eq!(end.seen().len(), 1000, "each is told");
        assert!(end.out.len() < 4096 + 2 * 131, "{} bytes wait", end.out.len());
        assert!(end.connection.pong_waits());

        end.said();
        // The next read, or none at all, sends the pong that waits.
        end.hear_bytes(b"").unwrap();
        let said = end.said();
        assert_eq!(said.len(), 1);
        assert_eq!(said[0].1[..4], 999_u32.to_be_bytes());
        assert!(!end.connection.pong_waits());
        end.hear_bytes(b"").unwrap();
        assert_eq!(end.said(), [], "once");
    }
}

/// An endpoint with so much to write that a pong waits.
fn with_a_waiting_pong(side: rfc6455::protocol::Side) -> End {
    let mut end = End::new(side);
    end.connection.send(&[0; 5000], &mut end.out).unwrap();
    end.hear(PING, b"waits").unwrap();
    assert!(end.connection.pong_waits());
    assert_eq!(end.said().len(), 1);
    end
}

#[test]
fn a_pong_waits_while_more_than_4096_bytes_do() {
    let mut server = End::server();
    server.connection.send(&[0; 4092], &mut server.out).unwrap();
    assert_eq!(server.out.len(), 4096);
    // One call, as a further one would write a Pong that waits.
    let mut ping = frame(Side::Client, PING, b"");
    assert!(server.connection.receive(&mut &mut ping[..], &mut server.out).unwrap().is_some());
    assert_eq!(server.out.len(), 4098);

    server.hear(PING, b"").unwrap();
    assert!(server.connection.pong_waits());
    for (left, waits) in [(4097, true), (4096, false)] {
        server.out.truncate(left);
        server.hear_bytes(b"").unwrap();
        assert_eq!(server.connection.pong_waits(), waits);
    }
}

#[test]
fn a_waiting_pong_goes_out_before_the_answers_to_what_comes_next() {
    for side in SIDES {
        let mut end = with_a_waiting_pong(side);
        end.hear(PING, b"next").unwrap();
        assert_eq!(end.said(), [(PONG, b"waits".to_vec()), (PONG, b"next".to_vec())]);

        let mut end = with_a_waiting_pong(side);
        end.hear(TEXT, b"Hello").unwrap();
        assert_eq!(end.said(), [(PONG, b"waits".to_vec())]);
    }
}

#[test]
fn a_pong_that_waits_is_not_sent_after_the_end() {
    for side in SIDES {
        let bad = frame(side.peer(), LAST, b"");
        let close = frame(side.peer(), CLOSE, b"");
        for last in [bad, close] {
            let mut end = End::new(side);
            end.connection.send(&[0; 5000], &mut end.out).unwrap();
            let ping = frame(side.peer(), PING, b"waits");
            let _ = end.hear_bytes(&[ping, last].concat());
            assert!(!end.connection.pong_waits());
            let said = end.said();
            assert_eq!(said.iter().map(|(first, _)| *first).collect::<Vec<_>>(), [BINARY, CLOSE]);
            let _ = end.hear_bytes(b"");
            assert_eq!(end.said(), []);
        }

        let mut end = with_a_waiting_pong(side);
        end.connection.receive_eof().unwrap_err();
        assert!(!end.connection.pong_waits());
        end.hear_bytes(b"").unwrap();
        assert_eq!(end.said(), []);

        let mut end = with_a_waiting_pong(side);
        end.connection.fail(ProtocolError::InvalidUtf8, &mut end.out);
        assert!(!end.connection.pong_waits());
        end.hear_bytes(b"").unwrap_err();
        assert_eq!(end.said().len(), 1, "the Close");
    }
}

#[test]
fn a_close_is_possible_however_long_the_output_is() {
    for side in SIDES {
        let mut end = with_a_waiting_pong(side);
        end.connection.send(&[0; 100_000], &mut end.out).unwrap();
        end.hear(CLOSE, b"\x03\xe8").unwrap();
        assert_eq!(end.said().pop(), Some((CLOSE, b"\x03\xe8".to_vec())));
    }
}
