//! soketto over buffers for reading and writing, as its examples have it; flushed when no more messages are there.

use echo::asynchronous::tasks;
use futures::io::{BufReader, BufWriter};
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
    let mut server = Server::new(BufReader::new(BufWriter::new(stream.compat())));
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
