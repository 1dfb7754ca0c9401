//! What one end sends, the other is told, in order and whole; and a naive second reader agrees (RFC 6455 §5 to §7).

use crate::common::naive::{Verdict, read};
use crate::common::*;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use rfc6455::protocol::{CloseCode, Connection, Data, ProtocolError, Side};

/// What an application does.
#[derive(Clone, Debug)]
enum Step {
    Text(String),
    Binary(Vec<u8>),
    TextParts(Parts<String>),
    BinaryParts(Parts<Vec<u8>>),
    Control(Control),
}

/// The first fragment of a message, those that follow with what goes out before each, and the last.
type Parts<T> = (T, Vec<(Control, T)>, T);

#[derive(Clone, Debug)]
enum Control {
    None,
    Ping(Vec<u8>),
    Pong(Vec<u8>),
}

fn any_control() -> impl Strategy<Value = Control> {
    prop_oneof![
        Just(Control::None),
        vec(any::<u8>(), 0..=125).prop_map(Control::Ping),
        vec(any::<u8>(), 0..=125).prop_map(Control::Pong),
    ]
}

fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    // Around each form of the length.
    prop_oneof![
        6 => vec(any::<u8>(), 0..20),
        2 => vec(any::<u8>(), 120..130),
        1 => (65_530..65_540_usize, any::<u8>()).prop_map(|(len, octet)| vec![octet; len]),
    ]
}

fn any_parts<T: std::fmt::Debug>(part: impl Strategy<Value = T> + Clone) -> impl Strategy<Value = Parts<T>> {
    (part.clone(), vec((any_control(), part.clone()), 0..5), part)
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        any::<String>().prop_map(Step::Text),
        any_bytes().prop_map(Step::Binary),
        any_parts(".{0,5}").prop_map(Step::TextParts),
        any_parts(any_bytes().boxed()).prop_map(Step::BinaryParts),
        any_control().prop_map(Step::Control),
    ]
}

fn any_side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Client), Just(Side::Server)]
}

/// Pieces of `bytes`, cut at the places that `cuts` stand for.
fn pieces<'b>(bytes: &'b [u8], cuts: &[Index]) -> Vec<&'b [u8]> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    cuts.extend([0, bytes.len()]);
    cuts.sort_unstable();
    cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect()
}

impl Control {
    fn send(&self, end: &mut Connection, out: &mut Vec<u8>) -> Option<Seen> {
        match self {
            Self::None => None,
            Self::Ping(payload) => end.ping(payload, out).map(|()| Some(ping(payload))).unwrap(),
            Self::Pong(payload) => end.pong(payload, out).map(|()| Some(pong(payload))).unwrap(),
        }
    }
}

/// Sends a message in fragments, and the control frames between them; gives the whole of it.
fn send_parts<T: AsRef<[u8]>>(
    end: &mut Connection,
    (first, between, last): &Parts<T>,
    out: &mut Vec<u8>,
    sent: &mut Vec<Seen>,
) -> Vec<u8>
where
    for<'d> &'d T: Into<Data<'d>>,
{
    let mut whole = first.as_ref().to_vec();
    end.start(first, out).unwrap();
    for (control, part) in between {
        sent.extend(control.send(end, out));
        end.append(part, out).unwrap();
        whole.extend(part.as_ref());
    }
    end.finish(last, out).unwrap();
    whole.extend(last.as_ref());
    whole
}

/// Does the steps; gives what the peer has to be told.
fn send(end: &mut Connection, steps: &[Step], out: &mut Vec<u8>) -> Vec<Seen> {
    let mut sent = Vec::new();
    for step in steps {
        let told = match step {
            Step::Text(whole) => end.send(whole, out).map(|()| Some(text(whole))).unwrap(),
            Step::Binary(whole) => end.send(whole, out).map(|()| Some(binary(whole))).unwrap(),
            Step::TextParts(parts) => {
                let whole = send_parts(end, parts, out, &mut sent);
                Some(Seen::Text(String::from_utf8(whole).unwrap()))
            }
            Step::BinaryParts(parts) => Some(Seen::Binary(send_parts(end, parts, out, &mut sent))),
            Step::Control(control) => control.send(end, out),
        };
        sent.extend(told);
    }
    sent
}

fn pings(seen: &[Seen]) -> Vec<(u8, Vec<u8>)> {
    let payload = |seen: &Seen| match seen {
        Seen::Ping(payload) => Some((PONG, payload.clone())),
        _ => None,
    };
    seen.iter().filter_map(payload).collect()
}

