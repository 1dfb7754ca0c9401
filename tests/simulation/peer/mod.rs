//! One end: a `Session`, the adapter that drives it as its documentation says, and all that is known of what it did.

mod checks;

use std::collections::BTreeSet;
use std::time::Duration;

use rfc6455::EntropyError;
use rfc6455::protocol::{MaskKeys, Role, Side, Transport};
use rfc6455::session::{Message, Received, Session, SessionError};

use crate::app::App;
use crate::deadlines::{Deadlines, Due};
use crate::heap;
use crate::invariants;
use crate::log::{CloseBody, Log, Told};
use crate::pipe::{Pipe, Read};
use crate::plan::EndPlan;
use crate::rng::Rng;
use crate::trace::{Trace, note};
use crate::wire::Follower;

/// What an end has around it.
pub(crate) struct Around<'w> {
    pub(crate) now: Duration,
    pub(crate) inward: &'w mut Pipe,
    pub(crate) outward: &'w mut Pipe,
    /// What this end puts on the wire, and what the other does.
    pub(crate) ours: &'w mut Log,
    pub(crate) theirs: &'w mut Log,
    pub(crate) trace: &'w mut Trace,
}

/// How far the adapter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    Runs,
    /// It hangs up once all is written, or then.
    HangsUp(Duration),
    Done,
}

/// Why a frame is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    Application,
    Session,
}

pub(crate) struct Peer {
    pub(crate) side: Side,
    pub(crate) plan: EndPlan,
    pub(crate) session: Session,
    pub(crate) out: Vec<u8>,
    pub(crate) app: App,
    pub(crate) rng: Rng,
    pub(crate) compresses: bool,
    pub(crate) deadlines: Deadlines,
    gives_memory_back: bool,
    message: Message,
    /// Parts of the message that is coming, once some were told.
    parts: Option<Vec<u8>>,
    life: Life,
    follower: Follower,
    received: u64,
    written: u64,
    /// Pings whose Pong is owed, unless a later one is answered.
    pings: Vec<Vec<u8>>,
    keepalive_pings: BTreeSet<Vec<u8>>,
    pub(crate) our_close: Option<CloseBody>,
    their_close: Option<CloseBody>,
    failed: Option<SessionError>,
    is_lost: bool,
    hangs_up: bool,
    /// Bytes in `out` that the application asked for.
    pub(crate) asked: usize,
    most_out: usize,
    pub(crate) held: isize,
    pub(crate) peak: isize,
}

/// A client's keys, the same in each run.
fn keys(mut rng: Rng) -> MaskKeys {
    let fill = move |bytes: &mut [u8]| -> Result<(), EntropyError> {
        bytes.copy_from_slice(&rng.bytes(bytes.len()));
        Ok(())
    };
    MaskKeys::from_source(fill).expect("the source never fails")
}

impl Peer {
    pub(crate) fn new(side: Side, plan: &EndPlan, rng: &mut Rng) -> Self {
        let before = heap::held();
        let role = match side {
            Side::Client => Role::Client(keys(rng.fork())),
            Side::Server => Role::Server,
        };
        let session = Session::new(role, &plan.config, Duration::ZERO);
        let held = heap::held() - before;
        Self {
            side,
            plan: plan.clone(),
            session,
            out: Vec::new(),
            app: App::new(plan, rng.fork()),
            rng: rng.fork(),
            compresses: false,
            deadlines: Deadlines::new(&plan.config, Duration::ZERO),
            gives_memory_back: false,
            message: Message::new(),
            parts: None,
            life: Life::Runs,
            follower: Follower::default(),
            received: 0,
            written: 0,
            pings: Vec::new(),
            keepalive_pings: BTreeSet::new(),
            our_close: None,
            their_close: None,
            failed: None,
            is_lost: false,
            hangs_up: false,
            asked: 0,
            most_out: 0,
            held,
            peak: held,
        }
    }

