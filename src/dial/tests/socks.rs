//! RFC 1928 and RFC 1929: SOCKS5.

use super::*;

fn socks() -> Proxy {
    proxy("socks5h://proxy.test")
}

fn with_password() -> Proxy {
    proxy("socks5://alice:s3cret@proxy.test")
}

const CONNECT_EXAMPLE: &[u8] = b"\x05\x01\x00\x03\x0bexample.com\x00\x50";
const CONNECTED: &[u8] = b"\x05\x00\x00\x01\xC0\x00\x02\x01\x1F\x90";

#[test]
fn without_credentials_one_method_is_offered() {
    let (outcome, left, out) = at_every_cut(&socks(), [b"\x05\x00", CONNECTED, b"rest"].concat());
    assert!(matches!(outcome, Some(Ok(_))));
    assert_eq!(left, 4, "what follows the reply is the server's");
    assert_eq!(out, [b"\x05\x01\x00", CONNECT_EXAMPLE].concat());
}

#[test]
fn user_and_password_are_sent_when_the_proxy_asks_for_them() {
    let (outcome, left, out) = at_every_cut(&with_password(), [b"\x05\x02\x01\x00", CONNECTED].concat());
    assert!(matches!(outcome, Some(Ok(_))));
    assert_eq!(left, 0);
    assert_eq!(out, [b"\x05\x02\x00\x02", &b"\x01\x05alice\x06s3cret"[..], CONNECT_EXAMPLE].concat());
    // And not when it does not.
    let (outcome, _, out) = at_every_cut(&with_password(), [b"\x05\x00", CONNECTED].concat());
    assert!(matches!(outcome, Some(Ok(_))));
    assert_eq!(out, [b"\x05\x02\x00\x02", CONNECT_EXAMPLE].concat());
}

#[test]
fn nothing_is_sent_before_the_answer_that_it_depends_on() {
    let (mut tunnel, mut out) = start(&with_password(), "ws://h/");
    let mut step = |bytes: &[u8]| {
        out.clear();
        assert_eq!(tunnel.receive(&mut &*bytes, &mut out), Ok(None));
        out.clone()
    };
    assert_eq!(step(b"\x05"), b"");
    assert_eq!(step(b"\x02"), b"\x01\x05alice\x06s3cret");
    assert_eq!(step(b"\x01"), b"");
    assert_eq!(step(b"\x00"), b"\x05\x01\x00\x03\x01h\x00\x50");
    assert_eq!(step(b"\x05\x00\x00"), b"");
}

#[test]
fn names_go_to_the_proxy_and_addresses_as_such() {
    let longest = "a".repeat(255);
    for (to, address) in [
        ("wss://localhost/", b"\x03\x09localhost\x01\xBB".to_vec()),
        ("ws://192.0.2.1:8080", b"\x01\xC0\x00\x02\x01\x1F\x90".to_vec()),
        ("ws://[2001:db8::1]/", [b"\x04\x20\x01\x0D\xB8", &[0; 11][..], b"\x01\x00\x50"].concat()),
        (&format!("ws://{longest}/"), [b"\x03\xFF", longest.as_bytes(), b"\x00\x50"].concat()),
    ] {
        for scheme in ["socks5", "socks5h"] {
            let (mut tunnel, mut out) = start(&proxy(&format!("{scheme}://p")), to);
            out.clear();
            assert_eq!(tunnel.receive(&mut &b"\x05\x00"[..], &mut out), Ok(None));
            assert_eq!(out, [b"\x05\x01\x00", &address[..]].concat(), "{to}");
        }
    }
}

#[test]
fn a_name_that_is_too_long_is_refused_before_a_byte() {
    let mut out = Vec::new();
    let to = uri(&format!("ws://{}/", "a".repeat(256)));
    let result = Tunnel::start(&socks(), &to, HeadLimits::default(), &mut out);
    assert_eq!(result.unwrap_err(), ProxyError::NameTooLong);
    assert!(out.is_empty());
}

