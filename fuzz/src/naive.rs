//! A second reader of frames and messages, from the text of RFC 6455 and for nothing but clarity: it has all bytes at once,
//! and says which rules they break, in no order.

use rfc6455::frame::{HeaderError, Opcode};
use rfc6455::protocol::{CloseCode, DataKind, Limits, ProtocolError, Side, TextCheck, Truncated};

/// A header as §5.2 draws it, legal or not.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) fin: bool,
    pub(super) rsv: u8,
    pub(super) opcode: u8,
    pub(super) key: Option<[u8; 4]>,
    pub(super) payload_len: u64,
    /// Its own length.
    pub(super) len: usize,
}

/// The number in `count` bits of `bytes`, counted as the drawing of §5.2 counts them.
fn bits(bytes: &[u8], from: usize, count: usize) -> Option<u64> {
    let bit = |at: usize| bytes.get(at / 8).map(|byte| u64::from(byte >> (7 - at % 8) & 1));
    (from..from + count).try_fold(0, |number, at| Some(number << 1 | bit(at)?))
}

/// The header at the start of `bytes`, if it is whole.
pub(super) fn header(bytes: &[u8]) -> Option<Header> {
    let mut at = 16;
    let payload_len = match bits(bytes, 9, 7)? {
        126 => {
            at += 16;
            bits(bytes, 16, 16)?
        }
        127 => {
            at += 64;
            bits(bytes, 16, 64)?
        }
        len => len,
    };
    let mut key = None;
    if bits(bytes, 8, 1)? == 1 {
        key = Some((bits(bytes, at, 32)? as u32).to_be_bytes());
        at += 32;
    }
    let (rsv, opcode) = (bits(bytes, 1, 3)? as u8, bits(bytes, 4, 4)? as u8);
    Some(Header { fin: bits(bytes, 0, 1)? == 1, rsv, opcode, key, payload_len, len: at / 8 })
}

/// The rules of §5.2 and §5.5 that a header breaks, as far as it is here.
pub(super) fn header_faults(bytes: &[u8]) -> Vec<HeaderError> {
    let mut faults = Vec::new();
    let Some(first) = bytes.first() else { return faults };
    let opcode = match Opcode::try_from(first & 0x0f) {
        Ok(opcode) => opcode,
        Err(reserved) => return vec![reserved.into()],
    };
    let len = bits(bytes, 9, 7);
    if opcode.bits() >= 8 {
        if bits(bytes, 0, 1) == Some(0) {
            faults.push(HeaderError::FragmentedControl(opcode));
        }
        if len > Some(125) {
            faults.push(HeaderError::ControlTooLong(opcode));
        }
    }
    if len == Some(127) && bits(bytes, 16, 1) == Some(1) {
        faults.push(HeaderError::LengthTooLarge);
    }
    match (len, bits(bytes, 16, 16), bits(bytes, 16, 64)) {
        (Some(126), Some(len @ ..126), _) | (Some(127), _, Some(len @ ..0x1_0000)) => {
            faults.push(HeaderError::LengthNotMinimal(len));
        }
        _ => {}
    }
    faults
}

/// Who sends, and what is asked of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    pub(super) peer: Side,
    pub(super) limits: Limits,
    /// RSV1 may be set on the first frame of a message.
    pub(super) rsv1: bool,
    pub(super) text: TextCheck,
}

/// What was sent. What comes of one message with nothing in between is one `Data`.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item {
    Data { kind: DataKind, rsv1: bool, payload: Vec<u8>, starts: bool, ends: bool },
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<(u16, String)>),
}

/// Where the bytes ended.
#[derive(Debug)]
pub(super) enum End {
    /// More may come; so many bytes of a payload are due.
    Open(Truncated, u64),
    /// After the Close.
    Closed,
    /// At a frame that breaks these rules.
    Illegal(Vec<Rule>),
}

/// What a frame can break: a [`ProtocolError`] without its details.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Rule {
    Header(HeaderError),
    ReservedBits,
    Mask,
    Order,
    Utf8,
    CloseBody,
    CloseCode,
    FrameTooBig,
    MessageTooBig,
    Fragments,
}

