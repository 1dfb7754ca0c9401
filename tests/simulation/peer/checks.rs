//! What is looked at when an end was told something, has written something, and after each step.

use std::time::Duration;

use rfc6455::session::{Message, SessionError};

use super::{Around, Cause, Peer};
use crate::invariants::{self, History};
use crate::log::{CloseBody, Told};
use crate::trace::note;
use crate::wire::{self, Frame};

impl Peer {
    pub(super) fn take_part(&mut self, around: &mut Around<'_>) {
        note!(around.trace, around.now, self.side, "is told a part of {} bytes", self.message.len());
        assert!(!self.message.is_empty(), "a part that goes on has something in it");
        let parts = self.parts.get_or_insert_default();
        parts.extend_from_slice(self.message.as_bytes());
        invariants::parts_are_of_the_message(around.theirs, parts);
    }

    pub(super) fn heard(&mut self, told: Option<Told>, from: usize, around: &mut Around<'_>) -> Option<Told> {
        let ours_was_sent = self.our_close.is_some();
        if let Some(Told::Ping(payload)) = &told {
            self.pings.push(payload.clone());
        }
        let written = self.wrote(from, Cause::Session, around);
        let mut told = told?;
        invariants::nothing_is_told_after_the_end(self.has_ended(), &told);
        match &mut told {
            Told::Message(message) => {
                if let Some(parts) = self.parts.take() {
                    *message = joined(parts, message);
                }
            }
            Told::Pong(payload) => self.deadlines.pong_came(payload),
            Told::Close(body) => {
                let same = wire::close_body(body.as_ref());
                invariants::close_is_as_it_should_be(&written, ours_was_sent, |reply| reply == same);
                self.deadlines.close_came(around.now);
                self.their_close = Some(body.clone());
            }
            Told::Ping(_) | Told::Fault(_) => {}
        }
        invariants::in_order_and_whole(around.theirs, &told);
        Some(told)
    }

    pub(super) fn take_fault(&mut self, error: SessionError, from: usize, around: &mut Around<'_>) {
        note!(around.trace, around.now, self.side, "fails: {error:?}");
        let ours_was_sent = self.our_close.is_some();
        let written = self.wrote(from, Cause::Session, around);
        let SessionError::Protocol(fault) = error else { panic!("{error:?} from receive") };
        let code = fault.close_code().to_u16();
        invariants::nothing_is_told_after_the_end(self.has_ended(), &Told::Fault(code));
        invariants::in_order_and_whole(around.theirs, &Told::Fault(code));
        let names_it = |body: &[u8]| body.starts_with(&code.to_be_bytes());
        invariants::close_is_as_it_should_be(&written, ours_was_sent, names_it);
        self.failed = Some(error);
        self.deadlines.end();
    }

    pub(super) fn check_deadline(&self, now: Duration) {
        let (told, due) = (self.session.deadline(), self.deadlines.next());
        invariants::the_next_deadline_is_right(told, due, self.gives_memory_back, now);
    }

    /// Checks what a call has put into the output, and takes note of it.
    pub(crate) fn wrote(&mut self, from: usize, cause: Cause, around: &mut Around<'_>) -> Vec<Frame> {
        let frames = wire::frames(&self.out[from..]);
        let mut begin = from;
        for frame in &frames {
            let at = self.written + (from + frame.end) as u64;
            invariants::frames_are_legal(frame, self.side, self.compresses);
            let closed = self.our_close.is_some();
            invariants::nothing_but_pongs_follows_our_close(closed, self.has_ended(), frame);
            match frame.opcode {
                8 => {
                    self.our_close = Some(body_of(frame));
                    self.deadlines.close_sent(around.now);
                    around.ours.push(at, Told::Close(body_of(frame)));
                }
                9 => around.ours.push(at, Told::Ping(frame.payload.clone())),
                10 => {
                    if cause == Cause::Session {
                        invariants::pongs_are_not_piled_up(begin);
                        invariants::a_pong_answers_a_ping(&mut self.pings, &frame.payload);
                    }
                    around.ours.push(at, Told::Pong(frame.payload.clone()));
                }
                _ => around.ours.data_frame(at, frame),
            }
            note!(around.trace, around.now, self.side, "writes {frame:?}");
            begin = from + frame.end;
        }
        if cause == Cause::Application {
            self.asked += self.out.len() - from;
        }
        self.most_out = self.most_out.max(self.out.len());
        frames
    }

