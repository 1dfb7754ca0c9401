//! Masking: RFC 6455 §5.3.
//!
//! Octet `i` of a payload is XORed with octet `i mod 4` of the key. [`Mask`] keeps its place, so a payload may
//! be masked in pieces of any size.

mod blocks;
mod large;

use alloc::vec::Vec;

use blocks::{
    append_blocks, append_halves, in_blocks, in_halves, into_blocks, into_halves, is_ascii_in_blocks, xored,
};

/// A masking key and how far into the payload it has come.
///
/// Masking and unmasking are the same operation.
///
/// ```
/// use rfc6455::frame::Mask;
///
/// let mut pieces = [*b"Hel", *b"lo!"];
/// let mut mask = Mask::new([0x37, 0xfa, 0x21, 0x3d]);
/// mask.apply(&mut pieces[0]);
/// mask.apply(&mut pieces[1]); // goes on at octet 3 of the payload
/// assert_eq!(pieces, [[0x7f, 0x9f, 0x4d], [0x51, 0x58, 0xdb]]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Mask {
    /// The key, turned so that its first octet is the one due next; in memory order.
    key: u32,
}

impl Mask {
    /// Changes nothing: to copy with it is as quick as to copy, and a branch less.
    #[inline]
    pub(crate) const fn none() -> Self {
        Self::new([0; 4])
    }

    /// A mask at the start of a payload.
    #[inline]
    #[must_use]
    pub const fn new(key: [u8; 4]) -> Self {
        Self { key: u32::from_ne_bytes(key) }
    }

    /// Masks or unmasks the next piece of the payload, in place.
    #[inline]
    pub fn apply(&mut self, piece: &mut [u8]) {
        self.apply_once(piece);
        *self = self.skipping(piece.len());
    }

    /// As [`apply`](Self::apply), for who does not go on. By value, so that nothing has to be stored.
    #[inline(always)]
    pub(crate) fn apply_once(self, piece: &mut [u8]) {
        if piece.len() >= LARGE { self.apply_large(piece) } else { self.apply_small(piece) }
    }

    /// From the start of a cache line on.
    #[inline(never)]
    fn apply_large(self, piece: &mut [u8]) {
        // As `none` has: what a server sends would be read and written back.
        if self.key == 0 {
            return;
        }
        let (head, lines) = piece.split_at_mut(before_line(piece));
        self.apply_small(head);
        let (key, end) = self.skipping(head.len()).keys(lines.len());
        large::in_blocks(lines, key, end);
    }

    #[inline(always)]
    fn apply_small(self, piece: &mut [u8]) {
        let (key, end) = self.keys(piece.len());
        match piece.len() {
            64.. => in_blocks::<64>(piece, key, end, xored),
            32.. => in_halves::<32>(piece, key, end),
            16.. => in_halves::<16>(piece, key, end),
            8.. => in_halves::<8>(piece, key, end),
            4.. => in_halves::<4>(piece, key, end),
            _ => {
                for (byte, key) in piece.iter_mut().zip(key.to_ne_bytes()) {
                    *byte ^= key;
                }
            }
        }
    }

    /// Masks or unmasks the next piece of the payload from `from` into `to`, which is as long. This is quicker than to
    /// copy it and mask the copy: a load of what was just stored in other widths waits for the stores. To go on, there is
    /// [`skipping`](Self::skipping).
    #[inline(always)]
    pub(crate) fn apply_into(self, from: &[u8], to: &mut [u8]) {
        debug_assert_eq!(from.len(), to.len());
        if from.len() >= LARGE { self.apply_large_into(from, to) } else { self.apply_small_into(from, to) }
    }

    /// As [`apply_into`](Self::apply_into), from where a cache line of `to` starts on.
    #[inline(never)]
    fn apply_large_into(self, from: &[u8], to: &mut [u8]) {
        let (to_head, to_lines) = to.split_at_mut(before_line(to));
        let (head, lines) = from.split_at(to_head.len());
        self.apply_small_into(head, to_head);
        let (key, end) = self.skipping(head.len()).keys(lines.len());
        large::into_blocks(lines, to_lines, key, end);
    }

