//! What the servers have in common: a port of the system's choice, a thread for each connection, the opening handshake.

pub mod asynchronous;
pub mod event_loop;
pub mod minimal;

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use rfc6455::handshake::accept_key;

/// The size of the buffers of those that leave buffering to the application.
pub const BUFFER: usize = 64 << 10;

/// What a server's connection ends with; nobody looks at it.
pub type Result<T = (), E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;

/// Listens, and tells the port on standard output.
pub fn listen() -> TcpListener {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback address can be had");
    let port = listener.local_addr().expect("it is bound").port();
    println!("{port}");
    listener
}

/// Serves each connection in a thread of its own, with the stack that Rust gives it.
pub fn threads(serve: fn(TcpStream) -> Result) {
    for stream in listen().incoming() {
        let stream = stream.expect("there are descriptors enough");
        stream.set_nodelay(true).expect("TCP has this option");
        thread::spawn(move || serve(stream));
    }
}

/// Whether memory is to be measured: then buffers have the size that a library's documentation names for many connections, if it
/// names one.
pub fn is_for_memory() -> bool {
    std::env::args().nth(1).is_some_and(|word| word == "memory")
}

/// The opening handshake for those that bring none: no more than the load needs, and no checks.
pub fn open(stream: &mut (impl Read + Write)) -> io::Result<()> {
    let mut head = [0; 1024];
    let mut len = 0;
    while !head[..len].ends_with(b"\r\n\r\n") {
        match stream.read(&mut head[len..])? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            more => len += more,
        }
    }
    stream.write_all(answer(&head[..len])?.as_bytes())
}

/// The answer to the head of a request.
pub fn answer(head: &[u8]) -> io::Result<String> {
    let head = str::from_utf8(head).map_err(io::Error::other)?;
    let key = head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "));
    let key = accept_key(key.ok_or(io::ErrorKind::InvalidData)?);
    Ok(format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {key}\r\n\r\n"
    ))
}
