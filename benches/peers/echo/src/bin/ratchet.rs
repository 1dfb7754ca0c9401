//! ratchet_rs over buffers for reading and writing; it flushes each answer itself.

use bytes::BytesMut;
use echo::asynchronous::tasks;
use ratchet_rs::{Message, NoExtProvider, PayloadType, SubprotocolRegistry, WebSocketConfig, accept_with};
use tokio::io::{BufReader, BufWriter};
use tokio::net::TcpStream;

fn main() -> std::io::Result<()> {
    tasks(serve)
}

async fn serve(stream: TcpStream) -> echo::Result {
    let size = if echo::is_for_memory() { 1 << 10 } else { echo::BUFFER };
    let stream = BufReader::with_capacity(size, BufWriter::with_capacity(size, stream));
    let config = WebSocketConfig::default();
    let upgrader = accept_with(stream, config, NoExtProvider, SubprotocolRegistry::default()).await?;
    let mut socket = upgrader.upgrade().await?.websocket;
    let mut message = BytesMut::new();
    loop {
        message.clear();
        match socket.read(&mut message).await? {
            Message::Binary => socket.write(&mut message, PayloadType::Binary).await?,
            Message::Text => socket.write(&mut message, PayloadType::Text).await?,
            Message::Close(_) => return Ok(()),
            _ => {}
        }
    }
}
