//! A session over whatever tokio reads and writes.

use std::time::{Duration, Instant};

use rfc6455::protocol::{CloseCode, Data, Role, Transport};
use rfc6455::session::{Config, Message, Received, Session};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout;

use crate::Error;

/// How long a peer has to hang up, when all is said.
const LINGER: Duration = Duration::from_secs(1);

/// A WebSocket, as soon as the opening handshake is done.
pub struct WebSocket<S> {
    stream: S,
    session: Session,
    start: Instant,
    input: Vec<u8>,
    /// So much of the input was looked at.
    taken: usize,
    output: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> WebSocket<S> {
    /// `unread` is what was read behind the handshake.
    pub fn new(stream: S, role: Role, config: Config, unread: Vec<u8>) -> Self {
        let session = Session::new(role, &config, Duration::ZERO);
        Self { stream, session, start: Instant::now(), input: unread, taken: 0, output: Vec::new() }
    }

    /// Waits for a message; `false` when the connection ended in order.
    pub async fn read(&mut self, message: &mut Message) -> Result<bool, Error> {
        loop {
            match self.receive(message) {
                Ok(true) => return Ok(true),
                Ok(false) => self.flush().await?,
                Err(error) => {
                    // The output ends with the Close that tells the peer.
                    self.hang_up().await?;
                    return Err(error);
                }
            }
            match self.session.transport() {
                Transport::HangUp => {
                    self.hang_up().await?;
                    return Ok(false);
                }
                // A server hangs up first.
                Transport::KeepOpen | Transport::AwaitPeer => {
                    if self.fill().await? == Some(0) {
                        let _ = self.stream.shutdown().await;
                        self.session.receive_eof()?;
                        return Ok(false);
                    }
                }
            }
        }
    }

    /// Sends a message.
    pub async fn send<'d>(&mut self, data: impl Into<Data<'d>>) -> Result<(), Error> {
        self.session.send(data, &mut self.output)?;
        self.flush().await
    }

    /// Closes, and reads on until the peer has closed, too.
    pub async fn close(&mut self, code: CloseCode, reason: &str) -> Result<(), Error> {
        self.session.start_close(code, reason, self.start.elapsed(), &mut self.output)?;
        let mut message = Message::new();
        while self.read(&mut message).await? {}
        Ok(())
    }

    /// The next message of what was read already.
    fn receive(&mut self, message: &mut Message) -> Result<bool, Error> {
        let now = self.start.elapsed();
        loop {
            let mut input = &mut self.input[self.taken..];
            let before = input.len();
            let received = self.session.receive(&mut input, message, now, &mut self.output);
            self.taken += before - input.len();
            match received? {
                Some(Received::Message) => return Ok(true),
                Some(_) => {}
                None => break,
            }
        }
        self.session.tick(now, &mut self.output)?;
        Ok(false)
    }

    /// Reads, and gives how much came; `None` when the session has something to do first.
    async fn fill(&mut self) -> Result<Option<usize>, Error> {
        self.input.resize(16 << 10, 0);
        self.taken = self.input.len();
        let deadline = self.session.deadline().unwrap_or(Duration::MAX);
        let wait = deadline.saturating_sub(self.start.elapsed());
        let Ok(read) = timeout(wait, self.stream.read(&mut self.input)).await else { return Ok(None) };
        self.input.truncate(read?);
        self.taken = 0;
        Ok(Some(self.input.len()))
    }

    async fn flush(&mut self) -> Result<(), Error> {
        self.stream.write_all(&self.output).await?;
        self.output.clear();
        Ok(self.stream.flush().await?)
    }

    /// Writes the rest, sends FIN, and reads what still comes: to close on bytes that nobody read is a reset.
    async fn hang_up(&mut self) -> Result<(), Error> {
        self.flush().await?;
        self.stream.shutdown().await?;
        let rest = async { while self.stream.read(&mut [0; 4096]).await.is_ok_and(|len| len > 0) {} };
        let _ = timeout(LINGER, rest).await;
        Ok(())
    }
}

/// What the servers of these examples do.
pub async fn echo<S: AsyncRead + AsyncWrite + Unpin>(mut socket: WebSocket<S>) -> Result<(), Error> {
    let mut message = Message::new();
    while socket.read(&mut message).await? {
        socket.send(&message).await?;
    }
    Ok(())
}
