//! yawc: answers are fed, and flushed when no more messages are there; with the buffers of its own benchmark.

use echo::asynchronous::{echo, open, tasks};
use tokio::net::TcpStream;
use yawc::{OpCode, Options, Role, WebSocket};

fn main() -> std::io::Result<()> {
    tasks(serve)
}

async fn serve(mut stream: TcpStream) -> echo::Result {
    open(&mut stream).await?;
    let mut options = Options::default().without_compression().with_utf8().with_limits(16 << 20, 16 << 20);
    options = if echo::is_for_memory() {
        options.with_read_buffer_capacity(1 << 10).with_write_buffer_capacity(1 << 10)
    } else {
        options.with_read_buffer_capacity(128 << 10).with_backpressure_boundary(64 << 10)
    };
    let socket = WebSocket::from_stream(stream, Role::Server, options)?;
    echo(socket, |frame| Ok(matches!(frame.opcode(), OpCode::Text | OpCode::Binary).then_some(frame))).await
}
