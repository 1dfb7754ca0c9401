//! The variables of the environment, and the exceptions.

use super::*;

fn rules(variables: &[(&str, &str)]) -> Result<ProxyRules, EnvironmentError> {
    ProxyRules::from_lookup(|name| {
        variables.iter().find(|(found, _)| *found == name).map(|(_, value)| value.to_string())
    })
}

/// The host of the proxy that these variables name for a URI.
fn host(variables: &[(&str, &str)], to: &str) -> Option<String> {
    rules(variables).unwrap().proxy_for(&uri(to)).map(|proxy| proxy.host().to_string())
}

#[test]
fn each_scheme_has_its_variable() {
    let all = [
        ("http_proxy", "http://a"),
        ("HTTP_PROXY", "http://b"),
        ("https_proxy", "http://c"),
        ("HTTPS_PROXY", "http://d"),
        ("all_proxy", "http://e"),
        ("ALL_PROXY", "http://f"),
    ];
    for (skip, plain, secure) in [
        (&[][..], Some("a"), Some("c")),
        (&[0, 2][..], Some("b"), Some("d")),
        (&[0, 1], Some("e"), Some("c")),
        (&[0, 1, 2, 3], Some("e"), Some("e")),
        (&[0, 1, 2, 3, 4], Some("f"), Some("f")),
        (&[2, 3, 4, 5], Some("a"), None),
        (&[0, 1, 4, 5], None, Some("c")),
    ] {
        let mut set = all.to_vec();
        let mut empty = all.to_vec();
        for at in skip.iter().rev() {
            set.remove(*at);
            empty[*at].1 = " ";
        }
        for variables in [set, empty] {
            assert_eq!(host(&variables, "ws://h/").as_deref(), plain, "{variables:?}");
            assert_eq!(host(&variables, "wss://h/").as_deref(), secure, "{variables:?}");
        }
    }
}

#[test]
fn in_a_cgi_program_a_client_cannot_set_the_proxy() {
    let cgi = ("REQUEST_METHOD", "GET");
    assert_eq!(host(&[cgi, ("HTTP_PROXY", "http://evil")], "ws://h/"), None);
    assert_eq!(
        host(&[cgi, ("HTTP_PROXY", "http://evil"), ("ALL_PROXY", "http://a")], "ws://h/").unwrap(),
        "a"
    );
    assert_eq!(host(&[cgi, ("http_proxy", "http://good")], "ws://h/").unwrap(), "good");
    assert_eq!(host(&[cgi, ("HTTPS_PROXY", "http://good")], "wss://h/").unwrap(), "good");
    // Its value may be a wrong one, too, without harm.
    assert_eq!(host(&[cgi, ("HTTP_PROXY", "nonsense://")], "ws://h/"), None);
}

#[test]
fn a_value_without_a_scheme_is_an_http_proxy() {
    let rules = rules(&[("all_proxy", " u:p@Proxy.test:3128 ")]).unwrap();
    assert_eq!(rules.proxy_for(&uri("ws://h/")), Some(&proxy("http://u:p@proxy.test:3128")));
}

#[test]
fn a_variable_that_names_no_proxy_is_an_error_with_its_name() {
    let error = rules(&[("HTTPS_PROXY", "https://u:secret@h")]).unwrap_err();
    assert_eq!((error.variable, error.fault), ("HTTPS_PROXY", ProxyUrlError::TlsProxy));
    assert!(error.to_string().starts_with("the environment variable HTTPS_PROXY: proxies that are"));
    assert!(!format!("{error} {error:?}").contains("secret"));
}

#[test]
fn nothing_set_is_no_proxy() {
    assert_eq!(host(&[], "ws://h/"), None);
    assert!(ProxyRules::default().proxy_for(&uri("wss://h/")).is_none());
    let always = ProxyRules::always(proxy("http://p"));
    assert!(always.proxy_for(&uri("ws://h/")).is_some() && always.proxy_for(&uri("wss://h/")).is_some());
}

#[test]
fn exceptions_are_connected_to_directly() {
    for (list, direct, through) in [
        ("*", &["ws://a/", "ws://[::1]/", "wss://b:8/"][..], &[][..]),
        ("", &[], &["ws://a/"]),
        (
            "example.com",
            &["ws://example.com/", "ws://EXAMPLE.com:8080/", "ws://example.com./", "ws://a.b.example.com/"],
            &["ws://badexample.com/", "ws://example.com.evil/", "ws://com/"],
        ),
        (".Example.com", &["ws://example.com/", "ws://a.example.com/"], &["ws://badexample.com/"]),
        ("*.example.com", &["ws://a.example.com/"], &["ws://badexample.com/"]),
        ("a, b c\td,,", &["ws://a/", "ws://b/", "ws://c/", "ws://d/"], &["ws://e/"]),
        ("example.com:8080", &["ws://example.com:8080/", "ws://a.example.com:8080"], &["ws://example.com/"]),
        ("*:8080", &["ws://a:8080/"], &["ws://a/"]),
        ("127.0.0.1", &["ws://127.0.0.1:99/"], &["ws://127.0.0.2/", "ws://a.127.0.0.1/", "ws://localhost/"]),
        ("127.0.0.1:80", &["ws://127.0.0.1/"], &["wss://127.0.0.1/"]),
        ("::1", &["ws://[::1]:99/"], &["ws://[::2]/", "ws://0.0.0.1/"]),
        ("[::1]", &["ws://[::1]/", "ws://[0:0::1]/"], &["ws://[::2]/"]),
        ("[::1]:8080", &["ws://[::1]:8080/"], &["ws://[::1]/"]),
        ("10.0.0.0/8", &["ws://10.255.0.1/"], &["ws://11.0.0.1/", "ws://10.example/", "ws://[a00::]/"]),
        ("192.0.2.128/25", &["ws://192.0.2.129/"], &["ws://192.0.2.127/"]),
        ("192.0.2.1/32", &["ws://192.0.2.1/"], &["ws://192.0.2.0/"]),
        ("0.0.0.0/0", &["ws://203.0.113.9/"], &["ws://[::1]/"]),
        ("fe80::/10", &["ws://[febf::1]/"], &["ws://[fec0::1]/"]),
        // What is not understood says nothing.
        (
            "10.0.0.0/33,::/129,a/b,[::1,example.com:port,.,*.,:80,1.2.3.4/-1",
            &[],
            &["ws://10.0.0.0/", "ws://[::1]/", "ws://a/", "ws://example.com/", "ws://1.2.3.4/"],
        ),
    ] {
        let variables = [("ALL_PROXY", "http://p"), ("NO_PROXY", list)];
        for to in direct {
            assert_eq!(host(&variables, to), None, "{list:?} {to}");
        }
        for to in through {
            assert!(host(&variables, to).is_some(), "{list:?} {to}");
        }
    }
    let both = [("ALL_PROXY", "http://p"), ("NO_PROXY", "b"), ("no_proxy", "a")];
    assert!(host(&both, "ws://a/").is_none() && host(&both, "ws://b/").is_some(), "lower case comes first");
}