impl Rule {
    pub(super) fn of(error: &ProtocolError) -> Self {
        match error {
            ProtocolError::Header(error) => Self::Header(*error),
            ProtocolError::ReservedBits(_) => Self::ReservedBits,
            ProtocolError::Masked(_) | ProtocolError::Unmasked(_) => Self::Mask,
            ProtocolError::UnexpectedContinuation | ProtocolError::MessageInterrupted => Self::Order,
            ProtocolError::InvalidUtf8 => Self::Utf8,
            ProtocolError::CloseBodyTooShort => Self::CloseBody,
            ProtocolError::CloseCode(_) => Self::CloseCode,
            ProtocolError::FrameTooBig { .. } => Self::FrameTooBig,
            ProtocolError::MessageTooBig { .. } => Self::MessageTooBig,
            ProtocolError::TooManyFragments => Self::Fragments,
            other => panic!("{other:?}"),
        }
    }
}

/// A message that has begun.
struct Message {
    kind: DataKind,
    rsv1: bool,
    payload: Vec<u8>,
    /// The lengths of its frames, as claimed.
    claims: Vec<u64>,
    /// So many bytes of it are in items.
    given: usize,
}

impl Message {
    /// The limits that its frames break (§10.4).
    fn broken_limits(&self, is_whole: bool, mut limits: Limits) -> Vec<Rule> {
        let mut broken = Vec::new();
        let count = self.claims.len() as u64;
        if self.rsv1 {
            // What an extension has transformed may be a little longer than what it stands for.
            limits.frame += limits.frame / 8 + 1024;
            limits.message += limits.message / 8 + 1024 + 12 * count;
        }
        if self.claims.last() > Some(&limits.frame) {
            broken.push(Rule::FrameTooBig);
        }
        let sum = self.claims.iter().fold(0, |sum: u64, claim| sum.saturating_add(*claim));
        if sum > limits.message {
            broken.push(Rule::MessageTooBig);
        }
        let small = self.claims.iter().filter(|claim| **claim < 16).count() as u64;
        if !is_whole && small * 256 > limits.message + 0x1_0000 {
            broken.push(Rule::Fragments);
        }
        broken
    }

    /// Gives what has not been given, if it is something or the end.
    fn give(&mut self, ends: bool, items: &mut Vec<Item>) {
        let payload = self.payload[self.given..].to_vec();
        if payload.is_empty() && !ends {
            return;
        }
        let starts = self.given == 0;
        self.given = self.payload.len();
        if let Some(Item::Data { payload: before, ends: last @ false, .. }) = items.last_mut() {
            before.extend(payload);
            *last = ends;
        } else {
            items.push(Item::Data { kind: self.kind, rsv1: self.rsv1, payload, starts, ends });
        }
    }
}

