//! RFC 6455 §4.1, RFC 9110 §15.4, RFC 3986 §5: redirects.

use super::*;
use crate::handshake::{Answer, ClientRequest, Response};

const NONCE: [u8; 16] = *b"the sample nonce";

/// An answer of this status with these further lines, as a client receives it.
fn answer(status: u16, lines: &str) -> Response {
    let mut handshake = ClientRequest::new(&uri("ws://h/")).start(NONCE, &mut Vec::new());
    let head = format!("HTTP/1.1 {status} x\r\nContent-Length: 0\r\n{lines}\r\n");
    match handshake.receive(&mut head.as_bytes()).unwrap() {
        Some(Answer::Refused(response)) => response,
        other => panic!("{other:?}"),
    }
}

fn follow(from: &str, location: &str) -> Result<String, RedirectError> {
    let answer = answer(302, &format!("Location: {location}\r\n"));
    let redirect = Redirects::new(1).follow(&uri(from), &answer)?;
    Ok(redirect.expect("it is a redirect").uri().to_string())
}

#[test]
fn five_statuses_are_redirects() {
    for status in 200..=599 {
        let answer = answer(status, "Location: /new\r\n");
        let redirect = Redirects::new(1).follow(&uri("ws://h/old"), &answer).unwrap();
        let is_one = [301, 302, 303, 307, 308].contains(&status);
        assert_eq!(redirect.is_some(), is_one, "{status}");
    }
}

#[test]
fn http_stands_for_ws() {
    for (from, location, to) in [
        ("ws://h/", "ws://other/x", "ws://other/x"),
        ("ws://h/", "wss://other/x", "wss://other/x"),
        ("ws://h/", "HTTP://Other/x", "ws://other/x"),
        ("ws://h/", "https://other", "wss://other/"),
        ("wss://h/", "https://other:443?q", "wss://other/?q"),
        ("ws://h/", "http://other:8080/a#fragment", "ws://other:8080/a"),
    ] {
        assert_eq!(follow(from, location).as_deref(), Ok(to), "{location}");
    }
}

/// The examples of RFC 3986 §5.4, at `ws://a/b/c/d;p?q` and without its fragments, which a ws URI has not.
#[test]
fn references_are_resolved() {
    for (reference, to) in [
        ("g", "ws://a/b/c/g"),
        ("./g", "ws://a/b/c/g"),
        ("g/", "ws://a/b/c/g/"),
        ("/g", "ws://a/g"),
        ("//g", "ws://g/"),
        ("?y", "ws://a/b/c/d;p?y"),
        ("g?y", "ws://a/b/c/g?y"),
        ("#s", "ws://a/b/c/d;p?q"),
        ("g#s", "ws://a/b/c/g"),
        ("g?y#s", "ws://a/b/c/g?y"),
        (";x", "ws://a/b/c/;x"),
        ("g;x", "ws://a/b/c/g;x"),
        ("g;x?y#s", "ws://a/b/c/g;x?y"),
        ("", "ws://a/b/c/d;p?q"),
        (".", "ws://a/b/c/"),
        ("./", "ws://a/b/c/"),
        ("..", "ws://a/b/"),
        ("../", "ws://a/b/"),
        ("../g", "ws://a/b/g"),
        ("../..", "ws://a/"),
        ("../../", "ws://a/"),
        ("../../g", "ws://a/g"),
        ("../../../g", "ws://a/g"),
        ("../../../../g", "ws://a/g"),
        ("/./g", "ws://a/g"),
        ("/../g", "ws://a/g"),
        ("g.", "ws://a/b/c/g."),
        (".g", "ws://a/b/c/.g"),
        ("g..", "ws://a/b/c/g.."),
        ("..g", "ws://a/b/c/..g"),
        ("./../g", "ws://a/b/g"),
        ("./g/.", "ws://a/b/c/g/"),
        ("g/./h", "ws://a/b/c/g/h"),
        ("g/../h", "ws://a/b/c/h"),
        ("g;x=1/./y", "ws://a/b/c/g;x=1/y"),
        ("g;x=1/../y", "ws://a/b/c/y"),
        ("g?y/./x", "ws://a/b/c/g?y/./x"),
        ("g?y/../x", "ws://a/b/c/g?y/../x"),
        ("g#s/../x", "ws://a/b/c/g"),
        // And others.
        ("?", "ws://a/b/c/d;p?"),
        ("./g:h", "ws://a/b/c/g:h"),
        ("g?a:b", "ws://a/b/c/g?a:b"),
        ("//g:8080/../x?y", "ws://g:8080/x?y"),
        ("ws://g/a/../../b/./c/..", "ws://g/b/"),
        ("/a//b/", "ws://a/a//b/"),
        ("//[::1]:90/x", "ws://[::1]:90/x"),
    ] {
        assert_eq!(follow("ws://a/b/c/d;p?q", reference).as_deref(), Ok(to), "{reference:?}");
    }
    assert_eq!(follow("ws://[::1]:8080/x/y", "z").as_deref(), Ok("ws://[::1]:8080/x/z"));
    assert_eq!(follow("ws://a/x?p=/q/r", "z").as_deref(), Ok("ws://a/z"));
}

