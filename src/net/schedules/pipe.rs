//! Two ends of a stream in memory that behave as those of TCP do: reads and writes of any part, a bounded buffer, half-closes,
//! timeouts, and a reset that takes with it what was not read.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use shuttle::rand::{Rng, thread_rng};

use super::clock::{Condvar, Mutex, MutexGuard};
use crate::net::socket::{Socket, sealed::Sealed};

/// One end.
#[derive(Debug)]
pub(super) struct Stream {
    incoming: Arc<Flow>,
    outgoing: Arc<Flow>,
    /// How long a read and a write may take. No thread waits with this lock.
    timeouts: std::sync::Mutex<[Option<Duration>; 2]>,
}

/// One direction.
#[derive(Debug)]
struct Flow {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    bytes: VecDeque<u8>,
    room: usize,
    /// Nothing more is sent.
    ended: bool,
    /// Nothing is read any more, and what is sent is lost.
    deaf: bool,
    reset: bool,
}

/// Two ends with as much room between them, each way.
pub(super) fn pipe(room: usize) -> (Stream, Stream) {
    let flow = || {
        let state = State { bytes: VecDeque::new(), room, ended: false, deaf: false, reset: false };
        Arc::new(Flow { state: Mutex::new(state), changed: Condvar::new() })
    };
    let (there, back) = (flow(), flow());
    let end = |incoming, outgoing| Stream { incoming, outgoing, timeouts: Default::default() };
    (end(Arc::clone(&back), Arc::clone(&there)), end(there, back))
}

impl Flow {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits while `condition` holds, as long as a socket would.
    fn wait(
        &self,
        timeout: Option<Duration>,
        condition: impl Fn(&State) -> bool,
    ) -> io::Result<MutexGuard<'_, State>> {
        let state = self.lock();
        let Some(timeout) = timeout else {
            let waited = self.changed.wait_while(state, |state| condition(state));
            return Ok(waited.unwrap_or_else(PoisonError::into_inner));
        };
        let waited = self.changed.wait_timeout_while(state, timeout, |state| condition(state));
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if condition(&state) { Err(ErrorKind::WouldBlock.into()) } else { Ok(state) }
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    fn reset(&self) {
        self.change(|state| {
            state.bytes.clear();
            state.reset = true;
        });
    }
}

impl Stream {
    fn timeout(&self, which: usize) -> Option<Duration> {
        self.timeouts.lock().unwrap()[which]
    }

    fn set_timeout(&self, which: usize, timeout: Option<Duration>) -> io::Result<()> {
        if timeout == Some(Duration::ZERO) {
            return Err(ErrorKind::InvalidInput.into());
        }
        self.timeouts.lock().unwrap()[which] = timeout;
        Ok(())
    }
}

/// Any part of it.
fn part(len: usize) -> usize {
    if thread_rng().gen_bool(0.5) { len } else { thread_rng().gen_range(1..=len) }
}

impl Read for &Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut state = self
            .incoming
            .wait(self.timeout(0), |state| state.bytes.is_empty() && !state.ended && !state.reset)?;
        if state.reset {
            return Err(ErrorKind::ConnectionReset.into());
        }
        let most = state.bytes.len().min(buffer.len());
        if most == 0 {
            return Ok(0);
        }
        let len = part(most);
        for (to, from) in buffer.iter_mut().zip(state.bytes.drain(..len)) {
            *to = from;
        }
        drop(state);
        self.incoming.changed.notify_all();
        Ok(len)
    }
}

impl Write for &Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let is_full =
            |state: &State| state.bytes.len() >= state.room && !state.ended && !state.reset && !state.deaf;
        let mut state = self.outgoing.wait(self.timeout(1), is_full)?;
        if state.ended || state.reset {
            return Err(ErrorKind::BrokenPipe.into());
        }
        if state.deaf {
            drop(state);
            self.incoming.reset();
            self.outgoing.reset();
            return Ok(bytes.len());
        }
        let len = part(bytes.len().min(state.room - state.bytes.len()));
        state.bytes.extend(&bytes[..len]);
        drop(state);
        self.outgoing.changed.notify_all();
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self).read(buffer)
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&*self).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sealed for Stream {}

impl Socket for Stream {
    fn read_timeout(&self) -> io::Result<Option<Duration>> {
        Ok(self.timeout(0))
    }

    fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.set_timeout(0, timeout)
    }

    fn write_timeout(&self) -> io::Result<Option<Duration>> {
        Ok(self.timeout(1))
    }

    fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.set_timeout(1, timeout)
    }

    fn set_no_delay(&self) -> io::Result<()> {
        Ok(())
    }

    fn shut_down(&self, how: Shutdown) -> io::Result<()> {
        if how != Shutdown::Read {
            self.outgoing.change(|state| state.ended = true);
        }
        if how != Shutdown::Write {
            self.incoming.change(|state| (state.ended, state.deaf) = (true, true));
        }
        Ok(())
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let mut unread = false;
        self.incoming.change(|state| (unread, state.deaf) = (!state.bytes.is_empty(), true));
        // §7.1.1: to close with bytes unread tells the peer so at once, and what is on its way to it is lost.
        if unread { self.outgoing.reset() } else { self.outgoing.change(|state| state.ended = true) }
    }
}
