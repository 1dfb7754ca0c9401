//! RFC 9112 §6-7: refusals, and their bodies.

use super::*;

fn request() -> ClientRequest {
    ClientRequest::new(&Uri::parse("ws://example.com/").unwrap()).body_limit(10)
}

/// The refusal in `bytes`, at every cut, and the number of bytes left; the transport ends behind them.
fn refused(bytes: &str) -> (Response, usize) {
    let whole = at_every_cut(
        bytes.as_bytes(),
        || request().start(NONCE, &mut Vec::new()),
        |client, input| client.receive(input).transpose(),
    );
    let (answer, left) = whole.unwrap_or_else(|| {
        let mut client = request().start(NONCE, &mut Vec::new());
        assert_eq!(client.receive(&mut bytes.as_bytes()), Ok(None));
        (client.receive_eof(), 0)
    });
    match answer {
        Ok(Answer::Refused(response)) => (response, left),
        other => panic!("{other:?}"),
    }
}

/// The body of a refusal with these header lines, whether it is whole, and the number of bytes left.
fn body(headers: &str, body: &str) -> (String, bool, usize) {
    let (response, left) = refused(&format!("HTTP/1.1 403 No\r\n{headers}\r\n{body}"));
    assert_eq!((response.status(), response.reason()), (403, "No"));
    (String::from_utf8(response.body().to_vec()).unwrap(), response.is_body_whole(), left)
}

#[test]
fn a_refusal_has_status_headers_and_body() {
    for (status, reason) in
        [(200, "OK"), (301, "Moved"), (401, "Unauthorized"), (404, ""), (503, "a b \u{e9}")]
    {
        let text = format!("HTTP/1.1 {status} {reason}\r\nContent-Length: 2\r\nLocation: /x\r\n\r\nhi");
        let (response, _) = refused(&text);
        assert_eq!(
            (response.status(), response.reason(), response.body()),
            (status, reason, b"hi".as_slice())
        );
        assert_eq!(response.headers().get("location"), Some("/x"));
        assert!(response.is_body_whole());
    }
}

#[test]
fn http_1_0_may_refuse() {
    assert_eq!(refused("HTTP/1.0 404 x\r\n\r\nno").0.body(), b"no");
}

#[test]
fn a_body_has_its_content_length() {
    assert_eq!(body("Content-Length: 3\r\n", "abcdef"), ("abc".into(), true, 3));
    assert_eq!(body("Content-Length: 0\r\n", "abc"), ("".into(), true, 3));
    assert_eq!(body("Content-Length: 10\r\n", "0123456789"), ("0123456789".into(), true, 0));
    assert_eq!(body("Content-Length: 9\r\n", "abc"), ("abc".into(), false, 0), "the transport ended early");
}

#[test]
fn a_body_without_a_length_ends_with_the_transport() {
    assert_eq!(body("", "abc"), ("abc".into(), true, 0));
    assert_eq!(body("", ""), ("".into(), true, 0));
    for length in ["x", "-1", "", "99999999999999999999999"] {
        assert_eq!(body(&format!("Content-Length: {length}\r\n"), "abc").0, "abc");
    }
    assert_eq!(body("Content-Length: 1\r\nContent-Length: 2\r\n", "abc"), ("abc".into(), true, 0));
    assert_eq!(body("Transfer-Encoding: gzip\r\nContent-Length: 1\r\n", "abc"), ("abc".into(), true, 0));
}

#[test]
fn a_body_is_kept_up_to_the_limit() {
    assert_eq!(body("", "0123456789abc"), ("0123456789".into(), false, 3));
    assert!(!body("Content-Length: 18446744073709551615\r\n", "0123456789abc").1);
    assert_eq!(body("Transfer-Encoding: chunked\r\n", "ff\r\n0123456789abc").0, "0123456789");
}

#[test]
fn some_statuses_have_no_body() {
    for status in [204, 304] {
        let (response, left) = refused(&format!("HTTP/1.1 {status} x\r\nContent-Length: 3\r\n\r\nabc"));
        assert_eq!((response.body(), left), (b"".as_slice(), 3));
    }
}

