//! Text is UTF-8: RFC 6455 §8.1.
//!
//! Checked as the bytes arrive, in pieces that may end inside a character, and refused at the first byte that
//! no valid text could have there.

use core::str;

use crate::frame::Mask;

/// What is shorter is often ASCII, and to tell that costs less than to set up vectors.
const SHORT: usize = 256;

/// A check of text that comes in pieces; holds up to three bytes of a character that has not ended.
///
/// ```
/// use rfc6455::protocol::Utf8Stream;
///
/// let mut text = Utf8Stream::new();
/// let (euro, bytes) = ("€", [0xe2, 0x82, 0xac, b'!']);
/// assert_eq!(text.push(&bytes[..2])?, (None, ""));
/// assert_eq!(text.push(&bytes[2..])?, (Some('€'), "!"));
/// text.finish()?;
/// # Ok::<(), rfc6455::protocol::InvalidUtf8>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Utf8Stream {
    carry: [u8; 4],
    carried: u8,
}

/// Text that is not UTF-8, or ends inside a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidUtf8;

impl core::fmt::Display for InvalidUtf8 {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("text is not UTF-8 (RFC 6455 §8.1)")
    }
}

impl core::error::Error for InvalidUtf8 {}

impl Utf8Stream {
    /// The start of a text.
    #[must_use]
    pub const fn new() -> Self {
        Self { carry: [0; 4], carried: 0 }
    }

    /// Takes the next piece. Gives the character that an earlier piece began and this one ends, and then the whole
    /// characters of this piece; what is left over is kept for the next one.
    ///
    /// # Errors
    ///
    /// [`InvalidUtf8`] at the first byte that cannot follow, even when its character is not complete.
    pub fn push<'b>(&mut self, piece: &'b [u8]) -> Result<(Option<char>, &'b str), InvalidUtf8> {
        let (first, rest) = if self.carried == 0 { (None, piece) } else { self.complete(piece)? };
        let (whole, begun) = rest.split_at_checked(end_of_characters(rest)).ok_or(InvalidUtf8)?;
        let text = text(whole)?;
        if str::from_utf8(begun).is_err_and(|error| error.error_len().is_some()) {
            return Err(InvalidUtf8);
        }
        for byte in begun {
            self.keep(*byte);
        }
        Ok((first, text))
    }

    /// How many bytes of a character wait for the rest of it.
    pub(crate) fn carried(&self) -> usize {
        usize::from(self.carried)
    }

    /// Ends the text.
    ///
    /// # Errors
    ///
    /// [`InvalidUtf8`] when it ends inside a character.
    pub const fn finish(&self) -> Result<(), InvalidUtf8> {
        if self.carried == 0 { Ok(()) } else { Err(InvalidUtf8) }
    }

    /// Feeds the carried character byte by byte, until it ends or the piece does.
    fn complete<'b>(&mut self, piece: &'b [u8]) -> Result<(Option<char>, &'b [u8]), InvalidUtf8> {
        let mut rest = piece;
        while let Some((byte, after)) = rest.split_first() {
            self.keep(*byte);
            rest = after;
            match str::from_utf8(self.carry.get(..usize::from(self.carried)).unwrap_or_default()) {
                Ok(text) => {
                    self.carried = 0;
                    return Ok((text.chars().next(), rest));
                }
                Err(error) if error.error_len().is_some() => return Err(InvalidUtf8),
                Err(_) => {}
            }
        }
        Ok((None, rest))
    }

    fn keep(&mut self, byte: u8) {
        if let Some(slot) = self.carry.get_mut(usize::from(self.carried)) {
            *slot = byte;
            self.carried = self.carried.saturating_add(1);
        }
    }
}

/// The text that these bytes are.
#[inline]
pub(crate) fn text(bytes: &[u8]) -> Result<&str, InvalidUtf8> {
    // Under 64 bytes simdutf8 leaves it to `core`, and so do we without it: 1.7 GB/s instead of 8 to 14.
    #[cfg(feature = "simd")]
    let text = simdutf8::basic::from_utf8(bytes);
    #[cfg(not(feature = "simd"))]
    let text = str::from_utf8(bytes);
    text.map_err(|_| InvalidUtf8)
}

