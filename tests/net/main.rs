//! The blocking adapter over real sockets, and over streams that misbehave on purpose.
#![cfg(feature = "std")]

#[cfg(feature = "deflate")]
#[path = "../common/mod.rs"]
mod common;
#[path = "../common_net/mod.rs"]
mod common_net;
#[cfg(feature = "deflate")]
#[path = "../deflate_common/mod.rs"]
mod deflate_common;
#[path = "../pair/mod.rs"]
mod pair;

mod accept;
mod buffers;
mod closing;
mod connect;
mod deadlines;
#[cfg(feature = "deflate")]
mod deflate;
#[cfg(feature = "deflate")]
mod deflate_halves;
#[cfg(feature = "deflate")]
mod deflate_idle;
mod extremes;
mod gates;
mod halves;
mod halves_in_threads;
mod halves_that_block;
mod messages;
mod proxies;
mod proxy_servers;
mod redirects;
mod resume;
mod slow_readers;
mod unread_pongs;