#[test]
fn chunks_are_joined() {
    let chunked = |text: &str| body("transfer-encoding: gzip, Chunked\r\nContent-Length: 1\r\n", text);
    assert_eq!(chunked("3\r\nabc\r\n0\r\n\r\nrest"), ("abc".into(), true, 4));
    assert_eq!(
        chunked("1\r\na\r\n0002;x=\"y\"\r\nbc\r\n00\r\nA: b\r\nC: d\r\n\r\n"),
        ("abc".into(), true, 0)
    );
    assert_eq!(chunked("A\r\n0123456789\r\n0 \r\n\r\n"), ("0123456789".into(), true, 0));
    assert_eq!(chunked("a\r\n0123456789\r\n1\r\nx"), ("0123456789".into(), false, 1));
    assert_eq!(chunked("3\r\nab"), ("ab".into(), false, 0), "the transport ended early");
}

#[test]
fn broken_chunks_end_the_body() {
    for broken in [
        "x",
        "\r",
        "-",
        "3\n",
        "3\r\nabcd",
        "3\r\nabc\n",
        "0\r\n\n",
        "0\r\nA\n",
        "3;\n",
        "3\r\r",
        "3\r\nabc\rx",
        "0\r\n\rx",
        "0\r\nA\rx",
        "00000000000000001",
        "10000000000000000",
        ";",
    ] {
        let text = format!("HTTP/1.1 403 x\r\nTransfer-Encoding: chunked\r\n\r\n{broken}");
        let mut client = request().start(NONCE, &mut Vec::new());
        let (start, last) = text.split_at(text.len() - 1);
        assert_eq!(client.receive(&mut start.as_bytes()), Ok(None), "{broken:?}");
        let answer = client.receive(&mut last.as_bytes()).unwrap();
        assert!(matches!(answer, Some(Answer::Refused(it)) if !it.is_body_whole()), "{broken:?}");
    }
}

#[test]
fn what_is_skipped_between_chunks_is_bounded() {
    let text = format!("HTTP/1.1 403 x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: {}", "x".repeat(20_000));
    let mut client = request().start(NONCE, &mut Vec::new());
    let answer = client.receive(&mut text.as_bytes()).unwrap();
    assert!(matches!(answer, Some(Answer::Refused(response)) if !response.is_body_whole()));
}

#[test]
fn chunk_extensions_and_trailers_may_have_16_kib_together() {
    let whole = |len: usize| {
        let (extension, trailer) = ("x".repeat(len - 200), "y".repeat(200 - ";A:".len()));
        let text = format!(
            "HTTP/1.1 403 x\r\nTransfer-Encoding: chunked\r\n\r\n1;{extension}\r\na\r\n0\r\nA:{trailer}\r\n\r\n"
        );
        let mut client = request().start(NONCE, &mut Vec::new());
        match client.receive(&mut text.as_bytes()).unwrap() {
            Some(Answer::Refused(response)) => response.is_body_whole(),
            other => panic!("{other:?}"),
        }
    };
    assert!(whole(16 * 1024));
    assert!(!whole(16 * 1024 + 1));
}

#[test]
fn a_body_of_64_kib_is_kept_unless_the_caller_says_otherwise() {
    let mut client =
        ClientRequest::new(&Uri::parse("ws://example.com/").unwrap()).start(NONCE, &mut Vec::new());
    let text = format!("HTTP/1.1 403 x\r\n\r\n{}", "x".repeat(64 * 1024));
    assert_eq!(client.receive(&mut text.as_bytes()), Ok(None));
    let Ok(Some(Answer::Refused(response))) = client.receive(&mut b"y".as_slice()) else {
        panic!("one byte more is too many");
    };
    assert_eq!((response.body().len(), response.is_body_whole()), (64 * 1024, false));
}

#[test]
fn a_refusal_of_the_version_lists_those_that_the_server_speaks() {
    let versions = |headers: &str| refused(&format!("HTTP/1.1 426 x\r\n{headers}\r\n")).0.server_versions();
    assert_eq!(versions("Sec-WebSocket-Version: 13, 8, 7\r\n"), [13, 8, 7]);
    assert_eq!(versions("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Version: 8\r\n"), [13, 8]);
    for bad in [
        "",
        "Sec-WebSocket-Version: \r\n",
        "Sec-WebSocket-Version: 13,,8\r\n",
        "Sec-WebSocket-Version: 13, 256\r\n",
    ] {
        assert!(versions(bad).is_empty(), "{bad}");
    }
}
