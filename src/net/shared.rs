//! What the two halves of a connection share: one buffer, which one of them at a time writes.
//!
//! Both append whole frames to it under a lock, and the writing happens outside the lock: no frame is torn (RFC 6455 §5.4),
//! and neither half waits for a stream of the other's.

use std::io::{self, Write};
use std::mem;
use std::string::String;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::vec::Vec;

use super::buffer::WriteBuffer;
use super::socket::SocketOf;
use super::{Error, Socket};
use crate::protocol::SendError;
use crate::session::{Config, Session};

#[derive(Debug)]
pub(super) struct Shared<S> {
    pub(super) stream: S,
    socket: SocketOf<S>,
    pub(super) config: Config,
    pub(super) subprotocol: Option<String>,
    core: Mutex<Core>,
    /// Told when `Core::writing` turns false.
    pub(super) written: Condvar,
}

/// What both halves act on, and never while in a system call.
#[derive(Debug)]
pub(super) struct Core {
    pub(super) session: Session,
    /// Whole frames, in order. Whoever writes takes them all.
    pub(super) output: Vec<u8>,
    /// What is taken of them to be written, and the storage that comes back.
    batch: WriteBuffer,
    /// A half is writing. What is appended meanwhile is for that half to write, too.
    pub(super) writing: bool,
}

impl Core {
    /// Of a session, and of what it has to write still.
    pub(super) fn new(session: Session, output: Vec<u8>) -> Self {
        Self { session, output, batch: WriteBuffer::default(), writing: false }
    }

    /// Lets `act` append to the output, unless too much waits there.
    pub(super) fn take(
        &mut self,
        config: &Config,
        act: impl FnOnce(&mut Session, &mut Vec<u8>) -> Result<(), SendError>,
    ) -> Result<(), Error> {
        if self.waiting() > config.write_backlog {
            return Err(Error::Backlog);
        }
        Ok(act(&mut self.session, &mut self.output)?)
    }

    /// How many bytes wait, but for those that are being written.
    pub(super) fn waiting(&self) -> usize {
        self.output.len().saturating_add(self.batch.waiting())
    }
}

impl<S> Shared<S> {
    pub(super) const fn new(
        stream: S,
        socket: SocketOf<S>,
        config: Config,
        subprotocol: Option<String>,
        core: Core,
    ) -> Self {
        Self { stream, socket, config, subprotocol, core: Mutex::new(core), written: Condvar::new() }
    }

    /// A thread that panicked while it had the lock has not torn a frame: they are appended whole.
    pub(super) fn lock(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn socket(&self) -> Option<&dyn Socket> {
        (self.socket)(&self.stream)
    }
}

impl<S> Shared<S>
where
    for<'s> &'s S: Write,
{
    /// Writes all that waits. When the other half is writing, waits until that is done.
    pub(super) fn flush<'s>(&'s self, mut core: MutexGuard<'s, Core>) -> io::Result<()> {
        while core.writing {
            core = self.written.wait(core).unwrap_or_else(PoisonError::into_inner);
        }
        self.write(core)
    }

    /// Writes batch after batch, until the lock is held and nothing waits: so what the other half appended without writing
    /// it is never left behind.
    pub(super) fn write<'s>(&'s self, mut core: MutexGuard<'s, Core>) -> io::Result<()> {
        loop {
            let Core { session, output, batch, writing } = &mut *core;
            session.answer_waiting_ping(output);
            if output.is_empty() && batch.waiting() == 0 {
                return Ok(());
            }
            let mut taken = mem::take(batch);
            taken.append(output);
            *writing = true;
            drop(core);
            let result = taken.flush(&mut &self.stream);
            core = self.lock();
            core.batch = taken;
            core.writing = false;
            self.written.notify_all();
            result?;
        }
    }
}
