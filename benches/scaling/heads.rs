//! Heads of opening handshakes: many headers, long ones, and a byte at a time. A request is answered each time.

use std::fmt::Write;
use std::hint::black_box;

use rfc6455::handshake::{HeadLimits, ServerHandshake, Upgrade};

use super::{Law, Work, sizes};

pub(crate) fn laws() -> Vec<Law> {
    let law = |name, unit, sizes, work| Law { name, unit, sizes, work };
    vec![
        law("head, default limits", "header", vec![5, 10, 25, 50, 100], |count| {
            handshake(lines(count), HeadLimits::default(), usize::MAX)
        }),
        law("head, no limits", "header", sizes(10, 10_000, 10), |count| {
            handshake(lines(count), unlimited(), usize::MAX)
        }),
        law("head with one long value, no limits", "byte", sizes(256, 1 << 20, 4), |len| {
            handshake(long(len), unlimited(), usize::MAX)
        }),
        law("the same head, a byte at a time", "byte", sizes(256, 1 << 20, 4), |len| {
            handshake(long(len), unlimited(), 1)
        }),
    ]
}

/// As little as the RFC allows, without the empty line: five headers.
const SHORT: &str = "GET /chat HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";

fn unlimited() -> HeadLimits {
    let mut limits = HeadLimits::default();
    (limits.bytes, limits.headers) = (usize::MAX, usize::MAX);
    limits
}

/// A head of so many headers.
fn lines(count: usize) -> String {
    let mut head = SHORT.to_owned();
    for number in 5..count {
        write!(head, "X-Header-{number}: of some application\r\n").expect("a string takes it");
    }
    head + "\r\n"
}

/// A head of so many bytes.
fn long(len: usize) -> String {
    let (name, end) = ("Cookie: ", "\r\n\r\n");
    let value = "x".repeat(len - SHORT.len() - name.len() - end.len());
    [SHORT, name, &value, end].concat()
}

fn handshake(head: String, limits: HeadLimits, at_once: usize) -> Work {
    let mut out = Vec::new();
    Box::new(move || {
        let mut handshake = ServerHandshake::new(limits);
        let mut whole = None;
        for mut read in black_box(&head).as_bytes().chunks(at_once.min(head.len())) {
            whole = handshake.receive(&mut read).expect("the request is right");
        }
        let request = whole.expect("the head is whole");
        out.clear();
        Upgrade::from_request(&request).expect("it asks for a WebSocket").accept().write(&mut out);
        black_box(&out);
    })
}