/// Whether a payload is so short that a look at it pays, and ASCII.
#[inline]
pub(crate) fn is_short_ascii(payload: &[u8], mask: Mask) -> bool {
    payload.len() < SHORT && mask.is_ascii(payload)
}

/// Where the last character begins if it is not complete, else the end: what is before it is all that can be a text.
fn end_of_characters(bytes: &[u8]) -> usize {
    let mut begun = bytes.len();
    for byte in bytes.iter().rev().take(3) {
        begun = begun.saturating_sub(1);
        let needs = match byte {
            0xf0.. => 4,
            0xe0.. => 3,
            0xc0.. => 2,
            0x80.. => continue,
            _ => 1,
        };
        if bytes.len().saturating_sub(begun) < needs {
            return begun;
        }
        break;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{string::String, vec::Vec};
    use proptest::prelude::*;

    /// The text of `pieces`, or where it was refused.
    fn run<'p>(pieces: impl IntoIterator<Item = &'p [u8]>) -> Result<String, InvalidUtf8> {
        let mut stream = Utf8Stream::new();
        let mut text = String::new();
        for piece in pieces {
            let (first, rest) = stream.push(piece)?;
            text.extend(first);
            text.push_str(rest);
        }
        stream.finish().map(|()| text)
    }

    #[test]
    fn every_split_of_each_width_of_character() {
        let text = "a\u{7f}é߿ࠀ€\u{ffff}\u{feff}𐀀\u{10ffff}\0";
        for first in 0..=text.len() {
            for second in first..=text.len() {
                let bytes = text.as_bytes();
                let pieces = [&bytes[..first], &bytes[first..second], &bytes[second..]];
                assert_eq!(run(pieces).as_deref(), Ok(text));
            }
        }
    }

    #[test]
    fn the_first_impossible_byte_is_refused_when_it_comes() {
        let cases: [&[u8]; 12] = [
            &[0xff],
            &[0x80],
            &[0xc0],
            &[0xc1],
            &[0xf5],
            &[0xc3, 0x28],
            &[0xe0, 0x80],
            &[0xed, 0xa0],
            &[0xf0, 0x80],
            &[0xf4, 0x90],
            &[0xe2, 0x82, 0x28],
            &[0xf0, 0x9f, 0x98, 0x41],
        ];
        for bytes in cases {
            let (last, before) = bytes.split_last().unwrap();
            for cut in 0..=before.len() {
                let mut stream = Utf8Stream::new();
                stream.push(&before[..cut]).unwrap();
                stream.push(&before[cut..]).unwrap();
                assert_eq!(stream.push(&[*last]), Err(InvalidUtf8), "{bytes:x?}");
            }
        }
    }

    #[test]
    fn the_text_of_bytes_is_what_std_says_at_each_length_and_each_wrong_byte() {
        for pattern in ["abc", "aé€🦀", "🦀", "a€"] {
            let long: String = pattern.chars().cycle().take(300).collect();
            for len in [0, 1, 7, 8, 31, 32, 63, 64, 65, 127, 128, 129, 255, 256, 257, 300] {
                let mut bytes = Vec::from(&long.as_bytes()[..len]);
                assert_eq!(text(&bytes).ok(), str::from_utf8(&bytes).ok());
                for at in 0..len {
                    for wrong in [0x00, 0x80, 0xc3, 0xed, 0xf0, 0xff] {
                        let right = core::mem::replace(&mut bytes[at], wrong);
                        assert_eq!(
                            text(&bytes).ok(),
                            str::from_utf8(&bytes).ok(),
                            "{pattern} {len} {at} {wrong:x}"
                        );
                        bytes[at] = right;
                    }
                }
            }
        }
    }

    #[test]
    fn a_text_does_not_end_inside_a_character() {
        for bytes in [&[0xe2, 0x82][..], &[0xc3], &[0xf0, 0x9f, 0x98]] {
            assert_eq!(run([bytes]), Err(InvalidUtf8));
            assert_eq!(run([bytes, b""]), Err(InvalidUtf8));
        }
    }

    proptest! {
        #[test]
        fn agrees_with_std_at_any_cuts(
            bytes in prop_oneof![any::<Vec<u8>>(), any::<String>().prop_map(String::into_bytes)],
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        ) {
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let pieces = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]);
            prop_assert_eq!(run(pieces), String::from_utf8(bytes.clone()).map_err(|_| InvalidUtf8));
        }
    }
}
