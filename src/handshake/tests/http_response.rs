//! RFC 6455 §4.2.2: the bytes of refusals and of plain answers.

use super::*;

#[test]
fn a_refusal_has_a_length_and_closes() {
    assert_eq!(
        written(|out| HttpResponse::not_found().write(out)),
        "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    );
}

#[test]
fn a_status_has_its_phrase() {
    // RFC 9110 §15 and RFC 6585 have them; the last status is nobody's.
    let phrases = [
        (200, "OK"),
        (201, "Created"),
        (202, "Accepted"),
        (204, "No Content"),
        (301, "Moved Permanently"),
        (302, "Found"),
        (303, "See Other"),
        (304, "Not Modified"),
        (307, "Temporary Redirect"),
        (308, "Permanent Redirect"),
        (400, "Bad Request"),
        (401, "Unauthorized"),
        (403, "Forbidden"),
        (404, "Not Found"),
        (405, "Method Not Allowed"),
        (406, "Not Acceptable"),
        (408, "Request Timeout"),
        (409, "Conflict"),
        (410, "Gone"),
        (411, "Length Required"),
        (413, "Content Too Large"),
        (414, "URI Too Long"),
        (415, "Unsupported Media Type"),
        (421, "Misdirected Request"),
        (426, "Upgrade Required"),
        (429, "Too Many Requests"),
        (431, "Request Header Fields Too Large"),
        (500, "Internal Server Error"),
        (501, "Not Implemented"),
        (502, "Bad Gateway"),
        (503, "Service Unavailable"),
        (504, "Gateway Timeout"),
        (505, "HTTP Version Not Supported"),
        (599, ""),
    ];
    for (status, phrase) in phrases {
        let text = written(|out| HttpResponse::new(status).unwrap().write(out));
        assert_eq!(text.lines().next(), Some(format!("HTTP/1.1 {status} {phrase}").as_str()));
    }
}

#[test]
fn a_server_can_demand_authentication() {
    let response = HttpResponse::unauthorized("Basic realm=\"chat\"").unwrap().text("who are you?");
    assert_eq!(
        written(|out| response.write(out)),
        "HTTP/1.1 401 Unauthorized\r\n\
         Connection: close\r\n\
         Content-Length: 12\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\
         WWW-Authenticate: Basic realm=\"chat\"\r\n\
         \r\n\
         who are you?",
    );
}

#[test]
fn a_server_can_redirect() {
    let response = HttpResponse::new(302).unwrap().header("Location", "wss://other/").unwrap();
    assert_eq!(
        written(|out| response.write(out)),
        "HTTP/1.1 302 Found\r\nConnection: close\r\nContent-Length: 0\r\nLocation: wss://other/\r\n\r\n",
    );
}

#[test]
fn a_page_is_an_answer_too() {
    let page = HttpResponse::ok("text/html", "<p>hi").unwrap();
    assert_eq!(
        written(|out| page.write(out)),
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\nContent-Type: text/html\r\n\r\n<p>hi",
    );
    let head = written(|out| page.write_head(out));
    assert!(head.contains("Content-Length: 5\r\n") && head.ends_with("\r\n\r\n"));
}

#[test]
fn some_statuses_have_no_body() {
    for status in [204, 304] {
        let text = written(|out| HttpResponse::new(status).unwrap().text("never").write(out));
        assert!(text.ends_with("\r\n\r\n") && !text.contains("Content-Length"), "{text}");
    }
}

#[test]
fn a_status_is_final_and_known_to_http() {
    for status in [0, 100, 101, 199, 600, 1000] {
        assert_eq!(HttpResponse::new(status), Err(BuildError::Status(status)));
    }
    assert_eq!(HttpResponse::new(599).unwrap().status(), 599);
    assert!(written(|out| HttpResponse::new(599).unwrap().write(out)).starts_with("HTTP/1.1 599 \r\n"));
    let statuses = [
        (HttpResponse::bad_request(), 400),
        (HttpResponse::forbidden(), 403),
        (HttpResponse::service_unavailable(), 503),
    ];
    for (response, status) in statuses {
        assert_eq!(response.status(), status);
    }
}

#[test]
fn headers_are_checked() {
    for name in ["Connection", "content-length", "Transfer-Encoding", "Content-Type", "Sec-WebSocket-Accept"]
    {
        let outcome = HttpResponse::not_found().header(name, "x");
        assert_eq!(outcome, Err(BuildError::ReservedHeader(name.into())));
    }
    assert!(HttpResponse::not_found().header("X", "a\r\nb").is_err());
    assert!(HttpResponse::not_found().body("text\r\n", "").is_err());
    assert!(HttpResponse::unauthorized("a\nb").is_err());
}
