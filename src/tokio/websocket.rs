//! A connection in one task: RFC 6455 §6, read and written by turns.

use std::future::poll_fn;
use std::pin::Pin;
use std::string::String;
use std::task::{Context, Poll, ready};
use std::vec::Vec;

use ::tokio::io::{AsyncRead, AsyncWrite};
use futures_core::Stream;

use super::bell::Half;
use super::core::{Core, Inner, Wait};
use super::split::{self, Reader, Writer};
use crate::net::{Error, Next, ReadEvent};
use crate::protocol::{CloseCode, CloseStatus, Role};
use crate::session::{Config, Message, Session, Want};

/// A WebSocket over an asynchronous stream.
///
/// ```no_run
/// use rfc6455::{Message, tokio::WebSocket};
///
/// async fn echo(mut socket: WebSocket<tokio::net::TcpStream>) -> Result<(), rfc6455::Error> {
///     let mut message = Message::new();
///     while socket.read(&mut message).await? {
///         socket.queue(&message).await?; // written when nothing more is there to be read
///     }
///     Ok(())
/// }
/// ```
///
/// # In `select!`
///
/// To read and to send in one task, await what comes from either side, and then send. A read that is dropped has lost nothing:
///
/// ```no_run
/// # use rfc6455::{Message, tokio::WebSocket};
/// # async fn relay(mut socket: WebSocket<tokio::net::TcpStream>, mut news: tokio::sync::mpsc::Receiver<String>)
/// # -> Result<(), rfc6455::Error> {
/// let mut message = Message::new();
/// loop {
///     tokio::select! {
///         is_open = socket.read(&mut message) => if !is_open? { return Ok(()) },
///         Some(text) = news.recv() => socket.send(&text).await?,
///     }
/// }
/// # }
/// ```
///
/// Nothing is read while that sends. Where the peer may do the same, [`split`](Self::split) it.
///
/// # Dropping it
///
/// A `WebSocket` that is dropped without [`close`](Self::close) is a lost connection for the peer: status 1006.
#[derive(Debug)]
pub struct WebSocket<S> {
    pub(super) core: Core<S>,
    /// The stream of messages has ended.
    has_ended: bool,
}

/// What one half, or both together, have of a connection.
pub(super) trait Access<S> {
    fn poll<T>(
        &mut self,
        wait: Wait,
        cx: &Context<'_>,
        act: impl FnMut(&mut Inner<S>) -> Result<T, Error>,
    ) -> Poll<Result<T, Error>>;

