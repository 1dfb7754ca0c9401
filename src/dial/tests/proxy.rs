//! RFC 3986 §3: the URL of a proxy.

use super::*;

#[test]
fn parts_and_defaults() {
    for (text, shown) in [
        ("http://Proxy.test", "http://proxy.test:80"),
        ("HTTP://proxy.test:3128/", "http://proxy.test:3128"),
        ("http://proxy.test:", "http://proxy.test:80"),
        ("socks5://127.0.0.1", "socks5h://127.0.0.1:1080"),
        ("socks5h://user:pw@[::1]:9050", "socks5h://[::1]:9050"),
        ("http://user@[::1]", "http://[::1]:80"),
        ("http://u:p@ss@h", "http://h:80"),
    ] {
        assert_eq!(proxy(text).to_string(), shown, "{text}");
        assert_eq!(text.parse(), Ok(proxy(text)));
    }
    assert_eq!((proxy("socks5://[::1]").host(), proxy("socks5://[::1]").port()), ("::1", 1080));
}

#[test]
fn faults_are_named() {
    for (text, fault) in [
        ("", ProxyUrlError::Scheme),
        ("proxy.test:3128", ProxyUrlError::Scheme),
        ("socks4://h", ProxyUrlError::Scheme),
        ("ws://h", ProxyUrlError::Scheme),
        ("https://h", ProxyUrlError::TlsProxy),
        ("http://", ProxyUrlError::Host),
        ("http://user:pw@", ProxyUrlError::Host),
        ("http://a b", ProxyUrlError::Host),
        ("http://[::1", ProxyUrlError::Host),
        ("http://h\r\nX: y", ProxyUrlError::Host),
        ("http://h:0", ProxyUrlError::Port),
        ("http://h:65536", ProxyUrlError::Port),
        ("http://h:x", ProxyUrlError::Port),
        ("http://h/path", ProxyUrlError::Path),
        ("http://h//", ProxyUrlError::Path),
        ("http://h?q", ProxyUrlError::Path),
        ("http://h#f", ProxyUrlError::Path),
        ("http://%@h", ProxyUrlError::Percent),
        ("http://u:%4@h", ProxyUrlError::Percent),
        ("http://u:%+1@h", ProxyUrlError::Percent),
        ("http://u:%zz@h", ProxyUrlError::Percent),
        ("http://a%3Ab:c@h", ProxyUrlError::Credentials),
        ("http://u:%0d%0a@h", ProxyUrlError::Credentials),
        ("socks5://:pw@h", ProxyUrlError::Credentials),
    ] {
        assert_eq!(Proxy::parse(text), Err(fault), "{text}");
        assert!(!fault.to_string().is_empty());
    }
}

#[test]
fn credentials_may_be_as_long_as_the_protocol_can_carry() {
    let (longest, too_long) = ("x".repeat(255), "x".repeat(256));
    let socks = proxy("socks5://h");
    assert!(socks.clone().credentials(&longest, &longest).is_ok());
    assert!(socks.clone().credentials(&longest, "").is_ok());
    assert_eq!(socks.clone().credentials(&too_long, "").unwrap_err(), ProxyUrlError::Credentials);
    assert_eq!(socks.credentials("u", &too_long).unwrap_err(), ProxyUrlError::Credentials);
    assert!(proxy("http://h").credentials(&too_long, &too_long).is_ok());
}

#[test]
fn credentials_are_percent_decoded() {
    let decoded = proxy("http://h").credentials("al/ice", b"\xFF:@").unwrap();
    assert_eq!(proxy("http://al%2fice:%FF%3a%40@h"), decoded);
    assert_ne!(proxy("http://al%2fice@h"), decoded);
}
