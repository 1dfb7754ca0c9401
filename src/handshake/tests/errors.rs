//! RFC 6455 §4.2.1: every refusal is an HTTP answer that names the fault.

use super::*;

const HEAD_ERRORS: [HeadError; 14] = [
    HeadError::BareLf,
    HeadError::BareCr,
    HeadError::Control(7),
    HeadError::TooManyBytes,
    HeadError::RequestLineTooLong,
    HeadError::TooManyHeaders,
    HeadError::StartLine,
    HeadError::Method,
    HeadError::Target,
    HeadError::HttpVersion,
    HeadError::HeaderName,
    HeadError::BlankBeforeColon,
    HeadError::Folded,
    HeadError::HeaderValue,
];

const REQUEST_ERRORS: [(RequestError, u16); 21] = [
    (RequestError::HostMissing, 400),
    (RequestError::HostRepeated, 400),
    (RequestError::HostInvalid, 400),
    (RequestError::TransferEncoding, 411),
    (RequestError::Body, 413),
    (RequestError::ContentLength, 400),
    (RequestError::OriginInvalid, 400),
    (RequestError::NotGet, 405),
    (RequestError::HttpVersion, 400),
    (RequestError::Upgrade, 426),
    (RequestError::Connection, 400),
    (RequestError::VersionMissing, 426),
    (RequestError::VersionInvalid, 400),
    (RequestError::VersionUnsupported(8), 426),
    (RequestError::KeyMissing, 400),
    (RequestError::KeyRepeated, 400),
    (RequestError::KeyInvalid, 400),
    (RequestError::Subprotocols, 400),
    (RequestError::Extensions, 400),
    (RequestError::OriginRefused, 403),
    (RequestError::AlreadyReceived, 500),
];

#[test]
fn each_refusal_has_a_status_a_length_and_a_text_and_closes() {
    let heads = HEAD_ERRORS.map(|fault| (RequestError::Head(fault), fault.status()));
    for (fault, status) in heads.into_iter().chain(REQUEST_ERRORS) {
        assert_eq!(fault.status(), status, "{fault:?}");
        let text = format!("{fault}\n");
        assert!(text.contains(fault.section()) && text.contains("RFC "), "{text}");
        let response = written(|out| fault.response().write(out));
        assert!(response.starts_with(&format!("HTTP/1.1 {status} ")));
        assert!(!response.starts_with(&format!("HTTP/1.1 {status} \r\n")), "{status} has a phrase");
        assert!(response.contains("\r\nConnection: close"));
        assert!(response.contains(&format!("\r\nContent-Length: {}\r\n", text.len())));
        assert!(response.ends_with(&format!("\r\n\r\n{text}")));
    }
}

#[test]
fn the_statuses_of_a_faulty_head() {
    let statuses = HEAD_ERRORS.map(HeadError::status);
    assert_eq!(statuses, [400, 400, 400, 431, 414, 431, 400, 400, 400, 505, 400, 400, 400, 400]);
}

#[test]
fn whoever_is_told_to_upgrade_is_told_to_what() {
    let response = written(|out| RequestError::Upgrade.response().write(out));
    assert!(response.contains("\r\nConnection: close, Upgrade\r\n"));
    assert!(response.contains("\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"));
}

#[test]
fn a_response_error_names_its_section() {
    let name = String::from("x");
    for fault in [
        ResponseError::Truncated,
        ResponseError::HttpVersion,
        ResponseError::Upgrade,
        ResponseError::Connection,
        ResponseError::AcceptMissing,
        ResponseError::AcceptRepeated,
        ResponseError::AcceptMismatch,
        ResponseError::SubprotocolRepeated,
        ResponseError::SubprotocolInvalid,
        ResponseError::SubprotocolNotOffered(name.clone()),
        ResponseError::ExtensionsRepeated,
        ResponseError::ExtensionsInvalid,
        ResponseError::ExtensionNotOffered(name.clone()),
        ResponseError::ExtensionRepeated(name),
        ResponseError::AlreadyReceived,
        ResponseError::Head(HeadError::BareLf),
    ] {
        let text = format!("{fault}");
        assert!(text.ends_with(&format!("({})", fault.section())), "{text}");
    }
}
