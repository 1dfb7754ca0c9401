//! web-socket over buffers for reading and writing; what is written is flushed when no more is buffered of what was read.

use echo::asynchronous::{open, tasks};
use tokio::io::{BufReader, BufWriter};
use tokio::net::TcpStream;
use web_socket::{DataType, Event, Frame, MessageType, WebSocket};

fn main() -> std::io::Result<()> {
    tasks(serve)
}

async fn serve(mut stream: TcpStream) -> echo::Result {
    open(&mut stream).await?;
    let size = if echo::is_for_memory() { 1 << 10 } else { echo::BUFFER };
    let mut socket =
        WebSocket::server(BufReader::with_capacity(size, BufWriter::with_capacity(size, stream)));
    loop {
        match socket.recv_event().await? {
            Event::Data { ty: DataType::Complete(MessageType::Binary), data } => {
                socket.send(Frame::from(&data[..])).await?;
            }
            Event::Ping(data) => socket.send_pong(data).await?,
            Event::Pong(_) => {}
            other => return Err(format!("{other:?}").into()),
        }
        if socket.stream.buffer().is_empty() {
            socket.flash().await?;
        }
    }
}
