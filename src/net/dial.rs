//! The way to a server: RFC 6455 §4.1, from its name to a TCP stream, directly or through a proxy.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;
use std::vec::Vec;

use super::sync::Instant;
use super::{Error, tunnel};
use crate::dial::{Gate, Pass, ProxyRules, Remote};
use crate::handshake::{HeadLimits, Uri};
use crate::session::Deadline;

/// How long all addresses of a name together may take, unless [`Connect::connect_timeout`](super::Connect::connect_timeout)
/// says otherwise.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How to get to servers.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    pub(crate) proxies: ProxyRules,
    pub(crate) gate: Option<Gate>,
    /// How many redirects are followed.
    pub(crate) redirects: usize,
    /// For all that comes before the opening handshake, but the resolving of names.
    pub(crate) timeout: Duration,
}

/// A stream to a server, and the right to be the only one that connects to it.
pub(super) struct Dialled {
    pub(super) stream: TcpStream,
    /// To be kept until the opening handshake is over.
    pub(super) pass: Option<Pass>,
}

impl Default for Route {
    fn default() -> Self {
        Self { proxies: ProxyRules::default(), gate: None, redirects: 0, timeout: CONNECT_TIMEOUT }
    }
}

impl Route {
    /// Resolves the name of the server, or of the proxy that leads to it, connects, and opens the tunnel.
    pub(super) fn dial(&self, uri: &Uri, limits: HeadLimits) -> Result<Dialled, Error> {
        let Some(proxy) = self.proxies.proxy_for(uri) else {
            return connect_first(&resolve(uri.host(), uri.port())?, self.timeout, |address, share| {
                let begun = Instant::now();
                let pass = self.pass(Remote::Address(address), share)?;
                let stream = connect(&address, share.saturating_sub(begun.elapsed()))?;
                Ok(Dialled { stream, pass })
            });
        };
        let addresses = resolve(proxy.host(), proxy.port())?;
        let begun = Instant::now();
        let left = || self.timeout.saturating_sub(begun.elapsed());
        let pass = self.pass(Remote::behind_proxy(uri), left())?;
        let mut stream = connect_first(&addresses, left(), |address, share| connect(&address, share))?;
        tunnel::open(&mut stream, proxy, uri, limits, left)?;
        Ok(Dialled { stream, pass })
    }

    /// Waits for the turn to connect, if there is a gate.
    fn pass(&self, remote: Remote, limit: Duration) -> Result<Option<Pass>, Error> {
        let Some(gate) = &self.gate else { return Ok(None) };
        gate.queue(remote).wait(limit).map(Some).ok_or(Error::Timeout(Deadline::Turn))
    }
}

fn resolve(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    Ok((host, port).to_socket_addrs()?.collect())
}

/// Connects to the first address that answers. Each gets an equal share of the time that is left, so that a dead one does not
/// use up that of the next.
fn connect_first<T>(
    addresses: &[SocketAddr],
    timeout: Duration,
    connect: impl Fn(SocketAddr, Duration) -> Result<T, Error>,
) -> Result<T, Error> {
    let start = Instant::now();
    let mut result = Err(Error::Io(io::Error::new(ErrorKind::NotFound, "the name has no address")));
    for (index, address) in addresses.iter().enumerate() {
        let left = u32::try_from(addresses.len().saturating_sub(index)).unwrap_or(u32::MAX);
        let share = timeout.saturating_sub(start.elapsed()).checked_div(left).unwrap_or_default();
        result = connect(*address, share);
        if result.is_ok() {
            break;
        }
    }
    result
}

fn connect(address: &SocketAddr, timeout: Duration) -> Result<TcpStream, Error> {
    // The system refuses a timeout of zero.
    let connected = TcpStream::connect_timeout(address, timeout.max(Duration::from_millis(1)));
    connected.map_err(|error| match error.kind() {
        ErrorKind::TimedOut => Error::Timeout(Deadline::Connect),
        _ => Error::Io(error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    /// An address where no one listens.
    fn dead() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    }

    fn dial(addresses: &[SocketAddr], timeout: Duration) -> Result<TcpStream, Error> {
        connect_first(addresses, timeout, |address, share| connect(&address, share))
    }

    #[test]
    fn the_first_address_that_answers_is_taken() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let good = listener.local_addr().unwrap();
        let stream = dial(&[dead(), dead(), good, dead()], Duration::from_secs(10)).unwrap();
        assert_eq!(stream.peer_addr().unwrap(), good);
    }

    #[test]
    fn the_error_is_that_of_the_last_address() {
        let none = dial(&[], Duration::from_secs(10)).unwrap_err();
        assert!(matches!(none, Error::Io(error) if error.kind() == ErrorKind::NotFound));
        let refused = dial(&[dead(), dead()], Duration::from_secs(10)).unwrap_err();
        assert!(matches!(refused, Error::Io(error) if error.kind() == ErrorKind::ConnectionRefused));
    }

    #[test]
    fn no_time_at_all_is_still_a_try() {
        // A timeout of zero would be refused by the system as an invalid argument.
        match dial(&[dead()], Duration::ZERO).unwrap_err() {
            Error::Io(error) => assert_eq!(error.kind(), ErrorKind::ConnectionRefused),
            error => assert!(matches!(error, Error::Timeout(Deadline::Connect)), "{error}"),
        }
    }
}
