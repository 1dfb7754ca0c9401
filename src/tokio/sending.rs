//! What is sent: RFC 6455 §6.1. There is room for it first, then it is taken whole, and then written.

use std::future::poll_fn;

use ::tokio::io::{AsyncRead, AsyncWrite};

use super::core::{Inner, Wait};
use super::websocket::Access;
use super::{WebSocket, Writer};
use crate::net::{Error, QUEUE};
use crate::protocol::{CloseCode, Data};
use crate::session::PreparedMessage;

/// Waits for room, has `take` take something, and waits until all is written.
pub(super) async fn send<S: AsyncRead + AsyncWrite + Unpin>(
    access: &mut impl Access<S>,
    mut take: impl FnMut(&mut Inner<S>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut is_taken = false;
    let mut step = |inner: &mut Inner<S>| {
        if is_taken {
            return inner.flush();
        }
        make_room(inner)?;
        let result = take(inner);
        is_taken = true;
        result
    };
    poll_fn(|cx| access.poll(Wait::ForRoom, cx, &mut step)).await
}

/// Waits for room, has `take` take something that is written later, and waits while more is queued than gains anything.
pub(super) async fn queue<S: AsyncRead + AsyncWrite + Unpin>(
    access: &mut impl Access<S>,
    mut take: impl FnMut(&mut Inner<S>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut is_taken = false;
    let mut step = |inner: &mut Inner<S>| {
        if is_taken {
            return drain(inner, QUEUE);
        }
        make_room(inner)?;
        let result = take(inner);
        is_taken = true;
        result
    };
    poll_fn(|cx| access.poll(Wait::ForRoom, cx, &mut step)).await
}

/// Writes until a further message may be taken.
pub(super) fn make_room<S: AsyncRead + AsyncWrite + Unpin>(inner: &mut Inner<S>) -> Result<(), Error> {
    let most = inner.most_that_waits();
    drain(inner, most)
}

/// Writes until no more than so many bytes wait.
pub(super) fn drain<S: AsyncRead + AsyncWrite + Unpin>(
    inner: &mut Inner<S>,
    most: usize,
) -> Result<(), Error> {
    if inner.unwritten() <= most {
        return Ok(());
    }
    match inner.flush() {
        Err(error) if error.is_would_block() && inner.unwritten() <= most => Ok(()),
        flushed => flushed,
    }
}

macro_rules! sends {
    ($type:ident) => {
        impl<S: AsyncRead + AsyncWrite + Unpin> $type<S> {
            /// Sends a message now, and with it all that was queued. While more than
            /// [`Config::write_backlog`](crate::Config::write_backlog) waits to be written, it waits before it takes the
            /// message; afterwards it waits until all is written.
            ///
            /// # Dropping the future
            ///
            /// The message is taken whole, or not at all. If that was waited for, nothing is sent; from then on all of it is, by
            /// what is polled next. So it is never sent in part and never twice.
            ///
            /// # Errors
            ///
            /// [`Error::Send`] when the message was not taken. [`Error::Io`]. [`Error::Session`] when the peer took nothing for
            /// as long as [`Config::write_timeout`](crate::Config::write_timeout) says; then the connection is lost. Of two halves one
            /// is told so, and the other may find a broken stream.
            pub async fn send<'d>(&mut self, data: impl Into<Data<'d>>) -> Result<(), Error> {
                let data = data.into();
                send(self, |inner| inner.send(data)).await
            }

            /// Takes a message to be sent with the next [`flush`](Self::flush) or [`send`](Self::send), before a
            /// read waits, or when 64 KiB have come together. For answers to many small messages this saves most
            /// of the writes. While more than that waits and the peer does not take it, this waits.
            ///
            /// # Dropping the future
            ///
            /// As with [`send`](Self::send).
            ///
            /// # Errors
            ///
            /// As [`send`](Self::send).
            pub async fn queue<'d>(&mut self, data: impl Into<Data<'d>>) -> Result<(), Error> {
                let data = data.into();
                queue(self, |inner| inner.queue(data)).await
            }

            /// Writes all that waits.
            ///
            /// # Dropping the future
            ///
            /// What was not written still waits.
            ///
            /// # Errors
            ///
            /// [`Error::Io`], and [`Error::Session`] as with [`send`](Self::send).
            pub async fn flush(&mut self) -> Result<(), Error> {
                poll_fn(|cx| self.poll(Wait::ForRoom, cx, Inner::flush)).await
            }

            /// Sends a message that was encoded before, now.
            ///
            /// # Dropping the future
            ///
            /// As with [`send`](Self::send).
            ///
            /// # Errors
            ///
            /// As [`send`](Self::send).
            pub async fn send_prepared(&mut self, message: &PreparedMessage) -> Result<(), Error> {
                send(self, |inner| inner.send_prepared(message)).await
            }

            /// As [`queue`](Self::queue), for a message that was encoded before.
            ///
            /// # Dropping the future
            ///
            /// As with [`queue`](Self::queue).
            ///
            /// # Errors
            ///
            /// As [`send`](Self::send).
            pub async fn queue_prepared(&mut self, message: &PreparedMessage) -> Result<(), Error> {
                queue(self, |inner| inner.queue_prepared(message)).await
            }

            /// Sends the first fragment of a message whose end is not known; [`append`](Self::append) and
            /// [`finish`](Self::finish) go on.
            ///
            /// # Dropping the future
            ///
            /// As with [`send`](Self::send), for this fragment.
            ///
            /// # Errors
            ///
            /// As [`send`](Self::send).
            pub async fn start<'d>(&mut self, data: impl Into<Data<'d>>) -> Result<(), Error> {
                let data = data.into();
                send(self, |inner| inner.start(data)).await
            }

            /// Sends the next fragment of the message that was started.
            ///
            /// # Dropping the future
            ///
            /// As with [`send`](Self::send), for this fragment.
            ///
            /// # Errors
            ///
            /// As [`send`](Self::send).
            pub async fn append<'d>(&mut self, data: impl Into<Data<'d>>) -> Result<(), Error> {
                let data = data.into();
                send(self, |inner| inner.append(data)).await
            }

            /// Sends the last fragment of the message that was started; it may be empty.
            ///
            /// # Dropping the future
            ///
            /// As with [`send`](Self::send), for this fragment.
            ///
            /// # Errors
            ///
            /// As [`send`](Self::send).
            pub async fn finish<'d>(&mut self, data: impl Into<Data<'d>>) -> Result<(), Error> {
                let data = data.into();
                send(self, |inner| inner.finish(data)).await
            }

            /// Sends a Ping of at most 125 bytes; `read_event` gives its Pong.
            ///
            /// # Dropping the future
            ///
            /// As with [`send`](Self::send).
            ///
            /// # Errors
            ///
            /// As [`send`](Self::send).
            pub async fn ping(&mut self, payload: &[u8]) -> Result<(), Error> {
                send(self, |inner| inner.ping(payload)).await
            }

            /// Sends a Pong that nobody asked for, as a heartbeat that wants no answer (§5.5.3); each Ping gets its Pong without
            /// this.
            ///
            /// # Dropping the future
            ///
            /// As with [`send`](Self::send).
            ///
            /// # Errors
            ///
            /// As [`send`](Self::send).
            pub async fn pong(&mut self, payload: &[u8]) -> Result<(), Error> {
                send(self, |inner| inner.pong(payload)).await
            }

            /// Sends the Close, and leaves it to you to read on to the end: messages that the peer sent before it
            /// knew still come.
            ///
            /// # Dropping the future
            ///
            /// Once it was polled the Close is taken, and sent by what is polled next.
            ///
            /// # Errors
            ///
            /// [`Error::Send`] when a Close was sent already or the reason is over 123 bytes; [`Error::Io`].
            pub async fn start_close(&mut self, code: CloseCode, reason: &str) -> Result<(), Error> {
                let mut is_taken = false;
                let mut step = |inner: &mut Inner<S>| {
                    if is_taken {
                        return inner.flush();
                    }
                    is_taken = true;
                    inner.start_close(code, reason)
                };
                poll_fn(|cx| self.poll(Wait::ForRoom, cx, &mut step)).await
            }
        }
    };
}

sends!(WebSocket);
sends!(Writer);
