//! The loop: who is ready gets its turn, and in it reads once; so nobody is served before others for long.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use rfc6455::session::{Config, Message, PreparedMessage};
use slab::Slab;

use crate::connection::Connection;
use crate::log;
use crate::timers::Timers;

/// What one read asks for. 64 KiB stay in the processor's cache, where they are unmasked, checked and copied.
const READ: usize = 64 << 10;
/// So many that are told by a 503 that there is no room; what comes on top of that is only hung up on.
const REFUSALS: usize = 64;
/// A message that is larger does not leave its storage to the next one.
const KEPT: usize = 1 << 20;
/// No connection has this key.
const LISTENER: usize = usize::MAX;

/// What to do with a message.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    /// Send it back.
    Echo,
    /// Send it to all.
    Broadcast,
}

pub(crate) struct Settings {
    pub(crate) config: Config,
    pub(crate) service: Service,
    pub(crate) most_connections: usize,
}

pub(crate) struct Server {
    settings: Settings,
    poll: Poll,
    listener: TcpListener,
    connections: Slab<Connection>,
    /// Who may have something to read, or room for what waits to be written.
    ready: VecDeque<usize>,
    timers: Timers,
    /// Where the listener stands in the timers, after it failed.
    retry: Option<Duration>,
    /// What is read, received and written in a turn; all connections share it.
    buffer: Vec<u8>,
    message: Message,
    spare: Vec<u8>,
    start: Instant,
    /// The time since the start, looked at once for all that is ready.
    now: Duration,
}

