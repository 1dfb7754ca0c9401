//! What a compressor may refer back to: RFC 7692 §7.1.1 and §7.1.2.

use core::fmt;

/// The binary logarithm of the size of an LZ77 window: 8 to 15, for 256 bytes to 32 KiB (RFC 7692 §7.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WindowBits(u8);

impl WindowBits {
    /// 256 bytes.
    pub const MIN: Self = Self(8);
    /// 32 KiB: what goes without saying.
    pub const MAX: Self = Self(15);

    /// `None` unless `bits` is 8 to 15.
    #[must_use]
    pub const fn new(bits: u8) -> Option<Self> {
        if 8 <= bits && bits <= 15 { Some(Self(bits)) } else { None }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }

    /// The size of the window, in bytes.
    #[must_use]
    pub const fn window(self) -> usize {
        1 << self.0
    }

    /// Reads the value of a parameter: a decimal number without leading zeros.
    pub(super) fn parse(value: &str) -> Option<Self> {
        // §7.1.2.1: so there are eight values, and no other way to write one.
        match value.as_bytes() {
            [digit @ (b'8' | b'9')] => Self::new(digit.wrapping_sub(b'0')),
            [b'1', digit @ b'0'..=b'5'] => Self::new(digit.wrapping_sub(b'0').wrapping_add(10)),
            _ => None,
        }
    }
}

impl Default for WindowBits {
    fn default() -> Self {
        Self::MAX
    }
}

impl fmt::Display for WindowBits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How far back the messages of one direction refer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "RFC 7692 §7.1 has these two for each direction")]
pub struct Context {
    /// At most so far.
    pub window_bits: WindowBits,
    /// Into the messages before, too. Without it each message stands for itself (§7.1.1).
    pub takeover: bool,
}

impl Default for Context {
    /// The full window, and context takeover: what goes without saying.
    fn default() -> Self {
        Self { window_bits: WindowBits::MAX, takeover: true }
    }
}

/// How much work goes into compressing: 0, none, to 9, the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Level(u8);

impl Level {
    /// 1: the least that still compresses.
    pub const FASTEST: Self = Self(1);
    /// 9: takes several times as long as 6, for a little less.
    pub const BEST: Self = Self(9);

    /// `None` unless `level` is 0 to 9.
    #[must_use]
    pub const fn new(level: u8) -> Option<Self> {
        if level <= 9 { Some(Self(level)) } else { None }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl Default for Level {
    /// 6, as in most programs that compress.
    fn default() -> Self {
        Self(6)
    }
}

/// What a compressor is made for.
pub(super) type Kind = (Level, WindowBits);

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn eight_values_and_one_way_to_write_each() {
        for bits in 0..=u8::MAX {
            assert_eq!(WindowBits::parse(&format!("{bits}")), WindowBits::new(bits));
            assert_eq!(WindowBits::new(bits).is_some(), (8..=15).contains(&bits));
        }
        for wrong in ["", "08", "010", "+9", "-9", "9x", "9.0", " 9", "9 ", "1", "1:", "99999999999", "٩"] {
            assert_eq!(WindowBits::parse(wrong), None, "{wrong}");
        }
        assert_eq!((WindowBits::MIN.window(), WindowBits::MAX.window()), (256, 32 << 10));
    }

    #[test]
    fn ten_levels() {
        assert_eq!((0..=u8::MAX).filter(|&level| Level::new(level).is_some()).count(), 10);
        assert_eq!(Level::default().get(), 6);
    }
}
