//! RFC 9112 §2-5: the syntax and the size of a head.

use super::*;
use alloc::string::ToString;

fn fault(bytes: impl AsRef<[u8]>) -> HeadError {
    match refusal(bytes) {
        RequestError::Head(fault) => fault,
        other => panic!("{other} is not a fault of the head"),
    }
}

#[test]
fn a_head_ends_at_the_empty_line_and_no_byte_further() {
    let text = head("GET /chat?a=b HTTP/1.1", &GOOD) + "\u{1}frame\r\n\r\n";
    let (request, left) = receive(&text).unwrap();
    let request = request.unwrap();
    assert_eq!(left, "\u{1}frame\r\n\r\n".len());
    assert_eq!((request.method(), request.target()), ("GET", "/chat?a=b"));
    assert_eq!((request.path(), request.query()), ("/chat", Some("a=b")));
    assert_eq!(request.headers().len(), 5);
}

#[test]
fn each_byte_is_taken_once_and_nothing_is_asked_again() {
    let text = head("GET / HTTP/1.1", &GOOD);
    let mut server = ServerHandshake::new(HeadLimits::default());
    for (at, byte) in text.bytes().enumerate() {
        let mut input: &[u8] = &[byte];
        let outcome = server.receive(&mut input).unwrap();
        assert!(input.is_empty());
        assert_eq!(outcome.is_some(), at + 1 == text.len());
    }
}

// RFC 6455 §4.2.1: if each byte made it look at all those before, this would take hours.
#[test]
fn a_head_of_a_byte_at_a_time_costs_no_quadratic_time() {
    let field = "x".repeat(1 << 22);
    let text = head("GET / HTTP/1.1", &[("Host", "h"), ("X", &field)]);
    let mut server = ServerHandshake::new(HeadLimits { bytes: text.len(), headers: 2 });
    for byte in text.as_bytes().iter().take(text.len() - 1) {
        assert_eq!(server.receive(&mut [*byte].as_slice()), Ok(None));
    }
    let request = server.receive(&mut b"\n".as_slice()).unwrap().unwrap();
    assert_eq!(request.headers().get("X").map(str::len), Some(field.len()));
}

#[test]
fn lines_end_in_cr_and_lf_together() {
    assert_eq!(fault("GET / HTTP/1.1\nHost: h\n\n"), HeadError::BareLf);
    assert_eq!(fault("GET / HTTP/1.1\r\nHost: h\n"), HeadError::BareLf);
    assert_eq!(fault("GET / HTTP/1.1\r\nHost: h\r\n\n"), HeadError::BareLf);
    assert_eq!(fault("GET / HTTP/1.1\rHost: h\r\r"), HeadError::BareCr);
    assert_eq!(fault("GET / HTTP/1.1\r\nHost: h\rX: y\r\n"), HeadError::BareCr);
    assert_eq!(fault("GET / HTTP/1.1\r\nHost: h\r\n\rX"), HeadError::BareCr);
    assert_eq!(fault("\rGET"), HeadError::BareCr);
}

#[test]
fn control_characters_are_refused_at_once() {
    for byte in (0..=0x1F).chain([0x7F]).filter(|byte| !b"\t\r\n".contains(byte)) {
        assert_eq!(fault([byte]), HeadError::Control(byte));
        assert_eq!(fault([b"GET / HTTP/1.1\r\nA: b".as_slice(), &[byte]].concat()), HeadError::Control(byte));
        assert_eq!(fault([b"GET /".as_slice(), &[byte]].concat()), HeadError::Control(byte));
    }
}

#[test]
fn values_hold_tabs_spaces_and_high_bytes_and_are_trimmed() {
    let text = b"GET / HTTP/1.1\r\nHost:h\r\nA: \t x\ty z \t\r\nB:\r\nC: \xFF\xFE\r\nc: later\r\n\r\n";
    let request = receive(text).unwrap().0.unwrap();
    let headers = request.headers();
    assert_eq!(headers.get("a"), Some("x\ty z"));
    assert_eq!(headers.get("b"), Some(""));
    assert_eq!(headers.get_bytes("C"), Some(b"\xFF\xFE".as_slice()));
    assert_eq!(headers.get("C"), Some("later"), "the first that is text");
    assert_eq!(headers.get("D"), None);
    let all: Vec<_> = headers.iter().collect();
    assert_eq!(all[0], ("Host", b"h".as_slice()));
    assert_eq!(all[4], ("c", b"later".as_slice()));
    assert_eq!(
        format!("{headers:?}"),
        r#"{"Host": "h", "A": "x\ty z", "B": "", "C": "\xff\xfe", "c": "later"}"#
    );
}

