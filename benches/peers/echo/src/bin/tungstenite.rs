//! tungstenite, a thread for each connection. It does not tell whether another message is buffered, so each answer is flushed.

use std::net::TcpStream;

use tungstenite::protocol::WebSocketConfig;

fn main() {
    echo::threads(serve);
}

fn serve(stream: TcpStream) -> echo::Result {
    let mut config = WebSocketConfig::default();
    if echo::is_for_memory() {
        config = config.read_buffer_size(4 << 10);
    }
    let mut socket =
        tungstenite::accept_with_config(stream, Some(config)).map_err(|error| error.to_string())?;
    loop {
        let message = socket.read()?;
        if message.is_binary() || message.is_text() {
            socket.send(message)?;
        }
    }
}
