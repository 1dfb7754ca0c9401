//! RFC 6455 §10.2: which origins are let in.

use super::*;

fn request(host: &str, origin: Option<&str>) -> Request {
    let origin = origin.map(|origin| ("Origin", origin));
    Request::from_fields("GET", "/", [("Host", host)].into_iter().chain(origin)).unwrap()
}

fn passes(policy: &OriginPolicy, host: &str, origin: Option<&str>) -> bool {
    policy.check(&request(host, origin)).is_ok()
}

#[test]
fn a_refused_origin_gets_403() {
    let fault = OriginPolicy::default().check(&request("a", Some("http://b"))).unwrap_err();
    assert_eq!((fault, fault.status()), (RequestError::OriginRefused, 403));
}

#[test]
fn any_lets_all_in() {
    for origin in [None, Some("null"), Some("http://b"), Some("")] {
        assert!(passes(&OriginPolicy::Any, "a", origin));
    }
}

#[test]
fn same_host_is_the_default_and_compares_host_and_port() {
    let policy = OriginPolicy::default();
    for (host, origin) in [
        ("a", "http://a"),
        ("a", "https://a"),
        ("A", "http://a"),
        ("a:80", "http://a"),
        ("a", "http://a:80"),
        ("a:443", "https://a"),
        ("a", "https://a:443"),
        ("a:8080", "http://a:8080"),
        ("[::1]:9", "http://[::1]:9"),
        ("a", "ws://a"),
    ] {
        assert!(passes(&policy, host, Some(origin)), "{host} {origin}");
    }
    for (host, origin) in [
        ("a", "http://b"),
        ("a", "http://a.b"),
        ("a", "http://ba"),
        ("a", "http://a:8080"),
        ("a:8080", "http://a"),
        ("a:80", "https://a"),
        ("a", "null"),
        ("null", "null"),
        ("a", "a"),
        ("a", ""),
        ("a", "http://a/"),
        ("a", "http://x@a"),
        ("a", "http://a http://b"),
        ("a", "file://"),
    ] {
        assert!(!passes(&policy, host, Some(origin)), "{host} {origin}");
    }
}

#[test]
fn a_client_that_is_no_browser_is_let_in() {
    assert!(passes(&OriginPolicy::SameHost, "a", None));
    assert!(passes(&OriginPolicy::List(Vec::new()), "a", None));
}

#[test]
fn an_absolute_target_is_the_host_that_counts() {
    let request =
        |origin| Request::from_fields("GET", "http://b/", [("Host", "a"), ("Origin", origin)]).unwrap();
    assert!(OriginPolicy::SameHost.check(&request("http://b")).is_ok());
    assert!(OriginPolicy::SameHost.check(&request("http://a")).is_err());
}

#[test]
fn a_list_is_compared_byte_for_byte() {
    let policy = OriginPolicy::List(Vec::from(["https://good.example".into()]));
    assert!(passes(&policy, "a", Some("https://good.example")));
    for bad in [
        "https://Good.example",
        "https://good.example:443",
        "http://good.example",
        "https://good.example.evil",
        "null",
        "",
    ] {
        assert!(!passes(&policy, "a", Some(bad)), "{bad}");
    }
    assert!(passes(&OriginPolicy::List(Vec::from(["null".into()])), "a", Some("null")));
}

#[test]
fn a_function_decides_about_absent_origins_too() {
    let policy = OriginPolicy::custom(|origin, request| origin.is_none() && request.host() == Some("a"));
    assert!(passes(&policy, "a", None));
    assert!(!passes(&policy, "b", None));
    assert!(!passes(&policy.clone(), "a", Some("http://a")));
    assert_eq!(format!("{policy:?}"), "Custom(..)");
    assert_eq!(format!("{:?} {:?}", OriginPolicy::Any, OriginPolicy::SameHost), "Any SameHost");
    assert_eq!(format!("{:?}", OriginPolicy::List(Vec::from(["null".into()]))), r#"List(["null"])"#);
}
