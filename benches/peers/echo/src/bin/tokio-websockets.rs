//! tokio-websockets: answers are fed, and flushed when no more messages are there; in one frame each, as in its benchmark.

use echo::asynchronous::{echo, tasks};
use tokio::net::TcpStream;
use tokio_websockets::{Config, ServerBuilder};

fn main() -> std::io::Result<()> {
    tasks(serve)
}

async fn serve(stream: TcpStream) -> echo::Result {
    let builder = ServerBuilder::new().config(Config::default().frame_size(usize::MAX));
    let (_, socket) = builder.accept(stream).await?;
    echo(socket, |message| {
        let message = message?;
        Ok((message.is_binary() || message.is_text()).then_some(message))
    })
    .await
}