    #[inline(always)]
    fn apply_small_into(self, from: &[u8], to: &mut [u8]) {
        let (key, end) = self.keys(from.len());
        match from.len() {
            64.. => into_blocks::<64>(from, to, key, end, xored),
            32.. => into_halves::<32>(from, to, key, end),
            16.. => into_halves::<16>(from, to, key, end),
            8.. => into_halves::<8>(from, to, key, end),
            4.. => into_halves::<4>(from, to, key, end),
            _ => {
                for ((to, from), key) in to.iter_mut().zip(from).zip(key.to_ne_bytes()) {
                    *to = from ^ key;
                }
            }
        }
    }

    /// Whether the next piece of the payload is ASCII behind the mask. It is read where it came from: to look at what was
    /// just unmasked would wait for the stores.
    #[inline(always)]
    pub(crate) fn is_ascii(self, piece: &[u8]) -> bool {
        let (key, end) = self.keys(piece.len());
        match piece.len() {
            32.. => is_ascii_in_blocks::<32>(piece, key, end),
            16.. => is_ascii_in_blocks::<16>(piece, key, end),
            8.. => is_ascii_in_blocks::<8>(piece, key, end),
            _ => piece.iter().zip(key.to_ne_bytes()).all(|(byte, key)| (byte ^ key).is_ascii()),
        }
    }

    /// Appends the next piece of the payload to `to`, masked or unmasked.
    #[inline]
    pub(crate) fn append(self, piece: &[u8], to: &mut Vec<u8>) {
        if piece.len() >= LARGE { self.append_large(piece, to) } else { self.append_small(piece, to) }
    }

    /// As [`append`](Self::append), from where a cache line of `to` starts on.
    #[inline(never)]
    fn append_large(self, piece: &[u8], to: &mut Vec<u8>) {
        to.reserve(piece.len());
        let (head, lines) = piece.split_at(before_line(to.spare_capacity_mut()).min(piece.len()));
        self.append_small(head, to);
        let (key, end) = self.skipping(head.len()).keys(lines.len());
        large::append_blocks(lines, to, key, end);
    }

    #[inline(always)]
    fn append_small(self, piece: &[u8], to: &mut Vec<u8>) {
        let (key, end) = self.keys(piece.len());
        match piece.len() {
            64.. => append_blocks::<64>(piece, to, key, end, xored),
            32.. => append_halves::<32>(piece, to, key, end),
            16.. => append_halves::<16>(piece, to, key, end),
            8.. => append_halves::<8>(piece, to, key, end),
            4.. => append_halves::<4>(piece, to, key, end),
            _ => to.extend(piece.iter().zip(key.to_ne_bytes()).map(|(byte, key)| byte ^ key)),
        }
    }

    /// The mask as it is so many octets later.
    #[inline]
    pub(crate) fn skipping(self, octets: usize) -> Self {
        Self { key: turned(self.key, octets) }
    }

    /// The keys from here and from so many octets later.
    #[inline]
    fn keys(self, octets: usize) -> (u64, u64) {
        (twice(self.key), twice(self.skipping(octets).key))
    }
}

/// From this length on it pays to begin at a cache line and to look which vectors the processor has, which takes 4 ns. A wide
/// vector across two lines is two accesses: 16 KiB in place took 126 ns where they take 80.
const LARGE: usize = 2048;

/// How many bytes lie before the first cache line that starts in `place`.
fn before_line<T>(place: &[T]) -> usize {
    place.as_ptr().align_offset(64).min(place.len())
}

/// `key` twice in a row.
#[inline]
fn twice(key: u32) -> u64 {
    (u64::from(key) << 32) | u64::from(key)
}

