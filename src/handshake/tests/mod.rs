//! Golden bytes for every rule of the opening handshake, at every cut.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Debug;

use super::*;

mod accept;
mod client;
mod client_request;
mod client_states;
mod errors;
mod fast_paths;
mod head;
#[cfg(feature = "http")]
mod http;
mod http_response;
mod lists;
mod origin;
mod property;
mod refused;
mod request;
mod upgrade;
mod uri;

/// The key of RFC 6455 §1.3, and the answer to it.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
const NONCE: [u8; 16] = *b"the sample nonce";

/// The fields of a valid opening handshake.
const GOOD: [(&str, &str); 5] = [
    ("Host", "example.com"),
    ("Upgrade", "websocket"),
    ("Connection", "Upgrade"),
    ("Sec-WebSocket-Key", KEY),
    ("Sec-WebSocket-Version", "13"),
];

/// The bytes of a head.
fn head(start_line: &str, fields: &[(&str, &str)]) -> String {
    let mut text = format!("{start_line}\r\n");
    for (name, value) in fields {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text + "\r\n"
}

/// `fields` without those called `name`.
fn without<'a>(fields: &[(&'a str, &'a str)], name: &str) -> Vec<(&'a str, &'a str)> {
    fields.iter().copied().filter(|(found, _)| *found != name).collect()
}

/// `fields` with these headers called `name` in place of those that were there.
fn with<'a>(fields: &[(&'a str, &'a str)], name: &'a str, values: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    let mut changed = without(fields, name);
    changed.extend(values.iter().map(|value| (name, *value)));
    changed
}

/// Feeds `bytes` in one piece, at every cut in two, and a byte at a time, and sees that all end the same way:
/// with the same outcome, and the same bytes left. `None` means that more is needed.
fn at_every_cut<T, E>(
    bytes: &[u8],
    new: impl Fn() -> T,
    receive: impl Fn(&mut T, &mut &[u8]) -> Option<E>,
) -> Option<(E, usize)>
where
    E: PartialEq + Debug,
{
    let feed = |cuts: &[usize]| {
        let mut machine = new();
        let mut start = 0;
        for end in cuts.iter().copied().chain([bytes.len()]) {
            let mut input = &bytes[start..end];
            if let Some(outcome) = receive(&mut machine, &mut input) {
                return Some((outcome, bytes.len() - end + input.len()));
            }
            assert!(input.is_empty(), "what is not an outcome takes all input");
            start = end;
        }
        None
    };
    let whole = feed(&[]);
    for cut in 0..=bytes.len() {
        assert_eq!(feed(&[cut]), whole, "cut at {cut}");
    }
    assert_eq!(feed(&(0..bytes.len()).collect::<Vec<_>>()), whole, "a byte at a time");
    whole
}

/// What a server makes of `bytes`, at every cut, and the number of bytes left.
fn receive(bytes: impl AsRef<[u8]>) -> Option<(Result<Request, RequestError>, usize)> {
    receive_within(HeadLimits::default(), bytes)
}

fn receive_within(
    limits: HeadLimits,
    bytes: impl AsRef<[u8]>,
) -> Option<(Result<Request, RequestError>, usize)> {
    at_every_cut(
        bytes.as_ref(),
        || ServerHandshake::new(limits),
        |server, input| server.receive(input).transpose(),
    )
}

/// Why a server refuses `bytes`.
fn refusal(bytes: impl AsRef<[u8]>) -> RequestError {
    let (outcome, _) = receive(bytes).expect("an outcome");
    outcome.expect_err("a refusal")
}

/// What a server makes of an opening handshake with these fields.
fn upgrade(fields: &[(&str, &str)]) -> Result<Upgrade, RequestError> {
    let (request, left) = receive(head("GET /chat HTTP/1.1", fields)).expect("a whole head");
    assert_eq!(left, 0);
    Upgrade::from_request(&request?)
}

/// The text of what `write` appends.
fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    write(&mut out);
    String::from_utf8(out).expect("text")
}
