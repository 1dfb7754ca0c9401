//! WebSocket (RFC 6455).
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    warn(
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
    )
)]
#![warn(
    clippy::exhaustive_enums,
    clippy::exhaustive_structs,
    clippy::missing_errors_doc,
    clippy::missing_panics_doc
)]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod entropy;
pub mod frame;
pub mod handshake;
#[cfg(feature = "std")]
pub mod net;
pub mod protocol;
pub mod session;

pub use entropy::EntropyError;