    pub(crate) fn history(&self) -> History<'_> {
        History {
            side: self.side,
            our_close: self.our_close.as_ref(),
            their_close: self.their_close.as_ref(),
            has_failed: self.failed.is_some(),
            is_lost: self.is_lost,
            hangs_up: self.hangs_up,
        }
    }

    /// How it ended, in a word or two.
    pub(crate) fn ending(&self) -> String {
        match (self.failed, self.is_lost) {
            (Some(SessionError::Protocol(fault)), _) => format!("fault {}", fault.close_code()),
            (Some(error), _) => format!("{error:?}"),
            (None, true) => "lost".into(),
            (None, false) if self.hangs_up => "closed, and the peer hung on".into(),
            (None, false) => "closed".into(),
        }
    }

    /// What holds after each step.
    pub(super) fn check(&self) {
        let Self { session, out, .. } = self;
        if !self.has_ended() {
            invariants::each_ping_is_answered(&self.pings, out.len());
        }
        invariants::the_output_is_bounded(out.len(), self.asked);
        let found = (session.state(), session.transport(), session.close_status());
        invariants::the_state_is_what_happened(&self.history(), found);
    }

    /// What a session and its buffers may hold: two messages of the limit in storage that has doubled, but no more than twice
    /// what came if nothing makes more of it; the output, which has doubled too; and what compression takes.
    pub(crate) fn memory_bound(&self) -> usize {
        let limit = usize::try_from(self.plan.config.limits.message).expect("it is small");
        let received = usize::try_from(self.received).expect("it is small");
        let messages = 2 * (2 * if self.compresses { limit } else { limit.min(received) }).max(8);
        let codec = if self.compresses { COMPRESSION + 3 * self.most_sent() } else { 0 };
        messages + 2 * self.most_out.max(8) + codec + KEYS + PARTS
    }

    fn most_sent(&self) -> usize {
        self.most_out.max(self.plan.content)
    }

    /// §7.1.7 and `SessionError`: what has ended stays so, and each later call says the same and writes nothing.
    pub(super) fn repeat_the_end(&mut self, now: Duration) {
        let (len, status) = (self.out.len(), self.session.close_status());
        let mut bytes = [0x81, 0, 0x89, 0, 0x88, 0];
        let mut input = &mut bytes[..];
        let received = self.session.receive(&mut input, &mut self.message, now, &mut self.out).map(|_| ());
        let ticked = self.session.tick(now + Duration::from_secs(3600), &mut self.out);
        assert_eq!(received.err(), self.failed, "a failed session repeats its error");
        let end = self.session.receive_eof();
        match self.failed {
            Some(failed) => assert_eq!(end, Err(failed), "a failed session repeats its error"),
            None => assert_eq!(end.is_err(), self.is_lost, "{end:?}"),
        }
        let timeout = self.failed.filter(|error| matches!(error, SessionError::Timeout(_)));
        assert_eq!(ticked.err(), timeout, "a session that ran out of time says so each time");
        assert!(
            self.session.send("", &mut self.out).is_err() && self.session.ping(b"", &mut self.out).is_err()
        );
        assert_eq!((self.out.len(), self.session.close_status()), (len, status), "it has ended");
    }
}

/// The keys of a client: 256 of 4 bytes, half as many that they replace while they grow, one more, and the source.
const KEYS: usize = 1024 + 512 + 128;

/// What a session makes when it first needs it: room for a control frame, for one that waits, for keepalive with another, and for
/// a message in progress.
const PARTS: usize = 2 * 136 + 256 + 80;

/// An engine for each direction, two windows, and blocks that come out; see `deflate::Memory`.
const COMPRESSION: usize = 512 * 1024;

fn body_of(close: &Frame) -> CloseBody {
    let (code, reason) = close.payload.split_first_chunk()?;
    Some((u16::from_be_bytes(*code), String::from_utf8(reason.to_vec()).expect("a reason is text")))
}

fn joined(mut parts: Vec<u8>, last: &Message) -> Message {
    parts.extend_from_slice(last.as_bytes());
    match last {
        Message::Text(_) => {
            Message::Text(String::from_utf8(parts).expect("parts of a text are whole characters"))
        }
        Message::Binary(_) => Message::Binary(parts),
    }
}
