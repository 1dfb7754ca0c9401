//! Locks that the scheduler sees, and a clock on which time passes only while threads wait.

use std::cell::RefCell;
use std::sync::{Arc, LockResult, PoisonError};
use std::time::Duration;
use std::vec::Vec;

pub(in crate::net) use shuttle::sync::{Mutex, MutexGuard};
use shuttle::thread::{self, Thread};

/// Nothing that is tested takes so long: something waits for ever, in naps.
const TOO_LONG: Duration = Duration::from_secs(600);

/// A moment of the tests' time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(Duration);

impl Instant {
    pub(in crate::net) fn now() -> Self {
        Self(WHEEL.with_borrow(|wheel| wheel.now))
    }

    pub(in crate::net) fn elapsed(&self) -> Duration {
        Self::now().0.saturating_sub(self.0)
    }

    pub(in crate::net) fn saturating_duration_since(&self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    pub(in crate::net) fn checked_add(self, wait: Duration) -> Option<Self> {
        self.0.checked_add(wait).map(Self)
    }
}

std::thread_local! {
    /// The threads of one run are coroutines of one thread of the system.
    static WHEEL: RefCell<Wheel> = RefCell::default();
}

/// Who waits, and until when.
#[derive(Default)]
struct Wheel {
    now: Duration,
    sleepers: Vec<Sleeper>,
    timer: Option<Thread>,
    is_over: bool,
    made: usize,
}

struct Sleeper {
    number: usize,
    until: Duration,
    rung: bool,
    bell: Arc<shuttle::sync::Condvar>,
}

/// Runs a story with a clock beside it, whose thread is the first that is spawned.
pub(super) fn with_clock(story: impl FnOnce()) {
    WHEEL.set(Wheel::default());
    let timer = thread::spawn(run);
    WHEEL.with_borrow_mut(|wheel| wheel.timer = Some(timer.thread().clone()));
    story();
    WHEEL.with_borrow_mut(|wheel| wheel.is_over = true);
    timer.thread().unpark();
    timer.join().unwrap();
}

/// Lets time pass until the next sleeper is to wake, again and again. The scheduler says when.
fn run() {
    while !WHEEL.with_borrow(|wheel| wheel.is_over) {
        match WHEEL.with_borrow_mut(Wheel::pass) {
            Some(bell) => {
                bell.notify_all();
                thread::yield_now();
            }
            None => thread::park(),
        }
    }
}

impl Wheel {
    fn pass(&mut self) -> Option<Arc<shuttle::sync::Condvar>> {
        if self.sleepers.iter().all(|sleeper| sleeper.rung) {
            // Each was woken and found its lock taken, or was not yet waiting.
            self.sleepers.iter_mut().for_each(|sleeper| sleeper.rung = false);
        }
        let waiting = self.sleepers.iter_mut().filter(|sleeper| !sleeper.rung);
        let next = waiting.min_by_key(|sleeper| sleeper.until)?;
        next.rung = true;
        self.now = self.now.max(next.until);
        assert!(self.now < TOO_LONG, "it hangs");
        Some(Arc::clone(&next.bell))
    }
}

#[derive(Debug)]
pub(in crate::net) struct Condvar(Arc<shuttle::sync::Condvar>);

impl Condvar {
    pub(in crate::net) fn new() -> Self {
        Self(Arc::new(shuttle::sync::Condvar::new()))
    }

    pub(in crate::net) fn notify_all(&self) {
        self.0.notify_all();
    }

    pub(in crate::net) fn wait_while<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        condition: impl FnMut(&mut T) -> bool,
    ) -> LockResult<MutexGuard<'a, T>> {
        self.0.wait_while(guard, condition)
    }

    /// As that of the standard library; the second part says whether the time is over.
    pub(in crate::net) fn wait_timeout_while<'a, T>(
        &self,
        mut guard: MutexGuard<'a, T>,
        wait: Duration,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> LockResult<(MutexGuard<'a, T>, bool)> {
        let until = Instant::now().0.saturating_add(wait);
        let number = self.fall_asleep(until);
        let mut is_over = false;
        while condition(&mut guard) && !is_over {
            guard = self.0.wait(guard).unwrap_or_else(PoisonError::into_inner);
            is_over = Instant::now().0 >= until;
        }
        WHEEL.with_borrow_mut(|wheel| wheel.sleepers.retain(|sleeper| sleeper.number != number));
        Ok((guard, is_over))
    }

    fn fall_asleep(&self, until: Duration) -> usize {
        let (number, timer) = WHEEL.with_borrow_mut(|wheel| {
            wheel.made += 1;
            let (number, bell) = (wheel.made, Arc::clone(&self.0));
            wheel.sleepers.push(Sleeper { number, until, rung: false, bell });
            (number, wheel.timer.clone())
        });
        timer.expect("the clock runs").unpark();
        number
    }
}
