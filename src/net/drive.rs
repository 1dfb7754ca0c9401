//! The loop of a connection over a transport: look at what was read, write what is owed, wait for more; and in the end who
//! hangs up first (RFC 6455 §7.1.1).
//!
//! The one place where an adapter decides what to do next, for a whole [`WebSocket`](super::WebSocket) and for the
//! [`Reader`](super::Reader) of one that was split.

use std::io;
use std::time::Duration;
use std::vec::Vec;

use super::Error;
use super::buffer::{Filled, ReadBuffer, is_timeout};
use super::sync::Instant;
use super::time::Time;
use super::websocket::ReadEvent;
use crate::protocol::{State, Transport};
use crate::session::{Deadline, Message, Received, Session, SessionError, Want};

/// What a side of a connection can do with its transport.
pub(super) trait Side {
    /// Acts on the session, with what was read and with the buffer for what is to be written.
    fn with<R>(&mut self, act: impl FnOnce(&mut Session, &mut ReadBuffer, &mut Vec<u8>) -> R) -> R;
    /// Writes what waits, and then the Pong that waited for that; or leaves it to the thread that is writing. After `until`
    /// a peer that takes it drop by drop is as one that takes nothing.
    fn flush(&mut self, until: Option<Instant>) -> io::Result<()>;
    /// Writes what waits, to the last byte, until `until`.
    fn finish_flush(&mut self, until: Option<Instant>) -> io::Result<()>;
    fn fill(&mut self, wait: Option<Duration>) -> io::Result<Filled>;
    /// Whether no more than half of what may wait to be written does.
    fn has_room(&mut self) -> bool;
    /// How long the peer may take nothing of what `finish_flush` writes.
    fn close_timeout(&self) -> Duration;
    /// Whether a `flush` that was not done after `passed` is to be told to the caller: a peer that only sends, and does not read,
    /// may hold it no longer than a write may block.
    fn is_time_up(&self, passed: Duration) -> bool;
    /// Whether reads can be bounded in time.
    fn is_timed(&self) -> bool;
    /// Whether it never blocks, and the task is woken when it does not have to any more.
    fn is_polled(&self) -> bool {
        false
    }
    /// Tells the peer that nothing more will be sent. When that would block, it is called again.
    fn shut_down(&mut self) -> io::Result<()>;
    /// The same, at once: what cannot be said any more is left out.
    fn cut(&mut self);
    fn clock(&mut self) -> &mut Clock;
}

/// The time of a connection, and how far its end has come.
#[derive(Debug)]
pub(super) struct Clock {
    time: Time,
    /// When the stream was last looked at: all that was read counts as having come then.
    pub(super) read_at: Duration,
    end: End,
}

/// How far the end of a connection has come.
#[derive(Clone, Copy, Debug)]
enum End {
    NotYet,
    /// What waits is to be written by then, or is given up.
    Flushing(Duration),
    /// We hung up, and read what the peer still sends until it does too. Else the system would answer it with a reset,
    /// which may overtake our Close.
    Lingering(Duration),
    Done,
}

/// How long to linger.
pub(crate) const LINGER: Duration = Duration::from_secs(1);

/// What came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Message,
    /// A part of a message that goes on.
    Part,
    /// Its payload is in [`ReadBuffer::control`].
    Ping,
    /// Its payload is in [`ReadBuffer::control`].
    Pong,
    /// The connection ended in order.
    Closed,
}

impl Next {
    pub(super) fn event(self, input: &ReadBuffer) -> ReadEvent<'_> {
        match self {
            Self::Message => ReadEvent::Message,
            Self::Part => ReadEvent::Part,
            Self::Ping => ReadEvent::Ping(&input.control),
            Self::Pong => ReadEvent::Pong(&input.control),
            Self::Closed => ReadEvent::Closed,
        }
    }
}

impl Clock {
    pub(super) const fn new(time: Time, now: Duration) -> Self {
        Self { time, read_at: now, end: End::NotYet }
    }

    pub(super) const fn time(&self) -> Time {
        self.time
    }

