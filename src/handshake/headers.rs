//! RFC 9110 §5, RFC 9112 §5: the fields of a head, in the order in which they came.
//!
//! One text buffer and one index into it, however many fields there are.
//! What a `Headers` holds was checked: names are tokens, values hold no control character but the
//! tab.

use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use super::head::Head;
use super::head_error::HeadError;
use super::token::{
    is_blank, is_field_value, is_token, is_word, leading_blanks, plain_len, token_len, trim_blanks,
};

/// The header fields of a request or response, in order (RFC 9110 §5).
///
/// Names are compared without regard to case, values are bytes without the blanks around them.
///
/// ```
/// use rfc6455::handshake::Request;
///
/// let fields = [("Host", "example.com"), ("Cookie", "a=1"), ("cookie", "b=2")];
/// let request = Request::from_fields("GET", "/", fields)?;
/// assert_eq!(request.headers().get("COOKIE"), Some("a=1"));
/// assert_eq!(request.headers().get_all("cookie").count(), 2);
/// # Ok::<(), rfc6455::handshake::RequestError>(())
/// ```
#[derive(Clone, Default)]
pub struct Headers {
    text: Vec<u8>,
    index: Vec<Field>,
}

/// Where a field's name and value lie in the text.
#[derive(Clone, Debug)]
struct Field {
    name: Range<usize>,
    value: Range<usize>,
}

impl Headers {
    /// No fields at all.
    #[must_use]
    pub const fn new() -> Self {
        Self { text: Vec::new(), index: Vec::new() }
    }

    /// The first value of the fields called `name` that is UTF-8.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.get_all(name).find_map(|value| core::str::from_utf8(value).ok())
    }

    /// The value of the first field called `name`.
    #[must_use]
    pub fn get_bytes(&self, name: &str) -> Option<&[u8]> {
        self.get_all(name).next()
    }

    /// The values of all fields called `name`, in order.
    pub fn get_all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        // RFC 9110 §5.1: field names are case-insensitive.
        self.index
            .iter()
            .filter(move |field| field.name.len() == name.len() && self.is_called(field, name))
            .map(|field| self.slice(&field.value))
    }

    /// All fields as names and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.index.iter().map(|field| {
            let name = core::str::from_utf8(self.slice(&field.name)).unwrap_or_default();
            (name, self.slice(&field.value))
        })
    }

    /// The number of fields; a name that occurs twice counts twice.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there are no fields.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// All but the fields whose names are `unwanted`.
    pub(super) fn without(&self, unwanted: impl Fn(&str) -> bool) -> Self {
        let mut kept = Self::new();
        for (name, value) in self.iter().filter(|(name, _)| !unwanted(name)) {
            let name = kept.append(name.as_bytes());
            let value = kept.append(value);
            kept.index.push(Field { name, value });
        }
        kept
    }

    /// Appends a field after it was checked.
    pub(super) fn push(&mut self, name: &str, value: &[u8]) -> Result<(), HeadError> {
        if !is_token(name.as_bytes()) {
            return Err(HeadError::HeaderName);
        }
        if !is_field_value(value) {
            return Err(HeadError::HeaderValue);
        }
        let name = self.append(name.as_bytes());
        let value = self.append(trim_blanks(value));
        self.index.push(Field { name, value });
        Ok(())
    }

    /// Appends every field of `fields` after it was checked.
    pub(super) fn from_fields(
        fields: impl IntoIterator<Item = (impl AsRef<str>, impl AsRef<[u8]>)>,
    ) -> Result<Self, HeadError> {
        let mut headers = Self::new();
        for (name, value) in fields {
            headers.push(name.as_ref(), value.as_ref())?;
        }
        Ok(headers)
    }

    /// Reads the lines of a whole head, which holds no stray CR or LF and no control character.
    ///
    /// Tells where in the text the start line lies, too.
    pub(super) fn parse(head: Head) -> Result<(Range<usize>, Self), HeadError> {
        let Head { text, headers } = head;
        let mut index = Vec::with_capacity(headers);
        let mut start_line = None;
        let mut rest = text.as_slice();
        while !rest.is_empty() {
            let at = text.len().saturating_sub(rest.len());
            let (line, end) = rest.split_at_checked(plain_len(rest)).unwrap_or_default();
            rest = end.strip_prefix(b"\r\n").ok_or(HeadError::BareLf)?;
            if start_line.is_none() {
                start_line = (!line.is_empty()).then(|| at..at.saturating_add(line.len()));
            } else if !line.is_empty() {
                index.push(Field::parse(line, at)?);
            }
        }
        Ok((start_line.ok_or(HeadError::StartLine)?, Self { text, index }))
    }

    /// Out of line, so that the fields whose names have another length, which are most, are passed in a short loop.
    #[inline(never)]
    fn is_called(&self, field: &Field, name: &str) -> bool {
        is_word(self.slice(&field.name), name)
    }

    fn append(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.text.len();
        self.text.extend_from_slice(bytes);
        start..self.text.len()
    }

    /// What lies at `range` in the text.
    pub(super) fn slice(&self, range: &Range<usize>) -> &[u8] {
        self.text.get(range.clone()).unwrap_or_default()
    }
}

impl Field {
    /// Reads one line of a head, `line`, which starts at `at` in the text.
    fn parse(line: &[u8], at: usize) -> Result<Self, HeadError> {
        // RFC 9112 §5.1: a token, and no white space between it and the colon.
        let (name, behind) = line.split_at_checked(token_len(line)).unwrap_or_default();
        let value = match behind.strip_prefix(b":") {
            Some(value) if !name.is_empty() => value,
            _ => return Err(name_fault(line)),
        };
        let name_end = at.saturating_add(name.len());
        let (blanks, value) = value.split_at_checked(leading_blanks(value)).unwrap_or_default();
        let value_start = name_end.saturating_add(1).saturating_add(blanks.len());
        let value_end = value_start.saturating_add(trim_blanks(value).len());
        Ok(Self { name: at..name_end, value: value_start..value_end })
    }
}

/// What is wrong with a line that does not begin with a token and a colon.
#[cold]
fn name_fault(line: &[u8]) -> HeadError {
    let colon = line.iter().position(|&byte| byte == b':');
    let before = colon.and_then(|colon| line.get(..colon)?.last().copied());
    if before.is_some_and(is_blank) { HeadError::BlankBeforeColon } else { HeadError::HeaderName }
}

impl PartialEq for Headers {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Headers {}

/// Fields that hold what lets somebody in. A log is read by others.
const SECRET: [&str; 4] = ["Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie"];

pub(super) fn is_secret(name: &str) -> bool {
    SECRET.iter().any(|secret| secret.eq_ignore_ascii_case(name))
}

impl fmt::Debug for Headers {
    /// Shows all fields, but of credentials and cookies the names alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |(name, value)| (name, Escaped(if is_secret(name) { b"(hidden)" } else { value }));
        f.debug_map().entries(self.iter().map(shown)).finish()
    }
}

/// Bytes shown as a string in which all that is not printable ASCII is escaped.
struct Escaped<'a>(&'a [u8]);

impl fmt::Debug for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}