    #[cfg(feature = "deflate")]
    pub(crate) fn with_deflate(mut self, agreement: &rfc6455::deflate::Agreement) -> Self {
        let memory = &agreement.settings().memory;
        self.gives_memory_back = matches!(memory, rfc6455::deflate::Memory::KeptFor(_));
        self.compresses = true;
        self.session = self.session.with_deflate(agreement);
        self
    }

    pub(crate) fn is_done(&self) -> bool {
        self.life == Life::Done
    }

    /// Whether a message may still be sent.
    pub(crate) fn may_send(&self) -> bool {
        self.our_close.is_none() && !self.has_ended()
    }

    /// Nothing more is told or read.
    fn has_ended(&self) -> bool {
        self.their_close.is_some() || self.failed.is_some() || self.is_lost
    }

    /// The steps of an adapter: what the application wants, what came, what is due, what is to be written, and the end. Whether
    /// anything moved.
    pub(crate) fn step(&mut self, around: &mut Around<'_>) -> bool {
        if self.life == Life::Done {
            return false;
        }
        let mut moved = self.life == Life::Runs && self.act(around);
        if self.rng.chance(20) {
            // Calling it early does nothing.
            self.tick(around);
        }
        if self.life == Life::Runs && self.plan.is_paused(around.now).is_none() {
            moved |= self.read(around);
        }
        if self.life == Life::Runs {
            self.tick(around);
            self.check_deadline(around.now);
        }
        moved |= self.flush(around);
        self.check();
        moved | self.hang_up(around)
    }

    /// When there is something to do again.
    pub(crate) fn wakes_at(&self, inward: &Pipe, now: Duration) -> Option<Duration> {
        let arrival = inward.next_arrival().map(|at| self.plan.is_paused(at.max(now)).unwrap_or(at));
        match self.life {
            Life::Runs => [arrival, self.session.deadline(), self.app.next()].into_iter().flatten().min(),
            Life::HangsUp(by) => Some(by),
            Life::Done => None,
        }
    }

    fn read(&mut self, around: &mut Around<'_>) -> bool {
        match around.inward.read(self.plan.read, around.now) {
            Read::Nothing => false,
            Read::Bytes(bytes) => {
                self.take_in(bytes, around);
                true
            }
            Read::Eof => {
                self.end_of_transport(around);
                true
            }
        }
    }

    fn take_in(&mut self, mut bytes: Vec<u8>, around: &mut Around<'_>) {
        note!(around.trace, around.now, self.side, "reads {} bytes", bytes.len());
        self.received += bytes.len() as u64;
        self.deadlines.bytes_came(self.follower.has_data(&bytes), around.now);
        let mut input = &mut bytes[..];
        while let Some(told) = self.receive(&mut input, around) {
            note!(around.trace, around.now, self.side, "is told {told:?}");
            if let Told::Message(message) = &told {
                self.echo(message, around);
            }
        }
        if !self.has_ended() {
            assert!(input.is_empty(), "everything that is given is taken");
            invariants::all_that_came_is_told(around.theirs, self.received);
        }
    }

    /// The next thing that is told, checked; none at the end of the input and after a fault.
    fn receive(&mut self, input: &mut &mut [u8], around: &mut Around<'_>) -> Option<Told> {
        loop {
            let (from, before) = (self.out.len(), heap::mark());
            let asks_for_parts = self.rng.chance(self.plan.parts);
            let Self { session, message, out, .. } = self;
            let received = if asks_for_parts {
                session.receive_part(input, message, around.now, out)
            } else {
                session.receive(input, message, around.now, out)
            };
            let grown = (heap::held() - before, heap::most() - before);
            let told = match received {
                Ok(None) => None,
                Ok(Some(Received::Message)) => Some(Told::Message(message.clone())),
                Ok(Some(Received::Part)) => {
                    self.count(grown);
                    self.take_part(around);
                    continue;
                }
                Ok(Some(Received::Ping(payload))) => Some(Told::Ping(payload.into())),
                Ok(Some(Received::Pong(payload))) => Some(Told::Pong(payload.into())),
                Ok(Some(Received::Close(frame))) => {
                    Some(Told::Close(frame.map(|frame| (frame.code.to_u16(), frame.reason.into()))))
                }
                Ok(Some(other)) => panic!("something new: {other:?}"),
                Err(error) => {
                    self.count(grown);
                    self.take_fault(error, from, around);
                    return None;
                }
            };
            self.count(grown);
            return self.heard(told, from, around);
        }
    }

