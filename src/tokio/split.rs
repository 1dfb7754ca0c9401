//! Two halves for two tasks: RFC 6455 §5.4 and §5.5 from both at once, and no frame torn.
//!
//! Both act on one connection under a lock that is held while one of them is polled.

use std::future::poll_fn;
use std::io::ErrorKind;
use std::pin::Pin;
use std::string::{String, ToString};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::vec::Vec;

use ::tokio::io::{AsyncRead, AsyncWrite};
use futures_core::Stream;

use super::bell::Half;
use super::core::{Core, Inner, Wait};
use super::websocket::{Access, poll_message};
use crate::net::{Error, Next, ReadEvent};
use crate::protocol::{CloseCode, CloseStatus, State};
use crate::session::{Message, Want};

/// The half that reads; it also answers pings and closes, and keeps the deadlines.
#[derive(Debug)]
pub struct Reader<S> {
    shared: Arc<Shared<S>>,
    /// The payload of the last Ping or Pong.
    control: Vec<u8>,
    /// The stream of messages has ended.
    has_ended: bool,
}

/// The half that writes. There is one, so that messages are never interleaved; give it to a task of its own, which gets from a
/// channel what many tasks want to send.
#[derive(Debug)]
pub struct Writer<S> {
    shared: Arc<Shared<S>>,
}

#[derive(Debug)]
struct Shared<S> {
    both: Mutex<Both<S>>,
    subprotocol: Option<String>,
}

#[derive(Debug)]
struct Both<S> {
    core: Core<S>,
    has_reader: bool,
}

pub(super) fn halves<S: AsyncRead + AsyncWrite + Unpin>(core: Core<S>) -> (Reader<S>, Writer<S>) {
    let subprotocol = core.inner.subprotocol().map(ToString::to_string);
    let both = Mutex::new(Both { core, has_reader: true });
    let shared = Arc::new(Shared { both, subprotocol });
    let writer = Writer { shared: Arc::clone(&shared) };
    (Reader { shared, control: Vec::new(), has_ended: false }, writer)
}

