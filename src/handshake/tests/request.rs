//! RFC 9112 §3, §6: what every request must keep, also one for plain HTTP.

use super::*;

fn plain(fields: &[(&str, &str)]) -> Result<Request, RequestError> {
    receive(head("GET /index.html HTTP/1.1", fields)).unwrap().0
}

#[test]
fn plain_http_is_a_request_that_asks_for_no_websocket() {
    let request = plain(&[("Host", "h"), ("Accept", "*/*")]).unwrap();
    assert!(!request.asks_for_websocket());
    assert_eq!((request.path(), request.query(), request.host()), ("/index.html", None, Some("h")));
    assert_eq!(request.version(), HttpVersion::Http11);
    assert!(!plain(&[("Host", "h"), ("Upgrade", "h2c")]).unwrap().asks_for_websocket());
}

#[test]
fn any_sign_of_a_websocket_asks_for_one() {
    for (name, value) in
        [("upgrade", "h2c, WebSocket"), ("Sec-WebSocket-Key", "x"), ("sec-websocket-version", "8")]
    {
        assert!(plain(&[("Host", "h"), (name, value)]).unwrap().asks_for_websocket(), "{name}");
    }
}

#[test]
fn there_is_one_host_and_it_is_valid() {
    assert_eq!(plain(&[]), Err(RequestError::HostMissing));
    assert_eq!(plain(&[("Host", "h"), ("Host", "h")]), Err(RequestError::HostRepeated));
    assert_eq!(plain(&[("Host", "h"), ("host", "other")]), Err(RequestError::HostRepeated));
    for bad in [
        "", "a b", "a/b", "u@h", "h:x", "h:70000", "h:0", "h:80:80", "[::1", "[::g]", "::1", "h\u{e9}",
        "[::1]x", "%zz",
    ] {
        assert_eq!(plain(&[("Host", bad)]), Err(RequestError::HostInvalid), "{bad}");
    }
    for good in ["h", "H.example", "h:8080", "h:", "127.0.0.1:1", "[::1]", "[::1]:65535", "a_b", "%41"] {
        assert_eq!(plain(&[("Host", good)]).unwrap().host(), Some(good));
    }
}

#[test]
fn http_1_0_may_leave_the_host_out() {
    let request = receive("GET / HTTP/1.0\r\n\r\n").unwrap().0.unwrap();
    assert_eq!((request.host(), request.version()), (None, HttpVersion::Http10));
}

#[test]
fn a_later_minor_version_is_read_as_1_1() {
    let request = receive("GET / HTTP/1.2\r\nHost: h\r\n\r\n").unwrap().0.unwrap();
    assert_eq!(request.version(), HttpVersion::Http11);
    assert_eq!(
        [HttpVersion::Http10, HttpVersion::Http11].map(|it| format!("{it}")),
        ["HTTP/1.0", "HTTP/1.1"]
    );
}

#[test]
fn an_absolute_target_names_the_host() {
    let text = "GET http://a:81/b/c?d?e HTTP/1.1\r\nHost: other\r\n\r\n";
    let request = receive(text).unwrap().0.unwrap();
    assert_eq!((request.host(), request.path(), request.query()), (Some("a:81"), "/b/c", Some("d?e")));
    let request = receive("GET http://a?x HTTP/1.1\r\nHost: a\r\n\r\n").unwrap().0.unwrap();
    assert_eq!((request.path(), request.query()), ("/", Some("x")));
}

#[test]
fn other_methods_have_targets_of_their_own() {
    assert!(receive("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n").unwrap().0.is_ok());
    assert!(receive("CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n").unwrap().0.is_ok());
    for line in ["OPTIONS x HTTP/1.1", "GET * HTTP/1.1", "CONNECT / HTTP/1.1"] {
        assert!(receive(format!("{line}\r\nHost: h\r\n\r\n")).unwrap().0.is_err(), "{line}");
    }
}

