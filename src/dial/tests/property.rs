//! Whatever a proxy sends, and however it is cut: no panic, one result, and no more written than a proxy is owed.

use proptest::prelude::*;

use super::*;
use crate::handshake::ClientRequest;

/// Pieces of answers, good and bad, in any order.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    const PIECES: [&[u8]; 15] = [
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.0 407 x\r\n",
        b"HTTP/1.1 100 x\r\n\r\n",
        b"Content-Length: 5\r\n",
        b"\r\n",
        b"\r\n\r\n",
        b"\x05",
        b"\x05\x00",
        b"\x05\x02",
        b"\x01\x00",
        b"\x05\x00\x00\x01",
        b"\x05\x00\x00\x03\x07",
        b"\x00\x04",
        b"12345678",
        b"\xFF",
    ];
    let piece = proptest::sample::select(&PIECES[..]);
    let any = proptest::collection::vec(any::<u8>(), 0..4);
    let piece = prop_oneof![8 => piece.prop_map(<[u8]>::to_vec), 1 => any];
    proptest::collection::vec(piece, 0..9).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_bytes_at_any_cuts(bytes in pieces(), mut cuts in proptest::collection::vec(0_usize..80, 0..5)) {
        cuts.sort_unstable();
        for text in ["http://u:p@h", "socks5://h", "socks5://user:password@h"] {
            let proxy = proxy(text);
            let whole = feed(&proxy, &bytes, &[]);
            prop_assert_eq!(&feed(&proxy, &bytes, &cuts), &whole);
            prop_assert!(whole.2.len() < 150);
        }
    }

    #[test]
    fn any_location(location in "[ -~]{0,40}|[/.?#:a@\\[\\]%]{0,12}") {
        let response = ClientRequest::new(&uri("ws://h/"))
            .start([7; 16], &mut Vec::new())
            .check_fields(302, [("Location", location)]);
        let Ok(crate::handshake::Answer::Refused(answer)) = response else { panic!("{response:?}") };
        for from in ["ws://h/a/b?c", "wss://h:8080/"] {
            if let Ok(Some(redirect)) = Redirects::new(1).follow(&uri(from), &answer) {
                // What comes out is a URI that means the same again.
                let to = redirect.uri().to_string();
                prop_assert_eq!(&uri(&to), redirect.uri());
                prop_assert!(from.starts_with("ws:") || to.starts_with("wss:"));
                prop_assert!(!redirect.uri().resource().split('?').next().unwrap().split('/').any(|part| part == ".."));
            }
        }
    }

    #[test]
    fn any_proxy_and_exceptions(url in "(http|socks5)://[!-~]{0,20}|\\PC{0,20}", list in "[a-z0-9.*:/\\[\\], é]{0,30}") {
        if let Ok(proxy) = Proxy::parse(&url) {
            prop_assert_eq!(proxy.to_string().parse::<Proxy>().unwrap().to_string(), proxy.to_string());
        }
        let lookup = |name: &str| match name {
            "no_proxy" => Some(list.clone()),
            "all_proxy" => Some("http://p".to_string()),
            _ => None,
        };
        let rules = ProxyRules::from_lookup(lookup).unwrap();
        let _ = rules.proxy_for(&uri("ws://a.b/"));
    }
}
