//! Either end receives any bytes: in one piece or cut anywhere, they come to the same messages, output and end.

use arbitrary::Arbitrary;
use rfc6455::protocol::{Connection, Event, Limits, MaskKeys, ProtocolError, Role, State};

#[derive(Arbitrary, Debug)]
struct Input {
    is_client: bool,
    cuts: Vec<u8>,
    bytes: Vec<u8>,
}

/// What came, without regard to the chunks that it came in.
#[derive(Debug, Default, PartialEq)]
struct Outcome {
    payload: Vec<u8>,
    ends: Vec<usize>,
    controls: Vec<Vec<u8>>,
    output: Vec<u8>,
    error: Option<ProtocolError>,
    state: Option<State>,
}

fn receive(is_client: bool, bytes: &[u8], cuts: &[u8]) -> Outcome {
    let mut key = 0_u8;
    let keys = MaskKeys::from_source(move |bytes| {
        bytes.fill(key);
        key = key.wrapping_add(1);
        Ok(())
    });
    let role = if is_client { Role::Client(keys.expect("it has keys")) } else { Role::Server };
    let mut limits = Limits::default();
    (limits.frame, limits.message) = (1 << 16, 1 << 17);
    let mut connection = Connection::new(role, limits);
    let mut outcome = Outcome::default();
    let mut rest = bytes;
    let mut cuts = cuts.iter();
    while !rest.is_empty() {
        let len = cuts.next().map_or(rest.len(), |cut| usize::from(*cut).clamp(1, rest.len()));
        let (piece, after) = rest.split_at(len);
        rest = after;
        let mut piece = piece.to_vec();
        let mut input = &mut piece[..];
        loop {
            match connection.receive(&mut input, &mut outcome.output) {
                Ok(Some(Event::Data(chunk))) => {
                    outcome.payload.extend_from_slice(chunk.payload);
                    if chunk.ends {
                        outcome.ends.push(outcome.payload.len());
                    }
                }
                Ok(Some(Event::Ping(payload) | Event::Pong(payload))) => {
                    outcome.controls.push(payload.to_vec())
                }
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(error) => {
                    outcome.error = Some(error);
                    break;
                }
            }
        }
        assert!(input.is_empty(), "all input is taken");
        // A transport that takes everything, so that no Pong has to wait.
        assert!(outcome.output.len() <= 8192 + bytes.len());
    }
    outcome.state = Some(connection.state());
    outcome
}

pub fn run(data: &[u8]) {
    super::taken_apart(data, check);
}

fn check(input: Input) {
    let whole = receive(input.is_client, &input.bytes, &[]);
    let mut cut = receive(input.is_client, &input.bytes, &input.cuts);
    // A fault is found as soon as its byte is here, so what was given of a message that fails depends on the cuts.
    if whole.error.is_some() {
        let common = whole.payload.len().min(cut.payload.len());
        assert_eq!(whole.payload[..common], cut.payload[..common]);
        cut.payload.clone_from(&whole.payload);
    }
    assert_eq!(whole, cut);
}
