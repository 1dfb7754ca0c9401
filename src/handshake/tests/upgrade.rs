//! RFC 6455 §4.2.1: each rule of the client's handshake, broken one at a time.

use super::*;

fn offered(name: &str, values: &[&str]) -> Result<Upgrade, RequestError> {
    upgrade(&with(&GOOD, name, values))
}

#[test]
fn a_valid_handshake_is_an_upgrade() {
    let upgrade = upgrade(&GOOD).unwrap();
    assert_eq!((upgrade.key(), upgrade.origin()), (KEY, None));
    assert_eq!(upgrade.subprotocols().count(), 0);
    assert!(upgrade.extensions().is_empty());
}

#[test]
fn header_names_are_compared_without_regard_to_case() {
    for change in [str::to_ascii_lowercase, str::to_ascii_uppercase] {
        let names: Vec<String> = GOOD.iter().map(|(name, _)| change(name)).collect();
        let fields: Vec<_> =
            names.iter().zip(GOOD).map(|(name, (_, value))| (name.as_str(), value)).collect();
        assert!(upgrade(&fields).is_ok());
    }
}

#[test]
fn only_get_opens_a_websocket() {
    for method in ["POST", "HEAD", "OPTIONS", "get", "Get"] {
        let request = receive(head(&format!("{method} / HTTP/1.1"), &GOOD)).unwrap().0.unwrap();
        let fault = Upgrade::from_request(&request).unwrap_err();
        assert_eq!(fault, RequestError::NotGet);
        let response = written(|out| fault.response().write(out));
        assert!(response.starts_with("HTTP/1.1 405 Method Not Allowed\r\n"));
        assert!(response.contains("\r\nAllow: GET\r\n"));
    }
}

#[test]
fn http_1_0_cannot_switch_protocols() {
    let request = receive(head("GET / HTTP/1.0", &GOOD)).unwrap().0.unwrap();
    let fault = Upgrade::from_request(&request).unwrap_err();
    assert_eq!((fault, fault.status()), (RequestError::HttpVersion, 400));
}

#[test]
fn host_is_required() {
    let fault = upgrade(&without(&GOOD, "Host")).unwrap_err();
    assert_eq!((fault, fault.status()), (RequestError::HostMissing, 400));
}

#[test]
fn upgrade_lists_websocket() {
    assert_eq!(upgrade(&without(&GOOD, "Upgrade")), Err(RequestError::Upgrade));
    for bad in ["", "foo", "websocketx", "xwebsocket", "web socket", "\"websocket\"", "websocket/13"] {
        assert_eq!(offered("Upgrade", &[bad]), Err(RequestError::Upgrade), "{bad}");
    }
    for good in [
        &["WebSocket"][..],
        &["h2c, websocket"],
        &["h2c", "websocket"],
        &["websocket\t,h2c"],
        &[",websocket"],
    ] {
        assert!(offered("Upgrade", good).is_ok(), "{good:?}");
    }
}

#[test]
fn connection_lists_upgrade() {
    assert_eq!(upgrade(&without(&GOOD, "Connection")), Err(RequestError::Connection));
    for bad in ["", "close", "no-upgrade-please", "upgrades", "keep-alive Upgrade", "Upgrade;x"] {
        assert_eq!(offered("Connection", &[bad]), Err(RequestError::Connection), "{bad}");
    }
    for good in
        [&["upgrade"][..], &["keep-alive, Upgrade"], &["keep-alive", "UPGRADE"], &["Upgrade ,keep-alive"]]
    {
        assert!(offered("Connection", good).is_ok(), "{good:?}");
    }
}

#[test]
fn the_key_is_16_octets_of_canonical_base64() {
    assert_eq!(upgrade(&without(&GOOD, "Sec-WebSocket-Key")), Err(RequestError::KeyMissing));
    for bad in [
        "",
        "!!!!",
        "dGhlIHNhbXBsZSBubw==",         // 13 octets, which end as 16 do
        "dGhlIHNhbXBsZSBub25j",         // 15 octets
        "dGhlIHNhbXBsZSBub25jZWU=",     // 17 octets
        "dGhlIHNhbXBsZSBub25jZSBvZg==", // 19 octets
        "dGhlIHNhbXBsZSBub25jZQ",       // no padding
        "dGhlIHNhbXBsZSBub25jZQ=",
        "dGhlIHNhbXBsZSBub25jZR==", // bits left over
        "__79-_79-_79-_79-_79-w==", // the alphabet for URLs
        "dGhlIHNhbXBs ZSBub25jZQ==",
        "dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ==",
    ] {
        assert_eq!(offered("Sec-WebSocket-Key", &[bad]), Err(RequestError::KeyInvalid), "{bad}");
    }
}

