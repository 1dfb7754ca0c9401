//! The messages, and the streams of them that a client sends.

use bytes::Bytes;
use rfc6455::protocol::{Data, MaskKeys, Role, Sender};

/// The most bytes of a stream, unless four messages are more.
const STREAM: usize = 512 << 10;

const PAGE: usize = 4096;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Binary,
    Ascii,
    MultiByte,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Binary => "binary",
            Self::Ascii => "ascii",
            Self::MultiByte => "multi-byte",
        }
    }
}

/// One message.
#[derive(Clone)]
pub(crate) struct Payload {
    pub(crate) kind: Kind,
    /// A peer that counts references gets a clone of it for each message.
    pub(crate) bytes: Bytes,
    /// The same, if it is text.
    text: Option<&'static str>,
}

impl Payload {
    pub(crate) fn new(kind: Kind, len: usize) -> Self {
        let bytes = match kind {
            Kind::Binary => vec![b'x'; len],
            Kind::Ascii => {
                "The quick brown fox jumps over the lazy dog. ".bytes().cycle().take(len).collect()
            }
            Kind::MultiByte => multi_byte(len).into_bytes(),
        };
        let bytes: &'static [u8] = bytes.leak();
        let text = (kind != Kind::Binary).then(|| std::str::from_utf8(bytes).expect("it is text"));
        // Counted as what comes from a read is: a static one would not be.
        Self { kind, bytes: Bytes::copy_from_slice(bytes), text }
    }

    pub(crate) fn data(&self) -> Data<'_> {
        self.text.map_or_else(|| Data::from(&self.bytes[..]), Data::from)
    }
}

/// A text of exactly this many bytes, at least eight, in characters of two, three and four bytes, and some of one.
fn multi_byte(len: usize) -> String {
    let mut text = String::with_capacity(len);
    for character in "Щё, 世界 🦀 – ñandú ".chars().cycle() {
        if text.len() + character.len_utf8() > len {
            break;
        }
        text.push(character);
    }
    text.extend(std::iter::repeat_n('.', len - text.len()));
    text
}

/// What a client sends, and how many messages that are; it begins so many bytes into a page. It lives as long as the program, as some
/// peers want a transport that borrows nothing.
pub(crate) fn stream(payload: &Payload, place: usize) -> (&'static [u8], usize) {
    let keys = MaskKeys::from_os().expect("the system has entropy");
    let mut sender = Sender::new(Role::Client(keys));
    let count = (STREAM / (payload.bytes.len() + 14)).max(4);
    let mut bytes: Vec<u8> = Vec::with_capacity(count * (payload.bytes.len() + 14) + 2 * PAGE);
    let start = bytes.as_ptr().align_offset(PAGE) + place;
    bytes.resize(start, 0);
    for _ in 0..count {
        sender.send(payload.data(), &mut bytes).expect("it is sent");
    }
    (&bytes.leak()[start..], count)
}
