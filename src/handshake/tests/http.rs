//! The types of the `http` crate, from ours and back.

use alloc::string::ToString;

use ::http::header::HeaderValue;
use ::http::{HeaderMap, Version, request};
use proptest::prelude::*;

use super::*;

type Converted<T> = core::result::Result<T, ::http::Error>;

fn get(fields: &[(&str, &str)]) -> ::http::Request<()> {
    let mut request = ::http::Request::get("/chat?room=1");
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap()
}

/// What a request that was written comes to when its bytes are read.
fn read_request(bytes: &[u8]) -> Request {
    ServerHandshake::new(HeadLimits::default()).receive(&mut &*bytes).unwrap().unwrap()
}

fn sorted(headers: &Headers) -> Vec<(String, Vec<u8>)> {
    let mut fields: Vec<_> =
        headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.to_vec())).collect();
    // By name, as values of the same name have to keep their order.
    fields.sort_by(|one, other| one.0.cmp(&other.0));
    fields
}

#[test]
fn a_request_of_another_stack_opens_a_websocket() {
    let fields = with(&GOOD, "Sec-WebSocket-Protocol", &["a, b", "c"]);
    let request = get(&fields);
    let ours = Request::try_from(&request).unwrap();
    assert_eq!((ours.method(), ours.target(), ours.version()), ("GET", "/chat?room=1", HttpVersion::Http11));
    assert_eq!(Request::try_from(&request.into_parts().0).unwrap(), ours);
    let upgrade = Upgrade::from_request(&ours).unwrap();
    assert_eq!(upgrade.subprotocols().collect::<Vec<_>>(), ["a", "b", "c"]);

    let accept = upgrade.accept().subprotocol("b").unwrap().header("Set-Cookie", "a=1").unwrap();
    let accept = accept.header("Set-Cookie", "b=2").unwrap();
    let answer = ::http::Response::try_from(&accept).unwrap();
    assert_eq!(answer.status(), 101);
    let cookies: Vec<_> = answer.headers().get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["a=1", "b=2"]);
    assert_eq!(answer.headers()["sec-websocket-accept"], ACCEPT);
    assert_eq!(answer.headers()["sec-websocket-protocol"], "b");
    assert!(!answer.headers().contains_key("sec-websocket-extensions"));
    assert_same_fields(&accept, &answer);
}

/// As fields, the answer is what would have been written.
fn assert_same_fields(accept: &Accept, answer: &::http::Response<()>) {
    let mut written = Vec::new();
    accept.write(&mut written);
    let text = String::from_utf8(written).unwrap();
    let lines = text.split("\r\n").skip(1).filter(|line| !line.is_empty());
    let fields = lines.map(|line| line.split_once(": ").unwrap());
    let written = Headers::from_fields(fields).unwrap();
    assert_eq!(sorted(&written), sorted(&Headers::try_from(answer.headers()).unwrap()));
}

#[test]
fn rules_are_kept_whoever_parsed_the_head() {
    let refused = |request: ::http::Request<()>| Request::try_from(&request).unwrap_err();
    assert_eq!(refused(get(&without(&GOOD, "Host"))), RequestError::HostMissing);
    assert_eq!(refused(get(&with(&GOOD, "Host", &["a", "b"]))), RequestError::HostRepeated);
    assert_eq!(refused(get(&with(&GOOD, "Content-Length", &["5"]))), RequestError::Body);
    for version in [Version::HTTP_09, Version::HTTP_2, Version::HTTP_3] {
        let mut request = get(&GOOD);
        *request.version_mut() = version;
        assert_eq!(refused(request), RequestError::Head(HeadError::HttpVersion));
    }
    let mut old = get(&GOOD);
    *old.version_mut() = Version::HTTP_10;
    let old = Request::try_from(&old).unwrap();
    assert_eq!(Upgrade::from_request(&old), Err(RequestError::HttpVersion));
}

