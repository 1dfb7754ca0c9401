//! Storage that is lent to connections while bytes are in it: RFC 6455 §10.4 leaves it to us what an idle one costs.
//!
//! Where a read never blocks, a thread looks at one connection at a time, and storage goes from hand to hand: what the last one
//! gave back is in the processor's cache still. So thousands that wait hold nothing, and none of them allocates for each message.

use std::cell::RefCell;
use std::mem;
use std::vec;
use std::vec::Vec;

use super::buffer::{LARGE, QUEUE, SMALL};

/// So many of a kind lie ready in a thread. Connections that were left with something unread hold further ones.
const READY: usize = 8;

#[derive(Debug)]
struct Ready {
    /// To read into: initialised to their end.
    input: Vec<Vec<u8>>,
    /// To write from: empty.
    output: Vec<Vec<u8>>,
}

std::thread_local! {
    static READY_HERE: RefCell<Ready> = const { RefCell::new(Ready { input: Vec::new(), output: Vec::new() }) };
}

/// Does something with what lies ready; nothing when the thread is about to end.
fn with_ready<R>(act: impl FnOnce(&mut Ready) -> R) -> Option<R> {
    READY_HERE.try_with(|ready| ready.try_borrow_mut().ok().map(|mut ready| act(&mut ready))).ok().flatten()
}

/// A buffer of this size to read into.
pub(super) fn input(size: usize) -> Vec<u8> {
    let ready = with_ready(|ready| {
        let fits = ready.input.iter().rposition(|buffer| buffer.len() == size)?;
        Some(ready.input.swap_remove(fits))
    });
    ready.flatten().unwrap_or_else(|| vec![0; size])
}

/// Gives one back. What a connection read stays in it until the next one reads, and nobody sees it.
pub(super) fn return_input(buffer: &mut Vec<u8>) {
    let buffer = mem::take(buffer);
    // What came with the opening handshake is as long as the peer chose, and would lie there for ever.
    if (SMALL..=LARGE).contains(&buffer.len())
        && buffer.len().is_power_of_two()
        && buffer.len() == buffer.capacity()
    {
        with_ready(|ready| keep(&mut ready.input, buffer));
    }
}

/// A buffer to collect in what is to be written. It may have no storage yet.
pub(super) fn output() -> Vec<u8> {
    with_ready(|ready| ready.output.pop()).flatten().unwrap_or_default()
}

/// Gives one back, of which all is written.
pub(super) fn return_output(buffer: &mut Vec<u8>) {
    let mut buffer = mem::take(buffer);
    if (1..=QUEUE).contains(&buffer.capacity()) {
        buffer.clear();
        with_ready(|ready| keep(&mut ready.output, buffer));
    }
}

/// In place of the one that lay there for longest, if there are enough: its size may be asked for no more.
fn keep(ready: &mut Vec<Vec<u8>>, buffer: Vec<u8>) {
    if ready.len() >= READY {
        ready.remove(0);
    }
    ready.push(buffer);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_back_is_lent_again_by_its_size() {
        let (mut small, mut large) = (input(SMALL), input(LARGE));
        let (first, second) = (small.as_ptr(), large.as_ptr());
        return_input(&mut small);
        return_input(&mut large);
        assert_eq!((small.capacity(), large.capacity()), (0, 0));
        let (large, small) = (input(LARGE), input(SMALL));
        assert_eq!((large.as_ptr(), small.as_ptr()), (second, first));
    }

    #[test]
    fn what_nobody_asks_for_keeps_no_place() {
        let sizes = [SMALL + 1, 4 * SMALL];
        for size in sizes {
            (0..READY).for_each(|_| return_input(&mut vec![0; size]));
        }
        let mut small = input(SMALL);
        let lent = small.as_ptr();
        return_input(&mut small);
        let _other = vec![1_u8; SMALL];
        let again = input(SMALL);
        assert_eq!(again.as_ptr(), lent);
    }

    #[test]
    fn what_is_very_large_or_one_too_many_is_not_kept() {
        let mut outputs: Vec<_> = (0..2 * READY).map(|_| Vec::with_capacity(100)).collect();
        outputs.push(Vec::with_capacity(QUEUE + 1));
        outputs.iter_mut().rev().for_each(return_output);
        let ready: Vec<_> = (0..2 * READY).map(|_| output().capacity()).collect();
        assert_eq!(ready.iter().filter(|capacity| (100..=QUEUE).contains(*capacity)).count(), READY);
        assert_eq!(ready.iter().filter(|capacity| **capacity == 0).count(), READY);
    }
}
