//! Who is here, and what was said.
//!
//! One lock guards both, so that all clients see the same things in the same order, and a late comer finds no
//! gap and no double between the history and what follows. Nothing blocks while it is held: what is to be
//! sent goes into an [`Outbox`].

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Display;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use rfc6455::protocol::CloseCode;
use rfc6455::session::PreparedMessage;

use crate::outbox::Outbox;

/// The most that is kept for late comers.
const MOST_HISTORY: usize = 100;
const MOST_HISTORY_BYTES: usize = 8 << 20;

/// The longest name, in characters, not counting the number that tells two of the same name apart.
const LONGEST_NAME: usize = 32;

#[derive(Default)]
pub(crate) struct Room {
    state: Mutex<State>,
    /// Told when a connection has ended.
    left: Condvar,
}

#[derive(Default)]
struct State {
    /// All connections, with a name or still without.
    outboxes: BTreeMap<Id, Arc<Outbox>>,
    /// Those who have joined.
    names: BTreeMap<Id, String>,
    history: VecDeque<PreparedMessage>,
    history_bytes: usize,
    last_id: u64,
    last_time: u64,
    is_closing: bool,
}

/// A connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Id(u64);

/// A place in the room, given back when it is dropped.
pub(crate) struct Seat {
    room: Arc<Room>,
    id: Id,
    pub(crate) outbox: Arc<Outbox>,
}

impl Room {
    /// A seat for a connection, still without a name; none when the room is about to close.
    pub(crate) fn enter(self: &Arc<Self>) -> Option<Seat> {
        let mut state = self.lock();
        if state.is_closing {
            return None;
        }
        state.last_id += 1;
        let (id, outbox) = (Id(state.last_id), Arc::<Outbox>::default());
        state.outboxes.insert(id, Arc::clone(&outbox));
        Some(Seat { room: Arc::clone(self), id, outbox })
    }

    /// Closes all connections with 1001, and waits until they have ended, but not for long.
    pub(crate) fn close(&self, patience: Duration) {
        let mut state = self.lock();
        state.is_closing = true;
        for outbox in state.outboxes.values() {
            outbox.close(CloseCode::GOING_AWAY, "the server is going away");
        }
        // What those who are still here gave up waiting for is cut off with the process.
        drop(self.left.wait_timeout_while(state, patience, |state| !state.outboxes.is_empty()));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// Joins under a name like `wanted`, and gets the history.
    pub(crate) fn join(&self, wanted: &str) {
        let mut state = self.room.lock();
        let name = state.free_name(wanted);
        // One who is being sent away may still ask to join; the others need not see it come and go.
        if !self.outbox.push(&text(format_args!("welcome\t{name}"))) {
            return;
        }
        let now = state.now();
        state.tell(&text(format_args!("joined\t{now}\t{name}")));

        for message in &state.history {
            self.outbox.push(message);
        }
        self.outbox.push(&text("live"));

        state.names.insert(self.id, name);
        state.tell_who_is_here();
    }

    /// Tells all what this client said.
    pub(crate) fn say(&self, said: &str) {
        self.tell(|time, name| text(format_args!("said\t{time}\t{name}\t{said}")));
    }

    /// Gives a file to all.
    pub(crate) fn give(&self, mime: &str, filename: &str, bytes: &[u8]) {
        self.tell(|time, name| {
            let header = format!("{time}\t{name}\t{mime}\t{filename}");
            let len = u16::try_from(header.len()).unwrap_or(u16::MAX);
            PreparedMessage::new(&[&len.to_be_bytes(), header.as_bytes(), bytes].concat())
        });
    }

    /// Tells this client alone.
    pub(crate) fn answer_error(&self, what: &str) {
        self.outbox.push(&text(format_args!("error\t{what}")));
    }

    fn tell(&self, message: impl FnOnce(u64, &str) -> PreparedMessage) {
        let mut state = self.room.lock();
        let now = state.now();
        // One who was disconnected for being slow may still have been talking.
        if let Some(name) = state.names.get(&self.id) {
            let message = message(now, name);
            state.tell(&message);
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.outbox.gone();
        let mut state = self.room.lock();
        state.outboxes.remove(&self.id);
        state.remove(self.id);
        self.room.left.notify_all();
    }
}

impl State {
    /// Sends a message to all and keeps it for late comers.
    fn tell(&mut self, message: &PreparedMessage) {
        self.history_bytes += message.frame().len();
        self.history.push_back(message.clone());
        while self.history.len() > MOST_HISTORY || self.history_bytes > MOST_HISTORY_BYTES {
            let Some(oldest) = self.history.pop_front() else { break };
            self.history_bytes -= oldest.frame().len();
        }
        self.send(message);
    }

    fn tell_who_is_here(&mut self) {
        let names: Vec<&str> = self.names.values().map(String::as_str).collect();
        self.send(&text(format_args!("here\t{}", names.join("\t"))));
    }

    /// Whoever cannot take it is out, which is again something to tell the others.
    fn send(&mut self, message: &PreparedMessage) {
        let is_slow = |id: &Id| self.outboxes.get(id).is_some_and(|outbox| !outbox.push(message));
        let slow: Vec<Id> = self.names.keys().copied().filter(is_slow).collect();
        for id in slow {
            self.remove(id);
        }
    }

    fn remove(&mut self, id: Id) {
        if let Some(name) = self.names.remove(&id) {
            let now = self.now();
            self.tell(&text(format_args!("left\t{now}\t{name}")));
            self.tell_who_is_here();
        }
    }

    /// Milliseconds since 1970; never the same twice, so that a page can tell what it has seen.
    fn now(&mut self) -> u64 {
        let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let now = u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX);
        self.last_time = now.max(self.last_time + 1);
        self.last_time
    }

    /// A name like `wanted` that no one has.
    fn free_name(&self, wanted: &str) -> String {
        let wanted: String = wanted.chars().filter(|character| !is_harmful(*character)).collect();
        let short: String = wanted.trim().chars().take(LONGEST_NAME).collect();
        let is_free = |name: &String| !self.names.values().any(|taken| taken == name);
        let name = short.trim_end();
        let numbered = |stem: &str| {
            let mut names = (2_u64..).map(|number| format!("{stem} {number}"));
            names.find(is_free).unwrap_or_default()
        };
        match name {
            "" => numbered("guest"),
            name if is_free(&name.to_string()) => name.to_string(),
            name => numbered(name),
        }
    }
}

/// What must not be in a name: control characters, which part the fields of a message, and those that turn
/// text around.
fn is_harmful(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn text(text: impl Display) -> PreparedMessage {
    PreparedMessage::new(&text.to_string())
}
