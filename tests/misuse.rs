//! Any calls in any order, under any limits, with keys that run out: nothing panics, an end is an end, and what goes out is
//! whole frames with one Close at most (RFC 6455 §5.5.1).

use std::time::Duration;

use proptest::prelude::*;
use rfc6455::EntropyError;
use rfc6455::frame::{FrameHeader, Opcode};
use rfc6455::protocol::{CloseCode, DataKind, MaskKeys, Role, Side, State, Transport};
use rfc6455::session::{Config, Keepalive, Message, PreparedMessage, Session, SessionError};

#[derive(Clone, Debug)]
enum Act {
    Receive(Vec<u8>),
    Eof,
    Tick(Duration),
    Send(usize),
    Start(usize),
    Append(usize),
    Finish(usize),
    Prepared(usize),
    Header(usize),
    MaskInPlace(usize),
    Ping(usize),
    Pong(usize),
    Close(u16, usize),
    AnswerWaitingPing,
    /// What was written so far is on its way.
    Written,
}

fn moment() -> impl Strategy<Value = Duration> {
    prop_oneof![
        3 => (0_u64..20).prop_map(Duration::from_secs),
        1 => Just(Duration::ZERO),
        1 => Just(Duration::MAX),
    ]
}

/// A frame of the peer's, mostly a good one.
fn frame(masked: bool) -> impl Strategy<Value = Vec<u8>> {
    let first = prop_oneof![
        6 => prop::sample::select(vec![0x81_u8, 0x82, 0x01, 0x02, 0x00, 0x80, 0x89, 0x8a]),
        1 => Just(0x88),
        1 => any::<u8>(),
    ];
    (first, 0_usize..130, any::<u8>()).prop_map(move |(first, len, fill)| {
        let len = if first & 8 == 0 { len } else { len.min(125) };
        let mask = if masked { 0x80 } else { 0 };
        let mut bytes = vec![first];
        if len < 126 {
            bytes.push(mask | len as u8);
        } else {
            bytes.extend([mask | 126, 0, len as u8]);
        }
        bytes.extend(if masked { &[0; 4][..] } else { &[] });
        let body = if first == 0x88 { vec![3, 0xe8, b'x'] } else { vec![fill & 0x7f; len] };
        bytes.extend(body.iter().chain(&[b'x'; 130]).take(len));
        bytes
    })
}

fn act(masked: bool) -> impl Strategy<Value = Act> {
    let len = || prop_oneof![0_usize..200, Just(70_000)];
    prop_oneof![
        8 => prop::collection::vec(frame(masked), 1..4).prop_map(|frames| Act::Receive(frames.concat())),
        1 => prop::collection::vec(any::<u8>(), 0..40).prop_map(Act::Receive),
        1 => Just(Act::Eof),
        3 => moment().prop_map(Act::Tick),
        2 => len().prop_map(Act::Send),
        2 => len().prop_map(Act::Start),
        2 => len().prop_map(Act::Append),
        2 => len().prop_map(Act::Finish),
        1 => len().prop_map(Act::Prepared),
        1 => len().prop_map(Act::Header),
        1 => len().prop_map(Act::MaskInPlace),
        2 => len().prop_map(Act::Ping),
        1 => len().prop_map(Act::Pong),
        1 => (1000_u16..1015, 0_usize..130).prop_map(|(code, len)| Act::Close(code, len)),
        1 => Just(Act::AnswerWaitingPing),
        2 => Just(Act::Written),
    ]
}

fn config() -> impl Strategy<Value = Config> {
    let limit = || prop::sample::select(vec![0_u64, 1, 125, 200, 16 << 20, u64::MAX]);
    let maybe = || prop::option::of(moment());
    (limit(), limit(), maybe(), moment(), maybe(), moment()).prop_map(
        |(frame, message, interval, timeout, idle, close)| {
            let mut config = Config::default();
            (config.limits.frame, config.limits.message) = (frame, message);
            config.keepalive = interval.map(|interval| Keepalive::new(interval, timeout));
            (config.idle_timeout, config.close_timeout) = (idle, close);
            config
        },
    )
}

/// A client whose source of keys fails from the `good`-th block of 64 on.
fn client(mut good: u32) -> Role {
    let keys = MaskKeys::from_source(move |bytes| {
        bytes.fill(0x5a);
        good = good.checked_sub(1).ok_or(EntropyError::new())?;
        Ok(())
    });
    Role::Client(keys.expect("the first block is good"))
}

/// How far an end is: it never goes back.
fn rank(state: State) -> u8 {
    match state {
        State::Open => 0,
        State::Closing => 1,
        State::Closed | State::Failed | State::Lost => 2,
    }
}