    pub(super) fn now(&self) -> Duration {
        self.time.elapsed()
    }

    /// A moment of the session's as one of the system's; `None` when it is too far off to be one.
    pub(super) fn at(&self, moment: Option<Duration>) -> Option<Instant> {
        self.time.at(moment?)
    }

    /// Whether the end has begun, which has deadlines of its own.
    #[cfg(feature = "tokio")]
    pub(super) const fn is_ending(&self) -> bool {
        !matches!(self.end, End::NotYet)
    }

    #[cfg(feature = "tokio")]
    pub(super) const fn is_over(&self) -> bool {
        matches!(self.end, End::Done)
    }

    /// When there is something to do even if the stream is not ready.
    pub(super) fn deadline(&self, session: &Session) -> Option<Instant> {
        match self.end {
            End::NotYet => self.at(session.deadline()),
            End::Flushing(until) | End::Lingering(until) => self.at(Some(until)),
            End::Done => None,
        }
    }
}

/// Waits for what comes next. After `WouldBlock` it goes on where it stopped.
#[inline]
pub(super) fn next(side: &mut impl Side, message: &mut Message, want: Want) -> Result<Next, Error> {
    loop {
        let now = side.clock().read_at;
        let step = side.with(|session, input, out| receive(session, input, message, want, now, out));
        match step {
            Ok(Some(next)) => return Ok(next),
            Ok(None) => {
                if let Some(closed) = wait(side)? {
                    return Ok(closed);
                }
            }
            Err(error) => return Err(fail(side, error)),
        }
    }
}

#[inline]
fn receive(
    session: &mut Session,
    input: &mut ReadBuffer,
    message: &mut Message,
    want: Want,
    now: Duration,
    out: &mut Vec<u8>,
) -> Result<Option<Next>, SessionError> {
    let mut bytes = input.unread();
    let before = bytes.len();
    let received = match want {
        Want::Whole => session.receive(&mut bytes, message, now, out),
        Want::Part => session.receive_part(&mut bytes, message, now, out),
    };
    let taken = before.saturating_sub(bytes.len());
    let next = match received {
        Ok(Some(Received::Message)) => Ok(Some(Next::Message)),
        Ok(Some(Received::Part)) => Ok(Some(Next::Part)),
        Ok(Some(Received::Ping(_))) => Ok(Some(Next::Ping)),
        Ok(Some(Received::Pong(_))) => Ok(Some(Next::Pong)),
        Ok(Some(Received::Close(_)) | None) => Ok(None),
        Err(error) => Err(error),
    };
    input.consume(taken);
    if let Ok(Some(Next::Ping | Next::Pong)) = next {
        input.control.clear();
        input.control.extend_from_slice(session.control_payload());
    }
    next
}

/// All that was read is looked at: does what is due, writes what is owed, and waits for more or for the end.
fn wait(side: &mut impl Side) -> Result<Option<Next>, Error> {
    // Not the present moment: what came in time may lie unread, since the application was busy.
    let looked = side.clock().read_at;
    if let Err(error) = side.with(|session, _, out| session.tick(looked, out)) {
        return Err(fail(side, error));
    }
    let (transport, deadline) = side.with(|session, _, _| (session.transport(), session.deadline()));
    match transport {
        Transport::KeepOpen => exchange(side, deadline),
        Transport::AwaitPeer => await_peer(side, deadline),
        Transport::HangUp => {
            resumable(hang_up(side, LINGER))?;
            end_of_transport(side)
        }
    }
}

/// Writes what is owed, and waits for what comes.
fn exchange(side: &mut impl Side, deadline: Option<Duration>) -> Result<Option<Next>, Error> {
    let until = last_moment(side, deadline);
    match timed(side, |side| side.flush(until)) {
        (_, Ok(())) => match fill(side, deadline) {
            Ok(Filled::Bytes | Filled::Elapsed | Filled::Interrupted) => Ok(None),
            Ok(Filled::Eof) => end_of_transport(side),
            Err(error) => Err(io_error(side, error)),
        },
        (passed, Err(error)) if is_timeout(&error) => stuck(side, error, passed, deadline),
        (_, Err(error)) => cannot_write(side, error),
    }
}

