//! Any bytes as payloads of compressed messages: cut anywhere, with any room for what comes out, and with any policy of memory,
//! they come to the same; and to what another inflater makes of them. The same on a session, whole and in parts.

use std::time::Duration;

use arbitrary::Arbitrary;
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};
use rfc6455::deflate::{Agreement, Deflate, Inflated, Memory, NAME, Pool, WindowBits};
use rfc6455::frame::{FrameHeader, Opcode, Rsv};
use rfc6455::handshake::Extension;
use rfc6455::protocol::{Role, State};
use rfc6455::session::{Config, Message, Received, Session};

/// The longest message.
const LIMIT: usize = 1 << 14;

#[derive(Arbitrary, Debug)]
struct Input {
    window_bits: u8,
    takeover: bool,
    shared: bool,
    messages: Vec<Sent>,
    /// How long each piece of the input is.
    cuts: Vec<u8>,
    /// How much room there is for what comes out, each time.
    rooms: Vec<u8>,
}

#[derive(Arbitrary, Debug)]
struct Sent {
    payload: Payload,
    is_text: bool,
    is_compressed: bool,
    /// How long its fragments are, and whether a Ping follows each.
    fragments: Vec<(u8, bool)>,
}

#[derive(Arbitrary, Debug)]
enum Payload {
    Any(Vec<u8>),
    /// What a compressor makes of this, so many times.
    Of(Vec<u8>, u8),
    /// That, with a byte changed.
    Broken(Vec<u8>, u8, u16, u8),
    /// That, and the rest is missing.
    Cut(Vec<u8>, u8, u16),
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Done,
    Invalid,
    TooBig,
}

/// What came out of each message, the last of them perhaps in part.
type Outcome = (Vec<Vec<u8>>, End);

fn payloads(messages: &[Sent], agreement: &Agreement) -> Vec<Vec<u8>> {
    let mut compressor = agreement.compressor();
    let mut compress = |data: &[u8], times: u8| {
        let mut payload = Vec::new();
        compressor.finish(&data.repeat(usize::from(times)), &mut payload);
        payload
    };
    let payload = |sent: &Sent| match &sent.payload {
        Payload::Any(bytes) => bytes.clone(),
        Payload::Of(data, times) => compress(data, *times),
        Payload::Broken(data, times, at, with) => {
            let mut payload = compress(data, *times);
            let len = payload.len();
            payload[usize::from(*at) % len] ^= with;
            payload
        }
        Payload::Cut(data, times, at) => {
            let mut payload = compress(data, *times);
            payload.truncate(usize::from(*at) % payload.len());
            payload
        }
    };
    messages.iter().map(payload).collect()
}

/// Each message at once.
fn at_once(agreement: &Agreement, payloads: &[Vec<u8>]) -> Outcome {
    let mut decompressor = agreement.decompressor();
    let mut outs = Vec::new();
    for payload in payloads {
        let mut out = Vec::with_capacity(LIMIT + 1);
        let inflated = decompressor.finish(&mut &payload[..], &mut out);
        outs.push(out);
        match inflated {
            Ok(Inflated::Done) => {}
            Ok(Inflated::Full) => return (outs, End::TooBig),
            Err(_) => return (outs, End::Invalid),
        }
    }
    (outs, End::Done)
}

/// The same cut up; in between, memory is given back.
fn piecemeal(agreement: &Agreement, payloads: &[Vec<u8>], cuts: &[u8], rooms: &[u8]) -> Outcome {
    let mut decompressor = agreement.decompressor();
    let mut cuts = cuts.iter().chain(std::iter::repeat(&255)).map(|cut| usize::from(*cut));
    let mut rooms = rooms.iter().chain(std::iter::repeat(&255)).map(|room| usize::from(*room));
    let mut outs = Vec::new();
    for payload in payloads {
        outs.push(Vec::new());
        let out: &mut Vec<u8> = outs.last_mut().expect("it was pushed");
        let mut rest = &payload[..];
        loop {
            let (mut piece, after) = rest.split_at(cuts.next().unwrap_or(255).min(rest.len()));
            let is_last = after.is_empty();
            let end = loop {
                let mut room = Vec::with_capacity(rooms.next().unwrap_or(255));
                let capacity = room.capacity();
                let inflated = if is_last {
                    decompressor.finish(&mut piece, &mut room)
                } else {
                    decompressor.decompress(&mut piece, &mut room)
                };
                assert_eq!(room.capacity(), capacity, "it never grows");
                out.extend_from_slice(&room);
                if out.len() > LIMIT {
                    out.truncate(LIMIT + 1);
                    break End::TooBig;
                }
                match inflated {
                    Ok(Inflated::Done) => break End::Done,
                    Ok(Inflated::Full) => assert_eq!(room.len(), capacity),
                    Err(_) => break End::Invalid,
                }
            };
            assert!(end != End::Done || piece.is_empty(), "all of it is taken");
            decompressor.release();
            if end != End::Done {
                return (outs, end);
            }
            rest = after;
            if is_last {
                break;
            }
        }
    }
    (outs, End::Done)
}

