//! Ways to cut an input. They follow from the input, so that a failing one fails again.

/// Numbers that look random and are the same for the same `data`: a hash (FNV-1a), and then xorshift.
pub(super) fn numbers(data: &[u8]) -> impl FnMut(usize) -> usize {
    let hash = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    let mut state = data.iter().fold(0xcbf2_9ce4_8422_2325, hash) | 1;
    move |below| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 16) as usize % below
    }
}

/// The pieces of `data`: a byte at a time, in two at every place or at some, and in several of any lengths.
pub(super) fn ways(data: &[u8]) -> impl Iterator<Item = Vec<&[u8]>> {
    let mut number = numbers(data);
    let mut places: Vec<usize> = (0..=data.len().min(24)).collect();
    if data.len() > 24 {
        places.extend((0..8).map(|_| number(data.len())));
    }
    let in_two = places.into_iter().map(|place| {
        let (first, second) = data.split_at(place);
        vec![first, second]
    });
    let in_several = [3, 20, 200].map(|most| {
        let (mut pieces, mut rest) = (Vec::new(), data);
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(number(most).min(rest.len()));
            pieces.push(piece);
            rest = after;
        }
        pieces
    });
    std::iter::once(data.chunks(1).collect()).chain(in_two).chain(in_several)
}
