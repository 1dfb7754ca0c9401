//! Whatever bytes come, and however they are cut: no panic, and one result.

use super::*;
use alloc::vec;
use proptest::prelude::*;

/// Feeds `bytes` in the pieces that end at `cuts`.
fn serve(bytes: &[u8], cuts: &[usize]) -> (Option<Result<Request, RequestError>>, usize) {
    let mut server = ServerHandshake::new(HeadLimits { bytes: 300, headers: 8 });
    feed(bytes, cuts, |input| server.receive(input).transpose())
}

fn ask(bytes: &[u8], cuts: &[usize]) -> (Option<Result<Answer, ResponseError>>, usize) {
    let request = ClientRequest::new(&Uri::parse("ws://h").unwrap()).body_limit(20);
    let mut client = request.subprotocol("a").unwrap().start(NONCE, &mut Vec::new());
    let (outcome, left) = feed(bytes, cuts, |input| client.receive(input).transpose());
    (outcome.or_else(|| Some(client.receive_eof())), left)
}

fn feed<E>(
    bytes: &[u8],
    cuts: &[usize],
    mut receive: impl FnMut(&mut &[u8]) -> Option<E>,
) -> (Option<E>, usize) {
    let mut start = 0;
    for end in cuts.iter().copied().filter(|cut| *cut < bytes.len()).chain([bytes.len()]) {
        let mut input = &bytes[start..end];
        if let Some(outcome) = receive(&mut input) {
            return (Some(outcome), bytes.len() - end + input.len());
        }
        assert!(input.is_empty());
        start = end;
    }
    (None, 0)
}

/// Pieces of heads, good and bad, in any order.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just("GET / HTTP/1.1\r\n"),
        Just("GET /a?b HTTP/1.0\r\n"),
        Just("HTTP/1.1 101 x\r\n"),
        Just("HTTP/1.1 403 x\r\n"),
        Just("HTTP/1.1 103 x\r\n\r\n"),
        Just("Host: h\r\n"),
        Just("Upgrade: websocket\r\n"),
        Just("Connection: Upgrade\r\n"),
        Just("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"),
        Just("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"),
        Just("Sec-WebSocket-Version: 13\r\n"),
        Just("Sec-WebSocket-Protocol: a\r\n"),
        Just("Sec-WebSocket-Extensions: a;b=\"c\", d\r\n"),
        Just("Content-Length: 5\r\n"),
        Just("Transfer-Encoding: chunked\r\n"),
        Just("\r\n"),
        Just("\r\n\r\n"),
        Just("3\r\nabc\r\n"),
        Just("0\r\n\r\n"),
        Just("x"),
        Just(" "),
        Just("\n"),
    ];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat().into_bytes())
}

fn cuts() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::btree_set(0..300_usize, 0..12).prop_map(|cuts| cuts.into_iter().collect())
}

proptest! {
    #[test]
    fn cuts_make_no_difference_to_a_server(bytes in pieces(), cuts in cuts()) {
        let (whole, left) = serve(&bytes, &[]);
        prop_assert_eq!(serve(&bytes, &cuts), (whole.clone(), left));
        if let Some(Ok(request)) = whole {
            let _ = Upgrade::from_request(&request);
            let _ = OriginPolicy::SameHost.check(&request);
        }
    }

    #[test]
    fn cuts_make_no_difference_to_a_client(bytes in pieces(), cuts in cuts()) {
        prop_assert_eq!(ask(&bytes, &cuts), ask(&bytes, &[]));
    }

    #[test]
    fn random_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), cuts in cuts()) {
        prop_assert_eq!(serve(&bytes, &cuts), serve(&bytes, &[]));
        prop_assert_eq!(ask(&bytes, &cuts), ask(&bytes, &[]));
    }

    #[test]
    fn a_uri_that_is_parsed_can_be_written_and_parsed_again(rest in "[ -~]{0,30}", any in "\\PC{0,30}") {
        let _ = Uri::parse(&any);
        if let Ok(uri) = Uri::parse(&format!("ws://{rest}")) {
            prop_assert_eq!(Uri::parse(&format!("{uri}")), Ok(uri.clone()));
            let text = written(|out| drop(ClientRequest::new(&uri).start(NONCE, out)));
            let request = ServerHandshake::new(HeadLimits::default()).receive(&mut text.as_bytes());
            prop_assert!(matches!(request, Ok(Some(request)) if Upgrade::from_request(&request).is_ok()));
        }
    }

    #[test]
    fn extensions_that_are_written_are_read_the_same(value in "[ab;=,\" \\\\]{0,20}") {
        let fields = with(&GOOD, "Sec-WebSocket-Extensions", &[&value]);
        let parsed = Upgrade::from_request(&Request::from_fields("GET", "/", fields).unwrap());
        if let Ok(upgrade) = parsed {
            let texts: Vec<String> = upgrade.extensions().iter().map(|it| format!("{it}")).collect();
            let again = with(&GOOD, "Sec-WebSocket-Extensions", &[]);
            let joined = texts.join(", ");
            let again: Vec<_> = again.into_iter().chain([("Sec-WebSocket-Extensions", joined.as_str())]).collect();
            let again = Upgrade::from_request(&Request::from_fields("GET", "/", again).unwrap()).unwrap();
            prop_assert_eq!(again.extensions(), upgrade.extensions());
        }
    }

    #[test]
    fn only_what_was_offered_is_ever_answered(
        offered in prop::collection::vec("[abc]", 1..4),
        chosen in prop::collection::vec("[abcd]", 0..4),
    ) {
        let offer = offered.join(", ");
        let fields: Vec<_> = GOOD.into_iter().chain([("Sec-WebSocket-Extensions", offer.as_str())]).collect();
        let upgrade = Upgrade::from_request(&Request::from_fields("GET", "/", fields).unwrap()).unwrap();
        let mut accept = upgrade.accept();
        for name in &chosen {
            let before = accept.clone();
            accept = accept.extension(Extension::new(name).unwrap()).unwrap_or(before);
        }
        for extension in accept.chosen_extensions() {
            prop_assert!(offered.iter().any(|name| name == extension.name()));
        }
    }
}
