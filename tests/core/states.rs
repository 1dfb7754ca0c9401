//! The states of a connection (RFC 6455 §7.1): each state with each thing that may happen in it.

use crate::common::*;
use rfc6455::protocol::{
    CloseCode, CloseStatus, ProtocolError, SendError, Side, State, Transport, Truncated,
};

/// For each state and each thing that happens: what the call came to, then what was written (`+`), then the state
/// afterwards when it is another one (`->`).
///
/// `told` is an event, `nothing` none; `fault` is the peer's, `refused` the caller's error.
const TABLE: &str = "
               | Open                          | Closing                 | Closed  | Failed  | Lost
receive text   | told                          | told                    | nothing | fault   | nothing
receive ping   | told +pong                    | told +pong              | nothing | fault   | nothing
receive pong   | told                          | told                    | nothing | fault   | nothing
receive close  | told +close 1000 -> Closed    | told -> Closed          | nothing | fault   | nothing
receive fault  | fault +close 1002 -> Failed   | fault -> Failed         | nothing | fault   | nothing
end of input   | truncated -> Lost             | truncated -> Lost       | ok      | ok      | truncated
send           | ok +text                      | refused                 | refused | refused | refused
start          | ok +text...                   | refused                 | refused | refused | refused
append         | refused                       | refused                 | refused | refused | refused
finish         | refused                       | refused                 | refused | refused | refused
header for     | ok                            | refused                 | refused | refused | refused
ping           | ok +ping                      | refused                 | refused | refused | refused
pong           | ok +pong                      | refused                 | refused | refused | refused
close          | ok +close 1000 -> Closing     | refused                 | refused | refused | refused
close, no code | ok +close -> Closing          | refused                 | refused | refused | refused
fail           | ok +close 1007 -> Failed      | ok -> Failed            | ok      | ok      | ok
";

const STATES: [State; 5] = [State::Open, State::Closing, State::Closed, State::Failed, State::Lost];

/// An endpoint in `state`, with nothing in its output.
fn reach(side: Side, state: State) -> End {
    let mut end = End::new(side);
    match state {
        State::Open => {}
        State::Closing => end.connection.start_close(CloseCode::NORMAL, "", &mut end.out).unwrap(),
        State::Closed => end.hear(CLOSE, b"").unwrap(),
        State::Failed => drop(end.hear(LAST, b"").unwrap_err()),
        State::Lost => drop(end.connection.receive_eof().unwrap_err()),
    }
    assert_eq!(end.connection.state(), state);
    end.said();
    end.seen();
    end
}

fn heard(end: &mut End, first: u8, payload: &[u8]) -> &'static str {
    match end.hear(first, payload) {
        Ok(()) if end.seen.is_empty() => "nothing",
        Ok(()) => "told",
        Err(_) => "fault",
    }
}

fn sent<T>(result: Result<T, SendError>) -> &'static str {
    if result.is_ok() { "ok" } else { "refused" }
}

fn happen(end: &mut End, what: &str) -> &'static str {
    let End { connection, out, .. } = end;
    match what {
        "receive text" => heard(end, TEXT, b"Hello"),
        "receive ping" => heard(end, PING, b"p"),
        "receive pong" => heard(end, PONG, b"p"),
        "receive close" => heard(end, CLOSE, b"\x03\xe8why"),
        "receive fault" => heard(end, 0xff, b""),
        "end of input" => connection.receive_eof().map_or("truncated", |()| "ok"),
        "send" => sent(connection.send("Hello", out)),
        "start" => sent(connection.start("Hel", out)),
        "append" => sent(connection.append("l", out)),
        "finish" => sent(connection.finish("lo", out)),
        "header for" => match connection.header_for("Hello") {
            Err(SendError::MustMask) => {
                sent(connection.mask_in_place(rfc6455::protocol::DataKind::Text, &mut b"Hello".to_vec()))
            }
            other => sent(other),
        },
        "ping" => sent(connection.ping(b"p", out)),
        "pong" => sent(connection.pong(b"p", out)),
        "close" => sent(connection.start_close(CloseCode::NORMAL, "", out)),
        "close, no code" => sent(connection.start_close_without_code(out)),
        "fail" => {
            connection.fail(ProtocolError::InvalidUtf8, out);
            "ok"
        }
        other => panic!("{other}?"),
    }
}

fn name((first, payload): &(u8, Vec<u8>)) -> String {
    match (*first, payload.first_chunk()) {
        (TEXT, _) => "text".into(),
        (TEXT_START, _) => "text...".into(),
        (PING, _) => "ping".into(),
        (PONG, _) => "pong".into(),
        (CLOSE, None) => "close".into(),
        (CLOSE, Some(code)) => format!("close {}", u16::from_be_bytes(*code)),
        other => panic!("{other:?}"),
    }
}

fn cell(side: Side, state: State, what: &str) -> String {
    let mut end = reach(side, state);
    let mut cell = happen(&mut end, what).to_owned();
    for frame in end.said() {
        cell += &format!(" +{}", name(&frame));
    }
    if end.connection.state() != state {
        cell += &format!(" -> {:?}", end.connection.state());
    }
    cell
}

#[test]
fn each_state_with_each_thing_that_may_happen_is_as_the_table_says() {
    for side in SIDES {
        for line in TABLE.trim_matches('\n').lines().skip(1) {
            let (what, cells) = line.split_once('|').unwrap();
            let what = what.trim();
            let cells: Vec<&str> = cells.split('|').map(str::trim).collect();
            let found: Vec<String> = STATES.iter().map(|state| cell(side, *state, what)).collect();
            assert_eq!(found, cells, "{what}, {side:?}");
        }
    }
}

