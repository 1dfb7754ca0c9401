//! How much there may be of what a client could make grow, and how long it may take.

use std::time::Duration;

use rfc6455::session::{Config, Keepalive};

pub(crate) const MOST_CONNECTIONS: usize = 500;

/// How long Ctrl-C waits for the clients to answer the Close.
pub(crate) const PATIENCE: Duration = Duration::from_secs(3);

pub(crate) fn config() -> Config {
    let mut config = Config::default();
    // The largest file, with what is said about it.
    config.limits.message = 4 << 20;
    config.limits.frame = 4 << 20;
    // The Pong of a client on a slow line waits behind a file.
    config.keepalive = Some(Keepalive::new(Duration::from_secs(20), Duration::from_secs(60)));
    // A client that takes not a single byte for so long is out.
    config.write_timeout = Some(Duration::from_secs(10));
    config
}
