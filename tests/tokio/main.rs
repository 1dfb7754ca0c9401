//! The adapter for tokio: over streams that give a byte at a time, over sockets, and on a clock that a test stops.
#![cfg(feature = "tokio")]

#[path = "../common_net/mod.rs"]
mod common_net;
#[cfg(feature = "tokio-rustls")]
#[path = "../common_tls/mod.rs"]
mod common_tls;
#[path = "../pair/mod.rs"]
mod pair;
#[path = "../net/proxy_servers.rs"]
mod proxy_servers;

mod accept;
mod cancel;
mod common;
#[cfg(feature = "deflate")]
mod deflate;
mod drip;
mod endings;
mod faults;
mod halves;
mod room;
mod routes;
mod sockets;
mod streams;
mod time;
#[cfg(feature = "tokio-rustls")]
mod tls;
