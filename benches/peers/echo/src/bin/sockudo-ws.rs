//! sockudo-ws: answers are fed, and it flushes them itself before it waits for more, as its documentation advises.

use echo::asynchronous::tasks;
use futures::{SinkExt as _, StreamExt as _};
use sockudo_ws::handshake::server_handshake;
use sockudo_ws::protocol::Role;
use sockudo_ws::{Config, Message, WebSocketStream};
use tokio::net::TcpStream;

fn main() -> std::io::Result<()> {
    tasks(serve)
}

async fn serve(mut stream: TcpStream) -> echo::Result {
    server_handshake(&mut stream).await?;
    let config = Config::builder().idle_timeout(0).auto_ping(false).build();
    let mut socket = WebSocketStream::from_raw(stream, Role::Server, config);
    while let Some(message) = socket.next().await {
        match message? {
            message @ (Message::Text(_) | Message::Binary(_)) => socket.feed(message).await?,
            Message::Close(_) => return Ok(()),
            _ => {}
        }
    }
    Ok(())
}
