//! Keepalive, idle and close deadlines (RFC 6455 §5.5.2, §5.5.3, §7.1.1), told as stories with a virtual clock.

use std::time::Duration;

use crate::pair::*;
use rfc6455::protocol::{CloseCode, SendError, State, Transport, Truncated};
use rfc6455::session::{Config, Deadline, HandshakeTimer, Keepalive, Message, SessionError};

fn with_keepalive(interval: u32, timeout: u32) -> Config {
    let mut config = Config::default();
    config.keepalive = Some(Keepalive::new(interval * SECOND, timeout * SECOND));
    config
}

fn with_idle_timeout(seconds: u32) -> Config {
    let mut config = Config::default();
    config.idle_timeout = Some(seconds * SECOND);
    config
}

const NO_PONG: SessionError = SessionError::Timeout(Deadline::Keepalive);
const IDLE: SessionError = SessionError::Timeout(Deadline::Idle);
const NO_CLOSE: SessionError = SessionError::Timeout(Deadline::Close);

/// The server has sent its keepalive ping, at 20 s; it waits for the pong until 30 s.
fn pinged() -> (Pair, Vec<u8>) {
    let mut pair = Pair::with_server(with_keepalive(20, 10));
    pair.now = 20 * SECOND;
    assert_eq!(pair.server.tick(pair.now), None);
    let ping = pair.server.out[2..].to_vec();
    assert_eq!(pair.server.out, server_frame(0x89, &ping));
    (pair, ping)
}

#[test]
fn without_settings_an_open_session_has_no_deadline() {
    let mut pair = Pair::with_server(Config::default());
    assert_eq!(pair.server.session.deadline(), None);
    assert_eq!(pair.server.tick(Duration::MAX), None);
    assert!(pair.server.out.is_empty());
}

#[test]
fn a_ping_goes_out_after_the_interval_and_not_a_nanosecond_earlier() {
    let mut server = End::server(with_keepalive(20, 10));
    assert_eq!(server.session.deadline(), Some(20 * SECOND));
    assert_eq!(server.tick(20 * SECOND - TICK), None);
    assert!(server.out.is_empty());
    assert_eq!(server.tick(20 * SECOND), None);
    assert_eq!(server.out[0], 0x89);
    assert_eq!(server.session.deadline(), Some(30 * SECOND));
}

#[test]
fn an_answered_ping_changes_nothing_and_the_next_one_has_another_payload() {
    let (mut pair, first) = pinged();
    pair.now = 29 * SECOND;
    assert_eq!(pair.reach_client(), [Told::Ping(first.clone())]);
    assert_eq!(pair.reach_server(), [Told::Pong(first.clone())]);
    assert_eq!(pair.server.session.deadline(), Some(49 * SECOND));
    assert_eq!(pair.server.tick(49 * SECOND), None);
    let second = pair.server.out[2..].to_vec();
    assert_ne!(first, second, "§5.5.3: a late pong to the first must not answer the second");
    assert_eq!(pair.server.session.state(), State::Open);
}

#[test]
fn an_unanswered_ping_fails_the_session_with_a_close_on_the_wire() {
    let (mut pair, ping) = pinged();
    assert_eq!(pair.server.tick(30 * SECOND - TICK), None);
    assert_eq!(pair.server.tick(30 * SECOND), Some(NO_PONG));
    assert_eq!(pair.server.session.transport(), Transport::HangUp);
    assert_eq!(pair.server.session.state(), State::Failed);
    assert_eq!(pair.server.status(), Some(1006));
    assert_eq!(pair.server.session.deadline(), None);
    let told = pair.reach_client();
    assert_eq!(told, [Told::Ping(ping), closed(CloseCode::INTERNAL_ERROR, "no pong")]);
}

#[test]
fn a_session_that_ran_out_of_time_says_so_each_time_and_sends_nothing_more() {
    let (mut pair, _) = pinged();
    assert_eq!(pair.server.tick(30 * SECOND), Some(NO_PONG));
    let len = pair.server.out.len();
    assert_eq!(pair.server.tick(31 * SECOND), Some(NO_PONG));
    assert_eq!(pair.server.session.receive_eof(), Err(NO_PONG));
    let late = client_frame(0x81, b"late");
    assert_eq!(pair.server.take_in(&late, pair.now), [Told::Failed(NO_PONG)]);
    let End { session, out, .. } = &mut pair.server;
    assert_eq!(session.send("late", out), Err(SendError::Closed));
    assert_eq!(session.ping(b"", out), Err(SendError::Closed));
    assert_eq!(session.start_close(CloseCode::NORMAL, "", pair.now, out), Err(SendError::Closed));
    assert_eq!(out.len(), len);
}