#[test]
fn where_no_websocket_can_be_is_not_followed() {
    for (location, fault) in [
        ("g:h", RedirectError::Scheme),
        ("ftp://h/", RedirectError::Scheme),
        ("javascript:alert(1)", RedirectError::Scheme),
        ("file:///etc/passwd", RedirectError::Scheme),
        ("http:g", RedirectError::Scheme),
        ("http:///path", RedirectError::Location(UriError::Host)),
        ("//", RedirectError::Location(UriError::Host)),
        ("http://user:pw@h/", RedirectError::Location(UriError::UserInfo)),
        ("http://h:0/", RedirectError::Location(UriError::Port)),
        ("/a b", RedirectError::Location(UriError::Resource)),
        ("/%zz", RedirectError::Location(UriError::Resource)),
        ("/caf\u{e9}", RedirectError::Location(UriError::Resource)),
        ("//h\u{e9}/", RedirectError::Location(UriError::NonAsciiHost)),
    ] {
        assert_eq!(follow("ws://a/b", location), Err(fault.clone()), "{location}");
    }
}

#[test]
fn each_fault_has_its_text() {
    for (fault, text) in [
        (RedirectError::LocationMissing, "the server redirects without a Location (RFC 9110 §10.2.2)"),
        (RedirectError::LocationRepeated, "the server redirects with several Locations (RFC 9110 §10.2.2)"),
        (
            RedirectError::Location(UriError::Port),
            "the server redirects to what is no address: the URI's port is not a number from 1 to 65535 (RFC 3986 §3.2.3)",
        ),
        (
            RedirectError::Scheme,
            "the server redirects to something other than ws, wss, http or https (RFC 6455 §3)",
        ),
        (
            RedirectError::Downgrade,
            "the server redirects from wss to ws, which is not secure (RFC 6455 §10.6)",
        ),
        (RedirectError::TooMany(7), "more than 7 redirects (RFC 9110 §15.4)"),
    ] {
        assert_eq!(fault.to_string(), text);
    }
}

#[test]
fn there_is_one_location() {
    let from = uri("ws://h/");
    let mut redirects = Redirects::new(1);
    assert_eq!(redirects.follow(&from, &answer(302, "")), Err(RedirectError::LocationMissing));
    let two = answer(302, "Location: /a\r\nLocation: /a\r\n");
    assert_eq!(redirects.follow(&from, &two), Err(RedirectError::LocationRepeated));
}

#[test]
fn a_secure_connection_is_not_made_an_open_one() {
    for location in ["ws://h/", "http://h/", "http://other/"] {
        assert_eq!(follow("wss://h/", location), Err(RedirectError::Downgrade), "{location}");
    }
    assert!(follow("wss://h/", "//other/").unwrap().starts_with("wss:"));
}

#[test]
fn circles_end_at_the_limit() {
    let from = uri("ws://h/");
    let circle = answer(301, "Location: /\r\n");
    let mut redirects = Redirects::new(3);
    for _ in 0..3 {
        assert_eq!(redirects.follow(&from, &circle).unwrap().unwrap().uri(), &from);
    }
    for _ in 0..2 {
        assert_eq!(redirects.follow(&from, &circle), Err(RedirectError::TooMany(3)));
    }
    assert_eq!(redirects.follow(&from, &answer(403, "")), Ok(None), "that is no redirect");
    assert_eq!(Redirects::new(0).follow(&from, &circle), Err(RedirectError::TooMany(0)));
}

#[test]
fn what_lets_somebody_in_stays_at_its_origin() {
    let from = uri("ws://example.com/old");
    let mut request = ClientRequest::new(&from).subprotocol("chat").unwrap().origin("http://page").unwrap();
    for name in ["authorization", "Cookie", "COOKIE", "Proxy-Authorization", "X-Trace", "X-Cookie"] {
        request = request.header(name, "value").unwrap();
    }
    let sent = |location: &str| {
        let answer = answer(307, &format!("Location: {location}\r\n"));
        let redirect = Redirects::new(1).follow(&from, &answer).unwrap().unwrap();
        let mut out = Vec::new();
        redirect.request(&request).start(NONCE, &mut out);
        (redirect.crosses_origin(), String::from_utf8(out).unwrap())
    };
    let (crosses, same) = sent("http://EXAMPLE.com:80/new?x");
    assert!(!crosses && same.starts_with("GET /new?x HTTP/1.1\r\nHost: example.com\r\n"), "{same}");
    assert_eq!(same.matches(": value\r\n").count(), 6, "{same}");
    for (location, host) in [
        ("//other/", "other"),
        ("//sub.example.com/", "sub.example.com"),
        ("//example.com:8080/", "example.com:8080"),
        ("https://example.com/", "example.com"),
    ] {
        let (crosses, other) = sent(location);
        assert!(crosses && other.starts_with(&format!("GET / HTTP/1.1\r\nHost: {host}\r\n")), "{other}");
        let left: Vec<_> = other.lines().filter_map(|line| line.strip_suffix(": value")).collect();
        assert_eq!(left, ["X-Trace", "X-Cookie"], "{location}");
        assert!(
            other.contains("Sec-WebSocket-Protocol: chat\r\n") && other.contains("Origin: http://page\r\n")
        );
    }
}
