//! A stream that gives and takes one byte at a time, and has the task come again in between; and futures that are dropped after any
//! of these steps.

use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What is to be read comes from a script; clones share what was written.
#[derive(Clone, Debug)]
pub(crate) struct Drip {
    input: VecDeque<u8>,
    written: Arc<Mutex<Vec<u8>>>,
    reads: usize,
    writes: usize,
}

impl Drip {
    pub(crate) fn new(input: impl IntoIterator<Item = u8>) -> Self {
        Self { input: input.into_iter().collect(), written: Arc::default(), reads: 0, writes: 0 }
    }

    pub(crate) fn written(&self) -> Vec<u8> {
        self.written.lock().unwrap().clone()
    }

    /// Each other call is told to come again.
    fn comes_again(calls: &mut usize, cx: &Context<'_>) -> bool {
        *calls += 1;
        if calls.is_multiple_of(2) {
            return false;
        }
        cx.waker().wake_by_ref();
        true
    }
}

impl AsyncRead for Drip {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if Self::comes_again(&mut self.reads, cx) {
            return Poll::Pending;
        }
        to.put_slice(self.input.pop_front().as_slice());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Drip {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        if Self::comes_again(&mut self.writes, cx) {
            return Poll::Pending;
        }
        self.written.lock().unwrap().extend(from.first());
        Poll::Ready(Ok(1))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if Self::comes_again(&mut self.writes, cx) { Poll::Pending } else { Poll::Ready(Ok(())) }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(cx)
    }
}

/// How often a future may be polled before it is dropped: so often each one, or the first ones all together.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Drops {
    Never,
    /// The future that comes to this many polls, counted over all of them, is dropped; later ones are not.
    After(usize),
    Each(usize),
}

/// Polls futures as a task does that awaits them in `select!`, with something else that comes up at times.
#[derive(Debug)]
pub(crate) struct Polling {
    drops: Drops,
    pub(crate) polls: usize,
}

/// The stream says at once that it goes on, so nobody has to be woken.
const MOST: usize = 100_000;

impl Polling {
    pub(crate) fn new(drops: Drops) -> Self {
        Self { drops, polls: 0 }
    }

    /// What came of it; `None` when it was dropped.
    pub(crate) fn poll<F: Future>(&mut self, future: F) -> Option<F::Output> {
        let mut future = pin!(future);
        let mut here = 0;
        let mut cx = Context::from_waker(Waker::noop());
        loop {
            let is_dropped = match self.drops {
                Drops::Never => false,
                Drops::After(polls) => self.polls == polls && here > 0,
                Drops::Each(polls) => here == polls,
            };
            if is_dropped {
                // It is another one that is dropped only if this goes on with the next number.
                self.polls += 1;
                return None;
            }
            (self.polls, here) = (self.polls + 1, here + 1);
            assert!(here < MOST, "it does not end");
            if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
                return Some(output);
            }
        }
    }

    /// Calls it again until it is done.
    pub(crate) fn until_done<T>(&mut self, mut attempt: impl FnMut(&mut Self) -> Option<T>) -> T {
        loop {
            if let Some(done) = attempt(self) {
                return done;
            }
        }
    }
}

/// Tells `story` with all ways to drop its futures, and holds what it tells to what it tells when none is dropped. It is told within
/// a runtime whose clock stands still.
pub(crate) fn however_dropped<T: PartialEq + std::fmt::Debug>(story: impl Fn(&mut Polling) -> T) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.expect("it is made");
    let _context = runtime.enter();
    let mut polling = Polling::new(Drops::Never);
    let expected = story(&mut polling);
    assert!(polling.polls > 10, "nothing was waited for");
    for drops in (1..polling.polls).map(Drops::After).chain((1..6).map(Drops::Each)) {
        assert_eq!(story(&mut Polling::new(drops)), expected, "{drops:?}");
    }
}