/// All sequences of four of some frames that are right in one place and wrong in another.
#[test]
fn the_naive_reader_agrees_on_every_short_sequence_of_frames() {
    let mut alphabet: Vec<Vec<u8>> = Vec::new();
    for payload in [&b""[..], b"\xe2", b"\x82\xac"] {
        for first in [TEXT, TEXT_START, BINARY_START, NEXT, LAST] {
            alphabet.push(frame(Side::Server, first, payload));
        }
    }
    alphabet.push(frame(Side::Server, PING, b"p"));
    alphabet.push(frame(Side::Server, CLOSE, b""));
    let count = alphabet.len();
    for number in 0..count.pow(4) {
        let places = [1, count, count.pow(2), count.pow(3)];
        let bytes = places.map(|place| &alphabet[number / place % count][..]).concat();
        let mut client = End::client();
        let result = client.hear_bytes(&bytes);
        let (seen, verdict) = read(Side::Server, &bytes);
        assert_eq!(client.seen, seen, "{bytes:x?}");
        assert_eq!(result.is_ok(), verdict == Verdict::Legal, "{bytes:x?}: {result:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_sent_arrives_in_order_and_whole(
        side in any_side(),
        steps in vec(any_step(), 0..8),
        cuts in vec(any::<Index>(), 0..20),
    ) {
        let (mut one, mut other) = (End::new(side), End::new(side.peer()));
        let mut sent = send(&mut one.connection, &steps, &mut one.out);
        one.connection.start_close(CloseCode::NORMAL, "done", &mut one.out).unwrap();
        sent.push(close(1000, "done"));

        let mut answered = Vec::new();
        for piece in pieces(&one.out, &cuts) {
            other.hear_bytes(piece).unwrap();
            answered.extend(other.said());
        }
        prop_assert_eq!(&other.seen, &sent);
        let mut expected = pings(&sent);
        expected.push((CLOSE, close_body(1000, b"done")));
        prop_assert_eq!(answered, expected);

        // The second reader, on the same bytes.
        prop_assert_eq!(read(side, &one.out), (sent, Verdict::Legal));
    }

    #[test]
    fn two_ends_talk_at_the_same_time(
        left in vec(any_step(), 0..5),
        right in vec(any_step(), 0..5),
        cuts in vec(any::<Index>(), 0..10),
    ) {
        let (mut client, mut server) = (End::client(), End::server());
        let from_client = send(&mut client.connection, &left, &mut client.out);
        let from_server = send(&mut server.connection, &right, &mut server.out);
        // Until nobody has anything to say: pongs are not answered.
        while !(client.out.is_empty() && server.out.is_empty()) {
            let (up, down) = (std::mem::take(&mut client.out), std::mem::take(&mut server.out));
            for piece in pieces(&up, &cuts) {
                server.hear_bytes(piece).unwrap();
            }
            for piece in pieces(&down, &cuts) {
                client.hear_bytes(piece).unwrap();
            }
        }
        for (told, sent, asked) in [(&server, &from_client, &from_server), (&client, &from_server, &from_client)] {
            let (own, pongs) = told.seen.split_at(sent.len());
            prop_assert_eq!(own, &sent[..]);
            let expected: Vec<Seen> = pings(asked).iter().map(|(_, payload)| pong(payload)).collect();
            prop_assert_eq!(pongs, &expected[..]);
        }
    }

    /// The naive reader looks at whole frames only, and [`Connection`] as early as it can: they need not agree on a last
    /// frame that is not whole.
    #[test]
    fn the_naive_reader_agrees_whether_a_damaged_stream_is_legal(
        side in any_side(),
        steps in vec(any_step(), 1..6),
        damage in vec((any::<Index>(), any::<u8>(), 0..3), 1..4),
        header_only in any::<bool>(),
    ) {
        let mut one = End::new(side);
        send(&mut one.connection, &steps, &mut one.out);
        let mut bytes = one.out;
        for (place, octet, kind) in damage {
            // Near the start a header is hit more often.
            let len = if header_only { bytes.len().min(20) } else { bytes.len() };
            match kind {
                _ if len == 0 => {}
                0 => bytes[place.index(len)] ^= octet,
                1 => bytes.insert(place.index(len), octet),
                _ => drop(bytes.remove(place.index(len))),
            }
        }
        let mut other = End::with(side.peer(), limits(u64::MAX, u64::MAX));
        let result = other.hear_bytes(&bytes);
        let (seen, verdict) = read(side, &bytes);
        prop_assert_eq!(&other.seen, &seen);
        match verdict {
            Verdict::Legal => prop_assert_eq!(result, Ok(())),
            Verdict::Illegal => prop_assert!(result.is_err()),
            Verdict::Incomplete => {}
        }
    }

    #[test]
    fn no_bytes_at_all_panic_and_each_error_is_final(
        side in any_side(),
        bytes in vec(any::<u8>(), 0..200),
        cuts in vec(any::<Index>(), 0..10),
    ) {
        let mut end = End::new(side);
        let mut error: Option<ProtocolError> = None;
        for piece in pieces(&bytes, &cuts) {
            let result = end.hear_bytes(piece);
            if let Some(error) = error {
                prop_assert_eq!(result, Err(error));
            }
            error = result.err();
        }
        prop_assert!(end.said().iter().filter(|(first, _)| *first == CLOSE).count() <= 1);
    }
}
