//! ratchet_rs over buffers for reading and writing, in two halves; flushed when no more messages are there.

use bytes::BytesMut;
use echo::asynchronous::tasks;
use futures::{FutureExt as _, pin_mut};
use ratchet_rs::{Message, NoExtProvider, PayloadType, SubprotocolRegistry, WebSocketConfig, accept_with};
use tokio::io::{BufReader, BufWriter};
use tokio::net::TcpStream;

fn main() -> std::io::Result<()> {
    tasks(serve)
}

async fn serve(stream: TcpStream) -> echo::Result {
    let stream = BufReader::new(BufWriter::new(stream));
    let config = WebSocketConfig::default();
    let upgrader = accept_with(stream, config, NoExtProvider, SubprotocolRegistry::default()).await?;
    let (mut sender, mut receiver) = upgrader.upgrade().await?.websocket.split()?;
    let mut message = BytesMut::new();
    loop {
        message.clear();
        let kind = {
            let read = receiver.read(&mut message);
            pin_mut!(read);
            match read.as_mut().now_or_never() {
                Some(kind) => kind?,
                None => {
                    sender.flush().await?;
                    read.await?
                }
            }
        };
        match kind {
            Message::Binary => sender.write(&mut message, PayloadType::Binary).await?,
            Message::Text => sender.write(&mut message, PayloadType::Text).await?,
            Message::Close(_) => return Ok(()),
            _ => {}
        }
    }
}
