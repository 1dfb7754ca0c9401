//! The way to a server: RFC 6455 §4.1 before the opening handshake, with a proxy and a gate if there are any.

use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::{Duration, Instant};
use std::vec::Vec;

use ::tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use ::tokio::net::{TcpStream, lookup_host};
use ::tokio::time::timeout;

use super::polled::now;
use crate::dial::{Gate, Pass, Proxy, Remote, Tunnel};
use crate::handshake::{HeadLimits, Uri};
use crate::net::{Connect, Error};
use crate::session::Deadline;

/// A stream to a server, and the right to be the only one that connects to it.
pub(super) struct Dialled {
    pub(super) stream: TcpStream,
    /// To be kept until the opening handshake is over.
    pub(super) pass: Option<Pass>,
}

/// How long something may take.
#[derive(Clone, Copy)]
struct Limit {
    since: Instant,
    limit: Duration,
}

impl Limit {
    fn new(limit: Duration) -> Self {
        Self { since: now(), limit }
    }

    fn left(&self) -> Duration {
        self.limit.saturating_sub(now().saturating_duration_since(self.since))
    }

    /// Awaits `future`, or for as long as there is time left.
    async fn of<T>(
        &self,
        deadline: Deadline,
        future: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        timeout(self.left(), future).await.unwrap_or(Err(Error::Timeout(deadline)))
    }
}

/// Resolves the name of the server, or of the proxy that leads to it, connects, and opens the tunnel.
pub(super) async fn dial(to: &Connect) -> Result<Dialled, Error> {
    let Connect { uri, route, .. } = to;
    let gate = route.gate.as_ref();
    let Some(proxy) = route.proxies.proxy_for(uri) else {
        let addresses = resolve(uri.host(), uri.port()).await?;
        return connect_first(&addresses, route.timeout, gate).await;
    };
    let addresses = resolve(proxy.host(), proxy.port()).await?;
    let limit = Limit::new(route.timeout);
    let pass = pass(gate, Remote::behind_proxy(uri), limit).await?;
    let Dialled { mut stream, .. } = connect_first(&addresses, limit.left(), None).await?;
    limit.of(Deadline::Proxy, tunnel(&mut stream, proxy, uri, to.config.head)).await?;
    Ok(Dialled { stream, pass })
}

async fn resolve(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    Ok(lookup_host((host, port)).await?.collect())
}

/// Waits for the turn to connect, if there is a gate.
async fn pass(gate: Option<&Gate>, remote: Remote, limit: Limit) -> Result<Option<Pass>, Error> {
    let Some(gate) = gate else { return Ok(None) };
    let turn = gate.queue(remote);
    limit.of(Deadline::Turn, async { Ok(Some(turn.await)) }).await
}

/// Connects to the first address that answers, each through the gate if there is one. Each gets an equal share of the time that is
/// left, so that a dead one does not use up that of the next.
async fn connect_first(
    addresses: &[SocketAddr],
    limit: Duration,
    gate: Option<&Gate>,
) -> Result<Dialled, Error> {
    let all = Limit::new(limit);
    let mut result = Err(Error::Io(io::Error::new(ErrorKind::NotFound, "the name has no address")));
    for (index, address) in addresses.iter().enumerate() {
        let left = u32::try_from(addresses.len().saturating_sub(index)).unwrap_or(u32::MAX);
        let share = all.left().checked_div(left).unwrap_or_default();
        result = connect_in_turn(*address, Limit::new(share), gate).await;
        if result.is_ok() {
            break;
        }
    }
    result
}

async fn connect_in_turn(address: SocketAddr, limit: Limit, gate: Option<&Gate>) -> Result<Dialled, Error> {
    let pass = pass(gate, Remote::Address(address), limit).await?;
    Ok(Dialled { stream: connect(address, limit).await?, pass })
}

async fn connect(address: SocketAddr, limit: Limit) -> Result<TcpStream, Error> {
    limit.of(Deadline::Connect, async { Ok(TcpStream::connect(address).await?) }).await
}

/// Asks the proxy at the other end of `stream` for a tunnel to `uri`, and waits until it is open.
///
/// What comes behind the proxy's answer is not read: it stays in the socket for the server's next reader, be it TLS.
async fn tunnel(stream: &mut TcpStream, proxy: &Proxy, uri: &Uri, limits: HeadLimits) -> Result<(), Error> {
    let mut output = Vec::new();
    let mut tunnel = Tunnel::start(proxy, uri, limits, &mut output)?;
    let mut buffer = [0; 1024];
    loop {
        write(stream, &output).await?;
        output.clear();
        let seen = stream.peek(&mut buffer).await?;
        if seen == 0 {
            return Err(tunnel.receive_eof().into());
        }
        let mut input = buffer.get(..seen).unwrap_or_default();
        let is_open = tunnel.receive(&mut input, &mut output)?.is_some();
        let taken = seen.saturating_sub(input.len());
        // It was seen already, so this does not wait.
        read(stream, buffer.get_mut(..taken).unwrap_or_default()).await?;
        if is_open {
            return Ok(());
        }
    }
}

async fn write(stream: &mut TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match poll_fn(|cx| Pin::new(&mut *stream).poll_write(cx, bytes)).await? {
            0 => return Err(ErrorKind::WriteZero.into()),
            len => bytes = bytes.get(len..).unwrap_or_default(),
        }
    }
    Ok(())
}

async fn read(stream: &mut TcpStream, bytes: &mut [u8]) -> io::Result<()> {
    let mut bytes = ReadBuf::new(bytes);
    while bytes.remaining() > 0 {
        let before = bytes.remaining();
        poll_fn(|cx| Pin::new(&mut *stream).poll_read(cx, &mut bytes)).await?;
        if bytes.remaining() == before {
            return Err(ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(())
}
