//! Numbers from a seed: the same in each run and on each machine.

use std::time::Duration;

/// SplitMix64: two lines, and good enough to choose what happens.
#[derive(Clone, Debug)]
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Another one, so that what one part draws does not move what the others get.
    pub(crate) fn fork(&mut self) -> Self {
        Self(self.next())
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// A number from `0` to `end - 1`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    /// A number from `first` to `last`.
    pub(crate) fn between(&mut self, first: usize, last: usize) -> usize {
        first + self.below(last - first + 1)
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// Up to so many milliseconds, in microseconds; now and then none.
    pub(crate) fn wait(&mut self, millis: usize) -> Duration {
        if self.chance(20) { Duration::ZERO } else { micros(self.below(millis * 1000 + 1)) }
    }

    /// From `first` to `last` milliseconds.
    pub(crate) fn millis(&mut self, first: usize, last: usize) -> Duration {
        micros(self.between(first * 1000, last * 1000))
    }

    pub(crate) fn bytes(&mut self, len: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(len + 8);
        while bytes.len() < len {
            bytes.extend(self.next().to_be_bytes());
        }
        bytes.truncate(len);
        bytes
    }

    /// Text of about so many bytes, with characters of each length.
    pub(crate) fn text(&mut self, len: usize) -> String {
        let mut text = String::with_capacity(len + 4);
        let word = self.pick(&["a", "ß", "€uro", "😀", "the same again and again "]);
        while text.len() + word.len() <= len {
            text.push_str(word);
        }
        text.extend(std::iter::repeat_n('.', len - text.len()));
        text
    }
}

fn micros(micros: usize) -> Duration {
    Duration::from_micros(micros as u64)
}