/// `key` with its first `octets` octets moved to the end.
#[inline]
fn turned(key: u32, octets: usize) -> u32 {
    // The others have no part in it: 256 octets are as good as none.
    let [low, ..] = octets.to_le_bytes();
    let bits = u32::from(low).wrapping_mul(8);
    if cfg!(target_endian = "big") { key.rotate_left(bits) } else { key.rotate_right(bits) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

    /// §5.3 to the letter.
    fn naive(payload: &mut [u8], key: [u8; 4], from: usize) {
        for (i, octet) in payload.iter_mut().enumerate() {
            *octet ^= key[(from + i) % 4];
        }
    }

    fn sample(len: usize) -> Vec<u8> {
        (0..len).map(|i| u8::try_from((i * 7 + i / 251) % 256).unwrap()).collect()
    }

    #[test]
    fn equals_the_naive_loop_at_every_length_and_alignment() {
        for len in (0..300).chain([2047, 2048, 2049, 2175, 4096, 5001]) {
            for start in 0..64 {
                let mut ours = sample(start + len);
                let mut theirs = ours.clone();
                Mask::new(KEY).apply(&mut ours[start..]);
                naive(&mut theirs[start..], KEY, 0);
                assert_eq!(ours, theirs, "length {len}, start {start}");
                let mut copy = vec![0xa5; start + len];
                Mask::new(KEY).apply_into(&sample(start + len)[start..], &mut copy[start..]);
                assert_eq!(copy[start..], theirs[start..], "length {len}, start {start}");
                assert_eq!(copy[..start], vec![0xa5; start]);
            }
        }
    }

    #[test]
    fn keeps_its_place_at_every_pair_of_cuts() {
        let mut whole = sample(100);
        naive(&mut whole, KEY, 0);
        for first in 0..=100 {
            for second in first..=100 {
                let mut pieces = sample(100);
                let mut mask = Mask::new(KEY);
                mask.apply(&mut pieces[..first]);
                mask.apply(&mut pieces[first..second]);
                mask.apply(&mut pieces[second..]);
                assert_eq!(pieces, whole, "cuts {first} and {second}");
                let (from, mut copy) = (sample(100), vec![0; 100]);
                let mask = Mask::new(KEY);
                mask.apply_into(&from[..first], &mut copy[..first]);
                mask.skipping(first).apply_into(&from[first..second], &mut copy[first..second]);
                mask.skipping(second).apply_into(&from[second..], &mut copy[second..]);
                assert_eq!(copy, whole, "cuts {first} and {second}");
            }
        }
    }

    #[test]
    fn appends_what_the_naive_loop_makes() {
        for len in [0, 1, 63, 2047, 2048, 2049, 3072, 3136, 10_000] {
            for before in 0..64 {
                let mut expected = sample(len);
                naive(&mut expected, KEY, 0);
                expected.splice(0..0, vec![0xa5; before]);
                for first in [before % 5, len.saturating_sub(before % 7)] {
                    let first = first.min(len);
                    let (mask, mut to) = (Mask::new(KEY), vec![0xa5; before]);
                    mask.append(&sample(len)[..first], &mut to);
                    mask.skipping(first).append(&sample(len)[first..], &mut to);
                    assert_eq!(to, expected, "length {len} behind {before}, cut at {first}");
                }
            }
        }
    }

    #[test]
    fn is_ascii_finds_any_other_byte_behind_the_mask() {
        for len in 0..150 {
            let mut text = vec![0x7f; len];
            naive(&mut text, KEY, 0);
            assert!(Mask::new(KEY).is_ascii(&text));
            for at in 0..len {
                text[at] ^= 0x80;
                assert!(!Mask::new(KEY).is_ascii(&text), "length {len}, byte {at}");
                text[at] ^= 0x80;
            }
        }
    }

    #[test]
    fn undoes_itself() {
        let mut payload = sample(1000);
        Mask::new(KEY).apply(&mut payload);
        assert_ne!(payload, sample(1000));
        Mask::new(KEY).apply(&mut payload);
        assert_eq!(payload, sample(1000));
    }
}