    /// The same as a [`Stream`] or a [`Sink`](futures_sink::Sink), which may be in two tasks even if this is whole: others than this
    /// crate split those, too.
    fn poll_as<T>(
        &mut self,
        _: Half,
        wait: Wait,
        cx: &Context<'_>,
        act: impl FnMut(&mut Inner<S>) -> Result<T, Error>,
    ) -> Poll<Result<T, Error>> {
        self.poll(wait, cx, act)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Access<S> for WebSocket<S> {
    #[inline]
    fn poll<T>(
        &mut self,
        wait: Wait,
        cx: &Context<'_>,
        act: impl FnMut(&mut Inner<S>) -> Result<T, Error>,
    ) -> Poll<Result<T, Error>> {
        self.core.poll(Half::Reader, wait, cx, act)
    }

    fn poll_as<T>(
        &mut self,
        half: Half,
        wait: Wait,
        cx: &Context<'_>,
        act: impl FnMut(&mut Inner<S>) -> Result<T, Error>,
    ) -> Poll<Result<T, Error>> {
        self.core.poll_half(half, wait, cx, act)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> WebSocket<S> {
    /// A WebSocket on a stream on which the opening handshake is done, as after an upgrade by an HTTP stack; `unread` is what was
    /// read behind it.
    #[must_use]
    pub fn new(stream: S, role: Role, config: Config, unread: Vec<u8>) -> Self {
        Self::of(Core::new(stream, role, config, unread))
    }

    pub(super) const fn of(core: Core<S>) -> Self {
        Self { core, has_ended: false }
    }

    /// Says which subprotocol was agreed on, when the opening handshake was done elsewhere.
    #[must_use]
    pub fn with_subprotocol(self, name: impl Into<String>) -> Self {
        let Core { inner, bell, .. } = self.core;
        Self::of(Core::of(inner.with_subprotocol(name), bell))
    }

    /// Waits for the next message and puts it into `message`, whose storage is used again. `false` means that the
    /// connection ended in order: both Closes went their way, whatever the peer's code was, and
    /// [`close_status`](Self::close_status) tells it. Then `message` is as it was.
    ///
    /// Pings are answered, deadlines are kept and what waits is written while this waits. Messages that have arrived already
    /// are given before anything is written, so that answers to many go out in one write: see [`queue`](Self::queue).
    ///
    /// # Dropping the future
    ///
    /// Nothing is lost: what came of a message is kept, and the next read goes on with it. `message` may be empty then.
    ///
    /// # Errors
    ///
    /// [`Error::Session`] when the peer broke a rule, is gone, or took too long: the fitting Close was sent and the stream
    /// is shut; each later call says the same. [`Error::Io`].
    pub async fn read(&mut self, message: &mut Message) -> Result<bool, Error> {
        poll_fn(|cx| self.poll(Wait::ForBytes, cx, |inner| inner.read(message))).await
    }

    /// As [`read`](Self::read), and tells of Pings and Pongs too.
    ///
    /// # Dropping the future
    ///
    /// As with [`read`](Self::read).
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub async fn read_event(&mut self, message: &mut Message) -> Result<ReadEvent<'_>, Error> {
        let next = self.next(message, Want::Whole).await?;
        Ok(self.core.inner.event(next))
    }

    /// As [`read_event`](Self::read_event), for messages that are too large to hold: each part of one is put into `part` as it
    /// comes, whole characters of a text. [`ReadEvent::Part`] says that the message goes on, and [`ReadEvent::Message`] that it
    /// ends with this part, which may be empty. `Config::limits.message` holds for the whole of it all the
    /// same: set that to what you expect, or to `u64::MAX`.
    ///
    /// # Dropping the future
    ///
    /// As with [`read`](Self::read).
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub async fn read_part(&mut self, part: &mut Message) -> Result<ReadEvent<'_>, Error> {
        let next = self.next(part, Want::Part).await?;
        Ok(self.core.inner.event(next))
    }

    async fn next(&mut self, message: &mut Message, want: Want) -> Result<Next, Error> {
        poll_fn(|cx| self.poll(Wait::ForBytes, cx, |inner| inner.next(message, want))).await
    }

    /// Closes in order: sends the Close, passes over what the peer still sends, waits for its Close, and hangs up. When a
    /// Close was sent or received before, it goes on from there. It waits no longer than
    /// [`close_timeout`](Config::close_timeout) for the peer's Close, as long once more for a peer that does not take what is left to be
    /// written, and a second for one that does not hang up.
    ///
    /// # Dropping the future
    ///
    /// Once it was polled the Close is taken, and sent by what is polled next. To call this again goes on.
    ///
    /// # Errors
    ///
    /// [`Error::Send`] when the reason is over 123 bytes, and as [`read`](Self::read).
    pub async fn close(&mut self, code: CloseCode, reason: &str) -> Result<CloseStatus, Error> {
        poll_fn(|cx| self.poll(Wait::ForBytes, cx, |inner| inner.close(code, reason))).await
    }

    /// Makes two halves of it, for two tasks, of which each wakes the other when that has something to do. Their lock is held
    /// while one of them is polled, and never while it waits.
    ///
    /// The reader answers pings and closes in between the writer's messages, never inside one of its frames. When the
    /// connection ends, both learn of it: the reader from [`read`](Reader::read), the writer from
    /// [`SendError::Closed`](crate::protocol::SendError::Closed). A writer whose reader was dropped still sends, but nobody
    /// answers pings or sees the end until it [closes](Writer::close); a reader whose writer was dropped goes on as it was, and
    /// writes what was queued. The stream is dropped with the second half.
    ///
    /// ```no_run
    /// use rfc6455::{CloseCode, Message, tokio::connect};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let (mut reader, mut writer) = connect("ws://127.0.0.1:9001/").await?.split();
    /// let printer = tokio::spawn(async move {
    ///     let mut message = Message::new();
    ///     while reader.read(&mut message).await? {
    ///         println!("{message:?}");
    ///     }
    ///     Ok::<(), rfc6455::Error>(())
    /// });
    /// for number in 0..10 {
    ///     writer.send(&number.to_string()).await?;
    /// }
    /// writer.close(CloseCode::NORMAL, "").await?;
    /// printer.await??;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn split(self) -> (Reader<S>, Writer<S>) {
        split::halves(self.core)
    }

    /// How the connection ended (§7.1.5); `None` while it has not.
    #[must_use]
    pub const fn close_status(&self) -> Option<CloseStatus> {
        self.core.inner.close_status()
    }

    /// The reason in the peer's Close; empty when there is none.
    #[must_use]
    pub fn close_reason(&self) -> &str {
        self.core.inner.close_reason()
    }

    /// The subprotocol that the two sides agreed on.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&str> {
        self.core.inner.subprotocol()
    }

    /// Bytes that wait to be written.
    #[must_use]
    pub fn unwritten(&self) -> usize {
        self.core.inner.unwritten()
    }

    /// The stream below.
    #[must_use]
    pub const fn stream(&self) -> &S {
        self.core.inner.stream().stream()
    }

    /// The session, to look at.
    #[must_use]
    pub const fn session(&self) -> &Session {
        self.core.inner.session()
    }
}

/// The messages, each in storage of its own. It ends with the connection: after an orderly end, or behind the error that says why.
impl<S: AsyncRead + AsyncWrite + Unpin> Stream for WebSocket<S> {
    type Item = Result<Message, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.has_ended {
            return Poll::Ready(None);
        }
        let item = ready!(poll_message(this, cx));
        this.has_ended = !matches!(item, Some(Ok(_)));
        Poll::Ready(item)
    }
}

/// The next message of a stream that has not ended.
pub(super) fn poll_message<S: AsyncRead + AsyncWrite + Unpin>(
    access: &mut impl Access<S>,
    cx: &Context<'_>,
) -> Poll<Option<Result<Message, Error>>> {
    let mut message = Message::new();
    access
        .poll_as(Half::Reader, Wait::ForBytes, cx, |inner| inner.read(&mut message))
        .map(|read| read.map(|is_open| is_open.then_some(message)).transpose())
}
