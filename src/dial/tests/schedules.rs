//! Threads at one gate, under a scheduler that decides at each step who goes on (RFC 6455 §4.1): no schedule lets two through
//! at once, or leaves one behind. CONTRIBUTING.md tells how to run it.

use core::future::{Future, poll_fn};
use core::pin::Pin;
use core::task::Poll;
use std::sync::Arc;

use shuttle::future::block_on;
use shuttle::rand::{Rng, thread_rng};
use shuttle::sync::atomic::{AtomicUsize, Ordering};
use shuttle::thread;

use super::*;

#[test]
fn one_passes_at_a_time_and_everyone_in_the_end() {
    let schedules = std::env::var("SCHEDULES").map_or(300, |count| count.parse().expect("it is a number"));
    shuttle::check_random(story, schedules);
    shuttle::check_pct(story, schedules, 4);
}

fn story() {
    let gate = Gate::new();
    let inside = Arc::new(AtomicUsize::new(0));
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let (gate, inside) = (gate.clone(), Arc::clone(&inside));
            thread::spawn(move || {
                let mut turn = gate.queue(Remote::Name("host".to_string(), 80));
                if thread_rng().gen_range(0..3) == 0 {
                    // It asks once and goes away, be it its turn or not.
                    block_on(poll_fn(|context| Poll::Ready(Pin::new(&mut turn).poll(context).is_ready())));
                    return;
                }
                let pass = block_on(turn);
                assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "one at a time");
                thread::yield_now();
                inside.fetch_sub(1, Ordering::SeqCst);
                drop(pass);
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(format!("{gate:?}"), "Gate({})", "nobody is left");
}