#[test]
fn whatever_happens_in_a_row_nothing_but_pongs_follows_our_one_close() {
    let things: Vec<&str> =
        TABLE.trim().lines().skip(1).map(|line| line.split('|').next().unwrap().trim()).collect();
    for side in SIDES {
        for first in &things {
            for second in &things {
                for third in &things {
                    let mut end = End::new(side);
                    for what in [first, second, third] {
                        happen(&mut end, what);
                    }
                    let said = end.said();
                    let closes = said.iter().position(|(first, _)| *first == CLOSE);
                    // §5.5.1: after it nothing but pongs.
                    let after = closes.map_or(&[][..], |at| &said[at + 1..]);
                    assert!(
                        after.iter().all(|(first, _)| *first == PONG),
                        "{first}, {second}, {third}: {said:x?}"
                    );
                    let ended = end.connection.close_status().is_some();
                    let over = matches!(end.connection.state(), State::Open | State::Closing);
                    assert_ne!(ended, over, "a status exactly when it has ended");
                }
            }
        }
    }
}

#[test]
fn the_transport_is_ended_by_the_server_first_and_at_once_after_a_fault() {
    use Transport::{AwaitPeer, HangUp, KeepOpen};
    // §7.1.1: so that it is not the client that has to wait.
    for (side, closed) in [(Side::Client, AwaitPeer), (Side::Server, HangUp)] {
        let transports = STATES.map(|state| reach(side, state).connection.transport());
        assert_eq!(transports, [KeepOpen, KeepOpen, closed, HangUp, HangUp]);
    }
}

#[test]
fn the_status_is_abnormal_when_no_close_came() {
    for side in SIDES {
        let statuses = STATES.map(|state| reach(side, state).connection.close_status());
        let abnormal = Some(CloseStatus::Abnormal);
        // In `reach` the Close is an empty one.
        assert_eq!(statuses, [None, None, Some(CloseStatus::NoCode), abnormal, abnormal]);
    }
}

// §7.1.4, §7.1.5: the end of the transport without a Close.

#[test]
fn the_end_of_the_transport_is_an_error_that_tells_where_it_came() {
    use rfc6455::frame::Opcode;
    for side in SIDES {
        let from = side.peer();
        let text_frame = frame(from, TEXT, b"Hello");
        let start = frame(from, TEXT_START, b"Hel");
        let head = header(from, TEXT, 5).len();
        let cases = [
            (vec![], Truncated::BetweenMessages),
            (text_frame.clone(), Truncated::BetweenMessages),
            (text_frame[..1].to_vec(), Truncated::InHeader),
            (text_frame[..head].to_vec(), Truncated::InFrame(Opcode::Text)),
            (text_frame[..head + 2].to_vec(), Truncated::InFrame(Opcode::Text)),
            (start.clone(), Truncated::BetweenFragments),
            ([&start[..], &frame(from, PING, b"p")].concat(), Truncated::BetweenFragments),
            ([&start[..], &frame(from, LAST, b"")].concat(), Truncated::BetweenMessages),
            ([&start[..], &[LAST]].concat(), Truncated::InHeader),
            ([&start[..], &header(from, LAST, 5)].concat(), Truncated::InFrame(Opcode::Continuation)),
            ([&start[..], &header(from, PING, 5)].concat(), Truncated::InFrame(Opcode::Ping)),
            (header(from, CLOSE, 2), Truncated::InFrame(Opcode::Close)),
        ];
        for (bytes, expected) in cases {
            let mut end = End::new(side);
            end.hear_bytes(&bytes).unwrap();
            // Each time.
            for _ in 0..2 {
                assert_eq!(end.connection.receive_eof(), Err(expected));
            }
            assert_eq!(end.connection.state(), State::Lost);
            assert_eq!(end.connection.close_status().unwrap().to_u16(), 1006);
            assert!(expected.to_string().starts_with("the transport ended"));
        }
    }
}

#[test]
fn the_end_of_the_transport_after_our_close_alone_is_abnormal_too() {
    for side in SIDES {
        let mut end = reach(side, State::Closing);
        assert_eq!(end.connection.receive_eof(), Err(Truncated::BetweenMessages));
        assert_eq!(end.connection.close_status(), Some(CloseStatus::Abnormal));
    }
}

#[test]
fn the_end_of_the_transport_after_both_closes_is_the_orderly_end() {
    for side in SIDES {
        let mut end = reach(side, State::Closed);
        assert_eq!(end.connection.receive_eof(), Ok(()));
        assert_eq!(end.connection.state(), State::Closed);
        assert_eq!(end.connection.close_status(), Some(CloseStatus::NoCode));
    }
}

#[test]
fn after_the_end_of_the_transport_nothing_is_read() {
    for side in SIDES {
        let mut end = End::new(side);
        end.hear(TEXT_START, b"Hel").unwrap();
        end.connection.receive_eof().unwrap_err();
        end.hear(LAST, b"lo").unwrap();
        end.hear(PING, b"").unwrap();
        end.hear(CLOSE, b"\x03\xe8").unwrap();
        assert_eq!((end.seen(), end.said()), (vec![], vec![]));
        assert_eq!(end.connection.close_status(), Some(CloseStatus::Abnormal));
        assert_eq!(end.connection.receive_eof(), Err(Truncated::BetweenFragments));
    }
}
