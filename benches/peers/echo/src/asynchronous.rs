//! For those on tokio: a runtime of one thread, a task for each connection.

use std::error::Error;
use std::io;

use futures::{FutureExt as _, Sink, SinkExt as _, Stream, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::Result;

/// So many messages are answered together, as in the benchmark that yawc has of itself.
const BATCH: usize = 32;

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

/// Sends back all messages for which `answer` gives something: takes up to [`BATCH`] that are there, feeds the answers, and
/// flushes. To read and feed in turns would not do: some write what was fed before they read on.
pub async fn echo<M, A, S>(mut socket: S, answer: fn(M) -> Result<Option<A>>) -> Result
where
    S: Stream<Item = M> + Sink<A, Error: Error + Send + Sync + 'static> + Unpin,
{
    let mut batch = Vec::new();
    while let Some(first) = socket.next().await {
        batch.extend(answer(first)?);
        while batch.len() < BATCH
            && let Some(Some(message)) = socket.next().now_or_never()
        {
            batch.extend(answer(message)?);
        }
        for answer in batch.drain(..) {
            socket.feed(answer).await?;
        }
        socket.flush().await?;
    }
    Ok(())
}