/// All that `rules.peer` says in `wire`.
pub(super) fn read(rules: Rules, wire: &[u8]) -> (Vec<Item>, End) {
    let (mut items, mut message, mut rest) = (Vec::new(), None, wire);
    loop {
        let faults = header_faults(rest);
        if !faults.is_empty() {
            return (items, End::Illegal(faults.into_iter().map(Rule::Header).collect()));
        }
        let Some(header) = header(rest) else {
            let place = match (rest, &message) {
                ([_, ..], _) => Truncated::InHeader,
                (_, Some(_)) => Truncated::BetweenFragments,
                _ => Truncated::BetweenMessages,
            };
            return (items, End::Open(place, 0));
        };
        let body = &rest[header.len..];
        let due = header.payload_len - header.payload_len.min(body.len() as u64);
        let here = (header.payload_len - due) as usize;
        let key = header.key.unwrap_or_default();
        let payload: Vec<u8> =
            body[..here].iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key).collect();
        let opcode = Opcode::try_from(header.opcode).expect("it is legal");
        let mut broken = Vec::new();
        // §5.2: no reserved bit without an extension; RFC 7692 §6: RSV1, on the first frame of a message.
        let allowed = if rules.rsv1 && matches!(opcode, Opcode::Text | Opcode::Binary) { 4 } else { 0 };
        if header.rsv & !allowed != 0 {
            broken.push(Rule::ReservedBits);
        }
        // §5.1: clients mask, servers do not.
        if header.key.is_some() != (rules.peer == Side::Client) {
            broken.push(Rule::Mask);
        }
        let mut close = None;
        match opcode {
            Opcode::Close if due == 0 => match read_close(&payload) {
                Ok(body) => close = Some(body),
                Err(rules) => broken.extend(rules),
            },
            opcode if opcode.is_control() => {}
            _ => broken.extend(add_frame(&mut message, opcode, &header, &payload, rules)),
        }
        if !broken.is_empty() {
            return (items, End::Illegal(broken));
        }
        match (opcode, &mut message) {
            (Opcode::Close, _) if due == 0 => {
                items.push(Item::Close(close.expect("it is legal")));
                return (items, End::Closed);
            }
            (Opcode::Ping, _) if due == 0 => items.push(Item::Ping(payload)),
            (Opcode::Pong, _) if due == 0 => items.push(Item::Pong(payload)),
            (opcode, Some(begun)) if !opcode.is_control() => {
                let ends = header.fin && due == 0;
                begun.give(ends, &mut items);
                if ends {
                    message = None;
                }
            }
            _ => {}
        }
        if due > 0 {
            let due = if opcode.is_control() { 0 } else { due };
            return (items, End::Open(Truncated::InFrame(opcode), due));
        }
        rest = &body[here..];
    }
}

/// Takes a data frame, of which `payload` is here, and tells which rules it breaks.
fn add_frame(
    message: &mut Option<Message>,
    opcode: Opcode,
    header: &Header,
    payload: &[u8],
    rules: Rules,
) -> Vec<Rule> {
    let kind = match opcode {
        Opcode::Text => Some(DataKind::Text),
        Opcode::Binary => Some(DataKind::Binary),
        _ => None,
    };
    // §5.4: fragments follow each other.
    match (kind, &message) {
        (Some(_), Some(_)) | (None, None) => return vec![Rule::Order],
        (Some(kind), None) => {
            let rsv1 = header.rsv & 4 != 0;
            *message = Some(Message { kind, rsv1, payload: Vec::new(), claims: Vec::new(), given: 0 });
        }
        (None, Some(_)) => {}
    }
    let message = message.as_mut().expect("it has begun");
    message.claims.push(header.payload_len);
    message.payload.extend_from_slice(payload);
    let mut broken = message.broken_limits(header.fin && kind.is_some(), rules.limits);
    if message.kind == DataKind::Text && !message.rsv1 && rules.text == TextCheck::Receiver {
        // §8.1: a character may go on in what has not come.
        let ends = header.fin && header.payload_len == payload.len() as u64;
        match std::str::from_utf8(&message.payload) {
            Err(error) if ends || error.error_len().is_some() => broken.push(Rule::Utf8),
            _ => {}
        }
    }
    broken
}

/// The body of a Close (§5.5.1), or what it breaks.
fn read_close(body: &[u8]) -> Result<Option<(u16, String)>, Vec<Rule>> {
    let Some((code, reason)) = body.split_first_chunk() else {
        return if body.is_empty() { Ok(None) } else { Err(vec![Rule::CloseBody]) };
    };
    let (code, reason) = (u16::from_be_bytes(*code), String::from_utf8(reason.to_vec()));
    // §7.4: those that the RFC and IANA's registry define, and those for frameworks and applications.
    let is_code = matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
    assert_eq!(CloseCode::new(code).is_ok(), is_code);
    match reason {
        Ok(reason) if is_code => Ok(Some((code, reason))),
        Ok(_) => Err(vec![Rule::CloseCode]),
        Err(_) if is_code => Err(vec![Rule::Utf8]),
        Err(_) => Err(vec![Rule::CloseCode, Rule::Utf8]),
    }
}
