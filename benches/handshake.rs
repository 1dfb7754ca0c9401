//! The opening handshake: a request to the bytes of a 101, and an answer to its check.

mod common;

use std::hint::black_box;

use common::quick;
use criterion::{Criterion, criterion_group, criterion_main};
use rfc6455::handshake::{Answer, ClientRequest, HeadLimits, ServerHandshake, Upgrade, Uri};

/// What a browser sends.
const BROWSER: &str = "GET /chat?room=1 HTTP/1.1\r\nHost: example.com\r\nConnection: Upgrade\r\nPragma: no-cache\r\n\
    Cache-Control: no-cache\r\n\
    User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36\r\n\
    Upgrade: websocket\r\nOrigin: https://example.com\r\nSec-WebSocket-Version: 13\r\n\
    Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-GB,en;q=0.9\r\n\
    Cookie: session=3f1c0ffee3f1c0ffee3f1c0ffee\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n";

/// As little as the RFC allows.
const SHORT: &str = "GET /chat HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

const NONCE: [u8; 16] = *b"the sample nonce";

fn server(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("handshake/server");
    for (name, request) in [("short request", SHORT), ("browser's request", BROWSER)] {
        let mut out = Vec::new();
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                out.clear();
                answer(black_box(request.as_bytes()), &mut out);
                black_box(&out);
            });
        });
    }
}

fn answer(mut request: &[u8], out: &mut Vec<u8>) {
    let mut handshake = ServerHandshake::new(HeadLimits::default());
    let request = handshake.receive(&mut request).expect("the request is right").expect("and whole");
    Upgrade::from_request(&request).expect("it asks for a WebSocket").accept().write(out);
}

fn client(criterion: &mut Criterion) {
    let uri = Uri::parse("ws://example.com/chat").expect("the URI is right");
    let (mut request, mut response) = (Vec::new(), Vec::new());
    ClientRequest::new(&uri).start(NONCE, &mut request);
    answer(&request, &mut response);
    criterion.bench_function("handshake/client", |bencher| {
        bencher.iter(|| {
            request.clear();
            let mut handshake = ClientRequest::new(black_box(&uri)).start(NONCE, &mut request);
            let answer = handshake.receive(&mut black_box(&response[..])).expect("the answer is right");
            assert!(matches!(answer, Some(Answer::Open(_))));
        });
    });
}

criterion_group!(name = benches; config = quick(); targets = server, client);
criterion_main!(benches);
