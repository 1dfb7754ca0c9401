//! fastwebsockets: it writes each answer at once.

use echo::asynchronous::{open, tasks};
use fastwebsockets::{FragmentCollector, OpCode, Role, WebSocket};
use tokio::net::TcpStream;

fn main() -> std::io::Result<()> {
    tasks(serve)
}

async fn serve(mut stream: TcpStream) -> echo::Result {
    open(&mut stream).await?;
    let mut socket = FragmentCollector::new(WebSocket::after_handshake(stream, Role::Server));
    loop {
        let frame = socket.read_frame().await?;
        match frame.opcode {
            OpCode::Text | OpCode::Binary => socket.write_frame(frame).await?,
            OpCode::Close => return Ok(()),
            _ => {}
        }
    }
}
