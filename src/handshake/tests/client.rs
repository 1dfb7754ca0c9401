//! RFC 6455 §4.1: each rule of the server's answer, broken one at a time.

use super::*;

pub(super) const OPEN: [(&str, &str); 3] =
    [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", ACCEPT)];

pub(super) fn start(request: &ClientRequest) -> ClientHandshake {
    request.start(NONCE, &mut Vec::new())
}

pub(super) fn plain() -> ClientRequest {
    ClientRequest::new(&Uri::parse("ws://example.com/").unwrap())
}

/// A request that offers two subprotocols and two extensions.
pub(super) fn offering() -> ClientRequest {
    let request = plain().subprotocol("chat").unwrap().subprotocol("superchat").unwrap();
    request.extension(Extension::new("foo").unwrap()).extension(Extension::new("bar").unwrap())
}

/// What a client makes of `bytes`, at every cut, and the number of bytes left.
pub(super) fn answer(
    request: &ClientRequest,
    bytes: impl AsRef<[u8]>,
) -> Option<(Result<Answer, ResponseError>, usize)> {
    at_every_cut(bytes.as_ref(), || start(request), |client, input| client.receive(input).transpose())
}

/// What a client makes of a 101 with these fields, from bytes and from fields alike.
fn open(request: &ClientRequest, fields: &[(&str, &str)]) -> Result<Response, ResponseError> {
    let (from_bytes, left) = answer(request, head("HTTP/1.1 101 Switching Protocols", fields)).unwrap();
    assert_eq!(left, 0);
    let from_fields = start(request).check_fields(101, fields.iter().copied());
    let choice = |answer: Result<Answer, _>| match answer {
        Ok(Answer::Open(response)) => Ok(response),
        Ok(Answer::Refused(response)) => panic!("refused with {}", response.status()),
        Err(fault) => Err(fault),
    };
    let (from_bytes, from_fields) = (choice(from_bytes), choice(from_fields));
    let essence =
        |it: &Response| (it.headers().clone(), it.subprotocol().map(String::from), it.extensions().to_vec());
    assert_eq!(from_bytes.as_ref().map(essence), from_fields.as_ref().map(essence));
    from_bytes
}

fn opened(name: &'static str, values: &[&'static str]) -> Result<Response, ResponseError> {
    open(&offering(), &with(&OPEN, name, values))
}

#[test]
fn a_valid_answer_opens() {
    let response = open(&plain(), &OPEN).unwrap();
    assert_eq!((response.status(), response.reason()), (101, "Switching Protocols"));
    assert_eq!(response.subprotocol(), None);
    assert!(response.extensions().is_empty() && response.body().is_empty() && response.is_body_whole());
}

#[test]
fn header_names_are_compared_without_regard_to_case() {
    let text = head("HTTP/1.1 101 ", &OPEN);
    let (line, fields) = text.split_once("\r\n").unwrap();
    for fields in [
        fields.replace("Upgrade:", "uPGRADE:"),
        fields.replace("Sec-WebSocket-Accept", "SEC-WEBSOCKET-ACCEPT"),
    ] {
        let (outcome, _) = answer(&plain(), format!("{line}\r\n{fields}")).unwrap();
        assert!(matches!(outcome, Ok(Answer::Open(_))));
    }
}

#[test]
fn bytes_behind_the_head_are_left() {
    let text = head("HTTP/1.1 101 x", &OPEN) + "\u{1}\u{2}hi";
    let (outcome, left) = answer(&plain(), text).unwrap();
    assert!(matches!(outcome, Ok(Answer::Open(_))));
    assert_eq!(left, 4);
}

#[test]
fn upgrade_is_websocket_and_nothing_else() {
    assert_eq!(open(&plain(), &without(&OPEN, "Upgrade")), Err(ResponseError::Upgrade));
    for bad in ["", "foo", "websocketx", "h2c, websocket", "websocket, h2c"] {
        assert_eq!(open(&plain(), &with(&OPEN, "Upgrade", &[bad])), Err(ResponseError::Upgrade), "{bad}");
    }
    assert_eq!(open(&plain(), &with(&OPEN, "Upgrade", &["websocket", "foo"])), Err(ResponseError::Upgrade));
    assert!(open(&plain(), &with(&OPEN, "Upgrade", &["WebSocket"])).is_ok());
}

#[test]
fn connection_lists_upgrade() {
    assert_eq!(open(&plain(), &without(&OPEN, "Connection")), Err(ResponseError::Connection));
    for bad in ["", "close", "upgrades", "keep-alive Upgrade"] {
        assert_eq!(
            open(&plain(), &with(&OPEN, "Connection", &[bad])),
            Err(ResponseError::Connection),
            "{bad}"
        );
    }
    for good in [&["keep-alive, Upgrade"][..], &["keep-alive", "upgrade"]] {
        assert!(open(&plain(), &with(&OPEN, "Connection", good)).is_ok());
    }
}

#[test]
fn accept_answers_the_key_once_and_byte_for_byte() {
    let name = "Sec-WebSocket-Accept";
    let accept = |values: &[&str]| {
        let fields: Vec<_> =
            without(&OPEN, name).into_iter().chain(values.iter().map(|value| (name, *value))).collect();
        open(&plain(), &fields)
    };
    assert_eq!(accept(&[]), Err(ResponseError::AcceptMissing));
    for bad in [
        "",
        "x",
        KEY,
        &ACCEPT.to_ascii_lowercase(),
        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo",
        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=x",
    ] {
        assert_eq!(accept(&[bad]), Err(ResponseError::AcceptMismatch), "{bad}");
    }
    for repeated in [[ACCEPT, "x"], ["x", ACCEPT], [ACCEPT, ACCEPT]] {
        assert_eq!(accept(&repeated), Err(ResponseError::AcceptRepeated));
    }
    assert!(accept(&[" \t s3pPLMBiTxaQ9kYGzzhZRbK+xOo= \t"]).is_ok());
}

