//! What the tests with real sockets share: a watchdog, connected pairs, and raw peers.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part of it")]

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rfc6455::net::{Connect, Error, Incoming, WebSocket};
use rfc6455::protocol::{MaskKeys, Role};
use rfc6455::session::{Config, Message};

pub const MILLI: Duration = Duration::from_millis(1);
pub const SECOND: Duration = Duration::from_secs(1);

/// A test that hangs fails after this; none takes a tenth of it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs `story` in a thread of its own, and fails rather than to wait for ever.
pub fn watched<R: Send + 'static>(story: impl FnOnce() -> R + Send + 'static) -> R {
    let (done, finished) = mpsc::channel();
    let name = thread::current().name().unwrap_or("story").to_owned();
    let thread = thread::Builder::new().name(name).spawn(move || {
        let result = story();
        let _ = done.send(());
        result
    });
    let thread = thread.expect("a thread can be started");
    if let Err(mpsc::RecvTimeoutError::Timeout) = finished.recv_timeout(PATIENCE) {
        panic!("it hangs");
    }
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

pub fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let address = listener.local_addr().expect("it is bound");
    (listener, address)
}

/// Two ends of a TCP connection.
pub fn tcp() -> (TcpStream, TcpStream) {
    let (listener, address) = listener();
    let client = TcpStream::connect(address).expect("it listens");
    let (server, _) = listener.accept().expect("a client has connected");
    for stream in [&client, &server] {
        stream.set_nodelay(true).expect("TCP has it");
    }
    (client, server)
}

pub type Socket = WebSocket<TcpStream>;

/// A client and a server, after the opening handshake.
pub fn websockets(client: Config, server: Config) -> (Socket, Socket) {
    let (client_stream, server_stream) = tcp();
    let accepting = thread::spawn(move || Incoming::new(server_stream, server).accept());
    let connect = Connect::new("ws://localhost/").expect("it is a URL").config(client);
    let client = connect.over(client_stream).expect("there is entropy").finish().expect("it is accepted");
    (client, accepting.join().expect("no panic").expect("it is a good request"))
}

/// A server whose peer is a raw stream.
pub fn server_of_raw_client(config: Config) -> (TcpStream, Socket) {
    let (client, server) = tcp();
    raw_patience(&client);
    (client, WebSocket::new(server, Role::Server, config, Vec::new()))
}

/// A client whose peer is a raw stream.
pub fn client_of_raw_server(config: Config) -> (Socket, TcpStream) {
    let (client, server) = tcp();
    raw_patience(&server);
    (WebSocket::new(client, client_role(), config, Vec::new()), server)
}

pub fn client_role() -> Role {
    Role::Client(MaskKeys::from_os().expect("there is entropy"))
}

/// A raw peer waits long, but not for ever.
fn raw_patience(stream: &TcpStream) {
    stream.set_read_timeout(Some(PATIENCE)).expect("it is a socket");
}

/// Accepts one connection in a thread and hands it to `serve`.
pub fn serve<R: Send + 'static>(
    serve: impl FnOnce(TcpStream) -> R + Send + 'static,
) -> (SocketAddr, JoinHandle<R>) {
    let (listener, address) = listener();
    let thread = thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a client connects");
        raw_patience(&stream);
        serve(stream)
    });
    (address, thread)
}

/// A raw client, connected.
pub fn raw_client(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("it listens");
    raw_patience(&stream);
    stream
}

/// Reads a head, to the blank line and no further.
pub fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        match stream.read(&mut byte) {
            Ok(1) => head.extend(byte),
            _ => break,
        }
    }
    String::from_utf8(head).expect("a head is ASCII")
}

/// Reads all until the other end hangs up; a reset counts as that.
pub fn read_to_end(stream: &mut TcpStream) -> Vec<u8> {
    let mut all = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return all,
            Ok(len) => all.extend(&buffer[..len]),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return all,
            Err(error) => panic!("after {} bytes: {error}", all.len()),
        }
    }
}

/// Reads as many bytes as `expected` has, and compares.
#[track_caller]
pub fn expect_bytes(stream: &mut TcpStream, expected: &[u8]) {
    let mut bytes = vec![0; expected.len()];
    stream.read_exact(&mut bytes).expect("as many bytes come");
    assert_eq!(bytes, expected);
}

/// A request that opens a WebSocket, with further header lines.
pub fn request_with(lines: &str) -> String {
    format!(
        "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{lines}\r\n"
    )
}

/// The right answer to a request's head.
pub fn answer_to(request: &str) -> String {
    let key =
        request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).expect("it has a key");
    let accept = rfc6455::handshake::accept_key(key);
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    )
}

pub fn write(stream: &mut TcpStream, bytes: impl AsRef<[u8]>) {
    stream.write_all(bytes.as_ref()).expect("the other end reads");
}

/// Says that nothing more is sent, and waits until the other end says so too.
pub fn hang_up(mut stream: TcpStream) {
    let _ = stream.shutdown(Shutdown::Write);
    read_to_end(&mut stream);
}

/// Echoes until the end.
pub fn echo(mut socket: Socket) -> Result<Socket, Error> {
    let mut message = Message::new();
    while socket.read(&mut message)? {
        socket.send(&message)?;
    }
    Ok(socket)
}

/// Calls `act` until it does not want to wait; fails rather than to spin for ever.
pub fn until_ready<R>(mut act: impl FnMut() -> Result<R, Error>) -> Result<R, Error> {
    let start = Instant::now();
    loop {
        match act() {
            Err(error) if error.is_would_block() && start.elapsed() < PATIENCE => thread::yield_now(),
            result => return result,
        }
    }
}

/// Random numbers that a printed seed repeats.
pub struct Random(u64);

impl Random {
    pub fn new() -> Self {
        Self(Self::seed() | 1)
    }

    /// Those of one seed of many, which may be next to each other.
    pub fn seeded(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The seed that `SEED` names, or one that no run had before.
    pub fn seed() -> u64 {
        let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            now.expect("it is after 1970").as_nanos() as u64
        });
        println!("SEED={seed}");
        seed
    }

    pub fn below(&mut self, end: u64) -> u64 {
        // xorshift64*, by S. Vigna.
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % end
    }

    pub fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.below(256) as u8).collect()
    }
}