/// A client after both Closes: the server hangs up first (§7.1.1), if it does so in time.
fn await_peer(side: &mut impl Side, deadline: Option<Duration>) -> Result<Option<Next>, Error> {
    // The peer's Close has come, so nothing is lost when it did not wait for ours.
    let until = last_moment(side, deadline);
    let flushed = side.finish_flush(until);
    let filled = if side.is_timed() {
        // What could not be written yet can wait as long as we wait for the peer.
        fill(side, deadline)
    } else {
        resumable(flushed)?;
        Ok(Filled::Eof)
    };
    side.with(|_, input, _| input.clear());
    match filled {
        Ok(Filled::Bytes | Filled::Elapsed | Filled::Interrupted) => Ok(None),
        Err(error) if is_timeout(&error) => Err(error.into()),
        Ok(Filled::Eof) | Err(_) => {
            side.clock().end = End::Done;
            side.cut();
            Ok(Some(Next::Closed))
        }
    }
}

/// When to stop writing to a peer that reads drop by drop, since something else is due.
pub(super) fn last_moment(side: &mut impl Side, deadline: Option<Duration>) -> Option<Instant> {
    // Where reads cannot be bounded, only writing on is safe: to look for input instead could block for ever.
    if side.is_timed() { side.clock().at(deadline) } else { None }
}

/// Looks at the stream, and waits for bytes until `deadline`.
fn fill(side: &mut impl Side, deadline: Option<Duration>) -> io::Result<Filled> {
    let time_left = deadline.map(|deadline| deadline.saturating_sub(side.clock().now()));
    let filled = side.fill(time_left);
    let now = side.clock().now();
    side.clock().read_at = now;
    match filled {
        // So a stream that does not block keeps its deadlines, too.
        Err(error) if is_timeout(&error) && deadline.is_some_and(|deadline| deadline <= now) => {
            Ok(Filled::Elapsed)
        }
        filled => filled,
    }
}

/// Does something, and tells how long that took.
fn timed<S: Side, R>(side: &mut S, act: impl FnOnce(&mut S) -> R) -> (Duration, R) {
    let begun = side.clock().now();
    let result = act(side);
    (side.clock().now().saturating_sub(begun), result)
}

/// The peer does not read. It may do so once we read what it has sent; two ends that both wait for that would wait for ever.
fn stuck(
    side: &mut impl Side,
    error: io::Error,
    passed: Duration,
    deadline: Option<Duration>,
) -> Result<Option<Next>, Error> {
    let is_time_up = side.is_time_up(passed);
    let now = side.clock().now();
    let is_due = deadline.is_some_and(|deadline| deadline <= now);
    // A bound, so that answers to a peer that only sends do not pile up; but nothing is due before the stream was looked at.
    let looks = side.has_room() || is_due;
    let filled = if looks { fill(side, Some(Duration::ZERO)) } else { Ok(Filled::Elapsed) };
    side.with(|_, input, _| input.patience.end_wait());
    match filled {
        Ok(Filled::Bytes | Filled::Interrupted) if is_time_up => Err(error.into()),
        Ok(Filled::Bytes | Filled::Interrupted) => Ok(None),
        Ok(Filled::Elapsed) if is_due => Ok(None),
        Ok(Filled::Elapsed) => Err(error.into()),
        Ok(Filled::Eof) => end_of_transport(side),
        Err(error) => Err(io_error(side, error)),
    }
}

/// Writing has failed for good. The peer may have said why before it hung up: then its Close is still to be read.
fn cannot_write(side: &mut impl Side, error: io::Error) -> Result<Option<Next>, Error> {
    let until = side.clock().now().saturating_add(LINGER);
    match if side.is_timed() { fill(side, Some(until)) } else { Ok(Filled::Eof) } {
        Ok(Filled::Bytes | Filled::Interrupted) => Ok(None),
        Err(error) if is_timeout(&error) => Err(error.into()),
        Ok(Filled::Eof | Filled::Elapsed) | Err(_) => Err(io_error(side, error)),
    }
}