#[test]
fn a_pong_with_another_payload_does_not_answer() {
    let (mut pair, ping) = pinged();
    for payload in [&b""[..], b"other", &ping[..7], &[ping.as_slice(), b"x"].concat()] {
        let told = pair.server.take_in(&client_frame(0x8a, payload), 21 * SECOND);
        assert_eq!(told, [Told::Pong(payload.to_vec())]);
    }
    assert_eq!(pair.server.session.deadline(), Some(30 * SECOND));
    assert_eq!(pair.server.tick(30 * SECOND), Some(NO_PONG));
}

#[test]
fn a_flood_of_pongs_does_not_answer_either_and_costs_nothing() {
    let (mut pair, _) = pinged();
    pair.server.take_out();
    for number in 0..10_000_u32 {
        let told = pair.server.take_in(&client_frame(0x8a, &number.to_be_bytes()), 25 * SECOND);
        assert_eq!(told.len(), 1);
    }
    assert!(pair.server.out.is_empty(), "§5.5.3: no answer is owed");
    assert_eq!(pair.server.session.deadline(), Some(30 * SECOND));
    assert_eq!(pair.server.tick(30 * SECOND), Some(NO_PONG));
}

#[test]
fn a_peer_in_the_middle_of_a_frame_gets_more_time_for_its_pong() {
    let (mut pair, ping) = pinged();
    let frame = client_frame(0x82, &[7; 100]);
    for (second, piece) in [(29, &frame[..50]), (38, &frame[50..])] {
        pair.server.take_in(piece, second * SECOND);
        assert_eq!(pair.server.session.deadline(), Some((second + 10) * SECOND));
    }
    // Pongs that nobody asked for give none (§5.5.3).
    pair.server.take_in(&client_frame(0x8a, b"other"), 40 * SECOND);
    assert_eq!(pair.server.session.deadline(), Some(48 * SECOND));
    pair.server.take_in(&client_frame(0x8a, &ping), 47 * SECOND);
    assert_eq!(pair.server.tick(48 * SECOND), None);
}

#[test]
fn the_pong_to_a_later_ping_of_the_application_answers_too() {
    // §5.5.3: a peer may answer the most recent ping alone.
    let (mut pair, _) = pinged();
    pair.server.session.ping(b"mine", &mut pair.server.out).unwrap();
    pair.server.take_in(&client_frame(0x8a, b"mine"), 25 * SECOND);
    assert_eq!(pair.server.session.deadline(), Some(45 * SECOND));
}

#[test]
fn the_pong_to_an_earlier_ping_of_the_application_does_not_answer() {
    let mut server = End::server(with_keepalive(20, 10));
    server.session.ping(b"before", &mut server.out).unwrap();
    assert_eq!(server.tick(20 * SECOND), None);
    server.take_in(&client_frame(0x8a, b"before"), 25 * SECOND);
    assert_eq!(server.tick(30 * SECOND), Some(NO_PONG));
}

#[test]
fn whatever_comes_postpones_the_ping() {
    let mut server = End::server(with_keepalive(20, 10));
    let part_of_a_frame = &client_frame(0x82, &[0; 50])[..9];
    for (second, bytes) in [
        (5, client_frame(0x81, b"message")),
        (10, client_frame(0x89, b"ping")),
        (15, client_frame(0x8a, b"pong")),
        (20, client_frame(0x01, b"fragment")),
        (25, client_frame(0x80, b"")),
        (30, part_of_a_frame.to_vec()),
    ] {
        server.take_in(&bytes, second * SECOND);
        assert_eq!(server.session.deadline(), Some((second + 20) * SECOND));
    }
}

#[test]
fn a_keepalive_ping_may_go_between_fragments() {
    let mut pair = Pair::with_server(with_keepalive(20, 10));
    let End { session, out, .. } = &mut pair.server;
    session.start("Hel", out).unwrap();
    session.tick(20 * SECOND, out).unwrap();
    session.finish("lo", out).unwrap();
    let told = pair.reach_client();
    assert!(matches!(&told[..], [Told::Ping(_), Told::Text(text)] if text == "Hello"), "{told:?}");
}

#[test]
fn an_idle_peer_is_sent_away_with_1001() {
    let mut pair = Pair::with_server(with_idle_timeout(60));
    assert_eq!(pair.server.session.deadline(), Some(60 * SECOND));
    pair.now = 59 * SECOND;
    pair.client.send("still here");
    pair.reach_server();
    assert_eq!(pair.server.tick(119 * SECOND - TICK), None);
    assert_eq!(pair.server.tick(119 * SECOND), Some(IDLE));
    assert_eq!(pair.reach_client(), [closed(CloseCode::GOING_AWAY, "idle")]);
}

