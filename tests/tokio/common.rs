//! What these tests share.

use std::future::Future;
use std::time::Duration;

use rfc6455::protocol::Role;
use rfc6455::tokio::WebSocket;
use rfc6455::{Config, Error, Message};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

pub(crate) use crate::pair::{SECOND, client_frame, client_role, server_frame};

pub(crate) const TEXT: u8 = 0x81;
pub(crate) const BINARY: u8 = 0x82;
pub(crate) const CLOSE: u8 = 0x88;
pub(crate) const PING: u8 = 0x89;
pub(crate) const PONG: u8 = 0x8a;

/// A stream that is awaited longer than this hangs; where the clock is stopped, this is no time at all.
const PATIENCE: Duration = Duration::from_secs(600);

/// Awaits what has to come.
pub(crate) async fn soon<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(PATIENCE, future).await.expect("it hangs")
}

/// A server, and the raw stream of its client.
pub(crate) fn server(config: Config, room: usize) -> (WebSocket<DuplexStream>, DuplexStream) {
    let (server, peer) = tokio::io::duplex(room);
    (WebSocket::new(server, Role::Server, config, Vec::new()), peer)
}

/// A client and a server.
pub(crate) fn pair(
    client: Config,
    server: Config,
    room: usize,
) -> (WebSocket<DuplexStream>, WebSocket<DuplexStream>) {
    let (one, other) = tokio::io::duplex(room);
    let client = WebSocket::new(one, client_role(), client, Vec::new());
    (client, WebSocket::new(other, Role::Server, server, Vec::new()))
}

pub(crate) async fn write(peer: &mut DuplexStream, bytes: impl AsRef<[u8]>) {
    soon(peer.write_all(bytes.as_ref())).await.expect("the other end is there");
}

#[track_caller]
fn same(bytes: &[u8], expected: &[u8]) {
    assert_eq!(bytes, expected);
}

/// Reads as many bytes as `expected` has, and compares.
pub(crate) async fn expect(peer: &mut DuplexStream, expected: &[u8]) {
    let mut bytes = vec![0; expected.len()];
    soon(peer.read_exact(&mut bytes)).await.expect("as many bytes come");
    same(&bytes, expected);
}

/// All that comes until the other end hangs up.
pub(crate) async fn rest(peer: &mut DuplexStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    soon(peer.read_to_end(&mut bytes)).await.expect("it ends");
    bytes
}

/// A Close with this code.
pub(crate) fn close(code: u16) -> [u8; 2] {
    code.to_be_bytes()
}

/// Reads a message that has to come.
pub(crate) async fn message(socket: &mut WebSocket<DuplexStream>) -> Message {
    let mut message = Message::new();
    assert!(soon(socket.read(&mut message)).await.expect("it is open"));
    message
}

pub(crate) async fn read(socket: &mut WebSocket<DuplexStream>) -> Result<bool, Error> {
    soon(socket.read(&mut Message::new())).await
}
