//! What the system costs: each read is written back as it came, masked. After the handshake nothing is WebSocket.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

fn main() {
    echo::threads(serve);
}

fn serve(mut stream: TcpStream) -> echo::Result {
    echo::open(&mut stream)?;
    let mut bytes = vec![0; 64 << 10];
    loop {
        match stream.read(&mut bytes)? {
            0 => return Ok(()),
            len => stream.write_all(&bytes[..len])?,
        }
    }
}
