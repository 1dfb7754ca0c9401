//! A connection that is polled: [`net`](crate::net)'s, called until it would not block (RFC 6455 §6, §7.1).
//!
//! It decides nothing of its own but when to call again: when the stream goes on, or a deadline comes.

use std::task::{Context, Poll};
use std::time::Instant;
use std::vec::Vec;

use ::tokio::io::{AsyncRead, AsyncWrite};

use super::alarm::Alarm;
use super::bell::{Bell, Half};
use super::polled::Polled;
use crate::net::{self, Error};
use crate::protocol::Role;
use crate::session::Config;

/// The connection of the blocking adapter, over a stream that does not block.
pub(super) type Inner<S> = net::WebSocket<Polled<S>>;

/// What a task waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    /// What the peer sends. Meanwhile all deadlines are kept.
    ForBytes,
    /// That the peer takes what is sent. Nothing is read meanwhile, so the deadlines of what is to be read have to wait.
    ForRoom,
}

/// A connection, with who waits for it and until when.
#[derive(Debug)]
pub(super) struct Core<S> {
    pub(super) inner: Inner<S>,
    pub(super) bell: Bell,
    alarm: Alarm,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Core<S> {
    pub(super) fn new(stream: S, role: Role, config: Config, unread: Vec<u8>) -> Self {
        let bell = Bell::new();
        let stream = Polled::new(stream, bell.waker(), config.write_timeout);
        Self::of(net::WebSocket::over_socket(stream, Polled::socket, role, config, unread), bell)
    }

    /// After an opening handshake with the same bell.
    pub(super) fn of(inner: Inner<S>, bell: Bell) -> Self {
        Self { inner, bell, alarm: Alarm::default() }
    }

    /// Calls `act` until it is done, for the task of a half.
    #[inline]
    pub(super) fn poll<T>(
        &mut self,
        half: Half,
        wait: Wait,
        cx: &Context<'_>,
        act: impl FnMut(&mut Inner<S>) -> Result<T, Error>,
    ) -> Poll<Result<T, Error>> {
        self.bell.listen(half, cx.waker());
        self.poll_again(wait, act)
    }

    /// The same where there are two halves: the task of the other learns of what it may wait for.
    pub(super) fn poll_half<T>(
        &mut self,
        half: Half,
        wait: Wait,
        cx: &Context<'_>,
        act: impl FnMut(&mut Inner<S>) -> Result<T, Error>,
    ) -> Poll<Result<T, Error>> {
        let (before, due) = (self.inner.progress(), self.deadline(Wait::ForBytes));
        let polled = self.poll(half, wait, cx, act);
        // The writer may have begun to close, or found out that nothing can be written: the reader keeps the deadline of that.
        let is_due_sooner = self.deadline(Wait::ForBytes).is_some_and(|now| due.is_none_or(|due| now < due));
        // What was queued goes out before a read waits, and so at once if one waits already.
        let is_queued = half == Half::Writer && polled.is_ready() && self.inner.unwritten() > 0;
        if self.inner.progress().has_come_since(before) || is_due_sooner || is_queued {
            self.bell.wake(half.other());
        }
        if half == Half::Writer && polled.is_ready() {
            self.bell.leave(half);
        }
        polled
    }

    #[inline]
    fn poll_again<T>(
        &mut self,
        wait: Wait,
        mut act: impl FnMut(&mut Inner<S>) -> Result<T, Error>,
    ) -> Poll<Result<T, Error>> {
        loop {
            match act(&mut self.inner) {
                Err(error) if error.is_would_block() => {}
                done => return Poll::Ready(done),
            }
            // The end of a connection has a deadline of its own for what is left to be written.
            if self.inner.is_stuck() && (wait == Wait::ForRoom || !self.inner.is_ending()) {
                return Poll::Ready(Err(self.inner.give_up()));
            }
            if self.poll_deadline(wait).is_pending() {
                return Poll::Pending;
            }
        }
    }

    /// Whether something is due, of which the bell rings.
    fn poll_deadline(&mut self, wait: Wait) -> Poll<()> {
        let deadline = self.deadline(wait);
        self.alarm.poll(deadline, self.inner.stream().waker())
    }

    fn deadline(&self, wait: Wait) -> Option<Instant> {
        let of_stream = || self.inner.stream().deadline();
        match wait {
            Wait::ForRoom => of_stream(),
            Wait::ForBytes if self.inner.is_ending() => self.inner.deadline(),
            Wait::ForBytes => [self.inner.deadline(), of_stream()].into_iter().flatten().min(),
        }
    }
}
