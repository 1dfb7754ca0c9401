//! The lock, the wait and the clock that the two halves of a connection share (RFC 6455 §5.4): those of the standard library.
//!
//! In the tests of [`schedules`](super) a scheduler takes their place, which sees every step of every thread and decides who
//! goes on and when time passes.

#[cfg(not(all(test, shuttle)))]
pub(super) use std::{
    sync::{Condvar, Mutex, MutexGuard},
    time::Instant,
};

#[cfg(all(test, shuttle))]
pub(super) use super::schedules::clock::{Condvar, Instant, Mutex, MutexGuard};
