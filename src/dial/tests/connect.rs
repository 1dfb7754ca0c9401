//! RFC 9110 §9.3.6: CONNECT.

use super::*;

fn http() -> Proxy {
    proxy("http://proxy.test:3128")
}

#[test]
fn the_request_has_host_and_port_as_its_target() {
    for (to, target) in [
        ("ws://Example.com/chat?x=1", "example.com:80"),
        ("wss://example.com/", "example.com:443"),
        ("ws://192.0.2.1:8080", "192.0.2.1:8080"),
        ("ws://[2001:db8::1]/", "[2001:db8::1]:80"),
    ] {
        let expected = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n");
        assert_eq!(String::from_utf8(start(&http(), to).1).unwrap(), expected);
    }
}

#[test]
fn credentials_are_sent_by_the_basic_scheme() {
    // The example of RFC 7617 §2, and one with an empty password and bytes beyond ASCII.
    for (user_info, header) in
        [("Aladdin:open%20sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), ("m%C3%BC", "bcO8Og==")]
    {
        let (_, out) = start(&proxy(&format!("http://{user_info}@proxy.test")), "ws://h/");
        let expected =
            format!("CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\nProxy-Authorization: Basic {header}\r\n\r\n");
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}

#[test]
fn any_2xx_opens_and_what_follows_the_head_is_the_servers() {
    for head in [
        "HTTP/1.1 200 Connection established\r\n\r\n",
        "HTTP/1.0 200 OK\r\nProxy-Agent: x\r\n\r\n",
        "HTTP/1.1 204 \r\n\r\n",
        "HTTP/1.1 299 x\r\n\r\n",
        // RFC 9110 §9.3.6: neither is heeded in a successful answer to CONNECT.
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 x\r\nLink: y\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    ] {
        let (outcome, left, _) = at_every_cut(&http(), format!("{head}\x01\u{0}\r\n\r\n"));
        assert!(matches!(outcome, Some(Ok(_))), "{head}");
        assert_eq!(left, 6, "{head}");
    }
}

#[test]
fn other_statuses_are_errors_with_their_head() {
    let wanted =
        "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\r\n";
    let ProxyError::AuthenticationRequired(answer) = refusal(&http(), wanted) else { panic!() };
    assert_eq!(answer.headers().get("Proxy-Authenticate"), Some("Basic realm=\"x\""));
    assert!(!answer.is_body_whole(), "it is not read");
    // 101 is no answer to a request without Upgrade, so it is not passed over as other interim ones are.
    for status in [101, 300, 302, 400, 401, 403, 405, 500, 502, 503, 504] {
        let fault = refusal(&http(), format!("HTTP/1.1 {status} Not so\r\nContent-Length: 3\r\n\r\nabc"));
        assert!(matches!(fault, ProxyError::Refused(_)), "{fault:?}");
        assert_eq!(fault.status(), Some(status));
        assert_eq!(fault.to_string(), format!("the proxy answered {status} Not so (RFC 9110 §9.3.6)"));
    }
}

#[test]
fn what_is_no_http_answer_is_refused_at_once() {
    for (bytes, fault) in [
        ("SSH-2.0-OpenSSH\r\n", HeadError::StartLine),
        ("\x05\u{0}", HeadError::Control(5)),
        ("HTTP/2.0 200 OK\r\n\r\n", HeadError::HttpVersion),
        ("HTTP/1.1 20 OK\r\n\r\n", HeadError::StartLine),
        ("HTTP/1.1 200 OK\n", HeadError::BareLf),
        ("HTTP/1.1 200 OK\r\n a: b\r\n\r\n", HeadError::Folded),
    ] {
        assert_eq!(refusal(&http(), bytes), ProxyError::Head(fault), "{bytes:?}");
    }
}

#[test]
fn an_endless_head_ends_at_the_limits() {
    let mut limits = HeadLimits::default();
    (limits.bytes, limits.headers) = (256, 3);
    let flood = |start: &str, line: &str| {
        let mut tunnel = Tunnel::start(&http(), &uri("ws://h/"), limits, &mut Vec::new()).unwrap();
        let text = format!("{start}{}", line.repeat(1000));
        tunnel.receive(&mut text.as_bytes(), &mut Vec::new()).unwrap_err()
    };
    assert_eq!(flood("HTTP/1.1 200 ", "x"), ProxyError::Head(HeadError::TooManyBytes));
    assert_eq!(flood("HTTP/1.1 200 OK\r\n", "a: b\r\n"), ProxyError::Head(HeadError::TooManyHeaders));
    assert_eq!(
        flood("", "HTTP/1.1 100 x\r\n\r\n"),
        ProxyError::Head(HeadError::TooManyBytes),
        "interim answers count"
    );
}

#[test]
fn an_error_is_repeated_and_takes_nothing() {
    let (mut tunnel, mut out) = start(&http(), "ws://h/");
    let mut input: &[u8] = b"HTTP/1.1 403 x\r\n\r\nmore";
    for _ in 0..2 {
        assert_eq!(tunnel.receive(&mut input, &mut out).unwrap_err().status(), Some(403));
        assert_eq!(input, b"more");
    }
    assert_eq!(tunnel.receive_eof().status(), Some(403));
}

#[test]
fn each_state_answers_the_end_and_further_calls() {
    let (mut tunnel, mut out) = start(&http(), "ws://h/");
    assert_eq!(tunnel.receive(&mut &b"HTTP/1.1 2"[..], &mut out), Ok(None));
    assert_eq!(tunnel.receive_eof(), ProxyError::Truncated);
    assert_eq!(tunnel.receive(&mut &b"00 OK\r\n\r\n"[..], &mut out), Err(ProxyError::Truncated));
    let (mut tunnel, mut out) = start(&http(), "ws://h/");
    assert!(tunnel.receive(&mut &b"HTTP/1.1 200 OK\r\n\r\n"[..], &mut out).unwrap().is_some());
    assert_eq!(tunnel.receive(&mut &b"x"[..], &mut out), Err(ProxyError::AlreadyOpen));
    assert_eq!(tunnel.receive_eof(), ProxyError::AlreadyOpen);
}

#[test]
fn a_tunnel_can_be_shown_without_the_password() {
    for (scheme, name) in [("http", "http://proxy.test:80"), ("socks5", "socks5h://proxy.test:1080")] {
        let proxy = proxy(&format!("{scheme}://alice:wonderland@proxy.test"));
        assert_eq!(format!("{proxy:?}"), format!("Proxy({name}, with credentials)"));
        assert_eq!(format!("{:?}", name.parse::<Proxy>().unwrap()), format!("Proxy({name})"));
        for shown in [format!("{proxy:?}"), format!("{:?}", start(&proxy, "ws://h/").0)] {
            assert!(!shown.contains("alice") && !shown.contains("wonderland"), "{shown}");
        }
    }
}
