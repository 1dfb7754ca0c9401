//! Opcodes: RFC 6455 §5.2 and §11.8.
//!
//! An [`Opcode`] cannot hold a reserved value, so whoever has one need not ask again.

use core::fmt;

/// What a frame's payload means (RFC 6455 §5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the RFC assigns six opcodes; a match on them should be complete"
)]
pub enum Opcode {
    /// The next fragment of the message in progress.
    Continuation = 0x0,
    /// The first frame of a text message.
    Text = 0x1,
    /// The first frame of a binary message.
    Binary = 0x2,
    /// The closing handshake.
    Close = 0x8,
    /// Asks the peer for a Pong.
    Ping = 0x9,
    /// Answers a Ping, or is sent unasked as a one-way heartbeat.
    Pong = 0xA,
}

impl Opcode {
    /// True for Close, Ping and Pong, which are never fragmented and carry at most 125 bytes (§5.5).
    #[inline]
    #[must_use]
    pub const fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }

    /// The four bits that stand for it on the wire.
    #[inline]
    #[must_use]
    pub const fn bits(self) -> u8 {
        self as u8
    }
}

impl TryFrom<u8> for Opcode {
    type Error = ReservedOpcode;

    /// Reads the four bits of an opcode.
    #[inline]
    fn try_from(bits: u8) -> Result<Self, ReservedOpcode> {
        match bits {
            0x0 => Ok(Self::Continuation),
            0x1 => Ok(Self::Text),
            0x2 => Ok(Self::Binary),
            0x8 => Ok(Self::Close),
            0x9 => Ok(Self::Ping),
            0xA => Ok(Self::Pong),
            reserved => Err(ReservedOpcode(reserved)),
        }
    }
}

impl fmt::Display for Opcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Continuation => "continuation",
            Self::Text => "text",
            Self::Binary => "binary",
            Self::Close => "close",
            Self::Ping => "ping",
            Self::Pong => "pong",
        })
    }
}

/// A value that is none of the six opcodes of RFC 6455 (3 to 7 and 0xB to 0xF are reserved).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReservedOpcode(pub u8);

impl fmt::Display for ReservedOpcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "opcode {:#x} is reserved (RFC 6455 §5.2)", self.0)
    }
}

impl core::error::Error for ReservedOpcode {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_values_six_opcodes() {
        let known: alloc::vec::Vec<u8> =
            (0..=u8::MAX).filter(|&bits| Opcode::try_from(bits).is_ok()).collect();
        assert_eq!(known, [0x0, 0x1, 0x2, 0x8, 0x9, 0xA]);
        for bits in known {
            let opcode = Opcode::try_from(bits).unwrap();
            assert_eq!(opcode.bits(), bits);
            assert_eq!(opcode.is_control(), bits & 0x8 != 0);
        }
    }
}