#[test]
fn a_client_sends_what_it_would_have_written() {
    let uri = Uri::parse("ws://example.com:81/chat?x").unwrap();
    let plain = ClientRequest::new(&uri);
    let full = plain.clone().origin("http://o").unwrap().subprotocol("a").unwrap().subprotocol("b").unwrap();
    let full = full.extension(Extension::new("x").unwrap()).header("Cookie", "ü").unwrap();
    for client in [plain, full.header("cookie", "b").unwrap()] {
        let mut written = Vec::new();
        client.start(NONCE, &mut written);
        let written = read_request(&written);
        let (request, handshake) = client.start_http(NONCE).unwrap();
        let converted = Request::try_from(&request).unwrap();
        assert_eq!(sorted(converted.headers()), sorted(written.headers()));
        assert!(request.headers().iter().all(|(name, value)| value.is_sensitive() == (name == "cookie")));
        assert_eq!((converted.target(), converted.method()), (written.target(), written.method()));

        let answer = Upgrade::from_request(&converted).unwrap().accept();
        let answer = answer.first_subprotocol_of(&["b"]);
        let response = ::http::Response::try_from(&answer).unwrap();
        let Ok(Answer::Open(open)) = handshake.check_http(&response) else { panic!("it is not open") };
        assert_eq!(open.subprotocol(), answer.chosen_subprotocol());
        assert_eq!(::http::Response::try_from(&open).unwrap().headers(), response.headers());
    }
}

#[test]
fn an_answer_is_checked_whoever_parsed_it() {
    let uri = Uri::parse("ws://example.com/").unwrap();
    let (request, handshake) = ClientRequest::new(&uri).start_http(NONCE).unwrap();
    let accept = Upgrade::from_request(&Request::try_from(&request).unwrap()).unwrap().accept();
    let good = ::http::Response::try_from(&accept).unwrap();

    let mut wrong = good.clone();
    wrong.headers_mut().insert("sec-websocket-accept", HeaderValue::from_static("no"));
    assert_eq!(handshake.check_http(&wrong), Err(ResponseError::AcceptMismatch));
    let mut old = good.clone();
    *old.version_mut() = Version::HTTP_10;
    assert_eq!(handshake.check_http(&old), Err(ResponseError::HttpVersion));
    *old.version_mut() = Version::HTTP_2;
    assert_eq!(handshake.check_http(&old), Err(ResponseError::Head(HeadError::HttpVersion)));
    let mut repeated = good.clone();
    repeated.headers_mut().append("sec-websocket-accept", HeaderValue::from_static(ACCEPT));
    assert_eq!(handshake.check_http(&repeated), Err(ResponseError::AcceptRepeated));

    let refusal = ::http::Response::builder().status(301).header("location", "/x").body("moved").unwrap();
    let Ok(Answer::Refused(response)) = handshake.check_http(&refusal) else { panic!("not refused") };
    assert_eq!((response.status(), response.headers().get("Location")), (301, Some("/x")));
    let back = ::http::Response::try_from(&response).unwrap();
    assert_eq!((back.status(), back.headers()), (refusal.status(), refusal.headers()));
}

#[test]
fn a_refusal_is_sent_by_another_stack() {
    let refusal = RequestError::VersionUnsupported(8).response();
    let response = ::http::Response::<Vec<u8>>::try_from(&refusal).unwrap();
    assert_eq!(response.status(), 426);
    assert_eq!(response.headers()["connection"], "close, Upgrade");
    assert_eq!(response.headers()["sec-websocket-version"], "13");
    assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
    assert_eq!(response.headers()["content-length"], response.body().len().to_string().as_str());
    // And back.
    let written = |response: &HttpResponse| {
        let mut out = Vec::new();
        response.write(&mut out);
        String::from_utf8(out).unwrap().to_ascii_lowercase()
    };
    assert_eq!(written(&HttpResponse::try_from(response).unwrap()), written(&refusal));

    let empty = ::http::Response::<Vec<u8>>::try_from(&HttpResponse::new(204).unwrap().text("none")).unwrap();
    assert!(empty.body().is_empty() && !empty.headers().contains_key("content-length"));
}

