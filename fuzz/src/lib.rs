//! What is fuzzed: a plain function for each target, which panics when what it asserts does not hold.
//!
//! `fuzz_targets` hands them to libFuzzer, and `tests/corpus.rs` of the crate replays with them what was found.

#![forbid(unsafe_code)]

use arbitrary::{Arbitrary, Unstructured};

mod another;
pub mod answer;
#[cfg(feature = "deflate")]
pub mod compressed;
pub mod connection;
mod cuts;
#[path = "../../tests/simulation/deadlines.rs"]
mod deadlines;
#[cfg(feature = "deflate")]
pub mod exchange;
pub mod frame;
mod http;
pub mod lists;
pub mod location;
mod naive;
#[cfg(feature = "deflate")]
pub mod offers;
pub mod programs;
pub mod receiver;
pub mod request;
mod scene;
pub mod session;
pub mod tunnel;
pub mod uri;
#[allow(dead_code, reason = "the simulation uses more of it")]
#[path = "../../tests/simulation/wire.rs"]
mod wire;

/// The body of a target, which is given what the fuzzer made.
pub type Body = fn(&[u8]);

/// All targets: the name, which is also that of the corpus, and the body.
pub const TARGETS: &[(&str, Body)] = &[
    ("answer", answer::run),
    #[cfg(feature = "deflate")]
    ("compressed", compressed::run),
    ("connection", connection::run),
    #[cfg(feature = "deflate")]
    ("exchange", exchange::run),
    ("frame", frame::run),
    ("lists", lists::run),
    ("location", location::run),
    #[cfg(feature = "deflate")]
    ("offers", offers::run),
    ("programs", programs::run),
    ("receiver", receiver::run),
    ("request", request::run),
    ("session", session::run),
    ("tunnel", tunnel::run),
    ("uri", uri::run),
];

/// Calls `body` with what `data` stands for.
fn taken_apart<'a, T: Arbitrary<'a>>(data: &'a [u8], body: impl FnOnce(T)) {
    if let Ok(input) = T::arbitrary_take_rest(Unstructured::new(data)) {
        body(input);
    }
}