#[test]
fn pings_and_pongs_do_not_count_against_idleness() {
    let mut server = End::server(with_idle_timeout(60));
    server.take_in(&client_frame(0x89, b"ping"), 50 * SECOND);
    server.take_in(&client_frame(0x8a, b"pong"), 55 * SECOND);
    assert_eq!(server.tick(60 * SECOND), Some(IDLE));
}

#[test]
fn a_message_that_takes_longer_than_the_idle_timeout_is_not_idleness() {
    let mut server = End::server(with_idle_timeout(60));
    let message = client_frame(0x82, &[7; 100]);
    for (second, piece) in message.chunks(10).enumerate() {
        let now = second as u32 * 40 * SECOND;
        assert_eq!(server.tick(now), None, "bytes of a message come all the time");
        server.take_in(piece, now);
    }
}

#[test]
fn a_peer_that_never_answers_our_close_is_given_up() {
    let mut pair = Pair::with_server(Config::default());
    let End { session, out, .. } = &mut pair.server;
    session.start_close(CloseCode::NORMAL, "bye", SECOND, out).unwrap();
    assert_eq!(out, &server_frame(0x88, b"\x03\xe8bye"));
    assert_eq!((session.state(), session.transport()), (State::Closing, Transport::KeepOpen));
    assert_eq!(session.deadline(), Some(6 * SECOND));
    // Messages still come, and do not move the deadline.
    let told = pair.server.take_in(&client_frame(0x81, b"under way"), 5 * SECOND);
    assert_eq!(told, [text("under way")]);
    assert_eq!(pair.server.tick(6 * SECOND - TICK), None);
    assert_eq!(pair.server.tick(6 * SECOND), Some(NO_CLOSE));
    assert_eq!(pair.server.session.transport(), Transport::HangUp);
    assert_eq!(pair.server.status(), Some(1006));
    assert_eq!(pair.server.out.len(), 7, "only one Close is ever sent");
}

#[test]
fn a_close_without_a_code_has_its_deadline_too() {
    let mut pair = Pair::with_server(Config::default());
    pair.server.session.start_close_without_code(pair.now, &mut pair.server.out).unwrap();
    assert_eq!(pair.server.out, server_frame(0x88, b""));
    assert_eq!(pair.server.session.state(), State::Closing);
    assert_eq!(pair.server.session.deadline(), Some(pair.now + 5 * SECOND));
    let again = pair.server.session.start_close_without_code(pair.now, &mut Vec::new());
    assert_eq!(again, Err(SendError::Closed));
}

#[test]
fn a_closing_session_sends_no_keepalive_ping() {
    let mut server = End::server(with_keepalive(2, 1));
    server.session.start_close(CloseCode::NORMAL, "", SECOND, &mut server.out).unwrap();
    let len = server.out.len();
    assert_eq!(server.tick(3 * SECOND), None);
    assert_eq!((server.out.len(), server.session.deadline()), (len, Some(6 * SECOND)));
}

#[test]
fn the_server_hangs_up_at_once_and_the_client_waits_for_it_but_not_for_ever() {
    let mut pair = Pair::with_server(Config::default());
    pair.now = 10 * SECOND;
    let End { session, out, .. } = &mut pair.client;
    session.start_close(CloseCode::NORMAL, "done", pair.now, out).unwrap();
    assert_eq!(pair.reach_server(), [closed(CloseCode::NORMAL, "done")]);
    assert_eq!(pair.server.session.transport(), Transport::HangUp);
    assert_eq!(pair.server.session.state(), State::Closed);
    pair.now = 11 * SECOND;
    assert_eq!(pair.reach_client(), [closed(CloseCode::NORMAL, "done")]);
    let client = &mut pair.client;
    assert_eq!(client.session.transport(), Transport::AwaitPeer);
    assert_eq!(client.session.deadline(), Some(16 * SECOND));
    assert_eq!(client.tick(16 * SECOND - TICK), None);
    assert_eq!(client.session.transport(), Transport::AwaitPeer);
    assert_eq!(client.tick(16 * SECOND), None, "it is in order all the same");
    assert_eq!(client.session.transport(), Transport::HangUp);
    assert_eq!((client.session.deadline(), client.status()), (None, Some(1000)));
    assert_eq!(client.session.receive_eof(), Ok(()));
}

#[test]
fn both_may_close_at_once() {
    let mut pair = Pair::with_server(Config::default());
    let End { session, out, .. } = &mut pair.client;
    session.start_close(CloseCode::NORMAL, "client", SECOND, out).unwrap();
    let End { session, out, .. } = &mut pair.server;
    session.start_close(CloseCode::GOING_AWAY, "server", SECOND, out).unwrap();
    assert_eq!(pair.reach_server(), [closed(CloseCode::NORMAL, "client")]);
    assert_eq!(pair.reach_client(), [closed(CloseCode::GOING_AWAY, "server")]);
    assert_eq!((pair.client.status(), pair.server.status()), (Some(1001), Some(1000)));
    assert!(pair.client.out.is_empty() && pair.server.out.is_empty(), "one Close each, and no more");
}