/// Another inflater, with all that came before as its window.
fn by_another(payloads: &[Vec<u8>]) -> Outcome {
    let flags = inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF
        | inflate_flags::TINFL_FLAG_HAS_MORE_INPUT
        | inflate_flags::TINFL_FLAG_STOP_ON_BLOCK_BOUNDARY;
    let mut inflater = Box::new(DecompressorOxide::new());
    let mut all = vec![0; payloads.len() * (LIMIT + 1)];
    let (mut outs, mut begin) = (Vec::new(), 0);
    for payload in payloads {
        let input = [&payload[..], &[0x00, 0x00, 0xff, 0xff]].concat();
        let (mut input, mut len) = (&input[..], 0);
        let (mut is_between_blocks, mut is_spent, mut credit) = (true, false, 4 * 8);
        let end = loop {
            let room = &mut all[..begin + LIMIT + 1];
            let (status, taken, made) = decompress(&mut inflater, input, room, begin + len, flags);
            (input, len, credit) = (&input[taken..], len + made, credit + taken);
            is_between_blocks &= taken == 0 && made == 0;
            match status {
                TINFLStatus::BlockBoundary => {
                    let state = inflater.block_boundary_state().expect("it is between blocks");
                    is_between_blocks = state.num_bits == 0;
                }
                TINFLStatus::Done => {
                    inflater.init();
                    is_between_blocks = true;
                    // One in eight bytes, and four more.
                    is_spent = credit < 8;
                    credit = credit.saturating_sub(8);
                }
                TINFLStatus::NeedsMoreInput if is_between_blocks => break End::Done,
                TINFLStatus::HasMoreOutput => break End::TooBig,
                _ => break End::Invalid,
            }
            if len > LIMIT {
                break End::TooBig;
            }
            if is_spent {
                break End::Invalid;
            }
        };
        outs.push(all[begin..begin + len].to_vec());
        if end != End::Done {
            return (outs, end);
        }
        begin += len;
    }
    (outs, End::Done)
}

/// What is given of a message that fails depends on how it was looked at.
fn assert_same(one: &Outcome, other: &Outcome) {
    if one.1 == End::Done {
        assert_eq!(one, other);
        return;
    }
    assert_ne!(other.1, End::Done, "{one:?}");
    assert_eq!(one.0.len(), other.0.len(), "{one:?} {other:?}");
    for (one, other) in one.0.iter().zip(&other.0) {
        let common = one.len().min(other.len());
        assert_eq!(one[..common], other[..common]);
    }
}

fn append_frame(wire: &mut Vec<u8>, opcode: Opcode, fin: bool, rsv: Rsv, payload: &[u8]) {
    let payload_len = payload.len() as u64;
    // This key changes nothing.
    let header = FrameHeader { fin, rsv, opcode, mask: Some([0; 4]), payload_len };
    wire.extend_from_slice(&header.encode().expect("it is legal"));
    wire.extend_from_slice(payload);
}

