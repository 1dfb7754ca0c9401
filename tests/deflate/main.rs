//! Compression (RFC 7692) without sockets.
#![cfg(feature = "deflate")]

#[path = "../common/mod.rs"]
mod common;
#[path = "../deflate_common/mod.rs"]
mod deflate_common;
#[path = "../heap/mod.rs"]
mod heap;
#[path = "../pair/mod.rs"]
mod pair;

mod codec;
mod limits;
#[cfg(feature = "std")]
mod memory;
#[cfg(feature = "std")]
mod negotiation;
mod policy;
mod session;
mod whole;
mod windows;
mod work;
