//! A second reader of the protocol, written straight from the text of RFC 6455 and for nothing but clarity.

use super::Seen;
use rfc6455::protocol::Side;

/// A frame as §5.2 draws it, unmasked.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) fin: bool,
    pub(crate) rsv: u8,
    pub(crate) opcode: u8,
    pub(crate) key: Option<[u8; 4]>,
    /// The length is in its shortest form, and below 2^63.
    pub(crate) minimal: bool,
    pub(crate) payload: Vec<u8>,
}

impl Frame {
    /// Its first byte.
    pub(crate) fn first(&self) -> u8 {
        u8::from(self.fin) << 7 | self.rsv << 4 | self.opcode
    }
}

/// The frame at the start of `bytes` and what follows it; `None` when it is not whole.
pub(crate) fn frame(bytes: &[u8]) -> Option<(Frame, &[u8])> {
    let (first, second) = (*bytes.first()?, *bytes.get(1)?);
    let extended = match second & 0x7f {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    let len = match bytes.get(2..2 + extended)? {
        [] => u64::from(second & 0x7f),
        octets => octets.iter().fold(0, |len, octet| len << 8 | u64::from(*octet)),
    };
    let minimal = match extended {
        0 => true,
        2 => len > 125,
        _ => len > 0xffff && len < 1 << 63,
    };
    let mut rest = &bytes[2 + extended..];
    let mut key = None;
    if second & 0x80 != 0 {
        key = Some(*rest.first_chunk()?);
        rest = &rest[4..];
    }
    let (payload, rest) = rest.split_at_checked(usize::try_from(len).ok()?)?;
    let mask = key.unwrap_or_default();
    let payload = payload.iter().enumerate().map(|(i, octet)| octet ^ mask[i % 4]).collect();
    let (fin, rsv, opcode) = (first & 0x80 != 0, first >> 4 & 7, first & 0xf);
    Some((Frame { fin, rsv, opcode, key, minimal, payload }, rest))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Legal,
    /// Legal up to a last frame that is not whole.
    Incomplete,
    Illegal,
}

/// All that `from` said in `bytes`, up to a fault or a Close.
pub(crate) fn read(from: Side, mut bytes: &[u8]) -> (Vec<Seen>, Verdict) {
    let mut seen = Vec::new();
    let mut message: Option<(u8, Vec<u8>)> = None;
    while let Some((frame, rest)) = frame(bytes) {
        bytes = rest;
        let Frame { fin, opcode, payload, .. } = frame;
        let whole_and_short = fin && payload.len() <= 125;
        let masked = frame.key.is_some();
        if frame.rsv != 0 || !frame.minimal || masked != (from == Side::Client) {
            return (seen, Verdict::Illegal);
        }
        match opcode {
            8 if whole_and_short => match close(&payload) {
                Some(close) => {
                    seen.push(Seen::Close(close));
                    return (seen, Verdict::Legal);
                }
                None => return (seen, Verdict::Illegal),
            },
            9 if whole_and_short => seen.push(Seen::Ping(payload)),
            10 if whole_and_short => seen.push(Seen::Pong(payload)),
            0..=2 => {
                let (kind, mut whole) = match (opcode, message.take()) {
                    (0, Some(message)) => message,
                    (1 | 2, None) => (opcode, Vec::new()),
                    _ => return (seen, Verdict::Illegal),
                };
                whole.extend(payload);
                match str::from_utf8(&whole) {
                    Err(error) if kind == 1 && (fin || error.error_len().is_some()) => {
                        return (seen, Verdict::Illegal);
                    }
                    Ok(text) if kind == 1 && fin => seen.push(Seen::Text(text.to_owned())),
                    _ if fin => seen.push(Seen::Binary(whole)),
                    _ => message = Some((kind, whole)),
                }
            }
            _ => return (seen, Verdict::Illegal),
        }
    }
    (seen, if bytes.is_empty() { Verdict::Legal } else { Verdict::Incomplete })
}

/// The body of a Close (§5.5.1), `None` when it is illegal.
pub(crate) fn close(body: &[u8]) -> Option<Option<(u16, String)>> {
    let Some((code, reason)) = body.split_first_chunk() else {
        return body.is_empty().then_some(None);
    };
    let code = u16::from_be_bytes(*code);
    let reason = String::from_utf8(reason.to_vec()).ok()?;
    let legal = matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
    legal.then_some(Some((code, reason)))
}