#[test]
fn a_subprotocol_is_one_of_those_offered() {
    let name = "Sec-WebSocket-Protocol";
    assert_eq!(opened(name, &["superchat"]).unwrap().subprotocol(), Some("superchat"));
    assert_eq!(open(&offering(), &OPEN).unwrap().subprotocol(), None);
    for bad in ["Chat", "chat2"] {
        assert_eq!(opened(name, &[bad]), Err(ResponseError::SubprotocolNotOffered(bad.into())));
    }
    for bad in ["", "chat, superchat", "chat,", "a b"] {
        assert_eq!(opened(name, &[bad]), Err(ResponseError::SubprotocolInvalid), "{bad}");
    }
    assert_eq!(opened(name, &["chat", "chat"]), Err(ResponseError::SubprotocolRepeated));
    let unasked = open(&plain(), &with(&OPEN, name, &["chat"]));
    assert_eq!(unasked, Err(ResponseError::SubprotocolNotOffered("chat".into())));
}

#[test]
fn extensions_are_among_those_offered() {
    let name = "Sec-WebSocket-Extensions";
    let response = opened(name, &["bar; x=\"1\", foo"]).unwrap();
    let texts: Vec<String> = response.extensions().iter().map(|it| format!("{it}")).collect();
    assert_eq!(texts, ["bar; x=1", "foo"]);
    for bad in ["permessage-deflate", "foo, permessage-deflate"] {
        assert_eq!(
            opened(name, &[bad]),
            Err(ResponseError::ExtensionNotOffered("permessage-deflate".into()))
        );
    }
    for bad in ["", ",,", "foo;;b", "=x", "foo;b=", "foo;b=\"x", "foo;b=\"x y\"", "foo bar"] {
        assert_eq!(opened(name, &[bad]), Err(ResponseError::ExtensionsInvalid), "{bad}");
    }
    assert_eq!(opened(name, &["foo", "bar"]), Err(ResponseError::ExtensionsRepeated));
    assert_eq!(opened(name, &["foo, foo"]), Err(ResponseError::ExtensionRepeated("foo".into())));
    let unasked = open(&plain(), &with(&OPEN, name, &["foo"]));
    assert_eq!(unasked, Err(ResponseError::ExtensionNotOffered("foo".into())));
}

#[test]
fn the_status_line_is_of_http_1_1() {
    let fault = |line: &str| answer(&plain(), head(line, &OPEN)).unwrap().0.unwrap_err();
    assert_eq!(fault("HTTP/1.0 101 x"), ResponseError::HttpVersion);
    assert_eq!(fault("HTTP/2.0 101 x"), HeadError::HttpVersion.into());
    for bad in [
        "HTTP/1.1 101",
        "HTTP/1.1  101 x",
        "HTTP/1.1 0101 x",
        "HTTP/1.1 10 x",
        "http/1.1 101 x",
        "HTTP/1.1 099 x",
        "ICY 200 OK",
        "x",
    ] {
        assert_eq!(fault(bad), HeadError::StartLine.into(), "{bad}");
    }
}

#[test]
fn another_protocol_is_known_by_its_first_bytes() {
    // None of these ends, or has a second line to come: who waits for it, waits until time runs out.
    for greeting in ["SSH-2.0-x\r\n", "2", "HTTB", "HTTP\r\n", "HTTP/1.1 100 Continue\r\n\r\n+OK"] {
        let (result, _) = answer(&plain(), greeting).expect("it is not waited for more");
        assert_eq!(result, Err(HeadError::StartLine.into()), "{greeting}");
    }
    assert!(answer(&plain(), "HTTP/").is_none() && answer(&plain(), "HTTP/1.1 100 x\r\n\r\nHTTP").is_none());
}

#[test]
fn the_head_of_an_answer_keeps_the_rules_of_any_head() {
    let fault = |text: &str| answer(&plain(), text).unwrap().0.unwrap_err();
    assert_eq!(fault("HTTP/1.1 101 x\nUpgrade: websocket\n\n"), HeadError::BareLf.into());
    assert_eq!(fault("HTTP/1.1 101 x\r\nA: b\r\n c\r\n\r\n"), HeadError::Folded.into());
    assert_eq!(fault("HTTP/1.1 101 x\r\nA : b\r\n\r\n"), HeadError::BlankBeforeColon.into());
    assert_eq!(fault("\r\nHTTP/1.1 101 x\r\n"), HeadError::StartLine.into());
    assert_eq!(fault("\u{16}\u{3}\u{1}"), HeadError::Control(0x16).into());
    let limits = HeadLimits { bytes: 100, headers: 2 };
    let limited = plain().limits(limits);
    let fault = |text: &str| answer(&limited, text).unwrap().0.unwrap_err();
    assert_eq!(fault(&head("HTTP/1.1 101 x", &OPEN)), HeadError::TooManyHeaders.into());
    assert_eq!(fault(&format!("HTTP/1.1 101 {}", "x".repeat(100))), HeadError::TooManyBytes.into());
}
