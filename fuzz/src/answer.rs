//! A client receives any bytes as the answer to its handshake: cut anywhere, they come to the same.

use rfc6455::handshake::{Answer, ClientRequest, ResponseError, Uri};

fn receive(pieces: &[&[u8]]) -> Result<Option<Answer>, ResponseError> {
    let uri = Uri::parse("ws://example.com/chat").expect("it is one");
    let request = ClientRequest::new(&uri).subprotocol("chat").expect("it is a token");
    // The nonce of RFC 6455 §1.3, so that a corpus can hold the right answer.
    let mut handshake = request.start(*b"the sample nonce", &mut Vec::new());
    for piece in pieces {
        let mut input = *piece;
        match handshake.receive(&mut input) {
            Ok(None) => assert!(input.is_empty(), "all is taken when more is needed"),
            other => return other,
        }
    }
    handshake.receive_eof().map(Some)
}

pub fn run(data: &[u8]) {
    super::taken_apart(data, check);
}

fn check((cut, bytes): (u16, &[u8])) {
    let (first, second) = bytes.split_at(usize::from(cut).min(bytes.len()));
    let answer = receive(&[bytes]);
    assert_eq!(answer, receive(&[first, second]));
    match answer {
        Ok(Some(Answer::Open(response))) => assert_eq!(response.status(), 101),
        Ok(Some(Answer::Refused(response))) => assert!(response.body().len() <= 64 * 1024),
        Ok(None) | Err(_) => {}
    }
}
