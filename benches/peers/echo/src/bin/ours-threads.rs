//! The blocking adapter of this crate, a thread for each connection.

use std::net::TcpStream;

use rfc6455::{Message, accept};

/// From this size on an answer is sent at once: to wait for others gains nothing.
const LARGE: usize = 4096;

fn main() {
    echo::threads(serve);
}

fn serve(stream: TcpStream) -> echo::Result {
    let mut socket = accept(stream)?;
    let mut message = Message::new();
    while socket.read(&mut message)? {
        if message.as_bytes().len() < LARGE {
            socket.queue(&message)?;
        } else {
            socket.send(&message)?;
        }
    }
    Ok(())
}