impl<S> Shared<S> {
    /// A task that panicked while it had the lock has not torn a frame: they are appended whole.
    fn lock(&self) -> MutexGuard<'_, Both<S>> {
        self.both.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Access<S> for Reader<S> {
    fn poll<T>(
        &mut self,
        wait: Wait,
        cx: &Context<'_>,
        act: impl FnMut(&mut Inner<S>) -> Result<T, Error>,
    ) -> Poll<Result<T, Error>> {
        self.shared.lock().core.poll_half(Half::Reader, wait, cx, act)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Access<S> for Writer<S> {
    fn poll<T>(
        &mut self,
        wait: Wait,
        cx: &Context<'_>,
        act: impl FnMut(&mut Inner<S>) -> Result<T, Error>,
    ) -> Poll<Result<T, Error>> {
        self.shared.lock().core.poll_half(Half::Writer, wait, cx, act)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Reader<S> {
    /// Waits for the next message; see [`WebSocket::read`](super::WebSocket::read).
    ///
    /// # Dropping the future
    ///
    /// Nothing is lost: what came of a message is kept, and the next read goes on with it. `message` may be empty then.
    ///
    /// # Errors
    ///
    /// As [`WebSocket::read`](super::WebSocket::read).
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
        self.event(message, Want::Whole).await
    }

    /// As [`read_event`](Self::read_event), for messages that are too large to hold; see
    /// [`WebSocket::read_part`](super::WebSocket::read_part).
    ///
    /// # Dropping the future
    ///
    /// As with [`read`](Self::read).
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub async fn read_part(&mut self, part: &mut Message) -> Result<ReadEvent<'_>, Error> {
        self.event(part, Want::Part).await
    }

    async fn event(&mut self, message: &mut Message, want: Want) -> Result<ReadEvent<'_>, Error> {
        let mut control = std::mem::take(&mut self.control);
        let next = poll_fn(|cx| {
            self.poll(Wait::ForBytes, cx, |inner| {
                let next = inner.next(message, want)?;
                if let ReadEvent::Ping(payload) | ReadEvent::Pong(payload) = inner.event(next) {
                    control.clear();
                    control.extend_from_slice(payload);
                }
                Ok(next)
            })
        });
        let next = next.await?;
        self.control = control;
        Ok(match next {
            Next::Message => ReadEvent::Message,
            Next::Part => ReadEvent::Part,
            Next::Ping => ReadEvent::Ping(&self.control),
            Next::Pong => ReadEvent::Pong(&self.control),
            Next::Closed => ReadEvent::Closed,
        })
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Writer<S> {
    /// Closes in order: sends the Close, and waits until the reader has come to the end. If that was dropped, or does not
    /// read until [`close_timeout`](crate::Config::close_timeout), this passes over what the peer still sends, and hangs up.
    ///
    /// # Dropping the future
    ///
    /// Once it was polled the Close is taken, and sent by what is polled next. To call this again goes on.
    ///
    /// # Errors
    ///
    /// [`Error::Send`] when the reason is over 123 bytes, and as [`Reader::read`].
    pub async fn close(&mut self, code: CloseCode, reason: &str) -> Result<CloseStatus, Error> {
        poll_fn(|cx| self.poll_close(cx, code, reason)).await
    }

    fn poll_close(
        &mut self,
        cx: &Context<'_>,
        code: CloseCode,
        reason: &str,
    ) -> Poll<Result<CloseStatus, Error>> {
        let Both { core, has_reader } = &mut *self.shared.lock();
        core.poll_half(Half::Writer, Wait::ForBytes, cx, |inner| {
            if inner.session().state() == State::Open {
                inner.start_close(code, reason)?;
            }
            if *has_reader && inner.session().state() == State::Closing && !inner.is_late() {
                inner.flush()?;
                return Err(Error::Io(ErrorKind::WouldBlock.into()));
            }
            inner.close(code, reason)
        })
    }

    pub(super) fn now<T>(&mut self, act: impl FnOnce(&mut Inner<S>) -> T) -> T {
        act(&mut self.shared.lock().core.inner)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Reader<S> {
    /// How the connection ended (§7.1.5); `None` while it has not.
    #[must_use]
    pub fn close_status(&self) -> Option<CloseStatus> {
        self.shared.lock().core.inner.close_status()
    }

    /// The reason in the peer's Close; empty when there is none.
    #[must_use]
    pub fn close_reason(&self) -> String {
        self.shared.lock().core.inner.close_reason().to_string()
    }
}

impl<S> Reader<S> {
    /// The subprotocol that the two sides agreed on.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&str> {
        self.shared.subprotocol.as_deref()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Writer<S> {
    /// How the connection ended (§7.1.5); `None` while it has not.
    #[must_use]
    pub fn close_status(&self) -> Option<CloseStatus> {
        self.shared.lock().core.inner.close_status()
    }

    /// Bytes that wait to be written.
    #[must_use]
    pub fn unwritten(&self) -> usize {
        self.shared.lock().core.inner.unwritten()
    }
}

/// The messages, each in storage of its own. It ends with the connection: after an orderly end, or behind the error that says why.
impl<S: AsyncRead + AsyncWrite + Unpin> Stream for Reader<S> {
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

/// A writer that waits for the reader waits no longer.
impl<S> Drop for Reader<S> {
    fn drop(&mut self) {
        let mut both = self.shared.lock();
        both.has_reader = false;
        both.core.bell.leave(Half::Reader);
        both.core.bell.wake(Half::Writer);
    }
}

/// What was queued is for the reader to write.
impl<S> Drop for Writer<S> {
    fn drop(&mut self) {
        let mut both = self.shared.lock();
        both.core.bell.leave(Half::Writer);
        both.core.bell.wake(Half::Reader);
    }
}
