//! What another parser, httparse, makes of a head.

use rfc6455::handshake::HeadLimits;

/// The most fields that it has room for.
const FIELDS: usize = 100;

/// Limits that short inputs reach.
pub(super) fn limits() -> HeadLimits {
    let mut limits = HeadLimits::default();
    (limits.bytes, limits.headers) = (1000, 20);
    limits
}

/// A head as it reads it: the parts of the start line, the fields in order, and its length.
#[derive(Debug, PartialEq)]
pub(super) struct Head {
    pub(super) start: Start,
    pub(super) fields: Vec<(String, Vec<u8>)>,
    pub(super) len: usize,
}

impl Head {
    /// The values of the fields called `name`; a byte is a character.
    pub(super) fn values(&self, name: &str) -> Vec<String> {
        let of_name = self.fields.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        of_name.map(|(_, value)| value.iter().map(|byte| char::from(*byte)).collect()).collect()
    }
}

#[derive(Debug, PartialEq)]
pub(super) enum Start {
    Request { method: String, target: String },
    Response { status: u16, reason: String },
}

fn owned(fields: &[httparse::Header<'_>]) -> Vec<(String, Vec<u8>)> {
    fields.iter().map(|field| (field.name.to_owned(), field.value.to_vec())).collect()
}

/// The request head at the start of `bytes`, if it is whole and it takes it, and the minor version.
pub(super) fn request(bytes: &[u8]) -> Option<(Head, u8)> {
    let bytes = &as_1_1(bytes, |line| line.len().checked_sub(1));
    let mut fields = [httparse::EMPTY_HEADER; FIELDS];
    let mut request = httparse::Request::new(&mut fields);
    let httparse::Status::Complete(len) = request.parse(bytes).ok()? else { return None };
    let start = Start::Request { method: request.method?.to_owned(), target: request.path?.to_owned() };
    Some((Head { start, fields: owned(request.headers), len }, request.version?))
}

/// The response head at the start of `bytes`, if it is whole and it takes it, and the minor version.
pub(super) fn response(bytes: &[u8]) -> Option<(Head, u8)> {
    let bytes = &as_1_1(bytes, |_| Some("HTTP/1.".len()));
    let mut fields = [httparse::EMPTY_HEADER; FIELDS];
    let mut response = httparse::Response::new(&mut fields);
    let httparse::Status::Complete(len) = response.parse(bytes).ok()? else { return None };
    let start = Start::Response { status: response.code?, reason: response.reason?.to_owned() };
    Some((Head { start, fields: owned(response.headers), len }, response.version?))
}

/// RFC 9110 §2.5: a minor version that is not known is taken for the highest that is. Here it is written so, since the other
/// parser knows 1.0 and 1.1 alone. `place` tells where in the start line the minor version is.
fn as_1_1(bytes: &[u8], place: impl Fn(&[u8]) -> Option<usize>) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    // RFC 9112 §2.2: an empty line may come first.
    let start = if bytes.starts_with(b"\r\n") { 2 } else { 0 };
    let end = bytes[start..].iter().position(|byte| *byte == b'\r').map_or(bytes.len(), |len| start + len);
    if let Some(minor) = place(&bytes[start..end]).and_then(|place| bytes[start..end].get_mut(place)) {
        *minor = if matches!(minor, b'2'..=b'9') { b'1' } else { *minor };
    }
    bytes
}
