//! For those on tokio: a runtime of one thread, a task for each connection.

use std::error::Error;
use std::io;

use futures::{FutureExt as _, Sink, SinkExt as _, Stream, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::Result;

/// Serves each connection in a task of its own, for ever. The tasks are unconstrained, as the examples of some of the libraries
/// have them.
pub fn tasks<F>(serve: fn(TcpStream) -> F) -> io::Result<()>
where
    F: Future<Output = Result> + Send + 'static,
{
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let listener = crate::listen();
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            tokio::spawn(tokio::task::unconstrained(serve(stream)));
        }
    })
}

/// The opening handshake for those that bring none, or one for hyper.
pub async fn open(stream: &mut TcpStream) -> io::Result<()> {
    let mut head = Vec::with_capacity(1024);
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut head).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    stream.write_all(crate::answer(&head)?.as_bytes()).await
}

/// Sends all messages back for which `answer` gives something, and flushes when no more are there.
pub async fn echo<M, A, S>(mut socket: S, answer: fn(M) -> Result<Option<A>>) -> Result
where
    S: Stream<Item = M> + Sink<A, Error: Error + Send + Sync + 'static> + Unpin,
{
    while let Some(first) = socket.next().await {
        let mut next = Some(first);
        while let Some(message) = next {
            if let Some(answer) = answer(message)? {
                socket.feed(answer).await?;
            }
            next = socket.next().now_or_never().flatten();
        }
        socket.flush().await?;
    }
    Ok(())
}
