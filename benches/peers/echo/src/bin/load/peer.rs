//! A connection of the load, and what goes over it.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::os::fd::{AsFd as _, AsRawFd as _};
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{MsgFlags, recv, send};

/// From RFC 6455 §1.3; so the answer is known, too.
const REQUEST: &str = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
/// All frames have the same: this is about the server.
const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
/// For an answer; a server that takes longer has lost it.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is sent at once, and what has to come back.
pub struct Exchange {
    batch: Vec<u8>,
    answer: Vec<u8>,
    received: Vec<u8>,
}

/// A connection.
pub struct Peer {
    stream: TcpStream,
    /// So much of the present answer has come.
    received: usize,
}

impl Exchange {
    /// `in_flight` messages of so many bytes, which come back unmasked; or as they are, when the server is `raw`.
    pub fn new(in_flight: usize, bytes: usize, raw: bool) -> Self {
        let payload: Vec<u8> = (0..bytes).map(|at| (at * 7 % 251) as u8).collect();
        let masked = frame(&payload, Some(KEY));
        let answer = if raw { masked.clone() } else { frame(&payload, None) }.repeat(in_flight);
        Self { batch: masked.repeat(in_flight), received: vec![0; answer.len()], answer }
    }

    /// One batch over each connection, the answers to which are compared byte by byte.
    pub fn check(&mut self, peers: &mut [Peer]) -> io::Result<()> {
        for peer in peers {
            peer.send(self)?;
            peer.receive(self)?;
            if self.received != self.answer {
                return Err(io::Error::other("the answer is not what was sent"));
            }
        }
        Ok(())
    }
}

/// A binary message in one frame.
fn frame(payload: &[u8], key: Option<[u8; 4]>) -> Vec<u8> {
    let len = payload.len();
    let mut frame = vec![0x82];
    match (u8::try_from(len), u16::try_from(len)) {
        (Ok(len @ ..126), _) => frame.push(len),
        (_, Ok(len)) => frame.extend([&[126], &len.to_be_bytes()[..]].concat()),
        _ => frame.extend([&[127], &(len as u64).to_be_bytes()[..]].concat()),
    }
    match key {
        None => frame.extend(payload),
        Some(key) => {
            frame[1] |= 0x80;
            frame.extend(key);
            frame.extend(payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key));
        }
    }
    frame
}

impl Peer {
    /// Connects, and does the opening handshake.
    pub fn open(port: &str) -> io::Result<Self> {
        let mut stream = TcpStream::connect(format!("127.0.0.1:{port}"))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(REQUEST.as_bytes())?;
        let (mut head, mut len) = ([0; 1024], 0);
        while !head[..len].ends_with(b"\r\n\r\n") {
            match stream.read(&mut head[len..])? {
                0 => break,
                more => len += more,
            }
        }
        let head = String::from_utf8_lossy(&head[..len]);
        if !head.starts_with("HTTP/1.1 101 ") || !head.contains(ACCEPT) {
            return Err(io::Error::other(format!("no WebSocket: {head}")));
        }
        Ok(Self { stream, received: 0 })
    }

    /// Sends a batch. A large one may not fit the buffers of both sockets: then what comes back is read meanwhile, as a server
    /// that must write before it reads on would wait for ever.
    pub fn send(&mut self, exchange: &mut Exchange) -> io::Result<()> {
        let mut sent = self.send_some(&exchange.batch)?;
        while sent < exchange.batch.len() {
            let mut ready = [PollFd::new(self.stream.as_fd(), PollFlags::POLLIN | PollFlags::POLLOUT)];
            let patience = PollTimeout::try_from(PATIENCE).map_err(io::Error::other)?;
            if poll(&mut ready, patience)? == 0 {
                return Err(ErrorKind::TimedOut.into());
            }
            let ready = ready[0].revents().unwrap_or(PollFlags::POLLERR);
            if ready.contains(PollFlags::POLLIN) {
                self.receive_some(exchange, MsgFlags::MSG_DONTWAIT)?;
            }
            if ready.intersects(PollFlags::POLLOUT | PollFlags::POLLERR | PollFlags::POLLHUP) {
                sent += self.send_some(&exchange.batch[sent..])?;
            }
        }
        Ok(())
    }

    /// Waits for the whole answer.
    pub fn receive(&mut self, exchange: &mut Exchange) -> io::Result<()> {
        while self.received < exchange.answer.len() {
            self.receive_some(exchange, MsgFlags::MSG_WAITALL)?;
        }
        self.received = 0;
        Ok(())
    }

    fn send_some(&self, bytes: &[u8]) -> io::Result<usize> {
        match send(self.stream.as_raw_fd(), bytes, MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL) {
            Err(Errno::EAGAIN) => Ok(0),
            sent => Ok(sent?),
        }
    }

    fn receive_some(&mut self, exchange: &mut Exchange, flags: MsgFlags) -> io::Result<()> {
        match recv(self.stream.as_raw_fd(), &mut exchange.received[self.received..], flags)? {
            0 => Err(ErrorKind::UnexpectedEof.into()),
            len => {
                self.received += len;
                Ok(())
            }
        }
    }
}
