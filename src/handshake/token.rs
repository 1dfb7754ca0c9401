//! RFC 9110 §5.5-5.6: tokens, field values and the blanks around them.
//!
//! Each question about a byte of a header is answered here and nowhere else.
//! Whatever these functions let through cannot end a line or start a new one.

/// The answers of a function about each byte. With tables a browser's head is answered in 19,300 instructions, where it took
/// 22,900 with comparisons.
macro_rules! table {
    ($answer:path) => {{
        let mut table = [false; 256];
        let mut rest: &mut [bool] = &mut table;
        let mut byte = 0_u8;
        while let [answer, behind @ ..] = rest {
            *answer = $answer(byte);
            byte = byte.wrapping_add(1);
            rest = behind;
        }
        table
    }};
}
pub(super) use table;

/// Whether `byte` may stand in a token.
const fn is_token_byte(byte: u8) -> bool {
    // RFC 9110 §5.6.2: the visible ASCII characters without the delimiters.
    matches!(byte,
        b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~'
        | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z')
}

static TOKEN_BYTES: [bool; 256] = table!(is_token_byte);

/// The number of token characters at the start of `bytes`.
///
/// Four at a time take 5 instructions a byte, where one by one they take 10.
pub(super) fn token_len(bytes: &[u8]) -> usize {
    let is_token_byte = |byte: &u8| TOKEN_BYTES.get(usize::from(*byte)) == Some(&true);
    let (fours, _) = bytes.as_chunks::<4>();
    let whole = fours.iter().take_while(|four| four.iter().all(is_token_byte)).count().saturating_mul(4);
    let rest = bytes.get(whole..).unwrap_or_default();
    whole.saturating_add(rest.iter().take_while(|byte| is_token_byte(byte)).count())
}

/// Whether `bytes` is one token: not empty, and made of token characters.
pub(super) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && token_len(bytes) == bytes.len()
}

/// Whether `text` is `word`, in whatever case.
///
/// Nearly all write words as the RFCs do. To compare these as they are takes less than half of the instructions.
pub(super) fn is_word(text: &[u8], word: &str) -> bool {
    text == word.as_bytes() || text.eq_ignore_ascii_case(word.as_bytes())
}

/// `bytes` as text, if they are one token.
pub(super) fn as_token(bytes: &[u8]) -> Option<&str> {
    is_token(bytes).then(|| core::str::from_utf8(bytes).ok()).flatten()
}

/// Whether `bytes` may be a field value: no control character other than the tab.
pub(super) fn is_field_value(bytes: &[u8]) -> bool {
    // RFC 9110 §5.5: CR, LF and NUL are dangerous, the other controls are invalid.
    !bytes.iter().copied().any(is_forbidden_control)
}

/// Whether `byte` is a control character that no part of a head may hold.
pub(super) const fn is_forbidden_control(byte: u8) -> bool {
    matches!(byte, 0x00..=0x08 | 0x0A..=0x1F | 0x7F)
}

/// The number of bytes before the first that [`is_forbidden_control`], such as the CR at a line's end.
///
/// A line is passed eight bytes at a time, for some 2 instructions a byte where the states of the head take 50.
pub(super) fn plain_len(bytes: &[u8]) -> usize {
    let mut len = 0_usize;
    loop {
        len = len.saturating_add(len_before_control(bytes.get(len..).unwrap_or_default()));
        // The tab alone is no end.
        if bytes.get(len) != Some(&b'\t') {
            return len;
        }
        len = len.saturating_add(1);
    }
}

/// The number of bytes before the first control character, be it a tab.
fn len_before_control(bytes: &[u8]) -> usize {
    let (words, tail) = bytes.as_chunks::<8>();
    let mut len = 0_usize;
    for word in words {
        let controls = mark_controls(u64::from_le_bytes(*word));
        if controls != 0 {
            return len.saturating_add(usize::try_from(controls.trailing_zeros() / 8).unwrap_or_default());
        }
        len = len.saturating_add(8);
    }
    len.saturating_add(tail.iter().take_while(|byte| !byte.is_ascii_control()).count())
}

/// Sets the highest bit of each byte of `word` that is a control character. Behind the first of them others may be marked, too.
const fn mark_controls(word: u64) -> u64 {
    const EACH: u64 = u64::from_le_bytes([1; 8]);
    // A byte becomes negative by a subtraction if it is less, and was not negative before; or if a byte below it borrowed.
    let below_blank = word.wrapping_sub(EACH * 0x20) & !word;
    let without_delete = word ^ (EACH * 0x7F);
    let is_delete = without_delete.wrapping_sub(EACH) & !without_delete;
    (below_blank | is_delete) & (EACH << 7)
}

/// Whether `byte` is a blank: a space or a tab.
pub(super) const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// `bytes` without the optional white space (spaces and tabs) on both sides.
pub(super) fn trim_blanks(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    while let [first, tail @ ..] = rest
        && is_blank(*first)
    {
        rest = tail;
    }
    while let [head @ .., last] = rest
        && is_blank(*last)
    {
        rest = head;
    }
    rest
}

/// The number of blanks at the start of `bytes`.
pub(super) fn leading_blanks(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| is_blank(**byte)).count()
}
