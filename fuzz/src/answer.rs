//! A client is given any bytes as the answer to its handshake: cut anywhere, they come to the same. Whatever head is accepted,
//! another parser reads in the same way. The connection is open when the rules of §4.1, read here once more, are kept; else
//! the body is what RFC 9112 §6.3 makes of the bytes behind the head.

use rfc6455::handshake::{
    Answer, ClientHandshake, ClientRequest, Extension, HeadError, Response, ResponseError, Uri,
};

use super::http::{self, Head, Start};
use super::{cuts, lists};

/// How much of the body of a refusal is kept.
const BODY_LIMIT: usize = 100;

pub fn run(data: &[u8]) {
    let whole = receive(&[data]);
    for pieces in cuts::ways(data) {
        assert_eq!(whole, receive(&pieces));
    }
    let (answer, rest) = whole;
    let mut at = 0;
    // RFC 9110 §15.2: interim answers come first.
    let last = loop {
        match http::response(&data[at..]) {
            Some((head, _)) if matches!(head.start, Start::Response { status: 100 | 102..=199, .. }) => {
                at += head.len
            }
            other => break other,
        }
    };
    match (answer, last) {
        (Ok(Answer::Open(response)), Some(head)) => {
            check_head(&response, &head, at);
            assert!(is_open(&head));
            assert_eq!(rest, data.len() - at - head.0.len, "what follows belongs to the connection");
        }
        (Ok(Answer::Refused(response)), Some(head)) => {
            check_head(&response, &head, at);
            let (body, is_whole) = body(&head.0, &data[at + head.0.len..]);
            let kept = body.len().min(BODY_LIMIT);
            assert_eq!(response.body(), &body[..kept]);
            assert_eq!(response.is_body_whole(), is_whole && body.len() <= BODY_LIMIT);
        }
        (Ok(answer), None) => panic!("{answer:?}"),
        (Err(ResponseError::Head(fault)), Some(head)) => {
            assert!(is_stricter(fault, &head.0, at + head.0.len), "{fault:?}");
        }
        (Err(fault), Some(head)) => {
            assert!(
                matches!(head.0.start, Start::Response { status: 101, .. }) && !is_open(&head),
                "{fault:?}"
            );
        }
        (Err(_), None) => {}
    }
}

fn start() -> ClientHandshake {
    let uri = Uri::parse("ws://example.com/chat").expect("it is one");
    let request = ClientRequest::new(&uri).subprotocol("chat").expect("it is a token");
    let request = request.extension(Extension::new("permessage-deflate").expect("it is a token"));
    // The nonce of §1.3, so that a corpus can hold the right answer.
    request.limits(http::limits()).body_limit(BODY_LIMIT).start(*b"the sample nonce", &mut Vec::new())
}

/// What came, up to the end of the transport if need be, and how many bytes were left.
fn receive(pieces: &[&[u8]]) -> (Result<Answer, ResponseError>, usize) {
    let mut handshake = start();
    let mut rest: usize = pieces.iter().map(|piece| piece.len()).sum();
    for piece in pieces {
        let mut input = *piece;
        let received = handshake.receive(&mut input);
        rest -= piece.len() - input.len();
        if let Some(answer) = received.transpose() {
            return (answer, rest);
        }
        assert!(input.is_empty(), "all is taken when more is needed");
    }
    (handshake.receive_eof(), rest)
}

fn check_head(response: &Response, (head, _): &(Head, u8), at: usize) {
    let limits = http::limits();
    assert!(at + head.len <= limits.bytes && head.fields.len() <= limits.headers);
    let fields: Vec<_> =
        response.headers().iter().map(|(name, value)| (name.to_owned(), value.to_vec())).collect();
    assert_eq!(fields, head.fields);
    let Start::Response { status, reason } = &head.start else { panic!("{head:?}") };
    assert_eq!(response.status(), *status);
    // RFC 9112 §4: the phrase may hold other bytes than ASCII; the other parser then gives none.
    assert!(response.reason() == reason || !response.reason().is_ascii());
}

