//! An opening handshake that is polled: RFC 6455 §4, within its deadline.

use std::task::{Context, Poll};
use std::time::Instant;

use ::tokio::io::{AsyncRead, AsyncWrite};

use super::alarm::Alarm;
use super::bell::{Bell, Half};
use super::polled::Polled;
use crate::net::{Connecting, Error, Incoming, Socket as _};
use crate::session::Deadline;

/// A handshake of the blocking adapter, over a stream that does not block.
pub(super) trait Handshake {
    type Stream;
    fn stream(&self) -> Option<&Polled<Self::Stream>>;
    fn deadline(&self) -> Option<Instant>;
}

impl<S: AsyncRead + AsyncWrite + Unpin> Handshake for Incoming<Polled<S>> {
    type Stream = S;

    fn stream(&self) -> Option<&Polled<S>> {
        Some(self.stream())
    }

    fn deadline(&self) -> Option<Instant> {
        self.deadline()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Handshake for Connecting<Polled<S>> {
    type Stream = S;

    fn stream(&self) -> Option<&Polled<S>> {
        self.stream()
    }

    fn deadline(&self) -> Option<Instant> {
        self.deadline()
    }
}

/// Who waits for a handshake, and until when.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) bell: Bell,
    alarm: Alarm,
}

impl Waiting {
    pub(super) fn new() -> Self {
        Self { bell: Bell::new(), alarm: Alarm::default() }
    }

    /// Calls `act` until it is done.
    pub(super) fn poll<H: Handshake, T>(
        &mut self,
        handshake: &mut H,
        cx: &Context<'_>,
        mut act: impl FnMut(&mut H) -> Result<T, Error>,
    ) -> Poll<Result<T, Error>> {
        self.bell.listen(Half::Reader, cx.waker());
        loop {
            match act(handshake) {
                Err(error) if error.is_would_block() => {}
                done => return Poll::Ready(done),
            }
            let stream = handshake.stream();
            if stream.is_some_and(|stream| stream.is_stuck()) {
                return Poll::Ready(Err(Deadline::Write.into()));
            }
            let deadlines = [handshake.deadline(), stream.and_then(Polled::deadline)];
            let deadline = deadlines.into_iter().flatten().min();
            let Some(waker) = stream.map(Polled::waker) else { return Poll::Ready(Err(Error::HandshakeCut)) };
            if self.alarm.poll(deadline, waker).is_pending() {
                return Poll::Pending;
            }
        }
    }
}
