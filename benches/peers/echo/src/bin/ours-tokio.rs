//! The adapter of this crate for tokio, a task for each connection.

use rfc6455::{Message, tokio::accept};
use tokio::net::TcpStream;

/// From this size on an answer is sent at once, without a copy.
const LARGE: usize = 4096;

fn main() -> std::io::Result<()> {
    echo::asynchronous::tasks(serve)
}

async fn serve(stream: TcpStream) -> echo::Result {
    // What only the opening handshake needs is not part of the task.
    let mut socket = Box::pin(accept(stream)).await?;
    let mut message = Message::new();
    while socket.read(&mut message).await? {
        if message.as_bytes().len() < LARGE {
            socket.queue(&message).await?;
        } else {
            socket.send(&message).await?;
        }
    }
    Ok(())
}
