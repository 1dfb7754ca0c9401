//! Who is woken when a stream goes on or a deadline comes: the tasks of both halves of a connection (RFC 6455 §5.4).
//!
//! A stream keeps one waker for reading and one for writing, and forgets the one before. Either half reads and writes, so all of a
//! connection has one waker, which wakes whoever waits.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};

/// Which half of a connection a task has. One that was not split has a reader alone, which writes, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Half {
    Reader,
    Writer,
}

impl Half {
    pub(super) const fn other(self) -> Self {
        match self {
            Self::Reader => Self::Writer,
            Self::Writer => Self::Reader,
        }
    }
}

/// The tasks that are to be woken.
#[derive(Debug, Default)]
struct Sleepers(Mutex<[Option<Waker>; 2]>);

impl Sleepers {
    fn lock(&self) -> MutexGuard<'_, [Option<Waker>; 2]> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Sleepers {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // Outside the lock, since nobody knows what a waker does.
        let [reader, writer] = self.lock().clone();
        for sleeper in [reader, writer].into_iter().flatten() {
            sleeper.wake();
        }
    }
}

/// The waker of a connection, and the tasks that it wakes.
#[derive(Debug)]
pub(super) struct Bell {
    sleepers: Arc<Sleepers>,
    /// What lies there as the reader's: a reader is the same task for long, and stays there while it does not wait.
    reader: Option<Waker>,
}

impl Bell {
    pub(super) fn new() -> Self {
        Self { sleepers: Arc::default(), reader: None }
    }

    pub(super) fn waker(&self) -> Waker {
        Waker::from(Arc::clone(&self.sleepers))
    }

    /// From now on this task is woken for a half. Before it looks whether there is something to do, so that nothing is missed.
    #[inline]
    pub(super) fn listen(&mut self, half: Half, task: &Waker) {
        if half == Half::Reader {
            if self.reader.as_ref().is_some_and(|reader| reader.will_wake(task)) {
                return;
            }
            self.reader = Some(task.clone());
        }
        self.put(half, Some(task.clone()));
    }

    /// The task of a half does not wait any more.
    pub(super) fn leave(&mut self, half: Half) {
        if half == Half::Reader {
            self.reader = None;
        }
        self.put(half, None);
    }

    pub(super) fn wake(&self, half: Half) {
        let sleeper = match (half, &*self.sleepers.lock()) {
            (Half::Reader, [reader, _]) => reader.clone(),
            (Half::Writer, [_, writer]) => writer.clone(),
        };
        if let Some(sleeper) = sleeper {
            sleeper.wake();
        }
    }

    fn put(&self, half: Half, sleeper: Option<Waker>) {
        let [reader, writer] = &mut *self.sleepers.lock();
        // What it replaces is dropped outside the lock, too.
        let _before = std::mem::replace(if half == Half::Reader { reader } else { writer }, sleeper);
    }
}
