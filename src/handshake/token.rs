//! RFC 9110 §5.5-5.6: tokens, field values and the blanks around them.
//!
//! Each question about a byte of a header is answered here and nowhere else.
//! Whatever these functions let through cannot end a line or start a new one.

/// Whether `byte` may stand in a token.
pub(super) const fn is_token_byte(byte: u8) -> bool {
    // RFC 9110 §5.6.2: the visible ASCII characters without the delimiters.
    matches!(byte,
        b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~'
        | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z')
}

/// Whether `bytes` is one token: not empty, and made of token characters.
pub(super) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().copied().all(is_token_byte)
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
