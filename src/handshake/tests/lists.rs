//! RFC 6455 §4.3, §9.1: the grammar of extensions, to the letter.

use super::*;

fn parse(value: &str) -> Option<Vec<String>> {
    let fields = with(&GOOD, "Sec-WebSocket-Extensions", &[value]);
    let request = Request::from_fields("GET", "/", fields).unwrap();
    let upgrade = Upgrade::from_request(&request).ok()?;
    Some(upgrade.extensions().iter().map(|it| format!("{it}")).collect())
}

#[test]
fn malformed_lists_are_refused() {
    for bad in [
        "",
        ",",
        ",,",
        "a,",
        ",a",
        "a,,b",
        ";",
        "a;",
        "a;;b",
        ";a",
        "=x",
        "a=b",
        "a;=x",
        "a;b=",
        "a;b=;c",
        "a;b=,c",
        "a b",
        "a;b c",
        "a;b=c d",
        "a;b=\"",
        "a;b=\"x",
        "a;b=x\"",
        "a;b=\"x y\"",
        "a;b=\"\"",
        "a;b=\"x\"y",
        "a;b=\"x\\",
        "a;b=\"x\\\"\"",
        "a;b=\"a,b\"",
        "\"a\"",
        "a;\"b\"",
        "a;b==c",
        "a\u{e9}",
        "a;b=\u{e9}",
        "a/b",
        "(a)",
    ] {
        assert_eq!(parse(bad), None, "{bad}");
    }
}

#[test]
fn lists_have_a_hundred_elements_at_most() {
    let many = |element: &str, count: usize| [element].repeat(count).join(",");
    assert_eq!(parse(&many("a", 100)).unwrap().len(), 100);
    assert_eq!(parse(&many("a", 101)), None);
    assert_eq!(parse(&many("a;b", 50)).unwrap().len(), 50);
    assert_eq!(parse(&many("a;b", 51)), None);
    assert_eq!(parse(&format!("a{}", ";b".repeat(99))).unwrap().len(), 1);
    assert_eq!(parse(&format!("a{}", ";b".repeat(100))), None);
    for (count, is_accepted) in [(100, true), (101, false)] {
        let names: Vec<_> = (0..count).map(|number| format!("n{number}")).collect();
        // In one header or in several.
        for values in [Vec::from([names.join(", ")]), names] {
            let values: Vec<_> = values.iter().map(String::as_str).collect();
            let request =
                Request::from_fields("GET", "/", with(&GOOD, "Sec-WebSocket-Protocol", &values)).unwrap();
            let upgrade = Upgrade::from_request(&request);
            assert_eq!(upgrade.is_ok(), is_accepted);
        }
    }
}

#[test]
fn a_quoted_value_equals_the_token_within() {
    for same in ["a;b=ok", "a;b=\"ok\"", "a;b=\"\\o\\k\"", "a ; b = ok", "a\t;\tb\t=\t\"ok\"\t"] {
        assert_eq!(parse(same).unwrap(), ["a; b=ok"], "{same}");
    }
}

#[test]
fn names_and_parameters_keep_their_order_and_may_be_repeated() {
    let text = "x; b; a=1; b, permessage-deflate; client_max_window_bits, permessage-deflate";
    assert_eq!(
        parse(text).unwrap(),
        ["x; b; a=1; b", "permessage-deflate; client_max_window_bits", "permessage-deflate"],
    );
}

#[test]
fn an_extension_is_built_of_tokens() {
    let built = Extension::new("foo").unwrap().param("a", None).unwrap().param("b", Some("1")).unwrap();
    assert_eq!(built.name(), "foo");
    let params: Vec<_> = built.params().iter().map(|param| (param.name(), param.value())).collect();
    assert_eq!(params, [("a", None), ("b", Some("1"))]);
    for bad in ["", "a b", "a,b", "a;b", "a\r\nb", "\u{e9}", "\"a\""] {
        assert!(matches!(Extension::new(bad), Err(BuildError::ExtensionToken(_))), "{bad}");
        assert!(built.clone().param(bad, None).is_err());
        assert!(built.clone().param("a", Some(bad)).is_err());
    }
}

#[test]
fn a_token_is_made_of_exactly_these_bytes() {
    const TOKEN: &[u8] = b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    for byte in 0..=255_u8 {
        assert_eq!(token::is_token(&[byte]), TOKEN.contains(&byte), "{byte}");
    }
}