#[test]
fn headers_are_equal_when_all_of_them_are() {
    let headers = |fields: &[(&str, &str)]| {
        let request = Request::from_fields("GET", "/", fields.iter().copied()).unwrap();
        request.headers().clone()
    };
    let one = headers(&[("Host", "h"), ("A", "b")]);
    assert_eq!((one.len(), one.is_empty()), (2, false));
    let none = receive("GET / HTTP/1.0\r\n\r\n").unwrap().0.unwrap();
    assert_eq!((none.headers().len(), none.headers().is_empty()), (0, true));
    assert_eq!(one, headers(&[("Host", "h"), ("A", "b")]));
    for other in [&[("Host", "h")][..], &[("Host", "h"), ("A", "c")], &[("A", "b"), ("Host", "h")]] {
        assert_ne!(one, headers(other));
    }
}

#[test]
fn a_request_with_a_body_is_refused_before_a_byte_of_it_is_read() {
    // The body looks like a frame.
    let frame = "\u{1}\u{2}hi";
    for (name, value, fault, status) in [
        ("Transfer-Encoding", "chunked", RequestError::TransferEncoding, 411),
        ("transfer-encoding", "", RequestError::TransferEncoding, 411),
        ("Content-Length", "4", RequestError::Body, 413),
        ("Content-Length", "99999999999999999999999", RequestError::Body, 413),
        ("Content-Length", "-1", RequestError::ContentLength, 400),
        ("Content-Length", "", RequestError::ContentLength, 400),
        ("Content-Length", "0, 4", RequestError::ContentLength, 400),
    ] {
        let text = head("GET / HTTP/1.1", &with(&GOOD, name, &[value])) + frame;
        let (outcome, left) = receive(text).unwrap();
        assert_eq!(outcome, Err(fault), "{name}: {value}");
        assert_eq!(outcome.unwrap_err().status(), status);
        assert_eq!(left, frame.len());
    }
    assert_eq!(plain(&with(&GOOD, "Content-Length", &["0", "4"])), Err(RequestError::Body));
    assert!(plain(&with(&GOOD, "Content-Length", &["0"])).is_ok());
}

#[test]
fn a_second_origin_cannot_hide_behind_the_first() {
    assert_eq!(plain(&with(&GOOD, "Origin", &["http://a", "http://b"])), Err(RequestError::OriginInvalid));
    assert_eq!(plain(&with(&GOOD, "Origin", &["http://\u{e9}"])), Err(RequestError::OriginInvalid));
    assert_eq!(plain(&with(&GOOD, "Origin", &["http://a"])).unwrap().origin(), Some("http://a"));
}

#[test]
fn fields_of_another_stack_are_checked_the_same() {
    let fields = with(&GOOD, "Origin", &["http://a"]);
    let received = receive(head("GET /chat HTTP/1.1", &fields)).unwrap().0;
    assert_eq!(Request::from_fields("GET", "/chat", fields), received);

    let none: [(&str, &str); 0] = [];
    assert_eq!(Request::from_fields("GET", "/", none), Err(RequestError::HostMissing));
    let fault =
        |method, target, name, value| Request::from_fields(method, target, [("Host", "h"), (name, value)]);
    assert_eq!(fault("G T", "/", "A", "b"), Err(HeadError::Method.into()));
    assert_eq!(fault("GET", "/ x", "A", "b"), Err(HeadError::Target.into()));
    assert_eq!(fault("GET", "/\r\nX: y", "A", "b"), Err(HeadError::Target.into()));
    assert_eq!(fault("GET", "/", "A b", "b"), Err(HeadError::HeaderName.into()));
    assert_eq!(fault("GET", "/", "A", "b\r\nc: d"), Err(HeadError::HeaderValue.into()));
    assert_eq!(fault("GET", "/", "A", "b\0"), Err(HeadError::HeaderValue.into()));
    assert_eq!(fault("GET", "/", "A", " b ").unwrap().headers().get("a"), Some("b"));
    assert_eq!(fault("GET", "/", "Host", "h"), Err(RequestError::HostRepeated));
    assert_eq!(fault("GET", "/", "Content-Length", "1"), Err(RequestError::Body));
}

#[test]
fn a_request_can_be_shown_without_what_lets_somebody_in() {
    let fields = [("Host", "h"), ("authorization", "Bearer abc"), ("Cookie", "id=abc"), ("X", "y\u{e9}")];
    let request = Request::from_fields("GET", "/", fields).unwrap();
    let shown = alloc::format!("{request:?}");
    assert!(shown.contains("authorization") && shown.contains("Cookie") && shown.contains("\\xc3\\xa9"));
    assert!(!shown.contains("abc"), "{shown}");
}
