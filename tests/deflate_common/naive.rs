//! A second decompressor, written straight from the text of RFC 1951 and for nothing but clarity. It tells how far back the
//! data refer, and holds them to a window.

use super::TAIL;

/// What is wrong with the data.
pub type Fault = &'static str;

/// The decompressor of one direction.
pub struct Inflater {
    /// No distance may be longer.
    window: usize,
    /// All that came out and may be referred to.
    seen: Vec<u8>,
    /// The longest distance so far.
    pub farthest: usize,
}

struct Bits<'d> {
    data: &'d [u8],
    /// In bits.
    at: usize,
}

/// A Huffman code: of each symbol, how long its code is (§3.2.2).
struct Code {
    /// How many codes there are of each length.
    counts: [u16; 16],
    /// The symbols in the order of their codes.
    symbols: Vec<u16>,
}

impl Inflater {
    pub fn new(window: usize) -> Self {
        Self { window, seen: Vec::new(), farthest: 0 }
    }

    /// Without context takeover, before each message.
    pub fn forget(&mut self) {
        self.seen.clear();
    }

    /// RFC 7692 §7.2.2: puts the tail back and decompresses; the data have to end where a block does.
    pub fn message(&mut self, payload: &[u8]) -> Result<Vec<u8>, Fault> {
        let data = [payload, &TAIL].concat();
        let mut bits = Bits { data: &data, at: 0 };
        let start = self.seen.len();
        while bits.at < data.len() * 8 {
            self.block(&mut bits)?;
        }
        Ok(self.seen[start..].to_vec())
    }

    /// §3.2.3.
    fn block(&mut self, bits: &mut Bits<'_>) -> Result<(), Fault> {
        let is_final = bits.take(1)? == 1;
        match bits.take(2)? {
            0 => self.stored(bits)?,
            1 => self.codes(bits, &fixed(), &Code::new(&[5; 30]))?,
            2 => {
                let (literals, distances) = tables(bits)?;
                self.codes(bits, &literals, &distances)?;
            }
            _ => return Err("reserved block type"),
        }
        if is_final {
            // RFC 7692 §7.2.3.4: the next block begins with a byte.
            bits.align();
        }
        Ok(())
    }

    /// §3.2.4.
    fn stored(&mut self, bits: &mut Bits<'_>) -> Result<(), Fault> {
        bits.align();
        let (len, complement) = (bits.take(16)?, bits.take(16)?);
        if len != !complement & 0xffff {
            return Err("length of a stored block");
        }
        for _ in 0..len {
            let byte = bits.take(8)?;
            self.seen.push(byte as u8);
        }
        Ok(())
    }

    /// §3.2.5.
    fn codes(&mut self, bits: &mut Bits<'_>, literals: &Code, distances: &Code) -> Result<(), Fault> {
        const LENGTHS: [usize; 29] = [
            3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131,
            163, 195, 227, 258,
        ];
        loop {
            let symbol = usize::from(literals.take(bits)?);
            match symbol {
                0..256 => self.seen.push(symbol as u8),
                256 => return Ok(()),
                257..286 => {
                    let extra = if matches!(symbol, 265..285) { (symbol - 261) / 4 } else { 0 };
                    let len = LENGTHS[symbol - 257] + bits.take(extra)?;
                    let symbol = usize::from(distances.take(bits)?);
                    let distance = match symbol {
                        0..2 => symbol + 1,
                        2..30 => ((2 + symbol % 2) << (symbol / 2 - 1)) + 1 + bits.take(symbol / 2 - 1)?,
                        _ => return Err("reserved distance"),
                    };
                    self.back(len, distance)?;
                }
                _ => return Err("reserved length"),
            }
        }
    }

    fn back(&mut self, len: usize, distance: usize) -> Result<(), Fault> {
        if distance > self.window || distance > self.seen.len() {
            return Err("too far back");
        }
        self.farthest = self.farthest.max(distance);
        for _ in 0..len {
            self.seen.push(self.seen[self.seen.len() - distance]);
        }
        Ok(())
    }
}

/// §3.2.6.
fn fixed() -> Code {
    let lengths: Vec<u8> = (0..288_u16)
        .map(|symbol| match symbol {
            0..144 => 8,
            144..256 => 9,
            256..280 => 7,
            _ => 8,
        })
        .collect();
    Code::new(&lengths)
}

/// §3.2.7: the codes for literals and lengths, and for distances.
fn tables(bits: &mut Bits<'_>) -> Result<(Code, Code), Fault> {
    let (literals, distances) = (bits.take(5)? + 257, bits.take(5)? + 1);
    if literals > 286 || distances > 30 {
        return Err("too many codes");
    }
    let mut lengths = [0; 19];
    let present = bits.take(4)? + 4;
    for place in [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15].into_iter().take(present)
    {
        lengths[place] = bits.take(3)? as u8;
    }
    if !is_code(&lengths) || lengths.contains(&1) && lengths.iter().filter(|&&length| length > 0).count() == 1
    {
        return Err("no code has these lengths");
    }
    let code = Code::new(&lengths);
    let mut lengths: Vec<u8> = Vec::new();
    while lengths.len() < literals + distances {
        let (length, times) = match code.take(bits)? {
            16 => (*lengths.last().ok_or("nothing to repeat")?, 3 + bits.take(2)?),
            17 => (0, 3 + bits.take(3)?),
            18 => (0, 11 + bits.take(7)?),
            length => (length as u8, 1),
        };
        lengths.extend(vec![length; times]);
    }
    if lengths.len() > literals + distances || lengths[256] == 0 {
        return Err("lengths of codes");
    }
    let (literals, distances) = lengths.split_at(literals);
    if !(is_code(literals) && is_code(distances)) {
        return Err("no code has these lengths");
    }
    Ok((Code::new(literals), Code::new(distances)))
}

/// Whether codes of these lengths are all that there can be (§3.2.2). With one or none, as for distances, there may be more.
fn is_code(lengths: &[u8]) -> bool {
    let all: u32 = lengths.iter().filter(|&&length| length > 0).map(|&length| 1 << (15 - length)).sum();
    all == 1 << 15 || lengths.iter().all(|&length| length <= 1) && all < 1 << 15
}

impl Code {
    fn new(lengths: &[u8]) -> Self {
        let mut counts = [0; 16];
        lengths.iter().for_each(|&length| counts[usize::from(length)] += 1);
        let of = |wanted: u8| (0_u16..).zip(lengths).filter(move |(_, length)| **length == wanted);
        let symbols = (1..16).flat_map(|length| of(length).map(|(symbol, _)| symbol)).collect();
        counts[0] = 0;
        Self { counts, symbols }
    }

    /// The next symbol; its code comes with the highest bit first (§3.1.1).
    fn take(&self, bits: &mut Bits<'_>) -> Result<u16, Fault> {
        let (mut code, mut first, mut index) = (0, 0, 0);
        for count in self.counts.into_iter().skip(1).map(usize::from) {
            code = code << 1 | bits.take(1)?;
            if code < first + count {
                return Ok(self.symbols[index + code - first]);
            }
            index += count;
            first = (first + count) << 1;
        }
        Err("no such code")
    }
}

impl Bits<'_> {
    /// The next `count` bits, the lowest first.
    fn take(&mut self, count: usize) -> Result<usize, Fault> {
        let mut value = 0;
        for bit in 0..count {
            let byte = self.data.get(self.at / 8).ok_or("truncated")?;
            value |= usize::from(byte >> (self.at % 8) & 1) << bit;
            self.at += 1;
        }
        Ok(value)
    }

    fn align(&mut self) {
        self.at = self.at.next_multiple_of(8);
    }
}
