//! soketto over buffers for reading and writing, as its examples have it; flushed when no more messages are there. It works
//! without them, too, and then holds less.

use echo::asynchronous::tasks;
use futures::io::{AsyncRead, AsyncWrite, BufReader, BufWriter};
use futures::{FutureExt as _, pin_mut};
use soketto::Data;
use soketto::handshake::Server;
use soketto::handshake::server::Response;
use tokio::net::TcpStream;
use tokio_util::compat::TokioAsyncReadCompatExt as _;

fn main() -> std::io::Result<()> {
    tasks(serve)
}

async fn serve(stream: TcpStream) -> echo::Result {
    let stream = stream.compat();
    if echo::is_for_memory() {
        return serve_buffered(stream).await;
    }
    serve_buffered(BufReader::with_capacity(echo::BUFFER, BufWriter::with_capacity(echo::BUFFER, stream)))
        .await
}

async fn serve_buffered(stream: impl AsyncRead + AsyncWrite + Unpin) -> echo::Result {
    let mut server = Server::new(stream);
    let key = server.receive_request().await?.key();
    server.send_response(&Response::Accept { key, protocol: None }).await?;
    let (mut sender, mut receiver) = server.into_builder().finish();
    let mut message = Vec::new();
    loop {
        message.clear();
        let kind = {
            let receive = receiver.receive_data(&mut message);
            pin_mut!(receive);
            match receive.as_mut().now_or_never() {
                Some(kind) => kind?,
                None => {
                    sender.flush().await?;
                    receive.await?
                }
            }
        };
        match kind {
            Data::Binary(_) => sender.send_binary_mut(&mut message).await?,
            Data::Text(_) => sender.send_text(str::from_utf8(&message)?).await?,
        }
    }
}
