//! RFC 9112 §7.1: a body in chunks.
//!
//! Tells data from framing, however the bytes are cut.
//! Chunk extensions and trailers are skipped, and together may not be longer than 16 KiB.

/// The most bytes of chunk extensions and trailers, as many as a head may have.
const MAX_SKIPPED: usize = 16 * 1024;

/// The most digits of a chunk's size: as many as a `u64` has.
const MAX_DIGITS: usize = 16;

/// Finds the data in a body of chunks.
#[derive(Clone, Debug)]
pub(super) struct Chunked {
    place: Place,
    skipped: usize,
}

/// What comes next in a body of chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chunk {
    /// All input was taken.
    More,
    /// This many bytes of data, at least one.
    Data(u64),
    /// Nothing: the body is whole.
    End,
    /// Something that is not allowed there.
    Broken,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Within the digits of a chunk's size.
    Size {
        size: u64,
        digits: usize,
    },
    /// Within what stands between a size and its CR.
    Extension {
        size: u64,
    },
    /// Behind the CR of a size.
    SizeEnd {
        size: u64,
    },
    /// Within a chunk's data.
    Data {
        left: u64,
    },
    /// Behind a chunk's data.
    DataEnd,
    /// Behind the CR that follows a chunk's data.
    DataCr,
    /// At the start of a trailer, or of the empty line.
    TrailerStart,
    Trailer,
    /// Behind the CR of a trailer.
    TrailerEnd,
    /// Behind the CR of the empty line.
    LastCr,
    Done,
    Broken,
}

impl Chunked {
    pub(super) const fn new() -> Self {
        Self { place: Place::Size { size: 0, digits: 0 }, skipped: 0 }
    }

    /// Takes the framing at the start of `input`, and says what comes behind it.
    pub(super) fn next(&mut self, input: &mut &[u8]) -> Chunk {
        loop {
            match self.place {
                Place::Data { left } if left > 0 => return Chunk::Data(left),
                Place::Data { .. } => self.place = Place::DataEnd,
                Place::Done => return Chunk::End,
                Place::Broken => return Chunk::Broken,
                _ => {
                    let Some((&byte, rest)) = input.split_first() else {
                        return Chunk::More;
                    };
                    *input = rest;
                    self.place = self.after(byte);
                }
            }
        }
    }

    /// Notes that `len` bytes of data were taken.
    pub(super) const fn took(&mut self, len: u64) {
        if let Place::Data { left } = &mut self.place {
            *left = left.saturating_sub(len);
        }
    }

    /// The place behind `byte` of the framing.
    fn after(&mut self, byte: u8) -> Place {
        match (self.place, byte) {
            (Place::Size { digits: 1.., size }, b'\r') => Place::SizeEnd { size },
            (Place::Size { digits: 1.., size }, b';' | b' ' | b'\t') => self.skip(Place::Extension { size }),
            (Place::Size { size, digits }, byte) => after_digit(size, digits, byte),
            (Place::Extension { size }, b'\r') => Place::SizeEnd { size },
            (place @ Place::Extension { .. }, byte) if byte != b'\n' => self.skip(place),
            (Place::SizeEnd { size: 0 }, b'\n') => Place::TrailerStart,
            (Place::SizeEnd { size }, b'\n') => Place::Data { left: size },
            (Place::DataEnd, b'\r') => Place::DataCr,
            (Place::DataCr, b'\n') => Place::Size { size: 0, digits: 0 },
            (Place::TrailerStart, b'\r') => Place::LastCr,
            (Place::Trailer, b'\r') => Place::TrailerEnd,
            (Place::TrailerStart | Place::Trailer, byte) if byte != b'\n' => self.skip(Place::Trailer),
            (Place::TrailerEnd, b'\n') => Place::TrailerStart,
            (Place::LastCr, b'\n') => Place::Done,
            _ => Place::Broken,
        }
    }

    /// Goes on to `place` if not too much was skipped already.
    const fn skip(&mut self, place: Place) -> Place {
        self.skipped = self.skipped.saturating_add(1);
        if self.skipped > MAX_SKIPPED { Place::Broken } else { place }
    }
}

fn after_digit(size: u64, digits: usize, byte: u8) -> Place {
    let digit = char::from(byte).to_digit(16);
    let next = digit.and_then(|digit| size.checked_mul(16)?.checked_add(u64::from(digit)));
    match next {
        Some(size) if digits < MAX_DIGITS => Place::Size { size, digits: digits.saturating_add(1) },
        _ => Place::Broken,
    }
}
