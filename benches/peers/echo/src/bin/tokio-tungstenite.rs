//! tokio-tungstenite: answers are fed, and flushed when no more messages are there.

use echo::asynchronous::{echo, tasks};
use tokio::net::TcpStream;
use tokio_tungstenite::accept_async_with_config;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

fn main() -> std::io::Result<()> {
    tasks(serve)
}

async fn serve(stream: TcpStream) -> echo::Result {
    let mut config = WebSocketConfig::default();
    if echo::is_for_memory() {
        config = config.read_buffer_size(4 << 10);
    }
    let socket = accept_async_with_config(stream, Some(config)).await?;
    echo(socket, |message| {
        let message = message?;
        Ok((message.is_binary() || message.is_text()).then_some(message))
    })
    .await
}