/// The messages as frames.
fn frames(messages: &[Sent], payloads: &[Vec<u8>]) -> Vec<u8> {
    let mut wire = Vec::new();
    for (sent, payload) in messages.iter().zip(payloads) {
        let mut opcode = if sent.is_text { Opcode::Text } else { Opcode::Binary };
        let mut rsv = if sent.is_compressed { Rsv::RSV1 } else { Rsv::NONE };
        let mut rest = &payload[..];
        for (len, pings) in &sent.fragments {
            let (fragment, after) = rest.split_at(usize::from(*len).min(rest.len()));
            append_frame(&mut wire, opcode, false, rsv, fragment);
            if *pings {
                append_frame(&mut wire, Opcode::Ping, true, Rsv::NONE, b"?");
            }
            (opcode, rsv, rest) = (Opcode::Continuation, Rsv::NONE, after);
        }
        append_frame(&mut wire, opcode, true, rsv, rest);
    }
    wire
}

/// What a session tells; a Ping as `None`.
type Told = Vec<Option<Message>>;

fn receive(agreement: &Agreement, wire: &[u8], cuts: &[u8], in_parts: bool) -> (Told, bool) {
    let mut config = Config::default();
    config.limits.message = LIMIT as u64;
    let mut session = Session::new(Role::Server, &config, Duration::ZERO).with_deflate(agreement);
    let (mut told, mut message, mut out) = (Told::new(), Message::new(), Vec::new());
    let mut parts = Vec::new();
    let mut cuts = cuts.iter().map(|cut| usize::from(*cut));
    let mut rest = wire;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(cuts.next().unwrap_or(usize::MAX).clamp(1, rest.len()));
        let mut piece = piece.to_vec();
        let mut input = &mut piece[..];
        loop {
            // A message may be begun one way and ended the other.
            let received = if in_parts && (parts.len() + told.len()) % 7 != 6 {
                session.receive_part(&mut input, &mut message, Duration::ZERO, &mut out)
            } else {
                session.receive(&mut input, &mut message, Duration::ZERO, &mut out)
            };
            match received {
                Ok(Some(Received::Part)) => {
                    assert!(in_parts && !message.is_empty());
                    parts.extend_from_slice(message.as_bytes());
                }
                Ok(Some(Received::Message)) => {
                    parts.extend_from_slice(message.as_bytes());
                    let whole = std::mem::take(&mut parts);
                    told.push(Some(match &message {
                        Message::Text(_) => String::from_utf8(whole).expect("each part is text").into(),
                        Message::Binary(_) => whole.into(),
                    }));
                }
                Ok(Some(_)) => told.push(None),
                Ok(None) => break,
                Err(_) => {
                    assert_eq!(session.state(), State::Failed);
                    return (told, true);
                }
            }
            assert!(parts.len() <= LIMIT && message.len() <= LIMIT, "the limit holds for what comes out");
        }
        assert!(input.is_empty(), "all of it is taken");
        rest = after;
        out.clear();
    }
    (told, false)
}

pub fn run(data: &[u8]) {
    super::taken_apart(data, |input: Input| check(&input));
}

fn check(input: &Input) {
    let mut deflate = Deflate::default();
    deflate.incoming.window_bits = WindowBits::new(8 + input.window_bits % 8).expect("it is 8 to 15");
    deflate.incoming.takeover = input.takeover;
    deflate.outgoing = deflate.incoming;
    // A client that can be asked for all.
    let offer = Extension::new(NAME).and_then(|offer| offer.param("client_max_window_bits", None));
    let offers = [offer.expect("it is legal")];
    let payloads = payloads(&input.messages, &deflate.accept(&offers).expect("it fits"));
    if input.shared {
        deflate.memory = Memory::Shared(Pool::new(1));
    }
    let agreement = deflate.accept(&offers).expect("it fits");
    assert_eq!(agreement.incoming(), deflate.incoming);

    // A peer that refers back further than was agreed may be refused, or not.
    let is_compared = !input.takeover || deflate.incoming.window_bits == WindowBits::MAX;
    let whole = at_once(&agreement, &payloads);
    let cut = piecemeal(&agreement, &payloads, &input.cuts, &input.rooms);
    if is_compared {
        assert_same(&whole, &cut);
    }
    if input.takeover && is_compared {
        assert_same(&whole, &by_another(&payloads));
    }

    let wire = frames(&input.messages, &payloads);
    let whole = receive(&agreement, &wire, &[], false);
    let cut = receive(&agreement, &wire, &input.cuts, false);
    let in_parts = receive(&agreement, &wire, &input.cuts, true);
    if is_compared {
        assert_eq!(whole, cut);
        assert_eq!(whole, in_parts);
    }
}
