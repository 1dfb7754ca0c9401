//! TLS below the blocking adapter, with certificates made here and rustls on its own at the other end where a test needs it.

#[path = "../common_net/mod.rs"]
mod common_net;
#[path = "../common_tls/mod.rs"]
mod common_tls;
#[path = "../pair/mod.rs"]
mod pair;
#[path = "../net/proxy_servers.rs"]
mod proxy_servers;

mod certificates;
mod deadlines;
mod endings;
mod halves;
mod messages;
mod negotiation;
mod proxies;
mod resume;
mod strangers;
