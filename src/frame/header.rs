//! The frame header: RFC 6455 §5.2.
//!
//! Everything wrong with a header is found from the header alone: a bad first byte is refused before the second has
//! come, and the rest at the latest when the header is whole.

use alloc::vec::Vec;
use core::{fmt, ops};

use super::opcode::{Opcode, ReservedOpcode};

/// The longest header: two bytes, a 64-bit length and a masking key.
pub const MAX_HEADER_LEN: usize = 14;

/// The longest payload of a control frame, in bytes (§5.5).
pub const MAX_CONTROL_PAYLOAD: usize = 125;

const FIN: u8 = 0x80;
const RSV: u8 = 0x70;
const OPCODE: u8 = 0x0F;
const MASK: u8 = 0x80;
const LEN: u8 = 0x7F;
/// In the seven length bits: a 16-bit length follows.
const LEN_16: u8 = 126;
/// In the seven length bits: a 64-bit length follows.
const LEN_64: u8 = 127;

/// The header of one frame, as the RFC draws it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "RFC 6455 fixes the fields of a frame header")]
pub struct FrameHeader {
    /// This is the last frame of its message.
    pub fin: bool,
    /// The bits reserved for extensions.
    pub rsv: Rsv,
    /// What the payload means.
    pub opcode: Opcode,
    /// The masking key, when the MASK bit is 1.
    pub mask: Option<[u8; 4]>,
    /// Bytes of payload; at most 2^63 - 1. From a peer this is a claim, not a size to reserve.
    pub payload_len: u64,
}

impl FrameHeader {
    /// Reads the header at the start of `bytes`, and tells how many bytes it took; `None` means that it goes on
    /// beyond them. Nothing is kept: call again with more bytes.
    ///
    /// # Errors
    ///
    /// [`HeaderError`] when the header is illegal, whatever follows.
    #[inline]
    pub fn decode(bytes: &[u8]) -> Result<Option<(Self, usize)>, HeaderError> {
        let Some((&first, rest)) = bytes.split_first() else {
            return Ok(None);
        };
        let (fin, opcode) = (first & FIN != 0, Opcode::try_from(first & OPCODE)?);
        // §5.5: control frames MUST NOT be fragmented.
        if opcode.is_control() && !fin {
            return Err(HeaderError::FragmentedControl(opcode));
        }
        let Some((&second, rest)) = rest.split_first() else {
            return Ok(None);
        };
        // §5.5: control frames carry at most 125 bytes, so they have no extended length.
        if opcode.is_control() && second & LEN >= LEN_16 {
            return Err(HeaderError::ControlTooLong(opcode));
        }
        let Some((payload_len, rest)) = decode_len(second & LEN, rest)? else {
            return Ok(None);
        };
        let (mask, rest) = if second & MASK == 0 {
            (None, rest)
        } else {
            match rest.split_first_chunk::<4>() {
                Some((key, rest)) => (Some(*key), rest),
                None => return Ok(None),
            }
        };
        let header = Self { fin, rsv: Rsv(first & RSV), opcode, mask, payload_len };
        Ok(Some((header, bytes.len().saturating_sub(rest.len()))))
    }

    /// The bytes of the header, with the length in its shortest form (§5.2).
    ///
    /// # Errors
    ///
    /// [`HeaderError`] for a header that must not be sent: a control frame that is fragmented or over 125 bytes, or a
    /// length of 2^63 or more.
    #[inline(always)]
    pub fn encode(&self) -> Result<EncodedHeader, HeaderError> {
        if self.opcode.is_control() {
            if !self.fin {
                return Err(HeaderError::FragmentedControl(self.opcode));
            }
            if self.payload_len > MAX_CONTROL_PAYLOAD as u64 {
                return Err(HeaderError::ControlTooLong(self.opcode));
            }
        }
        let fin = if self.fin { FIN } else { 0 };
        let first = fin | self.rsv.0 | self.opcode.bits();
        let (mask_bit, key, key_len) = match self.mask {
            Some(key) => (MASK, u128::from(u32::from_le_bytes(key)), 4_usize),
            None => (0, 0, 0),
        };
        let start = |short| u128::from(u16::from_le_bytes([first, mask_bit | short]));
        let len = self.payload_len;
        let (bits, key_at) = match (u8::try_from(len), u16::try_from(len)) {
            (Ok(len @ 0..LEN_16), _) => (start(len) | (key << 16), 2),
            (_, Ok(len)) => (start(LEN_16) | (u128::from(len.swap_bytes()) << 16) | (key << 32), 4),
            _ if len > i64::MAX as u64 => return Err(HeaderError::LengthTooLarge),
            _ => (start(LEN_64) | (u128::from(len.swap_bytes()) << 16) | (key << 80), 10),
        };
        Ok(EncodedHeader { bytes: bits.to_le_bytes(), len: key_len.saturating_add(key_at) })
    }
}

