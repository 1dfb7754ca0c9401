//! [`Sink`]: messages of RFC 6455 §6.1 for whoever feeds them in.

use std::pin::Pin;
use std::task::{Context, Poll};

use ::tokio::io::{AsyncRead, AsyncWrite};
use bytes::Bytes;
use futures_sink::Sink;

use super::bell::Half;
use super::core::{Inner, Wait};
use super::sending::drain;
use super::websocket::Access;
use super::{WebSocket, Writer};
use crate::net::{Error, QUEUE};
use crate::protocol::{CloseCode, State};
use crate::session::{Message, PreparedMessage};

macro_rules! sink {
    ($type:ident, $item:ty, $take:expr, $close:expr) => {
        /// It is ready while no more than 64 KiB wait to be written, or [`Config::write_backlog`](crate::Config::write_backlog) if that
        /// is less. To close it sends the Close with 1000; a whole `WebSocket` then passes over what comes until the peer's, and a
        /// `Writer` leaves that to its reader.
        impl<S: AsyncRead + AsyncWrite + Unpin> Sink<$item> for $type<S> {
            type Error = Error;

            fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
                self.get_mut().poll_as(Half::Writer, Wait::ForRoom, cx, ready)
            }

            fn start_send(self: Pin<&mut Self>, item: $item) -> Result<(), Error> {
                let take: fn(&mut Inner<S>, &$item) -> Result<(), Error> = $take;
                self.get_mut().now(|inner| taken(take(inner, &item)))
            }

            fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
                self.get_mut().poll_as(Half::Writer, Wait::ForRoom, cx, Inner::flush)
            }

            fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
                $close(self.get_mut(), cx)
            }
        }
    };
}

macro_rules! sinks {
    ($type:ident, $close:expr) => {
        sink!($type, Message, |inner, message| inner.queue(message), $close);
        sink!($type, &str, |inner, text| inner.queue(*text), $close);
        sink!($type, Bytes, |inner, bytes| inner.queue(bytes), $close);
        sink!($type, PreparedMessage, |inner, message| inner.queue_prepared(message), $close);
    };
}

sinks!(WebSocket, close);
sinks!(Writer, start_close);

fn ready<S: AsyncRead + AsyncWrite + Unpin>(inner: &mut Inner<S>) -> Result<(), Error> {
    let most = inner.most_that_waits().min(QUEUE);
    drain(inner, most)
}

/// Of something that was taken, whether or not it could be written already.
fn taken(result: Result<(), Error>) -> Result<(), Error> {
    match result {
        Err(error) if error.is_would_block() => Ok(()),
        result => result,
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> WebSocket<S> {
    fn now<T>(&mut self, act: impl FnOnce(&mut Inner<S>) -> T) -> T {
        act(&mut self.core.inner)
    }
}

fn close<S: AsyncRead + AsyncWrite + Unpin>(
    socket: &mut WebSocket<S>,
    cx: &Context<'_>,
) -> Poll<Result<(), Error>> {
    let close = |inner: &mut Inner<S>| inner.close(CloseCode::NORMAL, "").map(drop);
    socket.poll_as(Half::Writer, Wait::ForBytes, cx, close)
}

fn start_close<S: AsyncRead + AsyncWrite + Unpin>(
    writer: &mut Writer<S>,
    cx: &Context<'_>,
) -> Poll<Result<(), Error>> {
    writer.poll(Wait::ForRoom, cx, |inner| {
        if inner.session().state() == State::Open {
            return inner.start_close(CloseCode::NORMAL, "");
        }
        inner.flush()
    })
}
