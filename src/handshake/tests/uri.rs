//! RFC 6455 §3: ws and wss URIs.

use super::*;

#[test]
fn parts_and_defaults() {
    for (text, host, port, resource, host_header) in [
        ("ws://h", "h", 80, "/", "h"),
        ("wss://h", "h", 443, "/", "h"),
        ("WSS://h", "h", 443, "/", "h"),
        ("Ws://H.Example/A", "h.example", 80, "/A", "h.example"),
        ("ws://h?x=1", "h", 80, "/?x=1", "h"),
        ("ws://h/a?b", "h", 80, "/a?b", "h"),
        ("ws://h/?", "h", 80, "/?", "h"),
        ("ws://h?", "h", 80, "/?", "h"),
        ("ws://h:8080/", "h", 8080, "/", "h:8080"),
        ("ws://h:80", "h", 80, "/", "h"),
        ("ws://h:443", "h", 443, "/", "h:443"),
        ("wss://h:443", "h", 443, "/", "h"),
        ("wss://h:80", "h", 80, "/", "h:80"),
        ("ws://h:/a", "h", 80, "/a", "h"),
        ("ws://[::1]:9", "::1", 9, "/", "[::1]:9"),
        ("ws://[FE80::1]/x", "fe80::1", 80, "/x", "[fe80::1]"),
        ("ws://127.0.0.1:65535/", "127.0.0.1", 65535, "/", "127.0.0.1:65535"),
        ("ws://h/p%23f%2F//..?a=/?:@", "h", 80, "/p%23f%2F//..?a=/?:@", "h"),
        ("ws://h/@x", "h", 80, "/@x", "h"),
        ("ws://h?u@x", "h", 80, "/?u@x", "h"),
    ] {
        let uri = Uri::parse(text).unwrap();
        assert_eq!((uri.host(), uri.port(), uri.resource()), (host, port, resource), "{text}");
        assert_eq!(uri.host_header(), host_header, "{text}");
        assert_eq!(uri.is_secure(), text.to_ascii_lowercase().starts_with("wss"), "{text}");
        assert_eq!(Uri::parse(&format!("{uri}")).unwrap(), uri, "{text}");
        assert_eq!(text.parse::<Uri>(), Ok(uri));
    }
}

#[test]
fn faults_are_named() {
    for (text, fault) in [
        ("", UriError::Scheme),
        ("h/x", UriError::Scheme),
        ("ws:/h", UriError::Scheme),
        ("http://h", UriError::Scheme),
        ("ftp://h", UriError::Scheme),
        (" ws://h", UriError::Scheme),
        ("ws://h/p#f", UriError::Fragment),
        ("ws://h#", UriError::Fragment),
        ("ws://user:pw@h/", UriError::UserInfo),
        ("ws://@h/", UriError::UserInfo),
        ("ws://", UriError::Host),
        ("ws:///x", UriError::Host),
        ("ws://:80", UriError::Host),
        ("ws://a b/", UriError::Host),
        ("ws://h\r\nX: y/", UriError::Host),
        ("ws://h\0/", UriError::Host),
        ("ws://::1/", UriError::Host),
        ("ws://[::1/", UriError::Host),
        ("ws://[::g]/", UriError::Host),
        ("ws://[1.2.3.4]/", UriError::Host),
        ("ws://[::1]x/", UriError::Host),
        ("ws://h\\x/", UriError::Host),
        ("ws://b\u{fc}cher.example/", UriError::NonAsciiHost),
        ("ws://h:x/", UriError::Port),
        ("ws://h:0", UriError::Port),
        ("ws://h:70000", UriError::Port),
        ("ws://h:65536", UriError::Port),
        ("ws://h:+80", UriError::Port),
        ("ws://h:-1", UriError::Port),
        ("ws://h: 80", UriError::Port),
        ("ws://h:80:80", UriError::Port),
        ("ws://h/a b", UriError::Resource),
        ("ws://h/ HTTP/1.1\r\nX: y", UriError::Resource),
        ("ws://h/\t", UriError::Resource),
        ("ws://h/\u{e9}", UriError::Resource),
        ("ws://h/%zz", UriError::Resource),
        ("ws://h/%2", UriError::Resource),
        ("ws://h/%2z", UriError::Resource),
        ("ws://h/%z2", UriError::Resource),
        ("ws://h/\"", UriError::Resource),
        ("ws://h/?a={}", UriError::Resource),
    ] {
        assert_eq!(Uri::parse(text), Err(fault), "{text:?}");
    }
}

#[test]
fn an_international_name_is_told_how_to_be_written() {
    assert!(format!("{}", UriError::NonAsciiHost).contains("punycode"));
}
