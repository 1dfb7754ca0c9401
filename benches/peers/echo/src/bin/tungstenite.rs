//! tungstenite, a thread for each connection. It does not tell whether another message is buffered, so each answer is flushed.

use std::net::TcpStream;

fn main() {
    echo::threads(serve);
}

fn serve(stream: TcpStream) -> echo::Result {
    let mut socket = tungstenite::accept(stream)?;
    loop {
        let message = socket.read()?;
        if message.is_binary() || message.is_text() {
            socket.send(message)?;
        }
    }
}