/// After an error that cannot be resumed, the connection is lost (§7.2.1).
fn io_error(side: &mut impl Side, error: io::Error) -> Error {
    if !is_timeout(&error) {
        let _ = side.with(|session, _, _| session.receive_eof());
        // TLS that was cut off or forged leaves a socket that still writes.
        side.cut();
    }
    error.into()
}

fn end_of_transport(side: &mut impl Side) -> Result<Option<Next>, Error> {
    match side.with(|session, _, _| session.receive_eof()) {
        Ok(()) => Ok(Some(Next::Closed)),
        Err(error) => {
            side.cut();
            Err(described(side, error))
        }
    }
}

/// Sends the Close that tells the peer, hangs up, and gives the error.
pub(super) fn fail(side: &mut impl Side, error: SessionError) -> Error {
    if error == SessionError::Timeout(Deadline::Write) {
        // It takes no Close either.
        side.cut();
        side.clock().end = End::Done;
        return described(side, error);
    }
    let linger = if is_waited_for(side, error) { LINGER } else { Duration::ZERO };
    match resumable(hang_up(side, linger)) {
        Ok(()) => described(side, error),
        Err(error) => error,
    }
}

/// Whether to linger for a peer after the Close that tells it of an error.
fn is_waited_for(side: &mut impl Side, error: SessionError) -> bool {
    match error {
        // It had its time, and our Close long ago.
        SessionError::Timeout(Deadline::Close) => false,
        // One that was silent for so long is not waited for once more. But one that floods pings, which are no messages,
        // has not read our Close yet.
        _ => {
            let heard = side.with(|session, _, _| session.last_heard());
            side.clock().read_at.saturating_sub(heard) < LINGER
        }
    }
}

/// Writes the rest, hangs up, and lingers for so long.
fn hang_up(side: &mut impl Side, linger: Duration) -> io::Result<()> {
    loop {
        match side.clock().end {
            End::NotYet => {
                let until = side.clock().now().saturating_add(side.close_timeout());
                side.clock().end = End::Flushing(until);
            }
            End::Flushing(until) => {
                let by = side.clock().at(Some(until));
                let finished = side.finish_flush(by).and_then(|()| side.shut_down());
                let now = side.clock().now();
                if finished.as_ref().is_err_and(is_timeout) && now < until {
                    return finished;
                }
                if finished.is_err() {
                    // A socket that was shut already refuses it, which is as well.
                    side.cut();
                }
                let until = now.saturating_add(linger);
                side.clock().end = if side.is_timed() { End::Lingering(until) } else { End::Done };
            }
            End::Lingering(until) => {
                let time_left = until.saturating_sub(side.clock().now());
                let filled = if time_left.is_zero() { Ok(Filled::Eof) } else { side.fill(Some(time_left)) };
                side.with(|_, input, _| input.clear());
                match filled {
                    Ok(Filled::Bytes | Filled::Elapsed | Filled::Interrupted) => {}
                    Err(error) if side.is_polled() && is_timeout(&error) => return Err(error),
                    Ok(Filled::Eof) | Err(_) => side.clock().end = End::Done,
                }
            }
            End::Done => return Ok(()),
        }
    }
}

/// Of a transport that ends anyway, only what can be tried again is an error.
fn resumable(result: io::Result<()>) -> Result<(), Error> {
    match result {
        Err(error) if is_timeout(&error) => Err(error.into()),
        _ => Ok(()),
    }
}

fn described(side: &mut impl Side, error: SessionError) -> Error {
    side.with(|session, _, _| Error::Session {
        error,
        received: session.last_received(),
        sent: session.last_sent(),
    })
}

/// What is known of the end: the status, and the reason in the peer's Close.
pub(super) fn reason(session: &Session) -> &str {
    match session.state() {
        State::Closed => session.close_frame().map_or("", |frame| frame.reason),
        _ => "",
    }
}
