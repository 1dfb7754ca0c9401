//! Masking: RFC 6455 §5.3.
//!
//! Octet `i` of a payload is XORed with octet `i mod 4` of the key. [`Mask`] keeps its place, so a payload may
//! be masked in pieces of any size.

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

/// Bytes XORed at a time. A block this wide is what LLVM turns into vector instructions even at the SSE2 baseline.
const BLOCK: usize = 32;

impl Mask {
    /// A mask at the start of a payload.
    #[inline]
    #[must_use]
    pub const fn new(key: [u8; 4]) -> Self {
        Self { key: u32::from_ne_bytes(key) }
    }

    /// Masks or unmasks the next piece of the payload, in place.
    #[inline]
    pub fn apply(&mut self, piece: &mut [u8]) {
        let word = (u64::from(self.key) << 32) | u64::from(self.key);
        let rest = if piece.len() < BLOCK {
            piece
        } else {
            let (blocks, rest) = piece.as_chunks_mut::<BLOCK>();
            xor_blocks(blocks, word);
            rest
        };
        let (words, tail) = rest.as_chunks_mut::<8>();
        for chunk in words {
            *chunk = (u64::from_ne_bytes(*chunk) ^ word).to_ne_bytes();
        }
        for (byte, key) in tail.iter_mut().zip(word.to_ne_bytes()) {
            *byte ^= key;
        }
        // Blocks and words are multiples of four: only the tail turns the key.
        self.key = turned(self.key, tail.len());
    }
}

/// Out of line, so that short payloads do not carry the vector loop's set-up.
#[inline(never)]
fn xor_blocks(blocks: &mut [[u8; BLOCK]], word: u64) {
    let mut pattern = [0; BLOCK];
    for part in pattern.as_chunks_mut::<8>().0 {
        *part = word.to_ne_bytes();
    }
    for block in blocks {
        for (byte, key) in block.iter_mut().zip(pattern) {
            *byte ^= key;
        }
    }
}

/// `key` with its first `octets` octets moved to the end.
#[inline]
const fn turned(key: u32, octets: usize) -> u32 {
    let bits = match octets % 4 {
        0 => 0,
        1 => 8,
        2 => 16,
        _ => 24,
    };
    if cfg!(target_endian = "big") { key.rotate_left(bits) } else { key.rotate_right(bits) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

    /// §5.3 to the letter.
    fn naive(payload: &mut [u8], key: [u8; 4], from: usize) {
        for (i, octet) in payload.iter_mut().enumerate() {
            *octet ^= key[(from + i) % 4];
        }
    }

    fn sample(len: usize) -> Vec<u8> {
        (0..len).map(|i| (i * 7 + i / 251) as u8).collect()
    }

    #[test]
    fn equals_the_naive_loop_at_every_length_and_alignment() {
        for len in 0..300 {
            for start in 0..64 {
                let mut ours = sample(start + len);
                let mut theirs = ours.clone();
                Mask::new(KEY).apply(&mut ours[start..]);
                naive(&mut theirs[start..], KEY, 0);
                assert_eq!(ours, theirs, "length {len}, start {start}");
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
