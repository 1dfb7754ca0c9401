//! How connections end: RFC 6455 §7.1, the errors of streams, and who hangs up first.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use crate::common::*;
use rfc6455::protocol::{CloseCode, CloseStatus, ProtocolError, Role, SendError, State};
use rfc6455::session::SessionError;
use rfc6455::tokio::WebSocket;
use rfc6455::{Config, Error, Message};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::time::Instant;

#[tokio::test(start_paused = true)]
async fn both_ends_close_in_order() {
    for server_begins in [false, true] {
        let (mut client, mut server) = pair(Config::default(), Config::default(), 100);
        client.queue("one").await.unwrap();
        server.queue("two").await.unwrap();
        let start = Instant::now();
        let other = tokio::spawn(async move {
            let (beginner, other) =
                if server_begins { (&mut server, &mut client) } else { (&mut client, &mut server) };
            let closing = async {
                let status = beginner.close(CloseCode::GOING_AWAY, "bye").await;
                (status, beginner.close_reason().to_string())
            };
            let reading = async {
                let mut count = 0;
                let mut message = Message::new();
                while other.read(&mut message).await.unwrap() {
                    count += 1;
                }
                (count, other.close_status(), other.close_reason().to_string())
            };
            tokio::join!(closing, reading)
        });
        let (closed, read) = soon(other).await.unwrap();
        let going_away = CloseStatus::Code(CloseCode::GOING_AWAY);
        assert_eq!((closed.0.unwrap(), &*closed.1), (going_away, "bye"));
        assert_eq!(read, (1, Some(going_away), "bye".to_string()));
        assert_eq!(start.elapsed(), std::time::Duration::ZERO, "nobody waited for a deadline");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_hangs_up_first_and_a_client_does_not() {
    let (mut server, mut peer) = server(Config::default(), 100);
    write(&mut peer, client_frame(CLOSE, &close(1000))).await;
    let reading = tokio::spawn(async move { read(&mut server).await });
    // The stream ends behind the Close, while this end is still open.
    assert_eq!(rest(&mut peer).await, server_frame(CLOSE, &close(1000)));
    assert!(!reading.is_finished());
    drop(peer);
    assert!(!soon(reading).await.unwrap().unwrap());

    let (stream, mut peer) = tokio::io::duplex(100);
    let mut client = WebSocket::new(stream, client_role(), Config::default(), Vec::new());
    write(&mut peer, server_frame(CLOSE, &close(1000))).await;
    let reading = tokio::spawn(async move { read(&mut client).await });
    let mut answer = [0; 8];
    soon(peer.read_exact(&mut answer)).await.unwrap();
    assert!(tokio::time::timeout(SECOND, peer.read_u8()).await.is_err(), "it waits for us");
    peer.shutdown().await.unwrap();
    assert!(!soon(reading).await.unwrap().unwrap());
    assert_eq!(rest(&mut peer).await, b"");
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_breaks_a_rule_is_told() {
    let (mut socket, mut peer) = server(Config::default(), 100);
    write(&mut peer, server_frame(TEXT, b"not masked")).await;
    let broken = |result| match result {
        Err(Error::Session { error: SessionError::Protocol(error), .. }) => error,
        other => panic!("{other:?}"),
    };
    let reading = tokio::spawn(async move { (read(&mut socket).await, read(&mut socket).await, socket) });
    let told = rest(&mut peer).await;
    assert_eq!(told[..4], [CLOSE, told[1], 0x03, 0xea]);
    drop(peer);
    let (first, second, mut socket) = soon(reading).await.unwrap();
    assert!(matches!(broken(first), ProtocolError::Unmasked(_)), "the mask is missing");
    broken(second);
    assert!(matches!(soon(socket.send("more")).await, Err(Error::Send(SendError::Closed))));
    assert_eq!(socket.session().state(), State::Failed);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_is_gone_is_no_orderly_end() {
    let (mut socket, mut peer) = server(Config::default(), 100);
    write(&mut peer, &client_frame(TEXT, b"cut off")[..9]).await;
    drop(peer);
    let end = read(&mut socket).await;
    assert!(matches!(end, Err(Error::Session { error: SessionError::Truncated(_), .. })), "{end:?}");
    assert_eq!(socket.close_status(), Some(CloseStatus::Abnormal));
}

/// A stream that answers each call as it is told to, and wakes nobody.
#[derive(Default)]
struct Odd {
    input: Vec<u8>,
    read_error: Option<io::ErrorKind>,
    is_at_end: bool,
    write_error: Option<io::ErrorKind>,
    shutdowns: Arc<AtomicUsize>,
}

impl AsyncRead for Odd {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let input = std::mem::take(&mut self.input);
        to.put_slice(&input);
        match self.read_error {
            _ if self.is_at_end || !input.is_empty() => Poll::Ready(Ok(())),
            Some(error) => Poll::Ready(Err(error.into())),
            None => Poll::Pending,
        }
    }
}

impl AsyncWrite for Odd {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(self.write_error.map_or(Ok(from.len()), |error| Err(error.into())))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.shutdowns.fetch_add(1, Ordering::SeqCst);
        Poll::Ready(Ok(()))
    }
}

fn over(odd: Odd) -> WebSocket<Odd> {
    WebSocket::new(odd, Role::Server, Config::default(), Vec::new())
}

/// Such errors are final, whatever they are called: nobody would be woken to try again.
#[tokio::test(start_paused = true)]
async fn an_error_of_the_stream_is_its_end() {
    for kind in [io::ErrorKind::TimedOut, io::ErrorKind::WouldBlock, io::ErrorKind::ConnectionReset] {
        let mut socket = over(Odd { read_error: Some(kind), ..Odd::default() });
        let end = soon(socket.read(&mut Message::new())).await.unwrap_err();
        assert!(matches!(&end, Error::Io(_)) && !end.is_would_block(), "{end:?}");
        assert_eq!(socket.close_status(), Some(CloseStatus::Abnormal));
        let mut socket = over(Odd { write_error: Some(kind), ..Odd::default() });
        let end = soon(socket.send("Hello")).await.unwrap_err();
        assert!(matches!(&end, Error::Io(_)) && !end.is_would_block(), "{end:?}");
    }
}

/// The peer may have said why before it stopped to read. When it did not, a read that waits ends all the same.
#[tokio::test(start_paused = true)]
async fn a_read_ends_when_nothing_can_be_written() {
    let broken = Some(io::ErrorKind::BrokenPipe);
    let mut socket = over(Odd { write_error: broken, ..Odd::default() });
    socket.queue("Hello").await.unwrap();
    let start = Instant::now();
    let end = soon(socket.read(&mut Message::new())).await;
    assert!(matches!(&end, Err(Error::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe), "{end:?}");
    assert!(start.elapsed() < 2 * SECOND, "{:?}", start.elapsed());

    let input = client_frame(CLOSE, b"\x03\xf1enough");
    let mut socket = over(Odd { input, write_error: broken, ..Odd::default() });
    socket.queue("Hello").await.unwrap();
    let _ = soon(socket.read(&mut Message::new())).await;
    assert_eq!(socket.close_reason(), "enough");

    // A reader that waits already, when the writer finds out.
    let (mut reader, mut writer) = over(Odd { write_error: broken, ..Odd::default() }).split();
    let reading = tokio::spawn(async move { reader.read(&mut Message::new()).await });
    tokio::task::yield_now().await;
    assert!(soon(writer.send("Hello")).await.is_err());
    assert!(soon(reading).await.unwrap().is_err());
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_shut_once() {
    let odd = Odd { is_at_end: true, ..Odd::default() };
    let shutdowns = Arc::clone(&odd.shutdowns);
    let mut socket = over(odd);
    for _ in 0..3 {
        assert!(soon(socket.read(&mut Message::new())).await.is_err());
        assert_eq!(shutdowns.load(Ordering::SeqCst), 1);
    }
}
