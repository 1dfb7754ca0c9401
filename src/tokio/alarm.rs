//! A timer that follows the next deadline of a connection (RFC 6455 §7.1.1).

use std::boxed::Box;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use ::tokio::time::{self, Sleep};

use super::polled::now;

/// Rings no later than asked for. Deadlines move away while bytes come; a ring that is too early does no harm, so the timer is
/// set now and then and not for each message.
#[derive(Debug, Default)]
pub(super) struct Alarm {
    /// Made for the first deadline: most connections of most servers have none.
    sleep: Option<Pin<Box<Sleep>>>,
    is_set: bool,
}

impl Alarm {
    /// Whether the deadline has come; if not, `waker` is woken then, or before.
    pub(super) fn poll(&mut self, deadline: Option<Instant>, waker: &Waker) -> Poll<()> {
        let Some(deadline) = deadline else { return Poll::Pending };
        let at = time::Instant::from_std(deadline);
        let sleep = match &mut self.sleep {
            Some(sleep) => sleep,
            none => none.insert(Box::pin(time::sleep_until(at))),
        };
        loop {
            if !self.is_set || sleep.deadline() > at {
                sleep.as_mut().reset(at);
                self.is_set = true;
            }
            if sleep.as_mut().poll(&mut Context::from_waker(waker)).is_pending() {
                return Poll::Pending;
            }
            self.is_set = false;
            if now() >= deadline {
                return Poll::Ready(());
            }
        }
    }
}
