//! RFC 6455 §4.1 (2): one connection at a time to a remote address.

use core::future::Future;
use core::pin::pin;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::sync::{Arc, mpsc};
use std::task::Wake;
use std::thread;

use super::*;

const LONG: Duration = Duration::from_secs(30);

fn remote(last: u8) -> Remote {
    Remote::Address(([192, 0, 2, last], 80).into())
}

/// Counts how often it is woken.
#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Count {
    fn poll(self: &Arc<Self>, turn: &mut Turn) -> Option<Pass> {
        let waker = Waker::from(Arc::clone(self));
        match pin!(turn).poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(pass) => Some(pass),
            Poll::Pending => None,
        }
    }

    fn woken(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

#[test]
fn one_passes_and_the_next_is_told_when_it_is_done() {
    let gate = Gate::new();
    let count = Arc::new(Count::default());
    let pass = gate.queue(remote(1)).wait(Duration::ZERO).expect("nobody else is there");
    let (mut second, mut third) = (gate.queue(remote(1)), gate.clone().queue(remote(1)));
    assert!(count.poll(&mut third).is_none() && count.poll(&mut second).is_none());
    drop(pass);
    assert_eq!(count.woken(), 1, "one, not all");
    assert!(count.poll(&mut third).is_none(), "who came later goes later");
    let pass = count.poll(&mut second).expect("its turn");
    assert!(count.poll(&mut second).is_none(), "there is no second one");
    drop(second);
    assert_eq!(count.woken(), 1, "a turn that was taken is none to leave");
    drop(pass);
    assert_eq!(count.woken(), 2);
    assert!(count.poll(&mut third).is_some());
}

#[test]
fn other_addresses_and_names_have_queues_of_their_own() {
    let gate = Gate::new();
    let remotes = [
        remote(1),
        remote(2),
        Remote::Address(([192, 0, 2, 1], 81).into()),
        Remote::behind_proxy(&uri("ws://a/")),
        Remote::behind_proxy(&uri("ws://b/")),
        Remote::behind_proxy(&uri("ws://a:8080/")),
    ];
    let passes: Vec<_> = remotes.into_iter().map(|remote| gate.queue(remote).wait(Duration::ZERO)).collect();
    assert!(passes.iter().all(Option::is_some), "{gate:?}");
    assert!(gate.queue(Remote::behind_proxy(&uri("ws://a/x"))).wait(Duration::ZERO).is_none());
    assert!(gate.queue(Remote::behind_proxy(&uri("ws://192.0.2.1/"))).wait(Duration::ZERO).is_none());
    assert_eq!(Remote::behind_proxy(&uri("wss://[::1]/")), Remote::Address("[::1]:443".parse().unwrap()));
}

#[test]
fn who_leaves_the_queue_is_passed_over() {
    let gate = Gate::new();
    let count = Arc::new(Count::default());
    let pass = gate.queue(remote(1)).wait(LONG).unwrap();
    let (mut second, mut third) = (gate.queue(remote(1)), gate.queue(remote(1)));
    assert!(count.poll(&mut second).is_none() && count.poll(&mut third).is_none());
    drop(second);
    assert_eq!(count.woken(), 0, "the pass is still held");
    drop(pass);
    assert_eq!(count.woken(), 1);
    // It was told, and goes away before it looks: so the next is told.
    let mut fourth = gate.queue(remote(1));
    assert!(count.poll(&mut fourth).is_none());
    drop(third);
    assert_eq!(count.woken(), 2);
    assert!(count.poll(&mut fourth).is_some());
}

#[test]
fn a_gate_forgets_addresses_that_nobody_connects_to() {
    let gate = Gate::new();
    for last in 0..=255 {
        let pass = gate.queue(remote(last)).wait(LONG);
        assert!(gate.queue(remote(last)).wait(Duration::ZERO).is_none());
        assert_ne!(format!("{gate:?}"), "Gate({})");
        drop(pass);
    }
    assert_eq!(format!("{gate:?}"), "Gate({})");
}

#[test]
fn a_thread_that_waits_is_woken() {
    let gate = Gate::new();
    let pass = gate.queue(remote(1)).wait(LONG).unwrap();
    let turn = gate.queue(remote(1));
    let waiting = thread::spawn(move || turn.wait(LONG).is_some());
    drop(pass);
    assert!(waiting.join().unwrap());
}

#[test]
fn a_panic_of_the_holder_lets_the_next_one_through() {
    let gate = Gate::new();
    let turn = gate.queue(remote(1));
    let next = gate.queue(remote(1));
    let holder = thread::spawn(move || {
        let _pass = turn.wait(LONG).unwrap();
        std::panic::resume_unwind(std::boxed::Box::new("on purpose"));
    });
    assert!(next.wait(LONG).is_some());
    assert!(holder.join().is_err());
    assert!(gate.queue(remote(1)).wait(LONG).is_some());
}

#[test]
fn many_threads_pass_one_at_a_time_in_the_order_in_which_they_came() {
    let gate = Gate::new();
    let (inside, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (passed, order) = mpsc::channel();
    let threads: Vec<_> = (0..32)
        .map(|number| {
            let turn = gate.queue(remote(1));
            let (inside, most, passed) = (Arc::clone(&inside), Arc::clone(&most), passed.clone());
            thread::spawn(move || {
                let pass = turn.wait(LONG).expect("its turn comes");
                most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                passed.send(number).unwrap();
                thread::yield_now();
                inside.fetch_sub(1, Ordering::SeqCst);
                drop(pass);
            })
        })
        .collect();
    drop(passed);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(order.iter().collect::<Vec<_>>(), (0..32).collect::<Vec<_>>());
    assert_eq!(most.load(Ordering::SeqCst), 1);
}