#[test]
fn the_key_occurs_once() {
    let fault = offered("Sec-WebSocket-Key", &[KEY, KEY]).unwrap_err();
    assert_eq!((fault, fault.status()), (RequestError::KeyRepeated, 400));
}

#[test]
fn blanks_around_the_key_do_not_count() {
    let upgrade = offered("Sec-WebSocket-Key", &["  \tdGhlIHNhbXBsZSBub25jZQ== \t"]).unwrap();
    assert_eq!(upgrade.key(), KEY);
    assert!(written(|out| upgrade.accept().write(out)).contains(ACCEPT));
}

#[test]
fn the_version_is_13() {
    for (version, number) in [("8", 8), ("0", 0), ("12", 12), ("14", 14), ("255", 255)] {
        let fault = offered("Sec-WebSocket-Version", &[version]).unwrap_err();
        assert_eq!(fault, RequestError::VersionUnsupported(number));
        let response = written(|out| fault.response().write(out));
        assert!(response.starts_with("HTTP/1.1 426 Upgrade Required\r\n"));
        assert!(response.contains("\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"));
    }
    let fault = upgrade(&without(&GOOD, "Sec-WebSocket-Version")).unwrap_err();
    assert_eq!((fault, fault.status()), (RequestError::VersionMissing, 426));
}

#[test]
fn the_version_occurs_once_and_is_a_number() {
    let fault = offered("Sec-WebSocket-Version", &["13", "8"]).unwrap_err();
    assert_eq!((fault, fault.status()), (RequestError::VersionInvalid, 400));
    for bad in ["", "013", "+13", "13.0", "256", "13, 8", ",,", "\"13\"", "x"] {
        assert_eq!(offered("Sec-WebSocket-Version", &[bad]), Err(RequestError::VersionInvalid), "{bad}");
    }
}

#[test]
fn subprotocols_come_in_order_from_one_header_or_several() {
    for values in [&["chat, superchat"][..], &["chat", "superchat"], &["chat\t,superchat"]] {
        let upgrade = offered("Sec-WebSocket-Protocol", values).unwrap();
        assert_eq!(upgrade.subprotocols().collect::<Vec<_>>(), ["chat", "superchat"]);
    }
    for bad in ["", ",", ",,", "a,", ",a", "a,,b", "a b", "a;b", "a/b", "\u{e9}", "\"a\""] {
        let fault = offered("Sec-WebSocket-Protocol", &[bad]).unwrap_err();
        assert_eq!((fault, fault.status()), (RequestError::Subprotocols, 400), "{bad}");
    }
    assert_eq!(offered("Sec-WebSocket-Protocol", &["a", ""]), Err(RequestError::Subprotocols));
}

#[test]
fn extensions_come_in_order_from_one_header_or_several() {
    for values in [&["foo; a=1; b, bar"][..], &["foo; a=1; b", "bar"], &["foo;a=\"1\";b,bar"]] {
        let upgrade = offered("Sec-WebSocket-Extensions", values).unwrap();
        let texts: Vec<String> = upgrade.extensions().iter().map(|it| format!("{it}")).collect();
        assert_eq!(texts, ["foo; a=1; b", "bar"]);
    }
    let fault = offered("Sec-WebSocket-Extensions", &["foo", ",,"]).unwrap_err();
    assert_eq!((fault, fault.status()), (RequestError::Extensions, 400));
}

#[test]
fn a_client_of_another_version_is_told_of_13_before_its_key_is_judged() {
    let fields = with(&without(&GOOD, "Sec-WebSocket-Key"), "Sec-WebSocket-Version", &["0"]);
    assert_eq!(upgrade(&fields), Err(RequestError::VersionUnsupported(0)));
}

#[test]
fn bytes_behind_the_head_are_left() {
    let (request, left) = receive(head("GET / HTTP/1.1", &GOOD) + "\u{1}\u{0}").unwrap();
    assert!(Upgrade::from_request(&request.unwrap()).is_ok());
    assert_eq!(left, 2);
}
