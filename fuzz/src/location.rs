//! A URI, a line feed and a `Location`: where the redirect leads is what the steps of RFC 3986 §5.2, written down once more as they
//! stand there, come to. It never leads from wss to ws, and credentials stay at their origin.

use rfc6455::dial::{RedirectError, Redirects};
use rfc6455::handshake::{Answer, ClientRequest, Uri};

pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some((base, location)) = text.split_once('\n') else { return };
    let Ok(base) = Uri::parse(base) else { return };
    let request = ClientRequest::new(&base).header("Cookie", "id=7").expect("it is one");
    let answer = request.start([7; 16], &mut Vec::new()).check_fields(307, [("Location", location)]);
    // A control character.
    let Ok(answer) = answer else { return };
    let Answer::Refused(answer) = answer else { panic!("{answer:?}") };
    let location = location.trim_matches([' ', '\t']);
    let expected = target(&base, location).map(|target| Uri::parse(&target));
    match (Redirects::new(1).follow(&base, &answer), expected) {
        (Ok(Some(redirect)), Some(Ok(expected))) => {
            assert_eq!(*redirect.uri(), expected);
            assert!(expected.is_secure() || !base.is_secure());
            let origin = |uri: &Uri| (uri.is_secure(), uri.host().to_owned(), uri.port());
            assert_eq!(redirect.crosses_origin(), origin(&base) != origin(&expected));
            let mut out = Vec::new();
            redirect.request(&request).start([7; 16], &mut out);
            let out = String::from_utf8(out).expect("it is ASCII");
            assert!(out.starts_with(&format!(
                "GET {} HTTP/1.1\r\nHost: {}\r\n",
                expected.resource(),
                expected.host_header()
            )));
            assert_eq!(out.contains("\r\nCookie: id=7\r\n"), !redirect.crosses_origin());
        }
        (Err(RedirectError::Downgrade), Some(Ok(expected))) => {
            assert!(base.is_secure() && !expected.is_secure());
        }
        (Err(RedirectError::Location(fault)), Some(Err(expected))) => assert_eq!(fault, expected),
        (Err(RedirectError::Scheme), None) => {}
        other => panic!("{other:?}"),
    }
}

/// The five parts of a reference, as the regular expression of RFC 3986 appendix B takes them apart; without the fragment.
#[derive(Debug)]
struct Parts<'a> {
    scheme: Option<&'a str>,
    authority: Option<&'a str>,
    path: &'a str,
    query: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Self {
        let text = text.split_once('#').map_or(text, |(text, _)| text);
        let (text, query) = text.split_once('?').map_or((text, None), |(text, query)| (text, Some(query)));
        let (scheme, text) = match text.split_once(':') {
            Some((scheme, rest)) if !scheme.contains('/') => (Some(scheme), rest),
            _ => (None, text),
        };
        let (authority, path) = match text.strip_prefix("//") {
            Some(rest) => {
                let end = rest.find('/').unwrap_or(rest.len());
                (Some(&rest[..end]), &rest[end..])
            }
            None => (None, text),
        };
        Self { scheme, authority, path, query }
    }
}

/// §5.2.2 and §5.3; `None` where there is no WebSocket by its scheme.
fn target(base: &Uri, location: &str) -> Option<String> {
    let base_text = base.to_string();
    let (base, reference) = (Parts::of(&base_text), Parts::of(location));
    let (scheme, authority, path, query);
    if reference.scheme.is_some() || reference.authority.is_some() {
        scheme = reference.scheme.or(base.scheme)?;
        authority = reference.authority?;
        path = remove_dot_segments(reference.path);
        query = reference.query;
    } else {
        (scheme, authority) = (base.scheme?, base.authority?);
        if reference.path.is_empty() {
            path = base.path.to_owned();
            query = reference.query.or(base.query);
        } else {
            let merged = base.path[..=base.path.rfind('/')?].to_owned() + reference.path;
            path =
                remove_dot_segments(if reference.path.starts_with('/') { reference.path } else { &merged });
            query = reference.query;
        }
    }
    let scheme = match scheme.to_lowercase().as_str() {
        "ws" | "http" => "ws",
        "wss" | "https" => "wss",
        _ => return None,
    };
    let query = query.map_or(String::new(), |query| format!("?{query}"));
    Some(format!("{scheme}://{authority}{path}{query}"))
}

/// §5.2.4, step by step.
fn remove_dot_segments(path: &str) -> String {
    let (mut input, mut output) = (path.to_owned(), String::new());
    while !input.is_empty() {
        if input.starts_with("../") {
            input.drain(..3);
        } else if input.starts_with("./") || input.starts_with("/./") {
            input.drain(..2);
        } else if input == "/." {
            input.pop();
        } else if input.starts_with("/../") || input == "/.." {
            input = format!("/{}", input.get(4..).unwrap_or_default());
            output.truncate(output.rfind('/').unwrap_or(0));
        } else if input == "." || input == ".." {
            input.clear();
        } else {
            let end = input[1..].find('/').map_or(input.len(), |end| end + 1);
            output.extend(input.drain(..end));
        }
    }
    output
}