impl Server {
    pub(crate) fn bind(address: &str, settings: Settings) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let (poll, mut listener) = (Poll::new()?, TcpListener::from_std(listener));
        poll.registry().register(&mut listener, Token(LISTENER), Interest::READABLE)?;
        Ok(Self {
            settings,
            poll,
            listener,
            connections: Slab::new(),
            ready: VecDeque::new(),
            timers: Timers::default(),
            retry: None,
            buffer: vec![0; READ],
            message: Message::new(),
            spare: Vec::new(),
            start: Instant::now(),
            now: Duration::ZERO,
        })
    }

    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    pub(crate) fn run(mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(1024);
        loop {
            let wait = if self.ready.is_empty() { self.timers.wait(self.now) } else { Some(Duration::ZERO) };
            match self.poll.poll(&mut events, wait) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                polled => polled?,
            }
            self.now = self.start.elapsed();
            for event in &events {
                match event.token() {
                    Token(LISTENER) => self.accept(),
                    Token(key) => self.wake(key),
                }
            }
            // Who gets ready meanwhile is served after the next look at the sockets.
            for _ in 0..self.ready.len() {
                if let Some(key) = self.ready.pop_front() {
                    self.turn(key);
                    self.settle(key);
                }
            }
            while let Some(key) = self.timers.pop(self.now) {
                self.time_is_up(key);
            }
        }
    }

    /// This one gets a turn. The poll tells once that a socket is ready and not again, so whoever read something has to be
    /// woken until it finds nothing.
    fn wake(&mut self, key: usize) {
        if let Some(connection) = self.connections.get_mut(key)
            && !connection.is_ready
        {
            connection.is_ready = true;
            self.ready.push_back(key);
        }
    }

    /// Writes what waits, reads once, answers what came, and writes that.
    fn turn(&mut self, key: usize) {
        let Self { settings: Settings { config, .. }, connections, buffer, spare, now, .. } = self;
        let Some(connection) = connections.get_mut(key) else { return };
        connection.is_ready = false;
        connection.output.borrow(spare, *now);
        connection.flush(config, *now);
        if let Some(len) = connection.read(buffer, config, *now) {
            self.receive(key, len);
            self.connections[key].flush(&self.settings.config, self.now);
            self.wake(key);
        }
    }

    fn receive(&mut self, key: usize, len: usize) {
        let now = self.now;
        let mut buffer = std::mem::take(&mut self.buffer);
        let mut input = &mut buffer[..len];
        let mut message = std::mem::take(&mut self.message);
        while self.connections[key].receive(&mut input, &mut message, &self.settings.config, now) {
            match self.settings.service {
                Service::Echo => self.connections[key].send(&mut message, &self.settings.config, now),
                Service::Broadcast => self.broadcast(&message),
            }
            if message.len() > KEPT {
                message = Message::new();
            }
        }
        (self.buffer, self.message) = (buffer, message);
    }

    /// Encodes a message once, and sends it to all.
    fn broadcast(&mut self, message: &Message) {
        let Self { settings: Settings { config, .. }, connections, ready, timers, spare, now, .. } = self;
        let message = prepare(message, config);
        for (key, connection) in connections.iter_mut().filter(|(_, connection)| connection.is_open()) {
            connection.output.borrow(spare, *now);
            connection.send_prepared(&message, config, *now);
            connection.flush(config, *now);
            connection.output.give_back(spare);
            let deadline = connection.deadline(config);
            timers.set(key, &mut connection.timer, deadline);
            if connection.is_over() && !std::mem::replace(&mut connection.is_ready, true) {
                ready.push_back(key);
            }
        }
    }

    /// Looks at the socket first: what has come by now has come in time.
    fn time_is_up(&mut self, key: usize) {
        if key == LISTENER {
            self.retry = None;
            return self.accept();
        }
        let Some(connection) = self.connections.get_mut(key) else { return };
        connection.timer = None;
        self.turn(key);
        let connection = &mut self.connections[key];
        connection.tick(&self.settings.config, self.now);
        connection.flush(&self.settings.config, self.now);
        self.wake(key);
        self.settle(key);
    }

    /// After each turn: an idle connection holds no storage, and stands in the timers once; one that is over is gone.
    fn settle(&mut self, key: usize) {
        let Self { settings: Settings { config, .. }, connections, timers, spare, .. } = self;
        let Some(connection) = connections.get_mut(key) else { return };
        if connection.is_over() {
            timers.remove(key, &mut connection.timer);
            let mut connection = connections.remove(key);
            let _ = self.poll.registry().deregister(&mut connection.stream);
        } else {
            connection.output.give_back(spare);
            let deadline = connection.deadline(config);
            timers.set(key, &mut connection.timer, deadline);
        }
    }

    fn accept(&mut self) {
        loop {
            match self.listener.accept() {
                Ok((stream, peer)) => {
                    if let Err(error) = self.admit(stream, peer) {
                        log(peer, error);
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) => {
                    // Out of descriptors, perhaps. The poll does not tell again of those who wait.
                    log("accept", error);
                    let soon = self.now + Duration::from_millis(100);
                    return self.timers.set(LISTENER, &mut self.retry, Some(soon));
                }
            }
        }
    }

    fn admit(&mut self, mut stream: TcpStream, peer: SocketAddr) -> io::Result<()> {
        let Settings { config, most_connections, .. } = &self.settings;
        let is_full = self.connections.len() >= *most_connections;
        if self.connections.len() >= most_connections.saturating_add(REFUSALS) {
            return Ok(());
        }
        stream.set_nodelay(true)?;
        let slot = self.connections.vacant_entry();
        let key = slot.key();
        let interest = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().register(&mut stream, Token(key), interest)?;
        let connection = slot.insert(Connection::new(stream, peer, config, self.now));
        if is_full {
            connection.refuse(config, self.now);
        }
        // With its first turn it gets into the timers.
        self.wake(key);
        Ok(())
    }
}

/// For those with whom compression was agreed on it is compressed, once.
#[cfg(feature = "deflate")]
fn prepare(message: &Message, config: &Config) -> PreparedMessage {
    match &config.deflate {
        Some(deflate) => PreparedMessage::compressed(message, deflate),
        None => PreparedMessage::new(message),
    }
}

#[cfg(not(feature = "deflate"))]
fn prepare(message: &Message, _: &Config) -> PreparedMessage {
    PreparedMessage::new(message)
}
