//! RFC 9112 §5: writing header fields, and which of them the caller may add.
//!
//! What the handshake writes itself nobody else may write.
//! A field that is written was checked before, so no value can start a line of its own.

use alloc::string::String;
use alloc::vec::Vec;

use super::build_error::BuildError;
use super::head_error::HeadError;
use super::headers::Headers;

/// The end of a line.
pub(super) const CRLF: &[u8] = b"\r\n";

/// Appends one header line.
pub(super) fn write_header(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    write_parts(out, &[name.as_bytes(), b": ", value, CRLF]);
}

/// Appends `parts` of a head, and makes room for them at once, and for the empty line that follows sooner or later.
pub(super) fn write_parts(out: &mut Vec<u8>, parts: &[&[u8]]) {
    let len: usize = parts.iter().map(|part| part.len()).sum();
    out.reserve(len.saturating_add(CRLF.len()));
    for part in parts {
        out.extend_from_slice(part);
    }
}

/// Appends a line for each of `headers`.
pub(super) fn write_headers(out: &mut Vec<u8>, headers: &Headers) {
    for (name, value) in headers.iter() {
        write_header(out, name, value);
    }
}

/// Adds a header of the caller's to `headers`, unless `is_reserved` says that its name is not free.
pub(super) fn add_header(
    headers: &mut Headers,
    name: &str,
    value: &str,
    is_reserved: fn(&str) -> bool,
) -> Result<(), BuildError> {
    if is_reserved(name) {
        return Err(BuildError::ReservedHeader(String::from(name)));
    }
    headers.push(name, value.as_bytes()).map_err(|fault| match fault {
        HeadError::HeaderValue => BuildError::HeaderValue(String::from(name)),
        _ => BuildError::HeaderName(String::from(name)),
    })
}

/// Whether `name` says where a message ends, or what becomes of its connection.
pub(super) fn is_framing(name: &str) -> bool {
    const NAMES: [&str; 7] = [
        "Connection",
        "Content-Length",
        "Keep-Alive",
        "Proxy-Connection",
        "TE",
        "Trailer",
        "Transfer-Encoding",
    ];
    is_one_of(name, &NAMES)
}

/// Whether `name` is one of the headers by which a WebSocket is opened.
pub(super) fn is_opening(name: &str) -> bool {
    const PREFIX: &str = "Sec-WebSocket-";
    name.eq_ignore_ascii_case("Upgrade")
        || name.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}

/// Whether `name` is one of `names`, in whatever case.
pub(super) fn is_one_of(name: &str, names: &[&str]) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}
