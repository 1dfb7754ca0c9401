//! The loops of masking for long payloads: those of [`blocks`](super::blocks), in the vectors that the processor has.

use alloc::vec::Vec;

#[cfg(feature = "simd")]
use fearless_simd::{Level, dispatch, prelude::*, u8x64, u32x16};

use super::blocks;

/// What is masked in registers and appended at once: as much as the vectors of all processors have room for, with the widest of
/// them and with the narrowest. To fill a KiB with zeros and write over it, while it is in the first-level cache, takes a quarter
/// longer from 16 to 256 KiB, and as long at 2 KiB; to copy and mask the copy takes longer still.
const PART: usize = 192;

pub(super) fn in_blocks(piece: &mut [u8], key: u64, end: u64) {
    #[cfg(feature = "simd")]
    dispatch!(Level::new(), simd => {
        blocks::in_blocks::<128>(piece, key, end, |block, key| xored(simd, block, key));
    });
    #[cfg(not(feature = "simd"))]
    blocks::in_blocks::<64>(piece, key, end, blocks::xored);
}

pub(super) fn into_blocks(from: &[u8], to: &mut [u8], key: u64, end: u64) {
    #[cfg(feature = "simd")]
    dispatch!(Level::new(), simd => {
        blocks::into_blocks::<128>(from, to, key, end, |block, key| xored(simd, block, key));
    });
    #[cfg(not(feature = "simd"))]
    blocks::into_blocks::<64>(from, to, key, end, blocks::xored);
}

pub(super) fn append_blocks(piece: &[u8], to: &mut Vec<u8>, key: u64, end: u64) {
    #[cfg(feature = "simd")]
    dispatch!(without_avx512(Level::new()), _ => {
        blocks::append_blocks::<PART>(piece, to, key, end, blocks::xored);
    });
    #[cfg(not(feature = "simd"))]
    blocks::append_blocks::<PART>(piece, to, key, end, blocks::xored);
}

/// A block that is appended does not stay in vectors of 64 bytes, but goes through memory: 16 KiB from a client take 320 ns with them
/// and 150 without.
#[cfg(feature = "simd")]
fn without_avx512(level: Level) -> Level {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    if let Some(avx2) = level.as_avx2() {
        return avx2.level();
    }
    level
}

/// As [`blocks::xored`], for blocks of whole vectors. What is inlined into the closures above is compiled for the processor's vectors,
/// hence `always`. They are asked for one by one: left to the compiler, 16 KiB take 1,100 ns in vectors of 64 bytes instead of 235.
#[cfg(feature = "simd")]
#[inline(always)]
fn xored<S: Simd, const N: usize>(simd: S, block: &[u8; N], key: u64) -> [u8; N] {
    let [a, b, c, d, ..] = key.to_ne_bytes();
    let key: u8x64<S> = u32x16::simd_from(simd, u32::from_ne_bytes([a, b, c, d])).bitcast();
    let mut block = *block;
    for vector in block.as_chunks_mut::<64>().0 {
        *vector = (u8x64::simd_from(simd, *vector) ^ key).into();
    }
    block
}