/// Reads all that went out; gives how many Closes there are.
fn closes_in(mut wire: &[u8], side: Side) -> usize {
    let mut closes = 0;
    while !wire.is_empty() {
        let (header, used) = FrameHeader::decode(wire).expect("a good header").expect("a whole header");
        assert_eq!(header.mask.is_some(), side == Side::Client);
        assert!(header.rsv.is_empty());
        assert!(closes == 0 || header.opcode == Opcode::Pong, "{:?} after the Close", header.opcode);
        closes += usize::from(header.opcode == Opcode::Close);
        let len = usize::try_from(header.payload_len).unwrap();
        wire = wire.get(used + len..).expect("a whole frame");
    }
    closes
}

fn play(role: Role, config: Config, acts: Vec<Act>) {
    let side = role.side();
    let mut session = Session::new(role, &config, Duration::ZERO);
    let (mut message, mut now) = (Message::new(), Duration::ZERO);
    let (mut out, mut wire) = (Vec::new(), Vec::new());
    let mut failed: Option<SessionError> = None;
    let mut state = session.state();
    for act in acts {
        let data = |len| vec![b'x'; len];
        let text = |len| "x".repeat(len);
        let before = out.len();
        let mut is_over = Ok(());
        let refused = match act {
            Act::Receive(mut bytes) => {
                let mut input = &mut bytes[..];
                is_over = loop {
                    match session.receive(&mut input, &mut message, now, &mut out) {
                        Ok(Some(_)) => assert!(failed.is_none()),
                        Ok(None) => break Ok(()),
                        Err(error) => break Err(error),
                    }
                };
                if is_over.is_ok() {
                    assert!(input.is_empty(), "all is taken");
                }
                false
            }
            Act::Eof => {
                is_over = session.receive_eof();
                false
            }
            Act::Tick(step) => {
                now = now.saturating_add(step);
                is_over = session.tick(now, &mut out);
                false
            }
            Act::Send(len) => session.send(&data(len), &mut out).is_err(),
            Act::Start(len) => session.start(&text(len), &mut out).is_err(),
            Act::Append(len) => session.append(&text(len), &mut out).is_err(),
            Act::Finish(len) => session.finish(&text(len), &mut out).is_err(),
            Act::Prepared(len) => session.send_prepared(&PreparedMessage::new(&data(len)), &mut out).is_err(),
            Act::Header(len) => match session.header_for(&data(len)) {
                Ok(header) => {
                    out.extend([&header[..], &data(len)].concat());
                    false
                }
                Err(_) => true,
            },
            Act::MaskInPlace(len) => {
                let mut payload = data(len);
                match session.mask_in_place(DataKind::Text, &mut payload) {
                    Ok(header) => {
                        out.extend([&header[..], &payload].concat());
                        false
                    }
                    Err(_) => true,
                }
            }
            Act::Ping(len) => session.ping(&data(len), &mut out).is_err(),
            Act::Pong(len) => session.pong(&data(len), &mut out).is_err(),
            Act::Close(code, len) => match CloseCode::new(code) {
                Ok(code) => session.start_close(code, &text(len), now, &mut out).is_err(),
                Err(_) => true,
            },
            Act::AnswerWaitingPing => {
                session.answer_waiting_ping(&mut out);
                false
            }
            Act::Written => {
                wire.append(&mut out);
                continue;
            }
        };
        assert!(!refused || out.len() == before, "what is refused leaves nothing behind");
        if let Some(first) = failed {
            assert!(refused || out.len() == before, "nothing is sent after the end");
            assert!(is_over.is_ok() || is_over == Err(first), "the first error is the error");
        }
        failed = failed.or(is_over.err());
        assert!(rank(session.state()) >= rank(state), "{state:?} to {:?}", session.state());
        state = session.state();
        assert_eq!(session.close_status().is_some(), rank(state) == 2, "{state:?}");
        assert_eq!(session.transport() == Transport::KeepOpen, rank(state) < 2, "{state:?}");
        if matches!(state, State::Failed | State::Lost) {
            assert_eq!(session.deadline(), None);
        }
    }
    wire.append(&mut out);
    let closes = closes_in(&wire, side);
    assert!(closes <= 1, "{closes} Closes");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn a_server_bears_any_calls_in_any_order(
        config in config(),
        acts in prop::collection::vec(act(true), 0..60),
    ) {
        play(Role::Server, config, acts);
    }

    #[test]
    fn a_client_bears_any_calls_in_any_order_and_the_end_of_its_keys(
        config in config(),
        good in 1_u32..3,
        acts in prop::collection::vec(act(false), 0..150),
    ) {
        play(client(good), config, acts);
    }
}
