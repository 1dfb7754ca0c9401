//! Streams whose writes fail in ways that are not the end, and one that takes nothing: RFC 6455 §7.2.1 is for those that are lost.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::common::*;
use rfc6455::protocol::Role;
use rfc6455::session::{Deadline, SessionError};
use rfc6455::tokio::WebSocket;
use rfc6455::{Config, Error, Message};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
use tokio::time::{sleep, timeout};

/// Its first writes have these results.
struct Faulty(DuplexStream, VecDeque<io::Result<usize>>);

impl AsyncRead for Faulty {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, to)
    }
}

impl AsyncWrite for Faulty {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        match self.1.pop_front() {
            Some(result) => Poll::Ready(result),
            None => Pin::new(&mut self.0).poll_write(cx, from),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

fn faulty(
    results: impl IntoIterator<Item = io::Result<usize>>,
    room: usize,
) -> (WebSocket<Faulty>, DuplexStream) {
    let (stream, peer) = tokio::io::duplex(room);
    let stream = Faulty(stream, results.into_iter().collect());
    (WebSocket::new(stream, Role::Server, Config::default(), Vec::new()), peer)
}

#[tokio::test(start_paused = true)]
async fn a_write_that_failed_once_is_not_the_end() {
    // The second is ENOBUFS or the like, which the caller is told of.
    for (kind, is_told) in [(ErrorKind::Interrupted, false), (ErrorKind::OutOfMemory, true)] {
        let (mut socket, mut peer) = faulty([Err(kind.into())], 20);
        assert_eq!(socket.send("hello").await.is_err(), is_told);
        soon(socket.flush()).await.unwrap();
        expect(&mut peer, &server_frame(TEXT, b"hello")).await;
        assert!(timeout(60 * SECOND, socket.read(&mut Message::new())).await.is_err(), "it is open");

        // And the timer of that is not waited for once more, without an end.
        let error = soon(socket.send(&[0; 100])).await.unwrap_err();
        assert!(matches!(error, Error::Session { error: SessionError::Timeout(Deadline::Write), .. }));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_waits_after_a_failure_is_waited_for() {
    let (mut socket, mut peer) = faulty([Err(ErrorKind::OutOfMemory.into())], 20);
    assert!(socket.send(&[0; 100]).await.is_err());
    sleep(2 * SECOND).await;
    let sending = tokio::spawn(async move { socket.flush().await });
    sleep(2 * SECOND).await;
    expect(&mut peer, &server_frame(BINARY, &[0; 100])).await;
    soon(sending).await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_takes_nothing_is_not_waited_for() {
    let (mut socket, mut peer) = faulty((0..10).map(|_| Ok(0)), 1000);
    write(&mut peer, client_frame(PING, b"")).await;
    let error = soon(socket.read(&mut Message::new())).await.unwrap_err();
    assert!(matches!(&error, Error::Io(error) if error.kind() == ErrorKind::WriteZero), "{error:?}");
}
