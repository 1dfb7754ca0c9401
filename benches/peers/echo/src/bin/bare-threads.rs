//! What a thread that waits for a connection holds in memory: a read into a few bytes, and no buffer.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

fn main() {
    echo::threads(serve);
}

fn serve(mut stream: TcpStream) -> echo::Result {
    echo::open(&mut stream)?;
    let mut bytes = [0; 128];
    loop {
        match stream.read(&mut bytes)? {
            0 => return Ok(()),
            len => stream.write_all(&bytes[..len])?,
        }
    }
}
