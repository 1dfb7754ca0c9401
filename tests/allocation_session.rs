//! A session in its steady state allocates nothing per message, and never for a length that is only claimed
//! (RFC 6455 §10.4).
#![expect(unsafe_code, reason = "a global allocator cannot be written without; the crate itself has none")]

mod pair;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::Duration;

use pair::{client_frame, client_role, server_frame};
use rfc6455::protocol::Role;
use rfc6455::session::{Config, Message, PreparedMessage, Received, Session};

thread_local! {
    static BYTES: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: all is left to the system's allocator; a thread-local `Cell` without a destructor neither allocates nor unwinds.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        BYTES.set(BYTES.get() + layout.size());
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        BYTES.set(BYTES.get() + size);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// Bytes that this thread allocates in `act`.
fn allocated(act: impl FnOnce()) -> usize {
    let before = BYTES.get();
    act();
    BYTES.get() - before
}

/// Gives `bytes` to `session` in reads of `size`, and echoes what comes.
fn echo(session: &mut Session, bytes: &mut [u8], size: usize, message: &mut Message, out: &mut Vec<u8>) {
    for read in bytes.chunks_mut(size) {
        let mut input = &mut read[..];
        while let Some(received) = session.receive(&mut input, message, Duration::ZERO, out).unwrap() {
            if let Received::Message = received {
                session.send(&*message, out).unwrap();
            }
        }
    }
    out.clear();
}

fn steady_state(role: Role, bytes: &[u8], read: usize) -> usize {
    let mut session = Session::new(role, &Config::default(), Duration::ZERO);
    let (mut message, mut out) = (Message::new(), Vec::new());
    let mut buffer = vec![0; bytes.len()];
    let mut round = || {
        buffer.copy_from_slice(bytes);
        echo(&mut session, &mut buffer, read, &mut message, &mut out);
    };
    // The output grows to its size, and a client's block of keys.
    for _ in 0..500 {
        round();
    }
    allocated(|| (0..32).for_each(|_| round()))
}

#[test]
fn the_steady_state_of_an_echo_allocates_nothing() {
    let text = "aß€😀".repeat(50);
    let fragments = |frame: fn(u8, &[u8]) -> Vec<u8>| {
        [frame(0x01, &text.as_bytes()[..101]), frame(0x89, b"ping"), frame(0x80, &text.as_bytes()[101..])]
            .concat()
    };
    let stories = |frame: fn(u8, &[u8]) -> Vec<u8>| {
        [
            ("text", frame(0x81, text.as_bytes()), 4096),
            ("binary", frame(0x82, &[0xff; 400]), 4096),
            ("fragments", fragments(frame), 4096),
            ("fragments in small reads", fragments(frame), 7),
            ("larger than a read", frame(0x82, &[1; 100_000]), 4096),
            ("text larger than a read", frame(0x81, "€".repeat(30_000).as_bytes()), 4097),
            ("both kinds in turn", [frame(0x81, b"text"), frame(0x82, &[0; 60])].concat(), 4096),
        ]
    };
    for (story, bytes, read) in stories(client_frame) {
        assert_eq!(steady_state(Role::Server, &bytes, read), 0, "server: {story}");
    }
    for (story, bytes, read) in stories(server_frame) {
        assert_eq!(steady_state(client_role(), &bytes, read), 0, "client: {story}");
    }
}

#[test]
fn a_claimed_length_reserves_nothing() {
    for claim in [client_frame(0x82, &[]), client_frame(0x01, &[])] {
        let mut session = Session::new(Role::Server, &Config::default(), Duration::ZERO);
        let mut bytes = vec![claim[0], 0xff];
        bytes.extend((16_u64 << 20).to_be_bytes());
        bytes.extend([0; 4 + 100]);
        let (mut message, mut out) = (Message::new(), Vec::new());
        let used = allocated(|| echo(&mut session, &mut bytes, 4096, &mut message, &mut out));
        assert!(used <= 256, "{used} bytes were allocated for 100 that came");
    }
}

#[test]
fn storage_grows_with_what_came() {
    let mut session = Session::new(Role::Server, &Config::default(), Duration::ZERO);
    let mut bytes = client_frame(0x82, &[0; 1 << 20]);
    let half = bytes.len() / 2;
    let (mut message, mut out) = (Message::new(), Vec::new());
    let used = allocated(|| echo(&mut session, &mut bytes[..half], 4096, &mut message, &mut out));
    // Doubling allocates no more than four times what is needed in all.
    assert!(used <= 4 * half, "{used} bytes were allocated for {half} that came");
}

#[test]
fn a_session_without_messages_owns_no_heap_and_a_broadcast_encodes_nothing() {
    let mut server = None;
    let new = || server = Some(Session::new(Role::Server, &Config::default(), Duration::ZERO));
    assert_eq!(allocated(new), 0);
    #[cfg(target_pointer_width = "64")]
    assert!(size_of::<Session>() <= 232, "{} bytes", size_of::<Session>());
    let prepared = PreparedMessage::new("tick");
    let mut out = Vec::with_capacity(4096);
    let send = || (0..100).for_each(|_| server.as_mut().unwrap().send_prepared(&prepared, &mut out).unwrap());
    assert_eq!(allocated(send), 0);
}
