//! The two halves of a connection under a scheduler that decides at each step who goes on (RFC 6455 §5.4, §5.5, §7.1): no
//! schedule tears a frame, loses a wake-up, or leaves a thread behind.
//!
//! `RUSTFLAGS='--cfg shuttle' cargo test --lib schedules`; `SCHEDULES=n` looks at n of each kind for each story. A failure
//! prints its seed, with which `SHUTTLE_RANDOM_SEED=seed SCHEDULES=1` repeats it.

pub(super) mod clock;
mod endings;
mod exchange;
mod pipe;

use std::format;
use std::string::String;
use std::vec::Vec;

use shuttle::rand::{Rng, thread_rng};
use shuttle::scheduler::{PctScheduler, RandomScheduler, Schedule, Scheduler, Task, TaskId};
use shuttle::{MaxSteps, Runner};

use self::pipe::Stream;
use super::socket::{Socket, SocketOf};
use super::wire::Wire;
use super::{Error, WebSocket};
use crate::protocol::{MaskKeys, Role, SendError, Side};
use crate::session::{Config, SessionError};

/// When time passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Time {
    /// When nobody can go on without: no deadline passes because a thread was slow.
    WhenAllWait,
    /// At any moment: any deadline may pass.
    AnyTime,
}

/// Whether the stream is found to be a socket, and so has deadlines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Socket,
    Plain,
}

/// Shows a story many schedules: random ones, and such with few changes of priority, which random ones seldom are.
fn explore(time: Time, story: fn()) {
    let schedules = std::env::var("SCHEDULES").map_or(300, |count| count.parse().expect("it is a number"));
    let mut config = shuttle::Config::new();
    config.stack_size = 512 * 1024;
    config.max_steps = MaxSteps::FailAfter(200_000);
    let random = Patient { inner: RandomScheduler::new(schedules), time };
    Runner::new(random, config.clone()).run(move || clock::with_clock(story));
    let few_changes = Patient { inner: PctScheduler::new(4, schedules), time };
    Runner::new(few_changes, config).run(move || clock::with_clock(story));
}

/// Lets the thread of the clock go on when it is its time.
struct Patient<S> {
    inner: S,
    time: Time,
}

/// The first that [`clock::with_clock`] spawns.
const CLOCK: usize = 1;

impl<S: Scheduler> Scheduler for Patient<S> {
    fn new_execution(&mut self) -> Option<Schedule> {
        self.inner.new_execution()
    }

    fn next_task(
        &mut self,
        runnable: &[&Task],
        current: Option<TaskId>,
        is_yielding: bool,
    ) -> Option<TaskId> {
        let is_time = self.time == Time::AnyTime && self.inner.next_u64().is_multiple_of(64);
        let others: Vec<&Task> =
            runnable.iter().copied().filter(|task| is_time || usize::from(task.id()) != CLOCK).collect();
        self.inner.next_task(if others.is_empty() { runnable } else { &others }, current, is_yielding)
    }

    fn next_u64(&mut self) -> u64 {
        self.inner.next_u64()
    }
}

fn below(end: usize) -> usize {
    thread_rng().gen_range(0..end)
}

fn websocket(stream: Stream, side: Side, config: Config, kind: Kind) -> WebSocket<Stream> {
    let role = match side {
        Side::Client => Role::Client(MaskKeys::from_os().unwrap()),
        Side::Server => Role::Server,
    };
    let socket: SocketOf<Stream> = match kind {
        Kind::Socket => itself,
        Kind::Plain => |_| None,
    };
    WebSocket::with_wire(Wire::new(stream, socket, config, Vec::new()), role, None)
}

fn itself(stream: &Stream) -> Option<&dyn Socket> {
    Some(stream)
}

/// A client and a server with as much room between them.
fn pair(room: usize, config: &Config, kind: Kind) -> [WebSocket<Stream>; 2] {
    let (client, server) = pipe::pipe(room);
    [
        websocket(client, Side::Client, config.clone(), kind),
        websocket(server, Side::Server, config.clone(), kind),
    ]
}

/// A message that tells its number and checks itself.
fn numbered(number: usize, len: usize) -> String {
    let line = format!("message {number} ");
    line.repeat(len.div_ceil(line.len()).max(1))
}

#[track_caller]
fn check_numbered(text: Option<&str>, number: usize) {
    let text = text.unwrap();
    assert_eq!(text, numbered(number, text.len()));
}

fn is_closed(result: &Result<(), Error>) -> bool {
    matches!(result, Err(Error::Send(SendError::Closed)))
}

#[track_caller]
fn session_error<R: std::fmt::Debug>(result: Result<R, Error>) -> SessionError {
    match result {
        Err(Error::Session { error, .. }) => error,
        other => panic!("{other:?}"),
    }
}
