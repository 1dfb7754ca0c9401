//! An event loop in one thread: epoll, level-triggered, with one read buffer and one output buffer for all connections.

use std::io::{self, ErrorKind, IoSlice, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd as _};

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

use crate::Result;

/// What one read asks for.
const READ: usize = 64 << 10;
/// So many events are taken at once.
const EVENTS: usize = 256;

/// What is to be known of a connection, besides its socket.
pub trait Protocol: Sized {
    /// What all connections share.
    type Shared;

    fn new(shared: &Self::Shared) -> Self;

    /// Answers what was read; what is left in `output` is written afterwards.
    fn receive(&mut self, bytes: &mut [u8], shared: &mut Self::Shared, output: &mut Output<'_>) -> Result;
}

/// Where answers go.
pub struct Output<'o> {
    stream: &'o TcpStream,
    waiting: &'o mut Option<Box<Waiting>>,
    /// What is to be written; shared by all connections, and empty between two reads.
    pub bytes: &'o mut Vec<u8>,
}

/// What the peer did not take yet.
struct Waiting {
    bytes: Vec<u8>,
    written: usize,
}

/// A connection: as small as can be, since there may be many.
struct Slot<P> {
    stream: TcpStream,
    waiting: Option<Box<Waiting>>,
    protocol: P,
}

struct EventLoop<P: Protocol> {
    epoll: Epoll,
    listener: TcpListener,
    /// By descriptor.
    slots: Vec<Option<Slot<P>>>,
    scratch: Vec<u8>,
    output: Vec<u8>,
    shared: P::Shared,
}

/// Serves all connections, for ever.
pub fn run<P: Protocol>(shared: P::Shared) -> io::Result<()> {
    let listener = crate::listen();
    listener.set_nonblocking(true)?;
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    epoll.add(&listener, event(&listener, EpollFlags::EPOLLIN))?;
    let (slots, scratch, output) = (Vec::new(), vec![0; READ], Vec::new());
    EventLoop::<P> { epoll, listener, slots, scratch, output, shared }.run()
}

impl<P: Protocol> EventLoop<P> {
    fn run(mut self) -> io::Result<()> {
        let mut events = [EpollEvent::empty(); EVENTS];
        loop {
            let count = match self.epoll.wait(&mut events, EpollTimeout::NONE) {
                Err(Errno::EINTR) => continue,
                count => count?,
            };
            for event in &events[..count] {
                let descriptor = event.data() as usize;
                if descriptor == self.listener.as_raw_fd() as usize {
                    self.accept()?;
                } else if self.serve(descriptor).is_err() {
                    // To close a socket takes it out of the epoll.
                    self.slots[descriptor] = None;
                    self.output.clear();
                }
            }
        }
    }

    fn accept(&mut self) -> io::Result<()> {
        loop {
            let stream = match self.listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            stream.set_nonblocking(true)?;
            stream.set_nodelay(true)?;
            self.epoll.add(&stream, event(&stream, EpollFlags::EPOLLIN))?;
            let descriptor = stream.as_raw_fd() as usize;
            if self.slots.len() <= descriptor {
                self.slots.resize_with(descriptor + 1, || None);
            }
            let protocol = P::new(&self.shared);
            self.slots[descriptor] = Some(Slot { stream, waiting: None, protocol });
        }
    }

    /// Reads once, as the epoll tells again of what is left; or writes what waits, and then reads no more until it is written.
    fn serve(&mut self, descriptor: usize) -> Result {
        let Some(Slot { stream, waiting, protocol }) = &mut self.slots[descriptor] else { return Ok(()) };
        let waited = waiting.is_some();
        let mut output = Output { stream, waiting, bytes: &mut self.output };
        if waited {
            output.resume()?;
        } else {
            let len = match output.stream.read(&mut self.scratch) {
                Ok(0) => return Err(io::Error::from(ErrorKind::UnexpectedEof).into()),
                Ok(len) => len,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            let received = protocol.receive(&mut self.scratch[..len], &mut self.shared, &mut output);
            output.write(&[])?;
            received?;
        }
        let waits = waiting.is_some();
        if waits != waited {
            let flags = if waits { EpollFlags::EPOLLOUT } else { EpollFlags::EPOLLIN };
            self.epoll.modify(&*stream, &mut event(stream, flags))?;
        }
        Ok(())
    }
}

impl Output<'_> {
    /// Writes `bytes`, and `payload` behind them without a copy; what the system does not take now waits.
    pub fn write(&mut self, payload: &[u8]) -> io::Result<()> {
        let len = self.bytes.len();
        let written = match (self.waiting.is_some(), self.bytes.as_slice(), payload) {
            (_, [], []) => return Ok(()),
            (true, ..) => 0,
            (_, bytes, []) => now(self.stream.write(bytes))?,
            (_, [], payload) => now(self.stream.write(payload))?,
            (_, bytes, payload) => {
                now(self.stream.write_vectored(&[IoSlice::new(bytes), IoSlice::new(payload)]))?
            }
        };
        if written < len + payload.len() {
            let waiting =
                self.waiting.get_or_insert_with(|| Box::new(Waiting { bytes: Vec::new(), written: 0 }));
            waiting.bytes.extend_from_slice(&self.bytes[written.min(len)..]);
            waiting.bytes.extend_from_slice(&payload[written.saturating_sub(len)..]);
        }
        self.bytes.clear();
        Ok(())
    }

    fn resume(&mut self) -> io::Result<()> {
        if let Some(waiting) = self.waiting {
            waiting.written += now(self.stream.write(&waiting.bytes[waiting.written..]))?;
            if waiting.written == waiting.bytes.len() {
                *self.waiting = None;
            }
        }
        Ok(())
    }
}

/// How much the system takes without waiting.
fn now(result: io::Result<usize>) -> io::Result<usize> {
    match result {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(0),
        result => result,
    }
}

fn event(socket: &(impl AsFd + ?Sized), flags: EpollFlags) -> EpollEvent {
    EpollEvent::new(flags, socket.as_fd().as_raw_fd() as u64)
}
