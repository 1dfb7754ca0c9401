//! What the two halves of a connection act on: RFC 6455 §5.4, no frame torn and no message interleaved.
//!
//! Both append whole frames to one buffer under a lock, and one of them at a time writes it, outside the lock. So the reader's
//! pongs go out while the writer waits for nothing, and a writer that blocks does not keep the reader from reading.

use std::io::{self, Write};
use std::mem;
use std::string::String;
use std::sync::PoisonError;
use std::time::Duration;
use std::vec::Vec;

use super::buffer::{ReadBuffer, WriteBuffer};
use super::sending::LARGE_FRAME;
use super::socket::{BoundedWrites, SocketOf};
use super::sync::{Condvar, Instant, Mutex, MutexGuard};
use super::wire::Wire;
use super::{Error, Socket};
use crate::protocol::{SendError, Side};
use crate::session::{Config, PreparedMessage, Session};

/// A connection that was split.
#[derive(Debug)]
pub(super) struct Shared<S> {
    pub(super) stream: S,
    socket: SocketOf<S>,
    pub(super) config: Config,
    pub(super) subprotocol: Option<String>,
    /// Compression was negotiated.
    #[cfg(feature = "deflate")]
    pub(super) compresses: bool,
    core: Mutex<Core>,
    /// Told when `Core::writing` turns false.
    written: Condvar,
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
    /// How many bytes were written in all, which tells whether the peer takes any.
    pub(super) progress: u64,
}

impl Core {
    /// Lets `act` append to the output, unless too much waits there.
    pub(super) fn take<R>(
        &mut self,
        config: &Config,
        act: impl FnOnce(&mut Session, &mut Vec<u8>) -> Result<R, SendError>,
    ) -> Result<R, Error> {
        if self.waiting() > config.write_backlog {
            return Err(Error::Backlog);
        }
        let (session, output) = self.parts();
        Ok(act(session, output)?)
    }

    /// The session, and the buffer at the end of which its output belongs: one that holds all that waits, since by its length the
    /// Pongs to a peer that does not read are bounded.
    pub(super) fn parts(&mut self) -> (&mut Session, &mut Vec<u8>) {
        let Self { session, output, batch, .. } = self;
        if batch.waiting() == 0 {
            return (session, output);
        }
        batch.append(output);
        (session, &mut batch.bytes)
    }

    /// How many bytes wait, but for those that are being written.
    pub(super) fn waiting(&self) -> usize {
        self.output.len().saturating_add(self.batch.waiting())
    }
}

impl<S> Shared<S> {
    /// Takes over all of a connection but what was read and not yet looked at, which is the reader's alone.
    pub(super) fn new(wire: Wire<S>, session: Session, subprotocol: Option<String>) -> (Self, ReadBuffer) {
        let Wire { stream, socket, config, input, output } = wire;
        #[cfg(feature = "deflate")]
        let compresses = session.outgoing_context().is_some();
        let output = output.into_waiting();
        let core = Core { session, output, batch: WriteBuffer::default(), writing: false, progress: 0 };
        let (core, written) = (Mutex::new(core), Condvar::new());
        let shared = Self {
            stream,
            socket,
            config,
            subprotocol,
            #[cfg(feature = "deflate")]
            compresses,
            core,
            written,
        };
        (shared, input)
    }

    /// A thread that panicked while it had the lock has not torn a frame: they are appended whole.
    pub(super) fn lock(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it is cheaper to send this message from where it lies.
    pub(super) fn is_vectored(&self, message: &PreparedMessage) -> bool {
        let session = &self.lock().session;
        session.side() == Side::Server && session.frame_len(message) >= LARGE_FRAME
    }

    pub(super) fn socket(&self) -> Option<&dyn Socket> {
        (self.socket)(&self.stream)
    }

    /// Waits until no half writes, or for as long as `patience` lasts.
    pub(super) fn wait_for_turn(&self, patience: Duration) -> MutexGuard<'_, Core> {
        let waited = self.written.wait_timeout_while(self.lock(), patience, |core| core.writing);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

impl<S> Shared<S>
where
    for<'s> &'s S: Write,
{
    /// Writes all that waits. When the other half is writing, waits until that is done.
    pub(super) fn flush<'s>(&'s self, core: MutexGuard<'s, Core>) -> io::Result<()> {
        self.write(self.await_turn(core), None)
    }

    /// Sends a frame from where it lies, behind all that waits: while a peer does not read, a message to many is not copied
    /// for each.
    pub(super) fn send_frame(&self, message: &PreparedMessage) -> Result<(), Error> {
        let mut core = self.await_turn(self.lock());
        let frame = core.take(&self.config, |session, _| session.frame_for(message))?;
        let core = self.write_batch(core, frame, None)?;
        Ok(self.write(core, None)?)
    }

    /// Waits until the other half is not writing.
    fn await_turn<'s>(&'s self, core: MutexGuard<'s, Core>) -> MutexGuard<'s, Core> {
        self.written.wait_while(core, |core| core.writing).unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes batch after batch, until the lock is held and nothing waits: so what the other half appended without writing
    /// it is never left behind.
    pub(super) fn write<'s>(
        &'s self,
        mut core: MutexGuard<'s, Core>,
        until: Option<Instant>,
    ) -> io::Result<()> {
        loop {
            let (session, output) = core.parts();
            session.answer_waiting_ping(output);
            if core.output.is_empty() && core.batch.is_done() {
                return Ok(());
            }
            core = self.write_batch(core, &[], until)?;
        }
    }

    /// Writes what waits now, and `frame` behind it, outside the lock.
    fn write_batch<'s>(
        &'s self,
        mut core: MutexGuard<'s, Core>,
        frame: &[u8],
        until: Option<Instant>,
    ) -> io::Result<MutexGuard<'s, Core>> {
        let Core { output, batch, writing, .. } = &mut *core;
        let mut taken = mem::take(batch);
        taken.append(output);
        *writing = true;
        drop(core);
        let turn = Turn(self);
        let before = taken.waiting().saturating_add(frame.len());
        let bounded = until.zip(self.socket()).and_then(|(until, socket)| BoundedWrites::new(socket, until));
        let result = taken.write(frame, &mut &self.stream, until);
        drop(bounded);
        mem::forget(turn);
        core = self.lock();
        core.progress = core.progress.saturating_add(before.saturating_sub(taken.waiting()) as u64);
        core.batch = taken;
        core.writing = false;
        self.written.notify_all();
        result.map(|()| core)
    }
}

/// Dropped when the stream panics while it is written: the other half would wait for its turn for ever. How much was
/// written is not known, so nothing may follow and the connection is lost.
struct Turn<'s, S>(&'s Shared<S>);

impl<S> Drop for Turn<'_, S> {
    fn drop(&mut self) {
        let mut core = self.0.lock();
        core.output.clear();
        core.writing = false;
        let _ = core.session.receive_eof();
        self.0.written.notify_all();
    }
}
