//! DEFLATE blocks made by hand, bit by bit: right ones that no compressor would make, and wrong ones (RFC 1951 §3.2).

use super::TAIL;

/// Data in the making.
#[derive(Clone, Default)]
pub struct Blocks {
    bytes: Vec<u8>,
    /// How many bits of the last byte are taken, 1 to 8; with no byte, 8.
    bits: usize,
}

impl Blocks {
    pub fn new() -> Self {
        Self { bytes: Vec::new(), bits: 8 }
    }

    /// `count` bits of `value`, the lowest first.
    pub fn bits(mut self, value: usize, count: usize) -> Self {
        for bit in 0..count {
            if self.bits == 8 {
                self.bytes.push(0);
                self.bits = 0;
            }
            *self.bytes.last_mut().expect("there is one") |= ((value as u64 >> bit & 1) as u8) << self.bits;
            self.bits += 1;
        }
        self
    }

    /// A Huffman code, the highest bit first.
    pub fn code(self, code: usize, len: usize) -> Self {
        (0..len).rev().fold(self, |blocks, bit| blocks.bits(code >> bit & 1, 1))
    }

    /// The header of a block, with or without BFINAL (§3.2.3).
    pub fn header(self, is_final: bool, kind: usize) -> Self {
        self.bits(usize::from(is_final), 1).bits(kind, 2)
    }

    /// A literal of the fixed code (§3.2.6).
    pub fn literal(self, byte: u8) -> Self {
        match usize::from(byte) {
            byte @ 0..144 => self.code(0x30 + byte, 8),
            byte => self.code(0x190 + byte - 144, 9),
        }
    }

    pub fn literals(self, text: &str) -> Self {
        text.bytes().fold(self, Self::literal)
    }

    /// A reference to `len` bytes, 3 to 10, in the fixed code.
    pub fn back(self, len: usize, distance: usize) -> Self {
        assert!((3..=10).contains(&len) && (1..=32_768).contains(&distance));
        self.code(len - 2, 7).distance(distance)
    }

    fn distance(self, distance: usize) -> Self {
        if distance < 3 {
            return self.code(distance - 1, 5);
        }
        let extra = (distance - 1).ilog2() as usize - 1;
        let symbol = 2 * extra + ((distance - 1) >> extra);
        self.code(symbol, 5).bits(distance - 1, extra)
    }

    /// The end of a block, in the fixed code.
    pub fn end(self) -> Self {
        self.code(0, 7)
    }

    /// Fills the last byte up.
    pub fn align(mut self) -> Self {
        self.bits = 8;
        self
    }

    /// A block with BFINAL is followed by a whole byte (RFC 7692 §7.2.3.4).
    pub fn align_if(self, is_final: bool) -> Self {
        if is_final { self.align() } else { self }
    }

    /// A stored block (§3.2.4).
    pub fn stored(self, is_final: bool, data: &[u8]) -> Self {
        let mut blocks = self.header(is_final, 0).align();
        let len = u16::try_from(data.len()).expect("it fits a block");
        blocks.bytes.extend([len.to_le_bytes(), (!len).to_le_bytes()].as_flattened());
        blocks.bytes.extend(data);
        blocks
    }

    /// What was made.
    pub fn bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// What was made as a message's payload: with an empty stored block at its end, but for the tail (RFC 7692 §7.2.1).
    pub fn payload(self) -> Vec<u8> {
        let mut bytes = self.stored(false, &[]).bytes;
        assert!(bytes.ends_with(&TAIL));
        bytes.truncate(bytes.len() - TAIL.len());
        bytes
    }
}

/// One block of the fixed code with this text.
pub fn fixed(text: &str) -> Blocks {
    Blocks::new().header(false, 1).literals(text).end()
}

/// A message of zeros, as long as one of `len` bytes of payload can be: 1032 times as much, but for a little at both ends.
/// Its one block has codes of one bit for 258 bytes and for the distance 1. Gives the payload and how many zeros it is.
pub fn bomb(len: usize) -> (Vec<u8>, u64) {
    let blocks = Blocks::new().header(false, 2);
    // 286 literals and lengths, 1 distance; the lengths of the codes of all lengths of codes but 15.
    let blocks = blocks.bits(29, 5).bits(0, 5).bits(14, 4);
    // In the order 16, 17, 18, 0, 8, ..: codes of two bits for 18, 1, 2, and 0 for no code at all.
    let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1];
    let lengths = |symbol| if matches!(symbol, 0 | 1 | 2 | 18) { 2 } else { 0 };
    let blocks = order.into_iter().fold(blocks, |blocks, symbol| blocks.bits(lengths(symbol), 3));
    // The literal 0 in two bits, then none up to the end of the block in two bits, then none up to 285 in one bit; and the
    // distance 1 in one bit.
    let none = |blocks: Blocks, count: usize| blocks.code(3, 2).bits(count - 11, 7);
    let blocks = none(none(blocks.code(2, 2), 138), 117).code(2, 2);
    let blocks = none(blocks, 28).code(1, 2).code(1, 2);
    // One zero, and then references to it: of two bits each, all zero.
    let blocks = blocks.code(2, 2);
    assert_eq!(blocks.bits % 2, 0, "no reference straddles two bytes");
    let first = (8 - blocks.bits) / 2;
    let mut blocks = blocks.align();
    let whole = len - blocks.bytes.len() - 2;
    blocks.bytes.resize(blocks.bytes.len() + whole, 0);
    let zeros = 1 + 258 * (first as u64 + 4 * whole as u64);
    (blocks.code(3, 2).payload(), zeros)
}