#[test]
fn an_answer_of_another_stack_is_written() {
    let response = |name: &str, value: &[u8]| {
        let response = ::http::Response::builder().status(200).header("x-a", "1").header("x-a", "2");
        let response = response.header("content-length", "99").header("connection", "keep-alive");
        response.header(name, HeaderValue::from_bytes(value).unwrap()).body("hello").unwrap()
    };
    let mut out = Vec::new();
    HttpResponse::try_from(response("x-b", b"\xff")).unwrap().write(&mut out);
    let expected =
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\nx-a: 1\r\nx-a: 2\r\nx-b: \xff\r\n\r\nhello";
    assert_eq!(out.escape_ascii().to_string(), expected.escape_ascii().to_string());

    let refused = |name, value| HttpResponse::try_from(response(name, value)).unwrap_err();
    let chunked = refused("transfer-encoding", b"chunked");
    assert_eq!(chunked, BuildError::ReservedHeader("transfer-encoding".into()));
    assert_eq!(refused("content-type", b"\xff"), BuildError::HeaderValue("content-type".into()));
    let switching = ::http::Response::builder().status(101).body("").unwrap();
    assert_eq!(HttpResponse::try_from(switching), Err(BuildError::Status(101)));
}

#[test]
fn what_a_uri_of_http_cannot_hold_is_an_error() {
    let request = Request::from_fields("GET", "/<x>", [("Host", "a")]).unwrap();
    let converted: Converted<::http::Request<()>> = (&request).try_into();
    assert!(converted.unwrap_err().is::<::http::uri::InvalidUri>());
}

#[test]
fn uris_convert() {
    for text in ["ws://example.com/", "wss://example.com:8443/a?b=c", "ws://[::1]:9/x"] {
        let uri = Uri::parse(text).unwrap();
        let theirs = ::http::Uri::try_from(&uri).unwrap();
        assert_eq!((theirs.to_string().as_str(), Uri::try_from(&theirs).unwrap()), (text, uri));
    }
    assert_eq!(Uri::try_from(&::http::Uri::from_static("http://x/")), Err(UriError::Scheme));
    assert!(Uri::try_from(&::http::Uri::from_static("/x")).is_err());
}

/// A header map with names that repeat, and values of any bytes that one can hold.
fn header_map() -> impl Strategy<Value = HeaderMap> {
    let byte = prop_oneof![Just(b'\t'), 0x20..=0x7e_u8, 0x80..=0xff_u8];
    // Blanks around a value are not part of it.
    let value = proptest::collection::vec(byte, 0..12).prop_map(|bytes| bytes.trim_ascii().to_vec());
    proptest::collection::vec(("(x|y|[a-z!#$%&'*+.^_`|~0-9-]{1,6})", value), 0..8).prop_map(|fields| {
        let mut map = HeaderMap::new();
        for (name, value) in fields {
            let name = ::http::HeaderName::try_from(name).unwrap();
            map.append(name, HeaderValue::from_bytes(&value).unwrap());
        }
        map
    })
}

proptest! {
    #[test]
    fn headers_pass_unchanged(map in header_map()) {
        let headers = Headers::try_from(&map).unwrap();
        prop_assert_eq!(headers.len(), map.len());
        prop_assert_eq!(HeaderMap::try_from(&headers).unwrap(), map);
    }

    #[test]
    fn requests_pass_unchanged(map in header_map(), method in "[A-Z]{1,8}", path in "/[a-z/?=&%;,:@]{0,9}") {
        let mut request = ::http::Request::builder().method(method.as_str()).uri(path);
        request.headers_mut().unwrap().extend(map);
        request = request.header("host", "example.com:8080");
        let request = request.body(()).unwrap();
        // Either way the headers are the same, and what is refused is refused for a rule of HTTP's.
        if let Ok(ours) = Request::try_from(&request) {
            let back = ::http::Request::try_from(&ours).unwrap();
            prop_assert_eq!(back.headers(), request.headers());
            prop_assert_eq!((back.method(), back.uri()), (request.method(), request.uri()));
            let parts: request::Parts = back.into_parts().0;
            prop_assert_eq!(Request::try_from(&parts), Ok(ours));
        } else {
            prop_assert_eq!(method.as_str(), "CONNECT");
        }
    }

    #[test]
    fn any_request_of_ours_is_held_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        let target = [b"/".to_vec(), bytes].concat();
        let target = String::from_utf8_lossy(&target).into_owned();
        if let Ok(request) = Request::from_fields("GET", &target, [("Host", "a")]) {
            let converted: Converted<::http::Request<()>> = (&request).try_into();
            if let Ok(converted) = converted {
                prop_assert_eq!(converted.uri().to_string(), request.target());
            }
        }
    }
}
