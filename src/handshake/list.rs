//! RFC 6455 §4.3 and §9.1, RFC 9110 §5.6: the grammar of comma-separated lists.
//!
//! The lists of the `Sec-WebSocket-*` headers are read to the letter: an empty element is a fault.
//! The lists of `Upgrade` and `Connection` belong to HTTP, and are only searched for a word.

use alloc::string::String;
use alloc::vec::Vec;

use super::token::{is_word, leading_blanks, token_len, trim_blanks};

/// How many elements the lists of one name may have, with the parameters of extensions: as many as a head has headers. Each
/// takes two bytes of the head and fifty times as much once it is read.
pub(super) const MAX_ELEMENTS: usize = 100;

/// Whether any element of the lists in `values` equals `word`, in whatever case.
pub(super) fn lists_word<'a>(mut values: impl Iterator<Item = &'a [u8]>, word: &str) -> bool {
    // RFC 9110 §5.3: repeated headers are one list. §5.6.1.2: empty elements are skipped.
    let lists =
        |value: &[u8]| value.split(|&byte| byte == b',').any(|element| is_word(trim_blanks(element), word));
    // Nearly all lists have one element. To look for another takes 50 instructions more.
    values.any(|value| value == word.as_bytes() || lists(value))
}

/// The tokens of the lists in `values`, in order, or `None` if a list breaks the grammar `1#token` or there are more than
/// [`MAX_ELEMENTS`].
pub(super) fn tokens<'a>(values: impl Iterator<Item = &'a [u8]>) -> Option<Vec<String>> {
    let mut found = Vec::new();
    for value in values {
        let mut cursor = Cursor::new(value);
        loop {
            if found.len() >= MAX_ELEMENTS {
                return None;
            }
            found.push(String::from(cursor.token()?));
            if cursor.at_end() {
                break;
            }
            cursor.eat(b',')?;
        }
    }
    Some(found)
}

/// Reads one header value from left to right; blanks between its parts are skipped.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(super) fn new(value: &'a [u8]) -> Self {
        Self { rest: trim_blanks(value) }
    }

    /// Whether nothing is left.
    pub(super) const fn at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next byte, which stays where it is.
    pub(super) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Takes `byte` and the blanks behind it; `None` if something else comes next.
    pub(super) fn eat(&mut self, byte: u8) -> Option<()> {
        let (&first, tail) = self.rest.split_first()?;
        if first != byte {
            return None;
        }
        self.rest = tail;
        self.skip_blanks();
        Some(())
    }

    /// Takes a token and the blanks behind it.
    pub(super) fn token(&mut self) -> Option<&'a str> {
        let (token, rest) = self.rest.split_at_checked(token_len(self.rest))?;
        self.rest = rest;
        self.skip_blanks();
        core::str::from_utf8(token).ok().filter(|token| !token.is_empty())
    }

    /// Takes a quoted string and the blanks behind it; gives its bytes without quotes and escapes.
    pub(super) fn quoted_string(&mut self) -> Option<Vec<u8>> {
        // RFC 9110 §5.6.4: a backslash stands before the byte that it quotes.
        let (b'"', mut rest) = self.rest.split_first()? else {
            return None;
        };
        let mut text = Vec::new();
        loop {
            let (&byte, tail) = rest.split_first()?;
            rest = tail;
            match byte {
                b'"' => break,
                b'\\' => {
                    let (&quoted, tail) = rest.split_first()?;
                    rest = tail;
                    text.push(quoted);
                }
                _ => text.push(byte),
            }
        }
        self.rest = rest;
        self.skip_blanks();
        Some(text)
    }

    fn skip_blanks(&mut self) {
        let blanks = leading_blanks(self.rest);
        self.rest = self.rest.get(blanks..).unwrap_or_default();
    }
}