/// The payload length that the seven bits `short` and the bytes after them stand for, and what follows.
#[inline]
fn decode_len(short: u8, rest: &[u8]) -> Result<Option<(u64, &[u8])>, HeaderError> {
    let (len, least, rest) = match short {
        LEN_16 => match rest.split_first_chunk::<2>() {
            Some((len, rest)) => (u64::from(u16::from_be_bytes(*len)), 126, rest),
            None => return Ok(None),
        },
        LEN_64 => match rest.split_first_chunk::<8>() {
            Some((len, rest)) => (u64::from_be_bytes(*len), 1 << 16, rest),
            // §5.2: the most significant bit MUST be 0; its byte alone tells.
            None if rest.first().is_some_and(|byte| byte & 0x80 != 0) => {
                return Err(HeaderError::LengthTooLarge);
            }
            None => return Ok(None),
        },
        short => (u64::from(short), 0, rest),
    };
    if len > i64::MAX as u64 {
        return Err(HeaderError::LengthTooLarge);
    }
    // §5.2: the minimal number of bytes MUST be used.
    if len < least {
        return Err(HeaderError::LengthNotMinimal(len));
    }
    Ok(Some((len, rest)))
}

/// A header's bytes, on the stack; derefs to `[u8]`.
#[derive(Clone, Copy, Debug, Default)]
pub struct EncodedHeader {
    /// Put together in one integer, and moved in whole words: a load that follows stores of other widths waits for them.
    bytes: [u8; 16],
    /// A whole word, so that the bytes lie on word boundaries wherever this is put.
    len: usize,
}

impl EncodedHeader {
    /// What [`append_to`](Self::append_to) needs room for.
    pub(crate) const ROOM: usize = 16;

    /// Appends it: a copy of fixed length, of which the end is cut off again, is two instructions where one of any length is
    /// a call.
    #[inline]
    pub(crate) fn append_to(&self, out: &mut Vec<u8>) {
        let end = out.len().saturating_add(self.len);
        out.extend_from_slice(&self.bytes);
        out.truncate(end);
    }
}

impl ops::Deref for EncodedHeader {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// The three bits reserved for extensions: RSV1, RSV2, RSV3 (§5.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rsv(u8);

impl Rsv {
    /// No reserved bit: what every frame has unless an extension was negotiated.
    pub const NONE: Self = Self(0);
    /// RSV1, which RFC 7692 uses for "this message is compressed".
    pub const RSV1: Self = Self(0x40);
    /// RSV2.
    pub const RSV2: Self = Self(0x20);
    /// RSV3.
    pub const RSV3: Self = Self(0x10);

    /// The first byte of a header that has these bits, without them; of one that has not, no byte that a header without any may have.
    #[inline(always)]
    pub(crate) const fn without(self, first: u8) -> u8 {
        first ^ self.0
    }

    /// True when no bit is set.
    #[inline]
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// True when each bit of `other` is set here too.
    #[inline]
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl ops::BitOr for Rsv {
    type Output = Self;

    #[inline]
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Why bytes are not, or a value cannot be, a frame header (RFC 6455 §5.2 and §5.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HeaderError {
    /// The opcode is one of the ten reserved ones.
    ReservedOpcode(ReservedOpcode),
    /// A control frame with FIN 0.
    FragmentedControl(Opcode),
    /// A control frame with more than 125 bytes of payload.
    ControlTooLong(Opcode),
    /// This length is not in its shortest form.
    LengthNotMinimal(u64),
    /// A length of 2^63 or more.
    LengthTooLarge,
}

impl From<ReservedOpcode> for HeaderError {
    #[inline]
    fn from(reserved: ReservedOpcode) -> Self {
        Self::ReservedOpcode(reserved)
    }
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReservedOpcode(reserved) => reserved.fmt(f),
            Self::FragmentedControl(opcode) => write!(f, "{opcode} frame is fragmented (RFC 6455 §5.5)"),
            Self::ControlTooLong(opcode) => write!(f, "{opcode} frame over 125 bytes (RFC 6455 §5.5)"),
            Self::LengthNotMinimal(len) => {
                write!(f, "length {len} is not in its shortest form (RFC 6455 §5.2)")
            }
            Self::LengthTooLarge => f.write_str("payload length of 2^63 or more (RFC 6455 §5.2)"),
        }
    }
}

impl core::error::Error for HeaderError {}

#[cfg(test)]
#[path = "header_tests.rs"]
mod tests;
