//! RFC 6455 §4.2.2: the bytes of the answer, and what may be chosen.

use super::*;

fn offer() -> Accept {
    let fields = with(&GOOD, "Sec-WebSocket-Protocol", &["chat, superchat"]);
    let fields = with(&fields, "Sec-WebSocket-Extensions", &["foo; a=1, bar, foo"]);
    upgrade(&fields).unwrap().accept()
}

fn extension(name: &str) -> Extension {
    Extension::new(name).unwrap()
}

#[test]
fn the_plain_answer() {
    assert_eq!(
        written(|out| upgrade(&GOOD).unwrap().accept().write(out)),
        "HTTP/1.1 101 Switching Protocols\r\n\
         Upgrade: websocket\r\n\
         Connection: Upgrade\r\n\
         Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\
         \r\n",
    );
}

#[test]
fn the_answer_with_everything() {
    let accept = offer().subprotocol("superchat").unwrap();
    let accept = accept.extension(extension("bar")).unwrap();
    let accept = accept.extension(extension("foo").param("a", Some("2")).unwrap()).unwrap();
    let accept = accept.header("Set-Cookie", "a=1").unwrap().header("Set-Cookie", "b=2").unwrap();
    assert_eq!(accept.chosen_subprotocol(), Some("superchat"));
    assert_eq!(accept.chosen_extensions().len(), 2);
    assert_eq!(accept.upgrade().key(), KEY);
    let mut out = Vec::from(*b"before ");
    accept.write(&mut out);
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "before HTTP/1.1 101 Switching Protocols\r\n\
         Upgrade: websocket\r\n\
         Connection: Upgrade\r\n\
         Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\
         Sec-WebSocket-Protocol: superchat\r\n\
         Sec-WebSocket-Extensions: bar, foo; a=2\r\n\
         Set-Cookie: a=1\r\n\
         Set-Cookie: b=2\r\n\
         \r\n",
    );
}

#[test]
fn only_an_offered_subprotocol_can_be_chosen() {
    for name in ["Chat", "chat2", "", "chat, superchat"] {
        assert_eq!(offer().subprotocol(name), Err(BuildError::SubprotocolNotOffered(name.into())));
    }
    assert!(upgrade(&GOOD).unwrap().accept().subprotocol("chat").is_err());
}

#[test]
fn the_order_of_the_server_decides() {
    assert_eq!(
        offer().first_subprotocol_of(&["x", "superchat", "chat"]).chosen_subprotocol(),
        Some("superchat")
    );
    let names = [String::from("chat")];
    assert_eq!(offer().first_subprotocol_of(&names).chosen_subprotocol(), Some("chat"));
}

#[test]
fn without_a_match_there_is_no_header() {
    let accept = offer().first_subprotocol_of(&["x", "CHAT"]);
    assert_eq!(accept.chosen_subprotocol(), None);
    assert!(!written(|out| accept.write(out)).contains("Sec-WebSocket-Protocol"));
}

#[test]
fn only_offered_extensions_can_be_accepted_and_each_once() {
    assert_eq!(offer().extension(extension("baz")), Err(BuildError::ExtensionNotOffered("baz".into())));
    assert_eq!(offer().extension(extension("Foo")), Err(BuildError::ExtensionNotOffered("Foo".into())));
    let accept = offer().extension(extension("foo")).unwrap();
    assert_eq!(accept.extension(extension("foo")), Err(BuildError::ExtensionRepeated("foo".into())));
}

#[test]
fn headers_of_the_handshake_are_not_the_callers() {
    for name in [
        "Upgrade",
        "upgrade",
        "connection",
        "Sec-WebSocket-Accept",
        "sec-websocket-protocol",
        "SEC-WEBSOCKET-EXTENSIONS",
        "Sec-WebSocket-Anything",
        "Content-Length",
        "Transfer-Encoding",
        "Trailer",
        "Keep-Alive",
    ] {
        assert_eq!(offer().header(name, "x"), Err(BuildError::ReservedHeader(name.into())));
    }
}

#[test]
fn a_header_cannot_start_another_line() {
    for value in ["a\r\nb", "a\nb", "a\rb", "a\0b", "\u{7f}"] {
        assert_eq!(offer().header("X", value), Err(BuildError::HeaderValue("X".into())));
    }
    for name in ["", "a b", "a:", "a\r\nb", "\u{e9}"] {
        assert_eq!(offer().header(name, "x"), Err(BuildError::HeaderName(name.into())));
    }
}
