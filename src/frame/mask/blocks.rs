//! The loops of masking: RFC 6455 §5.3, over blocks of a fixed length, of which the compiler makes vectors.
//!
//! `key` is the key twice in a row where the bytes begin, and `end` where the last block does. No byte is done by itself: the last
//! block overlaps the others. All are inlined, so that they are compiled for the vectors of whoever calls them; those for payloads of any
//! length take the function that masks a block.

use alloc::vec::Vec;

/// Masks `N` to `2 * N` bytes: the first `N` and the last `N`, which may overlap, so both are taken before one is put back.
#[inline(always)]
pub(super) fn in_halves<const N: usize>(piece: &mut [u8], key: u64, end: u64) {
    let first = piece.first_chunk::<N>().map(|first| xored(first, key));
    let last = piece.last_chunk::<N>().map(|last| xored(last, end));
    if let (Some(place), Some(first)) = (piece.first_chunk_mut(), first) {
        *place = first;
    }
    if let (Some(place), Some(last)) = (piece.last_chunk_mut(), last) {
        *place = last;
    }
}

/// As [`in_halves`], from one place into another.
#[inline(always)]
pub(super) fn into_halves<const N: usize>(from: &[u8], to: &mut [u8], key: u64, end: u64) {
    if let (Some(to), Some(first)) = (to.first_chunk_mut::<N>(), from.first_chunk::<N>()) {
        *to = xored(first, key);
    }
    if let (Some(to), Some(last)) = (to.last_chunk_mut::<N>(), from.last_chunk::<N>()) {
        *to = xored(last, end);
    }
}

/// Masks at least `N` bytes in blocks of `N`. The last `N` bytes are taken before any of them changes, and put back when the
/// others are done.
#[inline(always)]
pub(super) fn in_blocks<const N: usize>(
    piece: &mut [u8],
    key: u64,
    end: u64,
    xored: impl Fn(&[u8; N], u64) -> [u8; N],
) {
    let last = piece.last_chunk::<N>().map(|last| xored(last, end));
    for block in piece.as_chunks_mut::<N>().0 {
        *block = xored(block, key);
    }
    if let (Some(place), Some(last)) = (piece.last_chunk_mut(), last) {
        *place = last;
    }
}

/// As [`in_blocks`], from one place into another.
#[inline(always)]
pub(super) fn into_blocks<const N: usize>(
    from: &[u8],
    to: &mut [u8],
    key: u64,
    end: u64,
    xored: impl Fn(&[u8; N], u64) -> [u8; N],
) {
    if let (Some(to), Some(last)) = (to.last_chunk_mut::<N>(), from.last_chunk::<N>()) {
        *to = xored(last, end);
    }
    for (to, block) in to.as_chunks_mut::<N>().0.iter_mut().zip(from.as_chunks::<N>().0) {
        *to = xored(block, key);
    }
}

/// As [`into_halves`], appended.
#[inline(always)]
pub(super) fn append_halves<const N: usize>(piece: &[u8], to: &mut Vec<u8>, key: u64, end: u64) {
    if let (Some(first), Some(last)) = (piece.first_chunk::<N>(), piece.last_chunk::<N>()) {
        let start = to.len();
        to.extend_from_slice(&xored(first, key));
        to.truncate(start.saturating_add(piece.len()).saturating_sub(N));
        to.extend_from_slice(&xored(last, end));
    }
}

/// As [`into_blocks`], appended, for which there is to be room: a block is masked in registers.
#[inline(always)]
pub(super) fn append_blocks<const N: usize>(
    piece: &[u8],
    to: &mut Vec<u8>,
    key: u64,
    end: u64,
    xored: impl Fn(&[u8; N], u64) -> [u8; N],
) {
    let start = to.len();
    for block in piece.as_chunks::<N>().0 {
        to.extend_from_slice(&xored(block, key));
    }
    if let Some(last) = piece.last_chunk::<N>() {
        to.truncate(start.saturating_add(piece.len()).saturating_sub(N));
        to.extend_from_slice(&xored(last, end));
    }
}

/// Whether at least `N` bytes are ASCII behind the mask; the last `N` of them overlap the others.
#[inline(always)]
pub(super) fn is_ascii_in_blocks<const N: usize>(piece: &[u8], key: u64, end: u64) -> bool {
    let mut bits = piece.last_chunk::<N>().map_or([0; N], |last| xored(last, end));
    let blocks = piece.as_chunks::<N>().0;
    // Of the small ones there are no more: without a loop, 8 bytes take 30 instructions less.
    let blocks = if N < 32 { blocks.get(..1).unwrap_or_default() } else { blocks };
    for block in blocks {
        for (bits, byte) in bits.iter_mut().zip(xored(block, key)) {
            *bits |= byte;
        }
    }
    bits.as_chunks::<8>().0.iter().all(|word| u64::from_ne_bytes(*word) & 0x8080_8080_8080_8080 == 0)
}

/// `bytes` masked; `N` is a multiple of four.
#[inline(always)]
pub(super) fn xored<const N: usize>(bytes: &[u8; N], key: u64) -> [u8; N] {
    let mut bytes = *bytes;
    let (words, half) = bytes.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ key).to_ne_bytes();
    }
    for (byte, key) in half.iter_mut().zip(key.to_ne_bytes()) {
        *byte ^= key;
    }
    bytes
}