#[test]
fn a_reply_has_the_length_that_its_address_type_says() {
    for bound in [
        &b"\x01\x7F\x00\x00\x01\x00\x50"[..],
        b"\x04\x20\x01\x0D\xB8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x50",
        b"\x03\x00\x00\x50",
        b"\x03\x04host\x00\x50",
        &[b"\x03\xFF", &[b'x'; 255][..], b"\x00\x50"].concat(),
    ] {
        let bytes = [b"\x05\x00\x05\x00\x00", bound, b"\x05\x00"].concat();
        let (outcome, left, _) = at_every_cut(&socks(), &bytes);
        assert!(matches!(outcome, Some(Ok(_))), "{bound:?}");
        assert_eq!(left, 2, "{bound:?}");
        for len in 0..bytes.len() - 2 {
            assert_eq!(feed(&socks(), &bytes[..len], &[]).0, None, "{len} bytes are too few");
        }
    }
}

#[test]
fn each_reply_is_an_error_with_its_text() {
    use SocksReply::*;
    for (code, reply, text) in [
        (1, GeneralFailure, "the proxy failed"),
        (2, NotAllowed, "the proxy's rules do not allow this connection"),
        (3, NetworkUnreachable, "the proxy does not reach the network"),
        (4, HostUnreachable, "the proxy does not reach the host"),
        (5, ConnectionRefused, "the server refused the proxy's connection"),
        (6, TtlExpired, "the server is too many hops away from the proxy"),
        (7, CommandNotSupported, "the proxy does not know the command CONNECT"),
        (8, AddressTypeNotSupported, "the proxy does not know this type of address"),
        (9, Unassigned(9), "the proxy failed with the unknown code 9"),
        (255, Unassigned(255), "the proxy failed with the unknown code 255"),
    ] {
        // It is told with the code, as some proxies hang up behind it.
        let fault = refusal(&socks(), [5, 0, 5, code]);
        assert_eq!(fault, ProxyError::SocksReply(reply));
        assert_eq!(fault.to_string(), format!("{text} (RFC 1928 §6)"));
        assert_eq!(fault.status(), None);
    }
}

#[test]
fn each_other_fault_is_found_at_its_byte() {
    for (proxy, bytes, fault, text) in [
        (socks(), &b"HTTP"[..], ProxyError::SocksVersion(b'H'), "it may be an HTTP proxy"),
        (socks(), b"\x04\x5A", ProxyError::SocksVersion(4), "begins with 0x04"),
        (socks(), b"\x05\xFF", ProxyError::SocksNoMethod, "none of the methods"),
        (socks(), b"\x05\x02", ProxyError::SocksMethod(2), "method of authentication 2, which was not"),
        (with_password(), b"\x05\x01", ProxyError::SocksMethod(1), "which was not offered"),
        (with_password(), b"\x05\x02\x01\x01", ProxyError::SocksAuthentication, "does not take the user"),
        (with_password(), b"\x05\x02\x05", ProxyError::SocksVersion(5), "begins with 0x05"),
        (socks(), b"\x05\x00\x00", ProxyError::SocksVersion(0), "begins with 0x00"),
        (socks(), b"\x05\x00\x05\x00\x00\x02", ProxyError::SocksAddressType(2), "unknown type 2"),
    ] {
        let (outcome, left, _) = at_every_cut(&proxy, bytes);
        assert_eq!(outcome, Some(Err(fault.clone())));
        assert!(left <= 3, "{fault:?} was found late");
        assert!(fault.to_string().contains(text), "{fault}");
        assert_eq!(feed(&proxy, &bytes[..bytes.len() - left - 1], &[]).0, None, "{fault:?} was found early");
    }
}

#[test]
fn an_endless_proxy_is_given_no_more_than_an_answer_has() {
    // All zeros, or all 0xFF, after a good beginning.
    for filler in [0, 0xFF] {
        for start in [&b""[..], b"\x05", b"\x05\x00", b"\x05\x00\x05\x00\x00\x03\xFF"] {
            let bytes = [start, &[filler; 10_000][..]].concat();
            let (outcome, left, _) = feed(&socks(), &bytes, &[]);
            assert!(outcome.is_some());
            assert!(bytes.len() - left <= 2 + 262, "{} bytes were taken", bytes.len() - left);
        }
    }
}

#[test]
fn the_end_is_told() {
    for bytes in [&b""[..], b"\x05", b"\x05\x00", b"\x05\x00\x05\x00\x00\x01\x7F"] {
        let (mut tunnel, mut out) = start(&socks(), "ws://h/");
        assert_eq!(tunnel.receive(&mut &*bytes, &mut out), Ok(None));
        assert_eq!(tunnel.receive_eof(), ProxyError::Truncated);
        assert_eq!(tunnel.receive_eof(), ProxyError::Truncated);
    }
}
