//! What an adapter needs whose streams never block, but have their task woken: RFC 6455 §6 and §7.1 as [`WebSocket`] has them.

use std::io::{Read, Write};
use std::vec::Vec;

use super::drive::{self, Next};
use super::wire::Wire;
use super::{Error, ReadEvent, SocketOf, WebSocket};
use crate::protocol::{Role, State};
use crate::session::{Config, Deadline, Message, Want};

/// How far a connection is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    is_written: bool,
    state: State,
    is_ending: bool,
    is_over: bool,
}

impl Progress {
    /// Whether something has come since that another task may wait for: all is written, or the end.
    pub(crate) fn has_come_since(self, before: Self) -> bool {
        let end = |progress: Self| (progress.state, progress.is_ending, progress.is_over);
        (self.is_written && !before.is_written) || end(self) != end(before)
    }
}

impl<S: Read + Write> WebSocket<S> {
    pub(crate) fn over_socket(
        stream: S,
        socket: SocketOf<S>,
        role: Role,
        config: Config,
        unread: Vec<u8>,
    ) -> Self {
        Self::with_wire(Wire::new(stream, socket, config, unread), role, None)
    }

    /// As [`read_event`](Self::read_event) or [`read_part`](Self::read_part); the payload of a Ping or Pong is in the
    /// [`event`](Self::event).
    #[inline]
    pub(crate) fn next(&mut self, message: &mut Message, want: Want) -> Result<Next, Error> {
        drive::next(self, message, want)
    }

    pub(crate) fn event(&self, next: Next) -> ReadEvent<'_> {
        next.event(&self.wire.input)
    }

    pub(crate) fn progress(&self) -> Progress {
        Progress {
            is_written: self.wire.output.is_done(),
            state: self.session.state(),
            is_ending: self.clock.is_ending(),
            is_over: self.clock.is_over(),
        }
    }

    /// Whether the end has begun, which has deadlines of its own.
    pub(crate) const fn is_ending(&self) -> bool {
        self.clock.is_ending()
    }

    /// As many bytes may wait when a further message is taken.
    pub(crate) const fn most_that_waits(&self) -> usize {
        self.wire.config.write_backlog
    }

    /// Whether the stream took nothing for too long.
    pub(crate) fn is_stuck(&self) -> bool {
        self.wire.is_stuck()
    }

    /// Ends the connection because of that.
    pub(crate) fn give_up(&mut self) -> Error {
        self.session.give_up(Deadline::Write);
        drive::fail(self, Deadline::Write.into())
    }

    /// Whether a deadline of the session's has passed.
    pub(crate) fn is_late(&self) -> bool {
        self.session.deadline().is_some_and(|deadline| deadline <= self.clock.now())
    }
}
