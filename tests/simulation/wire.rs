//! Frames as RFC 6455 §5.2 draws them, read and written for nothing but clarity, by none of the code that is tested.

/// A whole frame, unmasked.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) fin: bool,
    pub(crate) rsv: u8,
    pub(crate) opcode: u8,
    pub(crate) is_masked: bool,
    pub(crate) payload: Vec<u8>,
    /// Where it ends in the bytes that it was read from.
    pub(crate) end: usize,
}

pub(crate) const TEXT: u8 = 0x81;
pub(crate) const TEXT_START: u8 = 0x01;
pub(crate) const BINARY: u8 = 0x82;
pub(crate) const BINARY_START: u8 = 0x02;
pub(crate) const NEXT: u8 = 0x00;
pub(crate) const LAST: u8 = 0x80;
pub(crate) const CLOSE: u8 = 0x88;
pub(crate) const PING: u8 = 0x89;
pub(crate) const PONG: u8 = 0x8a;
pub(crate) const RSV1: u8 = 0x40;

/// What a header says, once all of it is there: its length and the payload's.
fn lengths(bytes: &[u8]) -> Option<(usize, u64)> {
    let second = *bytes.get(1)?;
    let (extended, short) = match second & 0x7f {
        126 => (2, 0),
        127 => (8, 0),
        len => (0, u64::from(len)),
    };
    let head = 2 + extended + if second & 0x80 == 0 { 0 } else { 4 };
    let octets = bytes.get(..head)?[2..2 + extended].iter();
    Some((head, octets.fold(short, |len, octet| len << 8 | u64::from(*octet))))
}

/// The frames in `bytes`, which end where a frame ends.
pub(crate) fn frames(bytes: &[u8]) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let (head, len) = lengths(rest).expect("a header that is written is whole");
        let end = head + usize::try_from(len).expect("it fits");
        let is_masked = rest[1] & 0x80 != 0;
        let mut payload = rest.get(head..end).expect("a frame that is written is whole").to_vec();
        if is_masked {
            let key = &rest[head - 4..head];
            payload.iter_mut().zip(key.iter().cycle()).for_each(|(octet, key)| *octet ^= key);
        }
        at += end;
        let (fin, rsv, opcode) = (rest[0] & 0x80 != 0, rest[0] >> 4 & 7, rest[0] & 0xf);
        frames.push(Frame { fin, rsv, opcode, is_masked, payload, end: at });
    }
    frames
}

/// Writes a frame: its first byte, a masking key for a client's, and its payload.
pub(crate) fn frame(first: u8, key: Option<[u8; 4]>, payload: &[u8]) -> Vec<u8> {
    let mut bytes = header(first, key, payload.len() as u64);
    let key = key.unwrap_or_default();
    bytes.extend(payload.iter().zip(key.iter().cycle()).map(|(octet, key)| octet ^ key));
    bytes
}

/// The header alone of a frame that claims so many bytes.
pub(crate) fn header(first: u8, key: Option<[u8; 4]>, len: u64) -> Vec<u8> {
    let mut bytes = match len {
        0..=125 => vec![first, len as u8],
        126..=0xffff => [&[first, 126][..], &(len as u16).to_be_bytes()].concat(),
        _ => [&[first, 127][..], &len.to_be_bytes()].concat(),
    };
    if let Some(key) = key {
        bytes[1] |= 0x80;
        bytes.extend(key);
    }
    bytes
}

/// The body of a Close (§5.5.1).
pub(crate) fn close_body(close: Option<&(u16, String)>) -> Vec<u8> {
    close.map(|(code, reason)| [&code.to_be_bytes(), reason.as_bytes()].concat()).unwrap_or_default()
}

/// Follows a stream of frames, to tell when something of a message comes.
#[derive(Debug, Default)]
pub(crate) struct Follower {
    header: Vec<u8>,
    remaining: u64,
    is_closed: bool,
}

impl Follower {
    /// Whether there is something of a message in `bytes`: some of its payload, or its end.
    pub(crate) fn has_data(&mut self, bytes: &[u8]) -> bool {
        let mut rest = bytes;
        let mut has_data = false;
        while !self.is_closed {
            if lengths(&self.header).is_none() {
                let Some((first, after)) = rest.split_first() else { break };
                (self.header, rest) = ([&self.header[..], &[*first]].concat(), after);
                let Some((_, len)) = lengths(&self.header) else { continue };
                self.remaining = len;
            }
            let some = self.remaining.min(rest.len() as u64);
            (self.remaining, rest) = (self.remaining - some, &rest[some as usize..]);
            let (is_control, fin) = (self.header[0] & 8 != 0, self.header[0] & 0x80 != 0);
            has_data |= !is_control && (some > 0 || fin && self.remaining == 0);
            if self.remaining > 0 {
                break;
            }
            self.is_closed = self.header[0] & 0xf == 8;
            self.header.clear();
        }
        has_data
    }
}
