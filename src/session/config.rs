//! All that can be set, in one place, with the reason for each default.

use core::time::Duration;

#[cfg(feature = "deflate")]
use crate::deflate::Deflate;
use crate::handshake::HeadLimits;
use crate::protocol::Limits;

/// Limits and deadlines of a connection, from its first byte to its last.
///
/// ```
/// use core::time::Duration;
/// use rfc6455::session::{Config, Keepalive};
///
/// let mut config = Config::default();
/// config.limits.message = 64 << 10;
/// config.keepalive = Some(Keepalive::new(Duration::from_secs(20), Duration::from_secs(10)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// The longest frame and message to receive, in bytes. Default 16 MiB each.
    pub limits: Limits,
    /// The longest opening handshake to receive, in bytes and in headers. Default 16 KiB and 100 headers: browsers with
    /// many cookies send less than 8 KiB.
    pub head: HeadLimits,
    /// For the whole opening handshake, however slowly its bytes drip. Default 10 s: TCP retransmits a lost packet after
    /// 1, 2 and 4 s, so three losses in a row still pass.
    pub handshake_timeout: Duration,
    /// For the peer's Close after ours, and for a server to hang up after both. Default 5 s: a peer that is alive answers
    /// within a round trip and what it had queued.
    pub close_timeout: Duration,
    /// Pings to a silent peer, to find out that it is gone. Default none: TCP does not tell, so a long-lived server wants it.
    pub keepalive: Option<Keepalive>,
    /// Closes with 1001 when the peer sent nothing of a message for so long; pings and pongs do not count. Default none.
    pub idle_timeout: Option<Duration>,
    /// For a write that makes no progress, in adapters that can tell. With `net` it ends with an error that would block, after which
    /// one may try again or give the peer up; with `tokio` the connection is lost. Default 30 s: a peer which reads nothing for so long
    /// will not come back. A system call that takes a part before it waits ends without an error, so it may be a few times as long
    /// until an adapter is told.
    pub write_timeout: Option<Duration>,
    /// The most bytes that may wait to be written before an adapter refuses a further message, as `net` does, or waits before it
    /// takes one, as `tokio` does. Default 16 MiB: the
    /// largest message.
    pub write_backlog: usize,
    /// Compression of messages: `net::Connect` offers it with these settings, and `net::Incoming` accepts it with them. Default
    /// none. Where the opening handshake is done elsewhere this is not looked at; see
    /// [`Session::with_deflate`](super::Session::with_deflate).
    #[cfg(feature = "deflate")]
    pub deflate: Option<Deflate>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            head: HeadLimits::default(),
            handshake_timeout: Duration::from_secs(10),
            close_timeout: Duration::from_secs(5),
            keepalive: None,
            idle_timeout: None,
            write_timeout: Some(Duration::from_secs(30)),
            write_backlog: 16 << 20,
            #[cfg(feature = "deflate")]
            deflate: None,
        }
    }
}

/// When to ping a silent peer, and how long to wait for its Pong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Keepalive {
    /// A Ping goes out when nothing at all has come for so long.
    pub interval: Duration,
    /// The session fails when no Pong with that Ping's payload, or that of a later Ping, comes for so long after it. While
    /// parts of messages come, the wait begins anew with each: in the middle of a frame the peer cannot send a Pong. It has
    /// to be long enough for what waits to be written before the Ping: a large message on a slow line takes its time.
    pub timeout: Duration,
}

impl Keepalive {
    /// Pings after `interval` of silence, and gives up `timeout` later.
    #[must_use]
    pub const fn new(interval: Duration, timeout: Duration) -> Self {
        Self { interval, timeout }
    }
}
