//! A connection in a task allocates nothing per message in its steady state, and holds no buffer while it waits (RFC 6455 §10.4).
#![cfg(feature = "tokio")]

mod heap;
mod pair;

use std::time::Duration;

use pair::{client_frame, server_frame};
use rfc6455::protocol::Role;
use rfc6455::tokio::WebSocket;
use rfc6455::{Config, Error, Keepalive, Message};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};

/// One thread, of which the allocations are counted.
fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("it starts")
}

async fn tcp() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    (client, listener.accept().await.unwrap().0)
}

fn config() -> Config {
    let mut config = Config::default();
    config.keepalive = Some(Keepalive::new(Duration::from_secs(60), Duration::from_secs(60)));
    config
}

fn server<S: AsyncRead + AsyncWrite + Unpin>(stream: S) -> WebSocket<S> {
    WebSocket::new(stream, Role::Server, config(), Vec::new())
}

async fn echo<S: AsyncRead + AsyncWrite + Unpin>(stream: S) -> Result<(), Error> {
    let mut socket = server(stream);
    let mut message = Message::new();
    while socket.read(&mut message).await? {
        socket.queue(&message).await?;
    }
    Ok(())
}

async fn echo_in_halves<S: AsyncRead + AsyncWrite + Unpin>(stream: S) -> Result<(), Error> {
    let (mut reader, mut writer) = server(stream).split();
    let mut message = Message::new();
    while reader.read(&mut message).await? {
        writer.send(&message).await?;
    }
    Ok(())
}

/// Sends these bytes and reads back as many as they are an echo of, again and again: what is allocated then, at most at a time.
async fn exchanged<S: AsyncRead + AsyncWrite + Unpin>(peer: &mut S, there: &[u8], back: &[u8]) -> usize {
    let mut buffer = vec![0; back.len()];
    let mut most = 0;
    for round in 0..100 {
        let before = heap::allocations();
        peer.write_all(there).await.unwrap();
        peer.read_exact(&mut buffer).await.unwrap();
        assert!(buffer == back);
        // First of all, buffers grow to what they have to hold, and shrink when that is less for a while.
        if round >= 50 {
            most += heap::allocations() - before;
        }
    }
    most
}

/// One message, many small ones in a row, and large ones, all echoed.
async fn exchanges<S: AsyncRead + AsyncWrite + Unpin>(mut peer: S, title: &str) {
    for (count, len) in [(1, 10), (1, 3000), (100, 50), (3, 20_000)] {
        let payload = vec![7; len];
        let there = client_frame(0x82, &payload).repeat(count);
        let back = server_frame(0x82, &payload).repeat(count);
        assert_eq!(exchanged(&mut peer, &there, &back).await, 0, "{title}: {count} of {len} bytes");
    }
    let ping = client_frame(0x89, b"are you there?");
    let pong = server_frame(0x8a, b"are you there?");
    assert_eq!(exchanged(&mut peer, &ping, &pong).await, 0, "{title}: pings");
}

#[test]
fn an_exchange_allocates_nothing() {
    runtime().block_on(async {
        // As large as what is on its way at a time, since a duplex stream allocates by itself when it is not.
        let (peer, stream) = tokio::io::duplex(1 << 20);
        tokio::spawn(echo(stream));
        exchanges(peer, "duplex").await;
        let (peer, stream) = tokio::io::duplex(1 << 20);
        tokio::spawn(echo_in_halves(stream));
        exchanges(peer, "halves, duplex").await;
        let (peer, stream) = tcp().await;
        tokio::spawn(echo(stream));
        exchanges(peer, "TCP").await;
        let (peer, stream) = tcp().await;
        tokio::spawn(echo_in_halves(stream));
        exchanges(peer, "halves, TCP").await;
    });
}

/// A connection that waits has no more than before it had a message; and what it had is there for the next one.
#[test]
fn a_connection_that_waits_holds_no_buffer() {
    runtime().block_on(async {
        let mut peers = Vec::new();
        let before = heap::held();
        for _ in 0..100 {
            let (peer, stream) = tcp().await;
            tokio::spawn(echo(stream));
            peers.push(peer);
        }
        tokio::task::yield_now().await;
        let made = heap::held();
        let each = (made - before) / 100;
        assert!(each < 3000, "{each} bytes for a connection");
        let payload = vec![7; 1000];
        for peer in &mut peers {
            let (there, back) = (client_frame(0x82, &payload), server_frame(0x82, &payload));
            peer.write_all(&there.repeat(10)).await.unwrap();
            let mut buffer = vec![0; 10 * back.len()];
            peer.read_exact(&mut buffer).await.unwrap();
        }
        tokio::task::yield_now().await;
        // Its message is the application's.
        let more = (heap::held() - made) / 100 - 1000;
        assert!(more < 2000, "{more} bytes more for a connection that had a message");
    });
}

/// Of a message that was read and one that was not, the second is kept, and no more.
#[test]
fn a_buffer_belongs_to_who_has_something_in_it() {
    runtime().block_on(async {
        let (mut peer, stream) = tokio::io::duplex(1 << 20);
        let mut socket = server(stream);
        let mut message = Message::new();
        let text = client_frame(0x81, b"text");
        peer.write_all(&text).await.unwrap();
        assert!(socket.read(&mut message).await.unwrap());
        let alone = heap::held();
        peer.write_all(&text.repeat(2)).await.unwrap();
        assert!(socket.read(&mut message).await.unwrap());
        let with_one_more = heap::held();
        assert!(socket.read(&mut message).await.unwrap());
        // The buffer only went from the thread to the connection and back; a little is what the stream holds.
        assert!(with_one_more - alone < 100 && heap::held() - alone < 100);
        // Who looked at all of it has none, though it does not read on: there is one for the next connection.
        let (mut other_peer, stream) = tokio::io::duplex(1 << 20);
        let mut other = server(stream);
        other_peer.write_all(&text).await.unwrap();
        let before = heap::held();
        assert!(other.read(&mut message).await.unwrap());
        assert!(heap::held() - before < 500, "{}", heap::held() - before);
    });
}

/// What the writer has used, the reader sees to, though it was waiting before.
#[test]
#[cfg(feature = "deflate")]
fn a_compressor_that_nobody_uses_is_given_back_while_the_reader_waits() {
    use rfc6455::deflate::{Deflate, Memory};

    let second = Duration::from_secs(1);
    let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().expect("it starts");
    runtime.block_on(async {
        let mut settings = Deflate::default();
        settings.memory = Memory::KeptFor(second);
        let agreement = settings.accept(&settings.offers()).expect("it fits itself");
        let (_peer, stream) = tokio::io::duplex(1 << 20);
        let socket = WebSocket::new(stream, Role::Server, Config::default(), Vec::new());
        let (mut reader, mut writer) = socket.with_deflate(&agreement).split();
        tokio::spawn(async move { reader.read(&mut Message::new()).await });
        tokio::time::sleep(second).await;
        writer.send(&"a line of a long list".repeat(1000)).await.unwrap();
        let used = heap::held();
        tokio::time::sleep(3 * second).await;
        let given_back = used - heap::held();
        assert!(given_back > 100_000, "{given_back} bytes");
    });
}
