//! soketto over buffers for reading and writing, as its examples have it; flushed when no more messages are there. It works
//! without them, too, and then holds less.

use echo::asynchronous::{open, tasks};
use futures::io::{AsyncRead, AsyncWrite, BufReader, BufWriter};
use futures::{FutureExt as _, pin_mut};
use soketto::connection::Builder;
use soketto::handshake::Server;
use soketto::handshake::server::Response;
use soketto::{Data, Mode};
use tokio::net::TcpStream;
use tokio_util::compat::TokioAsyncReadCompatExt as _;

fn main() -> std::io::Result<()> {
    tasks(serve)
}

async fn serve(mut stream: TcpStream) -> echo::Result {
    if echo::is_for_memory() {
        // After its own opening handshake, the connection goes on with the buffer that this had.
        open(&mut stream).await?;
        return answer(Builder::new(stream.compat(), Mode::Server)).await;
    }
    let stream = BufWriter::with_capacity(echo::BUFFER, stream.compat());
    let mut server = Server::new(BufReader::with_capacity(echo::BUFFER, stream));
    let key = server.receive_request().await?.key();
    server.send_response(&Response::Accept { key, protocol: None }).await?;
    answer(server.into_builder()).await
}

async fn answer(builder: Builder<impl AsyncRead + AsyncWrite + Unpin>) -> echo::Result {
    let (mut sender, mut receiver) = builder.finish();
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