#[test]
fn a_close_without_a_code_is_1005_and_what_follows_is_discarded() {
    let mut server = End::server(Config::default());
    let bytes = [client_frame(0x88, b""), client_frame(0x81, b"after"), vec![0xff; 40]].concat();
    assert_eq!(server.take_in(&bytes, SECOND), [Told::Close(None)]);
    assert_eq!(server.status(), Some(1005));
    assert_eq!(server.take_in(&[0xff; 40], SECOND), []);
    assert_eq!(server.out, [0x88, 0]);
}

#[test]
fn the_end_of_the_transport_is_never_an_orderly_end_before_a_close() {
    let frame = client_frame(0x01, b"Hello");
    for (bytes, truncated) in [
        (&frame[..0], Truncated::BetweenMessages),
        (&frame[..1], Truncated::InHeader),
        (&frame[..7], Truncated::InFrame(rfc6455::frame::Opcode::Text)),
        (&frame[..], Truncated::BetweenFragments),
    ] {
        let mut server = End::server(with_keepalive(20, 10));
        assert_eq!(server.take_in(bytes, SECOND), []);
        for _ in 0..2 {
            assert_eq!(server.session.receive_eof(), Err(truncated.into()));
        }
        assert_eq!((server.status(), server.session.state()), (Some(1006), State::Lost));
        assert_eq!(server.session.transport(), Transport::HangUp);
        assert_eq!((server.session.deadline(), server.tick(Duration::MAX)), (None, None));
        assert_eq!(server.session.send("x", &mut server.out), Err(SendError::Closed));
    }
}

#[test]
fn a_broken_rule_is_repeated_also_at_the_end_of_the_transport() {
    let mut server = End::server(with_keepalive(20, 10));
    let told = server.take_in(&[0x83, 0x80], SECOND);
    let [Told::Failed(error @ SessionError::Protocol(_))] = told[..] else { panic!("{told:?}") };
    let close = server.take_out();
    assert_eq!(close[..4], [0x88, close.len() as u8 - 2, 0x03, 0xea]);
    assert_eq!(server.take_in(&client_frame(0x81, b"AFTER"), SECOND), [Told::Failed(error)]);
    assert_eq!(server.session.receive_eof(), Err(error));
    assert_eq!((server.session.deadline(), server.tick(Duration::MAX)), (None, None));
    assert_eq!((server.status(), server.session.state()), (Some(1006), State::Failed));
    assert!(server.out.is_empty(), "one Close is enough");
}

#[test]
fn the_handshake_timer_ends_on_time() {
    let mut config = Config::default();
    config.handshake_timeout = 3 * SECOND;
    let timer = HandshakeTimer::new(&config, 2 * SECOND);
    assert_eq!(timer.deadline(), 5 * SECOND);
    assert_eq!(timer.tick(5 * SECOND - TICK), Ok(()));
    assert_eq!(timer.tick(5 * SECOND), Err(Deadline::Handshake));
    assert_eq!(HandshakeTimer::new(&config, Duration::MAX).deadline(), Duration::MAX);
}

#[test]
fn moments_at_the_end_of_time_do_not_overflow() {
    let mut config = with_keepalive(20, 10);
    config.idle_timeout = Some(Duration::MAX);
    let mut server = End::new(rfc6455::protocol::Role::Server, config, Duration::MAX - SECOND);
    assert_eq!(server.session.deadline(), Some(Duration::MAX));
    // The end of a closing handshake is kept in 64 bits of nanoseconds, which is 584 years; what is later counts as that.
    let last = Duration::from_nanos(u64::MAX);
    let mut closing = End::new(rfc6455::protocol::Role::Server, Config::default(), Duration::MAX);
    closing.session.start_close(CloseCode::NORMAL, "", Duration::MAX, &mut closing.out).unwrap();
    assert_eq!(closing.session.deadline(), Some(last));
    assert_eq!(server.tick(Duration::MAX), Some(IDLE), "the deadline that fails comes before the ping");
}

#[test]
fn any_byte_is_a_sign_of_life_and_no_byte_is_none() {
    let mut server = End::server(with_keepalive(20, 10));
    let message = client_frame(0x81, b"Hello");
    // Not a whole frame: there is nothing to tell yet.
    let mut begun = message[..3].to_vec();
    let result =
        server.session.receive(&mut &mut begun[..], &mut Message::new(), 5 * SECOND, &mut server.out);
    assert_eq!(result, Ok(None));
    assert_eq!(server.session.deadline(), Some(25 * SECOND));
    assert_eq!(server.take_in(b"", 6 * SECOND), []);
    assert_eq!(server.session.deadline(), Some(25 * SECOND));
}
