//! Messages that wait for a peer that takes little at a time.

use std::cell::Cell;
use std::io::{self, ErrorKind, Read, Write};
use std::rc::Rc;

use rfc6455::protocol::Role;
use rfc6455::session::Config;
use rfc6455::{Error, WebSocket};

use super::{Law, Work, sizes};

pub(crate) fn laws() -> Vec<Law> {
    let name = "queue of 64-byte messages, written 1 KiB at a time when all are there";
    vec![Law { name, unit: "message", sizes: sizes(10, 1_000_000, 10), work: queued }]
}

/// A socket that would block while it is shut; else each second time, and takes 1 KiB the other times.
struct Slow {
    open: Rc<Cell<bool>>,
    blocks: bool,
    taken: usize,
}

impl Write for Slow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.blocks = !self.blocks;
        if self.blocks || !self.open.get() {
            return Err(ErrorKind::WouldBlock.into());
        }
        let len = bytes.len().min(1024);
        self.taken += len;
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Slow {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(ErrorKind::WouldBlock.into())
    }
}

fn queued(count: usize) -> Work {
    let open = Rc::new(Cell::new(false));
    let mut config = Config::default();
    config.write_backlog = usize::MAX;
    let stream = Slow { open: Rc::clone(&open), blocks: false, taken: 0 };
    let mut socket = WebSocket::new(stream, Role::Server, config, Vec::new());
    let mut expected = 0;
    Box::new(move || {
        open.set(false);
        for _ in 0..count {
            again(socket.queue(&[b'x'; 64]));
        }
        open.set(true);
        while !again(socket.flush()) {}
        expected += count * (64 + 2);
        assert_eq!((socket.stream().taken, socket.unwritten()), (expected, 0));
    })
}

/// Whether all was written; if not, it is to be tried again.
fn again(result: Result<(), Error>) -> bool {
    match result {
        Ok(()) => true,
        Err(error) if error.is_would_block() => false,
        Err(error) => panic!("the socket failed: {error}"),
    }
}