/// §4.1: what a client checks.
fn is_open((head, minor): &(Head, u8)) -> bool {
    let (upgrade, protocol) = (head.values("Upgrade"), head.values("Sec-WebSocket-Protocol"));
    let extensions = head.values("Sec-WebSocket-Extensions");
    let chosen = lists::extensions(&extensions).filter(|_| extensions.len() <= 1);
    *minor == 1
        && matches!(head.start, Start::Response { status: 101, .. })
        && !upgrade.is_empty()
        && upgrade.iter().all(|value| value.eq_ignore_ascii_case("websocket"))
        && lists::has_word(&head.values("Connection"), "upgrade")
        && head.values("Sec-WebSocket-Accept") == ["s3pPLMBiTxaQ9kYGzzhZRbK+xOo="]
        && (protocol.is_empty() || protocol == ["chat"])
        && match chosen.as_deref() {
            Some([]) => true,
            Some([(name, _)]) => name == "permessage-deflate",
            _ => false,
        }
}

/// RFC 9112 §6.3: the body that `bytes` begin with, up to their end, and whether that is all of it.
fn body(head: &Head, bytes: &[u8]) -> (Vec<u8>, bool) {
    let (encodings, lengths) = (head.values("Transfer-Encoding"), head.values("Content-Length"));
    if matches!(head.start, Start::Response { status: 204 | 304, .. }) {
        (Vec::new(), true)
    } else if lists::has_word(&encodings, "chunked") {
        let mut body = Vec::new();
        let is_whole = chunks(bytes, &mut body).is_some();
        (body, is_whole)
    } else {
        let len = match &lengths[..] {
            [len] if encodings.is_empty() && len.bytes().all(|byte| byte.is_ascii_digit()) => {
                len.parse::<u64>().ok()
            }
            _ => None,
        };
        let body = bytes
            .iter()
            .copied()
            .take(len.map_or(usize::MAX, |len| usize::try_from(len).unwrap_or(usize::MAX)));
        let body: Vec<u8> = body.collect();
        let is_whole = len.is_none_or(|len| len == body.len() as u64);
        (body, is_whole)
    }
}

/// RFC 9112 §7.1: the data of chunks, up to the end of the bytes or a fault; `None` when there is one of these.
fn chunks(mut bytes: &[u8], body: &mut Vec<u8>) -> Option<()> {
    loop {
        let (size, rest) = line(bytes)?;
        let digits = size.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        let (digits, extension) = size.split_at(digits);
        if digits.len() > 16 || !matches!(extension, [] | [b';' | b' ' | b'\t', ..]) {
            return None;
        }
        let size = u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        if size == 0 {
            bytes = rest;
            break;
        }
        let here = rest.len().min(usize::try_from(size).unwrap_or(usize::MAX));
        body.extend_from_slice(&rest[..here]);
        bytes = rest[here..].strip_prefix(b"\r\n").filter(|_| here as u64 == size)?;
    }
    // The trailers, up to an empty line.
    loop {
        let (trailer, rest) = line(bytes)?;
        bytes = rest;
        if trailer.is_empty() {
            return Some(());
        }
    }
}

/// What is before the first CR or LF, if that is CRLF, and what is behind it.
fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n'))?;
    Some((&bytes[..end], bytes[end..].strip_prefix(b"\r\n")?))
}

/// Whether a head may be refused that another parser takes; so many bytes are in it and in the interim ones.
pub(super) fn is_stricter(fault: HeadError, head: &Head, bytes: usize) -> bool {
    match fault {
        // RFC 9112 §2.2: a line feed alone may be taken for the end of a line, and so may be refused. §4: the space behind the
        // status code is not optional.
        HeadError::BareLf | HeadError::StartLine => true,
        // RFC 6585 §5 names these limits for requests.
        HeadError::TooManyBytes => bytes > http::limits().bytes,
        HeadError::TooManyHeaders => head.fields.len() > http::limits().headers,
        _ => false,
    }
}