#[test]
fn header_names_are_tokens_right_before_the_colon() {
    let line = |line: &str| format!("GET / HTTP/1.1\r\nHost: h\r\n{line}\r\n\r\n");
    assert_eq!(fault(line("Upgrade : websocket")), HeadError::BlankBeforeColon);
    assert_eq!(fault(line("Upgrade\t: websocket")), HeadError::BlankBeforeColon);
    assert_eq!(fault(line("Up grade: websocket")), HeadError::HeaderName);
    assert_eq!(fault(line(": websocket")), HeadError::HeaderName);
    assert_eq!(fault(line("Upgrade")), HeadError::HeaderName);
    assert_eq!(fault(line("Upgr\u{e4}de: websocket")), HeadError::HeaderName);
    assert_eq!(fault(line("Upgrade(x): websocket")), HeadError::HeaderName);
}

#[test]
fn a_folded_header_is_refused() {
    assert_eq!(
        fault("GET / HTTP/1.1\r\nHost: h\r\nConnection: keep-alive,\r\n Upgrade\r\n\r\n"),
        HeadError::Folded
    );
    assert_eq!(fault("GET / HTTP/1.1\r\n\tHost: h\r\n\r\n"), HeadError::Folded);
}

#[test]
fn a_request_line_has_three_parts_and_two_spaces() {
    let line = |line: &str| format!("{line}\r\nHost: h\r\n\r\n");
    assert_eq!(fault(line("GET  / HTTP/1.1")), HeadError::StartLine);
    assert_eq!(fault(line("GET / HTTP/1.1 ")), HeadError::StartLine);
    assert_eq!(fault(line("GET /")), HeadError::StartLine);
    assert_eq!(fault(line("GET / a HTTP/1.1")), HeadError::StartLine);
    assert_eq!(fault(line("GET / http/1.1")), HeadError::StartLine);
    assert_eq!(fault(line("GET / HTTP/1.10")), HeadError::StartLine);
    assert_eq!(fault(line("GET / HTTP/1")), HeadError::StartLine);
    assert_eq!(fault(line("GET / HTTP/2.0")), HeadError::HttpVersion);
    assert_eq!(fault(line("GET / HTTP/0.9")), HeadError::HttpVersion);
    assert_eq!(fault(line("G@T / HTTP/1.1")), HeadError::Method);
    assert_eq!(fault(line("GET\t/ HTTP/1.1")), HeadError::StartLine);
    assert_eq!(fault(line("GE\tT / HTTP/1.1")), HeadError::Method);
    assert_eq!(fault(line(" / HTTP/1.1")), HeadError::Method);
}

#[test]
fn a_target_is_a_path_or_an_absolute_uri_of_visible_ascii() {
    let line = |target: &str| format!("GET {target} HTTP/1.1\r\nHost: h\r\n\r\n");
    for bad in [
        "chat",
        "*",
        "h:80",
        "/\u{e9}",
        "/a\tb",
        "/a#b",
        "ftp://h/",
        "http:///a",
        "http://u@h/",
        "http://h h",
    ] {
        assert!(matches!(fault(line(bad)), HeadError::Target | HeadError::StartLine), "{bad}");
    }
    for good in ["/", "/a%20b", "//x", "/?", "http://h", "HTTP://h:8080/a", "https://[::1]?x", "/a|b\"{}"] {
        assert!(receive(line(good)).unwrap().0.is_ok(), "{good}");
    }
}

#[test]
fn one_empty_line_may_come_before_a_request() {
    let text = head("GET / HTTP/1.1", &GOOD);
    assert!(receive(format!("\r\n{text}")).unwrap().0.is_ok());
    assert_eq!(fault(format!("\r\n\r\n{text}")), HeadError::StartLine);
    assert_eq!(fault(format!("\n{text}")), HeadError::BareLf);
    // It is no line: what follows it is the request line, and is limited as one.
    let limits = HeadLimits { bytes: 512, ..HeadLimits::default() };
    let long = format!("\r\nGET /{}", "x".repeat(256));
    let fault = receive_within(limits, &long).unwrap().0.unwrap_err();
    assert_eq!(fault, RequestError::Head(HeadError::RequestLineTooLong));
}

