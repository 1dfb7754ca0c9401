//! wtx: it writes each answer at once.

use echo::asynchronous::{open, tasks};
use tokio::net::TcpStream;
use wtx::collection::Vector;
use wtx::rng::{Xorshift64, simple_seed};
use wtx::web_socket::{OpCode, WebSocket, WebSocketBuffer, WebSocketPayloadOrigin};

fn main() -> std::io::Result<()> {
    tasks(serve)
}

async fn serve(mut stream: TcpStream) -> echo::Result {
    open(&mut stream).await?;
    let rng = Xorshift64::from(simple_seed());
    let mut socket = WebSocket::<_, _, _, _, false>::new((), false, rng, stream, WebSocketBuffer::new());
    let mut buffer = Vector::new();
    let (mut common, mut reader, mut writer) = socket.split_mut();
    loop {
        let mut frame = reader.read_frame(&mut buffer, &mut common, WebSocketPayloadOrigin::Adaptive).await?;
        match frame.op_code() {
            OpCode::Binary | OpCode::Text => writer.write_frame(&mut common, &mut frame).await?,
            OpCode::Close => return Ok(()),
            _ => {}
        }
    }
}
