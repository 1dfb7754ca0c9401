//! A client is given any bytes as what a proxy says: cut anywhere, they come to the same. The first byte says how the proxy is
//! spoken to. The tunnel of an HTTP proxy is open when another parser finds a 2xx; that of a SOCKS5 proxy when a naive reader of RFC 1928
//! and RFC 1929 comes to the end of its answers. What is behind is left, and only what the proxy is owed is written.

use rfc6455::dial::{Proxy, ProxyError, Tunnel};
use rfc6455::handshake::Uri;

use super::answer::is_stricter;
use super::cuts;
use super::http::{self, Start};

const PROXIES: [&str; 3] =
    ["http://user:password@proxy.test", "socks5://proxy.test", "socks5://user:password@proxy.test"];

/// What comes of it: the end, if there is one, how many bytes were left, and what was written.
type Course = (Option<Result<(), ProxyError>>, usize, Vec<u8>);

pub fn run(data: &[u8]) {
    let Some((kind, data)) = data.split_first() else { return };
    let kind = usize::from(*kind) % PROXIES.len();
    let whole = receive(kind, &[data]);
    for pieces in cuts::ways(data) {
        assert_eq!(whole, receive(kind, &pieces));
    }
    match kind {
        0 => check_http(data, &whole),
        kind => assert_eq!(told(&whole), socks(data, kind == 2), "{whole:?}"),
    }
}

fn receive(kind: usize, pieces: &[&[u8]]) -> Course {
    let proxy = Proxy::parse(PROXIES[kind]).expect("it is one");
    let uri = Uri::parse("ws://host/").expect("it is one");
    let mut out = Vec::new();
    let mut tunnel = Tunnel::start(&proxy, &uri, http::limits(), &mut out).expect("the name is short");
    let mut left: usize = pieces.iter().map(|piece| piece.len()).sum();
    for piece in pieces {
        let mut input = *piece;
        let received = tunnel.receive(&mut input, &mut out);
        left -= piece.len() - input.len();
        if let Some(end) = received.transpose() {
            return (Some(end.map(drop)), left, out);
        }
        assert!(input.is_empty(), "all is taken when more is needed");
    }
    (None, left, out)
}

fn check_http(data: &[u8], (end, left, _): &Course) {
    let mut at = 0;
    let last = loop {
        match http::response(&data[at..]) {
            Some((head, _)) if matches!(head.start, Start::Response { status: 100 | 102..=199, .. }) => {
                at += head.len;
            }
            other => break other.map(|(head, _)| head),
        }
    };
    match (end, last) {
        (Some(Err(ProxyError::Head(fault))), Some(head)) => {
            assert!(is_stricter(*fault, &head, at + head.len), "{fault:?}");
        }
        (Some(Err(ProxyError::Head(_))) | None, None) => {}
        (Some(end), Some(head)) => {
            let Start::Response { status, .. } = head.start else { panic!("{head:?}") };
            assert_eq!(end.is_ok(), (200..300).contains(&status));
            let fault = end.as_ref().err();
            assert_eq!(matches!(fault, Some(ProxyError::AuthenticationRequired(_))), status == 407);
            assert!(fault.is_none_or(|fault| fault.status() == Some(status)));
            assert_eq!(*left, data.len() - at - head.len, "what follows is the server's");
        }
        other => panic!("{other:?}"),
    }
}

/// How a SOCKS5 proxy's tunnel ends: whether it is open, how many bytes were taken until then, and what was written.
type Told = (Option<bool>, usize, Vec<u8>);

fn told((end, left, out): &Course) -> (Option<bool>, usize, Vec<u8>) {
    (end.as_ref().map(Result::is_ok), *left, out.clone())
}

/// RFC 1928 and RFC 1929, read byte by byte, with what is left of `data`.
fn socks(data: &[u8], has_password: bool) -> Told {
    let mut out = if has_password { b"\x05\x02\x00\x02".to_vec() } else { b"\x05\x01\x00".to_vec() };
    let mut bytes = data.iter().copied();
    let end = answers(&mut bytes, has_password, &mut out);
    (end, bytes.len(), out)
}

fn answers(bytes: &mut impl Iterator<Item = u8>, has_password: bool, out: &mut Vec<u8>) -> Option<bool> {
    if bytes.next()? != 5 {
        return Some(false);
    }
    match bytes.next()? {
        0 => {}
        2 if has_password => {
            out.extend_from_slice(b"\x01\x04user\x08password");
            if bytes.next()? != 1 || bytes.next()? != 0 {
                return Some(false);
            }
        }
        _ => return Some(false),
    }
    out.extend_from_slice(b"\x05\x01\x00\x03\x04host\x00\x50");
    if bytes.next()? != 5 || bytes.next()? != 0 {
        return Some(false);
    }
    bytes.next()?;
    let len = match bytes.next()? {
        1 => 4,
        3 => usize::from(bytes.next()?),
        4 => 16,
        _ => return Some(false),
    };
    for _ in 0..len + 2 {
        bytes.next()?;
    }
    Some(true)
}
