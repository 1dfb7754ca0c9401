//! RFC 6455 §4.1 (2): of one client's connections to a remote address, one at most is in the state CONNECTING.
//!
//! A queue for each address. Who stands first may connect; the others are told when it is their turn, a thread and a task in
//! the same way: by a `Waker`.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::{String, ToString as _};
use core::fmt;
use core::net::{IpAddr, SocketAddr};
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::future::Future;
use std::sync::{Arc, PoisonError};
#[cfg(not(all(test, shuttle)))]
use std::sync::{Mutex, MutexGuard};
use std::task::Wake;
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

// In the tests of schedules, a scheduler sees each step of each thread.
#[cfg(all(test, shuttle))]
use shuttle::sync::{Mutex, MutexGuard};

use crate::handshake::Uri;

/// Lets one connection at a time be made to each remote address (RFC 6455 §4.1), among all that share it.
///
/// Clones are the same gate. A program makes one and gives it to each
/// [`Connect`](crate::net::Connect::gate) that is to obey it: there is none that all share unasked. Whoever came first goes
/// first. A [`Pass`] that is dropped, also by a panic, lets the next one through.
///
/// ```
/// use std::time::Duration;
/// use rfc6455::dial::{Gate, Remote};
///
/// let gate = Gate::new();
/// let remote = Remote::Address("192.0.2.1:80".parse()?);
/// let pass = gate.queue(remote.clone()).wait(Duration::from_secs(10)).ok_or("no turn in time")?;
/// // Connect, and do the opening handshake. Meanwhile nobody else does:
/// assert!(gate.queue(remote.clone()).wait(Duration::ZERO).is_none());
/// drop(pass); // it is OPEN, or has failed
/// assert!(gate.queue(remote).wait(Duration::ZERO).is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A [`Turn`] is a future, too: `gate.queue(remote).await` on any executor.
#[derive(Clone, Default)]
pub struct Gate(Arc<Mutex<Queues>>);

/// Who a connection goes to, as far as the client can tell (RFC 6455 §4.1).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Remote {
    /// This address, under whatever name.
    Address(SocketAddr),
    /// This name and port, of which only a proxy knows the address: each name is taken for another server.
    Name(String, u16),
}

impl Remote {
    /// The server of `uri` where a proxy resolves its name.
    #[must_use]
    pub fn behind_proxy(uri: &Uri) -> Self {
        match uri.host().parse::<IpAddr>() {
            Ok(address) => Self::Address(SocketAddr::new(address, uri.port())),
            Err(_) => Self::Name(uri.host().to_string(), uri.port()),
        }
    }
}

#[derive(Default)]
struct Queues {
    waiting: BTreeMap<Remote, VecDeque<Waiting>>,
    tickets: u64,
}

/// One in a queue; the first of it has its turn.
struct Waiting {
    ticket: u64,
    waker: Option<Waker>,
}

impl Gate {
    /// A gate that nobody waits at.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Stands in the queue for `remote`, at its end. To drop what this gives is to leave the queue.
    pub fn queue(&self, remote: Remote) -> Turn {
        let mut queues = self.lock();
        let ticket = queues.tickets;
        queues.tickets = ticket.wrapping_add(1);
        queues.waiting.entry(remote.clone()).or_default().push_back(Waiting { ticket, waker: None });
        drop(queues);
        Turn(Some(Place { gate: self.clone(), remote, ticket }))
    }

    /// Nothing that could panic is done under the lock, so it is in order whoever held it.
    fn lock(&self) -> MutexGuard<'_, Queues> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in a queue, until it is the first: a future of the [`Pass`], or to [`wait`](Self::wait) for.
#[derive(Debug)]
#[must_use = "to drop it is to leave the queue"]
pub struct Turn(Option<Place>);

/// While this lives, nobody else connects to the same remote address. Drop it once the connection is OPEN or has failed.
#[derive(Debug)]
#[must_use = "to drop it is to let the next one through"]
pub struct Pass(#[expect(dead_code, reason = "its end is what counts")] Place);

/// Being in a queue. Its end lets the next one through.
struct Place {
    gate: Gate,
    remote: Remote,
    ticket: u64,
}

impl Turn {
    /// Blocks the thread until it is its turn, for `limit` at most; `None` when it has not come by then.
    #[must_use]
    pub fn wait(mut self, limit: Duration) -> Option<Pass> {
        let begun = Instant::now();
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut context = Context::from_waker(&waker);
        loop {
            if let Poll::Ready(pass) = Pin::new(&mut self).poll(&mut context) {
                return Some(pass);
            }
            let left = limit.saturating_sub(begun.elapsed());
            if left.is_zero() {
                return None;
            }
            thread::park_timeout(left);
        }
    }
}

impl Future for Turn {
    type Output = Pass;

    /// Ready once it is the first in its queue, and never again after that.
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Pass> {
        if self.0.as_ref().is_some_and(|place| place.is_first(context.waker()))
            && let Some(place) = self.0.take()
        {
            return Poll::Ready(Pass(place));
        }
        Poll::Pending
    }
}

impl Place {
    /// Whether it is the first; else `waker` is called when it is.
    fn is_first(&self, waker: &Waker) -> bool {
        // What belongs to a waker is foreign code, which is not called under the lock.
        let mut waker = Some(waker.clone());
        let mut queues = self.gate.lock();
        let Some(queue) = queues.waiting.get_mut(&self.remote) else { return false };
        let is_first = queue.front().is_some_and(|first| first.ticket == self.ticket);
        if !is_first && let Some(mine) = queue.iter_mut().find(|waiting| waiting.ticket == self.ticket) {
            core::mem::swap(&mut mine.waker, &mut waker);
        }
        drop(queues);
        is_first
    }

    /// Leaves the queue, and gives what wakes the one that is the first now.
    fn leave(&self) -> (Option<Waiting>, Option<Waker>) {
        let mut queues = self.gate.lock();
        let Some(queue) = queues.waiting.get_mut(&self.remote) else { return (None, None) };
        let at = queue.iter().position(|waiting| waiting.ticket == self.ticket);
        let left = at.and_then(|at| queue.remove(at));
        let next = if at == Some(0) { queue.front_mut().and_then(|first| first.waker.take()) } else { None };
        if queue.is_empty() {
            queues.waiting.remove(&self.remote);
        }
        (left, next)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let (_, Some(waker)) = self.leave() {
            waker.wake();
        }
    }
}

/// Wakes a thread.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

impl fmt::Debug for Gate {
    /// Shows which addresses are in use, and how many have or await a turn.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let queues = self.lock();
        let lens: BTreeMap<_, _> =
            queues.waiting.iter().map(|(remote, queue)| (remote.clone(), queue.len())).collect();
        drop(queues);
        f.debug_tuple("Gate").field(&lens).finish()
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place")
            .field("remote", &self.remote)
            .field("ticket", &self.ticket)
            .finish_non_exhaustive()
    }
}