    /// So much more is held, and was for a moment.
    fn count(&mut self, (more, peak): (isize, isize)) {
        self.peak = self.peak.max(self.held + peak);
        self.held += more;
    }

    /// Calls the session, and counts what it allocates.
    pub(crate) fn call<R>(&mut self, act: impl FnOnce(&mut Session, &mut Vec<u8>) -> R) -> R {
        let before = heap::mark();
        let result = act(&mut self.session, &mut self.out);
        self.count((heap::held() - before, heap::most() - before));
        result
    }

    fn end_of_transport(&mut self, around: &mut Around<'_>) {
        note!(around.trace, around.now, self.side, "reads the end");
        let result = self.session.receive_eof();
        let was_over = self.their_close.is_some() || self.failed.is_some();
        match (result, self.failed) {
            (Err(error), Some(failed)) => assert_eq!(error, failed),
            (Ok(()), None) if was_over => {}
            (Err(SessionError::Truncated(_)), None) if !was_over => {
                self.is_lost = true;
                self.deadlines.end();
            }
            other => panic!("the end of the transport: {other:?}"),
        }
        self.life = Life::HangsUp(around.now);
    }

    fn tick(&mut self, around: &mut Around<'_>) {
        if self.failed.is_some() {
            return;
        }
        let from = self.out.len();
        let due = self.deadlines.due(around.now);
        let result = self.call(|session, out| session.tick(around.now, out));
        let ours_was_sent = self.our_close.is_some();
        let written = self.wrote(from, Cause::Session, around);
        invariants::deadlines_are_kept(&due, result, &written);
        match due {
            Due::Nothing => return,
            Due::Ping => {
                let payload = &written[0].payload;
                let is_new = self.keepalive_pings.insert(payload.clone());
                invariants::keepalive_pings_differ(is_new, payload);
                self.deadlines.keepalive_sent(payload, around.now);
            }
            Due::Fail(_) => {
                // 1001 for an idle peer (`Config::idle_timeout`), 1011 for one that does not answer (`docs/design.md`).
                let code: u16 =
                    if result == Err(rfc6455::session::Deadline::Idle.into()) { 1001 } else { 1011 };
                let names_it = |body: &[u8]| body.starts_with(&code.to_be_bytes());
                invariants::close_is_as_it_should_be(&written, ours_was_sent, names_it);
                self.failed = result.err();
                self.deadlines.end();
            }
            Due::HangUp => {
                self.hangs_up = true;
                self.deadlines.end();
            }
        }
        note!(around.trace, around.now, self.side, "does what is due: {due:?}");
    }

    /// The number of the byte that is written next.
    pub(crate) fn place(&self) -> u64 {
        self.written + self.out.len() as u64
    }

    fn flush(&mut self, around: &mut Around<'_>) -> bool {
        let len = around.outward.write(&self.out, around.now);
        self.out.drain(..len);
        self.written += len as u64;
        self.asked = self.asked.min(self.out.len());
        let from = self.out.len();
        self.call(Session::answer_waiting_ping);
        self.wrote(from, Cause::Session, around);
        len > 0 || from < self.out.len()
    }

    fn hang_up(&mut self, around: &mut Around<'_>) -> bool {
        if self.life == Life::Runs && self.session.transport() == Transport::HangUp {
            self.life = Life::HangsUp(around.now + self.plan.config.close_timeout);
        }
        match self.life {
            Life::HangsUp(by) if self.out.is_empty() || by <= around.now => {
                note!(around.trace, around.now, self.side, "hangs up");
                around.outward.finish(around.now);
                around.inward.abandon();
                self.life = Life::Done;
                self.repeat_the_end(around.now);
                true
            }
            _ => false,
        }
    }
}
