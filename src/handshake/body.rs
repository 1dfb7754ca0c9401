//! RFC 9112 §6-7: the body of the answer that refuses a handshake.
//!
//! It is read to tell a person why, so only a bounded part of it is kept.
//! A body that breaks the rules ends where it breaks them; status and headers are worth having
//! anyway.

use alloc::vec::Vec;

use super::chunked::{Chunk, Chunked};
use super::headers::Headers;
use super::list::lists_word;

/// Reads a body to its end, or to the limit.
#[derive(Clone, Debug)]
pub(super) struct BodyReader {
    length: Length,
    room: usize,
}

/// How the end of a body is found.
#[derive(Clone, Debug)]
enum Length {
    Known(u64),
    Chunked(Chunked),
    UntilEof,
}

/// How far a body has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// All input was taken, and more is needed.
    More,
    /// The body is whole.
    Whole,
    /// The body goes on beyond the limit, or is broken.
    CutOff,
}

impl BodyReader {
    /// A reader for the body behind the head of a final response, of which it keeps `limit` bytes.
    pub(super) fn new(status: u16, headers: &Headers, limit: usize) -> Self {
        Self { length: Length::of(status, headers), room: limit }
    }

    /// Takes bytes from `input` and appends those of the body to `body`.
    pub(super) fn read(&mut self, input: &mut &[u8], body: &mut Vec<u8>) -> Progress {
        loop {
            let due = match &mut self.length {
                Length::Known(0) => return Progress::Whole,
                Length::Known(left) => *left,
                Length::UntilEof => u64::MAX,
                Length::Chunked(chunked) => match chunked.next(input) {
                    Chunk::More => return Progress::More,
                    Chunk::End => return Progress::Whole,
                    Chunk::Broken => return Progress::CutOff,
                    Chunk::Data(left) => left,
                },
            };
            if input.is_empty() {
                return Progress::More;
            }
            if self.room == 0 {
                return Progress::CutOff;
            }
            self.take(due, input, body);
        }
    }

    /// Whether the end of the transport is the end of the body.
    pub(super) const fn ends_with_transport(&self) -> bool {
        matches!(self.length, Length::UntilEof | Length::Known(0))
    }

    /// Moves bytes from `input` to `body`: no more than are due, and than there is room for.
    fn take(&mut self, due: u64, input: &mut &[u8], body: &mut Vec<u8>) {
        let due = usize::try_from(due).unwrap_or(usize::MAX);
        let len = due.min(self.room).min(input.len());
        let (taken, rest) = input.split_at_checked(len).unwrap_or((input, &[]));
        body.extend_from_slice(taken);
        *input = rest;
        self.room = self.room.saturating_sub(len);
        match &mut self.length {
            Length::Known(left) => *left = left.saturating_sub(as_u64(len)),
            Length::Chunked(chunked) => chunked.took(as_u64(len)),
            Length::UntilEof => {}
        }
    }
}

impl Length {
    fn of(status: u16, headers: &Headers) -> Self {
        // RFC 9112 §6.3 (1): these have no body.
        if matches!(status, 204 | 304) {
            return Self::Known(0);
        }
        // RFC 9112 §6.3 (3-4): a Transfer-Encoding overrides a Content-Length.
        if headers.get_bytes("Transfer-Encoding").is_some() {
            return if lists_word(headers.get_all("Transfer-Encoding"), "chunked") {
                Self::Chunked(Chunked::new())
            } else {
                Self::UntilEof
            };
        }
        // RFC 9112 §6.3 (5-8): a valid Content-Length, or all until the transport ends.
        let mut lengths = headers.get_all("Content-Length");
        match (lengths.next().and_then(parse_length), lengths.next()) {
            (Some(length), None) => Self::Known(length),
            _ => Self::UntilEof,
        }
    }
}

fn parse_length(value: &[u8]) -> Option<u64> {
    let text = core::str::from_utf8(value).ok()?;
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn as_u64(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}
