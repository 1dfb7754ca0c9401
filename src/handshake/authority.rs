//! RFC 3986 §3.2: the host and port of a URI, of a `Host` header and of an `Origin`.
//!
//! One grammar for all three, so that they can be compared.
//! A host is a registered name, an IPv4 address or an IPv6 address in brackets.

use core::net::Ipv6Addr;

use super::token::table;

/// A host, and a port if one was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Authority<'a> {
    /// The host; an IPv6 address has no brackets here.
    pub(crate) host: &'a str,
    pub(crate) port: Option<u16>,
}

/// What is wrong with a host and port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AuthorityFault {
    Host,
    Port,
}

impl<'a> Authority<'a> {
    /// Reads `host`, `host:port`, `[v6]` or `[v6]:port`; a port from 1 to 65535, or empty for the
    /// default.
    pub(crate) fn parse(text: &'a str) -> Result<Self, AuthorityFault> {
        let (host, port) = if let Some(literal) = text.strip_prefix('[') {
            // RFC 3986 §3.2.2: an IPv6 address stands in brackets.
            let (address, behind) = literal.split_once(']').ok_or(AuthorityFault::Host)?;
            address.parse::<Ipv6Addr>().map_err(|_| AuthorityFault::Host)?;
            (address, behind)
        } else {
            let end = text.bytes().position(|byte| byte == b':').unwrap_or(text.len());
            let (host, behind) = text.split_at_checked(end).ok_or(AuthorityFault::Host)?;
            if host.is_empty() || !is_registered_name(host) {
                return Err(AuthorityFault::Host);
            }
            (host, behind)
        };
        Ok(Self { host, port: parse_port(port)? })
    }

    /// Whether both name the same host and port, where a missing port is `default`.
    pub(super) fn is_same(&self, other: &Self, default: Option<u16>) -> bool {
        self.host.eq_ignore_ascii_case(other.host) && self.port.or(default) == other.port.or(default)
    }
}

/// Whether `bytes` are made of `allowed` bytes and of percent signs with two hexadecimal digits
/// behind.
pub(super) fn is_percent_encoded(bytes: &[u8], allowed: impl Fn(u8) -> bool) -> bool {
    let mut rest = bytes;
    loop {
        let plain = rest.iter().take_while(|byte| allowed(**byte)).count();
        rest = match rest.get(plain..).unwrap_or_default() {
            [] => return true,
            [b'%', high, low, tail @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => tail,
            _ => return false,
        };
    }
}

/// Whether `byte` is in the sets `unreserved` or `sub-delims` of RFC 3986 §2.2-2.3.
pub(super) fn is_name_byte(byte: u8) -> bool {
    NAME_BYTES.get(usize::from(byte)) == Some(&true)
}

static NAME_BYTES: [bool; 256] = table!(is_unreserved_or_delimiter);

const fn is_unreserved_or_delimiter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'-' | b'.' | b'_' | b'~')
        || matches!(byte, b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=')
}

fn is_registered_name(host: &str) -> bool {
    is_percent_encoded(host.as_bytes(), is_name_byte)
}

/// Reads what stands behind a host: nothing, `:` or `:port`.
fn parse_port(text: &str) -> Result<Option<u16>, AuthorityFault> {
    if text.is_empty() {
        return Ok(None);
    }
    let digits = text.strip_prefix(':').ok_or(AuthorityFault::Host)?;
    if digits.is_empty() {
        return Ok(None);
    }
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(AuthorityFault::Port);
    }
    digits.parse().ok().filter(|port| *port != 0).map(Some).ok_or(AuthorityFault::Port)
}
