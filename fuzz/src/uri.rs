//! Any text as a URI: it is accepted when the grammar of §3, read here once more, has it, and with the same parts. What is
//! accepted can be written and read again, and makes a request that a server accepts.

use std::net::Ipv6Addr;

use rfc6455::handshake::{ClientRequest, HeadLimits, ServerHandshake, Upgrade, Uri};

pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match (Uri::parse(&text), naive(&text)) {
        (Ok(uri), Some(naive)) => {
            assert_eq!((uri.is_secure(), uri.host(), uri.port(), uri.resource()), naive.parts());
            assert_eq!(Uri::parse(&uri.to_string()).as_ref(), Ok(&uri));
            if text.len() < 4000 {
                request(&uri);
            }
        }
        (Err(_), None) => {}
        (uri, naive) => panic!("{text:?} {uri:?} {naive:?}"),
    }
}

fn request(uri: &Uri) {
    let mut request = Vec::new();
    ClientRequest::new(uri).start(*b"the sample nonce", &mut request);
    let received = ServerHandshake::new(HeadLimits::default()).receive(&mut &request[..]);
    let received = received.expect("it is legal").expect("it is whole");
    assert_eq!((received.target(), received.host()), (uri.resource(), Some(&*uri.host_header())));
    Upgrade::from_request(&received).expect("it is an opening handshake");
}

#[derive(Debug)]
struct Naive {
    is_secure: bool,
    host: String,
    port: u16,
    resource: String,
}

impl Naive {
    fn parts(&self) -> (bool, &str, u16, &str) {
        (self.is_secure, &self.host, self.port, &self.resource)
    }
}

const UNRESERVED_AND_SUB_DELIMS: &str =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=";

/// §3: "ws:" "//" host [ ":" port ] path [ "?" query ], with the parts of RFC 3986 §3.
fn naive(text: &str) -> Option<Naive> {
    let lower = text.to_ascii_lowercase();
    let is_secure = lower.starts_with("wss://");
    let rest = &text[lower
        .strip_prefix("wss://")
        .or(lower.strip_prefix("ws://"))
        .map(|rest| text.len() - rest.len())?..];
    let at = rest.find(|char| "/?#".contains(char)).unwrap_or(rest.len());
    let (authority, resource) = rest.split_at(at);
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (authority, ""),
    };
    let is_host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => !host.is_empty() && is_encoded(host, ""),
    };
    if !is_host || !is_encoded(resource, ":@/?") {
        return None;
    }
    let default = if is_secure { 443 } else { 80 };
    let number =
        |number: u64, digit: char| Some(number.saturating_mul(10).saturating_add(digit.to_digit(10)?.into()));
    let port = match port.chars().try_fold(0, number)? {
        0 if port.is_empty() => default,
        number => u16::try_from(number).ok().filter(|port| *port > 0)?,
    };
    let slash = if resource.starts_with('/') { "" } else { "/" };
    let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
    Some(Naive { is_secure, host, port, resource: format!("{slash}{resource}") })
}

/// Whether there is nothing but these characters, those that may be anywhere, and encoded ones (RFC 3986 §2.1).
fn is_encoded(text: &str, more: &str) -> bool {
    let is_plain =
        |text: &str| text.chars().all(|char| UNRESERVED_AND_SUB_DELIMS.contains(char) || more.contains(char));
    let mut parts = text.split('%');
    parts.next().is_some_and(is_plain)
        && parts.all(|part| match part.split_at_checked(2) {
            Some((code, rest)) => code.chars().all(|digit| digit.is_ascii_hexdigit()) && is_plain(rest),
            None => false,
        })
}
