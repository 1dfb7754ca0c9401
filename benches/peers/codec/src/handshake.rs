//! What the opening handshakes are made of.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

use crate::wire::Ends;

pub(crate) const HOST: &str = "example.com";
pub(crate) const PATH: &str = "/chat";
pub(crate) const URL: &str = "ws://example.com/chat";

/// As little as the RFC allows.
pub(crate) const SHORT: &str = "GET /chat HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// What a browser sends.
pub(crate) const BROWSER: &str = "GET /chat?room=1 HTTP/1.1\r\nHost: example.com\r\nConnection: Upgrade\r\n\
    Pragma: no-cache\r\nCache-Control: no-cache\r\n\
    User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36\r\n\
    Upgrade: websocket\r\nOrigin: https://example.com\r\nSec-WebSocket-Version: 13\r\n\
    Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-GB,en;q=0.9\r\n\
    Cookie: session=3f1c0ffee3f1c0ffee3f1c0ffee\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n";

/// A server that answers the request, as quickly as it can. What that takes is part of the figure, for all alike; it is
/// measured by itself, too.
#[derive(Default)]
pub(crate) struct Answering {
    request: Vec<u8>,
    answer: Vec<u8>,
    at: usize,
}

impl Ends for Answering {
    fn next(&mut self, most: usize) -> &[u8] {
        if self.answer.is_empty() {
            self.answer = answer(&self.request);
        }
        let from = self.at;
        self.at = self.answer.len().min(from + most);
        &self.answer[from..self.at]
    }

    fn put(&mut self, bytes: &[u8]) {
        self.request.extend_from_slice(bytes);
    }
}

/// The answer to a request, of which only the key is looked at.
pub(crate) fn answer(request: &[u8]) -> Vec<u8> {
    const NAME: &[u8] = b"sec-websocket-key: ";
    let key = request
        .split(|byte| *byte == b'\n')
        .find(|line| line.get(..NAME.len()).is_some_and(|name| name.eq_ignore_ascii_case(NAME)))
        .map(|line| &line[NAME.len()..][..24])
        .expect("the request has a key");
    let digest =
        Sha1::new().chain_update(key).chain_update("258EAFA5-E914-47DA-95CA-C5AB0DC85B11").finalize();
    let mut answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Accept: "
        .to_vec();
    let mut accept = [0; 28];
    STANDARD.encode_slice(digest, &mut accept).expect("20 bytes make 28 characters");
    answer.extend_from_slice(&accept);
    answer.extend_from_slice(b"\r\n\r\n");
    answer
}
