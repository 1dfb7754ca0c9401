//! Golden bytes for each protocol of a proxy, at every cut; and each rule of what comes before and after.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::*;
use crate::handshake::{HeadError, HeadLimits, Uri, UriError};

mod backoff;
mod connect;
mod environment;
#[cfg(feature = "std")]
mod gate;
mod property;
mod proxy;
mod redirect;
#[cfg(shuttle)]
mod schedules;
mod socks;

fn uri(text: &str) -> Uri {
    Uri::parse(text).unwrap()
}

fn proxy(text: &str) -> Proxy {
    Proxy::parse(text).unwrap()
}

/// A tunnel, and what was written to begin it.
fn start(proxy: &Proxy, to: &str) -> (Tunnel, Vec<u8>) {
    let mut out = Vec::new();
    (Tunnel::start(proxy, &uri(to), HeadLimits::default(), &mut out).unwrap(), out)
}

/// What came of a tunnel: its outcome, how many bytes were left, and all that was written.
type Course = (Option<Result<Opened, ProxyError>>, usize, Vec<u8>);

/// Feeds `bytes` in the pieces that end at `cuts`.
fn feed(proxy: &Proxy, bytes: &[u8], cuts: &[usize]) -> Course {
    let (mut tunnel, mut out) = start(proxy, "ws://example.com/");
    let mut begin = 0;
    for end in cuts.iter().copied().filter(|cut| *cut < bytes.len()).chain([bytes.len()]) {
        let mut input = &bytes[begin..end];
        if let Some(outcome) = tunnel.receive(&mut input, &mut out).transpose() {
            return (Some(outcome), bytes.len() - end + input.len(), out);
        }
        assert!(input.is_empty(), "what is not an outcome takes all input");
        begin = end;
    }
    (None, 0, out)
}

/// What comes of `bytes`: in one piece, cut in two anywhere, and a byte at a time, it is the same.
fn at_every_cut(proxy: &Proxy, bytes: impl AsRef<[u8]>) -> Course {
    let bytes = bytes.as_ref();
    let whole = feed(proxy, bytes, &[]);
    for cut in 0..=bytes.len() {
        assert_eq!(feed(proxy, bytes, &[cut]), whole, "cut at {cut}");
    }
    assert_eq!(feed(proxy, bytes, &(0..bytes.len()).collect::<Vec<_>>()), whole, "a byte at a time");
    whole
}

/// Why `bytes` open no tunnel.
fn refusal(proxy: &Proxy, bytes: impl AsRef<[u8]>) -> ProxyError {
    at_every_cut(proxy, bytes).0.expect("an outcome").expect_err("a refusal")
}
