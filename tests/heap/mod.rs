//! An allocator that counts what each thread has at a time.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part of it")]
#![expect(unsafe_code, reason = "a global allocator cannot be written without; the crate itself has none")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static NOW: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn count(change: isize) {
    ALLOCATIONS.set(ALLOCATIONS.get() + usize::from(change > 0));
    NOW.set(NOW.get() + change);
    MOST.set(MOST.get().max(NOW.get()));
}

// SAFETY: all is left to the system's allocator; a thread-local `Cell` without a destructor neither allocates nor unwinds.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size().cast_signed());
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size().cast_signed());
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-layout.size().cast_signed());
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // What is large is moved page by page, so there is not twice as much at any time.
        count(size.cast_signed() - layout.size().cast_signed());
        // SAFETY: the caller's promise is passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// What this thread has in `act` at most, on top of what it has before, in bytes.
pub fn peak(act: impl FnOnce()) -> usize {
    let before = NOW.get();
    MOST.set(before);
    act();
    (MOST.get() - before).cast_unsigned()
}

/// What this thread has more after `act`, in bytes.
pub fn kept<R>(act: impl FnOnce() -> R) -> (R, isize) {
    let before = NOW.get();
    let result = act();
    (result, NOW.get() - before)
}

/// How often this thread has allocated, or made something larger.
pub fn allocations() -> usize {
    ALLOCATIONS.get()
}

/// What this thread has now, in bytes.
pub fn held() -> isize {
    NOW.get()
}

/// What this thread has now; from here on [`most`] is counted.
pub fn mark() -> isize {
    MOST.set(NOW.get());
    NOW.get()
}

/// The most that this thread had since the last [`mark`], in bytes.
pub fn most() -> isize {
    MOST.get()
}
