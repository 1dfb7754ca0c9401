//! RFC 6455 §4.1: the course of a client's handshake: interim answers, errors, the end of the transport.

use super::client::{OPEN, answer, offering, plain, start};
use super::*;

#[test]
fn interim_answers_are_skipped() {
    let interim = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n";
    let (outcome, _) = answer(&plain(), format!("{interim}{}", head("HTTP/1.1 101 x", &OPEN))).unwrap();
    assert!(matches!(outcome, Ok(Answer::Open(response)) if response.headers().len() == 3));
    let (outcome, _) = answer(&plain(), format!("{interim}HTTP/1.1 204 x\r\n\r\n")).unwrap();
    assert!(matches!(outcome, Ok(Answer::Refused(response)) if response.status() == 204));
}

#[test]
fn each_interim_answer_may_have_as_many_headers_as_the_last() {
    let limited = plain().limits(HeadLimits { headers: 3, ..HeadLimits::default() });
    let text = head("HTTP/1.1 103 x", &OPEN) + &head("HTTP/1.1 101 x", &OPEN);
    assert!(matches!(answer(&limited, text).unwrap().0, Ok(Answer::Open(_))));
}

#[test]
fn interim_answers_are_bounded_together() {
    let flood = "HTTP/1.1 103 x\r\n\r\n".repeat(1000);
    let mut client = start(&plain());
    let mut input = flood.as_bytes();
    assert_eq!(client.receive(&mut input), Err(HeadError::TooManyBytes.into()));
    assert_eq!(flood.len() - input.len(), 16 * 1024);
}

#[test]
fn an_error_is_repeated_and_takes_nothing() {
    let mut client = start(&plain());
    let text = head("HTTP/1.1 101 x", &[]) + "rest";
    let mut input = text.as_bytes();
    for _ in 0..2 {
        assert_eq!(client.receive(&mut input), Err(ResponseError::Upgrade));
        assert_eq!(input, b"rest");
    }
    assert_eq!(client.receive_eof(), Err(ResponseError::Upgrade));
    assert_eq!(client.receive_eof(), Err(ResponseError::Upgrade));
}

#[test]
fn after_the_answer_a_call_says_so() {
    let mut client = start(&plain());
    let text = head("HTTP/1.1 101 x", &OPEN) + "rest";
    let mut input = text.as_bytes();
    assert!(client.receive(&mut input).unwrap().is_some());
    assert_eq!(client.receive(&mut input), Err(ResponseError::AlreadyReceived));
    assert_eq!(client.receive_eof(), Err(ResponseError::AlreadyReceived));
    assert_eq!(input, b"rest");
}

#[test]
fn an_end_within_the_head_is_an_error() {
    let mut client = start(&plain());
    assert_eq!(client.receive(&mut b"HTTP/1.1 101 x\r\n".as_slice()), Ok(None));
    assert_eq!(client.receive_eof(), Err(ResponseError::Truncated));
    assert_eq!(client.receive(&mut b"\r\n".as_slice()), Err(ResponseError::Truncated));
}

#[test]
fn fields_of_another_stack_are_checked_for_syntax_too() {
    let client = start(&plain());
    let fault = client.check_fields(101, [("A", "b\r\nc")]).unwrap_err();
    assert_eq!(fault, HeadError::HeaderValue.into());
    let refused = client.check_fields(404, [("A", "b")]).unwrap();
    assert!(matches!(refused, Answer::Refused(response) if response.status() == 404));
}

#[test]
fn what_a_server_writes_a_client_takes() {
    let mut out = Vec::new();
    let mut client = offering().start(NONCE, &mut out);
    let request = ServerHandshake::new(HeadLimits::default()).receive(&mut out.as_slice()).unwrap().unwrap();
    let accept = Upgrade::from_request(&request).unwrap().accept().subprotocol("chat").unwrap();
    let accept = accept.extension(Extension::new("bar").unwrap()).unwrap();
    let mut out = Vec::new();
    accept.write(&mut out);
    match client.receive(&mut out.as_slice()) {
        Ok(Some(Answer::Open(response))) => {
            assert_eq!(response.subprotocol(), accept.chosen_subprotocol());
            assert_eq!(response.extensions(), accept.chosen_extensions());
        }
        other => panic!("{other:?}"),
    }
}
