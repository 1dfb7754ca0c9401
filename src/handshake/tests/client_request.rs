//! RFC 6455 §4.1: the bytes of the request, and what the caller may put into it.

use super::*;

fn request(uri: &str) -> ClientRequest {
    ClientRequest::new(&Uri::parse(uri).unwrap())
}

fn text_of(request: &ClientRequest) -> String {
    written(|out| drop(request.start(NONCE, out)))
}

#[test]
fn the_plain_request() {
    assert_eq!(
        text_of(&request("ws://example.com/chat")),
        "GET /chat HTTP/1.1\r\n\
         Host: example.com\r\n\
         Upgrade: websocket\r\n\
         Connection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Sec-WebSocket-Version: 13\r\n\
         \r\n",
    );
}

#[test]
fn the_request_with_everything() {
    let offer = Extension::new("foo").unwrap().param("a", Some("1")).unwrap();
    let request = request("ws://example.com:8080?x")
        .subprotocol("chat")
        .unwrap()
        .subprotocol("superchat")
        .unwrap()
        .extension(offer)
        .extension(Extension::new("foo").unwrap())
        .origin("https://a")
        .unwrap()
        .header("Authorization", "Bearer x")
        .unwrap()
        .header("Cookie", "a=1")
        .unwrap();
    assert_eq!(
        text_of(&request),
        "GET /?x HTTP/1.1\r\n\
         Host: example.com:8080\r\n\
         Upgrade: websocket\r\n\
         Connection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Sec-WebSocket-Version: 13\r\n\
         Origin: https://a\r\n\
         Sec-WebSocket-Protocol: chat, superchat\r\n\
         Sec-WebSocket-Extensions: foo; a=1, foo\r\n\
         Authorization: Bearer x\r\n\
         Cookie: a=1\r\n\
         \r\n",
    );
}

#[test]
fn target_and_host_for_many_uris() {
    for (uri, target, host) in [
        ("ws://h", "/", "h"),
        ("ws://h?x=1", "/?x=1", "h"),
        ("ws://h/a?b", "/a?b", "h"),
        ("ws://h:8080/", "/", "h:8080"),
        ("ws://[::1]:9/", "/", "[::1]:9"),
        ("wss://h:443/", "/", "h"),
        ("ws://h/p%23f", "/p%23f", "h"),
    ] {
        let text = text_of(&request(uri));
        assert!(text.starts_with(&format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n")), "{text}");
    }
}

#[test]
fn a_server_takes_what_a_client_sends() {
    let request = request("ws://[::1]:9/a?b").subprotocol("chat").unwrap().origin("http://[::1]:9").unwrap();
    let (received, left) = receive(text_of(&request)).unwrap();
    let received = received.unwrap();
    assert_eq!(left, 0);
    assert!(OriginPolicy::SameHost.check(&received).is_ok());
    let upgrade = Upgrade::from_request(&received).unwrap();
    assert_eq!((upgrade.key(), upgrade.origin()), (KEY, Some("http://[::1]:9")));
}

#[test]
fn subprotocols_are_distinct_tokens() {
    for bad in ["", "a b", "a,b", "a/b", "\u{e9}", "a\r\nb", "a\"", "a;", "a=b", "{a}"] {
        let fault = request("ws://h").subprotocol(bad).unwrap_err();
        assert_eq!(fault, BuildError::SubprotocolToken(bad.into()));
    }
    let twice = request("ws://h").subprotocol("a").unwrap().subprotocol("a");
    assert_eq!(twice.unwrap_err(), BuildError::SubprotocolRepeated("a".into()));
    assert!(request("ws://h").subprotocol("a").unwrap().subprotocol("A").is_ok());
}

#[test]
fn headers_of_the_handshake_are_not_the_callers() {
    for name in [
        "Host",
        "host",
        "Upgrade",
        "CONNECTION",
        "Origin",
        "Sec-WebSocket-Key",
        "sec-websocket-version",
        "Sec-WebSocket-Protocol",
        "Sec-WebSocket-Extensions",
        "Content-Length",
        "Transfer-Encoding",
        "TE",
        "Expect",
    ] {
        assert_eq!(request("ws://h").header(name, "x").unwrap_err(), BuildError::ReservedHeader(name.into()));
    }
}

#[test]
fn nothing_can_start_another_line() {
    for value in ["a\r\nb", "a\nb", "a\rb", "a\0b"] {
        assert_eq!(request("ws://h").header("X", value).unwrap_err(), BuildError::HeaderValue("X".into()));
        assert_eq!(request("ws://h").origin(value).unwrap_err(), BuildError::Origin(value.into()));
        assert!(request("ws://h").header(value, "x").is_err());
    }
    assert_eq!(request("ws://h").origin("").unwrap_err(), BuildError::Origin(String::new()));
    assert_eq!(
        request("ws://h").origin("http://\u{e9}").unwrap_err(),
        BuildError::Origin("http://\u{e9}".into())
    );
}

#[test]
fn output_is_appended() {
    let mut out = Vec::from(*b"CONNECT");
    let _ = request("ws://h").start(NONCE, &mut out);
    assert!(out.starts_with(b"CONNECTGET / HTTP/1.1\r\n"));
}

#[cfg(feature = "std")]
#[test]
fn a_thousand_keys_are_fresh_and_of_16_octets() {
    let request = request("ws://h");
    let mut keys = alloc::collections::BTreeSet::new();
    for _ in 0..1000 {
        let text = written(|out| drop(request.start_with_os_nonce(out).unwrap()));
        let received = receive_once(&text);
        // An `Upgrade` has no other keys than those of 16 octets.
        keys.insert(String::from(Upgrade::from_request(&received).unwrap().key()));
    }
    assert_eq!(keys.len(), 1000);
}

#[cfg(feature = "std")]
fn receive_once(text: &str) -> Request {
    ServerHandshake::new(HeadLimits::default()).receive(&mut text.as_bytes()).unwrap().unwrap()
}
