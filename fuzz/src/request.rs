//! A server receives any bytes: cut anywhere, they come to the same, and whatever is accepted can be answered.

use rfc6455::handshake::{HeadLimits, OriginPolicy, Request, RequestError, ServerHandshake, Upgrade};

fn receive(pieces: &[&[u8]]) -> (Result<Option<Request>, RequestError>, usize) {
    let mut handshake = ServerHandshake::new(HeadLimits::default());
    let mut taken = 0;
    for piece in pieces {
        let mut input = *piece;
        let result = handshake.receive(&mut input);
        taken += piece.len() - input.len();
        if !matches!(result, Ok(None)) {
            return (result, taken);
        }
        assert!(input.is_empty(), "all is taken when more is needed");
    }
    (Ok(None), taken)
}

pub fn run(data: &[u8]) {
    super::taken_apart(data, check);
}

fn check((cut, bytes): (u16, &[u8])) {
    let (first, second) = bytes.split_at(usize::from(cut).min(bytes.len()));
    let whole = receive(&[bytes]);
    let cut = receive(&[first, second]);
    assert_eq!(whole.0, cut.0);
    match whole.0 {
        Ok(Some(request)) => {
            assert_eq!(whole.1, cut.1);
            let _ = OriginPolicy::SameHost.check(&request);
            match Upgrade::from_request(&request) {
                Ok(upgrade) => {
                    let mut out = Vec::new();
                    upgrade.accept().write(&mut out);
                    assert!(out.starts_with(b"HTTP/1.1 101 ") && out.ends_with(b"\r\n\r\n"));
                }
                Err(error) => assert!((400..600).contains(&error.status())),
            }
        }
        Err(error) => assert!((400..600).contains(&error.status())),
        Ok(None) => {}
    }
}
