//! What is allocated, counted by a global allocator: nothing for a length that a peer claims (RFC 6455 §10.4), and
//! nothing for a message in the steady state.
#![expect(unsafe_code, reason = "a global allocator cannot be written without; the library forbids it")]

mod common;

use common::*;
use rfc6455::protocol::{Connection, Event, Limits, Side};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

std::thread_local! {
    static CALLS: Cell<u64> = const { Cell::new(0) };
}

fn count() {
    CALLS.set(CALLS.get() + 1);
}

// SAFETY: everything is left to `System`; the counter is a plain `Cell` without a destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        unsafe { System.realloc(place, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often this thread allocates in `work`.
fn allocations(work: impl FnOnce()) -> u64 {
    let before = CALLS.get();
    work();
    CALLS.get() - before
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| drop(std::hint::black_box(vec![0_u8; 10]))), 1);
    assert_eq!(allocations(|| ()), 0);
}

#[test]
fn a_claimed_length_allocates_nothing_refused_or_not() {
    for side in SIDES {
        for allowed in [0, u64::MAX] {
            for len in [16 << 20, 1 << 40, (1 << 63) - 1] {
                let mut end = Connection::new(role(side), limits(allowed, allowed));
                let mut bytes = [header(side.peer(), BINARY_START, len), b"ten bytes.".to_vec()].concat();
                let mut out = Vec::with_capacity(200);
                let count = allocations(|| {
                    let mut input = &mut bytes[..];
                    while let Ok(Some(_)) = end.receive(&mut input, &mut out) {}
                });
                // The body of the Close that refuses it is built in a `Vec`.
                let refused = allowed == 0;
                assert!(count <= u64::from(refused), "{count} allocations for {len} bytes");
                assert_eq!(end.payload_remaining(), if refused { 0 } else { len - 10 });
            }
        }
    }
}

/// One of everything that a peer may send between the handshake and a Close.
fn traffic(from: Side) -> Vec<u8> {
    let list: [(u8, &[u8]); 9] = [
        (TEXT, b"Hello"),
        (TEXT, "grüß dich".as_bytes()),
        (BINARY, &[7; 20_000]),
        (BINARY, &[8; 70_000]),
        (PING, b"are you there?"),
        (PONG, b""),
        (TEXT_START, b"\xe2\x82"),
        (PING, &[9; 125]),
        (LAST, b"\xac"),
    ];
    frames(from, &list)
}

/// Echoes all data of `bytes`, which come in pieces of `piece` bytes.
fn echo(end: &mut Connection, bytes: &mut [u8], piece: usize, out: &mut Vec<u8>) {
    for mut input in bytes.chunks_mut(piece) {
        while let Some(event) = end.receive(&mut input, out).unwrap() {
            if let Event::Data(chunk) = event {
                end.send(chunk.payload, out).unwrap();
            }
        }
        out.clear();
    }
}

/// The block of a client's keys grows to its size.
fn draw_all_keys(end: &mut Connection) {
    for _ in 0..500 {
        end.ping(b"", &mut Vec::new()).unwrap();
    }
}

#[test]
fn messages_in_the_steady_state_allocate_nothing() {
    for side in SIDES {
        let mut end = Connection::new(role(side), Limits::default());
        let mut out = Vec::new();
        let bytes = traffic(side.peer());
        let mut scratch = bytes.clone();
        draw_all_keys(&mut end);
        for piece in [bytes.len(), 8192, 3] {
            echo(&mut end, &mut scratch, piece, &mut out); // the output grows to its size
            let count = allocations(|| {
                for _ in 0..4 {
                    scratch.copy_from_slice(&bytes);
                    echo(&mut end, &mut scratch, piece, &mut out);
                }
            });
            assert_eq!(count, 0, "pieces of {piece}");
            scratch.copy_from_slice(&bytes);
        }
    }
}

#[test]
fn sending_in_the_steady_state_allocates_nothing() {
    for side in SIDES {
        let mut end = Connection::new(role(side), Limits::default());
        let mut out = Vec::with_capacity(10_000);
        draw_all_keys(&mut end);
        let count = allocations(|| {
            for _ in 0..200 {
                end.send("Hello", &mut out).unwrap();
                end.start("Hel", &mut out).unwrap();
                end.ping(b"p", &mut out).unwrap();
                end.append("l", &mut out).unwrap();
                end.finish("o", &mut out).unwrap();
                end.send(&[1; 5000], &mut out).unwrap();
                out.clear();
            }
        });
        assert_eq!(count, 0);
    }
}

#[test]
fn a_server_without_output_has_no_heap() {
    let count = allocations(|| drop(Connection::new(role(Side::Server), Limits::default())));
    assert_eq!(count, 0);
    #[cfg(target_pointer_width = "64")]
    assert!(size_of::<Connection>() <= 168, "{} bytes", size_of::<Connection>());
}