#[test]
fn a_head_may_fill_the_limit_and_not_exceed_it() {
    let text = head("GET / HTTP/1.1", &GOOD);
    let mut limits = HeadLimits { bytes: text.len(), ..HeadLimits::default() };
    assert!(receive_within(limits, &text).unwrap().0.is_ok());
    limits.bytes -= 1;
    let (outcome, left) = receive_within(limits, &text).unwrap();
    assert_eq!(outcome, Err(RequestError::Head(HeadError::TooManyBytes)));
    assert_eq!(left, 1, "the fault shows when no byte is left to end the head in");
    // RFC 6585 §5
    assert_eq!(outcome.unwrap_err().status(), 431);
}

#[test]
fn a_header_of_70_kib_is_refused_at_the_limit() {
    let text = format!("GET / HTTP/1.1\r\nX: {}", "x".repeat(70 * 1024));
    let mut server = ServerHandshake::new(HeadLimits::default());
    let mut input = text.as_bytes();
    let outcome = server.receive(&mut input);
    assert_eq!(outcome, Err(RequestError::Head(HeadError::TooManyBytes)));
    assert_eq!(text.len() - input.len(), 16 * 1024);
}

#[test]
fn the_number_of_headers_is_limited() {
    let many = |count: usize| {
        let mut fields = Vec::from(GOOD);
        fields.resize(count, ("X", "y"));
        head("GET / HTTP/1.1", &fields)
    };
    assert!(receive(many(100)).unwrap().0.is_ok());
    let fault = refusal(many(101));
    assert_eq!((fault, fault.status()), (RequestError::Head(HeadError::TooManyHeaders), 431));
}

#[test]
fn the_request_line_is_limited_to_half_the_bytes() {
    let long =
        |len: usize| head(&format!("GET /{} HTTP/1.1", "x".repeat(len - "GET / HTTP/1.1".len())), &GOOD);
    let limits = HeadLimits { bytes: 512, ..HeadLimits::default() };
    assert!(receive_within(limits, long(256)).unwrap().0.is_ok());
    let fault = receive_within(limits, long(257)).unwrap().0.unwrap_err();
    assert_eq!((fault, fault.status()), (RequestError::Head(HeadError::RequestLineTooLong), 414));

    let mut server = ServerHandshake::new(HeadLimits::default());
    let target = format!("GET /{}", "x".repeat(16 * 1024));
    let fault = server.receive(&mut target.as_bytes()).unwrap_err();
    assert_eq!(fault.status(), 414);
}

#[test]
fn tls_where_http_is_spoken_is_guessed() {
    for (byte, is_guessed) in [(0x15, true), (0x16, true), (0x14, false), (0x17, false)] {
        assert_eq!(HeadError::Control(byte).to_string().ends_with("does the peer speak TLS?"), is_guessed);
    }
}

#[test]
fn an_error_is_repeated_and_takes_nothing() {
    let mut server = ServerHandshake::new(HeadLimits::default());
    let mut input: &[u8] = b"\0rest";
    let fault = RequestError::Head(HeadError::Control(0));
    assert_eq!(server.receive(&mut input), Err(fault));
    assert_eq!(server.receive(&mut input), Err(fault));
    assert_eq!(input, b"rest");
}

#[test]
fn after_the_request_a_call_says_so_and_takes_nothing() {
    let mut server = ServerHandshake::new(HeadLimits::default());
    let text = head("GET / HTTP/1.1", &GOOD) + "rest";
    let mut input = text.as_bytes();
    assert!(server.receive(&mut input).unwrap().is_some());
    assert_eq!(server.receive(&mut input), Err(RequestError::AlreadyReceived));
    assert_eq!(input, b"rest");
}

#[test]
fn no_input_is_no_fault() {
    assert_eq!(ServerHandshake::new(HeadLimits::default()).receive(&mut [].as_slice()), Ok(None));
}
